//! How a license stands, as C reads it.
#![expect(
    unsafe_code,
    reason = "names of the C interface, and texts that come in"
)]

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::ptr;

use alvara_sdk::{State, Status};

use crate::boundary::{c_text, given, guarded, lent, optional, put};

/// How a license stands, for showing. The values are stable; alvara_state_status_text has the text.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlvaraStatus {
    /// There is no state: the call was misused, and alvara_last_error says how.
    None = 0,
    /// Nothing stands in the way.
    Ok = 1,
    /// It ends within the days that its terms warn.
    Expiring = 2,
    /// A check is missed, or the license has ended and its grace runs.
    Grace = 3,
    /// It is over.
    Expired = 4,
    /// Without contact for too long; one contact sets it right.
    CheckOverdue = 5,
    /// Somebody suspended it, or whoever holds or sold it.
    Suspended = 6,
    /// It was revoked.
    Revoked = 7,
    /// This machine is blocked.
    Blocked = 8,
    /// Another machine, or a file copied from one.
    DeviceMismatch = 9,
    /// There is nothing here yet, or no longer.
    NotActivated = 10,
    /// The clock is behind what was seen.
    ClockTampered = 11,
    /// What was kept was changed, or is older than what was seen.
    Tampered = 12,
    /// The license is for later versions.
    NeedsUpdate = 13,
    /// A floating license, and no seat is held.
    NoSeat = 14,
    /// Anything else; alvara_state_code says what.
    Refused = 15,
    /// What was kept cannot be read, for want of a right or a working disk. Nothing is overwritten.
    Unreadable = 16,
}

impl From<Status> for AlvaraStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => Self::Ok,
            Status::Expiring => Self::Expiring,
            Status::Grace => Self::Grace,
            Status::Expired => Self::Expired,
            Status::CheckOverdue => Self::CheckOverdue,
            Status::Suspended => Self::Suspended,
            Status::Revoked => Self::Revoked,
            Status::Blocked => Self::Blocked,
            Status::DeviceMismatch => Self::DeviceMismatch,
            Status::NotActivated => Self::NotActivated,
            Status::ClockTampered => Self::ClockTampered,
            Status::Tampered => Self::Tampered,
            Status::NeedsUpdate => Self::NeedsUpdate,
            Status::NoSeat => Self::NoSeat,
            Status::Refused => Self::Refused,
            Status::Unreadable => Self::Unreadable,
        }
    }
}

/// How much the program may do. The values are stable.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlvaraAccess {
    /// Nothing.
    None = 0,
    /// Open, read and export.
    ReadOnly = 1,
    /// Everything the license grants.
    Full = 2,
}

/// How a license stood when it was asked. It does not change, and any thread may read it. Texts of a
/// state are its own and end with it. Instants are seconds since 1970.
pub struct AlvaraState {
    said: State,
    status: CString,
    code: CString,
    license: Option<CString>,
    machine: Option<CString>,
    kind: Option<CString>,
    seat: Option<CString>,
    because: Option<CString>,
    error: Option<CString>,
    error_detail: Option<CString>,
    modules: Vec<(CString, Option<CString>)>,
}

impl AlvaraState {
    pub(crate) fn of(said: State) -> Self {
        let text = |text: &Option<String>| text.as_deref().map(c_text);
        let because = said.because.as_ref().map(|because| because.to_string());
        let modules = said.modules.iter();
        Self {
            status: c_text(said.status.as_str()),
            code: c_text(&said.code),
            license: text(&said.license),
            machine: text(&said.machine),
            kind: said.kind.map(|kind| c_text(kind.as_str())),
            seat: said.seat.as_ref().map(|seat| c_text(&seat.id)),
            because: text(&because),
            error: text(&said.error),
            error_detail: text(&said.error_detail),
            modules: modules
                .map(|(code, value)| (c_text(code), text(value)))
                .collect(),
            said,
        }
    }
}

/// Frees a state. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_free(state: Option<Box<AlvaraState>>) {
    guarded((), || drop(state));
}

/// Whether the program may go on. This alone decides; all else is for showing. False for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_valid(state: Option<&AlvaraState>) -> bool {
    state.is_some_and(|state| state.said.valid)
}

/// How the license stands.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_status(state: Option<&AlvaraState>) -> AlvaraStatus {
    state.map_or(AlvaraStatus::None, |state| state.said.status.into())
}

/// The same as a stable text, such as "NOT_ACTIVATED".
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_status_text(state: Option<&AlvaraState>) -> *const c_char {
    lent(state.map(|state| &state.status))
}

/// The code of the verdict behind it, such as "VALID" or "LEASE_EXPIRED".
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_code(state: Option<&AlvaraState>) -> *const c_char {
    lent(state.map(|state| &state.code))
}

/// How much the program may do.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_access(state: Option<&AlvaraState>) -> AlvaraAccess {
    match state.map(|state| state.said.access.as_str()) {
        Some("full") => AlvaraAccess::Full,
        Some("read_only") => AlvaraAccess::ReadOnly,
        _ => AlvaraAccess::None,
    }
}

/// A sentence for the person at the screen in "en", "es", "it" or "pt-BR"; English where `locale` is
/// NULL or another. Free it with alvara_string_free. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_state_message(
    state: Option<&AlvaraState>,
    locale: *const c_char,
) -> *mut c_char {
    guarded(ptr::null_mut(), || {
        // SAFETY: the caller passes NULL or a text.
        let locale = unsafe { optional(locale) }.ok().flatten();
        let message = state.map(|state| state.said.message(locale.unwrap_or("en")));
        given(message.as_deref())
    })
}

/// Writes the days until the expiry, rounded up. False, and nothing is written, where the license does
/// not expire or there is none.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_days_left(
    state: Option<&AlvaraState>,
    days: Option<&mut MaybeUninit<i64>>,
) -> bool {
    put(state.and_then(|state| state.said.days_left), days)
}

/// Writes when the license expires. False where it does not, or there is none.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_expires_at(
    state: Option<&AlvaraState>,
    at: Option<&mut MaybeUninit<i64>>,
) -> bool {
    put(state.and_then(|state| state.said.expires_at), at)
}

/// Writes until when a grace runs. False where none does.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_grace_ends_at(
    state: Option<&AlvaraState>,
    at: Option<&mut MaybeUninit<i64>>,
) -> bool {
    put(state.and_then(|state| state.said.grace_ends_at), at)
}

/// Writes when the platform wants to be called. False where there is no license.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_next_check_at(
    state: Option<&AlvaraState>,
    at: Option<&mut MaybeUninit<i64>>,
) -> bool {
    put(state.and_then(|state| state.said.next_check_at), at)
}

/// The license's id; NULL where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_license(state: Option<&AlvaraState>) -> *const c_char {
    lent(state.and_then(|state| state.license.as_ref()))
}

/// The machine's id; NULL where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_machine(state: Option<&AlvaraState>) -> *const c_char {
    lent(state.and_then(|state| state.machine.as_ref()))
}

/// The kind of license, such as "subscription"; NULL where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_kind(state: Option<&AlvaraState>) -> *const c_char {
    lent(state.and_then(|state| state.kind.as_ref()))
}

/// How many modules are unlocked.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_module_count(state: Option<&AlvaraState>) -> usize {
    state.map_or(0, |state| state.modules.len())
}

/// The code of a module, from 0; NULL behind the last. They are in alphabetical order.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_module_code(
    state: Option<&AlvaraState>,
    index: usize,
) -> *const c_char {
    let module = state.and_then(|state| state.modules.get(index));
    lent(module.map(|(code, _)| code))
}

/// What comes with a module, such as a number of cash desks; NULL where nothing does.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_module_value(
    state: Option<&AlvaraState>,
    index: usize,
) -> *const c_char {
    let module = state.and_then(|state| state.modules.get(index));
    lent(module.and_then(|(_, value)| value.as_ref()))
}

/// The id of the floating seat that is held; NULL where none is.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_seat(state: Option<&AlvaraState>) -> *const c_char {
    lent(state.and_then(|state| state.seat.as_ref()))
}

/// Writes until when the seat is held. False where none is.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_seat_until(
    state: Option<&AlvaraState>,
    at: Option<&mut MaybeUninit<i64>>,
) -> bool {
    let seat = state.and_then(|state| state.said.seat.as_ref());
    put(seat.map(|seat| seat.until), at)
}

/// Writes until when the seat is borrowed. False where it is not.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_seat_borrowed_until(
    state: Option<&AlvaraState>,
    at: Option<&mut MaybeUninit<i64>>,
) -> bool {
    let seat = state.and_then(|state| state.said.seat.as_ref());
    put(seat.and_then(|seat| seat.borrowed_until), at)
}

/// What differed, as JSON, as the platform says it; NULL where nothing did.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_because(state: Option<&AlvaraState>) -> *const c_char {
    lent(state.and_then(|state| state.because.as_ref()))
}

/// The code of what the call could not do, such as "NO_CONNECTION" or "MACHINE_LIMIT"; NULL where it
/// went well. A program whose state is valid goes on whatever it says.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_error(state: Option<&AlvaraState>) -> *const c_char {
    lent(state.and_then(|state| state.error.as_ref()))
}

/// What is known about that: the platform's sentence in the locale of the options, or what the system
/// says. Often NULL; alvara_last_error_message always has a sentence.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_error_detail(state: Option<&AlvaraState>) -> *const c_char {
    lent(state.and_then(|state| state.error_detail.as_ref()))
}

/// Writes when it makes sense to try again. False where nobody said.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state_retry_at(
    state: Option<&AlvaraState>,
    at: Option<&mut MaybeUninit<i64>>,
) -> bool {
    put(state.and_then(|state| state.said.retry_at), at)
}
