//! From a credential to a principal.

use std::sync::Arc;

use alvara_domain::id::{ApiKeyId, MemberId, ProfileId, TenantId};
use alvara_domain::node::{NodePath, Tenant, TenantKind};
use alvara_domain::time::UtcTime;
use alvara_store::api_keys::{self, ApiKey};
use alvara_store::members::{self, Member, MemberState};
use alvara_store::{
    Actor, Grant, Origin, PlatformTx, Reach, Scope, StoreError, StoreResult, TenantTx, nodes,
    profiles, tenants,
};
use alvara_vault::{AccessClaims, SubjectKind, token_hash};
use serde_json::Value;

use super::authorize::{acts_anywhere, is_open};
use super::{Gate, HostTenant};
use crate::authz::RoleRules;
use crate::denied::{Denied, GateError};
use crate::permission::PermissionSet;
use crate::principal::{Identity, MemberIdentity, Principal, Standing};
use crate::profile::read_rules;
use crate::role::{BuiltInRole, Role};

/// How a request says who it is.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// The secret of a session, from the cookie.
    Session(&'a str),
    /// What follows `Bearer `: an access token or an API key's secret.
    Bearer(&'a str),
}

impl std::fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Session(_) => "Session(…)",
            Self::Bearer(_) => "Bearer(…)",
        })
    }
}

/// How often the last use of a session or API key is written down, in seconds: often enough to
/// slide a session's end, rarely enough that a read stays a read.
pub(super) const TOUCH_SECONDS: i64 = 60;

/// What API key secrets start with, so that people and scanners recognise one.
pub const API_KEY_PREFIX: &str = "alv_";

/// A member with all that decides whether, and as what, it may come in.
pub(super) struct KnownMember {
    pub(super) tenant: Tenant,
    pub(super) member: Member,
    pub(super) place: Place,
}

/// Whether a member's credentials are still those that were checked at `epoch`. The row is held,
/// so that a change of the password comes either before this, and is seen, or after the commit,
/// and ends what was granted.
pub(super) fn still_proven(tx: &mut TenantTx<'_>, id: MemberId, epoch: i64) -> StoreResult<bool> {
    Ok(members::hold(tx, id)?.is_some_and(|member| member.credentials_epoch == epoch))
}

pub(super) struct KnownKey {
    tenant: Tenant,
    key: ApiKey,
    place: Place,
}

/// Where somebody hangs in the tree, and as what.
pub(super) struct Place {
    path: NodePath,
    open: bool,
    profile: Option<(i64, Value)>,
}

impl KnownMember {
    /// Whether the member may come in at all: itself, every place above it and the tenant.
    pub(super) fn is_welcome(&self) -> bool {
        self.member.state == MemberState::Active && self.place.open && is_open(self.tenant.state)
    }
}

impl Gate {
    /// Says who a request comes from.
    ///
    /// At a tenant's host only its own people and programs count, and the operator's superadmins;
    /// at the shared host everybody counts. Suspension of the member, of any place above it, or of
    /// the tenant shuts it out at once.
    ///
    /// # Errors
    /// [`Denied::Unauthenticated`] whatever is wrong with the credential.
    pub async fn authenticate(
        &self,
        host: &HostTenant,
        credential: Credential<'_>,
        origin: &Origin,
    ) -> Result<Principal, Denied> {
        let principal = match credential {
            Credential::Session(secret) => self.by_session(host, secret, origin).await?,
            Credential::Bearer(secret) if secret.starts_with(API_KEY_PREFIX) => {
                let (principal, _) = self.by_api_key(secret, None, origin).await?;
                principal
            }
            Credential::Bearer(token) => self.by_access_token(token, origin).await?,
        };
        if self.is_at_home(host, &principal) {
            Ok(principal)
        } else {
            Err(Denied::Unauthenticated)
        }
    }

    pub(super) fn is_at_home(&self, host: &HostTenant, principal: &Principal) -> bool {
        match host {
            HostTenant::Unknown => false,
            HostTenant::Shared => true,
            HostTenant::Tenant(tenant) => {
                tenant.id == principal.tenant() || acts_anywhere(principal)
            }
        }
    }

    /// The tenants whose sessions and refresh tokens count at a host, in the order to look.
    pub(super) async fn at_home(
        &self,
        host: &HostTenant,
    ) -> Result<Vec<(TenantId, NodePath)>, GateError> {
        let mut homes = Vec::with_capacity(2);
        if let HostTenant::Tenant(tenant) = host {
            homes.push((tenant.id, NodePath::root(tenant.root_node_id)));
        }
        if !matches!(host, HostTenant::Unknown)
            && let Some(operator) = self.operator().await?
            && homes.iter().all(|(id, _)| *id != operator.id)
        {
            homes.push((operator.id, NodePath::root(operator.root_node_id)));
        }
        Ok(homes)
    }

    /// The principal behind an API key's secret. With `id` the secret must be that key's.
    pub(super) async fn by_api_key(
        &self,
        secret: &str,
        id: Option<ApiKeyId>,
        origin: &Origin,
    ) -> Result<(Principal, ApiKeyId), Denied> {
        let hash = token_hash(secret);
        let scope = self.insight(origin);
        let known = self
            .db()
            .platform_read(&scope, move |tx| {
                match api_keys::find_by_secret(tx, &hash)? {
                    Some(key) => Ok(Some(known_key(tx, key)?)),
                    None => StoreResult::Ok(None),
                }
            })
            .await?;
        let known = known
            .filter(|known| id.is_none_or(|id| id == known.key.id))
            .ok_or(Denied::Unauthenticated)?;
        let (tenant, root) = (known.tenant.id, NodePath::root(known.tenant.root_node_id));
        let used = known.key.last_used_at;
        let (principal, id) = self.admit_key(known)?;
        if used.is_none_or(|used| used.seconds_until(self.now()) >= TOUCH_SECONDS) {
            let scope = self.inside(tenant, &root, Actor::ApiKey(id), origin);
            self.db()
                .write(&scope, move |tx| api_keys::touch(tx, id))
                .await?;
        }
        Ok((principal, id))
    }

    async fn by_access_token(&self, token: &str, origin: &Origin) -> Result<Principal, Denied> {
        let claims = self.read_access_token(token).await?;
        let tenant: TenantId = claims.tid.parse().map_err(|_| Denied::Unauthenticated)?;
        match claims.kind {
            SubjectKind::Member => {
                let id: MemberId = claims.sub.parse().map_err(|_| Denied::Unauthenticated)?;
                let known = self
                    .member_of(tenant, id, origin)
                    .await?
                    .ok_or(Denied::Unauthenticated)?;
                if known.member.credentials_epoch != claims.epoch {
                    return Err(Denied::Unauthenticated);
                }
                self.admit_member(known, None)
            }
            SubjectKind::ApiKey => self.by_key_claims(tenant, &claims, origin).await,
        }
    }

    async fn by_key_claims(
        &self,
        tenant: TenantId,
        claims: &AccessClaims,
        origin: &Origin,
    ) -> Result<Principal, Denied> {
        let id: ApiKeyId = claims.sub.parse().map_err(|_| Denied::Unauthenticated)?;
        let scope = self.insight(origin);
        let known = self
            .db()
            .platform_read(&scope, move |tx| {
                let Some(found) = tenants::find(tx, tenant)? else {
                    return StoreResult::Ok(None);
                };
                let root = NodePath::root(found.root_node_id);
                match tx.enter(tenant, &root, |tx| api_keys::find(tx, id))? {
                    Some(key) => Ok(Some(known_key(tx, key)?)),
                    None => Ok(None),
                }
            })
            .await?;
        let (principal, _) = self.admit_key(known.ok_or(Denied::Unauthenticated)?)?;
        Ok(principal)
    }

    /// A member and its standing, by id.
    pub(super) async fn member_of(
        &self,
        tenant: TenantId,
        id: MemberId,
        origin: &Origin,
    ) -> Result<Option<KnownMember>, GateError> {
        let scope = self.insight(origin);
        let found = self.db().platform_read(&scope, move |tx| {
            known_member(tx, tenant, |tx| members::find(tx, id))
        });
        Ok(found.await?)
    }

    /// Makes the principal of a member who may come in.
    pub(super) fn admit_member(
        &self,
        known: KnownMember,
        session: Option<String>,
    ) -> Result<Principal, Denied> {
        if !known.is_welcome() {
            return Err(Denied::Unauthenticated);
        }
        let KnownMember {
            tenant,
            member,
            place,
        } = known;
        let identity = Identity::Member(MemberIdentity {
            id: member.id,
            email: member.email,
            name: member.name,
            locale: member.locale,
            session,
        });
        self.admit(&tenant, &member.role, place, identity, None)
    }

    fn admit_key(&self, known: KnownKey) -> Result<(Principal, ApiKeyId), Denied> {
        let KnownKey { tenant, key, place } = known;
        if !key.is_live(self.now()) || !place.open || !is_open(tenant.state) {
            return Err(Denied::Unauthenticated);
        }
        let only = permissions_of(&key)?;
        let id = key.id;
        let principal = self.admit(
            &tenant,
            &key.role,
            place,
            Identity::ApiKey { id, name: key.name },
            only,
        )?;
        Ok((principal, id))
    }

    fn admit(
        &self,
        tenant: &Tenant,
        role: &str,
        place: Place,
        identity: Identity,
        only: Option<PermissionSet>,
    ) -> Result<Principal, Denied> {
        let standing = match tenant.kind {
            TenantKind::Operator => Standing::Operator,
            TenantKind::Reseller => Standing::Reseller,
        };
        let role: Role = role
            .parse()
            .map_err(|_| GateError::Corrupt("a member or API key has an unknown role"))?;
        if role == Role::BuiltIn(BuiltInRole::Superadmin) && standing != Standing::Operator {
            return Err(Denied::Unauthenticated);
        }
        let rules = self
            .rules_of(tenant.id, role, place.profile)?
            .ok_or(Denied::Unauthenticated)?;
        Ok(Principal {
            tenant: tenant.id,
            standing,
            path: place.path,
            identity,
            role,
            rules,
            only,
        })
    }

    /// The rules of a role; `None` when it is a profile that is gone.
    pub(super) fn rules_of(
        &self,
        tenant: TenantId,
        role: Role,
        profile: Option<(i64, Value)>,
    ) -> Result<Option<Arc<RoleRules>>, GateError> {
        match (role, profile) {
            (Role::BuiltIn(role), _) => Ok(self.0.authorizer.built_in(role)),
            (Role::Profile(id), Some((version, rules))) => {
                let rules = read_rules(rules)
                    .map_err(|_| GateError::Corrupt("a profile is no list of rules"))?;
                Ok(Some(
                    self.0.authorizer.profile(tenant, id, version, &rules)?,
                ))
            }
            (Role::Profile(_), None) => Ok(None),
        }
    }

    /// A scope over a whole tenant, for the gate's own writes.
    pub(super) fn inside(
        &self,
        tenant: TenantId,
        root: &NodePath,
        actor: Actor,
        origin: &Origin,
    ) -> Scope {
        let (path, origin) = (root.clone(), origin.clone());
        self.mint().scope(Grant {
            tenant,
            path,
            reach: Reach::Tree,
            actor,
            origin,
        })
    }

    /// A scope over the principal's own place alone, for what everybody may do with itself.
    pub(super) fn own_scope(&self, principal: &Principal, origin: &Origin) -> Scope {
        self.mint().scope(Grant {
            tenant: principal.tenant(),
            path: principal.path().clone(),
            reach: Reach::Own,
            actor: principal.actor(),
            origin: origin.clone(),
        })
    }

    pub(super) fn is_over(&self, end: UtcTime) -> bool {
        end <= self.now()
    }
}

/// Finds a member with `find` and looks around it.
pub(super) fn known_member(
    tx: &mut PlatformTx<'_>,
    tenant: TenantId,
    find: impl FnOnce(&mut TenantTx<'_>) -> StoreResult<Option<Member>>,
) -> StoreResult<Option<KnownMember>> {
    let Some(tenant) = tenants::find(tx, tenant)? else {
        return Ok(None);
    };
    let root = NodePath::root(tenant.root_node_id);
    tx.enter(tenant.id, &root, |tx| {
        let Some(member) = find(tx)? else {
            return Ok(None);
        };
        Ok(Some(surroundings(tx, tenant, member)?))
    })
}

/// What is around a member that was found.
pub(super) fn surroundings(
    tx: &mut TenantTx<'_>,
    tenant: Tenant,
    member: Member,
) -> StoreResult<KnownMember> {
    let place = place_of(tx, member.node_path.clone(), &member.role)?;
    Ok(KnownMember {
        tenant,
        member,
        place,
    })
}

fn known_key(tx: &mut PlatformTx<'_>, key: ApiKey) -> StoreResult<KnownKey> {
    let missing = || StoreError::Missing {
        table: "tenants",
        id: key.tenant_id.to_string(),
    };
    let tenant = tenants::find(tx, key.tenant_id)?.ok_or_else(missing)?;
    let root = NodePath::root(tenant.root_node_id);
    tx.enter(tenant.id, &root, |tx| {
        let place = place_of(tx, key.node_path.clone(), &key.role)?;
        Ok(KnownKey { tenant, key, place })
    })
}

fn place_of(tx: &mut TenantTx<'_>, path: NodePath, role: &str) -> StoreResult<Place> {
    let open = nodes::list_suspended_above(tx, &path)?.is_empty();
    let profile = match role.parse::<ProfileId>() {
        Ok(id) => profiles::find(tx, id)?.map(|profile| (profile.version, profile.rules)),
        Err(_) => None,
    };
    Ok(Place {
        path,
        open,
        profile,
    })
}

fn permissions_of(key: &ApiKey) -> Result<Option<PermissionSet>, GateError> {
    if key.permissions.is_empty() {
        return Ok(None);
    }
    // A permission that this release no longer has is simply not borne.
    Ok(Some(
        key.permissions
            .iter()
            .filter_map(|code| code.parse().ok())
            .collect(),
    ))
}
