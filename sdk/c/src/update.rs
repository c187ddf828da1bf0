//! A newer build of the program.
#![expect(
    unsafe_code,
    reason = "names of the C interface, and texts that come in"
)]

use std::ffi::{CString, c_char};

use crate::boundary::{c_text, guarded, lent, optional};
use crate::client::{AlvaraClient, call};

/// A newer build. Texts of it are its own and end with it.
pub struct AlvaraUpdate {
    version: CString,
    url: CString,
    notes: CString,
    sha256: CString,
    mandatory: bool,
}

/// The newest build of a channel and platform where it is newer than this program and signed by the
/// vendor; else NULL. NULL stands for the channel "stable" and the platform "any". Free it with
/// alvara_update_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_check_update(
    client: Option<&AlvaraClient>,
    channel: *const c_char,
    platform: *const c_char,
) -> Option<Box<AlvaraUpdate>> {
    let found = call(client, |sdk| {
        // SAFETY: the caller passes NULL or texts.
        let (channel, platform) = unsafe { (optional(channel)?, optional(platform)?) };
        let (channel, platform) = (channel.unwrap_or("stable"), platform.unwrap_or("any"));
        let update = sdk.check_update(channel, platform);
        Ok(update.map(|update| {
            Box::new(AlvaraUpdate {
                version: c_text(&update.version.to_string()),
                url: c_text(&update.url),
                notes: c_text(&update.notes),
                sha256: c_text(&update.sha256),
                mandatory: update.mandatory,
            })
        }))
    });
    found.ok().flatten()
}

/// Frees an update. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_update_free(update: Option<Box<AlvaraUpdate>>) {
    guarded((), || drop(update));
}

/// Its version.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_update_version(update: Option<&AlvaraUpdate>) -> *const c_char {
    lent(update.map(|update| &update.version))
}

/// Where it is.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_update_url(update: Option<&AlvaraUpdate>) -> *const c_char {
    lent(update.map(|update| &update.url))
}

/// What is new.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_update_notes(update: Option<&AlvaraUpdate>) -> *const c_char {
    lent(update.map(|update| &update.notes))
}

/// Of the file, in hexadecimal digits, signed by the vendor: compare it with the file before you run
/// it.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_update_sha256(update: Option<&AlvaraUpdate>) -> *const c_char {
    lent(update.map(|update| &update.sha256))
}

/// Whether older builds must not run. False for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_update_mandatory(update: Option<&AlvaraUpdate>) -> bool {
    update.is_some_and(|update| update.mandatory)
}
