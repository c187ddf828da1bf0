//! Issues one license.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::Platform;
use alvara_app::license::issue::{IssueRequest, issue as issue_license};
use alvara_domain::id::{NodeId, PolicyId};
use alvara_store::TenantTx;
use alvara_tenants::permissions::LicenseIssue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::LicenseView;
use crate::answer;
use crate::api::v1::machines::NamedMachineBody;
use crate::body::{Json, Text};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::schema::Id;

/// A license to issue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::v1) struct IssueBody {
    /// The policy whose terms it is born with.
    #[schema(value_type = Id)]
    policy_id: PolicyId,
    /// Who holds it: a customer, or the place that has it in stock.
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// Codes of modules instead of those of the policy.
    #[schema(max_items = 64)]
    modules: Option<Vec<Text<1, 32>>>,
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
        let body = self;
        Ok(IssueRequest {
            policy_id: body.policy_id,
            node_id: body.node_id,
            modules: body
                .modules
                .map(|all| all.into_iter().map(Text::into_string).collect()),
            machine_limit: body.machine_limit,
            user: body.user.map(Text::into_string),
            site: body.site.map(Text::into_string),
            note: body.note.map(Text::into_string).unwrap_or_default(),
            machine: body
                .machine
                .map(|machine| machine.read("/machine"))
                .transpose()?,
        })
    }
}

/// A license that was just issued, with its key.
#[derive(Serialize, ToSchema)]
pub(in crate::api::v1) struct IssuedView {
    /// The activation key. Shown again only to those who may reveal it.
    key: String,
    license: LicenseView,
}

/// Issues a license.
#[utoipa::path(post, path = "/licenses", tag = "licenses", operation_id = "issue_license", request_body = IssueBody,
    responses((status = 201, description = "Issued.", body = IssuedView)))]
pub(in crate::api::v1) async fn issue(
    caller: Caller<LicenseIssue>,
    Json(body): Json<IssueBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let request = body.read()?;
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| issue_license(tx, parts.vault(), &request);
    let issued = platform.db().write(&caller.scope, work).await?;
    let (location, version) = (
        format!("/api/v1/licenses/{}", issued.license.id),
        issued.license.version,
    );
    let license = LicenseView::of(issued.license, platform.db().clock().now());
    let view = IssuedView {
        key: issued.key.expose().to_owned(),
        license,
    };
    Ok(answer::created_version(&location, version, &view))
}
