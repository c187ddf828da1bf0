//! Signs what a machine is given: computer keys, leases, revocation lists. Never inside a
//! transaction.

use alvara_domain::certificate::{self, Header, Issue, LeaseClaims, TokenType};
use alvara_domain::license::License;
use alvara_domain::machine::Machine;
use alvara_domain::product::Product;
use alvara_domain::revocation::RevocationList;
use alvara_domain::time::UtcTime;
use alvara_vault::SigningKey;
use serde::Serialize;

use crate::error::{AppError, AppResult};

fn sign<C: Serialize>(key: &SigningKey, typ: TokenType, claims: &C) -> AppResult<String> {
    let claims = serde_json::to_vec(claims).map_err(|error| inconsistent(&error))?;
    sign_bytes(key, typ, &claims)
}

fn inconsistent(error: &dyn std::fmt::Display) -> AppError {
    AppError::Inconsistent(error.to_string())
}

fn sign_bytes(key: &SigningKey, typ: TokenType, payload: &[u8]) -> AppResult<String> {
    let alg = key
        .algorithm()
        .as_str()
        .parse()
        .map_err(|error| inconsistent(&error))?;
    let header = Header {
        alg,
        kid: key.kid().to_owned(),
        typ,
    };
    let input =
        certificate::signing_input_of(&header, payload).map_err(|error| inconsistent(&error))?;
    Ok(key.sign_compact(input)?)
}

/// A computer key: the license, bound to the machine. `machine` must already bear the number under
/// which the key is recorded.
///
/// # Errors
/// When signing fails.
pub fn computer_key(
    key: &SigningKey,
    (license, product, machine): (&License, &Product, &Machine),
    (issuer, module_bits): (&str, u32),
    now: UtcTime,
) -> AppResult<String> {
    let issue = Issue {
        issuer,
        module_bits,
        seq: machine.computer_key_seq,
    };
    sign(
        key,
        TokenType::ComputerKey,
        &certificate::computer_key_claims(license, product, machine, issue, now),
    )
}

/// A lease: proof of a contact at `now`.
///
/// # Errors
/// When signing fails.
pub fn lease(
    key: &SigningKey,
    license: &License,
    machine: &Machine,
    nonce: Option<String>,
    now: UtcTime,
) -> AppResult<String> {
    sign(
        key,
        TokenType::Lease,
        &certificate::lease_claims(license, machine, nonce, now),
    )
}

/// A lease of claims that are made up already, as for a floating seat.
///
/// # Errors
/// When signing fails.
pub fn sign_lease(key: &SigningKey, claims: &LeaseClaims) -> AppResult<String> {
    sign(key, TokenType::Lease, claims)
}
/// A revocation list.
///
/// # Errors
/// When signing fails.
pub fn revocation_list(key: &SigningKey, list: &RevocationList) -> AppResult<String> {
    let payload = list.payload().map_err(|error| inconsistent(&error))?;
    sign_bytes(key, TokenType::RevocationList, &payload)
}
