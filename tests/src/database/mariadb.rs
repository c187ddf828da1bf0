//! MariaDB: it copies no database, so each test migrates its own.

use std::process::Command;

use super::migrate;
use crate::settings;

pub(super) fn copy(name: &str) -> String {
    let url = create(name);
    migrate(&url);
    url
}

/// An empty database, with the collation that compares text exactly.
pub(super) fn create(name: &str) -> String {
    let statement =
        format!("CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
    let _ = run(&settings::mariadb_url(), &statement);
    format!("{}/{name}", settings::mariadb_url())
}

pub(super) fn remove(url: &str) {
    let name = url.rsplit('/').next().unwrap_or_default();
    let mut command = client(&settings::mariadb_url());
    drop(
        command
            .arg(format!("DROP DATABASE IF EXISTS {name}"))
            .output(),
    );
}

/// Ends every session of a database.
pub(super) fn cut(url: &str) {
    const OTHERS: &str = "SELECT id FROM information_schema.processlist \
        WHERE db = DATABASE() AND id <> CONNECTION_ID()";
    for id in run(url, OTHERS).lines() {
        // One that ended by itself meanwhile is just as good.
        drop(client(url).arg(format!("KILL {id}")).output());
    }
}

pub(super) fn run(url: &str, statement: &str) -> String {
    // The client separates columns by tabs.
    super::run(client(url).arg(statement), statement).replace('\t', "|")
}

fn client(url: &str) -> Command {
    let mut command = session(url);
    command.arg("-e");
    command
}

/// A client that is told what to do by and by. It takes no URL:
/// `mysql://role:password@host:port[/database]` is taken apart.
pub(super) fn session(url: &str) -> Command {
    let rest = url.split_once("://").expect("a URL").1;
    let (login, place) = rest.split_once('@').expect("a URL with a role");
    let (role, password) = login.split_once(':').expect("a role with a password");
    let (address, database) = place.split_once('/').unwrap_or((place, ""));
    let (host, port) = address.split_once(':').expect("a host with a port");
    let mut command = Command::new("mariadb");
    command.args([
        "--no-defaults",
        "--protocol=tcp",
        "--batch",
        "--skip-column-names",
        "--raw",
        "--unbuffered",
    ]);
    command
        .args(["-h", host, "-P", port, "-u", role])
        .arg(format!("-p{password}"));
    if !database.is_empty() {
        command.args(["-D", database]);
    }
    command
}
