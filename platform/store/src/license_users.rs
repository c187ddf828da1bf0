//! The people whom a license names. They belong to the place of their license; whoever changes how
//! many there are counts them in the license's pool first.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{license_users as u, licenses as l, nodes as n};
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::LicenseId;
use alvara_domain::seat::{LicenseUser, user_key};
use diesel::dsl::exists;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = u)]
struct UserRow {
    tenant_id: String,
    license_id: String,
    user_key: String,
    name: String,
    added_by: String,
    added_at: i64,
}

impl TryFrom<UserRow> for LicenseUser {
    type Error = StoreError;

    fn try_from(row: UserRow) -> StoreResult<Self> {
        let r = Row::of("license_users", &row.license_id);
        Ok(Self {
            license_id: r.text("license_id", &row.license_id)?,
            added_at: r.time("added_at", row.added_at)?,
            name: row.name,
            added_by: row.added_by,
        })
    }
}

/// As the column holds it: the database's exact comparison then is ours.
fn key_of(said: &str) -> String {
    cut(&user_key(said), 254)
}

/// Names a user who was counted. `false` when the license names them already.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut TenantTx<'_>, license: LicenseId, name: &str) -> StoreResult<bool> {
    let row = UserRow {
        tenant_id: tx.tenant().to_string(),
        license_id: license.to_string(),
        user_key: key_of(name),
        name: cut(name.trim(), 254),
        added_by: cut(&tx.scope().actor().to_string(), 60),
        added_at: tx.now().micros(),
    };
    inserted(tx.conn, |conn| {
        diesel::insert_into(u::table).values(&row).execute(conn)?;
        Ok(())
    })
}

/// Finds a named user of a license.
///
/// # Errors
/// When the database fails.
pub fn find(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    said: &str,
) -> StoreResult<Option<LicenseUser>> {
    let row: Option<UserRow> = u::table
        .find((tx.tenant().to_string(), license.to_string(), key_of(said)))
        .select(UserRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(LicenseUser::try_from).transpose()
}

/// Strikes a user off. Of any number of calls exactly one gets `true`, and counts them back.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &mut TenantTx<'_>, license: LicenseId, said: &str) -> StoreResult<bool> {
    let row = u::table.find((tx.tenant().to_string(), license.to_string(), key_of(said)));
    Ok(diesel::delete(row).execute(tx.conn)? == 1)
}

/// Strikes every user of a license off and answers how many those were. Whoever calls this counts
/// them back.
///
/// # Errors
/// When the database fails.
pub fn delete_all(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<i64> {
    let all = u::table
        .filter(u::tenant_id.eq(tx.tenant().to_string()))
        .filter(u::license_id.eq(license.to_string()));
    let gone = diesel::delete(all).execute(tx.conn)?;
    Ok(i64::try_from(gone).unwrap_or(i64::MAX))
}

/// Lists the users of a license of the scope by name.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    request: &PageRequest,
) -> StoreResult<Page<LicenseUser>> {
    let (low, high) = place::range(tx.scope());
    let place = l::table
        .inner_join(n::table.on(n::tenant_id.eq(l::tenant_id).and(n::id.eq(l::node_id))))
        .filter(l::tenant_id.eq(u::tenant_id))
        .filter(l::id.eq(u::license_id))
        .filter(n::path.ge(low))
        .filter(n::path.lt(high));
    let mut query = u::table
        .filter(u::tenant_id.eq(tx.tenant().to_string()))
        .filter(u::license_id.eq(license.to_string()))
        .filter(exists(place))
        .select(UserRow::as_select())
        .into_boxed();
    if let Some(after) = request.after::<String>()? {
        query = query.filter(u::user_key.gt(after));
    }
    let rows = query
        .order(u::user_key)
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(
        request,
        rows,
        |row| row.user_key.clone(),
        LicenseUser::try_from,
    )
}
