use alvara_domain::fault::FaultCode;
use alvara_domain::id::ProductId;
use alvara_domain::money::Currency;
use alvara_domain::node::Tenant;
use alvara_domain::payment::ask::PostalAddress;
use alvara_domain::time::ZoneName;
use alvara_store::{TenantTx, products, tenants};

use crate::customer::{TypedTaxId, read_address, read_tax_id};
use crate::field::Fields;
use crate::{AppError, AppResult};

/// What to change of a tenant; what is `None` stays. The slug stays for good: it is in addresses
/// and in every computer key.
#[derive(Debug, Clone, Default)]
pub struct TenantChange {
    /// At most 200 characters.
    pub name: Option<String>,
    /// The language of what the tenant says.
    pub locale: Option<String>,
    /// For what is made from now on; prices that exist keep theirs.
    pub currency: Option<Currency>,
    /// In which days and months are counted from now on.
    pub time_zone: Option<ZoneName>,
    /// For programs that name no product; `Some(None)` is none.
    pub default_product_id: Option<Option<ProductId>>,
    /// For documents from now on; `Some(None)` takes it away.
    pub tax_id: Option<Option<TypedTaxId>>,
    /// For documents from now on; `Some(None)` takes it away.
    pub address: Option<Option<PostalAddress>>,
}

/// Changes the settings of the scope's tenant. `expected` is the version that the caller read. The
/// operator does it to any tenant from within [`alvara_store::PlatformTx::enter`].
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::Stale`]; a scope that is only part of the tenant is refused
/// by the store.
pub fn update_tenant(
    tx: &mut TenantTx<'_>,
    expected: i64,
    change: &TenantChange,
) -> AppResult<Tenant> {
    let before = tenants::load_own(tx)?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let mut tenant = before.clone();
    let mut fields = Fields::new();
    if let Some(name) = &change.name {
        tenant.name = fields.line("/name", name, 200);
    }
    if let Some(locale) = &change.locale {
        tenant.locale = fields.locale("/locale", locale);
    }
    if let Some(product) = change.default_product_id {
        if let Some(product) = product
            && products::find(tx, product)?.is_none()
        {
            fields.refuse(
                "/default_product_id",
                FaultCode::Unknown,
                "there is no such product",
            );
        }
        tenant.default_product_id = product;
    }
    match &change.tax_id {
        Some(Some(typed)) => tenant.tax_id = read_tax_id(tx, &mut fields, typed)?,
        Some(None) => tenant.tax_id = None,
        None => {}
    }
    if let Some(address) = &change.address {
        let read = address.as_ref();
        tenant.postal_address = read.map(|address| read_address(&mut fields, address));
    }
    fields.finish()?;
    tenant.currency = change.currency.unwrap_or(before.currency);
    tenant.time_zone = change
        .time_zone
        .clone()
        .unwrap_or_else(|| before.time_zone.clone());
    tenants::update_own(tx, &tenant)?;
    tenant.version += 1;
    tenant.updated_at = tx.now();
    tx.audit("tenant.updated", tenant.id, &before, &tenant)?;
    Ok(tenant)
}
