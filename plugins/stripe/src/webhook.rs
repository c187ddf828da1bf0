//! Events, signed over the raw body (`Stripe-Signature`). Stripe tells them at least once and in no
//! order, so they say "look again"; only a dispute is told as it stands, for nobody else tells it.

use alvara_plugin_sdk::{
    Answer, CallContext, DisputeState, DisputeStatus, EventBody, Fault, InboundReply,
    InboundRequest, InboundResult, Json, PaymentEvent, PspRef, Trust,
    encode::from_hex,
    http::header,
    money::money,
    secrets::{self, Mac},
    text,
};

use crate::state::{id_of, lacks, reference};

/// An older signature is a replay.
const TOLERANCE_SECONDS: u64 = 300;
/// Two while a secret is changed; more is somebody who tries.
const MOST_SIGNATURES: usize = 5;

fn verify(ctx: &CallContext, request: &InboundRequest) -> Answer<()> {
    let signature = header(&request.headers, "stripe-signature")
        .ok_or_else(|| Fault::bad_signature("there is no Stripe-Signature"))?;
    let mut told = None;
    let mut tags = Vec::new();
    for part in signature.split(',') {
        match part.trim().split_once('=') {
            Some(("t", at)) => told = at.parse::<u64>().ok().map(|seconds| (seconds, at)),
            Some(("v1", tag)) => tags.extend(from_hex(tag).filter(|tag| tag.len() == 32)),
            // v0 is of test mode and worth nothing.
            _ => {}
        }
    }
    let (seconds, at) = told.ok_or_else(|| Fault::bad_signature("Stripe-Signature has no t"))?;
    if (ctx.now / 1000).abs_diff(seconds) > TOLERANCE_SECONDS {
        return Err(Fault::bad_signature(
            "the signature is too old or from the future",
        ));
    }
    let mut signed = format!("{at}.").into_bytes();
    signed.extend_from_slice(&request.body);
    let is_genuine = tags
        .iter()
        .take(MOST_SIGNATURES)
        .any(|tag| secrets::verify("webhook_secret", Mac::HmacSha256, &signed, tag) == Ok(true));
    if is_genuine {
        Ok(())
    } else {
        Err(Fault::bad_signature("the signature is not Stripe's"))
    }
}

pub(crate) fn dispute_status(raw: &str) -> Option<DisputeStatus> {
    Some(match raw {
        "warning_needs_response" | "needs_response" => DisputeStatus::Opened,
        "warning_under_review"
        | "under_review"
        | "appeal_needs_response"
        | "appeal_under_review" => DisputeStatus::UnderReview,
        "warning_closed" | "prevented" => DisputeStatus::Closed,
        "won" => DisputeStatus::Won,
        "lost" => DisputeStatus::Lost,
        _ => return None,
    })
}

fn dispute(object: &Json) -> Answer<DisputeState> {
    let raw = object.at("status").text().ok_or_else(|| lacks("status"))?;
    let status = dispute_status(raw).ok_or_else(|| Fault::unknown_status("a dispute", raw))?;
    let minor = object
        .at("amount")
        .minor(0)
        .filter(|minor| *minor >= 0)
        .ok_or_else(|| lacks("amount"))?;
    let currency = object
        .at("currency")
        .text()
        .ok_or_else(|| lacks("currency"))?
        .to_uppercase();
    Ok(DisputeState {
        status,
        refs: names(object, "dispute"),
        amount: money(minor, &currency),
        reason: text::within(object.at("reason").text().unwrap_or_default(), 100),
        evidence_due: object
            .at("evidence_details.due_by")
            .whole()
            .and_then(|seconds| seconds.checked_mul(1000)),
    })
}

/// Every name by which the house may know an object.
fn names(object: &Json, own: &str) -> Vec<PspRef> {
    let mut refs: Vec<PspRef> = Vec::new();
    let mut add = |kind: &str, value: Option<&str>| {
        if let Some(value) = value
            && refs.iter().all(|known| known.kind != kind)
        {
            refs.push(reference(kind, &text::within(value, 255)));
        }
    };
    add(own, object.at("id").text());
    add("payment-intent", id_of(object.at("payment_intent")));
    add("charge", id_of(object.at("charge")));
    add("subscription", id_of(object.at("subscription")));
    add(
        "subscription",
        id_of(object.at("parent.subscription_details.subscription")),
    );
    add("reference", object.at("metadata.reference").text());
    add("reference", object.at("client_reference_id").text());
    refs
}

/// What an event is about, by its type's family.
fn body(kind: &str, object: &Json) -> Answer<(Vec<PspRef>, EventBody)> {
    let mode = object.at("mode").text();
    Ok(if kind.starts_with("checkout.session.") {
        let refs = names(object, "checkout-session");
        match mode {
            Some("setup" | "subscription") => (refs, EventBody::MandateHint),
            _ => (refs, EventBody::ChargeHint),
        }
    } else if kind.starts_with("payment_intent.") {
        (names(object, "payment-intent"), EventBody::ChargeHint)
    } else if kind.starts_with("charge.dispute.") {
        let dispute = dispute(object)?;
        (dispute.refs.clone(), EventBody::Dispute(dispute))
    } else if kind.starts_with("refund.") || kind.starts_with("charge.refund.") {
        (names(object, "refund"), EventBody::RefundHint)
    } else if kind.starts_with("charge.") {
        (names(object, "charge"), EventBody::ChargeHint)
    } else if kind.starts_with("customer.subscription.") {
        (names(object, "subscription"), EventBody::MandateHint)
    } else if kind.starts_with("invoice.") {
        (names(object, "invoice"), EventBody::MandateHint)
    } else {
        (Vec::new(), EventBody::Ignored(text::within(kind, 80)))
    })
}

pub(crate) fn handle(ctx: &CallContext, request: &InboundRequest) -> Answer<InboundResult> {
    verify(ctx, request)?;
    let event = Json::parse(&request.body)?;
    let id = event.at("id").text().ok_or_else(|| lacks("id"))?;
    // A test endpoint (`{"id":"evt_1","object":"event"}`) says nothing more.
    let kind = event.at("type").text().unwrap_or("without a type");
    let (refs, body) = body(kind, event.at("data.object"))?;
    Ok(InboundResult {
        events: vec![PaymentEvent {
            event_id: text::within(id, 120),
            occurred_at: event
                .at("created")
                .whole()
                .and_then(|seconds| seconds.checked_mul(1000)),
            trust: Trust::Signed,
            refs,
            body,
        }],
        reply: InboundReply {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
        },
    })
}
