//! Revocation lists: what is put on them, and the lists themselves, signed.
//!
//! A list is kept by whoever changes what it names, in the same transaction; its number rises with
//! every change. What is signed is read in one statement, so two lists of one number never differ.

use std::sync::Arc;

use alvara_domain::armour::{Armoured, Label};
use alvara_domain::event::EventKind;
use alvara_domain::id::ProductId;
use alvara_domain::license::LicenseState;
use alvara_domain::revocation::{RevocationList, Subject, dated};
use alvara_store::{Scope, StoreError, TenantTx, licenses, products, revocations, tenants};
use serde_json::json;

use crate::error::{AppError, AppResult};
use crate::keyring::Ring;
use crate::machine::certify;
use crate::platform::Platform;

/// Puts a license or a machine of a product on the list. What is on it already stays so, and the
/// list keeps its number.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, product: ProductId, subject: Subject) -> AppResult<()> {
    if revocations::insert(tx, product, subject)? {
        note(tx, product, subject, "listed")?;
    }
    Ok(())
}

/// Takes a license or a machine off the list, because it may be used again. A license that was
/// revoked stays on it whatever else happens to it: revoking is for good.
///
/// # Errors
/// When the database fails.
pub fn unlist(tx: &mut TenantTx<'_>, product: ProductId, subject: Subject) -> AppResult<()> {
    if let Subject::License(id) = subject {
        let license = licenses::find(tx, id)?;
        if license.is_some_and(|license| license.state == LicenseState::Revoked) {
            return Ok(());
        }
    }
    if revocations::remove(tx, product, subject)? {
        note(tx, product, subject, "unlisted")?;
    }
    Ok(())
}

fn note(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    subject: Subject,
    what: &'static str,
) -> AppResult<()> {
    let seq = revocations::head(tx, product)?.seq;
    let after = json!({ "subject": subject.to_string(), "what": what, "seq": seq });
    tx.audit("revocation_list.changed", product, (), &after)?;
    tx.emit(EventKind::RevocationListChanged, product, after)?;
    Ok(())
}

/// A signed list.
#[derive(Debug, Clone)]
pub struct SignedList {
    /// The JWS, as a QR holds it and programs fetch it.
    pub jws: String,
    /// Changes whenever the text may.
    pub tag: String,
    /// Its number.
    pub seq: i64,
    /// How many are listed.
    pub count: usize,
}

impl SignedList {
    /// The list as a file.
    #[must_use]
    pub fn armour(&self) -> String {
        Armoured::new(Label::RevocationList, self.jws.clone().into_bytes()).write()
    }
}

impl Platform {
    /// What [`SignedList::tag`] would be now: cheap, since nothing is signed and no entry read.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the tenant has no such product.
    pub async fn revocation_tag(&self, scope: &Scope, code: &str) -> AppResult<String> {
        let (platform, code) = (self.clone(), code.to_owned());
        let read = move |tx: &mut TenantTx<'_>| {
            let product = find(tx, &code)?;
            let head = revocations::head(tx, product)?;
            let ring = platform.keys().ring(tx, product)?;
            Ok::<_, AppError>(tag(&ring, head.seq, dated(head.changed_at, tx.now())))
        };
        self.db().read(scope, read).await
    }

    /// The revocation list of a product, signed by its key.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the tenant has no such product.
    pub async fn revocation_list(&self, scope: &Scope, code: &str) -> AppResult<SignedList> {
        let (platform, code) = (self.clone(), code.to_owned());
        let read = move |tx: &mut TenantTx<'_>| {
            let product = find(tx, &code)?;
            let (head, listed) = revocations::list(tx, product)?;
            let ring = platform.keys().ring(tx, product)?;
            let issuer = platform.address().tenant_url(&tenants::load_own(tx)?);
            let (named, at) = (
                (issuer.as_str(), code.as_str()),
                (head.seq, head.changed_at),
            );
            let list = RevocationList::new(named, at, listed, tx.now());
            Ok::<_, AppError>((list, ring))
        };
        let (list, ring): (RevocationList, Arc<Ring>) = self.db().read(scope, read).await?;
        let work = move || {
            Ok(SignedList {
                jws: certify::revocation_list(ring.active(), &list)?,
                tag: tag(&ring, list.head().seq, list.head().iat),
                seq: list.head().seq,
                count: list.head().n,
            })
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(signed) => signed,
            Err(_) => Err(AppError::Store(StoreError::Unavailable(
                "the process is ending".to_owned(),
            ))),
        }
    }
}

fn find(tx: &mut TenantTx<'_>, code: &str) -> AppResult<ProductId> {
    let product = products::find_by_code(tx, code)?.ok_or(AppError::NotFound("product"))?;
    Ok(product.id)
}

/// Number, date and key: what the text of a list follows from.
fn tag(ring: &Ring, seq: i64, iat: i64) -> String {
    let kid: String = ring.active().kid().chars().take(8).collect();
    format!("{seq}-{iat}-{kid}")
}
