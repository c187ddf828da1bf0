//! Charges: a checkout, or a payment intent by a token or by what Stripe keeps of the customer.
//!
//! Every object bears our reference, derived from the idempotency key.

use alvara_plugin_sdk::{
    Answer, CallContext, CaptureMode, ChargeRequest, ChargeState, ChargeStatus, ErrorKind, Fault,
    Money, PspRef, Source, encode::percent, key, reference as reference_of, text,
};

use crate::api::Fields;
use crate::settings::Settings;
use crate::state::{of_checkout, of_intent};

pub(crate) const EXPAND_CHECKOUT: &str = "data.payment_intent.latest_charge";
pub(crate) const EXPAND_INTENT: &str = "data.latest_charge";
/// A charge is looked for among those of so long.
const LOOK_BACK_MS: u64 = 7 * 86_400_000;
/// A checkout lives for half an hour to a day.
const CHECKOUT_SECONDS: (u64, u64) = (1_860, 86_340);

pub(crate) fn our_reference(ctx: &CallContext) -> String {
    key::derived(&ctx.idempotency_key, 32)
}

/// Amount and currency, as Stripe writes them.
pub(crate) fn price(amount: &Money) -> Answer<(String, String)> {
    if !crate::CURRENCIES.contains(&amount.currency.as_str()) {
        return Err(Fault::invalid(
            "amount",
            format!("{} is not offered", text::within(&amount.currency, 8)),
        ));
    }
    if amount.minor <= 0 {
        return Err(Fault::invalid("amount", "must be more than zero"));
    }
    Ok((amount.minor.to_string(), amount.currency.to_lowercase()))
}

/// What a checkout of any mode has.
pub(crate) fn checkout(
    ctx: &CallContext,
    settings: &Settings,
    mode: &str,
    ours: &str,
    back: (Option<&String>, Option<&String>),
) -> Answer<Fields> {
    let (success, cancel) = back;
    let success = success
        .ok_or_else(|| Fault::invalid("return-url", "a checkout leads back to somewhere"))?;
    let mut fields = Fields::default();
    fields.set("mode", mode);
    fields.set("client_reference_id", ours);
    fields.set("metadata[reference]", ours);
    fields.set("success_url", success.as_str());
    fields.may("cancel_url", cancel.or(Some(success)).map(String::as_str));
    for (at, method) in settings.methods.iter().enumerate() {
        fields.set(&format!("payment_method_types[{at}]"), method.as_str());
    }
    let _ = ctx;
    Ok(fields)
}

fn begin_checkout(
    ctx: &CallContext,
    settings: &Settings,
    request: &ChargeRequest,
    ours: &str,
) -> Answer<ChargeState> {
    let fields = payment_checkout(ctx, settings, request, ours)?;
    let made = settings.api.post("/v1/checkout/sessions", ours, &fields)?;
    of_checkout(ctx, &made)
}

/// The form of a checkout that pays once.
pub(crate) fn payment_checkout(
    ctx: &CallContext,
    settings: &Settings,
    request: &ChargeRequest,
    ours: &str,
) -> Answer<Fields> {
    let (amount, currency) = price(&request.amount)?;
    let back = (request.return_url.as_ref(), request.cancel_url.as_ref());
    let mut fields = checkout(ctx, settings, "payment", ours, back)?;
    fields.set("line_items[0][quantity]", "1");
    fields.set("line_items[0][price_data][currency]", currency);
    fields.set("line_items[0][price_data][unit_amount]", amount);
    fields.set(
        "line_items[0][price_data][product_data][name]",
        name(&request.description),
    );
    fields.set("payment_intent_data[metadata][reference]", ours);
    fields.may(
        "payment_intent_data[description]",
        Some(text::within(&request.description, 500)),
    );
    fields.may(
        "customer_email",
        request
            .customer
            .as_ref()
            .and_then(|customer| customer.email.as_deref()),
    );
    if request.save_for_later {
        fields.set("customer_creation", "always");
        fields.set("payment_intent_data[setup_future_usage]", "off_session");
    }
    if request.capture == CaptureMode::Manual {
        fields.set("payment_intent_data[capture_method]", "manual");
    }
    if let Some(end) = request.expires_at {
        if end <= ctx.now {
            return Err(Fault::invalid("expires-at", "is in the past"));
        }
        let seconds = ((end - ctx.now) / 1000).clamp(CHECKOUT_SECONDS.0, CHECKOUT_SECONDS.1);
        fields.set("expires_at", (ctx.now / 1000 + seconds).to_string());
    }
    Ok(fields)
}

/// A product's name must not be empty.
pub(crate) fn name(description: &str) -> String {
    let name = text::within(description, 250);
    if name.trim().is_empty() {
        "Order".to_owned()
    } else {
        name
    }
}

fn confirm_intent(
    ctx: &CallContext,
    settings: &Settings,
    request: &ChargeRequest,
    ours: &str,
) -> Answer<ChargeState> {
    let (amount, currency) = price(&request.amount)?;
    let mut fields = Fields::default();
    fields.set("amount", amount);
    fields.set("currency", currency);
    fields.set("confirm", "true");
    fields.set("metadata[reference]", ours);
    fields.may("description", Some(text::within(&request.description, 500)));
    fields.set("expand[]", "latest_charge");
    if request.capture == CaptureMode::Manual {
        fields.set("capture_method", "manual");
    }
    match &request.source {
        Source::StoredMethod(stored) => {
            let (customer, method) = stored_method(stored)?;
            fields.set("customer", customer);
            fields.set("payment_method", method);
            fields.set("off_session", "true");
            fields.set("metadata[session]", "off");
        }
        Source::SingleUseToken(token) => {
            let field = if token.starts_with("ctoken_") {
                "confirmation_token"
            } else {
                "payment_method"
            };
            fields.set(field, token.as_str());
            fields.may("return_url", request.return_url.as_deref());
            fields.set("automatic_payment_methods[enabled]", "true");
        }
        Source::None => return Err(Fault::invalid("source", "is missing")),
    }
    of_intent(
        ctx,
        &settings.api.post("/v1/payment_intents", ours, &fields)?,
    )
}

/// `cus_…/pm_…`.
pub(crate) fn stored_method(stored: &str) -> Answer<(&str, &str)> {
    stored
        .split_once('/')
        .filter(|(customer, method)| customer.starts_with("cus_") && !method.is_empty())
        .ok_or_else(|| {
            Fault::invalid(
                "source",
                "a stored method is a customer and a method of Stripe",
            )
        })
}

pub(crate) fn create(ctx: &CallContext, request: &ChargeRequest) -> Answer<ChargeState> {
    let settings = Settings::of(ctx)?;
    let ours = our_reference(ctx);
    match request.source {
        Source::None => begin_checkout(ctx, &settings, request, &ours),
        _ => confirm_intent(ctx, &settings, request, &ours),
    }
}

/// Looks among the newest, because a key repeated after it was forgotten would make a second charge.
pub(crate) fn find(ctx: &CallContext, request: &ChargeRequest) -> Answer<Option<ChargeState>> {
    let settings = Settings::of(ctx)?;
    let ours = our_reference(ctx);
    let (amount, currency) = price(&request.amount)?;
    let since = ctx.now.saturating_sub(LOOK_BACK_MS);
    let is_ours =
        |object: &alvara_plugin_sdk::Json| object.at("metadata.reference").text() == Some(&ours);
    let (found, total) = match request.source {
        Source::None => (
            settings
                .api
                .find("/v1/checkout/sessions", since, EXPAND_CHECKOUT, is_ours)?,
            "amount_total",
        ),
        _ => (
            settings
                .api
                .find("/v1/payment_intents", since, EXPAND_INTENT, is_ours)?,
            "amount",
        ),
    };
    let Some(found) = found else {
        return Ok(None);
    };
    let same =
        found.at(total).text() == Some(&amount) && found.at("currency").text() == Some(&currency);
    if !same {
        return Err(Fault::of(
            ErrorKind::IdempotencyMismatch,
            "Stripe has this charge with another amount",
        ));
    }
    match request.source {
        Source::None => of_checkout(ctx, &found),
        _ => of_intent(ctx, &found),
    }
    .map(Some)
}

fn checkout_at(id: &str) -> String {
    format!(
        "/v1/checkout/sessions/{}?expand%5B%5D=payment_intent.latest_charge",
        percent(id)
    )
}

fn intent_at(id: &str) -> String {
    format!(
        "/v1/payment_intents/{}?expand%5B%5D=latest_charge",
        percent(id)
    )
}

pub(crate) fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState> {
    let settings = Settings::of(ctx)?;
    if let Some(collection) = reference_of(refs, "collection") {
        return crate::mandate::collected(ctx, &settings, collection);
    }
    match (
        reference_of(refs, "checkout-session"),
        reference_of(refs, "payment-intent"),
    ) {
        (Some(id), _) => of_checkout(ctx, &settings.api.get(&checkout_at(id))?),
        (None, Some(id)) => of_intent(ctx, &settings.api.get(&intent_at(id))?),
        (None, None) => Err(Fault::no_reference("checkout-session")),
    }
}

/// The payment intent of a charge, which a checkout has once the customer came so far.
pub(crate) fn intent_of(ctx: &CallContext, refs: &[PspRef]) -> Answer<String> {
    if let Some(id) = reference_of(refs, "payment-intent") {
        return Ok(id.to_owned());
    }
    let now = sync(ctx, refs)?;
    reference_of(&now.refs, "payment-intent")
        .map(str::to_owned)
        .ok_or_else(|| Fault::of(ErrorKind::Conflict, "nobody has paid this yet"))
}

pub(crate) fn cancel(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState> {
    let settings = Settings::of(ctx)?;
    let now = sync(ctx, refs)?;
    let once = key::derived_for(&ctx.idempotency_key, "cancel", 32);
    let none = Fields::default();
    let open = matches!(now.raw_status.split_once('+'), Some(("open", _)));
    match (
        now.status,
        reference_of(&now.refs, "checkout-session"),
        reference_of(&now.refs, "payment-intent"),
    ) {
        (ChargeStatus::RequiresAction, Some(id), _) if open => {
            let path = format!("/v1/checkout/sessions/{}/expire", percent(id));
            settings.api.post(&path, &once, &none)?;
            // We closed it, so it did not run out.
            let mut closed = sync(ctx, refs)?;
            if closed.status == ChargeStatus::Expired {
                closed.status = ChargeStatus::Canceled;
            }
            Ok(closed)
        }
        (
            ChargeStatus::RequiresAction | ChargeStatus::Processing | ChargeStatus::Authorized,
            _,
            Some(id),
        ) => {
            let path = format!("/v1/payment_intents/{}/cancel", percent(id));
            settings.api.post(&path, &once, &none)?;
            sync(ctx, refs)
        }
        (ChargeStatus::Processing, _, None) => {
            Err(Fault::of(ErrorKind::Conflict, "the money is on its way"))
        }
        // It is over already; the answer is how.
        _ => Ok(now),
    }
}

pub(crate) fn capture(
    ctx: &CallContext,
    refs: &[PspRef],
    amount: &Money,
    last: bool,
) -> Answer<ChargeState> {
    if !last {
        return Err(Fault::invalid("last", "what is held is captured once"));
    }
    let settings = Settings::of(ctx)?;
    let (minor, _) = price(amount)?;
    let id = intent_of(ctx, refs)?;
    let mut fields = Fields::default();
    fields.set("amount_to_capture", minor);
    fields.set("expand[]", "latest_charge");
    let once = key::derived_for(&ctx.idempotency_key, "capture", 32);
    let path = format!("/v1/payment_intents/{}/capture", percent(&id));
    of_intent(ctx, &settings.api.post(&path, &once, &fields)?)
}
