//! Licenses a program: what it holds on its machine, when it calls the platform, and what it may do.
//!
//! The rules are those of the platform itself, from `alvara-domain`; this crate adds the machine, the
//! sealed store and the calls. Open it by [`Client::open`], ask by [`Client::check`].
//!
//! ```no_run
//! use alvara_sdk::{Client, KeySet, Misuse, Options};
//!
//! fn open(jwks: &str, key: &str) -> Result<Client, Misuse> {
//!     let keys = KeySet::from_jwks(jwks)?;
//!     let options = Options::new("writer", keys, "https://licenses.example.com");
//!     let client = Client::open(options)?;
//!     if !client.check().valid {
//!         println!("{}", client.activate(key, None).message("pt-BR"));
//!     }
//!     client.start();
//!     Ok(client)
//! }
//! ```
//!
//! How a license stands is a [`State`], never an error: only misuse is, such as a public key that is
//! none.
//!
//! **Deliberately absent:** any rule of licensing, which is `alvara_domain::verdict`; dialogs and
//! other things to look at; a clock or a network that cannot be replaced ([`Options`]).

#[cfg(feature = "async")]
mod asynchronous;
mod calls;
mod carried;
mod client;
mod files;
mod held;
mod http;
mod keeper;
mod keys;
mod machine;
mod messages;
mod pace;
mod seal;
mod seats;
mod signed;
mod state;
mod store;

#[cfg(feature = "async")]
pub use asynchronous::AsyncClient;
pub use calls::Update;
pub use client::{Client, Misuse, Options};
pub use held::{ALWAYS_ONLINE, Asks, HYBRID, Preset};
pub use http::{Answer, Ask, NoConnection, Transport};
pub use keys::KeySet;
pub use machine::Machine;
pub use state::{Seat, State, Status};

#[doc(hidden)]
pub mod vectors {
    //! What the vectors of all SDKs exercise; no part of the interface.

    pub use crate::held::{Holder, judge};
    pub use crate::machine::hashed;
    pub use crate::seal::{Label, Seal, SealFault};
    pub use crate::store::{Kept, Watermark};
}
