//! Confirms by hand that a charge was paid, where no provider can be asked: a code without a provider,
//! a bank that speaks by files. Somebody who runs the tenant has seen the money, on a statement or
//! otherwise, and answers for it with a note. It is booked as if the provider had said so.
//!
//! Where the provider answers questions nobody's word counts: [`super::call::confirm`] asks first.

use alvara_domain::charge::ChargeState;
use alvara_domain::charge::record::Charge;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::ChargeId;
use alvara_domain::money::Money;
use alvara_domain::payment::report::ChargeReport;
use alvara_store::{TenantTx, charges};
use alvara_vault::Vault;
use serde_json::json;

use super::Outcome;
use super::settle::{By, apply, hold};
use crate::field::Fields;
use crate::{AppError, AppResult};

/// The word for a state that no provider said.
const BY_HAND: &str = "confirmed by hand";

/// Money that somebody has seen.
#[derive(Debug, Clone)]
pub struct Confirming {
    /// Of which charge.
    pub charge: ChargeId,
    /// How much came, in all.
    pub amount: Money,
    /// Where it was seen, for whoever reads the audit log: 1 to 300 characters.
    pub note: String,
}

/// Looks whether a charge can be confirmed at all; answers it.
///
/// # Errors
/// Those of [`confirm`].
pub(super) fn look(tx: &mut TenantTx<'_>, wanted: &Confirming) -> AppResult<Charge> {
    let charge = charges::find(tx, wanted.charge)?.ok_or(AppError::NotFound("charge"))?;
    check(tx, &charge, wanted)?;
    Ok(charge)
}

/// Answers the note.
fn check(tx: &TenantTx<'_>, charge: &Charge, wanted: &Confirming) -> AppResult<String> {
    if !tx.scope().is_whole_tenant() {
        return Err(AppError::ExceedsOwnRights);
    }
    let mut fields = Fields::new();
    let why = fields.line("/note", &wanted.note, 300);
    let most = charge
        .requested_minor
        .saturating_add(charge.surcharge_most_minor);
    if wanted.amount.currency != charge.currency {
        let detail = format!("the charge is in {}", charge.currency);
        fields.refuse("/amount/currency", FaultCode::Conflict, detail);
    } else if !(1..=most).contains(&wanted.amount.amount_minor) {
        let detail = format!("from 1 to the {most} that can come of this charge");
        fields.refuse("/amount/amount_minor", FaultCode::OutOfRange, detail);
    }
    fields.finish()?;
    match charge.state {
        ChargeState::RequiresAction
        | ChargeState::Processing
        | ChargeState::Canceled
        | ChargeState::Expired => Ok(why),
        state => Err(AppError::WrongState {
            noun: "charge",
            state: state.as_str(),
            wanted: BY_HAND,
        }),
    }
}

/// Books money that somebody has seen, once. What comes after the charge was over is late, as any
/// money is, and less than was asked for pays for nothing until it is looked at.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::ExceedsOwnRights`] for a part of the tenant;
/// [`AppError::Invalid`] without a note, for another currency and for more than was asked for;
/// [`AppError::WrongState`] for a charge that is paid, or was never sent.
pub fn confirm(tx: &mut TenantTx<'_>, vault: &Vault, wanted: &Confirming) -> AppResult<Outcome> {
    let held = hold(tx, wanted.charge)?;
    let note = check(tx, &held.charge, wanted)?;
    let report = ChargeReport {
        state: ChargeState::Paid,
        refs: Vec::new(),
        authorized: wanted.amount,
        captured: wanted.amount,
        refunded: Money::new(0, wanted.amount.currency),
        action: None,
        decline: None,
        paid_at: Some(tx.now()),
        settles_on: None,
        expires_at: None,
        fees: Vec::new(),
        stored_method: None,
        poll_at: None,
        raw_status: BY_HAND.to_owned(),
    };
    let before = held.charge.state;
    let outcome = apply(tx, vault, held, &report, By::Operator)?;
    // What was looked at above leaves nothing that could not be booked.
    if outcome != Outcome::Applied {
        return Err(AppError::WrongState {
            noun: "charge",
            state: before.as_str(),
            wanted: BY_HAND,
        });
    }
    let told = json!({
        "amount_minor": wanted.amount.amount_minor, "currency": wanted.amount.currency, "note": note,
    });
    tx.audit("charge.confirmed", wanted.charge, (), told)?;
    Ok(outcome)
}
