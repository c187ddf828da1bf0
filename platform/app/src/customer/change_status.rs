//! Validates, suspends, blocks and cancels a customer, and undoes what can be undone. Its place in
//! the tree follows in the same transaction, and with it the standing of everything it holds.

use alvara_domain::customer::CustomerStatus;
use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::NodeId;
use alvara_domain::license::LicenseState;
use alvara_domain::mail::MailContent;
use alvara_domain::node::NodeState;
use alvara_domain::terms::Approval;
use alvara_store::customers::{self, Placed};
use alvara_store::licenses::LicenseFilter;
use alvara_store::page::PageRequest;
use alvara_store::{TenantTx, licenses, nodes};
use serde_json::json;

use super::load;
use crate::license::change_state::{self, Decision};
use crate::mail::{NewMail, post, recipient};
use crate::{AppError, AppResult};

/// What somebody decides about a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerDecision {
    /// A pending one may use what it has.
    Validate,
    /// May use nothing for now.
    Suspend,
    /// The suspension is over.
    Reinstate,
    /// May use nothing, for cause.
    Block,
    /// The block is lifted.
    Unblock,
    /// Is a customer no longer, for good.
    Cancel,
}

impl CustomerDecision {
    const fn from(self) -> &'static [CustomerStatus] {
        use CustomerStatus::{Blocked, Pending, Suspended, Validated};
        match self {
            Self::Validate => &[Pending],
            Self::Suspend => &[Pending, Validated],
            Self::Reinstate => &[Suspended],
            Self::Block => &[Pending, Validated, Suspended],
            Self::Unblock => &[Blocked],
            Self::Cancel => &[Pending, Validated, Suspended, Blocked],
        }
    }

    const fn to(self, resting: CustomerStatus) -> CustomerStatus {
        match self {
            Self::Validate => CustomerStatus::Validated,
            Self::Suspend => CustomerStatus::Suspended,
            Self::Block => CustomerStatus::Blocked,
            Self::Cancel => CustomerStatus::Cancelled,
            Self::Reinstate | Self::Unblock => resting,
        }
    }

    const fn facts(self) -> (&'static str, &'static str, EventKind) {
        match self {
            Self::Validate => (
                "validated",
                "customer.validated",
                EventKind::CustomerValidated,
            ),
            Self::Suspend => (
                "suspended",
                "customer.suspended",
                EventKind::CustomerSuspended,
            ),
            Self::Reinstate => (
                "reinstated",
                "customer.reinstated",
                EventKind::CustomerReinstated,
            ),
            Self::Block => ("blocked", "customer.blocked", EventKind::CustomerBlocked),
            Self::Unblock => (
                "unblocked",
                "customer.unblocked",
                EventKind::CustomerUnblocked,
            ),
            Self::Cancel => (
                "cancelled",
                "customer.cancelled",
                EventKind::CustomerCancelled,
            ),
        }
    }
}

/// Carries out a decision. Deciding what is so already changes nothing and is no error. Validating
/// activates the licenses that waited for it, but for those whose terms ask for an approval.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::ExceedsOwnRights`] for the caller's own
/// place; [`AppError::WrongState`] when the customer stands otherwise; [`AppError::Invalid`] for a
/// reason over 300 characters.
pub fn decide(
    tx: &mut TenantTx<'_>,
    id: NodeId,
    decision: CustomerDecision,
    reason: Option<&str>,
) -> AppResult<Placed> {
    let reason = reason.map(str::trim).filter(|text| !text.is_empty());
    if reason.is_some_and(|text| text.chars().count() > 300) {
        return Err(AppError::field(
            "/reason",
            FaultCode::TooLong,
            "at most 300 characters",
        ));
    }
    let before = load(tx, id)?;
    if before.node.path == *tx.scope().path() {
        return Err(AppError::ExceedsOwnRights);
    }
    let to = decision.to(before.customer.resting_status());
    if before.customer.status == to {
        return Ok(before);
    }
    let (wanted, action, event) = decision.facts();
    if !customers::change_status(tx, id, decision.from(), to, reason)? {
        return Err(AppError::WrongState {
            noun: "customer",
            state: load(tx, id)?.customer.status.as_str(),
            wanted,
        });
    }
    let after = json!({ "status": to, "reason": reason });
    tx.audit(
        action,
        id,
        json!({ "status": before.customer.status, "reason": before.customer.status_reason }),
        &after,
    )?;
    tx.emit(event, id, &after)?;
    follow(tx, id, to)?;
    if to == CustomerStatus::Validated {
        activate_waiting(tx, id)?;
    }
    answer(tx, &before, decision)?;
    load(tx, id)
}

/// Who registered themselves is told what was decided. A block is the house's own matter.
fn answer(tx: &mut TenantTx<'_>, before: &Placed, decision: CustomerDecision) -> AppResult<()> {
    let waited = before.customer.status == CustomerStatus::Pending
        && before.customer.registered_email.is_some();
    let place = before.node.id;
    let name = before.node.name.clone();
    let content = match decision {
        CustomerDecision::Validate if waited => MailContent::Admitted { name, place },
        CustomerDecision::Cancel if waited => MailContent::Rejected { name, place },
        _ => return Ok(()),
    };
    if let Some(to) = recipient(tx, place)? {
        let mail = NewMail {
            place,
            recipient: to.email,
            locale: to.locale,
            content,
        };
        post(tx, mail)?;
    }
    Ok(())
}

/// The place stands as its customer does.
fn follow(tx: &mut TenantTx<'_>, id: NodeId, status: CustomerStatus) -> AppResult<()> {
    let (to, action, event) = if status.closes_place() {
        (
            NodeState::Suspended,
            "node.suspended",
            EventKind::NodeSuspended,
        )
    } else {
        (
            NodeState::Active,
            "node.reinstated",
            EventKind::NodeReinstated,
        )
    };
    // False where it stands so already: a suspended customer that is blocked.
    if nodes::change_state(tx, id, to)? {
        let note = json!({ "state": to, "customer": status });
        tx.audit(action, id, (), &note)?;
        tx.emit(event, id, &note)?;
    }
    Ok(())
}

fn activate_waiting(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<()> {
    let filter = LicenseFilter {
        node: Some(id),
        state: Some(LicenseState::Pending),
        ..LicenseFilter::default()
    };
    let mut page = PageRequest::new(Some(200), None);
    loop {
        let found = licenses::list(tx, &filter, &page)?;
        for license in found.items {
            if license.terms.approval == Approval::Automatic {
                change_state::decide(tx, license.id, Decision::Approve, None)?;
            }
        }
        match found.next {
            Some(next) => page = PageRequest::new(Some(200), Some(next)),
            None => return Ok(()),
        }
    }
}

/// Whether the suspension of a customer's place, or its end, is the customer's own: then it is
/// decided there. `None` where the place is no customer's.
///
/// # Errors
/// As for [`decide`].
pub(crate) fn stands_with_place(
    tx: &mut TenantTx<'_>,
    id: NodeId,
    to: NodeState,
) -> AppResult<Option<Placed>> {
    if customers::find_status(tx, id)?.is_none() {
        return Ok(None);
    }
    let decision = match to {
        NodeState::Suspended => CustomerDecision::Suspend,
        NodeState::Active => CustomerDecision::Reinstate,
    };
    decide(tx, id, decision, None).map(Some)
}
