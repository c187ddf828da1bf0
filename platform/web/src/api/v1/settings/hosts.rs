//! The host names of one's own tenant.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::Platform;
use alvara_app::tenancy::{HostProof, claim_host, drop_host, host_proof};
use alvara_store::{Db, hosts};
use alvara_tenants::permissions::{SettingsRead, SettingsUpdate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::tenants::{AddedView, HostBody, HostView};
use crate::answer;
use crate::body::{Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::Listed;
use crate::problem::{Fault, Problem};

/// About which host name.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProofParams {
    /// Needed; who asks is known before it is missed.
    #[param(value_type = Option<String>, example = "licenses.acme.example")]
    host: Option<Text<1, 253>>,
}

/// What is to stand in the DNS before a host name leads to one's own tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct HostProofView {
    host: String,
    /// The name at which the text stands.
    #[schema(example = "_host-proof.licenses.acme.example")]
    txt_name: String,
    /// The text.
    txt_value: String,
    /// Where the host name itself points, as `CNAME` or by the same addresses.
    target: String,
}

impl From<HostProof> for HostProofView {
    fn from(proof: HostProof) -> Self {
        Self {
            host: proof.host,
            txt_name: proof.record,
            txt_value: proof.value,
            target: proof.target,
        }
    }
}

/// Lists the host names that lead to one's own tenant.
#[utoipa::path(get, path = "/settings/hosts", tag = "tenants", operation_id = "list_own_hosts",
    responses((status = 200, description = "All host names.", body = Listed<HostView>)))]
pub(crate) async fn list(
    caller: Caller<SettingsRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db.read(&caller.scope, hosts::list).await?;
    Ok(answer::ok(&Listed::whole(
        found.into_iter().map(HostView::from),
    )))
}

/// Says what to write into the DNS so that a host name may lead to one's own tenant. Asks nobody and
/// keeps nothing; the answer is the same each time.
#[utoipa::path(get, path = "/settings/host-proof", tag = "tenants", operation_id = "get_host_proof", params(ProofParams),
    responses((status = 200, description = "What to write.", body = HostProofView)))]
pub(crate) async fn proof(
    caller: Caller<SettingsUpdate>,
    Params(params): Params<ProofParams>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let missing = || Problem::field(Fault::message("/query/host", "required", "field-required"));
    let host = params.host.ok_or_else(missing)?;
    let found = host_proof(&platform, caller.scope.tenant(), host.as_str())?;
    Ok(answer::ok(&HostProofView::from(found)))
}

/// Lets a host name lead to one's own tenant, once its DNS holds the proof.
#[utoipa::path(post, path = "/settings/hosts", tag = "tenants", operation_id = "claim_host", request_body = HostBody,
    responses((status = 201, description = "Added.", body = AddedView)))]
pub(crate) async fn claim(
    caller: Caller<SettingsUpdate>,
    Json(body): Json<HostBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let host = claim_host(&platform, &caller.scope, body.host.as_str()).await?;
    Ok(answer::created(
        "/api/v1/settings/hosts",
        &AddedView { host },
    ))
}

/// Takes a host name from one's own tenant.
#[utoipa::path(delete, path = "/settings/hosts/{own_host}", tag = "tenants", operation_id = "drop_host",
    params(("own_host" = String, Path)), responses((status = 204, description = "Removed.")))]
pub(crate) async fn remove(
    caller: Caller<SettingsUpdate>,
    Segments(host): Segments<String>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    db.write(&caller.scope, move |tx| drop_host(tx, &host))
        .await?;
    Ok(answer::gone())
}
