//! Brings a license into a state, for who names the state and not the decision.

use alvara_domain::id::LicenseId;
use alvara_domain::license::{License, LicenseState};
use alvara_store::{TenantTx, licenses};

use super::change_state::{Decision, decide};
use crate::error::{AppError, AppResult};

/// Takes the decision that brings the license into `state`; none where it is there already.
///
/// # Errors
/// Those of [`decide`]; [`AppError::WrongState`] for `pending`, which nobody decides.
pub fn settle(tx: &mut TenantTx<'_>, id: LicenseId, state: LicenseState) -> AppResult<License> {
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    let decision = match (license.state, state) {
        (now, wanted) if now == wanted => return Ok(license),
        (LicenseState::Pending, LicenseState::Active) => Decision::Approve,
        (_, LicenseState::Active) => Decision::Reinstate,
        (_, LicenseState::Suspended) => Decision::Suspend,
        (_, LicenseState::Revoked) => Decision::Revoke,
        (now, LicenseState::Pending) => {
            return Err(AppError::WrongState {
                noun: "license",
                state: now.as_str(),
                wanted: "made to wait",
            });
        }
    };
    decide(tx, id, decision, None)
}
