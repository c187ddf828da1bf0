//! Deferred terms: how much may be owed, and what happens to who does not pay in time.

use serde::Serialize;

use crate::id::NodeId;
use crate::money::{Currency, Money};
use crate::time::UtcTime;

/// How much a place and those below it may owe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `credit_limits`, named for what they hold"
)]
pub struct CreditLimit {
    pub node_id: NodeId,
    pub currency: Currency,
    /// The most that may be owed at once.
    pub limit_minor: i64,
    /// What is owed now; never above the limit when something is added to it.
    pub used_minor: i64,
    /// After how many days an order is due.
    pub days: u32,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises when limit or days are changed; the ETag.
    pub version: i64,
}

impl CreditLimit {
    /// How much more may be owed; less than nothing when the limit was lowered below what is.
    #[must_use]
    pub const fn left(&self) -> i64 {
        self.limit_minor - self.used_minor
    }

    /// Whether an order fits.
    #[must_use]
    pub fn allows(&self, amount: Money) -> bool {
        amount.currency == self.currency && amount.amount_minor <= self.left()
    }
}

crate::text_enum! {
    /// How far an overdue order is narrowed. Each step keeps what the ones before did.
    #[derive(Default)]
    pub enum Step {
        /// Not at all.
        #[default]
        None = "none",
        /// The customer, and who looks after it, were told.
        Told = "told",
        /// Nothing more is given on deferred terms to who owes it.
        Blocked = "blocked",
        /// What was given cannot be used until it is paid.
        Suspended = "suspended",
        /// What was given was taken back, and nothing is owed.
        Withdrawn = "withdrawn",
    }
}

/// From which day after the due date each step holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ladder {
    /// Tell.
    pub tell: i64,
    /// Give nothing more.
    pub block: i64,
    /// Suspend.
    pub suspend: i64,
    /// Take back.
    pub withdraw: i64,
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            tell: 0,
            block: 1,
            suspend: 7,
            withdraw: 30,
        }
    }
}

impl Ladder {
    /// How far an order that was due then is narrowed now. Days are whole times of 24 hours.
    #[must_use]
    pub fn step(&self, due: UtcTime, now: UtcTime) -> Step {
        if now < due {
            return Step::None;
        }
        let days = (now.micros() - due.micros()) / 86_400_000_000;
        if days >= self.withdraw {
            Step::Withdrawn
        } else if days >= self.suspend {
            Step::Suspended
        } else if days >= self.block {
            Step::Blocked
        } else if days >= self.tell {
            Step::Told
        } else {
            Step::None
        }
    }

    /// When the next step after this one comes; `None` after the last.
    #[must_use]
    pub fn next_at(&self, due: UtcTime, step: Step) -> Option<UtcTime> {
        let days = match step {
            Step::None => self.tell,
            Step::Told => self.block,
            Step::Blocked => self.suspend,
            Step::Suspended => self.withdraw,
            Step::Withdrawn => return None,
        };
        Some(due.saturating_add_seconds(days.saturating_mul(86_400)))
    }
}
