//! What crosses between C and Rust: texts, numbers that may be absent, and no panic.
#![expect(unsafe_code, reason = "texts of C are pointers")]

use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use crate::outcome::AlvaraResult;

/// Does the work; where it panics, answers what stands for that. The process goes on, for a license
/// is no reason to lose somebody's document.
pub(crate) fn guarded<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    // What a panic leaves half done lies behind locks that the SDK takes poisoned or not.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(otherwise)
}

/// A text that may be left out.
///
/// # Safety
/// `text` is NULL, or ends in a NUL and does not change while the result lives.
pub(crate) unsafe fn optional<'a>(text: *const c_char) -> Result<Option<&'a str>, AlvaraResult> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, and the rest is promised by the caller.
    let text = unsafe { CStr::from_ptr(text) };
    let text = text.to_str().map_err(|_| AlvaraResult::NotUtf8)?;
    Ok(Some(text))
}

/// A text that must be there.
///
/// # Safety
/// As for [`optional`].
pub(crate) unsafe fn needed<'a>(text: *const c_char) -> Result<&'a str, AlvaraResult> {
    // SAFETY: promised by the caller.
    let text = unsafe { optional(text) }?;
    text.ok_or(AlvaraResult::NullArgument)
}

/// A text as C reads it. A NUL inside would end it early and is left out.
pub(crate) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}

/// A text that belongs to the caller from now on.
pub(crate) fn given(text: Option<&str>) -> *mut c_char {
    text.map_or(ptr::null_mut(), |text| c_text(text).into_raw())
}

/// A text that stays with its owner.
pub(crate) fn lent(text: Option<&CString>) -> *const c_char {
    text.map_or(ptr::null(), |text| text.as_ptr())
}

/// Writes a number where there is one and a place for it; says whether there is one.
pub(crate) fn put(number: Option<i64>, place: Option<&mut MaybeUninit<i64>>) -> bool {
    if let (Some(number), Some(place)) = (number, place) {
        place.write(number);
    }
    number.is_some()
}

/// Gives back a text that the library returned as `char *`. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_string_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: not NULL, and the caller has it from `given` and gives it back once.
        drop(unsafe { CString::from_raw(text) });
    }
}

/// The version of this library, such as "1.2.3".
#[unsafe(no_mangle)]
pub extern "C" fn alvara_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-SDK-01
    #[test]
    fn a_panic_does_not_leave() {
        assert_eq!(guarded(7, || panic!("what must not reach C")), 7);
        assert_eq!(guarded(7, || 8), 8);
    }

    // R-SDK-01
    #[test]
    fn a_nul_inside_does_not_end_a_text() {
        assert_eq!(c_text("a\0b").as_c_str(), c"ab");
        assert!(given(None).is_null());
    }
}
