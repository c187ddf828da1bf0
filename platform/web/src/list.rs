//! Lists in pages: `?limit=&cursor=` in, `{items, next_cursor}` out.

use alvara_store::page::{Cursor, Page, PageRequest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Fault, Problem};

/// Which page. `limit` beyond its range is a fault, not silently another number.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// Items a page, 1 to 200; 50 unless asked otherwise.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<u32>,
    /// The `next_cursor` of the page before. Opaque; good for the same list only.
    pub(crate) cursor: Option<String>,
}

impl PageParams {
    /// The page as the store takes it.
    pub(crate) fn request(&self) -> Result<PageRequest, Problem> {
        page_request(self.limit, self.cursor.as_deref())
    }
}

/// The same for lists whose parameters hold filters too.
pub(crate) fn page_request(
    limit: Option<u32>,
    cursor: Option<&str>,
) -> Result<PageRequest, Problem> {
    if limit.is_some_and(|limit| !(1..=200).contains(&limit)) {
        let fault = Fault::message("/query/limit", "out_of_range", "field-out-of-range");
        return Err(Problem::field(fault));
    }
    Ok(PageRequest::new(limit, cursor.map(Cursor::from_text)))
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    /// The items, in the list's own order.
    pub(crate) items: Vec<T>,
    /// Where the next page starts; null on the last one.
    pub(crate) next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// A list that is short by nature and comes whole.
    pub(crate) fn whole(items: impl Iterator<Item = T>) -> Self {
        Self {
            items: items.collect(),
            next_cursor: None,
        }
    }

    /// A page of the store, each row shown as a view.
    pub(crate) fn of<R>(page: Page<R>, view: impl FnMut(R) -> T) -> Self {
        let page = page.map(view);
        Self {
            items: page.items,
            next_cursor: page.next.map(|cursor| cursor.as_str().to_owned()),
        }
    }
}
