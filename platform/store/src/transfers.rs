//! Licenses that changed hands.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{nodes as n, transfers as t};
use crate::scope::cut;
use crate::tx::TenantTx;
use alvara_domain::id::{LicenseId, NodeId};
use alvara_domain::time::UtcTime;
use alvara_domain::transfer::Transfer;
use diesel::prelude::*;
use std::collections::BTreeSet;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = t, treat_none_as_default_value = false)]
struct TransferRow {
    tenant_id: String,
    id: String,
    license_id: String,
    kind: String,
    from_node_id: Option<String>,
    to_node_id: Option<String>,
    from_machine_id: Option<String>,
    to_machine_id: Option<String>,
    machines_released: i64,
    reason: Option<String>,
    made_by: String,
    made_at: i64,
}

impl TryFrom<TransferRow> for Transfer {
    type Error = StoreError;

    fn try_from(row: TransferRow) -> StoreResult<Self> {
        let r = Row::of("transfers", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            license_id: r.text("license_id", &row.license_id)?,
            kind: r.text("kind", &row.kind)?,
            from_node_id: r.text_opt("from_node_id", row.from_node_id.as_deref())?,
            to_node_id: r.text_opt("to_node_id", row.to_node_id.as_deref())?,
            from_machine_id: r.text_opt("from_machine_id", row.from_machine_id.as_deref())?,
            to_machine_id: r.text_opt("to_machine_id", row.to_machine_id.as_deref())?,
            machines_released: row.machines_released,
            made_at: r.time("made_at", row.made_at)?,
            reason: row.reason,
            made_by: row.made_by,
        })
    }
}

/// Adds a transfer.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the license is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, transfer: &Transfer) -> StoreResult<()> {
    if crate::licenses::find(tx, transfer.license_id)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let row = TransferRow {
        tenant_id: tx.tenant().to_string(),
        id: transfer.id.to_string(),
        license_id: transfer.license_id.to_string(),
        kind: transfer.kind.to_string(),
        from_node_id: transfer.from_node_id.map(|id| id.to_string()),
        to_node_id: transfer.to_node_id.map(|id| id.to_string()),
        from_machine_id: transfer.from_machine_id.map(|id| id.to_string()),
        to_machine_id: transfer.to_machine_id.map(|id| id.to_string()),
        machines_released: transfer.machines_released,
        reason: transfer.reason.as_deref().map(|reason| cut(reason, 300)),
        made_by: cut(&transfer.made_by, 40),
        made_at: transfer.made_at.micros(),
    };
    diesel::insert_into(t::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// When the license was transferred for the `nth` time counted back from now, from 1. With the
/// license held, this decides a limit.
///
/// # Errors
/// When the database fails.
pub fn nth_newest(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    nth: u32,
) -> StoreResult<Option<UtcTime>> {
    let at: Option<i64> = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::license_id.eq(license.to_string()))
        .order(t::id.desc())
        .offset(i64::from(nth.max(1)) - 1)
        .limit(1)
        .select(t::made_at)
        .first(tx.conn)
        .optional()?;
    Row::of("transfers", &license.to_string()).time_opt("made_at", at)
}

/// Lists the transfers of a license of the scope, the newest first; `None` when the license is not
/// in it. Places outside the scope are left out of the entries: who held a license before is not
/// the present holder's to know.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    request: &PageRequest,
) -> StoreResult<Option<Page<Transfer>>> {
    if crate::licenses::find(tx, license)?.is_none() {
        return Ok(None);
    }
    let mut query = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::license_id.eq(license.to_string()))
        .select(TransferRow::as_select())
        .into_boxed();
    if let Some(after) = request.after::<String>()? {
        query = query.filter(t::id.lt(after));
    }
    let rows = query
        .order(t::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    let page = Page::of(request, rows, |row| row.id.clone(), Transfer::try_from)?;
    let seen = seen_places(tx, &page.items)?;
    let shown = |id: Option<NodeId>| id.filter(|id| seen.contains(&id.to_string()));
    Ok(Some(page.map(|transfer| Transfer {
        from_node_id: shown(transfer.from_node_id),
        to_node_id: shown(transfer.to_node_id),
        ..transfer
    })))
}

fn seen_places(tx: &mut TenantTx<'_>, transfers: &[Transfer]) -> StoreResult<BTreeSet<String>> {
    let named: Vec<String> = transfers
        .iter()
        .flat_map(|one| [one.from_node_id, one.to_node_id])
        .flatten()
        .map(|id| id.to_string())
        .collect();
    let (low, high) = place::range(tx.scope());
    let seen: Vec<String> = n::table
        .filter(n::tenant_id.eq(tx.tenant().to_string()))
        .filter(n::path.ge(low))
        .filter(n::path.lt(high))
        .filter(n::id.eq_any(named))
        .select(n::id)
        .load(tx.conn)?;
    Ok(seen.into_iter().collect())
}
