//! Events, genuine and otherwise.
// R-PAY-07

use alvara_plugin_sdk::{
    CallContext, DisputeStatus, ErrorKind, EventBody, InboundRequest, Json, PaymentPlugin, Trust,
    encode::hex,
    kit::{Kit, context, inbound},
    reference,
    secrets::{self, Mac},
};
use alvara_plugin_stripe::Stripe;

use super::charge::{CONFIG, OURS};

fn at(seconds: u64) -> CallContext {
    CallContext {
        now: seconds * 1000,
        ..context("hook", CONFIG)
    }
}

fn with(signature: &str, body: &str) -> InboundRequest {
    inbound("", &[("Stripe-Signature", signature)], body)
}

/// As Stripe signs.
fn signed(seconds: u64, body: &str) -> InboundRequest {
    let tag = secrets::sign(
        "webhook_secret",
        Mac::HmacSha256,
        format!("{seconds}.{body}").as_bytes(),
    )
    .expect("signed");
    with(&format!("t={seconds},v1={}", hex(&tag)), body)
}

const NOW: u64 = 1_700_000_000;
/// The vector that Stripe's own library accepts.
const BODY: &str = r#"{"id":"evt_1","object":"event"}"#;
const SIGNATURE: &str =
    "t=1700000000,v1=4c15fb2a43f93ef61eaa3e0893866d57cad9cad4223242cfb96f362480cb4021";

// R-PAY-07
#[test]
fn the_signature_is_over_the_raw_bytes_and_young() {
    let kit = Kit::new();
    kit.secret("webhook_secret", "whsec_test");
    let told = Stripe::handle_webhook(&at(NOW + 300), &with(SIGNATURE, BODY)).expect("genuine");
    assert_eq!(
        (told.events[0].event_id.as_str(), told.events[0].trust),
        ("evt_1", Trust::Signed)
    );
    // While a secret is changed there are two; v0 counts for nothing.
    let two = format!(
        "t=1700000000,v1={},{},v0=00",
        "0".repeat(64),
        &SIGNATURE[13..]
    );
    assert!(Stripe::handle_webhook(&at(NOW), &with(&two, BODY)).is_ok());
    let v0 = SIGNATURE.replace("v1", "v0");
    let other = SIGNATURE.replace("4c15", "4c16");
    let later = SIGNATURE.replace("1700000000", "1700000001");
    let crowd = format!(
        "t=1700000000,{}{}",
        format!("v1={},", "0".repeat(64)).repeat(5),
        &SIGNATURE[13..]
    );
    for (now, signature, body) in [
        (NOW + 301, SIGNATURE, BODY),
        (NOW - 301, SIGNATURE, BODY),
        (NOW, SIGNATURE, r#"{"id":"evt_1", "object":"event"}"#),
        (NOW, &v0, BODY),
        (NOW, &other, BODY),
        (NOW, &later, BODY),
        (NOW, &crowd, BODY),
        (NOW, "", BODY),
        (NOW, "t=,v1=", BODY),
        (NOW, "v1=00", BODY),
        (NOW, "t=99999999999999999999999,v1=00", BODY),
    ] {
        let error = Stripe::handle_webhook(&at(now), &with(signature, body)).expect_err("forged");
        assert_eq!(error.kind, ErrorKind::BadSignature, "{signature}");
    }
    assert!(Stripe::handle_webhook(&at(NOW), &inbound("", &[], BODY)).is_err());
    for garbage in ["", "[", "{}", r#"{"id":""}"#] {
        assert_eq!(
            Stripe::handle_webhook(&at(NOW), &signed(NOW, garbage))
                .expect_err("garbage")
                .kind,
            ErrorKind::Malformed
        );
    }
}

// R-PAY-07: whatever the order, an event only says "look again".
#[test]
fn events_lead_to_what_they_are_about() {
    let kit = Kit::new();
    kit.secret("webhook_secret", "whsec_test");
    let session = format!(
        r#"{{"id":"cs_1","mode":"payment","payment_status":"paid","client_reference_id":"{OURS}","payment_intent":"pi_1"}}"#
    );
    let intent = format!(r#"{{"id":"pi_1","metadata":{{"reference":"{OURS}"}}}}"#);
    for (kind, object, refs, wanted) in [
        (
            "checkout.session.completed",
            session.as_str(),
            vec![
                ("checkout-session", "cs_1"),
                ("reference", OURS),
                ("payment-intent", "pi_1"),
            ],
            "charge-hint",
        ),
        (
            "checkout.session.async_payment_failed",
            &session,
            vec![("reference", OURS)],
            "charge-hint",
        ),
        (
            "checkout.session.completed",
            r#"{"id":"cs_2","mode":"setup"}"#,
            vec![("checkout-session", "cs_2")],
            "mandate-hint",
        ),
        (
            "payment_intent.succeeded",
            &intent,
            vec![("payment-intent", "pi_1"), ("reference", OURS)],
            "charge-hint",
        ),
        (
            "charge.refunded",
            r#"{"id":"ch_1","payment_intent":"pi_1"}"#,
            vec![("charge", "ch_1"), ("payment-intent", "pi_1")],
            "charge-hint",
        ),
        (
            "refund.failed",
            r#"{"id":"re_1","payment_intent":"pi_1","charge":"ch_1"}"#,
            vec![("refund", "re_1"), ("payment-intent", "pi_1")],
            "refund-hint",
        ),
        (
            "customer.subscription.deleted",
            r#"{"id":"sub_1"}"#,
            vec![("subscription", "sub_1")],
            "mandate-hint",
        ),
        (
            "invoice.paid",
            r#"{"id":"in_1","parent":{"subscription_details":{"subscription":"sub_1"}}}"#,
            vec![("invoice", "in_1"), ("subscription", "sub_1")],
            "mandate-hint",
        ),
        ("balance.available", "{}", vec![], "ignored"),
    ] {
        let body = format!(
            r#"{{"id":"evt_9","type":"{kind}","created":1700000000,"data":{{"object":{object}}}}}"#
        );
        let told = Stripe::handle_webhook(&at(NOW), &signed(NOW, &body)).expect("genuine");
        let event = &told.events[0];
        let what = match event.body {
            EventBody::ChargeHint => "charge-hint",
            EventBody::RefundHint => "refund-hint",
            EventBody::MandateHint => "mandate-hint",
            EventBody::Ignored(_) => "ignored",
            _ => "a state",
        };
        assert_eq!(what, wanted, "{kind}");
        assert_eq!(event.occurred_at, Some(NOW * 1000));
        for (name, value) in refs {
            assert_eq!(reference(&event.refs, name), Some(value), "{kind} {name}");
        }
        assert_eq!(
            Stripe::handle_webhook(&at(NOW), &signed(NOW, &body)).expect("twice"),
            told
        );
    }
    assert!(kit.sent().is_empty());
}

// R-PAY-07
#[test]
fn a_dispute_is_told_as_it_stands() {
    let kit = Kit::new();
    kit.secret("webhook_secret", "whsec_test");
    let table = Json::parse(include_bytes!("../../../fixtures/payment-states.json")).expect("json");
    let Json::Object(map) = table.at("maps.stripe_dispute").clone() else {
        panic!("no map")
    };
    let objects = Json::parse(include_bytes!("../../fixtures/stripe-objects.json")).expect("json");
    let Json::Object(objects) = objects else {
        panic!("no objects")
    };
    let tell = |dispute: &Json| {
        let body = format!(
            r#"{{"id":"evt_9","type":"charge.dispute.updated","data":{{"object":{dispute}}}}}"#
        );
        Stripe::handle_webhook(&at(NOW), &signed(NOW, &body))
    };
    for (raw, wanted) in map.into_iter().filter(|(raw, _)| raw != "target") {
        let mut dispute = objects["dispute"].clone();
        dispute.set("status", raw.as_str());
        let told = tell(&dispute).expect("genuine");
        let EventBody::Dispute(state) = &told.events[0].body else {
            panic!("no dispute")
        };
        let named = format!("{:?}", state.status)
            .rsplit("::")
            .next()
            .unwrap_or_default()
            .replace('-', "")
            .to_lowercase();
        assert_eq!(
            named,
            wanted.text().unwrap_or_default().replace('_', ""),
            "{raw}"
        );
        assert_eq!(
            (state.amount.minor, state.amount.currency.as_str()),
            (1000, "USD")
        );
        assert!(reference(&state.refs, "charge").is_some());
    }
    assert_eq!(
        tell(&objects["dispute"]).map(|told| match &told.events[0].body {
            EventBody::Dispute(state) => (state.status, state.evidence_due),
            _ => panic!("no dispute"),
        }),
        Ok((DisputeStatus::Opened, Some(1_723_679_999_000)))
    );
    let mut odd = objects["dispute"].clone();
    odd.set("status", "settled_by_duel");
    assert_eq!(tell(&odd).expect_err("unknown").kind, ErrorKind::Malformed);
}
