//! What is listed as no longer good, and the number of each list.
//!
//! A list belongs to a tenant and a product, and is public: nothing here asks for a place in the
//! tree. Whoever lists something has found it within its scope before.
use crate::column::Row;
use crate::error::StoreResult;
use crate::schema::{revocation_heads as h, revocations as r};
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::ProductId;
use alvara_domain::revocation::{Digest, Subject};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Insertable)]
#[diesel(table_name = r)]
struct EntryRow {
    tenant_id: String,
    product_id: String,
    subject_id: String,
    digest: String,
    listed_at: i64,
}

#[derive(Insertable)]
#[diesel(table_name = h)]
struct HeadRow {
    tenant_id: String,
    product_id: String,
    seq: i64,
    changed_at: i64,
}

/// Which list it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationHead {
    /// Rises with every change; 0 before the first.
    pub seq: i64,
    /// When it changed last; the epoch before the first.
    pub changed_at: UtcTime,
}

/// Lists something. `false` when it is listed already; then the number stays.
///
/// # Errors
/// [`crate::StoreError::Referenced`] when the tenant does not sell the product.
pub fn insert(tx: &mut TenantTx<'_>, product: ProductId, subject: Subject) -> StoreResult<bool> {
    let row = EntryRow {
        tenant_id: tx.tenant().to_string(),
        product_id: product.to_string(),
        subject_id: subject.to_string(),
        digest: subject.digest().to_string(),
        listed_at: tx.now().micros(),
    };
    let added = inserted(tx.conn, |conn| {
        diesel::insert_into(r::table).values(&row).execute(conn)?;
        Ok(())
    })?;
    if added {
        raise(tx, product)?;
    }
    Ok(added)
}

/// Takes something off the list. `false` when it was not on it; then the number stays.
///
/// # Errors
/// When the database fails.
pub fn remove(tx: &mut TenantTx<'_>, product: ProductId, subject: Subject) -> StoreResult<bool> {
    let place = (
        tx.tenant().to_string(),
        product.to_string(),
        subject.to_string(),
    );
    let removed = diesel::delete(r::table.find(place)).execute(tx.conn)? == 1;
    if removed {
        raise(tx, product)?;
    }
    Ok(removed)
}

/// Raises the number of a list. The row stays locked until the commit, so changes of one list come
/// one after the other, and whoever sees a number sees all that led to it.
fn raise(tx: &mut TenantTx<'_>, product: ProductId) -> StoreResult<()> {
    let now = tx.now().micros();
    if count(tx, product, now)? == 1 {
        return Ok(());
    }
    let row = HeadRow {
        tenant_id: tx.tenant().to_string(),
        product_id: product.to_string(),
        seq: 1,
        changed_at: now,
    };
    let first = inserted(tx.conn, |conn| {
        diesel::insert_into(h::table).values(&row).execute(conn)?;
        Ok(())
    })?;
    if !first {
        // Somebody else made the first change just now.
        count(tx, product, now)?;
    }
    Ok(())
}

fn count(tx: &mut TenantTx<'_>, product: ProductId, now: i64) -> StoreResult<usize> {
    let place = (tx.tenant().to_string(), product.to_string());
    Ok(diesel::update(h::table.find(place))
        .set((h::seq.eq(h::seq + 1), h::changed_at.eq(now)))
        .execute(tx.conn)?)
}

/// The number of a list as it is now.
///
/// # Errors
/// When the database fails.
pub fn head(tx: &mut TenantTx<'_>, product: ProductId) -> StoreResult<RevocationHead> {
    let row: Option<(i64, i64)> = h::table
        .find((tx.tenant().to_string(), product.to_string()))
        .select((h::seq, h::changed_at))
        .get_result(tx.conn)
        .optional()?;
    read_head(product, row.unwrap_or_default())
}

/// A whole list with its number: one statement, so that what is listed and the number are of one
/// instant even while others change it.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    product: ProductId,
) -> StoreResult<(RevocationHead, Vec<Digest>)> {
    let rows: Vec<(i64, i64, Option<String>)> = h::table
        .left_join(
            r::table.on(r::tenant_id
                .eq(h::tenant_id)
                .and(r::product_id.eq(h::product_id))),
        )
        .filter(h::tenant_id.eq(tx.tenant().to_string()))
        .filter(h::product_id.eq(product.to_string()))
        .select((h::seq, h::changed_at, r::digest.nullable()))
        .load(tx.conn)?;
    let head = rows
        .first()
        .map_or((0, 0), |(seq, changed_at, _)| (*seq, *changed_at));
    let id = product.to_string();
    let digests = rows
        .iter()
        .filter_map(|(_, _, digest)| digest.as_deref())
        .map(|digest| Row::of("revocations", &id).text("digest", digest))
        .collect::<StoreResult<_>>()?;
    Ok((read_head(product, head)?, digests))
}

fn read_head(product: ProductId, (seq, changed_at): (i64, i64)) -> StoreResult<RevocationHead> {
    let id = product.to_string();
    Ok(RevocationHead {
        seq,
        changed_at: Row::of("revocation_heads", &id).time("changed_at", changed_at)?,
    })
}
