//! Files of a bank that say what became of titles, what was made of their lines, and files that tell
//! the bank of titles.

use serde::Serialize;

use super::report::PaymentEvent;
use crate::id::{ChargeId, PaymentAccountId, RemittanceId, ReturnFileId};
use crate::time::UtcTime;

crate::text_enum! {
    /// What was made of a line.
    pub enum LineOutcome {
        /// Nothing yet.
        Waiting = "waiting",
        /// A charge changed.
        Applied = "applied",
        /// It told nothing new.
        Same = "same",
        /// The provider is asked how things stand.
        AskAgain = "ask_again",
        /// It is not believed; a person must look.
        Quarantined = "quarantined",
        /// It names a title that nobody here knows.
        Unknown = "unknown",
        /// It moves no charge, or in a way that is not known here, or tells of another payment of
        /// what is paid: people read what it says.
        Noted = "noted",
    }
}

impl LineOutcome {
    /// Whether the line is looked at when its file is sent again: it was not yet, or named a title
    /// that may be known by then.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Unknown)
    }
}

/// A file, stored whole and once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReturnFile {
    /// Its id.
    pub id: ReturnFileId,
    /// By which account's settings it was read.
    pub account_id: PaymentAccountId,
    /// SHA-256 of its bytes, 64 small hex digits.
    pub digest: String,
    /// How long it is.
    pub size_bytes: i64,
    /// The version of the account's plugin that read it.
    pub plugin_version: String,
    /// Who brought it.
    pub received_by: String,
    /// When.
    pub received_at: UtcTime,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnLine {
    /// From 1, in the order of the file.
    pub position: i64,
    /// What it says.
    pub event: PaymentEvent,
    /// What was made of it.
    pub outcome: LineOutcome,
    /// Of which charge it speaks.
    pub charge_id: Option<ChargeId>,
}

/// A file that tells a bank of titles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remittance {
    /// Its id.
    pub id: RemittanceId,
    /// Of which account.
    pub account_id: PaymentAccountId,
    /// Rises by one with each file of the account.
    pub sequence: i64,
    /// As the bank wants it called; `None` until it is written.
    pub name: Option<String>,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: UtcTime,
}

/// How many lines of a file came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "one count for each outcome")]
pub struct Tally {
    pub lines: u32,
    pub waiting: u32,
    pub applied: u32,
    pub same: u32,
    pub asked: u32,
    pub quarantined: u32,
    pub unknown: u32,
    pub noted: u32,
}

impl Tally {
    /// Counts outcomes, each with how many lines came to it.
    #[must_use]
    pub fn of(outcomes: impl IntoIterator<Item = (LineOutcome, u32)>) -> Self {
        let mut tally = Self::default();
        for (outcome, count) in outcomes {
            tally.lines += count;
            *match outcome {
                LineOutcome::Waiting => &mut tally.waiting,
                LineOutcome::Applied => &mut tally.applied,
                LineOutcome::Same => &mut tally.same,
                LineOutcome::AskAgain => &mut tally.asked,
                LineOutcome::Quarantined => &mut tally.quarantined,
                LineOutcome::Unknown => &mut tally.unknown,
                LineOutcome::Noted => &mut tally.noted,
            } += count;
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-12
    #[test]
    fn every_line_is_counted_once() {
        let counted = LineOutcome::ALL.iter().zip(1_u32..);
        let tally = Tally::of(counted.map(|(outcome, count)| (*outcome, count)));
        assert_eq!(
            tally,
            Tally {
                lines: 28,
                waiting: 1,
                applied: 2,
                same: 3,
                asked: 4,
                quarantined: 5,
                unknown: 6,
                noted: 7,
            }
        );
        let open: Vec<_> = LineOutcome::ALL
            .iter()
            .filter(|one| one.is_open())
            .collect();
        assert_eq!(open, [&LineOutcome::Waiting, &LineOutcome::Unknown]);
        assert_eq!(Tally::of([]), Tally::default());
    }
}
