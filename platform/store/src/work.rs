//! What the doors run, and how a transaction around it begins and ends.
//!
//! Every use case brings a closure with types of its own. They are forgotten at the door: the queue,
//! the pool, the threads and the attempts behind it are compiled once and not once for each of some
//! hundreds of closures, which made up much of the program's size and of the time to build it.
use crate::dialect::{self, DbConnection, Door, Transactions};
use crate::error::{StoreError, forget_conflict, met_conflict};
use crate::pool::Pool;
use alvara_domain::time::UtcTime;
use diesel::connection::TransactionManager;
use std::any::Any;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How often a transaction is tried when others are in its way. MariaDB calls it a deadlock whenever
/// several insert the same unique value at once, so a crowd at one row needs more than a few turns.
const ATTEMPTS: u32 = 8;

/// A closure, its types forgotten.
pub(crate) type Work = Box<dyn FnMut(&mut DbConnection, UtcTime) -> Result<Value, Undone> + Send>;

/// What a closure answered.
pub(crate) type Value = Box<dyn Any + Send>;

/// Why nothing was done.
pub(crate) enum Undone {
    /// The closure's own error.
    Refused(Value),
    /// The database.
    Store(StoreError),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Forgets the types of a closure.
pub(crate) fn forget<T: Send + 'static, E: Send + 'static>(
    mut work: impl FnMut(&mut DbConnection, UtcTime) -> Result<T, E> + Send + 'static,
) -> Work {
    Box::new(move |conn, now| match work(conn, now) {
        Ok(value) => Ok(Box::new(value)),
        Err(error) => Err(Undone::Refused(Box::new(error))),
    })
}

/// Recalls the types that [`forget`] forgot.
pub(crate) fn recall<T: 'static, E: From<StoreError> + 'static>(
    outcome: Result<Value, Undone>,
) -> Result<T, E> {
    // Whoever forgets and whoever recalls is the same function, so the types are always these.
    let other = |_| StoreError::Panicked;
    match outcome {
        Ok(value) => Ok(*value.downcast().map_err(other)?),
        Err(Undone::Refused(error)) => Err(*error.downcast().map_err(other)?),
        Err(Undone::Store(error)) => Err(error.into()),
    }
}

/// Runs `work` in a transaction on a connection of the pool, again when others were in the way.
pub(crate) fn on_loan(
    pool: &Pool,
    now: UtcTime,
    door: Door,
    wall: &str,
    work: &mut Work,
) -> Result<Value, Undone> {
    let mut attempt = 1;
    loop {
        let mut held = pool.take()?;
        if let Err(error) = dialect::begin(&mut held.conn, door, wall) {
            // Nothing was done yet, and connections that idled through a restart all fail alike.
            drop(held);
            pool.clear();
            if attempt == ATTEMPTS {
                return Err(StoreError::Unavailable(error.to_string()).into());
            }
            attempt += 1;
            continue;
        }
        forget_conflict();
        let outcome = settle(&mut held.conn, 1, work, now);
        let again = met_conflict() && attempt < ATTEMPTS;
        if outcome.is_ok() && matches!(door, Door::Write) {
            tracing::trace!("committed");
        }
        pool.put(held);
        if !again {
            return outcome;
        }
        metrics::counter!("alvara_store_retries_total").increment(1);
        step_aside(pause_before(attempt));
        attempt += 1;
    }
}

/// Between 5 ms and 15 ms for each attempt so far: by chance, because those who collided together
/// would otherwise come back together.
fn pause_before(attempt: u32) -> Duration {
    let chance = RandomState::new().build_hasher().finish() % 10_000;
    Duration::from_micros(u64::from(attempt) * (5_000 + chance))
}

/// Lets whoever was in the way go first. This thread is one that may block, and what it waits for is
/// inside a server that does not say when it is done.
#[expect(
    clippy::disallowed_methods,
    reason = "a blocking thread between two attempts"
)]
pub(crate) fn step_aside(pause: Duration) {
    std::thread::sleep(pause);
}

/// Runs `work` in the transaction or savepoint that is open at `depth`, and ends it: committed when
/// all went well, else rolled back, a panic included. A conflict that `work` swallowed counts too:
/// MariaDB has rolled everything back by then.
pub(crate) fn settle(
    conn: &mut DbConnection,
    depth: u32,
    work: &mut Work,
    now: UtcTime,
) -> Result<Value, Undone> {
    let outcome = catch_unwind(AssertUnwindSafe(|| work(conn, now))).unwrap_or_else(|_| {
        tracing::error!("the work on the database panicked; it was rolled back");
        Err(StoreError::Panicked.into())
    });
    match outcome {
        Ok(value) if !met_conflict() => match Transactions::commit_transaction(conn) {
            Ok(()) => Ok(value),
            Err(error) => Err(undone(conn, depth, StoreError::from(error).into())),
        },
        Ok(_) => Err(undone(conn, depth, StoreError::Contended.into())),
        Err(error) => Err(undone(conn, depth, error)),
    }
}

/// Rolls back, and says why that was: what could not be rolled back has lost its connection, and
/// whatever the last statement was refused with, that is the reason.
fn undone(conn: &mut DbConnection, depth: u32, why: Undone) -> Undone {
    if dialect::unwind(conn, depth - 1) {
        why
    } else {
        StoreError::Unavailable("the connection broke".to_owned()).into()
    }
}
