//! Links by which a member chooses a password without knowing the old one: after an invitation, or when
//! it was forgotten.
//!
//! What stands in such a link is sealed by the vault for this purpose and this tenant, and nothing of it
//! is kept. It names the member and how often their credentials changed, so it is good until it was
//! used, or until anything else changed them; it ends by itself, and is worth nothing at another
//! tenant's host.

use alvara_domain::id::{MemberId, TenantId, Ulid};
use alvara_domain::mail::CredentialChange;
use alvara_domain::node::NodePath;
use alvara_domain::time::UtcTime;
use alvara_store::members::{self, Member};
use alvara_store::{Actor, Origin, Scope, StoreResult, TenantTx, refresh_tokens, sessions};
use alvara_vault::Purpose;

use super::authenticate::{KnownMember, known_member};
use super::{Gate, HostTenant, tell_of_change};
use crate::denied::GateError;

/// No token of ours is longer; nothing longer is even decoded.
const LONGEST: usize = 128;
/// Bytes of a member's id.
const ID: usize = 16;
/// Bytes of each of the numbers behind it.
const NUMBER: usize = 8;

/// What a link says.
#[derive(Clone, Copy)]
struct Named {
    member: MemberId,
    epoch: i64,
}

impl Gate {
    /// What stands in the link by which a member of a tenant chooses a password. It is good until
    /// then, or until the member's credentials change; each call makes another.
    ///
    /// # Errors
    /// When the vault fails.
    pub fn password_token(
        &self,
        tenant: TenantId,
        member: &Member,
        until: UtcTime,
    ) -> Result<String, GateError> {
        let mut plain = member.id.ulid().to_bytes().to_vec();
        plain.extend_from_slice(&member.credentials_epoch.to_be_bytes());
        plain.extend_from_slice(&until.seconds().to_be_bytes());
        let context = tenant.to_string();
        Ok(self.vault().seal(Purpose::PasswordLink, &context, &plain)?)
    }

    /// The scope in which the members of a host are looked for by who is not signed in; `None` at a
    /// host of nobody's, and while the tenant is suspended. Give it to what mails links, and to
    /// nothing that answers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lobby(
        &self,
        host: &HostTenant,
        origin: &Origin,
    ) -> Result<Option<Scope>, GateError> {
        let tenant = self.door(host).await?;
        let open = tenant.filter(|tenant| super::authorize::is_open(tenant.state));
        Ok(open.map(|tenant| {
            let root = NodePath::root(tenant.root_node_id);
            self.inside(tenant.id, &root, Actor::Visitor, origin)
        }))
    }

    /// The address of the member whom a link is for. `None` for a link that is not of this host's
    /// tenant, is over, was used or was never made, and where the member may not sign in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn password_link(
        &self,
        host: &HostTenant,
        token: &str,
        origin: &Origin,
    ) -> Result<Option<String>, GateError> {
        let found = self.linked(host, token, origin).await?;
        Ok(found.map(|(known, _)| known.member.email))
    }

    /// Gives the member of a link the password that they chose: a lock-out is lifted, and every session
    /// and token ends. `false` for a link that is good no more. One-time codes stay as they are.
    ///
    /// The caller has checked [`super::is_acceptable_password`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn choose_password(
        &self,
        host: &HostTenant,
        token: &str,
        password: &str,
        origin: &Origin,
    ) -> Result<bool, GateError> {
        let Some((known, named)) = self.linked(host, token, origin).await? else {
            return Ok(false);
        };
        let hash = self.hash_password(password).await?;
        let root = NodePath::root(known.tenant.root_node_id);
        let actor = Actor::Member(named.member);
        let scope = self.inside(known.tenant.id, &root, actor, origin);
        let work = move |tx: &mut TenantTx<'_>| -> StoreResult<bool> {
            // Of two who use a link at once the second finds it used.
            let held = members::hold(tx, named.member)?;
            if held.is_none_or(|member| member.credentials_epoch != named.epoch) {
                return Ok(false);
            }
            members::set_password(tx, named.member, &hash)?;
            tell_of_change(tx, named.member, CredentialChange::Password)?;
            sessions::remove_of_member(tx, named.member)?;
            refresh_tokens::end_of_member(tx, named.member)?;
            tx.audit("member.password_chosen", named.member, (), ())?;
            Ok(true)
        };
        Ok(self.db().write(&scope, work).await?)
    }

    async fn linked(
        &self,
        host: &HostTenant,
        token: &str,
        origin: &Origin,
    ) -> Result<Option<(KnownMember, Named)>, GateError> {
        let Some(tenant) = self.door(host).await? else {
            return Ok(None);
        };
        let Some(named) = self.named_in(tenant.id, token) else {
            return Ok(None);
        };
        let (id, scope) = (tenant.id, self.insight(origin));
        let known = self.db().platform_read(&scope, move |tx| {
            known_member(tx, id, |tx| members::find(tx, named.member))
        });
        let known = known
            .await?
            .filter(|known| known.is_welcome() && known.member.credentials_epoch == named.epoch);
        Ok(known.map(|known| (known, named)))
    }

    fn named_in(&self, tenant: TenantId, token: &str) -> Option<Named> {
        if token.len() > LONGEST {
            return None;
        }
        let context = tenant.to_string();
        let plain = self
            .vault()
            .open(Purpose::PasswordLink, &context, token)
            .ok()?;
        let (id, rest) = plain.split_at_checked(ID)?;
        let (epoch, until) = rest.split_at_checked(NUMBER)?;
        let until = i64::from_be_bytes(until.try_into().ok()?);
        let until = UtcTime::from_seconds(until).ok()?;
        let named = Named {
            member: MemberId::from_ulid(Ulid::from_bytes(id.try_into().ok()?)),
            epoch: i64::from_be_bytes(epoch.try_into().ok()?),
        };
        (!self.is_over(until)).then_some(named)
    }
}
