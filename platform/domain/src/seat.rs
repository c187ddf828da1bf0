//! Floating seats: so many may run at once, and who stops giving signs of life makes room.

use serde::Serialize;

use crate::id::{LicenseId, MachineId, SeatId, TenantId};
use crate::terms::Terms;
use crate::time::UtcTime;

crate::text_enum! {
    /// Whether a seat is taken.
    pub enum SeatState {
        /// It is.
        Held = "held",
        /// Its holder gave it back, or its machine left the license.
        Returned = "returned",
        /// Nobody kept it, and somebody else needed it or it was swept up.
        Reclaimed = "reclaimed",
        /// A member took it back.
        Released = "released",
    }
}

/// A floating seat that a program took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `seats`, named for what they hold"
)]
pub struct Seat {
    pub tenant_id: TenantId,
    pub id: SeatId,
    pub license_id: LicenseId,
    pub machine_id: MachineId,
    /// Which of the programs on the machine; empty when there is but one.
    pub instance: String,
    pub user_name: Option<String>,
    pub state: SeatState,
    pub taken_at: UtcTime,
    /// When its holder was last heard of.
    pub kept_at: UtcTime,
    /// Until when it is held; beyond it anybody may take it.
    pub lease_until: UtcTime,
    /// Until when it is borrowed, and needs no sign of life.
    pub borrowed_until: Option<UtcTime>,
    pub ended_at: Option<UtcTime>,
}

impl Seat {
    /// Whether its holder may go on as of `now`.
    #[must_use]
    pub fn is_live(&self, now: UtcTime) -> bool {
        self.state == SeatState::Held && now <= self.lease_until
    }

    /// The seat after a sign of life at `now`. `borrow_for`, in seconds, borrows it anew; without
    /// it what was borrowed stays borrowed. The lease never ends before the borrowing does.
    #[must_use]
    pub fn kept(mut self, terms: &Terms, borrow_for: Option<u32>, now: UtcTime) -> Self {
        let borrowed = match borrow_for {
            Some(seconds) => Some(now.saturating_add_seconds(i64::from(seconds))),
            None => self.borrowed_until.filter(|until| *until > now),
        };
        let lease = now.saturating_add_seconds(i64::from(terms.seat_lease_seconds));
        self.kept_at = now;
        self.borrowed_until = borrowed;
        self.lease_until = borrowed.map_or(lease, |until| until.max(lease));
        self
    }

    /// When its holder should give the next sign of life: half-way through the lease, so that one
    /// that gets lost costs nothing.
    #[must_use]
    pub fn next_keep_at(terms: &Terms, now: UtcTime) -> UtcTime {
        now.saturating_add_seconds(i64::from(terms.seat_lease_seconds / 2))
    }
}

/// Somebody whom a license names as its user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `license_users`, named for what they hold"
)]
pub struct LicenseUser {
    pub license_id: LicenseId,
    /// As it was first said.
    pub name: String,
    pub added_at: UtcTime,
    pub added_by: String,
}

/// By which a user is known again: without regard to case and to blanks around.
#[must_use]
pub fn user_key(said: &str) -> String {
    said.trim().to_lowercase()
}
