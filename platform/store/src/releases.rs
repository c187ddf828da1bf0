//! Published builds.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::offers;
use crate::page::{Page, PageRequest};
use crate::schema::releases as r;
use crate::tx::TenantTx;
use alvara_domain::id::ProductId;
use alvara_domain::product::Release;
use diesel::prelude::*;

/// The platform of a build that runs everywhere.
pub const ANY_PLATFORM: &str = "any";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = r)]
struct ReleaseRow {
    tenant_id: String,
    product_id: String,
    id: String,
    channel: String,
    platform: String,
    version: String,
    sort_key: String,
    url: String,
    notes: String,
    mandatory: bool,
    sha256: String,
    signature: String,
    published_at: i64,
}

impl TryFrom<ReleaseRow> for Release {
    type Error = StoreError;

    fn try_from(row: ReleaseRow) -> StoreResult<Self> {
        let r = Row::of("releases", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            product_id: r.text("product_id", &row.product_id)?,
            id: r.text("id", &row.id)?,
            version: r.text("version", &row.version)?,
            published_at: r.time("published_at", row.published_at)?,
            channel: row.channel,
            platform: row.platform,
            url: row.url,
            notes: row.notes,
            mandatory: row.mandatory,
            sha256: row.sha256,
            signature: row.signature,
        })
    }
}

/// Publishes a build of an own product.
///
/// # Errors
/// [`StoreError::Taken`] when channel and platform have the version; [`StoreError::Referenced`] when
/// the product is not the tenant's own; [`StoreError::OutOfReach`] for a part of the tenant.
pub fn insert(tx: &mut TenantTx<'_>, release: &Release) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let row = ReleaseRow {
        tenant_id: tx.tenant().to_string(),
        product_id: release.product_id.to_string(),
        id: release.id.to_string(),
        channel: release.channel.clone(),
        platform: release.platform.clone(),
        version: release.version.to_string(),
        sort_key: release.version.sort_key(),
        url: release.url.clone(),
        notes: release.notes.clone(),
        mandatory: release.mandatory,
        sha256: release.sha256.clone(),
        signature: release.signature.clone(),
        published_at: release.published_at.micros(),
    };
    diesel::insert_into(r::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// The newest build of an owned or offered product in a channel, for a platform or for any.
///
/// # Errors
/// When the database fails.
pub fn find_newest(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    channel: &str,
    platform: &str,
) -> StoreResult<Option<Release>> {
    let row: Option<ReleaseRow> = r::table
        .filter(r::tenant_id.eq_any(offers::owners(tx.tenant().to_string(), product.to_string())))
        .filter(r::product_id.eq(product.to_string()))
        .filter(r::channel.eq(channel))
        .filter(r::platform.eq_any([platform, ANY_PLATFORM]))
        .order((r::sort_key.desc(), r::id.desc()))
        .select(ReleaseRow::as_select())
        .first(tx.conn)
        .optional()?;
    row.map(Release::try_from).transpose()
}

/// Lists the builds of an owned or offered product, the last published first.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    request: &PageRequest,
) -> StoreResult<Page<Release>> {
    let mut query = r::table
        .filter(r::tenant_id.eq_any(offers::owners(tx.tenant().to_string(), product.to_string())))
        .filter(r::product_id.eq(product.to_string()))
        .select(ReleaseRow::as_select())
        .into_boxed();
    if let Some(after) = request.after::<String>()? {
        query = query.filter(r::id.lt(after));
    }
    let rows = query
        .order(r::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Release::try_from)
}
