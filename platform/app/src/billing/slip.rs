//! Boletos on paper: what a slip says, from the charge, its account and who sells.

use alvara_domain::charge::record::{Charge, PaymentAccount};
use alvara_domain::civil_date::CivilDate;
use alvara_domain::id::ChargeId;
use alvara_domain::money::Money;
use alvara_domain::payment::ask::{Payer, PayerTaxIdKind};
use alvara_domain::payment::bank::Bank;
use alvara_domain::payment::report::NextAction;
use alvara_domain::payment::slip::Slip;
use alvara_domain::tax_id::{TaxId, TaxIdKind};
use alvara_store::{TenantTx, charges, payment_accounts, tenants};

use super::party::{address_lines, seller};
use crate::{AppError, AppResult};

/// Signs at the end of a charge's id by which a slip names its document.
const DOCUMENT: usize = 15;
/// What a plugin of boletos calls the bank's number of a title.
const OUR_NUMBER: &str = "nosso-numero";

/// Reads what the slip of a charge says.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] for a charge that is not to be paid by a boleto,
/// or not any more: nobody should pay one that is over.
pub fn read(tx: &mut TenantTx<'_>, id: ChargeId) -> AppResult<Slip> {
    let charge = charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
    let refused = || AppError::WrongState {
        noun: "charge",
        state: charge.state.as_str(),
        wanted: "printed as a boleto",
    };
    let Some(NextAction::Voucher {
        barcode,
        digitable_line,
        due_date,
        br_code,
        ..
    }) = charge.action.clone().filter(|_| charge.state.is_open())
    else {
        return Err(refused());
    };
    let bank = Bank::of_barcode(&barcode).ok_or_else(refused)?;
    let tenant = tenants::load_own(tx)?;
    let account = payment_accounts::find(tx, charge.account_id)?;
    let account = account.ok_or(AppError::NotFound("payment account"))?;
    let seller = seller(tx, &tenant)?;
    let payer = charge.ask.customer.as_ref();
    Ok(Slip {
        bank_name: bank.name(),
        bank_code: bank.printed(),
        beneficiary: [vec![seller.name], seller.lines].concat(),
        payer: payer.map(payer_lines).unwrap_or_default(),
        document: end_of(&charge.id.to_string()),
        our_number: our_number(tx, &charge)?,
        agency_account: agency_account(&account),
        wallet: setting(&account, "wallet").unwrap_or_default().to_owned(),
        issued_on: CivilDate::of(charge.created_at, &tenant.time_zone),
        due_on: due_date,
        amount: Money::new(charge.requested_minor, charge.currency),
        instructions: charge.ask.due.map_or_else(Vec::new, |due| due.instructions),
        barcode,
        digitable_line,
        br_code,
    })
}

fn end_of(id: &str) -> String {
    let from = id.len().saturating_sub(DOCUMENT);
    id.get(from..).unwrap_or(id).to_owned()
}

/// The number by which the bank knows the title; where no plugin told it, the house's own.
fn our_number(tx: &mut TenantTx<'_>, charge: &Charge) -> AppResult<String> {
    let told = charges::refs(tx, &charge.id)?;
    let told = told.into_iter().find(|one| one.kind == OUR_NUMBER);
    let own = charge.ask.due.as_ref().and_then(|due| due.bank_sequence);
    Ok(told
        .map(|one| one.value)
        .or_else(|| own.map(|number| number.to_string()))
        .unwrap_or_default())
}

fn setting<'a>(account: &'a PaymentAccount, name: &str) -> Option<&'a str> {
    let found = account.config.iter().find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
}

/// `4042-7 / 61900-6`, or the agreement where branch and account are not told.
fn agency_account(account: &PaymentAccount) -> String {
    let with_digit = |name: &str, digit: &str| {
        let number = setting(account, name)?;
        Some(match setting(account, digit) {
            Some(digit) => format!("{number}-{digit}"),
            None => number.to_owned(),
        })
    };
    let agency = with_digit("agency", "agency_digit");
    let number = with_digit("account", "account_digit")
        .or_else(|| setting(account, "agreement").map(str::to_owned));
    agency
        .into_iter()
        .chain(number)
        .collect::<Vec<_>>()
        .join(" / ")
}

fn payer_lines(payer: &Payer) -> Vec<String> {
    let mut lines = vec![payer.name.clone()];
    if let Some((kind, number)) = &payer.tax_id {
        let kind = match kind {
            PayerTaxIdKind::Cpf => Some(TaxIdKind::Cpf),
            PayerTaxIdKind::Cnpj => Some(TaxIdKind::Cnpj),
            PayerTaxIdKind::Other => None,
        };
        let read = kind.and_then(|kind| TaxId::parse(kind, number).ok());
        lines.push(read.map_or_else(|| number.clone(), |id| id.printed()));
    }
    lines.extend(payer.address.iter().flat_map(address_lines));
    lines
}
