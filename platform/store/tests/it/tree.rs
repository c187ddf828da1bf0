use crate::world::{World, everywhere, node};
use alvara_domain::id::{NodeId, Ulid};
use alvara_domain::node::{NodeKind, NodeState};
use alvara_store::nodes::{self, Move, NodeFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Reach, StoreError, hosts, members, tenants};

#[test]
fn a_scope_sees_its_own_subtree_and_nothing_else() {
    // R-TEN-02
    everywhere(async |world: World| {
        let (acme, other) = (world.house("acme").await, world.house("other").await);
        let agent = world.scope(&acme.agent, Reach::Tree);
        let (a, o) = (acme.clone(), other.clone());
        world
            .db
            .read(&agent, move |tx| -> Result<(), StoreError> {
                assert_eq!(nodes::find(tx, a.agent.id)?.unwrap(), a.agent);
                assert_eq!(nodes::find(tx, a.customer.id)?.unwrap(), a.customer);
                for hidden in [
                    a.root.id,
                    a.sibling.id,
                    o.root.id,
                    o.customer.id,
                    NodeId::from_ulid(Ulid::from_bytes([7; 16])),
                ] {
                    assert_eq!(nodes::find(tx, hidden)?, None);
                }
                let seen = nodes::list(tx, &NodeFilter::default(), &PageRequest::default())?;
                assert_eq!(
                    seen.items.iter().map(|node| node.id).collect::<Vec<_>>(),
                    [a.agent.id, a.customer.id]
                );
                assert_eq!(tenants::load_own(tx)?.id, a.tenant);
                Ok(())
            })
            .await
            .unwrap();
        let own = world.scope(&acme.agent, Reach::Own);
        let a = acme.clone();
        let seen = world
            .db
            .read(&own, |tx| {
                nodes::list(tx, &NodeFilter::default(), &PageRequest::default())
            })
            .await
            .unwrap();
        assert_eq!(
            seen.items.iter().map(|node| node.id).collect::<Vec<_>>(),
            [a.agent.id]
        );
        // Writing beside or above is refused, as is what belongs to the whole tenant.
        let (sibling, name) = (acme.sibling.clone(), "host.example");
        let refused = world
            .db
            .write(&agent, move |tx| {
                node(tx, Some(&sibling), None, NodeKind::Customer, "Intruder").map(drop)
            })
            .await;
        assert!(matches!(refused, Err(StoreError::OutOfReach)));
        assert!(matches!(
            world
                .db
                .write(&agent, move |tx| hosts::insert(tx, name))
                .await,
            Err(StoreError::OutOfReach)
        ));
        let sibling = acme.sibling.id;
        assert!(
            !world
                .db
                .write(&agent, move |tx| nodes::change_state(
                    tx,
                    sibling,
                    NodeState::Suspended
                ))
                .await
                .unwrap()
        );
    });
}

#[test]
fn hosts_lead_to_tenants() {
    // R-TEN-03
    everywhere(async |world: World| {
        let (acme, other) = (world.house("acme").await, world.house("other").await);
        world
            .db
            .write(&world.whole(&acme), |tx| hosts::insert(tx, "acme.example"))
            .await
            .unwrap();
        let taken = world
            .db
            .write(&world.whole(&other), |tx| hosts::insert(tx, "acme.example"))
            .await;
        assert!(matches!(taken, Err(StoreError::Taken)));
        let platform = world.platform();
        for (host, expected) in [
            ("acme.example", Some(acme.tenant)),
            ("ACME.example", None),
            ("acme.example ", None),
            ("nobody.example", None),
        ] {
            let found = world
                .db
                .platform_read(&platform, move |tx| hosts::find_tenant(tx, host))
                .await
                .unwrap();
            assert_eq!(found.map(|tenant| tenant.id), expected, "{host}");
        }
        assert!(
            !world
                .db
                .write(&world.whole(&other), |tx| hosts::remove(tx, "acme.example"))
                .await
                .unwrap()
        );
        assert!(
            world
                .db
                .write(&world.whole(&acme), |tx| hosts::remove(tx, "acme.example"))
                .await
                .unwrap()
        );
    });
}

#[test]
fn a_subtree_moves_with_everything_below_it() {
    // R-TEN-02
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let whole = world.whole(&acme);
        let a = acme.clone();
        world
            .db
            .write(&whole, move |tx| -> Result<(), StoreError> {
                let below = node(tx, Some(&a.customer), None, NodeKind::Customer, "Below")?;
                assert_eq!(
                    nodes::move_subtree(tx, a.agent.id, a.customer.id)?,
                    Move::UnderItself
                );
                assert_eq!(
                    nodes::move_subtree(tx, a.agent.id, a.agent.id)?,
                    Move::UnderItself
                );
                assert_eq!(
                    nodes::move_subtree(tx, a.root.id, a.agent.id)?,
                    Move::NotFound
                );
                assert_eq!(
                    nodes::move_subtree(tx, a.agent.id, a.sibling.id)?,
                    Move::Moved { places: 3 }
                );
                let moved = nodes::find(tx, a.agent.id)?.unwrap();
                assert_eq!(moved.parent_id, Some(a.sibling.id));
                assert_eq!(moved.path, a.sibling.path.child(a.agent.id).unwrap());
                assert_eq!(moved.version, 2);
                let customer = nodes::find(tx, a.customer.id)?.unwrap();
                assert_eq!(customer.path, moved.path.child(a.customer.id).unwrap());
                assert_eq!(
                    nodes::find(tx, below.id)?.unwrap().path,
                    customer.path.child(below.id).unwrap()
                );
                // Sixteen levels are the limit, wherever in the moved part they would be passed.
                let mut deep = a.root.clone();
                for level in 0..13 {
                    deep = node(
                        tx,
                        Some(&deep),
                        None,
                        NodeKind::Subcompany,
                        &format!("Level {level}"),
                    )?;
                }
                assert_eq!(nodes::move_subtree(tx, a.agent.id, deep.id)?, Move::TooDeep);
                assert_eq!(nodes::find(tx, a.agent.id)?.unwrap().path, moved.path);
                assert_eq!(
                    nodes::move_subtree(tx, below.id, deep.id)?,
                    Move::Moved { places: 1 }
                );
                Ok(())
            })
            .await
            .unwrap();
    });
}

#[test]
fn suspension_is_inherited_and_searching_takes_text_as_it_is() {
    // R-TEN-02
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let whole = world.whole(&acme);
        let a = acme.clone();
        world
            .db
            .write(&whole, move |tx| -> Result<(), StoreError> {
                assert!(nodes::change_state(tx, a.agent.id, NodeState::Suspended)?);
                assert!(!nodes::change_state(tx, a.agent.id, NodeState::Suspended)?);
                let above = nodes::list_suspended_above(tx, &a.customer.path)?;
                assert_eq!(
                    above.iter().map(|node| node.id).collect::<Vec<_>>(),
                    [a.agent.id]
                );
                assert_eq!(nodes::list_suspended_above(tx, &a.sibling.path)?, []);
                assert!(nodes::change_state(tx, a.agent.id, NodeState::Active)?);
                let found = |tx: &mut _, text: &str| -> Result<Vec<NodeId>, StoreError> {
                    let filter = NodeFilter {
                        search: Some(text.to_owned()),
                        ..NodeFilter::default()
                    };
                    Ok(nodes::list(tx, &filter, &PageRequest::default())?
                        .items
                        .iter()
                        .map(|node| node.id)
                        .collect())
                };
                assert_eq!(found(tx, "AÇÃO")?, [a.agent.id]);
                assert_eq!(found(tx, "100%")?, [a.customer.id]);
                assert_eq!(found(tx, "1_0%")?, [] as [NodeId; 0]);
                assert_eq!(found(tx, "\\")?, [] as [NodeId; 0]);
                assert_eq!(found(tx, "example.com")?.len(), 4);
                let filter = NodeFilter {
                    kind: Some(NodeKind::Agent),
                    ..NodeFilter::default()
                };
                let first = nodes::list(tx, &filter, &PageRequest::new(Some(1), None))?;
                assert_eq!(first.items[0].id, a.agent.id);
                let second = nodes::list(tx, &filter, &PageRequest::new(Some(1), first.next))?;
                assert_eq!((second.items[0].id, second.next), (a.sibling.id, None));
                // A stale version changes nothing.
                let mut agent = nodes::find(tx, a.agent.id)?.unwrap();
                agent.name = "Renamed".to_owned();
                nodes::update(tx, &agent)?;
                assert!(matches!(nodes::update(tx, &agent), Err(StoreError::Stale)));
                assert!(members::find_by_email(tx, "nobody@example.com")?.is_none());
                Ok(())
            })
            .await
            .unwrap();
    });
}
