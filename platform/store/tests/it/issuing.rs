use crate::world::{World, at, everywhere, new_license};
use alvara_domain::id::{LicenseId, RenewalKeyId};
use alvara_domain::license::{Batch, BatchState, IssuedRenewalKey, LicenseState, RenewalKeyState};
use alvara_store::licenses::{self, Figures, LicenseFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Reach, StoreError, batches, renewal_keys};

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
                        let mut license =
                            new_license(tx, &house, house.agent.id, Some(i64::MAX / 100_000))?;
                        (license.batch_id, license.machines_used) =
                            (Some(batch.id), (1 << 53) / 100 + 1);
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
        println!(
            "{:?}: 10 000 licenses in {:?}",
            world.db.backend(),
            started.elapsed()
        );
        let id = batch.id;
        world
            .db
            .write(&whole, move |tx| -> Result<(), StoreError> {
                assert!(!batches::advance(tx, id, 10_000, 1)?);
                assert!(batches::finish(tx, id, BatchState::Done, None)?);
                assert_eq!(
                    (
                        batches::find(tx, id)?.unwrap().issued,
                        batches::list(tx, &PageRequest::default())?.items.len()
                    ),
                    (10_000, 1)
                );
                // The sum is exact beyond 2^53.
                assert_eq!(
                    licenses::figures(tx)?,
                    Figures {
                        licenses: 10_000,
                        machines_used: 10_000 * ((1 << 53) / 100 + 1)
                    }
                );
                let filter = LicenseFilter {
                    batch: Some(id),
                    ..LicenseFilter::default()
                };
                let (mut request, mut seen, mut last) =
                    (PageRequest::new(Some(200), None), 0, None);
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
                let none = LicenseFilter {
                    expires_before: Some(tx.now()),
                    ..LicenseFilter::default()
                };
                assert!(licenses::list(tx, &none, &request)?.items.is_empty());
                let all = LicenseFilter {
                    hint: Some("7K3QX".to_owned()),
                    state: Some(LicenseState::Active),
                    expires_before: Some(at("2100-01-01T00:00:00Z")),
                    ..LicenseFilter::default()
                };
                assert_eq!(
                    licenses::list(tx, &all, &PageRequest::default())?
                        .items
                        .len(),
                    50
                );
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
                tokio::spawn(async move {
                    db.write(&program, move |tx| renewal_keys::consume(tx, key, license))
                        .await
                        .unwrap()
                })
            })
            .collect();
        let mut used = 0;
        for task in tasks {
            used += usize::from(task.await.unwrap());
        }
        assert_eq!(used, 1);
        let found = world
            .db
            .read(&program, |tx| {
                renewal_keys::find_by_lookup(tx, &"r".repeat(64))
            })
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.state, found.used_by_license_id),
            (RenewalKeyState::Used, Some(license))
        );
        // The customer uses it but does not see it in a list, and nobody takes it back.
        assert!(
            world
                .db
                .read(&program, |tx| renewal_keys::list(
                    tx,
                    None,
                    &PageRequest::default()
                ))
                .await
                .unwrap()
                .items
                .is_empty()
        );
        assert!(
            !world
                .db
                .write(&world.whole(&acme), move |tx| renewal_keys::revoke(tx, key))
                .await
                .unwrap()
        );
    });
}
