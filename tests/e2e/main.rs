//! Journeys of the real binary: a process, a data directory, signals.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

mod getting_started;
mod killed;
mod registration;
mod story;
