//! Use cases and jobs: what happens when somebody issues, activates, renews or suspends.
//!
//! A use case is a plain function over a transaction; the caller opens the transaction. Where
//! something must happen outside of it (a signature, a password hash, a key pair), a method of
//! [`Platform`] does both in order: read, work, write, sign.
//!
//! **Deliberately absent:** HTTP, SQL, who may do what (a scope is proof of that), rules about
//! validity (they are in `alvara-domain`), and any call to the network but those that the gateway makes
//! for payment plugins and `mail` to the mail server.

pub mod billing;
pub mod brand;
pub mod catalogue;
pub mod customer;
mod dns;
pub mod ecommerce;
pub mod error;
mod field;
pub mod job;
pub mod keyring;
pub mod license;
pub mod machine;
pub mod mail;
pub mod notice;
pub mod platform;
pub mod plugin;
pub mod price;
pub mod program;
pub mod quota;
pub mod registration;
pub mod release;
mod reminder;
pub mod revocation;
pub mod saved_view;
pub mod seat;
pub mod tenancy;
#[cfg(test)]
mod test_house;

pub use error::{AppError, AppResult, ReceiptFault, TreeError};
pub use platform::Platform;
