//! Identifiers: ULIDs with a prefix that says what they name.
//!
//! Only the canonical upper-case form is read back. A database compares ids byte by byte, so a
//! second spelling of one id would be a second, missing row.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
pub use ulid::Ulid;

/// Why a text is not the id that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdError {
    /// The prefix is missing or belongs to another kind of thing.
    #[error("an id starting with {expected}_ is expected")]
    Prefix {
        /// The prefix, without the underscore.
        expected: &'static str,
    },
    /// What follows the prefix is not a canonical ULID of 26 characters.
    #[error("the part after the prefix is not a ULID")]
    Ulid,
}

/// What all ids have in common, so that one place can make them: `tx.new_id::<LicenseId>()`.
pub trait Id: Copy + Ord + fmt::Display + FromStr<Err = IdError> + Send + Sync + 'static {
    /// The prefix without its underscore, three letters.
    const PREFIX: &'static str;

    /// Wraps a ULID.
    fn from_ulid(ulid: Ulid) -> Self;

    /// The ULID inside.
    fn ulid(self) -> Ulid;
}

fn parse(expected: &'static str, text: &str) -> Result<Ulid, IdError> {
    let bare = text
        .strip_prefix(expected)
        .and_then(|rest| rest.strip_prefix('_'))
        .ok_or(IdError::Prefix { expected })?;
    parse_bare(bare)
}

/// Reads a canonical ULID without prefix.
pub(crate) fn parse_bare(bare: &str) -> Result<Ulid, IdError> {
    let ulid = Ulid::from_string(bare).map_err(|_| IdError::Ulid)?;
    let mut canonical = [0u8; ulid::ULID_LEN];
    if ulid.array_to_str(&mut canonical) == bare {
        Ok(ulid)
    } else {
        Err(IdError::Ulid)
    }
}

/// One table of ids: name, prefix, what it names.
macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident = $prefix:literal; )+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl $name {
            /// The prefix without its underscore.
            pub const PREFIX: &'static str = $prefix;

            /// Wraps a ULID.
            #[must_use]
            pub const fn from_ulid(ulid: Ulid) -> Self {
                Self(ulid)
            }

            /// The ULID inside.
            #[must_use]
            pub const fn ulid(self) -> Ulid {
                self.0
            }
        }

        impl Id for $name {
            const PREFIX: &'static str = $prefix;

            fn from_ulid(ulid: Ulid) -> Self {
                Self(ulid)
            }

            fn ulid(self) -> Ulid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut buffer = [0u8; ulid::ULID_LEN];
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(self.0.array_to_str(&mut buffer))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse($prefix, text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::text::deserialize_text(deserializer)
            }
        }
    )+ };
}

ids! {
    /// A tenant: an isolated reseller account, or the operator's own.
    TenantId = "ten";
    /// A place in a tenant's tree.
    NodeId = "nod";
    /// A person's login.
    MemberId = "mem";
    /// A tenant's own role: a set of permissions.
    ProfileId = "rol";
    /// A program's credential for the management calls.
    ApiKeyId = "key";
    /// A product.
    ProductId = "prd";
    /// A version of a product.
    VersionId = "ver";
    /// A sold capability of a product.
    ModuleId = "mod";
    /// The terms a license is born with.
    PolicyId = "pol";
    /// A policy at a price and period.
    PlanId = "pln";
    /// A published build.
    ReleaseId = "rel";
    /// A license.
    LicenseId = "lic";
    /// A request for many licenses at once.
    BatchId = "bat";
    /// A machine that runs, or ran, under a license.
    MachineId = "mac";
    /// A single-use key that renews a license.
    RenewalKeyId = "rnk";
    /// A floating seat that was taken.
    SeatId = "sea";
    /// A machine's leaving of its license.
    DeactivationId = "dea";
    /// A program that registered itself.
    RegistrationId = "reg";
    /// A site of a customer.
    SiteId = "sit";
    /// A contact of a customer.
    ContactId = "con";
    /// Something a place is told.
    NoticeId = "ntc";
    /// A license that changed hands.
    TransferId = "trf";
    /// What a customer buys at once, and on which terms.
    OrderId = "ord";
    /// A line of an order.
    OrderLineId = "orl";
    /// One attempt to collect the money of an order.
    ChargeId = "chg";
    /// Money of a charge that goes back.
    RefundId = "rfd";
    /// What was told of a charge and not believed.
    QuarantinedReportId = "qrp";
    /// A customer's permission to collect again and again.
    MandateId = "mnd";
    /// A charge that the customer's bank contests.
    DisputeId = "dsp";
    /// A tenant's credentials and settings with a payment plugin.
    PaymentAccountId = "pac";
    /// A payment plugin in one version.
    PluginId = "plg";
    /// Something a payment provider sent to us.
    InboundWebhookId = "inb";
    /// A file for a bank that tells it of titles.
    RemittanceId = "rem";
    /// A file of a bank that says what became of titles.
    ReturnFileId = "rtf";
    /// A request to a payment provider that was about to leave.
    PluginRequestId = "plr";
    /// What belongs together in the ledger and sums to nothing.
    LedgerTransactionId = "ltx";
    /// What somebody of the tree earns by a sale.
    CommissionId = "com";
    /// A bill, or the receipt of one.
    InvoiceId = "inv";
    /// A shop elsewhere, whose orders become licenses here.
    ShopAccountId = "shp";
    /// An order of such a shop.
    ShopOrderId = "sor";
    /// Something such a shop sent to us.
    ShopWebhookId = "shw";
    /// A mail that is to be sent.
    MailId = "mai";
    /// A list as somebody keeps it.
    SavedViewId = "viw";
    /// Something that happened.
    EventId = "evt";
    /// Work for later.
    JobId = "job";
}
