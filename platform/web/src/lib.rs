//! The only crate that knows HTTP.
//!
//! Owns the way from bytes to a use case and back: reading bodies strictly, who is calling,
//! problems from one table, rates, idempotency, preconditions, pages, the OpenAPI document and
//! the page that shows it, health and metrics, and one thin module for each wire dialect.
//!
//! Deliberately absent: rules of licensing (domain), use cases and what they change (app), what
//! a role may do (tenants), any SQL (store). A handler reads, calls one use case, and writes; it
//! cannot make a scope, so it cannot forget to authorize.

// The description of the terms is one literal, and it is long.
#![recursion_limit = "256"]

#[cfg(test)]
mod acceptance;
mod answer;
mod api;
mod body;
mod brand;
mod caller;
mod carried;
mod client_address;
mod dialects;
mod frame;
mod health;
mod hooks;
mod host;
mod html;
mod idempotency;
mod list;
mod openapi;
mod portal;
mod precondition;
pub mod problem;
mod rate;
mod reference;
mod schema;
mod serve;
mod signature;
mod visitor;

pub use client_address::{Network, NetworkError};
pub use rate::{Allowance, RateConfig};
pub use serve::{Bound, Deps, StartError, TlsFiles, WebConfig, bind};
