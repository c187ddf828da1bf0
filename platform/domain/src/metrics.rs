//! The history of a machine's figures: buckets of time, and how fine ones become coarse ones.
//!
//! A report lies in exactly one bucket of one resolution. Down-sampling moves buckets; it copies
//! nothing. So a history is whatever lies in the buckets at hand, folded to the resolution asked
//! for, and neither a reader nor a job that runs twice can count a report twice.

use crate::machine::Metrics;
use crate::time::UtcTime;

const DAY: i64 = 86_400;

crate::text_enum! {
    /// How long a bucket is.
    pub enum Resolution {
        /// Five minutes.
        FiveMinutes = "m5",
        /// An hour.
        Hour = "h",
        /// A day, from midnight to midnight UTC.
        Day = "d",
    }
}

impl Resolution {
    /// The length of a bucket.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::FiveMinutes => 300,
            Self::Hour => 3600,
            Self::Day => DAY,
        }
    }

    /// How long buckets stay before they are moved to [`Resolution::coarser`], or forgotten.
    #[must_use]
    pub const fn kept_seconds(self) -> i64 {
        match self {
            Self::FiveMinutes => 2 * DAY,
            Self::Hour => 90 * DAY,
            Self::Day => 731 * DAY,
        }
    }

    /// Into what its buckets are moved; `None`: they are forgotten.
    #[must_use]
    pub const fn coarser(self) -> Option<Self> {
        match self {
            Self::FiveMinutes => Some(Self::Hour),
            Self::Hour => Some(Self::Day),
            Self::Day => None,
        }
    }

    /// This resolution and the finer ones: what a history of this resolution is made of.
    #[must_use]
    pub const fn and_finer(self) -> &'static [Self] {
        match self {
            Self::FiveMinutes => &[Self::FiveMinutes],
            Self::Hour => &[Self::FiveMinutes, Self::Hour],
            Self::Day => &[Self::FiveMinutes, Self::Hour, Self::Day],
        }
    }

    /// The start of the bucket that an instant lies in.
    #[must_use]
    pub fn start_of(self, at: UtcTime) -> UtcTime {
        let past = at.micros().rem_euclid(self.seconds() * 1_000_000);
        UtcTime::from_micros(at.micros() - past).unwrap_or(at)
    }
}

/// One figure over a stretch of time, in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spread {
    /// How many reports named it.
    pub count: i64,
    /// Their sum.
    pub sum: i64,
    /// The lowest.
    pub least: Option<i64>,
    /// The highest.
    pub most: Option<i64>,
}

impl Spread {
    /// One report.
    #[must_use]
    pub fn of(value: Option<i64>) -> Self {
        Self {
            count: i64::from(value.is_some()),
            sum: value.unwrap_or(0),
            least: value,
            most: value,
        }
    }

    /// The mean; `None` when nobody named it.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.least = [self.least, other.least].into_iter().flatten().min();
        self.most = self.most.max(other.most);
    }
}

/// What a bucket holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Where it starts.
    pub at: UtcTime,
    /// How many reports.
    pub samples: i64,
    /// Processor.
    pub cpu: Spread,
    /// Memory in use.
    pub memory: Spread,
    /// Disk in use.
    pub disk: Spread,
}

impl Bucket {
    /// The finest bucket, with one report in it; `None` when the report names no figure.
    #[must_use]
    pub fn of(metrics: &Metrics, at: UtcTime) -> Option<Self> {
        if *metrics == Metrics::default() {
            return None;
        }
        Some(Self {
            at: Resolution::FiveMinutes.start_of(at),
            samples: 1,
            cpu: Spread::of(metrics.cpu),
            memory: Spread::of(metrics.memory),
            disk: Spread::of(metrics.disk),
        })
    }

    fn add(&mut self, other: &Self) {
        self.samples += other.samples;
        self.cpu.add(&other.cpu);
        self.memory.add(&other.memory);
        self.disk.add(&other.disk);
    }
}

/// Folds buckets of this or finer resolutions, in any order, into one a period, by time.
#[must_use]
pub fn fold(buckets: impl IntoIterator<Item = Bucket>, to: Resolution) -> Vec<Bucket> {
    let mut folded = std::collections::BTreeMap::<UtcTime, Bucket>::new();
    for bucket in buckets {
        let at = to.start_of(bucket.at);
        folded
            .entry(at)
            .and_modify(|whole| whole.add(&bucket))
            .or_insert(Bucket { at, ..bucket });
    }
    folded.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(at: &str, cpu: Option<i64>) -> Bucket {
        let metrics = Metrics {
            cpu,
            memory: Some(1),
            disk: None,
        };
        Bucket::of(&metrics, at.parse().unwrap()).unwrap()
    }

    // R-LIC-11
    #[test]
    fn buckets_fold_without_losing_or_inventing_anything() {
        let fine = [
            bucket("2027-01-15T10:04:59Z", Some(900)),
            bucket("2027-01-15T09:59:59.999Z", Some(100)),
            bucket("2027-01-15T10:00:00Z", None),
            bucket("2027-01-15T10:55:00Z", Some(400)),
        ];
        assert_eq!(fine[0].at.to_string(), "2027-01-15T10:00:00.000Z");
        let hours = fold(fine, Resolution::Hour);
        assert_eq!(hours.len(), 2);
        assert_eq!(hours[1].samples, 3);
        assert_eq!(
            hours[1].cpu,
            Spread {
                count: 2,
                sum: 1300,
                least: Some(400),
                most: Some(900)
            }
        );
        assert_eq!(hours[1].cpu.mean(), Some(650.0));
        assert_eq!(hours[1].disk.mean(), None);
        // Folding in steps is folding at once.
        assert_eq!(fold(hours, Resolution::Day), fold(fine, Resolution::Day));
        assert!(Bucket::of(&Metrics::default(), UtcTime::MIN).is_none());
    }
}
