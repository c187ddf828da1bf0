//! What was done to a license, as far as the reader may know: what happened at earlier holders' is
//! for those who see these.
use super::{AuditEntry, list_since};
use crate::error::StoreResult;
use crate::page::{Page, PageRequest};
use crate::schema::audit_entries as e;
use crate::tx::TenantTx;
use alvara_domain::id::{LicenseId, NodeId};
use diesel::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;

/// The action of the entry that a license which changes hands leaves, with the places in its states.
const TRANSFERRED: &str = "license.transferred";

/// What was done to a license of the scope, deleted or not, the newest first; `None` when it is not
/// in it. The list begins with the newest transfer from a place that the scope does not see, and ids
/// of such places are left out of the states. Who sees the whole tenant sees everything as it stands
/// in the chain.
///
/// # Errors
/// When the database fails, or [`crate::StoreError::BadCursor`].
pub fn list_of_license(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    request: &PageRequest,
) -> StoreResult<Option<Page<AuditEntry>>> {
    if crate::licenses::find_even_deleted(tx, license)?.is_none() {
        return Ok(None);
    }
    let license = license.to_string();
    if tx.scope().is_whole_tenant() {
        return list_since(tx, &license, 0, request).map(Some);
    }
    let since = since(tx, &license)?;
    let mut page = list_since(tx, &license, since, request)?;
    for entry in &mut page.items {
        entry.before = veiled(tx, &entry.before)?;
        entry.after = veiled(tx, &entry.after)?;
    }
    Ok(Some(page))
}

/// Where the reader's part of a license's chain begins.
fn since(tx: &mut TenantTx<'_>, license: &str) -> StoreResult<i64> {
    let transfers: Vec<(i64, String)> = e::table
        .filter(e::tenant_id.eq(tx.tenant().to_string()))
        .filter(e::target.eq(license.to_owned()))
        .filter(e::action.eq(TRANSFERRED))
        .order(e::seq.desc())
        .select((e::seq, e::before_state))
        .load(tx.conn)?;
    for (seq, before) in transfers {
        let from = nodes_in(&serde_json::from_str(&before)?);
        if seen(tx, &from)? != from {
            return Ok(seq);
        }
    }
    Ok(0)
}

/// A state without the ids of places that the scope does not see.
fn veiled(tx: &mut TenantTx<'_>, state: &str) -> StoreResult<String> {
    let mut state: Value = serde_json::from_str(state)?;
    let named = nodes_in(&state);
    let seen = seen(tx, &named)?;
    if seen != named {
        veil(&mut state, &seen);
    }
    Ok(serde_json::to_string(&state)?)
}

fn seen(tx: &mut TenantTx<'_>, named: &BTreeSet<NodeId>) -> StoreResult<BTreeSet<NodeId>> {
    let mut seen = BTreeSet::new();
    for id in named {
        if crate::nodes::find_even_deleted(tx, *id)?.is_some() {
            seen.insert(*id);
        }
    }
    Ok(seen)
}

fn nodes_in(state: &Value) -> BTreeSet<NodeId> {
    match state {
        Value::String(text) => text.parse().ok().into_iter().collect(),
        Value::Array(all) => all.iter().flat_map(nodes_in).collect(),
        Value::Object(all) => all.values().flat_map(nodes_in).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => BTreeSet::new(),
    }
}

fn veil(state: &mut Value, seen: &BTreeSet<NodeId>) {
    match state {
        Value::String(text) => {
            if text.parse().is_ok_and(|id: NodeId| !seen.contains(&id)) {
                *state = Value::Null;
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| veil(one, seen)),
        Value::Object(all) => all.values_mut().for_each(|one| veil(one, seen)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
