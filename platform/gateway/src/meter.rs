//! How long a guest has been running, as opposed to waiting.
//!
//! The processor's time of the thread is counted while the call's future is polled. A host import
//! that waits for a provider, a guest that yielded and other guests on the same thread cost nothing,
//! so the budget of a webhook does not depend on how busy the machine is.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What is known of a call from outside, also after its future is gone.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    /// Nanoseconds of finished polls.
    spent: AtomicU64,
    /// The thread's time when the present poll began.
    resumed: AtomicU64,
    /// A request that changes something may have left.
    changed: AtomicBool,
    /// The guest was refused memory.
    denied: AtomicBool,
}

impl Trail {
    /// The time the guest has been running. Only meaningful from within the poll.
    pub(crate) fn running(&self) -> Duration {
        let since = thread_time().saturating_sub(self.resumed.load(Ordering::Relaxed));
        Duration::from_nanos(self.spent.load(Ordering::Relaxed) + since)
    }

    pub(crate) fn note_change(&self) {
        self.changed.store(true, Ordering::Release);
    }

    pub(crate) fn may_have_changed(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }

    pub(crate) fn note_denied(&self) {
        self.denied.store(true, Ordering::Release);
    }

    pub(crate) fn was_denied(&self) -> bool {
        self.denied.load(Ordering::Acquire)
    }
}

/// Nanoseconds of processor time of this thread.
fn thread_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    // Neither is ever negative.
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000
        + u64::try_from(time.tv_nsec).unwrap_or(0)
}

/// A call's future, measured.
pub(crate) struct Metered<F> {
    call: Pin<Box<F>>,
    trail: Arc<Trail>,
}

impl<F> Metered<F> {
    pub(crate) fn new(call: F, trail: Arc<Trail>) -> Self {
        Self {
            call: Box::pin(call),
            trail,
        }
    }
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let begin = thread_time();
        self.trail.resumed.store(begin, Ordering::Relaxed);
        let answer = self.call.as_mut().poll(context);
        let spent = thread_time().saturating_sub(begin);
        self.trail.spent.fetch_add(spent, Ordering::Relaxed);
        answer
    }
}
