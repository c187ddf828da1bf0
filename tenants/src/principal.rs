//! Who is asking.

use std::sync::Arc;

use alvara_domain::id::{ApiKeyId, MemberId, NodeId, TenantId};
use alvara_domain::node::NodePath;
use alvara_store::{Actor, Reach};

use crate::authz::RoleRules;
use crate::permission::{PermissionKey, PermissionSet};
use crate::profile::within;
use crate::role::Role;

/// A person or program that proved who it is. Only the gate makes one.
///
/// It holds what its role allowed at the moment of the request; keep it for one request and no
/// longer.
#[derive(Debug, Clone)]
pub struct Principal {
    pub(crate) tenant: TenantId,
    pub(crate) standing: Standing,
    pub(crate) path: NodePath,
    pub(crate) identity: Identity,
    pub(crate) role: Role,
    pub(crate) rules: Arc<RoleRules>,
    pub(crate) only: Option<PermissionSet>,
}

/// Where the principal's tenant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is the operator's own: platform permissions count.
    Operator,
    /// It is a reseller's: they do not.
    Reseller,
}

/// Which kind of principal it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A person.
    Member(MemberIdentity),
    /// A program with a secret of its own.
    ApiKey {
        /// The key.
        id: ApiKeyId,
        /// What somebody called it.
        name: String,
    },
}

/// What is known of a member who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberIdentity {
    /// The member.
    pub id: MemberId,
    /// The address that names it at sign-in.
    pub email: String,
    /// How it is called.
    pub name: String,
    /// Its own language, if it chose one.
    pub locale: Option<String>,
    /// Hash of the session it came with; absent when it came with an access token.
    pub session: Option<String>,
}

impl Principal {
    /// Its own tenant, which for the operator's people is not always the tenant they act in.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Its place in its tenant's tree.
    #[must_use]
    pub fn path(&self) -> &NodePath {
        &self.path
    }

    /// The node it hangs on.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.path.id()
    }

    /// Which kind it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The member behind it, if it is one.
    #[must_use]
    pub fn member(&self) -> Option<&MemberIdentity> {
        match &self.identity {
            Identity::Member(member) => Some(member),
            Identity::ApiKey { .. } => None,
        }
    }

    /// Its role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// As the audit chain will name it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match &self.identity {
            Identity::Member(member) => Actor::Member(member.id),
            Identity::ApiKey { id, .. } => Actor::ApiKey(*id),
        }
    }

    /// Whether it belongs to the operator.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.standing == Standing::Operator
    }

    /// How far it may use a permission; `None` is not at all. A custom profile never bears one of
    /// the platform's, not even in the operator's tenant and whatever its row says.
    ///
    /// For showing only what works: what is done still needs a scope from the gate.
    #[must_use]
    pub fn reach(&self, key: PermissionKey) -> Option<Reach> {
        let barred =
            key.is_platform() && !(self.is_operator() && matches!(self.role, Role::BuiltIn(_)));
        if barred || self.only.is_some_and(|only| !only.has(key)) {
            return None;
        }
        self.rules.reach(key)
    }

    /// Everything it may do, in the order of the table.
    pub fn permissions(&self) -> impl Iterator<Item = (PermissionKey, Reach)> + '_ {
        PermissionKey::ALL
            .iter()
            .filter_map(|key| self.reach(*key).map(|reach| (*key, reach)))
    }

    /// Whether it may hand out a role with these rules: nobody gives away more than it has.
    pub(crate) fn may_grant(
        &self,
        role: Role,
        rules: &RoleRules,
        only: Option<PermissionSet>,
    ) -> bool {
        PermissionKey::ALL.iter().all(|key| {
            let inert = key.is_platform() && matches!(role, Role::Profile(_));
            let left_out = only.is_some_and(|only| !only.has(*key));
            let asked = if inert || left_out {
                None
            } else {
                rules.reach(*key)
            };
            within(asked, self.reach(*key))
        })
    }
}
