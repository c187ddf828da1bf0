//! Frees what programs that fell silent hold: floating seats, and machines where the terms say so.
//!
//! Whoever needs a seat frees dead ones by himself; this is for those whom nobody asks for, so that
//! lists and counts tell the truth. A license is looked at when the first of its leases may have
//! ended, so a quiet installation costs nothing.

use alvara_domain::id::LicenseId;
use alvara_domain::license::LicenseState;
use alvara_domain::terms::Binding;
use alvara_store::{Scope, TenantTx, licenses, machines, seat_pools, seats};

use crate::error::{AppError, AppResult};
use crate::machine::silent;
use crate::platform::Platform;
use crate::seat::reclaim;

/// How many licenses of a tenant one sweep looks at. The rest waits for the next.
const LICENSES: usize = 2000;
/// How many are listed at once.
const LISTED: i64 = 100;
/// How long a seat that is over stays readable, in seconds.
const PAST_SECONDS: i64 = 90 * 24 * 3600;

/// Looks at what is due in one tenant. Several instances may do so at once.
///
/// # Errors
/// When the database fails.
pub(super) async fn free(platform: &Platform, scope: &Scope) -> AppResult<()> {
    let db = platform.db();
    let mut looked = 0;
    while looked < LICENSES {
        let list = |tx: &mut TenantTx<'_>| seat_pools::list_due(tx, LISTED);
        let due = db.read(scope, list).await.map_err(AppError::from)?;
        if due.is_empty() {
            break;
        }
        looked += due.len();
        for license in due {
            db.write(scope, move |tx| look(tx, license)).await?;
        }
    }
    let purge = |tx: &mut TenantTx<'_>| {
        let past = tx.now().saturating_add_seconds(-PAST_SECONDS);
        seats::purge(tx, past)
    };
    db.write(scope, purge).await.map_err(AppError::from)?;
    Ok(())
}

/// Frees what is dead of one license and says when to look again.
fn look(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<()> {
    // The order of locks everywhere: license, pool, machine, seats.
    licenses::lock(tx, id, LicenseState::ALL)?;
    seat_pools::lock(tx, id)?;
    let Some(license) = licenses::find(tx, id)? else {
        return Ok(seat_pools::swept(tx, id, None)?);
    };
    let mut next = None;
    if license.terms.binding == Binding::Floating {
        reclaim::dead(tx, id)?;
        next = seats::first_lease_end(tx, id)?;
    }
    if silent::frees(&license) {
        silent::release(tx, &license)?;
        let machine = machines::first_lease_end(tx, id)?;
        next = next.into_iter().chain(machine).min();
    }
    // A machine that is silent but holds a borrowed seat is due all the time; it is looked at again
    // when the seat ends, or in a minute at the soonest.
    let soonest = tx.now().saturating_add_seconds(60);
    seat_pools::swept(tx, id, next.map(|at| at.max(soonest)))?;
    Ok(())
}
