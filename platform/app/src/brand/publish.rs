use alvara_domain::brand::StoredBrand;
use alvara_domain::event::EventKind;
use alvara_domain::id::NodeId;
use alvara_store::{TenantTx, brands};

use super::{brand_of, expected, noted};
use crate::AppResult;

/// Makes the draft of a place what the world sees. `version` is the one that the caller read.
///
/// # Errors
/// [`crate::AppError::NotFound`], [`crate::AppError::Stale`].
pub fn publish_brand(tx: &mut TenantTx<'_>, node: NodeId, version: i64) -> AppResult<StoredBrand> {
    let before = expected(tx, node, version)?;
    brands::publish(tx, node, version)?;
    let public = before.published.as_ref().map(noted);
    let note = noted(&before.draft);
    tx.audit("brand.published", node, &public, &note)?;
    tx.emit(EventKind::BrandPublished, node, &note)?;
    Ok(brand_of(tx, node)?.1)
}

/// Makes the draft of a place what is published of it again, or empty where nothing is. `version` is
/// the one that the caller read.
///
/// # Errors
/// [`crate::AppError::NotFound`], [`crate::AppError::Stale`].
pub fn revert_draft(tx: &mut TenantTx<'_>, node: NodeId, version: i64) -> AppResult<StoredBrand> {
    let before = expected(tx, node, version)?;
    brands::revert(tx, node, version)?;
    let (_, after) = brand_of(tx, node)?;
    tx.audit(
        "brand.reverted",
        node,
        noted(&before.draft),
        noted(&after.draft),
    )?;
    Ok(after)
}
