//! Decisions about a license: suspend, reinstate, approve, revoke.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::license::change_state::{Decision, decide};
use alvara_app::license::expect::expect_version;
use alvara_domain::id::LicenseId;
use alvara_store::{Db, Scope, TenantTx};
use alvara_tenants::permissions::{LicenseReinstate, LicenseRevoke, LicenseSuspend};
use serde::Deserialize;
use utoipa::ToSchema;

use super::LicenseView;
use crate::answer;
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::precondition::MaybeIfMatch;
use crate::problem::Problem;
use crate::schema::Id;

/// Why; shown to people who see the license.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonBody {
    #[schema(example = "invoice unpaid")]
    reason: Option<Text<0, 300>>,
}

impl ReasonBody {
    /// The reason itself.
    pub(crate) fn text(self) -> Option<String> {
        self.reason.map(Text::into_string)
    }
}

/// Suspends a license: the next contact of each machine says so.
#[utoipa::path(post, path = "/licenses/{id}/suspension", tag = "licenses", operation_id = "suspend_license", params(("id" = Id, Path)),
    request_body = ReasonBody, responses((status = 200, description = "Suspended.", body = LicenseView)))]
pub(crate) async fn suspend(
    caller: Caller<LicenseSuspend>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    Json(body): Json<ReasonBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    carry_out(
        &db,
        &caller.scope,
        (id, if_match),
        Decision::Suspend,
        body.reason,
    )
    .await
}

/// Lifts a suspension.
#[utoipa::path(delete, path = "/licenses/{id}/suspension", tag = "licenses", operation_id = "reinstate_license", params(("id" = Id, Path)),
    responses((status = 200, description = "Reinstated.", body = LicenseView)))]
pub(crate) async fn reinstate(
    caller: Caller<LicenseReinstate>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    carry_out(
        &db,
        &caller.scope,
        (id, if_match),
        Decision::Reinstate,
        None,
    )
    .await
}

/// Lets a pending license be used.
#[utoipa::path(post, path = "/licenses/{id}/approval", tag = "licenses", operation_id = "approve_license", params(("id" = Id, Path)),
    responses((status = 200, description = "Approved.", body = LicenseView)))]
pub(crate) async fn approve(
    caller: Caller<LicenseReinstate>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    carry_out(&db, &caller.scope, (id, if_match), Decision::Approve, None).await
}

/// Revokes a license for good.
#[utoipa::path(post, path = "/licenses/{id}/revocation", tag = "licenses", operation_id = "revoke_license", params(("id" = Id, Path)),
    request_body = ReasonBody, responses((status = 200, description = "Revoked.", body = LicenseView)))]
pub(crate) async fn revoke(
    caller: Caller<LicenseRevoke>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    Json(body): Json<ReasonBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    carry_out(
        &db,
        &caller.scope,
        (id, if_match),
        Decision::Revoke,
        body.reason,
    )
    .await
}

async fn carry_out(
    db: &Db,
    scope: &Scope,
    (id, if_match): (LicenseId, MaybeIfMatch),
    decision: Decision,
    reason: Option<Text<0, 300>>,
) -> Result<HttpResponse, Problem> {
    let reason = reason.map(Text::into_string);
    let work = move |tx: &mut TenantTx<'_>| {
        expect_version(tx, id, if_match.expected())?;
        decide(tx, id, decision, reason.as_deref())
    };
    let license = db.write(scope, work).await?;
    Ok(answer::version(
        license.version,
        &LicenseView::of(license, db.clock().now()),
    ))
}
