//! The license of one program: opened, asked, kept alive, closed.
#![expect(
    unsafe_code,
    reason = "names of the C interface, and texts that come in"
)]

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use alvara_sdk::{Client, KeySet, Options, State};

use crate::boundary::{given, guarded, needed, optional, put};
use crate::callbacks::{AlvaraOnChange, Clock, Gate, UserData, metrics, tell};
use crate::options::AlvaraOptions;
use crate::outcome::{AlvaraResult, Trouble};
use crate::state::AlvaraState;

/// The license of one program on one machine. Any thread may use it at any time, until one frees it.
pub struct AlvaraClient {
    pub(crate) sdk: Client,
    pub(crate) locale: String,
    gate: Arc<Gate>,
    trouble: Mutex<Option<Trouble>>,
}

impl AlvaraClient {
    /// What the last call could not do.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        let trouble = self.trouble.lock();
        trouble.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// Does what a call is for, and remembers what it could not do.
pub(crate) fn call<T>(
    client: Option<&AlvaraClient>,
    work: impl FnOnce(&Client) -> Result<T, AlvaraResult>,
) -> Result<T, AlvaraResult> {
    let client = client.ok_or(AlvaraResult::NullArgument)?;
    let done = guarded(Err(AlvaraResult::Internal), || work(&client.sdk));
    client.remember(done.as_ref().err().map(|result| Trouble::from(*result)));
    done
}

/// The same for what answers a state, whose error is remembered too.
pub(crate) fn told(
    client: Option<&AlvaraClient>,
    work: impl FnOnce(&Client) -> Result<State, AlvaraResult>,
) -> Option<Box<AlvaraState>> {
    let state = call(client, work).ok()?;
    let trouble = state.error.clone().map(|code| Trouble {
        code,
        detail: state.error_detail.clone(),
    });
    if let Some(client) = client.filter(|_| trouble.is_some()) {
        client.remember(trouble);
    }
    guarded(None, || Some(Box::new(AlvaraState::of(state))))
}

/// The options of the SDK.
fn options(
    product: &str,
    public_key: &str,
    api_url: &str,
    said: &AlvaraOptions,
    gate: &Arc<Gate>,
) -> Result<Options, AlvaraResult> {
    let keys = if public_key.trim_start().starts_with('{') {
        KeySet::from_jwks(public_key)
    } else {
        KeySet::from_pem(public_key)
    };
    let mut options = Options::new(product, keys?, api_url);
    options.asks = said.asks.clone();
    options.preset = said.preset;
    options.floating.clone_from(&said.floating);
    options.path.clone_from(&said.path);
    options.watermark.clone_from(&said.watermark);
    options.machine.clone_from(&said.machine);
    options.renew_url.clone_from(&said.renew_url);
    options.locale.clone_from(&said.locale);
    if let Some((function, user_data)) = said.clock {
        let (clock, gate) = (Clock::new(function, user_data), Arc::clone(gate));
        options.clock = Some(Box::new(move || clock.time(&gate)));
    }
    if let Some((function, user_data)) = said.metrics {
        let gate = Arc::clone(gate);
        options.metrics = Some(Box::new(move || metrics(function, user_data, &gate)));
    }
    Ok(options)
}

/// Opens what the machine holds, and calls nobody. `public_key` is a PEM or the key set (JWKS) of the
/// product, `api_url` an address that begins with https:// (http:// for this machine only). `options`
/// may be NULL. On ALVARA_RESULT_OK `*client` is a client, which is freed by alvara_free; else it is
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_init(
    product: *const c_char,
    public_key: *const c_char,
    api_url: *const c_char,
    options: Option<&AlvaraOptions>,
    client: Option<&mut MaybeUninit<Option<Box<AlvaraClient>>>>,
) -> AlvaraResult {
    let Some(client) = client else {
        return AlvaraResult::NullArgument;
    };
    let opened = guarded(Err(AlvaraResult::Internal), || {
        // SAFETY: the caller passes NULL or texts.
        let (product, public_key, api_url) =
            unsafe { (needed(product)?, needed(public_key)?, needed(api_url)?) };
        let standard = AlvaraOptions::standard();
        let said = options.unwrap_or(&standard);
        let gate = Arc::default();
        let sdk = Client::open(self::options(product, public_key, api_url, said, &gate)?)?;
        Ok(Box::new(AlvaraClient {
            sdk,
            locale: said.locale.clone(),
            gate,
            trouble: Mutex::default(),
        }))
    });
    match opened {
        Ok(opened) => {
            client.write(Some(opened));
            AlvaraResult::Ok
        }
        Err(result) => {
            client.write(None);
            result
        }
    }
}

/// Ends the loop, gives back a floating seat that is not borrowed, and frees the client. Once it has
/// returned none of the program's functions is called any more. NULL is fine. No other thread may use
/// the client meanwhile, and no function that it calls may free it.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_free(client: Option<Box<AlvaraClient>>) {
    guarded((), || {
        if let Some(client) = client {
            client.sdk.close();
            client.gate.shut();
        }
    });
}

/// Activates this machine with an activation key. `name` is what people call the machine; NULL:
/// nothing. Free the state with alvara_state_free; NULL where the call was misused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_activate(
    client: Option<&AlvaraClient>,
    key: *const c_char,
    name: *const c_char,
) -> Option<Box<AlvaraState>> {
    told(client, |sdk| {
        // SAFETY: the caller passes NULL or texts.
        let (key, name) = unsafe { (needed(key)?, optional(name)?) };
        Ok(sdk.activate(key, name))
    })
}

/// How the license stands now, from what the machine holds. A call at the platform that is due is made
/// in the background; its result shows at the next check and by alvara_on_change. Free the state with
/// alvara_state_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_check(client: Option<&AlvaraClient>) -> Option<Box<AlvaraState>> {
    told(client, |sdk| Ok(sdk.check()))
}

/// How the license stands now; calls nobody. Free the state with alvara_state_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_state(client: Option<&AlvaraClient>) -> Option<Box<AlvaraState>> {
    told(client, |sdk| Ok(sdk.state()))
}

/// Calls the platform now: a heartbeat. Where it does not get through the state is that of
/// alvara_check, with an error. Free the state with alvara_state_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_validate_online(
    client: Option<&AlvaraClient>,
) -> Option<Box<AlvaraState>> {
    told(client, |sdk| Ok(sdk.validate_online()))
}

/// Gives this machine's place back and forgets the license. Free the state with alvara_state_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_deactivate(client: Option<&AlvaraClient>) -> Option<Box<AlvaraState>> {
    told(client, |sdk| Ok(sdk.deactivate()))
}

/// Keeps license and seat alive in a thread of the library, when the platform says and no sooner. It
/// ends by alvara_close or alvara_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_start(client: Option<&AlvaraClient>) -> AlvaraResult {
    let done = call(client, |sdk| {
        sdk.start();
        Ok(())
    });
    done.err().unwrap_or(AlvaraResult::Ok)
}

/// Ends the loop and gives back a floating seat that is not borrowed. The client can still be asked.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_close(client: Option<&AlvaraClient>) -> AlvaraResult {
    let done = call(client, |sdk| {
        sdk.close();
        Ok(())
    });
    done.err().unwrap_or(AlvaraResult::Ok)
}

/// Whether the program may run and the license unlocks a module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_has_module(
    client: Option<&AlvaraClient>,
    code: *const c_char,
) -> bool {
    let found = call(client, |sdk| {
        // SAFETY: the caller passes NULL or a text.
        let code = unsafe { needed(code) }?;
        Ok(sdk.has_module(code))
    });
    found.unwrap_or(false)
}

/// What comes with a module, such as a number of cash desks. NULL where nothing does or the module is
/// not unlocked. Free it with alvara_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alvara_module_value(
    client: Option<&AlvaraClient>,
    code: *const c_char,
) -> *mut c_char {
    let found = call(client, |sdk| {
        // SAFETY: the caller passes NULL or a text.
        let code = unsafe { needed(code) }?;
        Ok(given(sdk.module_value(code).as_deref()))
    });
    found.unwrap_or(ptr::null_mut())
}

/// Writes the days until the expiry, rounded up. False, and nothing is written, where the license does
/// not expire or there is none. `days` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_days_left(
    client: Option<&AlvaraClient>,
    days: Option<&mut MaybeUninit<i64>>,
) -> bool {
    let found = call(client, |sdk| Ok(sdk.days_left()));
    put(found.ok().flatten(), days)
}

/// Where the license is renewed: the address of alvara_options_set_renew_url filled in; NULL where
/// none was said. Free it with alvara_string_free.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_renew_url(client: Option<&AlvaraClient>) -> *mut c_char {
    let found = call(client, |sdk| Ok(given(sdk.renew_url().as_deref())));
    found.unwrap_or(ptr::null_mut())
}

/// Has a function called with each state that differs from the one before. Several may listen.
/// `user_data` comes back with each call, until alvara_free has returned.
#[unsafe(no_mangle)]
pub extern "C" fn alvara_on_change(
    client: Option<&AlvaraClient>,
    listener: AlvaraOnChange,
    user_data: *mut c_void,
) -> AlvaraResult {
    let gate = client.map(|client| Arc::clone(&client.gate));
    let user_data = UserData(user_data);
    let done = call(client, |sdk| {
        let (listener, gate) = listener.zip(gate).ok_or(AlvaraResult::NullArgument)?;
        sdk.on_change(move |state| tell(listener, user_data, &gate, state));
        Ok(())
    });
    done.err().unwrap_or(AlvaraResult::Ok)
}
