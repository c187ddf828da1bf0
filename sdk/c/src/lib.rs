//! The SDK for C, C++ and whatever calls C: `alvara_sdk` behind functions of the C ABI.
//!
//! `include/alvara.h` is made of these sources and says what each function does; a test holds the two
//! together. Handles are opaque, texts are UTF-8, NULL is taken everywhere, and no panic leaves.
//!
//! **Deliberately absent:** any rule of licensing, and anything that `alvara_sdk` does not do; calls
//! for Rust, which has a library of its own.

mod boundary;
mod callbacks;
mod client;
mod messages;
mod offline;
mod options;
mod outcome;
mod seats;
mod state;
mod update;
