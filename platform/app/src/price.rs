//! What something costs at a place: price lists, quotes, discounts.
//!
//! A price set at a place is the price at which that place sells to everybody below it, until a
//! place between says otherwise. So a buyer pays what the nearest place strictly above it asks, and
//! what the catalogue says where none does. Nobody is told more of a list above than that price.
//!
//! Whoever is below the tenant's root sells at plans where a policy has any: no license, period,
//! machine or module goes out that no plan or list prices. Whoever runs the tenant is free to.

mod bound;
mod change;
mod discount;
mod effective;
mod many;
mod quote;

pub(crate) use bound::{
    allow_machines, binding_plans, charge_module, fitting_plan, plan_of_length,
};
pub use change::{load_subject, remove_price, set_price};
pub use discount::{allow_discount, set_ceiling};
pub use effective::{Effective, Source, list_modules, list_plans};
pub use many::plan_prices;
pub use quote::{QuoteRequest, Quoted, quote};
pub(crate) use quote::{quote_modules, quote_of};
