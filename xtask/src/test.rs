//! `cargo xtask test`: the whole suite on the three databases, from nothing.

use std::ops::AddAssign;
use std::path::PathBuf;
use std::process::Command;

use crate::browser;
use crate::databases::{Database, Servers};
use crate::failure::{Failure, Outcome};
use crate::plugins;
use crate::process::{self, Stream};
use crate::tools;

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let request = Request::parse(arguments)?;
    process::watch_for_interrupts()?;
    let tally = if request.browser_alone {
        run_browser(&request)?
    } else {
        run_suite(&request)?
    };
    tally.report()
}

/// What part of the suite to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    filter: Option<String>,
    packages: Vec<String>,
    /// Empty means all three.
    databases: Vec<Database>,
    /// Nothing but the pages.
    browser_alone: bool,
    /// Start the program that is given away, not the one that is built quickly.
    release: bool,
}

impl Request {
    fn parse(arguments: &[String]) -> Outcome<Self> {
        let mut request = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| Failure::new(format!("{word} needs a value")))
            };
            match word.as_str() {
                "--db" => request.databases = Database::parse_list(value()?)?,
                "-p" | "--package" => request.packages.push(value()?.clone()),
                "--browser" => request.browser_alone = true,
                "--release" => request.release = true,
                option if option.starts_with('-') => {
                    return Err(Failure::new(format!(
                        "`cargo xtask test` knows no {option}"
                    )));
                }
                filter if request.filter.is_none() => request.filter = Some(filter.to_owned()),
                second => {
                    return Err(Failure::new(format!(
                        "one filter at a time: what is `{second}`?"
                    )));
                }
            }
        }
        let parts = !request.packages.is_empty() || !request.databases.is_empty();
        if request.browser_alone && parts {
            return Err(Failure::new(
                "--browser tries the pages over one server on SQLite: no -p and no --db",
            ));
        }
        Ok(request)
    }

    fn databases(&self) -> &[Database] {
        if self.databases.is_empty() {
            &Database::ALL
        } else {
            &self.databases
        }
    }

    fn is_whole_suite(&self) -> bool {
        self.filter.is_none() && self.packages.is_empty() && !self.browser_alone
    }

    /// Whether tests may be among them that start the binary.
    fn starts_the_server(&self) -> bool {
        let package = |name: &String| name == "alvara-tests" || name == "alvara-server";
        self.packages.is_empty() || self.packages.iter().any(package)
    }

    fn choose_packages(&self, command: &mut Command) {
        if self.packages.is_empty() {
            command.arg("--workspace");
        }
        for package in &self.packages {
            command.args(["--package", package]);
        }
    }
}

/// How many tests went which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Tally {
    /// Counted elsewhere.
    pub(crate) fn of(passed: u64, failed: u64, skipped: u64) -> Self {
        Self {
            passed,
            failed,
            skipped,
        }
    }

    /// Whether no test failed.
    pub(crate) fn is_clean(self) -> bool {
        self.failed == 0
    }

    /// The closing line, and the verdict.
    pub(crate) fn report(self) -> Outcome {
        if self.skipped > 0 {
            println!("{} skipped", self.skipped);
        }
        println!("{} passed, {} failed", self.passed, self.failed);
        match self {
            Self {
                failed: 0,
                passed: 1..,
                ..
            } => Ok(()),
            Self { failed: 0, .. } => Err(Failure::new("no test ran")),
            _ => Err(Failure::new("some tests failed")),
        }
    }

    /// Reads nextest's line `Summary [ 1.2s] 3 tests run: 2 passed (1 slow), 1 failed, 4 skipped`.
    fn of_nextest(said: &str) -> Option<Self> {
        let plain = without_colours(said);
        let line = plain
            .lines()
            .rev()
            .find(|line| line.trim_start().starts_with("Summary ["))?;
        let (_, counts) = line.split_once("run: ")?;
        let mut tally = Self::default();
        for part in without_brackets(counts).split(',') {
            let (count, word) = part.trim().split_once(' ')?;
            let count: u64 = count.parse().ok()?;
            match word.trim() {
                "passed" => tally.passed += count,
                "skipped" => tally.skipped += count,
                // failed, timed out, could not be started
                _ => tally.failed += count,
            }
        }
        Some(tally)
    }

    /// Adds up the lines `test result: ok. 3 passed; 0 failed; 1 ignored; …` of doc tests.
    fn of_doc_tests(said: &str) -> Self {
        let mut tally = Self::default();
        for line in said.lines().filter(|line| line.starts_with("test result:")) {
            for part in line.split(['.', ';']) {
                match part.trim().split_once(' ') {
                    Some((count, "passed")) => tally.passed += count.parse().unwrap_or(0),
                    Some((count, "failed")) => tally.failed += count.parse().unwrap_or(0),
                    Some((count, "ignored")) => tally.skipped += count.parse().unwrap_or(0),
                    _ => {}
                }
            }
        }
        tally
    }
}

/// Prepares, builds, starts the databases, runs. An `Err` means that the suite could not be run;
/// tests that fail are in the tally.
pub(crate) fn run_suite(request: &Request) -> Outcome<Tally> {
    tools::ensure_databases(request.databases())?;
    tools::ensure_cargo_tool("nextest", tools::NEXTEST)?;
    let python = tools::ensure_strangers()?;
    // The programs that check what the payment plugins make.
    let oracles = tools::ensure_node_modules("tests/oracles", "node")?;
    let browser = request.is_whole_suite().then(browser::ensure).transpose()?;
    plugins::build()?;
    plugins::javascript::build()?;

    // Built first: a mistake in the code shows before any server starts.
    let mut build = process::cargo();
    build.args(["nextest", "run", "--locked", "--no-run"]);
    request.choose_packages(&mut build);
    process::run(&mut build)?;

    let built = if request.starts_the_server() {
        Some(build_server(request)?)
    } else {
        None
    };

    let servers = Servers::start(request.databases())?;
    let prepare = |command: &mut Command| {
        servers.announce(command, request.databases());
        command.env("ALVARA_TEST_PYTHON", &python);
        command.env("ALVARA_TEST_NODE_MODULES", &oracles);
        if let Some(built) = &built {
            command.env("ALVARA_TEST_BINARY", built.join("alvara"));
            command.env("ALVARA_TEST_C_LIBRARY", built);
        }
    };

    let mut suite = process::cargo();
    suite.args(["nextest", "run", "--locked"]);
    request.choose_packages(&mut suite);
    suite.args(&request.filter);
    prepare(&mut suite);
    let (status, said) = process::tee(&mut suite, Stream::Err)?;
    let mut tally = match Tally::of_nextest(&said) {
        Some(tally) => tally,
        None => return Err(Failure::new(format!("nextest ended with {status}"))),
    };
    if process::interrupted() {
        return Err(Failure::new("interrupted"));
    }
    if !status.success() && tally.failed == 0 {
        return Err(Failure::new(format!("nextest ended with {status}")));
    }

    if request.is_whole_suite() {
        tally += run_doc_tests(&prepare)?;
    }
    drop(servers);
    if let (Some(browser), Some(built)) = (&browser, &built) {
        tally += browser::run(browser, &built.join("alvara"), None)?;
    }
    Ok(tally)
}

/// The pages alone.
fn run_browser(request: &Request) -> Outcome<Tally> {
    let browser = browser::ensure()?;
    plugins::build()?;
    let binary = build_server(request)?.join("alvara");
    browser::run(&browser, &binary, request.filter.as_deref())
}

/// The folder with the binary for the tests that start it as a user would, and with the library that
/// their programs in C are linked with.
fn build_server(request: &Request) -> Outcome<PathBuf> {
    let mut command = process::cargo();
    command.args(["build", "--locked", "--package", "alvara-server"]);
    command.args(["--package", "alvara-sdk-c"]);
    let folder = if request.release {
        command.arg("--release");
        "release"
    } else {
        "debug"
    };
    process::run(&mut command)?;
    Ok(process::target().join(folder))
}

/// Doc tests are compiled one by one, so only crates that have any are asked for them.
fn run_doc_tests(prepare: &impl Fn(&mut Command)) -> Outcome<Tally> {
    let packages = crate::tidy::packages_with_examples(&process::root())?;
    if packages.is_empty() {
        return Ok(Tally::default());
    }
    let mut command = process::cargo();
    command.args(["test", "--locked", "--doc", "--no-fail-fast"]);
    for package in packages {
        command.args(["--package", &package]);
    }
    prepare(&mut command);
    let (status, said) = process::tee(&mut command, Stream::Out)?;
    let tally = Tally::of_doc_tests(&said);
    if !status.success() && tally.failed == 0 {
        return Err(Failure::new(format!("the doc tests ended with {status}")));
    }
    Ok(tally)
}

fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // ESC [ … letter
            for inside in characters.by_ref() {
                if inside.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(character);
        }
    }
    plain
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|character| {
            match character {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(String::from).collect()
    }

    #[test]
    fn the_summary_of_nextest_is_read() {
        let said = "  PASS a\n\u{1b}[32;1m     Summary\u{1b}[0m [   0.012s] \u{1b}[1m9\u{1b}[0m \
                    tests run: 5 passed (1 slow, 1 leaky), 2 failed, 1 timed out, 1 exec failed, 7 skipped\n";
        assert_eq!(
            Tally::of_nextest(said),
            Some(Tally {
                passed: 5,
                failed: 4,
                skipped: 7
            })
        );
    }

    #[test]
    fn without_a_summary_nothing_is_claimed() {
        assert_eq!(Tally::of_nextest("error: could not compile"), None);
    }

    #[test]
    fn doc_tests_of_several_crates_add_up() {
        let said = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
                    test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured\n";
        assert_eq!(
            Tally::of_doc_tests(said),
            Tally {
                passed: 4,
                failed: 2,
                skipped: 1
            }
        );
    }

    #[test]
    fn a_run_without_tests_is_no_success() {
        assert!(Tally::default().report().is_err());
        assert!(
            Tally {
                passed: 1,
                ..Tally::default()
            }
            .report()
            .is_ok()
        );
        assert!(
            Tally {
                passed: 1,
                failed: 1,
                skipped: 0
            }
            .report()
            .is_err()
        );
    }

    #[test]
    fn arguments_choose_the_part_to_run() {
        let request = Request::parse(&words("seats -p alvara-store --db sqlite,postgres"));
        assert_eq!(
            request.map_err(|failure| failure.to_string()),
            Ok(Request {
                filter: Some("seats".into()),
                packages: vec!["alvara-store".into()],
                databases: vec![Database::Sqlite, Database::Postgres],
                browser_alone: false,
                release: false,
            })
        );
    }

    #[test]
    fn what_is_given_away_is_built_when_it_is_asked_for() {
        let release =
            |line: &str| Request::parse(&words(line)).is_ok_and(|request| request.release);
        assert!(release("--release") && release("--browser --release"));
        assert!(!Request::default().release && !release("seats"));
    }

    #[test]
    fn the_pages_are_tried_alone_and_with_the_whole_suite() {
        let parse = |line: &str| Request::parse(&words(line)).ok();
        let pages = parse("--browser pay").unwrap_or_default();
        assert!(pages.browser_alone && !pages.is_whole_suite());
        assert_eq!(pages.filter.as_deref(), Some("pay"));
        assert!(Request::default().is_whole_suite());
        assert!(parse("--browser --db sqlite").is_none());
        assert!(parse("--browser -p alvara-web").is_none());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in ["--db", "--fast", "one two"] {
            assert!(Request::parse(&words(line)).is_err(), "{line}");
        }
    }

    #[test]
    fn the_server_is_built_where_a_test_may_start_it() {
        let starts = |line: &str| {
            Request::parse(&words(line)).is_ok_and(|request| request.starts_the_server())
        };
        assert!(starts("seats"));
        assert!(starts("-p alvara-tests"));
        assert!(!starts("-p alvara-store"));
    }
}
