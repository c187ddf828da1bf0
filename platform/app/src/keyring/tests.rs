use std::collections::BTreeSet;

use alvara_domain::event::EventKind;
use alvara_domain::id::{ProductId, Ulid};
use alvara_domain::product::{Algorithm, Product, SigningKeyState};
use alvara_domain::terms::Terms;
use alvara_store::events::{self, EventFilter};
use alvara_store::page::PageRequest;
use alvara_store::signing_keys;
use alvara_vault::SigningKey;

use super::{KeyRing, Rotation, spec_of};
use crate::AppError;
use crate::catalogue::{NewPolicy, create_policy};
use crate::test_house::House;

const DAY: i64 = 86_400;

async fn published(house: &House, product: ProductId) -> BTreeSet<String> {
    let platform = house.platform.clone();
    let scope = house.scope(&house.acme.tenant);
    let set = house
        .write(&scope, move |tx| platform.keys().jwks(tx, product))
        .await
        .unwrap();
    let keys = set["keys"].as_array().unwrap();
    assert!(
        keys.iter()
            .all(|key| key["use"] == "sig" && key["alg"] == "EdDSA" && key.get("d").is_none())
    );
    keys.iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

/// The key that an instance signs with, which may be up to 30 s behind.
async fn signer(house: &House, keys: &'static KeyRing, product: ProductId) -> String {
    let scope = house.scope(&house.acme.tenant);
    house
        .write(&scope, move |tx| {
            Ok(keys.ring(tx, product)?.active().kid().to_owned())
        })
        .await
        .unwrap()
}

fn another_instance(house: &House) -> &'static KeyRing {
    Box::leak(Box::new(KeyRing::new(house.vault.clone())))
}

async fn retire_due(house: &House) -> usize {
    let platform = house.platform.clone();
    house
        .write(&house.scope(&house.acme.tenant), move |tx| {
            platform.keys().retire_due(tx)
        })
        .await
        .unwrap()
}

async fn rotate(house: &House, product: ProductId, why: Rotation) {
    house
        .platform
        .rotate_signing_key(&house.scope(&house.acme.tenant), product, why)
        .await
        .unwrap();
}

#[tokio::test]
async fn rotation_never_leaves_an_unknown_kid() {
    // R-LIC-12: every 20 days a rotation, daily retirement, three instances that each look when
    // they like. Whatever signs was published at every moment since the rotation before, and stays
    // so for 37 days, the longest that a program of the hybrid preset runs between two checks.
    let house = House::build().await;
    let product = house.product(&house.acme.tenant, "p").await.id;
    let (busy, lazy) = (another_instance(&house), another_instance(&house));
    let mut signatures: Vec<(i64, String)> = Vec::new();
    let mut before_rotation = published(&house, product).await;
    let mut retired = 0;
    for day in 0..160 {
        if day % 20 == 19 {
            before_rotation = published(&house, product).await;
            rotate(&house, product, Rotation::Planned).await;
        }
        retired += retire_due(&house).await;
        for keys in [busy, lazy] {
            if std::ptr::eq(keys, lazy) && day % 7 != 0 {
                continue;
            }
            let kid = signer(&house, keys, product).await;
            assert!(
                before_rotation.contains(&kid),
                "day {day}: {kid} signs and was not published before"
            );
            signatures.push((day, kid));
        }
        let now = published(&house, product).await;
        for (signed_on, kid) in signatures
            .iter()
            .filter(|(signed_on, _)| day - signed_on <= 37)
        {
            assert!(
                now.contains(kid),
                "day {day}: the key of day {signed_on} is gone"
            );
        }
        house.move_clock(DAY);
    }
    assert_eq!(
        signatures
            .iter()
            .map(|(_, kid)| kid)
            .collect::<BTreeSet<_>>()
            .len(),
        9
    );
    assert!(retired >= 5, "{retired}");
    assert!(published(&house, product).await.len() <= 5);
}

#[tokio::test]
async fn an_instance_that_is_behind_signs_with_a_published_key_and_catches_up() {
    // R-LIC-12
    let house = House::build().await;
    let product = house.product(&house.acme.tenant, "p").await.id;
    let other = another_instance(&house);
    let old = signer(&house, other, product).await;
    rotate(&house, product, Rotation::Planned).await;
    assert_eq!(signer(&house, other, product).await, old);
    assert!(published(&house, product).await.contains(&old));
    house.move_clock(30);
    assert_ne!(signer(&house, other, product).await, old);
    // The clock of a demonstration goes back; what was read in its future is not trusted.
    rotate(&house, product, Rotation::Planned).await;
    house.move_clock(-3600);
    let platform = house.platform.clone();
    let newest = house
        .write(&house.scope(&house.acme.tenant), move |tx| {
            Ok(platform.keys().ring(tx, product)?.active().kid().to_owned())
        })
        .await
        .unwrap();
    assert_eq!(signer(&house, other, product).await, newest);
}

#[tokio::test]
async fn an_unknown_kid_is_looked_up_before_it_is_called_unknown() {
    // R-LIC-12
    let house = House::build().await;
    let product = house.product(&house.acme.tenant, "p").await.id;
    let behind = another_instance(&house);
    signer(&house, behind, product).await;
    rotate(&house, product, Rotation::Planned).await;
    rotate(&house, product, Rotation::Planned).await;
    let scope = house.scope(&house.acme.tenant);
    for kid in published(&house, product).await {
        let wanted = kid.clone();
        let found = house
            .write(&scope, move |tx| behind.verifying_key(tx, product, &wanted))
            .await
            .unwrap();
        assert_eq!(found.unwrap().kid(), kid);
    }
    let found = house
        .write(&scope, move |tx| {
            behind.verifying_key(tx, product, "nobody's")
        })
        .await
        .unwrap();
    assert!(found.is_none());
}

#[tokio::test]
async fn a_leaked_key_is_gone_at_once() {
    // R-LIC-12
    let house = House::build().await;
    let product = house.product(&house.acme.tenant, "p").await.id;
    let keys = another_instance(&house);
    let leaked = signer(&house, keys, product).await;
    rotate(&house, product, Rotation::Compromised).await;
    let now = published(&house, product).await;
    assert!(!now.contains(&leaked));
    assert_eq!(now.len(), 2);
}

#[tokio::test]
async fn private_keys_are_sealed_for_their_row_and_never_told() {
    // R-LIC-12
    let house = House::build().await;
    let product = house.product(&house.acme.tenant, "p").await.id;
    rotate(&house, product, Rotation::Planned).await;
    let scope = house.scope(&house.acme.tenant);
    let (rows, told) = house
        .write(&scope, move |tx| {
            let filter = EventFilter {
                kind: Some(EventKind::SigningKeyCreated),
                ..EventFilter::default()
            };
            Ok((
                signing_keys::list(tx, product)?,
                events::list(tx, &filter, &PageRequest::default())?.items,
            ))
        })
        .await
        .unwrap();
    assert_eq!((rows.len(), told.len()), (3, 3));
    let states: BTreeSet<&str> = rows.iter().map(|row| row.state.as_str()).collect();
    assert_eq!(states, BTreeSet::from(["active", "next", "retiring"]));
    for row in &rows {
        assert!(!row.private_sealed.contains("PRIVATE"));
        let open = |context: &str| {
            house.vault.open(
                alvara_vault::Purpose::SigningKey,
                context,
                &row.private_sealed,
            )
        };
        assert!(
            open(&format!("{product}/{}", row.kid))
                .unwrap()
                .starts_with(b"-----BEGIN PRIVATE KEY-----")
        );
        assert!(open(&format!("{product}/another")).is_err());
        assert!(
            told.iter()
                .all(|event| !event.data.to_string().contains(&row.private_sealed))
        );
    }
}

#[tokio::test]
async fn a_ring_in_memory_is_not_a_way_into_another_tenant() {
    // R-TEN-01
    let house = House::build().await;
    let product = house.product(&house.acme.tenant, "p").await.id;
    let keys = another_instance(&house);
    signer(&house, keys, product).await;
    let scope = house.scope(&house.bella.tenant);
    let ring = house
        .write(&scope, move |tx| keys.ring(tx, product).map(drop))
        .await;
    let set = house
        .write(&scope, move |tx| keys.jwks(tx, product).map(drop))
        .await;
    let nobodys = ProductId::from_ulid(Ulid::nil());
    let unknown = house
        .write(&scope, move |tx| keys.jwks(tx, nobodys).map(drop))
        .await;
    for refused in [ring, set, unknown] {
        assert!(matches!(refused, Err(AppError::NotFound("product"))));
    }
    let why = Rotation::Planned;
    let rotated = house
        .platform
        .rotate_signing_key(&scope, product, why)
        .await;
    assert!(matches!(rotated, Err(AppError::NotFound("product"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn rotations_at_once_leave_one_active_key() {
    // R-LIC-12
    let house = House::build().await;
    let Product { id, .. } = house.product(&house.acme.tenant, "p").await;
    let scope = house.scope(&house.acme.tenant);
    let rotate = || {
        house
            .platform
            .rotate_signing_key(&scope, id, Rotation::Planned)
    };
    let outcomes = tokio::join!(rotate(), rotate(), rotate(), rotate());
    for outcome in [outcomes.0, outcomes.1, outcomes.2, outcomes.3] {
        assert!(
            matches!(outcome, Ok(_) | Err(AppError::Stale)),
            "{outcome:?}"
        );
    }
    let rows = house
        .write(&scope, move |tx| Ok(signing_keys::list(tx, id)?))
        .await
        .unwrap();
    let count = |state| rows.iter().filter(|row| row.state == state).count();
    assert_eq!(
        (count(SigningKeyState::Active), count(SigningKeyState::Next)),
        (1, 1)
    );
}

#[tokio::test]
async fn a_key_of_another_algorithm_never_gets_into_a_ring() {
    // R-LIC-12
    let house = House::build().await;
    let product = house.product(&house.acme.tenant, "p").await.id;
    let wrong = SigningKey::generate(spec_of(Algorithm::Rs256, 2048).unwrap()).unwrap();
    let platform = house.platform.clone();
    let scope = house.scope(&house.acme.tenant);
    let refused = house
        .write(&scope, move |tx| {
            platform
                .keys()
                .rotate(tx, product, &wrong, Rotation::Planned)
        })
        .await;
    assert!(matches!(refused, Err(AppError::Inconsistent(_))));
}

#[tokio::test]
async fn a_policy_that_allows_longer_silence_lengthens_the_overlap() {
    // R-LIC-12: no overlap by configuration, 7 + 30 days by the hybrid preset.
    let house = House::build().await;
    let product = house.product(&house.acme.tenant, "p").await.id;
    let scope = house.scope(&house.acme.tenant);
    let keys: &'static KeyRing = Box::leak(Box::new(
        KeyRing::new(house.vault.clone()).with_overlap_seconds(0),
    ));
    let first = signer(&house, keys, product).await;
    let request = NewPolicy {
        product_id: product,
        code: "h".into(),
        name: "H".into(),
        terms: Terms::hybrid(),
    };
    house
        .write(&scope, move |tx| create_policy(tx, &request))
        .await
        .unwrap();
    let fresh = SigningKey::generate(spec_of(Algorithm::EdDsa, 256).unwrap()).unwrap();
    house
        .write(&scope, move |tx| {
            keys.rotate(tx, product, &fresh, Rotation::Planned)
        })
        .await
        .unwrap();
    house.move_clock(37 * DAY - 1);
    assert_eq!(retire_due(&house).await, 0);
    assert!(published(&house, product).await.contains(&first));
    house.move_clock(1);
    assert_eq!(retire_due(&house).await, 1);
    assert!(!published(&house, product).await.contains(&first));
}
