//! Refunds of a payment intent, whole or in part.

use alvara_plugin_sdk::{
    Answer, CallContext, Decline, Fault, Json, PspRef, RefundRequest, RefundState, RefundStatus,
    RetryAdvice, encode::percent, money::money, reference as reference_of, text,
};

use crate::api::Fields;
use crate::charge::{intent_of, our_reference, price};
use crate::settings::Settings;
use crate::state::{id_of, lacks, reference};

pub(crate) fn refund(ctx: &CallContext, request: &RefundRequest) -> Answer<RefundState> {
    let settings = Settings::of(ctx)?;
    let (amount, _) = price(&request.amount)?;
    let intent = intent_of(ctx, &request.refs)?;
    let ours = our_reference(ctx);
    let mut fields = Fields::default();
    fields.set("payment_intent", intent);
    fields.set("amount", amount);
    fields.set("metadata[reference]", ours.as_str());
    state(ctx, &settings.api.post("/v1/refunds", &ours, &fields)?)
}

pub(crate) fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<RefundState> {
    let id = reference_of(refs, "refund").ok_or_else(|| Fault::no_reference("refund"))?;
    state(
        ctx,
        &Settings::of(ctx)?
            .api
            .get(&format!("/v1/refunds/{}", percent(id)))?,
    )
}

pub(crate) fn status(raw: &str) -> Option<RefundStatus> {
    Some(match raw {
        "pending" | "requires_action" => RefundStatus::Pending,
        "succeeded" => RefundStatus::Succeeded,
        "failed" => RefundStatus::Failed,
        "canceled" => RefundStatus::Canceled,
        _ => return None,
    })
}

fn state(ctx: &CallContext, refund: &Json) -> Answer<RefundState> {
    let raw = refund.at("status").text().ok_or_else(|| lacks("status"))?;
    let status = status(raw).ok_or_else(|| Fault::unknown_status("a refund", raw))?;
    let minor = refund
        .at("amount")
        .minor(0)
        .filter(|minor| *minor > 0)
        .ok_or_else(|| lacks("amount"))?;
    let currency = refund
        .at("currency")
        .text()
        .ok_or_else(|| lacks("currency"))?
        .to_uppercase();
    let mut refs = vec![reference(
        "refund",
        refund.at("id").text().ok_or_else(|| lacks("id"))?,
    )];
    refs.extend(id_of(refund.at("payment_intent")).map(|id| reference("payment-intent", id)));
    let reason = refund.at("failure_reason").text().unwrap_or("failed");
    Ok(RefundState {
        status,
        refs,
        amount: money(minor, &currency),
        decline: (status == RefundStatus::Failed).then(|| Decline {
            code: text::within(reason, 64),
            message: "the refund did not reach the customer".to_owned(),
            advice: RetryAdvice::RetryOtherMethod,
        }),
        poll_at: (status == RefundStatus::Pending).then(|| ctx.now + 3_600_000),
        raw_status: raw.to_owned(),
    })
}
