//! Charges: a preference (a redirect to the provider's checkout), or a payment by a token.
//!
//! Both bear our external reference, by which they are found again. A preference may see several
//! payments, of which only one succeeds.

use alvara_plugin_sdk::{
    Answer, CallContext, CaptureMode, ChargeRequest, ChargeState, ChargeStatus, ErrorKind, Fault,
    Json, Money, NextAction, PluginError, PspRef, RedirectAction, Source, TaxIdKind,
    encode::{form, percent},
    key,
    money::expect,
    reference as reference_of, text,
    time::{from_rfc3339, rfc3339},
};

use crate::fields;
use crate::settings::Settings;
use crate::state::{CURRENCY, PLACES, bare, reference, state};

fn our_reference(ctx: &CallContext) -> String {
    key::derived(&ctx.idempotency_key, 32)
}

/// Our address with our reference, so that a notification leads to the charge without asking.
fn notification_url(url: Option<&String>, ours: &str) -> Json {
    url.map(|url| {
        let joint = if url.contains('?') { '&' } else { '?' };
        format!("{url}{joint}reference={ours}")
    })
    .into()
}

fn payer(request: &ChargeRequest, names: [&str; 2]) -> Json {
    let Some(customer) = &request.customer else {
        return Json::Null;
    };
    let (first, last) = customer
        .name
        .split_once(' ')
        .unwrap_or((&customer.name, ""));
    let some = |text: &str, most| Some(text::within(text, most)).filter(|text| !text.is_empty());
    let identification = customer.tax_id.as_ref().and_then(|tax_id| {
        let kind = match tax_id.kind {
            TaxIdKind::Cpf => "CPF",
            TaxIdKind::Cnpj => "CNPJ",
            TaxIdKind::Other => return None,
        };
        Some(Json::object([
            ("type", kind.into()),
            ("number", tax_id.value.as_str().into()),
        ]))
    });
    Json::object([
        ("email", customer.email.clone().into()),
        (names[0], some(first, 80).into()),
        (names[1], some(last, 80).into()),
        ("identification", identification.into()),
    ])
}

fn installments(settings: &Settings, request: &ChargeRequest) -> Answer<u32> {
    let wanted = request
        .card
        .as_ref()
        .map_or(1, |card| card.installments.max(1));
    if wanted > settings.max_installments {
        return Err(Fault::invalid(
            "card.installments",
            format!("at most {}", settings.max_installments),
        ));
    }
    Ok(wanted)
}

fn descriptor(settings: &Settings, request: &ChargeRequest) -> Json {
    request
        .card
        .as_ref()
        .and_then(|card| card.soft_descriptor.as_deref())
        .map(|name| text::plain_within(name, 13))
        .or_else(|| settings.descriptor.clone())
        .into()
}

/// The body of a payment, but for the token and what belongs to it.
pub(crate) fn payment_body(
    settings: &Settings,
    request: &ChargeRequest,
    ours: &str,
) -> Answer<Json> {
    let minor = expect(&request.amount, CURRENCY)?;
    Ok(Json::object([
        ("transaction_amount", Json::amount(minor, PLACES)),
        (
            "description",
            text::within(&request.description, 200).into(),
        ),
        ("installments", installments(settings, request)?.into()),
        ("external_reference", ours.into()),
        (
            "notification_url",
            notification_url(request.webhook_url.as_ref(), ours),
        ),
        (
            "capture",
            (request.capture == CaptureMode::Automatic).into(),
        ),
        ("binary_mode", false.into()),
        (
            "three_d_secure_mode",
            settings.three_d_secure.as_str().into(),
        ),
        ("statement_descriptor", descriptor(settings, request)),
        ("payer", payer(request, ["first_name", "last_name"])),
    ]))
}

pub(crate) fn create(ctx: &CallContext, request: &ChargeRequest) -> Answer<ChargeState> {
    let settings = Settings::of(ctx)?;
    let ours = our_reference(ctx);
    match &request.source {
        Source::SingleUseToken(token) => {
            let mut body = payment_body(&settings, request, &ours)?;
            body.set("token", token.as_str());
            for (name, field) in [
                ("card.payment_method_id", "payment_method_id"),
                ("card.issuer_id", "issuer_id"),
            ] {
                let told = request.metadata.iter().find(|pair| pair.key == name);
                body.set(field, told.map(|pair| pair.value.clone()));
            }
            let made = settings.api.send("POST", "/v1/payments", &ours, &body)?;
            state(ctx, &made)
        }
        // The provider's stored cards want the security code again, for which its fields are there.
        Source::StoredMethod(_) => Err(Fault::invalid(
            "source",
            "a stored card is charged by a mandate",
        )),
        Source::None => match &settings.public_key {
            Some(public_key) => fields::begin(&settings, request, &ours, public_key),
            None => begin_redirect(ctx, &settings, request, &ours),
        },
    }
}

fn begin_redirect(
    ctx: &CallContext,
    settings: &Settings,
    request: &ChargeRequest,
    ours: &str,
) -> Answer<ChargeState> {
    let minor = expect(&request.amount, CURRENCY)?;
    if request.capture == CaptureMode::Manual {
        return Err(Fault::invalid("capture", "the checkout captures at once"));
    }
    if ctx.attempt > 1
        && let Some(found) = find(ctx, request)?
    {
        return Ok(found);
    }
    let wanted = installments(settings, request)?;
    let most = if request.card.is_some() {
        wanted
    } else {
        settings.max_installments
    };
    let back = |url: Option<&String>| -> Json { url.cloned().into() };
    // One line of the whole amount: the order's lines may hold discounts that do not add up here.
    let item = Json::object([
        ("id", request.charge_id.as_str().into()),
        ("title", text::within(&request.description, 200).into()),
        ("quantity", 1_u32.into()),
        ("currency_id", CURRENCY.into()),
        ("unit_price", Json::amount(minor, PLACES)),
    ]);
    let other_types =
        ["ticket", "bank_transfer", "atm"].map(|kind| Json::object([("id", kind.into())]));
    let body = Json::object([
        ("items", vec![item].into()),
        ("payer", payer(request, ["name", "surname"])),
        (
            "back_urls",
            Json::object([
                ("success", back(request.return_url.as_ref())),
                ("pending", back(request.return_url.as_ref())),
                (
                    "failure",
                    back(request.cancel_url.as_ref().or(request.return_url.as_ref())),
                ),
            ]),
        ),
        (
            "auto_return",
            request.return_url.as_ref().map(|_| "approved").into(),
        ),
        ("external_reference", ours.into()),
        (
            "notification_url",
            notification_url(request.webhook_url.as_ref(), ours),
        ),
        ("statement_descriptor", descriptor(settings, request)),
        (
            "payment_methods",
            Json::object([
                ("installments", most.into()),
                ("excluded_payment_types", other_types.to_vec().into()),
            ]),
        ),
        ("expires", request.expires_at.map(|_| true).into()),
        ("expiration_date_to", request.expires_at.map(rfc3339).into()),
    ]);
    let made = settings
        .api
        .send("POST", "/checkout/preferences", ours, &body)?;
    preference_state(ctx, &made)
}

/// A preference that nobody has paid yet.
fn preference_state(ctx: &CallContext, preference: &Json) -> Answer<ChargeState> {
    let id = preference
        .at("id")
        .text()
        .ok_or_else(|| Fault::malformed("the preference has no id"))?;
    let ours = preference
        .at("external_reference")
        .text()
        .ok_or_else(|| Fault::malformed("the preference has no reference"))?;
    let expires_at = preference
        .at("expiration_date_to")
        .text()
        .and_then(from_rfc3339);
    let refs = vec![
        reference("external-reference", ours),
        reference("preference-id", id),
    ];
    if preference.at("expires").is_true() && expires_at.is_some_and(|end| end <= ctx.now) {
        return Ok(bare(ChargeStatus::Expired, refs, "preference/expired"));
    }
    let url = preference
        .at("init_point")
        .text()
        .filter(|url| alvara_plugin_sdk::text::is_page(url))
        .ok_or_else(|| Fault::malformed("the preference has no address"))?;
    let mut state = bare(ChargeStatus::RequiresAction, refs, "preference");
    state.action = Some(NextAction::Redirect(RedirectAction {
        url: url.to_owned(),
    }));
    state.expires_at = expires_at;
    state.poll_at = Some(ctx.now + 600_000);
    Ok(state)
}

/// Which of several payments of one reference says how the charge stands.
pub(crate) fn rank(status: ChargeStatus) -> u8 {
    match status {
        ChargeStatus::Failed | ChargeStatus::Canceled | ChargeStatus::Expired => 0,
        ChargeStatus::Created | ChargeStatus::RequiresAction => 1,
        ChargeStatus::Processing => 2,
        ChargeStatus::Authorized => 3,
        _ => 4,
    }
}

pub(crate) fn by_reference(
    ctx: &CallContext,
    settings: &Settings,
    ours: &str,
) -> Answer<Option<ChargeState>> {
    let query = form(&[
        ("external_reference", ours),
        ("sort", "date_created"),
        ("criteria", "desc"),
    ]);
    let found = settings.api.get(&format!("/v1/payments/search?{query}"))?;
    let mut best: Option<ChargeState> = None;
    for payment in found.at("results").list() {
        // A search may be fuzzy; only what bears our reference is ours.
        if payment.at("external_reference").text() != Some(ours) {
            continue;
        }
        let state = state(ctx, payment)?;
        if best
            .as_ref()
            .is_none_or(|best| rank(state.status) > rank(best.status))
        {
            best = Some(state);
        }
    }
    Ok(best)
}

fn preference_of(settings: &Settings, ours: &str) -> Answer<Option<Json>> {
    let query = form(&[("external_reference", ours)]);
    let found = settings
        .api
        .get(&format!("/checkout/preferences/search?{query}"))?;
    let id = found
        .at("elements")
        .list()
        .iter()
        .find(|element| element.at("external_reference").text() == Some(ours))
        .and_then(|element| element.at("id").string());
    id.map(|id| {
        settings
            .api
            .get(&format!("/checkout/preferences/{}", percent(&id)))
    })
    .transpose()
}

pub(crate) fn find(ctx: &CallContext, request: &ChargeRequest) -> Answer<Option<ChargeState>> {
    let settings = Settings::of(ctx)?;
    let minor = expect(&request.amount, CURRENCY)?;
    let ours = our_reference(ctx);
    if let Some(found) = by_reference(ctx, &settings, &ours)? {
        let told = found.captured.minor.max(found.authorized.minor);
        if told != 0 && told != minor {
            return Err(Fault::of(
                ErrorKind::IdempotencyMismatch,
                "the provider has this charge with another amount",
            ));
        }
        return Ok(Some(found));
    }
    if matches!(request.source, Source::None) && settings.public_key.is_none() {
        return preference_of(&settings, &ours)?
            .map(|preference| preference_state(ctx, &preference))
            .transpose();
    }
    Ok(None)
}

pub(crate) fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState> {
    let settings = Settings::of(ctx)?;
    if let Some(collection) = reference_of(refs, "collection") {
        return crate::mandate::collected(ctx, &settings, collection);
    }
    let preference = reference_of(refs, "preference-id");
    // At the checkout the customer may try again with another card, so one payment is not the end.
    let payment = match (
        reference_of(refs, "payment-id"),
        preference,
        reference_of(refs, "external-reference"),
    ) {
        (Some(id), None, _) => Some(state(
            ctx,
            &settings.api.get(&format!("/v1/payments/{}", percent(id)))?,
        )?),
        (_, _, Some(ours)) => by_reference(ctx, &settings, ours)?,
        _ => return Err(Fault::no_reference("external-reference")),
    };
    let Some(preference) = preference else {
        return payment.ok_or_else(|| {
            Fault::of(
                ErrorKind::NotFound,
                "the provider has no payment of this charge",
            )
        });
    };
    match payment {
        Some(payment) if rank(payment.status) > 0 => Ok(with_preference(payment, preference)),
        refused => {
            let open = settings
                .api
                .get(&format!("/checkout/preferences/{}", percent(preference)))?;
            let mut state = preference_state(ctx, &open)?;
            state.decline = refused.and_then(|refused| refused.decline);
            Ok(state)
        }
    }
}

fn with_preference(mut state: ChargeState, preference: &str) -> ChargeState {
    state.refs.push(reference("preference-id", preference));
    state
}

fn payment_id(ctx: &CallContext, settings: &Settings, refs: &[PspRef]) -> Answer<Option<String>> {
    if let Some(id) = reference_of(refs, "payment-id") {
        return Ok(Some(id.to_owned()));
    }
    let Some(ours) = reference_of(refs, "external-reference") else {
        return Err(Fault::no_reference("payment-id"));
    };
    let found = by_reference(ctx, settings, ours)?;
    Ok(found
        .filter(|found| rank(found.status) > 0)
        .and_then(|found| reference_of(&found.refs, "payment-id").map(str::to_owned)))
}

/// The payment that holds a charge's money.
pub(crate) fn paid_by(ctx: &CallContext, settings: &Settings, refs: &[PspRef]) -> Answer<String> {
    payment_id(ctx, settings, refs)?
        .ok_or_else(|| Fault::of(ErrorKind::Conflict, "the charge was not paid"))
}

pub(crate) fn cancel(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState> {
    let settings = Settings::of(ctx)?;
    let once = key::derived_for(&ctx.idempotency_key, "cancel", 32);
    let payment = payment_id(ctx, &settings, refs)?;
    // First the door, then who is inside.
    let closed = match reference_of(refs, "preference-id") {
        Some(preference) => {
            let body = Json::object([
                ("expires", true.into()),
                ("expiration_date_to", rfc3339(ctx.now).into()),
            ]);
            let path = format!("/checkout/preferences/{}", percent(preference));
            settings.api.send("PUT", &path, &once, &body)?;
            Some(preference)
        }
        None => None,
    };
    let Some(id) = payment else {
        return Ok(bare(
            ChargeStatus::Canceled,
            refs.to_vec(),
            "preference/expired",
        ));
    };
    let body = Json::object([("status", "cancelled".into())]);
    let canceled = match settings.api.send(
        "PUT",
        &format!("/v1/payments/{}", percent(&id)),
        &once,
        &body,
    ) {
        Ok(payment) => state(ctx, &payment)?,
        Err(error) if error.kind == ErrorKind::InvalidRequest => {
            let now = state(
                ctx,
                &settings
                    .api
                    .get(&format!("/v1/payments/{}", percent(&id)))?,
            )?;
            if rank(now.status) < 4 && rank(now.status) > 0 {
                return Err(PluginError {
                    kind: ErrorKind::Conflict,
                    ..error
                });
            }
            now
        }
        Err(error) => return Err(error),
    };
    Ok(match closed {
        Some(preference) => with_preference(canceled, preference),
        None => canceled,
    })
}

pub(crate) fn capture(
    ctx: &CallContext,
    refs: &[PspRef],
    amount: &Money,
    last: bool,
) -> Answer<ChargeState> {
    let settings = Settings::of(ctx)?;
    let minor = expect(amount, CURRENCY)?;
    if !last {
        return Err(Fault::invalid("last", "the provider captures once"));
    }
    let id = paid_by(ctx, &settings, refs)?;
    let body = Json::object([
        ("capture", true.into()),
        ("transaction_amount", Json::amount(minor, PLACES)),
    ]);
    let once = key::derived_for(&ctx.idempotency_key, "capture", 32);
    let captured = settings.api.send(
        "PUT",
        &format!("/v1/payments/{}", percent(&id)),
        &once,
        &body,
    )?;
    state(ctx, &captured)
}
