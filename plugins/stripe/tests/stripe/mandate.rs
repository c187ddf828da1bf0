//! Recurring charges by our calendar and by Stripe's.
// R-PAY-09

use alvara_plugin_sdk::{
    ChargeStatus, DueOptions, ErrorKind, Interval, Json, MandateRequest, MandateStatus,
    PaymentPlugin, RetryPolicy, Source,
    kit::{Kit, charge, context, customer},
    money::money,
    reference,
};
use alvara_plugin_stripe::Stripe;

use super::charge::{CONFIG, field, the};

const SUBSCRIPTION: &[(&str, &str)] = &[("recurring", "subscription")];

fn mandate(with_first: Option<()>) -> MandateRequest {
    MandateRequest {
        mandate_id: "man_1".to_owned(),
        method: "stripe".to_owned(),
        customer: customer(),
        contract: "lic_1".to_owned(),
        description: "Licença Pro".to_owned(),
        interval: Interval::Quarterly,
        starts_on: "2026-12-01".to_owned(),
        ends_on: None,
        amount: Some(money(4_990, "BRL")),
        retry: RetryPolicy::None,
        first_charge: with_first.map(|()| charge("stripe", 4_990, "BRL")),
        source: Source::None,
        return_url: Some("https://pay.example.com/return".to_owned()),
        metadata: Vec::new(),
    }
}

// R-PAY-09
#[test]
fn the_house_charges_what_the_customer_left() {
    let kit = Kit::new();
    let ctx = context("key-1", CONFIG);
    let open = r#"{"id":"cs_1","mode":"setup","status":"open","url":"https://checkout.stripe.com/c/cs_1"}"#;
    kit.answer(200, open);
    let asked = Stripe::setup_mandate(&ctx, &mandate(None)).expect("set up");
    assert_eq!(
        (asked.status, asked.action.is_some()),
        (MandateStatus::PendingApproval, true)
    );
    assert_eq!(field(&kit.sent()[0], "mode").as_deref(), Some("setup"));
    let done = r#"{"id":"cs_1","mode":"setup","status":"complete","customer":"cus_1","setup_intent":{"id":"seti_1","payment_method":"pm_1"}}"#;
    kit.answer(200, done)
        .answer(200, r#"{"id":"pm_1","customer":"cus_1"}"#);
    let active = Stripe::sync_mandate(&ctx, &asked.refs).expect("state");
    assert_eq!(
        (active.status, reference(&active.refs, "stored-method")),
        (MandateStatus::Active, Some("cus_1/pm_1"))
    );
    kit.answer(200, r#"{"id":"pi_1","status":"succeeded","amount":4990,"amount_received":4990,"currency":"brl","metadata":{}}"#);
    let paid = Stripe::charge_mandate(
        &context("cycle-1", CONFIG),
        &active.refs,
        &charge("stripe", 4_990, "BRL"),
    )
    .expect("charge");
    assert_eq!(paid.status, ChargeStatus::Paid);
    let sent = kit.sent().pop().expect("sent");
    assert_eq!(
        (
            field(&sent, "off_session").as_deref(),
            field(&sent, "customer").as_deref()
        ),
        (Some("true"), Some("cus_1"))
    );
    // Before the customer came back there is nothing to charge.
    kit.answer(200, open);
    let early = Stripe::charge_mandate(&ctx, &asked.refs, &charge("stripe", 4_990, "BRL"))
        .expect_err("nothing yet");
    assert_eq!(early.kind, ErrorKind::Conflict);
    kit.answer(200, done)
        .answer(200, r#"{"id":"pm_1","customer":"cus_1"}"#)
        .answer(200, "{}");
    assert_eq!(
        Stripe::cancel_mandate(&ctx, &active.refs, "")
            .expect("state")
            .status,
        MandateStatus::Canceled
    );
    assert!(
        kit.calls()
            .pop()
            .is_some_and(|call| call.ends_with("/v1/payment_methods/pm_1/detach"))
    );
    kit.answer(200, done)
        .answer(200, r#"{"id":"pm_1","customer":null}"#);
    assert_eq!(
        Stripe::sync_mandate(&ctx, &active.refs)
            .expect("state")
            .status,
        MandateStatus::Canceled
    );
}

// R-PAY-09
#[test]
fn the_first_charge_leaves_the_method() {
    let kit = Kit::new();
    let ctx = context("key-1", CONFIG);
    kit.answer(200, r#"{"id":"cs_1","mode":"payment","status":"open","payment_status":"unpaid","currency":"brl","url":"https://checkout.stripe.com/c/cs_1"}"#);
    let asked = Stripe::setup_mandate(&ctx, &mandate(Some(()))).expect("set up");
    assert_eq!(
        asked.first_charge.as_ref().map(|first| first.status),
        Some(ChargeStatus::RequiresAction)
    );
    assert_eq!(
        field(&kit.sent()[0], "payment_intent_data[setup_future_usage]").as_deref(),
        Some("off_session")
    );
    kit.answer(200, r#"{"id":"cs_1","mode":"payment","status":"complete","payment_status":"paid","currency":"brl","customer":"cus_1","payment_intent":{"id":"pi_1","status":"succeeded","currency":"brl","amount_received":4990,"payment_method":"pm_1","metadata":{}}}"#)
        .answer(200, r#"{"id":"pm_1","customer":"cus_1"}"#);
    let active = Stripe::sync_mandate(&ctx, &asked.refs).expect("state");
    assert_eq!(active.status, MandateStatus::Active);
    assert_eq!(
        active.first_charge.map(|first| first.captured.minor),
        Some(4_990)
    );
}

// R-PAY-09
#[test]
fn a_subscription_collects_by_stripes_calendar() {
    let kit = Kit::new();
    let ctx = context("key-1", SUBSCRIPTION);
    kit.answer(200, r#"{"id":"cs_1","mode":"subscription","status":"open","url":"https://checkout.stripe.com/c/cs_1"}"#);
    let asked = Stripe::setup_mandate(&ctx, &mandate(None)).expect("set up");
    let sent = &kit.sent()[0];
    for (name, value) in [
        ("mode", "subscription"),
        ("line_items[0][price_data][recurring][interval]", "month"),
        ("line_items[0][price_data][recurring][interval_count]", "3"),
        ("line_items[0][price_data][unit_amount]", "4990"),
        // Nothing is collected before the day that was agreed on, 2026-12-01.
        ("subscription_data[trial_end]", "1796083200"),
    ] {
        assert_eq!(field(sent, name).as_deref(), Some(value), "{name}");
    }
    // Where that is so near that Stripe takes no trial, it is collected at once.
    kit.answer(200, r#"{"id":"cs_2","mode":"subscription","status":"open","url":"https://checkout.stripe.com/c/cs_2"}"#);
    let soon = MandateRequest {
        starts_on: "2026-11-24".to_owned(),
        ..mandate(None)
    };
    Stripe::setup_mandate(&context("key-2", SUBSCRIPTION), &soon).expect("set up");
    let sent = kit.sent().pop().expect("sent");
    assert_eq!(field(&sent, "subscription_data[trial_end]"), None);
    let done = r#"{"id":"cs_1","mode":"subscription","status":"complete","subscription":{"id":"sub_1","status":"active"}}"#;
    kit.answer(200, done);
    let active = Stripe::sync_mandate(&ctx, &asked.refs).expect("state");
    assert_eq!(
        (active.status, reference(&active.refs, "subscription")),
        (MandateStatus::Active, Some("sub_1"))
    );
    let mut cycle = charge("stripe", 4_990, "BRL");
    cycle.due = Some(DueOptions {
        due_date: "2027-03-01".to_owned(),
        days_valid_after_due: 0,
        fine: None,
        monthly_interest_bp: None,
        discount: None,
        instructions: Vec::new(),
        bank_sequence: None,
    });
    kit.answer(200, r#"{"data":[]}"#);
    let waiting = Stripe::charge_mandate(&ctx, &active.refs, &cycle).expect("charge");
    assert_eq!(waiting.status, ChargeStatus::Processing);
    for (raw, wanted) in [
        ("draft", ChargeStatus::Processing),
        ("open", ChargeStatus::Processing),
        ("paid", ChargeStatus::Paid),
        ("uncollectible", ChargeStatus::Failed),
        ("void", ChargeStatus::Canceled),
    ] {
        kit.answer(200, format!(r#"{{"data":[{{"id":"in_1","status":"{raw}","currency":"brl","amount_paid":4990,"payments":{{"data":[{{"payment":{{"payment_intent":"pi_9"}}}}]}},"status_transitions":{{"paid_at":1803900000}}}}]}}"#));
        let state = Stripe::sync(&ctx, &waiting.refs).expect("state");
        assert_eq!(state.status, wanted, "{raw}");
        assert_eq!(reference(&state.refs, "payment-intent"), Some("pi_9"));
    }
    kit.answer(
        200,
        r#"{"data":[{"id":"in_1","status":"new","currency":"brl","amount_paid":0}]}"#,
    );
    assert_eq!(
        Stripe::sync(&ctx, &waiting.refs).expect_err("unknown").kind,
        ErrorKind::Malformed
    );
    kit.answer(200, done)
        .answer(200, r#"{"id":"sub_1","status":"canceled"}"#);
    assert_eq!(
        Stripe::cancel_mandate(&ctx, &active.refs, "")
            .expect("state")
            .status,
        MandateStatus::Canceled
    );
    assert!(
        kit.calls()
            .pop()
            .is_some_and(|call| call == "DELETE https://api.stripe.com/v1/subscriptions/sub_1")
    );
    let with_first = Stripe::setup_mandate(&ctx, &mandate(Some(()))).expect_err("its own");
    assert_eq!(with_first.kind, ErrorKind::InvalidRequest);
}

// R-PAY-09: each word of Stripe, and one that it does not have.
#[test]
fn statuses_are_those_of_the_table() {
    let table = Json::parse(include_bytes!("../../../fixtures/payment-states.json")).expect("json");
    let Json::Object(map) = table.at("maps.stripe_subscription").clone() else {
        panic!("no map")
    };
    assert_eq!(map.len(), 9);
    let kit = Kit::new();
    let sync = |raw: &str| {
        kit.answer(200, format!(r#"{{"id":"cs_1","mode":"subscription","status":"complete","subscription":{{"id":"sub_1","status":"{raw}"}}}}"#));
        Stripe::sync_mandate(
            &context("k", SUBSCRIPTION),
            &[the("checkout-session", "cs_1")],
        )
    };
    for (raw, wanted) in map.into_iter().filter(|(raw, _)| raw != "target") {
        let named = format!("{:?}", sync(&raw).expect("state").status)
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
    assert_eq!(
        sync("dormant").expect_err("unknown").psp_code.as_deref(),
        Some("dormant")
    );
}
