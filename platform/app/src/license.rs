//! What is done with a license, one file a verb.

pub mod batch;
pub mod change_state;
pub mod choose;
pub mod delete;
pub mod issue;
pub mod renew;
pub mod renewal_key;
pub mod reveal_key;
pub mod settle;
pub mod validate;
