//! Requests to providers, written down before they leave.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::charge_attempts as a;
use crate::scope::cut;
use crate::tx::TenantTx;
use alvara_domain::charge::attempt::AttemptState;
use alvara_domain::charge::record::Attempt;
use alvara_domain::id::ChargeId;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = a, treat_none_as_default_value = false)]
struct AttemptRow {
    tenant_id: String,
    charge_id: String,
    number: i64,
    operation: String,
    refund_id: Option<String>,
    idempotency_key: String,
    state: String,
    tries: i64,
    fault: Option<String>,
    prepared_at: i64,
    dispatched_at: Option<i64>,
    finished_at: Option<i64>,
    plugin_version: Option<String>,
}

impl TryFrom<AttemptRow> for Attempt {
    type Error = StoreError;

    fn try_from(row: AttemptRow) -> StoreResult<Self> {
        let r = Row::of("charge_attempts", &row.charge_id);
        Ok(Self {
            charge_id: r.text("charge_id", &row.charge_id)?,
            operation: r.text("operation", &row.operation)?,
            refund_id: r.text_opt("refund_id", row.refund_id.as_deref())?,
            state: r.text("state", &row.state)?,
            tries: r.number("tries", row.tries)?,
            prepared_at: r.time("prepared_at", row.prepared_at)?,
            dispatched_at: r.time_opt("dispatched_at", row.dispatched_at)?,
            finished_at: r.time_opt("finished_at", row.finished_at)?,
            number: row.number,
            idempotency_key: row.idempotency_key,
            fault: row.fault,
            plugin_version: row.plugin_version,
        })
    }
}

impl AttemptRow {
    fn of(tx: &TenantTx<'_>, one: &Attempt) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            charge_id: one.charge_id.to_string(),
            number: one.number,
            operation: one.operation.to_string(),
            refund_id: one.refund_id.map(|it| it.to_string()),
            idempotency_key: cut(&one.idempotency_key, 60),
            state: one.state.to_string(),
            tries: i64::from(one.tries),
            fault: one.fault.as_deref().map(|text| cut(text, 300)),
            prepared_at: one.prepared_at.micros(),
            dispatched_at: one.dispatched_at.map(UtcTime::micros),
            finished_at: one.finished_at.map(UtcTime::micros),
            plugin_version: one.plugin_version.as_deref().map(|text| cut(text, 40)),
        })
    }
}

/// Adds an attempt.
///
/// # Errors
/// [`StoreError::Taken`] for its number.
pub fn insert(tx: &mut TenantTx<'_>, attempt: &Attempt) -> StoreResult<()> {
    let row = AttemptRow::of(tx, attempt)?;
    diesel::insert_into(a::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// The attempts of a charge, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, charge: ChargeId) -> StoreResult<Vec<Attempt>> {
    let rows: Vec<AttemptRow> = a::table
        .filter(a::tenant_id.eq(tx.tenant().to_string()))
        .filter(a::charge_id.eq(charge.to_string()))
        .order(a::number)
        .select(AttemptRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Attempt::try_from).collect()
}

/// Finds an attempt.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, charge: ChargeId, number: i64) -> StoreResult<Option<Attempt>> {
    let row: Option<AttemptRow> = a::table
        .find((tx.tenant().to_string(), charge.to_string(), number))
        .select(AttemptRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Attempt::try_from).transpose()
}

/// Sends an attempt out: of any number of calls one gets `true`, and only that one may let the
/// request leave.
///
/// # Errors
/// When the database fails.
pub fn dispatch(tx: &mut TenantTx<'_>, charge: ChargeId, number: i64) -> StoreResult<bool> {
    let key = (tx.tenant().to_string(), charge.to_string(), number);
    let now = tx.now().micros();
    let sent = diesel::update(a::table.find(key))
        .filter(a::state.eq_any([
            AttemptState::Prepared.as_str(),
            AttemptState::RetryWait.as_str(),
        ]))
        .set((
            a::state.eq(AttemptState::Dispatched.as_str()),
            a::tries.eq(a::tries + 1),
            a::dispatched_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(sent == 1)
}

/// Moves an attempt on from where it was read. `false` when it moved meanwhile.
///
/// # Errors
/// When the database fails.
pub fn advance(
    tx: &mut TenantTx<'_>,
    attempt: &Attempt,
    to: AttemptState,
    fault: Option<&str>,
) -> StoreResult<bool> {
    let key = (
        tx.tenant().to_string(),
        attempt.charge_id.to_string(),
        attempt.number,
    );
    let over = matches!(to, AttemptState::Succeeded | AttemptState::Terminal);
    let finished = over.then_some(tx.now().micros());
    let moved = diesel::update(a::table.find(key))
        .filter(a::state.eq(attempt.state.as_str()))
        .filter(a::tries.eq(i64::from(attempt.tries)))
        .set((
            a::state.eq(to.as_str()),
            a::fault.eq(fault.map(|text| cut(text, 300))),
            a::finished_at.eq(finished),
        ))
        .execute(tx.conn)?;
    Ok(moved == 1)
}
