//! One-time codes: enrolment, confirmation, removal.

use alvara_domain::id::MemberId;
use alvara_domain::mail::CredentialChange;
use alvara_domain::time::UtcTime;
use alvara_store::members::{self, Member};
use alvara_store::{Origin, StoreResult};
use alvara_vault::{Purpose, Secret, TotpSecret, VaultError};

use super::{Gate, tell_of_change};
use crate::denied::{GateError, SignInRefused};
use crate::principal::Principal;

/// How long an enrolment may take, in seconds.
const ENROLMENT_SECONDS: i64 = 15 * 60;

/// What a person puts into the authenticator app. Shown once; nothing of it is stored until it is
/// confirmed.
#[derive(Debug)]
pub struct TotpEnrolment {
    /// The seed in base32, for typing.
    pub secret: Secret,
    /// The same as `otpauth://` for a QR code.
    pub uri: Secret,
    /// The seed, sealed for this member and for a quarter of an hour; comes back with the first
    /// code.
    pub ticket: String,
}

fn at_rest(id: MemberId) -> String {
    format!("{id}/totp")
}

fn on_the_way(id: MemberId) -> String {
    format!("{id}/totp-enrolment")
}

impl Gate {
    /// Begins enrolment. Nothing changes until [`Gate::confirm_totp`].
    ///
    /// # Errors
    /// [`SignInRefused::Credentials`] for a wrong password and for who is no member.
    pub async fn begin_totp(
        &self,
        principal: &Principal,
        password: &str,
        issuer: &str,
        origin: &Origin,
    ) -> Result<TotpEnrolment, SignInRefused> {
        let member = self.prove(principal, password, origin).await?;
        let seed = TotpSecret::generate().map_err(GateError::from)?;
        let mut plain = self.now().seconds().to_be_bytes().to_vec();
        plain.extend_from_slice(seed.bytes());
        let ticket = self
            .vault()
            .seal(Purpose::Totp, &on_the_way(member.id), &plain)
            .map_err(GateError::from)?;
        Ok(TotpEnrolment {
            uri: seed.otpauth_uri(issuer, &member.email),
            secret: seed.base32(),
            ticket,
        })
    }

    /// Confirms enrolment with a first code; from then on sign-in asks for one. Access tokens
    /// issued before end.
    ///
    /// # Errors
    /// [`SignInRefused::CodeWrong`] when the code is not right, the ticket is not this member's or
    /// too old, or the member has codes already.
    pub async fn confirm_totp(
        &self,
        principal: &Principal,
        ticket: &str,
        code: &str,
        origin: &Origin,
    ) -> Result<(), SignInRefused> {
        let id = principal.member().ok_or(SignInRefused::Credentials)?.id;
        let now = self.now().seconds();
        let seed = self
            .seed_of(id, ticket, now)
            .ok_or(SignInRefused::CodeWrong)?;
        let step = seed
            .verify(code, now, 0)
            .map_err(GateError::from)?
            .ok_or(SignInRefused::CodeWrong)?;
        let sealed = self
            .vault()
            .seal(Purpose::Totp, &at_rest(id), seed.bytes())
            .map_err(GateError::from)?;
        let scope = self.own_scope(principal, origin);
        let confirmed = self.db().write(&scope, move |tx| {
            if members::find(tx, id)?.is_none_or(|member| member.totp_sealed.is_some()) {
                return StoreResult::Ok(false);
            }
            members::set_totp(tx, id, Some(&sealed))?;
            members::use_totp_step(tx, id, step)?;
            tell_of_change(tx, id, CredentialChange::CodesAdded)?;
            tx.audit("member.totp_enabled", id, (), ())?;
            Ok(true)
        });
        if confirmed.await? {
            Ok(())
        } else {
            Err(SignInRefused::CodeWrong)
        }
    }

    /// Removes one's own one-time codes.
    ///
    /// # Errors
    /// [`SignInRefused::Credentials`] for a wrong password.
    pub async fn remove_totp(
        &self,
        principal: &Principal,
        password: &str,
        origin: &Origin,
    ) -> Result<(), SignInRefused> {
        let id = self.prove(principal, password, origin).await?.id;
        let scope = self.own_scope(principal, origin);
        let removed = self.db().write(&scope, move |tx| {
            members::set_totp(tx, id, None)?;
            tell_of_change(tx, id, CredentialChange::CodesRemoved)?;
            tx.audit("member.totp_removed", id, (), ())
        });
        Ok(removed.await?)
    }

    /// The step a code belongs to, if it is right and later than the last one used.
    pub(super) fn step_of(&self, member: &Member, code: &str, now: UtcTime) -> Option<i64> {
        let sealed = member.totp_sealed.as_deref()?;
        let found = self
            .vault()
            .open(Purpose::Totp, &at_rest(member.id), sealed)
            .and_then(|seed| TotpSecret::from_bytes(&seed))
            .and_then(|seed| seed.verify(code, now.seconds(), member.totp_last_step));
        match found {
            Ok(step) => step,
            Err(error) => {
                tracing::error!(member.id = %member.id, %error, "a one-time code could not be checked");
                None
            }
        }
    }

    fn seed_of(&self, id: MemberId, ticket: &str, now: i64) -> Option<TotpSecret> {
        let read = || -> Result<Option<TotpSecret>, VaultError> {
            let plain = self.vault().open(Purpose::Totp, &on_the_way(id), ticket)?;
            let Some((begun, seed)) = plain.split_first_chunk::<8>() else {
                return Ok(None);
            };
            let age = now.saturating_sub(i64::from_be_bytes(*begun));
            if (0..=ENROLMENT_SECONDS).contains(&age) {
                TotpSecret::from_bytes(seed).map(Some)
            } else {
                Ok(None)
            }
        };
        read().ok().flatten()
    }
}
