//! Money and what it buys, on each database. The plugin's part of a call is the report that a test
//! hands to the part that applies it.

mod captures;
mod decided;
mod deferred;
mod money;
mod once;
mod receipts;
mod recurring;
mod till;
mod trouble;
mod unanswered;
mod version;
