//! What is sold: products with versions and modules, the terms and prices they are sold on, and
//! which tenant may sell them.
//!
//! The catalogue belongs to the tenant as a whole: the store refuses to write it to a scope that is
//! only a part. A tenant changes only products of its own; for one that the operator offers it, it
//! makes policies and plans.

mod add_module;
mod add_version;
mod create_plan;
mod create_policy;
mod create_product;
mod offer_product;
mod update_module;
mod update_plan;
mod update_policy;
mod update_product;

use alvara_domain::id::ProductId;
use alvara_domain::product::Product;
use alvara_store::{TenantTx, products};

pub use add_module::{NewModule, add_module};
pub use add_version::{NewVersion, add_version};
pub use create_plan::{NewPlan, create_plan};
pub use create_policy::{NewPolicy, create_policy};
pub use create_product::{NewProduct, create_product};
pub use offer_product::{
    NewOffer, OfferChange, offer_product, restore_offer, update_offer, withdraw_offer,
};
pub use update_module::{ModuleChange, update_module};
pub use update_plan::{PlanChange, update_plan};
pub use update_policy::{PolicyChange, update_policy};
pub use update_product::{ProductChange, update_product};

use crate::{AppError, AppResult};

/// A product of the tenant's own. One that it only sells it can see, but not change.
pub(crate) fn load_own_product(tx: &mut TenantTx<'_>, id: ProductId) -> AppResult<Product> {
    let product = products::find(tx, id)?.ok_or(AppError::NotFound("product"))?;
    if product.tenant_id == tx.tenant() {
        Ok(product)
    } else {
        Err(AppError::ExceedsOwnRights)
    }
}

#[cfg(test)]
mod tests;
