use alvara_domain::event::EventKind;
use alvara_domain::id::ProductId;
use alvara_domain::product::{Product, ProductState};
use alvara_store::{TenantTx, products};

use super::create_product::check_prefix;
use super::load_own_product;
use crate::field::Fields;
use crate::{AppError, AppResult};

/// What to change of a product; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ProductChange {
    /// At most 200 characters.
    pub name: Option<String>,
    /// Counts for keys issued from now on.
    pub key_prefix: Option<String>,
    /// Retired: nothing new is issued, what is out keeps working.
    pub state: Option<ProductState>,
}

/// Changes a product of the tenant's own. `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Stale`], and
/// [`AppError::ExceedsOwnRights`] for a product that the tenant only sells.
pub fn update_product(
    tx: &mut TenantTx<'_>,
    id: ProductId,
    expected: i64,
    change: &ProductChange,
) -> AppResult<Product> {
    let before = load_own_product(tx, id)?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let mut product = before.clone();
    let mut fields = Fields::new();
    if let Some(name) = &change.name {
        product.name = fields.line("/name", name, 200);
    }
    if let Some(prefix) = &change.key_prefix {
        product.key_prefix = check_prefix(&mut fields, prefix);
    }
    fields.finish()?;
    products::update(tx, &product)?;
    if let Some(state) = change.state.filter(|state| *state != before.state) {
        products::change_state(tx, id, state)?;
    }
    let product = load_own_product(tx, id)?;
    tx.audit("product.updated", id, &before, &product)?;
    tx.emit(EventKind::ProductUpdated, id, &product)?;
    Ok(product)
}
