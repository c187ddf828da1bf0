//! What a payment of Mercado Pago says about a charge.

use alvara_plugin_sdk::{
    Answer, CallContext, ChargeState, ChargeStatus, Decline, ErrorKind, Fault, Fee,
    HostedFieldsAction, Json, KeyValue, NextAction, PspRef, RetryAdvice, money::money, text,
    time::from_rfc3339,
};

pub(crate) const CURRENCY: &str = "BRL";
pub(crate) const PLACES: u32 = 2;

pub(crate) fn reference(kind: &str, value: &str) -> PspRef {
    PspRef {
        kind: kind.to_owned(),
        value: value.to_owned(),
    }
}

/// A state with nothing but its word and names.
pub(crate) fn bare(status: ChargeStatus, refs: Vec<PspRef>, raw: &str) -> ChargeState {
    let nothing = || money(0, CURRENCY);
    ChargeState {
        status,
        refs,
        authorized: nothing(),
        captured: nothing(),
        refunded: nothing(),
        action: None,
        decline: None,
        paid_at: None,
        settles_on: None,
        expires_at: None,
        fees: Vec::new(),
        stored_method: None,
        poll_at: None,
        raw_status: raw.to_owned(),
    }
}

/// `status` and `status_detail`; what is not here is refused.
pub(crate) fn status(raw: &str, detail: &str) -> Option<ChargeStatus> {
    Some(match (raw, detail) {
        ("pending", _) => ChargeStatus::RequiresAction,
        ("in_process", _) => ChargeStatus::Processing,
        ("authorized", _) => ChargeStatus::Authorized,
        ("approved", "partially_refunded") => ChargeStatus::PartiallyRefunded,
        ("approved", _) | ("charged_back", "reimbursed") => ChargeStatus::Paid,
        ("rejected", _) => ChargeStatus::Failed,
        ("cancelled", "expired") => ChargeStatus::Expired,
        ("cancelled", _) => ChargeStatus::Canceled,
        ("refunded", _) => ChargeStatus::Refunded,
        ("in_mediation", _) | ("charged_back", "in_process") => ChargeStatus::Disputed,
        ("charged_back", _) => ChargeStatus::ChargedBack,
        _ => return None,
    })
}

/// What to make of a refusal of the card's bank (`cc_rejected_…`).
fn advice(detail: &str) -> RetryAdvice {
    match detail.strip_prefix("cc_rejected_").unwrap_or(detail) {
        "call_for_authorize" | "card_disabled" => RetryAdvice::ContactIssuer,
        "insufficient_amount"
        | "max_attempts"
        | "high_risk"
        | "blacklist"
        | "invalid_installments" => RetryAdvice::RetryOtherMethod,
        "duplicated_payment" => RetryAdvice::DoNotRetry,
        detail if detail.starts_with("bad_filled") => RetryAdvice::RetryLater,
        "card_error" => RetryAdvice::RetryLater,
        _ => RetryAdvice::RetryOtherMethod,
    }
}

/// The challenge of 3-D Secure is a form that the page posts into a frame.
fn challenge(payment: &Json) -> Option<NextAction> {
    let info = payment.at("three_ds_info");
    Some(NextAction::HostedFields(HostedFieldsAction {
        sdk: "mercadopago-3ds".to_owned(),
        client_token: info.at("creq").string()?,
        params: vec![KeyValue {
            key: "url".to_owned(),
            value: info
                .at("external_resource_url")
                .text()
                .filter(|url| alvara_plugin_sdk::text::is_page(url))?
                .to_owned(),
        }],
    }))
}

/// How a payment stands, by the provider's own words.
pub(crate) fn state(ctx: &CallContext, payment: &Json) -> Answer<ChargeState> {
    let lacks =
        |what: &str| Fault::malformed(format!("the payment has no {what} that can be read"));
    let raw = payment.at("status").text().ok_or_else(|| lacks("status"))?;
    let detail = payment.at("status_detail").text().unwrap_or_default();
    let both = if detail.is_empty() {
        raw.to_owned()
    } else {
        format!("{raw}/{detail}")
    };
    let status = status(raw, detail).ok_or_else(|| Fault::unknown_status("a payment", &both))?;
    let id = payment.at("id").text().ok_or_else(|| lacks("id"))?;
    if payment
        .at("currency_id")
        .text()
        .is_some_and(|currency| currency != CURRENCY)
    {
        return Err(Fault::malformed("the payment is in another currency"));
    }
    let amount = |path: &str| match payment.at(path) {
        Json::Null => Ok(0),
        value => value
            .minor(PLACES)
            .filter(|minor| *minor >= 0)
            .ok_or_else(|| lacks(path)),
    };
    let whole = amount("transaction_amount")?;
    let mut refunded = amount("transaction_amount_refunded")?;
    let (authorized, captured) = match status {
        ChargeStatus::Authorized => (whole, 0),
        ChargeStatus::Paid
        | ChargeStatus::PartiallyRefunded
        | ChargeStatus::Refunded
        | ChargeStatus::Disputed
        | ChargeStatus::ChargedBack => (whole, whole),
        _ => (0, 0),
    };
    if status == ChargeStatus::Refunded {
        refunded = captured;
    }
    if refunded > captured || (captured == 0 && authorized == 0 && is_money(status)) {
        return Err(Fault::of(
            ErrorKind::Malformed,
            "the payment's amounts contradict its status",
        ));
    }
    let mut refs = vec![reference("payment-id", id)];
    if let Some(ours) = payment.at("external_reference").text() {
        refs.push(reference("external-reference", ours));
    }
    let fees = payment
        .at("fee_details")
        .list()
        .iter()
        .filter(|fee| fee.at("fee_payer").text() == Some("collector"))
        .filter_map(|fee| {
            Some(Fee {
                amount: money(fee.at("amount").minor(PLACES)?, CURRENCY),
                kind: text::within(fee.at("type").text()?, 40),
            })
        })
        .collect();
    let is_open = matches!(
        status,
        ChargeStatus::RequiresAction | ChargeStatus::Processing
    );
    Ok(ChargeState {
        action: (status == ChargeStatus::RequiresAction)
            .then(|| challenge(payment))
            .flatten(),
        decline: (status == ChargeStatus::Failed).then(|| Decline {
            code: text::within(detail, 64),
            message: "the card's bank or the provider refused".to_owned(),
            advice: advice(detail),
        }),
        paid_at: payment.at("date_approved").text().and_then(from_rfc3339),
        settles_on: payment
            .at("money_release_date")
            .text()
            .and_then(|instant| instant.get(..10))
            .map(str::to_owned),
        expires_at: payment
            .at("date_of_expiration")
            .text()
            .and_then(from_rfc3339),
        fees,
        authorized: money(authorized, CURRENCY),
        captured: money(captured, CURRENCY),
        refunded: money(refunded, CURRENCY),
        poll_at: is_open.then(|| ctx.now + 600_000),
        ..bare(status, refs, &both)
    })
}

fn is_money(status: ChargeStatus) -> bool {
    matches!(
        status,
        ChargeStatus::Authorized
            | ChargeStatus::Paid
            | ChargeStatus::PartiallyRefunded
            | ChargeStatus::Refunded
            | ChargeStatus::Disputed
            | ChargeStatus::ChargedBack
    )
}
