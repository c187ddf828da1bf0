//! Programs in C and C++, compiled against the header and linked with the library that Cargo put
//! beside these tests.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop loudly"
)]

mod bindings;
mod compiled;
mod examples;
mod header;
mod platform;
mod vectors;
