//! Pure values and rules of licensing: ids, instants and periods, money, keys, terms, licenses,
//! machines, fingerprints, the verdict, and the forms in which programs hold them.
//!
//! **Deliberately absent:** the clock, randomness, databases, HTTP, cryptographic keys and async.
//! Whatever a rule needs to know is an argument, so the server, the command line and the client
//! SDK decide alike, and every rule is tested without a fixture. Signatures are neither made nor
//! checked here; only what is signed is built and read.

pub mod armour;
pub mod brand;
pub mod browser;
pub mod certificate;
pub mod charge;
pub mod civil_date;
pub mod commission;
pub mod customer;
pub mod ecommerce;
pub mod event;
pub mod fault;
pub mod fingerprint;
pub mod fiscal;
pub mod id;
pub mod invoice;
pub mod key;
pub mod ledger;
pub mod license;
pub mod machine;
pub mod mail;
pub mod metrics;
pub mod module;
pub mod money;
pub mod node;
pub mod notice;
pub mod offline;
pub mod order;
pub mod payment;
pub mod plugin;
pub mod price;
pub mod product;
pub mod qlm;
pub mod quota;
pub mod recurring;
pub mod registration;
pub mod reminder;
pub mod revocation;
pub mod saved_view;
pub mod seat;
pub mod tax_id;
pub mod terms;
pub mod text;
pub mod time;
pub mod transfer;
pub mod verdict;
