use crate::world::{World, at, everywhere};
use alvara_domain::event::EventKind;
use alvara_store::audit::{self, AuditFilter, Chain};
use alvara_store::events::{self, EventFilter};
use alvara_store::idempotency::{self, Claimed};
use alvara_store::jobs::{self, JobFilter, JobState};
use alvara_store::page::PageRequest;
use alvara_store::{Reach, StoreError};

#[test]
fn the_chain_shows_what_was_done_and_holds_across_tenants() {
    // R-TEN-07
    everywhere(async |world: World| {
        let (acme, other) = (world.house("acme").await, world.house("other").await);
        let (a, o) = (acme.tenant, other.tenant);
        assert_eq!(
            world
                .db
                .read_long(&world.whole(&acme), audit::verify)
                .await
                .unwrap(),
            Chain::Whole { entries: 0 }
        );
        for round in 0..3 {
            world
                .db
                .platform_write(&world.platform(), move |tx| -> Result<(), StoreError> {
                    tx.audit_in(o, "tenant.visit", o, (), round)?;
                    tx.audit_in(
                        a,
                        "tenant.visit",
                        a,
                        serde_json::json!({"ação": "\u{1F511} \"quoted\"\n"}),
                        round,
                    )?;
                    tx.audit_in(a, "tenant.leave", a, round, ())
                })
                .await
                .unwrap();
        }
        assert_eq!(
            world
                .db
                .read_long(&world.whole(&acme), audit::verify)
                .await
                .unwrap(),
            Chain::Whole { entries: 6 }
        );
        assert_eq!(
            world
                .db
                .read_long(&world.whole(&other), audit::verify)
                .await
                .unwrap(),
            Chain::Whole { entries: 3 }
        );
        let filter = AuditFilter {
            target: Some(a.to_string()),
            ..AuditFilter::default()
        };
        let first = world
            .db
            .read(&world.whole(&acme), {
                let filter = filter.clone();
                move |tx| audit::list(tx, &filter, &PageRequest::new(Some(4), None))
            })
            .await
            .unwrap();
        assert_eq!(
            first
                .items
                .iter()
                .map(|entry| entry.seq)
                .collect::<Vec<_>>(),
            [6, 5, 4, 3]
        );
        assert_eq!(
            (
                first.items[0].action.as_str(),
                first.items[0].actor.as_str(),
                first.items[0].after.as_str()
            ),
            ("tenant.leave", "platform", "null")
        );
        assert!(
            first
                .items
                .iter()
                .all(|entry| entry.hash == entry.computed_hash())
        );
        let next = PageRequest::new(Some(4), first.next);
        let rest = world
            .db
            .read(&world.whole(&acme), move |tx| {
                audit::list(tx, &filter, &next)
            })
            .await
            .unwrap();
        assert_eq!((rest.items.len(), rest.next), (2, None));
        let part = world
            .db
            .read(&world.scope(&acme.agent, Reach::Tree), |tx| {
                audit::list(tx, &AuditFilter::default(), &PageRequest::default())
            })
            .await;
        assert!(matches!(part, Err(StoreError::OutOfReach)));
    });
}

#[test]
fn events_are_written_with_what_they_tell() {
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        world
            .db
            .write(&world.whole(&acme), |tx| -> Result<(), StoreError> {
                let id = tx.emit(
                    EventKind::LicenseIssued,
                    "lic_1",
                    serde_json::json!({"seats": 5}),
                )?;
                tx.emit(EventKind::LicenseRenewed, "lic_1", ())?;
                let filter = EventFilter {
                    subject: Some("lic_1".to_owned()),
                    kind: Some(EventKind::LicenseIssued),
                };
                let found = events::list(tx, &filter, &PageRequest::default())?.items;
                assert_eq!(
                    (found.len(), found[0].id, found[0].data["seats"].as_i64()),
                    (1, id, Some(5))
                );
                assert_eq!(
                    events::list(tx, &EventFilter::default(), &PageRequest::default())?.items[0]
                        .kind,
                    EventKind::LicenseRenewed
                );
                Ok(())
            })
            .await
            .unwrap();
    });
}

#[test]
fn a_job_is_claimed_by_one_worker_and_given_back_when_it_dies() {
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let whole = world.whole(&acme);
        let (due, later) = (world.clock.now(), at("2026-02-01T00:00:00Z"));
        for number in 0..10 {
            world
                .db
                .write(&whole, move |tx| {
                    tx.enqueue("license.batch", number, due).map(drop)
                })
                .await
                .unwrap();
        }
        world
            .db
            .write(&whole, move |tx| tx.enqueue("later", (), later).map(drop))
            .await
            .unwrap();
        let tasks: Vec<_> = (0..4)
            .map(|worker| {
                let (db, platform) = (world.db.clone(), world.platform());
                tokio::spawn(async move {
                    let name = format!("worker {worker}");
                    db.platform_write(&platform, move |tx| jobs::claim(tx, &name, 60, 10))
                        .await
                        .unwrap()
                })
            })
            .collect();
        let mut claimed = Vec::new();
        for task in tasks {
            claimed.extend(task.await.unwrap());
        }
        let mut numbers: Vec<u32> = claimed.iter().map(|job| job.payload().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..10).collect::<Vec<_>>());
        assert!(claimed.iter().all(|job| job.tenant() == acme.tenant
            && *job.root() == acme.root.path
            && job.attempts() == 1));
        assert!(matches!(
            claimed[0].payload::<String>(),
            Err(StoreError::Corrupt { table: "jobs", .. })
        ));

        let (done, failing) = (claimed[0].clone(), claimed[1].clone());
        assert!(
            world
                .db
                .write(&whole, {
                    let done = done.clone();
                    move |tx| jobs::complete(tx, &done)
                })
                .await
                .unwrap()
        );
        assert!(
            !world
                .db
                .write(&whole, move |tx| jobs::complete(tx, &done))
                .await
                .unwrap()
        );
        let state = world
            .db
            .write(&whole, {
                let failing = failing.clone();
                move |tx| jobs::fail(tx, &failing, "no answer", 3)
            })
            .await
            .unwrap();
        assert_eq!(state, Some(JobState::Queued));
        // The others' claims run out; one that is taken again is lost to whoever had it.
        assert!(world.clock.set(at("2026-01-31T13:00:00Z")));
        let again = world
            .db
            .platform_write(&world.platform(), |tx| jobs::claim(tx, "second", 60, 100))
            .await
            .unwrap();
        assert_eq!(again.len(), 9);
        assert!(again.iter().all(|job| job.attempts() == 2));
        let lost = claimed[2].clone();
        assert!(
            !world
                .db
                .write(&whole, move |tx| jobs::complete(tx, &lost))
                .await
                .unwrap()
        );
        let failing = again
            .into_iter()
            .find(|job| job.id() == failing.id())
            .unwrap();
        let state = world
            .db
            .write(&whole, move |tx| jobs::fail(tx, &failing, "no answer", 2))
            .await
            .unwrap();
        assert_eq!(state, Some(JobState::Failed));
        let filter = JobFilter {
            state: Some(JobState::Failed),
            kind: None,
        };
        let failed = world
            .db
            .read(&whole, move |tx| {
                jobs::list(tx, &filter, &PageRequest::default())
            })
            .await
            .unwrap()
            .items;
        assert_eq!(
            (
                failed.len(),
                failed[0].last_error.as_deref(),
                failed[0].attempts
            ),
            (1, Some("no answer"), 2)
        );
        assert!(world.clock.set(at("2026-02-02T00:00:00Z")));
        assert_eq!(
            world
                .db
                .platform_read(&world.platform(), jobs::count_due)
                .await
                .unwrap(),
            1
        );
        assert_eq!(
            world
                .db
                .platform_write(&world.platform(), |tx| jobs::purge(
                    tx,
                    at("2026-02-02T00:00:00Z")
                ))
                .await
                .unwrap(),
            1
        );
    });
}

#[test]
fn a_repeated_request_gets_the_same_answer() {
    // R-API-01
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let whole = world.whole(&acme);
        let claim = async |key: &'static str, body: &'static str| {
            world
                .db
                .write(&whole, move |tx| {
                    idempotency::claim(tx, "caller", key, body, 60)
                })
                .await
                .unwrap()
        };
        let Claimed::New(first) = claim("key", "body").await else {
            panic!("not new")
        };
        assert_eq!(claim("key", "body").await, Claimed::InProgress);
        assert_eq!(claim("key", "other body").await, Claimed::Mismatch);
        // Given back, it is free at once.
        world
            .db
            .write(&whole, {
                let first = first.clone();
                move |tx| idempotency::release(tx, &first)
            })
            .await
            .unwrap();
        assert_eq!(
            claim("key", "other body").await,
            Claimed::New(first.clone())
        );
        // The work marks it in its own transaction, or not at all.
        let bearing = whole.clone().with_claim(first.clone());
        let undone = world
            .db
            .write(&bearing, |_| Err::<(), _>(StoreError::Stale))
            .await;
        assert!(matches!(undone, Err(StoreError::Stale)));
        world
            .db
            .write(&bearing, |tx| tx.audit("x", "y", (), ()))
            .await
            .unwrap();
        assert_eq!(claim("key", "other body").await, Claimed::InProgress);
        world
            .db
            .write(&whole, {
                let first = first.clone();
                move |tx| idempotency::release(tx, &first)
            })
            .await
            .unwrap();
        assert_eq!(claim("key", "other body").await, Claimed::InProgress);
        world
            .db
            .write(&whole, {
                let first = first.clone();
                move |tx| idempotency::store_answer(tx, &first, 201, "sealed")
            })
            .await
            .unwrap();
        let replay = Claimed::Replay {
            status: 201,
            answer_sealed: "sealed".to_owned(),
        };
        assert_eq!(claim("key", "other body").await, replay);
        // Whoever comes too late with the same claim must not do the work again.
        let late = world
            .db
            .write(&bearing, |tx| tx.audit("x", "y", (), ()))
            .await;
        assert!(matches!(late, Err(StoreError::Contended)));
        assert_eq!(
            world.db.read_long(&whole, audit::verify).await.unwrap(),
            Chain::Whole { entries: 1 }
        );

        let Claimed::New(_) = claim("died before", "b").await else {
            panic!("not new")
        };
        let Claimed::New(died) = claim("died after", "b").await else {
            panic!("not new")
        };
        world
            .db
            .write(&whole.clone().with_claim(died), |tx| {
                tx.audit("x", "y", (), ())
            })
            .await
            .unwrap();
        assert!(world.clock.set(at("2026-01-31T12:05:00Z")));
        assert!(matches!(claim("died before", "b").await, Claimed::New(_)));
        assert_eq!(claim("died before", "b").await, Claimed::InProgress);
        assert_eq!(claim("died after", "b").await, Claimed::AnswerLost);
        assert_eq!(claim("key", "other body").await, replay);
        // A day later the key is new again.
        assert!(world.clock.set(at("2026-02-01T13:00:00Z")));
        assert!(matches!(claim("key", "body").await, Claimed::New(_)));
        assert_eq!(
            world
                .db
                .platform_write(&world.platform(), idempotency::purge)
                .await
                .unwrap(),
            2
        );
    });
}
