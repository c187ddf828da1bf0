use crate::world::{House, World, at, everywhere, new_license, new_machine, node};
use alvara_domain::id::{LicenseId, RenewalKeyId};
use alvara_domain::license::{Batch, BatchState, IssuedRenewalKey, LicenseState, RenewalKeyState};
use alvara_domain::machine::{MachineState, Metrics};
use alvara_domain::money::{Currency, Money};
use alvara_domain::node::{NodeKind, NodeState};
use alvara_domain::product::{Algorithm, Module, Offer, OfferState, ProductVersion, Release, SigningKeyState};
use alvara_domain::verdict::Standing;
use alvara_store::licenses::{self, Figures, LicenseFilter};
use alvara_store::machines::{self, Among, Call, MachineFilter};
use alvara_store::page::PageRequest;
use alvara_store::signing_keys::{self, StoredSigningKey};
use alvara_store::{Reach, StoreError, batches, modules, nodes, offers, policies, products, releases, renewal_keys, versions};

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
                assert_eq!((view.license, view.product_code.as_str(), view.standing), (license.clone(), "hybrid", Standing::Good));
                assert_eq!((view.path, view.locale.as_str()), (house.customer.path.clone(), "pt-BR"));
                Ok(())
            })
            .await
            .unwrap();
        // A key exists once in the installation.
        let other = world.house("other").await;
        let (first, second) = (acme.clone(), other.clone());
        let lookup = world
            .db
            .read(&world.whole(&acme), move |tx| licenses::list(tx, &LicenseFilter::default(), &PageRequest::default()))
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
        for scope in [world.whole(&other), world.scope(&acme.sibling, Reach::Tree), world.scope(&acme.agent, Reach::Own)] {
            let seen = world.db.read(&scope, |tx| licenses::list(tx, &LicenseFilter::default(), &PageRequest::default())).await.unwrap();
            assert!(seen.items.is_empty());
            world
                .db
                .write(&scope, move |tx| -> Result<(), StoreError> {
                    assert_eq!(licenses::find(tx, license)?, None);
                    assert!(licenses::find_view(tx, license)?.is_none());
                    assert!(!licenses::take_seat(tx, license)?);
                    assert!(!licenses::change_state(tx, license, LicenseState::Revoked, None)?);
                    let machine = new_machine(tx, license, "fp-foreign")?;
                    assert!(matches!(machines::insert(tx, &machine), Err(StoreError::OutOfReach)));
                    assert_eq!(licenses::figures(tx)?, Figures { licenses: 0, machines_used: 0 });
                    Ok(())
                })
                .await
                .unwrap();
        }
        // Its own place, alone or from above, sees it; the key leads to it from anywhere.
        for scope in [world.scope(&acme.customer, Reach::Own), world.scope(&acme.agent, Reach::Tree), world.whole(&acme)] {
            assert!(world.db.read(&scope, move |tx| licenses::find(tx, license)).await.unwrap().is_some());
        }
        let lookup = format!("{:0>64}", license.ulid());
        let place = world.db.platform_read(&world.platform(), move |tx| licenses::find_by_key_lookup(tx, &lookup)).await.unwrap().unwrap();
        assert_eq!((place.tenant, place.license, place.path), (acme.tenant, license, acme.customer.path));
        assert!(world.db.platform_read(&world.platform(), |tx| licenses::find_by_key_lookup(tx, "unknown")).await.unwrap().is_none());
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
        let figures = world.db.read(&world.whole(&acme), licenses::figures).await.unwrap();
        assert_eq!(figures, Figures { licenses: 1, machines_used: 5 });
        assert_eq!(world.db.read(&scope, |tx| machines::count(tx, MachineState::Active)).await.unwrap(), 5);
        assert!(world.db.platform_read(&world.platform(), licenses::list_miscounted).await.unwrap().is_empty());
        assert!(world.db.write(&scope, move |tx| licenses::release_seat(tx, license)).await.unwrap());
        let miscounted = world.db.platform_read(&world.platform(), licenses::list_miscounted).await.unwrap();
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
                assert_eq!(machines::find_by_fingerprint(tx, license, &twin.fingerprint)?.unwrap().id, machine.id);
                Ok(machine)
            })
            .await
            .unwrap();
        assert!(world.clock.set(at("2026-02-01T00:00:00Z")));
        let id = machine.id;
        world
            .db
            .write(&scope, move |tx| -> Result<(), StoreError> {
                let call = Call { app_version: None, metrics: Metrics { cpu: Some(1250), memory: None, disk: Some(10_000) }, lease_until: at("2026-02-08T00:00:00Z") };
                assert!(machines::touch(tx, id, &call)?);
                assert_eq!(machines::next_computer_key(tx, id, 2)?, 2);
                let seen = machines::find(tx, id)?.unwrap();
                assert_eq!((seen.metrics, seen.app_version.as_str(), seen.source_address.as_str()), (call.metrics, "2.1.0", "127.0.0.1"));
                assert_eq!((seen.last_seen_at, seen.lease_until, seen.license_revision, seen.version), (tx.now(), call.lease_until, 2, 1));
                assert!(machines::change_state(tx, id, MachineState::Blocked, Some("stolen"))?);
                assert!(!machines::change_state(tx, id, MachineState::Deactivated, None)?);
                assert!(machines::change_state(tx, id, MachineState::Active, None)?);
                assert!(machines::change_state(tx, id, MachineState::Deactivated, None)?);
                let mut again = machines::find(tx, id)?.unwrap();
                assert_eq!((again.deactivated_at, again.state_reason.clone()), (Some(tx.now()), None));
                (again.state, again.deactivated_at, again.token_hash) = (MachineState::Active, None, "t".repeat(64));
                assert!(!machines::activate_again(tx, &again, MachineState::Blocked)?);
                assert!(machines::activate_again(tx, &again, MachineState::Deactivated)?);
                assert_eq!(machines::find(tx, id)?.unwrap().token_hash, again.token_hash);
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
        assert_eq!((found.0.machine, found.0.path), (id, acme.customer.path.clone()));
        let (other, fingerprint) = (world.house("other").await.tenant, machine.fingerprint.clone());
        let elsewhere = world.db.platform_read(&platform, move |tx| machines::list_by_fingerprint(tx, Among::Tenant(other), &fingerprint)).await.unwrap();
        assert!(elsewhere.is_empty());
        let filter = MachineFilter { silent_since: Some(at("2027-01-01T00:00:00Z")), state: Some(MachineState::Active), ..MachineFilter::default() };
        for (scope, count) in [(world.scope(&acme.agent, Reach::Tree), 1), (world.scope(&acme.sibling, Reach::Tree), 0)] {
            let filter = filter.clone();
            assert_eq!(world.db.read(&scope, move |tx| machines::list(tx, &filter, &PageRequest::default())).await.unwrap().items.len(), count);
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
                assert!(matches!(licenses::update(tx, &read), Err(StoreError::Stale)));
                let mut renewed = licenses::find(tx, id)?.unwrap();
                (renewed.term.expires_at, renewed.term.periods, renewed.revision) = (None, 3, 2);
                licenses::update(tx, &renewed)?;
                let read = licenses::find(tx, id)?.unwrap();
                assert_eq!((read.term, read.revision, read.version), (renewed.term, 2, 3));
                assert!(licenses::change_state(tx, id, LicenseState::Suspended, Some("unpaid"))?);
                assert!(!licenses::change_state(tx, id, LicenseState::Suspended, None)?);
                assert!(licenses::change_state(tx, id, LicenseState::Active, None)?);
                assert!(nodes::change_state(tx, house.agent.id, NodeState::Suspended)?);
                assert_eq!(licenses::find_view(tx, id)?.unwrap().standing, Standing::TenantSuspended);
                assert!(nodes::change_state(tx, house.customer.id, NodeState::Suspended)?);
                assert_eq!(licenses::find_view(tx, id)?.unwrap().standing, Standing::CustomerSuspended);
                assert!(licenses::change_state(tx, id, LicenseState::Revoked, None)?);
                assert!(!licenses::change_state(tx, id, LicenseState::Active, None)?);
                Ok(())
            })
            .await
            .unwrap();
    });
}

#[test]
fn ten_thousand_licenses_are_issued_and_listed() {
    // R-LIC-12
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let whole = world.whole(&acme);
        let house = acme.clone();
        let batch = world
            .db
            .write(&whole, move |tx| -> Result<_, StoreError> {
                let batch = Batch {
                    tenant_id: house.tenant,
                    id: tx.new_id()?,
                    node_id: house.agent.id,
                    policy_id: house.policy,
                    request: "{}".to_owned(),
                    total: 10_000,
                    issued: 0,
                    state: BatchState::Queued,
                    failure: None,
                    created_by: "console".to_owned(),
                    created_at: tx.now(),
                    finished_at: None,
                };
                batches::insert(tx, &batch)?;
                Ok(batch)
            })
            .await
            .unwrap();
        let started = std::time::Instant::now();
        for chunk in 0..20 {
            let (house, batch) = (acme.clone(), batch.clone());
            world
                .db
                .write(&whole, move |tx| -> Result<(), StoreError> {
                    let mut some = Vec::new();
                    for _ in 0..500 {
                        let mut license = new_license(tx, &house, house.agent.id, Some(i64::MAX / 100_000))?;
                        (license.batch_id, license.machines_used) = (Some(batch.id), (1 << 53) / 100 + 1);
                        some.push(license);
                    }
                    licenses::insert_many(tx, &some)?;
                    assert!(batches::advance(tx, batch.id, chunk * 500, 500)?);
                    assert!(!batches::advance(tx, batch.id, chunk * 500, 500)?);
                    Ok(())
                })
                .await
                .unwrap();
        }
        println!("{:?}: 10 000 licenses in {:?}", world.db.backend(), started.elapsed());
        let id = batch.id;
        world
            .db
            .write(&whole, move |tx| -> Result<(), StoreError> {
                assert!(!batches::advance(tx, id, 10_000, 1)?);
                assert!(batches::finish(tx, id, BatchState::Done, None)?);
                assert_eq!((batches::find(tx, id)?.unwrap().issued, batches::list(tx, &PageRequest::default())?.items.len()), (10_000, 1));
                // The sum is exact beyond 2^53.
                assert_eq!(licenses::figures(tx)?, Figures { licenses: 10_000, machines_used: 10_000 * ((1 << 53) / 100 + 1) });
                let filter = LicenseFilter { batch: Some(id), ..LicenseFilter::default() };
                let (mut request, mut seen, mut last) = (PageRequest::new(Some(200), None), 0, None);
                loop {
                    let page = licenses::list(tx, &filter, &request)?;
                    for license in &page.items {
                        assert!(last < Some(license.id));
                        last = Some(license.id);
                    }
                    seen += page.items.len();
                    let Some(next) = page.next else { break };
                    request = PageRequest::new(Some(200), Some(next));
                }
                assert_eq!(seen, 10_000);
                let none = LicenseFilter { expires_before: Some(tx.now()), ..LicenseFilter::default() };
                assert!(licenses::list(tx, &none, &request)?.items.is_empty());
                let all = LicenseFilter {
                    hint: Some("7K3QX".to_owned()),
                    state: Some(LicenseState::Active),
                    expires_before: Some(at("2100-01-01T00:00:00Z")),
                    ..LicenseFilter::default()
                };
                assert_eq!(licenses::list(tx, &all, &PageRequest::default())?.items.len(), 50);
                Ok(())
            })
            .await
            .unwrap();
    });
}

#[test]
fn a_renewal_key_is_used_exactly_once() {
    // R-LIC-09
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let license: LicenseId = world.license(&acme, &acme.customer, None).await;
        let house = acme.clone();
        let key: RenewalKeyId = world
            .db
            .write(&world.whole(&acme), move |tx| -> Result<_, StoreError> {
                let key = IssuedRenewalKey {
                    tenant_id: house.tenant,
                    id: tx.new_id()?,
                    product_id: house.product,
                    plan_id: None,
                    node_id: house.agent.id,
                    key_lookup: "r".repeat(64),
                    key_sealed: "sealed".to_owned(),
                    key_hint: "ABCDE".to_owned(),
                    period: "P1Y".parse().unwrap(),
                    state: RenewalKeyState::Unused,
                    used_by_license_id: None,
                    used_at: None,
                    created_by: "console".to_owned(),
                    created_at: tx.now(),
                };
                renewal_keys::insert(tx, &key)?;
                assert_eq!(renewal_keys::find(tx, key.id)?.unwrap(), key);
                Ok(key.id)
            })
            .await
            .unwrap();
        let program = world.scope(&acme.customer, Reach::Own);
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let (db, program) = (world.db.clone(), program.clone());
                tokio::spawn(async move { db.write(&program, move |tx| renewal_keys::consume(tx, key, license)).await.unwrap() })
            })
            .collect();
        let mut used = 0;
        for task in tasks {
            used += usize::from(task.await.unwrap());
        }
        assert_eq!(used, 1);
        let found = world.db.read(&program, |tx| renewal_keys::find_by_lookup(tx, &"r".repeat(64))).await.unwrap().unwrap();
        assert_eq!((found.state, found.used_by_license_id), (RenewalKeyState::Used, Some(license)));
        // The customer uses it but does not see it in a list, and nobody takes it back.
        assert!(world.db.read(&program, |tx| renewal_keys::list(tx, None, &PageRequest::default())).await.unwrap().items.is_empty());
        assert!(!world.db.write(&world.whole(&acme), move |tx| renewal_keys::revoke(tx, key)).await.unwrap());
    });
}

#[test]
fn an_offered_product_is_read_by_whom_it_is_offered_to_and_nobody_else() {
    // R-TEN-01, R-LIC-11
    everywhere(async |world: World| {
        let (owner, seller, stranger) = (world.house("owner").await, world.house("seller").await, world.house("stranger").await);
        let (product, tenant) = (owner.product, owner.tenant);
        world
            .db
            .write(&world.whole(&owner), move |tx| -> Result<(), StoreError> {
                let now = tx.now();
                let module = Module {
                    tenant_id: tenant,
                    product_id: product,
                    id: tx.new_id()?,
                    code: "fiscal".to_owned(),
                    name: "Fiscal".to_owned(),
                    position: 3,
                    price: Money::new(9_990, Currency::BRL),
                    created_at: now,
                    updated_at: now,
                    version: 1,
                };
                modules::insert(tx, &module)?;
                assert_eq!(modules::find(tx, module.id)?.unwrap(), module);
                let id = tx.new_id()?;
                versions::insert(tx, &ProductVersion { tenant_id: tenant, product_id: product, id, major: 2, minor: 1, name: "2.1".to_owned(), released_at: now, created_at: now })?;
                for (kid, state) in [("kid-old", SigningKeyState::Retiring), ("kid-now", SigningKeyState::Active), ("kid-new", SigningKeyState::Next)] {
                    signing_keys::insert(tx, &StoredSigningKey {
                        tenant_id: tenant,
                        product_id: product,
                        kid: kid.to_owned(),
                        algorithm: Algorithm::Rs256,
                        state,
                        public_pem: "pem".to_owned(),
                        private_sealed: "sealed".to_owned(),
                        created_at: now,
                        activated_at: None,
                        retires_at: None,
                    })?;
                }
                for version in ["2.9.0", "2.10.0", "2.10.0-rc1"] {
                    let id = tx.new_id()?;
                    releases::insert(tx, &Release {
                        tenant_id: tenant,
                        product_id: product,
                        id,
                        channel: "stable".to_owned(),
                        platform: "any".to_owned(),
                        version: version.parse().unwrap(),
                        url: "https://example.com/x".to_owned(),
                        notes: "Notes".to_owned(),
                        mandatory: true,
                        sha256: "0".repeat(64),
                        signature: String::new(),
                        published_at: now,
                    })?;
                }
                Ok(())
            })
            .await
            .unwrap();
        let offer = Offer {
            tenant_id: seller.tenant,
            product_id: product,
            owner_tenant_id: tenant,
            state: OfferState::Active,
            wholesale: Money::new(1_000, Currency::BRL),
            license_limit: Some(3),
            licenses_issued: 0,
            created_at: at("2026-01-01T00:00:00Z"),
            updated_at: at("2026-01-01T00:00:00Z"),
            version: 1,
        };
        world.db.platform_write(&world.platform(), { let offer = offer.clone(); move |tx| offers::insert(tx, &offer) }).await.unwrap();
        let seen = async |house: &House| {
            world
                .db
                .read(&world.whole(house), move |tx| -> Result<_, StoreError> {
                    let newest = releases::find_newest(tx, product, "stable", "windows-x64")?.map(|release| release.version.to_string());
                    Ok((
                        products::find(tx, product)?.is_some(),
                        modules::list(tx, product)?.len(),
                        versions::list(tx, product)?.len() + usize::from(versions::find_by_number(tx, product, 2, 1)?.is_some()),
                        signing_keys::list(tx, product)?.len(),
                        signing_keys::find_active(tx, product)?.map(|key| key.kid),
                        newest,
                    ))
                })
                .await
                .unwrap()
        };
        let all = (true, 1, 2, 3, Some("kid-now".to_owned()), Some("2.10.0".to_owned()));
        assert_eq!(seen(&owner).await, all);
        assert_eq!(seen(&seller).await, all);
        assert_eq!(seen(&stranger).await, (false, 0, 0, 0, None, None));
        // Both products of the seller have the same code; its own wins.
        let own = world.db.read(&world.whole(&seller), |tx| products::find_by_code(tx, "hybrid")).await.unwrap().unwrap();
        assert_eq!(own.id, seller.product);
        // The seller reads, but does not change.
        world
            .db
            .write(&world.whole(&seller), move |tx| -> Result<(), StoreError> {
                let mut foreign = products::find(tx, product)?.unwrap();
                foreign.name = "Mine".to_owned();
                assert!(matches!(products::update(tx, &foreign), Err(StoreError::Stale)));
                assert!(!signing_keys::change_state(tx, product, "kid-new", SigningKeyState::Active, None)?);
                assert!(!offers::take_licenses(tx, product, 4)?);
                assert!(offers::take_licenses(tx, product, 3)?);
                assert!(!offers::take_licenses(tx, product, 1)?);
                assert_eq!(offers::list(tx, &PageRequest::default())?.items.len(), 2);
                Ok(())
            })
            .await
            .unwrap();
        world
            .db
            .write(&world.whole(&owner), move |tx| -> Result<(), StoreError> {
                assert!(signing_keys::change_state(tx, product, "kid-now", SigningKeyState::Retiring, Some(tx.now()))?);
                assert!(signing_keys::change_state(tx, product, "kid-new", SigningKeyState::Active, None)?);
                assert_eq!(signing_keys::find_active(tx, product)?.unwrap().activated_at, Some(tx.now()));
                Ok(())
            })
            .await
            .unwrap();
        // Withdrawn: nothing new is sold, and what is sold keeps its keys.
        let withdrawn = Offer { state: OfferState::Withdrawn, version: 1, ..offer };
        world.db.platform_write(&world.platform(), move |tx| offers::update(tx, &withdrawn)).await.unwrap();
        assert_eq!(seen(&seller).await.3, 3);
        let policy = seller.policy;
        let kept = world.db.read(&world.whole(&seller), move |tx| policies::find(tx, policy)).await.unwrap();
        assert!(kept.is_some());
        let house = seller.clone();
        let part = world.scope(&seller.agent, Reach::Tree);
        let refused = world.db.write(&part, move |tx| node(tx, Some(&house.root), None, NodeKind::Agent, "x").map(drop)).await;
        assert!(matches!(refused, Err(StoreError::OutOfReach)));
    });
}
