//! PostgreSQL: a migrated database is made once for each server and is the template of the others.

use std::path::PathBuf;
use std::process::Command;

use super::{fingerprint, migrate};
use crate::settings;

pub(super) fn copy(name: &str) -> String {
    let template = format!("alvara_template_{}", fingerprint());
    let there = run(
        &server(),
        &format!("SELECT 1 FROM pg_database WHERE datname = '{template}'"),
    );
    if there.trim() != "1" {
        make(&template, name);
    }
    let _ = run(
        &server(),
        &format!("CREATE DATABASE {name} TEMPLATE {template}"),
    );
    url(name)
}

/// An empty database.
pub(super) fn create(name: &str) -> String {
    let _ = run(
        &server(),
        &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"),
    );
    url(name)
}

/// Made under another name, so that tests which start together never see half of it; whoever comes
/// second finds the name taken and drops its own.
fn make(template: &str, name: &str) {
    let making = format!("{name}_making");
    migrate(&create(&making));
    let renamed = client(&server())
        .arg(format!("ALTER DATABASE {making} RENAME TO {template}"))
        .output()
        .expect("psql");
    if !renamed.status.success() {
        let said = String::from_utf8_lossy(&renamed.stderr).into_owned();
        assert!(said.contains("already exists"), "{said}");
        let _ = run(&server(), &format!("DROP DATABASE {making} WITH (FORCE)"));
    }
}

pub(super) fn remove(url: &str) {
    let name = url.rsplit('/').next().unwrap_or_default();
    // Dropping is housekeeping: a test that failed must not fail a second time over it.
    drop(
        client(&server())
            .arg(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .output(),
    );
}

/// Ends every session of a database.
pub(super) fn cut(url: &str) {
    const OTHERS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND usename = current_user \
        AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let _ = run(url, OTHERS);
}

pub(super) fn run(url: &str, statement: &str) -> String {
    super::run(client(url).arg(statement), statement)
}

fn server() -> String {
    settings::postgres_url()
}

fn url(name: &str) -> String {
    format!("{}/{name}", server())
}

fn client(url: &str) -> Command {
    let mut command = session(url);
    command.arg("-c");
    command
}

/// A client that is told what to do by and by.
pub(super) fn session(url: &str) -> Command {
    let mut command = Command::new(program());
    command.args([url, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
    command
}

/// Debian keeps the client beside the server, off PATH.
fn program() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/psql"))
        .filter(|program| program.is_file())
        .collect();
    versions.sort();
    versions.pop().unwrap_or_else(|| PathBuf::from("psql"))
}
