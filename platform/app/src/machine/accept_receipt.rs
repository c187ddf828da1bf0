//! Accepts a deactivation receipt: a machine without network gives its seat back.

use alvara_domain::license::License;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::offline::Receipt;
use alvara_store::TenantTx;
use alvara_store::{licenses, machines};
use alvara_vault::{Vault, mac_holds};
use serde_json::json;

use crate::error::{AppError, AppResult, ReceiptFault};
use crate::machine::deactivate::{DeactivatedBy, deactivate};
use crate::machine::token::machine_token;

/// What a receipt did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freed {
    /// The seat is free since just now.
    Now,
    /// It was before: this life of the machine is over already.
    Before,
}

/// A receipt that was accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// What it did.
    pub freed: Freed,
    /// The license the machine ran under.
    pub license: License,
    /// The machine, as it was before.
    pub machine: Machine,
}

/// Accepts a receipt. Its proof is a keyed hash under the machine's token, and a token is good for
/// one life of the machine: a receipt of an earlier one proves nothing once it lives again. Within a
/// life it must be about what the last activation gave or what came after, or a receipt kept back
/// would free the seat of an installation that runs.
/// The machine is held from the proof to the deed, or it could begin another life in between.
///
/// # Errors
/// [`AppError::ReceiptRefused`]; [`AppError::WrongState`] for a blocked machine.
pub fn accept_receipt(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    receipt: &Receipt,
) -> AppResult<Accepted> {
    let refused = |fault| Err(AppError::ReceiptRefused(fault));
    let Some(machine) = machines::find_held(tx, receipt.machine)? else {
        return refused(ReceiptFault::Proof);
    };
    let token = machine_token(vault, machine.id, machine.activated_at)?;
    let claimed = receipt.mac_bytes().unwrap_or_default();
    if !mac_holds(&token, receipt.signed_text().as_bytes(), &claimed)? {
        return refused(ReceiptFault::Proof);
    }
    if receipt.license != machine.license_id {
        return refused(ReceiptFault::License);
    }
    let first = machines::first_valid_seq(tx, machine.id)?;
    if !(first..=machine.computer_key_seq).contains(&receipt.seq) {
        return refused(ReceiptFault::Number);
    }
    let license = licenses::find(tx, machine.license_id)?.ok_or(AppError::NotFound("license"))?;
    let freed = if machine.state == MachineState::Deactivated {
        Freed::Before
    } else {
        deactivate(tx, machine.id, DeactivatedBy::Receipt)?;
        tx.audit(
            "machine.receipt_accepted",
            machine.id,
            (),
            json!({ "nonce": receipt.nonce, "seq": receipt.seq, "wiped_at": receipt.wiped_at() }),
        )?;
        Freed::Now
    };
    Ok(Accepted {
        freed,
        license,
        machine,
    })
}
