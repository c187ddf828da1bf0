//! `cargo xtask ci`: every gate, in the order in which they fail fastest.

use std::time::{Duration, Instant};

use crate::databases::Database;
use crate::failure::{Failure, Outcome};
use crate::process;
use crate::test::{self, Request};
use crate::tidy;
use crate::tools;

/// How long to try for the list of known vulnerabilities before going on without.
const ADVISORIES_PATIENCE: Duration = Duration::from_secs(90);

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(word) = arguments.first() {
        return Err(Failure::new(format!(
            "`cargo xtask ci` takes no arguments; what is `{word}`?"
        )));
    }
    process::watch_for_interrupts()?;
    let mut steps = Steps::default();
    steps.take("tools", || {
        tools::ensure_component("fmt", "rustfmt")?;
        tools::ensure_component("clippy", "clippy")?;
        tools::ensure_databases(&Database::ALL)?;
        tools::ensure_cargo_tool("deny", tools::DENY)
    })?;
    steps.take("format", || {
        process::run(process::cargo().args(["fmt", "--all", "--check"]))
    })?;
    steps.take("tidy", || tidy::run(&[]))?;
    steps.take("licences, bans, sources", || {
        process::run(
            process::cargo()
                .args(["deny", "check", "--hide-inclusion-graph"])
                .args(["bans", "licenses", "sources"]),
        )
    })?;
    steps.take("advisories", advisories)?;
    steps.take("clippy", || {
        process::run(
            process::cargo()
                .args(["clippy", "--locked", "--workspace", "--all-targets"])
                .args(["--", "--deny", "warnings"]),
        )
    })?;
    steps.take("documentation", || {
        process::run(
            process::cargo()
                .env("RUSTDOCFLAGS", "--deny warnings")
                .args(["doc", "--locked", "--workspace", "--no-deps", "--quiet"]),
        )
    })?;
    steps.take("a server without client libraries", without_clients)?;
    let mut tally = None;
    steps.take("tests", || {
        tally = Some(test::run_suite(&Request::default())?);
        Ok(())
    })?;
    steps.print();
    match tally {
        Some(tally) => tally.report(),
        None => Err(Failure::new("no test ran")),
    }
}

/// Checks the server that knows only SQLite, and that nothing it is made of is a database client.
/// What is linked follows from what it is made of, so nothing has to be built a second time.
fn without_clients() -> Outcome {
    process::run(
        process::cargo()
            .args(["clippy", "--locked", "--no-default-features"])
            .args(["--package", "alvara-server"])
            .args(["--", "--deny", "warnings"]),
    )?;
    let made_of = process::capture(
        process::cargo()
            .args(["tree", "--locked", "--no-default-features"])
            .args(["--package", "alvara-server", "--edges", "normal"])
            .args(["--prefix", "none", "--format", "{p} {f}"]),
    )?;
    match unwanted_crates(&made_of).as_slice() {
        [] => Ok(()),
        unwanted => Err(Failure::new(format!(
            "built with --no-default-features, alvara would still load a database client, by {}: \
             some crate asks for alvara-store with its default features",
            unwanted.join(", ")
        ))),
    }
}

/// What links a database client, in what `cargo tree` says as `name version features`: the crates of
/// PostgreSQL and MariaDB, and SQLite where it is not the one we bring along.
fn unwanted_crates(said: &str) -> Vec<String> {
    let mut unwanted: Vec<String> = said
        .lines()
        .filter(|line| match line.split(' ').next() {
            Some("pq-sys" | "mysqlclient-sys") => true,
            Some("libsqlite3-sys") => !line.contains("bundled"),
            _ => false,
        })
        .filter_map(|line| line.split(' ').next())
        .map(String::from)
        .collect();
    unwanted.dedup();
    unwanted
}

/// Known vulnerabilities, where the list can be had. A machine without the network goes on and
/// says so; it must not make a red build of a missing connection.
fn advisories() -> Outcome {
    let mut fetch = process::cargo();
    fetch.args(["deny", "fetch", "db"]);
    if process::succeeds_within(&mut fetch, ADVISORIES_PATIENCE) {
        process::run(process::cargo().args(["deny", "--offline", "check", "advisories"]))
    } else {
        println!("The advisory database cannot be reached from here: not checked.");
        Ok(())
    }
}

/// What was done and how long it took.
#[derive(Default)]
struct Steps(Vec<(&'static str, Duration)>);

impl Steps {
    fn take(&mut self, name: &'static str, step: impl FnOnce() -> Outcome) -> Outcome {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = step();
        self.0.push((name, start.elapsed()));
        if process::interrupted() {
            return Err(Failure::new("interrupted"));
        }
        outcome.map_err(|failure| {
            self.print();
            Failure::new(format!("{name}: {failure}"))
        })
    }

    fn print(&self) {
        println!();
        for (name, time) in &self.0 {
            println!("{:>6} s  {name}", time.as_secs());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_seen() {
        let said = "alvara-server v0.1.0\n\
                    pq-sys v0.7.5 \n\
                    libsqlite3-sys v0.37.0 min_sqlite_version_3_14_0\n";
        assert_eq!(unwanted_crates(said), ["pq-sys", "libsqlite3-sys"]);
    }

    #[test]
    fn what_is_brought_along_is_fine() {
        let said = "alvara-server v0.1.0\n\
                    diesel v2.3.0 sqlite\n\
                    libsqlite3-sys v0.37.0 bundled,bundled_bindings,cc\n";
        assert!(unwanted_crates(said).is_empty());
    }
}
