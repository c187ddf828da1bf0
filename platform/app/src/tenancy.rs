//! Tenants, the places of their trees, and the people and programs that act there.
//!
//! Opening a tenant, and what a member does to its own credentials (password, one-time codes,
//! sessions), is the gate's in `alvara-tenants`: the first needs more than one scope, the second a
//! proof of the old credential.

mod add_host;
mod create_api_key;
mod create_member;
mod create_node;
mod create_profile;
mod delete_node;
mod delete_profile;
mod forgotten;
mod grant;
mod move_node;
mod prove_host;
mod reset_member;
mod revoke_api_key;
mod suspend_node;
mod suspend_tenant;
mod update_member;
mod update_node;
mod update_profile;
mod update_tenant;

use alvara_domain::id::NodeId;
use alvara_domain::node::Node;
use alvara_store::{TenantTx, nodes};

pub use add_host::{add_host, drop_host, remove_host};
pub use create_api_key::NewApiKey;
pub use create_member::NewMember;
pub(crate) use create_node::hang_node;
pub use create_node::{NewNode, create_node};
pub use create_profile::{ProfileText, create_profile};
pub use delete_node::{delete_node, restore_node};
pub use delete_profile::delete_profile;
pub use grant::Granter;
pub use move_node::move_node;
pub use prove_host::{HostProof, claim_host, host_proof};
pub use revoke_api_key::revoke_api_key;
pub use suspend_node::{reinstate_node, suspend_node};
pub use suspend_tenant::{reinstate_tenant, suspend_tenant};
pub use update_member::MemberChange;
pub use update_node::{NodeChange, update_node};
pub use update_profile::update_profile;
pub use update_tenant::{TenantChange, update_tenant};

use crate::{AppError, AppResult};

fn load_node(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Node> {
    nodes::find(tx, id)?.ok_or(AppError::NotFound("node"))
}

#[cfg(test)]
mod tests;
