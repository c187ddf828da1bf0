//! What places say of themselves: drafts, their pictures, and making them public.

mod draft;
mod picture;
mod publish;

use alvara_domain::brand::{Branding, StoredBrand};
use alvara_domain::id::NodeId;
use alvara_domain::node::Node;
use alvara_store::{TenantTx, brands, nodes};
use serde_json::{Value, json};

use crate::{AppError, AppResult};

pub use draft::save_draft;
pub use picture::{put_picture, remove_picture};
pub use publish::{publish_brand, revert_draft};

/// What a place of the scope says of itself; nothing, of version 0, where nobody ever said anything.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn brand_of(tx: &mut TenantTx<'_>, node: NodeId) -> AppResult<(Node, StoredBrand)> {
    let node = nodes::find(tx, node)?.ok_or(AppError::NotFound("node"))?;
    let stored = brands::find(tx, node.id)?;
    Ok((node, stored.unwrap_or_else(StoredBrand::silent)))
}

/// The brand of a place, when its version is the one that the caller read.
fn expected(tx: &mut TenantTx<'_>, node: NodeId, version: i64) -> AppResult<StoredBrand> {
    let (_, present) = brand_of(tx, node)?;
    if present.version == version {
        Ok(present)
    } else {
        Err(AppError::Stale)
    }
}

/// A brand as the audit chain keeps it: of legal texts their length, of wording which messages, for
/// the chain is kept for ever and an entry is short.
fn noted(branding: &Branding) -> Value {
    let mut short = branding.clone();
    short.wording.clear();
    let texts = [&mut short.terms, &mut short.privacy, &mut short.refunds];
    for text in texts.into_iter().flatten() {
        *text = format!("{} characters", text.chars().count());
    }
    let messages: Vec<String> = branding
        .wording
        .iter()
        .flat_map(|(language, texts)| texts.keys().map(move |key| format!("{language}/{key}")))
        .take(50)
        .collect();
    json!({ "values": short, "wording": messages })
}
