//! Keyset pages: a list continues after a row, not after a count, so that it stays quick at any
//! depth and skips nothing when rows are added meanwhile.
use crate::error::{StoreError, StoreResult};
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Where a list goes on. Opaque to callers: the text may change with any release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor from a text that a caller sent. Nonsense is found when the list reads it.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text to send.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn after(position: &impl Serialize) -> StoreResult<Self> {
        Ok(Self(BASE64URL_NOPAD.encode(&serde_json::to_vec(position)?)))
    }

    fn read<K: DeserializeOwned>(&self) -> StoreResult<K> {
        if self.0.len() > 400 {
            return Err(StoreError::BadCursor);
        }
        let bytes = BASE64URL_NOPAD
            .decode(self.0.as_bytes())
            .map_err(|_| StoreError::BadCursor)?;
        serde_json::from_slice(&bytes).map_err(|_| StoreError::BadCursor)
    }
}

alvara_domain::text_enum! {
    /// Whether a list shows what was put away.
    #[derive(Default)]
    pub enum Deleted {
        /// No.
        #[default]
        Without = "without",
        /// Nothing else.
        Only = "only",
        /// That too.
        With = "with",
    }
}

/// Which page a caller wants.
#[derive(Clone, Debug)]
pub struct PageRequest {
    limit: i64,
    after: Option<Cursor>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            limit: Self::DEFAULT,
            after: None,
        }
    }
}

impl PageRequest {
    /// Rows a page has unless somebody asks for another number.
    pub const DEFAULT: i64 = 50;
    /// The most rows a page has.
    pub const MOST: i64 = 200;

    /// A page of `limit` rows (held between 1 and 200) after a cursor.
    #[must_use]
    pub fn new(limit: Option<u32>, after: Option<Cursor>) -> Self {
        Self {
            limit: limit.map_or(Self::DEFAULT, i64::from).clamp(1, Self::MOST),
            after,
        }
    }

    /// How many rows the page has at most.
    #[must_use]
    pub fn limit(&self) -> i64 {
        self.limit
    }

    /// How many rows a list must ask for: one more, which tells whether there is a next page.
    pub(crate) fn fetch(&self) -> i64 {
        self.limit + 1
    }

    /// The position of the last row of the page before.
    pub(crate) fn after<K: DeserializeOwned>(&self) -> StoreResult<Option<K>> {
        self.after.as_ref().map(Cursor::read).transpose()
    }
}

/// Some rows and where the next ones start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Present when there are more.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Turns every row into something else.
    #[must_use]
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }

    /// Builds the page out of the rows fetched; `position` says where a row stands.
    pub(crate) fn of<R, K: Serialize>(
        request: &PageRequest,
        mut rows: Vec<R>,
        position: impl Fn(&R) -> K,
        read: impl FnMut(R) -> StoreResult<T>,
    ) -> StoreResult<Self> {
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last() {
            Some(last) if more => Some(Cursor::after(&position(last))?),
            _ => None,
        };
        Ok(Self {
            items: rows.into_iter().map(read).collect::<StoreResult<_>>()?,
            next,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_whether_there_is_another() {
        let request = PageRequest::new(Some(2), None);
        let page = Page::of(&request, vec![1, 2, 3], |row| *row, Ok).unwrap();
        assert_eq!(page.items, [1, 2]);
        let next = PageRequest::new(Some(2), page.next);
        assert_eq!(next.after::<i32>().unwrap(), Some(2));
        assert!(
            Page::of(&next, vec![3], |row| *row, Ok)
                .unwrap()
                .next
                .is_none()
        );
    }

    #[test]
    fn limits_are_held_and_foreign_cursors_refused() {
        assert_eq!(PageRequest::new(Some(0), None).limit(), 1);
        assert_eq!(PageRequest::new(Some(100_000), None).limit(), 200);
        for text in ["", "!", "eyJ9", &"A".repeat(5000)] {
            let request = PageRequest::new(None, Some(Cursor::from_text(text)));
            assert!(
                matches!(request.after::<String>(), Err(StoreError::BadCursor)),
                "{text}"
            );
        }
    }
}
