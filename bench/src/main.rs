//! `alvara-bench`: how fast the platform is on this machine, as ratios to ceilings that are
//! measured in the same run.
//!
//! A figure such as "3000 activations a second" says more about the machine than about the program.
//! So every row here divides what the server did by what the same cores can do at most at that
//! moment: sign, or answer a request with nothing in it.
//!
//! The server is the real one, in a process of its own, on SQLite with `synchronous=FULL`, reached
//! over HTTP. Deliberately absent: any way into it but HTTP while something is measured, and any
//! promise of an absolute number.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task talks to the person at the terminal"
)]

mod ceiling;
mod client;
mod failure;
mod load;
mod machine;
mod market;
mod plan;
mod populate;
mod report;
mod row;
mod server;
mod world;

use std::process::ExitCode;

use failure::Outcome;
use plan::Plan;
use report::Report;

const USAGE: &str = "\
cargo xtask bench [--quick] [--licenses N] [--only WORDS] [--out FILE]

  --quick        a minute or two instead of half an hour: short rounds, a small large database
  --licenses N   size of the large database [default: 1000000, quick 20000]; three machines each
  --only WORDS   comma-separated: signing, plain, activation, growth, pages, authorization,
                 plugin, idle, sdk, size, build (not in a quick run unless named)
  --out FILE     where the figures go as JSON [default: bench.json]
  --python FILE  a Python with `cryptography`, for sdk [default: the one of the tests]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // The same program is also the server it measures, so that one build is enough.
    if arguments
        .first()
        .is_some_and(|word| word == server::AS_SERVER)
    {
        let words = std::iter::once("alvara".to_owned()).chain(arguments.into_iter().skip(1));
        return alvara_server::main(words.map(Into::into));
    }
    if arguments
        .iter()
        .any(|word| word == "--help" || word == "-h")
    {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let done = Plan::parse(&arguments).and_then(|plan| run(&plan));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(plan: &Plan) -> Outcome {
    let mut report = Report::begin(plan);
    row::all(plan, &mut report)?;
    report.print();
    report.write(&plan.out)?;
    println!("\nwritten to {}", plan.out.display());
    Ok(())
}
