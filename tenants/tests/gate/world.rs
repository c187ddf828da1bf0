use alvara_domain::id::{ApiKeyId, MemberId, NodeId};
use alvara_domain::node::{Node, NodeKind, NodeState, Tenant};
use alvara_domain::time::UtcTime;
use alvara_store::api_keys::{self, ApiKey};
use alvara_store::audit::{self, AuditFilter};
use alvara_store::members::{self, Member, MemberState};
use alvara_store::nodes;
use alvara_store::page::PageRequest;
use alvara_store::{Clock, Db, DbConfig, Origin, Scope, StoreResult};
use alvara_tenants::{
    AccessConfig, Console, Credential, Denied, Gate, HostTenant, NewTenant, PermissionKey,
    Principal, SessionGrant, SignIn, SignInRefused,
};
use alvara_vault::{MasterKey, PasswordCost, Secret, Vault, new_secret, token_hash};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const START: i64 = 1_800_000_000;

/// An operator and two resellers, acme and bella, each with an admin.
pub(crate) struct World {
    pub(crate) gate: Gate,
    pub(crate) console: Console,
    pub(crate) clock: Clock,
    pub(crate) operator: Tenant,
    pub(crate) acme: Tenant,
    pub(crate) bella: Tenant,
    _folder: tempfile::TempDir,
}

pub(crate) fn new_tenant(slug: &str) -> NewTenant {
    NewTenant {
        slug: slug.to_owned(),
        name: format!("{slug} Ltda"),
        locale: "pt-BR".to_owned(),
        currency: "BRL".parse().unwrap(),
        time_zone: "America/Sao_Paulo".parse().unwrap(),
        admin_email: format!("Admin@{slug}.test"),
        admin_name: "Ana".to_owned(),
        admin_password: PASSWORD.to_owned(),
    }
}

pub(crate) fn origin() -> Origin {
    Origin::new("203.0.113.7", "req-1")
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("alvara.db").display());
        let clock = Clock::still_at(UtcTime::from_seconds(START).unwrap());
        let (db, mint) = Db::open(&DbConfig::create(&url), clock.clone()).unwrap();
        db.migrate().await.unwrap();
        let vault = Vault::new(&MasterKey::generate().unwrap()).unwrap();
        let config = AccessConfig {
            password_cost: PasswordCost {
                memory_kib: 64,
                passes: 1,
                lanes: 1,
            },
            ..AccessConfig::default()
        };
        let (gate, console) = Gate::open(db, mint, vault, config).unwrap();
        let operator = console
            .provision_operator(new_tenant("operator"))
            .await
            .unwrap()
            .unwrap()
            .tenant;
        let acme = gate
            .provision(&console.platform(), new_tenant("acme"))
            .await
            .unwrap()
            .tenant;
        let bella = gate
            .provision(&console.platform(), new_tenant("bella"))
            .await
            .unwrap()
            .tenant;
        Self {
            gate,
            console,
            clock,
            operator,
            acme,
            bella,
            _folder: folder,
        }
    }

    pub(crate) fn wait(&self, seconds: i64) {
        let next = self.clock.now().checked_add_seconds(seconds).unwrap();
        assert!(self.clock.set(next));
    }

    pub(crate) async fn host(&self, name: &str) -> HostTenant {
        self.gate.resolve_host(name).await.unwrap()
    }

    pub(crate) async fn try_sign_in(
        &self,
        host: &str,
        email: &str,
        password: &str,
        code: Option<&str>,
    ) -> Result<SessionGrant, SignInRefused> {
        let host = self.host(host).await;
        let request = SignIn {
            email,
            password,
            code,
            user_agent: "Test/1",
        };
        self.gate.sign_in(&host, request, &origin()).await
    }

    pub(crate) async fn sign_in(&self, host: &str, email: &str) -> SessionGrant {
        self.try_sign_in(host, email, PASSWORD, None).await.unwrap()
    }

    pub(crate) async fn with_session(
        &self,
        host: &str,
        secret: &Secret,
    ) -> Result<Principal, Denied> {
        let host = self.host(host).await;
        self.gate
            .authenticate(&host, Credential::Session(secret.expose()), &origin())
            .await
    }

    pub(crate) async fn with_bearer(
        &self,
        host: &str,
        secret: &Secret,
    ) -> Result<Principal, Denied> {
        let host = self.host(host).await;
        self.gate
            .authenticate(&host, Credential::Bearer(secret.expose()), &origin())
            .await
    }

    pub(crate) async fn scope(
        &self,
        principal: &Principal,
        host: &str,
        key: PermissionKey,
    ) -> Result<Scope, Denied> {
        let host = self.host(host).await;
        self.gate.scope_for(key, principal, &host, &origin())
    }

    /// Adds a place below another.
    pub(crate) async fn place(&self, tenant: &Tenant, parent: NodeId, kind: NodeKind) -> Node {
        let tenant = tenant.clone();
        let scope = self.console.scope(&tenant);
        let added = self.gate.db().write(&scope, move |tx| {
            let id: NodeId = tx.new_id()?;
            let above = nodes::find(tx, parent)?.unwrap();
            let node = Node {
                tenant_id: tenant.id,
                id,
                parent_id: Some(parent),
                kind,
                name: "A place".to_owned(),
                email: None,
                path: above.path.child(id).unwrap(),
                state: NodeState::Active,
                created_at: tx.now(),
                updated_at: tx.now(),
                discount_ceiling_bp: None,
                deleted_at: None,
                version: 1,
            };
            nodes::insert(tx, &node)?;
            StoreResult::Ok(node)
        });
        added.await.unwrap()
    }

    pub(crate) async fn set_place(&self, tenant: &Tenant, node: NodeId, state: NodeState) {
        let scope = self.console.scope(tenant);
        let changed = self
            .gate
            .db()
            .write(&scope, move |tx| nodes::change_state(tx, node, state));
        assert!(changed.await.unwrap());
    }

    /// Adds a member with the usual password.
    pub(crate) async fn member(
        &self,
        tenant: &Tenant,
        place: &Node,
        email: &str,
        role: &str,
    ) -> MemberId {
        let hash = self.gate.hash_password(PASSWORD).await.unwrap();
        let scope = self.console.scope(tenant);
        let (place, email, role) = (place.clone(), email.to_owned(), role.to_owned());
        let added = self.gate.db().write(&scope, move |tx| {
            let id: MemberId = tx.new_id()?;
            let member = Member {
                tenant_id: place.tenant_id,
                id,
                node_id: place.id,
                node_path: place.path.clone(),
                email: email.clone(),
                name: "Bia".to_owned(),
                role: role.clone(),
                state: MemberState::Active,
                locale: None,
                password_hash: hash.clone(),
                totp_sealed: None,
                totp_last_step: 0,
                failed_attempts: 0,
                locked_until: None,
                credentials_epoch: 0,
                created_at: tx.now(),
                updated_at: tx.now(),
                version: 1,
            };
            members::insert(tx, &member)?;
            StoreResult::Ok(id)
        });
        added.await.unwrap()
    }

    pub(crate) async fn edit_member(
        &self,
        tenant: &Tenant,
        id: MemberId,
        edit: impl Fn(&mut Member) + Send + 'static,
    ) {
        let scope = self.console.scope(tenant);
        let edited = self.gate.db().write(&scope, move |tx| {
            let mut member = members::find(tx, id)?.unwrap();
            edit(&mut member);
            members::update(tx, &member)
        });
        edited.await.unwrap();
    }

    /// Adds an API key and shows its secret.
    pub(crate) async fn api_key(
        &self,
        tenant: &Tenant,
        place: NodeId,
        role: &str,
        permissions: &[PermissionKey],
    ) -> (ApiKeyId, Secret) {
        let secret = new_secret(alvara_tenants::API_KEY_PREFIX).unwrap();
        let hash = token_hash(secret.expose());
        let scope = self.console.scope(tenant);
        let (role, permissions) = (
            role.to_owned(),
            permissions
                .iter()
                .map(|key| key.to_string())
                .collect::<Vec<_>>(),
        );
        let added = self.gate.db().write(&scope, move |tx| {
            let id: ApiKeyId = tx.new_id()?;
            let node = nodes::find(tx, place)?.unwrap();
            let key = ApiKey {
                tenant_id: node.tenant_id,
                id,
                node_id: place,
                node_path: node.path,
                name: "Build".to_owned(),
                role: role.clone(),
                permissions: permissions.clone(),
                created_by: "console".to_owned(),
                created_at: tx.now(),
                expires_at: Some(tx.now().saturating_add_seconds(3600)),
                revoked_at: None,
                last_used_at: None,
            };
            api_keys::insert(tx, &key, &hash)?;
            StoreResult::Ok(id)
        });
        (added.await.unwrap(), secret)
    }

    /// The tenant's audit entries: action, target and state after, the oldest first.
    pub(crate) async fn audit(&self, tenant: &Tenant) -> Vec<(String, String, String)> {
        let scope = self.console.scope(tenant);
        let page = self
            .gate
            .db()
            .read(&scope, |tx| {
                audit::list(
                    tx,
                    &AuditFilter::default(),
                    &PageRequest::new(Some(200), None),
                )
            })
            .await
            .unwrap();
        let mut entries = page.items;
        entries.sort_by_key(|entry| entry.seq);
        entries
            .into_iter()
            .map(|entry| (entry.action, entry.target, entry.after))
            .collect()
    }
}

pub(crate) fn is_unauthenticated(found: Result<Principal, Denied>) -> bool {
    match found {
        Ok(principal) => panic!("let in as {:?}", principal.role()),
        Err(Denied::Unauthenticated) => true,
        Err(other) => panic!("{other}"),
    }
}
