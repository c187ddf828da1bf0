use alvara_domain::brand::{Branding, Picture, PictureSlot, StoredBrand};
use alvara_domain::fault::FaultCode;
use alvara_domain::id::NodeId;
use alvara_render::{CleanPicture, clean_picture};
use alvara_store::{Scope, TenantTx, brands};
use alvara_vault::token_hash;
use data_encoding::BASE64;

use super::{brand_of, expected, noted};
use crate::{AppError, AppResult, Platform};

/// Puts a picture into the draft of a place. It is looked at and written anew before anything is
/// stored, outside of a transaction. `version` is the one that the caller read, any where `None`.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Stale`]; [`AppError::Invalid`] for what is no picture that is
/// shown here.
pub async fn put_picture(
    platform: &Platform,
    scope: &Scope,
    (node, slot): (NodeId, PictureSlot),
    version: Option<i64>,
    sent: Vec<u8>,
) -> AppResult<StoredBrand> {
    // Whether there is such a place comes first: nobody learns from a picture what is not theirs.
    let reader = scope.without_claim();
    let find = move |tx: &mut TenantTx<'_>| brand_of(tx, node);
    let (_, present) = platform.db().read(&reader, find).await?;
    if version.is_some_and(|version| version != present.version) {
        return Err(AppError::Stale);
    }
    let clean = tokio::task::spawn_blocking(move || clean_picture(slot, &sent))
        .await
        .map_err(|error| AppError::Inconsistent(error.to_string()))?
        .map_err(|why| AppError::field("", FaultCode::Malformed, why.to_string()))?;
    let write = move |tx: &mut TenantTx<'_>| put(tx, (node, slot), version, &clean);
    platform.db().write(scope, write).await
}

fn put(
    tx: &mut TenantTx<'_>,
    (node, slot): (NodeId, PictureSlot),
    version: Option<i64>,
    clean: &CleanPicture,
) -> AppResult<StoredBrand> {
    let picture = Picture {
        format: clean.format,
        digest: token_hash(&BASE64.encode(&clean.bytes)),
        width: clean.width,
        height: clean.height,
    };
    let digest = picture.digest.clone();
    let stored = change(tx, (node, slot), version, Some(picture))?;
    brands::keep_file(tx, node, &digest, &clean.bytes)?;
    Ok(stored)
}

/// Takes a picture out of the draft of a place, which then shows that of the places above.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Stale`].
pub fn remove_picture(
    tx: &mut TenantTx<'_>,
    at: (NodeId, PictureSlot),
    version: Option<i64>,
) -> AppResult<StoredBrand> {
    change(tx, at, version, None)
}

fn change(
    tx: &mut TenantTx<'_>,
    (node, slot): (NodeId, PictureSlot),
    version: Option<i64>,
    picture: Option<Picture>,
) -> AppResult<StoredBrand> {
    let (_, present) = brand_of(tx, node)?;
    let version = version.unwrap_or(present.version);
    let before = expected(tx, node, version)?;
    let mut draft: Branding = before.draft.clone();
    draft.set_picture(slot, picture);
    brands::save_draft(tx, node, version, &draft)?;
    tx.audit("brand.updated", node, noted(&before.draft), noted(&draft))?;
    Ok(brand_of(tx, node)?.1)
}
