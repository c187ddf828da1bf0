//! Suspends, reinstates, approves and revokes a license.
//!
//! All four are one conditional update: the states from which the change may come are part of the
//! statement, so two who decide at once cannot both win.

use alvara_domain::customer::CustomerStatus;
use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::LicenseId;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::revocation::Subject;
use alvara_store::TenantTx;
use alvara_store::{customers, licenses};
use serde::Serialize;

use crate::error::{AppError, AppResult};
use crate::revocation;

/// What somebody decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// May not be used for now.
    Suspend,
    /// May be used again.
    Reinstate,
    /// A pending license may be used.
    Approve,
    /// May never be used again.
    Revoke,
}

impl Decision {
    const fn to(self) -> LicenseState {
        match self {
            Self::Suspend => LicenseState::Suspended,
            Self::Reinstate | Self::Approve => LicenseState::Active,
            Self::Revoke => LicenseState::Revoked,
        }
    }

    /// The states it may come from. Reinstating a pending license would be approving it, so each
    /// names its own.
    const fn from(self) -> &'static [LicenseState] {
        match self {
            Self::Suspend => &[LicenseState::Active],
            Self::Reinstate => &[LicenseState::Suspended],
            Self::Approve => &[LicenseState::Pending],
            Self::Revoke => &[
                LicenseState::Active,
                LicenseState::Suspended,
                LicenseState::Pending,
            ],
        }
    }

    const fn facts(self) -> (&'static str, &'static str, EventKind) {
        match self {
            Self::Suspend => (
                "suspended",
                "license.suspended",
                EventKind::LicenseSuspended,
            ),
            Self::Reinstate => (
                "reinstated",
                "license.reinstated",
                EventKind::LicenseReinstated,
            ),
            Self::Approve => ("approved", "license.approved", EventKind::LicenseApproved),
            Self::Revoke => ("revoked", "license.revoked", EventKind::LicenseRevoked),
        }
    }
}

#[derive(Serialize)]
struct StateNote<'a> {
    state: LicenseState,
    reason: Option<&'a str>,
}

/// Carries out a decision. Deciding what is so already changes nothing and is no error.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::WrongState`] when the license's state does
/// not allow it, such as reinstating a revoked one, or when a license is approved whose customer
/// nobody validated yet; [`AppError::Invalid`] for a reason over 300
/// characters.
pub fn decide(
    tx: &mut TenantTx<'_>,
    id: LicenseId,
    decision: Decision,
    reason: Option<&str>,
) -> AppResult<License> {
    let reason = reason.map(str::trim).filter(|text| !text.is_empty());
    if reason.is_some_and(|text| text.chars().count() > 300) {
        return Err(AppError::field(
            "/reason",
            FaultCode::TooLong,
            "at most 300 characters",
        ));
    }
    let before = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    let (wanted, action, event) = decision.facts();
    if before.state == decision.to() {
        return Ok(before);
    }
    if decision == Decision::Approve
        && customers::find_status(tx, before.node_id)? == Some(CustomerStatus::Pending)
    {
        return Err(AppError::WrongState {
            noun: "customer",
            state: CustomerStatus::Pending.as_str(),
            wanted: "given an approved license",
        });
    }
    if !decision.from().contains(&before.state)
        || !licenses::change_state(tx, id, decision.to(), reason)?
    {
        let now = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
        return Err(AppError::WrongState {
            noun: "license",
            state: now.state.as_str(),
            wanted,
        });
    }
    let after = StateNote {
        state: decision.to(),
        reason,
    };
    tx.audit(
        action,
        id,
        StateNote {
            state: before.state,
            reason: before.state_reason.as_deref(),
        },
        &after,
    )?;
    tx.emit(event, id, &after)?;
    if decision == Decision::Revoke {
        revocation::list(tx, before.product_id, Subject::License(id))?;
    }
    licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))
}
