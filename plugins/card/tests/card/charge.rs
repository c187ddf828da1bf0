//! Charges by redirect and by token, refunds, captures.
// R-PAY-02 R-PAY-03

use std::cell::RefCell;
use std::rc::Rc;

use alvara_plugin_card::Card;
use alvara_plugin_sdk::{
    CaptureMode, CardOptions, ChargeRequest, ChargeStatus, ErrorKind, Json, NextAction,
    PaymentPlugin, PspRef, RefundRequest, RefundStatus, RetryAdvice, Source,
    http::HttpError,
    kit::{Kit, charge, context, pairs, response},
    money::money,
    reference,
};

pub(crate) const REDIRECT: &[(&str, &str)] = &[
    ("flow", "redirect"),
    ("statement_descriptor", "Alvará Ltda"),
];
const FIELDS: &[(&str, &str)] = &[
    ("flow", "fields"),
    ("public_key", "TEST-8f683d0c-1025-48e1-8f26"),
];
const OURS: &str = "be2974546978e3739e6d6da85c4be9f3";

#[derive(Default)]
struct Books {
    payments: Vec<Json>,
    preferences: Vec<Json>,
    lose: bool,
}

/// A provider that keeps payments and preferences. `decide` says what a payment becomes.
fn provider(kit: &Kit, decide: &'static [(&'static str, &'static str)]) -> Rc<RefCell<Books>> {
    let books = Rc::new(RefCell::new(Books::default()));
    let shared = Rc::clone(&books);
    kit.provider(move |request| {
        let mut books = shared.borrow_mut();
        let path = request.url.strip_prefix("https://api.mercadopago.com").expect("our address").to_owned();
        let (path, query) = path.split_once('?').unwrap_or((&path, ""));
        let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
        let body = Json::parse(&request.body).unwrap_or_default();
        let with_our_reference = |all: &[Json]| all.iter().filter(|one| one.at("external_reference").text().is_some_and(|ours| query.contains(ours))).cloned().collect::<Vec<_>>();
        let answer = match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["v1", "payments"]) => {
                let (status, detail) = decide[books.payments.len().min(decide.len() - 1)];
                let mut payment = body;
                payment.set("id", 100 + books.payments.len() as u64);
                payment.set("status", status);
                payment.set("status_detail", detail);
                payment.set("currency_id", "BRL");
                payment.set("date_approved", "2026-11-22T07:00:00.000-03:00");
                books.payments.push(payment.clone());
                response(201, payment.bytes())
            }
            ("GET", ["v1", "payments", "search"]) => response(200, Json::object([("results", with_our_reference(&books.payments).into())]).bytes()),
            ("POST", ["v1", "payments", _, "refunds"]) => response(201, Json::object([("id", 7_u32.into()), ("status", "approved".into()), ("amount", body.at("amount").clone())]).bytes()),
            ("GET", ["v1", "payments", _, "refunds", id]) => response(200, format!(r#"{{"id":{id},"status":"in_process","amount":1.5}}"#)),
            ("PUT", ["v1", "payments", id]) => {
                let at = id.parse::<usize>().expect("a number") - 100;
                let payment = &mut books.payments[at];
                if body.at("status").text() == Some("cancelled") {
                    if payment.at("status").text() == Some("approved") {
                        return Ok(response(400, r#"{"message":"Payment cannot be cancelled","error":"bad_request","status":400,"cause":[{"code":2018,"description":"The action requested is not valid for the current payment state"}]}"#));
                    }
                    payment.set("status", "cancelled");
                    payment.set("status_detail", "by_collector");
                } else {
                    payment.set("status", "approved");
                    payment.set("status_detail", "accredited");
                    payment.set("transaction_amount", body.at("transaction_amount").clone());
                }
                response(200, payment.bytes())
            }
            ("GET", ["v1", "payments", id]) => response(200, books.payments[id.parse::<usize>().expect("a number") - 100].bytes()),
            ("POST", ["checkout", "preferences"]) => {
                let mut preference = body;
                let id = format!("pref-{}", books.preferences.len());
                preference.set("id", id.as_str());
                preference.set("init_point", format!("https://www.mercadopago.com.br/checkout/v1/redirect?pref_id={id}"));
                books.preferences.push(preference.clone());
                response(201, preference.bytes())
            }
            ("GET", ["checkout", "preferences", "search"]) => response(200, Json::object([("elements", with_our_reference(&books.preferences).into())]).bytes()),
            ("GET", ["checkout", "preferences", _]) => response(200, books.preferences[0].bytes()),
            ("PUT", ["checkout", "preferences", _]) => {
                books.preferences[0].set("expires", true);
                books.preferences[0].set("expiration_date_to", body.at("expiration_date_to").clone());
                response(200, books.preferences[0].bytes())
            }
            ("GET", ["users", "me"]) => response(200, "{}"),
            other => panic!("nobody expects {other:?}"),
        };
        if books.lose && request.mutating {
            books.lose = false;
            return Err(HttpError::TimeoutAfterSend);
        }
        Ok(answer)
    });
    books
}

fn by_token(minor: i64, token: &str, installments: u32) -> ChargeRequest {
    ChargeRequest {
        source: Source::SingleUseToken(token.to_owned()),
        card: Some(CardOptions {
            installments,
            soft_descriptor: None,
            off_session: false,
        }),
        metadata: pairs(&[("card.payment_method_id", "visa")]),
        ..charge("card", minor, "BRL")
    }
}

// R-PAY-02
#[test]
fn a_redirect_is_paid_at_the_second_try_and_given_back() {
    let kit = Kit::new();
    let books = provider(&kit, &[("approved", "accredited")]);
    let ctx = context("key-1", REDIRECT);
    let made = Card::create(&ctx, &charge("card", 19_990, "BRL")).expect("created");
    assert_eq!(made.status, ChargeStatus::RequiresAction);
    assert!(
        matches!(&made.action, Some(NextAction::Redirect(to)) if to.url.starts_with("https://www.mercadopago.com.br/"))
    );
    assert_eq!(reference(&made.refs, "external-reference"), Some(OURS));
    let sent = kit.sent();
    assert!(
        sent[0]
            .headers
            .iter()
            .any(|header| header.name == "x-idempotency-key" && header.value == OURS)
    );
    let body = Json::parse(&sent[0].body).expect("json");
    assert_eq!(body.at("items.0.unit_price").to_string(), "199.90");
    assert_eq!(body.at("statement_descriptor").text(), Some("Alvara Ltda"));
    assert_eq!(
        body.at("notification_url").text(),
        Some(&*format!(
            "https://pay.example.com/hooks/pac_1?reference={OURS}"
        ))
    );

    let pay = |status: &str, detail: &str| {
        let id = 100 + books.borrow().payments.len() as u64;
        books.borrow_mut().payments.push(Json::object([
            ("id", id.into()),
            ("status", status.into()),
            ("status_detail", detail.into()),
            ("currency_id", "BRL".into()),
            ("external_reference", OURS.into()),
            ("transaction_amount", Json::amount(19_990, 2)),
        ]));
    };
    // The first card is refused; the checkout is still open.
    pay("rejected", "cc_rejected_insufficient_amount");
    let open = Card::sync(&ctx, &made.refs).expect("state");
    assert_eq!(open.status, ChargeStatus::RequiresAction);
    assert_eq!(
        open.decline.map(|decline| decline.advice),
        Some(RetryAdvice::RetryOtherMethod)
    );
    pay("approved", "accredited");
    let paid = Card::complete(&ctx, &made.refs, &pairs(&[("status", "rejected")])).expect("state");
    assert_eq!(
        (paid.status, paid.captured.minor),
        (ChargeStatus::Paid, 19_990)
    );
    assert_eq!(reference(&paid.refs, "payment-id"), Some("101"));
    assert_eq!(reference(&paid.refs, "preference-id"), Some("pref-0"));
    assert_eq!(
        Card::cancel(&ctx, &paid.refs).expect("state").status,
        ChargeStatus::Paid
    );

    let refund = RefundRequest {
        refund_id: "rfd_1".to_owned(),
        charge_id: "chg_01".to_owned(),
        refs: made.refs.clone(),
        amount: money(150, "BRL"),
        reason: String::new(),
    };
    let given = Card::refund(&context("refund-1", REDIRECT), &refund).expect("refund");
    assert_eq!(
        (given.status, given.amount.minor),
        (RefundStatus::Succeeded, 150)
    );
    assert_eq!(reference(&given.refs, "payment-id"), Some("101"));
    assert_eq!(
        Card::sync_refund(&ctx, &given.refs).expect("refund").status,
        RefundStatus::Pending
    );
}

// R-PAY-02
#[test]
fn a_token_is_charged_in_instalments_and_declined_for_a_reason() {
    let kit = Kit::new();
    provider(
        &kit,
        &[
            ("approved", "accredited"),
            ("rejected", "cc_rejected_call_for_authorize"),
            ("pending", "pending_challenge"),
        ],
    );
    let ctx = context("key-1", REDIRECT);
    let paid = Card::create(&ctx, &by_token(19_990, "tok_1", 3)).expect("created");
    assert_eq!(
        (paid.status, paid.captured.minor),
        (ChargeStatus::Paid, 19_990)
    );
    let body = Json::parse(&kit.sent()[0].body).expect("json");
    assert_eq!(body.at("installments").whole(), Some(3));
    assert_eq!(body.at("payment_method_id").text(), Some("visa"));
    assert_eq!(body.at("payer.identification.type").text(), Some("CPF"));
    assert_eq!(body.at("transaction_amount").to_string(), "199.90");
    let declined = Card::create(&context("key-2", REDIRECT), &by_token(19_990, "tok_2", 1))
        .expect("an answer");
    assert_eq!(declined.status, ChargeStatus::Failed);
    let decline = declined.decline.expect("a reason");
    assert_eq!(
        (decline.code.as_str(), decline.advice),
        ("cc_rejected_call_for_authorize", RetryAdvice::ContactIssuer)
    );
    assert_eq!(
        Card::create(&ctx, &by_token(1, "tok", 13))
            .expect_err("too many")
            .kind,
        ErrorKind::InvalidRequest
    );
    let stored = ChargeRequest {
        source: Source::StoredMethod("card".to_owned()),
        ..charge("card", 1, "BRL")
    };
    assert_eq!(
        Card::create(&ctx, &stored).expect_err("no").kind,
        ErrorKind::InvalidRequest
    );
    assert_eq!(
        Card::create(&ctx, &charge("card", 1, "USD"))
            .expect_err("no")
            .kind,
        ErrorKind::InvalidRequest
    );
}

// R-PAY-02
#[test]
fn a_challenge_is_answered_on_the_page() {
    let kit = Kit::new();
    let ctx = context("key-1", REDIRECT);
    kit.answer(201, r#"{"id":5,"status":"pending","status_detail":"pending_challenge","currency_id":"BRL","transaction_amount":1,"three_ds_info":{"external_resource_url":"https://acs.example/","creq":"eyJ0"}}"#);
    let waiting = Card::create(&ctx, &by_token(100, "tok", 1)).expect("created");
    assert_eq!(waiting.status, ChargeStatus::RequiresAction);
    let Some(NextAction::HostedFields(challenge)) = waiting.action else {
        panic!("no challenge")
    };
    assert_eq!(
        (
            challenge.client_token.as_str(),
            challenge.params[0].value.as_str()
        ),
        ("eyJ0", "https://acs.example/")
    );
    kit.answer(200, r#"{"id":5,"status":"approved","status_detail":"accredited","currency_id":"BRL","transaction_amount":1}"#);
    assert_eq!(
        Card::complete(&ctx, &waiting.refs, &[])
            .expect("state")
            .status,
        ChargeStatus::Paid
    );
}

// R-PAY-02: what is collected was decided before the page was shown.
#[test]
fn fields_bring_a_token_and_nothing_else_counts() {
    let kit = Kit::new();
    let books = provider(
        &kit,
        &[
            ("rejected", "cc_rejected_other_reason"),
            ("approved", "accredited"),
        ],
    );
    let ctx = context("key-1", FIELDS);
    let begun = Card::create(&ctx, &charge("card", 19_990, "BRL")).expect("created");
    let Some(NextAction::HostedFields(fields)) = &begun.action else {
        panic!("no fields")
    };
    assert_eq!(fields.client_token, "TEST-8f683d0c-1025-48e1-8f26");
    assert!(
        kit.sent().is_empty(),
        "nothing leaves before there is a token"
    );
    let typed = |token: &'static str| {
        pairs(&[
            ("token", token),
            ("payment_method_id", "master"),
            ("installments", "2"),
            ("transaction_amount", "0.01"),
        ])
    };
    assert_eq!(
        Card::complete(&ctx, &begun.refs, &typed("bad"))
            .expect("an answer")
            .status,
        ChargeStatus::Failed
    );
    let paid = Card::complete(&ctx, &begun.refs, &typed("good")).expect("an answer");
    assert_eq!(
        (paid.status, paid.captured.minor),
        (ChargeStatus::Paid, 19_990)
    );
    // Sent twice: the first counts.
    assert_eq!(
        Card::complete(&ctx, &begun.refs, &typed("good"))
            .expect("an answer")
            .refs,
        paid.refs
    );
    assert_eq!(books.borrow().payments.len(), 2);
    let body = books.borrow().payments[1].clone();
    assert_eq!(
        (
            body.at("installments").whole(),
            body.at("payment_method_id").text()
        ),
        (Some(2), Some("master"))
    );
    let wrong = pairs(&[("token", "t"), ("installments", "99")]);
    let other =
        Card::create(&context("key-2", FIELDS), &charge("card", 100, "BRL")).expect("created");
    assert_eq!(
        Card::complete(&ctx, &other.refs, &wrong)
            .expect_err("no")
            .kind,
        ErrorKind::InvalidRequest
    );
    let unknown = [PspRef {
        kind: "external-reference".to_owned(),
        value: "0".repeat(32),
    }];
    assert_eq!(
        Card::complete(&ctx, &unknown, &typed("x"))
            .expect_err("gone")
            .kind,
        ErrorKind::Conflict
    );
}

// R-PAY-02 R-PAY-03: a page that is sent twice makes two tokens of one card.
#[test]
fn while_one_card_is_being_charged_no_other_is() {
    let kit = Kit::new();
    let ctx = context("key-1", FIELDS);
    let begun = Card::create(&ctx, &charge("card", 19_990, "BRL")).expect("created");
    let typed = |token: &'static str| pairs(&[("token", token)]);
    let nothing_yet = || kit.answer(200, r#"{"results":[]}"#);
    // What the provider refuses to look at charged nobody.
    nothing_yet();
    kit.answer(400, r#"{"message":"invalid token","error":"bad_request"}"#);
    assert_eq!(
        Card::complete(&ctx, &begun.refs, &typed("stale"))
            .expect_err("refused")
            .kind,
        ErrorKind::InvalidRequest
    );
    // Of this one nobody knows.
    nothing_yet();
    kit.outcome(Err(HttpError::TimeoutAfterSend));
    assert_eq!(
        Card::complete(&ctx, &begun.refs, &typed("first"))
            .expect_err("lost")
            .kind,
        ErrorKind::OutcomeUnknown
    );
    let sent = kit.sent().len();
    nothing_yet();
    assert_eq!(
        Card::complete(&ctx, &begun.refs, &typed("second"))
            .expect_err("not another one")
            .kind,
        ErrorKind::Conflict
    );
    assert_eq!(kit.sent().len(), sent + 1, "it looked, and sent nothing");
    // The same again is the same there: its key says so.
    nothing_yet();
    kit.answer(201, r#"{"id":5,"status":"approved","status_detail":"accredited","currency_id":"BRL","transaction_amount":199.90}"#);
    let paid = Card::complete(&ctx, &begun.refs, &typed("first")).expect("paid");
    assert_eq!(paid.status, ChargeStatus::Paid);
    let keys: Vec<_> = kit
        .sent()
        .iter()
        .filter(|request| request.method == "POST")
        .flat_map(|request| request.headers.clone())
        .filter(|header| header.name == "x-idempotency-key")
        .map(|header| header.value)
        .collect();
    assert_eq!(keys.len(), 3);
    assert_eq!(keys[1], keys[2]);
    assert_ne!(keys[0], keys[1]);
}

// R-PAY-03
#[test]
fn a_lost_answer_is_unknown_and_the_charge_is_found() {
    let kit = Kit::new();
    let books = provider(&kit, &[("approved", "accredited")]);
    let ctx = context("key-1", REDIRECT);
    for ask in [charge("card", 19_990, "BRL"), by_token(19_990, "tok", 1)] {
        *books.borrow_mut() = Books {
            lose: true,
            ..Books::default()
        };
        let mut second = ctx.clone();
        second.attempt = 2;
        assert_eq!(Card::find_by_key(&ctx, &ask).expect("answer"), None);
        assert_eq!(
            Card::create(&ctx, &ask).expect_err("lost").kind,
            ErrorKind::OutcomeUnknown
        );
        let found = Card::find_by_key(&ctx, &ask)
            .expect("answer")
            .expect("a charge");
        assert_eq!(reference(&found.refs, "external-reference"), Some(OURS));
        if ask.source == Source::None {
            assert_eq!(Card::create(&second, &ask).expect("found").refs, found.refs);
            assert_eq!(books.borrow().preferences.len(), 1);
        } else {
            let other =
                Card::find_by_key(&ctx, &by_token(5, "tok", 1)).expect_err("another amount");
            assert_eq!(other.kind, ErrorKind::IdempotencyMismatch);
        }
    }
    kit.answer(409, r#"{"error":"idempotency"}"#);
    assert_eq!(
        Card::create(&ctx, &by_token(1, "t", 1))
            .expect_err("clash")
            .kind,
        ErrorKind::IdempotencyMismatch
    );
}

// R-PAY-02
#[test]
fn what_is_held_is_captured_or_let_go() {
    let kit = Kit::new();
    provider(&kit, &[("authorized", "pending_capture")]);
    let ctx = context("key-1", REDIRECT);
    let ask = ChargeRequest {
        capture: CaptureMode::Manual,
        ..by_token(19_990, "tok", 1)
    };
    let held = Card::create(&ctx, &ask).expect("created");
    assert_eq!(
        (held.status, held.authorized.minor, held.captured.minor),
        (ChargeStatus::Authorized, 19_990, 0)
    );
    assert_eq!(
        Card::capture(&ctx, &held.refs, &money(1, "BRL"), false)
            .expect_err("once")
            .kind,
        ErrorKind::InvalidRequest
    );
    let taken = Card::capture(&ctx, &held.refs, &money(15_000, "BRL"), true).expect("captured");
    assert_eq!(
        (taken.status, taken.captured.minor),
        (ChargeStatus::Paid, 15_000)
    );
    let other = context("key-2", REDIRECT);
    let held = Card::create(&other, &ask).expect("created");
    assert_eq!(
        Card::cancel(&other, &held.refs).expect("state").status,
        ChargeStatus::Canceled
    );
    let by_redirect = ChargeRequest {
        capture: CaptureMode::Manual,
        ..charge("card", 1, "BRL")
    };
    assert_eq!(
        Card::create(&ctx, &by_redirect).expect_err("no").kind,
        ErrorKind::InvalidRequest
    );
    // An open checkout is closed.
    let open =
        Card::create(&context("key-3", REDIRECT), &charge("card", 100, "BRL")).expect("created");
    assert_eq!(
        Card::cancel(&context("key-3", REDIRECT), &open.refs)
            .expect("state")
            .status,
        ChargeStatus::Canceled
    );
    let mut later = context("key-3", REDIRECT);
    later.now += 1000;
    assert_eq!(
        Card::sync(&later, &open.refs).expect("state").status,
        ChargeStatus::Expired
    );
}

// R-PAY-02: each word of the provider, and words that it does not have.
#[test]
fn statuses_are_those_of_the_table() {
    let table = Json::parse(include_bytes!("../../../fixtures/payment-states.json")).expect("json");
    let Json::Object(map) = table.at("maps.mercadopago_payment").clone() else {
        panic!("no map")
    };
    let kit = Kit::new();
    let ctx = context("key-1", REDIRECT);
    let refs = [PspRef {
        kind: "payment-id".to_owned(),
        value: "1".to_owned(),
    }];
    let mut seen = 0;
    for (raw, wanted) in map.into_iter().filter(|(raw, _)| raw != "target") {
        let (status, detail) = raw.split_once('/').unwrap_or((&raw, ""));
        kit.answer(200, format!(r#"{{"id":1,"status":"{status}","status_detail":"{detail}","currency_id":"BRL","transaction_amount":2,"transaction_amount_refunded":0}}"#));
        let state = Card::sync(&ctx, &refs).expect("state");
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
        seen += 1;
    }
    assert_eq!(seen, 13);
    for body in [
        r#"{"id":1,"status":"almost"}"#,
        r#"{"id":1}"#,
        r#"{"status":"approved","transaction_amount":1}"#,
        r#"{"id":1,"status":"approved"}"#,
        r#"{"id":1,"status":"approved","currency_id":"ARS","transaction_amount":1}"#,
        r#"{"id":1,"status":"approved","currency_id":"BRL","transaction_amount":1e3}"#,
        r#"{"id":1,"status":"approved","currency_id":"BRL","transaction_amount":-1}"#,
        r#"{"id":1,"status":"approved","currency_id":"BRL","transaction_amount":1,"transaction_amount_refunded":2}"#,
        "garbage",
    ] {
        kit.answer(200, body);
        assert_eq!(
            Card::sync(&ctx, &refs).expect_err("senseless").kind,
            ErrorKind::Malformed,
            "{body}"
        );
    }
    for (status, kind) in [
        (401, ErrorKind::Unauthenticated),
        (404, ErrorKind::NotFound),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Unavailable),
    ] {
        kit.answer(status, "");
        assert_eq!(Card::sync(&ctx, &refs).expect_err("refused").kind, kind);
    }
}

// R-PAY-02
#[test]
fn settings_are_refused_by_name() {
    assert_eq!(Card::validate_config(&pairs(REDIRECT)), Ok(()));
    assert_eq!(Card::validate_config(&pairs(FIELDS)), Ok(()));
    assert_eq!(Card::validate_config(&[]), Ok(()));
    for (key, value) in [
        ("flow", "pan"),
        ("public_key", "has blank"),
        ("statement_descriptor", "Alvará Licenças Ltda"),
        ("three_d_secure", "yes"),
        ("max_installments", "0"),
        ("max_installments", "13"),
        ("host", "http://x"),
    ] {
        let refused = Card::validate_config(&pairs(&[(key, value)])).expect_err("refused");
        assert_eq!(refused[0].property, key, "{value}");
    }
    assert_eq!(
        Card::validate_config(&pairs(&[("flow", "fields")])).expect_err("no key")[0].property,
        "public_key"
    );
    let kit = Kit::new();
    provider(&kit, &[("approved", "")]);
    assert_eq!(Card::health_check(&context("k", REDIRECT)), Ok(()));
}
