//! A title: the charge's amount and day on the beneficiary's number.

use alvara_plugin_sdk::{
    Address, Answer, CallContext, ChargeRequest, ChargeState, ChargeStatus, DueOptions, Fault,
    NextAction, PspRef, VoucherAction, clock,
    money::{expect, money},
    time::Day,
};

use crate::settings::{Settings, misfit};
use crate::slip::{MOST_CENTS, Slip};

pub(crate) const ZONE: &str = "America/Sao_Paulo";

/// What is collected, and by which slip.
#[derive(Debug)]
pub(crate) struct Title<'a> {
    pub(crate) cents: i64,
    pub(crate) due: Day,
    pub(crate) options: &'a DueOptions,
    /// The beneficiary's own number.
    pub(crate) sequence: u64,
    /// Prefix and own number, without the check digit.
    pub(crate) number: String,
    pub(crate) barcode: String,
    pub(crate) line: String,
}

impl<'a> Title<'a> {
    /// Puts the slip of a charge together.
    pub(crate) fn of(settings: &Settings, request: &'a ChargeRequest) -> Answer<Self> {
        let cents = expect(&request.amount, "BRL")?;
        if cents > MOST_CENTS {
            return Err(Fault::invalid(
                "amount",
                "a slip holds at most R$ 99.999.999,99",
            ));
        }
        let options = request
            .due
            .as_ref()
            .ok_or_else(|| Fault::invalid("due", "a boleto has a due date"))?;
        let due = Day::parse(&options.due_date)
            .ok_or_else(|| Fault::invalid("due.due-date", "is no day"))?;
        let sequence = options.bank_sequence.ok_or_else(|| {
            Fault::invalid("due.bank-sequence", "the beneficiary numbers the titles")
        })?;
        let slip = Slip {
            bank: settings.to.bank.clone(),
            due: Some(due),
            cents,
            free: settings.to.free(sequence).map_err(misfit)?,
        };
        let refused = |refusal: crate::slip::Refusal| Fault::invalid("slip", refusal.to_string());
        Ok(Self {
            cents,
            due,
            options,
            sequence,
            number: settings.to.number(sequence).map_err(misfit)?,
            barcode: slip.barcode().map_err(refused)?,
            line: slip.line().map_err(refused)?,
        })
    }

    /// Refuses what fell due before today.
    pub(crate) fn still_to_come(&self, ctx: &CallContext) -> Answer<()> {
        if self.due < clock::today(ZONE, ctx.now) {
            return Err(Fault::invalid("due.due-date", "is in the past"));
        }
        Ok(())
    }

    pub(crate) fn voucher(&self, br_code: Option<String>) -> NextAction {
        NextAction::Voucher(VoucherAction {
            barcode: self.barcode.clone(),
            digitable_line: self.line.clone(),
            due_date: self.due.to_string(),
            br_code,
            hosted_url: None,
        })
    }
}

/// Reads the slip that a bank made, for what the customer has to do.
pub(crate) fn voucher_of(
    ctx: &CallContext,
    barcode: &str,
    br_code: Option<String>,
) -> Option<NextAction> {
    let slip = Slip::read(barcode, clock::today(ZONE, ctx.now)).ok()?;
    Some(NextAction::Voucher(VoucherAction {
        barcode: slip.barcode().ok()?,
        digitable_line: slip.line().ok()?,
        due_date: slip.due?.to_string(),
        br_code,
        hosted_url: None,
    }))
}

pub(crate) fn reference(kind: &str, value: &str) -> PspRef {
    PspRef {
        kind: kind.to_owned(),
        value: value.to_owned(),
    }
}

/// The eight digits of a payer's CEP: a boleto is of somebody who lives in Brazil.
pub(crate) fn postal_code(address: &Address) -> Answer<&str> {
    if address.country != "BR" {
        return Err(Fault::invalid(
            "customer.address.country",
            "a boleto needs an address in Brazil",
        ));
    }
    let code = address.postal_code.as_str();
    if code.len() != 8 || !code.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Fault::invalid(
            "customer.address.postal-code",
            "must be eight digits",
        ));
    }
    Ok(code)
}

/// A state with nothing but its word and names.
pub(crate) fn bare(status: ChargeStatus, refs: Vec<PspRef>, raw: &str) -> ChargeState {
    let nothing = || money(0, "BRL");
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
