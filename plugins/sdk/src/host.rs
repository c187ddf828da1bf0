//! The host's imports. On WebAssembly they are what the component imports; elsewhere the kit
//! answers, and without the kit nobody does.

use crate::bindings::alvara::payment as imports;

#[cfg(not(any(feature = "kit", target_family = "wasm")))]
pub(crate) fn send(
    _: &imports::http::Request,
) -> Result<imports::http::Response, imports::http::HttpError> {
    Err(imports::http::HttpError::HostNotAllowed)
}
#[cfg(all(feature = "kit", not(target_family = "wasm")))]
pub(crate) use crate::kit::send;
#[cfg(target_family = "wasm")]
pub(crate) use imports::http::send;

/// Use of a secret without seeing it.
pub mod secrets {
    use super::imports::secrets as host;
    pub use host::{Mac, SecretError};

    /// Signs what leaves; needs the use `sign`.
    ///
    /// # Errors
    /// When there is no such secret or it may not be used so.
    pub fn sign(secret: &str, mac: Mac, data: &[u8]) -> Result<Vec<u8>, SecretError> {
        #[cfg(target_family = "wasm")]
        return host::mac_sign(secret, mac, data);
        #[cfg(all(feature = "kit", not(target_family = "wasm")))]
        return crate::kit::mac_sign(secret, mac, data);
        #[cfg(not(any(feature = "kit", target_family = "wasm")))]
        return refused(&(secret, mac, data));
    }

    /// Checks a tag in constant time; needs the use `verify`.
    ///
    /// # Errors
    /// When there is no such secret or it may not be used so.
    pub fn verify(secret: &str, mac: Mac, data: &[u8], tag: &[u8]) -> Result<bool, SecretError> {
        #[cfg(target_family = "wasm")]
        return host::mac_verify(secret, mac, data, tag);
        #[cfg(all(feature = "kit", not(target_family = "wasm")))]
        return crate::kit::mac_verify(secret, mac, data, tag);
        #[cfg(not(any(feature = "kit", target_family = "wasm")))]
        return refused(&(secret, mac, data, tag));
    }

    /// Compares in constant time; needs the use `verify`.
    ///
    /// # Errors
    /// When there is no such secret or it may not be used so.
    pub fn equals(secret: &str, candidate: &[u8]) -> Result<bool, SecretError> {
        #[cfg(target_family = "wasm")]
        return host::equals(secret, candidate);
        #[cfg(all(feature = "kit", not(target_family = "wasm")))]
        return crate::kit::equals(secret, candidate);
        #[cfg(not(any(feature = "kit", target_family = "wasm")))]
        return refused(&(secret, candidate));
    }

    /// Whether the payment account has such a secret.
    #[must_use]
    pub fn exists(secret: &str) -> bool {
        #[cfg(target_family = "wasm")]
        return host::exists(secret);
        #[cfg(all(feature = "kit", not(target_family = "wasm")))]
        return crate::kit::exists(secret);
        #[cfg(not(any(feature = "kit", target_family = "wasm")))]
        return refused::<()>(&secret).is_ok();
    }

    #[cfg(not(any(feature = "kit", target_family = "wasm")))]
    fn refused<T>(_: &dyn std::fmt::Debug) -> Result<T, SecretError> {
        Err(SecretError::UnknownSecret)
    }
}

/// A little memory for one payment account, for what is no secret.
pub mod kv {
    /// What was kept under a key.
    #[must_use]
    pub fn get(key: &str) -> Option<Vec<u8>> {
        #[cfg(target_family = "wasm")]
        return super::imports::kv::get(key);
        #[cfg(all(feature = "kit", not(target_family = "wasm")))]
        return crate::kit::kv_get(key);
        #[cfg(not(any(feature = "kit", target_family = "wasm")))]
        return key.strip_prefix('\0').map(|_| Vec::new());
    }

    /// Keeps something for so long. That it could not be kept is no error: it is a memory, not a
    /// ledger, and whoever needs the fact again asks the provider.
    pub fn keep(key: &str, value: &[u8], ttl_seconds: u64) {
        #[cfg(target_family = "wasm")]
        let _ = super::imports::kv::set(key, value, Some(ttl_seconds));
        #[cfg(all(feature = "kit", not(target_family = "wasm")))]
        crate::kit::kv_set(key, value);
        let _ = (key, value, ttl_seconds);
    }

    /// Keeps something for so long where nothing is kept yet. Of any number of calls at once one gets
    /// `true`; nobody does while the memory has no room.
    #[must_use]
    pub fn claim(key: &str, value: &[u8], ttl_seconds: u64) -> bool {
        let _ = ttl_seconds;
        #[cfg(target_family = "wasm")]
        return matches!(
            super::imports::kv::set_if_absent(key, value, Some(ttl_seconds)),
            Ok(true)
        );
        #[cfg(all(feature = "kit", not(target_family = "wasm")))]
        return crate::kit::kv_claim(key, value);
        #[cfg(not(any(feature = "kit", target_family = "wasm")))]
        return key.starts_with('\0') && value.is_empty();
    }

    /// Forgets what was kept under a key.
    pub fn forget(key: &str) {
        #[cfg(target_family = "wasm")]
        super::imports::kv::delete(key);
        #[cfg(all(feature = "kit", not(target_family = "wasm")))]
        crate::kit::kv_forget(key);
        let _ = key;
    }
}

/// The host's clock and calendar.
pub mod clock {
    use crate::time::Day;

    /// The day it is in an IANA time zone.
    #[must_use]
    pub fn today(zone: &str, now: crate::Instant) -> Day {
        #[cfg(target_family = "wasm")]
        let said = super::imports::clock::today(zone);
        #[cfg(not(target_family = "wasm"))]
        let said = zone.strip_prefix('\0').unwrap_or_default().to_owned();
        Day::parse(&said).unwrap_or_else(|| Day::of(now))
    }
}

/// The host's log. It blots out what it knows as secret; a plugin still writes no personal data.
pub mod log {
    use super::imports::log as host;
    pub use host::Level;

    /// Writes a line.
    pub fn write(level: Level, message: &str) {
        #[cfg(target_family = "wasm")]
        host::write(level, message);
        #[cfg(all(feature = "kit", not(target_family = "wasm")))]
        crate::kit::log(level, message);
        let _ = (level, message);
    }
}
