//! Issues one license.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::license::issue::{IssueRequest, issue as issue_license};
use alvara_app::{AppError, Platform};
use alvara_domain::id::{NodeId, PlanId, PolicyId};
use alvara_store::TenantTx;
use alvara_tenants::permissions::LicenseIssue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{LicenseDetail, detail};
use crate::answer;
use crate::api::v1::machines::NamedMachineBody;
use crate::api::v1::prices::percent;
use crate::body::{Json, Text};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::schema::Id;

/// A license to issue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueBody {
    /// The policy whose terms it is born with.
    #[schema(value_type = Id)]
    policy_id: PolicyId,
    /// Who holds it: a customer, or the place that has it in stock.
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// At which plan of the policy it is sold: the license lasts the plan's period.
    #[schema(value_type = Option<Id>)]
    plan_id: Option<PlanId>,
    /// How much is taken off the plan's price, in percent with at most two decimals.
    #[schema(minimum = 0, maximum = 100)]
    discount_percent: Option<f64>,
    /// Codes of modules instead of those of the policy.
    #[schema(max_items = 64)]
    modules: Option<Vec<Text<1, 32>>>,
    /// The same as QLM writes it: four sets of eight bits, for the first 32 modules of the product.
    #[schema(value_type = Option<String>, max_length = 60, example = "0:3;1:1")]
    features: Option<Text<0, 60>>,
    /// How many machines instead of the policy's limit.
    #[schema(minimum = 1)]
    machine_limit: Option<u32>,
    /// The one user it is for.
    user: Option<Text<1, 254>>,
    /// The one site it is for.
    site: Option<Text<1, 100>>,
    /// For people.
    note: Option<Text<0, 500>>,
    /// The machine it is for. Its seat is kept until it activates with that fingerprint.
    machine: Option<NamedMachineBody>,
}

impl IssueBody {
    fn read(self) -> Result<IssueRequest, Problem> {
        Ok(IssueRequest {
            plan_id: self.plan_id,
            discount: percent("/discount_percent", self.discount_percent)?,
            modules: self
                .modules
                .map(|all| all.into_iter().map(Text::into_string).collect()),
            features: self.features.map(Text::into_string),
            machine_limit: self.machine_limit,
            user: self.user.map(Text::into_string),
            site: self.site.map(Text::into_string),
            note: self.note.map(Text::into_string).unwrap_or_default(),
            machine: self
                .machine
                .map(|machine| machine.read("/machine"))
                .transpose()?,
            ..IssueRequest::of(self.policy_id, self.node_id)
        })
    }
}

/// A license that was just issued, with its key.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedView {
    /// The activation key. Shown again only to those who may reveal it.
    key: String,
    license: LicenseDetail,
}

/// Issues a license.
#[utoipa::path(post, path = "/licenses", tag = "licenses", operation_id = "issue_license", request_body = IssueBody,
    responses((status = 201, description = "Issued.", body = IssuedView)))]
pub(crate) async fn issue(
    caller: Caller<LicenseIssue>,
    Json(body): Json<IssueBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let request = body.read()?;
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| {
        let issued = issue_license(tx, parts.vault(), &request)?;
        let (id, version) = (issued.license.id, issued.license.version);
        let view = IssuedView {
            key: issued.key.expose().to_owned(),
            license: detail(tx, issued.license)?,
        };
        Ok::<_, AppError>((id, version, view))
    };
    let (id, version, view) = platform.db().write(&caller.scope, work).await?;
    let location = format!("/api/v1/licenses/{id}");
    Ok(answer::created_version(&location, version, &view))
}
