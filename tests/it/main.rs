//! Scenarios over HTTP, each on every database. Modules mirror the product.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

mod access;
mod audit;
mod commerce;
mod database;
mod dialect;
mod ecommerce;
mod floating;
mod http;
mod keys;
mod license;
mod life;
mod lifecycle;
mod machine;
mod mails;
mod offline;
mod payments;
mod peers;
mod people;
mod portal;
mod seats;
mod story;
mod sweep;
mod tenancy;
mod vectors;
