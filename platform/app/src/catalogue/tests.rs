use alvara_domain::fault::FaultCode;
use alvara_domain::id::{ProductId, TenantId, Ulid};
use alvara_domain::money::{Currency, Money};
use alvara_domain::product::{Algorithm, ProductState};
use alvara_domain::terms::{LicenseKind, Terms};
use alvara_store::{audit, products};

use super::*;
use crate::test_house::House;

fn policy(product_id: ProductId, code: &str, terms: Terms) -> NewPolicy {
    NewPolicy {
        product_id,
        code: code.into(),
        name: "A policy".into(),
        terms,
    }
}

fn pointers(error: AppError) -> Vec<(String, FaultCode)> {
    match error {
        AppError::Invalid(faults) => faults
            .into_iter()
            .map(|fault| (fault.pointer, fault.code))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_product_comes_with_an_offer_of_its_own_and_a_code_of_its_own() {
    // R-LIC-01
    let house = House::build().await;
    let product = house.product(&house.acme.tenant, "cad").await;
    let scope = house.scope(&house.acme.tenant);
    let again = NewProduct {
        code: " cad ".into(),
        name: "Another".into(),
        key_prefix: String::new(),
        algorithm: Algorithm::EdDsa,
        key_bits: 256,
    };
    let taken = house.platform.create_product(&scope, &again).await;
    assert!(matches!(taken, Err(AppError::Taken { pointer: "/code" })));
    house.product(&house.bella.tenant, "cad").await;
    let id = product.id;
    let offer = house
        .write(&scope, move |tx| Ok(alvara_store::offers::find(tx, id)?))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (offer.owner_tenant_id, offer.license_limit),
        (house.acme.tenant.id, None)
    );
}

#[tokio::test]
async fn every_wrong_field_of_a_product_is_named() {
    // R-LIC-01
    let house = House::build().await;
    let request = NewProduct {
        code: "a b".into(),
        name: " ".into(),
        key_prefix: "acme".into(),
        algorithm: Algorithm::Rs256,
        key_bits: 1024,
    };
    let refused = house
        .platform
        .create_product(&house.scope(&house.acme.tenant), &request)
        .await
        .unwrap_err();
    let wrong: Vec<String> = pointers(refused)
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(wrong, ["/code", "/name", "/key_prefix", "/key_bits"]);
}

#[tokio::test]
async fn a_product_is_changed_against_the_version_that_was_read() {
    // R-LIC-01
    let house = House::build().await;
    let product = house.product(&house.acme.tenant, "cad").await;
    let (scope, id) = (house.scope(&house.acme.tenant), product.id);
    let change = ProductChange {
        name: Some("CAD".into()),
        state: Some(ProductState::Retired),
        ..ProductChange::default()
    };
    let again = change.clone();
    let changed = house
        .write(&scope, move |tx| update_product(tx, id, 1, &change))
        .await
        .unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.state),
        ("CAD", ProductState::Retired)
    );
    assert!(changed.version > 1);
    let stale = house
        .write(&scope, move |tx| update_product(tx, id, 1, &again))
        .await;
    assert!(matches!(stale, Err(AppError::Stale)));
}

#[tokio::test]
async fn terms_are_checked_with_pointers_and_modules_must_exist() {
    // R-LIC-01
    let house = House::build().await;
    let (product, other) = (
        house.product(&house.acme.tenant, "cad").await.id,
        house.product(&house.acme.tenant, "cam").await.id,
    );
    house.module(&house.acme.tenant, product, "draw").await;
    house.module(&house.acme.tenant, other, "mill").await;
    let terms = Terms {
        kind: LicenseKind::Subscription,
        modules: ["draw", "mill", "a b", "draw"].map(Into::into).into(),
        ..Terms::default()
    };
    let scope = house.scope(&house.acme.tenant);
    let request = policy(product, "bad code", terms.clone());
    let refused = house
        .write(&scope, move |tx| create_policy(tx, &request))
        .await
        .unwrap_err();
    let found = pointers(refused);
    for expected in [
        ("/code", FaultCode::Malformed),
        ("/terms/duration", FaultCode::Required),
        ("/terms/modules/1", FaultCode::Unknown),
        ("/terms/modules/2", FaultCode::Malformed),
        ("/terms/modules/3", FaultCode::Duplicate),
    ] {
        assert!(
            found.contains(&(expected.0.to_owned(), expected.1)),
            "{expected:?} in {found:?}"
        );
    }
    assert!(!found.contains(&("/terms/modules/0".to_owned(), FaultCode::Unknown)));

    let request = policy(
        product,
        "year",
        Terms {
            modules: vec!["draw".into()],
            ..Terms::hybrid()
        },
    );
    let made = house
        .write(&scope, move |tx| create_policy(tx, &request))
        .await
        .unwrap();
    let change = PolicyChange {
        terms: Some(terms),
        ..PolicyChange::default()
    };
    let id = made.id;
    let refused = house
        .write(&scope, move |tx| update_policy(tx, id, 1, &change))
        .await
        .unwrap_err();
    assert!(pointers(refused).contains(&("/terms/modules/1".to_owned(), FaultCode::Unknown)));
    let kept = house
        .write(&scope, move |tx| Ok(alvara_store::policies::find(tx, id)?))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.terms.modules, ["draw".into()]);
}

#[tokio::test]
async fn a_product_has_64_places_for_modules() {
    // R-LIC-01
    let house = House::build().await;
    let product_id = house.product(&house.acme.tenant, "cad").await.id;
    let scope = house.scope(&house.acme.tenant);
    let request = |code: &str, position: Option<i64>| NewModule {
        product_id,
        code: code.into(),
        name: "A module".into(),
        position,
        price: Money::new(100, Currency::BRL),
    };
    let at_five = request("five", Some(5));
    house
        .write(&scope, move |tx| add_module(tx, &at_five))
        .await
        .unwrap();
    for (wrong, pointer) in [
        (request("five", None), "/code"),
        (request("six", Some(5)), "/position"),
    ] {
        let refused = house
            .write(&scope, move |tx| add_module(tx, &wrong))
            .await
            .unwrap_err();
        assert!(
            matches!(refused, AppError::Taken { pointer: found } if found == pointer),
            "{refused:?}"
        );
    }
    let beyond = request("beyond", Some(64));
    let refused = house
        .write(&scope, move |tx| add_module(tx, &beyond))
        .await
        .unwrap_err();
    assert_eq!(
        pointers(refused),
        [("/position".to_owned(), FaultCode::OutOfRange)]
    );
    let mut seen = vec![5];
    for number in 0..63 {
        let next = request(&format!("m{number}"), None);
        seen.push(
            house
                .write(&scope, move |tx| add_module(tx, &next))
                .await
                .unwrap()
                .position,
        );
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..64).collect::<Vec<_>>());
    let one_more = request("more", None);
    let refused = house
        .write(&scope, move |tx| add_module(tx, &one_more))
        .await
        .unwrap_err();
    assert_eq!(
        pointers(refused),
        [("/position".to_owned(), FaultCode::OutOfRange)]
    );
}

fn offer(tenant_id: TenantId, product_id: ProductId) -> NewOffer {
    NewOffer {
        tenant_id,
        product_id,
        wholesale: Money::new(5000, Currency::BRL),
        license_limit: Some(100),
    }
}

#[tokio::test]
async fn an_offer_lets_one_tenant_sell_and_nobody_else() {
    // R-LIC-01 R-TEN-01
    let house = House::build().await;
    let product = house.product(&house.operator.tenant, "suite").await.id;
    house.module(&house.operator.tenant, product, "draw").await;
    let (acme, bella) = (house.acme.tenant.id, house.bella.tenant.id);
    house
        .platform_write(move |tx| offer_product(tx, &offer(acme, product)))
        .await
        .unwrap();
    let again = house
        .platform_write(move |tx| offer_product(tx, &offer(acme, product)))
        .await;
    assert!(matches!(
        again,
        Err(AppError::Taken {
            pointer: "/product_id"
        })
    ));

    let scope = house.scope(&house.acme.tenant);
    let request = policy(
        product,
        "year",
        Terms {
            modules: vec!["draw".into()],
            ..Terms::hybrid()
        },
    );
    let sold = request.clone();
    house
        .write(&scope, move |tx| create_policy(tx, &sold))
        .await
        .unwrap();
    let change = ProductChange {
        name: Some("Mine".into()),
        ..ProductChange::default()
    };
    let refused = house
        .write(&scope, move |tx| update_product(tx, product, 1, &change))
        .await;
    assert!(matches!(refused, Err(AppError::ExceedsOwnRights)));

    let scope = house.scope(&house.bella.tenant);
    let refused = house
        .write(&scope, move |tx| create_policy(tx, &request))
        .await;
    assert!(matches!(refused, Err(AppError::NotFound("product"))));
    assert!(
        house
            .write(&scope, move |tx| Ok(products::find(tx, product)?))
            .await
            .unwrap()
            .is_none()
    );
    let missing = house
        .platform_write(move |tx| withdraw_offer(tx, (bella, product)))
        .await;
    assert!(matches!(missing, Err(AppError::NotFound("offer"))));
}

#[tokio::test]
async fn a_withdrawn_offer_sells_nothing_new_until_it_is_restored() {
    // R-LIC-01
    let house = House::build().await;
    let product = house.product(&house.operator.tenant, "suite").await.id;
    let acme = house.acme.tenant.id;
    house
        .platform_write(move |tx| offer_product(tx, &offer(acme, product)))
        .await
        .unwrap();
    let change = OfferChange {
        license_limit: Some(None),
        ..OfferChange::default()
    };
    let again = change.clone();
    let changed = house
        .platform_write(move |tx| update_offer(tx, (acme, product), 1, &change))
        .await
        .unwrap();
    assert_eq!((changed.license_limit, changed.version), (None, 2));
    let stale = house
        .platform_write(move |tx| update_offer(tx, (acme, product), 1, &again))
        .await;
    assert!(matches!(stale, Err(AppError::Stale)));

    house
        .platform_write(move |tx| withdraw_offer(tx, (acme, product)))
        .await
        .unwrap();
    let twice = house
        .platform_write(move |tx| withdraw_offer(tx, (acme, product)))
        .await;
    assert!(matches!(
        twice,
        Err(AppError::WrongState {
            noun: "offer",
            state: "withdrawn",
            ..
        })
    ));
    let scope = house.scope(&house.acme.tenant);
    let request = policy(product, "year", Terms::hybrid());
    let later = request.clone();
    let refused = house
        .write(&scope, move |tx| create_policy(tx, &request))
        .await;
    assert!(matches!(refused, Err(AppError::OfferWithdrawn)));
    house
        .platform_write(move |tx| restore_offer(tx, (acme, product)))
        .await
        .unwrap();
    house
        .write(&scope, move |tx| create_policy(tx, &later))
        .await
        .unwrap();

    let chain = house
        .write(&scope, |tx| Ok(audit::verify(tx)?))
        .await
        .unwrap();
    assert!(
        matches!(chain, audit::Chain::Whole { entries } if entries >= 5),
        "{chain:?}"
    );
}

#[tokio::test]
async fn only_the_operators_products_are_offered_and_only_to_resellers() {
    // R-LIC-01 R-TEN-01
    let house = House::build().await;
    let (acmes, operators) = (
        house.product(&house.acme.tenant, "cad").await.id,
        house.product(&house.operator.tenant, "suite").await.id,
    );
    let (acme, bella, operator) = (
        house.acme.tenant.id,
        house.bella.tenant.id,
        house.operator.tenant.id,
    );
    let nobody = TenantId::from_ulid(Ulid::nil());
    let refused = house
        .platform_write(move |tx| offer_product(tx, &offer(bella, acmes)))
        .await;
    assert!(matches!(refused, Err(AppError::NotFound("product"))));
    let refused = house
        .platform_write(move |tx| offer_product(tx, &offer(nobody, operators)))
        .await;
    assert!(matches!(refused, Err(AppError::NotFound("tenant"))));
    let refused = house
        .platform_write(move |tx| offer_product(tx, &offer(operator, operators)))
        .await
        .unwrap_err();
    assert_eq!(
        pointers(refused),
        [("/tenant_id".to_owned(), FaultCode::Conflict)]
    );
    let refused = house
        .platform_write(move |tx| withdraw_offer(tx, (acme, acmes)))
        .await;
    assert!(matches!(refused, Err(AppError::NotFound("offer"))));
}
