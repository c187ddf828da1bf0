//! Browsers that are signed in. The secret itself is never here, only its SHA-256.
use crate::column::Row;
use crate::error::StoreResult;
use crate::members::{self, Member, MemberRow};
use crate::place;
use crate::schema::{members as m, nodes as n, sessions as s};
use crate::scope::cut;
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::{MemberId, TenantId};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the secret, in hex.
    pub id_hash: String,
    /// Who signed in.
    pub member_id: MemberId,
    /// When.
    pub created_at: UtcTime,
    /// When it was used last, to the minute or so.
    pub last_seen_at: UtcTime,
    /// When it ends.
    pub expires_at: UtcTime,
    /// From where.
    pub source_address: String,
    /// With what; at most 300 characters are kept.
    pub user_agent: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = s)]
struct SessionRow {
    tenant_id: String,
    id_hash: String,
    member_id: String,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    source_address: String,
    user_agent: String,
}

impl TryFrom<SessionRow> for Session {
    type Error = crate::StoreError;

    fn try_from(row: SessionRow) -> StoreResult<Self> {
        let r = Row::of("sessions", &row.id_hash);
        Ok(Self {
            member_id: r.text("member_id", &row.member_id)?,
            created_at: r.time("created_at", row.created_at)?,
            last_seen_at: r.time("last_seen_at", row.last_seen_at)?,
            expires_at: r.time("expires_at", row.expires_at)?,
            id_hash: row.id_hash,
            source_address: row.source_address,
            user_agent: row.user_agent,
        })
    }
}

/// Starts a session.
///
/// # Errors
/// [`crate::StoreError::Referenced`] when the tenant has no such member.
pub fn insert(tx: &mut TenantTx<'_>, session: &Session) -> StoreResult<()> {
    let row = SessionRow {
        tenant_id: tx.tenant().to_string(),
        id_hash: session.id_hash.clone(),
        member_id: session.member_id.to_string(),
        created_at: session.created_at.micros(),
        last_seen_at: session.last_seen_at.micros(),
        expires_at: session.expires_at.micros(),
        source_address: cut(&session.source_address, 45),
        user_agent: cut(&session.user_agent, 300),
    };
    diesel::insert_into(s::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a session that has not ended, with its member.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id_hash: &str) -> StoreResult<Option<(Session, Member)>> {
    let (low, high) = place::range(tx.scope());
    let row: Option<(SessionRow, (MemberRow, String))> = s::table
        .inner_join(m::table.on(m::tenant_id.eq(s::tenant_id).and(m::id.eq(s::member_id))))
        .inner_join(n::table.on(n::tenant_id.eq(m::tenant_id).and(n::id.eq(m::node_id))))
        .filter(s::tenant_id.eq(tx.tenant().to_string()))
        .filter(s::id_hash.eq(id_hash))
        .filter(s::expires_at.gt(tx.now().micros()))
        .filter(n::path.ge(low))
        .filter(n::path.lt(high))
        .select((SessionRow::as_select(), (MemberRow::as_select(), n::path)))
        .get_result(tx.conn)
        .optional()?;
    row.map(|(session, member)| Ok((session.try_into()?, members::read(member)?)))
        .transpose()
}

/// The tenant of a session, for requests to the shared host name.
///
/// # Errors
/// When the database fails.
pub fn find_tenant(tx: &mut PlatformTx<'_>, id_hash: &str) -> StoreResult<Option<TenantId>> {
    let tenant: Option<String> = s::table
        .filter(s::id_hash.eq(id_hash))
        .select(s::tenant_id)
        .get_result(tx.conn)
        .optional()?;
    tenant
        .map(|tenant| Row::of("sessions", id_hash).text("tenant_id", &tenant))
        .transpose()
}

/// Notes that a session is in use. Call it about once a minute and not with every request.
///
/// # Errors
/// When the database fails.
pub fn touch(tx: &mut TenantTx<'_>, id_hash: &str, expires_at: UtcTime) -> StoreResult<()> {
    diesel::update(s::table.find((tx.tenant().to_string(), id_hash)))
        .set((
            s::last_seen_at.eq(tx.now().micros()),
            s::expires_at.eq(expires_at.micros()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Ends a session. `false` when there was none.
///
/// # Errors
/// When the database fails.
pub fn remove(tx: &mut TenantTx<'_>, id_hash: &str) -> StoreResult<bool> {
    Ok(diesel::delete(s::table.find((tx.tenant().to_string(), id_hash))).execute(tx.conn)? == 1)
}

/// Ends all sessions of a member of the scope, and says how many there were.
///
/// # Errors
/// When the database fails.
pub fn remove_of_member(tx: &mut TenantTx<'_>, member: MemberId) -> StoreResult<usize> {
    if members::find(tx, member)?.is_none() {
        return Ok(0);
    }
    Ok(diesel::delete(
        s::table
            .filter(s::tenant_id.eq(tx.tenant().to_string()))
            .filter(s::member_id.eq(member.to_string())),
    )
    .execute(tx.conn)?)
}

/// The sessions of a member of the scope that have not ended, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, member: MemberId) -> StoreResult<Vec<Session>> {
    if members::find(tx, member)?.is_none() {
        return Ok(Vec::new());
    }
    let rows: Vec<SessionRow> = s::table
        .filter(s::tenant_id.eq(tx.tenant().to_string()))
        .filter(s::member_id.eq(member.to_string()))
        .filter(s::expires_at.gt(tx.now().micros()))
        .order((s::created_at.desc(), s::id_hash))
        .select(SessionRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Session::try_from).collect()
}

/// Forgets sessions that ended.
///
/// # Errors
/// When the database fails.
pub fn purge(tx: &mut PlatformTx<'_>) -> StoreResult<usize> {
    let now = tx.now().micros();
    Ok(diesel::delete(s::table.filter(s::expires_at.le(now))).execute(tx.conn)?)
}
