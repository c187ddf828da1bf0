//! Lists as somebody keeps them: one's own, and those shared where one works or above.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::{nodes as n, saved_views as v};
use crate::scope::Reach;
use crate::tx::TenantTx;
use alvara_domain::id::SavedViewId;
use alvara_domain::node::NodeKind;
use alvara_domain::saved_view::{ListName, SavedView, Sharing, Standing, ViewFilters};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = v)]
struct SavedViewRow {
    tenant_id: String,
    id: String,
    owner_id: String,
    node_id: String,
    list_name: String,
    name: String,
    filters: String,
    shared: bool,
    pinned: bool,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<SavedViewRow> for SavedView {
    type Error = StoreError;

    fn try_from(row: SavedViewRow) -> StoreResult<Self> {
        let r = Row::of("saved_views", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            node_id: r.text("node_id", &row.node_id)?,
            list: r.text("list_name", &row.list_name)?,
            filters: ViewFilters::kept(r.json("filters", &row.filters)?),
            sharing: if row.shared {
                Sharing::Shared
            } else {
                Sharing::Private
            },
            standing: if row.pinned {
                Standing::Pinned
            } else {
                Standing::List
            },
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
            owner_id: row.owner_id,
            name: row.name,
        })
    }
}

/// Adds a view.
///
/// # Errors
/// [`StoreError::Taken`] when its owner has another of this name for the list.
pub fn insert(tx: &mut TenantTx<'_>, view: &SavedView) -> StoreResult<()> {
    let row = SavedViewRow {
        tenant_id: tx.tenant().to_string(),
        id: view.id.to_string(),
        owner_id: view.owner_id.clone(),
        node_id: view.node_id.to_string(),
        list_name: view.list.to_string(),
        name: view.name.clone(),
        filters: serde_json::to_string(view.filters.as_map())?,
        shared: view.sharing == Sharing::Shared,
        pinned: view.standing == Standing::Pinned,
        created_at: view.created_at.micros(),
        updated_at: view.updated_at.micros(),
        version: view.version,
    };
    diesel::insert_into(v::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// How many views whoever acts keeps.
///
/// # Errors
/// When the database fails.
pub fn count_own(tx: &mut TenantTx<'_>) -> StoreResult<i64> {
    Ok(v::table
        .filter(v::tenant_id.eq(tx.tenant().to_string()))
        .filter(v::owner_id.eq(tx.scope().actor().to_string()))
        .count()
        .get_result(tx.conn)?)
}

/// The places whose shared views whoever acts sees: its own and all above it. At a customer's place,
/// and for whoever sees its own place alone, that alone: how a seller looks at its customers is no
/// business of theirs.
fn places(tx: &mut TenantTx<'_>) -> StoreResult<Vec<String>> {
    let path = tx.scope().path();
    let own = path.id().to_string();
    let kind: String = n::table
        .find((tx.tenant().to_string(), &own))
        .select(n::kind)
        .get_result(tx.conn)?;
    if tx.scope().reach() == Reach::Own || kind == NodeKind::Customer.as_str() {
        return Ok(vec![own]);
    }
    Ok(path.ids().map(|id| id.to_string()).collect())
}

/// Finds a view that whoever acts sees.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: SavedViewId) -> StoreResult<Option<SavedView>> {
    let places = places(tx)?;
    let row: Option<SavedViewRow> = v::table
        .find((tx.tenant().to_string(), id.to_string()))
        .filter(
            v::owner_id
                .eq(tx.scope().actor().to_string())
                .or(v::shared.eq(true).and(v::node_id.eq_any(places))),
        )
        .select(SavedViewRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(SavedView::try_from).transpose()
}

/// Which views.
#[derive(Clone, Copy, Debug, Default)]
pub struct SavedViewFilter {
    /// Of this list.
    pub list: Option<ListName>,
    /// Standing so.
    pub standing: Option<Standing>,
}

/// The views that whoever acts sees, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: SavedViewFilter,
    request: &PageRequest,
) -> StoreResult<Page<SavedView>> {
    let places = places(tx)?;
    let mut query = v::table
        .filter(v::tenant_id.eq(tx.tenant().to_string()))
        .filter(
            v::owner_id
                .eq(tx.scope().actor().to_string())
                .or(v::shared.eq(true).and(v::node_id.eq_any(places))),
        )
        .select(SavedViewRow::as_select())
        .into_boxed();
    if let Some(list) = filter.list {
        query = query.filter(v::list_name.eq(list.to_string()));
    }
    if let Some(standing) = filter.standing {
        query = query.filter(v::pinned.eq(standing == Standing::Pinned));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(v::id.gt(after));
    }
    let rows = query.order(v::id).limit(request.fetch()).load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), SavedView::try_from)
}

/// Writes name, place, sharing and standing. `view.version` must be the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not; [`StoreError::Taken`] for the name.
pub fn update(tx: &mut TenantTx<'_>, view: &SavedView) -> StoreResult<()> {
    let updated = diesel::update(v::table.find((tx.tenant().to_string(), view.id.to_string())))
        .filter(v::version.eq(view.version))
        .set((
            v::name.eq(&view.name),
            v::node_id.eq(view.node_id.to_string()),
            v::filters.eq(serde_json::to_string(view.filters.as_map())?),
            v::shared.eq(view.sharing == Sharing::Shared),
            v::pinned.eq(view.standing == Standing::Pinned),
            v::updated_at.eq(tx.now().micros()),
            v::version.eq(v::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Removes a view. `false` when there is none.
///
/// # Errors
/// When the database fails.
pub fn remove(tx: &mut TenantTx<'_>, id: SavedViewId) -> StoreResult<bool> {
    let place = (tx.tenant().to_string(), id.to_string());
    let removed = diesel::delete(v::table.find(place)).execute(tx.conn)?;
    Ok(removed == 1)
}
