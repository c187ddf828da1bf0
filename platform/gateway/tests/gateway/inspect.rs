//! What is not installed.

use alvara_gateway::{Digest, Gateway, GatewayError, Manifest, Refusal};

use crate::world::{config, manifest, wasm};

fn gateway() -> Gateway {
    Gateway::new(config()).expect("a gateway")
}

// R-PAY-01
#[tokio::test]
async fn a_plugin_is_inspected_and_says_what_it_is() {
    let bytes = wasm("hostile");
    let found = gateway()
        .inspect(bytes.clone(), &manifest("hostile"))
        .await
        .expect("it can be installed");
    assert_eq!(found.digest, Digest::of(&bytes));
    assert_eq!(found.described.plugin_id, "hostile");
    assert_eq!(
        found.described.capabilities,
        [alvara_domain::payment::report::Capability::Refunds]
    );
    assert!(found.described.late_settlement);
}

// R-PAY-03
#[tokio::test]
async fn a_plugin_that_wants_files_is_refused_by_the_import_it_names() {
    let refused = gateway()
        .inspect(wasm("overreach"), &manifest("overreach"))
        .await
        .expect_err("it reads files");
    let Refusal::Import(import) = refused else {
        panic!("{refused}");
    };
    assert!(
        import.starts_with("wasi:filesystem/") || import.starts_with("wasi:clocks/"),
        "{import}"
    );
    // Nor by a way around the inspection.
    let loaded = gateway()
        .load(
            Digest::of(&wasm("overreach")),
            &manifest("overreach"),
            || wasm("overreach"),
        )
        .await;
    assert!(matches!(
        loaded,
        Err(GatewayError::Refused(Refusal::Import(_)))
    ));
}

// R-PAY-01
#[tokio::test]
async fn what_is_no_component_is_refused() {
    let mut truncated = wasm("hostile");
    truncated.truncate(truncated.len() / 2);
    for bytes in [
        Vec::new(),
        b"\0asm\x01\0\0\0".to_vec(),
        b"#!/bin/sh\n".to_vec(),
        truncated,
    ] {
        let refused = gateway().inspect(bytes, &manifest("hostile")).await;
        assert!(
            matches!(refused, Err(Refusal::NotAComponent(_))),
            "{refused:?}"
        );
    }
    let huge = vec![0; (32 << 20) + 1];
    let refused = gateway().inspect(huge, &manifest("hostile")).await;
    assert_eq!(refused, Err(Refusal::TooLarge));
    // The smallest component there is.
    let empty = b"\0asm\x0d\0\x01\0".to_vec();
    let refused = gateway().inspect(empty, &manifest("hostile")).await;
    assert!(
        matches!(refused, Err(Refusal::Export { .. })),
        "{refused:?}"
    );
}

// R-PAY-01
#[tokio::test]
async fn a_plugin_must_be_what_its_manifest_says() {
    let honest = manifest("hostile");
    for (field, manifest) in [
        (
            "id",
            Manifest {
                id: "pix".to_owned(),
                ..honest.clone()
            },
        ),
        (
            "version",
            Manifest {
                version: "1.0.1".parse().expect("a version"),
                ..honest.clone()
            },
        ),
    ] {
        let refused = gateway().inspect(wasm("hostile"), &manifest).await;
        assert!(
            matches!(&refused, Err(Refusal::Otherwise { field: named, .. }) if *named == field),
            "{refused:?}"
        );
    }
}

// R-PAY-01
#[tokio::test]
async fn other_bytes_than_those_inspected_are_not_loaded() {
    let loaded = gateway()
        .load(Digest::of(b"something else"), &manifest("hostile"), || {
            wasm("hostile")
        })
        .await;
    assert!(matches!(loaded, Err(GatewayError::Digest { .. })));
}

// R-PAY-01
#[tokio::test]
async fn versions_are_loaded_beside_each_other_and_unloaded_while_running() {
    let gateway = gateway();
    let bytes = wasm("hostile");
    let digest = Digest::of(&bytes);
    let first = gateway
        .load(digest, &manifest("hostile"), || bytes.clone())
        .await
        .expect("loaded");
    let again = gateway
        .load(digest, &manifest("hostile"), || panic!("it is there"))
        .await
        .expect("loaded");
    assert!(std::sync::Arc::ptr_eq(&first, &again));
    gateway.unload(digest);
    assert!(gateway.loaded(digest).is_none());
    first.describe().await.expect("who holds it may go on");
}
