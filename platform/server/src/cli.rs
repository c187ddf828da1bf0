//! The command line: what there is, and how each command is begun and ended.

mod audit;
mod carried;
mod completions;
mod config;
mod demo;
mod doctor;
mod key;
mod license;
mod member;
mod migrate;
mod offline;
mod plugin;
mod print;
mod product;
mod revocations;
mod serve;
mod tenant;
mod whose;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::config::{Config, Flag, Sources, usual_file};
use crate::exit::{Exit, Failure, Outcome};

/// The platform that issues, activates and checks software licenses.
#[derive(Debug, Parser)]
#[command(name = "alvara", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not found, 4 database not available,
5 audit chain broken, 6 wrong settings, 7 master key missing or wrong, 8 migrations missing,
9 doctor found something.

Every setting of alvara.toml can also be given as a variable: ALVARA_DATABASE__URL is
`url` in [database].";

/// What every command understands.
#[derive(Clone, Debug, Args)]
struct Common {
    /// Settings file [default: ./alvara.toml or /etc/alvara/alvara.toml, if there is one]
    #[arg(
        long,
        value_name = "FILE",
        env = "ALVARA_CONFIG",
        global = true,
        help_heading = "Settings"
    )]
    config: Option<PathBuf>,
    /// Data directory; `directory` in [data]
    #[arg(long, value_name = "DIR", global = true, help_heading = "Settings")]
    data: Option<PathBuf>,
    /// Database; `url` in [database]
    #[arg(
        long,
        value_name = "URL",
        global = true,
        help_heading = "Settings",
        hide_env_values = true
    )]
    database: Option<String>,
    /// What is logged; `level` in [log]
    #[arg(long, value_name = "LEVEL", global = true, help_heading = "Settings")]
    log_level: Option<String>,
}

/// Whether a read answers a person or a program.
#[derive(Clone, Copy, Debug, Args)]
struct Form {
    /// Answer with one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the platform
    Serve(serve::Serve),
    /// Apply the migrations that are missing
    Migrate(migrate::Migrate),
    /// Check everything and say what to do
    Doctor(doctor::Doctor),
    /// Reseller tenants
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// People who sign in
    #[command(subcommand)]
    Member(member::Member),
    /// Products
    #[command(subcommand)]
    Product(product::Product),
    /// Payment plugins: an operator's work, and their author's
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    /// Licenses
    #[command(subcommand)]
    License(license::License),
    /// Activate and deactivate machines without network, by the texts they print
    #[command(subcommand)]
    Offline(offline::Offline),
    /// Signed lists of what is no longer good
    #[command(subcommand)]
    Revocations(revocations::Revocations),
    /// Make or check a master key
    #[command(subcommand)]
    Key(key::Key),
    /// Verify or export audit chains
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Show or check the settings
    #[command(subcommand)]
    Config(config::Settings),
    /// Serve a demonstration with three months of history
    Demo(demo::Demo),
    /// Print a completion script for a shell
    Completions(completions::Completions),
}

/// Runs the program with its arguments, the first being its name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors and go to standard output.
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            drop(error.print());
            return exit.into();
        }
    };
    match run(cli) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            print::failure(&failure);
            failure.exit().into()
        }
    }
}

fn run(cli: Cli) -> Outcome {
    let common = cli.common;
    match cli.command {
        Command::Audit(command) => command.run(&common),
        Command::Completions(command) => command.run(&mut Cli::command()),
        Command::Config(command) => command.run(&common),
        Command::Demo(command) => command.run(&common),
        Command::Doctor(command) => command.run(&common),
        Command::Key(command) => command.run(&common),
        Command::License(command) => command.run(&common),
        Command::Member(command) => command.run(&common),
        Command::Migrate(command) => command.run(&common),
        Command::Offline(command) => command.run(&common),
        Command::Plugin(command) => command.run(&common),
        Command::Product(command) => command.run(&common),
        Command::Revocations(command) => command.run(&common),
        Command::Serve(command) => command.run(&common),
        Command::Tenant(command) => command.run(&common),
    }
}

impl Common {
    /// The settings, with `flags` of the command itself on top.
    fn settings(&self, flags: impl IntoIterator<Item = Flag>) -> Outcome<Config> {
        let mut all: Vec<Flag> = flags.into_iter().collect();
        if let Some(data) = &self.data {
            all.push(Flag::new(
                "--data",
                "data.directory",
                data.display().to_string(),
            ));
        }
        if let Some(url) = &self.database {
            all.push(Flag::new("--database", "database.url", url));
        }
        if let Some(level) = &self.log_level {
            all.push(Flag::new("--log-level", "log.level", level));
        }
        let sources = Sources {
            file: self.config.clone().or_else(usual_file),
            environment: environment(),
            flags: all,
        };
        Config::load(&sources).map_err(|fault| Failure::new(Exit::Settings, fault.to_string()))
    }
}

/// The variables of the process, read here and nowhere else. Those that are not text cannot be ours.
fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("ALVARA_"))
        .collect()
}

/// A variable of ours that is no setting.
fn variable(name: &str) -> Option<String> {
    environment()
        .into_iter()
        .find(|(found, value)| found == name && !value.is_empty())
        .map(|(_, value)| value)
}

/// Runs what waits for the database.
fn wait<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::refused(format!("no threads: {error}")))?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        // R-OPS-01
        Cli::command().debug_assert();
    }

    #[test]
    fn help_and_documentation_know_every_command() {
        // R-OPS-01
        let page = include_str!("../../../docs/cli.md");
        for command in Cli::command().get_subcommands() {
            assert!(
                page.contains(&format!("alvara {}", command.get_name())),
                "{}",
                command.get_name()
            );
        }
        for (exit, meaning) in Exit::ALL {
            assert!(
                EXIT_CODES
                    .replace('\n', " ")
                    .contains(&format!("{} {meaning}", exit.code())),
                "{meaning}"
            );
        }
    }
}
