use crate::world::{World, everywhere, node};
use alvara_domain::node::NodeKind;
use alvara_store::nodes::{self, NodeFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Backend, Clock, Db, DbConfig, Reach, StoreError, audit, licenses};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

async fn names(world: &World, house: &crate::world::House) -> Vec<String> {
    let filter = NodeFilter {
        kind: Some(NodeKind::Subcompany),
        ..NodeFilter::default()
    };
    let request = PageRequest::new(Some(200), None);
    let page = world
        .db
        .read(&world.whole(house), move |tx| {
            nodes::list(tx, &filter, &request)
        })
        .await
        .unwrap();
    page.items.into_iter().map(|node| node.name).collect()
}

#[test]
fn neighbours_in_a_group_survive_a_failure_and_a_panic() {
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let whole = world.whole(&acme);
        let tasks: Vec<_> = (0..60)
            .map(|number| {
                let (db, whole, root) = (world.db.clone(), whole.clone(), acme.root.clone());
                tokio::spawn(async move {
                    db.write(&whole, move |tx| -> Result<u32, StoreError> {
                        node(
                            tx,
                            Some(&root),
                            None,
                            NodeKind::Subcompany,
                            &format!("{number:02}"),
                        )?;
                        tx.audit("node.create", number, (), number)?;
                        match number % 3 {
                            0 => Ok(number),
                            1 => Err(StoreError::Stale),
                            _ => panic!("closure {number}"),
                        }
                    })
                    .await
                })
            })
            .collect();
        for (number, task) in tasks.into_iter().enumerate() {
            let outcome = task.await.unwrap();
            match number % 3 {
                0 => assert_eq!(outcome.unwrap() as usize, number),
                1 => assert!(matches!(outcome, Err(StoreError::Stale))),
                _ => assert!(matches!(outcome, Err(StoreError::Panicked)), "{outcome:?}"),
            }
        }
        let mut kept = names(&world, &acme).await;
        kept.sort();
        assert_eq!(
            kept,
            (0..60)
                .step_by(3)
                .map(|number| format!("{number:02}"))
                .collect::<Vec<_>>()
        );
        // Only what was committed is in the chain, and the chain is whole.
        let chain = world.db.read_long(&whole, audit::verify).await.unwrap();
        assert_eq!(chain, audit::Chain::Whole { entries: 20 });
        world.db.ping().await.unwrap();
    });
}

#[test]
fn a_panic_inside_a_nested_savepoint_leaves_the_connection_usable() {
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let whole = world.whole(&acme);
        for _ in 0..3 {
            let root = acme.root.clone();
            let outcome = world
                .db
                .write(&whole, move |tx| -> Result<(), StoreError> {
                    let made = node(tx, Some(&root), None, NodeKind::Subcompany, "x")?;
                    // The same id again: a violation inside the transaction, swallowed, then a panic.
                    assert!(matches!(nodes::insert(tx, &made), Err(StoreError::Taken)));
                    panic!("after a violation");
                })
                .await;
            assert!(matches!(outcome, Err(StoreError::Panicked)));
        }
        assert!(names(&world, &acme).await.is_empty());
        let root = acme.root.clone();
        world
            .db
            .write(&whole, move |tx| {
                node(tx, Some(&root), None, NodeKind::Subcompany, "y").map(drop)
            })
            .await
            .unwrap();
        assert_eq!(names(&world, &acme).await, ["y"]);
    });
}

#[test]
fn a_reader_cannot_write() {
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let root = acme.root.clone();
        let refused = world
            .db
            .read(&world.whole(&acme), move |tx| {
                node(tx, Some(&root), None, NodeKind::Subcompany, "x").map(drop)
            })
            .await;
        assert!(refused.is_err());
        assert!(names(&world, &acme).await.is_empty());
    });
}

#[test]
fn transactions_that_meet_are_tried_again() {
    everywhere(async |world: World| {
        if world.db.backend() == Backend::Sqlite {
            return;
        }
        // Two rows, locked crosswise, with a pause between: a deadlock.
        let acme = world.house("acme").await;
        let whole = world.whole(&acme);
        let (one, two) = (
            world.license(&acme, &acme.customer, None).await,
            world.license(&acme, &acme.agent, None).await,
        );
        let attempts = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = [[one, two], [two, one]]
            .into_iter()
            .map(|pair| {
                let (db, whole, attempts) =
                    (world.db.clone(), whole.clone(), Arc::clone(&attempts));
                tokio::spawn(async move {
                    db.write(&whole, move |tx| -> Result<(), StoreError> {
                        attempts.fetch_add(1, Ordering::Relaxed);
                        for license in pair {
                            assert!(licenses::take_seat(tx, license)?);
                            std::thread::sleep(Duration::from_millis(300));
                        }
                        Ok(())
                    })
                    .await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert!(attempts.load(Ordering::Relaxed) >= 3, "no deadlock was met");
        // Each seat was taken once for each of the two, retries or not.
        assert_eq!(
            world
                .db
                .read(&whole, licenses::figures)
                .await
                .unwrap()
                .machines_used,
            4
        );
    });
}

#[test]
fn closing_finishes_what_is_queued_and_refuses_the_rest() {
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let whole = world.whole(&acme);
        let tasks: Vec<_> = (0..50)
            .map(|number| {
                let (db, whole, root) = (world.db.clone(), whole.clone(), acme.root.clone());
                tokio::spawn(async move {
                    db.write(&whole, move |tx| {
                        node(
                            tx,
                            Some(&root),
                            None,
                            NodeKind::Subcompany,
                            &number.to_string(),
                        )
                        .map(drop)
                    })
                    .await
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(5)).await;
        world.db.close().await;
        let mut done = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => done += 1,
                Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
            }
        }
        let root = acme.root.clone();
        let late = world
            .db
            .write(&whole, move |tx| {
                node(tx, Some(&root), None, NodeKind::Subcompany, "late").map(drop)
            })
            .await;
        assert!(matches!(late, Err(StoreError::Unavailable(_))));
        // Everything that was answered is there, and nothing else.
        let mut world = world;
        (world.db, world.mint) = Db::open(&DbConfig::new(&world.url), Clock::system()).unwrap();
        assert_eq!(names(&world, &acme).await.len(), done);
    });
}

#[test]
fn many_writers_at_once_lose_nothing() {
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let whole = world.scope(&acme.root, Reach::Tree);
        let (clients, each) = (32, 30);
        let started = Instant::now();
        let tasks: Vec<_> = (0..clients)
            .map(|_| {
                let (db, whole, agent) = (world.db.clone(), whole.clone(), acme.agent.id);
                tokio::spawn(async move {
                    for _ in 0..each {
                        db.write(&whole, move |tx| tx.audit("node.touch", agent, (), ()))
                            .await
                            .unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let per_second = f64::from(clients * each) / started.elapsed().as_secs_f64();
        println!(
            "{:?}: {per_second:.0} durable writes a second from {clients} clients",
            world.db.backend()
        );
        assert_eq!(
            world.db.read_long(&whole, audit::verify).await.unwrap(),
            audit::Chain::Whole {
                entries: i64::from(clients * each)
            }
        );
    });
}
