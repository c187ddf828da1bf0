//! The only crate that knows a database: SQLite within the process, PostgreSQL or MariaDB by URL.
//!
//! It owns the doors ([`Db`]), the transactions that use cases work in ([`TenantTx`], [`PlatformTx`]),
//! the scopes that say what they may see, the clock, and one file of functions for each family of
//! tables. Every function applies the scope of its transaction by itself: a row of another tenant,
//! or of a place outside the scope, is `None` like one that does not exist.
//!
//! One row by a unique key is read with `get_result`, never `first`: `first` adds a LIMIT, and a
//! statement of the three-backend enum that has one is prepared anew each time, which doubled the
//! processor time of a validation. `first` stays where an order chooses among several rows.
//!
//! **Deliberately absent:** rules of licensing (they are in `alvara-domain`), decisions on who may
//! do what, cryptographic keys (what is stored sealed comes in and goes out sealed), repository
//! traits, raw SQL with parameters, locks in SQL, and any way to write a query from outside.

mod address;
mod clock;
mod column;
mod db;
mod dialect;
mod error;
mod migrate;
mod parts;
mod place;
mod pool;
mod schema;
mod scope;
mod shape;
mod steer;
mod tx;
mod work;
mod writer;

pub mod api_keys;
pub mod audit;
pub mod batches;
pub mod brands;
pub mod charge_attempts;
pub mod charge_effects;
pub mod charges;
pub mod commissions;
pub mod contacts;
pub mod counters;
pub mod credit_limits;
pub mod customers;
pub mod deactivations;
pub mod events;
pub mod fiscal_documents;
pub mod hosts;
pub mod idempotency;
pub mod inbound;
pub mod invoices;
pub mod jobs;
pub mod known_browsers;
pub mod ledger;
pub mod license_users;
pub mod licenses;
pub mod machine_metrics;
pub mod machines;
pub mod mails;
pub mod mandates;
pub mod members;
pub mod meters;
pub mod modules;
pub mod nodes;
pub mod notices;
pub mod numbered;
pub mod offers;
pub mod order_invoices;
pub mod orders;
pub mod page;
pub mod payment_accounts;
pub mod plans;
pub mod plugin_memory;
pub mod plugins;
pub mod policies;
pub mod prices;
pub mod products;
pub mod profiles;
pub mod quarantined_reports;
pub mod quotas;
pub mod refresh_tokens;
pub mod refunds;
pub mod registration_rules;
pub mod registrations;
pub mod releases;
pub mod reminders;
pub mod remittances;
pub mod renewal_keys;
pub mod renewals;
pub mod return_files;
pub mod revocations;
pub mod rounds;
pub mod sales;
pub mod saved_views;
pub mod scratch;
pub mod seat_pools;
pub mod seats;
pub mod sessions;
pub mod shop_orders;
pub mod shop_webhooks;
pub mod shops;
pub mod signing_keys;
pub mod sites;
pub mod tenants;
pub mod token_keys;
pub mod transfers;
pub mod trials;
pub mod versions;

pub use address::WhenMissing;
pub use clock::Clock;
pub use db::{Db, DbConfig};
pub use dialect::{Backend, SecondWall};
pub use error::{StoreError, StoreResult};
pub use scope::{Actor, Grant, IdempotencyClaim, Mint, Origin, PlatformScope, Reach, Scope};
pub use shape::Difference;
pub use tx::{PlatformTx, TenantTx};
