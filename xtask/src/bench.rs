//! `cargo xtask bench`: builds what is given away and measures it.
//!
//! What is measured and how is `alvara-bench`'s; see `docs/benchmarks.md`. It is no test: it judges
//! nothing and belongs on a machine that does nothing else meanwhile.

use std::process::Command;

use crate::failure::Outcome;
use crate::plugins;
use crate::process;
use crate::tools;

pub(crate) fn run(arguments: &[String]) -> Outcome {
    tools::ensure_build()?;
    let python = tools::ensure_strangers()?;
    plugins::build()?;
    let mut build = process::cargo();
    build.args([
        "build",
        "--locked",
        "--release",
        "--package",
        "alvara-bench",
        "--package",
        "alvara-server",
        "--package",
        "alvara-sdk-c",
        "--package",
        "alvara-tests",
    ]);
    process::run(&mut build)?;
    let mut bench = Command::new(process::target().join("release").join("alvara-bench"));
    bench
        .current_dir(process::root())
        .arg("--python")
        .arg(python);
    bench.args(arguments);
    process::run(&mut bench)
}
