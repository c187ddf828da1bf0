//! Tenants and the places in their trees.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{NodeId, ProductId, TenantId, parse_bare};
use crate::money::Currency;
use crate::payment::ask::PostalAddress;
use crate::tax_id::TaxId;
use crate::time::{UtcTime, ZoneName};

crate::text_enum! {
    /// What an account is.
    pub enum TenantKind {
        /// The one account of who runs the installation.
        Operator = "operator",
        /// An isolated account that sells.
        Reseller = "reseller",
    }
}

crate::text_enum! {
    /// Whether an account may act.
    pub enum TenantState {
        /// Yes.
        Active = "active",
        /// Not for now: its programs are told so, its people may not sign in.
        Suspended = "suspended",
    }
}

impl TenantState {
    /// Whether the state may change so.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Active, Self::Suspended) | (Self::Suspended, Self::Active)
        )
    }
}

/// An isolated account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `tenants`, named for what they hold"
)]
pub struct Tenant {
    pub id: TenantId,
    /// Unique over the installation; the first label of its host name.
    pub slug: String,
    pub name: String,
    pub kind: TenantKind,
    pub state: TenantState,
    pub root_node_id: NodeId,
    /// BCP 47, such as `pt-BR`.
    pub locale: String,
    pub currency: Currency,
    /// In which calendar days and months are counted.
    pub time_zone: ZoneName,
    /// For calls of programs that name no product.
    pub default_product_id: Option<ProductId>,
    /// By which a tax office knows it; on its documents.
    pub tax_id: Option<TaxId>,
    /// Where it is; on its documents.
    pub postal_address: Option<PostalAddress>,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

crate::text_enum! {
    /// What a place in the tree is.
    pub enum NodeKind {
        /// The root of the operator's own account.
        Operator = "operator",
        /// The root of a reseller's account.
        Reseller = "reseller",
        /// A company under a reseller, with agents and customers of its own.
        Subcompany = "subcompany",
        /// Who sells, and sees only what is under itself.
        Agent = "agent",
        /// Who holds licenses.
        Customer = "customer",
    }
}

impl NodeKind {
    /// Whether a node of this kind may have `child` directly under it. Roots are born with their
    /// account and are nobody's child.
    #[must_use]
    pub const fn may_hold(self, child: Self) -> bool {
        match self {
            Self::Operator | Self::Reseller | Self::Subcompany => {
                matches!(child, Self::Subcompany | Self::Agent | Self::Customer)
            }
            Self::Agent => matches!(child, Self::Customer),
            Self::Customer => false,
        }
    }

    /// Whether a node of this kind is the top of an account's tree.
    #[must_use]
    pub const fn is_root(self) -> bool {
        matches!(self, Self::Operator | Self::Reseller)
    }
}

crate::text_enum! {
    /// Whether a place may act. Suspension reaches everything below.
    pub enum NodeState {
        /// Yes, unless something above is suspended.
        Active = "active",
        /// No, and nothing below it either.
        Suspended = "suspended",
    }
}

impl NodeState {
    /// Whether the state may change so.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Active, Self::Suspended) | (Self::Suspended, Self::Active)
        )
    }
}

/// A place in a tenant's tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `nodes`, named for what they hold"
)]
pub struct Node {
    pub tenant_id: TenantId,
    pub id: NodeId,
    /// Absent at the root.
    pub parent_id: Option<NodeId>,
    pub kind: NodeKind,
    pub name: String,
    pub email: Option<String>,
    pub path: NodePath,
    /// Its own state, without those above.
    pub state: NodeState,
    /// The largest discount it may give, in basis points; `None` leaves that to those above.
    pub discount_ceiling_bp: Option<i64>,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Since when it is put away; it can be brought back.
    pub deleted_at: Option<UtcTime>,
    /// Rises with every change; the ETag.
    pub version: i64,
}

/// Why a text is not a path, or a path cannot grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PathError {
    /// The tree may not be deeper.
    #[error("a tree is at most 16 levels deep")]
    TooDeep,
    /// Not `/ULID/ULID/`, or the same node twice.
    #[error("a path is ULIDs, each followed by a slash")]
    Malformed,
}

/// The way from the root of a tree to a node: `/01J…/01J…/`, bare ULIDs, 1 to 16 of them.
///
/// Written so that "is below" is "starts with": the trailing slash keeps one node's path from
/// being the beginning of a sibling's. Only digits, capitals and slashes, so nothing in it needs
/// escaping in a `LIKE` pattern.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodePath(String);

/// Deepest tree.
const DEPTH_MAX: usize = 16;
/// Characters of one step: a ULID and its slash.
const STEP: usize = 27;

impl NodePath {
    /// The path of a root.
    #[must_use]
    pub fn root(id: NodeId) -> Self {
        Self(format!("/{}/", bare(id)))
    }

    /// The path of a node directly below this one.
    ///
    /// # Errors
    /// [`PathError::TooDeep`] past 16 levels; [`PathError::Malformed`] if the node is on the path.
    pub fn child(&self, id: NodeId) -> Result<Self, PathError> {
        if self.depth() >= DEPTH_MAX {
            return Err(PathError::TooDeep);
        }
        if self.ids().any(|above| above == id) {
            return Err(PathError::Malformed);
        }
        Ok(Self(format!("{}{}/", self.0, bare(id))))
    }

    /// Whether `other` is this node or below it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The path of the node directly above; `None` at the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        (self.depth() > 1).then(|| Self(self.0[..self.0.len() - STEP].to_owned()))
    }

    /// How many levels: 1 at the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        (self.0.len() - 1) / STEP
    }

    /// The nodes from the root down to this one.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + '_ {
        // Every step was read as a canonical ULID when the path was made.
        self.0
            .split('/')
            .filter_map(|step| parse_bare(step).ok())
            .map(NodeId::from_ulid)
    }

    /// The node this path leads to.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.ids()
            .next_back()
            .unwrap_or(NodeId::from_ulid(crate::id::Ulid::nil()))
    }

    /// The path after a subtree that holds it moved from `from` to `to`; `None` when this path is
    /// not under `from`.
    ///
    /// # Errors
    /// [`PathError::TooDeep`] past 16 levels, [`PathError::Malformed`] if a node would be under
    /// itself.
    pub fn moved(&self, from: &Self, to: &Self) -> Result<Option<Self>, PathError> {
        let Some(below) = self.0.strip_prefix(&from.0) else {
            return Ok(None);
        };
        format!("{}{below}", to.0).parse().map(Some)
    }

    /// The text, as the database has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn bare(id: NodeId) -> String {
    id.ulid().to_string()
}

impl FromStr for NodePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let steps = text
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'))
            .ok_or(PathError::Malformed)?;
        let mut seen = Vec::new();
        for step in steps.split('/') {
            if seen.len() == DEPTH_MAX {
                return Err(PathError::TooDeep);
            }
            let id = parse_bare(step).map_err(|_| PathError::Malformed)?;
            if seen.contains(&id) {
                return Err(PathError::Malformed);
            }
            seen.push(id);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for NodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for NodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for NodePath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for NodePath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}
