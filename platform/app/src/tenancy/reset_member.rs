use alvara_domain::event::EventKind;
use alvara_domain::id::MemberId;
use alvara_domain::mail::CredentialChange;
use alvara_store::members::{self, Member};
use alvara_store::{Scope, TenantTx};
use alvara_tenants::tell_of_change;
use alvara_vault::Secret;

use super::create_member::{MemberNote, check_password};
use super::grant::{Granter, check_not_oneself};
use super::update_member::{end_sign_ins, load_unchanged};
use crate::field::Fields;
use crate::{AppResult, Platform};

impl Platform {
    /// Gives a member a new password: a lock-out is lifted, and all its sessions and tokens end.
    /// One's own is changed at the gate, which asks for the old one.
    ///
    /// # Errors
    /// [`crate::AppError::Invalid`], [`crate::AppError::NotFound`], and
    /// [`crate::AppError::ExceedsOwnRights`] for a member beyond the granter's own rights, or for
    /// oneself.
    pub async fn reset_password(
        &self,
        scope: &Scope,
        granter: Granter<'_>,
        id: MemberId,
        password: &Secret,
    ) -> AppResult<()> {
        let mut fields = Fields::new();
        check_password(&mut fields, password);
        fields.finish()?;
        let seen = self.reachable_member(scope, granter, id).await?;
        check_not_oneself(scope, id)?;
        let hash = self.gate().hash_password(password.expose()).await?;
        self.db()
            .write(scope, move |tx| {
                load_unchanged(tx, &seen)?;
                members::set_password(tx, id, &hash)?;
                tell_of_change(tx, id, CredentialChange::Password)?;
                end_sign_ins(tx, id)?;
                note(tx, &seen, "member.password_reset")
            })
            .await
    }

    /// Lifts a lock-out after wrong passwords.
    ///
    /// # Errors
    /// As for [`Platform::reset_password`].
    pub async fn unlock_member(
        &self,
        scope: &Scope,
        granter: Granter<'_>,
        id: MemberId,
    ) -> AppResult<()> {
        let seen = self.reachable_member(scope, granter, id).await?;
        self.db()
            .write(scope, move |tx| {
                load_unchanged(tx, &seen)?;
                members::record_success(tx, id)?;
                note(tx, &seen, "member.unlocked")
            })
            .await
    }

    /// Takes away a member's one-time codes, for whoever lost the device that makes them.
    ///
    /// # Errors
    /// As for [`Platform::reset_password`].
    pub async fn remove_second_factor(
        &self,
        scope: &Scope,
        granter: Granter<'_>,
        id: MemberId,
    ) -> AppResult<()> {
        let seen = self.reachable_member(scope, granter, id).await?;
        check_not_oneself(scope, id)?;
        self.db()
            .write(scope, move |tx| {
                load_unchanged(tx, &seen)?;
                members::set_totp(tx, id, None)?;
                tell_of_change(tx, id, CredentialChange::CodesRemoved)?;
                end_sign_ins(tx, id)?;
                note(tx, &seen, "member.totp_removed")
            })
            .await
    }
}

/// The chain says that it was done; there is nothing about a credential to show.
fn note(tx: &mut TenantTx<'_>, member: &Member, action: &str) -> AppResult<()> {
    tx.audit(action, member.id, (), ())?;
    tx.emit(EventKind::MemberUpdated, member.id, MemberNote::of(member))?;
    Ok(())
}
