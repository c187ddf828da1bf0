//! What a plugin may use, and what happens to one that wants more.

use std::time::{Duration, Instant};

use alvara_domain::charge::{ChargeState, RefundState};
use alvara_domain::id::{ChargeId, RefundId, Ulid};
use alvara_domain::money::{Currency, Money};
use alvara_domain::payment::PluginFaultKind as Kind;
use alvara_domain::payment::ask::RefundAsk;
use alvara_domain::payment::report::Capability;
use alvara_gateway::{Blame, Happened, LastCapture, Parking};

use crate::provider::{Provider, Reply};
use crate::world::{NOW, World, ask, inbound};

// R-PAY-03
#[tokio::test]
async fn an_honest_plugin_creates_a_charge() {
    let world = World::new().await;
    let provider = Provider::honest();
    let report = world.create(&provider, &[]).await.expect("a charge");
    assert_eq!(report.state, ChargeState::RequiresAction);
    assert_eq!(report.raw_status, "created");
    assert_eq!(report.refs[0].value, "psp-1");
    let seen = provider.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].method, "PUT");
    assert_eq!(seen[0].path, "/charges/key-1");
    assert_eq!(seen[0].text(), r#"{"amount":1990}"#);
    let journal = world.services.kept().journal;
    assert_eq!(journal.len(), 1, "noted before it left");
    assert_eq!(journal[0].host, provider.host());
    assert_eq!(journal[0].idempotency_key, "key-1");
}

// R-PAY-03
#[tokio::test]
async fn what_a_plugin_lacks_is_unsupported_without_running_it() {
    let world = World::new().await;
    let provider = Provider::honest();
    let call = world.call(&provider, &[]);
    assert_eq!(world.plugin.capabilities(), [Capability::Refunds]);
    let amount = Money::new(100, Currency::BRL);
    let refused = world
        .plugin
        .capture(&call, &[], amount, LastCapture::Yes)
        .await
        .expect_err("it has no captures");
    assert_eq!(refused.fault.kind, Kind::Unsupported);
    assert_eq!(refused.happened, Happened::Missing);
    let refund = RefundAsk {
        refund_id: RefundId::from_ulid(Ulid::from(2_u128)),
        charge_id: ChargeId::from_ulid(Ulid::from(1_u128)),
        refs: Vec::new(),
        amount,
        reason: "returned".to_owned(),
    };
    let report = world
        .plugin
        .refund(&call, &refund)
        .await
        .expect("it has refunds");
    assert_eq!(report.state, RefundState::Pending);
    assert_eq!(report.amount, amount);
}

// R-PAY-03
#[tokio::test]
async fn each_limit_ends_the_call_and_only_the_call() {
    let world = World::new().await;
    let provider = Provider::honest();
    for (behaviour, happened) in [
        ("spin", Happened::Limit),
        ("endless-host-calls", Happened::Limit),
        ("grow", Happened::Limit),
        ("trap", Happened::Trap),
        ("recurse", Happened::Trap),
        ("huge-answer", Happened::Limit),
        ("random-too-much", Happened::Trap),
    ] {
        let fault = world
            .create(&provider, &[("do", behaviour)])
            .await
            .expect_err(behaviour);
        assert_eq!(fault.happened, happened, "{behaviour}: {fault}");
        assert_eq!(fault.blame, Blame::Guest, "{behaviour}");
        assert_eq!(fault.fault.kind, Kind::Unavailable, "{behaviour}");
        assert!(!fault.may_have_happened, "{behaviour}");
        world
            .create(&provider, &[])
            .await
            .expect("the next one works");
    }
    let faults = world.gateway.faults().of(world.plugin.digest(), "pac_1");
    assert_eq!(faults.len(), 7, "each counts against the plugin");
    let now = ask_time();
    assert!(Parking::default().parks(&faults, now));
    assert_eq!(world.gateway.free_places(), 64, "nothing is left behind");
}

fn ask_time() -> alvara_domain::time::UtcTime {
    alvara_domain::time::UtcTime::from_seconds(NOW).expect("in range")
}

// R-PAY-03
#[tokio::test]
async fn what_breaks_after_a_change_left_is_unknown() {
    let world = World::new().await;
    let provider = Provider::honest();
    for behaviour in ["create-then-spin", "create-then-trap"] {
        let fault = world
            .create(&provider, &[("do", behaviour)])
            .await
            .expect_err(behaviour);
        assert_eq!(fault.fault.kind, Kind::OutcomeUnknown, "{behaviour}");
        assert!(fault.may_have_happened, "{behaviour}");
    }
}

// R-PAY-03
#[tokio::test]
async fn a_webhook_has_150_milliseconds_of_its_own() {
    let world = World::new().await;
    let provider = Provider::honest();
    let call = world.call(&provider, &[("do", "spin")]);
    let start = Instant::now();
    let fault = world
        .plugin
        .handle_webhook(&call, &inbound(b"{}", None))
        .await
        .expect_err("it spins");
    assert_eq!(fault.happened, Happened::Limit, "{fault}");
    assert!(start.elapsed() >= Duration::from_millis(150));
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

// R-PAY-03
#[tokio::test]
async fn waiting_for_the_provider_is_not_the_guests_time() {
    let world = World::new().await;
    // Longer than a webhook, or any guest, may run.
    let provider = Provider::new(|_| {
        Reply::After(
            Duration::from_millis(2_500),
            Box::new(Reply::text(201, "late")),
        )
    });
    let report = world.create(&provider, &[]).await.expect("it waits");
    assert_eq!(report.raw_status, "late");
}

// R-PAY-03
#[tokio::test]
async fn the_deadline_holds_while_the_provider_is_silent() {
    let world = World::new().await;
    let provider = Provider::new(|_| Reply::Silence);
    let mut account = world.account(&[&provider.host()], &provider.base(), &[]);
    account.grants.limits.wall_ms = 600;
    let start = Instant::now();
    let fault = world
        .plugin
        .create(&world.for_account(account), &ask())
        .await
        .expect_err("nobody answers");
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
    // The guest was told in time and says itself that it does not know.
    assert_eq!(fault.fault.kind, Kind::OutcomeUnknown);
    assert_eq!(fault.happened, Happened::Said);
    assert!(fault.may_have_happened);
}

// R-PAY-03
#[tokio::test]
async fn a_call_sends_at_most_twenty_requests() {
    let world = World::new().await;
    let provider = Provider::honest();
    let url = provider.base();
    let done = world
        .tried(&provider, &[("do", "many-calls"), ("url", &url)])
        .await;
    assert_eq!(done, "20");
    assert_eq!(provider.seen().len(), 20);
    let mut account = world.account(
        &[&provider.host()],
        &provider.base(),
        &[("do", "many-calls"), ("url", &url)],
    );
    account.grants.limits.http_calls = 3;
    let report = world
        .plugin
        .create(&world.for_account(account), &ask())
        .await;
    assert_eq!(report.expect("fewer are granted").raw_status, "3");
}

// R-PAY-03
#[tokio::test]
async fn nothing_lives_on_between_calls() {
    let world = World::new().await;
    let provider = Provider::honest();
    for _ in 0..3 {
        let before = world.tried(&provider, &[("do", "remember")]).await;
        assert_eq!(before, "0");
    }
}

// R-PAY-03
#[tokio::test]
async fn a_plugin_that_talks_too_much_is_cut_short() {
    let world = World::new().await;
    let provider = Provider::honest();
    let settings = [
        ("do", "flood-log"),
        ("line", "0123456789abcdef"),
        ("times", "1000"),
    ];
    world.tried(&provider, &settings).await;
    let log = world.services.kept().log;
    assert_eq!(log.len(), 64);
    assert!(log.iter().all(|(_, line)| line.len() == 8192));
}

// R-PAY-04
#[tokio::test]
async fn the_message_of_a_panic_is_in_the_log() {
    let world = World::new().await;
    let provider = Provider::honest();
    let fault = world.create(&provider, &[("do", "trap")]).await;
    let fault = fault.expect_err("it panics");
    assert_eq!(fault.happened, Happened::Trap);
    let log = world.services.kept().log;
    assert!(
        log.iter().any(|(_, line)| line.contains("on purpose")),
        "{log:?} {fault}"
    );
}
