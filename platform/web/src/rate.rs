//! How often somebody may ask.
//!
//! There is one bucket for each address, and further ones for what was *verified*: a credential
//! that authenticated, a machine whose token holds, an activation key whose check symbols hold. A
//! bucket is never named by a text that a stranger can vary at will, since that would be a way
//! around the limit and a way to fill our memory.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use alvara_render::Args;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::problem::{Kind, Problem};

/// An allowance: so many a minute on average, so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests a minute that go on for ever.
    pub per_minute: NonZeroU32,
    /// Requests that may come at once after a pause.
    pub burst: NonZeroU32,
}

/// The allowances of each kind of bucket; `None` does not limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct RateConfig {
    /// For each client address (an IPv6 client is its /64).
    pub address: Option<Allowance>,
    /// For each activation key.
    pub activation_key: Option<Allowance>,
    /// For each machine.
    pub machine: Option<Allowance>,
    /// For each API key or member.
    pub credential: Option<Allowance>,
}

/// What a bucket holds after a request, for the headers of the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    limit: u32,
    remaining: u32,
    reset: u64,
}

impl Level {
    /// The scarcer of two buckets is the one to tell the client about.
    pub(crate) fn scarcer(self, other: Self) -> Self {
        if other.remaining < self.remaining {
            other
        } else {
            self
        }
    }

    /// `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds until full).
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let fields = [
            ("ratelimit-limit", u64::from(self.limit)),
            ("ratelimit-remaining", u64::from(self.remaining)),
            ("ratelimit-reset", self.reset),
        ];
        for (name, value) in fields {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

struct Bucket<K: Clone + Hash + Eq> {
    limiter: Limiter<K>,
    allowance: Allowance,
}

impl<K: Clone + Hash + Eq> Bucket<K> {
    fn new(allowance: Allowance) -> Self {
        let quota = Quota::per_minute(allowance.per_minute).allow_burst(allowance.burst);
        let limiter = RateLimiter::dashmap(quota).with_middleware();
        Self { limiter, allowance }
    }

    fn take(&self, key: &K) -> Result<Level, (Level, u64)> {
        let interval = 60.0 / f64::from(self.allowance.per_minute.get());
        let limit = self.allowance.burst.get();
        match self.limiter.check_key(key) {
            Ok(snapshot) => {
                let remaining = snapshot.remaining_burst_capacity();
                let missing = f64::from(limit.saturating_sub(remaining));
                let reset = whole_seconds(Duration::from_secs_f64(missing * interval));
                Ok(Level {
                    limit,
                    remaining,
                    reset,
                })
            }
            Err(refusal) => {
                let wait = refusal.wait_time_from(DefaultClock::default().now());
                let seconds = whole_seconds(wait).max(1);
                let reset = whole_seconds(Duration::from_secs_f64(f64::from(limit) * interval));
                Err((
                    Level {
                        limit,
                        remaining: 0,
                        reset,
                    },
                    seconds,
                ))
            }
        }
    }

    /// Forgets buckets that are full again, so that memory follows the clients of the last minutes.
    fn forget(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Every bucket of the process. Instances behind a balancer count for themselves.
pub(crate) struct Rates {
    address: Option<Bucket<IpAddr>>,
    activation_key: Option<Bucket<String>>,
    machine: Option<Bucket<String>>,
    credential: Option<Bucket<String>>,
}

impl Rates {
    /// Empty buckets of these sizes.
    pub(crate) fn new(config: &RateConfig) -> Self {
        Self {
            address: config.address.map(Bucket::new),
            activation_key: config.activation_key.map(Bucket::new),
            machine: config.machine.map(Bucket::new),
            credential: config.credential.map(Bucket::new),
        }
    }

    /// Takes one from the bucket of an address.
    pub(crate) fn address(&self, address: IpAddr) -> Taken {
        Taken::of(self.address.as_ref(), &client(address))
    }

    /// Takes one from the bucket of an activation key, by its lookup hash.
    pub(crate) fn activation_key(&self, lookup: &str) -> Taken {
        Taken::of(self.activation_key.as_ref(), &lookup.to_owned())
    }

    /// Takes one from the bucket of a machine.
    pub(crate) fn machine(&self, id: &str) -> Taken {
        Taken::of(self.machine.as_ref(), &id.to_owned())
    }

    /// Takes one from the bucket of an API key or a member.
    pub(crate) fn credential(&self, id: &str) -> Taken {
        Taken::of(self.credential.as_ref(), &id.to_owned())
    }

    /// Gives back the memory of buckets that are full. Call it every minute or so.
    pub(crate) fn forget(&self) {
        self.address.as_ref().inspect(|bucket| bucket.forget());
        for bucket in [&self.activation_key, &self.machine, &self.credential] {
            bucket.as_ref().inspect(|bucket| bucket.forget());
        }
    }
}

/// What came of taking one: the level for the headers, and the problem when the bucket was empty.
pub(crate) struct Taken {
    pub(crate) level: Option<Level>,
    pub(crate) refused: Option<Problem>,
}

impl Taken {
    fn of<K: Clone + Hash + Eq>(bucket: Option<&Bucket<K>>, key: &K) -> Self {
        let Some(bucket) = bucket else {
            return Self {
                level: None,
                refused: None,
            };
        };
        match bucket.take(key) {
            Ok(level) => Self {
                level: Some(level),
                refused: None,
            },
            Err((level, seconds)) => {
                let count = i64::try_from(seconds).unwrap_or(i64::MAX);
                let problem = Problem::new(Kind::TooManyRequests)
                    .with_args(Args::new().number("seconds", count))
                    .with_retry_after(seconds);
                Self {
                    level: Some(level),
                    refused: Some(problem),
                }
            }
        }
    }
}

/// An IPv6 client commands a whole /64; it is one client.
fn client(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(per_minute: u32, burst: u32) -> Rates {
        let allowance = Allowance {
            per_minute: NonZeroU32::new(per_minute).unwrap(),
            burst: NonZeroU32::new(burst).unwrap(),
        };
        Rates::new(&RateConfig {
            address: Some(allowance),
            ..RateConfig::default()
        })
    }

    #[test]
    fn a_bucket_empties_and_says_when_to_return() {
        let rates = rates(6, 3);
        let here: IpAddr = "192.0.2.1".parse().unwrap();
        let left: Vec<u32> = (0..3)
            .map(|_| rates.address(here).level.unwrap().remaining)
            .collect();
        assert_eq!(left, [2, 1, 0]);
        let fourth = rates.address(here);
        assert_eq!(fourth.refused.unwrap().kind(), Kind::TooManyRequests);
        assert!(
            rates
                .address("192.0.2.2".parse().unwrap())
                .refused
                .is_none()
        );
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let rates = rates(6, 1);
        assert!(
            rates
                .address("2001:db8::1".parse().unwrap())
                .refused
                .is_none()
        );
        assert!(
            rates
                .address("2001:db8::2".parse().unwrap())
                .refused
                .is_some()
        );
        assert!(
            rates
                .address("2001:db8:0:1::1".parse().unwrap())
                .refused
                .is_none()
        );
    }

    #[test]
    fn without_an_allowance_nothing_is_counted() {
        let rates = Rates::new(&RateConfig::default());
        assert!(rates.machine("mac_1").level.is_none());
    }
}
