//! Tenants, their host names and what they are offered: the operator's business.

mod hosts;
mod offers;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::tenancy::{reinstate_tenant, suspend_tenant};
use alvara_domain::id::{NodeId, ProductId, TenantId};
use alvara_domain::money::Currency;
use alvara_domain::node::{Tenant, TenantState};
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_store::{Db, tenants};
use alvara_tenants::permissions::{TenantCreate, TenantRead, TenantSuspend};
use alvara_tenants::{NewTenant, ProvisionRefused};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(crate) use hosts::{
    __path_add_host, __path_list_hosts, __path_remove_host, AddedView, HostBody, HostView,
    add_host, list_hosts, remove_host,
};
pub(crate) use offers::{
    __path_list_offers, __path_make_offer, __path_restore_offer, __path_update_offer,
    __path_withdraw_offer, list_offers, make_offer, restore_offer, update_offer, withdraw_offer,
};

use super::customers::AddressView;
use crate::answer;
use crate::body::{Hidden, Json, Params, Segments, Text};
use crate::caller::Operator;
use crate::list::{Listed, page_request};
use crate::problem::{Fault, Kind, Problem};
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/tenants").get(list).post(create))
        .service(web::resource("/tenants/{id}").get(get))
        .service(
            web::resource("/tenants/{id}/suspension")
                .post(suspend)
                .delete(reinstate),
        )
        .service(
            web::resource("/tenants/{id}/hosts")
                .get(list_hosts)
                .post(add_host),
        )
        .service(web::resource("/tenants/{id}/hosts/{host}").delete(remove_host))
        .service(web::resource("/tenants/{id}/offers").post(make_offer))
        .service(web::resource("/tenants/{id}/offers/{product_id}").patch(update_offer))
        .service(
            web::resource("/tenants/{id}/offers/{product_id}/withdrawal")
                .post(withdraw_offer)
                .delete(restore_offer),
        )
        .service(web::resource("/offers").get(list_offers));
}

/// A tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct TenantView {
    #[schema(value_type = Id)]
    id: TenantId,
    /// The first label of its host name.
    slug: String,
    name: String,
    /// `operator` or `reseller`.
    kind: &'static str,
    /// `active` or `suspended`.
    state: &'static str,
    #[schema(value_type = Id)]
    root_node_id: NodeId,
    locale: String,
    #[schema(value_type = String, example = "BRL")]
    currency: Currency,
    #[schema(value_type = String, example = "America/Sao_Paulo")]
    time_zone: ZoneName,
    #[schema(value_type = Option<Id>)]
    default_product_id: Option<ProductId>,
    /// Without dots and slashes; printed on documents.
    tax_id: Option<String>,
    /// `cpf`, `cnpj` or `piva`.
    tax_id_kind: Option<&'static str>,
    /// Printed on documents.
    address: Option<AddressView>,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<Tenant> for TenantView {
    fn from(tenant: Tenant) -> Self {
        Self {
            id: tenant.id,
            slug: tenant.slug,
            name: tenant.name,
            kind: tenant.kind.as_str(),
            state: tenant.state.as_str(),
            root_node_id: tenant.root_node_id,
            locale: tenant.locale,
            currency: tenant.currency,
            time_zone: tenant.time_zone,
            default_product_id: tenant.default_product_id,
            tax_id_kind: tenant.tax_id.as_ref().map(|id| id.kind().as_str()),
            tax_id: tenant.tax_id.map(|id| id.as_str().to_owned()),
            address: tenant.postal_address.map(AddressView::from),
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
        }
    }
}

/// A tenant to open, with its first member.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantBody {
    /// Unique over the installation.
    #[schema(example = "acme")]
    slug: Text<1, 40>,
    #[schema(example = "ACME")]
    name: Text<1, 200>,
    #[schema(example = "pt-BR")]
    locale: Text<2, 10>,
    #[schema(value_type = String, example = "BRL")]
    currency: Currency,
    #[schema(value_type = String, example = "America/Sao_Paulo")]
    time_zone: ZoneName,
    #[schema(example = "admin@acme.example")]
    admin_email: Text<3, 254>,
    #[schema(example = "Ana")]
    admin_name: Text<1, 200>,
    /// 10 to 200 characters.
    #[schema(example = "a long first password")]
    admin_password: Hidden,
}

/// Which tenants.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TenantParams {
    /// `active` or `suspended`.
    #[param(value_type = Option<String>)]
    state: Option<TenantState>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the tenants of the installation.
#[utoipa::path(get, path = "/tenants", tag = "tenants", operation_id = "list_tenants", params(TenantParams),
    responses((status = 200, description = "A page of tenants.", body = Listed<TenantView>)))]
pub(crate) async fn list(
    caller: Operator<TenantRead>,
    Params(params): Params<TenantParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let state = params.state;
    let found = db
        .platform_read(&caller.scope, move |tx| tenants::list(tx, state, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, TenantView::from)))
}

/// Opens a tenant with the root of its tree, its host name and its first member.
#[utoipa::path(post, path = "/tenants", tag = "tenants", operation_id = "create_tenant", request_body = TenantBody,
    responses((status = 201, description = "Opened.", body = TenantView)))]
pub(crate) async fn create(
    caller: Operator<TenantCreate>,
    Json(body): Json<TenantBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let new = NewTenant {
        slug: body.slug.into_string(),
        name: body.name.into_string(),
        locale: body.locale.into_string(),
        currency: body.currency,
        time_zone: body.time_zone,
        admin_email: body.admin_email.into_string(),
        admin_name: body.admin_name.into_string(),
        admin_password: body.admin_password.expose().to_owned(),
    };
    let opened = platform
        .gate()
        .provision(&caller.scope, new)
        .await
        .map_err(refused)?;
    let (location, version) = (
        format!("/api/v1/tenants/{}", opened.tenant.id),
        opened.tenant.version,
    );
    Ok(answer::created_version(
        &location,
        version,
        &TenantView::from(opened.tenant),
    ))
}

fn refused(refused: ProvisionRefused) -> Problem {
    match refused {
        ProvisionRefused::Invalid(faults) => {
            Problem::fields(faults.into_iter().map(Fault::from).collect())
        }
        ProvisionRefused::SlugTaken => {
            let fault = Fault::text("/slug", "taken", "This value is taken.");
            Problem::new(Kind::AlreadyExists).with_fault(fault)
        }
        ProvisionRefused::Failed(error) => error.into(),
    }
}

/// Shows a tenant.
#[utoipa::path(get, path = "/tenants/{id}", tag = "tenants", operation_id = "get_tenant", params(("id" = Id, Path)),
    responses((status = 200, description = "The tenant.", body = TenantView)))]
pub(crate) async fn get(
    caller: Operator<TenantRead>,
    Segments(id): Segments<TenantId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .platform_read(&caller.scope, move |tx| tenants::find(tx, id))
        .await?;
    let tenant = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(tenant.version, &TenantView::from(tenant)))
}

/// Suspends a tenant: its people are shut out, and its programs are told so at their next contact.
#[utoipa::path(post, path = "/tenants/{id}/suspension", tag = "tenants", operation_id = "suspend_tenant", params(("id" = Id, Path)),
    responses((status = 200, description = "Suspended.", body = TenantView)))]
pub(crate) async fn suspend(
    caller: Operator<TenantSuspend>,
    Segments(id): Segments<TenantId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let tenant = db
        .platform_write(&caller.scope, move |tx| suspend_tenant(tx, id))
        .await?;
    Ok(answer::version(tenant.version, &TenantView::from(tenant)))
}

/// Lifts a tenant's suspension.
#[utoipa::path(delete, path = "/tenants/{id}/suspension", tag = "tenants", operation_id = "reinstate_tenant", params(("id" = Id, Path)),
    responses((status = 200, description = "Reinstated.", body = TenantView)))]
pub(crate) async fn reinstate(
    caller: Operator<TenantSuspend>,
    Segments(id): Segments<TenantId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let tenant = db
        .platform_write(&caller.scope, move |tx| reinstate_tenant(tx, id))
        .await?;
    Ok(answer::version(tenant.version, &TenantView::from(tenant)))
}
