//! Deactivates a machine: it gives its seat back, and the floating seats it holds.

use alvara_domain::event::EventKind;
use alvara_domain::id::MachineId;
use alvara_domain::license::LicenseState;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::terms::Binding;
use alvara_store::deactivations::{self, Deactivation};
use alvara_store::{Reach, Scope, TenantTx, licenses, machines, seat_pools};

use super::activate::{Case, MachineNote};
use crate::error::{AppError, AppResult};
use crate::seat::give_back;

/// Who or what has a machine leave its license.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeactivatedBy {
    /// The program itself.
    Program,
    /// A receipt of a program that wiped itself without a connection.
    Receipt,
    /// Whoever holds the license.
    Customer,
    /// Somebody above: an agent, a sub-company, the reseller, the operator.
    Management,
    /// Nobody: it fell silent.
    Silence,
}

impl DeactivatedBy {
    /// Whose call it is, by the scope: who reaches no further than its own place is a customer.
    #[must_use]
    pub fn member(scope: &Scope) -> Self {
        match scope.reach() {
            Reach::Own => Self::Customer,
            Reach::Tree => Self::Management,
        }
    }

    /// Whether the limit of the terms holds for it, against passing one seat around.
    #[must_use]
    pub const fn is_limited(self) -> bool {
        matches!(self, Self::Program | Self::Receipt | Self::Customer)
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Receipt => "receipt",
            Self::Customer => "customer",
            Self::Management => "management",
            Self::Silence => "silent",
        }
    }
}

/// Deactivates. Doing so twice is no error and frees one seat: the state's conditional update
/// decides who frees it.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::WrongState`] for a blocked machine, which
/// could otherwise shed its block by coming back; [`AppError::DeactivationLimit`] when the terms
/// allow `by` no more at present.
pub fn deactivate(tx: &mut TenantTx<'_>, id: MachineId, by: DeactivatedBy) -> AppResult<()> {
    let machine = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    if machine.state == MachineState::Deactivated {
        return Ok(());
    }
    // Locked before anything is counted: of two who ask at once the second sees the first's.
    licenses::lock(tx, machine.license_id, LicenseState::ALL)?;
    let machine = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
    if machine.state == MachineState::Deactivated {
        return Ok(());
    }
    let case = Case::load(tx, machine.license_id)?;
    if by.is_limited() && machine.state.can_become(MachineState::Deactivated) {
        check_limit(tx, &case)?;
    }
    if case.license.terms.binding == Binding::Floating {
        seat_pools::lock(tx, machine.license_id)?;
    }
    if !machines::change_state(tx, id, MachineState::Deactivated, None)? {
        let machine = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
        return match machine.state {
            MachineState::Deactivated => Ok(()),
            state => Err(AppError::WrongState {
                noun: "machine",
                state: state.as_str(),
                wanted: "deactivated",
            }),
        };
    }
    leave(tx, &machine, by)
}

/// Whether one more is allowed: the last but `limit` must lie a whole period back.
pub(super) fn check_limit(tx: &mut TenantTx<'_>, case: &Case) -> AppResult<()> {
    let rule = case.license.terms.deactivations;
    let Some(limit) = rule.limit else {
        return Ok(());
    };
    let now = tx.now();
    let refused = |next| {
        Err(AppError::DeactivationLimit {
            limit,
            period: rule.period,
            next,
            now,
        })
    };
    if limit == 0 {
        return refused(None);
    }
    let Some(earlier) = deactivations::nth_last(tx, case.license.id, limit)? else {
        return Ok(());
    };
    match rule.period.add_to(earlier, &case.zone, 1) {
        Ok(next) if next <= now => Ok(()),
        Ok(next) => refused(Some(next)),
        // The period reaches past the end of time: there is no next one.
        Err(_) => refused(None),
    }
}

/// Counts that a machine left by somebody's decision.
pub(super) fn note_leaving(
    tx: &mut TenantTx<'_>,
    machine: &Machine,
    by: DeactivatedBy,
) -> AppResult<()> {
    let left = Deactivation {
        license: machine.license_id,
        machine: machine.id,
        reason: by.reason(),
        counted: by.is_limited(),
    };
    Ok(deactivations::insert(tx, left)?)
}

/// What follows once a machine's state says that it left: its seats are free, and everybody is
/// told. License and pool are locked.
pub(super) fn leave(tx: &mut TenantTx<'_>, machine: &Machine, by: DeactivatedBy) -> AppResult<()> {
    licenses::release_seat(tx, machine.license_id)?;
    give_back::all_of(tx, machine)?;
    note_leaving(tx, machine, by)?;
    let mut note = serde_json::to_value(MachineNote::of(machine))
        .map_err(|error| AppError::Inconsistent(error.to_string()))?;
    tx.audit("machine.deactivated", machine.id, &note, ())?;
    note["reason"] = by.reason().into();
    tx.emit(EventKind::MachineDeactivated, machine.id, note)?;
    Ok(())
}
