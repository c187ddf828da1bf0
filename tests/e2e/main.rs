//! Journeys of the real binary: a process, a data directory, signals.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

mod commerce;
mod floating;
mod getting_started;
mod killed;
mod offline;
mod payments;
mod plugins;
mod registration;
mod sdk;
mod story;
