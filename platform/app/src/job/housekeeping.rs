//! Sweeps away what is past its time: idempotency keys, finished jobs, sessions, refresh tokens,
//! floating seats that nobody kept, machines that fell silent where the terms free their seats, and signing keys that nothing in the field can still depend on.

use alvara_store::page::PageRequest;
use alvara_store::{idempotency, jobs, refresh_tokens, sessions, tenants};
use alvara_tenants::Console;

use super::free_silent;
use crate::error::{AppError, AppResult};
use crate::platform::Platform;

/// How long a finished job is kept, in seconds.
const JOB_SECONDS: i64 = 30 * 24 * 3600;

/// Sweeps once. Several instances may do so at once.
///
/// # Errors
/// When the database fails.
pub async fn sweep(platform: &Platform, console: &Console) -> AppResult<()> {
    let scope = console.housekeeping();
    let swept = platform.db().platform_write(&scope, |tx| {
        let past = tx.now().saturating_add_seconds(-JOB_SECONDS);
        idempotency::purge(tx)?;
        jobs::purge(tx, past)?;
        sessions::purge(tx)?;
        refresh_tokens::purge(tx)
    });
    swept.await.map_err(AppError::from)?;
    sweep_tenants(platform, console).await
}

/// Tenant by tenant: ends the publication of keys whose overlap is over, and frees what fell silent.
async fn sweep_tenants(platform: &Platform, console: &Console) -> AppResult<()> {
    let mut page = PageRequest::default();
    loop {
        let scope = console.housekeeping();
        let asked = page.clone();
        let found = platform
            .db()
            .platform_read(&scope, move |tx| tenants::list(tx, None, &asked))
            .await
            .map_err(AppError::from)?;
        for tenant in found.items {
            let parts = platform.clone();
            platform
                .db()
                .write(&console.scope(&tenant), move |tx| {
                    parts.keys().retire_due(tx)
                })
                .await?;
            free_silent::free(platform, &console.scope(&tenant)).await?;
        }
        match found.next {
            Some(cursor) => page = PageRequest::new(None, Some(cursor)),
            None => return Ok(()),
        }
    }
}
