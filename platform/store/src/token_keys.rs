//! The platform's own keys for access tokens. They belong to no tenant.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::token_keys as k;
use crate::tx::PlatformTx;
use alvara_domain::product::SigningKeyState;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// A key for access tokens. The private part is sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    /// Whether it signs, or only verifies.
    pub state: SigningKeyState,
    /// The public part.
    pub public_pem: String,
    /// The private part, sealed.
    pub private_sealed: String,
    /// When it was made.
    pub created_at: UtcTime,
    /// When a retiring key is no longer published.
    pub retires_at: Option<UtcTime>,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKey")
            .field("kid", &self.kid)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = k, treat_none_as_default_value = false)]
struct KeyRow {
    kid: String,
    state: String,
    public_pem: String,
    private_sealed: String,
    created_at: i64,
    retires_at: Option<i64>,
}

impl TryFrom<KeyRow> for TokenKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> StoreResult<Self> {
        let r = Row::of("token_keys", &row.kid);
        Ok(Self {
            state: r.text("state", &row.state)?,
            created_at: r.time("created_at", row.created_at)?,
            retires_at: r.time_opt("retires_at", row.retires_at)?,
            kid: row.kid,
            public_pem: row.public_pem,
            private_sealed: row.private_sealed,
        })
    }
}

/// Adds a key.
///
/// # Errors
/// [`StoreError::Taken`] when there is one with this thumbprint.
pub fn insert(tx: &mut PlatformTx<'_>, key: &TokenKey) -> StoreResult<()> {
    let row = KeyRow {
        kid: key.kid.clone(),
        state: key.state.to_string(),
        public_pem: key.public_pem.clone(),
        private_sealed: key.private_sealed.clone(),
        created_at: key.created_at.micros(),
        retires_at: key.retires_at.map(UtcTime::micros),
    };
    diesel::insert_into(k::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// All keys that are not retired, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut PlatformTx<'_>) -> StoreResult<Vec<TokenKey>> {
    let rows: Vec<KeyRow> = k::table
        .filter(k::state.ne(SigningKeyState::Retired.as_str()))
        .order((k::created_at.desc(), k::kid))
        .select(KeyRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(TokenKey::try_from).collect()
}

/// Changes a key's state. `false` when it is in none that may become so.
///
/// # Errors
/// When the database fails.
pub fn change_state(
    tx: &mut PlatformTx<'_>,
    kid: &str,
    to: SigningKeyState,
    retires_at: Option<UtcTime>,
) -> StoreResult<bool> {
    let from: Vec<&str> = SigningKeyState::ALL
        .iter()
        .filter(|from| from.can_become(to))
        .map(|from| from.as_str())
        .collect();
    let updated = diesel::update(k::table.find(kid))
        .filter(k::state.eq_any(from))
        .set((
            k::state.eq(to.as_str()),
            k::retires_at.eq(retires_at.map(UtcTime::micros)),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}
