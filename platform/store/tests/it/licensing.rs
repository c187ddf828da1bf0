use crate::world::{World, at, everywhere, new_license, new_machine};
use alvara_domain::license::LicenseState;
use alvara_domain::machine::{MachineState, Metrics};
use alvara_domain::node::NodeState;
use alvara_domain::verdict::Standing;
use alvara_store::licenses::{self, Figures, LicenseFilter};
use alvara_store::machines::{self, Among, Call, MachineFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Reach, StoreError, nodes};

#[test]
fn a_license_comes_back_as_it_went_in() {
    // R-LIC-01
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let house = acme.clone();
        world
            .db
            .write(&world.whole(&acme), move |tx| -> Result<(), StoreError> {
                let license = new_license(tx, &house, house.customer.id, Some(5))?;
                licenses::insert(tx, &license)?;
                assert_eq!(licenses::find(tx, license.id)?.unwrap(), license);
                let view = licenses::find_view(tx, license.id)?.unwrap();
                assert_eq!(
                    (view.license, view.product.code.as_str(), view.standing),
                    (license.clone(), "hybrid", Standing::Good)
                );
                assert_eq!(
                    (view.path, view.locale.as_str()),
                    (house.customer.path.clone(), "pt-BR")
                );
                Ok(())
            })
            .await
            .unwrap();
        // A key exists once in the installation.
        let other = world.house("other").await;
        let (first, second) = (acme.clone(), other.clone());
        let lookup = world
            .db
            .read(&world.whole(&acme), move |tx| {
                licenses::list(tx, &LicenseFilter::default(), &PageRequest::default())
            })
            .await
            .unwrap()
            .items[0]
            .key_lookup
            .clone();
        let twin = world
            .db
            .write(&world.whole(&other), move |tx| -> Result<(), StoreError> {
                let mut twin = new_license(tx, &second, second.customer.id, None)?;
                twin.key_lookup = lookup.clone();
                licenses::insert(tx, &twin)
            })
            .await;
        assert!(matches!(twin, Err(StoreError::Taken)));
        // Nor can one hang at another tenant's place.
        let crossed = world
            .db
            .write(&world.whole(&other), move |tx| -> Result<(), StoreError> {
                let license = new_license(tx, &other, first.customer.id, None)?;
                licenses::insert(tx, &license)
            })
            .await;
        assert!(matches!(crossed, Err(StoreError::OutOfReach)));
    });
}

#[test]
fn foreign_and_sibling_licenses_are_as_if_they_did_not_exist() {
    // R-TEN-01
    everywhere(async |world: World| {
        let (acme, other) = (world.house("acme").await, world.house("other").await);
        let license = world.license(&acme, &acme.customer, Some(1)).await;
        for scope in [
            world.whole(&other),
            world.scope(&acme.sibling, Reach::Tree),
            world.scope(&acme.agent, Reach::Own),
        ] {
            let seen = world
                .db
                .read(&scope, |tx| {
                    licenses::list(tx, &LicenseFilter::default(), &PageRequest::default())
                })
                .await
                .unwrap();
            assert!(seen.items.is_empty());
            world
                .db
                .write(&scope, move |tx| -> Result<(), StoreError> {
                    assert_eq!(licenses::find(tx, license)?, None);
                    assert!(licenses::find_view(tx, license)?.is_none());
                    assert!(!licenses::take_seat(tx, license)?);
                    assert!(!licenses::change_state(
                        tx,
                        license,
                        LicenseState::Revoked,
                        None
                    )?);
                    let machine = new_machine(tx, license, "fp-foreign")?;
                    assert!(matches!(
                        machines::insert(tx, &machine),
                        Err(StoreError::OutOfReach)
                    ));
                    assert_eq!(
                        licenses::figures(tx)?,
                        Figures {
                            licenses: 0,
                            machines_used: 0
                        }
                    );
                    Ok(())
                })
                .await
                .unwrap();
        }
        // Its own place, alone or from above, sees it; the key leads to it from anywhere.
        for scope in [
            world.scope(&acme.customer, Reach::Own),
            world.scope(&acme.agent, Reach::Tree),
            world.whole(&acme),
        ] {
            assert!(
                world
                    .db
                    .read(&scope, move |tx| licenses::find(tx, license))
                    .await
                    .unwrap()
                    .is_some()
            );
        }
        let lookup = format!("{:0>64}", license.ulid());
        let place = world
            .db
            .platform_read(&world.platform(), move |tx| {
                licenses::find_by_key_lookup(tx, &lookup)
            })
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (place.tenant, place.license, place.path),
            (acme.tenant, license, acme.customer.path)
        );
        assert!(
            world
                .db
                .platform_read(&world.platform(), |tx| licenses::find_by_key_lookup(
                    tx, "unknown"
                ))
                .await
                .unwrap()
                .is_none()
        );
    });
}

#[test]
fn parallel_activations_take_exactly_the_seats_there_are() {
    // R-LIC-05
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let license = world.license(&acme, &acme.customer, Some(5)).await;
        let scope = world.scope(&acme.customer, Reach::Own);
        let tasks: Vec<_> = (0..64)
            .map(|number| {
                let (db, scope) = (world.db.clone(), scope.clone());
                tokio::spawn(async move {
                    db.write(&scope, move |tx| -> Result<bool, StoreError> {
                        let machine = new_machine(tx, license, &format!("fp-{number}"))?;
                        if !licenses::take_seat(tx, license)? {
                            return Ok(false);
                        }
                        assert!(machines::insert(tx, &machine)?);
                        tx.audit("machine.activate", machine.id, (), &machine.name)?;
                        Ok(true)
                    })
                    .await
                })
            })
            .collect();
        let mut taken = 0;
        for task in tasks {
            taken += usize::from(task.await.unwrap().unwrap());
        }
        assert_eq!(taken, 5);
        let figures = world
            .db
            .read(&world.whole(&acme), licenses::figures)
            .await
            .unwrap();
        assert_eq!(
            figures,
            Figures {
                licenses: 1,
                machines_used: 5
            }
        );
        assert_eq!(
            world
                .db
                .read(&scope, |tx| machines::count(tx, MachineState::Active))
                .await
                .unwrap(),
            5
        );
        assert!(
            world
                .db
                .platform_read(&world.platform(), licenses::list_miscounted)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            world
                .db
                .write(&scope, move |tx| licenses::release_seat(tx, license))
                .await
                .unwrap()
        );
        let miscounted = world
            .db
            .platform_read(&world.platform(), licenses::list_miscounted)
            .await
            .unwrap();
        assert_eq!(miscounted, [(acme.tenant, license, 4)]);
    });
}

#[test]
fn a_machine_lives_through_all_its_states() {
    // R-LIC-05, R-LIC-07
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let license = world.license(&acme, &acme.customer, None).await;
        let scope = world.scope(&acme.customer, Reach::Own);
        let machine = world
            .db
            .write(&scope, move |tx| -> Result<_, StoreError> {
                let machine = new_machine(tx, license, "fp-1")?;
                assert!(machines::insert(tx, &machine)?);
                assert_eq!(machines::find(tx, machine.id)?.unwrap(), machine);
                // The same fingerprint again does not end the transaction, on no database.
                let twin = new_machine(tx, license, "fp-1")?;
                assert!(!machines::insert(tx, &twin)?);
                assert_eq!(
                    machines::find_by_fingerprint(tx, license, &twin.fingerprint)?
                        .unwrap()
                        .id,
                    machine.id
                );
                Ok(machine)
            })
            .await
            .unwrap();
        assert!(world.clock.set(at("2026-02-01T00:00:00Z")));
        let id = machine.id;
        world
            .db
            .write(&scope, move |tx| -> Result<(), StoreError> {
                let call = Call {
                    app_version: None,
                    metrics: Metrics {
                        cpu: Some(1250),
                        memory: None,
                        disk: Some(10_000),
                    },
                    lease_until: at("2026-02-08T00:00:00Z"),
                    online_until: at("2026-02-08T00:00:00Z"),
                    computer_key_held: None,
                    watch: alvara_store::machines::Watch::Yes,
                };
                assert!(machines::touch(tx, id, &call)?);
                assert_eq!(machines::next_computer_key(tx, id, 2, "kid-2")?, 2);
                let seen = machines::find(tx, id)?.unwrap();
                assert_eq!(
                    (
                        seen.metrics,
                        seen.app_version.as_str(),
                        seen.source_address.as_str()
                    ),
                    (call.metrics, "2.1.0", "127.0.0.1")
                );
                assert_eq!(
                    (
                        seen.last_seen_at,
                        seen.lease_until,
                        seen.license_revision,
                        seen.version
                    ),
                    (tx.now(), call.lease_until, 2, 1)
                );
                assert!(machines::change_state(
                    tx,
                    id,
                    MachineState::Blocked,
                    Some("stolen")
                )?);
                assert!(!machines::change_state(
                    tx,
                    id,
                    MachineState::Deactivated,
                    None
                )?);
                assert!(machines::change_state(tx, id, MachineState::Active, None)?);
                assert!(machines::change_state(
                    tx,
                    id,
                    MachineState::Deactivated,
                    None
                )?);
                let mut again = machines::find(tx, id)?.unwrap();
                assert_eq!(
                    (again.deactivated_at, again.state_reason.clone()),
                    (Some(tx.now()), None)
                );
                (again.state, again.deactivated_at, again.token_hash) =
                    (MachineState::Active, None, "t".repeat(64));
                assert!(!machines::activate_again(
                    tx,
                    &again,
                    MachineState::Blocked
                )?);
                assert!(machines::activate_again(
                    tx,
                    &again,
                    MachineState::Deactivated
                )?);
                assert_eq!(
                    machines::find(tx, id)?.unwrap().token_hash,
                    again.token_hash
                );
                Ok(())
            })
            .await
            .unwrap();
        let platform = world.platform();
        let fingerprint = machine.fingerprint.clone();
        let found = world
            .db
            .platform_read(&platform, move |tx| -> Result<_, StoreError> {
                assert!(machines::find_by_token(tx, "unknown")?.is_none());
                let by_token = machines::find_by_token(tx, &"t".repeat(64))?;
                let shared = machines::list_by_fingerprint(tx, Among::SharedHost, &fingerprint)?;
                Ok((by_token.unwrap(), shared))
            })
            .await
            .unwrap();
        assert_eq!(found.1, std::slice::from_ref(&found.0));
        assert_eq!(
            (found.0.machine, found.0.path),
            (id, acme.customer.path.clone())
        );
        let (other, fingerprint) = (
            world.house("other").await.tenant,
            machine.fingerprint.clone(),
        );
        let elsewhere = world
            .db
            .platform_read(&platform, move |tx| {
                machines::list_by_fingerprint(tx, Among::Tenant(other), &fingerprint)
            })
            .await
            .unwrap();
        assert!(elsewhere.is_empty());
        let filter = MachineFilter {
            silent_since: Some(at("2027-01-01T00:00:00Z")),
            state: Some(MachineState::Active),
            ..MachineFilter::default()
        };
        for (scope, count) in [
            (world.scope(&acme.agent, Reach::Tree), 1),
            (world.scope(&acme.sibling, Reach::Tree), 0),
        ] {
            let filter = filter.clone();
            assert_eq!(
                world
                    .db
                    .read(&scope, move |tx| machines::list(
                        tx,
                        &filter,
                        &PageRequest::default()
                    ))
                    .await
                    .unwrap()
                    .items
                    .len(),
                count
            );
        }
    });
}

#[test]
fn states_renewals_and_first_activations_are_conditional() {
    // R-LIC-02, R-LIC-08, R-LIC-09
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let id = world.license(&acme, &acme.customer, Some(3)).await;
        let house = acme.clone();
        world
            .db
            .write(&world.whole(&acme), move |tx| -> Result<(), StoreError> {
                let read = licenses::find(tx, id)?.unwrap();
                let mut first = read.clone();
                first.first_activated_at = Some(tx.now());
                assert!(licenses::record_first_activation(tx, &first)?);
                assert!(!licenses::record_first_activation(tx, &first)?);
                assert!(matches!(
                    licenses::update(tx, &read),
                    Err(StoreError::Stale)
                ));
                let mut renewed = licenses::find(tx, id)?.unwrap();
                (
                    renewed.term.expires_at,
                    renewed.term.periods,
                    renewed.revision,
                ) = (None, 3, 2);
                licenses::update(tx, &renewed)?;
                let read = licenses::find(tx, id)?.unwrap();
                assert_eq!(
                    (read.term, read.revision, read.version),
                    (renewed.term, 2, 3)
                );
                assert!(licenses::change_state(
                    tx,
                    id,
                    LicenseState::Suspended,
                    Some("unpaid")
                )?);
                assert!(!licenses::change_state(
                    tx,
                    id,
                    LicenseState::Suspended,
                    None
                )?);
                assert!(licenses::change_state(tx, id, LicenseState::Active, None)?);
                assert!(nodes::change_state(
                    tx,
                    house.agent.id,
                    NodeState::Suspended
                )?);
                assert_eq!(
                    licenses::find_view(tx, id)?.unwrap().standing,
                    Standing::TenantSuspended
                );
                assert!(nodes::change_state(
                    tx,
                    house.customer.id,
                    NodeState::Suspended
                )?);
                assert_eq!(
                    licenses::find_view(tx, id)?.unwrap().standing,
                    Standing::CustomerSuspended
                );
                assert!(licenses::change_state(tx, id, LicenseState::Revoked, None)?);
                assert!(!licenses::change_state(tx, id, LicenseState::Active, None)?);
                Ok(())
            })
            .await
            .unwrap();
    });
}
