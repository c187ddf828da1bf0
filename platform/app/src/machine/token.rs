//! The secret by which an activated machine is known on later calls.

use alvara_domain::id::MachineId;
use alvara_domain::time::UtcTime;
use alvara_vault::{Secret, Vault, VaultError};

/// Text before the digits, so that people and secret scanners see what it is.
pub const PREFIX: &str = "amt_";

/// The token of a machine activated at `activated_at`.
///
/// It is computed (keyed hash of machine and activation), not drawn: a program that lost the answer
/// to its activation, or sent it twice at once, gets the same token again, and nothing that could be
/// shown again lies in the database. Activating anew after a deactivation gives another one.
///
/// # Errors
/// Only when OpenSSL fails.
pub fn machine_token(
    vault: &Vault,
    id: MachineId,
    activated_at: UtcTime,
) -> Result<Secret, VaultError> {
    // The slash keeps this apart from keys, which have none.
    let digits = vault.lookup(&format!("machine-token/{id}/{}", activated_at.micros()))?;
    Ok(Secret::new(format!("{PREFIX}{digits}")))
}
