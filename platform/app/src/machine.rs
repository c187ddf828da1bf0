//! What is done with a machine, one file a verb.

pub mod accept_receipt;
pub mod activate;
mod again;
pub(crate) mod case;
pub mod certify;
pub mod change_state;
pub mod clones;
pub mod contact;
pub mod deactivate;
pub mod drift;
pub mod export_keys;
pub mod history;
pub(crate) mod presence;
pub mod reserve;
pub(crate) mod silent;
pub mod token;
pub mod transfer;
mod trial;
