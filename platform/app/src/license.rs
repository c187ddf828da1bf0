//! What is done with a license, one file a verb.

pub mod batch;
pub mod change_modules;
pub mod change_state;
pub mod choose;
pub mod convert;
pub mod delete;
pub mod entitle;
pub mod expect;
pub mod issue;
pub mod meter;
pub mod renew;
pub mod renewal_key;
pub mod reprice;
pub mod reveal_key;
pub mod settle;
pub mod transfer;
pub mod update;
pub mod users;
pub mod validate;
