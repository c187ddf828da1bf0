//! A gateway, a guest and a payment account.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alvara_domain::id::{ChargeId, Ulid};
use alvara_domain::money::{Currency, Money};
use alvara_domain::payment::Environment;
use alvara_domain::payment::ask::{CaptureMode, ChargeAsk, InboundRequest, Source};
use alvara_domain::payment::report::ChargeReport;
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_gateway::{
    Account, Call, CallFault, Digest, Gateway, GatewayConfig, Grants, Manifest, MemoryServices,
    Plugin, Secrets,
};
use zeroize::Zeroizing;

use crate::provider::Provider;

/// Sunday, 2026-11-22 12:00 UTC.
pub(crate) const NOW: i64 = 1_795_348_800;

fn built(file: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target folder")
        .join("plugins")
        .join(file)
}

fn read(file: &str) -> Vec<u8> {
    let path = built(file);
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; `cargo xtask plugins` builds the guests",
            path.display()
        )
    })
}

/// The bytes of a guest.
pub(crate) fn wasm(guest: &str) -> Vec<u8> {
    read(&format!("{guest}.wasm"))
}

/// What a guest asks for.
pub(crate) fn manifest(guest: &str) -> Manifest {
    let text = String::from_utf8(read(&format!("{guest}.toml"))).expect("text");
    Manifest::parse(&text).expect("a manifest")
}

/// Compiled guests are shared between the tests, which are processes of their own.
pub(crate) fn config() -> GatewayConfig {
    GatewayConfig {
        cache_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-plugins")),
        cache_key: Some(Zeroizing::new([7; 32])),
        allow_loopback: true,
        ..GatewayConfig::default()
    }
}

pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) services: Arc<MemoryServices>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(config()).await
    }

    pub(crate) async fn with(config: GatewayConfig) -> Self {
        let gateway = Gateway::new(config).expect("a gateway");
        let bytes = wasm("hostile");
        let plugin = gateway
            .load(Digest::of(&bytes), &manifest("hostile"), || bytes.clone())
            .await
            .expect("the guest loads");
        Self {
            gateway,
            plugin,
            services: Arc::default(),
        }
    }

    /// A call with a provider and settings; everything is granted that the manifest asks for, and
    /// the provider's host.
    pub(crate) fn call(&self, provider: &Provider, settings: &[(&str, &str)]) -> Call {
        let base = provider.base();
        let account = self.account(&[provider.host().as_str()], &base, settings);
        self.for_account(account)
    }

    pub(crate) fn for_account(&self, account: Account) -> Call {
        Call {
            account: Arc::new(account),
            services: self.services.clone(),
            idempotency_key: "key-1".to_owned(),
            attempt: 1,
            now: UtcTime::from_seconds(NOW).expect("in range"),
        }
    }

    pub(crate) fn account(&self, hosts: &[&str], base: &str, settings: &[(&str, &str)]) -> Account {
        let mut grants = Grants::all(self.plugin.manifest());
        let hosts: BTreeSet<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut config = vec![("base".to_owned(), base.to_owned())];
        // The hosts come from settings, as the manifest allows.
        for (number, host) in hosts.iter().enumerate() {
            config.push((format!("host-{number}"), host.clone()));
        }
        grants.hosts.insert(Environment::Sandbox, hosts);
        config.extend(
            settings
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
        );
        Account {
            tenant: "ten_1".to_owned(),
            account: "pac_1".to_owned(),
            environment: Environment::Sandbox,
            config,
            grants,
            secrets: [
                ("api_key", "api-key-of-the-account"),
                ("api_user", "api-user"),
                ("webhook", "webhook-secret"),
                ("signing", "signing-secret"),
                ("client_id", "the client"),
                ("client_secret", "client&secret"),
            ]
            .into_iter()
            .collect::<Secrets>(),
            certs: BTreeMap::new(),
            time_zone: "America/Sao_Paulo".parse::<ZoneName>().expect("a zone"),
        }
    }

    /// Creates a charge with a guest that behaves so.
    pub(crate) async fn create(
        &self,
        provider: &Provider,
        settings: &[(&str, &str)],
    ) -> Result<ChargeReport, CallFault> {
        let call = self.call(provider, settings);
        self.plugin.create(&call, &ask()).await
    }

    /// What the guest achieved.
    pub(crate) async fn tried(&self, provider: &Provider, settings: &[(&str, &str)]) -> String {
        self.create(provider, settings)
            .await
            .expect("the guest answers")
            .raw_status
    }
}

/// R$ 19,90 by PIX.
pub(crate) fn ask() -> ChargeAsk {
    ChargeAsk {
        charge_id: ChargeId::from_ulid(Ulid::from(1_u128)),
        method: "pix".to_owned(),
        amount: Money::new(1990, Currency::BRL),
        customer: None,
        source: Source::None,
        capture: CaptureMode::Automatic,
        description: "A license".to_owned(),
        items: Vec::new(),
        expires_at: None,
        due: None,
        card: None,
        return_url: None,
        cancel_url: None,
        webhook_url: None,
        save_for_later: false,
        metadata: Vec::new(),
    }
}

/// A webhook with a body and, perhaps, a signature.
pub(crate) fn inbound(body: &[u8], signature: Option<String>) -> InboundRequest {
    InboundRequest {
        method: "POST".to_owned(),
        path: "/hooks/pac_1".to_owned(),
        query: String::new(),
        headers: signature
            .into_iter()
            .map(|tag| ("X-Signature".to_owned(), tag))
            .collect(),
        body: body.to_vec(),
        remote_ip: "192.0.2.1".to_owned(),
        client_cert_sha256: None,
    }
}
