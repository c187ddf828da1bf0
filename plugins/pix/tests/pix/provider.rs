//! The plugin against a provider that is played: what it asks, and what it makes of the answers.
// R-PAY-02 R-PAY-03

use super::psp::{self, API, CHAVE, Psp, STATIC, TXID_OF_KEY_1, code, due};
use alvara_plugin_pix::{Pix, brcode::BrCode};
use alvara_plugin_sdk::{
    ChargeStatus, ErrorKind, Json, MandateStatus, PaymentPlugin, RefundRequest, RefundStatus,
    http::HttpError,
    kit::{Kit, charge, context, customer, pairs},
    money::money,
    reference,
};

// R-PAY-02
#[test]
fn a_charge_is_created_paid_and_given_back() {
    let (kit, psp) = Psp::start();
    let ctx = context("key-1", API);
    let made = Pix::create(&ctx, &charge("pix", 19_990, "BRL")).expect("created");
    assert_eq!(made.status, ChargeStatus::RequiresAction);
    assert_eq!(reference(&made.refs, "txid"), Some(TXID_OF_KEY_1));
    let code = BrCode::read(&code(made.action.as_ref())).expect("a code");
    assert!(
        code.url
            .is_some_and(|url| url.starts_with("psp.example.com.br/"))
    );

    let sent = &kit.sent()[0];
    assert_eq!(
        sent.url,
        format!("https://psp.example.com.br/v2/cob/{TXID_OF_KEY_1}")
    );
    assert!(sent.mutating);
    assert_eq!(sent.client_cert.as_deref(), Some("mtls"));
    let body = Json::parse(&sent.body).expect("json");
    assert_eq!(body.at("valor.original"), &Json::from("199.90"));
    assert_eq!(body.at("chave").text(), Some(CHAVE));
    assert_eq!(body.at("devedor.cpf").text(), Some("12345678909"));

    // The same attempt again is the same charge.
    let again = Pix::create(&ctx, &charge("pix", 19_990, "BRL")).expect("created");
    assert_eq!(again.refs, made.refs);
    assert_eq!(psp.charges(), 1);

    psp.pay(TXID_OF_KEY_1, "199.90");
    let paid = Pix::sync(&ctx, &made.refs).expect("state");
    assert_eq!(paid.status, ChargeStatus::Paid);
    assert_eq!((paid.captured.minor, paid.refunded.minor), (19_990, 0));
    assert!(paid.paid_at.is_some());

    let ask = |minor| RefundRequest {
        refund_id: "rfd_1".to_owned(),
        charge_id: "chg_01".to_owned(),
        refs: paid.refs.clone(),
        amount: money(minor, "BRL"),
        reason: "engano".to_owned(),
    };
    let back = context("refund-1", API);
    let refund = Pix::refund(&back, &ask(9_990)).expect("refund");
    assert_eq!(refund.status, RefundStatus::Pending);
    // The second try finds the first.
    let mut retried = back.clone();
    retried.attempt = 2;
    assert_eq!(
        Pix::refund(&retried, &ask(9_990)).expect("refund").refs,
        refund.refs
    );
    assert_eq!(
        Pix::refund(&retried, &ask(1))
            .expect_err("another amount")
            .kind,
        ErrorKind::IdempotencyMismatch
    );
    psp.settle_refunds("DEVOLVIDO");
    assert_eq!(
        Pix::sync_refund(&back, &refund.refs)
            .expect("refund")
            .status,
        RefundStatus::Succeeded
    );
    let partly = Pix::sync(&ctx, &made.refs).expect("state");
    assert_eq!(partly.status, ChargeStatus::PartiallyRefunded);
    assert_eq!(partly.refunded.minor, 9_990);
    Pix::refund(&context("refund-2", API), &ask(10_000)).expect("refund");
    psp.settle_refunds("DEVOLVIDO");
    assert_eq!(
        Pix::sync(&ctx, &made.refs).expect("state").status,
        ChargeStatus::Refunded
    );
}

// R-PAY-03
#[test]
fn a_lost_answer_is_unknown_and_the_charge_is_found() {
    let (kit, psp) = Psp::start();
    let ctx = context("key-1", API);
    let ask = charge("pix", 19_990, "BRL");
    assert_eq!(Pix::find_by_key(&ctx, &ask).expect("answer"), None);
    psp.lose_next_answer();
    let lost = Pix::create(&ctx, &ask).expect_err("no answer");
    assert_eq!(lost.kind, ErrorKind::OutcomeUnknown);
    let found = Pix::find_by_key(&ctx, &ask)
        .expect("answer")
        .expect("a charge");
    assert_eq!(reference(&found.refs, "txid"), Some(TXID_OF_KEY_1));
    // A second try looks before it writes.
    let mut second = ctx.clone();
    second.attempt = 2;
    let before = kit.sent().len();
    assert_eq!(
        Pix::create(&second, &ask).expect("created").refs,
        found.refs
    );
    assert!(kit.sent()[before..].iter().all(|sent| !sent.mutating));
    let other = Pix::create(&second, &charge("pix", 1, "BRL")).expect_err("another amount");
    assert_eq!(other.kind, ErrorKind::IdempotencyMismatch);
    // A proxy's page is no proof that there is nothing.
    kit.answer(404, "<html>not found</html>");
    assert_eq!(
        Pix::find_by_key(&ctx, &ask).expect_err("no proof").kind,
        ErrorKind::NotFound
    );
}

// R-PAY-02
#[test]
fn a_charge_with_a_due_date_bears_fine_and_interest() {
    let (kit, psp) = Psp::start();
    let ctx = context("key-1", API);
    let mut ask = charge("pix", 12_345, "BRL");
    ask.due = Some(due("2026-12-10"));
    let made = Pix::create(&ctx, &ask).expect("created");
    let body = Json::parse(&kit.sent()[0].body).expect("json");
    assert!(
        kit.sent()[0]
            .url
            .ends_with(&format!("/cobv/{TXID_OF_KEY_1}"))
    );
    assert_eq!(
        body.at("calendario.validadeAposVencimento").whole(),
        Some(10)
    );
    assert_eq!(
        body.at("valor.multa").to_string(),
        r#"{"modalidade":2,"valorPerc":"2.00"}"#
    );
    assert_eq!(
        body.at("valor.juros").to_string(),
        r#"{"modalidade":3,"valorPerc":"1.00"}"#
    );
    assert_eq!(body.at("devedor.cep").text(), Some("01310100"));
    // Until the tenth day after it, Brasília time.
    assert_eq!(
        made.expires_at,
        alvara_plugin_sdk::time::from_rfc3339("2026-12-21T00:00:00-03:00")
    );
    // Paid late, with the fine: more than was asked for, and the provider's to compute.
    psp.pay(TXID_OF_KEY_1, "125.92");
    let paid = Pix::sync(&ctx, &made.refs).expect("state");
    assert_eq!(
        (paid.status, paid.captured.minor),
        (ChargeStatus::Paid, 12_592)
    );
    ask.due = Some(due("2026-11-21"));
    assert_eq!(
        Pix::create(&context("key-2", API), &ask)
            .expect_err("past")
            .kind,
        ErrorKind::InvalidRequest
    );
}

// R-PAY-02
#[test]
fn it_expires_is_removed_and_may_be_paid_nevertheless() {
    let (_kit, psp) = Psp::start();
    let mut ctx = context("key-1", API);
    let made = Pix::create(&ctx, &charge("pix", 100, "BRL")).expect("created");
    ctx.now += 86_400_001;
    assert_eq!(
        Pix::sync(&ctx, &made.refs).expect("state").status,
        ChargeStatus::Expired
    );
    psp.pay(TXID_OF_KEY_1, "1.00");
    assert_eq!(
        Pix::sync(&ctx, &made.refs).expect("state").status,
        ChargeStatus::Paid
    );
    // Too late to cancel: the answer is how it stands.
    assert_eq!(
        Pix::cancel(&ctx, &made.refs).expect("state").status,
        ChargeStatus::Paid
    );

    let ctx = context("key-2", API);
    let made = Pix::create(&ctx, &charge("pix", 100, "BRL")).expect("created");
    assert_eq!(
        Pix::cancel(&ctx, &made.refs).expect("state").status,
        ChargeStatus::Canceled
    );
    // A removed charge is not revised into a new one.
    let again = Pix::create(&ctx, &charge("pix", 100, "BRL")).expect("state");
    assert_eq!(again.status, ChargeStatus::Canceled);
}

// R-PAY-03
#[test]
fn refusals_and_hostile_answers_are_told_apart() {
    let kit = Kit::new();
    let ctx = context("key-1", API);
    let ask = charge("pix", 19_990, "BRL");
    let problem = r#"{"type":"https://pix.bcb.gov.br/api/v2/error/CobOperacaoInvalida","title":"Cobrança inválida.","status":400,"detail":"não respeita o schema","violacoes":[{"razao":"não existe","propriedade":"cob.chave"}]}"#;
    kit.answer(400, problem)
        .answer(404, r#"{"type":"x/CobNaoEncontrado"}"#);
    let refused = Pix::create(&ctx, &ask).expect_err("refused");
    assert_eq!(refused.kind, ErrorKind::InvalidRequest);
    assert_eq!(refused.psp_code.as_deref(), Some("CobOperacaoInvalida"));
    assert_eq!(refused.violations[0].property, "cob.chave");
    let big = format!("{{\"status\":\"{}\"}}", "X".repeat(1_000_000));
    for (status, body, kind) in [
        (201, "<html>", ErrorKind::OutcomeUnknown),
        (201, "{}", ErrorKind::Malformed),
        (201, r#"{"status":"NOVA","txid":"x"}"#, ErrorKind::Malformed),
        (201, r#"{"status":"ATIVA"}"#, ErrorKind::Malformed),
        (
            201,
            r#"{"status":"CONCLUIDA","txid":"x","pix":[{"valor":"-5.00"}]}"#,
            ErrorKind::Malformed,
        ),
        (
            201,
            r#"{"status":"CONCLUIDA","txid":"x","pix":[{"valor":1e2}]}"#,
            ErrorKind::Malformed,
        ),
        (
            201,
            r#"{"status":"CONCLUIDA","txid":"x","pix":[{"valor":"5.00","devolucoes":{"status":"DEVOLVIDO","valor":"6.00"}}]}"#,
            ErrorKind::Malformed,
        ),
        (201, big.as_str(), ErrorKind::Malformed),
        (500, "", ErrorKind::OutcomeUnknown),
        (503, "{}", ErrorKind::OutcomeUnknown),
        (429, "", ErrorKind::RateLimited),
        (401, "", ErrorKind::Unauthenticated),
    ] {
        kit.answer(status, body);
        let error = Pix::create(&ctx, &ask).expect_err("refused");
        assert_eq!(
            error.kind,
            kind,
            "{status} {}",
            body.get(..60).unwrap_or(body)
        );
        assert!(error.message.len() < 1000);
    }
    kit.answer(201, r#"{"status":"NOVA","txid":"x"}"#);
    assert_eq!(
        Pix::create(&ctx, &ask)
            .expect_err("unknown")
            .psp_code
            .as_deref(),
        Some("NOVA")
    );
    kit.outcome(Err(HttpError::Connect));
    assert_eq!(
        Pix::create(&ctx, &ask).expect_err("down").kind,
        ErrorKind::Unavailable
    );
    let sent = kit.sent().len();
    for wrong in [
        charge("pix", 19_990, "USD"),
        charge("pix", 0, "BRL"),
        charge("pix", -5, "BRL"),
    ] {
        assert_eq!(
            Pix::create(&ctx, &wrong).expect_err("refused").kind,
            ErrorKind::InvalidRequest
        );
    }
    assert_eq!(kit.sent().len(), sent, "what is wrong is not sent");
}

// R-PAY-02: Bacen's own examples, with their defects.
#[test]
fn the_examples_of_the_api_are_understood() {
    let examples = include_bytes!("../../fixtures/pix-openapi-examples.json");
    let examples = Json::parse(examples).expect("json");
    let kit = Kit::new();
    let ctx = context("key-1", API);
    for (name, status, captured) in [
        ("cobResponse1", ChargeStatus::Expired, 0),
        ("cobResponse2", ChargeStatus::Paid, 11_000),
        ("cobResponse3", ChargeStatus::Expired, 0),
    ] {
        kit.answer(200, examples.at(name).bytes());
        let state = Pix::sync(&ctx, &[psp::reference("cob", "x")]).expect("state");
        assert_eq!(
            (state.status, state.captured.minor),
            (status, captured),
            "{name}"
        );
    }
    for (name, status) in [
        ("cobRResponse1", ChargeStatus::Processing),
        ("cobRResponse3", ChargeStatus::Processing),
        ("cobRResponse4", ChargeStatus::Canceled),
    ] {
        kit.answer(200, examples.at(name).bytes());
        assert_eq!(
            Pix::sync(&ctx, &[psp::reference("cobr", "x")])
                .expect("state")
                .status,
            status,
            "{name}"
        );
    }
    for (name, status) in [
        ("recResponse1", MandateStatus::PendingApproval),
        ("recResponse3", MandateStatus::Active),
        ("recResponse5", MandateStatus::Canceled),
        ("recResponse6", MandateStatus::PendingApproval),
    ] {
        kit.answer(200, examples.at(name).bytes());
        let state = Pix::sync_mandate(&ctx, &[psp::reference("idrec", "x")]).expect("state");
        assert_eq!(state.status, status, "{name}");
    }
}

// R-PAY-02
#[test]
fn static_codes_need_nobody() {
    let kit = Kit::new();
    let ctx = context("key-1", STATIC);
    let made = Pix::create(&ctx, &charge("pix", 19_990, "BRL")).expect("created");
    assert_eq!(made.status, ChargeStatus::RequiresAction);
    let read = BrCode::read(&code(made.action.as_ref())).expect("a code");
    assert_eq!(
        (read.amount, read.key.as_deref()),
        (Some(19_990), Some("+5511987654321"))
    );
    assert_eq!(read.txid.as_deref(), Some(&TXID_OF_KEY_1[..25]));
    assert_eq!(
        (read.name.as_str(), read.city.as_str()),
        ("Padaria Sao Joao", "Sao Paulo")
    );
    assert_eq!(
        Pix::find_by_key(&ctx, &charge("pix", 19_990, "BRL")).expect("answer"),
        Some(made.clone())
    );
    // Not even that it is open: nobody knows.
    assert_eq!(
        Pix::sync(&ctx, &made.refs).expect_err("nobody").kind,
        ErrorKind::Unsupported
    );
    assert_eq!(
        Pix::cancel(&ctx, &made.refs).expect("state").status,
        ChargeStatus::Canceled
    );
    assert!(Pix::health_check(&ctx).is_ok());
    assert!(kit.sent().is_empty());
}

// R-PAY-02
#[test]
fn settings_are_refused_by_name() {
    assert_eq!(Pix::validate_config(&pairs(API)), Ok(()));
    assert_eq!(Pix::validate_config(&pairs(STATIC)), Ok(()));
    for (key, value) in [
        ("chave", "nobody"),
        ("chave", "12345678900"),
        ("chave", ""),
        ("host", "https://psp.example"),
        ("host", "psp.example/evil"),
        ("host", ""),
        ("path", "v2"),
        ("path", "/v2/"),
        ("path", "/a?b"),
        ("token_url", "http://psp.example/token"),
        ("token_url", "https://psp.example/t?a=b"),
        ("token_style", "magic"),
        ("client_certificate", "maybe"),
        ("webhook_cert_sha256", "abc"),
        ("automatic_account_type", "OUTRA"),
        ("expiry_seconds", "5"),
        ("mode", "both"),
    ] {
        let mut config: Vec<_> = API
            .iter()
            .copied()
            .filter(|(known, _)| *known != key)
            .collect();
        config.push((key, value));
        let refused = Pix::validate_config(&pairs(&config)).expect_err("refused");
        assert_eq!(
            refused
                .iter()
                .map(|violation| violation.property.as_str())
                .collect::<Vec<_>>(),
            [key],
            "{key}={value}"
        );
    }
    let without = context("key-1", &[("chave", CHAVE)]);
    assert_eq!(
        Pix::create(&without, &charge("pix", 1, "BRL"))
            .expect_err("no host")
            .kind,
        ErrorKind::InvalidConfig
    );
    let said = Pix::describe();
    assert_eq!(said, Pix::describe());
    assert_eq!(
        (said.plugin_id.as_str(), said.version.as_str()),
        ("pix", "1.0.0")
    );
    let _ = customer();
}

// R-PAY-02: each word of the provider, and words that it does not have.
#[test]
fn statuses_are_those_of_the_table() {
    let table = Json::parse(include_bytes!("../../../fixtures/payment-states.json")).expect("json");
    let kit = Kit::new();
    let ctx = context("key-1", API);
    let words = |map: &str| match table.at(&format!("maps.{map}")) {
        Json::Object(map) => map
            .clone()
            .into_iter()
            .filter(|(raw, _)| raw != "target" && !raw.starts_with('('))
            .collect::<Vec<_>>(),
        other => panic!("no map: {other}"),
    };
    let named = |status: &dyn std::fmt::Debug| {
        format!("{status:?}")
            .rsplit("::")
            .next()
            .unwrap_or_default()
            .replace('-', "_")
            .to_lowercase()
    };
    let plain = |text: &Json| text.text().unwrap_or_default().replace('_', "");
    let mut seen = 0;
    for (map, kind) in [
        ("pix_cob", "cob"),
        ("pix_cob", "cobv"),
        ("pix_cobr", "cobr"),
    ] {
        for (raw, wanted) in words(map) {
            kit.answer(
                200,
                format!(r#"{{"status":"{raw}","txid":"x","valor":{{"original":"1.00"}}}}"#),
            );
            let state = Pix::sync(&ctx, &[psp::reference(kind, "x")]).expect("state");
            assert_eq!(
                named(&state.status).replace("chargestatus", ""),
                plain(&wanted),
                "{raw}"
            );
            seen += 1;
        }
    }
    for (raw, wanted) in words("pix_rec") {
        kit.answer(200, format!(r#"{{"status":"{raw}","idRec":"x"}}"#));
        let state = Pix::sync_mandate(&ctx, &[psp::reference("idrec", "x")]).expect("state");
        assert_eq!(
            named(&state.status).replace("mandatestatus", ""),
            plain(&wanted),
            "{raw}"
        );
        seen += 1;
    }
    for (raw, wanted) in words("pix_devolucao") {
        kit.answer(
            200,
            format!(r#"{{"status":"{raw}","valor":"1.00","id":"x"}}"#),
        );
        let refs = [
            psp::reference("e2eid", "x"),
            psp::reference("devolucao", "x"),
        ];
        let state = Pix::sync_refund(&ctx, &refs).expect("state");
        assert_eq!(
            named(&state.status).replace("refundstatus", ""),
            plain(&wanted),
            "{raw}"
        );
        seen += 1;
    }
    assert_eq!(seen, 4 + 4 + 6 + 5 + 3);
    for kind in ["cob", "cobv", "cobr"] {
        kit.answer(200, r#"{"status":"QUASE","txid":"x"}"#);
        let error = Pix::sync(&ctx, &[psp::reference(kind, "x")]).expect_err("no such word");
        assert_eq!(
            (error.kind, error.psp_code.as_deref()),
            (ErrorKind::Malformed, Some("QUASE"))
        );
    }
}
