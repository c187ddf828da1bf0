//! Answers that make no sense never become values of the house.

use alvara_domain::payment::PluginFaultKind as Kind;
use alvara_gateway::{Blame, Happened};

use crate::provider::Provider;
use crate::world::{World, inbound};

// R-PAY-03
#[tokio::test]
async fn an_answer_that_is_no_value_is_malformed_and_counts_against_the_plugin() {
    let world = World::new().await;
    let provider = Provider::honest();
    let nonsense = [
        ("currency", "currency"),
        ("negative", "amount"),
        ("absurd", "amount"),
        ("http-redirect", "action.url"),
        ("script-redirect", "action.url"),
        ("barcode", "action.barcode"),
        ("refs", "refs"),
        ("date", "settles-on"),
        ("instant", "paid-at"),
        ("long-text", "raw-status"),
        ("refunded-more", "refunded"),
        ("line-break", "refs.value"),
    ];
    for (what, field) in nonsense {
        let fault = world
            .create(&provider, &[("do", what)])
            .await
            .expect_err(what);
        assert_eq!(fault.fault.kind, Kind::Malformed, "{what}");
        assert_eq!(fault.happened, Happened::Nonsense, "{what}");
        assert_eq!(fault.blame, Blame::Guest, "{what}");
        assert!(fault.fault.message.contains(field), "{what}: {fault}");
    }
    let faults = world.gateway.faults().of(world.plugin.digest(), "pac_1");
    assert_eq!(faults.len(), nonsense.len());
}

// R-PAY-03
#[tokio::test]
async fn what_a_plugin_says_went_wrong_is_passed_on_without_secrets() {
    let world = World::new().await;
    let provider = Provider::honest();
    let said = "key api-key-of-the-account of 529.982.247-25";
    let fault = world
        .create(&provider, &[("do", "say"), ("line", said)])
        .await
        .expect_err("it says no");
    assert_eq!(fault.fault.kind, Kind::Conflict);
    assert_eq!(fault.happened, Happened::Said);
    assert_eq!(fault.blame, Blame::Provider);
    assert_eq!(
        fault.fault.message,
        format!("key {} of ***.***.***-**", "***-***-**-***-*******")
            .replace("***-***-**-***-*******", &"*".repeat(22))
    );
    assert_eq!(
        world.gateway.faults().of(world.plugin.digest(), "pac_1"),
        []
    );
}

// R-PAY-03
#[tokio::test]
async fn settings_are_judged_by_the_plugin() {
    let world = World::new().await;
    let account = world.account(&[], "https://psp.example.com", &[]);
    let fine = world
        .plugin
        .validate_config(&world.for_account(account.clone()))
        .await;
    assert_eq!(fine.expect("an answer"), []);
    let account = world.account(&[], "", &[]);
    let refused = world
        .plugin
        .validate_config(&world.for_account(account))
        .await
        .expect("an answer");
    assert_eq!(refused[0].property, "base");
}

// R-PAY-03
#[tokio::test]
async fn a_webhook_is_believed_by_its_signature_alone() {
    let world = World::new().await;
    let provider = Provider::honest();
    let call = world.call(&provider, &[]);
    let body = br#"{"id":"evt_1"}"#;
    let key = openssl::pkey::PKey::hmac(b"webhook-secret").expect("a key");
    let tag = openssl::sign::Signer::new(openssl::hash::MessageDigest::sha256(), &key)
        .and_then(|mut signer| signer.sign_oneshot_to_vec(body))
        .expect("a tag");
    let tag: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    let answer = world
        .plugin
        .handle_webhook(&call, &inbound(body, Some(tag.clone())))
        .await
        .expect("genuine");
    assert_eq!(answer.events.len(), 1);
    assert_eq!(answer.events[0].event_id, r#"{"id":"evt_1"}"#);
    assert_eq!(answer.reply.status, 200);
    let forged = [
        inbound(br#"{"id":"evt_2"}"#, Some(tag.clone())),
        inbound(body, Some(tag.replace('0', "1"))),
        inbound(body, Some(tag[..62].to_owned())),
        inbound(body, Some(String::new())),
        inbound(body, None),
    ];
    for request in forged {
        let fault = world
            .plugin
            .handle_webhook(&call, &request)
            .await
            .expect_err("forged");
        assert_eq!(fault.fault.kind, Kind::BadSignature);
        assert_eq!(
            fault.blame,
            Blame::Provider,
            "whoever sent it, not the plugin"
        );
    }
}
