//! The keys with which computer keys and leases of a product are signed.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::offers;
use crate::schema::signing_keys as k;
use crate::tx::TenantTx;
use alvara_domain::id::{ProductId, TenantId};
use alvara_domain::product::{Algorithm, SigningKeyState};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// A key of a product. The private part is sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSigningKey {
    /// Who owns the product; the private part was sealed for this tenant.
    pub tenant_id: TenantId,
    /// The product.
    pub product_id: ProductId,
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// Whether it signs, is published, or neither.
    pub state: SigningKeyState,
    /// The public part.
    pub public_pem: String,
    /// The private part, sealed.
    pub private_sealed: String,
    /// When it was made.
    pub created_at: UtcTime,
    /// Since when it signs.
    pub activated_at: Option<UtcTime>,
    /// When a retiring key is no longer published.
    pub retires_at: Option<UtcTime>,
}

impl std::fmt::Debug for StoredSigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredSigningKey")
            .field("product_id", &self.product_id)
            .field("kid", &self.kid)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = k, treat_none_as_default_value = false)]
struct KeyRow {
    tenant_id: String,
    product_id: String,
    kid: String,
    algorithm: String,
    state: String,
    public_pem: String,
    private_sealed: String,
    created_at: i64,
    activated_at: Option<i64>,
    retires_at: Option<i64>,
}

impl TryFrom<KeyRow> for StoredSigningKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> StoreResult<Self> {
        let r = Row::of("signing_keys", &row.kid);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            product_id: r.text("product_id", &row.product_id)?,
            algorithm: r.text("algorithm", &row.algorithm)?,
            state: r.text("state", &row.state)?,
            created_at: r.time("created_at", row.created_at)?,
            activated_at: r.time_opt("activated_at", row.activated_at)?,
            retires_at: r.time_opt("retires_at", row.retires_at)?,
            kid: row.kid,
            public_pem: row.public_pem,
            private_sealed: row.private_sealed,
        })
    }
}

/// Adds a key to an own product.
///
/// # Errors
/// [`StoreError::Referenced`] when the product is not the tenant's own; [`StoreError::OutOfReach`] for
/// a part of the tenant.
pub fn insert(tx: &mut TenantTx<'_>, key: &StoredSigningKey) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let row = KeyRow {
        tenant_id: tx.tenant().to_string(),
        product_id: key.product_id.to_string(),
        kid: key.kid.clone(),
        algorithm: key.algorithm.to_string(),
        state: key.state.to_string(),
        public_pem: key.public_pem.clone(),
        private_sealed: key.private_sealed.clone(),
        created_at: key.created_at.micros(),
        activated_at: key.activated_at.map(UtcTime::micros),
        retires_at: key.retires_at.map(UtcTime::micros),
    };
    diesel::insert_into(k::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// All keys of an owned or offered product, the newest first, retired ones too.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, product: ProductId) -> StoreResult<Vec<StoredSigningKey>> {
    let rows: Vec<KeyRow> = k::table
        .filter(k::tenant_id.eq_any(offers::owners(tx.tenant().to_string(), product.to_string())))
        .filter(k::product_id.eq(product.to_string()))
        .order((k::created_at.desc(), k::kid))
        .select(KeyRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(StoredSigningKey::try_from).collect()
}

/// The key that signs for an owned or offered product.
///
/// # Errors
/// When the database fails.
pub fn find_active(
    tx: &mut TenantTx<'_>,
    product: ProductId,
) -> StoreResult<Option<StoredSigningKey>> {
    let row: Option<KeyRow> = k::table
        .filter(k::tenant_id.eq_any(offers::owners(tx.tenant().to_string(), product.to_string())))
        .filter(k::product_id.eq(product.to_string()))
        .filter(k::state.eq(SigningKeyState::Active.as_str()))
        .order((k::activated_at.desc(), k::kid))
        .select(KeyRow::as_select())
        .first(tx.conn)
        .optional()?;
    row.map(StoredSigningKey::try_from).transpose()
}

/// Changes the state of an own product's key; `retires_at` says until when a retiring one stays
/// published. `false` when it is in no state for it.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn change_state(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    kid: &str,
    to: SigningKeyState,
    retires_at: Option<UtcTime>,
) -> StoreResult<bool> {
    tx.require_whole_tenant()?;
    let from: Vec<&str> = SigningKeyState::ALL
        .iter()
        .filter(|from| from.can_become(to))
        .map(|from| from.as_str())
        .collect();
    let place = k::table.find((tx.tenant().to_string(), product.to_string(), kid));
    let updated = diesel::update(place.clone())
        .filter(k::state.eq_any(from))
        .set((
            k::state.eq(to.as_str()),
            k::retires_at.eq(retires_at.map(UtcTime::micros)),
        ))
        .execute(tx.conn)?;
    if updated == 1 && to == SigningKeyState::Active {
        diesel::update(place)
            .set(k::activated_at.eq(tx.now().micros()))
            .execute(tx.conn)?;
    }
    Ok(updated == 1)
}
