//! The `alvara` program.
use std::process::ExitCode;

fn main() -> ExitCode {
    alvara_server::main(std::env::args_os())
}
