//! Lists go different ways for a whole tenant, for many places and for few. Whichever they go, they
//! show what the scope sees, and nothing else.
use crate::money::open_order;
use crate::world::{House, World, at, everywhere, new_license, new_machine, node};
use alvara_domain::id::{LicenseId, NodeId, OrderId};
use alvara_domain::license::LicenseState;
use alvara_domain::machine::MachineState;
use alvara_domain::node::NodeKind;
use alvara_domain::order::OrderState;
use alvara_store::licenses::{self, DueFilter, LicenseFilter};
use alvara_store::machines::{self, MachineFilter};
use alvara_store::orders::{self, OrderFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Reach, StoreError, TenantTx, nodes};
use std::collections::BTreeSet;

/// More places than a subtree may have whose places lead.
const MANY: usize = 300;

/// What hangs at one place.
#[derive(Clone, Copy, Debug)]
struct Held {
    place: NodeId,
    license: LicenseId,
    order: OrderId,
}

/// A license with a machine that fell silent, and an order.
fn hold(tx: &mut TenantTx<'_>, house: &House, place: NodeId) -> Result<Held, StoreError> {
    let license = new_license(tx, house, place, None)?;
    licenses::insert(tx, &license)?;
    let mut machine = new_machine(tx, license.id, &format!("fp-{}", license.id.ulid()))?;
    machine.online_until = tx.now().saturating_add_seconds(-1);
    machines::insert(tx, &machine)?;
    let order = open_order(tx, place)?;
    Ok(Held {
        place,
        license: license.id,
        order: order.id,
    })
}

/// Everything the scope's lists show of licenses, by each way of asking.
fn licenses_by_each_way(
    tx: &mut TenantTx<'_>,
    all: &[Held],
) -> Result<Vec<BTreeSet<LicenseId>>, StoreError> {
    let late = at("2100-01-01T00:00:00Z");
    let filters = [
        LicenseFilter::default(),
        LicenseFilter {
            state: Some(LicenseState::Active),
            ..LicenseFilter::default()
        },
        LicenseFilter {
            hint: Some("7K3QX".to_owned()),
            ..LicenseFilter::default()
        },
        LicenseFilter {
            expires_from: Some(tx.now()),
            expires_before: Some(late),
            ..LicenseFilter::default()
        },
        LicenseFilter {
            under: Some(tx.scope().path().clone()),
            ..LicenseFilter::default()
        },
    ];
    let mut ways = Vec::new();
    for filter in filters {
        let page = licenses::list(tx, &filter, &PageRequest::default())?;
        ways.push(page.items.into_iter().map(|one| one.id).collect());
    }
    // Page after page, though all of them end at the same instant.
    let due = DueFilter {
        span: (Some(tx.now()), late),
        product: None,
    };
    let (mut found, mut page) = (BTreeSet::new(), PageRequest::new(Some(1), None));
    loop {
        let part = licenses::list_due(tx, &due, &page)?;
        for license in part.items {
            assert!(found.insert(license.id), "{} twice", license.id);
        }
        match part.next {
            Some(next) => page = PageRequest::new(Some(1), Some(next)),
            None => break,
        }
    }
    let ends = licenses::list_ends(tx, due.span, 1000)?;
    assert_eq!(ends.len(), found.len());
    assert!(licenses::list_ends(tx, due.span, 1)?.len() <= 1);
    ways.push(found);
    let ids: Vec<LicenseId> = all.iter().map(|held| held.license).collect();
    ways.push(licenses::hints(tx, &ids)?.into_keys().collect());
    Ok(ways)
}

/// Checks what one scope's lists show.
fn check(tx: &mut TenantTx<'_>, all: &[Held], seen: &[Held]) -> Result<(), StoreError> {
    let own: BTreeSet<LicenseId> = seen.iter().map(|held| held.license).collect();
    for way in licenses_by_each_way(tx, all)? {
        assert_eq!(way, own);
    }
    let filters = [
        MachineFilter::default(),
        MachineFilter {
            state: Some(MachineState::Active),
            ..MachineFilter::default()
        },
        MachineFilter {
            offline_at: Some(tx.now()),
            ..MachineFilter::default()
        },
    ];
    for filter in filters {
        let page = machines::list(tx, &filter, &PageRequest::default())?;
        let of: BTreeSet<LicenseId> = page.items.iter().map(|one| one.license_id).collect();
        assert_eq!(of, own);
    }
    let silent = i64::try_from(seen.len()).unwrap();
    assert_eq!(machines::count_offline(tx, 100)?, silent);
    assert_eq!(machines::count_offline(tx, 1)?, silent.min(1));
    let open = OrderFilter {
        state: Some(OrderState::Open),
        ..OrderFilter::default()
    };
    for filter in [OrderFilter::default(), open] {
        let page = orders::list(tx, &filter, &PageRequest::default())?;
        let found: BTreeSet<OrderId> = page.items.iter().map(|one| one.id).collect();
        assert_eq!(found, seen.iter().map(|held| held.order).collect());
    }
    let places: Vec<NodeId> = all.iter().map(|held| held.place).collect();
    let found: BTreeSet<NodeId> = nodes::of_many(tx, &places)?.into_keys().collect();
    assert_eq!(found, seen.iter().map(|held| held.place).collect());
    Ok(())
}

// R-TEN-01: however much a scope sees, its lists show that and no neighbour's.
#[test]
fn few_and_many_places_are_seen_alike() {
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let house = acme.clone();
        let all: Vec<Held> = world
            .db
            .write(
                &world.whole(&acme),
                move |tx| -> Result<Vec<Held>, StoreError> {
                    let mut places = vec![house.customer.id];
                    for number in 0..MANY {
                        let place = node(
                            tx,
                            Some(&house.sibling),
                            None,
                            NodeKind::Customer,
                            "Customer",
                        )?;
                        if number == 0 || number + 1 == MANY {
                            places.push(place.id);
                        }
                    }
                    let held = places.into_iter().map(|place| hold(tx, &house, place));
                    held.collect()
                },
            )
            .await
            .unwrap();
        // The silence of one of them was told.
        let told = all[1].license;
        world
            .db
            .write(&world.whole(&acme), move |tx| -> Result<(), StoreError> {
                let untold = machines::list_untold(tx)?;
                let one = untold.iter().find(|one| one.license == told).unwrap();
                assert!(machines::note_silence(tx, one.id)?);
                Ok(())
            })
            .await
            .unwrap();
        for (scope, seen) in [
            (world.whole(&acme), 0..3),
            (world.scope(&acme.sibling, Reach::Tree), 1..3),
            (world.scope(&acme.agent, Reach::Tree), 0..1),
            (world.scope(&acme.customer, Reach::Own), 0..1),
            (world.scope(&acme.agent, Reach::Own), 0..0),
        ] {
            let (all, seen) = (all.clone(), all[seen].to_vec());
            world
                .db
                .read(&scope, move |tx| check(tx, &all, &seen))
                .await
                .unwrap();
        }
    });
}
