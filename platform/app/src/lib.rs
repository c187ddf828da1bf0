//! Use cases and jobs: what happens when somebody issues, activates, renews or suspends.
//!
//! A use case is a plain function over a transaction; the caller opens the transaction. Where
//! something must happen outside of it (a signature, a password hash, a key pair), a method of
//! [`Platform`] does both in order: read, work, write, sign.
//!
//! **Deliberately absent:** HTTP, SQL, who may do what (a scope is proof of that), rules about
//! validity (they are in `alvara-domain`), and any call to the network.
#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test that cannot go on should stop loudly"
    )
)]

pub mod catalogue;
pub mod error;
mod field;
pub mod job;
pub mod keyring;
pub mod license;
pub mod machine;
pub mod platform;
pub mod program;
pub mod release;
pub mod tenancy;

pub use error::{AppError, AppResult, TreeError};
pub use platform::Platform;
