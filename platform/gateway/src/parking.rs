//! When a plugin that keeps failing is put aside.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use alvara_domain::time::UtcTime;

use crate::digest::Digest;

/// The rule: a plugin that fails so often within so long is parked for the tenant. The faults of
/// providers and our own do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parking {
    /// How many faults park it; 0 never does.
    pub faults: u32,
    /// Within how many seconds.
    pub within_seconds: i64,
}

impl Default for Parking {
    /// Five faults in ten minutes.
    fn default() -> Self {
        Self {
            faults: 5,
            within_seconds: 600,
        }
    }
}

impl Parking {
    /// Whether faults at these instants park a plugin now. Their order does not matter; what lies
    /// after `now` counts too, so that a clock that was set back hides nothing.
    #[must_use]
    pub fn parks(self, faults: &[UtcTime], now: UtcTime) -> bool {
        let since = now.saturating_add_seconds(-self.within_seconds);
        let recent = faults.iter().filter(|at| **at > since).count();
        self.faults > 0 && recent >= self.faults as usize
    }
}

/// The latest faults of each plugin with each payment account, in this process.
#[derive(Debug, Default)]
pub struct FaultCounts(Mutex<HashMap<(Digest, String), Vec<UtcTime>>>);

/// As many as any rule looks at.
const REMEMBERED: usize = 64;

impl FaultCounts {
    /// Notes a fault. Returns the instants of the latest ones, this one last.
    pub fn note(&self, plugin: Digest, account: &str, at: UtcTime) -> Vec<UtcTime> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let faults = counts.entry((plugin, account.to_owned())).or_default();
        faults.push(at);
        if faults.len() > REMEMBERED {
            faults.remove(0);
        }
        faults.clone()
    }

    /// The instants of the latest faults.
    #[must_use]
    pub fn of(&self, plugin: Digest, account: &str) -> Vec<UtcTime> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .get(&(plugin, account.to_owned()))
            .cloned()
            .unwrap_or_default()
    }

    /// Forgets them, when the plugin is taken back from parking.
    pub fn forgive(&self, plugin: Digest, account: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(&(plugin, account.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UtcTime {
        UtcTime::from_seconds(seconds).expect("in range")
    }

    // R-PAY-03
    #[test]
    fn so_many_faults_in_so_long_park_a_plugin() {
        let rule = Parking {
            faults: 3,
            within_seconds: 60,
        };
        let cases: [(&[i64], bool); 6] = [
            (&[], false),
            (&[990, 995], false),
            (&[990, 995, 1000], true),
            (&[941, 970, 1000], true),
            (&[940, 970, 1000], false),
            (&[990, 995, 2000], true),
        ];
        for (faults, parked) in cases {
            let faults: Vec<_> = faults.iter().map(|seconds| at(*seconds)).collect();
            assert_eq!(rule.parks(&faults, at(1000)), parked, "{faults:?}");
        }
        let never = Parking { faults: 0, ..rule };
        assert!(!never.parks(&[at(1000); 9], at(1000)));
    }

    // R-PAY-03
    #[test]
    fn faults_are_counted_for_each_account_alone() {
        let counts = FaultCounts::default();
        let plugin = Digest::of(b"plugin");
        for second in 0..100 {
            counts.note(plugin, "pac_1", at(second));
        }
        assert_eq!(counts.of(plugin, "pac_1").len(), 64);
        assert_eq!(counts.of(plugin, "pac_1").last(), Some(&at(99)));
        assert_eq!(counts.of(plugin, "pac_2"), []);
        assert_eq!(counts.of(Digest::of(b"another"), "pac_1"), []);
        counts.forgive(plugin, "pac_1");
        assert_eq!(counts.of(plugin, "pac_1"), []);
    }
}
