//! Customers: who holds licenses, how they stand, and by what they are known.

use serde::Serialize;

use crate::id::{ContactId, NodeId, SiteId, TenantId};
use crate::payment::ask::PostalAddress;
use crate::tax_id::TaxId;
use crate::time::UtcTime;

crate::text_enum! {
    /// Who it is before the law.
    pub enum PersonKind {
        /// A human being.
        Person = "person",
        /// A company or another body.
        Company = "company",
    }
}

crate::text_enum! {
    /// How a customer stands.
    pub enum CustomerStatus {
        /// Registered, and waits for somebody to validate it: its licenses are born pending.
        Pending = "pending",
        /// May use what it has.
        Validated = "validated",
        /// May use nothing until somebody reinstates it.
        Suspended = "suspended",
        /// May use nothing, for cause.
        Blocked = "blocked",
        /// Is a customer no longer.
        Cancelled = "cancelled",
    }
}

impl CustomerStatus {
    /// Whether the status may change so. Nothing comes back from cancelled; lifting a suspension
    /// leads back to what was, so a customer that nobody validated is pending again.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (
                Self::Pending,
                Self::Validated | Self::Suspended | Self::Blocked | Self::Cancelled
            ) | (
                Self::Validated,
                Self::Suspended | Self::Blocked | Self::Cancelled
            ) | (
                Self::Suspended,
                Self::Pending | Self::Validated | Self::Blocked | Self::Cancelled
            ) | (
                Self::Blocked,
                Self::Pending | Self::Validated | Self::Cancelled
            )
        )
    }

    /// Whether its place in the tree is closed with it: nobody there signs in, no license is valid.
    #[must_use]
    pub const fn closes_place(self) -> bool {
        matches!(self, Self::Suspended | Self::Blocked | Self::Cancelled)
    }
}

crate::text_enum! {
    /// What a customer is worth to who sells.
    pub enum CustomerTier {
        /// Pays nothing.
        Free = "free",
        /// The first step.
        Basic = "basic",
        /// The second.
        Pro = "pro",
        /// The highest.
        Enterprise = "enterprise",
    }
}

/// A customer. Name, e-mail address and place are those of its node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `customers`, named for what they hold"
)]
pub struct Customer {
    pub tenant_id: TenantId,
    /// Its place in the tree, of kind customer.
    pub node_id: NodeId,
    pub person: PersonKind,
    /// As the law knows it; empty when it is the node's name.
    pub legal_name: String,
    pub tax_id: Option<TaxId>,
    pub phone: String,
    /// Where bills go to, and what a boleto names.
    pub postal_address: Option<PostalAddress>,
    pub status: CustomerStatus,
    /// Why it stands so, for people.
    pub status_reason: Option<String>,
    pub tier: CustomerTier,
    /// Whether it works at several sites.
    pub multi_site: bool,
    /// Whether several of its people use what it has.
    pub multi_user: bool,
    pub notes: String,
    /// The address it registered with, if it registered itself.
    pub registered_email: Option<String>,
    /// A keyed hash of that address; one customer for each.
    #[serde(skip)]
    pub registration_ref: Option<String>,
    /// Since when it is validated; stays while it is suspended.
    pub validated_at: Option<UtcTime>,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

impl Customer {
    /// What it is again once nothing stands against it.
    #[must_use]
    pub const fn resting_status(&self) -> CustomerStatus {
        match self.validated_at {
            Some(_) => CustomerStatus::Validated,
            None => CustomerStatus::Pending,
        }
    }
}

/// Somebody at a customer whom one may call or write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `contacts`, named for what they hold"
)]
pub struct Contact {
    pub tenant_id: TenantId,
    pub id: ContactId,
    /// The customer.
    pub node_id: NodeId,
    pub name: String,
    pub email: Option<String>,
    pub phone: String,
    /// For what one asks them, such as billing; free text.
    pub purpose: String,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

/// One of a customer's premises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `sites`, named for what they hold"
)]
pub struct Site {
    pub tenant_id: TenantId,
    pub id: SiteId,
    /// The customer.
    pub node_id: NodeId,
    /// Unique at the customer; what a license may be bound to.
    pub name: String,
    pub address: String,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}
