//! What a payment plugin in Rust is written with.
//!
//! Owns: the types of `alvara:payment@1.0.0`, made from the WIT text that is published; the trait
//! [`PaymentPlugin`] with an answer for everything a provider may lack; [`export_plugin!`], which
//! makes a component that exports exactly what was named; and what providers' formats need again
//! and again: amounts ([`money`]), days and instants ([`time`]), [`json`] whose numbers never pass
//! through a float, ids that come from the idempotency key ([`key`]), encodings ([`encode`]).
//!
//! Off WebAssembly the host's imports go to `kit` (a feature), a scripted house that records:
//! `cargo test` runs the same code that runs in production.
//!
//! Deliberately absent: a clock, randomness, sockets, files and secrets, which a plugin does not
//! have; hash maps, whose random seed would be an import that the host refuses; anything that knows
//! one provider.

#[cfg(target_family = "wasm")]
mod adapter;
#[expect(
    missing_docs,
    reason = "generated from plugins/wit/payment.wit, where the words are explained"
)]
pub mod bindings;
mod config;
pub mod encode;
mod fault;
mod host;
pub mod http;
pub mod json;
pub mod key;
#[cfg(all(feature = "kit", not(target_family = "wasm")))]
pub mod kit;
pub mod money;
mod plugin;
pub mod text;
pub mod time;

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub use adapter::Adapter;
pub use bindings::alvara::payment::types::*;
pub use bindings::batch::exports::alvara::payment::batch_files::{Entry, File, Instruction};
pub use config::{Config, checks};
pub use fault::Fault;
pub use host::{clock, kv, log, secrets};
pub use http::Call;
pub use json::Json;
pub use plugin::{Answer, PaymentPlugin, reference, unsupported};

/// Makes the component: `export_plugin!(Pix: refunds, mandates);`.
///
/// `charges` and `webhooks` are always exported. What follows the colon are the optional
/// interfaces, any of `captures`, `refunds`, `mandates` and `batch_files`. The host takes a plugin
/// at its exports, so name what the provider can do and nothing else. Off WebAssembly it makes
/// nothing.
#[macro_export]
macro_rules! export_plugin {
    (@captures $exported:ident) => {
        $crate::bindings::captures::__export_captures!($exported with_types_in $crate::bindings::captures);
    };
    (@refunds $exported:ident) => {
        $crate::bindings::refunds::__export_refunds!($exported with_types_in $crate::bindings::refunds);
    };
    (@mandates $exported:ident) => {
        $crate::bindings::mandates::__export_mandates!($exported with_types_in $crate::bindings::mandates);
    };
    (@batch_files $exported:ident) => {
        $crate::bindings::batch::__export_batch_files!($exported with_types_in $crate::bindings::batch);
    };
    ($plugin:ty $(: $($capability:ident),+ $(,)?)?) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            type Exported = $crate::Adapter<$plugin>;
            $crate::bindings::__export_plugin!(Exported with_types_in $crate::bindings);
            $($($crate::export_plugin!(@$capability Exported);)+)?
        };
    };
}
