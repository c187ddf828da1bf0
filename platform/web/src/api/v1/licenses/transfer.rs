//! Transfers a license to another place, and shows where it was.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::license::transfer::{TransferRequest, transfer as transfer_license};
use alvara_domain::id::{LicenseId, MachineId, NodeId, TransferId};
use alvara_domain::time::UtcTime;
use alvara_domain::transfer::{MachinesThen, Transfer};
use alvara_store::{Db, transfers};
use alvara_tenants::permissions::{LicenseRead, LicenseTransfer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::LicenseView;
use crate::answer;
use crate::body::{Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::precondition::MaybeIfMatch;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

/// Where a license goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransferBody {
    /// Who holds it from now on: a place of the caller's, neither suspended nor deleted.
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// `keep`: the machines keep their seats and get new computer keys at their next check.
    /// `release`: they are deactivated and hear so; blocked ones stay blocked.
    #[schema(value_type = String, example = "keep")]
    machines: MachinesThen,
    /// Why; both sides are told.
    #[schema(example = "company sold")]
    reason: Option<Text<0, 300>>,
}

/// A transfer that took place.
#[derive(Serialize, ToSchema)]
pub(crate) struct TransferView {
    #[schema(value_type = Id)]
    id: TransferId,
    #[schema(value_type = Id)]
    license_id: LicenseId,
    /// `license`: between two places. `machine`: between two machines.
    kind: &'static str,
    /// Null for a place that the caller does not see.
    #[schema(value_type = Option<Id>)]
    from_node_id: Option<NodeId>,
    /// Null for a place that the caller does not see.
    #[schema(value_type = Option<Id>)]
    to_node_id: Option<NodeId>,
    #[schema(value_type = Option<Id>)]
    from_machine_id: Option<MachineId>,
    #[schema(value_type = Option<Id>)]
    to_machine_id: Option<MachineId>,
    /// How many machines lost their seat by it.
    machines_released: i64,
    reason: Option<String>,
    made_by: String,
    #[schema(value_type = Instant)]
    made_at: UtcTime,
}

impl From<Transfer> for TransferView {
    fn from(transfer: Transfer) -> Self {
        Self {
            id: transfer.id,
            license_id: transfer.license_id,
            kind: transfer.kind.as_str(),
            from_node_id: transfer.from_node_id,
            to_node_id: transfer.to_node_id,
            from_machine_id: transfer.from_machine_id,
            to_machine_id: transfer.to_machine_id,
            machines_released: transfer.machines_released,
            reason: transfer.reason,
            made_by: transfer.made_by,
            made_at: transfer.made_at,
        }
    }
}

/// Transfers a license to another place of the caller's. Its key stays; from now on whoever held it
/// no longer sees it. How often, its terms say.
#[utoipa::path(post, path = "/licenses/{id}/transfers", tag = "licenses", operation_id = "transfer_license", params(("id" = Id, Path)),
    request_body = TransferBody, responses((status = 200, description = "Transferred.", body = LicenseView)))]
pub(crate) async fn transfer(
    caller: Caller<LicenseTransfer>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    Json(body): Json<TransferBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let request = TransferRequest {
        node_id: body.node_id,
        machines: body.machines,
        reason: body.reason.map(Text::into_string),
    };
    let (license, _) = db
        .write(&caller.scope, move |tx| {
            transfer_license(tx, id, if_match.expected(), &request)
        })
        .await?;
    Ok(answer::version(
        license.version,
        &LicenseView::of(license, db.clock().now()),
    ))
}

/// Lists a license's transfers, between places and between machines, the newest first.
#[utoipa::path(get, path = "/licenses/{id}/transfers", tag = "licenses", operation_id = "list_transfers", params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of transfers.", body = Listed<TransferView>)))]
pub(crate) async fn transfers(
    caller: Caller<LicenseRead>,
    Segments(id): Segments<LicenseId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| transfers::list(tx, id, &page))
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::of(found, TransferView::from)))
}
