//! What a payment plugin costs: a fresh store, an instance, a call and its end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use alvara_domain::payment::Environment;
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_gateway::{
    Account, Call, Digest, Gateway, GatewayConfig, Grants, Manifest, MemoryServices, Plugin,
    Secrets,
};
use serde_json::{Map, json};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::failure::{Failure, Outcome};
use crate::report::{Report, Row, Target, median, rounded};

const CALLS: usize = 20_000;
const LOADS: usize = 20;

/// The guest of the gateway's own tests, whose call does nothing, built by `cargo xtask bench`.
const IDLE: &str = "hostile";
/// What is given away.
const SHIPPED: [&str; 4] = ["pix", "boleto", "card", "stripe"];

pub(super) fn measure(report: &mut Report) -> Outcome {
    println!("payment plugins");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (plugin, idle) = Guest::look_at(IDLE).await?;
        let call = call(&plugin);
        let mut times = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            let started = Instant::now();
            plugin.validate_config(&call).await?;
            times.push(started.elapsed().as_secs_f64() * 1e6);
        }
        times.sort_by(f64::total_cmp);
        let late = times.get(CALLS * 99 / 100).copied().unwrap_or_default();
        report.add(Row {
            what: "a call of a payment plugin that does nothing".to_owned(),
            unit: "µs, median; fresh store, instance, call and drop",
            value: median(times),
            target: Target::AtMost(60.0),
            parts: Map::from_iter([("p99_us".to_owned(), json!(rounded(late)))]),
            remark: String::new(),
        });
        idle.report(IDLE, report);
        for name in SHIPPED {
            Guest::look_at(name).await?.1.report(name, report);
        }
        Ok(())
    })
}

/// What it takes to have a guest.
struct Guest {
    bytes: usize,
    /// Compiled for the first time, in milliseconds.
    compiling: f64,
    /// Found compiled, in milliseconds.
    loading: f64,
}

impl Guest {
    async fn look_at(name: &str) -> Outcome<(Arc<Plugin>, Self)> {
        let wasm = read(name, "wasm")?;
        let manifest = Manifest::parse(&String::from_utf8_lossy(&read(name, "toml")?))?;
        let digest = Digest::of(&wasm);
        let folder = TempDir::new()?;
        let started = Instant::now();
        let plugin = load(&folder, digest, &manifest, &wasm).await?;
        let compiling = milliseconds(started);
        let mut loading = Vec::new();
        for _ in 0..LOADS {
            let gateway = gateway(&folder)?;
            let started = Instant::now();
            gateway.load(digest, &manifest, Vec::new).await?;
            loading.push(milliseconds(started));
        }
        let found = Self {
            bytes: wasm.len(),
            compiling,
            loading: median(loading),
        };
        Ok((plugin, found))
    }

    fn report(&self, name: &str, report: &mut Report) {
        report.add(Row {
            what: format!("loading {name}, which was compiled before"),
            unit: "ms, median",
            value: self.loading,
            target: Target::AtMost(1.0),
            parts: Map::from_iter([
                ("compiling_ms".to_owned(), json!(rounded(self.compiling))),
                ("wasm_bytes".to_owned(), json!(self.bytes)),
            ]),
            remark: String::new(),
        });
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// A gateway that finds what an earlier one compiled.
fn gateway(folder: &TempDir) -> Outcome<Gateway> {
    Ok(Gateway::new(GatewayConfig {
        cache_dir: Some(folder.path().join("compiled")),
        cache_key: Some(Zeroizing::new([1; 32])),
        ..GatewayConfig::default()
    })?)
}

async fn load(
    folder: &TempDir,
    digest: Digest,
    manifest: &Manifest,
    wasm: &[u8],
) -> Outcome<Arc<Plugin>> {
    Ok(gateway(folder)?
        .load(digest, manifest, || wasm.to_vec())
        .await?)
}

fn call(plugin: &Plugin) -> Call {
    Call {
        account: Arc::new(Account {
            tenant: "ten".to_owned(),
            account: "pac".to_owned(),
            environment: Environment::Sandbox,
            config: vec![("base".to_owned(), "https://psp.example.com".to_owned())],
            grants: Grants::all(plugin.manifest()),
            secrets: [("api_key", "a key"), ("webhook", "a secret")]
                .into_iter()
                .collect::<Secrets>(),
            certs: BTreeMap::new(),
            time_zone: ZoneName::utc(),
        }),
        services: Arc::new(MemoryServices::new()),
        idempotency_key: "key".to_owned(),
        attempt: 1,
        now: UtcTime::MIN,
    }
}

fn read(guest: &str, kind: &str) -> Outcome<Vec<u8>> {
    // Beside the folder of this program: target/release/alvara-bench, target/plugins.
    let program = std::env::current_exe()?;
    let path: PathBuf = program
        .parent()
        .and_then(Path::parent)
        .map(|target| target.join("plugins").join(format!("{guest}.{kind}")))
        .ok_or_else(|| Failure::new("this program lies in no target folder"))?;
    std::fs::read(&path).map_err(|error| {
        Failure::new(format!(
            "{}: {error}; `cargo xtask plugins` builds it",
            path.display()
        ))
    })
}
