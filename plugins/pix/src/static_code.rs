//! Codes without a provider: the receiver's key, the amount and an id that the bank statement shows.
//! Whether one was paid nobody can be asked: somebody who has seen the statement confirms it by hand.

use alvara_plugin_sdk::{
    Answer, CallContext, ChargeRequest, ChargeState, ChargeStatus, Fault, NextAction, PspRef,
    QrAction, key, money, reference,
};

use crate::brcode::BrCode;
use crate::settings::Settings;

/// A static code holds at most so many characters of an id (Manual do BR Code, 62-05).
const TXID_LENGTH: usize = 25;

fn state(status: ChargeStatus, txid: &str, action: Option<NextAction>) -> ChargeState {
    ChargeState {
        status,
        refs: vec![PspRef {
            kind: "txid".to_owned(),
            value: txid.to_owned(),
        }],
        authorized: money::money(0, "BRL"),
        captured: money::money(0, "BRL"),
        refunded: money::money(0, "BRL"),
        action,
        decline: None,
        paid_at: None,
        settles_on: None,
        expires_at: None,
        fees: Vec::new(),
        stored_method: None,
        poll_at: None,
        raw_status: "static".to_owned(),
    }
}

pub(crate) fn create(
    ctx: &CallContext,
    settings: &Settings,
    request: &ChargeRequest,
) -> Answer<ChargeState> {
    let amount = money::expect(&request.amount, "BRL")?;
    let txid = key::derived(&ctx.idempotency_key, TXID_LENGTH);
    let code = BrCode {
        key: Some(settings.key.clone()),
        category: "0000".to_owned(),
        amount: Some(amount),
        name: settings.name.clone(),
        city: settings.city.clone(),
        txid: Some(txid.clone()),
        ..BrCode::default()
    };
    let br_code = code
        .write()
        .map_err(|refusal| Fault::invalid("br-code", refusal.to_string()))?;
    let action = NextAction::Qr(QrAction {
        br_code,
        expires_at: None,
    });
    Ok(state(ChargeStatus::RequiresAction, &txid, Some(action)))
}

/// The code itself cannot be taken back; who pays it nevertheless settles late.
pub(crate) fn canceled(refs: &[PspRef]) -> Answer<ChargeState> {
    let txid = reference(refs, "txid").ok_or_else(|| Fault::no_reference("txid"))?;
    Ok(state(ChargeStatus::Canceled, txid, None))
}
