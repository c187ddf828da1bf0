use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::key::{ActivationKey, KeyPrefix};
use alvara_domain::license::{License, LicenseState, Term};
use alvara_domain::machine::{ArrivedBy, Machine, MachineState, Metrics};
use alvara_domain::node::{Node, NodeKind, Tenant};
use alvara_domain::product::{Algorithm, Policy, Product, ProductState};
use alvara_domain::terms::{LicenseKind, Terms};
use alvara_store::members::{self, MemberFilter};
use alvara_store::page::PageRequest;
use alvara_store::{
    Actor, Reach, StoreResult, TenantTx, licenses, machines, nodes, policies, products,
};
use alvara_vault::token_hash;

use crate::world::{World, origin};

const FINGERPRINT: &str = "fp-1";
const TOKEN: &str = "alm_token";

struct Sold {
    key: ActivationKey,
    place: Node,
    license: LicenseId,
    machine: MachineId,
}

/// A license at a customer of the tenant's, with one machine that was activated at the shared host.
async fn sell(world: &World, tenant: &Tenant) -> Sold {
    let place = world
        .place(tenant, tenant.root_node_id, NodeKind::Customer)
        .await;
    let key = ActivationKey::generate(&KeyPrefix::none(), &alvara_vault::random().unwrap());
    let lookup = world.gate.vault().lookup(&key.canonical()).unwrap();
    let (at, scope) = (place.clone(), world.console.scope(tenant));
    let token = format!("{TOKEN}{}", tenant.slug);
    let made = world.gate.db().write(&scope, move |tx| {
        let license = license(tx, &at, &lookup)?;
        let machine = machine(tx, license, &token)?;
        StoreResult::Ok((license, machine))
    });
    let (license, machine) = made.await.unwrap();
    Sold {
        key,
        place,
        license,
        machine,
    }
}

fn license(tx: &mut TenantTx<'_>, at: &Node, lookup: &str) -> StoreResult<LicenseId> {
    let now = tx.now();
    let product = Product {
        tenant_id: at.tenant_id,
        id: tx.new_id()?,
        code: "hybrid".to_owned(),
        name: "Hybrid".to_owned(),
        key_prefix: KeyPrefix::none(),
        algorithm: Algorithm::Rs256,
        key_bits: 2048,
        state: ProductState::Active,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    products::insert(tx, &product, "BRL".parse().unwrap())?;
    let policy = Policy {
        tenant_id: at.tenant_id,
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
    let license = License {
        tenant_id: at.tenant_id,
        id: tx.new_id()?,
        product_id: product.id,
        policy_id: policy.id,
        node_id: at.id,
        batch_id: None,
        key_lookup: lookup.to_owned(),
        key_sealed: "sealed".to_owned(),
        key_hint: "7K3QX".to_owned(),
        kind: LicenseKind::Permanent,
        state: LicenseState::Active,
        state_reason: None,
        term: Term {
            starts_at: now,
            expires_at: None,
            anchor: None,
            period: None,
            periods: 0,
            maintenance_until: None,
        },
        terms: Terms::hybrid(),
        bound_user: None,
        bound_site: None,
        machine_limit: Some(2),
        machines_used: 0,
        first_activated_at: None,
        modules: Vec::new(),
        note: String::new(),
        issued_by: "console".to_owned(),
        issued_at: now,
        updated_at: now,
        deleted_at: None,
        revision: 1,
        version: 1,
    };
    licenses::insert(tx, &license)?;
    Ok(license.id)
}

fn machine(tx: &mut TenantTx<'_>, license: LicenseId, token: &str) -> StoreResult<MachineId> {
    let now = tx.now();
    let machine = Machine {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        license_id: license,
        fingerprint: FINGERPRINT.parse().unwrap(),
        components: serde_json::from_str("{}").unwrap(),
        name: "Caixa 1".to_owned(),
        platform: "linux".to_owned(),
        app_version: "1".to_owned(),
        user_name: None,
        site: None,
        state: MachineState::Active,
        state_reason: None,
        arrived_by: ArrivedBy::SharedHost,
        token_hash: token_hash(token),
        activated_at: now,
        deactivated_at: None,
        last_seen_at: now,
        lease_until: now,
        online_until: now,
        computer_key_seq: 1,
        license_revision: 1,
        computer_key_kid: String::new(),
        computer_key_held: None,
        metrics: Metrics::default(),
        source_address: String::new(),
        clone_suspected_at: None,
        clone_reason: None,
        version: 1,
    };
    assert!(machines::insert(tx, &machine)?);
    Ok(machine.id)
}

#[tokio::test]
async fn a_key_opens_the_place_of_its_license_and_nothing_else() {
    // R-TEN-01, R-LIC-05
    let world = World::new().await;
    let sold = sell(&world, &world.acme).await;
    for host in ["acme.localhost", "localhost"] {
        let host = world.host(host).await;
        let found = world
            .gate
            .program_by_key(&host, &sold.key, &origin())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.license, sold.license);
        assert_eq!(
            (found.scope.tenant(), found.scope.path()),
            (world.acme.id, &sold.place.path)
        );
        assert_eq!(
            (found.scope.reach(), found.scope.actor()),
            (Reach::Own, &Actor::Program)
        );
    }
    for host in ["bella.localhost", "nobody.localhost"] {
        let host = world.host(host).await;
        assert!(
            world
                .gate
                .program_by_key(&host, &sold.key, &origin())
                .await
                .unwrap()
                .is_none()
        );
    }
    let unknown = ActivationKey::generate(&KeyPrefix::none(), &[7; 15]);
    let host = world.host("acme.localhost").await;
    assert!(
        world
            .gate
            .program_by_key(&host, &unknown, &origin())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_machine_is_known_by_its_token_at_its_tenant() {
    // R-TEN-01, R-LIC-11
    let world = World::new().await;
    let sold = sell(&world, &world.acme).await;
    let acme = world.host("acme.localhost").await;
    let token = format!("{TOKEN}acme");
    let found = world
        .gate
        .program_by_token(&acme, &token, &origin())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.machine, found.license),
        (Some(sold.machine), sold.license)
    );
    assert_eq!(found.scope.actor(), &Actor::Machine(sold.machine));
    assert!(
        world
            .gate
            .program_by_token(&acme, "alm_other", &origin())
            .await
            .unwrap()
            .is_none()
    );
    let bella = world.host("bella.localhost").await;
    assert!(
        world
            .gate
            .program_by_token(&bella, &token, &origin())
            .await
            .unwrap()
            .is_none()
    );
    let named = world
        .gate
        .program_by_license(&acme, sold.license, &origin())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(named.scope.path(), &sold.place.path);
    assert!(
        world
            .gate
            .program_by_license(&bella, sold.license, &origin())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_fingerprint_is_looked_for_behind_the_door_it_came_through() {
    // R-TEN-01, R-API-02
    let world = World::new().await;
    let (acme, bella) = (
        sell(&world, &world.acme).await,
        sell(&world, &world.bella).await,
    );
    let fingerprint = FINGERPRINT.parse().unwrap();
    let found = async |host| {
        let host = world.host(host).await;
        let found = world
            .gate
            .programs_by_fingerprint(&host, &fingerprint, &origin())
            .await
            .unwrap();
        found
            .into_iter()
            .filter_map(|program| program.machine)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("acme.localhost").await, [acme.machine]);
    assert_eq!(found("bella.localhost").await, [bella.machine]);
    let mut shared = found("localhost").await;
    shared.sort();
    let mut both = [acme.machine, bella.machine];
    both.sort();
    assert_eq!(shared, both);
    assert!(found("nobody.localhost").await.is_empty());
}

#[tokio::test]
async fn what_is_public_is_the_catalogue_and_no_place() {
    // R-TEN-01, R-LIC-12
    let world = World::new().await;
    let sold = sell(&world, &world.acme).await;
    let root = world.acme.root_node_id;
    let host = world.host("acme.localhost").await;
    let scope = world.gate.public(&host, &origin()).await.unwrap().unwrap();
    let (license, machine) = (sold.license, sold.machine);
    let seen = world.gate.db().read(&scope, move |tx| {
        assert!(products::find_by_code(tx, "hybrid")?.is_some());
        assert!(nodes::find(tx, root)?.is_none());
        assert!(licenses::find(tx, license)?.is_none());
        assert!(machines::find(tx, machine)?.is_none());
        let members = members::list(tx, &MemberFilter::default(), &PageRequest::default())?;
        StoreResult::Ok(members.items.len())
    });
    assert_eq!(seen.await.unwrap(), 0);
    let at_nobodys = world.host("nobody.localhost").await;
    assert!(
        world
            .gate
            .public(&at_nobodys, &origin())
            .await
            .unwrap()
            .is_none()
    );
}
