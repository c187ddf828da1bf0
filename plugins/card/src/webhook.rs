//! Notifications, signed by HMAC over a manifest of ids (`x-signature`), not over the body: so the
//! body is only a hint, and the charge is asked for.

use alvara_plugin_sdk::{
    Answer, CallContext, EventBody, Fault, InboundReply, InboundRequest, InboundResult, Json,
    PaymentEvent, PspRef, Trust,
    encode::{from_hex, parse_form, percent},
    http::header,
    secrets::{self, Mac},
    text,
    time::from_rfc3339,
};

use crate::settings::Settings;
use crate::state::reference;

/// `id:{data.id};request-id:{x-request-id};ts:{ts};`; a pair that is absent is left out.
fn manifest(data_id: Option<&str>, request_id: Option<&str>, ts: &str) -> String {
    let mut manifest = String::new();
    if let Some(id) = data_id {
        manifest.push_str(&format!("id:{};", id.to_lowercase()));
    }
    if let Some(id) = request_id {
        manifest.push_str(&format!("request-id:{id};"));
    }
    manifest.push_str(&format!("ts:{ts};"));
    manifest
}

/// The `data.id` that was signed, from the query.
fn verify(request: &InboundRequest, query: &[(String, String)]) -> Answer<Option<String>> {
    let signature = header(&request.headers, "x-signature")
        .ok_or_else(|| Fault::bad_signature("there is no x-signature"))?;
    let part = |name: &str| {
        signature
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    };
    let ts = part("ts").ok_or_else(|| Fault::bad_signature("x-signature has no ts"))?;
    let tag = part("v1")
        .and_then(from_hex)
        .filter(|tag| tag.len() == 32)
        .ok_or_else(|| Fault::bad_signature("x-signature has no v1"))?;
    let data_id = query
        .iter()
        .find(|(key, _)| key == "data.id")
        .map(|(_, value)| value.clone());
    let manifest = manifest(
        data_id.as_deref(),
        header(&request.headers, "x-request-id"),
        ts,
    );
    match secrets::verify("webhook_secret", Mac::HmacSha256, manifest.as_bytes(), &tag) {
        Ok(true) => Ok(data_id),
        _ => Err(Fault::bad_signature("the signature is not Mercado Pago's")),
    }
}

/// A notification bears our reference where we asked for it with the charge; of the rest the
/// provider is asked which charge it is about. It only looks.
fn refs_of_payment(ctx: &CallContext, ours: Option<&str>, id: &str) -> Answer<Vec<PspRef>> {
    let mut refs = vec![reference("payment-id", id)];
    let told = match ours {
        Some(ours) => Some(ours.to_owned()),
        None => Settings::of(ctx)?
            .api
            .get(&format!("/v1/payments/{}", percent(id)))?
            .at("external_reference")
            .string(),
    };
    refs.extend(told.map(|ours| reference("external-reference", &ours)));
    Ok(refs)
}

pub(crate) fn handle(ctx: &CallContext, request: &InboundRequest) -> Answer<InboundResult> {
    let query = parse_form(&request.query);
    let signed_id = verify(request, &query)?;
    let body = Json::parse(&request.body)?;
    let told = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let topic = body
        .at("type")
        .text()
        .or(told("type"))
        .unwrap_or_default()
        .to_owned();
    let id = body.at("data.id").string();
    // What is signed is the id of the query; a body about something else is not the provider's.
    if id.is_some()
        && signed_id.as_ref().map(|id| id.to_lowercase()) != id.as_ref().map(|id| id.to_lowercase())
    {
        return Err(Fault::bad_signature(
            "the body is about something else than the signature",
        ));
    }
    let id = id
        .or(signed_id)
        .ok_or_else(|| Fault::malformed("the notification is about nothing"))?;
    let ours = told("reference")
        .filter(|ours| ours.len() == 32 && ours.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let (refs, what) = match topic.as_str() {
        "payment" => (refs_of_payment(ctx, ours, &id)?, EventBody::ChargeHint),
        "subscription_preapproval" => (
            vec![reference("preapproval-id", &id)],
            EventBody::MandateHint,
        ),
        "subscription_authorized_payment" => {
            let path = format!("/authorized_payments/{}", percent(&id));
            let collection = Settings::of(ctx)?.api.get(&path)?;
            let mandate = collection
                .at("preapproval_id")
                .text()
                .map(|id| reference("preapproval-id", id));
            let payment = collection
                .at("payment.id")
                .text()
                .map(|id| reference("payment-id", id));
            (
                mandate.into_iter().chain(payment).collect(),
                EventBody::MandateHint,
            )
        }
        "topic_chargebacks_wh" => {
            let path = format!("/v1/chargebacks/{}", percent(&id));
            let chargeback = Settings::of(ctx)?.api.get(&path)?;
            match chargeback
                .at("payments.0")
                .text()
                .or(chargeback.at("payments.0.id").text())
            {
                Some(payment) => (refs_of_payment(ctx, None, payment)?, EventBody::ChargeHint),
                None => (
                    vec![],
                    EventBody::Ignored("a chargeback without a payment".to_owned()),
                ),
            }
        }
        other => (
            vec![],
            EventBody::Ignored(format!("topic {:?}", text::within(other, 40))),
        ),
    };
    let action = body.at("action").text().unwrap_or("?");
    let notification = body.at("id").text().unwrap_or("?");
    Ok(InboundResult {
        events: vec![PaymentEvent {
            event_id: text::within(&format!("mp-{notification}-{topic}-{id}-{action}"), 120),
            occurred_at: body.at("date_created").text().and_then(from_rfc3339),
            trust: Trust::Signed,
            refs,
            body: what,
        }],
        reply: InboundReply {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
        },
    })
}
