//! Tokens that are good once for a new access token.
use crate::column::Row;
use crate::error::StoreResult;
use crate::schema::refresh_tokens as r;
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::{MemberId, TenantId};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = r, treat_none_as_default_value = false)]
struct TokenRow {
    tenant_id: String,
    token_hash: String,
    family: String,
    member_id: String,
    expires_at: i64,
    used_at: Option<i64>,
    created_at: i64,
}

/// What using a token comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// It was good, and is used up now.
    Good {
        /// Whose it is.
        member: MemberId,
        /// The chain of tokens that began with one sign-in.
        family: String,
    },
    /// It was used before: somebody has a copy. Its family is ended in this transaction, which must
    /// therefore be committed, not failed.
    Replayed {
        /// Whose it was.
        member: MemberId,
    },
    /// Unknown, ended or too old.
    Unknown,
}

/// Keeps the hash of a new token. `family` has at most 26 characters.
///
/// # Errors
/// [`crate::StoreError::Referenced`] when the tenant has no such member.
pub fn insert(
    tx: &mut TenantTx<'_>,
    token_hash: &str,
    family: &str,
    member: MemberId,
    expires_at: UtcTime,
) -> StoreResult<()> {
    let row = TokenRow {
        tenant_id: tx.tenant().to_string(),
        token_hash: token_hash.to_owned(),
        family: family.to_owned(),
        member_id: member.to_string(),
        expires_at: expires_at.micros(),
        used_at: None,
        created_at: tx.now().micros(),
    };
    diesel::insert_into(r::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Uses a token up. Of two calls at once only one gets [`Use::Good`].
///
/// # Errors
/// When the database fails.
pub fn use_once(tx: &mut TenantTx<'_>, token_hash: &str) -> StoreResult<Use> {
    let (tenant, now) = (tx.tenant().to_string(), tx.now().micros());
    let place = r::table.find((tenant.clone(), token_hash.to_owned()));
    let used = diesel::update(place.clone())
        .filter(r::used_at.is_null())
        .filter(r::expires_at.gt(now))
        .set(r::used_at.eq(now))
        .execute(tx.conn)?;
    let Some(row): Option<TokenRow> = place
        .select(TokenRow::as_select())
        .get_result(tx.conn)
        .optional()?
    else {
        return Ok(Use::Unknown);
    };
    let member = Row::of("refresh_tokens", &row.token_hash).text("member_id", &row.member_id)?;
    if used == 1 {
        return Ok(Use::Good {
            member,
            family: row.family,
        });
    }
    if row.used_at.is_none() {
        return Ok(Use::Unknown);
    }
    end_family(tx, &row.family)?;
    Ok(Use::Replayed { member })
}

/// Ends all tokens of a family.
///
/// # Errors
/// When the database fails.
pub fn end_family(tx: &mut TenantTx<'_>, family: &str) -> StoreResult<usize> {
    Ok(diesel::delete(
        r::table
            .filter(r::tenant_id.eq(tx.tenant().to_string()))
            .filter(r::family.eq(family)),
    )
    .execute(tx.conn)?)
}

/// Ends all tokens of a member.
///
/// # Errors
/// When the database fails.
pub fn end_of_member(tx: &mut TenantTx<'_>, member: MemberId) -> StoreResult<usize> {
    Ok(diesel::delete(
        r::table
            .filter(r::tenant_id.eq(tx.tenant().to_string()))
            .filter(r::member_id.eq(member.to_string())),
    )
    .execute(tx.conn)?)
}

/// The tenant of a token, for requests to the shared host name.
///
/// # Errors
/// When the database fails.
pub fn find_tenant(tx: &mut PlatformTx<'_>, token_hash: &str) -> StoreResult<Option<TenantId>> {
    let tenant: Option<String> = r::table
        .filter(r::token_hash.eq(token_hash))
        .select(r::tenant_id)
        .get_result(tx.conn)
        .optional()?;
    tenant
        .map(|tenant| Row::of("refresh_tokens", token_hash).text("tenant_id", &tenant))
        .transpose()
}

/// Forgets tokens that are too old.
///
/// # Errors
/// When the database fails.
pub fn purge(tx: &mut PlatformTx<'_>) -> StoreResult<usize> {
    let now = tx.now().micros();
    Ok(diesel::delete(r::table.filter(r::expires_at.le(now))).execute(tx.conn)?)
}
