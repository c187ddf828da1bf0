//! Machines that run under a license.

use serde::{Deserialize, Serialize};

use crate::fault::{FaultCode, FieldFault};
use crate::fingerprint::{Components, Fingerprint, Identity};
use crate::id::{LicenseId, MachineId, TenantId};
use crate::time::UtcTime;

crate::text_enum! {
    /// Whether a machine may run.
    pub enum MachineState {
        /// Yes; it holds a seat.
        Active = "active",
        /// No, by somebody's decision; it holds its seat so that nobody else slips in.
        Blocked = "blocked",
        /// No longer; its seat is free. Activating again makes it active.
        Deactivated = "deactivated",
        /// Not yet: its seat is kept for it, and activating with its fingerprint makes it active.
        Reserved = "reserved",
    }
}

impl MachineState {
    /// Whether the state may change so. A blocked machine is deactivated only by unblocking it or
    /// from the portal: the program cannot shed the block by deactivating and activating itself.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Active, Self::Blocked | Self::Deactivated)
                | (Self::Blocked, Self::Active)
                | (Self::Deactivated, Self::Active)
                | (Self::Reserved, Self::Active | Self::Deactivated)
        )
    }

    /// Whether a machine in this state takes one of the license's seats.
    #[must_use]
    pub const fn holds_seat(self) -> bool {
        !matches!(self, Self::Deactivated)
    }
}

crate::text_enum! {
    /// Through which door a machine arrived. Calls that name only a machine find it again through
    /// the same door.
    pub enum ArrivedBy {
        /// The tenant's own host name.
        TenantHost = "tenant_host",
        /// The installation's shared host name.
        SharedHost = "shared_host",
        /// The tenant's own host name, in the Portuguese protocol.
        TenantPortuguese = "tenant_portuguese",
        /// The installation's shared host name, in the Portuguese protocol.
        SharedPortuguese = "shared_portuguese",
    }
}

impl ArrivedBy {
    /// Those by which nobody says whose program it is.
    pub const SHARED: [Self; 2] = [Self::SharedHost, Self::SharedPortuguese];

    /// The same door, by a program that speaks the Portuguese protocol: such a one knows nothing but
    /// its fingerprint at first, and learns its token from the answer.
    #[must_use]
    pub const fn in_portuguese(self) -> Self {
        match self {
            Self::TenantHost | Self::TenantPortuguese => Self::TenantPortuguese,
            Self::SharedHost | Self::SharedPortuguese => Self::SharedPortuguese,
        }
    }

    /// Whether its program speaks the Portuguese protocol.
    #[must_use]
    pub const fn is_portuguese(self) -> bool {
        matches!(self, Self::TenantPortuguese | Self::SharedPortuguese)
    }
}

/// A machine that runs, or ran, under a license. One row for each fingerprint and license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `machines`, named for what they hold"
)]
pub struct Machine {
    pub tenant_id: TenantId,
    pub id: MachineId,
    pub license_id: LicenseId,
    pub fingerprint: Fingerprint,
    pub components: Components,
    pub name: String,
    pub platform: String,
    pub app_version: String,
    pub user_name: Option<String>,
    /// Where it says to stand.
    pub site: Option<String>,
    pub state: MachineState,
    pub state_reason: Option<String>,
    pub arrived_by: ArrivedBy,
    /// SHA-256 of the machine token, hex.
    #[serde(skip)]
    pub token_hash: String,
    pub activated_at: UtcTime,
    pub deactivated_at: Option<UtcTime>,
    pub last_seen_at: UtcTime,
    /// When it must have called again.
    pub lease_until: UtcTime,
    /// When its next call is due; silent beyond it, it counts as offline.
    pub online_until: UtcTime,
    /// Number of its newest computer key; rises with each.
    pub computer_key_seq: i64,
    /// The license's revision that the newest computer key shows; behind it, a new one is due.
    pub license_revision: i64,
    /// Id of the key that signed it. Once another signs, a new computer key is due, so that no
    /// machine is left with a signature by a key that is no longer published.
    pub computer_key_kid: String,
    /// Number of the newest computer key that the machine itself has shown; `None` until it did.
    pub computer_key_held: Option<i64>,
    pub metrics: Metrics,
    pub source_address: String,
    /// Since when it looks as if another machine shared its identity.
    pub clone_suspected_at: Option<UtcTime>,
    /// Why it looks so.
    pub clone_reason: Option<String>,
    /// Rises with every change; the ETag.
    pub version: i64,
}

impl Machine {
    /// Its fingerprint and components, for comparing.
    #[must_use]
    pub fn identity(&self) -> Identity<'_> {
        Identity {
            fingerprint: &self.fingerprint,
            components: &self.components,
        }
    }

    /// Whether it called in time, as of `now`.
    #[must_use]
    pub fn is_online(&self, now: UtcTime) -> bool {
        self.state == MachineState::Active && now <= self.online_until
    }
}

/// How busy a machine is, in hundredths of a percent (0 to 10 000), as last reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metrics {
    /// Processor.
    pub cpu: Option<i64>,
    /// Memory in use.
    pub memory: Option<i64>,
    /// Disk in use.
    pub disk: Option<i64>,
}

/// What a heartbeat may report, in percent as programs write it (12.5).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MachineReport {
    /// Processor, 0 to 100.
    pub cpu_percent: Option<f64>,
    /// Memory in use, 0 to 100.
    pub memory_percent: Option<f64>,
    /// Disk in use, 0 to 100.
    pub disk_percent: Option<f64>,
}

impl MachineReport {
    /// The report in hundredths, as it is stored.
    ///
    /// # Errors
    /// A fault for each figure outside 0 to 100; pointers start at the report.
    pub fn metrics(&self) -> Result<Metrics, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut hundredths = |pointer: &str, percent: Option<f64>| {
            let percent = percent?;
            if (0.0..=100.0).contains(&percent) {
                // In 0 to 10 000 by the check above, so the cast keeps everything.
                Some((percent * 100.0).round() as i64)
            } else {
                faults.push(FieldFault::new(
                    pointer,
                    FaultCode::OutOfRange,
                    "a percentage is 0 to 100",
                ));
                None
            }
        };
        let metrics = Metrics {
            cpu: hundredths("/cpu_percent", self.cpu_percent),
            memory: hundredths("/memory_percent", self.memory_percent),
            disk: hundredths("/disk_percent", self.disk_percent),
        };
        if faults.is_empty() {
            Ok(metrics)
        } else {
            Err(faults)
        }
    }
}

impl From<Metrics> for MachineReport {
    fn from(metrics: Metrics) -> Self {
        let percent = |hundredths: Option<i64>| hundredths.map(|value| value as f64 / 100.0);
        Self {
            cpu_percent: percent(metrics.cpu),
            memory_percent: percent(metrics.memory),
            disk_percent: percent(metrics.disk),
        }
    }
}
