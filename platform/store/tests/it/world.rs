//! A database with two tenants in it.
use alvara_domain::id::{LicenseId, NodeId, PolicyId, ProductId, TenantId};
use alvara_domain::license::{License, LicenseState, Term};
use alvara_domain::machine::{ArrivedBy, Machine, MachineState, Metrics};
use alvara_domain::money::Currency;
use alvara_domain::node::{Node, NodeKind, NodePath, NodeState, Tenant, TenantKind, TenantState};
use alvara_domain::product::{Algorithm, Policy, Product, ProductState};
use alvara_domain::terms::{LicenseKind, Terms};
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_store::{
    Actor, Clock, Db, DbConfig, Grant, Mint, Origin, PlatformScope, Reach, Scope, StoreError,
    TenantTx,
};
use alvara_store::{licenses, nodes, policies, products, scratch, tenants};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) mint: Mint,
    pub(crate) clock: Clock,
    pub(crate) url: String,
    _folder: Option<tempfile::TempDir>,
    server: Option<(String, String)>,
}

/// A tenant with a customer below an agent, and another agent beside.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) tenant: TenantId,
    pub(crate) root: Node,
    pub(crate) agent: Node,
    pub(crate) sibling: Node,
    pub(crate) customer: Node,
    pub(crate) product: ProductId,
    pub(crate) policy: PolicyId,
}

/// Runs a test on every database there is.
pub(crate) fn everywhere<F: Future<Output = ()>>(test: impl Fn(World) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut urls = vec![None];
    for name in ["ALVARA_TEST_POSTGRES_URL", "ALVARA_TEST_MARIADB_URL"] {
        urls.extend(
            std::env::var(name)
                .ok()
                .filter(|url| !url.is_empty())
                .map(Some),
        );
    }
    for server in urls {
        runtime.block_on(async {
            let world = World::new(server.as_deref());
            println!("on {:?}", world.db.backend());
            world.db.migrate().await.unwrap();
            test(world).await;
        });
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.server {
            scratch::drop_database(server, name).unwrap();
        }
    }
}

impl World {
    pub(crate) fn new(server: Option<&str>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let clock = Clock::still_at(at("2026-01-31T12:00:00Z"));
        let mut folder = None;
        let mut on_server = None;
        let url = match server {
            None => {
                let made = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}", made.path().join("a.db").display());
                folder = Some(made);
                url
            }
            Some(server) => {
                let name = format!(
                    "alvara_store_{}_{}",
                    std::process::id(),
                    NEXT.fetch_add(1, Ordering::Relaxed)
                );
                let url = scratch::create(server, &name).unwrap();
                on_server = Some((server.to_owned(), name));
                url
            }
        };
        let (db, mint) = Db::open(&DbConfig::create(&url), clock.clone()).unwrap();
        Self {
            db,
            mint,
            clock,
            url,
            _folder: folder,
            server: on_server,
        }
    }

    pub(crate) fn platform(&self) -> PlatformScope {
        self.mint
            .platform(Actor::Platform, Origin::new("127.0.0.1", "req-1"))
    }

    pub(crate) fn scope(&self, node: &Node, reach: Reach) -> Scope {
        self.mint.scope(Grant {
            tenant: node.tenant_id,
            path: node.path.clone(),
            reach,
            actor: Actor::Console,
            origin: Origin::new("127.0.0.1", "req-2"),
        })
    }

    /// The whole tenant.
    pub(crate) fn whole(&self, house: &House) -> Scope {
        self.scope(&house.root, Reach::Tree)
    }

    /// A tenant with tree, product and policy.
    pub(crate) async fn house(&self, slug: &str) -> House {
        let slug = slug.to_owned();
        self.db
            .platform_write(&self.platform(), move |tx| -> Result<House, StoreError> {
                let now = tx.now();
                let (tenant, root): (TenantId, NodeId) = (tx.new_id()?, tx.new_id()?);
                tenants::insert(
                    tx,
                    &Tenant {
                        id: tenant,
                        slug: slug.clone(),
                        name: slug.clone(),
                        kind: TenantKind::Reseller,
                        state: TenantState::Active,
                        root_node_id: root,
                        locale: "pt-BR".to_owned(),
                        currency: Currency::BRL,
                        time_zone: ZoneName::utc(),
                        default_product_id: None,
                        tax_id: None,
                        postal_address: None,
                        created_at: now,
                        updated_at: now,
                        version: 1,
                    },
                )?;
                let path = NodePath::root(root);
                tx.enter(tenant, &path, |tx| {
                    let root = node(tx, None, Some(root), NodeKind::Reseller, "Root")?;
                    let agent = node(tx, Some(&root), None, NodeKind::Agent, "Agent Ação")?;
                    let sibling = node(tx, Some(&root), None, NodeKind::Agent, "Sibling")?;
                    let customer =
                        node(tx, Some(&agent), None, NodeKind::Customer, "Customer 100%")?;
                    let product = Product {
                        tenant_id: tenant,
                        id: tx.new_id()?,
                        code: "hybrid".to_owned(),
                        name: "Hybrid".to_owned(),
                        key_prefix: "HYB".parse().unwrap(),
                        algorithm: Algorithm::Rs256,
                        key_bits: 2048,
                        state: ProductState::Active,
                        created_at: now,
                        updated_at: now,
                        version: 1,
                    };
                    products::insert(tx, &product, Currency::BRL)?;
                    let policy = Policy {
                        tenant_id: tenant,
                        id: tx.new_id()?,
                        product_id: product.id,
                        code: "year".to_owned(),
                        name: "Year".to_owned(),
                        terms: Terms::hybrid(),
                        created_at: now,
                        updated_at: now,
                        version: 1,
                    };
                    policies::insert(tx, &policy)?;
                    Ok(House {
                        tenant,
                        root,
                        agent,
                        sibling,
                        customer,
                        product: product.id,
                        policy: policy.id,
                    })
                })
            })
            .await
            .unwrap()
    }

    /// An issued license at a place, with room for some machines.
    pub(crate) async fn license(&self, house: &House, at: &Node, seats: Option<i64>) -> LicenseId {
        let (house, at) = (house.clone(), at.clone());
        self.db
            .write(
                &self.whole(&house),
                move |tx| -> Result<LicenseId, StoreError> {
                    let license = new_license(tx, &house, at.id, seats)?;
                    licenses::insert(tx, &license)?;
                    Ok(license.id)
                },
            )
            .await
            .unwrap()
    }
}

pub(crate) fn at(text: &str) -> UtcTime {
    text.parse().unwrap()
}

pub(crate) fn node(
    tx: &mut TenantTx<'_>,
    parent: Option<&Node>,
    id: Option<NodeId>,
    kind: NodeKind,
    name: &str,
) -> Result<Node, StoreError> {
    let id = match id {
        Some(id) => id,
        None => tx.new_id()?,
    };
    let node = Node {
        tenant_id: tx.tenant(),
        id,
        parent_id: parent.map(|parent| parent.id),
        kind,
        name: name.to_owned(),
        email: Some(format!("{}@Example.com", id.ulid())),
        path: match parent {
            Some(parent) => parent.path.child(id).unwrap(),
            None => NodePath::root(id),
        },
        state: NodeState::Active,
        created_at: tx.now(),
        updated_at: tx.now(),
        discount_ceiling_bp: None,
        deleted_at: None,
        version: 1,
    };
    nodes::insert(tx, &node)?;
    Ok(node)
}

pub(crate) fn new_license(
    tx: &mut TenantTx<'_>,
    house: &House,
    node: NodeId,
    seats: Option<i64>,
) -> Result<License, StoreError> {
    let id: LicenseId = tx.new_id()?;
    let now = tx.now();
    let terms = Terms::hybrid();
    Ok(License {
        tenant_id: house.tenant,
        id,
        product_id: house.product,
        policy_id: house.policy,
        node_id: node,
        batch_id: None,
        key_lookup: format!("{:0>64}", id.ulid()),
        key_sealed: "sealed".to_owned(),
        key_hint: "7K3QX".to_owned(),
        kind: LicenseKind::Subscription,
        state: LicenseState::Active,
        state_reason: None,
        term: Term {
            starts_at: now,
            expires_at: Some(at("2099-12-31T23:59:59.123456Z")),
            anchor: Some(now),
            period: Some("P1M".parse().unwrap()),
            periods: 2,
            maintenance_until: None,
        },
        terms,
        bound_user: None,
        bound_site: Some("São Paulo".to_owned()),
        machine_limit: seats,
        machines_used: 0,
        first_activated_at: None,
        modules: Vec::new(),
        note: "it's \"here\" \\ and % there".to_owned(),
        issued_by: "console".to_owned(),
        issued_at: now,
        updated_at: now,
        deleted_at: None,
        revision: 1,
        version: 1,
    })
}

pub(crate) fn new_machine(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    fingerprint: &str,
) -> Result<Machine, StoreError> {
    let id: alvara_domain::id::MachineId = tx.new_id()?;
    let now = tx.now();
    Ok(Machine {
        tenant_id: tx.tenant(),
        id,
        license_id: license,
        fingerprint: fingerprint.parse().unwrap(),
        components: serde_json::from_str(r#"{"cpu":"i7","disk":"SN 1"}"#).unwrap(),
        name: "Caixa 1".to_owned(),
        platform: "windows-x64".to_owned(),
        app_version: "2.1.0".to_owned(),
        user_name: Some("Zoë".to_owned()),
        site: None,
        state: MachineState::Active,
        state_reason: None,
        arrived_by: ArrivedBy::SharedHost,
        token_hash: format!("{:0>64}", id.ulid()),
        activated_at: now,
        deactivated_at: None,
        last_seen_at: now,
        lease_until: now.saturating_add_seconds(3600),
        online_until: now.saturating_add_seconds(3600),
        computer_key_seq: 1,
        license_revision: 1,
        computer_key_kid: "kid-1".to_owned(),
        computer_key_held: None,
        metrics: Metrics::default(),
        source_address: "2001:db8::1".to_owned(),
        clone_suspected_at: None,
        clone_reason: None,
        version: 1,
    })
}
