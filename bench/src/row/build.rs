//! How long it takes to build all of it from nothing, and again after a change.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Map;
use tempfile::TempDir;

use crate::failure::{Failure, Outcome};
use crate::report::{Report, Row, Target};

/// The file of the crate that changes most often.
const CHANGED: &str = "platform/web/src/lib.rs";

pub(super) fn measure(report: &mut Report) -> Outcome {
    println!("building");
    let root = root()?;
    // Beside the usual folder and not in the memory of /tmp: a build writes gigabytes.
    let folder = TempDir::new_in(root.join("target"))?;
    let debug = build(&root, folder.path(), &[])?;
    add(
        report,
        "a debug build from nothing",
        debug / 60.0,
        ("minutes", 6.0),
    );
    let release = build(&root, folder.path(), &["--release"])?;
    add(
        report,
        "a release build from nothing",
        release / 60.0,
        ("minutes", 13.0),
    );
    // Cargo looks at the time of a file, so no line has to change.
    let touched = Command::new("touch").arg(root.join(CHANGED)).status()?;
    if !touched.success() {
        return Err(Failure::new(format!("{CHANGED} cannot be touched")));
    }
    let again = build(&root, folder.path(), &[])?;
    add(
        report,
        "a debug build after a change in web",
        again,
        ("seconds", 10.0),
    );
    Ok(())
}

/// Builds the server, and answers after how many seconds it was there.
fn build(root: &Path, folder: &Path, flags: &[&str]) -> Outcome<f64> {
    let started = Instant::now();
    let built = Command::new("cargo")
        .args([
            "build",
            "--locked",
            "--package",
            "alvara-server",
            "--target-dir",
        ])
        .arg(folder)
        .args(flags)
        .current_dir(root)
        .stderr(Stdio::null())
        .status()?;
    if built.success() {
        Ok(started.elapsed().as_secs_f64())
    } else {
        Err(Failure::new(
            "cargo build failed; run it by hand to see why",
        ))
    }
}

fn add(report: &mut Report, what: &str, value: f64, (unit, most): (&'static str, f64)) {
    report.add(Row {
        what: what.to_owned(),
        unit,
        value,
        target: Target::AtMost(most),
        parts: Map::new(),
        remark: String::new(),
    });
}

/// The checkout: this program lies in target/release.
fn root() -> Outcome<PathBuf> {
    let program = std::env::current_exe()?;
    let root = program.ancestors().nth(3).map(Path::to_path_buf);
    root.filter(|root| root.join(CHANGED).is_file())
        .ok_or_else(|| {
            Failure::new("this program lies in no checkout, so there is nothing to build")
        })
}
