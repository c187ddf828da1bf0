//! What a guest is given: the imports of the contract, one file each.

mod ambient;
mod http;
mod kv;
mod secrets;
mod small;

use std::sync::Arc;
use std::time::Duration;

use alvara_domain::time::UtcTime;
pub(crate) use ambient::is_harmless;
use thiserror::Error;
use tokio::time::Instant;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};

use crate::account::Call;
use crate::blot::Blotter;
use crate::egress::Egress;
use crate::engine::Parts;
use crate::grants::Powers;
use crate::meter::Trail;
use crate::services::{Place, ServiceFault};
use crate::v1;
use crate::veil::Veil;

/// Why the host ends a call. Reaches the caller through the engine as the error of the call.
#[derive(Debug, Error)]
pub(crate) enum Stop {
    /// The guest ran for too long.
    #[error("the plugin used up its time")]
    GuestTime,
    /// The guest asked for what no plugin in its right mind asks for.
    #[error("{0}")]
    Misuse(&'static str),
    /// We cannot serve it.
    #[error(transparent)]
    Host(#[from] ServiceFault),
}

/// Whether a call may change something at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It may.
    Change,
    /// It may look only: a webhook, a health check.
    Look,
    /// It may not go out at all.
    Nowhere,
}

/// The state of one call.
pub(crate) struct Host {
    pub(crate) bounds: Bounds,
    call: Call,
    place: Place,
    powers: Powers,
    reach: Reach,
    egress: Arc<Egress>,
    blotter: Blotter,
    /// What is put where a mark is in what leaves.
    veil: Option<Veil>,
    trail: Arc<Trail>,
    started: Instant,
    deadline: Instant,
    http_left: u32,
    log_left: u32,
    /// What the language's library printed of a line that has not ended yet.
    printed: Vec<u8>,
}

/// Lines that a call may write.
const LOG_LINES: u32 = 64;

impl Host {
    pub(crate) fn new(
        call: &Call,
        plugin: &str,
        powers: Powers,
        reach: Reach,
        egress: &Arc<Egress>,
        trail: &Arc<Trail>,
        deadline: Instant,
    ) -> Self {
        Self {
            bounds: Bounds::new(powers.limits.memory_mib, Arc::clone(trail)),
            place: call.place(plugin),
            call: call.clone(),
            http_left: powers.limits.http_calls,
            powers,
            reach,
            egress: Arc::clone(egress),
            blotter: Blotter::new(&call.account.secrets),
            veil: None,
            trail: Arc::clone(trail),
            started: Instant::now(),
            deadline,
            log_left: LOG_LINES,
            printed: Vec::new(),
        }
    }

    /// In this call, what leaves has a word where the guest has a mark.
    pub(crate) fn cover(&mut self, veil: Veil) {
        self.veil = Some(veil);
    }

    /// The guest's clock: it goes on from the time of the call.
    fn now(&self) -> UtcTime {
        let micros = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        UtcTime::from_micros(self.call.now.micros().saturating_add(micros)).unwrap_or(UtcTime::MAX)
    }

    /// How long a request may take that asks for so many milliseconds; a little is left so that the
    /// guest can still say what happened.
    fn request_deadline(&self, asked_ms: u32) -> Instant {
        let asked = Duration::from_millis(u64::from(asked_ms.max(1)));
        let latest = self
            .deadline
            .checked_sub(Duration::from_millis(100))
            .unwrap_or(self.deadline);
        (Instant::now() + asked).min(latest)
    }
}

/// The imports of the contract and the stubs of what a language's own library asks for.
pub(crate) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    v1::CompletePaymentPlugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |host| host)?;
    ambient::add_to_linker(&mut linker)?;
    Ok(linker)
}

impl v1::types::Host for Host {}

/// The bounds of a store's memory; remembers whether the guest met them.
pub(crate) struct Bounds {
    limits: StoreLimits,
    trail: Arc<Trail>,
}

impl Bounds {
    fn new(memory_mib: u32, trail: Arc<Trail>) -> Self {
        Self {
            limits: StoreLimitsBuilder::new()
                .memory_size((memory_mib as usize) << 20)
                .instances(Parts::CORE_INSTANCES as usize)
                .memories(Parts::MEMORIES as usize)
                .tables(Parts::TABLES as usize)
                .table_elements(Parts::TABLE_ELEMENTS)
                .build(),
            trail,
        }
    }
}

impl ResourceLimiter for Bounds {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = self.limits.memory_growing(current, desired, maximum)?;
        if !allowed {
            self.trail.note_denied();
        }
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = self.limits.table_growing(current, desired, maximum)?;
        if !allowed {
            self.trail.note_denied();
        }
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        self.limits.instances()
    }

    fn tables(&self) -> usize {
        self.limits.tables()
    }

    fn memories(&self) -> usize {
        self.limits.memories()
    }
}
