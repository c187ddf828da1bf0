//! Takes back floating seats that nobody kept.

use alvara_domain::id::LicenseId;
use alvara_domain::seat::SeatState;
use alvara_store::{TenantTx, seat_pools, seats};

use super::give_back::tell;
use crate::error::AppResult;

/// How many seats one look takes back.
const AT_ONCE: i64 = 200;

/// Takes back the dead seats of a license. The pool is locked.
pub(crate) fn dead(tx: &mut TenantTx<'_>, license: LicenseId) -> AppResult<()> {
    for id in seats::list_dead(tx, license, AT_ONCE)? {
        if seats::end(tx, id, SeatState::Reclaimed)? {
            seat_pools::release_seats(tx, license, 1)?;
            tell(tx, license, id, SeatState::Reclaimed)?;
        }
    }
    Ok(())
}
