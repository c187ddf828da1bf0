//! Tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use alvara_domain::payment::PluginFaultKind as Kind;
use futures_util::future::join_all;

use crate::provider::{Provider, Received, Reply};
use crate::world::World;

/// A provider with a token's address. It takes the latest token only; `lifetime` is what it says of
/// each.
fn provider(lifetime: &'static str) -> (Provider, Arc<AtomicU32>) {
    let issued = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&issued);
    let provider = Provider::new(move |request| {
        if request.path == "/token" {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            let body = format!(
                r#"{{"access_token":"token-number-{number}","token_type":"bearer"{lifetime}}}"#
            );
            // So that several at once would show.
            return Reply::After(Duration::from_millis(50), Box::new(Reply::text(200, body)));
        }
        let latest = format!("Bearer token-number-{}", counter.load(Ordering::SeqCst));
        match request.header("authorization") {
            Some(token) if token == latest => Reply::text(
                if request.method == "PUT" { 201 } else { 200 },
                format!("hello {token}"),
            ),
            _ => Reply::text(401, "no"),
        }
    });
    (provider, issued)
}

fn settings(provider: &Provider) -> String {
    format!("{}/token", provider.base())
}

fn tokens(provider: &Provider) -> Vec<Received> {
    provider
        .seen()
        .into_iter()
        .filter(|request| request.path == "/token")
        .collect()
}

// R-PAY-03
#[tokio::test]
async fn credentials_travel_in_the_profiles_style() {
    for (profile, authorization, content, body) in [
        (
            "main",
            Some("Basic dGhlJTIwY2xpZW50OmNsaWVudCUyNnNlY3JldA=="),
            "application/x-www-form-urlencoded",
            "grant_type=client_credentials&scope=charges.write",
        ),
        (
            "form",
            None,
            "application/x-www-form-urlencoded",
            "grant_type=client_credentials&client_id=the%20client&client_secret=client%26secret",
        ),
        (
            "json",
            None,
            "application/json",
            r#"{"client_id":"the client","client_secret":"client&secret","grant_type":"client_credentials"}"#,
        ),
    ] {
        let world = World::new().await;
        let (provider, _) = provider(r#","expires_in":3600"#);
        let url = settings(&provider);
        let report = world
            .create(&provider, &[("auth", profile), ("token_url", &url)])
            .await
            .expect(profile);
        // The guest never sees the token, not even where the provider repeats it.
        assert_eq!(
            report.raw_status,
            format!("hello Bearer {}", "*".repeat(14))
        );
        let asked = tokens(&provider).remove(0);
        assert_eq!(asked.header("authorization"), authorization, "{profile}");
        assert_eq!(asked.header("content-type"), Some(content), "{profile}");
        assert_eq!(asked.text(), body, "{profile}");
    }
}

// R-PAY-03
#[tokio::test]
async fn a_token_is_kept_for_its_account_and_fetched_once() {
    let world = World::new().await;
    let (provider, issued) = provider(r#","expires_in":"3600""#);
    let url = settings(&provider);
    let settings = [("auth", "main"), ("token_url", url.as_str())];
    let calls = (0..16).map(|_| world.create(&provider, &settings));
    for report in join_all(calls).await {
        report.expect("with the one token");
    }
    assert_eq!(issued.load(Ordering::SeqCst), 1);
    let mut other = world.account(&[&provider.host()], &provider.base(), &settings);
    other.account = "pac_2".to_owned();
    let call = world.for_account(other);
    world
        .plugin
        .create(&call, &crate::world::ask())
        .await
        .expect("its own");
    assert_eq!(issued.load(Ordering::SeqCst), 2);
}

// R-PAY-03
#[tokio::test]
async fn a_token_in_its_last_minute_is_not_used() {
    let world = World::new().await;
    let (provider, issued) = provider(r#","expires_in":60"#);
    let url = settings(&provider);
    for count in 1..=2 {
        world
            .create(&provider, &[("auth", "main"), ("token_url", &url)])
            .await
            .expect("a fresh one");
        assert_eq!(issued.load(Ordering::SeqCst), count);
    }
}

// R-PAY-03
#[tokio::test]
async fn a_refused_token_is_fetched_again_once_and_no_change_is_sent_twice() {
    let world = World::new().await;
    let (provider, issued) = provider(r#","expires_in":3600"#);
    let url = settings(&provider);
    let base = provider.base();
    let look = [
        ("do", "fetch"),
        ("url", base.as_str()),
        ("auth", "main"),
        ("token_url", url.as_str()),
    ];
    let change = [("auth", "main"), ("token_url", url.as_str())];
    world.tried(&provider, &look).await;
    // The provider forgets the token.
    issued.fetch_add(1, Ordering::SeqCst);
    let answer = world.tried(&provider, &look).await;
    assert!(answer.starts_with("200 "), "{answer}");
    assert_eq!(tokens(&provider).len(), 2);
    issued.fetch_add(1, Ordering::SeqCst);
    let before = provider.seen().len();
    let fault = world.create(&provider, &change).await.expect_err("401");
    assert_eq!(fault.fault.http_status, Some(401));
    assert_eq!(provider.seen().len(), before + 1, "sent once");
    // The next attempt has a token that works.
    world
        .create(&provider, &change)
        .await
        .expect("a fresh token");
}

// R-PAY-03
#[tokio::test]
async fn a_token_that_cannot_be_had_is_told_apart_from_a_refusal() {
    let world = World::new().await;
    for (status, body, kind) in [
        (401, r#"{"error":"invalid_client"}"#, Kind::Unauthenticated),
        (400, r#"{"error":"invalid_scope"}"#, Kind::Unauthenticated),
        (200, "no json", Kind::Unauthenticated),
        (500, "broken", Kind::Unavailable),
        (429, "busy", Kind::Unavailable),
    ] {
        let provider = Provider::new(move |_| Reply::text(status, body));
        let url = settings(&provider);
        let fault = world
            .create(&provider, &[("auth", "main"), ("token_url", &url)])
            .await
            .expect_err("no token");
        assert_eq!(fault.fault.kind, kind, "{status} {body}");
        assert!(!fault.may_have_happened, "{status}");
    }
    assert!(world.services.kept().journal.is_empty(), "nothing left");
    // An address that was not granted.
    let (provider, _) = provider("");
    let settings = [
        ("auth", "main"),
        ("token_url", "https://evil.example/token"),
    ];
    let fault = world
        .create(&provider, &settings)
        .await
        .expect_err("not granted");
    assert_eq!(fault.fault.kind, Kind::InvalidConfig);
    assert!(provider.seen().is_empty());
}
