//! Browsers in which members signed in before.
use crate::error::StoreResult;
use crate::schema::known_browsers as c;
use crate::tx::TenantTx;
use alvara_domain::id::MemberId;
use diesel::prelude::*;

/// For how many seconds a browser is known in which nobody signs in any more: 400 days, as long as
/// browsers keep anything.
const KEPT: i64 = 400 * 86_400;

/// What is known of a browser in which somebody signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// The member signed in nowhere before, as far as anybody knows.
    First,
    /// The member signed in before, and not in this one.
    New,
    /// The member signed in in this one before.
    Known,
}

#[derive(Insertable)]
#[diesel(table_name = c)]
struct BrowserRow {
    tenant_id: String,
    member_id: String,
    mark: String,
    last_seen_at: i64,
}

/// Notes that a member signs in in the browser of a mark, and says what was known of it. The member's
/// row is held by the caller, so that of two at once one comes first.
///
/// # Errors
/// When the database fails.
pub fn meet(tx: &mut TenantTx<'_>, member: MemberId, mark: &str) -> StoreResult<Met> {
    let (tenant, id, now) = (
        tx.tenant().to_string(),
        member.to_string(),
        tx.now().micros(),
    );
    let of_member = c::table
        .filter(c::tenant_id.eq(tenant.clone()))
        .filter(c::member_id.eq(id.clone()));
    let oldest = tx.now().saturating_add_seconds(-KEPT).micros();
    diesel::delete(of_member.clone().filter(c::last_seen_at.lt(oldest))).execute(tx.conn)?;
    let touched = diesel::update(c::table.find((tenant.clone(), id.clone(), mark)))
        .set(c::last_seen_at.eq(now))
        .execute(tx.conn)?;
    if touched == 1 {
        return Ok(Met::Known);
    }
    let others: i64 = of_member.count().get_result(tx.conn)?;
    let row = BrowserRow {
        tenant_id: tenant,
        member_id: id,
        mark: mark.to_owned(),
        last_seen_at: now,
    };
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(if others == 0 { Met::First } else { Met::New })
}
