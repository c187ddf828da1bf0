//! Requests that were answered already, so that a repeated one gets the same answer.
//!
//! The life of a key: claimed before the work; marked committed by the write door in the very
//! transaction that does the work; answered when the answer is known. A process that dies in
//! between leaves it claimed (nothing was done: free again after the claim runs out) or committed
//! (it was done, the answer is lost).
use crate::dialect::DbConnection;
use crate::error::{StoreError, StoreResult};
use crate::schema::idempotency_keys as k;
use crate::scope::IdempotencyClaim;
use crate::tx::{PlatformTx, TenantTx, inserted};
use alvara_domain::id::TenantId;
use diesel::prelude::*;

/// How long an answer is kept, in seconds.
pub const KEPT_SECONDS: i64 = 24 * 3600;

const CLAIMED: &str = "claimed";
const COMMITTED: &str = "committed";
const ANSWERED: &str = "answered";

/// What a claim on a key comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The request is new: do the work in a scope that bears this.
    New(IdempotencyClaim),
    /// It was answered; this is the answer.
    Replay {
        /// The HTTP status.
        status: u16,
        /// The sealed body.
        answer_sealed: String,
    },
    /// Another attempt is at it right now.
    InProgress,
    /// The key was used for another request.
    Mismatch,
    /// The work was done and the answer was lost with the process; the caller must look for itself.
    AnswerLost,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = k)]
struct KeyRow {
    tenant_id: String,
    caller: String,
    idempotency_key: String,
    body_hash: String,
    state: String,
    status: Option<i64>,
    answer_sealed: Option<String>,
    created_at: i64,
    claimed_until: i64,
}

/// Claims a key for `lease_seconds`. `caller` is a hash of who asks and `body_hash` one of the
/// method, path and body, both at most 64 characters; `key` has at most 128.
///
/// # Errors
/// When the database fails.
pub fn claim(
    tx: &mut TenantTx<'_>,
    caller: &str,
    key: &str,
    body_hash: &str,
    lease_seconds: i64,
) -> StoreResult<Claimed> {
    let now = tx.now();
    let row = KeyRow {
        tenant_id: tx.tenant().to_string(),
        caller: caller.to_owned(),
        idempotency_key: key.to_owned(),
        body_hash: body_hash.to_owned(),
        state: CLAIMED.to_owned(),
        status: None,
        answer_sealed: None,
        created_at: now.micros(),
        claimed_until: now.saturating_add_seconds(lease_seconds).micros(),
    };
    let mine = IdempotencyClaim {
        caller: caller.to_owned(),
        key: key.to_owned(),
        until: row.claimed_until,
    };
    let place = || k::table.find((&row.tenant_id, &row.caller, &row.idempotency_key));
    let outdated = now.saturating_add_seconds(-KEPT_SECONDS).micros();
    diesel::delete(place().filter(k::created_at.lt(outdated))).execute(tx.conn)?;
    let new = inserted(tx.conn, |conn| {
        diesel::insert_into(k::table).values(&row).execute(conn)?;
        Ok(())
    })?;
    if new {
        return Ok(Claimed::New(mine));
    }
    let Some(found): Option<KeyRow> = place()
        .select(KeyRow::as_select())
        .get_result(tx.conn)
        .optional()?
    else {
        return Ok(Claimed::InProgress);
    };
    if found.body_hash != row.body_hash {
        return Ok(Claimed::Mismatch);
    }
    match (found.state.as_str(), found.status, found.answer_sealed) {
        (ANSWERED, Some(status), Some(answer_sealed)) => {
            let status = u16::try_from(status).map_err(|_| StoreError::Corrupt {
                table: "idempotency_keys",
                column: "status",
                id: key.to_owned(),
            })?;
            Ok(Claimed::Replay {
                status,
                answer_sealed,
            })
        }
        (CLAIMED, _, _) if found.claimed_until < now.micros() => {
            let taken = diesel::update(place())
                .filter(k::state.eq(CLAIMED))
                .filter(k::claimed_until.eq(found.claimed_until))
                .set(k::claimed_until.eq(row.claimed_until))
                .execute(tx.conn)?;
            Ok(if taken == 1 {
                Claimed::New(mine)
            } else {
                Claimed::InProgress
            })
        }
        (COMMITTED, _, _) if found.claimed_until < now.micros() => Ok(Claimed::AnswerLost),
        _ => Ok(Claimed::InProgress),
    }
}

/// Marks a claim as done, in the transaction that does the work.
pub(crate) fn mark_committed(
    conn: &mut DbConnection,
    tenant: TenantId,
    claim: &IdempotencyClaim,
) -> StoreResult<()> {
    let marked = diesel::update(k::table.find((tenant.to_string(), &claim.caller, &claim.key)))
        .filter(k::state.eq_any([CLAIMED, COMMITTED]))
        .filter(k::claimed_until.eq(claim.until))
        .set(k::state.eq(COMMITTED))
        .execute(conn)?;
    // The claim ran out and somebody else took it over: this attempt must not do the work again.
    if marked == 1 {
        Ok(())
    } else {
        Err(StoreError::contended())
    }
}

/// Keeps the answer for whoever asks again.
///
/// # Errors
/// When the database fails.
pub fn store_answer(
    tx: &mut TenantTx<'_>,
    claim: &IdempotencyClaim,
    status: u16,
    answer_sealed: &str,
) -> StoreResult<()> {
    diesel::update(k::table.find((tx.tenant().to_string(), &claim.caller, &claim.key)))
        .filter(k::claimed_until.eq(claim.until))
        .set((
            k::state.eq(ANSWERED),
            k::status.eq(i64::from(status)),
            k::answer_sealed.eq(answer_sealed),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Gives a claim back whose work was not done, so that the next attempt may do it.
///
/// # Errors
/// When the database fails.
pub fn release(tx: &mut TenantTx<'_>, claim: &IdempotencyClaim) -> StoreResult<()> {
    diesel::delete(
        k::table
            .find((tx.tenant().to_string(), &claim.caller, &claim.key))
            .filter(k::claimed_until.eq(claim.until))
            .filter(k::state.eq(CLAIMED)),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// Forgets what is older than [`KEPT_SECONDS`].
///
/// # Errors
/// When the database fails.
pub fn purge(tx: &mut PlatformTx<'_>) -> StoreResult<usize> {
    let outdated = tx.now().saturating_add_seconds(-KEPT_SECONDS).micros();
    Ok(diesel::delete(k::table.filter(k::created_at.lt(outdated))).execute(tx.conn)?)
}
