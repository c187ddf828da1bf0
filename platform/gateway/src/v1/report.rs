//! What a guest reports, checked and in the house's words.

use alvara_domain::charge::{ChargeState, DisputeState, MandateState, RefundState};
use alvara_domain::money::Currency;
use alvara_domain::payment::report::{
    ChargeReport, Decline, DisputeReport, EventBody, Fee, InboundReply, MandateReport, NextAction,
    PaymentEvent, RefundReport, RetryAdvice, Trust,
};
use alvara_domain::payment::{PluginFault, PluginFaultKind, PspRef, Violation};

use super::check::{
    self, Checked, bounded, br_code, day, digits, instant, line, list, money, name, nonsense,
    optional, pair, prose, url,
};
use super::types as wit;

fn refs(found: Vec<wit::PspRef>) -> Checked<Vec<PspRef>> {
    list("refs", found, |psp| {
        Ok(PspRef {
            kind: name("refs.kind", psp.kind, 64)?,
            value: name("refs.value", psp.value, 512)?,
        })
    })
}

fn decline(decline: wit::Decline) -> Checked<Decline> {
    Ok(Decline {
        code: line("decline.code", decline.code, 128)?,
        message: prose("decline.message", decline.message, 1024)?,
        advice: match decline.advice {
            wit::RetryAdvice::DoNotRetry => RetryAdvice::DoNotRetry,
            wit::RetryAdvice::RetrySameKey => RetryAdvice::RetrySameKey,
            wit::RetryAdvice::RetryLater => RetryAdvice::RetryLater,
            wit::RetryAdvice::RetryOtherMethod => RetryAdvice::RetryOtherMethod,
            wit::RetryAdvice::ContactIssuer => RetryAdvice::ContactIssuer,
        },
    })
}

fn action(action: wit::NextAction) -> Checked<NextAction> {
    Ok(match action {
        wit::NextAction::Redirect(redirect) => NextAction::Redirect {
            url: url("action.url", redirect.url)?,
        },
        wit::NextAction::Qr(qr) => NextAction::Qr {
            br_code: br_code("action.br-code", qr.br_code)?,
            expires_at: optional(qr.expires_at, |at| instant("action.expires-at", at))?,
        },
        wit::NextAction::Voucher(slip) => NextAction::Voucher {
            barcode: digits("action.barcode", slip.barcode, 44)?,
            digitable_line: digits("action.digitable-line", slip.digitable_line, 47)?,
            due_date: day("action.due-date", &slip.due_date)?,
            br_code: optional(slip.br_code, |code| br_code("action.br-code", code))?,
            hosted_url: optional(slip.hosted_url, |at| url("action.hosted-url", at))?,
        },
        wit::NextAction::HostedFields(fields) => NextAction::HostedFields {
            sdk: name("action.sdk", fields.sdk, 128)?,
            client_token: name("action.client-token", fields.client_token, 8 * 1024)?,
            params: list("action.params", fields.params, |entry| {
                pair("action.params", entry)
            })?,
        },
    })
}

fn charge_state(status: wit::ChargeStatus) -> ChargeState {
    match status {
        wit::ChargeStatus::Created => ChargeState::Created,
        wit::ChargeStatus::Processing => ChargeState::Processing,
        wit::ChargeStatus::RequiresAction => ChargeState::RequiresAction,
        wit::ChargeStatus::Authorized => ChargeState::Authorized,
        wit::ChargeStatus::Paid => ChargeState::Paid,
        wit::ChargeStatus::PartiallyRefunded => ChargeState::PartiallyRefunded,
        wit::ChargeStatus::Refunded => ChargeState::Refunded,
        wit::ChargeStatus::Disputed => ChargeState::Disputed,
        wit::ChargeStatus::ChargedBack => ChargeState::ChargedBack,
        wit::ChargeStatus::Failed => ChargeState::Failed,
        wit::ChargeStatus::Canceled => ChargeState::Canceled,
        wit::ChargeStatus::Expired => ChargeState::Expired,
    }
}

/// The three totals are of one currency, and no more was given back than taken. Whether they fit the
/// charge that was asked for is for the house to judge, which knows it.
pub(crate) fn charge(state: wit::ChargeState) -> Checked<ChargeReport> {
    let authorized = money("authorized", &state.authorized)?;
    let captured = money("captured", &state.captured)?;
    let refunded = money("refunded", &state.refunded)?;
    let one_currency = |other: Currency| other == captured.currency;
    if !(one_currency(authorized.currency) && one_currency(refunded.currency)) {
        return nonsense("captured", "totals of several currencies");
    }
    if refunded.amount_minor > captured.amount_minor {
        return nonsense("refunded", "more than was taken");
    }
    Ok(ChargeReport {
        state: charge_state(state.status),
        refs: refs(state.refs)?,
        authorized,
        captured,
        refunded,
        action: optional(state.action, action)?,
        decline: optional(state.decline, decline)?,
        paid_at: optional(state.paid_at, |at| instant("paid-at", at))?,
        settles_on: optional(state.settles_on, |on| day("settles-on", &on))?,
        expires_at: optional(state.expires_at, |at| instant("expires-at", at))?,
        fees: list("fees", state.fees, |fee| {
            Ok(Fee {
                amount: money("fees.amount", &fee.amount)?,
                kind: line("fees.kind", fee.kind, 128)?,
            })
        })?,
        stored_method: optional(state.stored_method, |kept| name("stored-method", kept, 512))?,
        poll_at: optional(state.poll_at, |at| instant("poll-at", at))?,
        raw_status: line("raw-status", state.raw_status, 256)?,
    })
}

pub(crate) fn found(state: Option<wit::ChargeState>) -> Checked<Option<ChargeReport>> {
    optional(state, charge)
}

pub(crate) fn refund(state: wit::RefundState) -> Checked<RefundReport> {
    Ok(RefundReport {
        state: match state.status {
            wit::RefundStatus::Requested => RefundState::Requested,
            wit::RefundStatus::Pending => RefundState::Pending,
            wit::RefundStatus::Succeeded => RefundState::Succeeded,
            wit::RefundStatus::Failed => RefundState::Failed,
            wit::RefundStatus::Canceled => RefundState::Canceled,
        },
        refs: refs(state.refs)?,
        amount: money("amount", &state.amount)?,
        decline: optional(state.decline, decline)?,
        poll_at: optional(state.poll_at, |at| instant("poll-at", at))?,
        raw_status: line("raw-status", state.raw_status, 256)?,
    })
}

pub(crate) fn mandate(state: wit::MandateState) -> Checked<MandateReport> {
    Ok(MandateReport {
        state: match state.status {
            wit::MandateStatus::Created => MandateState::Created,
            wit::MandateStatus::PendingApproval => MandateState::PendingApproval,
            wit::MandateStatus::Active => MandateState::Active,
            wit::MandateStatus::Paused => MandateState::Paused,
            wit::MandateStatus::Rejected => MandateState::Rejected,
            wit::MandateStatus::Canceled => MandateState::Canceled,
            wit::MandateStatus::Expired => MandateState::Expired,
        },
        refs: refs(state.refs)?,
        action: optional(state.action, action)?,
        first_charge: optional(state.first_charge, charge)?,
        reason: optional(state.reason, |why| prose("reason", why, 1024))?,
        raw_status: line("raw-status", state.raw_status, 256)?,
    })
}

fn dispute(state: wit::DisputeState) -> Checked<DisputeReport> {
    Ok(DisputeReport {
        state: match state.status {
            wit::DisputeStatus::Opened => DisputeState::Opened,
            wit::DisputeStatus::UnderReview => DisputeState::UnderReview,
            wit::DisputeStatus::Won => DisputeState::Won,
            wit::DisputeStatus::Lost => DisputeState::Lost,
            wit::DisputeStatus::Closed => DisputeState::Closed,
        },
        refs: refs(state.refs)?,
        amount: money("amount", &state.amount)?,
        reason: prose("reason", state.reason, 1024)?,
        evidence_due: optional(state.evidence_due, |at| instant("evidence-due", at))?,
    })
}

fn event(event: wit::PaymentEvent) -> Checked<PaymentEvent> {
    Ok(PaymentEvent {
        event_id: name("event-id", event.event_id, 256)?,
        occurred_at: optional(event.occurred_at, |at| instant("occurred-at", at))?,
        trust: match event.trust {
            wit::Trust::Signed => Trust::Signed,
            wit::Trust::Mtls => Trust::Mtls,
            wit::Trust::SharedToken => Trust::SharedToken,
            wit::Trust::Unauthenticated => Trust::Unauthenticated,
        },
        refs: refs(event.refs)?,
        body: match event.body {
            wit::EventBody::Charge(state) => EventBody::Charge(charge(state)?),
            wit::EventBody::Refund(state) => EventBody::Refund(refund(state)?),
            wit::EventBody::Mandate(state) => EventBody::Mandate(mandate(state)?),
            wit::EventBody::Dispute(state) => EventBody::Dispute(dispute(state)?),
            wit::EventBody::ChargeHint => EventBody::ChargeHint,
            wit::EventBody::RefundHint => EventBody::RefundHint,
            wit::EventBody::MandateHint => EventBody::MandateHint,
            wit::EventBody::Ignored(what) => EventBody::Ignored(prose("ignored", what, 512)?),
        },
    })
}

pub(crate) fn events(found: Vec<wit::PaymentEvent>) -> Checked<Vec<PaymentEvent>> {
    bounded("events", found, check::MOST_EVENTS, event)
}

pub(crate) fn reply(reply: wit::InboundReply) -> Checked<InboundReply> {
    if !(200..600).contains(&reply.status) {
        return nonsense("reply.status", "not from 200 to 599");
    }
    if reply.body.len() > 64 * 1024 {
        return nonsense("reply.body", "longer than 64 KiB");
    }
    Ok(InboundReply {
        status: reply.status,
        headers: list("reply.headers", reply.headers, |header| {
            let named = name("reply.headers", header.name, 128)?;
            // What it answers with is text for a program; it sets no cookie on our own host.
            let harmless = matches!(
                named.to_ascii_lowercase().as_str(),
                "content-type" | "retry-after" | "cache-control"
            );
            if !harmless && !named.to_ascii_lowercase().starts_with("x-") {
                return nonsense("reply.headers", "a header that a reply may not set");
            }
            Ok((named, line("reply.headers", header.value, 1024)?))
        })?,
        body: reply.body,
    })
}

pub(crate) fn notes(pairs: Vec<wit::KeyValue>) -> Checked<Vec<(String, String)>> {
    list("answer", pairs, |entry| pair("answer", entry))
}

fn violation(found: wit::Violation) -> Checked<Violation> {
    Ok(Violation {
        property: line("violations.property", found.property, 256)?,
        reason: prose("violations.reason", found.reason, 1024)?,
    })
}

pub(crate) fn violations(found: Vec<wit::Violation>) -> Checked<Vec<Violation>> {
    list("violations", found, violation)
}

/// A fault that the guest answered with.
pub(crate) fn fault(error: wit::PluginError) -> Checked<PluginFault> {
    use wit::ErrorKind as K;
    if error
        .http_status
        .is_some_and(|status| !(100..=999).contains(&status))
    {
        return nonsense("http-status", "no status");
    }
    Ok(PluginFault {
        kind: match error.kind {
            K::Unsupported => PluginFaultKind::Unsupported,
            K::InvalidRequest => PluginFaultKind::InvalidRequest,
            K::InvalidConfig => PluginFaultKind::InvalidConfig,
            K::Unauthenticated => PluginFaultKind::Unauthenticated,
            K::Permission => PluginFaultKind::Permission,
            K::NotFound => PluginFaultKind::NotFound,
            K::Conflict => PluginFaultKind::Conflict,
            K::IdempotencyMismatch => PluginFaultKind::IdempotencyMismatch,
            K::RateLimited => PluginFaultKind::RateLimited,
            K::Unavailable => PluginFaultKind::Unavailable,
            K::OutcomeUnknown => PluginFaultKind::OutcomeUnknown,
            K::BadSignature => PluginFaultKind::BadSignature,
            K::Malformed => PluginFaultKind::Malformed,
            K::Internal => PluginFaultKind::Internal,
        },
        message: prose("message", error.message, 8 * 1024)?,
        psp_code: optional(error.psp_code, |code| line("psp-code", code, 256))?,
        http_status: error.http_status,
        retry_after_ms: error
            .retry_after_ms
            // A day is as good as any longer wait.
            .map(|wait| wait.min(86_400_000)),
        violations: violations(error.violations)?,
    })
}
