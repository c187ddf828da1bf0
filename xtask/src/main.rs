//! Project tasks: `cargo xtask demo | test | bench | ci | tidy | databases | migration | plugins`.
//!
//! Two of them are all a newcomer needs: `demo` shows the product, `test` proves it. Both find or
//! install what the machine lacks. Deliberately absent: anything the product needs at run time.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task talks to the person at the terminal"
)]

mod bench;
mod browser;
mod ci;
mod databases;
mod demo;
mod failure;
mod migration;
mod plugins;
mod process;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use failure::{Failure, Outcome};

const USAGE: &str = "\
cargo xtask TASK

  demo [--port N] [--dir DIR] [--database URL] [--json FILE] [--no-payments]
                     build the server, fill a demonstration, serve it until Ctrl-C
  test [FILTER] [-p PACKAGE] [--db sqlite,postgres,mariadb]
                     the whole suite, with throw-away databases
  test --browser [FILTER]
                     the pages of the portals, in Chromium
  test --release …   either of them with the program that is given away
  bench [--quick] [--licenses N] [--only WORDS] [--out FILE]
                     how fast this machine is, as ratios; writes bench.json
  ci                 what the build server runs
  tidy               the house rules a program can check
  databases [--db LIST] [-- COMMAND…]
                     throw-away servers until Ctrl-C, or for as long as the command runs
  plugins            the payment plugins, the examples and the hostile guests, to target/plugins
  migration new NAME [--for postgres]
                     a folder with up.sql and down.sql to fill in
  migration check    up, down, up on the three databases, compared with schema.rs";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome {
    let Some((task, rest)) = arguments.split_first() else {
        return Err(Failure::new(format!("which task?\n\n{USAGE}")));
    };
    match task.as_str() {
        "demo" => demo::run(rest),
        "test" => test::run(rest),
        "bench" => bench::run(rest),
        "ci" => ci::run(rest),
        "tidy" => tidy::run(rest),
        "databases" => databases::run(rest),
        "migration" => migration::run(rest),
        "plugins" => plugins::run(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        unknown => Err(Failure::new(format!(
            "there is no task `{unknown}`\n\n{USAGE}"
        ))),
    }
}
