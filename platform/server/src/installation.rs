//! Opens an installation: database, secrets, gate and use cases, put together from the settings.

use alvara_store::{Clock, Db, DbConfig, Mint, WhenMissing};

use crate::config::Config;
use crate::exit::{Exit, Failure, Outcome};
use crate::master_key::{self, Source};

/// Opens the database on the machine's own clock.
pub(crate) fn open_database(config: &Config, when_missing: WhenMissing) -> Outcome<(Db, Mint)> {
    open_database_at(config, when_missing, Clock::system())
}

/// Opens the database on a clock.
pub(crate) fn open_database_at(config: &Config, when_missing: WhenMissing, clock: Clock) -> Outcome<(Db, Mint)> {
    let wanted = DbConfig { url: config.database_url(), connections: config.database.connections, when_missing };
    if when_missing == WhenMissing::Refuse
        && let Some(file) = config.sqlite_file()
        && !file.exists()
    {
        return Err(Failure::new(Exit::DatabaseUnavailable, format!("there is no database {}", file.display()))
            .hint("name another with --data or --database, or let `alvara serve` or `alvara migrate` make this one"));
    }
    Ok(Db::open(&wanted, clock)?)
}

/// Makes what a first start needs and says what it made: the data directory and, before the
/// embedded database first comes into being, its master key.
///
/// The key comes first and never beside a database that is there already: what that one holds was
/// sealed under another key, and a new one would only hide that it is lost. On a database server
/// no key is made at all, since the next instance would make another.
pub(crate) fn prepare(config: &Config) -> Outcome<Vec<String>> {
    let mut made = Vec::new();
    let directory = &config.data.directory;
    let own_key = matches!(Source::of(config), Source::OwnFile(_));
    if (own_key || config.database.url.is_none()) && !directory.is_dir() {
        std::fs::create_dir_all(directory).map_err(|error| {
            Failure::refused(format!("the data directory {} cannot be made: {error}", directory.display()))
                .hint("let the process write there, or name another with --data")
        })?;
        close_to_others(directory);
        made.push(format!("made the data directory {}", directory.display()));
    }
    let key_file = config.default_master_key_file();
    if let Some(database) = config.sqlite_file()
        && !database.exists()
    {
        if own_key && !key_file.exists() {
            master_key::create_file(&key_file)?;
            made.push(format!("made the master key {}; keep a copy of it apart from the database's backups", key_file.display()));
        }
        made.push(format!("making the database {}", database.display()));
    }
    master_key::load(config)?;
    Ok(made)
}

fn close_to_others(directory: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    // Where that is not possible the files themselves are closed all the same.
    drop(std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700)));
}
