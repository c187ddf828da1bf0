//! Renewal keys: made in stock, used once.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{LicenseId, NodeId, PlanId, RenewalKeyId};
use alvara_domain::key::RenewalKey;
use alvara_domain::license::{IssuedRenewalKey, License, RenewalKeyState};
use alvara_store::TenantTx;
use alvara_store::{nodes, plans, policies, renewal_keys};
use alvara_vault::{Purpose, Secret, Vault, random};

use crate::error::{AppError, AppResult};
use crate::license::renew;

/// The most renewal keys that one request makes.
pub const AT_ONCE: u32 = 500;

/// A renewal key and its text.
#[derive(Debug)]
pub struct MadeRenewalKey {
    /// The row.
    pub row: IssuedRenewalKey,
    /// The key as people read it.
    pub key: Secret,
}

/// Makes renewal keys of a plan, to be held by a place.
///
/// # Errors
/// [`AppError::NotFound`] for a plan or place outside the scope, [`AppError::Invalid`] for a count
/// that is not 1 to [`AT_ONCE`].
pub fn create(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    plan: PlanId,
    node: NodeId,
    count: u32,
) -> AppResult<Vec<MadeRenewalKey>> {
    if !(1..=AT_ONCE).contains(&count) {
        return Err(AppError::field(
            "/count",
            FaultCode::OutOfRange,
            format!("1 to {AT_ONCE}"),
        ));
    }
    let plan = plans::find(tx, plan)?.ok_or(AppError::NotFound("plan"))?;
    let policy = policies::find(tx, plan.policy_id)?.ok_or(AppError::NotFound("policy"))?;
    let node = nodes::find(tx, node)?.ok_or(AppError::NotFound("node"))?;
    let mut made = Vec::new();
    for _ in 0..count {
        let id: RenewalKeyId = tx.new_id()?;
        let key = RenewalKey::generate(&random::<15>()?);
        let display = Secret::new(key.display());
        let row = IssuedRenewalKey {
            tenant_id: tx.tenant(),
            id,
            product_id: policy.product_id,
            plan_id: Some(plan.id),
            node_id: node.id,
            key_lookup: vault.lookup(&canonical(&key))?,
            key_sealed: vault.seal(
                Purpose::RenewalKey,
                &format!("{id}/key"),
                display.expose().as_bytes(),
            )?,
            key_hint: key.hint(),
            period: plan.period,
            state: RenewalKeyState::Unused,
            used_by_license_id: None,
            used_at: None,
            created_by: tx.scope().actor().to_string(),
            created_at: tx.now(),
        };
        renewal_keys::insert(tx, &row)?;
        tx.audit("renewal_key.created", id, (), &row)?;
        made.push(MadeRenewalKey { row, key: display });
    }
    tx.emit(
        EventKind::RenewalKeyCreated,
        plan.id,
        serde_json::json!({ "count": count }),
    )?;
    Ok(made)
}

/// What is hashed to find a renewal key: an activation key of the same symbols is another one.
fn canonical(key: &RenewalKey) -> String {
    format!("R-{}", key.canonical())
}

/// Renews a license with a renewal key, once: the key is spent and the term extended in the same
/// transaction, and spending is conditional, so of many who use one key at once one wins.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown key or license, [`AppError::RenewalKeySpent`],
/// [`AppError::RenewalKeyOfAnotherProduct`], [`AppError::Renewal`]. The key is spent only when the
/// license was renewed.
pub fn use_key(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    license: LicenseId,
    key: &RenewalKey,
) -> AppResult<License> {
    let row = renewal_keys::find_by_lookup(tx, &vault.lookup(&canonical(key))?)?
        .ok_or(AppError::NotFound("renewal key"))?;
    let license = renew::held(tx, license)?;
    if row.state != RenewalKeyState::Unused {
        return Err(AppError::RenewalKeySpent {
            state: row.state.as_str(),
        });
    }
    if row.product_id != license.product_id {
        return Err(AppError::RenewalKeyOfAnotherProduct);
    }
    if !renewal_keys::consume(tx, row.id, license.id)? {
        // Somebody was first; whether by using it or by withdrawing it, the key says now.
        let now = renewal_keys::find_by_lookup(tx, &row.key_lookup)?;
        return Err(AppError::RenewalKeySpent {
            state: now.map_or(RenewalKeyState::Used, |row| row.state).as_str(),
        });
    }
    let renewed = renew::apply(tx, &license, &row.period, None)?;
    tx.audit(
        "renewal_key.used",
        row.id,
        (),
        serde_json::json!({ "license_id": license.id }),
    )?;
    tx.emit(
        EventKind::RenewalKeyUsed,
        row.id,
        serde_json::json!({ "license_id": license.id }),
    )?;
    Ok(renewed)
}

/// Withdraws a renewal key that was not used. Withdrawing it again changes nothing.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::RenewalKeySpent`] for one that was used.
pub fn revoke(tx: &mut TenantTx<'_>, id: RenewalKeyId) -> AppResult<IssuedRenewalKey> {
    let before = renewal_keys::find(tx, id)?.ok_or(AppError::NotFound("renewal key"))?;
    if renewal_keys::revoke(tx, id)? {
        let note = |state: RenewalKeyState| serde_json::json!({ "state": state });
        tx.audit(
            "renewal_key.revoked",
            id,
            note(before.state),
            note(RenewalKeyState::Revoked),
        )?;
        tx.emit(
            EventKind::RenewalKeyRevoked,
            id,
            serde_json::json!({ "product_id": before.product_id, "node_id": before.node_id }),
        )?;
    }
    let after = renewal_keys::find(tx, id)?.ok_or(AppError::NotFound("renewal key"))?;
    match after.state {
        RenewalKeyState::Used => Err(AppError::RenewalKeySpent {
            state: after.state.as_str(),
        }),
        RenewalKeyState::Unused | RenewalKeyState::Revoked => Ok(after),
    }
}
