//! The loop that keeps license and seat alive in the background, and the single call that a check
//! makes.

use std::sync::{Arc, Condvar, Mutex, Weak};
use std::time::Duration;

use crate::client::{Client, Inner, locked};
use crate::state::State;

/// Longest pause of the loop, so that an expiry is noticed by itself.
const TICK: Duration = Duration::from_secs(60);
const SHORTEST: Duration = Duration::from_millis(200);

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
        self.inner.live().is_closed = true;
        self.inner.wake.ring();
        let held = self.inner.kept().seats.remove(self.inner.holder.instance());
        let is_borrowed = held.is_none_or(|held| held.borrowed_until.is_some());
        let wants = self.inner.live().wants_seat;
        if wants && !is_borrowed {
            drop(self.inner.return_seat());
        }
    }
}

/// The loop. Between two turns it holds nothing of the client, which may be dropped meanwhile.
fn keep(inner: &Weak<Inner>, wake: &Wake) {
    while let Some(inner) = inner.upgrade() {
        if inner.live().is_closed {
            return;
        }
        let mut state = inner.look();
        if inner.is_due(&state) {
            state = inner.contact();
        }
        inner.tend_seat();
        let pause = inner.pause(&state);
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
            drop(inner.contact());
            inner.live().is_calling = false;
        });
    }

    fn tend_seat(&self) {
        let wants = self.live().wants_seat;
        if !wants || self.held_for().is_some() {
            return;
        }
        match self.seat_lease(&self.kept()) {
            Some(lease) if self.now() < lease.nxt => {}
            Some(lease) if self.now() <= lease.exp => drop(self.keep_seat(None)),
            _ => drop(self.take_seat(None)),
        }
    }

    fn pause(&self, state: &State) -> Duration {
        let until = |at: i64| {
            let seconds = at.saturating_sub(self.now()).max(0);
            Duration::from_secs(seconds.unsigned_abs())
        };
        let mut pause = TICK;
        if let Some(held) = self.held_for() {
            pause = pause.min(held);
        } else if let Some(next) = state.next_check_at {
            pause = pause.min(until(next));
        }
        let wants = self.live().wants_seat;
        if let Some(lease) = self.seat_lease(&self.kept()).filter(|_| wants) {
            pause = pause.min(until(lease.nxt));
        }
        pause.max(SHORTEST)
    }
}
