//! Which products a tenant sells: its own and those that the operator offers it.
//!
//! Whatever a tenant reads about a product goes through its offer, withdrawn or not: what is sold
//! keeps working.
use crate::column::Row;
use crate::dialect::DbConnection;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::offers as o;
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::{ProductId, TenantId};
use alvara_domain::product::{Offer, OfferState};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = o, treat_none_as_default_value = false)]
struct OfferRow {
    tenant_id: String,
    product_id: String,
    owner_tenant_id: String,
    state: String,
    wholesale_minor: i64,
    currency: String,
    license_limit: Option<i64>,
    licenses_issued: i64,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<&Offer> for OfferRow {
    fn from(offer: &Offer) -> Self {
        Self {
            tenant_id: offer.tenant_id.to_string(),
            product_id: offer.product_id.to_string(),
            owner_tenant_id: offer.owner_tenant_id.to_string(),
            state: offer.state.to_string(),
            wholesale_minor: offer.wholesale.amount_minor,
            currency: offer.wholesale.currency.to_string(),
            license_limit: offer.license_limit,
            licenses_issued: offer.licenses_issued,
            created_at: offer.created_at.micros(),
            updated_at: offer.updated_at.micros(),
            version: offer.version,
        }
    }
}

impl TryFrom<OfferRow> for Offer {
    type Error = StoreError;

    fn try_from(row: OfferRow) -> StoreResult<Self> {
        let r = Row::of("offers", &row.product_id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            product_id: r.text("product_id", &row.product_id)?,
            owner_tenant_id: r.text("owner_tenant_id", &row.owner_tenant_id)?,
            state: r.text("state", &row.state)?,
            wholesale: r.money("currency", row.wholesale_minor, &row.currency)?,
            license_limit: row.license_limit,
            licenses_issued: row.licenses_issued,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
        })
    }
}

/// The owners of the products that a tenant sells, as a condition of a query on their rows.
#[diesel::dsl::auto_type]
pub(crate) fn owners(tenant: String, product: String) -> _ {
    o::table
        .filter(o::tenant_id.eq(tenant))
        .filter(o::product_id.eq(product))
        .select(o::owner_tenant_id)
}

pub(crate) fn add(conn: &mut DbConnection, offer: &Offer) -> StoreResult<()> {
    diesel::insert_into(o::table)
        .values(&OfferRow::from(offer))
        .execute(conn)?;
    Ok(())
}

/// Offers a product of one tenant to another.
///
/// # Errors
/// [`StoreError::Taken`] when it was offered before; [`StoreError::Referenced`] when there is no such product.
pub fn insert(tx: &mut PlatformTx<'_>, offer: &Offer) -> StoreResult<()> {
    add(tx.conn, offer)
}

/// Finds any tenant's offer.
///
/// # Errors
/// When the database fails.
pub fn find_in(
    tx: &mut PlatformTx<'_>,
    tenant: TenantId,
    product: ProductId,
) -> StoreResult<Option<Offer>> {
    let row: Option<OfferRow> = o::table
        .find((tenant.to_string(), product.to_string()))
        .select(OfferRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Offer::try_from).transpose()
}

/// Finds the tenant's offer of a product.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, product: ProductId) -> StoreResult<Option<Offer>> {
    let row: Option<OfferRow> = o::table
        .find((tx.tenant().to_string(), product.to_string()))
        .select(OfferRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Offer::try_from).transpose()
}

/// Lists what the tenant sells.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, request: &PageRequest) -> StoreResult<Page<Offer>> {
    let rows: Vec<OfferRow> = o::table
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .filter(o::product_id.gt(request.after::<String>()?.unwrap_or_default()))
        .order(o::product_id)
        .limit(request.fetch())
        .select(OfferRow::as_select())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.product_id.clone(), Offer::try_from)
}

/// Lists to whom a product is offered.
///
/// # Errors
/// When the database fails.
pub fn list_of_product(
    tx: &mut PlatformTx<'_>,
    owner: TenantId,
    product: ProductId,
) -> StoreResult<Vec<Offer>> {
    let rows: Vec<OfferRow> = o::table
        .filter(o::owner_tenant_id.eq(owner.to_string()))
        .filter(o::product_id.eq(product.to_string()))
        .order(o::tenant_id)
        .select(OfferRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Offer::try_from).collect()
}

/// Writes state, price and limit of any tenant's offer. `offer.version` must be the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not.
pub fn update(tx: &mut PlatformTx<'_>, offer: &Offer) -> StoreResult<()> {
    let updated =
        diesel::update(o::table.find((offer.tenant_id.to_string(), offer.product_id.to_string())))
            .filter(o::version.eq(offer.version))
            .set((
                o::state.eq(offer.state.as_str()),
                o::wholesale_minor.eq(offer.wholesale.amount_minor),
                o::currency.eq(offer.wholesale.currency.to_string()),
                o::license_limit.eq(offer.license_limit),
                o::updated_at.eq(tx.now().micros()),
                o::version.eq(o::version + 1),
            ))
            .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Counts `number` licenses to be issued, if the offer stands and its limit leaves room. Condition
/// and count are one statement, so two batches cannot both take the last ones.
///
/// # Errors
/// When the database fails.
pub fn take_licenses(tx: &mut TenantTx<'_>, product: ProductId, number: i64) -> StoreResult<bool> {
    let updated = diesel::update(o::table.find((tx.tenant().to_string(), product.to_string())))
        .filter(o::state.eq(OfferState::Active.as_str()))
        .filter(
            o::license_limit.is_null().or((o::licenses_issued + number)
                .nullable()
                .le(o::license_limit)),
        )
        .set(o::licenses_issued.eq(o::licenses_issued + number))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Gives back licenses that were counted and never issued. Unlike taking, this does not ask whether
/// the offer still stands.
///
/// # Errors
/// When the database fails.
pub fn return_licenses(tx: &mut TenantTx<'_>, product: ProductId, number: i64) -> StoreResult<()> {
    diesel::update(o::table.find((tx.tenant().to_string(), product.to_string())))
        .filter(o::licenses_issued.ge(number))
        .set(o::licenses_issued.eq(o::licenses_issued - number))
        .execute(tx.conn)?;
    Ok(())
}
