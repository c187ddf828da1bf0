//! How a license stands, as a value that a program can show.

use std::collections::BTreeMap;

use alvara_domain::terms::LicenseKind;
use alvara_domain::verdict::Access;
use serde_json::Value;

use crate::messages::sentence;

alvara_domain::text_enum! {
    /// How a license stands; the texts are stable.
    pub enum Status {
        /// Nothing stands in the way.
        Ok = "OK",
        /// It ends within the days that its terms warn.
        Expiring = "EXPIRING",
        /// A check is missed, or the license has ended and its grace runs.
        Grace = "GRACE",
        /// It is over.
        Expired = "EXPIRED",
        /// Without contact for too long; one contact sets it right.
        CheckOverdue = "CHECK_OVERDUE",
        /// Somebody suspended it, or whoever holds or sold it.
        Suspended = "SUSPENDED",
        /// It was revoked.
        Revoked = "REVOKED",
        /// This machine is blocked.
        Blocked = "BLOCKED",
        /// Another machine, or a file copied from one.
        DeviceMismatch = "DEVICE_MISMATCH",
        /// There is nothing here yet, or no longer.
        NotActivated = "NOT_ACTIVATED",
        /// The clock is behind what was seen.
        ClockTampered = "CLOCK_TAMPERED",
        /// What was kept was changed, or is older than what was seen.
        Tampered = "TAMPERED",
        /// What was kept is there, and the system does not let it be read.
        Unreadable = "UNREADABLE",
        /// The license is for later versions.
        NeedsUpdate = "NEEDS_UPDATE",
        /// A floating license, and no seat is held.
        NoSeat = "NO_SEAT",
        /// Anything else; the code says what.
        Refused = "REFUSED",
    }
}

impl Status {
    /// The status of a verdict's code or one of this library.
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "EXPIRED" => Self::Expired,
            "LEASE_EXPIRED" | "CHECK_OVERDUE" => Self::CheckOverdue,
            "SUSPENDED" | "CUSTOMER_SUSPENDED" | "TENANT_SUSPENDED" | "PAYMENT_OVERDUE" => {
                Self::Suspended
            }
            "REVOKED" => Self::Revoked,
            "MACHINE_BLOCKED" => Self::Blocked,
            "FINGERPRINT_MISMATCH" | "STORE_COPIED" => Self::DeviceMismatch,
            "MACHINE_UNKNOWN" | "NOT_ACTIVATED" => Self::NotActivated,
            "CLOCK_ROLLBACK" => Self::ClockTampered,
            "STORE_ROLLBACK" | "STORE_DAMAGED" | "TOKEN_FORGED" => Self::Tampered,
            "STORE_UNREADABLE" => Self::Unreadable,
            "NO_SEAT" => Self::NoSeat,
            _ => Self::Refused,
        }
    }
}

/// A floating seat. Instants are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Its id.
    pub id: String,
    /// Until when it is held.
    pub until: i64,
    /// Until when it is borrowed.
    pub borrowed_until: Option<i64>,
}

/// How a license stands. Whether the program may go on says `valid` alone. Instants are seconds
/// since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// For showing.
    pub status: Status,
    /// The code of the verdict behind it, such as `VALID` or `LEASE_EXPIRED`.
    pub code: String,
    /// Whether the program may go on.
    pub valid: bool,
    /// How far.
    pub access: Access,
    /// Days until the expiry, rounded up; `None` when it does not expire or there is no license.
    pub days_left: Option<i64>,
    /// Until when a grace runs.
    pub grace_ends_at: Option<i64>,
    /// When the platform wants to be called.
    pub next_check_at: Option<i64>,
    /// The license's id.
    pub license: Option<String>,
    /// The machine's id.
    pub machine: Option<String>,
    /// Kind of license.
    pub kind: Option<LicenseKind>,
    /// When it expires.
    pub expires_at: Option<i64>,
    /// The unlocked modules with what comes with each.
    pub modules: BTreeMap<String, Option<String>>,
    /// The floating seat.
    pub seat: Option<Seat>,
    /// What differed, as the platform says it.
    pub because: Option<Value>,
    /// The code of what the last call could not do, such as `NO_CONNECTION` or `MACHINE_LIMIT`.
    pub error: Option<String>,
    /// The platform's sentence about that.
    pub error_detail: Option<String>,
    /// When it makes sense to try again.
    pub retry_at: Option<i64>,
}

impl State {
    /// Where there is nothing to judge.
    pub(crate) fn none(code: &str) -> Self {
        Self {
            status: Status::of(code),
            code: code.to_owned(),
            valid: false,
            access: Access::None,
            days_left: None,
            grace_ends_at: None,
            next_check_at: None,
            license: None,
            machine: None,
            kind: None,
            expires_at: None,
            modules: BTreeMap::new(),
            seat: None,
            because: None,
            error: None,
            error_detail: None,
            retry_at: None,
        }
    }

    /// The same where something stands in the way.
    pub(crate) fn stopped(self, code: &str, because: Option<Value>) -> Self {
        Self {
            status: Status::of(code),
            code: code.to_owned(),
            valid: false,
            access: Access::None,
            because,
            ..self
        }
    }

    /// The same after a call that could not do what it should.
    pub(crate) fn failed(mut self, error: &str) -> Self {
        self.error = Some(error.to_owned());
        self
    }

    /// A sentence for the person at the screen, in `en`, `es`, `it` or `pt-BR`.
    #[must_use]
    pub fn message(&self, locale: &str) -> String {
        let days = self.days_left.unwrap_or_default().to_string();
        sentence(self.status, locale).replace("{days}", &days)
    }
}
