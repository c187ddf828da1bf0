//! A whole installation on a SQLite file, with an operator and two resellers, for the tests of
//! this crate.

use std::sync::Arc;

use alvara_domain::id::{NodeId, ProductId};
use alvara_domain::money::{Currency, Money};
use alvara_domain::node::{Node, NodeKind, Tenant};
use alvara_domain::product::{Algorithm, Product};
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_store::{Clock, Db, DbConfig, Origin, PlatformTx, Scope, TenantTx};
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
}

impl House {
    pub(crate) async fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::still_at("2026-01-01T00:00:00Z".parse::<UtcTime>().unwrap());
        let url = format!("sqlite://{}", folder.path().join("house.db").display());
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
        let platform = Platform::new(gate, KeyRing::new(vault.clone()), address);
        Self {
            platform,
            console,
            clock,
            vault,
            operator,
            acme,
            bella,
            _folder: folder,
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
            password: Secret::new(PASSWORD.into()),
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
