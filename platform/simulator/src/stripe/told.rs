//! What Stripe tells of a bill: one event for its present state, signed over the bytes.

use serde_json::{Value, json};

use super::{API_VERSION, intent, intent_id, returned, session};
use crate::bill::{Bill, Contest, Status};
use crate::deliver::{Parcel, hmac_hex};
use crate::time::Millis;
use crate::world::{Shared, World};

/// What a bill's present state is told as.
fn event(bill: &Bill, shared: &Shared, now: Millis) -> (&'static str, Value) {
    if let Some(contest) = bill.contest {
        let status = match contest {
            Contest::Opened => "needs_response",
            Contest::Won => "won",
            Contest::Lost => "lost",
        };
        let kind = match contest {
            Contest::Opened => "charge.dispute.created",
            Contest::Won | Contest::Lost => "charge.dispute.closed",
        };
        let dispute = json!({
            "id": format!("dp_{}", bill.id), "object": "dispute", "amount": bill.paid_minor,
            "currency": bill.currency.to_ascii_lowercase(), "charge": bill.payment,
            "payment_intent": intent_id(bill), "reason": "fraudulent", "status": status,
            "evidence_details": {"due_by": now / 1000 + 604_800}, "created": now / 1000,
        });
        return (kind, dispute);
    }
    if let Some(refund) = bill.refunds.last() {
        let kind = if refund.failed {
            "refund.failed"
        } else {
            "refund.updated"
        };
        return (kind, returned(bill, refund));
    }
    match (bill.pair.is_some(), bill.status) {
        (true, Status::Expired | Status::Canceled) => {
            ("checkout.session.expired", session(bill, shared, now))
        }
        (true, Status::Paid) => ("checkout.session.completed", session(bill, shared, now)),
        (_, Status::Paid) => ("payment_intent.succeeded", intent(bill)),
        (_, Status::Authorized) => ("payment_intent.amount_capturable_updated", intent(bill)),
        (_, Status::Canceled | Status::Expired) => ("payment_intent.canceled", intent(bill)),
        (_, Status::Declined | Status::Open) => ("payment_intent.payment_failed", intent(bill)),
    }
}

/// What is told of a bill, signed over the bytes.
pub(crate) fn parcels(shared: &Shared, world: &World, bill: &Bill, count: u64) -> Vec<Parcel> {
    let now = shared.clock.now();
    let (kind, object) = event(bill, shared, now);
    let body = json!({
        "id": format!("evt_simulated{count}"), "object": "event", "api_version": API_VERSION,
        "created": now / 1000, "livemode": false, "pending_webhooks": 1,
        "request": {"id": null, "idempotency_key": null}, "type": kind, "data": {"object": object},
    })
    .to_string();
    let seconds = now / 1000;
    let tag = hmac_hex(&shared.secrets.stripe_secret, &format!("{seconds}.{body}"));
    world
        .stripe_webhooks
        .iter()
        .map(|url| Parcel {
            url: url.clone(),
            headers: vec![(
                "stripe-signature".to_owned(),
                format!("t={seconds},v1={tag}"),
            )],
            body: body.clone(),
        })
        .collect()
}
