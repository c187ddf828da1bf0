//! Renews a license.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::Platform;
use alvara_app::license::expect::expect_version;
use alvara_app::license::renew::{RenewBy, renew as renew_license};
use alvara_app::license::renewal_key::use_key;
use alvara_domain::id::{LicenseId, PlanId};
use alvara_domain::key::RenewalKey;
use alvara_domain::time::Period;
use alvara_store::TenantTx;
use alvara_tenants::permissions::LicenseRenew;
use serde::Deserialize;
use utoipa::ToSchema;

use super::LicenseView;
use crate::answer;
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::precondition::MaybeIfMatch;
use crate::problem::{Fault, Problem, refusal};
use crate::schema::{Id, Length};

/// By what to renew; one of the three, or nothing for one more period of the license's own length.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenewalBody {
    /// The period of a plan of the license's policy.
    #[schema(value_type = Option<Id>)]
    plan_id: Option<PlanId>,
    /// A period somebody chose.
    #[schema(value_type = Option<Length>)]
    period: Option<Period>,
    /// A renewal key, which is spent.
    renewal_key: Option<Text<1, 64>>,
}

enum Wanted {
    By(RenewBy),
    Key(RenewalKey),
}

impl RenewalBody {
    fn wanted(self) -> Result<Wanted, Problem> {
        match (self.plan_id, self.period, self.renewal_key) {
            (None, None, None) => Ok(Wanted::By(RenewBy::OwnPeriod)),
            (Some(plan), None, None) => Ok(Wanted::By(RenewBy::Plan(plan))),
            (None, Some(period), None) => Ok(Wanted::By(RenewBy::Period(period))),
            (None, None, Some(text)) => RenewalKey::parse(text.as_str())
                .map(Wanted::Key)
                .map_err(|error| refusal::mistyped(&error)),
            _ => {
                let detail = "Give one of plan_id, period and renewal_key.";
                Err(Problem::field(Fault::text("", "conflict", detail)))
            }
        }
    }
}

/// Renews a license. The key stays; each machine gets a new computer key at its next contact.
#[utoipa::path(post, path = "/licenses/{id}/renewals", tag = "licenses", operation_id = "renew_license", params(("id" = Id, Path)),
    request_body = RenewalBody, responses((status = 200, description = "Renewed.", body = LicenseView)))]
pub(crate) async fn renew(
    caller: Caller<LicenseRenew>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    Json(body): Json<RenewalBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let wanted = body.wanted()?;
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| {
        expect_version(tx, id, if_match.expected())?;
        match &wanted {
            Wanted::By(by) => renew_license(tx, id, *by),
            Wanted::Key(key) => use_key(tx, parts.vault(), id, key),
        }
    };
    let license = platform.db().write(&caller.scope, work).await?;
    Ok(answer::version(
        license.version,
        &LicenseView::of(license, platform.db().clock().now()),
    ))
}
