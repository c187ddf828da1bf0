//! What a call came to, and the last error of a handle.
#![expect(
    unsafe_code,
    reason = "names of the C interface, and texts that come in"
)]

use std::ffi::{CStr, c_char};
use std::ptr;

use alvara_sdk::Misuse;

use crate::boundary::{given, guarded, optional};
use crate::client::AlvaraClient;
use crate::messages::{Language, sentence};

/// What a call came to. Anything but ALVARA_RESULT_OK means that it was misused or could not be
/// done; how a license stands is never a result but a state. The values are stable.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlvaraResult {
    /// It was done.
    Ok = 0,
    /// Something is NULL that must not be.
    NullArgument = 1,
    /// A text is no UTF-8.
    NotUtf8 = 2,
    /// The public key is none: a PEM or a key set (JWKS) of the product is wanted.
    PublicKey = 3,
    /// The address is none, or not https; http is for this machine only.
    Address = 4,
    /// What the program says of its machine is too long, too much, or not named as it must be.
    Machine = 5,
    /// A folder cannot be written, or there is none.
    Folder = 6,
    /// There is no license on this machine to give back.
    NotActivated = 7,
    /// The version is none, such as "2.0" or "2.1.3-beta.1".
    Version = 8,
    /// A value is none of those that are listed.
    Value = 9,
    /// The library itself failed. Nothing of the program is lost.
    Internal = 10,
}

impl AlvaraResult {
    const ALL: [(Self, &'static CStr); 11] = [
        (Self::Ok, c"OK"),
        (Self::NullArgument, c"NULL_ARGUMENT"),
        (Self::NotUtf8, c"NOT_UTF8"),
        (Self::PublicKey, c"PUBLIC_KEY"),
        (Self::Address, c"ADDRESS"),
        (Self::Machine, c"MACHINE"),
        (Self::Folder, c"FOLDER"),
        (Self::NotActivated, c"NOT_ACTIVATED"),
        (Self::Version, c"VERSION"),
        (Self::Value, c"VALUE"),
        (Self::Internal, c"INTERNAL"),
    ];

    /// The code of a number that C says; what is no result has that of the library's own failure.
    fn code(number: i32) -> &'static CStr {
        let known = Self::ALL.iter().find(|(known, _)| *known as i32 == number);
        known.map_or(c"INTERNAL", |(_, code)| *code)
    }
}

impl From<Misuse> for AlvaraResult {
    fn from(misuse: Misuse) -> Self {
        match misuse {
            Misuse::PublicKey => Self::PublicKey,
            Misuse::Address => Self::Address,
            Misuse::Machine => Self::Machine,
            Misuse::Folder => Self::Folder,
            Misuse::NotActivated => Self::NotActivated,
        }
    }
}

/// What the last call on a handle could not do.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    pub(crate) code: String,
    /// The platform's own sentence.
    pub(crate) detail: Option<String>,
}

impl From<AlvaraResult> for Trouble {
    fn from(result: AlvaraResult) -> Self {
        Self {
            code: AlvaraResult::code(result as i32)
                .to_string_lossy()
                .into_owned(),
            detail: None,
        }
    }
}

/// The stable text of a result, such as "PUBLIC_KEY". It need not be freed.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_result_code(result: i32) -> *const c_char {
    AlvaraResult::code(result).as_ptr()
}

/// A sentence about a result in "en", "es", "it" or "pt-BR"; English where `locale` is NULL or
/// another. It need not be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_result_message(
    result: i32,
    locale: *const c_char,
) -> *const c_char {
    guarded(ptr::null(), || {
        // SAFETY: the caller passes NULL or a text.
        let locale = unsafe { optional(locale) }.ok().flatten();
        let code = AlvaraResult::code(result).to_str().unwrap_or_default();
        sentence(code, Language::of(locale.unwrap_or_default())).as_ptr()
    })
}

/// The code of what the last call on this client could not do: a result such as "NOT_UTF8", or the
/// error of its state such as "NO_CONNECTION" or "MACHINE_LIMIT". NULL where it went well. Free it
/// with alvara_string_free. Where several threads call, it is that of whichever was last; a state
/// has its own (alvara_state_error).
#[unsafe(no_mangle)]
pub extern "C" fn alvara_last_error(client: Option<&AlvaraClient>) -> *mut c_char {
    guarded(ptr::null_mut(), || {
        let trouble = client.and_then(AlvaraClient::trouble);
        given(trouble.as_ref().map(|trouble| trouble.code.as_str()))
    })
}

/// A sentence about it in "en", "es", "it" or "pt-BR"; in the locale of the options where `locale` is
/// NULL. What the platform said is in the locale of the options. NULL where the last call went well.
/// Free it with alvara_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_last_error_message(
    client: Option<&AlvaraClient>,
    locale: *const c_char,
) -> *mut c_char {
    guarded(ptr::null_mut(), || {
        let (Some(client), Some(trouble)) = (client, client.and_then(AlvaraClient::trouble)) else {
            return ptr::null_mut();
        };
        // SAFETY: the caller passes NULL or a text.
        let locale = unsafe { optional(locale) }.ok().flatten();
        let language = Language::of(locale.unwrap_or(&client.locale));
        let ours = sentence(&trouble.code, language).to_string_lossy();
        let known = crate::messages::knows(&trouble.code);
        match trouble.detail.as_deref().filter(|_| !known) {
            Some(said) => given(Some(said)),
            None => given(Some(&ours)),
        }
    })
}
