//! Everything that differs between SQLite, PostgreSQL and MariaDB: the only `match` on the connection.
use crate::address::Address;
use crate::error::{StoreError, StoreResult};
use crate::steer::{Index, Steered};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as Diesel};
use diesel::sql_types::BigInt;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

/// One connection to any of the three.
#[derive(diesel::MultiConnection)]
pub(crate) enum DbConnection {
    Sqlite(SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
    #[cfg(feature = "mariadb")]
    MariaDb(MysqlConnection),
}

/// Transactions through the enum.
pub(crate) type Transactions = <DbConnection as Connection>::TransactionManager;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Read,
    Write,
}

/// Which of the three a connection leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Embedded.
    Sqlite,
    /// A server.
    Postgres,
    /// A server; MySQL itself is not supported, for it lacks the collation.
    MariaDb,
}

/// What stands between tenants besides our own queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondWall {
    /// This database has no row-level security.
    NotOffered,
    /// PostgreSQL refuses foreign rows by itself.
    Standing,
    /// PostgreSQL would, but the role is a superuser or has BYPASSRLS and walks through it.
    Bypassed {
        /// The role that should be another.
        role: String,
    },
}

pub(crate) const SHARED: EmbeddedMigrations = embed_migrations!("../../migrations/shared");
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The collation a MariaDB database must have: exact case, accents and trailing spaces.
#[cfg(feature = "mariadb")]
pub(crate) const COLLATION: &str = "utf8mb4_nopad_bin";

/// Opens a connection and gives it the settings it keeps for life.
pub(crate) fn open(address: &Address, door: Door) -> StoreResult<DbConnection> {
    match address {
        Address::Sqlite(path) => {
            let path = path
                .to_str()
                .ok_or_else(|| StoreError::Setup("the database's path is not UTF-8".to_owned()))?;
            let mut c = SqliteConnection::establish(&format!("file:{path}?mode=rw"))
                .map_err(unavailable)?;
            // FULL: an answered write survives a power cut. A reader cannot write even by mistake.
            c.batch_execute(match door {
                Door::Write => "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;",
                Door::Read => "PRAGMA busy_timeout=5000; PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384; PRAGMA mmap_size=268435456;",
            })?;
            Ok(DbConnection::Sqlite(c))
        }
        #[cfg(feature = "postgres")]
        Address::Postgres(url) => {
            let mut c = PgConnection::establish(url).map_err(unavailable)?;
            c.batch_execute("SET SESSION TIME ZONE 'UTC'; SET SESSION standard_conforming_strings = on; SET SESSION client_min_messages = warning; SET SESSION lock_timeout = '10s'; SET SESSION idle_in_transaction_session_timeout = '60s';")?;
            Ok(DbConnection::Postgres(c))
        }
        #[cfg(feature = "mariadb")]
        Address::MariaDb(url) => {
            let mut c = MysqlConnection::establish(url).map_err(unavailable)?;
            let found: String = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(
                "@@collation_database",
            ))
            .get_result(&mut c)?;
            if found != COLLATION {
                return Err(StoreError::Setup(format!(
                    "the MariaDB database has the collation {found}; keys would match with the wrong case or a trailing space. \
                     Make it with: CREATE DATABASE alvara CHARACTER SET utf8mb4 COLLATE {COLLATION}"
                )));
            }
            c.batch_execute(&format!("SET NAMES utf8mb4 COLLATE {COLLATION}"))?;
            c.batch_execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")?;
            c.batch_execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), SESSION innodb_lock_wait_timeout = 10")?;
            Ok(DbConnection::MariaDb(c))
        }
    }
}

pub(crate) fn unavailable(error: ConnectionError) -> StoreError {
    // The text of a connection error can repeat the URL with its password; the kind is enough.
    StoreError::Unavailable(match error {
        ConnectionError::BadConnection(text) if !text.contains("://") => text,
        ConnectionError::InvalidConnectionUrl(_) => "the database URL cannot be read".to_owned(),
        _ => "no connection".to_owned(),
    })
}

/// Which database the connection leads to.
pub(crate) fn backend(conn: &DbConnection) -> Backend {
    match conn {
        DbConnection::Sqlite(_) => Backend::Sqlite,
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(_) => Backend::Postgres,
        #[cfg(feature = "mariadb")]
        DbConnection::MariaDb(_) => Backend::MariaDb,
    }
}

/// Begins a transaction. `wall` is the tenant that row-level security lets through, `*` for all;
/// it is an id of ours or the star, so it needs no quoting.
pub(crate) fn begin(conn: &mut DbConnection, door: Door, wall: &str) -> QueryResult<()> {
    let _ = wall;
    match conn {
        // Read-then-write in a deferred transaction fails at once when another writer was quicker.
        DbConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(
            c,
            if door == Door::Write {
                "BEGIN IMMEDIATE"
            } else {
                "BEGIN"
            },
        ),
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(c) => {
            let mode = if door == Door::Write {
                "READ WRITE"
            } else {
                "READ ONLY"
            };
            AnsiTransactionManager::begin_transaction_sql(
                c,
                &format!(
                    "BEGIN ISOLATION LEVEL READ COMMITTED {mode}; SET LOCAL alvara.tenant = '{wall}'"
                ),
            )
        }
        #[cfg(feature = "mariadb")]
        DbConnection::MariaDb(c) => AnsiTransactionManager::begin_transaction_sql(
            c,
            if door == Door::Write {
                "START TRANSACTION READ WRITE"
            } else {
                "START TRANSACTION READ ONLY"
            },
        ),
    }
}

/// Lets row-level security show one tenant only for the rest of the transaction; an id of ours.
pub(crate) fn narrow(conn: &mut DbConnection, wall: &str) -> QueryResult<()> {
    let _ = wall;
    match conn {
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(c) => {
            c.batch_execute(&format!("SET LOCAL alvara.tenant = '{wall}'"))
        }
        _ => Ok(()),
    }
}

/// How many transactions and savepoints are open; `None` when diesel gave the connection up.
pub(crate) fn depth(conn: &mut DbConnection) -> Option<u32> {
    let depth = Transactions::transaction_manager_status_mut(conn)
        .transaction_depth()
        .ok()?;
    Some(depth.map_or(0, std::num::NonZeroU32::get))
}

/// Rolls back to a depth. `false` when the connection is of no more use, which it then remembers:
/// SQLite ends a whole transaction by itself when a disk is full, and diesel would not notice.
pub(crate) fn unwind(conn: &mut DbConnection, to: u32) -> bool {
    loop {
        match depth(conn) {
            Some(depth) if depth == to => return true,
            Some(depth) if depth > to && Transactions::rollback_transaction(conn).is_ok() => {}
            _ => {
                Transactions::transaction_manager_status_mut(conn).set_in_error();
                return false;
            }
        }
    }
}

/// A sign of life.
pub(crate) fn touch(conn: &mut DbConnection) -> StoreResult<()> {
    let _: i32 =
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1")).get_result(conn)?;
    Ok(())
}

/// What is worth doing before an embedded database is closed.
pub(crate) fn tidy(conn: &mut DbConnection) {
    if let DbConnection::Sqlite(c) = conn
        && let Err(error) = c.batch_execute("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);")
    {
        tracing::warn!(%error, "the journal could not be folded in; the next start does it");
    }
}

/// True for an error that goes away when the whole transaction is tried again.
///
/// `PostgreSQL`'s deadlock (40P01) and a lock that timed out come as `Unknown` with nothing but a
/// text, and `PostgreSQL` writes that text in the server's language.
pub(crate) fn is_conflict(error: &Diesel) -> bool {
    match error {
        Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Diesel::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            let text = info.message().to_lowercase();
            [
                "deadlock",
                "impasse detectado",
                "lock timeout",
                "lock wait timeout",
                "database is locked",
                "database table is locked",
            ]
            .iter()
            .any(|known| text.contains(known))
        }
        _ => false,
    }
}

/// Applies what is missing, one process at a time; answers the versions applied.
pub(crate) fn migrate(conn: &mut DbConnection) -> StoreResult<Vec<String>> {
    alone(conn, |conn| match conn {
        DbConnection::Sqlite(c) => crate::migrate::up(c, SHARED),
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(c) => crate::migrate::up(c, crate::migrate::Both(SHARED, POSTGRES)),
        #[cfg(feature = "mariadb")]
        DbConnection::MariaDb(c) => crate::migrate::up(c, SHARED),
    })
}

/// Reverts everything; for tests of the migrations.
pub(crate) fn revert(conn: &mut DbConnection) -> StoreResult<Vec<String>> {
    alone(conn, |conn| match conn {
        DbConnection::Sqlite(c) => crate::migrate::down(c, SHARED),
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(c) => {
            crate::migrate::down(c, crate::migrate::Both(SHARED, POSTGRES))
        }
        #[cfg(feature = "mariadb")]
        DbConnection::MariaDb(c) => crate::migrate::down(c, SHARED),
    })
}

/// The versions that a database lacks.
pub(crate) fn pending(conn: &mut DbConnection) -> StoreResult<Vec<String>> {
    match conn {
        DbConnection::Sqlite(c) => crate::migrate::pending(c, SHARED),
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(c) => {
            crate::migrate::pending(c, crate::migrate::Both(SHARED, POSTGRES))
        }
        #[cfg(feature = "mariadb")]
        DbConnection::MariaDb(c) => crate::migrate::pending(c, SHARED),
    }
}

/// Two instances that start together must not migrate together. The connection is thrown away
/// afterwards, and its lock and settings with it.
fn alone<T>(
    conn: &mut DbConnection,
    work: impl FnOnce(&mut DbConnection) -> StoreResult<T>,
) -> StoreResult<T> {
    match conn {
        // One transaction around all of them: whoever comes second finds nothing left to do.
        DbConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        // A migration that touches rows must see those of every tenant.
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(c) => c.batch_execute("SELECT pg_advisory_lock(4713202611); SET SESSION alvara.tenant = '*'; SET SESSION lock_timeout = 0")?,
        #[cfg(feature = "mariadb")]
        DbConnection::MariaDb(c) => {
            let _: Option<i64> = diesel::select(diesel::dsl::sql::<diesel::sql_types::Nullable<BigInt>>("GET_LOCK('alvara.migrate', 600)")).get_result(c)?;
        }
    }
    let done = work(conn)?;
    if backend(conn) == Backend::Sqlite {
        Transactions::commit_transaction(conn)?;
    }
    Ok(done)
}

/// Statement that lists table, column, type and nullability (`YES`/`NO`) of the whole schema.
pub(crate) fn columns_sql(conn: &DbConnection) -> &'static str {
    match conn {
        DbConnection::Sqlite(_) => {
            "SELECT m.name AS table_name, c.name AS column_name, lower(c.type) AS data_type, CASE c.\"notnull\" WHEN 1 THEN 'NO' ELSE 'YES' END AS nullable FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
        }
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(_) => {
            "SELECT table_name::text AS table_name, column_name::text AS column_name, data_type::text AS data_type, is_nullable::text AS nullable FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2"
        }
        #[cfg(feature = "mariadb")]
        DbConnection::MariaDb(_) => {
            "SELECT CAST(table_name AS CHAR) AS table_name, CAST(column_name AS CHAR) AS column_name, CAST(column_type AS CHAR) AS data_type, CAST(is_nullable AS CHAR) AS nullable FROM information_schema.columns WHERE table_schema = database() ORDER BY 1, 2"
        }
    }
}

/// Whether row-level security stands, which a superuser silently walks through.
pub(crate) fn second_wall(conn: &mut DbConnection) -> StoreResult<SecondWall> {
    match conn {
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(c) => {
            use diesel::dsl::sql;
            use diesel::sql_types::{Bool, Text};
            let (role, through): (String, bool) = diesel::select((
                sql::<Text>("current_user::text"),
                sql::<Bool>(
                    "(SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)",
                ),
            ))
            .get_result(c)?;
            Ok(if through {
                SecondWall::Bypassed { role }
            } else {
                SecondWall::Standing
            })
        }
        _ => Ok(SecondWall::NotOffered),
    }
}

/// Inserts many licenses in one statement, which the enum itself cannot do. Rows times columns must
/// stay below 32 766 binds.
pub(crate) fn insert_licenses(
    conn: &mut DbConnection,
    rows: &[crate::licenses::LicenseRow],
) -> QueryResult<usize> {
    let insert = diesel::insert_into(crate::schema::licenses::table).values(rows);
    match conn {
        DbConnection::Sqlite(c) => insert.execute(c),
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(c) => insert.execute(c),
        #[cfg(feature = "mariadb")]
        DbConnection::MariaDb(c) => insert.execute(c),
    }
}

/// The same for what licenses were sold for.
pub(crate) fn insert_sales(
    conn: &mut DbConnection,
    rows: &[crate::sales::SaleRow],
) -> QueryResult<usize> {
    let insert = diesel::insert_into(crate::schema::license_sales::table).values(rows);
    match conn {
        DbConnection::Sqlite(c) => insert.execute(c),
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(c) => insert.execute(c),
        #[cfg(feature = "mariadb")]
        DbConnection::MariaDb(c) => insert.execute(c),
    }
}

/// The exact sum of a BIGINT column, 0 for no rows. `sum()` answers a decimal on two of the three,
/// and SQLite's loses digits beyond 2^53 on the way.
#[derive(Clone, Copy, Debug, QueryId)]
pub(crate) struct SumBig<E>(pub(crate) E);

impl<E: Expression> Expression for SumBig<E> {
    type SqlType = BigInt;
}
impl<E, GroupBy> ValidGrouping<GroupBy> for SumBig<E> {
    type IsAggregate = is_aggregate::Yes;
}
impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for SumBig<E> {}
impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for SumBig<E> {}

impl<E: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for SumBig<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("CAST(COALESCE(SUM(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(match out.backend() {
            MultiBackend::Sqlite(_) => "), 0) AS INTEGER)",
            #[cfg(feature = "postgres")]
            MultiBackend::Postgres(_) => "), 0) AS BIGINT)",
            #[cfg(feature = "mariadb")]
            MultiBackend::MariaDb(_) => "), 0) AS SIGNED)",
        });
        Ok(())
    }
}

impl<E: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Steered<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        if self.1 == Index::Closed && matches!(out.backend(), MultiBackend::Sqlite(_)) {
            out.push_sql("+");
        }
        self.0.walk_ast(out.reborrow())
    }
}

// Some terms, `IN` with a subquery among them, are written by each database for itself.
impl<E: QueryFragment<diesel::sqlite::Sqlite>> QueryFragment<diesel::sqlite::Sqlite>
    for Steered<E>
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, diesel::sqlite::Sqlite>) -> QueryResult<()> {
        if self.1 == Index::Closed {
            out.push_sql("+");
        }
        self.0.walk_ast(out)
    }
}
#[cfg(feature = "postgres")]
impl<E: QueryFragment<diesel::pg::Pg>> QueryFragment<diesel::pg::Pg> for Steered<E> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, diesel::pg::Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}
#[cfg(feature = "mariadb")]
impl<E: QueryFragment<diesel::mysql::Mysql>> QueryFragment<diesel::mysql::Mysql> for Steered<E> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, diesel::mysql::Mysql>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

#[cfg(all(test, feature = "postgres"))]
#[expect(
    clippy::disallowed_methods,
    reason = "the environment names the server"
)]
mod tests {
    use super::*;
    use crate::schema::{audit_entries, nodes, tenants};

    /// Without a single condition of ours, `PostgreSQL` shows a tenant only its own rows.
    #[test]
    fn row_level_security_holds_by_itself() {
        let Ok(server) = std::env::var("ALVARA_TEST_POSTGRES_URL") else {
            return;
        };
        let name = format!("alvara_wall_{}", std::process::id());
        let address = Address::parse(&crate::scratch::create(&server, &name).unwrap()).unwrap();
        let mut conn = open(&address, Door::Write).unwrap();
        migrate(&mut conn).unwrap();
        let mut conn = open(&address, Door::Write).unwrap();
        begin(&mut conn, Door::Write, "*").unwrap();
        for tenant in ["one", "two"] {
            conn.batch_execute(&format!(
                "INSERT INTO tenants VALUES ('{tenant}', '{tenant}', 'n', 'reseller', 'active', 'r', 'en', 'BRL', 'UTC', NULL, 0, 0, 1);
                 INSERT INTO nodes VALUES ('{tenant}', 'n', NULL, 'reseller', 'n', 'n', NULL, '/x/', 1, 'active', NULL, 0, 0, NULL, 1);
                 INSERT INTO audit_entries VALUES ('{tenant}', 1, 0, 'a', '', '', 'x', 'y', 'null', 'null', '0', '0')"
            ))
            .unwrap();
        }
        Transactions::commit_transaction(&mut conn).unwrap();
        let mut seen = |wall: &str| -> (i64, i64) {
            begin(&mut conn, Door::Write, wall).unwrap();
            let counts = (
                tenants::table.count().get_result(&mut conn).unwrap(),
                nodes::table.count().get_result(&mut conn).unwrap(),
            );
            // The chain cannot be rewritten, not even one's own.
            assert_eq!(
                diesel::update(audit_entries::table)
                    .set(audit_entries::actor.eq("z"))
                    .execute(&mut conn)
                    .unwrap(),
                0
            );
            assert_eq!(
                diesel::delete(audit_entries::table)
                    .execute(&mut conn)
                    .unwrap(),
                0
            );
            Transactions::rollback_transaction(&mut conn).unwrap();
            counts
        };
        assert_eq!(
            (seen("one"), seen("two"), seen("*"), seen("")),
            ((1, 1), (1, 1), (2, 2), (0, 0))
        );
        // Writing into another tenant is refused too.
        begin(&mut conn, Door::Write, "one").unwrap();
        assert!(conn.batch_execute("INSERT INTO nodes VALUES ('two', 'm', NULL, 'reseller', 'n', 'n', NULL, '/y/', 1, 'active', 0, 0, 1)").is_err());
        drop(conn);
        crate::scratch::drop_database(&server, &name).unwrap();
    }
}
