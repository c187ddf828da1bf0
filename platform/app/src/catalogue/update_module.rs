use alvara_domain::event::EventKind;
use alvara_domain::id::ModuleId;
use alvara_domain::money::Money;
use alvara_domain::product::Module;
use alvara_store::{TenantTx, modules};

use super::load_own_product;
use crate::field::Fields;
use crate::{AppError, AppResult};

/// What to change of a module; what is `None` stays. Code and position stay for good: programs in
/// the field know the module by them.
#[derive(Debug, Clone, Default)]
pub struct ModuleChange {
    /// At most 200 characters.
    pub name: Option<String>,
    /// What it costs from now on.
    pub price: Option<Money>,
}

/// Changes a module. `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Stale`], and
/// [`AppError::ExceedsOwnRights`] for a product that the tenant only sells.
pub fn update_module(
    tx: &mut TenantTx<'_>,
    id: ModuleId,
    expected: i64,
    change: &ModuleChange,
) -> AppResult<Module> {
    let before = modules::find(tx, id)?.ok_or(AppError::NotFound("module"))?;
    load_own_product(tx, before.product_id)?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let mut module = before.clone();
    let mut fields = Fields::new();
    if let Some(name) = &change.name {
        module.name = fields.line("/name", name, 200);
    }
    if let Some(price) = change.price {
        module.price = fields.price("/price", price);
    }
    fields.finish()?;
    modules::update(tx, &module)?;
    module.version += 1;
    module.updated_at = tx.now();
    tx.audit("module.updated", id, &before, &module)?;
    tx.emit(EventKind::ModuleUpdated, id, &module)?;
    Ok(module)
}
