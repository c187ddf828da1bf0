//! Subscriptions (`preapproval`): the provider collects by its own calendar, and the house looks
//! what became of each collection.

use alvara_plugin_sdk::{
    Answer, CallContext, ChargeRequest, ChargeState, ChargeStatus, Fault, Interval, Json,
    MandateRequest, MandateState, MandateStatus, NextAction, PspRef, RedirectAction, Source,
    encode::{form, percent},
    key,
    money::expect,
    reference as reference_of, text,
    time::{Day, rfc3339},
};

use crate::settings::Settings;
use crate::state::{CURRENCY, PLACES, bare, reference, state as payment_state};

/// The provider collects on the day itself.
pub(crate) const LEAD_TIME_DAYS: (u32, u32) = (1, 0);
/// How far from the day that was agreed the provider's own may lie: it tries again for ten days.
const NEAR_DAYS: (i64, i64) = (-3, 11);

fn frequency(interval: Interval) -> (u32, &'static str) {
    match interval {
        Interval::Weekly => (7, "days"),
        Interval::Monthly => (1, "months"),
        Interval::Quarterly => (3, "months"),
        Interval::Semiannual => (6, "months"),
        Interval::Annual => (12, "months"),
    }
}

pub(crate) fn status(raw: &str) -> Option<MandateStatus> {
    Some(match raw {
        "pending" => MandateStatus::PendingApproval,
        "authorized" => MandateStatus::Active,
        "paused" => MandateStatus::Paused,
        "cancelled" => MandateStatus::Canceled,
        _ => return None,
    })
}

fn by_reference(settings: &Settings, ours: &str) -> Answer<Option<Json>> {
    let query = form(&[("external_reference", ours)]);
    let found = settings.api.get(&format!("/preapproval/search?{query}"))?;
    Ok(found
        .at("results")
        .list()
        .iter()
        .find(|mandate| mandate.at("external_reference").text() == Some(ours))
        .cloned())
}

pub(crate) fn set_up(ctx: &CallContext, request: &MandateRequest) -> Answer<MandateState> {
    let settings = Settings::of(ctx)?;
    let amount = request
        .amount
        .as_ref()
        .ok_or_else(|| Fault::invalid("amount", "the provider collects the same each time"))?;
    let minor = expect(amount, CURRENCY)?;
    let email = request.customer.email.as_deref().ok_or_else(|| {
        Fault::invalid(
            "customer.email",
            "the provider knows its payers by mail address",
        )
    })?;
    if request.first_charge.is_some() {
        return Err(Fault::invalid(
            "first-charge",
            "the first collection is the subscription's own",
        ));
    }
    let day =
        |text: &str, field| Day::parse(text).ok_or_else(|| Fault::invalid(field, "is no day"));
    let starts = day(&request.starts_on, "starts-on")?.starts().max(ctx.now);
    let ends = request
        .ends_on
        .as_deref()
        .map(|text| day(text, "ends-on"))
        .transpose()?;
    let ours = key::derived(&ctx.idempotency_key, 32);
    if ctx.attempt > 1
        && let Some(found) = by_reference(&settings, &ours)?
    {
        return state(&found);
    }
    let token = match &request.source {
        Source::SingleUseToken(token) => Some(token.as_str()),
        Source::None => None,
        Source::StoredMethod(_) => {
            return Err(Fault::invalid("source", "takes a token or nothing"));
        }
    };
    let (frequency, unit) = frequency(request.interval);
    let body = Json::object([
        ("reason", text::within(&request.description, 200).into()),
        ("external_reference", ours.as_str().into()),
        ("payer_email", email.into()),
        ("back_url", request.return_url.clone().into()),
        ("card_token_id", token.into()),
        (
            "status",
            if token.is_some() {
                "authorized"
            } else {
                "pending"
            }
            .into(),
        ),
        (
            "auto_recurring",
            Json::object([
                ("frequency", frequency.into()),
                ("frequency_type", unit.into()),
                ("transaction_amount", Json::amount(minor, PLACES)),
                ("currency_id", CURRENCY.into()),
                ("start_date", rfc3339(starts).into()),
                (
                    "end_date",
                    ends.map(|day| rfc3339(day.plus(1).starts())).into(),
                ),
            ]),
        ),
    ]);
    state(&settings.api.send("POST", "/preapproval", &ours, &body)?)
}

fn state(mandate: &Json) -> Answer<MandateState> {
    let lacks =
        |what: &str| Fault::malformed(format!("the subscription has no {what} that can be read"));
    let raw = mandate.at("status").text().ok_or_else(|| lacks("status"))?;
    let status = status(raw).ok_or_else(|| Fault::unknown_status("a subscription", raw))?;
    let id = mandate.at("id").text().ok_or_else(|| lacks("id"))?;
    let action = (status == MandateStatus::PendingApproval)
        .then(|| {
            mandate
                .at("init_point")
                .text()
                .filter(|url| alvara_plugin_sdk::text::is_page(url))
        })
        .flatten()
        .map(|url| {
            NextAction::Redirect(RedirectAction {
                url: url.to_owned(),
            })
        });
    Ok(MandateState {
        status,
        refs: vec![reference("preapproval-id", id)],
        action,
        first_charge: None,
        reason: None,
        raw_status: raw.to_owned(),
    })
}

fn id(refs: &[PspRef]) -> Answer<&str> {
    reference_of(refs, "preapproval-id").ok_or_else(|| Fault::no_reference("preapproval-id"))
}

pub(crate) fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<MandateState> {
    let path = format!("/preapproval/{}", percent(id(refs)?));
    state(&Settings::of(ctx)?.api.get(&path)?)
}

pub(crate) fn cancel(ctx: &CallContext, refs: &[PspRef]) -> Answer<MandateState> {
    let path = format!("/preapproval/{}", percent(id(refs)?));
    let body = Json::object([("status", "cancelled".into())]);
    let once = key::derived_for(&ctx.idempotency_key, "cancel", 32);
    state(&Settings::of(ctx)?.api.send("PUT", &path, &once, &body)?)
}

/// The collection of a subscription around a day. It asks for nothing: the provider collects by
/// itself, and until it has there is none.
pub(crate) fn charge(
    ctx: &CallContext,
    refs: &[PspRef],
    request: &ChargeRequest,
) -> Answer<ChargeState> {
    let settings = Settings::of(ctx)?;
    expect(&request.amount, CURRENCY)?;
    let due = request
        .due
        .as_ref()
        .and_then(|due| Day::parse(&due.due_date))
        .ok_or_else(|| Fault::invalid("due.due-date", "a collection has a day"))?;
    collected(ctx, &settings, &format!("{}/{due}", id(refs)?))
}

/// `collection` is the subscription and the day.
pub(crate) fn collected(
    ctx: &CallContext,
    settings: &Settings,
    collection: &str,
) -> Answer<ChargeState> {
    let (mandate, due) = collection
        .split_once('/')
        .and_then(|(mandate, day)| Some((mandate, Day::parse(day)?)))
        .ok_or_else(|| Fault::no_reference("collection"))?;
    let query = form(&[("preapproval_id", mandate)]);
    let found = settings
        .api
        .get(&format!("/authorized_payments/search?{query}"))?;
    let near = found.at("results").list().iter().find(|payment| {
        payment
            .at("debit_date")
            .text()
            .and_then(|instant| Day::parse(instant.get(..10)?))
            .is_some_and(|day| (NEAR_DAYS.0..=NEAR_DAYS.1).contains(&day.since(due)))
    });
    let own = reference("collection", collection);
    let Some(payment) = near.and_then(|payment| payment.at("payment.id").text()) else {
        let mut waiting = bare(ChargeStatus::Processing, vec![own], "scheduled");
        waiting.poll_at = Some(ctx.now + 6 * 3_600_000);
        return Ok(waiting);
    };
    let payment = settings
        .api
        .get(&format!("/v1/payments/{}", percent(payment)))?;
    let mut state = payment_state(ctx, &payment)?;
    // The subscription's reference is not the charge's.
    state
        .refs
        .retain(|reference| reference.kind == "payment-id");
    state.refs.push(own);
    Ok(state)
}
