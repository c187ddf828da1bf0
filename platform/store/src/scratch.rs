//! Databases that are made for one test or measurement and thrown away.
//!
//! Here because no other crate may know a database; nothing of the platform itself calls it.
use crate::address::Address;
#[cfg(feature = "mariadb")]
use crate::dialect::COLLATION;
#[cfg(any(feature = "postgres", feature = "mariadb"))]
use crate::dialect::unavailable;
use crate::error::{StoreError, StoreResult};
#[cfg(any(feature = "postgres", feature = "mariadb"))]
use diesel::connection::{Connection, SimpleConnection};
#[cfg(any(feature = "postgres", feature = "mariadb"))]
use diesel::result::ConnectionResult;

/// Makes an empty database called `name` on a server (`postgres://user@host:port`, or the same with
/// `mysql://`), whose role must be allowed to, and answers its URL. What has the name already is
/// dropped first.
///
/// # Errors
/// [`StoreError::Setup`] for a SQLite URL or a name with anything but lower-case letters, digits and
/// underscores.
pub fn create(server: &str, name: &str) -> StoreResult<String> {
    drop_database(server, name)?;
    let (address, bare) = parts(server, name)?;
    create_database(&address, name)?;
    Ok(format!("{bare}/{name}"))
}

/// Drops a database that [`create`] made, with everybody who is connected to it.
///
/// # Errors
/// As for [`create`].
pub fn drop_database(server: &str, name: &str) -> StoreResult<()> {
    let (address, _) = parts(server, name)?;
    remove_database(&address, name)
}

fn parts(server: &str, name: &str) -> StoreResult<(Address, String)> {
    if name.is_empty()
        || !name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    {
        return Err(StoreError::Setup(format!(
            "{name} is no name for a scratch database"
        )));
    }
    let Some((scheme, rest)) = server.split_once("://") else {
        return Err(StoreError::Setup(
            "the server's URL has no scheme".to_owned(),
        ));
    };
    let authority = rest.split('/').next().unwrap_or(rest);
    let bare = format!("{scheme}://{authority}");
    // Somewhere to stand while another database is made.
    let standing = if scheme.starts_with("postgres") {
        format!("{bare}/postgres")
    } else {
        bare.clone()
    };
    Ok((Address::parse(&standing)?, bare))
}

/// Makes a database on a server with the settings that the platform needs.
fn create_database(server: &Address, name: &str) -> StoreResult<()> {
    match server {
        Address::Sqlite(_) => Err(no_server(name)),
        // Several may be made at once, and the template bears only one at a time.
        #[cfg(feature = "postgres")]
        Address::Postgres(url) => run_each(
            diesel::PgConnection::establish(url),
            &[
                "SELECT pg_advisory_lock(4713202612)",
                &format!("CREATE DATABASE {name}"),
            ],
        ),
        #[cfg(feature = "mariadb")]
        Address::MariaDb(url) => run_each(
            diesel::MysqlConnection::establish(url),
            &[&format!(
                "CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE {COLLATION}"
            )],
        ),
    }
}

/// Drops a database of a server, if it is there. On PostgreSQL its own sessions are ended first, and not
/// by `WITH (FORCE)`: that refuses who is no superuser while the server's own housekeeping is in there,
/// which a plain `DROP DATABASE` sends away.
fn remove_database(server: &Address, name: &str) -> StoreResult<()> {
    match server {
        Address::Sqlite(_) => Err(no_server(name)),
        #[cfg(feature = "postgres")]
        Address::Postgres(url) => run_each(
            diesel::PgConnection::establish(url),
            &[
                &format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = '{name}' AND usename = current_user"
                ),
                &format!("DROP DATABASE IF EXISTS {name}"),
            ],
        ),
        #[cfg(feature = "mariadb")]
        Address::MariaDb(url) => run_each(
            diesel::MysqlConnection::establish(url),
            &[&format!("DROP DATABASE IF EXISTS {name}")],
        ),
    }
}

fn no_server(name: &str) -> StoreError {
    StoreError::Setup(format!(
        "SQLite is no server that could have a database {name}"
    ))
}

#[cfg(any(feature = "postgres", feature = "mariadb"))]
fn run_each<C: SimpleConnection>(
    conn: ConnectionResult<C>,
    statements: &[&str],
) -> StoreResult<()> {
    let mut conn = conn.map_err(unavailable)?;
    for statement in statements {
        conn.batch_execute(statement)?;
    }
    Ok(())
}
