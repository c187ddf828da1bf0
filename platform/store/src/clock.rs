//! The one place that reads the system's time.
use alvara_domain::time::UtcTime;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where a transaction gets its instant from.
///
/// Clones share one setting, so a clock that is moved moves for everything opened with it.
/// A moved clock is for demonstrations and tests: history made under it comes out of the
/// ordinary use cases instead of being written into tables by hand.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    System,
    Moved { offset: AtomicI64 },
    Still { at: AtomicI64 },
}

impl Clock {
    /// The machine's own clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Kind::System))
    }

    /// A clock that starts at `start` and runs on from there at the speed of the system's.
    #[must_use]
    pub fn moved_to(start: UtcTime) -> Self {
        Self(Arc::new(Kind::Moved {
            offset: AtomicI64::new(start.micros().saturating_sub(system_micros())),
        }))
    }

    /// A clock that stands still until somebody moves it.
    #[must_use]
    pub fn still_at(instant: UtcTime) -> Self {
        Self(Arc::new(Kind::Still {
            at: AtomicI64::new(instant.micros()),
        }))
    }

    /// Moves a moved or still clock to `instant`. The system's clock stays where it is: `false`.
    #[must_use]
    pub fn set(&self, instant: UtcTime) -> bool {
        match &*self.0 {
            Kind::System => false,
            Kind::Moved { offset } => {
                offset.store(
                    instant.micros().saturating_sub(system_micros()),
                    Ordering::Relaxed,
                );
                true
            }
            Kind::Still { at } => {
                at.store(instant.micros(), Ordering::Relaxed);
                true
            }
        }
    }

    /// The instant it shows. A system clock outside the years 1970 to 9999 shows their edge.
    #[must_use]
    pub fn now(&self) -> UtcTime {
        let micros = match &*self.0 {
            Kind::System => system_micros(),
            Kind::Moved { offset } => {
                system_micros().saturating_add(offset.load(Ordering::Relaxed))
            }
            Kind::Still { at } => at.load(Ordering::Relaxed),
        };
        UtcTime::from_micros(micros).unwrap_or(if micros < 0 {
            UtcTime::MIN
        } else {
            UtcTime::MAX
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one reader of the system's clock"
)]
fn system_micros() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(_) => -1,
    }
}
