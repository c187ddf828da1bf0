//! Pure values and rules of licensing.
pub mod fault;
pub mod id;
pub mod money;
pub mod text;
pub mod time;
