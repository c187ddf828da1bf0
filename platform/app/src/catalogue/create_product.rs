use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::key::KeyPrefix;
use alvara_domain::product::{Algorithm, Product, ProductState};
use alvara_store::{Scope, TenantTx, products, tenants};
use alvara_vault::KeySpec;

use crate::field::Fields;
use crate::keyring::{KeyPair, KeyRing, generate_pair, spec_of};
use crate::{AppError, AppResult, Platform};

/// A product to add.
#[derive(Debug, Clone)]
pub struct NewProduct {
    /// Short name for programs, unique in the tenant; never changes, since computer keys bear it.
    pub code: String,
    /// At most 200 characters.
    pub name: String,
    /// Up to 8 capital letters or digits that every activation key starts with; may be empty.
    pub key_prefix: String,
    /// How computer keys are signed.
    pub algorithm: Algorithm,
    /// 2048, 3072 or 4096 for RSA, 256 for Ed25519.
    pub key_bits: i64,
}

impl NewProduct {
    /// Which keys the product needs. They take long to make: do it before the transaction.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when the algorithm has no keys of that size.
    pub fn key_spec(&self) -> AppResult<KeySpec> {
        if !self.algorithm.takes_bits(self.key_bits) {
            let detail = "RSA keys have 2048, 3072 or 4096 bits, Ed25519 keys 256";
            return Err(AppError::field("/key_bits", FaultCode::OutOfRange, detail));
        }
        spec_of(self.algorithm, self.key_bits)
    }

    fn check(&self) -> AppResult<(String, String, KeyPrefix)> {
        let mut fields = Fields::new();
        let code = fields.code("/code", &self.code);
        let name = fields.line("/name", &self.name, 200);
        let prefix = check_prefix(&mut fields, &self.key_prefix);
        if let Err(AppError::Invalid(faults)) = self.key_spec() {
            fields.adopt("", faults);
        }
        fields.finish()?;
        Ok((code, name, prefix))
    }
}

pub(super) fn check_prefix(fields: &mut Fields, text: &str) -> KeyPrefix {
    text.trim().parse().unwrap_or_else(|_| {
        fields.refuse(
            "/key_prefix",
            FaultCode::Malformed,
            "up to 8 capital letters or digits, and not R alone",
        );
        KeyPrefix::none()
    })
}

/// Adds a product with its first two signing keys, and the offer by which the tenant itself sells it.
///
/// `pair` is made beforehand by [`generate_pair`] from [`NewProduct::key_spec`].
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::Taken`] for the code, and a scope that is only part of the
/// tenant is refused by the store.
pub fn create_product(
    tx: &mut TenantTx<'_>,
    keys: &KeyRing,
    request: &NewProduct,
    pair: &KeyPair,
) -> AppResult<Product> {
    let (code, name, key_prefix) = request.check()?;
    let product = Product {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        code,
        name,
        key_prefix,
        algorithm: request.algorithm,
        key_bits: request.key_bits,
        state: ProductState::Active,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    let currency = tenants::load_own(tx)?.currency;
    products::insert(tx, &product, currency).map_err(AppError::taken("/code"))?;
    keys.found(tx, product.id, pair)?;
    tx.audit("product.created", product.id, (), &product)?;
    tx.emit(EventKind::ProductCreated, product.id, &product)?;
    Ok(product)
}

impl Platform {
    /// [`create_product`] with its keys made first, beside the transaction.
    ///
    /// # Errors
    /// As there.
    pub async fn create_product(&self, scope: &Scope, request: &NewProduct) -> AppResult<Product> {
        request.check()?;
        let pair = generate_pair(request.key_spec()?).await?;
        let (platform, request) = (self.clone(), request.clone());
        self.db()
            .write(scope, move |tx| {
                create_product(tx, platform.keys(), &request, &pair)
            })
            .await
    }
}
