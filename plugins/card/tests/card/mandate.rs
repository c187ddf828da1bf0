//! Subscriptions.
// R-PAY-09

use alvara_plugin_card::Card;
use alvara_plugin_sdk::{
    ChargeStatus, DueOptions, ErrorKind, Interval, Json, MandateRequest, MandateStatus, NextAction,
    PaymentPlugin, PspRef, RetryPolicy, Source,
    kit::{Kit, charge, context, customer},
    money::money,
    reference,
};

use super::charge::REDIRECT;

fn subscription() -> MandateRequest {
    MandateRequest {
        mandate_id: "man_1".to_owned(),
        method: "card".to_owned(),
        customer: customer(),
        contract: "lic_1".to_owned(),
        description: "Licença Pro".to_owned(),
        interval: Interval::Quarterly,
        starts_on: "2026-12-01".to_owned(),
        ends_on: Some("2027-12-01".to_owned()),
        amount: Some(money(4_990, "BRL")),
        retry: RetryPolicy::None,
        first_charge: None,
        source: Source::None,
        return_url: Some("https://pay.example.com/return".to_owned()),
        metadata: Vec::new(),
    }
}

// R-PAY-09
#[test]
fn a_subscription_is_agreed_to_by_redirect_and_collected_by_the_provider() {
    let kit = Kit::new();
    let ctx = context("key-1", REDIRECT);
    kit.answer(201, r#"{"id":"2c93","status":"pending","external_reference":"be2974546978e3739e6d6da85c4be9f3","init_point":"https://www.mercadopago.com.br/subscriptions/checkout?preapproval_id=2c93"}"#);
    let asked = Card::setup_mandate(&ctx, &subscription()).expect("set up");
    assert_eq!(asked.status, MandateStatus::PendingApproval);
    assert!(matches!(asked.action, Some(NextAction::Redirect(_))));
    let body = Json::parse(&kit.sent()[0].body).expect("json");
    assert_eq!(
        body.at("auto_recurring").to_string(),
        r#"{"currency_id":"BRL","end_date":"2027-12-02T00:00:00.000Z","frequency":3,"frequency_type":"months","start_date":"2026-12-01T00:00:00.000Z","transaction_amount":49.90}"#
    );
    // The second try finds the first.
    let mut second = ctx.clone();
    second.attempt = 2;
    kit.answer(200, r#"{"results":[{"id":"other","status":"pending","external_reference":"x"},{"id":"2c93","status":"authorized","external_reference":"be2974546978e3739e6d6da85c4be9f3"}]}"#);
    let found = Card::setup_mandate(&second, &subscription()).expect("found");
    assert_eq!(
        (found.status, reference(&found.refs, "preapproval-id")),
        (MandateStatus::Active, Some("2c93"))
    );

    let mut cycle = charge("card", 4_990, "BRL");
    cycle.due = Some(DueOptions {
        due_date: "2027-03-01".to_owned(),
        days_valid_after_due: 0,
        fine: None,
        monthly_interest_bp: None,
        discount: None,
        instructions: Vec::new(),
        bank_sequence: None,
    });
    kit.answer(
        200,
        r#"{"results":[{"debit_date":"2026-12-01T04:00:00Z","payment":{"id":1}}]}"#,
    );
    let waiting = Card::charge_mandate(&ctx, &found.refs, &cycle).expect("charge");
    assert_eq!(waiting.status, ChargeStatus::Processing);
    kit.answer(200, r#"{"results":[{"debit_date":"2026-12-01T04:00:00Z","payment":{"id":1}},{"debit_date":"2027-03-01T04:00:00Z","payment":{"id":2}}]}"#)
        .answer(200, r#"{"id":2,"status":"approved","status_detail":"accredited","currency_id":"BRL","transaction_amount":49.9,"external_reference":"the subscription's"}"#);
    let paid = Card::sync(&ctx, &waiting.refs).expect("state");
    assert_eq!(
        (paid.status, paid.captured.minor),
        (ChargeStatus::Paid, 4_990)
    );
    assert_eq!(reference(&paid.refs, "external-reference"), None);
    assert_eq!(reference(&paid.refs, "collection"), Some("2c93/2027-03-01"));
    assert!(kit.sent()[2..].iter().all(|sent| !sent.mutating));

    kit.answer(200, r#"{"id":"2c93","status":"cancelled"}"#);
    assert_eq!(
        Card::cancel_mandate(&ctx, &found.refs, "")
            .expect("state")
            .status,
        MandateStatus::Canceled
    );
}

// R-PAY-09
#[test]
fn what_the_provider_cannot_collect_is_refused_before_it_is_asked() {
    let kit = Kit::new();
    let ctx = context("key-1", REDIRECT);
    for wrong in [
        MandateRequest {
            amount: None,
            ..subscription()
        },
        MandateRequest {
            amount: Some(money(1, "EUR")),
            ..subscription()
        },
        MandateRequest {
            first_charge: Some(charge("card", 1, "BRL")),
            ..subscription()
        },
        MandateRequest {
            starts_on: "soon".to_owned(),
            ..subscription()
        },
        MandateRequest {
            source: Source::StoredMethod("x".to_owned()),
            ..subscription()
        },
        MandateRequest {
            customer: alvara_plugin_sdk::Customer {
                email: None,
                ..customer()
            },
            ..subscription()
        },
    ] {
        assert_eq!(
            Card::setup_mandate(&ctx, &wrong).expect_err("refused").kind,
            ErrorKind::InvalidRequest
        );
    }
    assert!(kit.sent().is_empty());
}

// R-PAY-09: each word of the provider, and ones that it does not have.
#[test]
fn statuses_are_those_of_the_table() {
    let table = Json::parse(include_bytes!("../../../fixtures/payment-states.json")).expect("json");
    let Json::Object(map) = table.at("maps.mercadopago_preapproval").clone() else {
        panic!("no map")
    };
    let kit = Kit::new();
    let refs = [PspRef {
        kind: "preapproval-id".to_owned(),
        value: "1".to_owned(),
    }];
    assert_eq!(map.len(), 5);
    for (raw, wanted) in map.into_iter().filter(|(raw, _)| raw != "target") {
        kit.answer(200, format!(r#"{{"id":"1","status":"{raw}"}}"#));
        let state = Card::sync_mandate(&context("k", REDIRECT), &refs).expect("state");
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
    }
    kit.answer(200, r#"{"id":"1","status":"finished"}"#);
    let error = Card::sync_mandate(&context("k", REDIRECT), &refs).expect_err("unknown");
    assert_eq!(
        (error.kind, error.psp_code.as_deref()),
        (ErrorKind::Malformed, Some("finished"))
    );
}
