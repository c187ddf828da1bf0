//! What the provider tells, and where it is told to.
// R-PAY-07

use alvara_plugin_pix::Pix;
use alvara_plugin_sdk::{
    ErrorKind, EventBody, PaymentPlugin, Trust,
    kit::{Kit, context, inbound, response},
    reference,
};

use super::psp::{API, CHAVE, STATIC, TXID_OF_KEY_1};

// R-PAY-07
#[test]
fn a_webhook_is_a_hint_and_a_forged_one_nothing() {
    let kit = Kit::new();
    kit.secret("webhook_token", "w0rd");
    let ctx = context("hook", API);
    let body = format!(
        r#"{{"pix":[{{"endToEndId":"E1","txid":"{TXID_OF_KEY_1}","valor":"199.90","horario":"2026-11-22T10:00:00Z","chave":"{CHAVE}","devolucoes":[{{"id":"d1","rtrId":"D1","valor":"1.00","status":"DEVOLVIDO"}}]}}]}}"#
    );
    let told = Pix::handle_webhook(&ctx, &inbound("token=w0rd", &[], &body)).expect("genuine");
    assert_eq!(told.reply.status, 200);
    assert_eq!(told.events.len(), 2);
    assert_eq!(told.events[0].body, EventBody::ChargeHint);
    assert_eq!(told.events[0].trust, Trust::SharedToken);
    assert_eq!(reference(&told.events[0].refs, "txid"), Some(TXID_OF_KEY_1));
    assert_eq!(told.events[1].body, EventBody::RefundHint);
    assert_eq!(reference(&told.events[1].refs, "devolucao"), Some("d1"));
    // Twice is the same event; with another devolução it is another.
    let twice = Pix::handle_webhook(&ctx, &inbound("token=w0rd", &[], &body)).expect("genuine");
    assert_eq!(twice.events, told.events);
    let later = Pix::handle_webhook(&ctx, &inbound("token=w0rd", &[], body.replace("d1", "d2")))
        .expect("genuine");
    assert_ne!(later.events[0].event_id, told.events[0].event_id);
    // Some providers put their last part behind the whole address.
    let behind = Pix::handle_webhook(&ctx, &inbound("token=w0rd/pix", &[], &body));
    assert_eq!(behind.expect("genuine").events, told.events);
    for query in [
        "",
        "token=",
        "token=/pix",
        "token=other",
        "token=w0rd/other",
        "other=w0rd",
    ] {
        let forged = Pix::handle_webhook(&ctx, &inbound(query, &[], &body)).expect_err("forged");
        assert_eq!(forged.kind, ErrorKind::BadSignature, "{query}");
    }
    let mut by_certificate = inbound("", &[], &body);
    by_certificate.client_cert_sha256 = Some("AB".repeat(32));
    assert_eq!(
        Pix::handle_webhook(&ctx, &by_certificate)
            .expect("genuine")
            .events[0]
            .trust,
        Trust::Mtls
    );
    by_certificate.client_cert_sha256 = Some("cd".repeat(32));
    assert!(Pix::handle_webhook(&ctx, &by_certificate).is_err());
    let foreign = body.replace(CHAVE, "somebody@else.example");
    let foreign = Pix::handle_webhook(&ctx, &inbound("token=w0rd", &[], foreign)).expect("genuine");
    assert!(matches!(foreign.events[0].body, EventBody::Ignored(_)));
    let recurring = r#"{"recs":[{"idRec":"RR1","status":"APROVADA"}],"cobsr":[{"idRec":"RR1","txid":"t2","status":"ATIVA"}]}"#;
    let recurring =
        Pix::handle_webhook(&ctx, &inbound("token=w0rd", &[], recurring)).expect("genuine");
    assert_eq!(recurring.events[0].body, EventBody::MandateHint);
    assert_eq!(recurring.events[1].body, EventBody::ChargeHint);
    for hostile in [
        "",
        "[",
        "\u{0}",
        &format!("{{\"pix\":[{}]}}", vec!["{\"txid\":\"x\"}"; 501].join(",")),
    ] {
        let error =
            Pix::handle_webhook(&ctx, &inbound("token=w0rd", &[], hostile)).expect_err("hostile");
        assert_eq!(error.kind, ErrorKind::Malformed);
    }
    assert!(kit.sent().is_empty(), "a webhook asks nobody anything");
}

// R-PAY-07
#[test]
fn the_provider_is_told_where_to_call() {
    let kit = Kit::new();
    kit.provider(|_| Ok(response(200, "")));
    let ctx = context("hook", API);
    let told =
        Pix::register_webhook(&ctx, "https://pay.example.com/hooks/pac_1").expect("registered");
    assert_eq!(told.len(), 3);
    assert_eq!(
        kit.calls()[0],
        "PUT https://psp.example.com.br/v2/webhook/7d9f0335-8dcc-4054-9bf9-0dbd61d36906"
    );
    assert_eq!(
        Pix::register_webhook(&context("k", STATIC), "x")
            .expect_err("no provider")
            .kind,
        ErrorKind::Unsupported
    );
}
