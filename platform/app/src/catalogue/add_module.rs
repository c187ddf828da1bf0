use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::ProductId;
use alvara_domain::money::Money;
use alvara_domain::product::{MODULES_MAX, Module};
use alvara_store::{TenantTx, modules};

use super::load_own_product;
use crate::field::Fields;
use crate::{AppError, AppResult};

/// A module to add to a product.
#[derive(Debug, Clone)]
pub struct NewModule {
    /// Of which product.
    pub product_id: ProductId,
    /// Unique in the product; never changes, since terms and computer keys name it.
    pub code: String,
    /// At most 200 characters.
    pub name: String,
    /// 0 to 63, unique in the product; `None` takes the lowest that is free.
    pub position: Option<i64>,
    /// What it costs.
    pub price: Money,
}

/// Adds a sold capability to a product.
///
/// # Errors
/// [`AppError::Invalid`] (also when all 64 positions are taken), [`AppError::NotFound`],
/// [`AppError::Taken`] for code or position, and [`AppError::ExceedsOwnRights`] for a product that
/// the tenant only sells.
pub fn add_module(tx: &mut TenantTx<'_>, request: &NewModule) -> AppResult<Module> {
    let mut fields = Fields::new();
    let code = fields.code("/code", &request.code);
    let name = fields.line("/name", &request.name, 200);
    let price = fields.price("/price", request.price);
    if let Some(position) = request.position {
        fields.within("/position", position, 0..=MODULES_MAX - 1);
    }
    fields.finish()?;
    let product = load_own_product(tx, request.product_id)?;
    let present = modules::list(tx, product.id)?;
    if present.iter().any(|module| module.code == code) {
        return Err(AppError::Taken { pointer: "/code" });
    }
    let module = Module {
        tenant_id: tx.tenant(),
        product_id: product.id,
        id: tx.new_id()?,
        code,
        name,
        position: choose_position(request.position, &present)?,
        price,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    modules::insert(tx, &module).map_err(AppError::taken("/position"))?;
    tx.audit("module.created", module.id, (), &module)?;
    tx.emit(EventKind::ModuleCreated, module.id, &module)?;
    Ok(module)
}

fn choose_position(wanted: Option<i64>, present: &[Module]) -> AppResult<i64> {
    let is_free = |position: &i64| present.iter().all(|module| module.position != *position);
    match wanted {
        Some(position) if is_free(&position) => Ok(position),
        Some(_) => Err(AppError::Taken {
            pointer: "/position",
        }),
        None => (0..MODULES_MAX).find(is_free).ok_or_else(|| {
            AppError::field(
                "/position",
                FaultCode::OutOfRange,
                "a product has at most 64 modules",
            )
        }),
    }
}
