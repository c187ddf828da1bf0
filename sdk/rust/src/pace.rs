//! When to ask again: waits that grow while nothing comes of it, and never fall below a floor.

use std::time::{Duration, Instant};

/// Longest pause of the loop, so that an expiry is noticed by itself.
pub(crate) const TICK: Duration = Duration::from_secs(60);
/// The shortest.
pub(crate) const FLOOR: Duration = Duration::from_secs(1);
/// The first wait for a seat that is not to be had.
pub(crate) const SEAT_RETRY: Duration = Duration::from_secs(10);
/// The most it grows to.
pub(crate) const SEAT_RETRY_MOST: Duration = Duration::from_secs(60);
/// The longest rest because of a clock that is ahead.
pub(crate) const REST_MOST: Duration = Duration::from_secs(3600);

/// The longest wait that anybody may ask for.
const ASKED_MOST: Duration = Duration::from_secs(86_400);

/// A time until which nobody asks, by the machine's steady clock: setting the time does not move it.
#[derive(Default)]
pub(crate) struct Wait {
    failures: u32,
    until: Option<Instant>,
}

impl Wait {
    /// Waits, twice as long each time, and at least as long as was asked for.
    pub(crate) fn longer(&mut self, first: Duration, most: Duration, asked: Duration) {
        self.failures = self.failures.saturating_add(1);
        let doubled = first.saturating_mul(1 << (self.failures - 1).min(16));
        let wait = doubled.min(most).mul_f64(between(0.9, 1.1));
        let asked = asked.min(ASKED_MOST).mul_f64(between(1.0, 1.1));
        self.set(wait.max(asked));
    }

    /// Waits so long, and forgets what failed before.
    pub(crate) fn once(&mut self, wait: Duration) {
        self.failures = 0;
        self.set(wait.mul_f64(between(0.9, 1.0)));
    }

    fn set(&mut self, wait: Duration) {
        self.until = Instant::now().checked_add(wait.max(FLOOR));
    }

    /// Waits no longer; the next failure still counts on.
    pub(crate) fn lift(&mut self) {
        self.until = None;
    }

    /// Waits no longer, and forgets what failed before.
    pub(crate) fn over(&mut self) {
        *self = Self::default();
    }

    /// What is left of it, if anything.
    pub(crate) fn left(&self) -> Option<Duration> {
        let left = self.until?.checked_duration_since(Instant::now());
        left.filter(|left| !left.is_zero())
    }
}

/// A random number, so that a thousand programs do not come back at once.
pub(crate) fn between(least: f64, most: f64) -> f64 {
    let mut byte = [0];
    drop(openssl::rand::rand_bytes(&mut byte));
    least + f64::from(byte[0]) / 255.0 * (most - least)
}

/// Seconds as a duration; none below zero.
pub(crate) fn seconds(count: i64) -> Duration {
    Duration::from_secs(count.max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-SDK-01
    #[test]
    fn waits_grow_with_a_floor_and_a_most() {
        let hour = Duration::from_secs(3600);
        let mut wait = Wait::default();
        let waits: Vec<Duration> = (0..9)
            .map(|_| {
                wait.longer(TICK, hour, Duration::ZERO);
                wait.left().unwrap()
            })
            .collect();
        assert!(
            waits[..6]
                .windows(2)
                .all(|two| two[1] > two[0].mul_f64(1.5))
        );
        assert!(waits[8] < hour.mul_f64(1.1));
        wait.over();
        wait.longer(Duration::ZERO, Duration::ZERO, Duration::ZERO);
        assert!(wait.left().unwrap() > FLOOR.mul_f64(0.9));
    }
}
