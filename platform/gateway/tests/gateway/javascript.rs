//! Plugins in JavaScript, in the real engine: `plugins/examples/bank-transfer` as an author would
//! write one, and one that misbehaves.

use std::time::{Duration, Instant};

use alvara_domain::charge::ChargeState;
use alvara_domain::id::{ChargeId, Ulid};
use alvara_domain::money::{Currency, Money};
use alvara_domain::payment::PluginFaultKind as Kind;
use alvara_domain::payment::PspRef;
use alvara_domain::payment::ask::ChargeAsk;
use alvara_domain::payment::report::{ChargeReport, ConfigFieldKind, EventBody, NextAction, Trust};
use alvara_gateway::{Account, Blame, Call, CallFault, Digest, Gateway, Happened, Secrets};
use data_encoding::HEXLOWER;
use futures_util::future::join_all;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use crate::shipped::shipped;
use crate::world::{NOW, World, ask, config, inbound, manifest, wasm};

const PLUGIN: &str = "bank-transfer";
const KEY: &str = "key of the statement's reader";
const SETTINGS: [(&str, &str); 2] = [
    ("page", "https://house.example.com/how-to-pay"),
    ("currency", "BRL"),
];

async fn bank_transfer(settings: &[(&str, &str)]) -> (World, Call) {
    shipped(PLUGIN, settings, ("webhook_key", KEY)).await
}

/// R$ 19,90 by transfer, as the charge with such an id.
fn transfer(id: u128) -> ChargeAsk {
    ChargeAsk {
        charge_id: ChargeId::from_ulid(Ulid::from(id)),
        method: PLUGIN.to_owned(),
        ..ask()
    }
}

fn reference(report: &ChargeReport) -> &PspRef {
    report.refs.first().expect("a reference")
}

/// The remainder by 97 of an ISO 11649 reference, by arithmetic that the plugin does not use.
fn remainder(reference: &str) -> u128 {
    let (check, rest) = reference.split_at(4);
    let digits: String = rest
        .chars()
        .chain(check.chars())
        .map(|sign| sign.to_digit(36).expect("a sign").to_string())
        .collect();
    let (high, low) = digits.split_at(digits.len() / 2);
    let shift = (0..low.len()).fold(1, |shift, _| shift * 10 % 97);
    let part = |text: &str| text.parse::<u128>().expect("digits") % 97;
    (part(high) * shift + part(low)) % 97
}

fn signed(key: &str, body: &str) -> String {
    let key = PKey::hmac(key.as_bytes()).expect("a key");
    let tag = Signer::new(MessageDigest::sha256(), &key)
        .and_then(|mut signer| signer.sign_oneshot_to_vec(body.as_bytes()))
        .expect("a tag");
    format!("sha256={}", HEXLOWER.encode(&tag))
}

// R-PAY-04 R-PAY-01
#[tokio::test]
async fn a_plugin_in_javascript_is_inspected_like_any_other() {
    let gateway = Gateway::new(config()).expect("a gateway");
    let found = gateway
        .inspect(wasm(PLUGIN), &manifest(PLUGIN))
        .await
        .expect("it can be installed");
    let described = found.described;
    assert_eq!(described.plugin_id, PLUGIN);
    assert_eq!(described.methods, [PLUGIN]);
    assert_eq!(described.capabilities, []);
    assert!(described.late_settlement && !described.installments);
    let fields: Vec<_> = described
        .config_fields
        .iter()
        .map(|field| (field.key.as_str(), field.kind, field.required))
        .collect();
    assert_eq!(
        fields,
        [
            ("page", ConfigFieldKind::Text, true),
            ("currency", ConfigFieldKind::Choice, true)
        ]
    );
}

// R-PAY-04
#[tokio::test]
async fn its_charges_are_created_found_asked_about_and_canceled() {
    let (world, call) = bank_transfer(&SETTINGS).await;
    let plugin = &world.plugin;
    plugin.health_check(&call).await.expect("healthy");
    let id = 0x0199_89AB_CDEF_0123_4567_89AB_CDEF_0123;
    let made = plugin.create(&call, &transfer(id)).await.expect("created");
    assert_eq!(made.state, ChargeState::RequiresAction);
    assert_eq!(made.captured, Money::new(0, Currency::BRL));
    let PspRef { kind, value } = reference(&made);
    assert_eq!(kind, "transfer-reference");
    assert_eq!(remainder(value), 1, "{value} is a reference of ISO 11649");
    assert_eq!(
        made.action,
        Some(NextAction::Redirect {
            url: format!(
                "{}?reference={value}&amount=19.90&currency=BRL",
                SETTINGS[0].1
            ),
        })
    );

    let again = plugin.create(&call, &transfer(id)).await.expect("again");
    assert_eq!(again, made, "the same key has the same answer");
    let found = plugin.find_by_key(&call, &transfer(id)).await;
    assert_eq!(found.expect("an answer"), Some(made.clone()));
    let other = plugin
        .create(&call, &transfer(id + 1))
        .await
        .expect("other");
    assert_ne!(other.refs, made.refs);
    assert_eq!(remainder(&reference(&other).value), 1);

    let asked = plugin.sync(&call, &made.refs).await.expect("an answer");
    assert_eq!(asked.state, ChargeState::RequiresAction);
    assert_eq!(asked.refs, made.refs);
    let canceled = plugin.cancel(&call, &made.refs).await.expect("canceled");
    assert_eq!(canceled.state, ChargeState::Canceled);
    assert_eq!(canceled.refs, made.refs);
    let lost = plugin.sync(&call, &[]).await.expect_err("of what?");
    assert_eq!(lost.fault.kind, Kind::NotFound);

    let euros = ChargeAsk {
        amount: Money::new(1990, "EUR".parse().expect("a currency")),
        ..transfer(id)
    };
    let refused = plugin.create(&call, &euros).await.expect_err("BRL only");
    assert_eq!(refused.fault.kind, Kind::InvalidRequest);
    assert_eq!(refused.fault.message, "this account takes BRL, not EUR");
    assert!(!refused.may_have_happened);
}

// R-PAY-04 R-PAY-07
#[tokio::test]
async fn its_webhooks_are_verified_by_a_secret_that_it_never_sees() {
    let (world, call) = bank_transfer(&SETTINGS).await;
    let made = world.plugin.create(&call, &transfer(7)).await;
    let made = made.expect("created");
    let value = &reference(&made).value;
    let at = NOW * 1000;
    let body = format!(
        r#"{{"id":"2026-11-22/3","reference":"{value}","amount_minor":1990,"currency":"BRL","paid_at":{at},"payer":"João"}}"#
    );
    let genuine = signed(KEY, &body);
    let tell = async |body: &str, signature: Option<String>| {
        let request = inbound(body.as_bytes(), signature);
        world.plugin.handle_webhook(&call, &request).await
    };
    let told = tell(&body, Some(genuine.clone())).await.expect("genuine");
    assert_eq!(told.reply.status, 200);
    let [event] = told.events.as_slice() else {
        panic!("one event: {told:?}");
    };
    assert_eq!(event.event_id, "transfer-2026-11-22/3");
    assert_eq!(event.trust, Trust::Signed);
    assert_eq!(event.refs, made.refs);
    assert_eq!(event.occurred_at, Some(call.now));
    let EventBody::Charge(report) = &event.body else {
        panic!("a charge: {event:?}");
    };
    assert_eq!(report.state, ChargeState::Paid);
    assert_eq!(report.captured, Money::new(1990, Currency::BRL));
    assert_eq!(report.paid_at, Some(call.now));
    let again = tell(&body, Some(genuine.clone())).await.expect("again");
    assert_eq!(again, told, "the house knows it by its id");

    let more = body.replace("1990", "9990");
    for (body, signature) in [
        (&more, Some(genuine.clone())),
        (&body, Some(signed("another key", &body))),
        (&body, Some(genuine.replace("sha256=", ""))),
        (&body, Some("sha256=".to_owned())),
        (&body, None),
    ] {
        let refused = tell(body, signature).await.expect_err("forged");
        assert_eq!(refused.fault.kind, Kind::BadSignature, "{refused}");
        assert_eq!(refused.blame, Blame::Provider);
    }
    let mistyped = body.replace(&value[..4], "RF00");
    for odd in [
        mistyped.as_str(),
        "",
        "null",
        "{",
        "{\"id\":\"\u{0}\"}",
        &body.replace("1990", "19.9"),
        &body.replace("1990", "-1"),
        &body.replace("1990", "1e300"),
        &body.replace("BRL", "XAU"),
        &" ".repeat(16 * 1024 + 1),
    ] {
        let refused = tell(odd, Some(signed(KEY, odd))).await.expect_err(odd);
        assert_eq!(refused.fault.kind, Kind::Malformed, "{odd}: {refused}");
        assert_eq!(refused.happened, Happened::Said, "{odd}: {refused}");
    }

    // The use must be granted: without it the plugin knows no genuine one.
    let mut account = Account::clone(&call.account);
    account.grants.secrets.clear();
    let ungranted = world.for_account(account);
    let request = inbound(body.as_bytes(), Some(genuine));
    let refused = world.plugin.handle_webhook(&ungranted, &request).await;
    assert!(refused.is_err(), "{refused:?}");
}

// R-PAY-04
#[tokio::test]
async fn its_bad_settings_are_named_one_by_one() {
    let (world, call) = bank_transfer(&SETTINGS).await;
    let wrong = async |settings: &[(&str, &str)]| -> Vec<String> {
        let call = world.for_account(world.account(&[], "", settings));
        let found = world.plugin.validate_config(&call).await;
        let found = found.expect("an answer");
        found.into_iter().map(|one| one.property).collect()
    };
    assert_eq!(wrong(&SETTINGS).await, [""; 0]);
    assert_eq!(wrong(&[]).await, ["page", "currency"]);
    for page in [
        "http://house.example.com/",
        "https://house",
        "https://house.example.com/?a=b",
        "https://user@house.example.com/",
        "https://house.example.com/ /",
    ] {
        let found = wrong(&[("page", page), ("currency", "EUR")]).await;
        assert_eq!(found, ["page"], "{page}");
    }

    let (world, unset) = bank_transfer(&[("currency", "BRL")]).await;
    let refused = world.plugin.create(&unset, &transfer(1)).await;
    let refused = refused.expect_err("no page");
    assert_eq!(refused.fault.kind, Kind::InvalidConfig);
    assert_eq!(refused.fault.violations[0].property, "page");
    let keyless = Account {
        secrets: Secrets::new(),
        ..Account::clone(&call.account)
    };
    let ill = world.plugin.health_check(&world.for_account(keyless)).await;
    assert_eq!(ill.expect_err("no key").fault.kind, Kind::Unauthenticated);
}

async fn hostile() -> World {
    let gateway = Gateway::new(config()).expect("a gateway");
    let bytes = wasm("hostile-js");
    let plugin = gateway
        .load(Digest::of(&bytes), &manifest("hostile-js"), || {
            bytes.clone()
        })
        .await
        .expect("it loads");
    World {
        gateway,
        plugin,
        services: std::sync::Arc::default(),
    }
}

async fn deed(world: &World, name: &str) -> Result<String, CallFault> {
    let call = world.for_account(world.account(&[], "", &[("do", name)]));
    let report = world.plugin.create(&call, &ask()).await;
    report.map(|report| report.raw_status)
}

// R-PAY-04 R-PAY-03
#[tokio::test]
async fn javascript_has_the_limits_that_all_have() {
    let world = hostile().await;
    for (name, happened) in [
        ("spin", Happened::Limit),
        ("grow", Happened::Limit),
        ("recurse", Happened::Trap),
        ("throw", Happened::Trap),
        ("wait", Happened::Trap),
        ("nonsense", Happened::Trap),
        ("engineClock", Happened::Trap),
    ] {
        let fault = deed(&world, name).await.expect_err(name);
        assert_eq!(fault.happened, happened, "{name}: {fault}");
        assert_eq!(fault.blame, Blame::Guest, "{name}");
        assert_eq!(fault.fault.kind, Kind::Unavailable, "{name}");
        assert_eq!(deed(&world, "honest").await, Ok("honest".to_owned()));
    }
    let faults = world.gateway.faults().of(world.plugin.digest(), "pac_1");
    assert_eq!(faults.len(), 7, "each counts against the plugin");

    let mut little = world.account(&[], "", &[("do", "honest")]);
    little.grants.limits.memory_mib = 1;
    let little = world.for_account(little);
    let fault = world.plugin.create(&little, &ask()).await;
    let fault = fault.expect_err("less than its engine has");
    assert_eq!(fault.happened, Happened::Limit, "{fault}");

    let call = world.for_account(world.account(&[], "", &[("do", "spin")]));
    let start = Instant::now();
    let request = inbound(b"{}", None);
    let fault = world.plugin.handle_webhook(&call, &request).await;
    assert_eq!(fault.expect_err("it spins").happened, Happened::Limit);
    assert!(start.elapsed() >= Duration::from_millis(150));
}

// R-PAY-04 R-PAY-03
#[tokio::test]
async fn javascript_has_no_world_and_no_memory_of_its_own() {
    let world = hostile().await;
    for _ in 0..3 {
        assert_eq!(deed(&world, "remember").await, Ok("1".to_owned()));
    }
    assert_eq!(deed(&world, "ambient").await, Ok(String::new()));
    // Known to whoever has the plugin, so the contract's is the only one to use.
    let first = deed(&world, "engineRandom").await;
    assert_eq!(deed(&world, "engineRandom").await, first);
    let told = deed(&world, "contractClock").await.expect("an answer");
    let told: i64 = told.parse().expect("milliseconds");
    assert!((NOW * 1000..NOW * 1000 + 60_000).contains(&told), "{told}");
}

// R-PAY-04 R-PAY-03
#[tokio::test]
async fn every_place_can_be_taken_by_javascript_at_once() {
    let world = hostile().await;
    let all = world.gateway.free_places();
    for report in join_all((0..all).map(|_| deed(&world, "dawdle"))).await {
        assert_eq!(report.expect("it has its place"), "honest");
    }
    assert_eq!(world.gateway.free_places(), all);
}
