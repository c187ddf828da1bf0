//! What the host needs from outside: places to keep and to note.

use std::future::Future;
use std::pin::Pin;

use alvara_domain::time::UtcTime;
use thiserror::Error;

/// A future that a service answers with.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ServiceFault>> + Send + 'a>>;

/// A service could not do its work. The call ends, and the blame is the host's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the host cannot serve the call: {0}")]
pub struct ServiceFault(pub String);

/// Whose memory is meant. What is kept for one place is never seen from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The tenant's id.
    pub tenant: String,
    /// The payment account's id.
    pub account: String,
    /// The plugin's id; versions share what they keep.
    pub plugin: String,
}

/// A request that changes something at the provider and is about to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// For whom.
    pub place: Place,
    /// The call's key.
    pub idempotency_key: String,
    /// HTTP method.
    pub method: String,
    /// Host, with a port where it is not 443.
    pub host: String,
    /// Path without its query, which may hold credentials.
    pub path: String,
    /// When.
    pub at: UtcTime,
}

/// A value to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvPut {
    /// At most 128 bytes.
    pub key: String,
    /// At most 16 KiB.
    pub value: Vec<u8>,
    /// When it is as if it had never been there.
    pub expires_at: Option<UtcTime>,
    /// Leave what is there.
    pub only_if_absent: bool,
    /// How many keys a place may have.
    pub max_keys: usize,
    /// The time of the call, for what has expired.
    pub now: UtcTime,
}

/// What became of a value to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KvWritten {
    /// It is there now.
    Kept,
    /// Another was there, and still is.
    Present,
    /// The place has all the keys it may have.
    Full,
}

alvara_domain::text_enum! {
    /// How loud a plugin says something.
    pub enum LogLevel {
        /// For who writes the plugin.
        Debug = "debug",
        /// What happened.
        Info = "info",
        /// What should not have happened.
        Warn = "warn",
        /// What went wrong.
        Error = "error",
    }
}

/// The world behind the gateway. The use cases implement it over the database, tests in memory.
///
/// A call waits for these, and they for the database: implementations move blocking work off the
/// executor's threads themselves.
pub trait Services: Send + Sync {
    /// What is kept under a key, if it has not expired.
    fn kv_get<'a>(
        &'a self,
        place: &'a Place,
        key: &'a str,
        now: UtcTime,
    ) -> Answer<'a, Option<Vec<u8>>>;

    /// Keeps a value, in one step with the counting of keys.
    fn kv_put<'a>(&'a self, place: &'a Place, put: KvPut) -> Answer<'a, KvWritten>;

    /// Forgets a key.
    fn kv_delete<'a>(&'a self, place: &'a Place, key: &'a str) -> Answer<'a, ()>;

    /// Notes, so that it survives a crash, that a request is about to leave. When it fails the
    /// request does not leave.
    fn journal<'a>(&'a self, entry: JournalEntry) -> Answer<'a, ()>;

    /// A line that a plugin wrote, already cut and blotted.
    fn log(&self, place: &Place, level: LogLevel, line: &str) {
        let Place {
            tenant,
            account,
            plugin,
        } = place;
        match level {
            LogLevel::Debug => tracing::debug!(tenant, account, plugin, "{line}"),
            LogLevel::Info => tracing::info!(tenant, account, plugin, "{line}"),
            LogLevel::Warn => tracing::warn!(tenant, account, plugin, "{line}"),
            LogLevel::Error => tracing::error!(tenant, account, plugin, "{line}"),
        }
    }
}
