//! The engine that runs the plugins, and what all of them share.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Semaphore;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, PoolingAllocationConfig};
use zeroize::Zeroizing;

use crate::cache::Cache;
use crate::digest::Digest;
use crate::egress::Egress;
use crate::grants::Limits;
use crate::host::{self, Host};
use crate::inspect::{self, Inspected, Refusal};
use crate::manifest::Manifest;
use crate::parking::FaultCounts;
use crate::plugin::Plugin;

/// How often running guests look whether they may go on.
const TICK: Duration = Duration::from_millis(10);

/// Settings of the installation.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Where compiled plugins are kept; none: nowhere. A folder that only the server may enter.
    pub cache_dir: Option<PathBuf>,
    /// What they are authenticated by, from the vault; none: a fresh one, so that nothing is taken
    /// over from an earlier process.
    pub cache_key: Option<Zeroizing<[u8; 32]>>,
    /// Allow requests to this machine, also in clear, for grants that name a port. For tests and
    /// demonstrations.
    pub allow_loopback: bool,
    /// How many calls run at the same time.
    pub instances: u32,
    /// Addresses of names, before the DNS is asked. They are checked like any other.
    pub names: BTreeMap<String, Vec<IpAddr>>,
    /// Further roots of trust, PEM, besides the system's.
    pub roots_pem: Vec<Vec<u8>>,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            cache_dir: None,
            cache_key: None,
            allow_loopback: false,
            instances: 64,
            names: BTreeMap::new(),
            roots_pem: Vec::new(),
        }
    }
}

/// Why there is no gateway, or no plugin.
#[derive(Debug, Error)]
pub enum GatewayError {
    /// The engine does not start here.
    #[error("the engine for payment plugins does not start: {0}")]
    Engine(String),
    /// OpenSSL does not take the settings.
    #[error("TLS for payment plugins: {0}")]
    Tls(String),
    /// The folder of compiled plugins cannot be used.
    #[error("the folder of compiled plugins: {0}")]
    Cache(#[from] std::io::Error),
    /// The bytes are not those that were inspected.
    #[error("the plugin's bytes have the digest {found}, not {expected}")]
    Digest {
        /// What was asked for.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// It would not be installed as it is.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// What a plugin needs to run.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) egress: Arc<Egress>,
    pub(crate) places: Arc<Semaphore>,
    pub(crate) faults: FaultCounts,
    /// Dropped with the rest, which ends the ticking.
    _ticking: Sender<()>,
}

struct Inner {
    shared: Arc<Shared>,
    linker: Linker<Host>,
    cache: Option<Cache>,
    plugins: Mutex<HashMap<Digest, Arc<Plugin>>>,
}

/// The host of payment plugins. Cheap to clone; clones are one.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gateway")
    }
}

impl Gateway {
    /// Starts the engine, and a thread that tells it the time until the last clone is gone.
    ///
    /// # Errors
    /// [`GatewayError::Engine`], [`GatewayError::Tls`], [`GatewayError::Cache`].
    pub fn new(config: GatewayConfig) -> Result<Self, GatewayError> {
        if config.allow_loopback {
            tracing::warn!(
                "PAYMENT PLUGINS MAY CALL THIS MACHINE, also without TLS (allow_loopback). This is \
                 for tests and demonstrations. Turn it off where real money moves."
            );
        }
        let failed = |error: wasmtime::Error| GatewayError::Engine(format!("{error:#}"));
        let instances = config.instances.clamp(1, 1000);
        let engine = Engine::new(&settings(instances)).map_err(failed)?;
        let cache = match &config.cache_dir {
            None => None,
            Some(folder) => {
                let key = match config.cache_key.clone() {
                    Some(key) => key,
                    None => fresh_key()?,
                };
                Some(Cache::open(folder, key, &engine)?)
            }
        };
        let shared = Arc::new(Shared {
            _ticking: tick(&engine)?,
            egress: Arc::new(Egress::new(
                config.allow_loopback,
                config.names,
                &config.roots_pem,
            )?),
            places: Arc::new(Semaphore::new(instances as usize)),
            faults: FaultCounts::default(),
            engine,
        });
        Ok(Self(Arc::new(Inner {
            linker: host::linker(&shared.engine).map_err(failed)?,
            cache,
            plugins: Mutex::default(),
            shared,
        })))
    }

    /// Looks at a plugin that somebody wants to install: its parts, and what it says of itself. It
    /// is compiled for that, so loading it afterwards is quick.
    ///
    /// # Errors
    /// [`Refusal`], which says why it will not be installed.
    pub async fn inspect(&self, wasm: Vec<u8>, manifest: &Manifest) -> Result<Inspected, Refusal> {
        inspect::check_size(wasm.len())?;
        let digest = Digest::of(&wasm);
        let component = self.compile(digest, wasm).await?;
        let plugin = self.link(digest, manifest, &component)?;
        let described = inspect::described(&plugin).await?;
        Ok(Inspected { digest, described })
    }

    /// Makes a plugin ready, once for each digest. `wasm` is asked for its bytes only when they are
    /// not compiled yet.
    ///
    /// # Errors
    /// [`GatewayError::Digest`] and [`GatewayError::Refused`].
    pub async fn load(
        &self,
        digest: Digest,
        manifest: &Manifest,
        wasm: impl FnOnce() -> Vec<u8> + Send,
    ) -> Result<Arc<Plugin>, GatewayError> {
        if let Some(plugin) = self.loaded(digest) {
            return Ok(plugin);
        }
        let component = match self.cached(digest).await {
            Some(component) => component,
            None => {
                let wasm = wasm();
                let found = Digest::of(&wasm);
                if found != digest {
                    return Err(GatewayError::Digest {
                        expected: digest,
                        found,
                    });
                }
                self.compile(digest, wasm).await?
            }
        };
        let plugin = Arc::new(self.link(digest, manifest, &component)?);
        let mut plugins = self
            .0
            .plugins
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(plugins.entry(digest).or_insert(plugin)))
    }

    /// A plugin that is ready.
    #[must_use]
    pub fn loaded(&self, digest: Digest) -> Option<Arc<Plugin>> {
        let plugins = self
            .0
            .plugins
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        plugins.get(&digest).map(Arc::clone)
    }

    /// Forgets a plugin. Calls that run go on to their end.
    pub fn unload(&self, digest: Digest) {
        let mut plugins = self
            .0
            .plugins
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        plugins.remove(&digest);
    }

    /// The faults of each plugin with each payment account in this process, for [`crate::Parking`].
    #[must_use]
    pub fn faults(&self) -> &FaultCounts {
        &self.0.shared.faults
    }

    /// How many more calls could start at once.
    #[must_use]
    pub fn free_places(&self) -> usize {
        self.0.shared.places.available_permits()
    }

    /// The way out.
    pub(crate) fn egress(&self) -> &Egress {
        &self.0.shared.egress
    }

    fn link(
        &self,
        digest: Digest,
        manifest: &Manifest,
        component: &Component,
    ) -> Result<Plugin, Refusal> {
        Plugin::new(
            &self.0.shared,
            self.0.linker.clone(),
            digest,
            manifest.clone(),
            component,
        )
    }

    async fn cached(&self, digest: Digest) -> Option<Component> {
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || {
            let cache = inner.cache.as_ref()?;
            cache.find(&inner.shared.engine, digest)
        })
        .await
        .ok()
        .flatten()
    }

    /// Machine code of a component: from the cache, or compiled and kept there.
    async fn compile(&self, digest: Digest, wasm: Vec<u8>) -> Result<Component, Refusal> {
        if let Some(component) = self.cached(digest).await {
            return Ok(component);
        }
        let inner = Arc::clone(&self.0);
        let compiled = tokio::task::spawn_blocking(move || {
            let component = Component::from_binary(&inner.shared.engine, &wasm)?;
            if let Some(cache) = &inner.cache
                && let Err(error) = cache.keep(digest, &component)
            {
                // It works without, only slower at the next start.
                tracing::warn!(%error, "a compiled plugin cannot be kept");
            }
            Ok::<_, wasmtime::Error>(component)
        })
        .await;
        match compiled {
            Ok(Ok(component)) => Ok(component),
            Ok(Err(error)) => Err(Refusal::NotAComponent(format!("{error:#}"))),
            Err(error) => Err(Refusal::NotAComponent(format!(
                "the compiler failed: {error}"
            ))),
        }
    }
}

/// What a component may consist of. One made by a language's tools is some core modules: the code
/// itself and adapters, and where the language brings an engine, that and what joins the two. One in
/// Rust has 3 instances with 1 memory, one in JavaScript 14 with 3.
pub(crate) struct Parts;

impl Parts {
    pub(crate) const CORE_INSTANCES: u32 = 32;
    pub(crate) const MEMORIES: u32 = 4;
    pub(crate) const TABLES: u32 = 16;
    pub(crate) const TABLE_ELEMENTS: usize = 20_000;
}

fn settings(instances: u32) -> Config {
    let mut pool = PoolingAllocationConfig::default();
    // Room for the largest component in every place: who has a place is not refused by the pool. It
    // is addresses that are set aside, not memory.
    pool.total_component_instances(instances)
        .total_core_instances(instances * Parts::CORE_INSTANCES)
        .total_memories(instances * Parts::MEMORIES)
        .total_tables(instances * Parts::TABLES)
        .total_stacks(instances)
        .max_core_instances_per_component(Parts::CORE_INSTANCES)
        .max_memories_per_component(Parts::MEMORIES)
        .max_tables_per_component(Parts::TABLES)
        .max_memory_size((Limits::HOUSE.memory_mib as usize) << 20)
        .table_elements(Parts::TABLE_ELEMENTS)
        // What a small call touches stays mapped; the rest goes back to the system.
        .linear_memory_keep_resident(1 << 20)
        .max_unused_warm_slots(instances);
    let mut config = Config::new();
    config.epoch_interruption(true).allocation_strategy(pool);
    config
}

/// Moves the engine's clock until the other end of the channel is dropped.
fn tick(engine: &Engine) -> Result<Sender<()>, GatewayError> {
    let (ticking, ended) = channel();
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("plugin-clock".to_owned())
        .spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(TICK) {
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        })?;
    Ok(ticking)
}

fn fresh_key() -> Result<Zeroizing<[u8; 32]>, GatewayError> {
    let mut key = Zeroizing::new([0; 32]);
    openssl::rand::rand_bytes(key.as_mut_slice())
        .map_err(|error| GatewayError::Tls(error.to_string()))?;
    Ok(key)
}
