//! Prepares a charge, and lets its request leave once.

use alvara_domain::charge::ChargeState;
use alvara_domain::charge::attempt::{AttemptState, Operation};
use alvara_domain::charge::record::{
    Attempt, Charge, HistoryEntry, PaymentAccount, PaymentAccountState, discount_most,
    surcharge_most,
};
use alvara_domain::civil_date::CivilDate;
use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{ChargeId, NodeId, OrderId, PaymentAccountId, RefundId};
use alvara_domain::ledger::Book;
use alvara_domain::money::Money;
use alvara_domain::order::{Order, OrderState, PaymentTerms};
use alvara_domain::payment::ask::{
    CaptureMode, CardOptions, ChargeAsk, Due, Item, Payer, PayerTaxIdKind, Source,
};
use alvara_domain::payment::report::CustomerField;
use alvara_domain::tax_id::TaxIdKind;
use alvara_domain::time::UtcTime;
use alvara_store::{
    TenantTx, charge_attempts, charges, counters, customers, nodes, orders, payment_accounts,
    plugins, tenants,
};
use serde_json::json;

use super::settle::{By, hold, move_to};
use super::version::as_made;
use super::{BillingJob, SendJob, later, refund, renewal};
use crate::field::Fields;
use crate::{AppError, AppResult};

/// After how many seconds somebody looks whether a prepared request left: whoever prepared it sends
/// it at once, unless its process died.
const SEND_LOOK: i64 = 20;
/// The method that cannot be without a due date.
const BOLETO: &str = "boleto";
/// The method whose charges with a due date name who owes them.
pub(super) const PIX: &str = "pix";
/// The method that is paid by a token of the provider's own fields.
pub(super) const CARD: &str = "card";
/// In how many days a boleto falls due for which nobody said it.
const BOLETO_DAYS: i32 = 3;
/// For how many days after that it can still be paid.
const BOLETO_LATE_DAYS: u32 = 5;
/// What counts the titles of a tenant, whichever bank they are registered with.
pub(super) const TITLES: &str = "title";

/// How an order is to be paid.
#[derive(Debug, Clone)]
pub struct ChargeRequest {
    /// The order.
    pub order_id: OrderId,
    /// By which payment account.
    pub account_id: PaymentAccountId,
    /// `pix`, `boleto`, `card` or another of the plugin's methods.
    pub method: String,
    /// From what the money comes. Never card data.
    pub source: Source,
    /// Terms of a charge with a due date.
    pub due: Option<Due>,
    /// 1 to 99; a card charge in one, where left out.
    pub card: Option<CardOptions>,
    /// Whether the money is taken at once, or held until [`super::capture`] takes it.
    pub capture: CaptureMode,
    /// Until when it can be paid.
    pub expires_at: Option<UtcTime>,
    /// Where the customer comes back to.
    pub return_url: Option<String>,
    /// Where the customer comes to who called it off.
    pub cancel_url: Option<String>,
    /// Where the provider tells what happens.
    pub webhook_url: Option<String>,
}

/// A request that is written down and has not left.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The charge; its `ask` is what the plugin is asked, the same for all tries.
    pub charge: Charge,
    /// The attempt.
    pub attempt: Attempt,
    /// With whose credentials.
    pub account: PaymentAccount,
}

/// Writes a charge down, and that it is to be sent.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`], also for an account whose plugin was taken back from
/// the tenant; [`AppError::WrongState`] for an order that waits for no money, or an account that is
/// disabled.
pub fn prepare(tx: &mut TenantTx<'_>, request: &ChargeRequest) -> AppResult<Prepared> {
    prepare_by(tx, request, (Operation::Create, None))
}

/// The same for a charge that comes into being in another way, and by a version of the plugin other
/// than the one that its account is pinned to. One that is a consent leaves with its mandate.
pub(super) fn prepare_by(
    tx: &mut TenantTx<'_>,
    request: &ChargeRequest,
    (operation, version): (Operation, Option<String>),
) -> AppResult<Prepared> {
    let order = orders::lock(tx, request.order_id)?.ok_or(AppError::NotFound("order"))?;
    if order.state != OrderState::Open {
        return Err(AppError::WrongState {
            noun: "order",
            state: order.state.as_str(),
            wanted: "charged",
        });
    }
    let account = usable_account(tx, request.account_id)?;
    check(tx, &order, request)?;
    let id: ChargeId = tx.new_id()?;
    let mut ask = ask_of(tx, (id, &order), request)?;
    super::capture::require_ability(tx, &account, ask.capture)?;
    if let Some(payer) = &ask.customer {
        require_of_payer(
            tx,
            &account,
            (ask.method.as_str(), payer),
            required_by(&ask),
        )?;
    }
    ask.due = due_of(tx, &account, &ask)?;
    let (total, now) = (order.total(), tx.now());
    let charge = Charge {
        id,
        order_id: order.id,
        account_id: account.id,
        method: request.method.clone(),
        state: ChargeState::Created,
        currency: order.currency,
        requested_minor: order.total_minor,
        surcharge_most_minor: ask.due.as_ref().map_or(0, |due| surcharge_most(total, due)),
        discount_most_minor: ask.due.as_ref().map_or(0, |due| discount_most(total, due)),
        authorized_minor: 0,
        book: Book::default(),
        owed: false,
        ask,
        action: None,
        decline: None,
        raw_status: String::new(),
        expires_at: request.expires_at,
        poll_at: None,
        paid_at: None,
        last_event_at: None,
        quarantine: None,
        asked: 0,
        created_by: tx.scope().actor().to_string(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    charges::insert(tx, &charge)?;
    let version = version.unwrap_or_else(|| account.plugin_version.clone());
    let attempt = note_attempt(
        tx,
        (&charge, 1),
        (operation, id.to_string(), None),
        Some(version),
    )?;
    if operation != Operation::Consent {
        look_later(tx, &attempt)?;
    }
    note_birth(tx, &charge)?;
    Ok(Prepared {
        charge,
        attempt,
        account,
    })
}

/// An account that may make new charges.
pub(super) fn usable_account(
    tx: &mut TenantTx<'_>,
    id: PaymentAccountId,
) -> AppResult<PaymentAccount> {
    let account = payment_accounts::find(tx, id)?;
    let account = account.ok_or(AppError::NotFound("payment account"))?;
    if account.state != PaymentAccountState::Active {
        return Err(AppError::WrongState {
            noun: "payment account",
            state: account.state.as_str(),
            wanted: "charged by",
        });
    }
    super::version::may_charge(tx, &account)?;
    Ok(account)
}

fn note_birth(tx: &mut TenantTx<'_>, charge: &Charge) -> AppResult<()> {
    let entry = HistoryEntry {
        charge_id: charge.id,
        position: charge.version,
        from: ChargeState::Created,
        to: ChargeState::Created,
        verdict: "created".to_owned(),
        told_by: "operator".to_owned(),
        captured_minor: 0,
        refunded_minor: 0,
        at: tx.now(),
    };
    charges::note(tx, &entry)?;
    let what = json!({
        "order_id": charge.order_id, "method": charge.method, "account_id": charge.account_id,
        "requested_minor": charge.requested_minor, "currency": charge.currency,
    });
    tx.audit("charge.created", charge.id, (), &what)?;
    tx.emit(EventKind::ChargeCreated, charge.id, &what)?;
    Ok(())
}

/// Writes an attempt down and the job that looks whether it left.
pub(super) fn write_down(
    tx: &mut TenantTx<'_>,
    charge: &Charge,
    (operation, idempotency_key): (Operation, String),
    refund_id: Option<RefundId>,
) -> AppResult<Attempt> {
    let before = charge_attempts::list(tx, charge.id)?;
    let last = before.last().map_or(0, |one| one.number);
    let version = match before.into_iter().next() {
        Some(first) => first.plugin_version,
        None => payment_accounts::find(tx, charge.account_id)?.map(|it| it.plugin_version),
    };
    let what = (operation, idempotency_key, refund_id);
    let attempt = note_attempt(tx, (charge, last + 1), what, version)?;
    look_later(tx, &attempt)?;
    Ok(attempt)
}

fn note_attempt(
    tx: &mut TenantTx<'_>,
    (charge, number): (&Charge, i64),
    (operation, idempotency_key, refund_id): (Operation, String, Option<RefundId>),
    plugin_version: Option<String>,
) -> AppResult<Attempt> {
    let attempt = Attempt {
        charge_id: charge.id,
        number,
        operation,
        refund_id,
        idempotency_key,
        state: AttemptState::Prepared,
        tries: 0,
        fault: None,
        prepared_at: tx.now(),
        dispatched_at: None,
        finished_at: None,
        plugin_version,
    };
    charge_attempts::insert(tx, &attempt)?;
    Ok(attempt)
}

fn look_later(tx: &mut TenantTx<'_>, attempt: &Attempt) -> AppResult<()> {
    let job = SendJob {
        charge_id: attempt.charge_id,
        attempt: attempt.number,
    };
    let at = tx.now().saturating_add_seconds(SEND_LOOK);
    later(tx, BillingJob::Send, job, at)
}

/// Lets a request leave: the journal line that must be there before it does. Of any number of calls
/// one gets the request, and only that one may send it. From here on the charge is `unknown` until
/// an answer is applied; a job asks the provider should none ever be.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn dispatch(tx: &mut TenantTx<'_>, id: ChargeId, attempt: i64) -> AppResult<Option<Prepared>> {
    let held = hold(tx, id)?;
    let number = attempt;
    let known = charge_attempts::find(tx, id, number)?;
    let operation = known.as_ref().map(|one| one.operation);
    if let Some(one) = known.filter(|one| one.operation == Operation::Refund)
        && !refund::ready_again(tx, &held.order, &one)?
    {
        return Ok(None);
    }
    // What is a consent leaves with its mandate.
    if operation == Some(Operation::Consent) {
        return Ok(None);
    }
    // It may have waited for hours. Nobody is charged unasked who called it off, or paid, since.
    let waits = operation == Some(Operation::Collect) && held.charge.state == ChargeState::Created;
    if waits && !renewal::may_leave(tx, id, &held.order)? {
        prepare_cancel(tx, id)?;
        return Ok(None);
    }
    let Some((charge, attempt)) = leave(tx, held.charge, number)? else {
        return Ok(None);
    };
    // Whoever was faster finds nothing left to do.
    let at = tx.now().saturating_add_seconds(refund::LOST_AFTER);
    super::ask_at(tx, id, at)?;
    if attempt.operation == Operation::Refund {
        let (charge_id, attempt) = (id, number);
        later(tx, BillingJob::Send, SendJob { charge_id, attempt }, at)?;
    }
    let account = as_made(tx, id, held.account)?;
    Ok(Some(Prepared {
        charge,
        attempt,
        account,
    }))
}

/// Notes that the request of an attempt leaves now; `None` when it left before.
pub(super) fn leave(
    tx: &mut TenantTx<'_>,
    mut charge: Charge,
    number: i64,
) -> AppResult<Option<(Charge, Attempt)>> {
    if !charge_attempts::dispatch(tx, charge.id, number)? {
        return Ok(None);
    }
    let attempt = charge_attempts::find(tx, charge.id, number)?;
    let attempt = attempt.ok_or(AppError::NotFound("charge attempt"))?;
    if attempt.operation.creates() {
        if charge.state != ChargeState::Created {
            return Err(AppError::WrongState {
                noun: "charge",
                state: charge.state.as_str(),
                wanted: "sent",
            });
        }
        let sent = Charge {
            state: ChargeState::Unknown,
            ..charge.clone()
        };
        charge = move_to(tx, &charge, sent, ("dispatched", By::Operator))?;
    }
    Ok(Some((charge, attempt)))
}

/// What becomes of a cancellation.
#[derive(Debug, Clone)]
pub enum Cancellation {
    /// Its request had not left: it is canceled.
    Done(Box<Charge>),
    /// The provider is to be told: send this.
    Send(Box<Prepared>),
}

/// Calls a charge off.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] for one that is over, or whose outcome nobody
/// knows yet.
pub fn prepare_cancel(tx: &mut TenantTx<'_>, id: ChargeId) -> AppResult<Cancellation> {
    let held = hold(tx, id)?;
    let charge = held.charge;
    if !charge.state.is_open() || charge.state == ChargeState::Unknown {
        return Err(AppError::WrongState {
            noun: "charge",
            state: charge.state.as_str(),
            wanted: "canceled",
        });
    }
    if charge.state == ChargeState::Created {
        for attempt in charge_attempts::list(tx, id)? {
            let waits = matches!(
                attempt.state,
                AttemptState::Prepared | AttemptState::RetryWait
            );
            if waits && !charge_attempts::advance(tx, &attempt, AttemptState::Terminal, None)? {
                return Err(AppError::contended());
            }
        }
        let off = Charge {
            state: ChargeState::Canceled,
            ..charge.clone()
        };
        let off = move_to(tx, &charge, off, ("canceled", By::Operator))?;
        return Ok(Cancellation::Done(Box::new(off)));
    }
    let key = format!("{id}-cancel");
    let known = charge_attempts::list(tx, id)?;
    let again = known
        .into_iter()
        .find(|one| one.idempotency_key == key && !matches!(one.state, AttemptState::Terminal));
    let attempt = match again {
        Some(attempt) => attempt,
        None => write_down(tx, &charge, (Operation::Cancel, key), None)?,
    };
    tx.audit("charge.cancellation_asked", id, (), ())?;
    Ok(Cancellation::Send(Box::new(Prepared {
        charge,
        attempt,
        account: held.account,
    })))
}

/// Whether a provider may be told to lead a customer there: by https, or on this very machine
/// (RFC 6761: `localhost` and all names below it).
pub(crate) fn leads_back(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return url.starts_with("https://");
    };
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default();
    host == "localhost" || host.ends_with(".localhost")
}

fn check(tx: &TenantTx<'_>, order: &Order, request: &ChargeRequest) -> AppResult<()> {
    let mut fields = Fields::new();
    fields.code("/method", &request.method);
    if request.expires_at.is_some_and(|end| end <= tx.now()) {
        fields.refuse("/expires_at", FaultCode::OutOfRange, "an end lies ahead");
    }
    for (pointer, url) in [
        ("/return_url", &request.return_url),
        ("/cancel_url", &request.cancel_url),
    ] {
        let Some(url) = url else { continue };
        fields.line(pointer, url, 500);
        if !leads_back(url) {
            fields.refuse(pointer, FaultCode::Malformed, "an https address");
        }
    }
    if let Some(card) = &request.card {
        fields.within("/installments", i64::from(card.installments), 1..=99);
    }
    let takes_off = request
        .due
        .as_ref()
        .is_some_and(|due| due.discount.is_some());
    if takes_off && order.terms == PaymentTerms::Deferred {
        let detail = "what is owed on deferred terms is owed whole";
        fields.refuse("/due/discount", FaultCode::Conflict, detail);
    }
    if let Some(due) = &request.due {
        let days = i64::from(due.days_valid_after_due);
        fields.within("/due/days_valid_after_due", days, 0..=3_650);
    }
    fields.finish()
}

fn ask_of(
    tx: &mut TenantTx<'_>,
    (charge_id, order): (ChargeId, &Order),
    request: &ChargeRequest,
) -> AppResult<ChargeAsk> {
    let lines = orders::lines(tx, order.id)?;
    let items = lines
        .iter()
        .map(|line| Item {
            sku: line
                .plan_id
                .map_or_else(|| line.product_id.to_string(), |id| id.to_string()),
            description: line.description.clone(),
            quantity: line.quantity,
            unit: Money::new(line.unit_minor, order.currency),
        })
        .collect();
    let description = lines
        .first()
        .map_or_else(String::new, |line| line.description.clone());
    Ok(ChargeAsk {
        charge_id,
        method: request.method.clone(),
        amount: order.total(),
        customer: payer(tx, order.node_id)?,
        source: request.source.clone(),
        capture: request.capture,
        description,
        items,
        expires_at: request.expires_at,
        due: request.due.clone(),
        card: request.card.clone(),
        return_url: request.return_url.clone(),
        cancel_url: request.cancel_url.clone(),
        webhook_url: request.webhook_url.clone(),
        save_for_later: false,
        metadata: vec![("order".to_owned(), order.id.to_string())],
    })
}

/// Who pays for a place.
pub(super) fn payer(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Option<Payer>> {
    let Some(node) = nodes::find(tx, id)? else {
        return Ok(None);
    };
    let customer = customers::find(tx, id)?.map(|placed| placed.customer);
    let tax_id = customer.as_ref().and_then(|one| one.tax_id.as_ref());
    let tax_id = tax_id.map(|tax_id| {
        let kind = match tax_id.kind() {
            TaxIdKind::Cpf => PayerTaxIdKind::Cpf,
            TaxIdKind::Cnpj => PayerTaxIdKind::Cnpj,
            TaxIdKind::Piva => PayerTaxIdKind::Other,
        };
        (kind, tax_id.as_str().to_owned())
    });
    let name = customer.as_ref().map(|one| one.legal_name.clone());
    let phone = customer.as_ref().map(|one| one.phone.clone());
    Ok(Some(Payer {
        id: id.to_string(),
        name: name.filter(|name| !name.is_empty()).unwrap_or(node.name),
        email: node.email,
        phone: phone.filter(|phone| !phone.is_empty()),
        tax_id,
        address: customer.and_then(|one| one.postal_address),
    }))
}

/// Refuses what the plugin says it cannot do without, and what is needed beside: the provider would
/// refuse it later, in words that name no field of ours.
pub(super) fn require_of_payer(
    tx: &mut TenantTx<'_>,
    account: &PaymentAccount,
    (method, payer): (&str, &Payer),
    more: &[CustomerField],
) -> AppResult<()> {
    let plugin = plugins::find_version(tx, &account.plugin, &account.plugin_version)?;
    let Some(plugin) = plugin else {
        return Ok(());
    };
    let mut required = plugin.description.required_customer_fields;
    for field in more {
        if !required.contains(field) {
            required.push(*field);
        }
    }
    let mut fields = Fields::new();
    for field in required {
        let (is_there, pointer, what) = match field {
            CustomerField::Name => (!payer.name.is_empty(), "/customer/name", "name"),
            CustomerField::Email => (payer.email.is_some(), "/customer/email", "e-mail address"),
            CustomerField::Phone => (payer.phone.is_some(), "/customer/phone", "phone number"),
            CustomerField::TaxId => (payer.tax_id.is_some(), "/customer/tax_id", "tax number"),
            CustomerField::Address => (
                payer.address.is_some(),
                "/customer/address",
                "postal address",
            ),
        };
        if !is_there {
            let detail = format!(
                "the method {method} needs the {what} of the customer, and {} has none",
                payer.id
            );
            fields.refuse(pointer, FaultCode::Required, detail);
        }
    }
    fields.finish()
}

/// What the terms of a charge need beyond what its plugin always does: a PIX with a due date is
/// owed by somebody (Bacen's `cobv` requires `devedor`), and who pays by a token was on no page of
/// the provider that could ask for the address.
fn required_by(ask: &ChargeAsk) -> &'static [CustomerField] {
    match (ask.method.as_str(), &ask.source) {
        (PIX, _) if ask.due.is_some() => &[CustomerField::Name, CustomerField::TaxId],
        (CARD, Source::SingleUseToken(_)) => &[CustomerField::Email],
        _ => &[],
    }
}

/// The terms of a charge with a due date. A boleto has one, and a number of its own as a title:
/// where nobody said a day it falls due in a few.
fn due_of(
    tx: &mut TenantTx<'_>,
    account: &PaymentAccount,
    ask: &ChargeAsk,
) -> AppResult<Option<Due>> {
    let due = match &ask.due {
        Some(due) => due.clone(),
        None if ask.method == BOLETO => Due {
            due_date: CivilDate::of(tx.now(), &tenants::load_own(tx)?.time_zone)
                .plus_days(BOLETO_DAYS)
                .map_err(|error| AppError::Inconsistent(error.to_string()))?,
            // Banks take one that fell due on a weekend on the next working day.
            days_valid_after_due: BOLETO_LATE_DAYS,
            fine: None,
            monthly_interest: None,
            discount: None,
            instructions: Vec::new(),
            bank_sequence: None,
        },
        None => return Ok(None),
    };
    if ask.method != BOLETO {
        return Ok(Some(due));
    }
    let first = account.first_title.unwrap_or(1);
    let number = counters::take_from(tx, (TITLES, ""), first)?;
    let number = u64::try_from(number)
        .map_err(|error| AppError::Inconsistent(format!("a title's number: {error}")))?;
    Ok(Some(Due {
        bank_sequence: Some(number),
        ..due
    }))
}
