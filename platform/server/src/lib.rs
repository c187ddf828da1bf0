//! The `alvara` program: its settings, its wiring and its command line.
//!
//! It owns how settings are read ([`config`]), where the master key comes from, how an installation
//! is opened and served and stopped, the commands of the terminal with their exit codes ([`exit`]),
//! `doctor`, and the demonstration that `alvara demo` fills with three months of history.
//!
//! **Deliberately absent:** rules, use cases, SQL and HTTP handlers. A command calls the same use
//! cases as the API does, through a scope of the console; what it cannot do that way it does not do.

mod cli;
pub mod config;
mod demo;
mod doctor;
pub mod exit;
mod failing;
mod first_start;
mod installation;
mod logging;
mod master_key;
mod serve;

pub use cli::main;
