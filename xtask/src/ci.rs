//! `cargo xtask ci`: every gate, in the order in which they fail fastest.

use std::process::Command;
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

/// Builds the binary that knows only SQLite and looks whether it really needs no database client.
fn without_clients() -> Outcome {
    process::run(
        process::cargo()
            .args(["build", "--locked", "--no-default-features"])
            .args(["--package", "alvara-server"]),
    )?;
    let binary = process::target().join("debug/alvara");
    let libraries = process::capture(Command::new("ldd").arg(&binary))?;
    match unwanted_libraries(&libraries).as_slice() {
        [] => Ok(()),
        unwanted => Err(Failure::new(format!(
            "built with --no-default-features, alvara still loads {}: some crate asks for \
             alvara-store with its default features",
            unwanted.join(", ")
        ))),
    }
}

/// The database clients in what ldd(1) says.
fn unwanted_libraries(said: &str) -> Vec<String> {
    said.lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| {
            ["libpq.", "libmariadb.", "libmysqlclient.", "libsqlite3."]
                .iter()
                .any(|client| name.starts_with(client))
        })
        .map(String::from)
        .collect()
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
    fn a_client_library_is_seen() {
        let said = "\tlinux-vdso.so.1 (0x00007ffd)\n\
                    \tlibssl.so.3 => /lib/x86_64-linux-gnu/libssl.so.3 (0x00007f)\n\
                    \tlibpq.so.5 => /lib/x86_64-linux-gnu/libpq.so.5 (0x00007f)\n";
        assert_eq!(unwanted_libraries(said), ["libpq.so.5"]);
    }

    #[test]
    fn the_usual_libraries_are_fine() {
        let said = "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n";
        assert!(unwanted_libraries(said).is_empty());
    }
}
