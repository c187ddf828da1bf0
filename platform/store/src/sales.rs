//! What licenses were sold for and whose quota they count against.
use crate::column::Row;
use crate::dialect;
use crate::error::{StoreError, StoreResult};
use crate::place;
use crate::schema::{batch_sales as bs, license_sales as s, licenses as l, nodes as n};
use crate::tx::TenantTx;
use alvara_domain::id::{BatchId, LicenseId, NodeId, ProductId};
use alvara_domain::money::BasisPoints;
use alvara_domain::price::Sale;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;
use std::collections::HashMap;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = s, treat_none_as_default_value = false)]
pub(crate) struct SaleRow {
    tenant_id: String,
    license_id: String,
    plan_id: Option<String>,
    price_minor: Option<i64>,
    discount_bp: i64,
    currency: Option<String>,
    quota_node_id: Option<String>,
    converted_from: Option<String>,
    converted_at: Option<i64>,
}

impl SaleRow {
    fn of(tx: &TenantTx<'_>, license: LicenseId, sale: &Sale) -> Self {
        Self {
            tenant_id: tx.tenant().to_string(),
            license_id: license.to_string(),
            plan_id: sale.plan_id.map(|id| id.to_string()),
            price_minor: sale.price.map(|price| price.amount_minor),
            discount_bp: sale.discount.count(),
            currency: sale.price.map(|price| price.currency.to_string()),
            quota_node_id: sale.quota_node_id.map(|id| id.to_string()),
            converted_from: sale.converted_from.map(|kind| kind.to_string()),
            converted_at: sale.converted_at.map(UtcTime::micros),
        }
    }
}

fn price(
    row: Row<'_>,
    minor: Option<i64>,
    currency: Option<&str>,
) -> StoreResult<Option<alvara_domain::money::Money>> {
    match (minor, currency) {
        (Some(minor), Some(currency)) => row.money("currency", minor, currency).map(Some),
        _ => Ok(None),
    }
}

impl TryFrom<SaleRow> for Sale {
    type Error = StoreError;

    fn try_from(row: SaleRow) -> StoreResult<Self> {
        let r = Row::of("license_sales", &row.license_id);
        Ok(Self {
            plan_id: r.text_opt("plan_id", row.plan_id.as_deref())?,
            price: price(r, row.price_minor, row.currency.as_deref())?,
            discount: BasisPoints::try_from(row.discount_bp)
                .map_err(|_| r.corrupt("discount_bp"))?,
            quota_node_id: r.text_opt("quota_node_id", row.quota_node_id.as_deref())?,
            converted_from: r.text_opt("converted_from", row.converted_from.as_deref())?,
            converted_at: r.time_opt("converted_at", row.converted_at)?,
        })
    }
}

/// Keeps what licenses were sold for, in the transaction that issued them. Sales that say nothing
/// are not kept.
///
/// # Errors
/// [`StoreError::Taken`] when one was kept before; [`StoreError::Referenced`] without such a license.
pub fn insert_many(tx: &mut TenantTx<'_>, sales: &[(LicenseId, Sale)]) -> StoreResult<()> {
    let rows: Vec<SaleRow> = sales
        .iter()
        .filter(|(_, sale)| !sale.is_nothing())
        .map(|(license, sale)| SaleRow::of(tx, *license, sale))
        .collect();
    for some in rows.chunks(500) {
        dialect::insert_sales(tx.conn, some)?;
    }
    Ok(())
}

/// Finds what a license of the scope was sold for.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<Option<Sale>> {
    let here = place::seen(tx.scope()).filter(n::id.eq(l::node_id));
    let row: Option<SaleRow> = s::table
        .inner_join(l::table.on(l::tenant_id.eq(s::tenant_id).and(l::id.eq(s::license_id))))
        .filter(s::tenant_id.eq(tx.tenant().to_string()))
        .filter(s::license_id.eq(license.to_string()))
        .filter(l::node_id.eq_any(here))
        .select(SaleRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Sale::try_from).transpose()
}

/// Finds what some licenses of the scope were sold for, by license. Those of which nothing is kept
/// are left out.
///
/// # Errors
/// When the database fails.
pub fn of_many(
    tx: &mut TenantTx<'_>,
    licenses: &[LicenseId],
) -> StoreResult<HashMap<LicenseId, Sale>> {
    let ids: Vec<String> = licenses.iter().map(LicenseId::to_string).collect();
    // Asked of each license: led by their paths, every place of the scope would be looked at.
    let here = place::seen(tx.scope()).filter(n::id.eq(l::node_id));
    let rows: Vec<SaleRow> = s::table
        .inner_join(l::table.on(l::tenant_id.eq(s::tenant_id).and(l::id.eq(s::license_id))))
        .filter(s::tenant_id.eq(tx.tenant().to_string()))
        .filter(s::license_id.eq_any(ids))
        .filter(l::node_id.eq_any(here))
        .select(SaleRow::as_select())
        .load(tx.conn)?;
    rows.into_iter()
        .map(|row| {
            let id =
                Row::of("license_sales", &row.license_id).text("license_id", &row.license_id)?;
            Ok((id, Sale::try_from(row)?))
        })
        .collect()
}

/// Writes whose quota a license counts against from now on. Whoever writes it charges that quota,
/// in the same transaction.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the license is not in the scope.
pub fn set_quota_node(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    node: Option<NodeId>,
) -> StoreResult<()> {
    if crate::licenses::find(tx, license)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let written = diesel::update(s::table.find((tx.tenant().to_string(), license.to_string())))
        .set(s::quota_node_id.eq(node.map(|id| id.to_string())))
        .execute(tx.conn)?;
    if written == 0 {
        let sale = Sale {
            quota_node_id: node,
            ..Sale::default()
        };
        let row = SaleRow::of(tx, license, &sale);
        dialect::insert_sales(tx.conn, &[row])?;
    }
    Ok(())
}

/// Writes plan, price, discount and conversion of a license of the scope; whose quota it counts
/// against stays as it is.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the license is not in the scope.
pub fn put(tx: &mut TenantTx<'_>, license: LicenseId, sale: &Sale) -> StoreResult<()> {
    if crate::licenses::find(tx, license)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let row = SaleRow::of(tx, license, sale);
    let updated = diesel::update(s::table.find((tx.tenant().to_string(), license.to_string())))
        .set((
            s::plan_id.eq(&row.plan_id),
            s::price_minor.eq(row.price_minor),
            s::discount_bp.eq(row.discount_bp),
            s::currency.eq(&row.currency),
            s::converted_from.eq(&row.converted_from),
            s::converted_at.eq(row.converted_at),
        ))
        .execute(tx.conn)?;
    if updated == 0 {
        dialect::insert_sales(tx.conn, &[row])?;
    }
    Ok(())
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = bs, treat_none_as_default_value = false)]
struct BatchSaleRow {
    tenant_id: String,
    batch_id: String,
    product_id: String,
    plan_id: Option<String>,
    price_minor: Option<i64>,
    discount_bp: i64,
    currency: Option<String>,
    quota_node_id: Option<String>,
    outstanding: i64,
}

/// What the licenses of a batch are sold for, and how many of them are charged and not issued yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSale {
    /// Of each license.
    pub sale: Sale,
    /// Charged and not issued yet.
    pub outstanding: i64,
}

impl TryFrom<BatchSaleRow> for BatchSale {
    type Error = StoreError;

    fn try_from(row: BatchSaleRow) -> StoreResult<Self> {
        let r = Row::of("batch_sales", &row.batch_id);
        let sale = Sale {
            plan_id: r.text_opt("plan_id", row.plan_id.as_deref())?,
            price: price(r, row.price_minor, row.currency.as_deref())?,
            discount: BasisPoints::try_from(row.discount_bp)
                .map_err(|_| r.corrupt("discount_bp"))?,
            quota_node_id: r.text_opt("quota_node_id", row.quota_node_id.as_deref())?,
            ..Sale::default()
        };
        Ok(Self {
            sale,
            outstanding: row.outstanding,
        })
    }
}

/// Keeps what the licenses of a batch are sold for; `outstanding` of them are charged.
///
/// # Errors
/// [`StoreError::Referenced`] without such a batch.
pub fn insert_batch(
    tx: &mut TenantTx<'_>,
    (batch, product): (BatchId, ProductId),
    sale: &Sale,
    outstanding: i64,
) -> StoreResult<()> {
    let row = BatchSaleRow {
        tenant_id: tx.tenant().to_string(),
        batch_id: batch.to_string(),
        product_id: product.to_string(),
        plan_id: sale.plan_id.map(|id| id.to_string()),
        price_minor: sale.price.map(|price| price.amount_minor),
        discount_bp: sale.discount.count(),
        currency: sale.price.map(|price| price.currency.to_string()),
        quota_node_id: sale.quota_node_id.map(|id| id.to_string()),
        outstanding,
    };
    diesel::insert_into(bs::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Takes `count` licenses of a batch as issued and answers what they are sold for. The row stays
/// locked until the commit, so that whoever moves its charges sees these licenses. `None` for a
/// batch that was asked for before sales were kept, or that has not so many left.
///
/// # Errors
/// When the database fails.
pub fn take_from_batch(
    tx: &mut TenantTx<'_>,
    batch: BatchId,
    count: i64,
) -> StoreResult<Option<BatchSale>> {
    let key = (tx.tenant().to_string(), batch.to_string());
    let taken = diesel::update(bs::table.find(key.clone()))
        .filter(bs::outstanding.ge(count))
        .set(bs::outstanding.eq(bs::outstanding - count))
        .execute(tx.conn)?;
    if taken == 0 {
        return Ok(None);
    }
    find_batch(tx, batch)
}

/// Finds what the licenses of a batch are sold for.
///
/// # Errors
/// When the database fails.
pub fn find_batch(tx: &mut TenantTx<'_>, batch: BatchId) -> StoreResult<Option<BatchSale>> {
    let key = (tx.tenant().to_string(), batch.to_string());
    let row: Option<BatchSaleRow> = bs::table
        .find(key)
        .select(BatchSaleRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(BatchSale::try_from).transpose()
}
