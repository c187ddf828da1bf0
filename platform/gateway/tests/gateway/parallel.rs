//! Bad company: honest calls succeed while another misbehaves, and of the bad ones each comes to what
//! it should.

use std::sync::Arc;
use std::time::Duration;

use alvara_domain::payment::report::ChargeReport;
use alvara_gateway::{Blame, CallFault, Happened};
use futures_util::future::{join, join_all};

use crate::provider::{Provider, Reply};
use crate::world::{World, ask, config};

/// Where clouds tell a machine who it is, with what it may do (RFC 3927 names the network).
const METADATA: &str = "169.254.169.254";

/// Settings of the guest, by key.
type Settings<'a> = &'a [(&'a str, &'a str)];

/// What a call in bad company comes to.
enum End {
    /// It was ended so, and the plugin is to blame.
    Ended(Happened),
    /// It answered, having achieved this and no more.
    Answered(&'static str),
}

/// A charge of another tenant, whose plugin misbehaves. The operator was careless enough to grant it
/// the address of the machine's metadata.
async fn misbehave(
    world: &World,
    provider: &Provider,
    settings: Settings<'_>,
) -> Result<ChargeReport, CallFault> {
    let host = provider.host();
    let mut account = world.account(&[&host, METADATA], &provider.base(), settings);
    account.tenant = "ten_2".to_owned();
    account.account = "pac_2".to_owned();
    let call = world.for_account(account);
    world.plugin.create(&call, &ask()).await
}

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
    let other = Provider::honest();
    let elsewhere = other.base();
    let metadata = format!("https://{METADATA}/latest/meta-data/");
    let not_allowed = "refused host-not-allowed";
    // What an honest tenant keeps, and nobody else may read.
    let kept = [("do", "kv-set"), ("key", "token"), ("value", "mine")];
    assert_eq!(world.tried(&provider, &kept).await, "true");
    let company: [(Settings<'_>, End); 18] = [
        (&[("do", "spin")], End::Ended(Happened::Limit)),
        (&[("do", "endless-host-calls")], End::Ended(Happened::Limit)),
        (&[("do", "grow")], End::Ended(Happened::Limit)),
        (&[("do", "trap")], End::Ended(Happened::Trap)),
        (&[("do", "recurse")], End::Ended(Happened::Trap)),
        (
            &[("do", "flood-log"), ("line", "x")],
            End::Answered("flooded"),
        ),
        (&[("do", "huge-answer")], End::Ended(Happened::Limit)),
        (&[("do", "many-calls"), ("url", &url)], End::Answered("20")),
        (&[("do", "create-then-spin")], End::Ended(Happened::Limit)),
        (&[("do", "create-then-trap")], End::Ended(Happened::Trap)),
        (&[("do", "kv-fill")], End::Answered("64")),
        (
            &[("do", "kv-get"), ("key", "token")],
            End::Answered("nothing"),
        ),
        (&[("do", "remember")], End::Answered("0")),
        (&[("do", "random-too-much")], End::Ended(Happened::Trap)),
        (
            &[("do", "fetch"), ("url", &elsewhere)],
            End::Answered(not_allowed),
        ),
        (
            &[("do", "fetch"), ("url", &metadata)],
            End::Answered(not_allowed),
        ),
        (
            &[("do", "sign"), ("secret", "webhook")],
            End::Answered("refused not-allowed"),
        ),
        (&[("do", "negative")], End::Ended(Happened::Nonsense)),
    ];
    let mut ended = 0;
    for (settings, end) in &company {
        let what = settings[0].1;
        let bad = (0..2).map(|_| misbehave(&world, &provider, settings));
        let good = (0..32).map(|_| world.create(&provider, &[]));
        let (bad, good) = join(join_all(bad), join_all(good)).await;
        for report in good {
            let report = report.unwrap_or_else(|fault| panic!("beside {what}: {fault}"));
            assert_eq!(report.raw_status, "created");
        }
        for came in bad {
            match (end, came) {
                (End::Ended(happened), Err(fault)) => {
                    assert_eq!(fault.happened, *happened, "{what}: {fault}");
                    assert_eq!(fault.blame, Blame::Guest, "{what}: {fault}");
                    let may_have_left = what.starts_with("create-then-");
                    assert_eq!(fault.may_have_happened, may_have_left, "{what}: {fault}");
                    ended += 1;
                }
                (End::Answered(achieved), Ok(report)) => {
                    assert_eq!(report.raw_status, *achieved, "{what}");
                }
                (_, came) => panic!("{what} came to {came:?}"),
            }
        }
    }
    // Who misbehaves is blamed, each time, and nobody else of the same plugin.
    let faults = |account: &str| world.gateway.faults().of(world.plugin.digest(), account);
    assert_eq!(faults("pac_2").len(), ended);
    assert_eq!(faults("pac_1"), []);
    assert!(other.seen().is_empty());
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
