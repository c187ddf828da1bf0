//! Devoluções: several partial ones up to the amount, within 90 days of the Pix.

use alvara_plugin_sdk::{
    Answer, CallContext, Decline, ErrorKind, Fault, Json, PspRef, RefundRequest, RefundState,
    RefundStatus, RetryAdvice, key,
    money::{decimal, expect, money},
    reference, text,
};

use crate::api::{incomplete, segment};
use crate::settings::Settings;

/// `[a-zA-Z0-9]{1,35}`.
const ID_LENGTH: usize = 35;

fn address(e2eid: &str, id: &str) -> String {
    format!("/pix/{}/devolucao/{}", segment(e2eid), segment(id))
}

pub(crate) fn refund(ctx: &CallContext, request: &RefundRequest) -> Answer<RefundState> {
    let settings = Settings::of(ctx)?;
    let api = settings.api()?;
    let minor = expect(&request.amount, "BRL")?;
    let e2eid = reference(&request.refs, "e2eid").ok_or_else(|| Fault::no_reference("e2eid"))?;
    let id = key::derived(&ctx.idempotency_key, ID_LENGTH);
    let address = address(e2eid, &id);
    // An id that was used is refused, so a second try looks first.
    if ctx.attempt > 1
        && let Some(found) = api.find(&address)?
    {
        return state(ctx, e2eid, &id, &found, Some(minor));
    }
    let reason = text::within(&request.reason, 140);
    let body = Json::object([
        ("valor", decimal(minor, 2).into()),
        ("natureza", "ORIGINAL".into()),
        (
            "descricao",
            Some(reason).filter(|reason| !reason.is_empty()).into(),
        ),
    ]);
    match api.send("PUT", &address, &body) {
        Ok(made) => state(ctx, e2eid, &id, &made, Some(minor)),
        Err(error) if matches!(error.kind, ErrorKind::InvalidRequest | ErrorKind::Conflict) => {
            match api.find(&address)? {
                Some(found) => state(ctx, e2eid, &id, &found, Some(minor)),
                None => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<RefundState> {
    let settings = Settings::of(ctx)?;
    let e2eid = reference(refs, "e2eid").ok_or_else(|| Fault::no_reference("e2eid"))?;
    let id = reference(refs, "devolucao").ok_or_else(|| Fault::no_reference("devolucao"))?;
    let found = settings.api()?.get(&address(e2eid, id))?;
    state(ctx, e2eid, id, &found, None)
}

pub(crate) fn status(raw: &str) -> Option<RefundStatus> {
    Some(match raw {
        "EM_PROCESSAMENTO" => RefundStatus::Pending,
        "DEVOLVIDO" => RefundStatus::Succeeded,
        "NAO_REALIZADO" => RefundStatus::Failed,
        _ => return None,
    })
}

fn state(
    ctx: &CallContext,
    e2eid: &str,
    id: &str,
    refund: &Json,
    wanted: Option<i64>,
) -> Answer<RefundState> {
    let raw = refund
        .at("status")
        .text()
        .ok_or_else(|| incomplete("status"))?;
    let status = status(raw).ok_or_else(|| Fault::unknown_status("a devolução", raw))?;
    let minor = refund
        .at("valor")
        .minor(2)
        .filter(|minor| *minor > 0)
        .ok_or_else(|| incomplete("amount"))?;
    if wanted.is_some_and(|wanted| wanted != minor) {
        return Err(Fault::of(
            ErrorKind::IdempotencyMismatch,
            "the provider has this devolução with another amount",
        ));
    }
    // The end-to-end id names the payment, which may have several devoluções.
    let refs = [
        ("e2eid", Some(e2eid)),
        ("devolucao", Some(id)),
        ("rtrid", refund.at("rtrId").text()),
    ]
    .into_iter()
    .filter_map(|(kind, value)| {
        Some(PspRef {
            kind: kind.to_owned(),
            value: value?.to_owned(),
        })
    })
    .collect();
    let reason = text::within(refund.at("motivo").text().unwrap_or_default(), 300);
    Ok(RefundState {
        status,
        refs,
        amount: money(minor, "BRL"),
        decline: (status == RefundStatus::Failed).then(|| Decline {
            code: "NAO_REALIZADO".to_owned(),
            message: reason,
            advice: RetryAdvice::RetryLater,
        }),
        poll_at: (status == RefundStatus::Pending).then(|| ctx.now + 300_000),
        raw_status: raw.to_owned(),
    })
}
