//! What places say of themselves: drafts, what was published of them, and their pictures.
//!
//! What was published is public: pages show it to everybody who knocks. So it is read up the tree
//! also by who sees only a part of it, and a draft by nobody but who sees its place.
use std::collections::{BTreeMap, BTreeSet};

use crate::column::Row;
use crate::dialect::DbConnection;
use crate::error::{StoreError, StoreResult};
use crate::nodes;
use crate::parts;
use crate::schema::{brand_files as f, brand_values as v, brands as b};
use crate::tx::{PlatformTx, TenantTx, inserted};
use alvara_domain::brand::{Branding, StoredBrand};
use alvara_domain::id::{NodeId, TenantId};
use diesel::prelude::*;

const DRAFT: &str = "draft";
const PUBLISHED: &str = "published";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = b, treat_none_as_default_value = false)]
struct BrandRow {
    tenant_id: String,
    node_id: String,
    version: i64,
    published_version: i64,
    published_at: Option<i64>,
    updated_at: i64,
}

#[derive(Insertable)]
#[diesel(table_name = v)]
struct ValuesRow<'a> {
    tenant_id: &'a str,
    node_id: &'a str,
    stage: &'a str,
    part: i64,
    content: String,
}

#[derive(Insertable)]
#[diesel(table_name = f)]
struct FileRow<'a> {
    tenant_id: &'a str,
    node_id: &'a str,
    digest: &'a str,
    part: i64,
    content: String,
}

/// Finds what a place of the scope says of itself.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, node: NodeId) -> StoreResult<Option<StoredBrand>> {
    if nodes::find(tx, node)?.is_none() {
        return Ok(None);
    }
    let (tenant, node) = (tx.tenant().to_string(), node.to_string());
    let row: Option<BrandRow> = b::table
        .find((&tenant, &node))
        .select(BrandRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(StoredBrand {
        draft: said(tx.conn, &tenant, &node, DRAFT)?.unwrap_or_default(),
        published: said(tx.conn, &tenant, &node, PUBLISHED)?,
        published_at: Row::of("brands", &node).time_opt("published_at", row.published_at)?,
        version: row.version,
        published_version: row.published_version,
    }))
}

fn said(
    conn: &mut DbConnection,
    tenant: &str,
    node: &str,
    stage: &str,
) -> StoreResult<Option<Branding>> {
    let found: Vec<String> = v::table
        .filter(v::tenant_id.eq(tenant))
        .filter(v::node_id.eq(node))
        .filter(v::stage.eq(stage))
        .order(v::part)
        .select(v::content)
        .load(conn)?;
    if found.is_empty() {
        return Ok(None);
    }
    let r = Row::of("brand_values", node);
    let bytes = parts::join(&found, r)?;
    let text = String::from_utf8(bytes).map_err(|_| r.corrupt("content"))?;
    r.json("content", &text).map(Some)
}

/// Writes a draft in place of the one with version `expected`, 0 for the first. Pictures that
/// neither it nor what is published names go.
///
/// # Errors
/// [`StoreError::Stale`] when another was written since; [`StoreError::OutOfReach`] for a place that
/// is not in the scope.
pub fn save_draft(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    expected: i64,
    draft: &Branding,
) -> StoreResult<()> {
    advance(tx, node, expected)?;
    write(tx, node, DRAFT, Some(draft))?;
    sweep(tx, node)
}

/// Publishes the draft of version `expected`.
///
/// # Errors
/// As for [`save_draft`].
pub fn publish(tx: &mut TenantTx<'_>, node: NodeId, expected: i64) -> StoreResult<()> {
    advance(tx, node, expected)?;
    let (tenant, id) = (tx.tenant().to_string(), node.to_string());
    let draft = said(tx.conn, &tenant, &id, DRAFT)?.unwrap_or_default();
    write(tx, node, PUBLISHED, Some(&draft))?;
    diesel::update(b::table.find((&tenant, &id)))
        .set((
            b::published_version.eq(b::version),
            b::published_at.eq(Some(tx.now().micros())),
        ))
        .execute(tx.conn)?;
    sweep(tx, node)
}

/// Makes the draft of version `expected` what is published again, or empty where nothing is.
///
/// # Errors
/// As for [`save_draft`].
pub fn revert(tx: &mut TenantTx<'_>, node: NodeId, expected: i64) -> StoreResult<()> {
    advance(tx, node, expected)?;
    let (tenant, id) = (tx.tenant().to_string(), node.to_string());
    let published = said(tx.conn, &tenant, &id, PUBLISHED)?;
    write(tx, node, DRAFT, published.as_ref())?;
    sweep(tx, node)
}

/// Raises the version of a place's brand from `expected`. Who comes second waits here and is stale.
fn advance(tx: &mut TenantTx<'_>, node: NodeId, expected: i64) -> StoreResult<()> {
    if nodes::find(tx, node)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let now = tx.now().micros();
    let (tenant, node) = (tx.tenant().to_string(), node.to_string());
    let written = if expected == 0 {
        let first = BrandRow {
            tenant_id: tenant,
            node_id: node,
            version: 1,
            published_version: 0,
            published_at: None,
            updated_at: now,
        };
        inserted(tx.conn, |conn| {
            diesel::insert_into(b::table).values(&first).execute(conn)?;
            Ok(())
        })?
    } else {
        let updated = diesel::update(b::table.find((tenant, node)))
            .filter(b::version.eq(expected))
            .set((b::version.eq(b::version + 1), b::updated_at.eq(now)))
            .execute(tx.conn)?;
        updated == 1
    };
    if written {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

fn write(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    stage: &str,
    branding: Option<&Branding>,
) -> StoreResult<()> {
    let (tenant, node) = (tx.tenant().to_string(), node.to_string());
    let old = v::table
        .filter(v::tenant_id.eq(&tenant))
        .filter(v::node_id.eq(&node))
        .filter(v::stage.eq(stage));
    diesel::delete(old).execute(tx.conn)?;
    let Some(branding) = branding else {
        return Ok(());
    };
    for (part, content) in parts::split(&serde_json::to_vec(branding)?) {
        let row = ValuesRow {
            tenant_id: &tenant,
            node_id: &node,
            stage,
            part,
            content,
        };
        diesel::insert_into(v::table)
            .values(&row)
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Takes pictures away that nothing names any more.
fn sweep(tx: &mut TenantTx<'_>, node: NodeId) -> StoreResult<()> {
    let (tenant, node) = (tx.tenant().to_string(), node.to_string());
    let mut named = BTreeSet::new();
    for stage in [DRAFT, PUBLISHED] {
        let said = said(tx.conn, &tenant, &node, stage)?.unwrap_or_default();
        named.extend(said.pictures().map(|picture| picture.digest.clone()));
    }
    let kept: Vec<String> = f::table
        .filter(f::tenant_id.eq(&tenant))
        .filter(f::node_id.eq(&node))
        .filter(f::part.eq(0))
        .select(f::digest)
        .load(tx.conn)?;
    let over: Vec<String> = kept
        .into_iter()
        .filter(|digest| !named.contains(digest))
        .collect();
    if !over.is_empty() {
        let old = f::table
            .filter(f::tenant_id.eq(&tenant))
            .filter(f::node_id.eq(&node))
            .filter(f::digest.eq_any(over));
        diesel::delete(old).execute(tx.conn)?;
    }
    Ok(())
}

/// Keeps the bytes of a picture that the place's draft names already. The same once more changes
/// nothing.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a place that is not in the scope.
pub fn keep_file(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    digest: &str,
    bytes: &[u8],
) -> StoreResult<()> {
    if nodes::find(tx, node)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let (tenant, node) = (tx.tenant().to_string(), node.to_string());
    let there: i64 = f::table
        .filter(f::tenant_id.eq(&tenant))
        .filter(f::node_id.eq(&node))
        .filter(f::digest.eq(digest))
        .count()
        .get_result(tx.conn)?;
    if there > 0 {
        return Ok(());
    }
    for (part, content) in parts::split(bytes) {
        let row = FileRow {
            tenant_id: &tenant,
            node_id: &node,
            digest,
            part,
            content,
        };
        diesel::insert_into(f::table)
            .values(&row)
            .execute(tx.conn)?;
    }
    Ok(())
}

/// The bytes of a picture of a place of the scope, also of a draft; `None` when there is none.
///
/// # Errors
/// When the database fails.
pub fn find_file(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    digest: &str,
) -> StoreResult<Option<Vec<u8>>> {
    if nodes::find(tx, node)?.is_none() {
        return Ok(None);
    }
    let tenant = tx.tenant();
    bytes(tx.conn, tenant, node, digest)
}

/// The bytes of a picture, for who looked up in what is published that it may be shown.
///
/// # Errors
/// When the database fails.
pub fn find_public_file(
    tx: &mut PlatformTx<'_>,
    (tenant, node): (TenantId, NodeId),
    digest: &str,
) -> StoreResult<Option<Vec<u8>>> {
    bytes(tx.conn, tenant, node, digest)
}

fn bytes(
    conn: &mut DbConnection,
    tenant: TenantId,
    node: NodeId,
    digest: &str,
) -> StoreResult<Option<Vec<u8>>> {
    let found: Vec<String> = f::table
        .filter(f::tenant_id.eq(tenant.to_string()))
        .filter(f::node_id.eq(node.to_string()))
        .filter(f::digest.eq(digest))
        .order(f::part)
        .select(f::content)
        .load(conn)?;
    if found.is_empty() {
        return Ok(None);
    }
    parts::join(&found, Row::of("brand_files", digest)).map(Some)
}

/// Which of these places have something published, and of which version: tells a brand that was
/// worked out before from one that changed.
///
/// # Errors
/// When the database fails.
pub fn list_versions(
    tx: &mut PlatformTx<'_>,
    tenant: TenantId,
    path: &[NodeId],
) -> StoreResult<Vec<(NodeId, i64)>> {
    versions(tx.conn, tenant, path)
}

/// What these places published, those that did, in the order of `path`.
///
/// # Errors
/// When the database fails.
pub fn list_published(
    tx: &mut PlatformTx<'_>,
    tenant: TenantId,
    path: &[NodeId],
) -> StoreResult<Vec<(NodeId, Branding)>> {
    published(tx.conn, tenant, path)
}

/// The same from within the tenant; the places may lie above the scope.
///
/// # Errors
/// When the database fails.
pub fn list_published_above(
    tx: &mut TenantTx<'_>,
    path: &[NodeId],
) -> StoreResult<Vec<(NodeId, Branding)>> {
    let tenant = tx.tenant();
    published(tx.conn, tenant, path)
}

fn versions(
    conn: &mut DbConnection,
    tenant: TenantId,
    path: &[NodeId],
) -> StoreResult<Vec<(NodeId, i64)>> {
    let ids: Vec<String> = path.iter().map(NodeId::to_string).collect();
    let found: Vec<(String, i64)> = b::table
        .filter(b::tenant_id.eq(tenant.to_string()))
        .filter(b::node_id.eq_any(ids))
        .filter(b::published_version.gt(0))
        .select((b::node_id, b::published_version))
        .load(conn)?;
    let found: BTreeMap<String, i64> = found.into_iter().collect();
    let in_order = path
        .iter()
        .filter_map(|id| Some((*id, *found.get(&id.to_string())?)));
    Ok(in_order.collect())
}

fn published(
    conn: &mut DbConnection,
    tenant: TenantId,
    path: &[NodeId],
) -> StoreResult<Vec<(NodeId, Branding)>> {
    let mut all = Vec::new();
    for (id, _) in versions(conn, tenant, path)? {
        let branding = said(conn, &tenant.to_string(), &id.to_string(), PUBLISHED)?;
        all.extend(branding.map(|branding| (id, branding)));
    }
    Ok(all)
}
