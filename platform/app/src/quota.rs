//! How many licenses of a product a place may issue, handed down the tree.
//!
//! A place may have a quota of a product. A license counts against the nearest quota at its place
//! or above; a quota that is granted takes its total from the nearest one above. So in every quota
//! `used + delegated ≤ total` at every moment, and a tree never issues more than its highest quota
//! says, however many issue at once. A place without any quota above it is not limited.
//!
//! Issuing is one conditional statement on one row. What changes several rows waits for its turn
//! at the root of the tree, locks the rows, and only then counts what is charged to them.

mod carry;
mod charge;
mod relocate;
mod remove;
mod set;

pub(crate) use carry::carry;
pub(crate) use charge::charge;
pub(crate) use relocate::relocate;
pub use remove::remove_quota;
pub use set::set_quota;

use alvara_domain::quota::Quota;
use alvara_store::{TenantTx, nodes};

use crate::{AppError, AppResult};

/// The refusal for a quota that is used up. Whose it is, and how it stands, only those hear who see
/// that place.
fn exhausted(tx: &mut TenantTx<'_>, quota: Quota, wanted: i64) -> AppResult<AppError> {
    let seen = nodes::find(tx, quota.node_id)?.map(|_| Box::new(quota));
    Ok(AppError::QuotaExhausted { wanted, seen })
}
