//! What was told of charges and not believed.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::quarantined_reports as c;
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::charge::record::{QuarantinedReport, ReportState};
use alvara_domain::id::{ChargeId, QuarantinedReportId};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct ReportRow {
    tenant_id: String,
    id: String,
    charge_id: String,
    digest: String,
    reason: String,
    report: String,
    told_by: String,
    state: String,
    told_at: i64,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    note: Option<String>,
}

impl TryFrom<ReportRow> for QuarantinedReport {
    type Error = StoreError;

    fn try_from(row: ReportRow) -> StoreResult<Self> {
        let r = Row::of("quarantined_reports", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            charge_id: r.text("charge_id", &row.charge_id)?,
            reason: r.text("reason", &row.reason)?,
            report: r.json("report", &row.report)?,
            state: r.text("state", &row.state)?,
            told_at: r.time("told_at", row.told_at)?,
            decided_at: r.time_opt("decided_at", row.decided_at)?,
            told_by: row.told_by,
            decided_by: row.decided_by,
            note: row.note,
        })
    }
}

/// Keeps a report of a charge of the scope. What became of the same report, told before; `None` when
/// it is new.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the charge is not in the scope.
pub fn keep(
    tx: &mut TenantTx<'_>,
    one: &QuarantinedReport,
    digest: &str,
) -> StoreResult<Option<ReportState>> {
    if crate::charges::find(tx, one.charge_id)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let row = ReportRow {
        tenant_id: tx.tenant().to_string(),
        id: one.id.to_string(),
        charge_id: one.charge_id.to_string(),
        digest: digest.to_owned(),
        reason: one.reason.to_string(),
        report: serde_json::to_string(&one.report)?,
        told_by: cut(&one.told_by, 20),
        state: one.state.to_string(),
        told_at: one.told_at.micros(),
        decided_by: None,
        decided_at: None,
        note: None,
    };
    let new = inserted(tx.conn, |conn| {
        diesel::insert_into(c::table).values(&row).execute(conn)?;
        Ok(())
    })?;
    if new {
        return Ok(None);
    }
    let state: String = c::table
        .filter(c::tenant_id.eq(&row.tenant_id))
        .filter(c::charge_id.eq(&row.charge_id))
        .filter(c::digest.eq(&row.digest))
        .select(c::state)
        .get_result(tx.conn)?;
    Row::of("quarantined_reports", &row.charge_id)
        .text("state", &state)
        .map(Some)
}

/// The reports of a charge of the scope that were not believed, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list_of_charge(
    tx: &mut TenantTx<'_>,
    charge: ChargeId,
) -> StoreResult<Vec<QuarantinedReport>> {
    if crate::charges::find(tx, charge)?.is_none() {
        return Ok(Vec::new());
    }
    let rows: Vec<ReportRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::charge_id.eq(charge.to_string()))
        .order(c::id)
        .select(ReportRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(QuarantinedReport::try_from).collect()
}

/// Notes what was decided on a report; `false` when somebody decided before.
///
/// # Errors
/// When the database fails.
pub fn decide(
    tx: &mut TenantTx<'_>,
    id: QuarantinedReportId,
    (state, note): (ReportState, &str),
) -> StoreResult<bool> {
    let (by, now) = (tx.scope().actor().to_string(), tx.now().micros());
    let key = (tx.tenant().to_string(), id.to_string());
    let decided = diesel::update(c::table.find(key))
        .filter(c::state.eq(ReportState::Waiting.as_str()))
        .set((
            c::state.eq(state.as_str()),
            c::decided_by.eq(Some(cut(&by, 40))),
            c::decided_at.eq(Some(now)),
            c::note.eq(Some(cut(note, 300))),
        ))
        .execute(tx.conn)?;
    Ok(decided == 1)
}
