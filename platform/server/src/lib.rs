//! The `alvara` program: its settings, its wiring and its command line.
//!
//! It owns how settings are read ([`config`]), where the master key comes from, how an installation
//! is opened and served and stopped, the commands of the terminal with their exit codes ([`exit`]),
//! `doctor`, and the demonstration that `alvara demo` fills with three months of history.
//!
//! **Deliberately absent:** rules, use cases, SQL and HTTP handlers. A command calls the same use
//! cases as the API does, through a scope of the console; what it cannot do that way it does not do.
#![cfg_attr(
    test,
    expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")
)]

mod cli;
pub mod config;
pub mod exit;
mod demo;
mod doctor;
mod failing;
mod first_start;
mod installation;
mod logging;
mod master_key;
mod serve;

pub use cli::main;
