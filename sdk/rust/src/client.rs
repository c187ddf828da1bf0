//! The license of one program on one machine: what is asked at any time, without the network.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use alvara_domain::verdict::{Access, CLOCK_TOLERANCE_SECONDS};
use serde_json::Value;
use thiserror::Error;

use crate::held::{Asks, HYBRID, Holder, Preset, judge};
use crate::http::{Answer, Ask, Place, Transport, send};
use crate::keeper::{Guard, Wake, Workers};
use crate::keys::{KeySet, NotBelieved};
use crate::machine::Machine;
use crate::pace::Wait;
use crate::seal::{Seal, SealFault};
use crate::state::{State, Status};
use crate::store::{Kept, Store, Told};

/// Seconds between two writes of the last-seen time while nothing else changes.
const SEEN_STEP: i64 = 60;
/// An answer that took longer is not believed.
const ANSWER_WITHIN: Duration = Duration::from_secs(300);

/// What a program did wrong in setting up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Misuse {
    /// The public key is none of a product.
    #[error(
        "the public key is a PEM or a key set of the product: RSA of 2048 to 4096 bits, or Ed25519"
    )]
    PublicKey,
    /// The platform's address.
    #[error(
        "api_url is an address like https://licenses.example.com; http is for this machine only"
    )]
    Address,
    /// What the program says of its machine.
    #[error("parts of a machine are named by up to 40 of a-z, 0-9, _, - and ., at most 32 of them")]
    Machine,
    /// No folder for what must be kept.
    #[error("there is no folder that can be written; name one by `path` and `watermark`")]
    Folder,
    /// A receipt is asked for where there is no license.
    #[error("there is no license on this machine to give back")]
    NotActivated,
}

/// The time, in seconds since 1970.
pub(crate) type Clock = Box<dyn Fn() -> i64 + Send + Sync>;
/// How busy the machine is: `cpu_percent`, `memory_percent`, `disk_percent`.
pub(crate) type Metrics = Box<dyn Fn() -> Value + Send + Sync>;
type Listener = Arc<dyn Fn(&State) + Send + Sync>;

/// What a program is, and how it wants to be licensed. [`Options::new`] fills in what most leave.
pub struct Options {
    /// Code of the product.
    pub product: String,
    /// Its public keys.
    pub keys: KeySet,
    /// The vendor's address, `https://…`.
    pub api_url: String,
    /// Version, user, site and modules.
    pub asks: Asks,
    /// How it behaves around its checks.
    pub preset: Preset,
    /// Needs a floating seat, under this name among the programs of the machine; empty where there
    /// is but one.
    pub floating: Option<String>,
    /// Where the store lies; in the data folder of the user when left out.
    pub path: Option<PathBuf>,
    /// Where its watermark lies, likewise.
    pub watermark: Option<PathBuf>,
    /// The machine, where the program knows it better than this library.
    pub machine: Option<Machine>,
    /// `https://shop.example/renew?license={license}`
    pub renew_url: Option<String>,
    /// The language of the platform's sentences.
    pub locale: String,
    /// What heartbeats report.
    pub metrics: Option<Metrics>,
    /// The time, in seconds since 1970.
    pub clock: Option<Clock>,
    /// The way to the platform.
    pub transport: Option<Transport>,
}

impl Options {
    /// A program of a product, licensed at an address.
    #[must_use]
    pub fn new(product: &str, keys: KeySet, api_url: &str) -> Self {
        Self {
            product: product.to_owned(),
            keys,
            api_url: api_url.to_owned(),
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
            transport: None,
        }
    }
}

/// The license of one program on one machine. Cheap to clone; when the last is dropped, a floating
/// seat goes back.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
    /// Ends with the last clone, also while the loop still has its hands on the rest.
    pub(crate) guard: Option<Arc<Guard>>,
}

/// What changes while the program runs.
#[derive(Default)]
pub(crate) struct Live {
    told: Option<(Status, String, Access)>,
    /// After a failure nobody is called.
    pub(crate) failing: Wait,
    /// While the clock is off no heartbeat is due again at once.
    pub(crate) resting: Wait,
    /// The pace of a seat.
    pub(crate) seating: Wait,
    pub(crate) wants_seat: bool,
    pub(crate) is_closed: bool,
    pub(crate) is_looping: bool,
    pub(crate) is_calling: bool,
    pub(crate) workers: Workers,
}

pub(crate) struct Inner {
    pub(crate) holder: Holder,
    pub(crate) store: Store,
    base: String,
    locale: String,
    renew_url: Option<String>,
    pub(crate) metrics: Option<Metrics>,
    clock: Clock,
    transport: Transport,
    /// One call at a time, so that answers are taken in the order in which they were asked for; what
    /// only looks never waits for the network.
    pub(crate) turn: Mutex<()>,
    live: Mutex<Live>,
    listeners: Mutex<Vec<Listener>>,
    pub(crate) wake: Arc<Wake>,
}

/// Why something was not taken.
pub(crate) enum Fault {
    /// It is not the platform's, or not about this machine, or old.
    NotBelieved,
    /// It is, and cannot be taken here.
    Refused(&'static str),
    /// It could not be kept.
    Unwritten(String),
}

impl From<NotBelieved> for Fault {
    fn from(_: NotBelieved) -> Self {
        Self::NotBelieved
    }
}

impl From<SealFault> for Fault {
    fn from(fault: SealFault) -> Self {
        Self::Unwritten(fault.code().to_owned())
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Unwritten(error.to_string())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.inner.holder.product)
    }
}

impl Client {
    /// Opens what the machine holds. Calls nobody.
    ///
    /// # Errors
    /// A [`Misuse`].
    pub fn open(options: Options) -> Result<Self, Misuse> {
        let place = Place::of(&options.api_url).ok_or(Misuse::Address)?;
        if place.scheme != "https" && !place.is_local() {
            return Err(Misuse::Address);
        }
        let standard = folders(&options.product);
        let file = match (options.path, &standard) {
            (Some(path), _) => path,
            (None, Some((data, _))) => data.join("license"),
            (None, None) => return Err(Misuse::Folder),
        };
        let watermark = match (options.watermark, &standard) {
            (Some(path), _) => path,
            (None, Some((_, state))) => state.join("seen"),
            (None, None) => return Err(Misuse::Folder),
        };
        let folder = file.parent().unwrap_or(Path::new("."));
        let machine = match options.machine {
            Some(machine) => machine,
            None => Machine::this(folder)?,
        };
        let known = machine.known(&options.product)?;
        let seal = Seal::new(
            &machine.secret,
            &options.product,
            known.fingerprint.as_str(),
        );
        let clock: Clock = match options.clock {
            Some(clock) => clock,
            None => Box::new(system_clock),
        };
        let transport: Transport = match options.transport {
            Some(transport) => transport,
            None => Box::new(send),
        };
        let inner = Inner {
            holder: Holder {
                product: options.product,
                keys: options.keys,
                fingerprint: known.fingerprint,
                components: known.components,
                asks: options.asks,
                preset: options.preset,
                seat: options.floating,
            },
            store: Store::new(file, watermark, seal),
            base: options.api_url.trim_end_matches('/').to_owned(),
            locale: options.locale,
            renew_url: options.renew_url,
            metrics: options.metrics,
            clock,
            transport,
            turn: Mutex::default(),
            live: Mutex::default(),
            listeners: Mutex::default(),
            wake: Arc::default(),
        };
        let inner = Arc::new(inner);
        Ok(Self {
            guard: Some(Arc::new(Guard::of(&inner))),
            inner,
        })
    }

    /// How the license stands now, from what the machine holds. A call at the platform that is due is
    /// made in the background; its result shows at the next check and by [`Client::on_change`].
    #[must_use]
    pub fn check(&self) -> State {
        let state = self.inner.look();
        if self.inner.is_due(&state) {
            self.inner.schedule();
        }
        state
    }

    /// How the license stands now; calls nobody.
    #[must_use]
    pub fn state(&self) -> State {
        self.inner.look()
    }

    /// Whether the program may run and the license unlocks a module.
    #[must_use]
    pub fn has_module(&self, code: &str) -> bool {
        let state = self.inner.look();
        state.valid && state.modules.contains_key(code)
    }

    /// What comes with a module, such as a number of cash desks.
    #[must_use]
    pub fn module_value(&self, code: &str) -> Option<String> {
        let mut state = self.inner.look();
        state.modules.remove(code).flatten().filter(|_| state.valid)
    }

    /// Days until the expiry, rounded up; `None` when it does not expire or there is no license.
    #[must_use]
    pub fn days_left(&self) -> Option<i64> {
        self.inner.look().days_left
    }

    /// Calls a function with each state that differs from the one before, in whichever thread
    /// noticed it. The function may ask how things stand; what calls the platform would wait for the
    /// very call that told it. One that panics stops nobody.
    pub fn on_change(&self, listener: impl Fn(&State) + Send + Sync + 'static) {
        locked(&self.inner.listeners).push(Arc::new(listener));
    }

    /// Where the license is renewed: the address of [`Options::renew_url`] with `{license}` and
    /// `{product}` filled in.
    #[must_use]
    pub fn renew_url(&self) -> Option<String> {
        let license = self.inner.look().license.unwrap_or_default();
        let url = self.inner.renew_url.as_deref()?;
        // Ids and codes hold nothing that a URL would read otherwise.
        Some(
            url.replace("{license}", &license)
                .replace("{product}", &self.inner.holder.product),
        )
    }
}

impl Inner {
    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        locked(&self.live)
    }

    pub(crate) fn kept(&self) -> Kept {
        self.store.load().unwrap_or_default()
    }

    pub(crate) fn look(&self) -> State {
        let now = self.now();
        let state = match self.store.load() {
            Err(fault) => State::none(fault.code()),
            Ok(kept) => match self.store.seen() {
                Err(fault) => State::none(fault.code()),
                Ok(watermark) => {
                    let state = judge(&kept, &watermark, &self.holder, now);
                    if kept.token.is_some() && now >= kept.last_seen.saturating_add(SEEN_STEP) {
                        // A folder that cannot be written stops nobody; the lease still ends when it ends.
                        drop(self.store.update(Told::default(), |kept| {
                            kept.last_seen = kept.last_seen.max(now);
                        }));
                    }
                    state
                }
            },
        };
        let told = Some((state.status, state.code.clone(), state.access));
        let changed = {
            let mut live = self.live();
            let changed = live.told.is_some() && live.told != told;
            live.told = told;
            changed
        };
        if changed {
            let listeners = locked(&self.listeners).clone();
            for listener in listeners {
                // The hook of the program has told of the panic.
                drop(catch_unwind(AssertUnwindSafe(|| listener(&state))));
            }
        }
        state
    }

    pub(crate) fn is_due(&self, state: &State) -> bool {
        let live = self.live();
        let waits = live.failing.left().or(live.resting.left());
        drop(live);
        waits.is_none() && self.is_wanted(state)
    }

    /// Whether a heartbeat is due by the machine's own clock.
    pub(crate) fn is_wanted(&self, state: &State) -> bool {
        let doubtful = ["CLOCK_ROLLBACK", "STORE_ROLLBACK", "TOKEN_FORGED"];
        let is_overdue = state.next_check_at.is_none_or(|next| self.now() >= next);
        state.machine.is_some() && (is_overdue || doubtful.contains(&state.code.as_str()))
    }

    pub(crate) fn back_off(&self, asked: Option<Duration>) {
        let Preset {
            retry, retry_most, ..
        } = self.holder.preset;
        let asked = asked.unwrap_or_default();
        self.live().failing.longer(retry, retry_most, asked);
    }

    /// Sends one request. Where nothing came back the state says so.
    pub(crate) fn ask(
        &self,
        method: &'static str,
        path: &str,
        said: Option<&Value>,
        token: Option<&str>,
    ) -> Result<Answer, Box<State>> {
        let mut headers = vec![
            ("Accept", "application/json".to_owned()),
            ("Accept-Language", self.locale.clone()),
            (
                "User-Agent",
                format!(
                    "alvara-sdk-rust/{} ({})",
                    env!("CARGO_PKG_VERSION"),
                    std::env::consts::OS
                ),
            ),
        ];
        if said.is_some() {
            headers.push(("Content-Type", "application/json".to_owned()));
        }
        if let Some(token) = token {
            headers.push(("Authorization", format!("Bearer {token}")));
        }
        let ask = Ask {
            method,
            url: format!("{}{path}", self.base),
            headers,
            body: said.map(|said| said.to_string().into_bytes()),
        };
        let begun = Instant::now();
        let answer = match (self.transport)(&ask) {
            Ok(answer) => answer,
            Err(error) => {
                self.back_off(None);
                let mut state = self.look().failed("NO_CONNECTION");
                state.error_detail = Some(error.0);
                return Err(Box::new(state));
            }
        };
        if begun.elapsed() > ANSWER_WITHIN {
            return Err(Box::new(self.look().failed("ANSWER_NOT_BELIEVED")));
        }
        if answer.status < 429 {
            self.live().failing.lift();
        }
        Ok(answer)
    }

    /// The state after an answer that is a problem.
    pub(crate) fn refused(&self, answer: &Answer) -> State {
        let told = object(answer);
        if answer.status == 429 || answer.status >= 500 {
            let asked = answer
                .header("retry-after")
                .and_then(|text| text.parse().ok());
            self.back_off(asked.map(Duration::from_secs));
        }
        let code = told["code"].as_str().map(str::to_owned);
        let code = code.unwrap_or_else(|| format!("HTTP_{}", answer.status));
        let mut state = self.look().failed(&code);
        state.error_detail = told["detail"].as_str().map(str::to_owned);
        state.retry_at = ["next_lease_ends_at", "next_possible_at"]
            .into_iter()
            .find_map(|name| instant(&told[name]));
        state
    }

    /// The state once something was taken, or why it was not. What is taken may say what time it is at
    /// the platform.
    pub(crate) fn believed(
        &self,
        otherwise: &str,
        take: impl FnOnce() -> Result<Option<i64>, Fault>,
    ) -> State {
        let taken = take();
        if taken.is_ok() {
            self.live().failing.over();
        }
        match taken {
            Ok(Some(at)) if (self.now() - at).abs() > CLOCK_TOLERANCE_SECONDS => {
                self.look().failed("CLOCK_WRONG")
            }
            Ok(_) => self.look(),
            Err(Fault::NotBelieved) => self.look().failed(otherwise),
            Err(Fault::Refused(code)) => self.look().failed(code),
            Err(Fault::Unwritten(why)) => {
                let mut state = self.look().failed("STORE_NOT_WRITTEN");
                state.error_detail = Some(why);
                state
            }
        }
    }
}

/// The body of an answer as JSON; null where it is none.
pub(crate) fn object(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// Seconds since 1970 of an instant in an answer.
pub(crate) fn instant(value: &Value) -> Option<i64> {
    let at: alvara_domain::time::UtcTime = value.as_str()?.parse().ok()?;
    Some(at.seconds())
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A listener that panicked leaves nothing half done here.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program in the field has no clock but its machine's"
)]
fn system_clock() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "where programs keep their things, the environment of the user says"
)]
fn variable(name: &str) -> Option<PathBuf> {
    let found = std::env::var_os(name).filter(|value| !value.is_empty())?;
    Some(PathBuf::from(found))
}

/// The folder of a product's store, and the one of its watermark.
fn folders(product: &str) -> Option<(PathBuf, PathBuf)> {
    let (data, state) = match std::env::consts::OS {
        "windows" => (variable("LOCALAPPDATA")?, variable("APPDATA")?),
        "macos" => {
            let library = variable("HOME")?.join("Library");
            (
                library.join("Application Support"),
                library.join("Preferences"),
            )
        }
        _ => {
            let home = variable("HOME");
            let below = |path: &str| home.as_ref().map(|home| home.join(path));
            (
                variable("XDG_DATA_HOME").or_else(|| below(".local/share"))?,
                variable("XDG_STATE_HOME").or_else(|| below(".local/state"))?,
            )
        }
    };
    // A product's code holds nothing that a path would read otherwise.
    Some((
        data.join("alvara").join(product),
        state.join("alvara").join(product),
    ))
}
