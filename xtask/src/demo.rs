//! `cargo xtask demo`: builds the server, and the plugins where it needs ours, and becomes it.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::plugins;
use crate::process;
use crate::tools;

/// Every argument goes to `alvara demo` as it is; that program knows them and explains them.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    tools::ensure_build()?;
    let says = |flag: &str| {
        let with_value = format!("{flag}=");
        arguments
            .iter()
            .any(|word| word == flag || word.starts_with(&with_value))
    };
    let ours = !says("--plugins") && !says("--no-payments");
    if ours {
        plugins::build()?;
    }
    process::run(
        process::cargo()
            .args(["build", "--locked", "--release"])
            .args(["--package", "alvara-server"]),
    )?;
    let mut command = Command::new(process::target().join("release/alvara"));
    command.arg("demo");
    if ours {
        command
            .arg("--plugins")
            .arg(process::target().join("plugins"));
    }
    // We vanish and the server takes our place: Ctrl-C reaches it, its exit status is ours.
    let error = command.args(arguments).exec();
    Err(Failure::new(format!("starting the server: {error}")))
}
