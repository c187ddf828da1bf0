//! From trial to paid.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::AppError;
use alvara_app::license::convert::{ConversionRequest, convert as convert_license};
use alvara_domain::id::{LicenseId, PlanId, PolicyId};
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::LicenseConvert;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{LicenseDetail, detail};
use crate::answer;
use crate::api::v1::prices::percent;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::schema::Id;

/// On which terms the license goes on: those of a policy, or of a plan's policy at the plan's price.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversionBody {
    #[schema(value_type = Option<Id>)]
    policy_id: Option<PolicyId>,
    #[schema(value_type = Option<Id>)]
    plan_id: Option<PlanId>,
    /// How much is taken off the plan's price, in percent with at most two decimals.
    #[schema(minimum = 0, maximum = 100)]
    discount_percent: Option<f64>,
}

/// Turns a trial or a demonstration into what was paid for. Key, license and machines stay; the new
/// term starts now, and each machine gets a new computer key at its next contact.
#[utoipa::path(post, path = "/licenses/{id}/conversion", tag = "licenses", operation_id = "convert_license", params(("id" = Id, Path)),
    request_body = ConversionBody, responses((status = 200, description = "Converted.", body = LicenseDetail)))]
pub(crate) async fn convert(
    caller: Caller<LicenseConvert>,
    Segments(id): Segments<LicenseId>,
    Json(body): Json<ConversionBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let to = ConversionRequest {
        policy_id: body.policy_id,
        plan_id: body.plan_id,
        discount: percent("/discount_percent", body.discount_percent)?,
    };
    let work = move |tx: &mut TenantTx<'_>| {
        let license = convert_license(tx, id, &to)?.license;
        Ok::<_, AppError>((license.version, detail(tx, license)?))
    };
    let (version, shown) = db.write(&caller.scope, work).await?;
    Ok(answer::version(version, &shown))
}
