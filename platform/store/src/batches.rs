//! Requests for many licenses at once, and how far they are.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::batches as b;
use crate::scope::cut;
use crate::tx::TenantTx;
use alvara_domain::id::BatchId;
use alvara_domain::license::{Batch, BatchState};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = b, treat_none_as_default_value = false)]
struct BatchRow {
    tenant_id: String,
    id: String,
    node_id: String,
    policy_id: String,
    request: String,
    total: i64,
    issued: i64,
    state: String,
    failure: Option<String>,
    created_by: String,
    created_at: i64,
    finished_at: Option<i64>,
}

impl TryFrom<BatchRow> for Batch {
    type Error = StoreError;

    fn try_from(row: BatchRow) -> StoreResult<Self> {
        let r = Row::of("batches", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            node_id: r.text("node_id", &row.node_id)?,
            policy_id: r.text("policy_id", &row.policy_id)?,
            total: row.total,
            issued: row.issued,
            state: r.text("state", &row.state)?,
            created_at: r.time("created_at", row.created_at)?,
            finished_at: r.time_opt("finished_at", row.finished_at)?,
            request: row.request,
            failure: row.failure,
            created_by: row.created_by,
        })
    }
}

/// Adds a batch.
///
/// # Errors
/// [`StoreError::OutOfReach`] when its place is not in the scope; [`StoreError::Referenced`] when the
/// tenant has no such policy.
pub fn insert(tx: &mut TenantTx<'_>, batch: &Batch) -> StoreResult<()> {
    crate::members::require_place(tx, batch.node_id)?;
    let row = BatchRow {
        tenant_id: tx.tenant().to_string(),
        id: batch.id.to_string(),
        node_id: batch.node_id.to_string(),
        policy_id: batch.policy_id.to_string(),
        request: batch.request.clone(),
        total: batch.total,
        issued: batch.issued,
        state: batch.state.to_string(),
        failure: batch.failure.clone(),
        created_by: batch.created_by.clone(),
        created_at: batch.created_at.micros(),
        finished_at: batch.finished_at.map(UtcTime::micros),
    };
    diesel::insert_into(b::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a batch of a place of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: BatchId) -> StoreResult<Option<Batch>> {
    let row: Option<BatchRow> = b::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(BatchRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let batch = Batch::try_from(row)?;
    Ok(crate::nodes::find(tx, batch.node_id)?
        .is_some()
        .then_some(batch))
}

/// Lists batches of the scope, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, request: &PageRequest) -> StoreResult<Page<Batch>> {
    let mut query = b::table
        .filter(b::tenant_id.eq(tx.tenant().to_string()))
        .select(BatchRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(b::node_id.eq_any(place::seen(tx.scope())));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(b::id.lt(after));
    }
    let rows = query
        .order(b::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Batch::try_from)
}

/// Counts licenses that were issued, in the transaction that issued them. `from` is how many there
/// were before; `false` when that is not so: another worker has the batch, and the transaction must
/// fail.
///
/// # Errors
/// When the database fails.
pub fn advance(tx: &mut TenantTx<'_>, id: BatchId, from: i64, by: i64) -> StoreResult<bool> {
    if find(tx, id)?.is_none() {
        return Ok(false);
    }
    let updated = diesel::update(b::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(b::issued.eq(from))
        .filter((b::issued + by).le(b::total))
        .filter(b::state.eq_any([BatchState::Queued.as_str(), BatchState::Running.as_str()]))
        .set((
            b::issued.eq(b::issued + by),
            b::state.eq(BatchState::Running.as_str()),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Ends a batch, well or with a reason. `false` when it is in no state for it or not in the scope.
///
/// # Errors
/// When the database fails.
pub fn finish(
    tx: &mut TenantTx<'_>,
    id: BatchId,
    to: BatchState,
    failure: Option<&str>,
) -> StoreResult<bool> {
    if find(tx, id)?.is_none() {
        return Ok(false);
    }
    let from: Vec<&str> = BatchState::ALL
        .iter()
        .filter(|from| from.can_become(to))
        .map(|from| from.as_str())
        .collect();
    let updated = diesel::update(b::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(b::state.eq_any(from))
        .set((
            b::state.eq(to.as_str()),
            b::failure.eq(failure.map(|failure| cut(failure, 300))),
            b::finished_at.eq(tx.now().micros()),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}
