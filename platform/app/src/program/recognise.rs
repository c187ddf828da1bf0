//! Knows a machine again that calls with its fingerprint: alone, with its token, or with its key.

use alvara_domain::fingerprint::Fingerprint;
use alvara_domain::key::ActivationKey;
use alvara_domain::machine::{Machine, MachineState};
use alvara_store::{TenantTx, machines, products};
use alvara_vault::Secret;

use super::{ContactAnswer, Knock};
use crate::error::{AppError, AppResult};
use crate::license::choose::choose_product;
use crate::machine::contact::ContactRequest;
use crate::machine::token::machine_token;
use crate::platform::Platform;

impl Platform {
    /// A machine calls with its fingerprint and, where it has one, its token. With a token it must
    /// be the token's machine; nothing is changed where it is not.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when no such machine came through this door, or the token is another's.
    pub async fn call_in(
        &self,
        knock: &Knock,
        token: Option<&str>,
        fingerprint: &Fingerprint,
        request: &ContactRequest,
    ) -> AppResult<ContactAnswer> {
        let Some(token) = token else {
            return self.check_fingerprint(knock, fingerprint, request).await;
        };
        let none = || AppError::NotFound("machine");
        let access = self
            .gate()
            .program_by_token(&knock.host, token, &knock.origin)
            .await?
            .ok_or_else(none)?;
        let id = access.machine.ok_or_else(none)?;
        let machine: AppResult<Option<Machine>> = self
            .db()
            .read(&access.scope, move |tx: &mut TenantTx<'_>| {
                Ok(machines::find(tx, id)?)
            })
            .await;
        if machine?.is_none_or(|machine| machine.fingerprint != *fingerprint) {
            return Err(none());
        }
        self.heartbeat(knock, token, request.clone(), None).await
    }

    /// The token of a machine: computed, so it is the one that its activation answered.
    ///
    /// # Errors
    /// Only when OpenSSL fails.
    pub fn token_of(&self, machine: &Machine) -> AppResult<Secret> {
        Ok(machine_token(
            self.vault(),
            machine.id,
            machine.activated_at,
        )?)
    }

    /// The machine with this fingerprint that is active under the license of this key, with its token:
    /// what activating again would answer, without counting as contact.
    ///
    /// # Errors
    /// Only when something of ours fails.
    pub async fn machine_of_key(
        &self,
        knock: &Knock,
        key: &str,
        fingerprint: &Fingerprint,
    ) -> AppResult<Option<(Machine, Secret)>> {
        let Ok(key) = ActivationKey::parse(key) else {
            return Ok(None);
        };
        let access = self
            .gate()
            .program_by_key(&knock.host, &key, &knock.origin)
            .await?;
        let Some(access) = access else {
            return Ok(None);
        };
        let (license, fingerprint) = (access.license, fingerprint.clone());
        let found: AppResult<Option<Machine>> = self
            .db()
            .read(&access.scope, move |tx: &mut TenantTx<'_>| {
                Ok(machines::find_by_fingerprint(tx, license, &fingerprint)?)
            })
            .await;
        match found?.filter(|machine| machine.state == MachineState::Active) {
            Some(machine) => {
                let token = self.token_of(&machine)?;
                Ok(Some((machine, token)))
            }
            None => Ok(None),
        }
    }

    /// Code of the product that is meant at a host where none is named.
    ///
    /// # Errors
    /// [`AppError::NotFound`] at a host of nobody's; [`AppError::Invalid`] where there is none.
    pub async fn default_product(&self, knock: &Knock) -> AppResult<String> {
        let scope = self
            .gate()
            .public(&knock.host, &knock.origin)
            .await?
            .ok_or(AppError::NotFound("product"))?;
        let read = |tx: &mut TenantTx<'_>| {
            let id = choose_product(tx, None)?;
            let product = products::find(tx, id)?.ok_or(AppError::NotFound("product"))?;
            Ok(product.code)
        };
        self.db().read(&scope, read).await
    }
}
