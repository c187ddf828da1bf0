//! A database to be measured on: a reseller with its customers, licenses and machines.

use std::path::{Path, PathBuf};

use alvara_app::Platform;
use alvara_app::catalogue::{NewPolicy, NewProduct, create_policy};
use alvara_app::keyring::KeyRing;
use alvara_app::platform::{Outside, PublicAddress};
use alvara_app::tenancy::{Granter, NewApiKey};
use alvara_domain::product::{Algorithm, Policy};
use alvara_domain::terms::Terms;
use alvara_store::{Clock, Db, DbConfig, Scope};
use alvara_tenants::{AccessConfig, BuiltInRole, Console, Gate, NewTenant, Role};
use alvara_vault::{MasterKey, Vault};
use tempfile::TempDir;

use crate::failure::Outcome;
use crate::populate::populate;
use crate::server::{self, Server};

/// What a program holds of a machine: its license's key, its own fingerprint and token.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) key: String,
    pub(crate) fingerprint: String,
    pub(crate) token: String,
}

/// A filled database, and what programs and people need to ask about it.
pub(crate) struct World {
    folder: TempDir,
    /// Seats from all over the database, in no order.
    pub(crate) seats: Vec<Seat>,
    /// A secret of the reseller's admin, for management calls.
    pub(crate) api_key: String,
    /// How many licenses there are.
    pub(crate) licenses: usize,
    /// How many machines.
    pub(crate) machines: usize,
}

/// The name under which requests reach the tenant.
pub(crate) const HOST: &str = "bench.localhost";

impl World {
    /// Makes one of so many licenses, three machines each. It lies on a disk and not in memory:
    /// below the folder for builds, since `/tmp` often is memory.
    pub(crate) fn make(licenses: usize) -> Outcome<Self> {
        let folder = tempfile::Builder::new()
            .prefix("alvara-bench-")
            .tempdir_in(disk()?)?;
        server::prepare(folder.path())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let (seats, api_key) = runtime.block_on(fill(folder.path(), licenses))?;
        Ok(Self {
            folder,
            seats,
            api_key,
            licenses,
            machines: 3 * licenses,
        })
    }

    /// Where it lies.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A server on it.
    pub(crate) fn serve(&self) -> Outcome<Server> {
        Server::start(self.folder.path())
    }

    /// A seat by a number that may be any.
    pub(crate) fn seat(&self, number: u64) -> &Seat {
        // There is at least one license in every world, and the remainder is below the length.
        &self.seats[(number % self.seats.len() as u64) as usize]
    }
}

/// Where databases are made: beside this program, since that is on a disk.
pub(crate) fn disk() -> Outcome<PathBuf> {
    let beside = std::env::current_exe()?.parent().map(Path::to_path_buf);
    Ok(beside.unwrap_or_else(std::env::temp_dir))
}

/// The parts of an installation, opened beside the server while that does not run.
pub(crate) struct House {
    pub(crate) platform: Platform,
    pub(crate) scope: Scope,
    pub(crate) policy: Policy,
}

/// A prepared installation, opened.
pub(crate) fn open(folder: &Path) -> Outcome<(Db, Console, Platform)> {
    let url = format!("sqlite://{}", folder.join("alvara.db").display());
    let (db, mint) = Db::open(&DbConfig::new(&url), Clock::system())?;
    let master = MasterKey::from_text(std::fs::read_to_string(folder.join("master.key"))?.trim())?;
    let vault = Vault::new(&master)?;
    let (gate, console) = Gate::open(db.clone(), mint, vault.clone(), AccessConfig::default())?;
    let address = PublicAddress {
        scheme: "http".to_owned(),
        base_domain: "localhost".to_owned(),
        port: None,
    };
    let platform = Platform::new(
        gate,
        KeyRing::new(vault),
        address,
        alvara_gateway::GatewayConfig::default(),
        Outside::default(),
    );
    Ok((db, console, platform))
}

async fn fill(folder: &Path, licenses: usize) -> Outcome<(Vec<Seat>, String)> {
    let (db, console, platform) = open(folder)?;
    let (house, api_key) = found(platform, &console).await?;
    let seats = populate(&house, licenses).await?;
    db.close().await;
    Ok((seats, api_key))
}

/// The reseller, its product signed with RSA-2048, a policy and an API key.
pub(crate) async fn found(platform: Platform, console: &Console) -> Outcome<(House, String)> {
    let new = NewTenant {
        slug: "bench".to_owned(),
        name: "Bench".to_owned(),
        locale: "en".to_owned(),
        currency: "EUR".parse()?,
        time_zone: "UTC".parse()?,
        admin_email: "admin@bench.example".to_owned(),
        admin_name: "Admin".to_owned(),
        admin_password: "correct horse battery".to_owned(),
    };
    let opened = platform.gate().provision(&console.platform(), new).await?;
    let scope = console.scope(&opened.tenant);
    let product = NewProduct {
        code: "writer".to_owned(),
        name: "Writer".to_owned(),
        key_prefix: "WRT".to_owned(),
        algorithm: Algorithm::Rs256,
        key_bits: 2048,
    };
    let product = platform.create_product(&scope, &product).await?;
    let policy = NewPolicy {
        product_id: product.id,
        code: "hybrid".to_owned(),
        name: "Hybrid".to_owned(),
        terms: Terms {
            machine_limit: None,
            ..Terms::hybrid()
        },
    };
    let policy = platform
        .db()
        .write(&scope, move |tx| create_policy(tx, &policy))
        .await?;
    let key = NewApiKey {
        node_id: opened.tenant.root_node_id,
        name: "bench".to_owned(),
        role: Role::BuiltIn(BuiltInRole::ResellerAdmin),
        permissions: Vec::new(),
        expires_at: None,
    };
    let (_, secret) = platform
        .create_api_key(&scope, Granter::Console(console), &key)
        .await?;
    let secret = secret.expose().to_owned();
    Ok((
        House {
            platform,
            scope,
            policy,
        },
        secret,
    ))
}
