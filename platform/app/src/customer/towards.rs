use alvara_domain::customer::{Customer, CustomerStatus};

use super::CustomerDecision;
use crate::{AppError, AppResult};

/// The decision that brings a customer towards a status, for who names the status and not the
/// decision; `None` where it stands so already. Lifting a block leads back to what was, which may
/// be waiting: then validating is the next decision.
///
/// # Errors
/// [`AppError::WrongState`] for `pending`, which nobody decides, and for what is cancelled.
pub fn towards(customer: &Customer, wanted: CustomerStatus) -> AppResult<Option<CustomerDecision>> {
    let wrong = |wanted| AppError::WrongState {
        noun: "customer",
        state: customer.status.as_str(),
        wanted,
    };
    Ok(Some(match (customer.status, wanted) {
        (now, wanted) if now == wanted => return Ok(None),
        (CustomerStatus::Cancelled, _) => return Err(wrong("brought back")),
        (_, CustomerStatus::Pending) => return Err(wrong("made to wait")),
        (CustomerStatus::Suspended, CustomerStatus::Validated) => CustomerDecision::Reinstate,
        (CustomerStatus::Blocked, CustomerStatus::Validated) => CustomerDecision::Unblock,
        (_, CustomerStatus::Validated) => CustomerDecision::Validate,
        (_, CustomerStatus::Suspended) => CustomerDecision::Suspend,
        (_, CustomerStatus::Blocked) => CustomerDecision::Block,
        (_, CustomerStatus::Cancelled) => CustomerDecision::Cancel,
    }))
}
