//! Connections that wait for work.
use crate::address::Address;
use crate::dialect::{self, DbConnection, Door};
use crate::error::StoreResult;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a connection to a server lives before another takes its place, so that a fail-over or a
/// changed setting reaches everybody.
const LIFETIME: Duration = Duration::from_secs(1800);

/// A stack of idle connections: the one used last, whose caches are warm, goes out first. How many
/// are out at once is decided by whoever takes them.
pub(crate) struct Pool {
    address: Address,
    door: Door,
    idle: Mutex<Vec<Held>>,
}

/// A connection on loan. Dropping it closes it; only [`Pool::put`] keeps it for the next.
pub(crate) struct Held {
    pub(crate) conn: DbConnection,
    since: Instant,
}

impl Pool {
    pub(crate) fn new(address: Address, door: Door) -> Self {
        Self {
            address,
            door,
            idle: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn take(&self) -> StoreResult<Held> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(held) => Ok(held),
            None => Ok(Held::new(dialect::open(&self.address, self.door)?)),
        }
    }

    /// Keeps a connection that has no transaction open and is not too old.
    pub(crate) fn put(&self, mut held: Held) {
        if dialect::depth(&mut held.conn) == Some(0) && held.since.elapsed() < LIFETIME {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(held);
        }
    }

    /// Closes everything that is idle; after an error of the connection the others are suspect too.
    pub(crate) fn clear(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        drop(idle);
    }
}

impl Held {
    pub(crate) fn new(conn: DbConnection) -> Self {
        Self {
            conn,
            since: Instant::now(),
        }
    }
}
