//! The provider's own fields: the customer types a card into them, and brings their token.

use alvara_plugin_sdk::{
    Answer, CallContext, ChargeRequest, ChargeState, ChargeStatus, ErrorKind, Fault,
    HostedFieldsAction, Json, KeyValue, NextAction, PspRef, key, kv, reference as reference_of,
};

use crate::charge::{by_reference, payment_body, rank, sync};
use crate::settings::Settings;
use crate::state::{bare, reference, state};

/// For how long the customer may type the card into the fields. The memory of an account has room for
/// 64 forms at once.
const FIELDS_SECONDS: u64 = 3600;
/// For how long a card that was charged keeps another one out: longer than any call may take.
const CHARGED_SECONDS: u64 = 3600;

/// Under what is kept what a form collects.
fn form_of(ours: &str) -> String {
    format!("fields:{ours}")
}

/// Nothing leaves yet: the customer types the card into the provider's fields, and `complete` brings
/// their token. What is collected was decided here and is kept here; the page cannot change it.
pub(crate) fn begin(
    settings: &Settings,
    request: &ChargeRequest,
    ours: &str,
    public_key: &str,
) -> Answer<ChargeState> {
    let body = payment_body(settings, request, ours)?;
    let name = form_of(ours);
    kv::keep(&name, &body.bytes(), FIELDS_SECONDS);
    // A form that nothing is known of could be filled in and never be sent.
    if kv::get(&name).is_none() {
        return Err(Fault::of(
            ErrorKind::Unavailable,
            "too many forms are open at once",
        ));
    }
    let params = [
        ("amount", body.at("transaction_amount").to_string()),
        ("max_installments", settings.max_installments.to_string()),
    ];
    let mut begun = bare(
        ChargeStatus::RequiresAction,
        vec![reference("external-reference", ours)],
        "fields",
    );
    begun.action = Some(NextAction::HostedFields(HostedFieldsAction {
        sdk: "https://sdk.mercadopago.com/js/v2".to_owned(),
        client_token: public_key.to_owned(),
        params: params
            .map(|(key, value)| KeyValue {
                key: key.to_owned(),
                value,
            })
            .to_vec(),
    }));
    Ok(begun)
}

/// After the checkout, after 3-D Secure, or with the token of the fields.
pub(crate) fn complete(
    ctx: &CallContext,
    refs: &[PspRef],
    query: &[KeyValue],
) -> Answer<ChargeState> {
    let settings = Settings::of(ctx)?;
    let told = |key: &str| {
        query
            .iter()
            .find(|pair| pair.key == key)
            .map(|pair| pair.value.as_str())
    };
    let Some(token) = told("token").filter(|_| settings.public_key.is_some()) else {
        return sync(ctx, refs);
    };
    let ours = reference_of(refs, "external-reference")
        .ok_or_else(|| Fault::no_reference("external-reference"))?;
    // The page may send the token twice: the first payment counts.
    let before = by_reference(ctx, &settings, ours)?;
    if let Some(found) = &before
        && rank(found.status) > 0
    {
        return Ok(found.clone());
    }
    let kept = kv::get(&form_of(ours)).ok_or_else(|| {
        Fault::of(
            ErrorKind::Conflict,
            "the fields were open for too long, or have served; ask how it stands",
        )
    })?;
    let mut body = Json::parse(&kept)?;
    body.set("token", token);
    body.set("payment_method_id", told("payment_method_id"));
    body.set("issuer_id", told("issuer_id"));
    if let Some(wanted) = told("installments") {
        let wanted = wanted
            .parse::<u32>()
            .ok()
            .filter(|wanted| (1..=settings.max_installments).contains(wanted))
            .ok_or_else(|| {
                Fault::invalid(
                    "installments",
                    format!("1 to {}", settings.max_installments),
                )
            })?;
        body.set("installments", wanted);
    }
    // A token is good once, so it is what makes two tries of one card the same.
    let once = key::derived_for(ours, token, 32);
    // One card at a time. Where the provider says that the card before was refused another may follow,
    // in a place of its own: of two pages that are sent at once each would free the other's.
    let after = before
        .as_ref()
        .and_then(|refused| reference_of(&refused.refs, "payment-id"));
    let charging = format!("charging:{ours}:{}", after.unwrap_or("first"));
    // A page that is sent twice makes two tokens of one card, and both would be charged.
    if !kv::claim(&charging, once.as_bytes(), CHARGED_SECONDS)
        && kv::get(&charging).as_deref() != Some(once.as_bytes())
    {
        return Err(match kv::get(&charging) {
            Some(_) => Fault::of(
                ErrorKind::Conflict,
                "another card is being charged for this; ask how it stands",
            ),
            None => Fault::of(
                ErrorKind::Unavailable,
                "too many cards are being charged at once",
            ),
        });
    }
    match settings.api.send("POST", "/v1/payments", &once, &body) {
        Ok(made) => {
            let made = state(ctx, &made)?;
            // What holds, or may hold, is charged once: the form has served.
            if rank(made.status) > 0 {
                kv::forget(&form_of(ours));
            }
            Ok(made)
        }
        Err(error) => {
            // Certainly nothing was charged, so whoever typed it may type again.
            use ErrorKind::{InvalidRequest, RateLimited, Unavailable};
            if matches!(error.kind, InvalidRequest | RateLimited | Unavailable) {
                kv::forget(&charging);
            }
            Err(error)
        }
    }
}
