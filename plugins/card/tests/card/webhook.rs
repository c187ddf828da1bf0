//! Notifications, genuine and otherwise.
// R-PAY-07

use alvara_plugin_card::Card;
use alvara_plugin_sdk::{
    ErrorKind, EventBody, InboundRequest, PaymentPlugin, Trust,
    kit::{Kit, context, inbound},
    reference,
};

use super::charge::REDIRECT;

/// The vector that the provider's own SDK accepts.
const SIGNATURE: &str =
    "ts=1716651000,v1=62b36fe6af028ac6193bb1a5c64272e5a3e037aa0f443b9ce07230b0a8d16edc";
const REQUEST_ID: &str = "f7b2a1d4-0b1c-4ec2-aaaa-9e8b1d2f3c4d";
const BODY: &str = r#"{"id":12345,"live_mode":true,"type":"payment","action":"payment.updated","date_created":"2024-05-25T15:30:00Z","data":{"id":"1234567890"}}"#;

fn notification(query: &str, signature: &str, body: &str) -> InboundRequest {
    inbound(
        query,
        &[("X-Signature", signature), ("X-Request-Id", REQUEST_ID)],
        body,
    )
}

// R-PAY-07
#[test]
fn a_genuine_notification_says_look_again() {
    let kit = Kit::new();
    kit.secret("webhook_secret", "s3cr3t");
    let ctx = context("hook", REDIRECT);
    let ours = "be2974546978e3739e6d6da85c4be9f3";
    let query = format!("reference={ours}&data.id=1234567890&type=payment");
    let told = Card::handle_webhook(&ctx, &notification(&query, SIGNATURE, BODY)).expect("genuine");
    let event = &told.events[0];
    assert_eq!(
        (told.reply.status, event.trust, &event.body),
        (200, Trust::Signed, &EventBody::ChargeHint)
    );
    assert_eq!(reference(&event.refs, "external-reference"), Some(ours));
    assert_eq!(reference(&event.refs, "payment-id"), Some("1234567890"));
    assert!(kit.sent().is_empty(), "with our reference nobody is asked");
    // Twice is the same event.
    assert_eq!(
        Card::handle_webhook(&ctx, &notification(&query, SIGNATURE, BODY)).expect("genuine"),
        told
    );
    // Without our reference the provider says which charge it is about; it is only asked.
    kit.answer(
        200,
        r#"{"id":1234567890,"status":"approved","external_reference":"abc"}"#,
    );
    let told = Card::handle_webhook(
        &ctx,
        &notification("data.id=1234567890&type=payment", SIGNATURE, BODY),
    )
    .expect("genuine");
    assert_eq!(
        reference(&told.events[0].refs, "external-reference"),
        Some("abc")
    );
    assert!(kit.sent().iter().all(|sent| !sent.mutating));
    let mandate = BODY.replace("\"payment\"", "\"subscription_preapproval\"");
    let told = Card::handle_webhook(
        &ctx,
        &notification("data.id=1234567890", SIGNATURE, &mandate),
    )
    .expect("genuine");
    assert_eq!(told.events[0].body, EventBody::MandateHint);
    let other = BODY.replace("\"payment\"", "\"something_new\"");
    let told = Card::handle_webhook(&ctx, &notification("data.id=1234567890", SIGNATURE, &other))
        .expect("genuine");
    assert!(matches!(told.events[0].body, EventBody::Ignored(_)));
    kit.answer(200, r#"{"payments":[77]}"#)
        .answer(200, r#"{"external_reference":"abc"}"#);
    let chargeback = BODY.replace("\"payment\"", "\"topic_chargebacks_wh\"");
    let told = Card::handle_webhook(
        &ctx,
        &notification("data.id=1234567890", SIGNATURE, &chargeback),
    )
    .expect("genuine");
    assert_eq!(reference(&told.events[0].refs, "payment-id"), Some("77"));
}

// R-PAY-07
#[test]
fn a_forged_notification_is_nothing() {
    let kit = Kit::new();
    kit.secret("webhook_secret", "s3cr3t");
    let ctx = context("hook", REDIRECT);
    let other_tag = SIGNATURE.replace("62b3", "62b4");
    for (query, signature, body) in [
        ("data.id=1234567891&type=payment", SIGNATURE, BODY),
        ("type=payment", SIGNATURE, BODY),
        ("data.id=1234567890", &other_tag, BODY),
        (
            "data.id=1234567890",
            "ts=1716651001,v1=62b36fe6af028ac6193bb1a5c64272e5a3e037aa0f443b9ce07230b0a8d16edc",
            BODY,
        ),
        ("data.id=1234567890", "v1=62b36fe6", BODY),
        ("data.id=1234567890", "ts=1716651000,v1=zz", BODY),
        ("data.id=1234567890", "", BODY),
        // The id that is signed is not the one of the body.
        (
            "data.id=1234567890",
            SIGNATURE,
            &BODY.replace("1234567890", "666"),
        ),
    ] {
        let error =
            Card::handle_webhook(&ctx, &notification(query, signature, body)).expect_err("forged");
        assert_eq!(error.kind, ErrorKind::BadSignature, "{query} {signature}");
    }
    let bare = inbound("data.id=1234567890", &[], BODY);
    assert_eq!(
        Card::handle_webhook(&ctx, &bare).expect_err("forged").kind,
        ErrorKind::BadSignature
    );
    let garbage = notification("data.id=1234567890", SIGNATURE, "{{{");
    assert_eq!(
        Card::handle_webhook(&ctx, &garbage)
            .expect_err("garbage")
            .kind,
        ErrorKind::Malformed
    );
    // Without the secret nothing is genuine.
    let _nobody = Kit::new();
    let genuine = notification("data.id=1234567890", SIGNATURE, BODY);
    assert_eq!(
        Card::handle_webhook(&ctx, &genuine)
            .expect_err("no secret")
            .kind,
        ErrorKind::BadSignature
    );
}
