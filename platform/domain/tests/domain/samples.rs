//! One license, product and machine to vary.

use std::collections::BTreeMap;

use alvara_domain::fingerprint::Components;
use alvara_domain::id::{Id, Ulid};
use alvara_domain::key::KeyPrefix;
use alvara_domain::license::{License, LicenseState, Term};
use alvara_domain::machine::{ArrivedBy, Machine, MachineState, Metrics};
use alvara_domain::product::{Algorithm, Product, ProductState};
use alvara_domain::terms::Terms;
use alvara_domain::time::{UtcTime, ZoneName};

pub(crate) fn at(text: &str) -> UtcTime {
    text.parse().unwrap()
}

pub(crate) fn zone(name: &str) -> ZoneName {
    name.parse().unwrap()
}

/// An id of any kind with a full-length, realistic ULID.
pub(crate) fn id<T: Id>(number: u128) -> T {
    T::from_ulid(Ulid::from_parts(
        1_790_000_000_000,
        0xABCD_EF01_2345_6789 << 8 | number,
    ))
}

pub(crate) fn components(pairs: &[(&str, &str)]) -> Components {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect::<BTreeMap<_, _>>()
        .try_into()
        .unwrap()
}

pub(crate) fn product() -> Product {
    let born = at("2026-01-01T00:00:00Z");
    Product {
        tenant_id: id(1),
        id: id(2),
        code: "ACMECADX".to_owned(),
        name: "Acme CAD".to_owned(),
        key_prefix: "ACME".parse::<KeyPrefix>().unwrap(),
        algorithm: Algorithm::Rs256,
        key_bits: 2048,
        state: ProductState::Active,
        created_at: born,
        updated_at: born,
        version: 1,
    }
}

pub(crate) fn license_in(terms: Terms, now: UtcTime, zone: &ZoneName) -> License {
    let term = Term::at_issue(&terms, now, zone).unwrap();
    License {
        tenant_id: id(1),
        id: id(3),
        product_id: id(2),
        policy_id: id(4),
        node_id: id(5),
        batch_id: None,
        key_lookup: "00".repeat(32),
        key_sealed: "sealed".to_owned(),
        key_hint: "7K3QX".to_owned(),
        kind: terms.kind,
        state: LicenseState::Active,
        state_reason: None,
        bound_user: None,
        bound_site: None,
        machine_limit: terms.machine_ceiling().map(i64::from),
        machines_used: 0,
        first_activated_at: None,
        modules: terms.grants_at_issue(&term, zone).unwrap(),
        term,
        terms,
        note: String::new(),
        issued_by: "console".to_owned(),
        issued_at: now,
        updated_at: now,
        deleted_at: None,
        revision: 1,
        version: 1,
    }
}

pub(crate) fn license(terms: Terms, now: UtcTime) -> License {
    license_in(terms, now, &ZoneName::utc())
}

pub(crate) fn machine() -> Machine {
    let born = at("2026-09-22T00:00:00Z");
    Machine {
        tenant_id: id(1),
        id: id(6),
        license_id: id(3),
        fingerprint: "3f9c6a1e-77aa-4d0e-9f53-0d6f3f4c2b11".parse().unwrap(),
        components: components(&[]),
        name: "front desk".to_owned(),
        platform: "windows-x64".to_owned(),
        app_version: "2.1.0".to_owned(),
        user_name: None,
        site: None,
        state: MachineState::Active,
        state_reason: None,
        arrived_by: ArrivedBy::TenantHost,
        token_hash: "11".repeat(32),
        activated_at: born,
        deactivated_at: None,
        last_seen_at: born,
        lease_until: born,
        online_until: born,
        computer_key_seq: 1,
        license_revision: 1,
        computer_key_kid: String::new(),
        computer_key_held: None,
        metrics: Metrics::default(),
        source_address: "192.0.2.7".to_owned(),
        clone_suspected_at: None,
        clone_reason: None,
        version: 1,
    }
}
