//! `cargo xtask test --browser`: Chromium over the pages of a demonstration that is really served.
//!
//! The tests are JavaScript, in `tests/browser`, for Node's own test runner. One server fills a
//! temporary folder, answers while they run, and goes when they are through, however they end.

use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome, While as _};
use crate::process::{self, Stream};
use crate::test::Tally;
use crate::tools;

/// Where the tests and the list of what they need from npm are.
const FOLDER: &str = "tests/browser";
/// How a file of tests ends.
const ENDING: &str = ".test.mjs";
/// How long a server may take to write three months of history, by a build that is not optimised
/// on a machine that does other things.
const PATIENCE: Duration = Duration::from_secs(600);

/// What is used besides the server.
pub(crate) struct Tools {
    modules: PathBuf,
}

/// Chromium, fonts, Node and what the tests ask of npm.
pub(crate) fn ensure() -> Outcome<Tools> {
    tools::ensure_browser()?;
    Ok(Tools {
        modules: tools::ensure_node_modules(FOLDER, "browser")?,
    })
}

/// Serves a demonstration by this binary, with the plugins in `target/plugins`, and runs the tests.
/// An `Err` means that they could not be run; tests that fail are in the tally.
pub(crate) fn run(tools: &Tools, binary: &Path, filter: Option<&str>) -> Outcome<Tally> {
    let chosen = choose(test_files()?, filter);
    let shown = Served::start(binary)?;
    let pictures = process::variable("ALVARA_SCREENSHOTS")
        .map_or_else(|| process::target().join("screenshots"), PathBuf::from);
    let mut command = Command::new("node");
    command
        .current_dir(process::root())
        .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .env("ALVARA_DEMO", shown.document())
        .env("ALVARA_TEST_NODE_MODULES", &tools.modules)
        .env("ALVARA_BROWSER_DIR", &shown.folder)
        .env("ALVARA_SCREENSHOTS", &pictures);
    if let Some(pattern) = &chosen.names {
        command.arg(format!("--test-name-pattern={pattern}"));
    }
    command.args(&chosen.files);
    let (status, said) = process::tee(&mut command, Stream::Out)?;
    if process::interrupted() {
        return Err(Failure::new("interrupted"));
    }
    let Some(tally) = tally(&said) else {
        return Err(Failure::new(format!("node --test ended with {status}")));
    };
    if !status.success() {
        println!(
            "Pictures of pages that were wrong: {}. The server said:\n{}",
            pictures.display(),
            shown.last_words()
        );
        if tally.is_clean() {
            return Err(Failure::new(format!("node --test ended with {status}")));
        }
    }
    Ok(tally)
}

/// Which files, and which tests in them.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    files: Vec<PathBuf>,
    names: Option<String>,
}

/// A filter that is in the name of a file chooses the file; any other, tests by their names.
fn choose(files: Vec<PathBuf>, filter: Option<&str>) -> Choice {
    let Some(filter) = filter else {
        return Choice { files, names: None };
    };
    let named: Vec<PathBuf> = files
        .iter()
        .filter(|file| {
            let name = file.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.trim_end_matches(ENDING).contains(filter))
        })
        .cloned()
        .collect();
    if named.is_empty() {
        Choice {
            files,
            names: Some(literally(filter)),
        }
    } else {
        Choice {
            files: named,
            names: None,
        }
    }
}

/// A text as a regular expression that finds it.
fn literally(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_punctuation() && character != '_' && character != '-' {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

fn test_files() -> Outcome<Vec<PathBuf>> {
    let folder = process::root().join(FOLDER);
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).during(folder.display())? {
        let path = entry?.path();
        if path.to_str().is_some_and(|path| path.ends_with(ENDING)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads the lines `ℹ pass 3`, `ℹ fail 1` at the end of what Node's reporter `spec` says.
fn tally(said: &str) -> Option<Tally> {
    let count = |word: &str| {
        said.lines().rev().find_map(|line| {
            let (_, rest) = line.split_once("ℹ ")?;
            rest.strip_prefix(word)?.trim().parse::<u64>().ok()
        })
    };
    Some(Tally::of(
        count("pass ")?,
        count("fail ")? + count("cancelled ")?,
        count("skipped ")? + count("todo ")?,
    ))
}

/// A demonstration that answers until this is dropped.
struct Served {
    child: Child,
    folder: PathBuf,
}

impl Served {
    fn start(binary: &Path) -> Outcome<Self> {
        let folder = std::env::temp_dir().join(format!("alvara-browser-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        // It will hold passwords, if only of people who do not exist.
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .during("making a folder for the demonstration")?;
        let log = File::create(folder.join("server.log"))?;
        println!("Filling a demonstration for the browser");
        let child = Command::new(binary)
            .args(["demo", "--port", "0", "--dir"])
            .arg(folder.join("data"))
            .arg("--json")
            .arg(folder.join("demo.json"))
            .arg("--plugins")
            .arg(process::target().join("plugins"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .during(format!("starting {}", binary.display()))?;
        let mut served = Self { child, folder };
        served.wait_until_it_answers()?;
        Ok(served)
    }

    /// The document is written once the port answers.
    fn wait_until_it_answers(&mut self) -> Outcome {
        let start = Instant::now();
        while !self.document().is_file() {
            if let Some(status) = self.child.try_wait()? {
                return Err(Failure::new(format!(
                    "the demonstration ended with {status}:\n{}",
                    self.last_words()
                )));
            }
            if process::interrupted() {
                return Err(Failure::new("interrupted"));
            }
            if start.elapsed() > PATIENCE {
                return Err(Failure::new(format!(
                    "after {} s the demonstration does not answer:\n{}",
                    PATIENCE.as_secs(),
                    self.last_words()
                )));
            }
            process::pause(Duration::from_millis(100));
        }
        Ok(())
    }

    fn document(&self) -> PathBuf {
        self.folder.join("demo.json")
    }

    /// The end of what it printed, without the table of who may sign in.
    fn last_words(&self) -> String {
        const LINES: usize = 20;
        let said = fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        let lines: Vec<_> = said
            .lines()
            .filter(|line| !line.starts_with("http"))
            .collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        process::signal(&self.child, "TERM");
        for _ in 0..200 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                break;
            }
            process::pause(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_node_is_read() {
        let said = "✔ one (3ms)\nℹ pass the time\nℹ tests 9\nℹ suites 0\nℹ pass 5\nℹ fail 1\n\
                    ℹ cancelled 1\nℹ skipped 2\nℹ todo 0\nℹ duration_ms 1.5\n\n✖ failing tests:\n";
        assert_eq!(tally(said), Some(Tally::of(5, 2, 2)));
        assert_eq!(tally("node: bad option: --test\n"), None);
    }

    #[test]
    fn a_filter_chooses_files_or_else_tests() {
        let files = || vec![PathBuf::from("a/pay.test.mjs"), "a/crawl.test.mjs".into()];
        assert_eq!(choose(files(), None).files, files());
        let pay = choose(files(), Some("pay"));
        assert_eq!(pay.files, [PathBuf::from("a/pay.test.mjs")]);
        assert_eq!(pay.names, None);
        let tests = choose(files(), Some("320 px (dark)"));
        assert_eq!(tests.files, files());
        assert_eq!(tests.names.as_deref(), Some("320 px \\(dark\\)"));
        assert_eq!(choose(files(), Some("test")).files, files());
        assert_eq!(choose(files(), Some("test")).names.as_deref(), Some("test"));
    }

    #[test]
    fn there_are_tests() {
        let files = test_files().unwrap_or_else(|failure| panic!("{failure}"));
        assert!(files.iter().any(|file| file.ends_with("crawl.test.mjs")));
    }
}
