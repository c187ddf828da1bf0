//! Machines without network: texts that people carry.
#![expect(
    unsafe_code,
    reason = "names of the C interface, and texts that come in"
)]

use std::ffi::c_char;
use std::ptr;

use crate::boundary::{given, needed, optional};
use crate::client::{AlvaraClient, call, told};
use crate::state::AlvaraState;

/// The text to carry to the platform. Its answer goes to alvara_offline_activate. `name` is what
/// people call the machine; NULL: nothing. NULL where it could not be written; alvara_last_error says
/// why. Free it with alvara_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_offline_request(
    client: Option<&AlvaraClient>,
    key: *const c_char,
    name: *const c_char,
) -> *mut c_char {
    let written = call(client, |sdk| {
        // SAFETY: the caller passes NULL or texts.
        let (key, name) = unsafe { (needed(key)?, optional(name)?) };
        Ok(given(Some(&sdk.offline_request(key, name)?)))
    });
    written.unwrap_or(ptr::null_mut())
}

/// Takes what was carried back: an activation response, a newer computer key, or a revocation list.
/// Free the state with alvara_state_free; NULL where the call was misused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_offline_activate(
    client: Option<&AlvaraClient>,
    text: *const c_char,
) -> Option<Box<AlvaraState>> {
    told(client, |sdk| {
        // SAFETY: the caller passes NULL or a text.
        let text = unsafe { needed(text) }?;
        Ok(sdk.offline_activate(text))
    })
}

/// Forgets the license and answers the receipt that proves it, to carry to the platform. NULL where
/// there is no license or it cannot be forgotten; alvara_last_error says which. Free it with
/// alvara_string_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_deactivate_offline(client: Option<&AlvaraClient>) -> *mut c_char {
    let receipt = call(client, |sdk| Ok(given(Some(&sdk.deactivate_offline()?))));
    receipt.unwrap_or(ptr::null_mut())
}

/// The receipt of the last alvara_deactivate_offline; NULL where there is none. Free it with
/// alvara_string_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_last_receipt(client: Option<&AlvaraClient>) -> *mut c_char {
    let receipt = call(client, |sdk| Ok(given(sdk.last_receipt().as_deref())));
    receipt.unwrap_or(ptr::null_mut())
}
