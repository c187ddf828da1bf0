//! Signatures of webhooks, by the providers' own libraries.

use alvara_oracles::ask;
use alvara_plugin_card::Card;
use alvara_plugin_sdk::{
    CallContext, ErrorKind, PaymentPlugin,
    encode::hex,
    kit::{Kit, context, inbound},
    secrets::{self, Mac},
};
use alvara_plugin_stripe::Stripe;
use serde_json::{Value, json};

// R-PAY-07
#[test]
fn mercado_pago_and_we_agree_on_what_is_genuine() {
    let kit = Kit::new();
    kit.secret("webhook_secret", "s3cr3t");
    let ctx = context("hook", &[]);
    let (mut genuine, mut forged) = (0, 0);
    for line in ask("mercadopago.cjs", "s3cr3t").lines() {
        let told: Value = serde_json::from_str(line).expect("json");
        let text = |field: &str| told[field].as_str().expect("a text").to_owned();
        let id = text("dataId");
        let body =
            json!({"id": 1, "type": "subscription_preapproval", "data": {"id": id}}).to_string();
        let request = inbound(
            &format!("data.id={id}&type=subscription_preapproval"),
            &[
                ("x-signature", &text("xSignature")),
                ("x-request-id", &text("xRequestId")),
            ],
            body,
        );
        match Card::handle_webhook(&ctx, &request) {
            Ok(_) => assert_eq!(told["genuine"], true, "{line}"),
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::BadSignature);
                assert_eq!(told["genuine"], false, "{line}");
            }
        }
        if told["genuine"] == true {
            genuine += 1
        } else {
            forged += 1
        }
    }
    assert_eq!((genuine, forged), (50, 50));
}

// R-PAY-07
#[test]
fn stripe_and_we_agree_on_what_is_genuine() {
    const NOW: u64 = 1_700_000_000;
    let kit = Kit::new();
    kit.secret("webhook_secret", "whsec_test");
    let at = |seconds: u64| CallContext {
        now: seconds * 1000,
        ..context("hook", &[])
    };
    // Ours: genuine, signed for another body, too old.
    let ours: Vec<_> = (0..30)
        .map(|number| {
            let body = format!(r#"{{"id":"evt_{number}","object":"event","type":"x"}}"#);
            let signed = if number % 3 == 1 {
                format!("{body} ")
            } else {
                body.clone()
            };
            let tag = secrets::sign(
                "webhook_secret",
                Mac::HmacSha256,
                format!("{NOW}.{signed}").as_bytes(),
            )
            .expect("signed");
            let late = if number % 3 == 2 { 301 } else { 0 };
            json!({"header": format!("t={NOW},v1={}", hex(&tag)), "body": body, "at": NOW + late})
        })
        .collect();
    let said = ask(
        "stripe.cjs",
        &json!({"secret": "whsec_test", "ours": ours}).to_string(),
    );
    let said: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).expect("json"))
        .collect();
    let (theirs, verdicts) = said.split_at(50);
    for (number, event) in theirs.iter().enumerate() {
        let (body, header) = (
            event["body"].as_str().expect("a body"),
            event["header"].as_str().expect("a header"),
        );
        let told = Stripe::handle_webhook(
            &at(NOW + number as u64),
            &inbound("", &[("stripe-signature", header)], body),
        )
        .expect("genuine");
        assert_eq!(told.events[0].event_id, format!("evt_{number}"));
        let changed = body.replace("pi_", "ch_");
        assert!(
            Stripe::handle_webhook(
                &at(NOW),
                &inbound("", &[("stripe-signature", header)], changed)
            )
            .is_err()
        );
    }
    assert_eq!(verdicts.len(), ours.len());
    for (number, (verdict, ours)) in verdicts.iter().zip(&ours).enumerate() {
        let request = inbound(
            "",
            &[("stripe-signature", ours["header"].as_str().expect("one"))],
            ours["body"].as_str().expect("one"),
        );
        let we = Stripe::handle_webhook(&at(ours["at"].as_u64().expect("one")), &request).is_ok();
        assert_eq!(we, number % 3 == 0);
        assert_eq!(verdict["genuine"].as_bool(), Some(we), "{ours}");
    }
}
