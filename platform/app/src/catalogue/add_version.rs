use alvara_domain::event::EventKind;
use alvara_domain::id::ProductId;
use alvara_domain::product::ProductVersion;
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, versions};

use super::load_own_product;
use crate::field::Fields;
use crate::{AppError, AppResult};

/// A version to add to a product.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// Of which product.
    pub product_id: ProductId,
    /// First number, 0 to 999 999.
    pub major: i64,
    /// Second number, 0 to 999 999.
    pub minor: i64,
    /// At most 100 characters.
    pub name: String,
    /// Compared with the maintenance end of licenses; `None` is now.
    pub released_at: Option<UtcTime>,
}

/// Adds a version that licenses may be entitled to.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Taken`] for the number, and
/// [`AppError::ExceedsOwnRights`] for a product that the tenant only sells.
pub fn add_version(tx: &mut TenantTx<'_>, request: &NewVersion) -> AppResult<ProductVersion> {
    let mut fields = Fields::new();
    let major = fields.within("/major", request.major, 0..=999_999);
    let minor = fields.within("/minor", request.minor, 0..=999_999);
    let name = fields.line("/name", &request.name, 100);
    fields.finish()?;
    let product = load_own_product(tx, request.product_id)?;
    let version = ProductVersion {
        tenant_id: tx.tenant(),
        product_id: product.id,
        id: tx.new_id()?,
        major,
        minor,
        name,
        released_at: request.released_at.unwrap_or(tx.now()),
        created_at: tx.now(),
    };
    versions::insert(tx, &version).map_err(AppError::taken("/minor"))?;
    tx.audit("version.created", version.id, (), &version)?;
    tx.emit(EventKind::VersionCreated, version.id, &version)?;
    Ok(version)
}
