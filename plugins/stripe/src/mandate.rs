//! Recurring charges. By the house's calendar: the customer leaves a method in a checkout, with a
//! first charge or without, and each charge is a payment intent without the customer. By Stripe's:
//! a subscription, of which each collection is an invoice that the house looks for.

use alvara_plugin_sdk::{
    Answer, CallContext, ChargeRequest, ChargeState, ChargeStatus, ErrorKind, Fault, Interval,
    Json, MandateRequest, MandateState, MandateStatus, NextAction, PspRef, RedirectAction, Source,
    encode::{form, percent},
    money::money,
    reference as reference_of,
    time::Day,
};

use crate::api::Fields;
use crate::charge::{self, checkout, name, our_reference, payment_checkout, price};
use crate::settings::{Recurring, Settings};
use crate::state::{bare, id_of, lacks, of_checkout, reference};

/// A payment intent is settled or refused at once.
pub(crate) const LEAD_TIME_DAYS: (u32, u32) = (1, 0);
/// How far from the day that was agreed Stripe's invoice may lie.
const NEAR_DAYS: (i64, i64) = (-3, 11);
const EXPAND: &str =
    "expand%5B%5D=setup_intent&expand%5B%5D=subscription&expand%5B%5D=payment_intent.latest_charge";

fn interval(interval: Interval) -> (&'static str, &'static str) {
    match interval {
        Interval::Weekly => ("week", "1"),
        Interval::Monthly => ("month", "1"),
        Interval::Quarterly => ("month", "3"),
        Interval::Semiannual => ("month", "6"),
        Interval::Annual => ("year", "1"),
    }
}

pub(crate) fn subscription_status(raw: &str) -> Option<MandateStatus> {
    Some(match raw {
        "incomplete" => MandateStatus::PendingApproval,
        "incomplete_expired" => MandateStatus::Expired,
        "trialing" | "active" | "past_due" => MandateStatus::Active,
        "unpaid" | "paused" => MandateStatus::Paused,
        "canceled" => MandateStatus::Canceled,
        _ => return None,
    })
}

pub(crate) fn set_up(ctx: &CallContext, request: &MandateRequest) -> Answer<MandateState> {
    let settings = Settings::of(ctx)?;
    let ours = our_reference(ctx);
    let back = (request.return_url.as_ref(), request.return_url.as_ref());
    let fields = match (settings.recurring, &request.first_charge) {
        (Recurring::House, Some(first)) => {
            let first = ChargeRequest {
                save_for_later: true,
                return_url: first
                    .return_url
                    .clone()
                    .or_else(|| request.return_url.clone()),
                source: Source::None,
                ..first.clone()
            };
            payment_checkout(ctx, &settings, &first, &ours)?
        }
        (Recurring::House, None) => {
            let mut fields = checkout(ctx, &settings, "setup", &ours, back)?;
            fields.set("customer_creation", "always");
            let currency = request
                .amount
                .as_ref()
                .map_or("brl".to_owned(), |amount| amount.currency.to_lowercase());
            fields.set("currency", currency);
            fields.may("customer_email", request.customer.email.as_deref());
            fields
        }
        (Recurring::Subscription, Some(_)) => {
            return Err(Fault::invalid(
                "first-charge",
                "the first invoice is the subscription's own",
            ));
        }
        (Recurring::Subscription, None) => {
            let amount = request.amount.as_ref().ok_or_else(|| {
                Fault::invalid("amount", "a subscription collects the same each time")
            })?;
            let (minor, currency) = price(amount)?;
            let (unit, count) = interval(request.interval);
            let mut fields = checkout(ctx, &settings, "subscription", &ours, back)?;
            fields.set("line_items[0][quantity]", "1");
            fields.set("line_items[0][price_data][currency]", currency);
            fields.set("line_items[0][price_data][unit_amount]", minor);
            fields.set(
                "line_items[0][price_data][product_data][name]",
                name(&request.description),
            );
            fields.set("line_items[0][price_data][recurring][interval]", unit);
            fields.set(
                "line_items[0][price_data][recurring][interval_count]",
                count,
            );
            fields.set("subscription_data[metadata][reference]", ours.as_str());
            // Until then it is paid for. Stripe takes no trial that ends within two days; what is
            // collected now instead is found as the collection of that day.
            let starts = Day::parse(&request.starts_on)
                .ok_or_else(|| Fault::invalid("starts-on", "is no day"))?;
            if starts.since(Day::of(ctx.now)) > -NEAR_DAYS.0 {
                let end = (starts.starts() / 1000).to_string();
                fields.set("subscription_data[trial_end]", end);
            }
            fields.may("customer_email", request.customer.email.as_deref());
            fields
        }
    };
    state(
        ctx,
        &settings,
        &settings.api.post("/v1/checkout/sessions", &ours, &fields)?,
    )
}

/// What a checkout left: customer and method, or a subscription.
fn state(ctx: &CallContext, settings: &Settings, made: &Json) -> Answer<MandateState> {
    let id = made.at("id").text().ok_or_else(|| lacks("id"))?;
    let raw = made.at("status").text().ok_or_else(|| lacks("status"))?;
    let mut refs = vec![reference("checkout-session", id)];
    let first_charge = (made.at("mode").text() == Some("payment"))
        .then(|| of_checkout(ctx, made))
        .transpose()?;
    let mut action = None;
    let mut word = raw.to_owned();
    let status = match raw {
        "open" => {
            action = made
                .at("url")
                .text()
                .filter(|url| alvara_plugin_sdk::text::is_page(url))
                .map(|url| {
                    NextAction::Redirect(RedirectAction {
                        url: url.to_owned(),
                    })
                });
            MandateStatus::PendingApproval
        }
        "expired" => MandateStatus::Expired,
        "complete" => {
            let subscription = made.at("subscription");
            if let Some(id) = id_of(subscription) {
                refs.push(reference("subscription", id));
                word = subscription
                    .at("status")
                    .text()
                    .ok_or_else(|| lacks("subscription"))?
                    .to_owned();
                subscription_status(&word)
                    .ok_or_else(|| Fault::unknown_status("a subscription", &word))?
            } else {
                let method = [
                    "setup_intent.payment_method",
                    "payment_intent.payment_method",
                ]
                .into_iter()
                .find_map(|path| id_of(made.at(path)));
                match (id_of(made.at("customer")), method) {
                    (Some(customer), Some(method)) => {
                        refs.push(reference("stored-method", &format!("{customer}/{method}")));
                        kept(settings, method)?
                    }
                    // Paid by what cannot be kept, or not paid yet.
                    _ if made.at("payment_status").text() == Some("unpaid") => {
                        MandateStatus::PendingApproval
                    }
                    _ => return Err(lacks("stored method")),
                }
            }
        }
        other => return Err(Fault::unknown_status("a checkout", other)),
    };
    Ok(MandateState {
        status,
        refs,
        action,
        first_charge,
        reason: None,
        raw_status: word,
    })
}

/// A method that was detached from its customer can be charged no more.
fn kept(settings: &Settings, method: &str) -> Answer<MandateStatus> {
    let method = settings
        .api
        .get(&format!("/v1/payment_methods/{}", percent(method)))?;
    Ok(if id_of(method.at("customer")).is_some() {
        MandateStatus::Active
    } else {
        MandateStatus::Canceled
    })
}

pub(crate) fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<MandateState> {
    let settings = Settings::of(ctx)?;
    let id = reference_of(refs, "checkout-session")
        .ok_or_else(|| Fault::no_reference("checkout-session"))?;
    let found = settings
        .api
        .get(&format!("/v1/checkout/sessions/{}?{EXPAND}", percent(id)))?;
    state(ctx, &settings, &found)
}

pub(crate) fn cancel(ctx: &CallContext, refs: &[PspRef]) -> Answer<MandateState> {
    let settings = Settings::of(ctx)?;
    let now = sync(ctx, refs)?;
    let once = alvara_plugin_sdk::key::derived_for(&ctx.idempotency_key, "cancel", 32);
    let none = Fields::default();
    let path = match (
        now.status,
        reference_of(&now.refs, "subscription"),
        reference_of(&now.refs, "stored-method"),
    ) {
        (MandateStatus::Canceled | MandateStatus::Expired | MandateStatus::Rejected, ..) => {
            return Ok(now);
        }
        (_, Some(id), _) => {
            let ended = settings
                .api
                .delete(&format!("/v1/subscriptions/{}", percent(id)))?;
            let word = ended.at("status").text().ok_or_else(|| lacks("status"))?;
            let status = subscription_status(word)
                .ok_or_else(|| Fault::unknown_status("a subscription", word))?;
            return Ok(MandateState {
                status,
                raw_status: word.to_owned(),
                ..now
            });
        }
        (_, None, Some(stored)) => {
            let (_, method) = charge::stored_method(stored)?;
            format!("/v1/payment_methods/{}/detach", percent(method))
        }
        (_, None, None) => {
            let id = reference_of(&now.refs, "checkout-session").unwrap_or_default();
            format!("/v1/checkout/sessions/{}/expire", percent(id))
        }
    };
    settings.api.post(&path, &once, &none)?;
    Ok(MandateState {
        status: MandateStatus::Canceled,
        action: None,
        ..now
    })
}

pub(crate) fn charge(
    ctx: &CallContext,
    refs: &[PspRef],
    request: &ChargeRequest,
) -> Answer<ChargeState> {
    let settings = Settings::of(ctx)?;
    if let Some(subscription) = reference_of(refs, "subscription") {
        let due = request
            .due
            .as_ref()
            .and_then(|due| Day::parse(&due.due_date))
            .ok_or_else(|| Fault::invalid("due.due-date", "a collection has a day"))?;
        let (_, currency) = price(&request.amount)?;
        let collection = format!("{subscription}/{due}/{currency}");
        return collected(ctx, &settings, &collection);
    }
    let stored = match reference_of(refs, "stored-method") {
        Some(stored) => stored.to_owned(),
        None => {
            let now = sync(ctx, refs)?;
            reference_of(&now.refs, "stored-method")
                .map(str::to_owned)
                .ok_or_else(|| Fault::of(ErrorKind::Conflict, "the customer left no method yet"))?
        }
    };
    let off_session = ChargeRequest {
        source: Source::StoredMethod(stored),
        ..request.clone()
    };
    charge::create(ctx, &off_session)
}

/// The status of an invoice; what is not here is refused.
pub(crate) fn invoice_status(raw: &str) -> Option<ChargeStatus> {
    Some(match raw {
        "draft" | "open" => ChargeStatus::Processing,
        "paid" => ChargeStatus::Paid,
        "uncollectible" => ChargeStatus::Failed,
        "void" => ChargeStatus::Canceled,
        _ => return None,
    })
}

/// The invoice of a subscription around a day. It asks for nothing: Stripe collects by itself.
pub(crate) fn collected(
    ctx: &CallContext,
    settings: &Settings,
    collection: &str,
) -> Answer<ChargeState> {
    let mut parts = collection.split('/');
    let (Some(subscription), Some(due), Some(agreed)) = (
        parts.next(),
        parts.next().and_then(Day::parse),
        parts.next(),
    ) else {
        return Err(Fault::no_reference("collection"));
    };
    let seconds = |days: i64| (due.plus(days).starts() / 1000).to_string();
    let query = form(&[
        ("subscription", subscription.to_owned()),
        ("created[gte]", seconds(NEAR_DAYS.0)),
        ("created[lt]", seconds(NEAR_DAYS.1)),
        ("expand[]", "data.payments".to_owned()),
        ("limit", "1".to_owned()),
    ]);
    let found = settings.api.get(&format!("/v1/invoices?{query}"))?;
    let own = reference("collection", collection);
    let invoice = found.at("data.0");
    if *invoice == Json::Null {
        let mut waiting = bare(
            ChargeStatus::Processing,
            vec![own],
            &agreed.to_uppercase(),
            "scheduled",
        );
        waiting.poll_at = Some(ctx.now + 6 * 3_600_000);
        return Ok(waiting);
    }
    let raw = invoice.at("status").text().ok_or_else(|| lacks("status"))?;
    let status = invoice_status(raw).ok_or_else(|| Fault::unknown_status("an invoice", raw))?;
    let currency = invoice
        .at("currency")
        .text()
        .ok_or_else(|| lacks("currency"))?
        .to_uppercase();
    let paid = invoice
        .at("amount_paid")
        .minor(0)
        .filter(|minor| *minor >= 0)
        .ok_or_else(|| lacks("amount_paid"))?;
    let mut refs = vec![own];
    refs.extend(invoice.at("id").text().map(|id| reference("invoice", id)));
    refs.extend(
        id_of(invoice.at("payments.data.0.payment.payment_intent"))
            .map(|id| reference("payment-intent", id)),
    );
    let mut state = bare(status, refs, &currency, raw);
    if status == ChargeStatus::Paid {
        if paid == 0 {
            return Err(lacks("amount_paid"));
        }
        state.authorized = money(paid, &currency);
        state.captured = money(paid, &currency);
        state.paid_at = invoice
            .at("status_transitions.paid_at")
            .whole()
            .and_then(|at| at.checked_mul(1000));
    } else if status == ChargeStatus::Processing {
        state.poll_at = Some(ctx.now + 6 * 3_600_000);
    }
    Ok(state)
}
