//! Which tenants may use which plugins, and what a tenant sees of those it may use.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::{AppError, plugin};
use alvara_domain::id::TenantId;
use alvara_domain::plugin::PluginOffer;
use alvara_domain::time::UtcTime;
use alvara_store::{Db, PlatformTx, plugins, tenants};
use alvara_tenants::permissions::{PaymentAccountRead, PluginRead, PluginUpdate};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::OfferedPluginView;
use crate::answer;
use crate::body::Segments;
use crate::caller::{Caller, Operator};
use crate::list::Listed;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

/// That a tenant may use a plugin, of whatever version is granted.
#[derive(Serialize, ToSchema)]
pub(crate) struct PluginOfferView {
    #[schema(value_type = Id)]
    tenant_id: TenantId,
    /// The plugin's own id: `pix`.
    plugin: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
}

impl From<PluginOffer> for PluginOfferView {
    fn from(offer: PluginOffer) -> Self {
        Self {
            tenant_id: offer.tenant_id,
            plugin: offer.name,
            created_at: offer.created_at,
        }
    }
}

/// Lists the plugins that a tenant may use.
#[utoipa::path(get, path = "/tenants/{id}/plugins", tag = "plugins", operation_id = "list_tenant_plugins",
    params(("id" = Id, Path)), responses((status = 200, description = "All of them.", body = Listed<PluginOfferView>)))]
pub(crate) async fn list_of_tenant(
    caller: Operator<PluginRead>,
    Segments(tenant): Segments<TenantId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut PlatformTx<'_>| -> Result<_, AppError> {
        tenants::find(tx, tenant)?.ok_or(AppError::NotFound("tenant"))?;
        Ok(plugins::list_offered_to(tx, tenant)?)
    };
    let found = db.platform_read(&caller.scope, work).await?;
    let views = found.into_iter().map(PluginOfferView::from);
    Ok(answer::ok(&Listed::whole(views)))
}

/// Lets a tenant open payment accounts with a plugin, of whatever version is granted. Doing it again
/// changes nothing.
#[utoipa::path(put, path = "/tenants/{id}/plugins/{plugin}", tag = "plugins", operation_id = "offer_tenant_plugin",
    params(("id" = Id, Path), ("plugin" = String, Path)), responses((status = 204, description = "Offered.")))]
pub(crate) async fn offer(
    caller: Operator<PluginUpdate>,
    Segments((tenant, name)): Segments<(TenantId, String)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut PlatformTx<'_>| plugin::offer(tx, tenant, &name);
    db.platform_write(&caller.scope, work).await?;
    Ok(answer::gone())
}

/// Takes a plugin back from a tenant: it opens no account and makes no charge with it. Charges that
/// are open go on, so that no customer pays into the void.
#[utoipa::path(delete, path = "/tenants/{id}/plugins/{plugin}", tag = "plugins", operation_id = "withdraw_tenant_plugin",
    params(("id" = Id, Path), ("plugin" = String, Path)), responses((status = 204, description = "Withdrawn.")))]
pub(crate) async fn withdraw(
    caller: Operator<PluginUpdate>,
    Segments((tenant, name)): Segments<(TenantId, String)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut PlatformTx<'_>| plugin::withdraw(tx, tenant, &name);
    db.platform_write(&caller.scope, work).await?;
    Ok(answer::gone())
}

/// Lists what one's own tenant may open payment accounts with, and what such an account needs.
#[utoipa::path(get, path = "/offered-plugins", tag = "plugins", operation_id = "list_offered_plugins",
    responses((status = 200, description = "All of them.", body = Listed<OfferedPluginView>)))]
pub(crate) async fn list_own(
    caller: Caller<PaymentAccountRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db.read(&caller.scope, plugin::usable).await?;
    let views: Vec<OfferedPluginView> = found
        .into_iter()
        .map(OfferedPluginView::of)
        .collect::<Result<_, AppError>>()?;
    Ok(answer::ok(&Listed::whole(views.into_iter())))
}
