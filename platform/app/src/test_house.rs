//! A whole installation on a SQLite file, or on a database server, with an operator and two resellers, for the tests of
//! this crate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use alvara_domain::id::{NodeId, ProductId};
use alvara_domain::money::{Currency, Money};
use alvara_domain::node::{Node, NodeKind, Tenant};
use alvara_domain::product::{Algorithm, Product};
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_store::{Clock, Db, DbConfig, Origin, PlatformTx, Scope, TenantTx, scratch};
use alvara_tenants::{
    AccessConfig, BuiltInRole, Console, Gate, HostTenant, NewTenant, PermissionKey, Principal,
    Provisioned, Role, SignIn,
};
use alvara_vault::{MasterKey, PasswordCost, Secret, Vault};
use tempfile::TempDir;

use crate::catalogue::{NewModule, NewProduct, add_module};
use crate::keyring::KeyRing;
use crate::platform::PublicAddress;
use crate::tenancy::{Granter, NewMember, NewNode, create_node};
use crate::{AppResult, Platform};

/// What everybody's password is here.
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct House {
    pub(crate) platform: Platform,
    pub(crate) console: Console,
    pub(crate) clock: Clock,
    pub(crate) vault: Vault,
    pub(crate) operator: Provisioned,
    pub(crate) acme: Provisioned,
    pub(crate) bella: Provisioned,
    _folder: TempDir,
    on_server: Option<(String, String)>,
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.on_server {
            scratch::drop_database(server, name).unwrap();
        }
    }
}

/// Runs a test on every database there is: SQLite, and the servers that the environment names.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment names the servers"
)]
pub(crate) fn everywhere<F: Future<Output = ()>>(test: impl Fn(House) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut servers = vec![None];
    for name in ["ALVARA_TEST_POSTGRES_URL", "ALVARA_TEST_MARIADB_URL"] {
        let named = std::env::var(name).ok();
        servers.extend(named.filter(|url| !url.is_empty()).map(Some));
    }
    for server in servers {
        runtime.block_on(async {
            let house = House::build_on(server.as_deref()).await;
            println!("on {:?}", house.platform.db().backend());
            test(house).await;
        });
    }
}

impl House {
    pub(crate) async fn build() -> Self {
        Self::build_on(None).await
    }

    /// The same on a database server.
    pub(crate) async fn build_on(server: Option<&str>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::still_at("2026-01-01T00:00:00Z".parse::<UtcTime>().unwrap());
        let (url, on_server) = match server {
            None => {
                let file = folder.path().join("house.db");
                (format!("sqlite://{}", file.display()), None)
            }
            Some(server) => {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let name = format!("alvara_app_{}_{number}", std::process::id());
                let url = scratch::create(server, &name).unwrap();
                (url, Some((server.to_owned(), name)))
            }
        };
        let (db, mint) = Db::open(&DbConfig::create(&url), clock.clone()).unwrap();
        db.migrate().await.unwrap();
        let vault = Vault::new(&MasterKey::generate().unwrap()).unwrap();
        let config = AccessConfig {
            password_cost: PasswordCost {
                memory_kib: 32,
                passes: 1,
                lanes: 1,
            },
            ..AccessConfig::default()
        };
        let (gate, console) = Gate::open(db, mint, vault.clone(), config).unwrap();
        let operator = console
            .provision_operator(tenant("operator"))
            .await
            .unwrap()
            .unwrap();
        let acme = gate
            .provision(&console.platform(), tenant("acme"))
            .await
            .unwrap();
        let bella = gate
            .provision(&console.platform(), tenant("bella"))
            .await
            .unwrap();
        let address = PublicAddress {
            scheme: "http".into(),
            base_domain: "localhost".into(),
            port: Some(8080),
        };
        let platform = Platform::new(
            gate,
            KeyRing::new(vault.clone()),
            address,
            alvara_gateway::GatewayConfig::default(),
            crate::platform::Outside::default(),
        );
        Self {
            platform,
            console,
            clock,
            vault,
            operator,
            acme,
            bella,
            _folder: folder,
            on_server,
        }
    }

    /// Somebody with a shell, in the whole of a tenant.
    pub(crate) fn scope(&self, tenant: &Tenant) -> Scope {
        self.console.scope(tenant)
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        scope: &Scope,
        work: impl FnMut(&mut TenantTx<'_>) -> AppResult<T> + Send + 'static,
    ) -> AppResult<T> {
        self.platform.db().write(scope, work).await
    }

    pub(crate) async fn platform_write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut PlatformTx<'_>) -> AppResult<T> + Send + 'static,
    ) -> AppResult<T> {
        self.platform
            .db()
            .platform_write(&self.console.platform(), work)
            .await
    }

    pub(crate) fn move_clock(&self, seconds: i64) {
        let now = self.clock.now();
        let then = now.checked_add_seconds(seconds).unwrap();
        assert!(self.clock.set(then));
    }

    /// A product with Ed25519 keys, which are quick to make.
    pub(crate) async fn product(&self, tenant: &Tenant, code: &str) -> Product {
        let request = NewProduct {
            code: code.into(),
            name: "A product".into(),
            key_prefix: "ACME".into(),
            algorithm: Algorithm::EdDsa,
            key_bits: 256,
        };
        self.platform
            .create_product(&self.scope(tenant), &request)
            .await
            .unwrap()
    }

    pub(crate) async fn module(&self, tenant: &Tenant, product_id: ProductId, code: &str) {
        let price = Money::new(990, Currency::BRL);
        let request = NewModule {
            product_id,
            code: code.into(),
            name: code.into(),
            position: None,
            price,
        };
        self.write(&self.scope(tenant), move |tx| add_module(tx, &request))
            .await
            .unwrap();
    }

    pub(crate) async fn node(&self, tenant: &Tenant, parent_id: NodeId, kind: NodeKind) -> Node {
        let request = NewNode {
            parent_id,
            kind,
            name: format!("A {kind}"),
            email: None,
        };
        self.write(&self.scope(tenant), move |tx| create_node(tx, &request))
            .await
            .unwrap()
    }

    /// A member at a place, signed in.
    pub(crate) async fn member(
        &self,
        tenant: &Tenant,
        node_id: NodeId,
        role: BuiltInRole,
    ) -> Principal {
        let email = format!(
            "{role}-{}@test.test",
            node_id.ulid().to_string().to_lowercase()
        );
        let request = NewMember {
            node_id,
            email: email.clone(),
            name: "Somebody".into(),
            role: Role::BuiltIn(role),
            locale: None,
            password: Some(Secret::new(PASSWORD.into())),
        };
        let granter = Granter::Console(&self.console);
        self.platform
            .create_member(&self.scope(tenant), granter, &request)
            .await
            .unwrap();
        self.sign_in(tenant, &email).await.unwrap()
    }

    pub(crate) async fn sign_in(&self, tenant: &Tenant, email: &str) -> Option<Principal> {
        let request = SignIn {
            email,
            password: PASSWORD,
            code: None,
            user_agent: "",
        };
        let host = HostTenant::Tenant(Arc::new(tenant.clone()));
        self.platform
            .gate()
            .sign_in(&host, request, &Origin::default())
            .await
            .ok()
            .map(|grant| grant.principal)
    }

    /// The scope in which a member may use a permission; `None` when it may not.
    pub(crate) fn scope_of(&self, principal: &Principal, key: PermissionKey) -> Option<Scope> {
        self.platform
            .gate()
            .scope_for(key, principal, &HostTenant::Shared, &Origin::default())
            .ok()
    }
}

fn tenant(slug: &str) -> NewTenant {
    NewTenant {
        slug: slug.into(),
        name: slug.into(),
        locale: "pt-BR".into(),
        currency: Currency::BRL,
        time_zone: ZoneName::utc(),
        admin_email: format!("admin@{slug}.test"),
        admin_name: "Admin".into(),
        admin_password: PASSWORD.into(),
    }
}
