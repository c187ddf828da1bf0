//! The compiled program, on real SQLite files.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

#[path = "command/audit.rs"]
mod audit;
#[path = "command/demo.rs"]
mod demo;
#[path = "command/nouns.rs"]
mod nouns;
#[path = "command/run.rs"]
mod run;
#[path = "command/serve.rs"]
mod serve;
#[path = "command/settings.rs"]
mod settings;
