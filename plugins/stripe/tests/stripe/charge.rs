//! Checkouts, payment intents, refunds, captures.
// R-PAY-02 R-PAY-03

use alvara_plugin_sdk::{
    CaptureMode, ChargeRequest, ChargeStatus, ErrorKind, Json, NextAction, PaymentPlugin, PspRef,
    RefundRequest, RefundStatus, RetryAdvice, Source,
    encode::parse_form,
    http::{HttpError, Request},
    kit::{Kit, charge, context, pairs},
    money::money,
    reference,
};
use alvara_plugin_stripe::Stripe;

pub(crate) const CONFIG: &[(&str, &str)] = &[("methods", "card boleto")];
pub(crate) const OURS: &str = "be2974546978e3739e6d6da85c4be9f3";

pub(crate) fn the(kind: &str, value: &str) -> PspRef {
    PspRef {
        kind: kind.to_owned(),
        value: value.to_owned(),
    }
}

/// A field of a form that was sent.
pub(crate) fn field(request: &Request, name: &str) -> Option<String> {
    let text = String::from_utf8(request.body.clone()).expect("a form");
    parse_form(&text)
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

fn header(request: &Request, name: &str) -> Option<String> {
    request
        .headers
        .iter()
        .find(|header| header.name == name)
        .map(|header| header.value.clone())
}

const OPEN: &str = r#"{"id":"cs_1","object":"checkout.session","mode":"payment","status":"open","payment_status":"unpaid","url":"https://checkout.stripe.com/c/pay/cs_1","amount_total":19990,"currency":"brl","client_reference_id":"be2974546978e3739e6d6da85c4be9f3","metadata":{"reference":"be2974546978e3739e6d6da85c4be9f3"},"expires_at":1795478400,"payment_intent":null}"#;

fn intent(status: &str, rest: &str) -> String {
    format!(
        r#"{{"id":"pi_1","status":"{status}","amount":19990,"currency":"brl","metadata":{{"reference":"{OURS}"}}{rest}}}"#
    )
}

fn complete(payment_status: &str, intent: &str) -> String {
    format!(
        r#"{{"id":"cs_1","mode":"payment","status":"complete","payment_status":"{payment_status}","amount_total":19990,"currency":"brl","client_reference_id":"{OURS}","payment_intent":{intent}}}"#
    )
}

// R-PAY-02
#[test]
fn a_checkout_is_begun_paid_and_given_back() {
    let kit = Kit::new();
    let ctx = context("key-1", CONFIG);
    kit.answer(200, OPEN);
    let ask = ChargeRequest {
        save_for_later: true,
        ..charge("stripe", 19_990, "BRL")
    };
    let made = Stripe::create(&ctx, &ask).expect("created");
    assert_eq!(made.status, ChargeStatus::RequiresAction);
    assert!(
        matches!(&made.action, Some(NextAction::Redirect(to)) if to.url.starts_with("https://checkout.stripe.com/"))
    );
    let sent = &kit.sent()[0];
    assert_eq!(
        (sent.method.as_str(), sent.url.as_str()),
        ("POST", "https://api.stripe.com/v1/checkout/sessions")
    );
    assert_eq!(header(sent, "idempotency-key").as_deref(), Some(OURS));
    assert!(header(sent, "stripe-version").is_some());
    for (name, value) in [
        ("mode", "payment"),
        ("client_reference_id", OURS),
        ("payment_intent_data[metadata][reference]", OURS),
        ("line_items[0][price_data][unit_amount]", "19990"),
        ("line_items[0][price_data][currency]", "brl"),
        (
            "line_items[0][price_data][product_data][name]",
            "Licença Pro, 12 meses",
        ),
        ("payment_method_types[1]", "boleto"),
        ("success_url", "https://pay.example.com/return"),
        ("payment_intent_data[setup_future_usage]", "off_session"),
        ("customer_email", "conceicao@example.com.br"),
    ] {
        assert_eq!(field(sent, name).as_deref(), Some(value), "{name}");
    }
    let paid = complete(
        "paid",
        &intent(
            "succeeded",
            r#","amount_received":19990,"customer":"cus_1","payment_method":"pm_1","setup_future_usage":"off_session","latest_charge":{"id":"ch_1","created":1795478000,"amount_refunded":0}"#,
        ),
    );
    kit.answer(200, &paid);
    let paid = Stripe::complete(&ctx, &made.refs, &pairs(&[("status", "failed")])).expect("state");
    assert_eq!(
        (
            paid.status,
            paid.captured.minor,
            paid.captured.currency.as_str()
        ),
        (ChargeStatus::Paid, 19_990, "BRL")
    );
    assert_eq!(paid.stored_method.as_deref(), Some("cus_1/pm_1"));
    assert_eq!(paid.paid_at, Some(1_795_478_000_000));
    for (kind, value) in [
        ("checkout-session", "cs_1"),
        ("payment-intent", "pi_1"),
        ("reference", OURS),
        ("charge", "ch_1"),
    ] {
        assert_eq!(reference(&paid.refs, kind), Some(value));
        assert_eq!(
            paid.refs.iter().filter(|known| known.kind == kind).count(),
            1
        );
    }
    kit.answer(200, r#"{"id":"re_1","status":"pending","amount":5000,"currency":"brl","payment_intent":"pi_1"}"#);
    let ask = RefundRequest {
        refund_id: "rfd_1".to_owned(),
        charge_id: "chg_01".to_owned(),
        refs: paid.refs,
        amount: money(5_000, "BRL"),
        reason: String::new(),
    };
    let refund = Stripe::refund(&ctx, &ask).expect("refund");
    assert_eq!(
        (refund.status, refund.amount.minor),
        (RefundStatus::Pending, 5_000)
    );
    let sent = kit.sent().pop().expect("sent");
    assert_eq!(
        (
            field(&sent, "payment_intent").as_deref(),
            field(&sent, "amount").as_deref()
        ),
        (Some("pi_1"), Some("5000"))
    );
    let partly = complete(
        "paid",
        &intent(
            "succeeded",
            r#","amount_received":19990,"latest_charge":{"id":"ch_1","amount_refunded":5000}"#,
        ),
    );
    kit.answer(200, &partly);
    assert_eq!(
        Stripe::sync(&ctx, &made.refs).expect("state").status,
        ChargeStatus::PartiallyRefunded
    );
    kit.answer(
        200,
        partly.replace("\"amount_refunded\":5000", "\"amount_refunded\":19990"),
    );
    assert_eq!(
        Stripe::sync(&ctx, &made.refs).expect("state").status,
        ChargeStatus::Refunded
    );
}

// R-PAY-02: a boleto of Stripe is bought first and paid days later, or not.
#[test]
fn a_delayed_method_is_paid_or_fails_after_the_checkout() {
    let kit = Kit::new();
    let ctx = context("key-1", CONFIG);
    let refs = [the("checkout-session", "cs_1")];
    let waiting = intent(
        "requires_action",
        r#","next_action":{"type":"boleto_display_details","boleto_display_details":{"number":"00190500954014481606906809350314337370000000100","expires_at":1795564800,"hosted_voucher_url":"https://payments.stripe.com/boleto"}}"#,
    );
    kit.answer(200, complete("unpaid", &waiting));
    let state = Stripe::sync(&ctx, &refs).expect("state");
    assert_eq!(state.status, ChargeStatus::Processing);
    let Some(NextAction::Voucher(voucher)) = state.action else {
        panic!("no voucher")
    };
    assert_eq!(
        voucher.barcode,
        "00193373700000001000500940144816060680935031"
    );
    let dead = intent(
        "requires_payment_method",
        r#","last_payment_error":{"type":"card_error","code":"payment_intent_payment_attempt_expired"}"#,
    );
    kit.answer(200, complete("unpaid", &dead));
    assert_eq!(
        Stripe::sync(&ctx, &refs).expect("state").status,
        ChargeStatus::Failed
    );
    kit.answer(200, complete("unpaid", "null"));
    assert_eq!(
        Stripe::sync(&ctx, &refs).expect("state").status,
        ChargeStatus::Processing
    );
}

fn off_session(minor: i64) -> ChargeRequest {
    ChargeRequest {
        source: Source::StoredMethod("cus_1/pm_1".to_owned()),
        ..charge("stripe", minor, "BRL")
    }
}

// R-PAY-09
#[test]
fn a_stored_method_is_charged_without_the_customer() {
    let kit = Kit::new();
    let ctx = context("key-1", CONFIG);
    kit.answer(200, intent("succeeded", r#","amount_received":19990"#));
    assert_eq!(
        Stripe::create(&ctx, &off_session(19_990))
            .expect("created")
            .status,
        ChargeStatus::Paid
    );
    let sent = &kit.sent()[0];
    for (name, value) in [
        ("confirm", "true"),
        ("off_session", "true"),
        ("customer", "cus_1"),
        ("payment_method", "pm_1"),
        ("amount", "19990"),
    ] {
        assert_eq!(field(sent, name).as_deref(), Some(value), "{name}");
    }
    // A refused card is an answer, with its reason.
    let refused = intent("requires_payment_method", r#","last_payment_error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds."}"#)
        .replace("\"reference\":", "\"session\":\"off\",\"reference\":");
    kit.answer(402, format!(r#"{{"error":{{"type":"card_error","code":"card_declined","payment_intent":{refused}}}}}"#));
    let failed =
        Stripe::create(&context("key-2", CONFIG), &off_session(19_990)).expect("an answer");
    assert_eq!(failed.status, ChargeStatus::Failed);
    let decline = failed.decline.expect("a reason");
    assert_eq!(
        (decline.code.as_str(), decline.advice),
        ("insufficient_funds", RetryAdvice::RetryLater)
    );
    for stored in ["pm_1", "cus_1/", "card/pm_1", ""] {
        let wrong = ChargeRequest {
            source: Source::StoredMethod(stored.to_owned()),
            ..charge("stripe", 1, "BRL")
        };
        assert_eq!(
            Stripe::create(&ctx, &wrong).expect_err("refused").kind,
            ErrorKind::InvalidRequest
        );
    }
    // A token of the browser may need the customer once more.
    kit.answer(
        200,
        intent(
            "requires_action",
            r#","client_secret":"pi_1_secret_x","next_action":{"type":"use_stripe_sdk"}"#,
        ),
    );
    let token = ChargeRequest {
        source: Source::SingleUseToken("ctoken_1".to_owned()),
        ..charge("stripe", 19_990, "BRL")
    };
    let challenge = Stripe::create(&ctx, &token).expect("created");
    assert!(
        matches!(challenge.action, Some(NextAction::HostedFields(fields)) if fields.client_token == "pi_1_secret_x")
    );
    assert_eq!(
        field(kit.sent().last().expect("sent"), "confirmation_token").as_deref(),
        Some("ctoken_1")
    );
}

// R-PAY-03
#[test]
fn a_lost_answer_is_unknown_and_the_charge_is_found() {
    let kit = Kit::new();
    let ctx = context("key-1", CONFIG);
    kit.outcome(Err(HttpError::TimeoutAfterSend));
    let ask = charge("stripe", 19_990, "BRL");
    assert_eq!(
        Stripe::create(&ctx, &ask).expect_err("lost").kind,
        ErrorKind::OutcomeUnknown
    );
    kit.answer(
        200,
        format!(r#"{{"data":[{{"id":"cs_0","metadata":{{}}}}],"has_more":true,"x":{OPEN}}}"#),
    )
    .answer(200, format!(r#"{{"data":[{OPEN}],"has_more":false}}"#));
    let found = Stripe::find_by_key(&ctx, &ask)
        .expect("answer")
        .expect("a charge");
    assert_eq!(found.status, ChargeStatus::RequiresAction);
    assert!(kit.calls()[2].contains("starting_after=cs_0"));
    kit.answer(200, r#"{"data":[],"has_more":false}"#);
    assert_eq!(Stripe::find_by_key(&ctx, &ask).expect("answer"), None);
    kit.answer(200, format!(r#"{{"data":[{OPEN}],"has_more":false}}"#));
    let other = Stripe::find_by_key(&ctx, &charge("stripe", 5, "BRL")).expect_err("another amount");
    assert_eq!(other.kind, ErrorKind::IdempotencyMismatch);
    kit.answer(
        200,
        format!(
            r#"{{"data":[{}],"has_more":false}}"#,
            intent("succeeded", r#","amount_received":19990"#)
        ),
    );
    let found = Stripe::find_by_key(&ctx, &off_session(19_990))
        .expect("answer")
        .expect("a charge");
    assert_eq!(found.status, ChargeStatus::Paid);
    // Not among the newest is not "not there".
    for _ in 0..5 {
        kit.answer(
            200,
            r#"{"data":[{"id":"cs_9","metadata":{}}],"has_more":true}"#,
        );
    }
    assert_eq!(
        Stripe::find_by_key(&ctx, &ask).expect_err("too many").kind,
        ErrorKind::Unavailable
    );
}

// R-PAY-03
#[test]
fn refusals_are_told_apart() {
    let kit = Kit::new();
    let ctx = context("key-1", CONFIG);
    for (status, body, kind) in [
        (
            400,
            r#"{"error":{"type":"idempotency_error","message":"Keys for idempotent requests can only be used with the same parameters"}}"#,
            ErrorKind::IdempotencyMismatch,
        ),
        (
            409,
            r#"{"error":{"type":"invalid_request_error","code":"idempotency_key_in_use"}}"#,
            ErrorKind::RateLimited,
        ),
        (
            400,
            r#"{"error":{"type":"invalid_request_error","code":"parameter_missing","message":"x"}}"#,
            ErrorKind::InvalidRequest,
        ),
        (
            402,
            r#"{"error":{"type":"card_error","code":"expired_card"}}"#,
            ErrorKind::InvalidRequest,
        ),
        (401, "{}", ErrorKind::Unauthenticated),
        (429, "", ErrorKind::RateLimited),
        (500, "", ErrorKind::OutcomeUnknown),
        (200, "garbage", ErrorKind::OutcomeUnknown),
        (200, "{}", ErrorKind::Malformed),
        (
            200,
            r#"{"id":"cs_1","status":"open","payment_status":"unpaid","currency":"brl"}"#,
            ErrorKind::Malformed,
        ),
        (
            200,
            r#"{"id":"cs_1","status":"open","payment_status":"unpaid","currency":"xau","url":"https://x"}"#,
            ErrorKind::Malformed,
        ),
        (
            200,
            r#"{"id":"cs_1","status":"complete","payment_status":"paid","currency":"brl"}"#,
            ErrorKind::Malformed,
        ),
    ] {
        kit.answer(status, body);
        assert_eq!(
            Stripe::create(&ctx, &charge("stripe", 19_990, "BRL"))
                .expect_err("refused")
                .kind,
            kind,
            "{status} {body}"
        );
    }
    let sent = kit.sent().len();
    let nowhere = ChargeRequest {
        return_url: None,
        ..charge("stripe", 1, "BRL")
    };
    for wrong in [
        charge("stripe", 1, "JPY"),
        charge("stripe", 0, "BRL"),
        nowhere,
    ] {
        assert_eq!(
            Stripe::create(&ctx, &wrong).expect_err("refused").kind,
            ErrorKind::InvalidRequest
        );
    }
    assert_eq!(kit.sent().len(), sent);
}

// R-PAY-02
#[test]
fn what_is_open_is_closed_and_what_is_held_is_taken() {
    let kit = Kit::new();
    let ctx = context("key-1", CONFIG);
    let refs = [the("checkout-session", "cs_1")];
    let expired = OPEN.replace("\"open\"", "\"expired\"");
    kit.answer(200, OPEN)
        .answer(200, &expired)
        .answer(200, &expired);
    assert_eq!(
        Stripe::cancel(&ctx, &refs).expect("state").status,
        ChargeStatus::Canceled
    );
    assert!(kit.calls()[1].ends_with("/v1/checkout/sessions/cs_1/expire"));
    // Paid meanwhile: the answer is how it stands.
    let paid = complete("paid", &intent("succeeded", r#","amount_received":19990"#));
    kit.answer(200, &paid);
    assert_eq!(
        Stripe::cancel(&ctx, &refs).expect("state").status,
        ChargeStatus::Paid
    );
    kit.answer(
        200,
        intent("requires_capture", r#","amount_capturable":19990"#),
    );
    let manual = ChargeRequest {
        capture: CaptureMode::Manual,
        ..off_session(19_990)
    };
    let held = Stripe::create(&ctx, &manual).expect("created");
    assert_eq!(
        (held.status, held.authorized.minor, held.captured.minor),
        (ChargeStatus::Authorized, 19_990, 0)
    );
    kit.answer(200, intent("succeeded", r#","amount_received":15000"#));
    let taken = Stripe::capture(&ctx, &held.refs, &money(15_000, "BRL"), true).expect("captured");
    assert_eq!(
        (taken.status, taken.captured.minor),
        (ChargeStatus::Paid, 15_000)
    );
    assert!(Stripe::capture(&ctx, &held.refs, &money(1, "BRL"), false).is_err());
    kit.answer(
        200,
        intent("requires_capture", r#","amount_capturable":19990"#),
    )
    .answer(200, "{}")
    .answer(200, intent("canceled", ""));
    assert_eq!(
        Stripe::cancel(&ctx, &held.refs).expect("state").status,
        ChargeStatus::Canceled
    );
}

// R-PAY-02: each word of Stripe, and words that it does not have.
#[test]
fn statuses_are_those_of_the_table() {
    let table = Json::parse(include_bytes!("../../../fixtures/payment-states.json")).expect("json");
    let kit = Kit::new();
    let ctx = context("key-1", CONFIG);
    let words = |map: &str| match table.at(&format!("maps.{map}")) {
        Json::Object(map) => map
            .clone()
            .into_iter()
            .filter(|(raw, _)| raw != "target")
            .collect::<Vec<_>>(),
        other => panic!("no map: {other}"),
    };
    let named = |status: &dyn std::fmt::Debug| {
        format!("{status:?}")
            .rsplit("::")
            .next()
            .unwrap_or_default()
            .replace('-', "")
            .to_lowercase()
    };
    let mut seen = 0;
    for (raw, wanted) in words("stripe_payment_intent") {
        let (word, rest) = match raw.split_once(' ') {
            Some((word, _)) => (word, r#","last_payment_error":{"code":"card_declined"}"#),
            None => (raw.as_str(), r#","amount_received":1"#),
        };
        let rest = if word == "succeeded" || raw.contains(' ') {
            rest
        } else {
            ""
        };
        let mut body = intent(word, rest);
        if raw.contains("off-session") {
            body = body.replace("\"reference\":", "\"session\":\"off\",\"reference\":");
        }
        kit.answer(200, body);
        let state = Stripe::sync(&ctx, &[the("payment-intent", "pi_1")]).expect("state");
        assert_eq!(
            named(&state.status),
            wanted.text().unwrap_or_default().replace('_', ""),
            "{raw}"
        );
        seen += 1;
    }
    for (raw, wanted) in words("stripe_checkout") {
        let (status, payment) = raw.split_once('+').unwrap_or((&raw, "unpaid"));
        let body = match raw.as_str() {
            "async_payment_failed" => complete(
                "unpaid",
                &intent(
                    "requires_payment_method",
                    r#","last_payment_error":{"code":"x"}"#,
                ),
            ),
            _ => OPEN
                .replace("\"open\"", &format!("{status:?}"))
                .replace("\"unpaid\"", &format!("{payment:?}")),
        };
        kit.answer(200, body);
        let state = Stripe::sync(&ctx, &[the("checkout-session", "cs_1")]).expect("state");
        assert_eq!(
            named(&state.status),
            wanted.text().unwrap_or_default().replace('_', ""),
            "{raw}"
        );
        seen += 1;
    }
    for (raw, wanted) in words("stripe_refund") {
        kit.answer(
            200,
            format!(r#"{{"id":"re_1","status":"{raw}","amount":1,"currency":"brl"}}"#),
        );
        let state = Stripe::sync_refund(&ctx, &[the("refund", "re_1")]).expect("state");
        assert_eq!(
            named(&state.status),
            wanted.text().unwrap_or_default().replace('_', ""),
            "{raw}"
        );
        seen += 1;
    }
    assert_eq!(seen, 8 + 6 + 5);
    for (kind, body) in [
        ("payment-intent", intent("unheard_of", "")),
        ("checkout-session", OPEN.replace("\"open\"", "\"ajar\"")),
        ("checkout-session", complete("half", "null")),
    ] {
        kit.answer(200, body);
        let error = Stripe::sync(&ctx, &[the(kind, "x")]).expect_err("no such word");
        assert_eq!(error.kind, ErrorKind::Malformed);
        assert!(error.psp_code.is_some());
    }
}

// R-PAY-02: objects as Stripe documents them.
#[test]
fn documented_objects_are_understood() {
    let objects = Json::parse(include_bytes!("../../fixtures/stripe-objects.json")).expect("json");
    let Json::Object(objects) = objects else {
        panic!("no objects")
    };
    let kit = Kit::new();
    let ctx = context("key-1", CONFIG);
    kit.answer(200, objects["payment_intent"].bytes());
    let state = Stripe::sync(&ctx, &[the("payment-intent", "x")]).expect("state");
    assert_eq!(
        (state.status, state.captured.currency.as_str()),
        (ChargeStatus::RequiresAction, "USD")
    );
    kit.answer(200, objects["refund"].bytes());
    let refund = Stripe::sync_refund(&ctx, &[the("refund", "x")]).expect("refund");
    assert_eq!(
        (refund.status, refund.amount),
        (RefundStatus::Succeeded, money(100, "USD"))
    );
}

// R-PAY-02
#[test]
fn settings_are_refused_by_name() {
    assert_eq!(Stripe::validate_config(&pairs(CONFIG)), Ok(()));
    assert_eq!(Stripe::validate_config(&[]), Ok(()));
    for (key, value) in [
        ("methods", "Card"),
        ("methods", "card,boleto"),
        ("recurring", "never"),
        ("host", "a/b"),
    ] {
        assert_eq!(
            Stripe::validate_config(&pairs(&[(key, value)])).expect_err("refused")[0].property,
            key
        );
    }
    let kit = Kit::new();
    kit.answer(200, "{}");
    assert_eq!(Stripe::health_check(&context("k", CONFIG)), Ok(()));
    assert_eq!(
        Stripe::register_webhook(&context("k", CONFIG), "x")
            .expect_err("by hand")
            .kind,
        ErrorKind::Unsupported
    );
}
