//! The audit chain, to read.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::time::UtcTime;
use alvara_store::Db;
use alvara_store::audit::{self, AuditEntry, AuditFilter};
use alvara_tenants::permissions::AuditRead;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Params, Text};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::Problem;
use crate::schema::Instant;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/audit").get(list));
}

/// An entry of the audit chain. `hash` is SHA-256 over the entry and `previous_hash`.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// Its place in the tenant's chain, counted from 1.
    seq: i64,
    #[schema(value_type = Option<Instant>)]
    at: Option<UtcTime>,
    /// Who: the id of a member, API key or machine, or `program`, `visitor`, `console`,
    /// `platform`.
    actor: String,
    source_address: String,
    request_id: String,
    /// What was done, such as `license.issued`.
    action: String,
    /// To what.
    target: String,
    #[schema(value_type = Option<Object>)]
    before: Value,
    #[schema(value_type = Option<Object>)]
    after: Value,
    previous_hash: String,
    hash: String,
}

impl From<AuditEntry> for EntryView {
    fn from(entry: AuditEntry) -> Self {
        // The texts are what the hash covers; a reader gets them as JSON where they are that.
        let json = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self {
            seq: entry.seq,
            at: UtcTime::from_micros(entry.at).ok(),
            actor: entry.actor,
            source_address: entry.source_address,
            request_id: entry.request_id,
            action: entry.action,
            target: entry.target,
            before: json(entry.before),
            after: json(entry.after),
            previous_hash: entry.previous_hash,
            hash: entry.hash,
        }
    }
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// What something was done to, by id.
    #[param(value_type = Option<String>, max_length = 64)]
    target: Option<Text<1, 64>>,
    /// Who did it, by id.
    #[param(value_type = Option<String>, max_length = 60)]
    actor: Option<Text<1, 60>>,
    /// Not before.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<UtcTime>,
    /// Before.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<UtcTime>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the audit chain, the newest entry first.
#[utoipa::path(get, path = "/audit", tag = "audit", operation_id = "list_audit", params(AuditParams),
    responses((status = 200, description = "A page of entries.", body = Listed<EntryView>)))]
pub(crate) async fn list(
    caller: Caller<AuditRead>,
    Params(params): Params<AuditParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = AuditFilter {
        target: params.target.map(Text::into_string),
        actor: params.actor.map(Text::into_string),
        from: params.from,
        until: params.until,
    };
    let found = db
        .read(&caller.scope, move |tx| audit::list(tx, &filter, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, EntryView::from)))
}
