//! Mails that are to be sent, and how long to wait between tries.

use serde::{Deserialize, Serialize};

use crate::id::{InvoiceId, LicenseId, MailId, MemberId, NodeId, OrderId};
use crate::order::credit::Step;
use crate::reminder::ReminderStep;
use crate::time::UtcTime;

crate::text_enum! {
    /// How far a mail is.
    pub enum MailState {
        /// It waits to be sent.
        Queued = "queued",
        /// A mail server took it.
        Sent = "sent",
        /// It was given up.
        Failed = "failed",
        /// What it was about was over before it left; nobody has to look.
        Dropped = "dropped",
    }
}

crate::text_enum! {
    /// What is to be done later for a mail.
    pub enum MailJob {
        /// Send it: [`SendMailJob`].
        Send = "mail_send",
    }
}

/// Payload of [`MailJob::Send`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a mail")]
pub struct SendMailJob {
    pub mail_id: MailId,
}

crate::text_enum! {
    /// What changed of how a member signs in.
    pub enum CredentialChange {
        /// The password.
        Password = "password",
        /// One-time codes are asked for from now on.
        CodesAdded = "codes-added",
        /// They are asked for no more.
        CodesRemoved = "codes-removed",
    }
}

crate::text_enum! {
    /// What a mail is about, as [`MailContent`] is written down.
    pub enum MailKind {
        /// The activation keys of an order in a shop.
        ShopKeys = "shop_keys",
        /// The activation keys of a customer who asked for them.
        OwnKeys = "own_keys",
        /// That licenses end, or have ended.
        Renewal = "renewal",
        /// That a payment came.
        Paid = "paid",
        /// That money was given back.
        Refunded = "refunded",
        /// That an order was given and may be paid later.
        Deferred = "deferred",
        /// That such an order was not paid in time.
        Overdue = "overdue",
        /// That a mandate did not collect what was due.
        Uncollected = "uncollected",
        /// That somebody's registration came.
        Registered = "registered",
        /// That it was approved.
        Admitted = "admitted",
        /// That it was not.
        Rejected = "rejected",
        /// That a member was added, who is to choose a password.
        Invited = "invited",
        /// That a member asked for a new password.
        Forgotten = "forgotten",
        /// That a member signed in in a browser that was not seen before.
        SignedIn = "signed_in",
        /// That a member's password or one-time codes changed.
        CredentialsChanged = "credentials_changed",
    }
}

/// What a mail says. It holds no secret: an activation key is opened, and a link to pay made, when the
/// mail is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailContent {
    /// The activation keys of an order in a shop.
    ShopKeys {
        /// The buyer's name; empty when it is not known.
        name: String,
        /// What the shop calls the order.
        reference: String,
        /// The licenses whose keys it carries.
        licenses: Vec<LicenseId>,
    },
    /// The activation keys of a customer who asked for them.
    OwnKeys {
        /// The customer's name.
        name: String,
        /// The licenses whose keys it carries.
        licenses: Vec<LicenseId>,
    },
    /// That licenses end, or have ended.
    Renewal {
        /// The holder's name.
        name: String,
        /// Which reminder it is.
        step: ReminderStep,
        /// Of which licenses.
        licenses: Vec<Ending>,
    },
    /// That a payment came.
    Paid {
        /// The payer's name.
        name: String,
        /// The receipt.
        invoice: InvoiceId,
    },
    /// That money was given back.
    Refunded {
        /// The payer's name.
        name: String,
        /// The credit note.
        invoice: InvoiceId,
    },
    /// That an order was given and may be paid later.
    Deferred {
        /// The buyer's name.
        name: String,
        /// The order.
        order: OrderId,
    },
    /// That such an order was not paid in time.
    Overdue {
        /// The buyer's name.
        name: String,
        /// The order.
        order: OrderId,
        /// What was done about it.
        step: Step,
    },
    /// That a mandate did not collect what was due.
    Uncollected {
        /// The holder's name.
        name: String,
        /// The license that was to be renewed.
        license: LicenseId,
        /// What it is renewed by.
        order: OrderId,
        /// How often it failed so far.
        failures: u32,
    },
    /// That somebody's registration came. It bears no name: nobody has looked yet at what a stranger
    /// typed, under an address that may be somebody else's.
    Registered {
        /// The customer's place.
        place: NodeId,
    },
    /// That the registration was approved.
    Admitted {
        /// The customer's name.
        name: String,
        /// The customer's place.
        place: NodeId,
    },
    /// That the registration was not approved.
    Rejected {
        /// The customer's name.
        name: String,
        /// The customer's place.
        place: NodeId,
    },
    /// That a member was added, who is to choose a password by a link.
    Invited(Door),
    /// That a member asked for a link to choose a new password by.
    Forgotten(Door),
    /// That a member signed in in a browser that was not seen before.
    SignedIn {
        /// Who.
        member: MemberId,
        /// The kind of browser and the system, such as `Firefox, Windows`; empty when they are not
        /// known.
        browser: String,
        /// From which address; empty when it is not known.
        address: String,
        /// When, in microseconds since 1970.
        at: i64,
    },
    /// That a member's password or one-time codes changed.
    CredentialsChanged {
        /// Whose.
        member: MemberId,
        /// What of them.
        change: CredentialChange,
        /// When, in microseconds since 1970.
        at: i64,
    },
}

impl MailContent {
    /// What it is about.
    #[must_use]
    pub const fn kind(&self) -> MailKind {
        match self {
            Self::ShopKeys { .. } => MailKind::ShopKeys,
            Self::OwnKeys { .. } => MailKind::OwnKeys,
            Self::Renewal { .. } => MailKind::Renewal,
            Self::Paid { .. } => MailKind::Paid,
            Self::Refunded { .. } => MailKind::Refunded,
            Self::Deferred { .. } => MailKind::Deferred,
            Self::Overdue { .. } => MailKind::Overdue,
            Self::Uncollected { .. } => MailKind::Uncollected,
            Self::Registered { .. } => MailKind::Registered,
            Self::Admitted { .. } => MailKind::Admitted,
            Self::Rejected { .. } => MailKind::Rejected,
            Self::Invited(_) => MailKind::Invited,
            Self::Forgotten(_) => MailKind::Forgotten,
            Self::SignedIn { .. } => MailKind::SignedIn,
            Self::CredentialsChanged { .. } => MailKind::CredentialsChanged,
        }
    }

    /// The ids of the things that it tells of, the licenses first.
    #[must_use]
    pub fn about(&self) -> Vec<String> {
        match self {
            Self::ShopKeys { licenses, .. } | Self::OwnKeys { licenses, .. } => {
                licenses.iter().map(ToString::to_string).collect()
            }
            Self::Renewal { licenses, .. } => {
                let ids = licenses.iter().map(|one| one.license.to_string());
                let orders = licenses.iter().filter_map(|one| one.order);
                ids.chain(orders.map(|id| id.to_string())).collect()
            }
            Self::Paid { invoice, .. } | Self::Refunded { invoice, .. } => {
                vec![invoice.to_string()]
            }
            Self::Deferred { order, .. } | Self::Overdue { order, .. } => vec![order.to_string()],
            Self::Uncollected { license, order, .. } => {
                vec![license.to_string(), order.to_string()]
            }
            Self::Registered { place }
            | Self::Admitted { place, .. }
            | Self::Rejected { place, .. } => vec![place.to_string()],
            Self::Invited(Door { member, .. })
            | Self::Forgotten(Door { member, .. })
            | Self::SignedIn { member, .. }
            | Self::CredentialsChanged { member, .. } => vec![member.to_string()],
        }
    }

    /// Whether it is of use for a while only: it is dropped where no mail server is set, or when what
    /// it tells is over.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        !matches!(self, Self::ShopKeys { .. } | Self::OwnKeys { .. })
    }
}

/// A member who is to choose a password. The link is made when the mail is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// Who.
    pub member: MemberId,
    /// How often their credentials had changed when the mail was written down: once they change, it is
    /// over.
    pub epoch: i64,
}

/// A license that ends, in a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Which.
    pub license: LicenseId,
    /// When it ended when the mail was written down, in microseconds since 1970: the text of an instant
    /// has milliseconds only.
    pub ends_at: i64,
    /// What it is renewed by; none where nobody can pay for that by a link.
    pub order: Option<OrderId>,
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `mails`, named for what they hold"
)]
pub struct Mail {
    pub id: MailId,
    /// The place that the reader is at; none where that was not written down.
    pub node_id: Option<NodeId>,
    pub recipient: String,
    /// BCP 47.
    pub locale: String,
    pub content: MailContent,
    pub state: MailState,
    /// How often it was tried.
    pub tries: i64,
    pub last_error: Option<String>,
    pub created_at: UtcTime,
    pub sent_at: Option<UtcTime>,
}

/// Seconds to wait after a try that failed; the last one is nearly three days after the first.
const WAITS: [i64; 10] = [
    60, 300, 900, 3_600, 7_200, 14_400, 28_800, 43_200, 64_800, 86_400,
];

/// How many seconds to wait after so many tries; `None`: it is given up.
#[must_use]
pub fn wait_after(tries: i64) -> Option<i64> {
    let at = usize::try_from(tries.checked_sub(1)?).ok()?;
    WAITS.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Ulid;

    // R-ALR-03: mails of a kind are found by how their content begins.
    #[test]
    fn a_content_is_written_down_under_its_kind() {
        let (license, order) = (
            LicenseId::from_ulid(Ulid::from_parts(1, 1)),
            OrderId::from_ulid(Ulid::from_parts(2, 2)),
        );
        let renewal = MailContent::Renewal {
            name: "Carla".to_owned(),
            step: ReminderStep::ALL[0],
            licenses: vec![Ending {
                license,
                ends_at: 1,
                order: Some(order),
            }],
        };
        let written = serde_json::to_string(&renewal).unwrap();
        let begins = format!("{{\"kind\":\"{}\"", renewal.kind());
        assert!(written.starts_with(&begins), "{written}");
        assert_eq!(renewal.about(), [license.to_string(), order.to_string()]);
    }

    // R-PAY-10
    #[test]
    fn waits_rise_and_end() {
        assert_eq!(wait_after(0), None);
        assert_eq!(wait_after(1), Some(60));
        assert_eq!(wait_after(10), Some(86_400));
        assert_eq!(wait_after(11), None);
        assert!(WAITS.is_sorted());
    }
}
