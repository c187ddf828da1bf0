//! Banco do Brasil's API, played.
// R-PAY-02 R-PAY-03

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use alvara_plugin_boleto::{Boleto, slip::Slip};
use alvara_plugin_sdk::{
    ChargeRequest, ChargeStatus, DueOptions, ErrorKind, Json, NextAction, PaymentPlugin, Rate,
    TaxId, TaxIdKind,
    http::HttpError,
    kit::{Kit, charge, context, inbound, pairs, response},
    reference,
    time::Day,
};

pub(crate) const API: &[(&str, &str)] = &[
    ("mode", "bb-api"),
    ("bank", "001"),
    ("agreement", "3128557"),
    ("wallet", "17"),
    ("variation", "35"),
];

pub(crate) fn boleto(minor: i64, due: &str, sequence: u64) -> ChargeRequest {
    let mut ask = charge("boleto", minor, "BRL");
    ask.due = Some(DueOptions {
        due_date: due.to_owned(),
        days_valid_after_due: 30,
        fine: Some(Rate::BasisPoints(200)),
        monthly_interest_bp: Some(100),
        discount: None,
        instructions: vec!["Não receber após 30 dias".to_owned()],
        bank_sequence: Some(sequence),
    });
    ask
}

type Titles = Rc<RefCell<BTreeMap<String, Json>>>;

/// A bank that keeps titles. `lose` swallows the answer to so many registrations.
fn bank(kit: &Kit, lose: u32) -> Titles {
    let titles = Titles::default();
    let shared = Rc::clone(&titles);
    let lose = RefCell::new(lose);
    kit.provider(move |request| {
        let mut titles = shared.borrow_mut();
        let path = request.url.strip_prefix("https://api.sandbox.bb.com.br/cobrancas/v2/boletos").expect("our address");
        let path = path.split('?').next().unwrap_or(path).trim_start_matches('/').to_owned();
        let body = Json::parse(&request.body).unwrap_or_default();
        Ok(match (request.method.as_str(), path.split_once('/')) {
            ("POST", None) => {
                let number = body.at("numeroTituloCliente").string().expect("a number");
                if titles.contains_key(&number) {
                    return Ok(response(400, r#"{"erros":[{"codigo":"4874915","mensagem":"Nosso Número já incluído anteriormente."}]}"#));
                }
                let due: Vec<_> = body.at("dataVencimento").text().expect("a day").split('.').rev().collect();
                let slip = Slip {
                    bank: "001".to_owned(),
                    due: Day::parse(&due.join("-")),
                    cents: body.at("valorOriginal").minor(2).expect("an amount"),
                    free: format!("000000{}17", &number[3..]),
                };
                let barcode = slip.barcode().expect("a slip");
                let title = Json::object([
                    ("codigoEstadoTituloCobranca", 1_u32.into()),
                    ("textoCodigoBarrasTituloCobranca", barcode.as_str().into()),
                    ("codigoLinhaDigitavel", slip.line().expect("a slip").into()),
                ]);
                titles.insert(number.clone(), title);
                if *lose.borrow() > 0 {
                    *lose.borrow_mut() -= 1;
                    return Err(HttpError::TimeoutAfterSend);
                }
                let made = Json::object([
                    ("numero", number.into()),
                    ("codigoBarraNumerico", barcode.into()),
                    ("qrCode", Json::object([("txId", "BB1".into()), ("emv", "00020101".into())])),
                ]);
                response(201, made.bytes())
            }
            ("POST", Some((number, "baixar"))) => match titles.get_mut(number) {
                Some(title) if title.at("codigoEstadoTituloCobranca").whole() == Some(1) => {
                    title.set("codigoEstadoTituloCobranca", 7_u32);
                    response(200, "{}")
                }
                _ => response(400, r#"{"erros":[{"codigo":"1","mensagem":"Título não pode ser baixado"}]}"#),
            },
            ("GET", None) => titles.get(&path).map_or_else(
                || response(404, r#"{"erros":[{"codigo":"4678420.1","mensagem":"Nenhum boleto encontrado"}]}"#),
                |title| response(200, title.bytes()),
            ),
            _ => response(404, "<html>"),
        })
    });
    titles
}

const NUMBER: &str = "00031285570000000328";

// R-PAY-02
#[test]
fn a_title_is_registered_and_paid() {
    let kit = Kit::new();
    let titles = bank(&kit, 0);
    let ctx = context("key-1", API);
    let made = Boleto::create(&ctx, &boleto(19_990, "2026-12-10", 328)).expect("created");
    assert_eq!(made.status, ChargeStatus::RequiresAction);
    assert_eq!(reference(&made.refs, "nosso-numero"), Some(NUMBER));
    assert_eq!(reference(&made.refs, "txid"), Some("BB1"));
    let Some(NextAction::Voucher(voucher)) = &made.action else {
        panic!("no voucher")
    };
    assert_eq!(voucher.br_code.as_deref(), Some("00020101"));
    assert_eq!(voucher.due_date, "2026-12-10");
    let slip = Slip::read(&voucher.digitable_line, Day::of(ctx.now)).expect("a slip");
    assert_eq!(
        (slip.cents, slip.barcode().as_deref()),
        (19_990, Ok(voucher.barcode.as_str()))
    );

    let sent = String::from_utf8(kit.sent()[0].body.clone()).expect("text");
    assert!(sent.contains(r#""valorOriginal":199.90"#), "{sent}");
    assert!(
        sent.contains(r#""multa":{"data":"11.12.2026","porcentagem":2.00,"tipo":2}"#),
        "{sent}"
    );
    assert!(sent.contains(r#""numeroInscricao":12345678909"#) && sent.contains(r#""cep":1310100"#));
    assert!(sent.contains(r#""nome":"Conceicao Araujo""#));
    // The same title again is found, not doubled.
    let again = Boleto::create(&ctx, &boleto(19_990, "2026-12-10", 328)).expect("found");
    assert_eq!(reference(&again.refs, "nosso-numero"), Some(NUMBER));
    assert_eq!(titles.borrow().len(), 1);
    // Another charge under the number is not taken for it.
    let other =
        Boleto::create(&context("key-2", API), &boleto(5, "2026-12-10", 328)).expect_err("another");
    assert_eq!(other.kind, ErrorKind::IdempotencyMismatch);

    {
        let mut titles = titles.borrow_mut();
        let title = titles.get_mut(NUMBER).expect("a title");
        title.set("codigoEstadoTituloCobranca", 6_u32);
        title.set("valorPagoSacado", Json::amount(20_391, 2));
        title.set("dataRecebimentoTitulo", "12.12.2026");
    }
    let paid = Boleto::sync(&ctx, &made.refs).expect("state");
    assert_eq!(
        (paid.status, paid.captured.minor),
        (ChargeStatus::Paid, 20_391)
    );
    assert_eq!(
        paid.paid_at,
        alvara_plugin_sdk::time::from_rfc3339("2026-12-12T00:00:00-03:00")
    );
    // Too late to cancel: the answer is how it stands.
    assert_eq!(
        Boleto::cancel(&ctx, &made.refs).expect("state").status,
        ChargeStatus::Paid
    );
}

// R-PAY-03
#[test]
fn a_lost_answer_is_unknown_and_the_title_is_found() {
    let kit = Kit::new();
    let titles = bank(&kit, 1);
    let ctx = context("key-1", API);
    let ask = boleto(19_990, "2026-12-10", 328);
    assert_eq!(Boleto::find_by_key(&ctx, &ask).expect("answer"), None);
    assert_eq!(
        Boleto::create(&ctx, &ask).expect_err("lost").kind,
        ErrorKind::OutcomeUnknown
    );
    let found = Boleto::find_by_key(&ctx, &ask)
        .expect("answer")
        .expect("a title");
    assert!(matches!(found.action, Some(NextAction::Voucher(_))));
    let mut second = ctx.clone();
    second.attempt = 2;
    let before = kit.sent().len();
    assert_eq!(
        Boleto::create(&second, &ask).expect("found").status,
        ChargeStatus::RequiresAction
    );
    assert!(kit.sent()[before..].iter().all(|sent| !sent.mutating));
    assert_eq!(titles.borrow().len(), 1);
    assert_eq!(
        Boleto::cancel(&ctx, &found.refs).expect("state").status,
        ChargeStatus::Canceled
    );
    assert_eq!(
        Boleto::sync(&ctx, &found.refs).expect("state").status,
        ChargeStatus::Canceled
    );
    assert_eq!(
        Boleto::cancel(&ctx, &found.refs).expect("state").status,
        ChargeStatus::Canceled
    );
}

// R-PAY-02: each state of the bank, and ones that it does not have.
#[test]
fn states_are_those_of_the_table() {
    let kit = Kit::new();
    let ctx = context("key-1", API);
    let refs = [alvara_plugin_sdk::PspRef {
        kind: "nosso-numero".to_owned(),
        value: NUMBER.to_owned(),
    }];
    for (raw, wanted) in [
        (1, ChargeStatus::RequiresAction),
        (2, ChargeStatus::RequiresAction),
        (3, ChargeStatus::RequiresAction),
        (4, ChargeStatus::RequiresAction),
        (5, ChargeStatus::RequiresAction),
        (8, ChargeStatus::RequiresAction),
        (9, ChargeStatus::RequiresAction),
        (13, ChargeStatus::RequiresAction),
        (6, ChargeStatus::Paid),
        (7, ChargeStatus::Canceled),
        (80, ChargeStatus::Processing),
    ] {
        let paid = if raw == 6 {
            r#","valorPagoSacado":1.5"#
        } else {
            ""
        };
        kit.answer(
            200,
            format!(r#"{{"codigoEstadoTituloCobranca":{raw}{paid}}}"#),
        );
        assert_eq!(
            Boleto::sync(&ctx, &refs).expect("state").status,
            wanted,
            "{raw}"
        );
    }
    for raw in [
        "10",
        "0",
        "99",
        "-1",
        "1.0",
        "\"liquidado\"",
        "true",
        "null",
    ] {
        kit.answer(200, format!(r#"{{"codigoEstadoTituloCobranca":{raw}}}"#));
        assert_eq!(
            Boleto::sync(&ctx, &refs).expect_err("unknown").kind,
            ErrorKind::Malformed,
            "{raw}"
        );
    }
    for body in [
        r#"{"codigoEstadoTituloCobranca":6}"#,
        r#"{"codigoEstadoTituloCobranca":6,"valorPagoSacado":"1,5"}"#,
        "[]",
        "garbage",
    ] {
        kit.answer(200, body);
        assert_eq!(
            Boleto::sync(&ctx, &refs).expect_err("senseless").kind,
            ErrorKind::Malformed,
            "{body}"
        );
    }
    // Paid in the race with the writing off.
    kit.answer(
        200,
        r#"{"codigoEstadoTituloCobranca":7,"valorPagoSacado":199.9}"#,
    );
    let late = Boleto::sync(&ctx, &refs).expect("state");
    assert_eq!(
        (late.status, late.captured.minor),
        (ChargeStatus::Paid, 19_990)
    );
    kit.answer(404, "<html>");
    assert!(Boleto::find_by_key(&ctx, &boleto(1, "2026-12-10", 1)).is_err());
}

// R-PAY-03
#[test]
fn what_cannot_be_registered_is_not_sent() {
    let kit = Kit::new();
    let ctx = context("key-1", API);
    let good = boleto(19_990, "2026-12-10", 328);
    let mut letters = good.clone();
    letters.customer.as_mut().expect("one").tax_id = Some(TaxId {
        kind: TaxIdKind::Cnpj,
        value: "12ABC34501DE35".to_owned(),
    });
    let mut nobody = good.clone();
    nobody.customer = None;
    let mut homeless = good.clone();
    homeless.customer.as_mut().expect("one").address = None;
    let mut abroad = good.clone();
    let address = abroad.customer.as_mut().expect("one").address.as_mut();
    address.expect("one").country = "PT".to_owned();
    let mut short = good.clone();
    let address = short.customer.as_mut().expect("one").address.as_mut();
    address.expect("one").postal_code = "1050190".to_owned();
    for (wrong, field) in [
        (&abroad, "customer.address.country"),
        (&short, "customer.address.postal-code"),
    ] {
        let error = Boleto::create(&ctx, wrong).expect_err("refused");
        assert!(error.message.contains(field), "{}", error.message);
    }
    let mut unnumbered = good.clone();
    unnumbered.due.as_mut().expect("one").bank_sequence = None;
    let mut dollars = good.clone();
    dollars.amount.currency = "USD".to_owned();
    let mut undue = good.clone();
    undue.due = None;
    let huge = boleto(10_000_000_000, "2026-12-10", 328);
    let past = boleto(19_990, "2026-11-21", 328);
    let wrong_day = boleto(19_990, "2026-13-01", 328);
    let too_long = boleto(19_990, "2026-12-10", 10_000_000_000);
    for wrong in [
        letters, nobody, homeless, abroad, short, unnumbered, dollars, undue, huge, past,
        wrong_day, too_long,
    ] {
        let error = Boleto::create(&ctx, &wrong).expect_err("refused");
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{}", error.message);
    }
    assert!(kit.sent().is_empty());
    let webhook = Boleto::handle_webhook(&ctx, &inbound("", &[], "{}")).expect_err("none");
    assert_eq!(webhook.kind, ErrorKind::Unsupported);
}

// R-PAY-02
#[test]
fn settings_are_refused_by_name() {
    assert_eq!(Boleto::validate_config(&pairs(API)), Ok(()));
    for (key, value) in [
        ("mode", "magic"),
        ("bank", "077"),
        ("bank", "1"),
        ("wallet", ""),
        ("wallet", "1a"),
        ("agreement", "12345678"),
        ("agreement", "123456x"),
        ("host", "https://x"),
        ("company_tax_id", "1"),
        ("agency_digit", "12"),
    ] {
        let mut config: Vec<_> = API
            .iter()
            .copied()
            .filter(|(known, _)| *known != key)
            .collect();
        config.push((key, value));
        let refused = Boleto::validate_config(&pairs(&config)).expect_err("refused");
        assert!(!refused.is_empty(), "{key}={value}");
    }
    let elsewhere: Vec<_> = API
        .iter()
        .copied()
        .chain([("host", "127.0.0.1:4430")])
        .collect();
    let refused = Boleto::validate_config(&pairs(&elsewhere)).expect_err("no token address");
    assert_eq!(refused[0].property, "token_url");
    let kit = Kit::new();
    kit.answer(404, r#"{"erros":[]}"#);
    assert_eq!(Boleto::health_check(&context("k", API)), Ok(()));
    kit.answer(401, "");
    assert_eq!(
        Boleto::health_check(&context("k", API))
            .expect_err("no")
            .kind,
        ErrorKind::Unauthenticated
    );
}
