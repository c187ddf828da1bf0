//! `cargo xtask migration`: new folders with the right name, and the check on all databases.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::databases::{Database, Servers};
use crate::failure::{Failure, Outcome, While as _};
use crate::process;
use crate::tools;

/// Stands at the head of a new up.sql.
const ADVICE: &str = "\
-- One file for SQLite, PostgreSQL and MariaDB: CHAR, VARCHAR(n), TEXT, BIGINT, BOOLEAN only.
-- Instants are BIGINT microseconds, money is BIGINT minor units beside its currency.
-- tenant_id comes first in every key and index. MariaDB commits after each statement: small steps.
";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["new", name] => create("shared", name),
        ["new", name, "--for", "postgres"] => create("postgres", name),
        ["check"] => check(),
        _ => Err(Failure::new(
            "cargo xtask migration new NAME [--for postgres] | check",
        )),
    }
}

fn create(set: &str, name: &str) -> Outcome {
    let folder = process::root().join("migrations").join(set);
    let stamp = process::capture(Command::new("date").args(["-u", "+%Y-%m-%d-%H%M%S"]))?;
    let made = folder.join(folder_name(stamp.trim(), name, &existing(&folder)?)?);
    fs::create_dir_all(&made).during(made.display())?;
    fs::write(made.join("up.sql"), ADVICE)?;
    fs::write(
        made.join("down.sql"),
        "-- Undoes up.sql, in the opposite order.\n",
    )?;
    println!("{}", made.display());
    println!("Then: schema.rs, and `cargo xtask migration check`.");
    Ok(())
}

fn existing(folder: &Path) -> Outcome<Vec<String>> {
    Ok(fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect())
}

/// Migrations run in the order of their names, so a new one must come after all there are.
fn folder_name(stamp: &str, name: &str, existing: &[String]) -> Outcome<String> {
    let plain = |character: char| character.is_ascii_lowercase() || character == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Failure::new(format!(
            "`{name}`: a migration's name is lower-case words joined by `_`"
        )));
    }
    let made = format!("{stamp}_{name}");
    match existing.iter().find(|earlier| **earlier >= made) {
        None => Ok(made),
        Some(later) => Err(Failure::new(format!(
            "{later} would run after {made}: is this machine's clock right?"
        ))),
    }
}

/// The tests of the store that take every migration up, down and up again.
fn check() -> Outcome {
    process::watch_for_interrupts()?;
    tools::ensure_databases(&Database::ALL)?;
    tools::ensure_cargo_tool("nextest", tools::NEXTEST)?;
    let servers = Servers::start(&Database::ALL)?;
    let mut command = process::cargo();
    // nextest, because it fails when no test has such a name.
    command
        .args(["nextest", "run", "--locked"])
        .args(["--package", "alvara-store", "migrat"]);
    servers.announce(&mut command, &Database::ALL);
    process::run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_migration_comes_last() {
        let earlier = ["2026-11-21-000005_operation".to_owned()];
        let made = folder_name("2026-12-01-080000", "add_notes", &earlier);
        assert_eq!(
            made.map_err(|failure| failure.to_string()),
            Ok("2026-12-01-080000_add_notes".to_owned())
        );
        assert!(folder_name("2026-11-20-080000", "add_notes", &earlier).is_err());
    }

    #[test]
    fn a_name_is_plain_words() {
        for name in ["", "Add notes", "añadir", "../up"] {
            assert!(
                folder_name("2026-12-01-080000", name, &[]).is_err(),
                "{name}"
            );
        }
    }
}
