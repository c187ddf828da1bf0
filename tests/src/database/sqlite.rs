//! SQLite: a migrated file is made once and copied for each test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{fingerprint, migrate};
use crate::settings;

pub(super) fn copy(folder: &Path) -> String {
    let template = std::env::temp_dir().join(format!("alvara-test-template-{}.db", fingerprint()));
    if !template.is_file() {
        make(&template);
    }
    let file = folder.join("alvara.db");
    fs::copy(&template, &file).expect("a copy of the template");
    url(&file)
}

pub(super) fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// Made beside and moved into place, so that tests which start together never see half of it.
fn make(template: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("template.db");
    migrate(&url(&file));
    // What the write-ahead log still holds belongs into the one file that is copied.
    let _ = run(&url(&file), "PRAGMA wal_checkpoint(TRUNCATE)");
    let beside = template.with_extension(format!("{}.new", std::process::id()));
    fs::copy(&file, &beside).expect("a copy");
    fs::rename(&beside, template).expect("the template in place");
}

/// Python brings SQLite along; the client program is rarely installed.
pub(super) fn run(url: &str, statement: &str) -> String {
    const PROGRAM: &str = "\
import sqlite3, sys
base = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
for row in base.execute(sys.argv[2]):
    print('|'.join('' if value is None else str(value) for value in row))
";
    let file = url.strip_prefix("sqlite://").expect("the URL of a file");
    let python = settings::python().unwrap_or_else(|| PathBuf::from("python3"));
    super::run(
        Command::new(python).args(["-c", PROGRAM, file, statement]),
        statement,
    )
}

/// Somebody who takes the file, says `lost` and gives it back after so many seconds.
pub(super) fn locked(url: &str, seconds: u32) -> Command {
    const PROGRAM: &str = "\
import sqlite3, sys, time
base = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
base.execute('BEGIN EXCLUSIVE')
print('lost', flush=True)
time.sleep(int(sys.argv[2]))
base.execute('ROLLBACK')
";
    let file = url.strip_prefix("sqlite://").expect("the URL of a file");
    let python = settings::python().unwrap_or_else(|| PathBuf::from("python3"));
    let mut command = Command::new(python);
    command.args(["-c", PROGRAM, file, &seconds.to_string()]);
    command
}
