//! Filling a database with licenses and machines.
//!
//! The first license of each customer is issued by the use case, with its audit entry and event;
//! the others are copies of it with an id and a key of their own, stored by the function that bulk
//! issue uses. A million issued one by one would take the better part of an hour and lie in the
//! tables in the same way.

use alvara_app::AppError;
use alvara_app::license::issue::{IssueRequest, issue};
use alvara_app::tenancy::{NewNode, create_node};
use alvara_domain::fingerprint::{Components, Fingerprint};
use alvara_domain::id::MachineId;
use alvara_domain::key::{ActivationKey, KeyPrefix};
use alvara_domain::license::License;
use alvara_domain::machine::{ArrivedBy, Machine, MachineState, Metrics};
use alvara_domain::node::NodeKind;
use alvara_store::{TenantTx, licenses, machines};
use alvara_vault::{Purpose, Vault, new_secret, random, token_hash};

use crate::failure::Outcome;
use crate::world::{House, Seat};

/// Licenses of one customer, stored in one transaction.
const CUSTOMER: usize = 500;
/// Machines of one license.
const MACHINES: usize = 3;
/// How many seats are remembered for asking; the others only have to be there.
const REMEMBERED: usize = 20_000;

/// Fills it and hands back seats spread over the whole.
pub(crate) async fn populate(house: &House, count: usize) -> Outcome<Vec<Seat>> {
    let every = (count / REMEMBERED).max(1);
    let mut seats = Vec::new();
    let mut made = 0;
    while made < count {
        let share = CUSTOMER.min(count - made);
        let (platform, policy, first) = (house.platform.clone(), house.policy.clone(), made);
        let root = house.scope.path().clone();
        let some = house
            .platform
            .db()
            .write(&house.scope, move |tx| {
                let parent_id = root.ids().next().ok_or(AppError::NotFound("node"))?;
                let new = NewNode {
                    parent_id,
                    kind: NodeKind::Customer,
                    name: format!("Customer {first}"),
                    email: None,
                };
                let node = create_node(tx, &new)?;
                let template = issue(tx, platform.vault(), &IssueRequest::of(policy.id, node.id))?;
                let template = template.license;
                let ring = platform.keys().ring(tx, template.product_id)?;
                let kid = ring.active().kid();
                customer(
                    tx,
                    platform.vault(),
                    (&template, kid),
                    (first, share, every),
                )
            })
            .await?;
        seats.extend(some);
        made += share;
        if made.is_multiple_of(100_000) {
            println!("  {made} of {count} licenses");
        }
    }
    Ok(seats)
}

/// The licenses and machines of one customer.
fn customer(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (template, kid): (&License, &str),
    (first, share, every): (usize, usize, usize),
) -> Result<Vec<Seat>, AppError> {
    let (mut rows, mut keys) = (Vec::with_capacity(share), Vec::with_capacity(share));
    for _ in 0..share {
        let (license, key) = copy(tx, vault, template)?;
        rows.push(license);
        keys.push(key);
    }
    licenses::insert_many(tx, &rows)?;
    let mut seats = Vec::new();
    for (place, (license, key)) in rows.iter().zip(keys).enumerate() {
        for number in 0..MACHINES {
            let (machine, token) = machine(tx, license, kid)?;
            machines::insert(tx, &machine)?;
            if number == 0 && (first + place).is_multiple_of(every) {
                let fingerprint = machine.fingerprint.as_str().to_owned();
                seats.push(Seat {
                    key: key.clone(),
                    fingerprint,
                    token,
                });
            }
        }
    }
    Ok(seats)
}

/// A license like another, with an id and a key of its own, and that key.
pub(crate) fn copy(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    template: &License,
) -> Result<(License, String), AppError> {
    let id = tx.new_id()?;
    let key = ActivationKey::generate(&KeyPrefix::none(), &random::<15>()?);
    let display = key.display();
    let license = License {
        id,
        key_lookup: vault.lookup(&key.canonical())?,
        key_sealed: vault.seal(
            Purpose::ActivationKey,
            &format!("{id}/key"),
            display.as_bytes(),
        )?,
        key_hint: key.hint(),
        machines_used: MACHINES as i64,
        first_activated_at: Some(tx.now()),
        ..template.clone()
    };
    Ok((license, display))
}

/// A machine of a license, and its token.
pub(crate) fn machine(
    tx: &mut TenantTx<'_>,
    license: &License,
    kid: &str,
) -> Result<(Machine, String), AppError> {
    let id: MachineId = tx.new_id()?;
    let now = tx.now();
    let token = new_secret("mtk_")?.expose().to_owned();
    let fingerprint: Fingerprint = format!("fp-{}", id.ulid())
        .parse()
        .map_err(|_| AppError::Inconsistent("a fingerprint that is none".to_owned()))?;
    let machine = Machine {
        tenant_id: tx.tenant(),
        id,
        license_id: license.id,
        fingerprint,
        components: Components::default(),
        name: "Desk".to_owned(),
        platform: "linux-x64".to_owned(),
        app_version: "1.4.2".to_owned(),
        user_name: None,
        site: None,
        state: MachineState::Active,
        state_reason: None,
        arrived_by: ArrivedBy::TenantHost,
        token_hash: token_hash(&token),
        activated_at: now,
        deactivated_at: None,
        last_seen_at: now,
        lease_until: license.terms.lease_until(now),
        online_until: license.terms.lease_until(now),
        computer_key_seq: 1,
        license_revision: license.revision,
        computer_key_kid: kid.to_owned(),
        computer_key_held: None,
        metrics: Metrics::default(),
        source_address: "192.0.2.7".to_owned(),
        clone_suspected_at: None,
        clone_reason: None,
        version: 1,
    };
    Ok((machine, token))
}
