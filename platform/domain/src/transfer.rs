//! Licenses that change hands: from one place to another, or from one machine to another.

use serde::Serialize;

use crate::id::{LicenseId, MachineId, NodeId, TenantId, TransferId};
use crate::time::UtcTime;

crate::text_enum! {
    /// Between what a license was transferred.
    pub enum TransferKind {
        /// Two places of the tree.
        License = "license",
        /// Two machines of the same license.
        Machine = "machine",
    }
}

crate::text_enum! {
    /// What becomes of the machines of a license that goes to another place.
    pub enum MachinesThen {
        /// They keep their seats; each gets a new computer key at its next check.
        Keep = "keep",
        /// They are deactivated and learn it at their next contact.
        Release = "release",
    }
}

/// A transfer that took place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `transfers`, named for what they hold"
)]
pub struct Transfer {
    pub tenant_id: TenantId,
    pub id: TransferId,
    pub license_id: LicenseId,
    pub kind: TransferKind,
    pub from_node_id: Option<NodeId>,
    pub to_node_id: Option<NodeId>,
    pub from_machine_id: Option<MachineId>,
    pub to_machine_id: Option<MachineId>,
    /// How many machines lost their seat by it.
    pub machines_released: i64,
    pub reason: Option<String>,
    pub made_by: String,
    pub made_at: UtcTime,
}
