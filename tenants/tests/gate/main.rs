//! The gate over a real SQLite file, under a clock that stands still until it is moved.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should fail loudly"
)]
#![expect(
    clippy::panic,
    reason = "a test that meets the wrong answer should say which"
)]

mod brand;
mod hosts;
mod keys;
mod programs;
mod sign_in;
mod tokens;
mod tree;
mod world;
