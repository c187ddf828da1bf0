//! Strangers' programs from npm and PyPI, asked for a second opinion on what the payment plugins make.
//!
//! `cargo xtask test` installs them by the lock file beside this and the lists of `xtask`. Without them the tests fail and
//! say so: an oracle that is silently skipped proves nothing. Deliberately absent: anything that the
//! oracles could have in common with the plugins but the formats themselves.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of this package.
#[must_use]
pub fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the strangers were installed.
///
/// # Panics
/// When they were not.
#[must_use]
#[expect(clippy::panic, reason = "a test without its oracle has failed")]
pub fn modules() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo xtask test says where they are"
    )]
    let named = std::env::var_os("ALVARA_TEST_NODE_MODULES").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| here().join("../../target/tools/node/node_modules"));
    if !folder.is_dir() {
        panic!("the oracles are not installed: run the suite by cargo xtask test");
    }
    folder
}

/// The Python that has the strangers from PyPI.
///
/// # Panics
/// When it was not prepared.
#[must_use]
#[expect(clippy::panic, reason = "a test without its oracle has failed")]
pub fn python() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo xtask test says where it is"
    )]
    let named = std::env::var_os("ALVARA_TEST_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| here().join("../../target/tools/python/bin/python"));
    if !python.is_file() {
        panic!("the oracles are not installed: run the suite by cargo xtask test");
    }
    python
}

/// Runs one of the scripts beside this by Node.js, with lines on its standard input; what it prints.
///
/// # Panics
/// When it fails.
#[must_use]
pub fn ask(script: &str, lines: &str) -> String {
    let mut node = Command::new("node");
    hear(node.env("NODE_PATH", modules()), script, lines)
}

/// The same by Python.
///
/// # Panics
/// When it fails.
#[must_use]
pub fn ask_python(script: &str, lines: &str) -> String {
    hear(&mut Command::new(python()), script, lines)
}

#[expect(clippy::panic, reason = "a test without its oracle has failed")]
fn hear(interpreter: &mut Command, script: &str, lines: &str) -> String {
    let asked = interpreter
        .arg(here().join("scripts").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .and_then(|mut child| {
            // The pipe closes when it is dropped, which ends the script's input.
            if let Some(mut input) = child.stdin.take() {
                input.write_all(lines.as_bytes())?;
            }
            child.wait_with_output()
        });
    match asked {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).into_owned()
        }
        Ok(output) => panic!("{script}: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{script}: {error}"),
    }
}
