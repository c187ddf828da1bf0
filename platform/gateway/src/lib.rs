//! The host of payment plugins: it runs each as a WebAssembly component in a box, gives it what the
//! contract `alvara:payment` lists and nothing else, and turns its answers into checked values.
//!
//! A plugin passes through here three times. [`Gateway::inspect`] looks at one that somebody wants
//! to install. [`Gateway::load`] makes it ready, once a process. Each of the calls on [`Plugin`] runs
//! in a store of its own that is thrown away afterwards, with the rights that both its manifest asks
//! for and the operator granted, and within its limits.
//!
//! Deliberately absent: the database. What a call keeps or notes goes out through [`Services`], which
//! the use cases implement, so a plugin never comes nearer to a table than that. Absent too: any
//! retry. A charge that may have happened is found out by who called, never sent again from here.

mod account;
mod blot;
mod cache;
mod call;
mod certificate;
mod digest;
mod egress;
mod engine;
mod fault;
mod grants;
mod holidays;
mod host;
mod inspect;
mod manifest;
mod memory;
mod meter;
mod package;
mod parking;
mod plugin;
mod services;
mod signature;
mod v1;
mod veil;

pub use account::{Account, Call, ClientCertificate, Secrets};
pub use certificate::CertificateVerdict;
pub use digest::{Digest, DigestError};
pub use engine::{Gateway, GatewayConfig, GatewayError};
pub use fault::{Blame, CallFault, Happened};
pub use grants::{Grants, Limits};
pub use inspect::{Inspected, Refusal};
pub use manifest::{Csp, Hosts, Manifest, ManifestError, OauthProfile, OauthStyle, SecretAsk, Use};
pub use memory::{Kept, MemoryServices};
pub use package::{Package, PackageError, fingerprint};
pub use parking::{FaultCounts, Parking};
pub use plugin::{BatchEntry, BatchFile, BatchInstruction, InboundAnswer, LastCapture, Plugin};
pub use services::{
    Answer, JournalEntry, KvPut, KvWritten, LogLevel, Place, ServiceFault, Services,
};
pub use signature::{PublisherKey, Signing, check_signature};
