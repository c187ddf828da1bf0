//! Refunds of charges, and charges that are contested.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::{disputes as d, refunds as c};
use crate::scope::cut;
use crate::tx::TenantTx;
use alvara_domain::charge::record::{Dispute, Refund};
use alvara_domain::id::{ChargeId, DisputeId, RefundId};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(primary_key(tenant_id, id))]
#[diesel(table_name = c, treat_none_as_default_value = false, treat_none_as_null = true)]
struct RefundRow {
    tenant_id: String,
    id: String,
    charge_id: String,
    state: String,
    amount_minor: i64,
    currency: String,
    reason: String,
    decline: Option<String>,
    raw_status: String,
    created_by: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<RefundRow> for Refund {
    type Error = StoreError;

    fn try_from(row: RefundRow) -> StoreResult<Self> {
        let r = Row::of("refunds", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            charge_id: r.text("charge_id", &row.charge_id)?,
            state: r.text("state", &row.state)?,
            currency: r.text("currency", &row.currency)?,
            decline: row
                .decline
                .as_deref()
                .map(|text| r.json("decline", text))
                .transpose()?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            amount_minor: row.amount_minor,
            reason: row.reason,
            raw_status: row.raw_status,
            created_by: row.created_by,
            version: row.version,
        })
    }
}

impl RefundRow {
    fn of(tx: &TenantTx<'_>, one: &Refund) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            id: one.id.to_string(),
            charge_id: one.charge_id.to_string(),
            state: one.state.to_string(),
            amount_minor: one.amount_minor,
            currency: one.currency.to_string(),
            reason: cut(&one.reason, 300),
            decline: one
                .decline
                .as_ref()
                .map(serde_json::to_string)
                .transpose()?,
            raw_status: cut(&one.raw_status, 100),
            created_by: cut(&one.created_by, 40),
            created_at: one.created_at.micros(),
            updated_at: one.updated_at.micros(),
            version: one.version,
        })
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(primary_key(tenant_id, id))]
#[diesel(table_name = d, treat_none_as_default_value = false, treat_none_as_null = true)]
struct DisputeRow {
    tenant_id: String,
    id: String,
    charge_id: String,
    state: String,
    amount_minor: i64,
    currency: String,
    reason: String,
    evidence_due: Option<i64>,
    opened_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<DisputeRow> for Dispute {
    type Error = StoreError;

    fn try_from(row: DisputeRow) -> StoreResult<Self> {
        let r = Row::of("disputes", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            charge_id: r.text("charge_id", &row.charge_id)?,
            state: r.text("state", &row.state)?,
            currency: r.text("currency", &row.currency)?,
            evidence_due: r.time_opt("evidence_due", row.evidence_due)?,
            opened_at: r.time("opened_at", row.opened_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            amount_minor: row.amount_minor,
            reason: row.reason,
            version: row.version,
        })
    }
}

impl DisputeRow {
    fn of(tx: &TenantTx<'_>, one: &Dispute) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            id: one.id.to_string(),
            charge_id: one.charge_id.to_string(),
            state: one.state.to_string(),
            amount_minor: one.amount_minor,
            currency: one.currency.to_string(),
            reason: cut(&one.reason, 300),
            evidence_due: one.evidence_due.map(UtcTime::micros),
            opened_at: one.opened_at.micros(),
            updated_at: one.updated_at.micros(),
            version: one.version,
        })
    }
}

/// Adds a refund.
///
/// # Errors
/// [`StoreError::OutOfReach`] when its charge is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, refund: &Refund) -> StoreResult<()> {
    if crate::charges::find(tx, refund.charge_id)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let row = RefundRow::of(tx, refund)?;
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a refund of a charge of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: RefundId) -> StoreResult<Option<Refund>> {
    let row: Option<RefundRow> = c::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(RefundRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    let Some(refund) = row.map(Refund::try_from).transpose()? else {
        return Ok(None);
    };
    Ok(crate::charges::find(tx, refund.charge_id)?
        .is_some()
        .then_some(refund))
}

/// Writes a refund as it was changed since it was read.
///
/// # Errors
/// [`StoreError::Contended`] when somebody was quicker: the transaction is tried again.
pub fn update(tx: &mut TenantTx<'_>, refund: &Refund) -> StoreResult<()> {
    let mut row = RefundRow::of(tx, refund)?;
    row.version += 1;
    row.updated_at = tx.now().micros();
    let key = (row.tenant_id.clone(), row.id.clone());
    let written = diesel::update(c::table.find(key))
        .filter(c::version.eq(refund.version))
        .set(&row)
        .execute(tx.conn)?;
    if written == 1 {
        Ok(())
    } else {
        Err(StoreError::contended())
    }
}

/// The refunds of a charge, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, charge: ChargeId) -> StoreResult<Vec<Refund>> {
    let rows: Vec<RefundRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::charge_id.eq(charge.to_string()))
        .order(c::id)
        .select(RefundRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Refund::try_from).collect()
}

/// Adds a dispute.
///
/// # Errors
/// [`StoreError::OutOfReach`] when its charge is not in the scope.
pub fn insert_dispute(tx: &mut TenantTx<'_>, dispute: &Dispute) -> StoreResult<()> {
    if crate::charges::find(tx, dispute.charge_id)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let row = DisputeRow::of(tx, dispute)?;
    diesel::insert_into(d::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a dispute of a charge of the scope.
///
/// # Errors
/// When the database fails.
pub fn find_dispute(tx: &mut TenantTx<'_>, id: DisputeId) -> StoreResult<Option<Dispute>> {
    let row: Option<DisputeRow> = d::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(DisputeRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    let Some(dispute) = row.map(Dispute::try_from).transpose()? else {
        return Ok(None);
    };
    Ok(crate::charges::find(tx, dispute.charge_id)?
        .is_some()
        .then_some(dispute))
}

/// Writes a dispute as it was changed since it was read.
///
/// # Errors
/// [`StoreError::Contended`] when somebody was quicker: the transaction is tried again.
pub fn update_dispute(tx: &mut TenantTx<'_>, dispute: &Dispute) -> StoreResult<()> {
    let mut row = DisputeRow::of(tx, dispute)?;
    row.version += 1;
    row.updated_at = tx.now().micros();
    let key = (row.tenant_id.clone(), row.id.clone());
    let written = diesel::update(d::table.find(key))
        .filter(d::version.eq(dispute.version))
        .set(&row)
        .execute(tx.conn)?;
    if written == 1 {
        Ok(())
    } else {
        Err(StoreError::contended())
    }
}

/// The disputes of a charge, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list_disputes(tx: &mut TenantTx<'_>, charge: ChargeId) -> StoreResult<Vec<Dispute>> {
    let rows: Vec<DisputeRow> = d::table
        .filter(d::tenant_id.eq(tx.tenant().to_string()))
        .filter(d::charge_id.eq(charge.to_string()))
        .order(d::id)
        .select(DisputeRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Dispute::try_from).collect()
}
