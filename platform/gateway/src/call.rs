//! One call of a guest: a store of its own, its limits, and what its end means.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use alvara_domain::payment::{PluginFault, PluginFaultKind};
use tokio::time::{Instant, timeout_at};
use wasmtime::component::Instance;
use wasmtime::{Store, Trap, UpdateDeadline};

use crate::account::Call;
use crate::blot::Blotter;
use crate::fault::{Blame, CallFault, Happened, plain};
use crate::grants::Powers;
use crate::host::{Host, Reach, Stop};
use crate::meter::{Metered, Trail};
use crate::plugin::Plugin;
use crate::v1::check::Checked;
use crate::v1::types::PluginError;
use crate::v1::{ask, report, types};

/// Bytes that one call of an import, or the answer, may copy out of a guest. A request's body is at
/// most 1 MiB and a file for a bank 4.
const COPY_FUEL: usize = 8 << 20;

/// How the engine begins to say that the fuel above is used up.
const COPIED_TOO_MUCH: &str = "too much data is being copied";

/// What kind of call it is decides how long the guest itself may run, and what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Collecting money.
    Charge,
    /// A webhook is answered while the provider waits.
    Webhook,
    /// A harmless look.
    Look,
    /// Without the world.
    Alone,
    /// Files with thousands of records.
    Batch,
}

impl Kind {
    /// How long the guest may run, waiting not counted.
    const fn guest_time(self) -> Duration {
        Duration::from_millis(match self {
            Self::Webhook => 150,
            Self::Alone => 500,
            Self::Charge | Self::Look => 2_000,
            Self::Batch => 10_000,
        })
    }

    /// How long the call may take at most, waiting counted.
    fn wall(self, granted: Duration) -> Duration {
        match self {
            Self::Webhook => granted.min(Duration::from_secs(10)),
            Self::Alone => granted.min(Duration::from_secs(5)),
            Self::Charge | Self::Look | Self::Batch => granted,
        }
    }

    const fn reach(self) -> Reach {
        match self {
            Self::Charge => Reach::Change,
            Self::Webhook | Self::Look => Reach::Look,
            Self::Alone | Self::Batch => Reach::Nowhere,
        }
    }
}

/// What a guest answers where it can answer with a fault.
pub(crate) type Said<T> = Result<T, PluginError>;

/// A call in the making: borrowed store and instance, and the context to pass.
pub(crate) type Running<'a, T> = Pin<Box<dyn Future<Output = wasmtime::Result<T>> + Send + 'a>>;

impl Plugin {
    /// Runs a guest's function that may answer with a fault, and checks what it answers.
    pub(crate) async fn ask<G, T, F>(
        &self,
        call: &Call,
        kind: Kind,
        check: fn(G) -> Checked<T>,
        body: F,
    ) -> Result<T, CallFault>
    where
        G: Send,
        F: for<'a> FnOnce(
                &'a mut Store<Host>,
                Instance,
                types::CallContext,
            ) -> Running<'a, Said<G>>
            + Send,
    {
        let begun = Instant::now();
        let trail = Arc::new(Trail::default());
        let powers = self.powers(call);
        let wall = kind.wall(powers.wall());
        let deadline = ask::instant(call.now)
            .saturating_add(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX));
        let context = ask::context(&call.context(), deadline);
        let outcome = self
            .run(call, kind, powers, &trail, |store, instance| {
                body(store, instance, context)
            })
            .await
            .and_then(|said| match said {
                Ok(answer) => check(answer).map_err(|odd| malformed(&odd.0, &trail)),
                Err(error) => Err(said_fault(error, &trail)),
            });
        self.observe(call, begun, &outcome);
        outcome.map_err(|fault| self.note(call, fault))
    }

    /// Runs a guest's function that cannot answer with a fault.
    pub(crate) async fn run_plain<G, T, F>(
        &self,
        call: &Call,
        kind: Kind,
        check: impl FnOnce(G) -> Checked<T>,
        body: F,
    ) -> Result<T, CallFault>
    where
        G: Send,
        F: for<'a> FnOnce(&'a mut Store<Host>, Instance) -> Running<'a, G> + Send,
    {
        let begun = Instant::now();
        let trail = Arc::new(Trail::default());
        let powers = self.powers(call);
        let outcome = self
            .run(call, kind, powers, &trail, body)
            .await
            .and_then(|answer| check(answer).map_err(|odd| malformed(&odd.0, &trail)));
        self.observe(call, begun, &outcome);
        outcome.map_err(|fault| self.note(call, fault))
    }

    /// Counts a call by how it ended and by whose fault, and how long it took. Accounts and tenants
    /// are no labels: there may be thousands.
    fn observe<T>(&self, call: &Call, begun: Instant, outcome: &Result<T, CallFault>) {
        // A file that is only looked at is called by nobody, and may never be installed.
        if call.account.account.is_empty() {
            return;
        }
        let (ended, blame) = match outcome {
            Ok(_) => ("answered", "nobody"),
            Err(fault) => (fault.happened.as_str(), fault.blame.as_str()),
        };
        let manifest = self.manifest();
        let (plugin, version) = (manifest.id.clone(), manifest.version.to_string());
        let labels = [
            ("plugin", plugin.clone()),
            ("version", version.clone()),
            ("outcome", ended.to_owned()),
            ("blame", blame.to_owned()),
        ];
        metrics::counter!("alvara_plugin_calls_total", &labels).increment(1);
        let labels = [("plugin", plugin), ("version", version)];
        metrics::histogram!("alvara_plugin_call_duration_seconds", &labels)
            .record(begun.elapsed().as_secs_f64());
    }

    /// Counts a fault against the plugin if it is its own, and blots out what must not be seen.
    fn note(&self, call: &Call, mut fault: CallFault) -> CallFault {
        if fault.counts_against_the_plugin() {
            let shared = self.shared();
            shared
                .faults
                .note(self.digest(), &call.account.account, call.now);
            tracing::warn!(
                plugin = self.manifest().id,
                account = call.account.account,
                happened = %fault.happened,
                "a payment plugin failed"
            );
        }
        let blotter = Blotter::new(&call.account.secrets);
        let text = |text: String| blotter.line(text, 1024);
        let said = &mut fault.fault;
        said.message = text(std::mem::take(&mut said.message));
        said.psp_code = said.psp_code.take().map(text);
        for violation in &mut said.violations {
            violation.reason = text(std::mem::take(&mut violation.reason));
        }
        fault
    }

    async fn run<G, F>(
        &self,
        call: &Call,
        kind: Kind,
        powers: Powers,
        trail: &Arc<Trail>,
        body: F,
    ) -> Result<G, CallFault>
    where
        G: Send,
        F: for<'a> FnOnce(&'a mut Store<Host>, Instance) -> Running<'a, G> + Send,
    {
        let shared = self.shared();
        let deadline = Instant::now() + kind.wall(powers.wall());
        // Before the pool, which would refuse where this waits.
        let places = Arc::clone(&shared.places);
        let _place = match timeout_at(deadline, places.acquire_owned()).await {
            Ok(Ok(place)) => place,
            _ => {
                return Err(ended(
                    Happened::Timeout,
                    Blame::Host,
                    "too many calls at once",
                    trail,
                ));
            }
        };
        let host = Host::new(
            call,
            &self.manifest().id,
            powers,
            kind.reach(),
            &shared.egress,
            trail,
            deadline,
        );
        let mut store = Store::new(&shared.engine, host);
        store.limiter(|host| &mut host.bounds);
        store.set_hostcall_fuel(COPY_FUEL);
        store.set_epoch_deadline(1);
        // At each tick the guest gives way to others on this thread, and the deadline below gets its
        // chance; so a call that spins ends like one that waits.
        let meter = Arc::clone(trail);
        let budget = kind.guest_time();
        store.epoch_deadline_callback(move |_| {
            if meter.running() > budget {
                return Err(Stop::GuestTime.into());
            }
            Ok(UpdateDeadline::Yield(1))
        });
        let pre = self.pre();
        let running = async move {
            let mut store = store;
            let instance = pre.instantiate_async(&mut store).await?;
            // The store ends here, whatever came out: nothing lives on, and after a trap nothing may.
            body(&mut store, instance).await
        };
        match timeout_at(deadline, Metered::new(running, Arc::clone(trail))).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(broken(&error, trail)),
            Err(_) => Err(ended(
                Happened::Timeout,
                Blame::Guest,
                "no answer in time",
                trail,
            )),
        }
    }
}

/// A call that ended without an answer. When a change may have left nobody knows what became of it.
fn ended(happened: Happened, blame: Blame, message: &str, trail: &Trail) -> CallFault {
    let may_have_happened = trail.may_have_changed();
    let kind = if may_have_happened {
        PluginFaultKind::OutcomeUnknown
    } else {
        PluginFaultKind::Unavailable
    };
    CallFault {
        fault: plain(kind, message),
        blame,
        happened,
        may_have_happened,
    }
}

/// The engine ended the call.
fn broken(error: &wasmtime::Error, trail: &Trail) -> CallFault {
    match error.downcast_ref::<Stop>() {
        Some(stop @ Stop::GuestTime) => {
            return ended(Happened::Limit, Blame::Guest, &stop.to_string(), trail);
        }
        Some(stop @ Stop::Misuse(_)) => {
            return ended(Happened::Trap, Blame::Guest, &stop.to_string(), trail);
        }
        Some(stop @ Stop::Host(_)) => {
            return ended(Happened::Host, Blame::Host, &stop.to_string(), trail);
        }
        None => {}
    }
    if trail.was_denied() {
        let message = "the plugin wanted more memory than it may have";
        return ended(Happened::Limit, Blame::Guest, message, trail);
    }
    let (happened, message) = match error.downcast_ref::<Trap>() {
        Some(trap) => (Happened::Trap, format!("the plugin trapped: {trap}")),
        // The engine has no type for it.
        None if error.root_cause().to_string().starts_with(COPIED_TOO_MUCH) => (
            Happened::Limit,
            "the plugin says too much at once".to_owned(),
        ),
        // A stub of the language's library, such as the one that a panic wants to print by, or an
        // answer that is no value of the contract's types.
        None => (
            Happened::Trap,
            format!("the plugin trapped: {}", error.root_cause()),
        ),
    };
    ended(happened, Blame::Guest, &message, trail)
}

fn malformed(problem: &str, trail: &Trail) -> CallFault {
    CallFault {
        fault: plain(
            PluginFaultKind::Malformed,
            format!("the plugin's answer makes no sense: {problem}"),
        ),
        blame: Blame::Guest,
        happened: Happened::Nonsense,
        may_have_happened: trail.may_have_changed(),
    }
}

/// The guest answered with a fault. Only one of its own counts against it.
fn said_fault(error: PluginError, trail: &Trail) -> CallFault {
    match report::fault(error) {
        Ok(fault) => CallFault {
            blame: blame(&fault),
            fault,
            happened: Happened::Said,
            may_have_happened: trail.may_have_changed(),
        },
        Err(odd) => malformed(&odd.0, trail),
    }
}

const fn blame(fault: &PluginFault) -> Blame {
    match fault.kind {
        PluginFaultKind::Internal => Blame::Guest,
        _ => Blame::Provider,
    }
}
