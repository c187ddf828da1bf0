//! The chain of audit entries of a tenant.
//!
//! Every entry carries the hash of the one before, so that taking one out, changing one or slipping
//! one in shows. The hash is SHA-256, in lower-case hex, over these fields as netstrings
//! (`length in bytes:bytes,`), in this order: previous hash, tenant, seq, at (microseconds since
//! 1970), actor, source address, request id, action, target, state before, state after. The first
//! entry's previous hash is 64 zeros. The head row holds the last seq and hash, so that cutting off
//! the end shows too.
use crate::dialect::DbConnection;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::{audit_entries as e, audit_heads as h};
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::{NodeId, TenantId};
use alvara_domain::time::UtcTime;
use data_encoding::HEXLOWER;
use diesel::prelude::*;
use serde::Serialize;

mod of_license;

pub use of_license::list_of_license;

const ORIGIN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An entry that waits for the end of its transaction.
pub(crate) struct Draft {
    pub(crate) tenant: TenantId,
    pub(crate) actor: String,
    pub(crate) source_address: String,
    pub(crate) request_id: String,
    pub(crate) action: String,
    pub(crate) target: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// An entry of the chain. The states are JSON texts; `null` where there was none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = e)]
pub struct AuditEntry {
    /// The tenant's id.
    pub tenant_id: String,
    /// Its place in the chain, from 1 and without gaps.
    pub seq: i64,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// Who: a member, API key, machine or job id, `program`, `console` or `platform`.
    pub actor: String,
    /// From which address; empty when from none.
    pub source_address: String,
    /// The request's id in the log.
    pub request_id: String,
    /// What was done, such as `license.issue`.
    pub action: String,
    /// To what: an id.
    pub target: String,
    /// How it was before.
    #[diesel(column_name = before_state)]
    pub before: String,
    /// How it is since.
    #[diesel(column_name = after_state)]
    pub after: String,
    /// The hash of the entry before.
    pub previous_hash: String,
    /// This entry's.
    pub hash: String,
}

impl AuditEntry {
    /// The hash that this entry should have.
    #[must_use]
    pub fn computed_hash(&self) -> String {
        let (seq, at) = (self.seq.to_string(), self.at.to_string());
        let mut hasher = openssl::sha::Sha256::new();
        for field in [
            &self.previous_hash,
            &self.tenant_id,
            &seq,
            &at,
            &self.actor,
            &self.source_address,
            &self.request_id,
            &self.action,
            &self.target,
            &self.before,
            &self.after,
        ] {
            hasher.update(format!("{}:", field.len()).as_bytes());
            hasher.update(field.as_bytes());
            hasher.update(b",");
        }
        HEXLOWER.encode(&hasher.finish())
    }
}

/// Chains the drafts of a transaction on. Called last before a commit, tenants in order of their
/// ids, so that two transactions that wait for the same heads never wait in a circle.
pub(crate) fn write(
    conn: &mut DbConnection,
    now: UtcTime,
    mut drafts: Vec<Draft>,
) -> StoreResult<()> {
    drafts.sort_by_key(|draft| draft.tenant);
    for of_tenant in drafts.chunk_by(|a, b| a.tenant == b.tenant) {
        let Some(first) = of_tenant.first() else {
            continue;
        };
        let tenant = first.tenant.to_string();
        let count = i64::try_from(of_tenant.len()).unwrap_or(i64::MAX);
        // The update comes first: it takes the lock, and what is read after it is the newest.
        while diesel::update(h::table.find(&tenant))
            .set(h::seq.eq(h::seq + count))
            .execute(conn)?
            == 0
        {
            inserted(conn, |conn| {
                diesel::insert_into(h::table)
                    .values((h::tenant_id.eq(&tenant), h::seq.eq(0), h::hash.eq(ORIGIN)))
                    .execute(conn)?;
                Ok(())
            })?;
        }
        let (last, mut hash): (i64, String) = h::table
            .find(&tenant)
            .select((h::seq, h::hash))
            .first(conn)?;
        for (draft, seq) in of_tenant.iter().zip(last - count + 1..) {
            let mut entry = AuditEntry {
                tenant_id: tenant.clone(),
                seq,
                at: now.micros(),
                actor: draft.actor.clone(),
                source_address: draft.source_address.clone(),
                request_id: draft.request_id.clone(),
                action: draft.action.clone(),
                target: draft.target.clone(),
                before: draft.before.clone(),
                after: draft.after.clone(),
                previous_hash: hash,
                hash: String::new(),
            };
            entry.hash = entry.computed_hash();
            hash = entry.hash.clone();
            diesel::insert_into(e::table).values(&entry).execute(conn)?;
        }
        diesel::update(h::table.find(&tenant))
            .set(h::hash.eq(&hash))
            .execute(conn)?;
    }
    Ok(())
}

/// What a look through a chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Every entry fits the one before.
    Whole {
        /// How many there are.
        entries: i64,
    },
    /// The chain breaks.
    Broken {
        /// The first place that does not fit.
        seq: i64,
    },
}

/// Goes through the tenant's whole chain, as it is when this begins: others may add to it meanwhile.
///
/// # Errors
/// When the scope is not the whole tenant, or the database fails.
pub fn verify(tx: &mut TenantTx<'_>) -> StoreResult<Chain> {
    tx.require_whole_tenant()?;
    let tenant = tx.tenant().to_string();
    // In this order: an entry and the head that counts it are committed together, so on a server,
    // where each statement sees what is newest, the head never counts less than was there before.
    let last: Option<i64> = e::table
        .filter(e::tenant_id.eq(&tenant))
        .select(diesel::dsl::max(e::seq))
        .get_result(tx.conn)?;
    let head: Option<(i64, String)> = h::table
        .find(&tenant)
        .select((h::seq, h::hash))
        .get_result(tx.conn)
        .optional()?;
    let (end, end_hash) = head.unwrap_or_else(|| (0, ORIGIN.to_owned()));
    let (mut seq, mut hash) = (0, ORIGIN.to_owned());
    loop {
        let some: Vec<AuditEntry> = e::table
            .filter(e::tenant_id.eq(&tenant))
            .filter(e::seq.gt(seq))
            .filter(e::seq.le(end))
            .order(e::seq)
            .limit(1000)
            .select(AuditEntry::as_select())
            .load(tx.conn)?;
        if some.is_empty() {
            break;
        }
        for entry in some {
            seq += 1;
            if entry.seq != seq
                || entry.previous_hash != hash
                || entry.hash != entry.computed_hash()
            {
                return Ok(Chain::Broken { seq });
            }
            hash = entry.hash;
        }
    }
    if (seq, &hash) == (end, &end_hash) && last.unwrap_or(0) <= end {
        Ok(Chain::Whole { entries: seq })
    } else {
        Ok(Chain::Broken { seq: seq + 1 })
    }
}

/// Which entries a list shows.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Those of one target.
    pub target: Option<String>,
    /// Those of one actor.
    pub actor: Option<String>,
    /// Those at this instant or later.
    pub from: Option<UtcTime>,
    /// Those before this instant.
    pub until: Option<UtcTime>,
}

/// Lists entries, the newest first. A scope that is only part of the tenant sees none: an entry
/// says nothing about places.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &AuditFilter,
    request: &PageRequest,
) -> StoreResult<Page<AuditEntry>> {
    tx.require_whole_tenant()?;
    let mut query = e::table
        .filter(e::tenant_id.eq(tx.tenant().to_string()))
        .select(AuditEntry::as_select())
        .into_boxed();
    if let Some(target) = &filter.target {
        query = query.filter(e::target.eq(target));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(e::actor.eq(actor));
    }
    if let Some(from) = filter.from {
        query = query.filter(e::at.ge(from.micros()));
    }
    if let Some(until) = filter.until {
        query = query.filter(e::at.lt(until.micros()));
    }
    if let Some(after) = request.after::<i64>()? {
        query = query.filter(e::seq.lt(after));
    }
    let rows = query
        .order(e::seq.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.seq, Ok::<_, StoreError>)
}

/// What was done to a place of the scope, the newest first; `None` when the place is not in it. Who
/// looks after a part of the tree may know what happened to its places, and to nothing else.
///
/// # Errors
/// When the database fails, or [`StoreError::BadCursor`].
pub fn list_of_node(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    request: &PageRequest,
) -> StoreResult<Option<Page<AuditEntry>>> {
    if crate::nodes::find_even_deleted(tx, node)?.is_none() {
        return Ok(None);
    }
    list_of(tx, &node.to_string(), request).map(Some)
}

fn list_of(
    tx: &mut TenantTx<'_>,
    target: &str,
    request: &PageRequest,
) -> StoreResult<Page<AuditEntry>> {
    list_since(tx, target, 0, request)
}

/// The entries of a target from a place in the chain on.
fn list_since(
    tx: &mut TenantTx<'_>,
    target: &str,
    seq: i64,
    request: &PageRequest,
) -> StoreResult<Page<AuditEntry>> {
    let mut query = e::table
        .filter(e::tenant_id.eq(tx.tenant().to_string()))
        .filter(e::target.eq(target.to_owned()))
        .filter(e::seq.ge(seq))
        .select(AuditEntry::as_select())
        .into_boxed();
    if let Some(after) = request.after::<i64>()? {
        query = query.filter(e::seq.lt(after));
    }
    let rows = query
        .order(e::seq.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.seq, Ok::<_, StoreError>)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, Clock, Db, DbConfig, Grant, Origin, Reach};
    use alvara_domain::id::{NodeId, Ulid};
    use alvara_domain::node::NodePath;
    use diesel::connection::SimpleConnection;

    #[test]
    fn the_canonical_form_is_what_the_documentation_says() {
        let entry = AuditEntry {
            tenant_id: "ten_1".to_owned(),
            seq: 1,
            at: 2,
            actor: "console".to_owned(),
            source_address: String::new(),
            request_id: "r".to_owned(),
            action: "a".to_owned(),
            target: "ç".to_owned(),
            before: "null".to_owned(),
            after: "{}".to_owned(),
            previous_hash: "0".to_owned(),
            hash: String::new(),
        };
        let text = "1:0,5:ten_1,1:1,1:2,7:console,0:,1:r,1:a,2:ç,4:null,2:{},";
        assert_eq!(
            entry.computed_hash(),
            HEXLOWER.encode(&openssl::sha::sha256(text.as_bytes()))
        );
    }

    #[tokio::test]
    async fn every_kind_of_tampering_shows() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let (db, mint) = Db::open(&DbConfig::create(&url), Clock::system()).unwrap();
        db.migrate().await.unwrap();
        let scope = mint.scope(Grant {
            tenant: TenantId::from_ulid(Ulid::from_bytes([1; 16])),
            path: NodePath::root(NodeId::from_ulid(Ulid::from_bytes([2; 16]))),
            reach: Reach::Tree,
            actor: Actor::Console,
            origin: Origin::default(),
        });
        for number in 0..5 {
            db.write(&scope, move |tx| tx.audit("x", number, (), number))
                .await
                .unwrap();
        }
        let address = crate::address::Address::parse(&url).unwrap();
        let mut raw = crate::dialect::open(&address, crate::dialect::Door::Write).unwrap();
        raw.batch_execute("CREATE TABLE kept AS SELECT * FROM audit_entries")
            .unwrap();
        assert_eq!(
            db.read(&scope, verify).await.unwrap(),
            Chain::Whole { entries: 5 }
        );
        for (tampering, seq) in [
            (
                "UPDATE audit_entries SET after_state = '9' WHERE seq = 3",
                3,
            ),
            ("UPDATE audit_entries SET at = at + 1 WHERE seq = 5", 5),
            ("DELETE FROM audit_entries WHERE seq = 2", 2),
            ("DELETE FROM audit_entries WHERE seq = 5", 5),
            ("DELETE FROM audit_entries", 1),
            (
                "INSERT INTO audit_entries SELECT tenant_id, 6, at, actor, source_address, request_id, action, target, before_state, after_state, hash, hash FROM kept WHERE seq = 5",
                6,
            ),
        ] {
            raw.batch_execute(tampering).unwrap();
            assert_eq!(
                db.read(&scope, verify).await.unwrap(),
                Chain::Broken { seq },
                "{tampering}"
            );
            raw.batch_execute(
                "DELETE FROM audit_entries; INSERT INTO audit_entries SELECT * FROM kept",
            )
            .unwrap();
        }
        assert_eq!(
            db.read(&scope, verify).await.unwrap(),
            Chain::Whole { entries: 5 }
        );
    }
}
