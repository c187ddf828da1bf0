//! The gateway from outside: real guests in the real engine, against real servers on loopback.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

mod answers;
mod cache;
mod clock;
mod counted;
mod egress;
mod inspect;
mod javascript;
mod kept;
mod limits;
mod manifest;
mod oauth;
mod parallel;
mod provider;
mod secrets;
mod shipped;
mod tls;
mod world;
