//! What happens when the license changes between reading it and taking the seat, as it can on a
//! server. One transaction plays both sides, one after the other.

use alvara_domain::certificate::Compact;
use alvara_domain::fingerprint::Components;
use alvara_domain::id::LicenseId;
use alvara_domain::machine::ArrivedBy;
use alvara_domain::terms::Terms;
use alvara_domain::verdict::Code;
use alvara_store::{Scope, TenantTx, licenses};
use alvara_tenants::HostTenant;

use super::{ActivationRequest, Case, Novelty, activate, judge, take_seat};
use crate::AppError;
use crate::catalogue::{NewPolicy, create_policy};
use crate::keyring::Rotation;
use crate::license::change_state::{Decision, decide};
use crate::license::issue::{IssueRequest, issue};
use crate::license::renew::{RenewBy, renew};
use crate::license::validate::ValidationAsks;
use crate::machine::contact::ContactRequest;
use crate::program::{Knock, Presented};
use crate::test_house::House;

fn request(fingerprint: &str) -> ActivationRequest {
    ActivationRequest {
        fingerprint: fingerprint.parse().unwrap(),
        components: Components::default(),
        name: String::new(),
        platform: String::new(),
        app_version: String::new(),
        user: None,
        site: None,
        arrived_by: ArrivedBy::SharedHost,
    }
}

/// A license of one seat whose term starts at its first activation, and its key.
async fn licensed(house: &House) -> (Scope, LicenseId, String) {
    let tenant = &house.acme.tenant;
    let scope = house.scope(tenant);
    let product = house.product(tenant, "editor").await;
    let (root, vault) = (house.acme.root.id, house.vault.clone());
    let policy = NewPolicy {
        product_id: product.id,
        code: "year".into(),
        name: "A year".into(),
        terms: Terms::hybrid(),
    };
    let issued = house.write(&scope, move |tx| {
        let policy = create_policy(tx, &policy)?;
        issue(tx, &vault, &IssueRequest::of(policy.id, root))
    });
    let issued = issued.await.unwrap();
    (scope, issued.license.id, issued.key.expose().to_owned())
}

/// Reads as one who activates does, lets `meanwhile` happen, and goes on with what was read.
async fn overtaken(
    house: &House,
    meanwhile: impl Fn(&mut TenantTx<'_>, LicenseId) -> Result<(), AppError> + Send + Clone + 'static,
) -> Result<(super::Activated, alvara_domain::license::License), AppError> {
    let (scope, id, _) = licensed(house).await;
    let platform = house.platform.clone();
    let work = move |tx: &mut TenantTx<'_>| {
        let case = Case::load(tx, id)?;
        let verdict = judge(tx, &case, None, &request("m-1"))?;
        meanwhile(tx, id)?;
        let activated = take_seat(tx, platform.keys(), case, None, &request("m-1"), verdict)?;
        Ok((activated, licenses::find(tx, id)?.unwrap()))
    };
    house.write(&scope, work).await
}

#[tokio::test]
async fn a_machine_that_asks_twice_at_once_for_the_last_seat_gets_it_twice() {
    // R-LIC-08
    let house = House::build().await;
    let platform = house.platform.clone();
    let (activated, license) = overtaken(&house, move |tx, id| {
        activate(tx, platform.keys(), id, &request("m-1")).map(drop)
    })
    .await
    .unwrap();
    assert_eq!(activated.novelty, Novelty::Again);
    assert_eq!(license.machines_used, 1);
    let other = House::build().await;
    let platform = other.platform.clone();
    let refused = overtaken(&other, move |tx, id| {
        activate(tx, platform.keys(), id, &request("m-2")).map(drop)
    })
    .await;
    assert!(
        matches!(refused, Err(AppError::Refused(verdict)) if verdict.code == Code::MachineLimit)
    );
}

#[tokio::test]
async fn the_first_activation_starts_the_term_of_a_license_that_was_renewed_meanwhile() {
    // R-LIC-01
    let house = House::build().await;
    let (activated, license) =
        overtaken(&house, |tx, id| renew(tx, id, RenewBy::OwnPeriod).map(drop))
            .await
            .unwrap();
    assert_eq!(license.first_activated_at, Some(house.clock.now()));
    assert_eq!(
        license.term.expires_at,
        Some("2028-01-01T00:00:00Z".parse().unwrap())
    );
    assert_eq!(activated.license.term, license.term);
}

#[tokio::test]
async fn no_seat_is_taken_of_a_license_that_ended_meanwhile() {
    // R-LIC-08
    let house = House::build().await;
    let refused = overtaken(&house, |tx, id| {
        decide(tx, id, Decision::Revoke, None).map(drop)
    })
    .await;
    assert!(matches!(refused, Err(AppError::Refused(verdict)) if verdict.code == Code::Revoked));
}

#[tokio::test]
async fn a_computer_key_that_is_due_waits_for_an_answer_that_can_bring_it() {
    // R-LIC-09
    let house = House::build().await;
    let (scope, id, key) = licensed(&house).await;
    let knock = Knock {
        host: HostTenant::Shared,
        origin: alvara_store::Origin::default(),
    };
    let first = house
        .platform
        .activate(&knock, &key, request("m-1"))
        .await
        .unwrap();
    house
        .write(&scope, move |tx| renew(tx, id, RenewBy::OwnPeriod))
        .await
        .unwrap();
    let asks = ValidationAsks {
        fingerprint: Some("m-1".parse().unwrap()),
        ..ValidationAsks::default()
    };
    let validated = house
        .platform
        .validate(&knock, &Presented::Key(key), asks, None)
        .await
        .unwrap();
    assert!(validated.lease.is_some());
    let beat = house
        .platform
        .heartbeat(
            &knock,
            first.token.expose(),
            ContactRequest::default(),
            None,
        )
        .await
        .unwrap();
    assert!(
        beat.computer_key.is_some(),
        "the renewal never reached the machine"
    );
    let beat = house
        .platform
        .heartbeat(
            &knock,
            first.token.expose(),
            ContactRequest::default(),
            None,
        )
        .await
        .unwrap();
    assert!(beat.computer_key.is_none());
}

#[tokio::test]
async fn a_rotation_brings_every_machine_a_computer_key_by_the_new_key() {
    // R-LIC-12
    let house = House::build().await;
    let (scope, id, key) = licensed(&house).await;
    let knock = Knock {
        host: HostTenant::Shared,
        origin: alvara_store::Origin::default(),
    };
    let first = house
        .platform
        .activate(&knock, &key, request("m-1"))
        .await
        .unwrap();
    let product = house
        .write(&scope, move |tx| {
            Ok(licenses::find(tx, id)?.unwrap().product_id)
        })
        .await
        .unwrap();
    house
        .platform
        .rotate_signing_key(&scope, product, Rotation::Planned)
        .await
        .unwrap();
    let beat = house
        .platform
        .heartbeat(
            &knock,
            first.token.expose(),
            ContactRequest::default(),
            None,
        )
        .await
        .unwrap();
    let fresh = beat
        .computer_key
        .expect("the machine was left with the old key");
    let kid = |text: &str| Compact::parse(text).unwrap().header.kid;
    assert_ne!(kid(&fresh), kid(&first.computer_key));
    let beat = house
        .platform
        .heartbeat(
            &knock,
            first.token.expose(),
            ContactRequest::default(),
            None,
        )
        .await
        .unwrap();
    assert!(beat.computer_key.is_none());
}
