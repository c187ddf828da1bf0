//! Sign-in with a password, and the lock-out after too many.

use std::sync::Arc;

use alvara_domain::node::{NodePath, Tenant};
use alvara_domain::time::UtcTime;
use alvara_store::members::{self, Member};
use alvara_store::{Actor, Origin};
use alvara_store::{StoreResult, TenantTx};
use serde_json::json;

use super::authenticate::{KnownMember, known_member};
use super::{Gate, HostTenant, SessionGrant};
use crate::denied::{GateError, SignInRefused};
use crate::lock_out::locked_until;
use crate::principal::{MemberIdentity, Principal};

/// What a person gives to sign in.
#[derive(Clone, Copy)]
pub struct SignIn<'a> {
    /// The address.
    pub email: &'a str,
    /// The password.
    pub password: &'a str,
    /// The one-time code, when the member has those.
    pub code: Option<&'a str>,
    /// What the browser says it is; kept with the session, so that a person recognises it.
    pub user_agent: &'a str,
}

impl std::fmt::Debug for SignIn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn(…)")
    }
}

/// What one checked attempt comes to. All of them are written down, so none is an error inside
/// the transaction.
enum Attempt {
    Accepted,
    Wrong,
    CodeRequired,
    CodeWrong,
    Locked(UtcTime),
}

impl Gate {
    /// Signs a person in and opens a session.
    ///
    /// At a tenant's host it looks among that tenant's members, at the shared host among the
    /// operator's. An address that nobody has takes as long, and is locked out like any other.
    ///
    /// # Errors
    /// As [`SignInRefused`] says.
    pub async fn sign_in(
        &self,
        host: &HostTenant,
        request: SignIn<'_>,
        origin: &Origin,
    ) -> Result<SessionGrant, SignInRefused> {
        let known = self
            .prove_member(host, request.email, request.password, request.code, origin)
            .await?;
        self.open_session(known, request.user_agent, origin).await
    }

    /// Checks address, password and code, and keeps count.
    pub(super) async fn prove_member(
        &self,
        host: &HostTenant,
        email: &str,
        password: &str,
        code: Option<&str>,
        origin: &Origin,
    ) -> Result<KnownMember, SignInRefused> {
        let Some(tenant) = self.door(host).await? else {
            self.check_password(password, None).await?;
            return Err(SignInRefused::Credentials);
        };
        let email = members::normalised_email(email);
        let scope = self.insight(origin);
        let (id, wanted) = (tenant.id, email.clone());
        let known = self.db().platform_read(&scope, move |tx| {
            known_member(tx, id, |tx| members::find_by_email(tx, &wanted))
        });
        match known.await? {
            Some(known) => self.check(known, password, code, origin).await,
            None => self.turn_away(&tenant, &email, password, origin).await,
        }
    }

    /// Checks the password of a member who is signed in already, before something grave.
    pub(super) async fn prove(
        &self,
        principal: &Principal,
        password: &str,
        origin: &Origin,
    ) -> Result<MemberIdentity, SignInRefused> {
        let member = principal
            .member()
            .ok_or(SignInRefused::Credentials)?
            .clone();
        let known = self
            .member_of(principal.tenant(), member.id, origin)
            .await?;
        let known = known.ok_or(SignInRefused::Credentials)?;
        self.check_counted(known, password, None, Codes::NotAsked, origin)
            .await?;
        Ok(member)
    }

    /// Whose members sign in at a host.
    pub(super) async fn door(&self, host: &HostTenant) -> Result<Option<Arc<Tenant>>, GateError> {
        match host {
            HostTenant::Unknown => Ok(None),
            HostTenant::Tenant(tenant) => Ok(Some(Arc::clone(tenant))),
            HostTenant::Shared => self.operator().await,
        }
    }

    async fn check(
        &self,
        known: KnownMember,
        password: &str,
        code: Option<&str>,
        origin: &Origin,
    ) -> Result<KnownMember, SignInRefused> {
        self.check_counted(known, password, code, Codes::Asked, origin)
            .await
    }

    async fn check_counted(
        &self,
        known: KnownMember,
        password: &str,
        code: Option<&str>,
        codes: Codes,
        origin: &Origin,
    ) -> Result<KnownMember, SignInRefused> {
        let held = known
            .member
            .locked_until
            .is_some_and(|end| !self.is_over(end));
        // While locked out, the real hash is not even looked at: a right password must not answer
        // differently from a wrong one, or the lock-out would be a place to go on guessing.
        let hash = if held {
            None
        } else {
            Some(known.member.password_hash.clone())
        };
        let right = self.check_password(password, hash).await?;
        let (id, code) = (known.member.id, code.map(str::to_owned));
        let asked = AttemptMade {
            right,
            welcome: known.is_welcome(),
            codes,
            epoch: known.member.credentials_epoch,
        };
        let root = NodePath::root(known.tenant.root_node_id);
        let scope = self.inside(known.tenant.id, &root, Actor::Member(id), origin);
        let gate = self.clone();
        let attempt = self
            .db()
            .write(&scope, move |tx| match members::hold(tx, id)? {
                Some(member) => gate.count(tx, &member, asked, code.as_deref()),
                None => Ok(Attempt::Wrong),
            });
        match attempt.await? {
            Attempt::Accepted => Ok(known),
            Attempt::Wrong => Err(SignInRefused::Credentials),
            Attempt::CodeRequired => Err(SignInRefused::CodeRequired),
            Attempt::CodeWrong => Err(SignInRefused::CodeWrong),
            Attempt::Locked(until) => Err(SignInRefused::Locked { until }),
        }
    }

    /// Judges an attempt by the member's row as it is now. Attempts that run at the same time meet
    /// here one after the other, so that together they have five tries and not five each.
    fn count(
        &self,
        tx: &mut TenantTx<'_>,
        member: &Member,
        made: AttemptMade,
        code: Option<&str>,
    ) -> StoreResult<Attempt> {
        let now = tx.now();
        if let Some(until) = member.locked_until.filter(|end| *end > now) {
            tx.audit(
                "session.refused",
                member.id,
                (),
                json!({"reason": "locked"}),
            )?;
            return Ok(Attempt::Locked(until));
        }
        if made.epoch != member.credentials_epoch {
            // The password that was compared is no longer the password.
            return Ok(Attempt::Wrong);
        }
        if !made.right {
            return refuse(tx, member, "password", Attempt::Wrong);
        }
        if !made.welcome {
            tx.audit(
                "session.refused",
                member.id,
                (),
                json!({"reason": "suspended"}),
            )?;
            return Ok(Attempt::Wrong);
        }
        if made.codes == Codes::Asked && member.totp_sealed.is_some() {
            let Some(code) = code.filter(|code| !code.is_empty()) else {
                return Ok(Attempt::CodeRequired);
            };
            match self.step_of(member, code, now) {
                Some(step) if members::use_totp_step(tx, member.id, step)? => {}
                _ => return refuse(tx, member, "code", Attempt::CodeWrong),
            }
        }
        members::record_success(tx, member.id)?;
        Ok(Attempt::Accepted)
    }

    /// Answers for an address that nobody has: as slowly, and with the same lock-out.
    async fn turn_away(
        &self,
        tenant: &Tenant,
        email: &str,
        password: &str,
        origin: &Origin,
    ) -> Result<KnownMember, SignInRefused> {
        let hidden = self
            .vault()
            .lookup(&format!("email:{email}"))
            .map_err(GateError::from)?;
        let held = self.0.strangers.attempt(tenant.id, &hidden, self.now());
        self.check_password(password, None).await?;
        let root = NodePath::root(tenant.root_node_id);
        let scope = self.inside(tenant.id, &root, Actor::Platform, origin);
        let target = format!("email:{}", hidden.get(..16).unwrap_or_default());
        let reason = if held.is_some() { "locked" } else { "unknown" };
        self.db()
            .write(&scope, move |tx| {
                tx.audit("session.refused", &target, (), json!({"reason": reason}))
            })
            .await?;
        match held {
            Some(until) => Err(SignInRefused::Locked { until }),
            None => Err(SignInRefused::Credentials),
        }
    }
}

/// Whether a one-time code is part of the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codes {
    Asked,
    NotAsked,
}

/// What was found out about an attempt before the transaction.
#[derive(Debug, Clone, Copy)]
struct AttemptMade {
    right: bool,
    welcome: bool,
    codes: Codes,
    epoch: i64,
}

fn refuse(
    tx: &mut TenantTx<'_>,
    member: &Member,
    reason: &str,
    attempt: Attempt,
) -> StoreResult<Attempt> {
    let failed = members::record_failure(tx, member.id)?;
    if let Some(until) = locked_until(failed, tx.now()) {
        members::lock(tx, member.id, until)?;
    }
    tx.audit(
        "session.refused",
        member.id,
        (),
        json!({"reason": reason, "attempt": failed}),
    )?;
    Ok(attempt)
}
