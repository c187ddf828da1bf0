//! What the suite stands on: a database for each test, a platform in this process, people and
//! programs that talk to it over HTTP, and strangers' tools that check what it says.
//!
//! **Deliberately absent:** any way into the platform but HTTP and its command line. A test that
//! needs a license issues it through the API; raw SQL only looks, damages on purpose, or holds a row
//! so that what is narrow becomes wide ([`database::Held`]).
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

pub mod actor;
pub mod app;
pub mod bank;
pub mod browser;
pub mod database;
pub mod demo;
pub mod dns;
pub mod each;
pub mod http;
pub mod mortal;
pub mod picture;
pub mod post;
pub mod program;
pub mod remote;
pub mod running;
pub mod served;
pub mod settings;
pub mod site;
pub mod strangers;
pub mod world;

pub use actor::{Actor, PASSWORD};
pub use app::{Setting, TestApp};
pub use browser::Browser;
pub use database::TestDatabase;
pub use each::{each_app, each_bare_database, each_database, one_app};
pub use http::{Answer, Ask, Stream};
pub use mortal::Mortal;
pub use program::Program;
pub use remote::Remote;
pub use running::Running;
pub use served::Served;
pub use settings::Backend;
pub use site::Site;
pub use world::{License, Reseller, Shop};
