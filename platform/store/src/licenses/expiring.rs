//! What expires when: by the index over the ends, so that it costs as much as is looked at, however
//! many licenses there are.
use super::row::LicenseRow;
use crate::column::Row;
use crate::dialect::MultiBackend;
use crate::error::StoreResult;
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::licenses as l;
use crate::steer::{Index, Steered};
use crate::tx::{PlatformTx, TenantTx};
use alvara_domain::id::ProductId;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// From when up to, not including, when something expires; without a beginning since ever.
pub type Span = (Option<UtcTime>, UtcTime);

/// Which licenses are due.
#[derive(Clone, Debug)]
pub struct DueFilter {
    /// When they expire.
    pub span: Span,
    /// Those of one product.
    pub product: Option<ProductId>,
}

/// Lists the active licenses of the scope that expire within a span, but for deleted ones, the one
/// that expires first at the head.
///
/// # Errors
/// When the database fails.
pub fn list_due(
    tx: &mut TenantTx<'_>,
    filter: &DueFilter,
    request: &PageRequest,
) -> StoreResult<Page<License>> {
    let mut query = due(tx, filter.span).select(LicenseRow::as_select());
    if let Some(product) = filter.product {
        query = query.filter(l::product_id.eq(product.to_string()));
    }
    if let Some((end, id)) = request.after::<(i64, String)>()? {
        // The first condition leads through the index; the second leaves out what was shown.
        query = query
            .filter(l::expires_at.ge(end))
            .filter(l::expires_at.gt(end).or(l::id.gt(id)));
    }
    let rows: Vec<LicenseRow> = query
        .order((l::expires_at, l::id))
        .limit(request.fetch())
        .load(tx.conn)?;
    let position = |row: &LicenseRow| (row.expires_at.unwrap_or_default(), row.id.clone());
    Page::of(request, rows, position, License::try_from)
}

/// When the active licenses of the scope that expire within a span do so, but for deleted ones, the
/// first at the head, at most `most`: one statement for the counts of several spans.
///
/// # Errors
/// When the database fails.
pub fn list_ends(tx: &mut TenantTx<'_>, span: Span, most: i64) -> StoreResult<Vec<UtcTime>> {
    let found: Vec<Option<i64>> = due(tx, span)
        .select(l::expires_at)
        .order(l::expires_at)
        .limit(most)
        .load(tx.conn)?;
    let r = Row::of("licenses", "ends");
    found
        .into_iter()
        .flatten()
        .map(|end| r.time("expires_at", end))
        .collect()
}

/// Of the scope's active licenses that are not deleted, those that expire within a span. The index
/// over ends leads, and it knows the place of each.
fn due<'a>(tx: &TenantTx<'_>, (from, until): Span) -> l::BoxedQuery<'a, MultiBackend> {
    let mut query = l::table
        .filter(l::tenant_id.eq(tx.tenant().to_string()))
        .filter(l::state.eq(LicenseState::Active.as_str()))
        .filter(l::expires_at.lt(until.micros()))
        .filter(l::deleted_at.is_null())
        .into_boxed();
    if let Some(from) = from {
        query = query.filter(l::expires_at.ge(from.micros()));
    }
    if tx.scope().is_whole_tenant() {
        return query;
    }
    let place = Steered(l::node_id, Index::Closed);
    query.filter(place.eq_any(place::seen(tx.scope())))
}

/// How many licenses the installation has, deleted ones too.
///
/// # Errors
/// When the database fails.
pub fn count_all(tx: &mut PlatformTx<'_>) -> StoreResult<i64> {
    Ok(l::table.count().get_result(tx.conn)?)
}
