//! What a transaction may see, and the mint that makes it.
use alvara_domain::id::{ApiKeyId, JobId, MachineId, MemberId, TenantId};
use alvara_domain::node::NodePath;
use std::fmt;

/// How far below its own place a scope reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The place and everything below it.
    Tree,
    /// The place alone.
    Own,
}

/// Who acts, as the audit chain will say it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person who signed in.
    Member(MemberId),
    /// A program of the tenant with its own secret.
    ApiKey(ApiKeyId),
    /// A licensed program on an activated machine.
    Machine(MachineId),
    /// A licensed program that is not activated yet.
    Program,
    /// Somebody without an account who registers.
    Visitor,
    /// A payment provider that tells of a charge.
    Provider,
    /// Somebody without an account who pays an order by its link.
    Payer,
    /// Work for later that the platform does by itself.
    Job(JobId),
    /// Somebody with a shell on the server.
    Console,
    /// The platform before anybody exists: first set-up and housekeeping.
    Platform,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(id) => id.fmt(f),
            Self::ApiKey(id) => id.fmt(f),
            Self::Machine(id) => id.fmt(f),
            Self::Job(id) => id.fmt(f),
            Self::Program => f.write_str("program"),
            Self::Visitor => f.write_str("visitor"),
            Self::Provider => f.write_str("provider"),
            Self::Payer => f.write_str("payer"),
            Self::Console => f.write_str("console"),
            Self::Platform => f.write_str("platform"),
        }
    }
}

/// Where a request came from. Both texts are cut to what their columns hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    source_address: String,
    request_id: String,
}

impl Origin {
    /// An origin of a source address (at most 45 bytes are kept) and a request id (40).
    #[must_use]
    pub fn new(source_address: &str, request_id: &str) -> Self {
        Self {
            source_address: cut(source_address, 45),
            request_id: cut(request_id, 40),
        }
    }

    /// The caller's address; empty when there is none.
    #[must_use]
    pub fn source_address(&self) -> &str {
        &self.source_address
    }

    /// The id under which the log knows the request.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }
}

/// The first `limit` characters of a text, so that no database refuses or silently cuts it.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

/// The claim on an idempotency key, made only by [`crate::idempotency::claim`]. A scope that bears
/// it marks the key as committed in the very transaction that does the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyClaim {
    pub(crate) caller: String,
    pub(crate) key: String,
    /// When it runs out, in microseconds: tells it from a later claim on the same key.
    pub(crate) until: i64,
}

/// What a [`Mint`] is asked for.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The tenant.
    pub tenant: TenantId,
    /// The place in the tenant's tree.
    pub path: NodePath,
    /// Whether the places below count too.
    pub reach: Reach,
    /// Who acts.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
}

/// One tenant and one place in its tree. Only a [`Mint`] makes one, so holding a scope is proof
/// that somebody was authorized.
#[derive(Clone, Debug)]
pub struct Scope {
    grant: Grant,
    claim: Option<IdempotencyClaim>,
}

impl Scope {
    pub(crate) fn new(grant: Grant) -> Self {
        Self { grant, claim: None }
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.grant.tenant
    }

    /// The place it is bound to.
    #[must_use]
    pub fn path(&self) -> &NodePath {
        &self.grant.path
    }

    /// Whether the places below count too.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.grant.reach
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.grant.actor
    }

    /// From where.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.grant.origin
    }

    /// The claim it bears, if any.
    #[must_use]
    pub fn claim(&self) -> Option<&IdempotencyClaim> {
        self.claim.as_ref()
    }

    /// The same scope, bearing a claim.
    #[must_use]
    pub fn with_claim(mut self, claim: IdempotencyClaim) -> Self {
        self.claim = Some(claim);
        self
    }

    /// The same without the claim: for what follows the write that did the work, in transactions of
    /// its own.
    #[must_use]
    pub fn without_claim(&self) -> Self {
        Self {
            claim: None,
            ..self.clone()
        }
    }

    /// True when the scope is the whole tenant: the root of its tree and everything below.
    #[must_use]
    pub fn is_whole_tenant(&self) -> bool {
        self.grant.reach == Reach::Tree && self.grant.path.depth() == 1
    }

    /// True when a place with this path is inside the scope.
    #[must_use]
    pub fn sees(&self, path: &NodePath) -> bool {
        match self.grant.reach {
            Reach::Tree => self.grant.path.contains(path),
            Reach::Own => self.grant.path == *path,
        }
    }
}

/// Leave to work across tenants. Only a [`Mint`] makes one.
#[derive(Clone, Debug)]
pub struct PlatformScope {
    actor: Actor,
    origin: Origin,
    claim: Option<(TenantId, IdempotencyClaim)>,
}

impl PlatformScope {
    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// From where.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn claim(&self) -> Option<&(TenantId, IdempotencyClaim)> {
        self.claim.as_ref()
    }

    /// The same scope, bearing a claim that was made in `tenant` (the operator's own).
    #[must_use]
    pub fn with_claim(mut self, tenant: TenantId, claim: IdempotencyClaim) -> Self {
        self.claim = Some((tenant, claim));
        self
    }
}

/// Makes scopes. [`crate::Db::open`] hands out exactly one; whoever holds it decides who may do
/// what, and nobody else can.
#[derive(Debug)]
pub struct Mint(());

impl Mint {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// A scope over one place of one tenant.
    #[must_use]
    pub fn scope(&self, grant: Grant) -> Scope {
        Scope::new(grant)
    }

    /// Leave to work across tenants.
    #[must_use]
    pub fn platform(&self, actor: Actor, origin: Origin) -> PlatformScope {
        PlatformScope {
            actor,
            origin,
            claim: None,
        }
    }
}
