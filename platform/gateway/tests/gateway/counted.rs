//! Figures for whoever runs the house: how calls end, and whose fault that is.

use std::sync::Arc;

use alvara_gateway::Happened;
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::egress::NoJournal;
use crate::provider::{Provider, Reply};
use crate::world::{World, ask, manifest, wasm};

/// What a figure says whose line has these labels; nothing where there is no such line.
fn figure(figures: &str, name: &str, labels: &[(&str, &str)]) -> u64 {
    let has = |line: &str| {
        line.starts_with(&format!("{name}{{"))
            && labels
                .iter()
                .all(|(label, value)| line.contains(&format!("{label}=\"{value}\"")))
    };
    figures
        .lines()
        .filter(|line| has(line))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

// R-PAY-03 R-OPS-03
#[tokio::test]
async fn every_call_is_counted_with_whose_fault_it_was() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _here = metrics::set_default_local_recorder(&recorder);
    let world = World::new().await;
    let honest = Provider::honest();
    for _ in 0..2 {
        world.create(&honest, &[]).await.expect("a charge");
    }
    let spun = world.create(&honest, &[("do", "spin")]).await;
    assert_eq!(spun.expect_err("it spins").happened, Happened::Limit);
    let silent = Provider::new(|_| Reply::Silence);
    let mut account = world.account(&[&silent.host()], &silent.base(), &[]);
    account.grants.limits.wall_ms = 600;
    let call = world.for_account(account);
    let unheard = world.plugin.create(&call, &ask()).await;
    let unheard = unheard.expect_err("nobody answers");
    let mut call = world.call(&honest, &[]);
    call.services = Arc::new(NoJournal);
    let unnoted = world.plugin.create(&call, &ask()).await;
    unnoted.expect_err("it is not noted");
    // Whoever only looks at a file calls nobody.
    let found = world.gateway.inspect(wasm("pix"), &manifest("pix")).await;
    found.expect("a plugin");

    let figures = recorder.handle().render();
    let calls = "alvara_plugin_calls_total";
    let of = world.plugin.manifest();
    let version = of.version.to_string();
    for (outcome, blame, count) in [
        ("answered", "nobody", 2),
        ("limit", "guest", 1),
        (unheard.happened.as_str(), unheard.blame.as_str(), 1),
        ("host", "host", 1),
    ] {
        let labels = [
            ("plugin", of.id.as_str()),
            ("version", version.as_str()),
            ("outcome", outcome),
            ("blame", blame),
        ];
        assert_eq!(
            figure(&figures, calls, &labels),
            count,
            "{labels:?}\n{figures}"
        );
    }
    assert_eq!(figure(&figures, calls, &[]), 5, "{figures}");
    let lasted = "alvara_plugin_call_duration_seconds_count";
    assert_eq!(figure(&figures, lasted, &[]), 5, "{figures}");
    assert!(
        !figures.contains("pac_1") && !figures.contains("ten_1"),
        "nobody's account is a label: {figures}"
    );
}
