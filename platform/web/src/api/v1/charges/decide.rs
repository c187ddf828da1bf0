//! What was told of a charge and is not believed, and what somebody decides on it.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::billing::decide::{Deciding, Decision, decide as decide_on};
use alvara_app::{AppError, AppResult, Platform};
use alvara_domain::charge::record::QuarantinedReport;
use alvara_domain::id::{ChargeId, QuarantinedReportId};
use alvara_domain::money::Money;
use alvara_domain::time::UtcTime;
use alvara_store::{Db, TenantTx, charges, quarantined_reports};
use alvara_tenants::permissions::{ChargeRead, ChargeRefund};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::list::Listed;
use crate::problem::Problem;
use crate::schema::{self, Id, Instant};

/// What was told of a charge and is not believed.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuarantinedReportView {
    #[schema(value_type = Id)]
    id: QuarantinedReportId,
    #[schema(value_type = Id)]
    charge_id: ChargeId,
    /// Why it is not believed.
    reason: &'static str,
    /// `waiting`, `accepted` or `rejected`.
    state: &'static str,
    /// `answer`, `sync` or `event`.
    told_by: String,
    /// The state of the charge, as it was told.
    reported_state: &'static str,
    #[schema(value_type = schema::Money)]
    captured: Money,
    #[schema(value_type = schema::Money)]
    refunded: Money,
    /// The provider's own word.
    raw_status: String,
    #[schema(value_type = Instant)]
    told_at: UtcTime,
    decided_by: Option<String>,
    #[schema(value_type = Option<Instant>)]
    decided_at: Option<UtcTime>,
    note: Option<String>,
}

impl From<QuarantinedReport> for QuarantinedReportView {
    fn from(one: QuarantinedReport) -> Self {
        Self {
            id: one.id,
            charge_id: one.charge_id,
            reason: one.reason.as_str(),
            state: one.state.as_str(),
            told_by: one.told_by,
            reported_state: one.report.state.as_str(),
            captured: one.report.captured,
            refunded: one.report.refunded,
            raw_status: one.report.raw_status,
            told_at: one.told_at,
            decided_by: one.decided_by,
            decided_at: one.decided_at,
            note: one.note,
        }
    }
}

/// What is to become of a report.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionBody {
    /// `accept` applies it: money is booked, and what was bought is given. `reject` never does.
    #[schema(value_type = String, example = "reject")]
    decision: Decision,
    /// Why; it stands in the audit log.
    #[schema(value_type = String, min_length = 1, max_length = 300)]
    note: Text<1, 300>,
}

/// Lists what was told of a charge and is, or was, not believed, the oldest first.
#[utoipa::path(get, path = "/charges/{id}/quarantined-reports", tag = "payments", operation_id = "list_quarantined_reports", params(("id" = Id, Path)),
    responses((status = 200, description = "The reports.", body = Listed<QuarantinedReportView>)))]
pub(crate) async fn list_quarantined(
    caller: Caller<ChargeRead>,
    Segments(id): Segments<ChargeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
        Ok(quarantined_reports::list_of_charge(tx, id)?)
    };
    let found = db.read(&caller.scope, read).await?;
    let views = found.into_iter().map(QuarantinedReportView::from);
    Ok(answer::ok(&Listed::whole(views)))
}

/// Decides on a report that is not believed, once. Whoever decides runs the whole tenant. More money
/// than was asked for, and money of a charge that had come to nothing, can be accepted; what cannot
/// be booked can only be rejected.
#[utoipa::path(post, path = "/charges/{id}/quarantined-reports/{report_id}/decision", tag = "payments", operation_id = "decide_quarantined_report",
    params(("id" = Id, Path), ("report_id" = Id, Path)),
    request_body = DecisionBody, responses((status = 200, description = "Decided.", body = QuarantinedReportView)))]
pub(crate) async fn decide(
    caller: Caller<ChargeRefund>,
    Segments((charge, report)): Segments<(ChargeId, QuarantinedReportId)>,
    Json(body): Json<DecisionBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let wanted = Deciding {
        charge,
        report,
        decision: body.decision,
        note: body.note.into_string(),
    };
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| decide_on(tx, parts.vault(), &wanted);
    let decided = platform.db().write(&caller.scope, work).await?;
    Ok(answer::ok(&QuarantinedReportView::from(decided)))
}
