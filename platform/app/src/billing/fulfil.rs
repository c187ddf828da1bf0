//! Gives what an order bought, takes it back, suspends it and gives it back.
//!
//! Each line stands by itself: one that cannot be given is held, with its reason, for a person to
//! look at, and the others are given all the same. The money is booked either way.

use alvara_domain::charge::effect::Effect;
use alvara_domain::id::{ChargeId, LicenseId, OrderId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::money::Money;
use alvara_domain::notice::NoticeKind;
use alvara_domain::order::{Done, LineKind, LineState, Order, OrderLine, OrderState, TermMark};
use alvara_domain::price::Sale;
use alvara_store::{TenantTx, charge_effects, licenses, orders, plans};
use alvara_vault::Vault;
use serde_json::json;

use crate::license::change_modules::{ModuleChange, remove_module, set_module};
use crate::license::change_state::{Decision, decide};
use crate::license::issue::{IssueRequest, issue_sold};
use crate::license::renew::{RenewBy, renew};
use crate::notice::tell;
use crate::{AppError, AppResult};

/// Why a license was suspended here: only what was suspended for one of these is reinstated here.
pub(super) const CONTESTED: &str = "the payment is contested";
pub(super) const OVERDUE: &str = "the payment is overdue";
const RETURNED: &str = "the payment went back";

/// What an effect belongs to: a charge, or an order on deferred terms without one, and a number
/// that is another each time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause {
    pub(super) charge: Option<ChargeId>,
    pub(super) round: i64,
}

/// Gives every line that was not given yet, and gives back what was suspended or taken.
pub(super) fn give(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    order: &Order,
    cause: Cause,
) -> AppResult<()> {
    for line in orders::lines(tx, order.id)? {
        let done = tx.attempt(|tx| match line.state {
            LineState::Granted => Ok(None),
            LineState::Waiting | LineState::Held => {
                if !charge_effects::claim(tx, line.id, (Effect::Grant, 0), cause.charge)? {
                    return Ok(None);
                }
                grant(tx, vault, order, &line).map(Some)
            }
            LineState::Suspended | LineState::Withdrawn => {
                let effect = (Effect::Reinstate, cause.round);
                if !charge_effects::claim(tx, line.id, effect, cause.charge)? {
                    return Ok(None);
                }
                reinstate(tx, vault, order, &line).map(Some)
            }
        });
        finish(tx, order, line, LineState::Granted, done)?;
    }
    Ok(())
}

/// Suspends what was given.
pub(super) fn suspend(
    tx: &mut TenantTx<'_>,
    order: &Order,
    cause: Cause,
    reason: &'static str,
) -> AppResult<()> {
    for line in orders::lines(tx, order.id)? {
        if line.state != LineState::Granted {
            continue;
        }
        let done = tx.attempt(|tx| {
            let effect = (Effect::Suspend, cause.round);
            if !charge_effects::claim(tx, line.id, effect, cause.charge)? {
                return Ok(None);
            }
            match &line.done {
                Some(Done::Added { modules }) => take_modules(tx, &line, modules)?,
                _ => {
                    for license in touched(&line) {
                        suspend_license(tx, license, reason)?;
                    }
                }
            }
            Ok(Some(line.done.clone()))
        });
        finish(tx, order, line, LineState::Suspended, done)?;
    }
    Ok(())
}

/// Takes back what was given.
pub(super) fn withdraw(tx: &mut TenantTx<'_>, order: &Order, cause: Cause) -> AppResult<()> {
    for line in orders::lines(tx, order.id)? {
        if !matches!(line.state, LineState::Granted | LineState::Suspended) {
            continue;
        }
        let done = tx.attempt(|tx| {
            let effect = (Effect::Revoke, cause.round);
            if !charge_effects::claim(tx, line.id, effect, cause.charge)? {
                return Ok(None);
            }
            take_back(tx, &line)?;
            Ok(Some(line.done.clone()))
        });
        finish(tx, order, line, LineState::Withdrawn, done)?;
    }
    Ok(())
}

/// Tries again to give the lines of a paid order that could not be given.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] for an order that is not paid.
pub fn retry_held(tx: &mut TenantTx<'_>, vault: &Vault, id: OrderId) -> AppResult<Order> {
    let order = orders::lock(tx, id)?.ok_or(AppError::NotFound("order"))?;
    if order.state != OrderState::Paid {
        return Err(AppError::WrongState {
            noun: "order",
            state: order.state.as_str(),
            wanted: "fulfilled",
        });
    }
    orders::update(tx, &order)?;
    let cause = Cause {
        charge: None,
        round: order.version + 1,
    };
    give(tx, vault, &order, cause)?;
    tx.audit("order.fulfilment_retried", id, (), ())?;
    orders::find(tx, id)?.ok_or(AppError::NotFound("order"))
}

/// Writes what became of a line. What the database or the vault could not do undoes everything;
/// what a rule refused holds the line.
fn finish(
    tx: &mut TenantTx<'_>,
    order: &Order,
    mut line: OrderLine,
    to: LineState,
    done: AppResult<Option<Option<Done>>>,
) -> AppResult<()> {
    let before = (line.state, line.state_reason.clone());
    match done {
        Ok(None) => return Ok(()),
        Ok(Some(done)) => {
            line.done = done;
            (line.state, line.state_reason) = (to, None);
        }
        // Somebody else changed the license in this very moment: all of it is tried again.
        Err(AppError::Stale) => return Err(AppError::contended()),
        Err(error @ (AppError::Store(_) | AppError::Vault(_) | AppError::Inconsistent(_))) => {
            return Err(error);
        }
        Err(refused) => {
            (line.state, line.state_reason) = (LineState::Held, Some(refused.to_string()));
            let what =
                json!({ "order_line_id": line.id, "wanted": to, "reason": line.state_reason });
            tell(tx, order.node_id, NoticeKind::OrderHeld, order.id, what)?;
        }
    }
    orders::update_line(tx, &line)?;
    tx.audit(
        "order.line_changed",
        line.id,
        json!({ "state": before.0, "reason": before.1 }),
        json!({ "state": line.state, "reason": line.state_reason, "done": line.done }),
    )?;
    Ok(())
}

fn grant(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    order: &Order,
    line: &OrderLine,
) -> AppResult<Option<Done>> {
    match line.kind {
        LineKind::Renew => renew_license(tx, line).map(Some),
        LineKind::Issue => issue_licenses(tx, vault, order, line).map(Some),
        LineKind::Modules => {
            add_modules(tx, line, &line.modules)?;
            let modules = line.modules.clone();
            Ok(Some(Done::Added { modules }))
        }
    }
}

fn renew_license(tx: &mut TenantTx<'_>, line: &OrderLine) -> AppResult<Done> {
    let id = licensed(line)?;
    let by = line.plan_id.map_or(RenewBy::OwnPeriod, RenewBy::Plan);
    let before = find(tx, id)?.term;
    let mut after = before;
    for _ in 0..line.quantity {
        after = renew(tx, id, by)?.term;
    }
    Ok(Done::Renewed {
        before: before.into(),
        after: after.into(),
    })
}

fn issue_licenses(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    order: &Order,
    line: &OrderLine,
) -> AppResult<Done> {
    let plan_id = line.plan_id.ok_or(AppError::NotFound("plan"))?;
    let plan = plans::find(tx, plan_id)?.ok_or(AppError::NotFound("plan"))?;
    let mut request = IssueRequest::of(plan.policy_id, order.node_id);
    request.plan_id = Some(plan_id);
    request.discount = order.discount;
    request.modules = (!line.modules.is_empty()).then(|| line.modules.clone());
    let sale = Sale {
        plan_id: Some(plan_id),
        price: Some(Money::new(line.unit_minor, order.currency)),
        discount: order.discount,
        ..Sale::default()
    };
    let mut licenses = Vec::new();
    for _ in 0..line.quantity {
        licenses.push(issue_sold(tx, vault, &request, sale)?.license.id);
    }
    Ok(Done::Issued { licenses })
}

fn reinstate(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    order: &Order,
    line: &OrderLine,
) -> AppResult<Option<Done>> {
    match (&line.done, line.state) {
        (Some(Done::Added { modules }), _) => add_modules(tx, line, modules)?,
        (Some(Done::Renewed { .. }), LineState::Withdrawn) => {
            return renew_license(tx, line).map(Some);
        }
        // Nothing comes back from revoked: somebody decides whether to issue anew.
        (Some(Done::Issued { .. }), LineState::Withdrawn) => {
            return Err(AppError::WrongState {
                noun: "license",
                state: LicenseState::Revoked.as_str(),
                wanted: "reinstated",
            });
        }
        (None, _) => return grant(tx, vault, order, line),
        _ => {
            for license in touched(line) {
                reinstate_license(tx, license)?;
            }
        }
    }
    Ok(line.done.clone())
}

fn take_back(tx: &mut TenantTx<'_>, line: &OrderLine) -> AppResult<()> {
    match &line.done {
        None => Ok(()),
        Some(Done::Issued { licenses }) => {
            for license in licenses {
                decide(tx, *license, Decision::Revoke, Some(RETURNED))?;
            }
            Ok(())
        }
        Some(Done::Added { modules }) => take_modules(tx, line, modules),
        Some(Done::Renewed { before, after }) => {
            let id = licensed(line)?;
            let license = find(tx, id)?;
            if license.state == LicenseState::Revoked {
                return Ok(());
            }
            if TermMark::from(license.term) != *after {
                // Another renewal stands on top of this one.
                return Err(AppError::WrongState {
                    noun: "renewal",
                    state: "followed by another",
                    wanted: "taken back",
                });
            }
            let mut back = license.clone();
            back.term = before
                .term()
                .map_err(|error| AppError::Inconsistent(error.to_string()))?;
            back.revision += 1;
            licenses::update(tx, &back)?;
            tx.audit(
                "license.renewal_taken_back",
                id,
                json!({ "expires_at": license.term.expires_at }),
                json!({ "expires_at": back.term.expires_at, "order_line_id": line.id }),
            )?;
            tx.emit(
                alvara_domain::event::EventKind::LicenseUpdated,
                id,
                json!({ "expires_at": back.term.expires_at, "revision": back.revision }),
            )?;
            // What was suspended while it was contested is over too; the end of the term says so.
            reinstate_license(tx, id)
        }
    }
}

fn add_modules(tx: &mut TenantTx<'_>, line: &OrderLine, codes: &[String]) -> AppResult<()> {
    let id = licensed(line)?;
    let change = ModuleChange {
        value: None,
        expires_at: None,
    };
    for code in codes {
        set_module(tx, id, code, &change)?;
    }
    Ok(())
}

fn take_modules(tx: &mut TenantTx<'_>, line: &OrderLine, codes: &[String]) -> AppResult<()> {
    let id = licensed(line)?;
    let license = find(tx, id)?;
    for code in codes {
        if license.modules.iter().any(|module| module.code == *code) {
            remove_module(tx, id, code)?;
        }
    }
    Ok(())
}

/// Suspends a license that is in use; one that is suspended or over for another reason stays so.
fn suspend_license(tx: &mut TenantTx<'_>, id: LicenseId, reason: &str) -> AppResult<()> {
    if find(tx, id)?.state == LicenseState::Active {
        decide(tx, id, Decision::Suspend, Some(reason))?;
    }
    Ok(())
}

fn reinstate_license(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<()> {
    let license = find(tx, id)?;
    let ours = matches!(license.state_reason.as_deref(), Some(CONTESTED | OVERDUE));
    if license.state == LicenseState::Suspended && ours {
        decide(tx, id, Decision::Reinstate, None)?;
    }
    Ok(())
}

fn touched(line: &OrderLine) -> Vec<LicenseId> {
    match &line.done {
        Some(Done::Issued { licenses }) => licenses.clone(),
        _ => line.license_id.into_iter().collect(),
    }
}

fn licensed(line: &OrderLine) -> AppResult<LicenseId> {
    line.license_id.ok_or(AppError::NotFound("license"))
}

fn find(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<License> {
    licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))
}
