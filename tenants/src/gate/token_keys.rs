//! The keys that sign access tokens: next, active, retiring.
//!
//! A key is published as *next* before it signs, and verifies as *retiring* after, so no instance
//! ever meets an unknown key. Each instance keeps what it has read; an unknown key makes it read
//! again, at most every few seconds, so that forged tokens do not become database load.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use alvara_domain::product::SigningKeyState;
use alvara_domain::time::UtcTime;
use alvara_store::token_keys::{self, TokenKey};
use alvara_store::{Origin, PlatformScope, StoreResult};
use alvara_vault::{Algorithm, KeySpec, Purpose, RsaSize, SigningKey, VerifyingKey};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::Gate;
use crate::denied::GateError;

/// How long keys are believed without reading them again, in seconds.
const KEPT_SECONDS: i64 = 300;
/// How soon an unknown key may cause another reading, in seconds.
const AGAIN_SECONDS: i64 = 5;

pub(super) struct Ring {
    known: RwLock<Option<Arc<Known>>>,
    reading: Mutex<()>,
}

struct Known {
    signer: SigningKey,
    verifiers: HashMap<String, (VerifyingKey, Option<UtcTime>)>,
    read_at: UtcTime,
}

impl Ring {
    pub(super) fn new() -> Self {
        Self {
            known: RwLock::new(None),
            reading: Mutex::new(()),
        }
    }

    fn younger_than(&self, seconds: i64, now: UtcTime) -> Option<Arc<Known>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes the age negative: then the keys are read again.
        known
            .clone()
            .filter(|known| (0..seconds).contains(&known.read_at.seconds_until(now)))
    }
}

fn context(kid: &str) -> String {
    format!("token_keys/{kid}")
}

impl Gate {
    pub(super) async fn token_signer(&self) -> Result<SigningKey, GateError> {
        Ok(self.token_ring(KEPT_SECONDS).await?.signer.clone())
    }

    /// The key of an id, if tokens may still be signed with it.
    pub(super) async fn token_verifier(
        &self,
        kid: &str,
    ) -> Result<Option<VerifyingKey>, GateError> {
        let mut known = self.token_ring(KEPT_SECONDS).await?;
        if !known.verifiers.contains_key(kid) {
            known = self.token_ring(AGAIN_SECONDS).await?;
        }
        let over = |end: &Option<UtcTime>| end.is_some_and(|end| self.is_over(end));
        Ok(known
            .verifiers
            .get(kid)
            .filter(|(_, end)| !over(end))
            .map(|(key, _)| key.clone()))
    }

    /// The public keys that verify access tokens, as a JWK set.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn token_jwks(&self) -> Result<Value, GateError> {
        let known = self.token_ring(KEPT_SECONDS).await?;
        let mut keys: Vec<Value> = known.verifiers.values().map(|(key, _)| key.jwk()).collect();
        keys.sort_by_cached_key(|key| key["kid"].to_string());
        Ok(json!({ "keys": keys }))
    }

    /// Moves every key one step on: next signs, active only verifies, and a new next is published.
    /// The old key verifies until the last token it signed has ended.
    ///
    /// # Errors
    /// When the database or the making of a key fails.
    pub async fn rotate_token_keys(&self, scope: &PlatformScope) -> Result<(), GateError> {
        let _turn = self.0.token_keys.reading.lock().await;
        let fresh = self.new_token_key(SigningKeyState::Next).await?;
        let verifies = self
            .config()
            .access_token_seconds
            .saturating_add(KEPT_SECONDS + 60);
        let operator = self.operator().await?.map(|tenant| tenant.id);
        self.db()
            .platform_write(scope, move |tx| {
                let end = tx.now().saturating_add_seconds(verifies);
                let keys = token_keys::list(tx)?;
                let in_state = |state| keys.iter().filter(move |key| key.state == state);
                let Some(next) = in_state(SigningKeyState::Next).next() else {
                    token_keys::insert(tx, &fresh)?;
                    return StoreResult::Ok(());
                };
                for over in in_state(SigningKeyState::Retiring) {
                    if over.retires_at.is_some_and(|end| end <= tx.now()) {
                        token_keys::change_state(
                            tx,
                            &over.kid,
                            SigningKeyState::Retired,
                            over.retires_at,
                        )?;
                    }
                }
                for active in in_state(SigningKeyState::Active) {
                    token_keys::change_state(
                        tx,
                        &active.kid,
                        SigningKeyState::Retiring,
                        Some(end),
                    )?;
                }
                token_keys::change_state(tx, &next.kid, SigningKeyState::Active, None)?;
                token_keys::insert(tx, &fresh)?;
                if let Some(operator) = operator {
                    tx.audit_in(
                        operator,
                        "token_key.rotated",
                        &next.kid,
                        (),
                        json!({"next": fresh.kid}),
                    )?;
                }
                Ok(())
            })
            .await?;
        *self
            .0
            .token_keys
            .known
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    async fn token_ring(&self, seconds: i64) -> Result<Arc<Known>, GateError> {
        let ring = &self.0.token_keys;
        if let Some(known) = ring.younger_than(seconds, self.now()) {
            return Ok(known);
        }
        let _turn = ring.reading.lock().await;
        if let Some(known) = ring.younger_than(seconds, self.now()) {
            return Ok(known);
        }
        let known = Arc::new(self.read_token_keys().await?);
        *ring.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&known));
        Ok(known)
    }

    async fn read_token_keys(&self) -> Result<Known, GateError> {
        let scope = self.insight(&Origin::default());
        let mut keys = self.db().platform_read(&scope, token_keys::list).await?;
        if keys.iter().all(|key| key.state != SigningKeyState::Active) {
            let made = [
                self.new_token_key(SigningKeyState::Active).await?,
                self.new_token_key(SigningKeyState::Next).await?,
            ];
            keys = self
                .db()
                .platform_write(&scope, move |tx| {
                    // Another instance may have been quicker; then its keys are as good.
                    let there = token_keys::list(tx)?;
                    if there.iter().any(|key| key.state == SigningKeyState::Active) {
                        return StoreResult::Ok(there);
                    }
                    for key in &made {
                        token_keys::insert(tx, key)?;
                    }
                    token_keys::list(tx)
                })
                .await?;
        }
        let active = keys.iter().find(|key| key.state == SigningKeyState::Active);
        let active = active.ok_or(GateError::Corrupt(
            "there is no key to sign access tokens with",
        ))?;
        let pem = self.vault().open(
            Purpose::TokenKey,
            &context(&active.kid),
            &active.private_sealed,
        )?;
        let signer = SigningKey::from_pem(Algorithm::Rs256, &pem)?;
        let mut verifiers = HashMap::new();
        for key in &keys {
            let public = VerifyingKey::from_pem(Algorithm::Rs256, key.public_pem.as_bytes())?;
            verifiers.insert(key.kid.clone(), (public, key.retires_at));
        }
        Ok(Known {
            signer,
            verifiers,
            read_at: self.now(),
        })
    }

    /// Makes a key; RSA takes a fraction of a second, on a thread of its own.
    async fn new_token_key(&self, state: SigningKeyState) -> Result<TokenKey, GateError> {
        let made =
            tokio::task::spawn_blocking(|| SigningKey::generate(KeySpec::Rs256(RsaSize::Bits2048)));
        let key = made.await.map_err(|_| GateError::Ending)??;
        let kid = key.kid().to_owned();
        let pem = key.private_pem()?;
        Ok(TokenKey {
            private_sealed: self.vault().seal(
                Purpose::TokenKey,
                &context(&kid),
                pem.expose().as_bytes(),
            )?,
            public_pem: key.public_pem().to_owned(),
            created_at: self.now(),
            retires_at: None,
            state,
            kid,
        })
    }
}
