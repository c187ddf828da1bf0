//! Tenants.

use super::super::*;
use crate::test_house::House;

#[tokio::test]
async fn a_suspended_tenant_is_shut_and_the_operators_own_never() {
    // R-TEN-02
    let house = House::build().await;
    let (acme, operator) = (house.acme.tenant.id, house.operator.tenant.id);
    house
        .platform_write(move |tx| suspend_tenant(tx, acme))
        .await
        .unwrap();
    assert!(
        house
            .sign_in(&house.acme.tenant, "admin@acme.test")
            .await
            .is_none()
    );
    assert!(
        house
            .sign_in(&house.bella.tenant, "admin@bella.test")
            .await
            .is_some()
    );
    let twice = house
        .platform_write(move |tx| suspend_tenant(tx, acme))
        .await;
    assert!(matches!(
        twice,
        Err(AppError::WrongState { noun: "tenant", .. })
    ));
    house
        .platform_write(move |tx| reinstate_tenant(tx, acme))
        .await
        .unwrap();
    assert!(
        house
            .sign_in(&house.acme.tenant, "admin@acme.test")
            .await
            .is_some()
    );
    let refused = house
        .platform_write(move |tx| suspend_tenant(tx, operator))
        .await;
    assert!(matches!(refused, Err(AppError::ExceedsOwnRights)));
}

#[tokio::test]
async fn a_host_name_leads_to_one_tenant() {
    // R-TEN-01
    let house = House::build().await;
    let (acme, bella) = (house.acme.tenant.id, house.bella.tenant.id);
    let name = house
        .platform_write(move |tx| add_host(tx, acme, "Licenses.Example.com."))
        .await
        .unwrap();
    assert_eq!(name, "licenses.example.com");
    let taken = house
        .platform_write(move |tx| add_host(tx, bella, "licenses.example.com"))
        .await;
    assert!(matches!(taken, Err(AppError::Taken { pointer: "/host" })));
    let missing = house
        .platform_write(move |tx| remove_host(tx, bella, "licenses.example.com"))
        .await;
    assert!(matches!(missing, Err(AppError::NotFound("host"))));
    house
        .platform_write(move |tx| remove_host(tx, acme, "licenses.example.com"))
        .await
        .unwrap();
    house
        .platform_write(move |tx| add_host(tx, bella, "licenses.example.com"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_tenant_changes_its_settings_but_not_to_anothers_product() {
    // R-TEN-01
    let house = House::build().await;
    let (own, foreign) = (
        house.product(&house.acme.tenant, "cad").await.id,
        house.product(&house.bella.tenant, "cad").await.id,
    );
    let scope = house.scope(&house.acme.tenant);
    let change = TenantChange {
        default_product_id: Some(Some(foreign)),
        ..TenantChange::default()
    };
    let refused = house
        .write(&scope, move |tx| update_tenant(tx, 1, &change))
        .await;
    let Err(AppError::Invalid(faults)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(faults[0].pointer, "/default_product_id");
    let change = TenantChange {
        default_product_id: Some(Some(own)),
        name: Some("Acme".into()),
        ..TenantChange::default()
    };
    let changed = house
        .write(&scope, move |tx| update_tenant(tx, 1, &change))
        .await
        .unwrap();
    assert_eq!(
        (changed.default_product_id, changed.version),
        (Some(own), 2)
    );
}
