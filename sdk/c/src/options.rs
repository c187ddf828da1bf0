//! What a program says of itself before it opens its license.
#![expect(
    unsafe_code,
    reason = "names of the C interface, and texts that come in"
)]

use std::collections::BTreeMap;
use std::ffi::{c_char, c_void};
use std::path::PathBuf;

use alvara_sdk::{ALWAYS_ONLINE, Asks, HYBRID, Machine, Preset};

use crate::boundary::{guarded, needed, optional};
use crate::callbacks::{AlvaraClock, AlvaraMetrics, AlvaraMetricsOf, UserData};
use crate::outcome::AlvaraResult;

/// How a program behaves around its checks. The values are stable.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlvaraPreset {
    /// Checks as the license says, and warns 15 days ahead where it says nothing. Unless said
    /// otherwise.
    Hybrid = 0,
    /// Stops 300 seconds after the last contact, and tries each 10 seconds.
    AlwaysOnline = 1,
}

pub(crate) type ClockOf = (unsafe extern "C" fn(*mut c_void) -> i64, UserData);
pub(crate) type MetricsOf = (
    unsafe extern "C" fn(*mut AlvaraMetrics, *mut c_void),
    UserData,
);

/// What a program is, and how it wants to be licensed. One thread at a time may use it.
pub struct AlvaraOptions {
    pub(crate) asks: Asks,
    pub(crate) preset: Preset,
    pub(crate) floating: Option<String>,
    pub(crate) path: Option<PathBuf>,
    pub(crate) watermark: Option<PathBuf>,
    pub(crate) machine: Option<Machine>,
    pub(crate) renew_url: Option<String>,
    pub(crate) locale: String,
    pub(crate) metrics: Option<MetricsOf>,
    pub(crate) clock: Option<ClockOf>,
}

impl AlvaraOptions {
    /// What holds where a program says nothing.
    pub(crate) fn standard() -> Self {
        Self {
            asks: Asks::default(),
            preset: HYBRID,
            floating: None,
            path: None,
            watermark: None,
            machine: None,
            renew_url: None,
            locale: "en".to_owned(),
            metrics: None,
            clock: None,
        }
    }
}

/// Changes options by a text that may be NULL.
///
/// # Safety
/// `text` is NULL, or ends in a NUL and does not change during the call.
unsafe fn set(
    options: Option<&mut AlvaraOptions>,
    text: *const c_char,
    change: impl FnOnce(&mut AlvaraOptions, Option<&str>) -> Result<(), AlvaraResult>,
) -> AlvaraResult {
    guarded(AlvaraResult::Internal, || {
        let Some(options) = options else {
            return AlvaraResult::NullArgument;
        };
        // SAFETY: promised by the caller.
        let text = unsafe { optional(text) };
        let done = text.and_then(|text| change(options, text));
        done.err().unwrap_or(AlvaraResult::Ok)
    })
}

/// Options in which nothing is said yet. Free them with alvara_options_free; a client that was opened
/// by them does not need them any more.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_options_new() -> Option<Box<AlvaraOptions>> {
    guarded(None, || Some(Box::new(AlvaraOptions::standard())))
}

/// Frees options. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_options_free(options: Option<Box<AlvaraOptions>>) {
    guarded((), || drop(options));
}

/// The version of the program, such as "2.0". NULL: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_options_set_version(
    options: Option<&mut AlvaraOptions>,
    version: *const c_char,
) -> AlvaraResult {
    let change = |options: &mut AlvaraOptions, text: Option<&str>| {
        let read = text.map(str::parse).transpose();
        options.asks.version = read.map_err(|_| AlvaraResult::Version)?;
        Ok(())
    };
    // SAFETY: the caller passes NULL or a text.
    unsafe { set(options, version, change) }
}

/// When that version came out, in seconds since 1970.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_options_set_released_at(
    options: Option<&mut AlvaraOptions>,
    released_at: i64,
) -> AlvaraResult {
    let Some(options) = options else {
        return AlvaraResult::NullArgument;
    };
    options.asks.released_at = Some(released_at);
    AlvaraResult::Ok
}

/// Who uses the program, for licenses that are bound to a user. NULL: nobody is said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_options_set_user(
    options: Option<&mut AlvaraOptions>,
    user: *const c_char,
) -> AlvaraResult {
    // SAFETY: the caller passes NULL or a text.
    unsafe {
        set(options, user, |options, text| {
            options.asks.user = text.map(str::to_owned);
            Ok(())
        })
    }
}

/// Where it is used, for licenses that are bound to a site. NULL: nowhere is said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_options_set_site(
    options: Option<&mut AlvaraOptions>,
    site: *const c_char,
) -> AlvaraResult {
    // SAFETY: the caller passes NULL or a text.
    unsafe {
        set(options, site, |options, text| {
            options.asks.site = text.map(str::to_owned);
            Ok(())
        })
    }
}

/// A module without which the program does not run at all. Say one after the other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_options_require_module(
    options: Option<&mut AlvaraOptions>,
    code: *const c_char,
) -> AlvaraResult {
    // SAFETY: the caller passes NULL or a text.
    unsafe {
        set(options, code, |options, text| {
            let code = text.ok_or(AlvaraResult::NullArgument)?;
            options.asks.modules.push(code.to_owned());
            Ok(())
        })
    }
}

/// How the program behaves around its checks: one of alvara_preset_t.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_options_set_preset(
    options: Option<&mut AlvaraOptions>,
    preset: i32,
) -> AlvaraResult {
    let Some(options) = options else {
        return AlvaraResult::NullArgument;
    };
    options.preset = match preset {
        known if known == AlvaraPreset::Hybrid as i32 => HYBRID,
        known if known == AlvaraPreset::AlwaysOnline as i32 => ALWAYS_ONLINE,
        _ => return AlvaraResult::Value,
    };
    AlvaraResult::Ok
}

/// The program needs a floating seat. `instance` tells it from other programs on the machine that
/// hold a seat of the same license; NULL or "" where there is but one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_options_set_floating(
    options: Option<&mut AlvaraOptions>,
    instance: *const c_char,
) -> AlvaraResult {
    // SAFETY: the caller passes NULL or a text.
    unsafe {
        set(options, instance, |options, text| {
            options.floating = Some(text.unwrap_or_default().to_owned());
            Ok(())
        })
    }
}

/// The file in which the license is kept. NULL: one in the data folder of the user.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_options_set_path(
    options: Option<&mut AlvaraOptions>,
    path: *const c_char,
) -> AlvaraResult {
    // SAFETY: the caller passes NULL or a text.
    unsafe {
        set(options, path, |options, text| {
            options.path = text.map(PathBuf::from);
            Ok(())
        })
    }
}

/// The file of its watermark, which must lie in another folder. NULL: one in the state folder of the
/// user.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_options_set_watermark(
    options: Option<&mut AlvaraOptions>,
    path: *const c_char,
) -> AlvaraResult {
    // SAFETY: the caller passes NULL or a text.
    unsafe {
        set(options, path, |options, text| {
            options.watermark = text.map(PathBuf::from);
            Ok(())
        })
    }
}

/// The secret by which the machine is known, where the program knows it better than this library,
/// such as the serial number of an appliance. It never leaves the machine but hashed. NULL: the
/// library finds out by itself. Parts that were said before are forgotten.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_options_set_machine(
    options: Option<&mut AlvaraOptions>,
    secret: *const c_char,
) -> AlvaraResult {
    // SAFETY: the caller passes NULL or a text.
    unsafe {
        set(options, secret, |options, text| {
            options.machine = text.map(|secret| Machine {
                secret: secret.to_owned(),
                parts: BTreeMap::new(),
            });
            Ok(())
        })
    }
}

/// A part of the machine that alvara_options_set_machine named, such as "board", for terms that weigh
/// them. ALVARA_RESULT_MACHINE where no machine is named yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_options_add_part(
    options: Option<&mut AlvaraOptions>,
    name: *const c_char,
    value: *const c_char,
) -> AlvaraResult {
    let change = |options: &mut AlvaraOptions, name: Option<&str>| {
        // SAFETY: the caller passes NULL or a text.
        let value = unsafe { needed(value) }?;
        let name = name.ok_or(AlvaraResult::NullArgument)?;
        let machine = options.machine.as_mut().ok_or(AlvaraResult::Machine)?;
        machine.parts.insert(name.to_owned(), value.to_owned());
        Ok(())
    };
    // SAFETY: the caller passes NULL or a text.
    unsafe { set(options, name, change) }
}

/// Where the license is renewed, such as "https://shop.example/renew?license={license}". {license}
/// and {product} are filled in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_options_set_renew_url(
    options: Option<&mut AlvaraOptions>,
    url: *const c_char,
) -> AlvaraResult {
    // SAFETY: the caller passes NULL or a text.
    unsafe {
        set(options, url, |options, text| {
            options.renew_url = text.map(str::to_owned);
            Ok(())
        })
    }
}

/// The language of the platform's sentences and of alvara_last_error_message: "en", "es", "it" or
/// "pt-BR". NULL: "en".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_options_set_locale(
    options: Option<&mut AlvaraOptions>,
    locale: *const c_char,
) -> AlvaraResult {
    // SAFETY: the caller passes NULL or a text.
    unsafe {
        set(options, locale, |options, text| {
            text.unwrap_or("en").clone_into(&mut options.locale);
            Ok(())
        })
    }
}

/// A clock in place of the machine's, for tests of the program. NULL: the machine's. `user_data` comes
/// back with each call, until alvara_free has returned.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_options_set_clock(
    options: Option<&mut AlvaraOptions>,
    clock: AlvaraClock,
    user_data: *mut c_void,
) -> AlvaraResult {
    let Some(options) = options else {
        return AlvaraResult::NullArgument;
    };
    options.clock = clock.map(|clock| (clock, UserData(user_data)));
    AlvaraResult::Ok
}

/// What heartbeats tell of the machine's load. NULL: nothing. `user_data` comes back with each call,
/// until alvara_free has returned.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_options_set_metrics(
    options: Option<&mut AlvaraOptions>,
    metrics: AlvaraMetricsOf,
    user_data: *mut c_void,
) -> AlvaraResult {
    let Some(options) = options else {
        return AlvaraResult::NullArgument;
    };
    options.metrics = metrics.map(|metrics| (metrics, UserData(user_data)));
    AlvaraResult::Ok
}
