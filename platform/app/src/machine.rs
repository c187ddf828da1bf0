//! What is done with a machine, one file a verb.

pub mod activate;
pub mod certify;
pub mod change_state;
pub mod contact;
pub mod deactivate;
pub mod token;
mod trial;
