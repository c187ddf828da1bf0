//! Machines that never call: what is carried to them and from them.

mod activate;
mod files;
mod picture;
mod receipt;
mod revocations;
