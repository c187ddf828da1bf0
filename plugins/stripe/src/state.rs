//! What Stripe's objects say about a charge.

use alvara_plugin_sdk::{
    Answer, CallContext, ChargeState, ChargeStatus, Decline, Fault, HostedFieldsAction, Instant,
    Json, NextAction, PspRef, QrAction, RedirectAction, RetryAdvice, VoucherAction, money::money,
    text, time::Day,
};

pub(crate) fn reference(kind: &str, value: &str) -> PspRef {
    PspRef {
        kind: kind.to_owned(),
        value: value.to_owned(),
    }
}

pub(crate) fn lacks(what: &str) -> alvara_plugin_sdk::PluginError {
    Fault::malformed(format!("Stripe's object has no {what} that can be read"))
}

/// Capitals, one of those that we offer.
fn currency(object: &Json) -> Answer<String> {
    let code = object
        .at("currency")
        .text()
        .ok_or_else(|| lacks("currency"))?
        .to_uppercase();
    if crate::CURRENCIES.contains(&code.as_str()) {
        Ok(code)
    } else {
        Err(lacks("currency"))
    }
}

fn amount(object: &Json, path: &str) -> Answer<i64> {
    match object.at(path) {
        Json::Null => Ok(0),
        value => value
            .minor(0)
            .filter(|minor| *minor >= 0)
            .ok_or_else(|| lacks(path)),
    }
}

fn instant(object: &Json, path: &str) -> Option<Instant> {
    object.at(path).whole()?.checked_mul(1000)
}

/// An id that may be expanded.
pub(crate) fn id_of(value: &Json) -> Option<&str> {
    value.text().or_else(|| value.at("id").text())
}

/// A state with nothing but its word and names.
pub(crate) fn bare(
    status: ChargeStatus,
    refs: Vec<PspRef>,
    currency: &str,
    raw: &str,
) -> ChargeState {
    let nothing = || money(0, currency);
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

/// Whether the customer is there to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Session {
    On,
    Off,
}

/// The status of a payment intent; what is not here is refused.
pub(crate) fn intent_status(
    raw: &str,
    session: Session,
    was_refused: Option<()>,
) -> Option<ChargeStatus> {
    Some(match raw {
        // Nobody is there to try another method.
        "requires_payment_method" if session == Session::Off && was_refused.is_some() => {
            ChargeStatus::Failed
        }
        "requires_payment_method" | "requires_action" => ChargeStatus::RequiresAction,
        "requires_confirmation" | "processing" => ChargeStatus::Processing,
        "requires_capture" => ChargeStatus::Authorized,
        "canceled" => ChargeStatus::Canceled,
        "succeeded" => ChargeStatus::Paid,
        _ => return None,
    })
}

fn advice(code: &str) -> RetryAdvice {
    match code {
        "insufficient_funds" | "processing_error" | "try_again_later" | "issuer_not_available" => {
            RetryAdvice::RetryLater
        }
        "call_issuer" | "do_not_honor" | "card_not_supported" | "restricted_card" => {
            RetryAdvice::ContactIssuer
        }
        "lost_card" | "stolen_card" | "fraudulent" | "pickup_card" => RetryAdvice::DoNotRetry,
        _ => RetryAdvice::RetryOtherMethod,
    }
}

/// Bank, currency and fields of a line of 47 digits in the order of the barcode.
fn barcode_of(line: &str) -> Option<String> {
    let part = |from, to| line.get(from..to);
    (line.len() == 47 && line.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| {
            Some(
                [
                    part(0, 4)?,
                    part(32, 47)?,
                    part(4, 9)?,
                    part(10, 20)?,
                    part(21, 31)?,
                ]
                .concat(),
            )
        })
        .flatten()
}

fn next_action(intent: &Json) -> Option<NextAction> {
    let next = intent.at("next_action");
    match next.at("type").text()? {
        "redirect_to_url" => Some(NextAction::Redirect(RedirectAction {
            url: next
                .at("redirect_to_url.url")
                .text()
                .filter(|url| alvara_plugin_sdk::text::is_page(url))?
                .to_owned(),
        })),
        "pix_display_qr_code" => Some(NextAction::Qr(QrAction {
            br_code: next.at("pix_display_qr_code.data").string()?,
            expires_at: instant(next, "pix_display_qr_code.expires_at"),
        })),
        "boleto_display_details" => {
            let boleto = next.at("boleto_display_details");
            let line: String = boleto
                .at("number")
                .text()?
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            Some(NextAction::Voucher(VoucherAction {
                barcode: barcode_of(&line)?,
                digitable_line: line,
                due_date: Day::of(instant(boleto, "expires_at")?).to_string(),
                br_code: None,
                hosted_url: boleto.at("hosted_voucher_url").string(),
            }))
        }
        "use_stripe_sdk" => Some(NextAction::HostedFields(HostedFieldsAction {
            sdk: "https://js.stripe.com/v3".to_owned(),
            // Made for the customer's browser.
            client_token: intent.at("client_secret").string()?,
            params: Vec::new(),
        })),
        _ => None,
    }
}

/// How a payment intent stands. Its latest charge, expanded, says what was given back.
pub(crate) fn of_intent(ctx: &CallContext, intent: &Json) -> Answer<ChargeState> {
    let raw = intent.at("status").text().ok_or_else(|| lacks("status"))?;
    let error = intent.at("last_payment_error");
    let session = if intent.at("metadata.session").text() == Some("off") {
        Session::Off
    } else {
        Session::On
    };
    let was_refused = (*error != Json::Null).then_some(());
    let mut status = intent_status(raw, session, was_refused)
        .ok_or_else(|| Fault::unknown_status("a payment intent", raw))?;
    let currency = currency(intent)?;
    let captured = amount(intent, "amount_received")?;
    let charge = intent.at("latest_charge");
    let refunded = amount(charge, "amount_refunded")?;
    if refunded > captured || (status == ChargeStatus::Paid && captured == 0) {
        return Err(Fault::malformed(
            "the payment intent's amounts contradict its status",
        ));
    }
    if status == ChargeStatus::Paid && refunded > 0 {
        status = if refunded == captured {
            ChargeStatus::Refunded
        } else {
            ChargeStatus::PartiallyRefunded
        };
    }
    let mut refs = vec![reference(
        "payment-intent",
        intent.at("id").text().ok_or_else(|| lacks("id"))?,
    )];
    refs.extend(
        intent
            .at("metadata.reference")
            .text()
            .map(|ours| reference("reference", ours)),
    );
    refs.extend(id_of(charge).map(|id| reference("charge", id)));
    // Only with its customer can a method be charged again.
    let stored_method = match (
        id_of(intent.at("customer")),
        id_of(intent.at("payment_method")),
    ) {
        (Some(customer), Some(method))
            if intent.at("setup_future_usage").text() == Some("off_session") =>
        {
            Some(format!("{customer}/{method}"))
        }
        _ => None,
    };
    let refusal = [error.at("decline_code"), error.at("code"), error.at("type")]
        .into_iter()
        .find_map(Json::text);
    let held = if status == ChargeStatus::Authorized {
        amount(intent, "amount_capturable")?
    } else {
        captured
    };
    let is_open = matches!(
        status,
        ChargeStatus::RequiresAction | ChargeStatus::Processing
    );
    Ok(ChargeState {
        authorized: money(held, &currency),
        captured: money(captured, &currency),
        refunded: money(refunded, &currency),
        action: (status == ChargeStatus::RequiresAction)
            .then(|| next_action(intent))
            .flatten(),
        decline: refusal.filter(|_| captured == 0).map(|code| Decline {
            code: text::within(code, 64),
            message: text::within(error.at("message").text().unwrap_or_default(), 300),
            advice: advice(code),
        }),
        paid_at: (captured > 0).then(|| instant(charge, "created")).flatten(),
        stored_method,
        poll_at: is_open.then(|| ctx.now + 3_600_000),
        ..bare(status, refs, &currency, raw)
    })
}

/// How a checkout stands, with its payment intent expanded.
pub(crate) fn of_checkout(ctx: &CallContext, checkout: &Json) -> Answer<ChargeState> {
    let id = checkout.at("id").text().ok_or_else(|| lacks("id"))?;
    let raw = checkout
        .at("status")
        .text()
        .ok_or_else(|| lacks("status"))?;
    let paid = checkout.at("payment_status").text().unwrap_or_default();
    let both = format!("{raw}+{paid}");
    let mut refs = vec![reference("checkout-session", id)];
    refs.extend(
        checkout
            .at("client_reference_id")
            .text()
            .map(|ours| reference("reference", ours)),
    );
    let intent = checkout.at("payment_intent");
    let by_intent = || -> Answer<Option<ChargeState>> {
        if !matches!(intent, Json::Object(_)) {
            return Ok(None);
        }
        let mut state = of_intent(ctx, intent)?;
        state
            .refs
            .retain(|found| refs.iter().all(|own| own.kind != found.kind));
        state.refs.extend(refs.clone());
        Ok(Some(state))
    };
    let currency = || currency(checkout);
    match (raw, paid) {
        ("open", _) => {
            let url = checkout
                .at("url")
                .text()
                .filter(|url| alvara_plugin_sdk::text::is_page(url))
                .ok_or_else(|| lacks("address"))?;
            let mut state = bare(ChargeStatus::RequiresAction, refs, &currency()?, &both);
            state.action = Some(NextAction::Redirect(RedirectAction {
                url: url.to_owned(),
            }));
            state.expires_at = instant(checkout, "expires_at");
            state.poll_at = Some(ctx.now + 3_600_000);
            Ok(state)
        }
        ("expired", _) => Ok(bare(ChargeStatus::Expired, refs, &currency()?, &both)),
        ("complete", "paid" | "no_payment_required") => match by_intent()? {
            Some(state) => Ok(state),
            None => {
                let total = amount(checkout, "amount_total")?;
                if total == 0 && paid == "paid" {
                    return Err(lacks("amount"));
                }
                let mut state = bare(ChargeStatus::Paid, refs, &currency()?, &both);
                state.authorized.minor = total;
                state.captured.minor = total;
                Ok(state)
            }
        },
        // Bought, and the money is on its way: a boleto takes a business day.
        ("complete", "unpaid") => match by_intent()? {
            Some(mut state) => {
                // The way was a dead end (async_payment_failed); a finished checkout has no second.
                if state.status == ChargeStatus::RequiresAction && state.decline.is_some() {
                    state.status = ChargeStatus::Failed;
                    state.action = None;
                    state.poll_at = None;
                } else if state.status == ChargeStatus::RequiresAction {
                    state.status = ChargeStatus::Processing;
                }
                Ok(state)
            }
            None => {
                let mut state = bare(ChargeStatus::Processing, refs, &currency()?, &both);
                state.poll_at = Some(ctx.now + 3_600_000);
                Ok(state)
            }
        },
        _ => Err(Fault::unknown_status("a checkout", &both)),
    }
}
