//! Sweeps away what is past its time: idempotency keys, finished jobs, sessions, refresh tokens.

use alvara_store::{idempotency, jobs, refresh_tokens, sessions};
use alvara_tenants::Console;

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
    swept.await.map(drop).map_err(AppError::from)
}
