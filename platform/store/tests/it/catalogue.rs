use crate::world::{House, World, at, everywhere, node};
use alvara_domain::money::{Currency, Money};
use alvara_domain::node::NodeKind;
use alvara_domain::product::{
    Algorithm, Module, Offer, OfferState, ProductVersion, Release, SigningKeyState,
};
use alvara_store::page::PageRequest;
use alvara_store::signing_keys::{self, StoredSigningKey};
use alvara_store::{Reach, StoreError, modules, offers, policies, products, releases, versions};

#[test]
fn an_offered_product_is_read_by_whom_it_is_offered_to_and_nobody_else() {
    // R-TEN-01, R-LIC-11
    everywhere(async |world: World| {
        let (owner, seller, stranger) = (
            world.house("owner").await,
            world.house("seller").await,
            world.house("stranger").await,
        );
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
                versions::insert(
                    tx,
                    &ProductVersion {
                        tenant_id: tenant,
                        product_id: product,
                        id,
                        major: 2,
                        minor: 1,
                        name: "2.1".to_owned(),
                        released_at: now,
                        created_at: now,
                    },
                )?;
                for (kid, state) in [
                    ("kid-old", SigningKeyState::Retiring),
                    ("kid-now", SigningKeyState::Active),
                    ("kid-new", SigningKeyState::Next),
                ] {
                    signing_keys::insert(
                        tx,
                        &StoredSigningKey {
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
                        },
                    )?;
                }
                for version in ["2.9.0", "2.10.0", "2.10.0-rc1"] {
                    let id = tx.new_id()?;
                    releases::insert(
                        tx,
                        &Release {
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
                        },
                    )?;
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
        world
            .db
            .platform_write(&world.platform(), {
                let offer = offer.clone();
                move |tx| offers::insert(tx, &offer)
            })
            .await
            .unwrap();
        let seen = async |house: &House| {
            world
                .db
                .read(&world.whole(house), move |tx| -> Result<_, StoreError> {
                    let newest = releases::find_newest(tx, product, "stable", "windows-x64")?
                        .map(|release| release.version.to_string());
                    Ok((
                        products::find(tx, product)?.is_some(),
                        modules::list(tx, product)?.len(),
                        versions::list(tx, product)?.len()
                            + usize::from(versions::find_by_number(tx, product, 2, 1)?.is_some()),
                        signing_keys::list(tx, product)?.len(),
                        signing_keys::find_active(tx, product)?.map(|key| key.kid),
                        newest,
                    ))
                })
                .await
                .unwrap()
        };
        let all = (
            true,
            1,
            2,
            3,
            Some("kid-now".to_owned()),
            Some("2.10.0".to_owned()),
        );
        assert_eq!(seen(&owner).await, all);
        assert_eq!(seen(&seller).await, all);
        assert_eq!(seen(&stranger).await, (false, 0, 0, 0, None, None));
        // Both products of the seller have the same code; its own wins.
        let own = world
            .db
            .read(&world.whole(&seller), |tx| {
                products::find_by_code(tx, "hybrid")
            })
            .await
            .unwrap()
            .unwrap();
        assert_eq!(own.id, seller.product);
        // The seller reads, but does not change.
        world
            .db
            .write(&world.whole(&seller), move |tx| -> Result<(), StoreError> {
                let mut foreign = products::find(tx, product)?.unwrap();
                foreign.name = "Mine".to_owned();
                assert!(matches!(
                    products::update(tx, &foreign),
                    Err(StoreError::Stale)
                ));
                assert!(!signing_keys::change_state(
                    tx,
                    product,
                    "kid-new",
                    SigningKeyState::Active,
                    None
                )?);
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
                assert!(signing_keys::change_state(
                    tx,
                    product,
                    "kid-now",
                    SigningKeyState::Retiring,
                    Some(tx.now())
                )?);
                assert!(signing_keys::change_state(
                    tx,
                    product,
                    "kid-new",
                    SigningKeyState::Active,
                    None
                )?);
                assert_eq!(
                    signing_keys::find_active(tx, product)?
                        .unwrap()
                        .activated_at,
                    Some(tx.now())
                );
                Ok(())
            })
            .await
            .unwrap();
        // Withdrawn: nothing new is sold, and what is sold keeps its keys.
        let withdrawn = Offer {
            state: OfferState::Withdrawn,
            version: 1,
            ..offer
        };
        world
            .db
            .platform_write(&world.platform(), move |tx| offers::update(tx, &withdrawn))
            .await
            .unwrap();
        assert_eq!(seen(&seller).await.3, 3);
        let policy = seller.policy;
        let kept = world
            .db
            .read(&world.whole(&seller), move |tx| policies::find(tx, policy))
            .await
            .unwrap();
        assert!(kept.is_some());
        let house = seller.clone();
        let part = world.scope(&seller.agent, Reach::Tree);
        let refused = world
            .db
            .write(&part, move |tx| {
                node(tx, Some(&house.root), None, NodeKind::Agent, "x").map(drop)
            })
            .await;
        assert!(matches!(refused, Err(StoreError::OutOfReach)));
    });
}
