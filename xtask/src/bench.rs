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
    ]);
    let runs_clients = wants_clients(arguments);
    if runs_clients {
        build.args(["--package", "alvara-sdk-c", "--package", "alvara-tests"]);
    }
    process::run(&mut build)?;
    let mut bench = Command::new(process::target().join("release").join("alvara-bench"));
    bench.current_dir(process::root());
    if runs_clients {
        bench.arg("--python").arg(tools::ensure_strangers()?);
    }
    process::run(bench.args(arguments))
}

/// Whether programs in every language are measured: their compilers are wanted for nothing else.
fn wants_clients(arguments: &[String]) -> bool {
    let only = arguments.iter().skip_while(|word| *word != "--only").nth(1);
    only.is_none_or(|parts| parts.split(',').any(|part| part == "sdk"))
}

#[cfg(test)]
mod tests {
    use super::wants_clients;

    #[test]
    fn compilers_are_wanted_only_for_what_they_compile() {
        let wants = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            wants_clients(&words)
        };
        assert!(wants("") && wants("--quick") && wants("--only size,sdk"));
        assert!(!wants("--quick --only size,build"));
    }
}
