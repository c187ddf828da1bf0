//! Secrets are used, never seen, and only as granted.

use std::collections::BTreeSet;

use alvara_gateway::Use;

use crate::provider::Provider;
use crate::world::{World, ask};

// R-PAY-03
#[tokio::test]
async fn each_use_of_a_secret_needs_its_own_grant() {
    let world = World::new().await;
    let provider = Provider::honest();
    let tried = async |behaviour: &str, secret: &str| {
        let settings = [
            ("do", behaviour),
            ("secret", secret),
            ("candidate", "webhook-secret"),
        ];
        world.tried(&provider, &settings).await
    };
    // HMAC-SHA256 of "forged" under "signing-secret", by `openssl dgst -sha256 -hmac`.
    let key = openssl::pkey::PKey::hmac(b"signing-secret").expect("a key");
    let tag = openssl::sign::Signer::new(openssl::hash::MessageDigest::sha256(), &key)
        .and_then(|mut signer| signer.sign_oneshot_to_vec(b"forged"))
        .expect("a tag");
    let tag: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(tried("sign", "signing").await, tag);
    // A plugin that could sign with the webhook's secret could forge webhooks.
    assert_eq!(tried("sign", "webhook").await, "refused not-allowed");
    assert_eq!(tried("sign", "api_key").await, "refused not-allowed");
    assert_eq!(tried("sign", "nothing").await, "refused unknown-secret");
    assert_eq!(tried("equals", "webhook").await, "true");
    assert_eq!(tried("equals", "signing").await, "refused not-allowed");
    assert_eq!(tried("equals", "api_key").await, "refused not-allowed");
    assert_eq!(tried("exists", "webhook").await, "true");
    assert_eq!(tried("exists", "nothing").await, "false");
}

// R-PAY-03
#[tokio::test]
async fn what_the_operator_does_not_grant_is_not_allowed() {
    let world = World::new().await;
    let provider = Provider::honest();
    let settings = [("do", "sign"), ("secret", "signing")];
    let mut account = world.account(&[&provider.host()], &provider.base(), &settings);
    account
        .grants
        .secrets
        .insert("signing".to_owned(), BTreeSet::from([Use::Verify]));
    let report = world
        .plugin
        .create(&world.for_account(account), &ask())
        .await
        .expect("an answer");
    assert_eq!(report.raw_status, "refused not-allowed");
}

// R-PAY-03
#[tokio::test]
async fn nothing_prints_a_secret() {
    let world = World::new().await;
    let account = world.account(&[], "https://psp.example.com", &[]);
    let printed = format!("{account:?}");
    assert!(printed.contains("webhook"), "the names are there");
    for value in ["webhook-secret", "api-key-of-the-account", "signing-secret"] {
        assert!(!printed.contains(value), "{value}");
    }
}
