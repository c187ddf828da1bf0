//! Pix Automático, played.
// R-PAY-09

use alvara_plugin_pix::{Pix, brcode::BrCode};
use alvara_plugin_sdk::{
    ChargeStatus, ErrorKind, Json, MandateStatus, PaymentPlugin, RetryPolicy,
    kit::{charge, context},
    reference,
};

use super::psp::{self, API, Psp, code, due};

// R-PAY-09
#[test]
fn a_mandate_is_consented_to_by_the_first_payment_and_collected_by() {
    let (kit, psp) = Psp::start();
    let ctx = context("mandate-1", API);
    let mut ask = psp::mandate(3_500);
    let set_up = Pix::setup_mandate(&ctx, &ask).expect("set up");
    assert_eq!(set_up.status, MandateStatus::PendingApproval);
    let composite = BrCode::read(&code(set_up.action.as_ref())).expect("a code");
    assert!(composite.url.is_some() && composite.recurrence_url.is_some());
    assert_eq!(
        kit.calls()
            .iter()
            .map(|call| call
                .split('?')
                .next()
                .unwrap_or(call)
                .replace("https://psp.example.com.br/v2", ""))
            .map(|call| call.split('/').take(2).collect::<Vec<_>>().join("/"))
            .collect::<Vec<_>>(),
        ["PUT /cob", "POST /locrec", "POST /rec", "GET /rec"]
    );
    // The second try makes neither charge nor mandate anew.
    let mut second = ctx.clone();
    second.attempt = 2;
    assert_eq!(
        Pix::setup_mandate(&second, &ask).expect("set up").refs,
        set_up.refs
    );
    assert_eq!((psp.charges(), psp.mandates()), (1, 1));

    let txid = reference(&set_up.refs, "cob").expect("a charge").to_owned();
    psp.pay(&txid, "35.00");
    psp.approve();
    let active = Pix::sync_mandate(&ctx, &set_up.refs).expect("state");
    assert_eq!(active.status, MandateStatus::Active);
    assert_eq!(
        active.first_charge.map(|first| first.status),
        Some(ChargeStatus::Paid)
    );

    let mut cycle = charge("pix", 3_500, "BRL");
    cycle.due = Some(due("2026-12-22"));
    let each = context("cycle-1", API);
    let collected = Pix::charge_mandate(&each, &set_up.refs, &cycle).expect("charge");
    assert_eq!(collected.status, ChargeStatus::Processing);
    assert_eq!(
        Pix::find_by_key(&each, &cycle)
            .expect("answer")
            .expect("a charge")
            .refs,
        collected.refs
    );
    let body = Json::parse(
        &kit.sent()
            .iter()
            .rfind(|sent| sent.url.contains("/cobr/") && sent.mutating)
            .expect("sent")
            .body,
    )
    .expect("json");
    assert_eq!(body.at("recebedor.tipoConta").text(), Some("CORRENTE"));
    assert_eq!(
        Pix::cancel(&each, &collected.refs).expect("state").status,
        ChargeStatus::Canceled
    );
    assert_eq!(
        Pix::cancel_mandate(&ctx, &set_up.refs, "fim")
            .expect("state")
            .status,
        MandateStatus::Canceled
    );
    assert_eq!(
        Pix::cancel_mandate(&ctx, &set_up.refs, "fim")
            .expect("state")
            .status,
        MandateStatus::Canceled
    );
    assert_eq!(Pix::lead_time_days(), (10, 2));
    ask.retry = RetryPolicy::ThreeInSevenDays;
    ask.customer.tax_id = None;
    assert_eq!(
        Pix::setup_mandate(&context("mandate-2", API), &ask)
            .expect_err("no CPF")
            .kind,
        ErrorKind::InvalidRequest
    );
    // Without an account to collect to, the consent is not asked for.
    let without: Vec<(&str, &str)> = API
        .iter()
        .copied()
        .filter(|(key, _)| *key != "automatic_account")
        .collect();
    let calls = kit.calls().len();
    assert_eq!(
        Pix::setup_mandate(&context("mandate-3", &without), &psp::mandate(3_500))
            .expect_err("no account")
            .kind,
        ErrorKind::InvalidConfig
    );
    assert_eq!(kit.calls().len(), calls);
}

// R-PAY-03: the process died between the mandate and its note.
#[test]
fn a_mandate_whose_answer_was_lost_is_found_by_its_contract() {
    let (_kit, psp) = Psp::start();
    let ctx = context("mandate-1", API);
    let ask = psp::mandate(3_500);
    psp.lose_answer_of("POST", "/rec");
    assert_eq!(
        Pix::setup_mandate(&ctx, &ask).expect_err("lost").kind,
        ErrorKind::OutcomeUnknown
    );
    let mut second = ctx;
    second.attempt = 2;
    assert_eq!(
        Pix::setup_mandate(&second, &ask).expect("set up").status,
        MandateStatus::PendingApproval
    );
    assert_eq!(psp.mandates(), 1);
}
