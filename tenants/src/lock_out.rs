//! How long a member is locked out after wrong passwords.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use alvara_domain::id::TenantId;
use alvara_domain::time::UtcTime;
use lru::LruCache;

/// Wrong passwords in a row before the first lock-out, and between two.
pub const ATTEMPTS: i64 = 5;
const FIRST_SECONDS: i64 = 15 * 60;
const LONGEST_SECONDS: i64 = 24 * 60 * 60;

/// Until when the `failed`-th wrong password in a row locks out; `None` when it does not yet.
/// Every fifth does: 15 minutes, then 30, then an hour, at most a day.
#[must_use]
pub fn locked_until(failed: i64, now: UtcTime) -> Option<UtcTime> {
    if failed < ATTEMPTS || failed % ATTEMPTS != 0 {
        return None;
    }
    let doublings = u32::try_from(failed / ATTEMPTS - 1).unwrap_or(u32::MAX);
    let seconds = 1i64
        .checked_shl(doublings)
        .and_then(|factor| FIRST_SECONDS.checked_mul(factor))
        .filter(|seconds| (0..LONGEST_SECONDS).contains(seconds))
        .unwrap_or(LONGEST_SECONDS);
    Some(now.saturating_add_seconds(seconds))
}

/// Counts wrong sign-ins for addresses that nobody has, and locks them out on the same schedule.
/// Without it, being locked out would tell that an address exists. It is memory of this instance
/// only, and forgets the least recent: guessing at names is the rate limit's business.
pub(crate) struct Strangers(Mutex<LruCache<(TenantId, String), Tally>>);

#[derive(Default)]
struct Tally {
    failed: i64,
    until: Option<UtcTime>,
}

const KEPT: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();

impl Strangers {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }

    /// Notes one more attempt. Answers until when the address was locked out already.
    pub(crate) fn attempt(
        &self,
        tenant: TenantId,
        address_hash: &str,
        now: UtcTime,
    ) -> Option<UtcTime> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = seen.get_or_insert_mut((tenant, address_hash.to_owned()), Tally::default);
        if let Some(end) = tally.until.filter(|end| *end > now) {
            return Some(end);
        }
        tally.failed += 1;
        tally.until = locked_until(tally.failed, now);
        None
    }
}

#[cfg(test)]
mod tests {
    use alvara_domain::id::{TenantId, Ulid};
    use alvara_domain::time::UtcTime;

    use super::{Strangers, locked_until};

    fn at(seconds: i64) -> UtcTime {
        UtcTime::from_seconds(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn every_fifth_locks_and_the_time_doubles_to_a_day() {
        // R-TEN-07
        let minutes = |failed| locked_until(failed, at(0)).map(|end| at(0).seconds_until(end) / 60);
        for free in [0, 1, 4, 6, 9, 11] {
            assert_eq!(minutes(free), None, "{free}");
        }
        let locked: Vec<_> = [5, 10, 15, 20, 25, 30, 35, 40, 45, 500, i64::MAX - 2]
            .map(minutes)
            .into();
        assert_eq!(
            locked,
            [15, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440, 1440].map(Some)
        );
    }

    #[test]
    fn a_stranger_is_locked_out_like_a_member() {
        let strangers = Strangers::new();
        let tenant = TenantId::from_ulid(Ulid::nil());
        for _ in 0..5 {
            assert_eq!(strangers.attempt(tenant, "a", at(0)), None);
        }
        assert_eq!(strangers.attempt(tenant, "a", at(1)), Some(at(900)));
        assert_eq!(strangers.attempt(tenant, "b", at(1)), None);
        assert_eq!(strangers.attempt(tenant, "a", at(900)), None);
    }
}
