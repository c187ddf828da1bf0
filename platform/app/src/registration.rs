//! Programs that register themselves on their first start: what a tenant does with them, what they
//! are answered, and what somebody decides about each.

mod decide;
mod delete;
mod put_rule;
mod receive;
mod trial_email;

pub use decide::{ApprovalRequest, Holder, approve, refuse};
pub use delete::{delete, restore};
pub use put_rule::{RuleChange, put_rule, rule_of};
pub use receive::{Received, RegistrationRequest, receive};

use alvara_domain::id::RegistrationId;
use alvara_domain::registration::Registration;
use alvara_store::{TenantTx, registrations};

use crate::{AppError, AppResult};

fn load(tx: &mut TenantTx<'_>, id: RegistrationId) -> AppResult<Registration> {
    registrations::find(tx, id)?.ok_or(AppError::NotFound("registration"))
}
