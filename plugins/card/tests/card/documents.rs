//! Whole documents, with all that the provider writes into them: what the plugin takes from each, and
//! what it leaves where it is.
// R-PAY-02 R-PAY-03

use alvara_plugin_card::Card;
use alvara_plugin_sdk::{
    ChargeState, ChargeStatus, Json, MandateStatus, NextAction, PaymentPlugin, PspRef,
    RefundStatus, RetryAdvice,
    kit::{Kit, charge, context},
    reference,
    time::from_rfc3339,
};

use super::charge::REDIRECT;

/// The payment that most of the documents are about.
const PAYMENT: &str = "1319542087";
const SUBSCRIPTION: &str = "2c938084726fca480172750000000000";

fn document(name: &str) -> Vec<u8> {
    let all = include_bytes!("../../fixtures/mercado-pago-objects.json");
    let all = Json::parse(all).expect("json");
    let one = all.at(name);
    assert!(*one != Json::Null, "{name} is missing");
    one.bytes()
}

fn named(kind: &str, value: &str) -> PspRef {
    PspRef {
        kind: kind.to_owned(),
        value: value.to_owned(),
    }
}

/// What the plugin makes of a payment.
fn payment(name: &str) -> ChargeState {
    let kit = Kit::new();
    kit.answer(200, document(name));
    let refs = [named("payment-id", PAYMENT)];
    Card::sync(&context("key-1", REDIRECT), &refs)
        .unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

// R-PAY-02
#[test]
fn a_payment_stands_as_its_document_says() {
    for (name, status, amounts, raw) in [
        (
            "payment_approved",
            ChargeStatus::Paid,
            (19_990, 19_990, 0),
            "approved/accredited",
        ),
        (
            "payment_authorized",
            ChargeStatus::Authorized,
            (19_990, 0, 0),
            "authorized/pending_capture",
        ),
        (
            "payment_in_process",
            ChargeStatus::Processing,
            (0, 0, 0),
            "in_process/pending_review_manual",
        ),
        (
            "payment_challenge",
            ChargeStatus::RequiresAction,
            (0, 0, 0),
            "pending/pending_challenge",
        ),
        (
            "payment_rejected",
            ChargeStatus::Failed,
            (0, 0, 0),
            "rejected/cc_rejected_insufficient_amount",
        ),
        (
            "payment_expired",
            ChargeStatus::Expired,
            (0, 0, 0),
            "cancelled/expired",
        ),
        (
            "payment_partially_refunded",
            ChargeStatus::PartiallyRefunded,
            (19_990, 19_990, 5_000),
            "approved/partially_refunded",
        ),
        (
            "payment_refunded",
            ChargeStatus::Refunded,
            (19_990, 19_990, 19_990),
            "refunded/refunded",
        ),
        (
            "payment_contested",
            ChargeStatus::Disputed,
            (19_990, 19_990, 0),
            "charged_back/in_process",
        ),
    ] {
        let state = payment(name);
        let told = (
            state.authorized.minor,
            state.captured.minor,
            state.refunded.minor,
        );
        assert_eq!((state.status, told), (status, amounts), "{name}");
        assert_eq!(state.raw_status, raw);
        assert_eq!(reference(&state.refs, "payment-id"), Some(PAYMENT));
        assert_eq!(
            state.action.is_some(),
            name == "payment_challenge",
            "{name}"
        );
        assert_eq!(
            state.decline.is_some(),
            name == "payment_rejected",
            "{name}"
        );
        // Who paid, and by which card, the house does not hear.
        let all = format!("{state:?}");
        for private in ["503143", "6351", "carla@example.com", "45164632454"] {
            assert!(!all.contains(private), "{name}: {all}");
        }
    }
}

// R-PAY-02
#[test]
fn what_else_a_document_says_is_taken_from_it() {
    let paid = payment("payment_approved");
    assert_eq!(paid.paid_at, from_rfc3339("2026-11-22T10:00:03Z"));
    assert_eq!(paid.settles_on.as_deref(), Some("2026-12-06"));
    // What the customer pays for the instalments is no fee of the seller's.
    let fees: Vec<_> = paid
        .fees
        .iter()
        .map(|fee| (fee.kind.as_str(), fee.amount.minor))
        .collect();
    assert_eq!(fees, [("mercadopago_fee", 998)]);
    let decline = payment("payment_rejected").decline.expect("a reason");
    assert_eq!(
        (decline.code.as_str(), decline.advice),
        (
            "cc_rejected_insufficient_amount",
            RetryAdvice::RetryOtherMethod
        )
    );
    let Some(NextAction::HostedFields(challenge)) = payment("payment_challenge").action else {
        panic!("no challenge")
    };
    assert_eq!(challenge.params[0].value, "https://acs.example/challenge");
}

// R-PAY-02 R-PAY-09
#[test]
fn preferences_refunds_and_subscriptions_are_read_whole() {
    let kit = Kit::new();
    let ctx = context("key-1", REDIRECT);
    kit.answer(201, document("preference"));
    let open = Card::create(&ctx, &charge("card", 19_990, "BRL")).expect("created");
    assert_eq!(open.status, ChargeStatus::RequiresAction);
    assert_eq!(open.expires_at, from_rfc3339("2026-11-23T10:00:00Z"));
    let Some(NextAction::Redirect(to)) = open.action else {
        panic!("nowhere to go")
    };
    assert!(
        to.url.starts_with("https://www.mercadopago.com.br/"),
        "{}",
        to.url
    );

    kit.answer(200, document("refund"));
    let refs = [
        named("payment-id", PAYMENT),
        named("refund-id", "1245703311"),
    ];
    let back = Card::sync_refund(&ctx, &refs).expect("refund");
    assert_eq!(
        (back.status, back.amount.minor),
        (RefundStatus::Succeeded, 5_000)
    );

    kit.answer(200, document("preapproval"));
    let refs = [named("preapproval-id", SUBSCRIPTION)];
    let agreed = Card::sync_mandate(&ctx, &refs).expect("mandate");
    assert_eq!(agreed.status, MandateStatus::Active);
    assert!(agreed.action.is_none(), "nobody has to go anywhere");

    // Of the collections the one near the day; it was tried again a day later.
    kit.answer(200, document("authorized_payments"))
        .answer(200, document("payment_approved"));
    let collection = format!("{SUBSCRIPTION}/2026-12-01");
    let refs = [named("collection", &collection)];
    let paid = Card::sync(&ctx, &refs).expect("state");
    assert_eq!(
        (paid.status, paid.captured.minor),
        (ChargeStatus::Paid, 19_990)
    );
    assert_eq!(reference(&paid.refs, "payment-id"), Some(PAYMENT));
    let asked = kit.calls();
    assert!(
        asked.last().is_some_and(|call| call.ends_with(PAYMENT)),
        "{asked:?}"
    );
}
