//! Payment plugins: their versions, their components in pieces, whom the operator trusts, and which
//! tenant may use what.
use crate::column::Row;
use crate::dialect::DbConnection;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::parts;
use crate::schema::{
    charge_attempts as a, charges as h, mandates as m, payment_accounts as c, plugin_offers as o,
    plugin_pieces as f, plugin_publishers as u, plugins as p, refunds as r,
};
use crate::tx::{PlatformTx, TenantTx, inserted};
use alvara_domain::charge::{ChargeState, MandateState, RefundState};
use alvara_domain::id::{PluginId, TenantId};
use alvara_domain::plugin::{InstalledPlugin, PluginOffer, Publisher};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = p, treat_none_as_default_value = false)]
struct PluginRow {
    id: String,
    name: String,
    plugin_version: String,
    digest: String,
    size_bytes: i64,
    manifest: String,
    description: String,
    publisher: Option<String>,
    grants: Option<String>,
    installed_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<PluginRow> for InstalledPlugin {
    type Error = StoreError;

    fn try_from(row: PluginRow) -> StoreResult<Self> {
        let r = Row::of("plugins", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            description: r.json("description", &row.description)?,
            installed_at: r.time("installed_at", row.installed_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            name: row.name,
            plugin_version: row.plugin_version,
            digest: row.digest,
            size_bytes: row.size_bytes,
            manifest: row.manifest,
            publisher: row.publisher,
            grants: row.grants,
            version: row.version,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = f)]
struct PieceRow {
    plugin_id: String,
    piece: i64,
    content: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = u)]
struct PublisherRow {
    fingerprint: String,
    name: String,
    public_key: String,
    created_at: i64,
}

impl TryFrom<PublisherRow> for Publisher {
    type Error = StoreError;

    fn try_from(row: PublisherRow) -> StoreResult<Self> {
        let r = Row::of("plugin_publishers", &row.fingerprint);
        Ok(Self {
            created_at: r.time("created_at", row.created_at)?,
            fingerprint: row.fingerprint,
            name: row.name,
            public_key: row.public_key,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = o)]
struct OfferRow {
    tenant_id: String,
    name: String,
    created_at: i64,
}

impl TryFrom<OfferRow> for PluginOffer {
    type Error = StoreError;

    fn try_from(row: OfferRow) -> StoreResult<Self> {
        let r = Row::of("plugin_offers", &row.tenant_id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            created_at: r.time("created_at", row.created_at)?,
            name: row.name,
        })
    }
}

/// Adds a version with its component.
///
/// # Errors
/// [`StoreError::Taken`] when the version, or the very same component, is installed already.
pub fn insert(
    tx: &mut PlatformTx<'_>,
    plugin: &InstalledPlugin,
    component: &[u8],
) -> StoreResult<()> {
    let row = PluginRow {
        id: plugin.id.to_string(),
        name: plugin.name.clone(),
        plugin_version: plugin.plugin_version.clone(),
        digest: plugin.digest.clone(),
        size_bytes: plugin.size_bytes,
        manifest: plugin.manifest.clone(),
        description: serde_json::to_string(&plugin.description)?,
        publisher: plugin.publisher.clone(),
        grants: plugin.grants.clone(),
        installed_at: plugin.installed_at.micros(),
        updated_at: plugin.updated_at.micros(),
        version: plugin.version,
    };
    diesel::insert_into(p::table)
        .values(&row)
        .execute(tx.conn)?;
    for (piece, content) in parts::split(component) {
        let row = PieceRow {
            plugin_id: plugin.id.to_string(),
            piece,
            content,
        };
        diesel::insert_into(f::table)
            .values(&row)
            .execute(tx.conn)?;
    }
    Ok(())
}

/// The component of a version. `None` when there is no such version.
///
/// # Errors
/// When the database fails, or the pieces do not decode.
pub fn component(tx: &mut PlatformTx<'_>, id: PluginId) -> StoreResult<Option<Vec<u8>>> {
    assemble(tx.conn, id)
}

/// The same from within a tenant, whose payment account is pinned to the version.
///
/// # Errors
/// When the database fails, or the pieces do not decode.
pub fn component_for(tx: &mut TenantTx<'_>, id: PluginId) -> StoreResult<Option<Vec<u8>>> {
    assemble(tx.conn, id)
}

fn assemble(conn: &mut DbConnection, id: PluginId) -> StoreResult<Option<Vec<u8>>> {
    let pieces: Vec<String> = f::table
        .filter(f::plugin_id.eq(id.to_string()))
        .order(f::piece)
        .select(f::content)
        .load(conn)?;
    if pieces.is_empty() {
        return Ok(None);
    }
    let row = id.to_string();
    parts::join(&pieces, Row::of("plugin_pieces", &row)).map(Some)
}

/// Finds a version.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut PlatformTx<'_>, id: PluginId) -> StoreResult<Option<InstalledPlugin>> {
    let row: Option<PluginRow> = p::table
        .find(id.to_string())
        .select(PluginRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(InstalledPlugin::try_from).transpose()
}

/// Lists the versions, the last one installed first; of one plugin when its name is given.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut PlatformTx<'_>,
    name: Option<&str>,
    request: &PageRequest,
) -> StoreResult<Page<InstalledPlugin>> {
    let mut query = p::table.into_boxed();
    if let Some(name) = name {
        query = query.filter(p::name.eq(name.to_owned()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(p::id.lt(after));
    }
    let rows: Vec<PluginRow> = query
        .order(p::id.desc())
        .limit(request.fetch())
        .select(PluginRow::as_select())
        .load(tx.conn)?;
    Page::of(
        request,
        rows,
        |row| row.id.clone(),
        InstalledPlugin::try_from,
    )
}

/// Grants a version what the operator allows it; `false` when somebody changed it since `seen`.
///
/// # Errors
/// When the database fails.
pub fn grant(tx: &mut PlatformTx<'_>, id: PluginId, seen: i64, grants: &str) -> StoreResult<bool> {
    let updated = diesel::update(p::table.find(id.to_string()))
        .filter(p::version.eq(seen))
        .set((
            p::grants.eq(Some(grants.to_owned())),
            p::updated_at.eq(tx.now().micros()),
            p::version.eq(seen + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Removes a version. `false` when there is none.
///
/// # Errors
/// [`StoreError::Referenced`] while a payment account of any tenant is pinned to it, or a charge that
/// was made by it is open or has a refund on its way, or a mandate that was is not over.
pub fn remove(tx: &mut PlatformTx<'_>, id: PluginId) -> StoreResult<bool> {
    let Some(plugin) = find(tx, id)? else {
        return Ok(false);
    };
    diesel::delete(f::table.filter(f::plugin_id.eq(id.to_string()))).execute(tx.conn)?;
    let removed = diesel::delete(p::table.find(id.to_string())).execute(tx.conn)?;
    // Looked at last: whoever was just pinning an account to it held the row until now.
    if is_pinned(tx, &plugin)? {
        return Err(StoreError::Referenced);
    }
    Ok(removed == 1)
}

fn is_pinned(tx: &mut PlatformTx<'_>, plugin: &InstalledPlugin) -> StoreResult<bool> {
    let account: Option<String> = c::table
        .filter(c::plugin.eq(&plugin.name))
        .filter(c::plugin_version.eq(&plugin.plugin_version))
        .select(c::id)
        .first(tx.conn)
        .optional()?;
    if account.is_some() {
        return Ok(true);
    }
    let open = ChargeState::ALL
        .iter()
        .filter(|state| state.is_open())
        .map(|state| state.as_str());
    let charge: Option<String> = a::table
        .inner_join(h::table.on(h::tenant_id.eq(a::tenant_id).and(h::id.eq(a::charge_id))))
        .inner_join(c::table.on(c::tenant_id.eq(h::tenant_id).and(c::id.eq(h::account_id))))
        .filter(a::number.eq(1))
        .filter(a::plugin_version.eq(&plugin.plugin_version))
        .filter(c::plugin.eq(&plugin.name))
        .filter(h::state.eq_any(open))
        .select(a::charge_id)
        .first(tx.conn)
        .optional()?;
    if charge.is_some() {
        return Ok(true);
    }
    let lasting = MandateState::ALL
        .iter()
        .filter(|state| !state.is_over())
        .map(|state| state.as_str());
    let mandate: Option<String> = m::table
        .inner_join(c::table.on(c::tenant_id.eq(m::tenant_id).and(c::id.eq(m::account_id))))
        .filter(m::plugin_version.eq(&plugin.plugin_version))
        .filter(c::plugin.eq(&plugin.name))
        .filter(m::state.eq_any(lasting))
        .select(m::id)
        .first(tx.conn)
        .optional()?;
    if mandate.is_some() {
        return Ok(true);
    }
    // A charge that was paid is over; what goes back of it is asked about by the same version.
    let on_its_way = [RefundState::Requested, RefundState::Pending].map(|state| state.as_str());
    let refund: Option<String> = a::table
        .inner_join(
            r::table.on(r::tenant_id
                .eq(a::tenant_id)
                .and(r::charge_id.eq(a::charge_id))),
        )
        .inner_join(h::table.on(h::tenant_id.eq(a::tenant_id).and(h::id.eq(a::charge_id))))
        .inner_join(c::table.on(c::tenant_id.eq(h::tenant_id).and(c::id.eq(h::account_id))))
        .filter(a::number.eq(1))
        .filter(a::plugin_version.eq(&plugin.plugin_version))
        .filter(c::plugin.eq(&plugin.name))
        .filter(r::state.eq_any(on_its_way))
        .select(r::id)
        .first(tx.conn)
        .optional()?;
    Ok(refund.is_some())
}

/// Trusts a publisher. `false` when the key is trusted already.
///
/// # Errors
/// When the database fails.
pub fn trust(tx: &mut PlatformTx<'_>, publisher: &Publisher) -> StoreResult<bool> {
    let row = PublisherRow {
        fingerprint: publisher.fingerprint.clone(),
        name: publisher.name.clone(),
        public_key: publisher.public_key.clone(),
        created_at: publisher.created_at.micros(),
    };
    inserted(tx.conn, |conn| {
        diesel::insert_into(u::table).values(&row).execute(conn)?;
        Ok(())
    })
}

/// No longer trusts a publisher; what is installed stays. `false` when it was not trusted.
///
/// # Errors
/// When the database fails.
pub fn distrust(tx: &mut PlatformTx<'_>, fingerprint: &str) -> StoreResult<bool> {
    let removed = diesel::delete(u::table.find(fingerprint)).execute(tx.conn)?;
    Ok(removed == 1)
}

/// Finds a trusted publisher.
///
/// # Errors
/// When the database fails.
pub fn find_publisher(
    tx: &mut PlatformTx<'_>,
    fingerprint: &str,
) -> StoreResult<Option<Publisher>> {
    let row: Option<PublisherRow> = u::table
        .find(fingerprint)
        .select(PublisherRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Publisher::try_from).transpose()
}

/// Everybody whose plugins are trusted, by name. An installation has a handful.
///
/// # Errors
/// When the database fails.
pub fn list_publishers(tx: &mut PlatformTx<'_>) -> StoreResult<Vec<Publisher>> {
    let rows: Vec<PublisherRow> = u::table
        .order((u::name, u::fingerprint))
        .select(PublisherRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Publisher::try_from).collect()
}

/// Lets a tenant use a plugin. `false` when it may already.
///
/// # Errors
/// When the database fails.
pub fn offer(tx: &mut PlatformTx<'_>, tenant: TenantId, name: &str) -> StoreResult<bool> {
    let row = OfferRow {
        tenant_id: tenant.to_string(),
        name: name.to_owned(),
        created_at: tx.now().micros(),
    };
    inserted(tx.conn, |conn| {
        diesel::insert_into(o::table).values(&row).execute(conn)?;
        Ok(())
    })
}

/// Takes a plugin back from a tenant: no new charge is created with it, what is open goes on.
/// `false` when the tenant could not use it.
///
/// # Errors
/// When the database fails.
pub fn withdraw(tx: &mut PlatformTx<'_>, tenant: TenantId, name: &str) -> StoreResult<bool> {
    let removed = diesel::delete(o::table.find((tenant.to_string(), name))).execute(tx.conn)?;
    Ok(removed == 1)
}

/// Which plugins a tenant may use, by name.
///
/// # Errors
/// When the database fails.
pub fn list_offered_to(tx: &mut PlatformTx<'_>, tenant: TenantId) -> StoreResult<Vec<PluginOffer>> {
    offered_to(tx.conn, &tenant.to_string())
}

/// Which plugins the own tenant may use, by name.
///
/// # Errors
/// When the database fails.
pub fn list_offered(tx: &mut TenantTx<'_>) -> StoreResult<Vec<PluginOffer>> {
    let own = tx.tenant().to_string();
    offered_to(tx.conn, &own)
}

fn offered_to(conn: &mut DbConnection, tenant: &str) -> StoreResult<Vec<PluginOffer>> {
    let rows: Vec<OfferRow> = o::table
        .filter(o::tenant_id.eq(tenant.to_owned()))
        .order(o::name)
        .select(OfferRow::as_select())
        .load(conn)?;
    rows.into_iter().map(PluginOffer::try_from).collect()
}

/// Whether the own tenant may use a plugin.
///
/// # Errors
/// When the database fails.
pub fn is_offered(tx: &mut TenantTx<'_>, name: &str) -> StoreResult<bool> {
    let found: Option<String> = o::table
        .find((tx.tenant().to_string(), name))
        .select(o::name)
        .get_result(tx.conn)
        .optional()?;
    Ok(found.is_some())
}

/// Finds a version from within a tenant, when the tenant may use the plugin.
///
/// # Errors
/// When the database fails.
pub fn find_offered(tx: &mut TenantTx<'_>, id: PluginId) -> StoreResult<Option<InstalledPlugin>> {
    let row: Option<PluginRow> = p::table
        .inner_join(o::table.on(o::name.eq(p::name)))
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .filter(p::id.eq(id.to_string()))
        .select(PluginRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(InstalledPlugin::try_from).transpose()
}

/// The version that a payment account is pinned to, whether or not the tenant may still open new
/// accounts with it: what is open goes on.
///
/// # Errors
/// When the database fails.
pub fn find_version(
    tx: &mut TenantTx<'_>,
    name: &str,
    version: &str,
) -> StoreResult<Option<InstalledPlugin>> {
    let row: Option<PluginRow> = p::table
        .filter(p::name.eq(name.to_owned()))
        .filter(p::plugin_version.eq(version.to_owned()))
        .select(PluginRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(InstalledPlugin::try_from).transpose()
}

/// The same, and nobody removes the version before this transaction ends.
///
/// # Errors
/// When the database fails.
pub fn hold_version(
    tx: &mut TenantTx<'_>,
    name: &str,
    version: &str,
) -> StoreResult<Option<InstalledPlugin>> {
    // Changes nothing and locks the row on every database; one that writes alone needs no lock.
    diesel::update(p::table)
        .filter(p::name.eq(name.to_owned()))
        .filter(p::plugin_version.eq(version.to_owned()))
        .set(p::version.eq(p::version))
        .execute(tx.conn)?;
    find_version(tx, name, version)
}

/// The versions of a plugin that the own tenant may use and the operator granted, the last one
/// installed first.
///
/// # Errors
/// When the database fails.
pub fn list_versions_offered(
    tx: &mut TenantTx<'_>,
    name: &str,
) -> StoreResult<Vec<InstalledPlugin>> {
    let rows: Vec<PluginRow> = p::table
        .inner_join(o::table.on(o::name.eq(p::name)))
        .filter(o::tenant_id.eq(tx.tenant().to_string()))
        .filter(p::name.eq(name.to_owned()))
        .filter(p::grants.is_not_null())
        .order(p::id.desc())
        .limit(100)
        .select(PluginRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(InstalledPlugin::try_from).collect()
}
