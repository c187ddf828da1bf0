//! Work of the whole installation that comes round, done by one instance at a time.
use crate::column::Row;
use crate::error::StoreResult;
use crate::schema::rounds as r;
use crate::tx::{PlatformTx, inserted};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// The work that comes round by name, and when each is due next.
///
/// # Errors
/// When the database fails, or a row is none of ours.
pub fn list(tx: &mut PlatformTx<'_>) -> StoreResult<Vec<(String, UtcTime)>> {
    let rows: Vec<(String, i64)> = r::table
        .order(r::name)
        .select((r::name, r::due_at))
        .load(tx.conn)?;
    let read = |(name, due_at): (String, i64)| {
        let due_at = Row::of("rounds", &name).time("due_at", due_at)?;
        Ok((name, due_at))
    };
    rows.into_iter().map(read).collect()
}

/// Claims the next round of some work: `true` for one caller of all instances, at most once in
/// `every` seconds. A round that dies half-way is simply not finished; the next one goes on.
///
/// # Errors
/// When the database fails.
pub fn claim(tx: &mut PlatformTx<'_>, name: &str, every: i64) -> StoreResult<bool> {
    let now = tx.now();
    let next = now.saturating_add_seconds(every).micros();
    let claimed = diesel::update(r::table.find(name))
        .filter(r::due_at.le(now.micros()))
        .set(r::due_at.eq(next))
        .execute(tx.conn)?;
    if claimed == 1 {
        return Ok(true);
    }
    let known: Option<i64> = r::table
        .find(name)
        .select(r::due_at)
        .get_result(tx.conn)
        .optional()?;
    if known.is_some() {
        return Ok(false);
    }
    inserted(tx.conn, |conn| {
        diesel::insert_into(r::table)
            .values((r::name.eq(name), r::due_at.eq(next)))
            .execute(conn)?;
        Ok(())
    })
}
