//! What is asked, in the contract's words.

use alvara_domain::civil_date::CivilDate;
use alvara_domain::money::{BasisPoints, Money};
use alvara_domain::payment::ask::{
    CallContext, CaptureMode, ChargeAsk, Due, InboundRequest, Item, MandateAsk, MandateInterval,
    MandateRetry, Pair, Payer, PayerTaxIdKind, PostalAddress, Rate, RefundAsk, Source,
};
use alvara_domain::payment::{Environment, PspRef};
use alvara_domain::time::UtcTime;

use super::types as wit;

/// Milliseconds; an instant of ours is never before 1970.
pub(crate) fn instant(at: UtcTime) -> u64 {
    u64::try_from(at.millis()).unwrap_or(0)
}

fn day(day: CivilDate) -> String {
    day.to_string()
}

pub(crate) fn money(amount: Money) -> wit::Money {
    wit::Money {
        minor: amount.amount_minor,
        currency: amount.currency.as_str().to_owned(),
    }
}

pub(crate) fn pairs(pairs: &[Pair]) -> Vec<wit::KeyValue> {
    pairs
        .iter()
        .map(|(key, value)| wit::KeyValue {
            key: key.clone(),
            value: value.clone(),
        })
        .collect()
}

pub(crate) fn refs(refs: &[PspRef]) -> Vec<wit::PspRef> {
    refs.iter()
        .map(|psp| wit::PspRef {
            kind: psp.kind.clone(),
            value: psp.value.clone(),
        })
        .collect()
}

pub(crate) fn context(context: &CallContext, deadline: u64) -> wit::CallContext {
    wit::CallContext {
        idempotency_key: context.idempotency_key.clone(),
        attempt: context.attempt,
        environment: match context.environment {
            Environment::Sandbox => wit::Environment::Sandbox,
            Environment::Production => wit::Environment::Production,
        },
        now: instant(context.now),
        deadline,
        config: pairs(&context.config),
    }
}

fn address(address: &PostalAddress) -> wit::Address {
    wit::Address {
        line1: address.line1.clone(),
        number: address.number.clone(),
        line2: address.line2.clone(),
        district: address.district.clone(),
        city: address.city.clone(),
        state: address.state.clone(),
        postal_code: address.postal_code.clone(),
        country: address.country.clone(),
    }
}

fn customer(payer: &Payer) -> wit::Customer {
    wit::Customer {
        id: payer.id.clone(),
        name: payer.name.clone(),
        email: payer.email.clone(),
        phone: payer.phone.clone(),
        tax_id: payer.tax_id.as_ref().map(|(kind, value)| wit::TaxId {
            kind: match kind {
                PayerTaxIdKind::Cpf => wit::TaxIdKind::Cpf,
                PayerTaxIdKind::Cnpj => wit::TaxIdKind::Cnpj,
                PayerTaxIdKind::Other => wit::TaxIdKind::Other,
            },
            value: value.clone(),
        }),
        address: payer.address.as_ref().map(address),
    }
}

fn source(source: &Source) -> wit::Source {
    match source {
        Source::None => wit::Source::None,
        Source::SingleUseToken(token) => wit::Source::SingleUseToken(token.clone()),
        Source::StoredMethod(method) => wit::Source::StoredMethod(method.clone()),
    }
}

fn points(share: BasisPoints) -> u32 {
    // 0 to 10 000 by construction.
    u32::try_from(share.count()).unwrap_or(0)
}

fn rate(rate: Rate) -> wit::Rate {
    match rate {
        Rate::Share(share) => wit::Rate::BasisPoints(points(share)),
        Rate::Amount(amount) => wit::Rate::Amount(money(amount)),
    }
}

fn due(due: &Due) -> wit::DueOptions {
    wit::DueOptions {
        due_date: day(due.due_date),
        days_valid_after_due: due.days_valid_after_due,
        fine: due.fine.map(rate),
        monthly_interest_bp: due.monthly_interest.map(points),
        discount: due.discount.map(|(until, reduction)| wit::Discount {
            until: day(until),
            rate: rate(reduction),
        }),
        instructions: due.instructions.clone(),
        bank_sequence: due.bank_sequence,
    }
}

fn item(item: &Item) -> wit::LineItem {
    wit::LineItem {
        sku: item.sku.clone(),
        description: item.description.clone(),
        quantity: item.quantity,
        unit: money(item.unit),
    }
}

pub(crate) fn charge(ask: &ChargeAsk) -> wit::ChargeRequest {
    wit::ChargeRequest {
        charge_id: ask.charge_id.to_string(),
        method: ask.method.clone(),
        amount: money(ask.amount),
        customer: ask.customer.as_ref().map(customer),
        source: source(&ask.source),
        capture: match ask.capture {
            CaptureMode::Automatic => wit::CaptureMode::Automatic,
            CaptureMode::Manual => wit::CaptureMode::Manual,
        },
        description: ask.description.clone(),
        items: ask.items.iter().map(item).collect(),
        expires_at: ask.expires_at.map(instant),
        due: ask.due.as_ref().map(due),
        card: ask.card.as_ref().map(|card| wit::CardOptions {
            installments: card.installments,
            soft_descriptor: card.soft_descriptor.clone(),
            off_session: card.off_session,
        }),
        return_url: ask.return_url.clone(),
        cancel_url: ask.cancel_url.clone(),
        webhook_url: ask.webhook_url.clone(),
        save_for_later: ask.save_for_later,
        metadata: pairs(&ask.metadata),
    }
}

pub(crate) fn refund(ask: &RefundAsk) -> wit::RefundRequest {
    wit::RefundRequest {
        refund_id: ask.refund_id.to_string(),
        charge_id: ask.charge_id.to_string(),
        refs: refs(&ask.refs),
        amount: money(ask.amount),
        reason: ask.reason.clone(),
    }
}

pub(crate) fn mandate(ask: &MandateAsk) -> wit::MandateRequest {
    wit::MandateRequest {
        mandate_id: ask.mandate_id.to_string(),
        method: ask.method.clone(),
        customer: customer(&ask.customer),
        contract: ask.contract.clone(),
        description: ask.description.clone(),
        interval: match ask.interval {
            MandateInterval::Weekly => wit::Interval::Weekly,
            MandateInterval::Monthly => wit::Interval::Monthly,
            MandateInterval::Quarterly => wit::Interval::Quarterly,
            MandateInterval::Semiannual => wit::Interval::Semiannual,
            MandateInterval::Annual => wit::Interval::Annual,
        },
        starts_on: day(ask.starts_on),
        ends_on: ask.ends_on.map(day),
        amount: ask.amount.map(money),
        retry: match ask.retry {
            MandateRetry::None => wit::RetryPolicy::None,
            MandateRetry::ThreeInSevenDays => wit::RetryPolicy::ThreeInSevenDays,
        },
        first_charge: ask.first_charge.as_ref().map(charge),
        source: source(&ask.source),
        return_url: ask.return_url.clone(),
        metadata: pairs(&ask.metadata),
    }
}

pub(crate) fn inbound(request: &InboundRequest) -> wit::InboundRequest {
    wit::InboundRequest {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers: request
            .headers
            .iter()
            .map(|(name, value)| wit::HttpHeader {
                name: name.clone(),
                value: value.clone(),
            })
            .collect(),
        body: request.body.clone(),
        remote_ip: request.remote_ip.clone(),
        client_cert_sha256: request.client_cert_sha256.clone(),
    }
}
