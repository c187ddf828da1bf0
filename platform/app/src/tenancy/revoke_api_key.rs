use alvara_domain::event::EventKind;
use alvara_domain::id::ApiKeyId;
use alvara_store::TenantTx;
use alvara_store::api_keys::{self, ApiKey};

use super::create_api_key::ApiKeyNote;
use crate::{AppError, AppResult};

/// Ends a credential: the next request with it is nobody's.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] when it was ended before.
pub fn revoke_api_key(tx: &mut TenantTx<'_>, id: ApiKeyId) -> AppResult<ApiKey> {
    let key = api_keys::find(tx, id)?.ok_or(AppError::NotFound("API key"))?;
    if !api_keys::revoke(tx, id)? {
        return Err(AppError::WrongState {
            noun: "API key",
            state: "revoked",
            wanted: "revoked",
        });
    }
    tx.audit("api_key.revoked", id, ApiKeyNote::of(&key), ())?;
    tx.emit(EventKind::ApiKeyRevoked, id, ApiKeyNote::of(&key))?;
    Ok(ApiKey {
        revoked_at: Some(tx.now()),
        ..key
    })
}
