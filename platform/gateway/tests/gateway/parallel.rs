//! Bad company: honest calls succeed while another misbehaves.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::provider::{Provider, Reply};
use crate::world::{World, config};

// R-PAY-03
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn honest_charges_succeed_while_each_hostile_one_runs() {
    let world = Arc::new(World::new().await);
    let provider = Arc::new(Provider::new(|request| match request.method.as_str() {
        "PUT" => Reply::After(
            Duration::from_millis(5),
            Box::new(Reply::text(201, "created")),
        ),
        _ => Reply::text(200, "fine"),
    }));
    let url = provider.base();
    for behaviour in [
        "spin",
        "endless-host-calls",
        "grow",
        "trap",
        "recurse",
        "flood-log",
        "huge-answer",
        "many-calls",
        "create-then-spin",
        "kv-fill",
    ] {
        let settings = [("do", behaviour), ("url", url.as_str()), ("line", "x")];
        let bad = (0..2).map(|_| world.create(&provider, &settings));
        let good = (0..32).map(|_| world.create(&provider, &[]));
        let (_, good) = futures_util::future::join(join_all(bad), join_all(good)).await;
        for report in good {
            let report = report.unwrap_or_else(|fault| panic!("beside {behaviour}: {fault}"));
            assert_eq!(report.raw_status, "created");
        }
    }
    assert_eq!(world.gateway.free_places(), 64);
}

// R-PAY-03
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_calls_than_places_wait_and_none_is_refused() {
    let world = World::with(alvara_gateway::GatewayConfig {
        instances: 4,
        ..config()
    })
    .await;
    let provider = Provider::honest();
    let calls = (0..100).map(|_| world.create(&provider, &[]));
    for report in join_all(calls).await {
        report.expect("it waits for a place");
    }
    assert_eq!(world.gateway.free_places(), 4);
}
