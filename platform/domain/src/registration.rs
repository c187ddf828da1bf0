//! Programs that register themselves: what a tenant does with them, and what became of each.

use serde::Serialize;

use crate::fingerprint::{Components, Fingerprint};
use crate::id::{LicenseId, MachineId, NodeId, PolicyId, ProductId, RegistrationId, TenantId};
use crate::time::UtcTime;

crate::text_enum! {
    /// What becomes of a program that registers itself.
    pub enum RegistrationMode {
        /// It is not taken.
        Closed = "closed",
        /// It waits until somebody approves it.
        Approval = "approval",
        /// It gets a license at once.
        Automatic = "automatic",
    }
}

/// What a tenant does with programs and people that register themselves for a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `registration_rules`, named for what they hold"
)]
pub struct RegistrationRule {
    pub tenant_id: TenantId,
    pub product_id: ProductId,
    pub mode: RegistrationMode,
    /// On whose terms a registered program or customer gets its license.
    pub policy_id: Option<PolicyId>,
    /// Under which place they come; the root of the tree when `None`.
    pub node_id: Option<NodeId>,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

crate::text_enum! {
    /// What became of a registration.
    pub enum RegistrationState {
        /// It waits.
        Pending = "pending",
        /// It may have its license.
        Approved = "approved",
        /// It may not.
        Refused = "refused",
    }
}

impl RegistrationState {
    /// Whether the state may change so. A refused one may be approved after all; to take an
    /// approval back, delete the registration or revoke its license.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Pending, Self::Approved | Self::Refused) | (Self::Refused, Self::Approved)
        )
    }
}

/// Who sits before the program, as they say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Applicant {
    /// Their name; empty when not said.
    pub name: String,
    /// Where to write to.
    pub email: Option<String>,
    /// For whom they work; empty when not said.
    pub company: String,
    /// What they want to be known; empty when nothing.
    pub message: String,
}

/// A program on a machine that asked to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `registrations`, named for what they hold"
)]
pub struct Registration {
    pub tenant_id: TenantId,
    pub id: RegistrationId,
    pub product_id: ProductId,
    /// By which it is known again; unique for a product.
    pub fingerprint: Fingerprint,
    pub components: Components,
    pub name: String,
    pub platform: String,
    pub app_version: String,
    pub site: Option<String>,
    pub user_name: Option<String>,
    pub applicant: Applicant,
    /// Whoever sees this place sees the registration; once approved, the place of its license.
    pub node_id: NodeId,
    pub state: RegistrationState,
    pub state_reason: Option<String>,
    pub license_id: Option<LicenseId>,
    pub decided_by: Option<String>,
    pub decided_at: Option<UtcTime>,
    pub source_address: String,
    pub created_at: UtcTime,
    pub last_seen_at: UtcTime,
    /// Since when it is put away; it can be brought back.
    pub deleted_at: Option<UtcTime>,
    /// Whether deleting it is what blocks its machine.
    pub blocked_machine: bool,
    /// The machine that its program runs on, since it first activated; known again by this whatever
    /// becomes of its fingerprint.
    pub machine_id: Option<MachineId>,
    /// Rises with every decision.
    pub version: i64,
}

/// The domain of an e-mail address, in lower case; `None` for a text that has none.
#[must_use]
pub fn email_domain(email: &str) -> Option<String> {
    email
        .rsplit_once('@')
        .map(|(_, domain)| domain.trim().trim_end_matches('.').to_lowercase())
        .filter(|domain| !domain.is_empty())
}
