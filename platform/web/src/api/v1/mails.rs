//! Mails: to whom one went, what it is about, and how far it is. What it says is not shown.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::mail::resend;
use alvara_domain::id::{MailId, NodeId};
use alvara_domain::mail::{Mail, MailKind, MailState};
use alvara_domain::time::UtcTime;
use alvara_store::Db;
use alvara_store::mails::{self, MailFilter};
use alvara_tenants::permissions::{AuditRead, SettingsUpdate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/mails").get(list))
        .service(web::resource("/mails/{id}").get(get))
        .service(web::resource("/mails/{id}/sending").post(send));
}

/// A mail. What it says is not kept: it is written when it leaves.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailView {
    #[schema(value_type = Id)]
    id: MailId,
    /// The place that the reader is at; none for what is older than this was written down.
    #[schema(value_type = Option<Id>)]
    node_id: Option<NodeId>,
    /// The address that it goes to.
    recipient: String,
    /// The reader's language as far as it is known; empty where it is the seller's.
    locale: String,
    /// Such as `renewal`, `paid` or `own_keys`; more may come.
    kind: &'static str,
    /// The ids of what it tells of.
    about: Vec<String>,
    /// `queued`, `sent`, `failed` or `dropped`: what it tells was over before it left.
    state: &'static str,
    /// How often it was tried.
    tries: i64,
    /// Why the last try came to nothing.
    last_error: Option<String>,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Option<Instant>)]
    sent_at: Option<UtcTime>,
}

impl From<Mail> for MailView {
    fn from(mail: Mail) -> Self {
        Self {
            id: mail.id,
            node_id: mail.node_id,
            kind: mail.content.kind().as_str(),
            about: mail.content.about(),
            state: mail.state.as_str(),
            tries: mail.tries,
            created_at: mail.created_at,
            sent_at: mail.sent_at,
            recipient: mail.recipient,
            locale: mail.locale,
            last_error: mail.last_error,
        }
    }
}

/// Which mails.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MailParams {
    /// `queued`, `sent`, `failed` or `dropped`.
    #[param(value_type = Option<String>)]
    state: Option<MailState>,
    /// Such as `renewal`.
    #[param(value_type = Option<String>)]
    kind: Option<MailKind>,
    /// To readers at this place.
    #[param(value_type = Option<String>)]
    node_id: Option<NodeId>,
    /// Part of the address.
    #[param(value_type = Option<String>, max_length = 100)]
    q: Option<Text<0, 100>>,
    /// Written down not before.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<UtcTime>,
    /// Written down before.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<UtcTime>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the mails to readers at the caller's place and, where the role reaches so far, below it.
#[utoipa::path(get, path = "/mails", tag = "mails", operation_id = "list_mails", params(MailParams),
    responses((status = 200, description = "A page of mails, the newest first.", body = Listed<MailView>)))]
pub(crate) async fn list(
    caller: Caller<AuditRead>,
    Params(params): Params<MailParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = MailFilter {
        state: params.state,
        kind: params.kind,
        node: params.node_id,
        search: params.q.map(Text::into_string),
        from: params.from,
        until: params.until,
    };
    let found = db
        .read(&caller.scope, move |tx| mails::list(tx, &filter, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, MailView::from)))
}

/// Shows a mail.
#[utoipa::path(get, path = "/mails/{id}", tag = "mails", operation_id = "get_mail", params(("id" = Id, Path)),
    responses((status = 200, description = "The mail.", body = MailView)))]
pub(crate) async fn get(
    caller: Caller<AuditRead>,
    Segments(id): Segments<MailId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| mails::find_seen(tx, id))
        .await?;
    Ok(answer::ok(&MailView::from(
        found.ok_or_else(Problem::not_found)?,
    )))
}

/// Sends a mail that was given up, from the first try on. It says what is so when it leaves.
#[utoipa::path(post, path = "/mails/{id}/sending", tag = "mails", operation_id = "send_mail", params(("id" = Id, Path)),
    responses((status = 200, description = "It waits to be sent.", body = MailView),
        (status = 409, description = "It was not given up.")))]
pub(crate) async fn send(
    caller: Caller<SettingsUpdate>,
    Segments(id): Segments<MailId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let mail = db.write(&caller.scope, move |tx| resend(tx, id)).await?;
    Ok(answer::ok(&MailView::from(mail)))
}
