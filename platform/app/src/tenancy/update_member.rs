use alvara_domain::event::EventKind;
use alvara_domain::id::{MemberId, NodeId};
use alvara_store::members::{self, Member, MemberState};
use alvara_store::{Scope, TenantTx, refresh_tokens, sessions};
use alvara_tenants::Role;

use super::create_member::MemberNote;
use super::grant::{Granter, check_not_oneself, check_role};
use super::load_node;
use crate::field::Fields;
use crate::{AppError, AppResult, Platform};

/// What to change of a member; what is `None` stays. The address stays for good: it is who signs in.
#[derive(Debug, Clone, Default)]
pub struct MemberChange {
    /// At most 200 characters.
    pub name: Option<String>,
    /// What it may do from now on; access tokens issued before end.
    pub role: Option<Role>,
    /// Another place of the scope.
    pub node_id: Option<NodeId>,
    /// `Some(None)` is the tenant's language.
    pub locale: Option<Option<String>>,
}

impl Platform {
    /// Changes a member. `expected` is the version that the caller read.
    ///
    /// # Errors
    /// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Stale`], and
    /// [`AppError::ExceedsOwnRights`] for a member or a role beyond the granter's own rights, or
    /// for one's own role or place.
    pub async fn update_member(
        &self,
        scope: &Scope,
        granter: Granter<'_>,
        (id, expected): (MemberId, i64),
        change: &MemberChange,
    ) -> AppResult<Member> {
        let seen = self.reachable_member(scope, granter, id).await?;
        if change.role.is_some() || change.node_id.is_some() {
            check_not_oneself(scope, id)?;
        }
        if let Some(role) = change.role {
            self.db()
                .read(scope, move |tx| check_role(tx, role))
                .await?;
            granter.check(self.gate(), scope, role, None).await?;
        }
        let change = change.clone();
        self.db()
            .write(scope, move |tx| update(tx, &seen, expected, &change))
            .await
    }

    /// Shuts a member out: its sessions and tokens end at once.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; [`AppError::WrongState`]; [`AppError::ExceedsOwnRights`] for a member
    /// beyond the granter's own rights, or for oneself.
    pub async fn suspend_member(
        &self,
        scope: &Scope,
        granter: Granter<'_>,
        id: MemberId,
    ) -> AppResult<Member> {
        self.change_member_state(scope, granter, id, MemberState::Disabled)
            .await
    }

    /// Lets a member in again.
    ///
    /// # Errors
    /// As for [`Platform::suspend_member`].
    pub async fn reinstate_member(
        &self,
        scope: &Scope,
        granter: Granter<'_>,
        id: MemberId,
    ) -> AppResult<Member> {
        self.change_member_state(scope, granter, id, MemberState::Active)
            .await
    }

    async fn change_member_state(
        &self,
        scope: &Scope,
        granter: Granter<'_>,
        id: MemberId,
        to: MemberState,
    ) -> AppResult<Member> {
        let seen = self.reachable_member(scope, granter, id).await?;
        check_not_oneself(scope, id)?;
        self.db()
            .write(scope, move |tx| change_state(tx, &seen, to))
            .await
    }

    /// A member of the scope that the granter could have made: whoever may more than the granter is
    /// not the granter's to change, or a password reset would be a way up.
    pub(super) async fn reachable_member(
        &self,
        scope: &Scope,
        granter: Granter<'_>,
        id: MemberId,
    ) -> AppResult<Member> {
        let member = self
            .db()
            .read(scope, move |tx| {
                members::find(tx, id)?.ok_or(AppError::NotFound("member"))
            })
            .await?;
        let role = member.role.parse::<Role>();
        let role = role.map_err(|_| AppError::Inconsistent(format!("{id} has an unknown role")))?;
        granter.check(self.gate(), scope, role, None).await?;
        Ok(member)
    }
}

/// The member as it is now. What was decided about it counts only while its role is the same.
pub(super) fn load_unchanged(tx: &mut TenantTx<'_>, seen: &Member) -> AppResult<Member> {
    let member = members::find(tx, seen.id)?.ok_or(AppError::NotFound("member"))?;
    if member.role == seen.role {
        Ok(member)
    } else {
        Err(AppError::Stale)
    }
}

/// Ends everything that a member is signed in with.
pub(super) fn end_sign_ins(tx: &mut TenantTx<'_>, id: MemberId) -> AppResult<()> {
    sessions::remove_of_member(tx, id)?;
    refresh_tokens::end_of_member(tx, id)?;
    Ok(())
}

fn update(
    tx: &mut TenantTx<'_>,
    seen: &Member,
    expected: i64,
    change: &MemberChange,
) -> AppResult<Member> {
    let before = load_unchanged(tx, seen)?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let mut member = before.clone();
    let mut fields = Fields::new();
    if let Some(name) = &change.name {
        member.name = fields.line("/name", name, 200);
    }
    if let Some(locale) = &change.locale {
        member.locale = locale
            .as_deref()
            .map(|locale| fields.locale("/locale", locale));
    }
    fields.finish()?;
    if let Some(role) = change.role {
        check_role(tx, role)?;
        member.role = role.to_string();
    }
    if let Some(node) = change.node_id {
        member.node_id = load_node(tx, node)?.id;
    }
    members::update(tx, &member)?;
    let member = members::find(tx, before.id)?.ok_or(AppError::NotFound("member"))?;
    tx.audit(
        "member.updated",
        before.id,
        MemberNote::of(&before),
        MemberNote::of(&member),
    )?;
    tx.emit(EventKind::MemberUpdated, before.id, MemberNote::of(&member))?;
    Ok(member)
}

fn change_state(tx: &mut TenantTx<'_>, seen: &Member, to: MemberState) -> AppResult<Member> {
    let before = load_unchanged(tx, seen)?;
    let (wanted, action, kind) = match to {
        MemberState::Disabled => ("suspended", "member.disabled", EventKind::MemberDisabled),
        MemberState::Active => ("reinstated", "member.reinstated", EventKind::MemberUpdated),
    };
    if before.state == to {
        return Err(AppError::WrongState {
            noun: "member",
            state: before.state.as_str(),
            wanted,
        });
    }
    members::update(
        tx,
        &Member {
            state: to,
            ..before.clone()
        },
    )?;
    end_sign_ins(tx, before.id)?;
    let member = members::find(tx, before.id)?.ok_or(AppError::NotFound("member"))?;
    tx.audit(
        action,
        before.id,
        MemberNote::of(&before),
        MemberNote::of(&member),
    )?;
    tx.emit(kind, before.id, MemberNote::of(&member))?;
    Ok(member)
}
