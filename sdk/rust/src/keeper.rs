//! The loop that keeps license and seat alive in the background, and the single call that a check
//! makes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread::ThreadId;
use std::time::Duration;

use crate::client::{Client, Inner, locked};
use crate::pace::{FLOOR, TICK, between, seconds};
use crate::state::State;

/// Wakes the loop before its time.
#[derive(Default)]
pub(crate) struct Wake {
    rung: Mutex<bool>,
    bell: Condvar,
}

impl Wake {
    pub(crate) fn ring(&self) {
        *locked(&self.rung) = true;
        self.bell.notify_all();
    }

    fn wait(&self, most: Duration) {
        let rung = locked(&self.rung);
        let waited = self.bell.wait_timeout_while(rung, most, |rung| !*rung);
        if let Ok((mut rung, _)) = waited {
            *rung = false;
        }
    }
}

impl Client {
    /// Keeps license and seat alive in a thread of its own, when the platform says and no sooner. It
    /// ends with the last clone of the client, or by [`Client::close`].
    pub fn start(&self) {
        let mut live = self.inner.live();
        if live.is_looping || live.is_closed {
            return;
        }
        live.is_looping = true;
        drop(live);
        let (inner, wake) = (Arc::downgrade(&self.inner), Arc::clone(&self.inner.wake));
        std::thread::spawn(move || keep(&inner, &wake));
    }

    /// Ends the loop and gives back a seat that is not borrowed.
    pub fn close(&self) {
        if self.guard.as_ref().is_none_or(|guard| guard.is_here()) {
            self.inner.leave();
        }
    }
}

/// What the clones of a client share: with the last of them the license is left.
pub(crate) struct Guard {
    inner: Arc<Inner>,
    /// The process that opened it: the child of a fork leaves its parent's seat alone.
    process: u32,
}

impl Guard {
    pub(crate) fn of(inner: &Arc<Inner>) -> Self {
        Self {
            inner: Arc::clone(inner),
            process: std::process::id(),
        }
    }

    fn is_here(&self) -> bool {
        std::process::id() == self.process
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.is_here() {
            self.inner.leave();
        }
    }
}

/// Marks the thread that works for the client, which may come to drop the last clone of it in a
/// listener and must not wait for itself.
struct Working<'a>(&'a Inner);

impl<'a> Working<'a> {
    fn begin(inner: &'a Inner) -> Self {
        inner.live().workers.push(std::thread::current().id());
        Self(inner)
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        let this = std::thread::current().id();
        self.0.live().workers.retain(|worker| *worker != this);
    }
}

/// The threads that work for a client.
pub(crate) type Workers = Vec<ThreadId>;

/// The loop. Between two turns it holds nothing of the client, which may be dropped meanwhile.
fn keep(inner: &Weak<Inner>, wake: &Wake) {
    while let Some(inner) = inner.upgrade() {
        if inner.live().is_closed {
            return;
        }
        let working = Working::begin(&inner);
        let turn = catch_unwind(AssertUnwindSafe(|| {
            let mut state = inner.look();
            if inner.is_due(&state) {
                state = inner.contact();
            }
            inner.tend_seat();
            inner.pause(&state)
        }));
        // A program's own clock, transport or figures panicked: the loop outlives them.
        let pause = turn.unwrap_or_else(|_| {
            inner.back_off(None);
            let wait = inner.live().failing.left();
            wait.unwrap_or(FLOOR).clamp(FLOOR, TICK)
        });
        drop(working);
        if inner.live().is_closed {
            inner.leave();
            return;
        }
        drop(inner);
        wake.wait(pause);
    }
}

impl Inner {
    /// Makes the call that is due, in the loop where there is one.
    pub(crate) fn schedule(self: &Arc<Self>) {
        let mut live = self.live();
        if live.is_closed || live.is_calling {
            return;
        }
        if live.is_looping {
            drop(live);
            self.wake.ring();
            return;
        }
        live.is_calling = true;
        drop(live);
        let inner = Arc::clone(self);
        std::thread::spawn(move || {
            let working = Working::begin(&inner);
            drop(catch_unwind(AssertUnwindSafe(|| inner.contact())));
            drop(working);
            let mut live = inner.live();
            live.is_calling = false;
            let is_closed = live.is_closed;
            drop(live);
            if is_closed {
                inner.leave();
            }
        });
    }

    /// Ends the loop and gives back a seat that is not borrowed.
    pub(crate) fn leave(&self) {
        let mut live = self.live();
        live.is_closed = true;
        let is_worker = live.workers.contains(&std::thread::current().id());
        let wants = live.wants_seat;
        drop(live);
        self.wake.ring();
        // Whoever works for the client leaves once its work is done.
        if is_worker || !wants {
            return;
        }
        let _turn = locked(&self.turn);
        let held = self.kept().seats.remove(self.holder.instance());
        if held.is_some_and(|held| held.borrowed_until.is_none()) {
            drop(self.give_back());
        }
    }

    fn pause(&self, state: &State) -> Duration {
        let until = |at: i64| seconds(at.saturating_sub(self.now()));
        let lease = self.seat_lease(&self.kept());
        let live = self.live();
        let (failing, seating) = (live.failing.left(), live.seating.left());
        let resting = live.resting.left();
        let wants = live.wants_seat;
        drop(live);
        let mut pause = TICK;
        if let Some(waits) = failing.max(resting) {
            pause = pause.min(waits);
        } else if let Some(next) = state.next_check_at {
            pause = pause.min(until(next) + FLOOR.mul_f64(between(0.0, 1.0)));
        }
        if wants {
            let due = lease.map_or(Duration::ZERO, |lease| until(lease.nxt));
            let waits = seating.max(failing).unwrap_or_default();
            pause = pause.min(due.max(waits));
        }
        pause.max(FLOOR)
    }
}
