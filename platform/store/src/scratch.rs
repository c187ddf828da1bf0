//! Databases that are made for one test or measurement and thrown away.
//!
//! Here because no other crate may know a database; nothing of the platform itself calls it.
use crate::address::Address;
use crate::dialect;
use crate::error::{StoreError, StoreResult};

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
    dialect::create_database(&address, name)?;
    Ok(format!("{bare}/{name}"))
}

/// Drops a database that [`create`] made, with everybody who is connected to it.
///
/// # Errors
/// As for [`create`].
pub fn drop_database(server: &str, name: &str) -> StoreResult<()> {
    let (address, _) = parts(server, name)?;
    dialect::drop_database(&address, name)
}

fn parts(server: &str, name: &str) -> StoreResult<(Address, String)> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return Err(StoreError::Setup(format!("{name} is no name for a scratch database")));
    }
    let Some((scheme, rest)) = server.split_once("://") else {
        return Err(StoreError::Setup("the server's URL has no scheme".to_owned()));
    };
    let authority = rest.split('/').next().unwrap_or(rest);
    let bare = format!("{scheme}://{authority}");
    // Somewhere to stand while another database is made.
    let standing = if scheme.starts_with("postgres") { format!("{bare}/postgres") } else { bare.clone() };
    Ok((Address::parse(&standing)?, bare))
}
