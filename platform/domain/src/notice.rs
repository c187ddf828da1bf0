//! What a place of the tree is told.

use serde::Serialize;

use crate::id::{NodeId, NoticeId, TenantId};
use crate::time::UtcTime;

crate::text_enum! {
    /// What a notice is about.
    pub enum NoticeKind {
        /// A license that was held here went to another place.
        LicenseLeft = "license.left",
        /// A license of another place is held here now.
        LicenseArrived = "license.arrived",
        /// A machine of a license held here handed its seat over.
        MachineTransferred = "machine.transferred",
        /// Money came that pays for nothing and is owed back.
        ChargeSurplus = "charge.surplus",
        /// Less came than was asked for: nothing was given.
        ChargeShort = "charge.short",
        /// Money came after the charge was over.
        ChargeLate = "charge.late",
        /// What is told of a charge is not believed.
        ChargeQuarantined = "charge.quarantined",
        /// Nobody knows what became of a charge's request.
        ChargeUnknown = "charge.unknown",
        /// A line was paid and could not be given.
        OrderHeld = "order.held",
        /// A payment account was put aside because its plugin keeps failing.
        PaymentAccountParked = "payment_account.parked",
        /// An order on deferred terms is overdue.
        OrderOverdue = "order.overdue",
        /// A mandate was refused, or was ended by either side or by the bank.
        MandateOver = "mandate.over",
        /// A provider does not answer what is wanted of a mandate.
        MandateUnanswered = "mandate.unanswered",
        /// A try to collect a renewal failed; another one follows.
        RenewalFailed = "renewal.failed",
        /// A renewal is collected no more: it has to be paid otherwise.
        RenewalGivenUp = "renewal.given_up",
        /// Something was bought in a shop elsewhere and could not be given, or not wholly taken back.
        ShopOrderHeld = "shop_order.held",
        /// A mail could not be sent.
        MailFailed = "mail.failed",
    }
}

/// Something the people at a place ought to know.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `notices`, named for what they hold"
)]
pub struct Notice {
    pub tenant_id: TenantId,
    pub id: NoticeId,
    pub node_id: NodeId,
    pub kind: NoticeKind,
    /// What it is about: an id.
    pub subject_id: String,
    /// What there is to say, for whoever writes the sentence.
    pub payload: serde_json::Value,
    pub created_at: UtcTime,
    pub read_at: Option<UtcTime>,
    /// Who read it first.
    pub read_by: Option<String>,
}
