//! Refunds of a payment, whole or in part.

use alvara_plugin_sdk::{
    Answer, CallContext, Decline, Fault, Json, PspRef, RefundRequest, RefundState, RefundStatus,
    RetryAdvice,
    encode::percent,
    key,
    money::{expect, money},
    reference as reference_of,
};

use crate::charge::paid_by;
use crate::settings::Settings;
use crate::state::{CURRENCY, PLACES, reference};

pub(crate) fn refund(ctx: &CallContext, request: &RefundRequest) -> Answer<RefundState> {
    let settings = Settings::of(ctx)?;
    let minor = expect(&request.amount, CURRENCY)?;
    let id = paid_by(ctx, &settings, &request.refs)?;
    let body = Json::object([("amount", Json::amount(minor, PLACES))]);
    let path = format!("/v1/payments/{}/refunds", percent(&id));
    // The same key is the same refund, however often it is asked for.
    let once = key::derived(&ctx.idempotency_key, 32);
    state(ctx, &id, &settings.api.send("POST", &path, &once, &body)?)
}

pub(crate) fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<RefundState> {
    let settings = Settings::of(ctx)?;
    let payment =
        reference_of(refs, "payment-id").ok_or_else(|| Fault::no_reference("payment-id"))?;
    let refund = reference_of(refs, "refund-id").ok_or_else(|| Fault::no_reference("refund-id"))?;
    let path = format!(
        "/v1/payments/{}/refunds/{}",
        percent(payment),
        percent(refund)
    );
    state(ctx, payment, &settings.api.get(&path)?)
}

pub(crate) fn status(raw: &str) -> Option<RefundStatus> {
    Some(match raw {
        "approved" => RefundStatus::Succeeded,
        "in_process" | "authorized" => RefundStatus::Pending,
        "rejected" => RefundStatus::Failed,
        "cancelled" => RefundStatus::Canceled,
        _ => return None,
    })
}

fn state(ctx: &CallContext, payment: &str, refund: &Json) -> Answer<RefundState> {
    let lacks = |what: &str| Fault::malformed(format!("the refund has no {what} that can be read"));
    let raw = refund.at("status").text().ok_or_else(|| lacks("status"))?;
    let status = status(raw).ok_or_else(|| Fault::unknown_status("a refund", raw))?;
    let id = refund.at("id").text().ok_or_else(|| lacks("id"))?;
    let minor = refund
        .at("amount")
        .minor(PLACES)
        .filter(|minor| *minor > 0)
        .ok_or_else(|| lacks("amount"))?;
    Ok(RefundState {
        status,
        refs: vec![reference("payment-id", payment), reference("refund-id", id)],
        amount: money(minor, CURRENCY),
        decline: (status == RefundStatus::Failed).then(|| Decline {
            code: raw.to_owned(),
            message: "the provider refused the refund".to_owned(),
            advice: RetryAdvice::RetryLater,
        }),
        poll_at: (status == RefundStatus::Pending).then(|| ctx.now + 3_600_000),
        raw_status: raw.to_owned(),
    })
}
