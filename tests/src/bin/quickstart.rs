//! The program in Rust that a product's page shows, compiled as it stands: who fills in keys, code and
//! address changes three texts and nothing else.
#![expect(
    clippy::print_stdout,
    reason = "it is what somebody copies who begins: it says on the screen how the license stands"
)]

include!("../../../templates/quickstart/rust.rs");
