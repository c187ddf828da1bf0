//! People who sign in.
use crate::column::{Row, contains};
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{members as m, nodes as n};
use crate::tx::TenantTx;
use alvara_domain::id::{MemberId, NodeId, TenantId};
use alvara_domain::node::NodePath;
use alvara_domain::text_enum;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

text_enum! {
    /// Whether a member may sign in.
    pub enum MemberState {
        /// Yes.
        Active = "active",
        /// No; the sessions ended when this was decided.
        Disabled = "disabled",
    }
}

/// A person with access to one place of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: MemberId,
    /// The place that the member sees, with what is below it.
    pub node_id: NodeId,
    /// That place's path, as it is now; not written by [`insert`] or [`update`].
    pub node_path: NodePath,
    /// Lower case; unique in the tenant.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// A built-in role's name or a profile's id.
    pub role: String,
    /// Whether they may sign in.
    pub state: MemberState,
    /// Their language, if not the tenant's.
    pub locale: Option<String>,
    /// Argon2id, in PHC form.
    pub password_hash: String,
    /// The sealed secret of the second factor.
    pub totp_sealed: Option<String>,
    /// The last time step a second factor was used for; it is good once.
    pub totp_last_step: i64,
    /// Wrong passwords since the last right one.
    pub failed_attempts: i64,
    /// Until when no password is tried.
    pub locked_until: Option<UtcTime>,
    /// Rises when tokens issued before must not count any more.
    pub credentials_epoch: i64,
    /// When the member was made.
    pub created_at: UtcTime,
    /// When something changed last.
    pub updated_at: UtcTime,
    /// Rises with every change a person makes; the ETag.
    pub version: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = m, treat_none_as_default_value = false)]
pub(crate) struct MemberRow {
    tenant_id: String,
    id: String,
    node_id: String,
    email: String,
    name: String,
    role: String,
    state: String,
    locale: Option<String>,
    password_hash: String,
    totp_sealed: Option<String>,
    totp_last_step: i64,
    failed_attempts: i64,
    locked_until: Option<i64>,
    credentials_epoch: i64,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<&Member> for MemberRow {
    fn from(member: &Member) -> Self {
        Self {
            tenant_id: member.tenant_id.to_string(),
            id: member.id.to_string(),
            node_id: member.node_id.to_string(),
            email: member.email.clone(),
            name: member.name.clone(),
            role: member.role.clone(),
            state: member.state.to_string(),
            locale: member.locale.clone(),
            password_hash: member.password_hash.clone(),
            totp_sealed: member.totp_sealed.clone(),
            totp_last_step: member.totp_last_step,
            failed_attempts: member.failed_attempts,
            locked_until: member.locked_until.map(UtcTime::micros),
            credentials_epoch: member.credentials_epoch,
            created_at: member.created_at.micros(),
            updated_at: member.updated_at.micros(),
            version: member.version,
        }
    }
}

/// A member's row and the path of its place.
pub(crate) fn read((row, path): (MemberRow, String)) -> StoreResult<Member> {
    let r = Row::of("members", &row.id);
    Ok(Member {
        tenant_id: r.text("tenant_id", &row.tenant_id)?,
        id: r.text("id", &row.id)?,
        node_id: r.text("node_id", &row.node_id)?,
        node_path: Row::of("nodes", &row.node_id).text("path", &path)?,
        state: r.text("state", &row.state)?,
        totp_last_step: row.totp_last_step,
        failed_attempts: row.failed_attempts,
        locked_until: r.time_opt("locked_until", row.locked_until)?,
        credentials_epoch: row.credentials_epoch,
        created_at: r.time("created_at", row.created_at)?,
        updated_at: r.time("updated_at", row.updated_at)?,
        version: row.version,
        email: row.email,
        name: row.name,
        role: row.role,
        locale: row.locale,
        password_hash: row.password_hash,
        totp_sealed: row.totp_sealed,
    })
}

/// How an address is written: lower case, no spaces around.
#[must_use]
pub fn normalised_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Adds a member. The address is stored as [`normalised_email`] writes it.
///
/// # Errors
/// [`StoreError::Taken`] when the tenant has the address already; [`StoreError::OutOfReach`] when
/// the place is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, member: &Member) -> StoreResult<()> {
    require_place(tx, member.node_id)?;
    let row = MemberRow {
        tenant_id: tx.tenant().to_string(),
        email: normalised_email(&member.email),
        ..MemberRow::from(member)
    };
    diesel::insert_into(m::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Refuses a place outside the scope.
pub(crate) fn require_place(tx: &mut TenantTx<'_>, node: NodeId) -> StoreResult<()> {
    if crate::nodes::find(tx, node)?.is_some() {
        Ok(())
    } else {
        Err(StoreError::OutOfReach)
    }
}

/// Finds a member of a place of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: MemberId) -> StoreResult<Option<Member>> {
    let (low, high) = place::range(tx.scope());
    let row: Option<(MemberRow, String)> = m::table
        .inner_join(n::table.on(n::tenant_id.eq(m::tenant_id).and(n::id.eq(m::node_id))))
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::id.eq(id.to_string()))
        .filter(n::path.ge(low))
        .filter(n::path.lt(high))
        .select((MemberRow::as_select(), n::path))
        .get_result(tx.conn)
        .optional()?;
    row.map(read).transpose()
}

/// Finds a member by the address they sign in with.
///
/// # Errors
/// When the database fails.
pub fn find_by_email(tx: &mut TenantTx<'_>, email: &str) -> StoreResult<Option<Member>> {
    let (low, high) = place::range(tx.scope());
    let row: Option<(MemberRow, String)> = m::table
        .inner_join(n::table.on(n::tenant_id.eq(m::tenant_id).and(n::id.eq(m::node_id))))
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::email.eq(normalised_email(email)))
        .filter(n::path.ge(low))
        .filter(n::path.lt(high))
        .select((MemberRow::as_select(), n::path))
        .get_result(tx.conn)
        .optional()?;
    row.map(read).transpose()
}

/// Reads a member whose row nobody else changes until this transaction ends: who comes next waits,
/// and then reads what was written here.
///
/// # Errors
/// When the database fails.
pub fn hold(tx: &mut TenantTx<'_>, id: MemberId) -> StoreResult<Option<Member>> {
    // A write that changes nothing takes the row's lock on every database.
    diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .set(m::failed_attempts.eq(m::failed_attempts))
        .execute(tx.conn)?;
    find(tx, id)
}

/// Which members a list shows.
#[derive(Clone, Debug, Default)]
pub struct MemberFilter {
    /// Those of one place.
    pub node: Option<NodeId>,
    /// Those in one state.
    pub state: Option<MemberState>,
    /// Those with this text in the address.
    pub search: Option<String>,
}

/// Lists members in the order they were made.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &MemberFilter,
    request: &PageRequest,
) -> StoreResult<Page<Member>> {
    let (low, high) = place::range(tx.scope());
    let mut query = m::table
        .inner_join(n::table.on(n::tenant_id.eq(m::tenant_id).and(n::id.eq(m::node_id))))
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(n::path.ge(low))
        .filter(n::path.lt(high))
        .select((MemberRow::as_select(), n::path))
        .into_boxed();
    if let Some(node) = filter.node {
        query = query.filter(m::node_id.eq(node.to_string()));
    }
    if let Some(state) = filter.state {
        query = query.filter(m::state.eq(state.as_str()));
    }
    if let Some(search) = &filter.search {
        query = query.filter(m::email.like(contains(search)).escape('\\'));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(m::id.gt(after));
    }
    let rows = query
        .order(m::id)
        .limit(request.fetch())
        .load::<(MemberRow, String)>(tx.conn)?;
    Page::of(request, rows, |row| row.0.id.clone(), read)
}

/// Writes name, role, place, state and locale. `member.version` must be the one that was read; a
/// change of role, place or state raises the epoch, so that tokens issued before end.
///
/// # Errors
/// [`StoreError::Stale`] when it is not or the member is not in the scope; [`StoreError::OutOfReach`]
/// when the new place is not.
pub fn update(tx: &mut TenantTx<'_>, member: &Member) -> StoreResult<()> {
    let Some(before) = find(tx, member.id)? else {
        return Err(StoreError::Stale);
    };
    require_place(tx, member.node_id)?;
    let ends_tokens = before.role != member.role
        || before.node_id != member.node_id
        || before.state != member.state;
    let updated = diesel::update(m::table.find((tx.tenant().to_string(), member.id.to_string())))
        .filter(m::version.eq(member.version))
        .set((
            m::name.eq(&member.name),
            m::role.eq(&member.role),
            m::node_id.eq(member.node_id.to_string()),
            m::state.eq(member.state.as_str()),
            m::locale.eq(&member.locale),
            m::credentials_epoch.eq(m::credentials_epoch + i64::from(ends_tokens)),
            m::updated_at.eq(tx.now().micros()),
            m::version.eq(m::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Writes a new password hash, lifts a lock and raises the epoch, so that tokens issued before end.
/// `false` when the member is not in the scope.
///
/// # Errors
/// When the database fails.
pub fn set_password(tx: &mut TenantTx<'_>, id: MemberId, password_hash: &str) -> StoreResult<bool> {
    if find(tx, id)?.is_none() {
        return Ok(false);
    }
    let updated = diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .set((
            m::password_hash.eq(password_hash),
            m::failed_attempts.eq(0),
            m::locked_until.eq(None::<i64>),
            m::credentials_epoch.eq(m::credentials_epoch + 1),
            m::updated_at.eq(tx.now().micros()),
            m::version.eq(m::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Writes or takes away the second factor and raises the epoch. `false` when the member is not in
/// the scope.
///
/// # Errors
/// When the database fails.
pub fn set_totp(
    tx: &mut TenantTx<'_>,
    id: MemberId,
    totp_sealed: Option<&str>,
) -> StoreResult<bool> {
    if find(tx, id)?.is_none() {
        return Ok(false);
    }
    let updated = diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .set((
            m::totp_sealed.eq(totp_sealed),
            m::totp_last_step.eq(0),
            m::credentials_epoch.eq(m::credentials_epoch + 1),
            m::updated_at.eq(tx.now().micros()),
            m::version.eq(m::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Uses up a time step of the second factor. `false` when it, or a later one, was used before.
///
/// # Errors
/// When the database fails.
pub fn use_totp_step(tx: &mut TenantTx<'_>, id: MemberId, step: i64) -> StoreResult<bool> {
    if find(tx, id)?.is_none() {
        return Ok(false);
    }
    let updated = diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(m::totp_last_step.lt(step))
        .set(m::totp_last_step.eq(step))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Counts a wrong password and answers how many there were in a row.
///
/// # Errors
/// When the database fails.
pub fn record_failure(tx: &mut TenantTx<'_>, id: MemberId) -> StoreResult<i64> {
    let place = m::table.find((tx.tenant().to_string(), id.to_string()));
    diesel::update(place.clone())
        .set(m::failed_attempts.eq(m::failed_attempts + 1))
        .execute(tx.conn)?;
    Ok(place
        .select(m::failed_attempts)
        .get_result(tx.conn)
        .optional()?
        .unwrap_or(0))
}

/// Locks a member out until an instant.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut TenantTx<'_>, id: MemberId, until: UtcTime) -> StoreResult<()> {
    diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .set(m::locked_until.eq(until.micros()))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets wrong passwords after a right one.
///
/// # Errors
/// When the database fails.
pub fn record_success(tx: &mut TenantTx<'_>, id: MemberId) -> StoreResult<()> {
    diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(m::failed_attempts.ne(0).or(m::locked_until.is_not_null()))
        .set((m::failed_attempts.eq(0), m::locked_until.eq(None::<i64>)))
        .execute(tx.conn)?;
    Ok(())
}
