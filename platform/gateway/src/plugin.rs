//! A plugin that is ready, and the calls of the contract.

mod calls;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use alvara_domain::payment::Environment;
use alvara_domain::payment::ask::{ChargeAsk, Pair};
use alvara_domain::payment::report::{Capability, Description, InboundReply, PaymentEvent};
use alvara_domain::time::{UtcTime, ZoneName};
use wasmtime::Store;
use wasmtime::component::{Component, Instance, InstancePre, Linker};

pub use calls::LastCapture;

use crate::account::{Account, Call, Secrets};
use crate::call::Kind;
use crate::digest::Digest;
use crate::engine::Shared;
use crate::fault::CallFault;
use crate::grants::{Grants, Powers};
use crate::host::Host;
use crate::inspect::{Refusal, capabilities, check_imports};
use crate::manifest::Manifest;
use crate::memory::MemoryServices;
use crate::v1::{batch_files, captures, charges, describe, mandates, refunds, webhooks};

/// What a webhook told, and what the provider is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundAnswer {
    /// Nothing, one or several.
    pub events: Vec<PaymentEvent>,
    /// For the provider.
    pub reply: InboundReply,
}

alvara_domain::text_enum! {
    /// What a line of a file asks the bank for.
    pub enum BatchInstruction {
        /// Take the title.
        Register = "register",
        /// Take it back.
        Cancel = "cancel",
        /// It is due on another day.
        ChangeDueDate = "change_due_date",
    }
}

/// A charge in a file for the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchEntry {
    /// What is asked.
    pub instruction: BatchInstruction,
    /// About which charge.
    pub ask: ChargeAsk,
}

/// A file for the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchFile {
    /// Without a folder.
    pub name: String,
    /// The bytes; not UTF-8.
    pub content: Vec<u8>,
}

/// A plugin that is compiled and linked. Each call runs in a store of its own, so calls know nothing
/// of each other.
pub struct Plugin {
    shared: Arc<Shared>,
    digest: Digest,
    manifest: Arc<Manifest>,
    capabilities: Vec<Capability>,
    pre: InstancePre<Host>,
    charges: charges::GuestIndices,
    webhooks: webhooks::GuestIndices,
    captures: Option<captures::GuestIndices>,
    refunds: Option<refunds::GuestIndices>,
    mandates: Option<mandates::GuestIndices>,
    batch_files: Option<batch_files::GuestIndices>,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plugin {} {}", self.manifest.id, self.manifest.version)
    }
}

impl Plugin {
    /// Links a component, if it asks for nothing but what plugins get.
    pub(crate) fn new(
        shared: &Arc<Shared>,
        mut linker: Linker<Host>,
        digest: Digest,
        manifest: Manifest,
        component: &Component,
    ) -> Result<Self, Refusal> {
        let engine = &shared.engine;
        check_imports(engine, component)?;
        let capabilities = capabilities(engine, component)?;
        let odd = |error: wasmtime::Error| Refusal::Export {
            interface: "of the contract".to_owned(),
            problem: format!("{error:#}"),
        };
        // What is left after the check above is a language's own library.
        linker
            .define_unknown_imports_as_traps(component)
            .map_err(odd)?;
        let pre = linker
            .instantiate_pre(component)
            .map_err(|error| Refusal::Import(format!("something else: {error:#}")))?;
        let has = |capability| capabilities.contains(&capability);
        Ok(Self {
            shared: Arc::clone(shared),
            digest,
            manifest: Arc::new(manifest),
            charges: charges::GuestIndices::new(&pre).map_err(odd)?,
            webhooks: webhooks::GuestIndices::new(&pre).map_err(odd)?,
            captures: has(Capability::Captures)
                .then(|| captures::GuestIndices::new(&pre))
                .transpose()
                .map_err(odd)?,
            refunds: has(Capability::Refunds)
                .then(|| refunds::GuestIndices::new(&pre))
                .transpose()
                .map_err(odd)?,
            mandates: has(Capability::Mandates)
                .then(|| mandates::GuestIndices::new(&pre))
                .transpose()
                .map_err(odd)?,
            batch_files: has(Capability::BatchFiles)
                .then(|| batch_files::GuestIndices::new(&pre))
                .transpose()
                .map_err(odd)?,
            capabilities,
            pre,
        })
    }

    /// The name of its bytes.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// What it asks for.
    #[must_use]
    pub const fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    /// The optional interfaces that it has.
    #[must_use]
    pub fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn pre(&self) -> InstancePre<Host> {
        self.pre.clone()
    }

    /// The rights of a call.
    pub(crate) fn powers(&self, call: &Call) -> Powers {
        let account = &call.account;
        Powers::of(
            &self.manifest,
            &account.grants,
            account.environment,
            &account.config,
        )
    }

    /// A call for nobody: without rights, credentials and world.
    fn call_for_nobody(&self) -> Call {
        Call {
            account: Arc::new(Account {
                tenant: String::new(),
                account: String::new(),
                environment: Environment::Sandbox,
                config: Vec::<Pair>::new(),
                grants: Grants {
                    limits: self.manifest.limits,
                    ..Grants::default()
                },
                secrets: Secrets::new(),
                certs: BTreeMap::new(),
                time_zone: ZoneName::utc(),
            }),
            services: Arc::new(MemoryServices::new()),
            idempotency_key: String::new(),
            attempt: 1,
            now: UtcTime::MIN,
        }
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// [`CallFault`], also when what it says makes no sense.
    pub async fn describe(&self) -> Result<Description, CallFault> {
        let charges = self.charges.clone();
        let seen = self.capabilities.clone();
        self.run_plain(
            &self.call_for_nobody(),
            Kind::Alone,
            |said| describe::description(said, seen),
            move |store: &mut Store<Host>, instance: Instance| {
                Box::pin(async move {
                    let charges = charges.load(&mut *store, &instance)?;
                    charges.call_describe(store).await
                })
            },
        )
        .await
    }

    /// Looks whether every interface has the contract's shape.
    pub(crate) async fn check_exports(&self) -> Result<(), Refusal> {
        let (charges, webhooks) = (self.charges.clone(), self.webhooks.clone());
        let (captures, refunds) = (self.captures.clone(), self.refunds.clone());
        let (mandates, files) = (self.mandates.clone(), self.batch_files.clone());
        self.run_plain(
            &self.call_for_nobody(),
            Kind::Alone,
            |found: Result<(), Refusal>| Ok(found),
            move |store: &mut Store<Host>, instance: Instance| {
                Box::pin(async move {
                    let found = [
                        ("charges", charges.load(&mut *store, &instance).map(drop)),
                        ("webhooks", webhooks.load(&mut *store, &instance).map(drop)),
                        (
                            "captures",
                            captures.map_or(Ok(()), |it| it.load(&mut *store, &instance).map(drop)),
                        ),
                        (
                            "refunds",
                            refunds.map_or(Ok(()), |it| it.load(&mut *store, &instance).map(drop)),
                        ),
                        (
                            "mandates",
                            mandates.map_or(Ok(()), |it| it.load(&mut *store, &instance).map(drop)),
                        ),
                        (
                            "batch-files",
                            files.map_or(Ok(()), |it| it.load(&mut *store, &instance).map(drop)),
                        ),
                    ];
                    Ok(found.into_iter().try_for_each(|(interface, found)| {
                        found.map_err(|error| Refusal::Export {
                            interface: interface.to_owned(),
                            problem: format!("{error:#}"),
                        })
                    }))
                })
            },
        )
        .await
        .map_err(Refusal::Silent)?
    }
}
