//! Takes money that is held.
//!
//! A charge may hold its money first: what is sold is delivered, or looked at by somebody, before it
//! is taken. It is taken whole, for an order is paid whole or not at all.

use alvara_domain::charge::ChargeState;
use alvara_domain::charge::attempt::{AttemptState, Operation};
use alvara_domain::charge::record::{Attempt, PaymentAccount};
use alvara_domain::fault::FaultCode;
use alvara_domain::id::ChargeId;
use alvara_domain::order::OrderState;
use alvara_domain::payment::ask::CaptureMode;
use alvara_domain::payment::report::Capability;
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, charge_attempts, plugins};

use super::charge::{Prepared, write_down};
use super::settle::hold;
use super::version::as_made;
use crate::{AppError, AppResult};

/// How long a request may be on its way, in seconds: longer than any call takes.
const CALL: i64 = 60;

/// Refuses to have money held by a plugin that cannot take it afterwards.
pub(super) fn require_ability(
    tx: &mut TenantTx<'_>,
    account: &PaymentAccount,
    mode: CaptureMode,
) -> AppResult<()> {
    if mode == CaptureMode::Automatic {
        return Ok(());
    }
    let plugin = plugins::find_version(tx, &account.plugin, &account.plugin_version)?;
    let can = plugin.is_some_and(|plugin| {
        let known = plugin.description.capabilities;
        known.contains(&Capability::Captures)
    });
    if can {
        return Ok(());
    }
    let detail = format!(
        "the plugin {} holds no money: it takes it at once",
        account.plugin
    );
    Err(AppError::field("/capture", FaultCode::Conflict, detail))
}

/// Writes down that the money which a charge holds is to be taken: send it. Asked again before the
/// answer is known, it is the same request under the same key, so it is taken once.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] for a charge that holds nothing, and for one
/// whose order was paid otherwise or called off.
pub fn prepare_capture(tx: &mut TenantTx<'_>, id: ChargeId) -> AppResult<Prepared> {
    let held = hold(tx, id)?;
    let charge = held.charge;
    if charge.state != ChargeState::Authorized {
        return Err(AppError::WrongState {
            noun: "charge",
            state: charge.state.as_str(),
            wanted: "captured",
        });
    }
    if held.order.state != OrderState::Open {
        return Err(AppError::WrongState {
            noun: "order",
            state: held.order.state.as_str(),
            wanted: "paid",
        });
    }
    let known: Vec<Attempt> = charge_attempts::list(tx, id)?
        .into_iter()
        .filter(|one| one.operation == Operation::Capture)
        .collect();
    let over = |one: &&Attempt| one.state == AttemptState::Terminal;
    let refused = known.iter().filter(over).count();
    let attempt = match known.iter().find(|one| !over(one)) {
        Some(attempt) => again(tx, attempt)?,
        None => {
            // What the provider refused it would refuse again under the same key.
            let key = match refused {
                0 => format!("{id}-capture"),
                count => format!("{id}-capture-{count}"),
            };
            write_down(tx, &charge, (Operation::Capture, key), None)?
        }
    };
    tx.audit("charge.capture_asked", id, (), ())?;
    let account = as_made(tx, id, held.account)?;
    Ok(Prepared {
        charge,
        attempt,
        account,
    })
}

/// The attempt, ready to be sent again where its answer was lost and the money is still held.
fn again(tx: &mut TenantTx<'_>, attempt: &Attempt) -> AppResult<Attempt> {
    let sent = attempt.dispatched_at.map_or(i64::MAX, UtcTime::micros);
    let lost = match attempt.state {
        AttemptState::NeedsReconciliation => true,
        AttemptState::Dispatched => sent.saturating_add(CALL * 1_000_000) < tx.now().micros(),
        _ => false,
    };
    if !lost {
        return Ok(attempt.clone());
    }
    if !charge_attempts::advance(tx, attempt, AttemptState::RetryWait, None)? {
        return Err(AppError::contended());
    }
    Ok(Attempt {
        state: AttemptState::RetryWait,
        ..attempt.clone()
    })
}
