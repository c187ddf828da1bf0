//! Notices: what the people at a place ought to know.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::notice::read as read_notice;
use alvara_domain::id::{NodeId, NoticeId};
use alvara_domain::notice::Notice;
use alvara_domain::time::UtcTime;
use alvara_store::Db;
use alvara_store::notices::{self, NoticeFilter};
use alvara_tenants::permissions::{NoticeRead, NoticeUpdate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/notices").get(list))
        .service(web::resource("/notices/{id}/reading").post(read));
}

/// A notice.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeView {
    #[schema(value_type = Id)]
    id: NoticeId,
    /// The place that is told.
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// Such as `license.left`, `order.held` or `shop_order.held`; more may come.
    kind: &'static str,
    /// What it is about: an id.
    subject_id: String,
    /// What there is to say; its members go with the kind.
    #[schema(value_type = Object)]
    payload: serde_json::Value,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    /// When somebody at the place or above first marked it as read.
    #[schema(value_type = Option<Instant>)]
    read_at: Option<UtcTime>,
    read_by: Option<String>,
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        Self {
            id: notice.id,
            node_id: notice.node_id,
            kind: notice.kind.as_str(),
            subject_id: notice.subject_id,
            payload: notice.payload,
            created_at: notice.created_at,
            read_at: notice.read_at,
            read_by: notice.read_by,
        }
    }
}

/// Which notices.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NoticeParams {
    /// `true`: those that nobody read yet; `false`: the others.
    unread: Option<bool>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the notices of the caller's place and, where the role reaches so far, of all below it.
#[utoipa::path(get, path = "/notices", tag = "notices", operation_id = "list_notices", params(NoticeParams),
    responses((status = 200, description = "A page of notices, the newest first.", body = Listed<NoticeView>)))]
pub(crate) async fn list(
    caller: Caller<NoticeRead>,
    Params(params): Params<NoticeParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = match params.unread {
        None => NoticeFilter::All,
        Some(true) => NoticeFilter::Unread,
        Some(false) => NoticeFilter::Read,
    };
    let found = db
        .read(&caller.scope, move |tx| notices::list(tx, filter, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, NoticeView::from)))
}

/// Marks a notice as read. Doing so twice is no error; the first reader stays.
#[utoipa::path(post, path = "/notices/{id}/reading", tag = "notices", operation_id = "read_notice", params(("id" = Id, Path)),
    responses((status = 200, description = "Read.", body = NoticeView)))]
pub(crate) async fn read(
    caller: Caller<NoticeUpdate>,
    Segments(id): Segments<NoticeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let notice = db
        .write(&caller.scope, move |tx| read_notice(tx, id))
        .await?;
    Ok(answer::ok(&NoticeView::from(notice)))
}
