//! What the provider tells. Bacen's webhook has no signature: it is proven by the provider's
//! certificate or by a word that both know, and either way it only says "look again".

use alvara_plugin_sdk::{
    Answer, CallContext, Config, EventBody, Fault, InboundReply, InboundRequest, InboundResult,
    Json, KeyValue, PaymentEvent, PspRef, Trust, encode, key, secrets, text, time::from_rfc3339,
};

use crate::api::segment;
use crate::settings::Settings;

/// More than any provider puts into one call.
const MOST_EVENTS: usize = 500;

fn trust(ctx: &CallContext, request: &InboundRequest) -> Answer<Trust> {
    let config = Config::of(&ctx.config);
    if let Some(presented) = &request.client_cert_sha256
        && let Some(known) = config.get("webhook_cert_sha256")
        && known
            .split_whitespace()
            .any(|known| known.eq_ignore_ascii_case(presented))
    {
        return Ok(Trust::Mtls);
    }
    let token = encode::parse_form(&request.query)
        .into_iter()
        .find(|(name, _)| name == "token")
        .map(|(_, value)| value)
        .unwrap_or_default();
    // Some providers add their last part behind whatever the address ends with.
    let bare = ["/pix", "/rec", "/cobr"]
        .into_iter()
        .find_map(|part| token.strip_suffix(part))
        .unwrap_or(&token);
    let is_known = |word: &str| {
        !word.is_empty() && secrets::equals("webhook_token", word.as_bytes()) == Ok(true)
    };
    if is_known(&token) || is_known(bare) {
        return Ok(Trust::SharedToken);
    }
    Err(Fault::bad_signature(
        "neither the provider's certificate nor the token of the address",
    ))
}

fn refs(entry: &Json, fields: &[(&str, &str)]) -> Vec<PspRef> {
    fields
        .iter()
        .filter_map(|(field, kind)| {
            Some(PspRef {
                kind: (*kind).to_owned(),
                value: text::within(entry.at(field).text()?, 64),
            })
        })
        .collect()
}

/// The same telling has the same id: it is made of what happened to what.
fn event_id(entry: &Json) -> String {
    format!("pix-{}", key::derived(&entry.to_string(), 40))
}

fn event(
    trust: Trust,
    entry: &Json,
    occurred: Option<&str>,
    refs: Vec<PspRef>,
    body: EventBody,
) -> PaymentEvent {
    PaymentEvent {
        event_id: event_id(entry),
        occurred_at: occurred.and_then(from_rfc3339),
        trust,
        body: if refs.is_empty() {
            EventBody::Ignored("an entry without a name for anything".to_owned())
        } else {
            body
        },
        refs,
    }
}

/// `pix`: a charge was paid, or a devolução of it came to an end.
fn pix(trust: Trust, chave: &str, entry: &Json) -> Vec<PaymentEvent> {
    let occurred = entry.at("horario").text();
    let charge = refs(entry, &[("txid", "txid"), ("endToEndId", "e2eid")]);
    // Anybody can let a key of theirs point to our address.
    if entry.at("chave").text().is_some_and(|told| told != chave) {
        let ignored = EventBody::Ignored("another receiver's key".to_owned());
        return vec![event(trust, entry, occurred, charge, ignored)];
    }
    let mut events = vec![event(
        trust,
        entry,
        occurred,
        charge.clone(),
        EventBody::ChargeHint,
    )];
    for refund in entry.at("devolucoes").list() {
        let mut refs = refs(refund, &[("id", "devolucao"), ("rtrId", "rtrid")]);
        refs.extend(
            charge
                .iter()
                .filter(|charge| charge.kind == "e2eid")
                .cloned(),
        );
        let occurred = refund
            .at("horario.liquidacao")
            .text()
            .or(refund.at("horario.solicitacao").text());
        events.push(event(trust, refund, occurred, refs, EventBody::RefundHint));
    }
    events
}

pub(crate) fn handle(ctx: &CallContext, request: &InboundRequest) -> Answer<InboundResult> {
    let trust = trust(ctx, request)?;
    let chave = Config::of(&ctx.config).need("chave")?.to_owned();
    let told = Json::parse(&request.body)?;
    let mut events = Vec::new();
    for entry in told.at("pix").list() {
        events.extend(pix(trust, &chave, entry));
    }
    for entry in told.at("recs").list() {
        let occurred = entry
            .at("atualizacao")
            .list()
            .last()
            .and_then(|last| last.at("data").text());
        let refs = refs(entry, &[("idRec", "idrec")]);
        events.push(event(trust, entry, occurred, refs, EventBody::MandateHint));
    }
    for entry in told.at("cobsr").list() {
        let occurred = entry
            .at("atualizacao")
            .list()
            .last()
            .and_then(|last| last.at("data").text());
        let refs = refs(entry, &[("txid", "txid")]);
        events.push(event(trust, entry, occurred, refs, EventBody::ChargeHint));
    }
    if events.len() > MOST_EVENTS {
        return Err(Fault::malformed("more events than one call may hold"));
    }
    // Providers try the address out with an empty body when it is registered.
    Ok(InboundResult {
        events,
        reply: InboundReply {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
        },
    })
}

/// The provider calls `{url}/pix`, `{url}/rec` and `{url}/cobr`. The last two exist once a receiver.
pub(crate) fn register(ctx: &CallContext, url: &str) -> Answer<Vec<KeyValue>> {
    let settings = Settings::of(ctx)?;
    let api = settings.api()?;
    let body = Json::object([("webhookUrl", url.into())]);
    let mut paths = vec![format!("/webhook/{}", segment(&settings.key))];
    if Config::of(&ctx.config).get("automatic_account").is_some() {
        paths.extend(["/webhookrec".to_owned(), "/webhookcobr".to_owned()]);
    }
    for path in &paths {
        api.tell("PUT", path, &body)?;
    }
    Ok(paths
        .into_iter()
        .map(|path| KeyValue {
            key: path,
            value: url.to_owned(),
        })
        .collect())
}
