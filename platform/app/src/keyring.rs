//! Signing keys of products: made in pairs, rotated with overlap, kept ready to sign.
//!
//! A program in the field must never meet a signature by a key that it cannot find. So a key is
//! published (in the JWKS) from the moment it is made, as `next`; it signs only after a rotation
//! made it `active`; and once it signs no more it stays published, as `retiring`, until every
//! program that may still hold something signed by it must have called again.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use alvara_domain::event::EventKind;
use alvara_domain::id::{ProductId, TenantId};
use alvara_domain::product::{Algorithm, SigningKeyState};
use alvara_domain::time::UtcTime;
use alvara_store::page::PageRequest;
use alvara_store::signing_keys::StoredSigningKey;
use alvara_store::{Scope, StoreError, TenantTx, policies, products, signing_keys};
use alvara_vault::{KeySpec, Purpose, SigningKey, Vault, VerifyingKey};
use serde_json::{Value, json};

use crate::catalogue::load_own_product;
use crate::{AppError, AppResult, Platform};

/// How long a ring is trusted without asking the database again, in seconds. Another instance may
/// rotate meanwhile; what this one signs until it notices is by a key that is still published.
const TRUST_SECONDS: i64 = 30;
/// Rings kept before those out of date are thrown away.
const KEPT_MOST: usize = 4096;
/// How long a key stays published after its last signature, unless a policy needs longer.
const OVERLAP_SECONDS: i64 = 45 * 86_400;

/// Two fresh keys for a new product: one to sign with, one to follow it.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// Signs from the start.
    pub active: SigningKey,
    /// Signs after the first rotation.
    pub next: SigningKey,
}

/// Makes one key on a thread of its own: for the rotation of a product's keys.
///
/// # Errors
/// When OpenSSL fails or the process is ending.
pub async fn generate_key(spec: KeySpec) -> AppResult<SigningKey> {
    blocking(move || SigningKey::generate(spec)).await
}

/// Makes the two keys of a new product on a thread of its own; RSA takes up to some seconds.
///
/// # Errors
/// As for [`generate_key`].
pub async fn generate_pair(spec: KeySpec) -> AppResult<KeyPair> {
    blocking(move || {
        Ok(KeyPair {
            active: SigningKey::generate(spec)?,
            next: SigningKey::generate(spec)?,
        })
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, alvara_vault::VaultError> + Send + 'static,
) -> AppResult<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(made) => Ok(made?),
        Err(_) => Err(AppError::Store(StoreError::Unavailable(
            "the process is ending".to_owned(),
        ))),
    }
}

/// Algorithm and size as the vault names them.
///
/// # Errors
/// When there are no such keys.
pub fn spec_of(algorithm: Algorithm, bits: i64) -> AppResult<KeySpec> {
    Ok(KeySpec::of(algorithm_of(algorithm)?, bits)?)
}

fn algorithm_of(algorithm: Algorithm) -> AppResult<alvara_vault::Algorithm> {
    Ok(algorithm.as_str().parse()?)
}

/// Why the keys of a product change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// As a matter of course: the old key stays published while something signed by it is about.
    Planned,
    /// Somebody else may have the old key: it is taken from the key set at once, and programs that
    /// hold something signed by it must call again.
    Compromised,
}

/// A public key of a product and what it is for.
#[derive(Debug, Clone)]
pub struct PublishedKey {
    /// The key.
    pub key: VerifyingKey,
    /// `next`, `active` or `retiring`.
    pub state: SigningKeyState,
}

/// The keys of one product, ready for use.
#[derive(Debug)]
pub struct Ring {
    active: SigningKey,
    published: Vec<PublishedKey>,
}

impl Ring {
    /// The key that signs. Signing takes a while: do it after the transaction.
    #[must_use]
    pub fn active(&self) -> &SigningKey {
        &self.active
    }

    /// All keys that programs can find, the newest first.
    #[must_use]
    pub fn published(&self) -> &[PublishedKey] {
        &self.published
    }

    /// The published key of an id.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&VerifyingKey> {
        self.published
            .iter()
            .map(|published| &published.key)
            .find(|key| key.kid() == kid)
    }

    /// The key set (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> Value {
        let keys: Vec<Value> = self
            .published
            .iter()
            .map(|published| published.key.jwk())
            .collect();
        json!({ "keys": keys })
    }
}

struct Kept {
    ring: Arc<Ring>,
    read_at: UtcTime,
}

impl Kept {
    /// A clock that was moved back makes everything old.
    fn is_fresh(&self, now: UtcTime) -> bool {
        (0..TRUST_SECONDS).contains(&self.read_at.seconds_until(now))
    }
}

/// The rings of all products, kept ready. One for a process.
pub struct KeyRing {
    vault: Vault,
    overlap_seconds: i64,
    // By tenant as well: whoever may not see a product must not find its ring here either.
    kept: Mutex<HashMap<(TenantId, ProductId), Kept>>,
}

impl KeyRing {
    /// Opens private keys with `vault`. Keys stay published 45 days after their last signature.
    #[must_use]
    pub fn new(vault: Vault) -> Self {
        Self {
            vault,
            overlap_seconds: OVERLAP_SECONDS,
            kept: Mutex::new(HashMap::new()),
        }
    }

    /// The same with another overlap. It never goes below the longest time that a program may run
    /// between two checks under any policy of the owner's.
    #[must_use]
    pub fn with_overlap_seconds(self, seconds: i64) -> Self {
        Self {
            overlap_seconds: seconds.max(0),
            ..self
        }
    }

    /// The ring of a product that the tenant owns or sells, at most 30 s old.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is no such product for this tenant.
    pub fn ring(&self, tx: &mut TenantTx<'_>, product: ProductId) -> AppResult<Arc<Ring>> {
        let (place, now) = ((tx.tenant(), product), tx.now());
        let stale = match self.lock().get(&place) {
            Some(kept) if kept.is_fresh(now) => return Ok(Arc::clone(&kept.ring)),
            Some(kept) => Some(kept.ring.active.clone()),
            None => None,
        };
        let ring = Arc::new(self.read(tx, product, stale)?);
        let mut all = self.lock();
        if all.len() >= KEPT_MOST {
            all.retain(|_, kept| kept.is_fresh(now));
        }
        all.insert(
            place,
            Kept {
                ring: Arc::clone(&ring),
                read_at: now,
            },
        );
        Ok(ring)
    }

    /// What opens private keys and computes machine tokens.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Id of the key with which [`KeyRing::ring`] signs.
    ///
    /// # Errors
    /// As there.
    pub fn signing_kid(&self, tx: &mut TenantTx<'_>, product: ProductId) -> AppResult<String> {
        Ok(self.ring(tx, product)?.active().kid().to_owned())
    }

    /// The public key of an id, if programs can find it. A ring that was read before two rotations
    /// does not count as the last word: an unknown id is looked up.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is no such product for this tenant.
    pub fn verifying_key(
        &self,
        tx: &mut TenantTx<'_>,
        product: ProductId,
        kid: &str,
    ) -> AppResult<Option<VerifyingKey>> {
        if let Some(key) = self.ring(tx, product)?.find(kid) {
            return Ok(Some(key.clone()));
        }
        let published = published(&signing_keys::list(tx, product)?)?;
        Ok(published
            .into_iter()
            .map(|published| published.key)
            .find(|key| key.kid() == kid))
    }

    /// The key set of a product as it is now, never from memory: who publishes a key counts on it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is no such product for this tenant.
    pub fn jwks(&self, tx: &mut TenantTx<'_>, product: ProductId) -> AppResult<Value> {
        let published = published(&signing_keys::list(tx, product)?)?;
        if published.is_empty() {
            return Err(AppError::NotFound("product"));
        }
        let keys: Vec<Value> = published
            .iter()
            .map(|published| published.key.jwk())
            .collect();
        Ok(json!({ "keys": keys }))
    }

    /// Stores the first two keys of a product. Nobody has a program yet that could miss one, so
    /// this is the one time that a key signs as soon as it is published.
    pub(crate) fn found(
        &self,
        tx: &mut TenantTx<'_>,
        product: ProductId,
        pair: &KeyPair,
    ) -> AppResult<()> {
        self.insert(tx, product, &pair.active, SigningKeyState::Active)?;
        self.insert(tx, product, &pair.next, SigningKeyState::Next)
    }

    /// Lets the next key sign and publishes `fresh` as the one after it. Made by [`generate_key`]
    /// before the transaction. For a product of the tenant's own.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; [`AppError::ExceedsOwnRights`] for a product that the tenant only
    /// sells; [`AppError::Stale`] when somebody else is rotating it.
    pub fn rotate(
        &self,
        tx: &mut TenantTx<'_>,
        product: ProductId,
        fresh: &SigningKey,
        why: Rotation,
    ) -> AppResult<()> {
        let owned = load_own_product(tx, product)?;
        if fresh.algorithm() != algorithm_of(owned.algorithm)? {
            return Err(AppError::Inconsistent(format!(
                "the fresh key of {product} has another algorithm"
            )));
        }
        let rows = signing_keys::list(tx, product)?;
        let in_state = |state| {
            let found = rows
                .iter()
                .find(|row| row.state == state)
                .map(|row| row.kid.clone());
            found.ok_or_else(|| {
                AppError::Inconsistent(format!("{product} has no {state} signing key"))
            })
        };
        let (active, next) = (
            in_state(SigningKeyState::Active)?,
            in_state(SigningKeyState::Next)?,
        );
        let (to, until) = match why {
            Rotation::Planned => (
                SigningKeyState::Retiring,
                tx.now().saturating_add_seconds(self.overlap(tx, product)?),
            ),
            Rotation::Compromised => (SigningKeyState::Retired, tx.now()),
        };
        let changed = signing_keys::change_state(tx, product, &active, to, Some(until))?
            && signing_keys::change_state(tx, product, &next, SigningKeyState::Active, None)?;
        if !changed {
            return Err(AppError::Stale);
        }
        self.insert(tx, product, fresh, SigningKeyState::Next)?;
        let before = json!({ "active": active, "next": next });
        let after = json!({ "active": next, "next": fresh.kid(), "old": { "kid": active, "state": to, "published_until": until } });
        tx.audit("signing_key.rotated", product, before, &after)?;
        tx.emit(EventKind::SigningKeyRotated, product, after)?;
        self.forget(product);
        Ok(())
    }

    /// Takes the keys whose time is over out of the key sets of the tenant's own products, and says
    /// how many there were. For a job that runs daily.
    ///
    /// # Errors
    /// When the database fails, or the scope is only a part of the tenant.
    pub fn retire_due(&self, tx: &mut TenantTx<'_>) -> AppResult<usize> {
        let mut retired = 0;
        for row in due(tx)? {
            if !signing_keys::change_state(
                tx,
                row.product_id,
                &row.kid,
                SigningKeyState::Retired,
                row.retires_at,
            )? {
                continue;
            }
            let data = json!({ "kid": row.kid, "product_id": row.product_id });
            tx.audit(
                "signing_key.retired",
                row.product_id,
                json!({ "kid": row.kid, "state": row.state }),
                &data,
            )?;
            tx.emit(EventKind::SigningKeyRetired, row.product_id, data)?;
            self.forget(row.product_id);
            retired += 1;
        }
        Ok(retired)
    }

    /// How long a key that signs no more stays published: as configured, but no shorter than the
    /// longest time between two checks that a policy allows.
    fn overlap(&self, tx: &mut TenantTx<'_>, product: ProductId) -> AppResult<i64> {
        let mut longest = self.overlap_seconds;
        let mut request = PageRequest::new(Some(200), None);
        loop {
            let page = policies::list(tx, Some(product), &request)?;
            for policy in &page.items {
                let terms = &policy.terms;
                let window = i64::from(terms.revalidate_after_seconds)
                    + i64::from(terms.offline_grace_seconds);
                longest = longest.max(window);
            }
            match page.next {
                Some(next) => request = PageRequest::new(Some(200), Some(next)),
                None => return Ok(longest),
            }
        }
    }

    fn insert(
        &self,
        tx: &mut TenantTx<'_>,
        product: ProductId,
        key: &SigningKey,
        state: SigningKeyState,
    ) -> AppResult<()> {
        let pem = key.private_pem()?;
        let record = StoredSigningKey {
            tenant_id: tx.tenant(),
            product_id: product,
            kid: key.kid().to_owned(),
            algorithm: key
                .algorithm()
                .as_str()
                .parse()
                .map_err(|_| unknown_algorithm(key.kid()))?,
            state,
            public_pem: key.public_pem().to_owned(),
            private_sealed: self.vault.seal(
                Purpose::SigningKey,
                &context(product, key.kid()),
                pem.expose().as_bytes(),
            )?,
            created_at: tx.now(),
            activated_at: (state == SigningKeyState::Active).then(|| tx.now()),
            retires_at: None,
        };
        signing_keys::insert(tx, &record)?;
        let seen = json!({ "kid": record.kid, "product_id": product, "algorithm": record.algorithm, "state": state });
        tx.audit("signing_key.created", product, (), &seen)?;
        tx.emit(EventKind::SigningKeyCreated, product, seen)?;
        Ok(())
    }

    fn read(
        &self,
        tx: &mut TenantTx<'_>,
        product: ProductId,
        known: Option<SigningKey>,
    ) -> AppResult<Ring> {
        let rows = signing_keys::list(tx, product)?;
        if rows.is_empty() {
            return Err(AppError::NotFound("product"));
        }
        let active = rows
            .iter()
            .find(|row| row.state == SigningKeyState::Active)
            .ok_or_else(|| {
                AppError::Inconsistent(format!("{product} has no active signing key"))
            })?;
        let active = match known {
            // Reading a private key costs more than using it.
            Some(key) if key.kid() == active.kid => key,
            _ => {
                let pem = self.vault.open(
                    Purpose::SigningKey,
                    &context(product, &active.kid),
                    &active.private_sealed,
                )?;
                SigningKey::from_pem(algorithm_of(active.algorithm)?, &pem)?
            }
        };
        Ok(Ring {
            active,
            published: published(&rows)?,
        })
    }

    fn forget(&self, product: ProductId) {
        self.lock().retain(|(_, kept), _| *kept != product);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(TenantId, ProductId), Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("overlap_seconds", &self.overlap_seconds)
            .finish_non_exhaustive()
    }
}

/// The retiring keys of the tenant's own products whose time is over.
fn due(tx: &mut TenantTx<'_>) -> AppResult<Vec<StoredSigningKey>> {
    let (mut due, mut request) = (Vec::new(), PageRequest::new(Some(200), None));
    loop {
        let page = products::list(tx, &request)?;
        for product in page
            .items
            .iter()
            .filter(|product| product.tenant_id == tx.tenant())
            .collect::<Vec<_>>()
        {
            due.extend(
                signing_keys::list(tx, product.id)?
                    .into_iter()
                    .filter(|row| {
                        row.state == SigningKeyState::Retiring
                            && row.retires_at.is_some_and(|end| end <= tx.now())
                    }),
            );
        }
        match page.next {
            Some(next) => request = PageRequest::new(Some(200), Some(next)),
            None => return Ok(due),
        }
    }
}

/// A sealed key opens only in the row it was sealed for.
fn context(product: ProductId, kid: &str) -> String {
    format!("{product}/{kid}")
}

fn unknown_algorithm(kid: &str) -> AppError {
    AppError::Inconsistent(format!("the signing key {kid} has an unknown algorithm"))
}

fn published(rows: &[StoredSigningKey]) -> AppResult<Vec<PublishedKey>> {
    rows.iter()
        .filter(|row| row.state.is_published())
        .map(|row| {
            let key =
                VerifyingKey::from_pem(algorithm_of(row.algorithm)?, row.public_pem.as_bytes())?;
            Ok(PublishedKey {
                key,
                state: row.state,
            })
        })
        .collect()
}

impl Platform {
    /// [`KeyRing::rotate`] with the fresh key made first, beside the transaction. Answers the new
    /// key set.
    ///
    /// # Errors
    /// As there.
    pub async fn rotate_signing_key(
        &self,
        scope: &Scope,
        product: ProductId,
        why: Rotation,
    ) -> AppResult<Value> {
        let owned = self
            .db()
            .read(scope, move |tx| load_own_product(tx, product))
            .await?;
        let fresh = generate_key(spec_of(owned.algorithm, owned.key_bits)?).await?;
        let platform = self.clone();
        let set = self
            .db()
            .write(scope, move |tx| {
                platform.keys().rotate(tx, product, &fresh, why)?;
                platform.keys().jwks(tx, product)
            })
            .await;
        // Again after the commit: somebody may have read the old ring while it was under way.
        self.keys().forget(product);
        set
    }
}

#[cfg(test)]
mod tests;
