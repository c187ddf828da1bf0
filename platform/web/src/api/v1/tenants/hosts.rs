//! Host names that lead to a tenant.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::AppError;
use alvara_app::tenancy::{add_host as add, remove_host as remove};
use alvara_domain::id::TenantId;
use alvara_domain::node::NodePath;
use alvara_domain::time::UtcTime;
use alvara_store::{Db, PlatformTx, hosts, tenants};
use alvara_tenants::permissions::{HostCreate, HostDelete, HostRead};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Segments, Text};
use crate::caller::Operator;
use crate::list::Listed;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

/// A host name.
#[derive(Serialize, ToSchema)]
pub(crate) struct HostView {
    host: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
}

impl From<hosts::Host> for HostView {
    fn from(host: hosts::Host) -> Self {
        Self {
            host: host.host,
            created_at: host.created_at,
        }
    }
}

/// A host name to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostBody {
    #[schema(example = "licenses.acme.example")]
    pub(crate) host: Text<1, 253>,
}

/// A host name as it is stored.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddedView {
    pub(crate) host: String,
}

/// Lists the host names of a tenant.
#[utoipa::path(get, path = "/tenants/{id}/hosts", tag = "tenants", operation_id = "list_hosts", params(("id" = Id, Path)),
    responses((status = 200, description = "All host names.", body = Listed<HostView>)))]
pub(crate) async fn list_hosts(
    caller: Operator<HostRead>,
    Segments(id): Segments<TenantId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut PlatformTx<'_>| -> Result<_, AppError> {
        let tenant = tenants::find(tx, id)?.ok_or(AppError::NotFound("tenant"))?;
        Ok(tx.enter(id, &NodePath::root(tenant.root_node_id), hosts::list)?)
    };
    let found = db.platform_read(&caller.scope, work).await?;
    Ok(answer::ok(&Listed::whole(
        found.into_iter().map(HostView::from),
    )))
}

/// Lets a host name lead to a tenant. That its DNS points here is for the operator to see to.
#[utoipa::path(post, path = "/tenants/{id}/hosts", tag = "tenants", operation_id = "add_host", params(("id" = Id, Path)),
    request_body = HostBody, responses((status = 201, description = "Added.", body = AddedView)))]
pub(crate) async fn add_host(
    caller: Operator<HostCreate>,
    Segments(id): Segments<TenantId>,
    Json(body): Json<HostBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let name = body.host.into_string();
    let host = db
        .platform_write(&caller.scope, move |tx| add(tx, id, &name))
        .await?;
    Ok(answer::created(
        &format!("/api/v1/tenants/{id}/hosts"),
        &AddedView { host },
    ))
}

/// Takes a host name from a tenant.
#[utoipa::path(delete, path = "/tenants/{id}/hosts/{host}", tag = "tenants", operation_id = "remove_host",
    params(("id" = Id, Path), ("host" = String, Path)), responses((status = 204, description = "Removed.")))]
pub(crate) async fn remove_host(
    caller: Operator<HostDelete>,
    Segments((id, host)): Segments<(TenantId, String)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    db.platform_write(&caller.scope, move |tx| remove(tx, id, &host))
        .await?;
    Ok(answer::gone())
}
