//! Sessions of people: a random secret in a cookie, its hash in the database.

use alvara_domain::node::NodePath;
use alvara_domain::time::UtcTime;
use alvara_store::StoreResult;
use alvara_store::sessions::{self, Session};
use alvara_store::{Actor, Origin};
use alvara_vault::{Secret, new_secret, token_hash};
use serde_json::json;

use super::authenticate::{KnownMember, TOUCH_SECONDS, known_member, still_proven};
use super::tell::{mark_of, tell_of_sign_in};
use super::{Gate, HostTenant};
use crate::denied::{Denied, GateError, SignInRefused};
use crate::principal::Principal;

/// A session that was just opened.
#[derive(Debug)]
pub struct SessionGrant {
    /// The secret for the cookie. It exists nowhere else.
    pub secret: Secret,
    /// When it ends if it is not used.
    pub expires_at: UtcTime,
    /// Who signed in.
    pub principal: Principal,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Names the session for ending it; not the secret, and no way back to it.
    pub handle: String,
    /// When it began.
    pub created_at: UtcTime,
    /// When it was last used, to the minute.
    pub last_seen_at: UtcTime,
    /// When it ends if it is not used.
    pub expires_at: UtcTime,
    /// From where it began.
    pub source_address: String,
    /// In which browser it began.
    pub user_agent: String,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

impl Gate {
    pub(super) async fn open_session(
        &self,
        known: KnownMember,
        user_agent: &str,
        origin: &Origin,
    ) -> Result<SessionGrant, SignInRefused> {
        let secret = new_secret("").map_err(GateError::from)?;
        let hash = token_hash(secret.expose());
        let (tenant, root) = (known.tenant.id, NodePath::root(known.tenant.root_node_id));
        let (id, epoch) = (known.member.id, known.member.credentials_epoch);
        let scope = self.inside(tenant, &root, Actor::Member(id), origin);
        let idle = self
            .config()
            .session_idle_seconds
            .min(self.config().session_longest_seconds);
        let (kept, agent, source) = (
            hash.clone(),
            user_agent.to_owned(),
            origin.source_address().to_owned(),
        );
        let mark = mark_of(self.vault(), id, (user_agent, origin.source_address()))
            .map_err(GateError::from)?;
        let expires_at = self
            .db()
            .write(&scope, move |tx| -> StoreResult<Option<UtcTime>> {
                if !still_proven(tx, id, epoch)? {
                    return Ok(None);
                }
                let now = tx.now();
                let expires_at = now.saturating_add_seconds(idle);
                sessions::insert(
                    tx,
                    &Session {
                        id_hash: kept.clone(),
                        member_id: id,
                        created_at: now,
                        last_seen_at: now,
                        expires_at,
                        source_address: source.clone(),
                        user_agent: agent.clone(),
                    },
                )?;
                tell_of_sign_in(tx, id, &mark, (&agent, &source))?;
                tx.audit("session.created", id, (), json!({"by": "password"}))?;
                Ok(Some(expires_at))
            });
        let expires_at = expires_at.await?.ok_or(SignInRefused::Credentials)?;
        let principal = self.admit_member(known, Some(hash))?;
        Ok(SessionGrant {
            secret,
            expires_at,
            principal,
        })
    }

    pub(super) async fn by_session(
        &self,
        host: &HostTenant,
        secret: &str,
        origin: &Origin,
    ) -> Result<Principal, Denied> {
        let hash = token_hash(secret);
        let homes = self.at_home(host).await?;
        let scope = self.insight(origin);
        let wanted = hash.clone();
        let found = self.db().platform_read(&scope, move |tx| {
            for (tenant, root) in &homes {
                let Some(found) = tx.enter(*tenant, root, |tx| sessions::find(tx, &wanted))? else {
                    continue;
                };
                let (session, member) = found;
                let known = known_member(tx, *tenant, |_| Ok(Some(member)))?;
                return Ok(known.map(|known| (session, known)));
            }
            StoreResult::Ok(None)
        });
        let (session, known) = found.await?.ok_or(Denied::Unauthenticated)?;
        let home = (known.tenant.id, NodePath::root(known.tenant.root_node_id));
        let principal = self.admit_member(known, Some(hash.clone()))?;
        let now = self.now();
        if session.last_seen_at.seconds_until(now) >= TOUCH_SECONDS {
            let longest = session
                .created_at
                .saturating_add_seconds(self.config().session_longest_seconds);
            let end = now
                .saturating_add_seconds(self.config().session_idle_seconds)
                .min(longest);
            let scope = self.inside(home.0, &home.1, principal.actor(), origin);
            self.db()
                .write(&scope, move |tx| sessions::touch(tx, &hash, end))
                .await?;
        }
        Ok(principal)
    }

    /// Ends the session the principal came with; nothing happens when it came without one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, principal: &Principal, origin: &Origin) -> Result<(), GateError> {
        let Some((id, hash)) = principal
            .member()
            .and_then(|member| Some((member.id, member.session.clone()?)))
        else {
            return Ok(());
        };
        let scope = self.own_scope(principal, origin);
        self.db()
            .write(&scope, move |tx| {
                if sessions::remove(tx, &hash)? {
                    tx.audit("session.revoked", id, (), json!({"by": "sign_out"}))?;
                }
                StoreResult::Ok(())
            })
            .await?;
        Ok(())
    }

    /// The principal's own sessions that are still good, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_sessions(
        &self,
        principal: &Principal,
        origin: &Origin,
    ) -> Result<Vec<SessionView>, GateError> {
        let Some(member) = principal.member() else {
            return Ok(Vec::new());
        };
        let (id, current) = (member.id, member.session.clone());
        let scope = self.own_scope(principal, origin);
        let found = self
            .db()
            .read(&scope, move |tx| sessions::list(tx, id))
            .await?;
        Ok(found
            .into_iter()
            .map(|session| SessionView {
                is_current: Some(&session.id_hash) == current.as_ref(),
                handle: handle_of(&session.id_hash),
                created_at: session.created_at,
                last_seen_at: session.last_seen_at,
                expires_at: session.expires_at,
                source_address: session.source_address,
                user_agent: session.user_agent,
            })
            .collect())
    }

    /// Ends one of the principal's own sessions. `false` when it has none of that handle.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_session(
        &self,
        principal: &Principal,
        handle: &str,
        origin: &Origin,
    ) -> Result<bool, GateError> {
        let Some(id) = principal.member().map(|member| member.id) else {
            return Ok(false);
        };
        let handle = handle.to_owned();
        let scope = self.own_scope(principal, origin);
        let ended = self.db().write(&scope, move |tx| {
            let all = sessions::list(tx, id)?;
            let Some(session) = all
                .into_iter()
                .find(|session| handle_of(&session.id_hash) == handle)
            else {
                return StoreResult::Ok(false);
            };
            let ended = sessions::remove(tx, &session.id_hash)?;
            if ended {
                tx.audit("session.revoked", id, (), json!({"by": "member"}))?;
            }
            Ok(ended)
        });
        Ok(ended.await?)
    }
}

/// What names a session to its owner. The hash itself stays inside.
fn handle_of(id_hash: &str) -> String {
    token_hash(id_hash).get(..24).unwrap_or_default().to_owned()
}
