//! Renews licenses by mandates: before a period ends its renewal is ordered and charged, what fails
//! is tried again a few times, and the people concerned are told each time.
//!
//! A job looks at each license that has a mandate, at the latest every few days. There is one renewal
//! of a period, found by the end of that period, so whatever looks twice finds it; and one charge of
//! it at a time, for only what waits is charged. When all tries have failed nothing is done to the
//! license here: it ends as its terms say, with the grace that they give.

mod meanwhile;

use alvara_domain::charge::attempt::Operation;
use alvara_domain::charge::record::Charge;
use alvara_domain::charge::{ChargeState, MandateState};
use alvara_domain::civil_date::CivilDate;
use alvara_domain::event::EventKind;
use alvara_domain::id::{ChargeId, MandateId, OrderId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::notice::NoticeKind;
use alvara_domain::order::OrderState;
use alvara_domain::payment::ask::{CaptureMode, CardOptions, Due, Source};
use alvara_domain::payment::report::RetryAdvice;
use alvara_domain::recurring::{Lead, Mandate, Renewal, RenewalState, due_day, retry_after};
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, charges, licenses, mandates, orders, renewals, tenants};
use alvara_vault::Vault;
use serde_json::json;

use super::announce;
use super::charge::{ChargeRequest, prepare_by};
use super::mandate::{self, NOT_CONSENTED, out_of_days, renewal_order};
use super::order::{self, end_of};
use super::{BillingJob, CollectJob, later, webhook_url};
use crate::notice::tell;
use crate::platform::PublicAddress;
use crate::{AppError, AppResult};

use meanwhile::is_busy;
pub(super) use meanwhile::may_leave;
pub(crate) use meanwhile::{is_usable, is_void};

/// A day, in seconds.
const DAY: i64 = 86_400;
/// After how many days a license is looked at again at the latest: its end may move meanwhile.
const LOOK_DAYS: i64 = 7;

/// How many days after its license ended a renewal is late whose charge is under way: later than the
/// last try of one that fails.
const LATE_DAYS: i64 = 21;

/// What providers' plugins call a method that is kept of a customer.
const STORED_METHOD: &str = "stored-method";

/// A charge by a mandate that is written down: what is to be sent.
pub type Collected = Option<(ChargeId, i64)>;

/// Plans the next look at a mandate's license; one that was planned before no longer counts.
pub(super) fn plan(tx: &mut TenantTx<'_>, mandate: Mandate, at: UtcTime) -> AppResult<Mandate> {
    let next_at = Some(at);
    let mandate = mandates::update(tx, Mandate { next_at, ..mandate })?;
    let job = CollectJob {
        mandate_id: mandate.id,
        due: at.micros(),
    };
    later(tx, BillingJob::Collect, job, at)?;
    Ok(mandate)
}

fn plan_in(tx: &mut TenantTx<'_>, mandate: Mandate, days: i64) -> AppResult<Collected> {
    let at = tx.now().saturating_add_seconds(days.max(1) * DAY);
    plan(tx, mandate, at)?;
    Ok(None)
}

/// Notes that the first charge of a mandate renews the period that ends at `ends_at`: nothing else
/// collects that one meanwhile.
pub(super) fn begin_with(
    tx: &mut TenantTx<'_>,
    (mandate, ends_at): (&Mandate, UtcTime),
    order_id: OrderId,
    charge: ChargeId,
) -> AppResult<()> {
    let busy = |state: RenewalState| AppError::WrongState {
        noun: "license",
        state: match state {
            RenewalState::Paid => "already renewed",
            _ => "being renewed",
        },
        wanted: "renewed again",
    };
    let renewal = match renewals::find(tx, mandate.license_id, ends_at)? {
        None => begin(tx, (mandate, ends_at), order_id)?,
        // An earlier mandate came to nothing; this is another try for the same period.
        Some(before) if is_void(tx, &before)? => renewals::update(
            tx,
            Renewal {
                mandate_id: mandate.id,
                order_id,
                state: RenewalState::Collecting,
                failures: 0,
                next_at: None,
                ..before
            },
        )?,
        Some(before) => return Err(busy(before.state)),
    };
    renewals::note_charge(tx, charge, &renewal)?;
    Ok(())
}

fn begin(
    tx: &mut TenantTx<'_>,
    (mandate, ends_at): (&Mandate, UtcTime),
    order_id: OrderId,
) -> AppResult<Renewal> {
    let now = tx.now();
    let renewal = Renewal {
        license_id: mandate.license_id,
        ends_at,
        mandate_id: mandate.id,
        order_id,
        state: RenewalState::Collecting,
        failures: 0,
        next_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    // Somebody else was quicker: all of it is tried again, and finds theirs.
    if !renewals::insert(tx, &renewal)? {
        return Err(AppError::contended());
    }
    tx.emit(EventKind::RenewalUpdated, mandate.id, &renewal)?;
    Ok(renewal)
}

/// Looks whether a license is to be renewed by its mandate now; writes the order and the charge down
/// when it is, and plans the next look in any case. What is answered is to be sent.
///
/// # Errors
/// When the database fails. What a rule refuses is a try that failed, not an error.
pub fn collect(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    address: &PublicAddress,
    job: &CollectJob,
) -> AppResult<Collected> {
    let Some(seen) = mandates::find(tx, job.mandate_id)? else {
        return Ok(None);
    };
    // Orders are locked before the license, and that before the mandate, as everywhere; what a
    // payment did meanwhile is seen then.
    for renewal in renewals::unpaid(tx, seen.license_id)? {
        orders::lock(tx, renewal.order_id)?;
    }
    licenses::hold(tx, seen.license_id)?;
    let Some(mandate) = mandates::lock(tx, job.mandate_id)? else {
        return Ok(None);
    };
    let is_planned = mandate.next_at.map(UtcTime::micros) == Some(job.due);
    if !is_planned || !mandate.may_collect() {
        return Ok(None);
    }
    let Some(license) = licenses::find(tx, mandate.license_id)? else {
        // It was put away, and may be brought back.
        return plan_in(tx, mandate, 1);
    };
    let (Some(ends_at), Some(lead)) = (end_of(&license.term), mandate.lead) else {
        return plan_in(tx, mandate, LOOK_DAYS);
    };
    if license.state == LicenseState::Revoked {
        mandate::end(tx, mandate, "the license was revoked".to_owned())?;
        return Ok(None);
    }
    if license.node_id != mandate.node_id {
        // Who permitted it does not pay for another, who may want a mandate of their own.
        mandate::end(tx, mandate, "the license went to somebody else".to_owned())?;
        return Ok(None);
    }
    if !is_usable(tx, &license)? || is_busy(tx, &mandate, ends_at)? {
        return plan_in(tx, mandate, 1);
    }
    match renewals::find(tx, license.id, ends_at)? {
        None => first_try(tx, vault, address, (mandate, lead), (&license, ends_at)),
        Some(renewal) if renewal.state == RenewalState::Waiting => {
            another_try(tx, address, (mandate, lead), renewal)
        }
        Some(renewal) if renewal.mandate_id != mandate.id && is_void(tx, &renewal)? => {
            take_over(tx, vault, address, (mandate, lead), (&license, renewal))
        }
        Some(renewal) if renewal.state == RenewalState::Collecting => {
            under_way(tx, mandate, &renewal, job)
        }
        // Paid, given up or given back: the next period has another end.
        Some(_) => plan_in(tx, mandate, 1),
    }
}

/// A charge is under way, and nothing else collects. Where that lasts until long after the license
/// ended, the people concerned are told, once: a provider that collects by a calendar of its own may
/// have nothing for this period.
fn under_way(
    tx: &mut TenantTx<'_>,
    mandate: Mandate,
    renewal: &Renewal,
    job: &CollectJob,
) -> AppResult<Collected> {
    let now = tx.now();
    let late = renewal.ends_at.saturating_add_seconds(LATE_DAYS * DAY);
    if job.due <= late.micros() && late <= now {
        let what = json!({
            "license_id": renewal.license_id, "ends_at": renewal.ends_at,
            "order_id": renewal.order_id, "failures": renewal.failures,
            "reason": "its charge is still under way",
        });
        let kind = NoticeKind::RenewalFailed;
        tell(tx, mandate.node_id, kind, mandate.id, what)?;
    }
    plan_in(tx, mandate, 1)
}

fn days(tx: &mut TenantTx<'_>, ends_at: UtcTime) -> AppResult<(CivilDate, CivilDate)> {
    let zone = tenants::load_own(tx)?.time_zone;
    let due = due_day(ends_at, &zone).map_err(out_of_days)?;
    Ok((due, CivilDate::of(tx.now(), &zone)))
}

fn first_try(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    address: &PublicAddress,
    (mandate, lead): (Mandate, Lead),
    (license, ends_at): (&License, UtcTime),
) -> AppResult<Collected> {
    let (due, today) = days(tx, ends_at)?;
    let hand_in = lead.hand_in(due).map_err(out_of_days)?;
    let ahead = i64::from(today.days_until(hand_in));
    if ahead > 0 {
        return plan_in(tx, mandate, ahead.min(LOOK_DAYS));
    }
    let Some(order_id) = place(tx, vault, &mandate, license)? else {
        return plan_in(tx, mandate, LOOK_DAYS);
    };
    let renewal = begin(tx, (&mandate, ends_at), order_id)?;
    charge(tx, address, (mandate, lead), renewal)
}

/// Orders one renewal of a license at what was agreed on. `None` where a rule is against that, of
/// which the people concerned are told.
fn place(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    mandate: &Mandate,
    license: &License,
) -> AppResult<Option<OrderId>> {
    let request = renewal_order(license, mandate.plan_id);
    let amount = mandate.amount();
    let placed = tx.attempt(|tx| -> AppResult<_> {
        let placed = order::create(tx, vault, &request)?;
        // Nobody is charged what they did not agree to.
        if placed.order.total() != amount {
            return Err(AppError::WrongState {
                noun: "mandate",
                state: "given for another amount",
                wanted: "charged",
            });
        }
        Ok(placed)
    });
    match placed {
        Ok(placed) => Ok(Some(placed.order.id)),
        Err(error) => {
            let reason = refusal(error)?;
            let what = json!({ "license_id": license.id, "reason": reason });
            let kind = NoticeKind::RenewalGivenUp;
            tell(tx, mandate.node_id, kind, mandate.id, what)?;
            Ok(None)
        }
    }
}

/// What a rule refused, in words; what the database or the vault could not do undoes everything.
pub(super) fn refusal(error: AppError) -> AppResult<String> {
    match error {
        AppError::Stale => Err(AppError::contended()),
        AppError::Store(_) | AppError::Vault(_) | AppError::Inconsistent(_) => Err(error),
        refused => Ok(refused.to_string()),
    }
}

fn another_try(
    tx: &mut TenantTx<'_>,
    address: &PublicAddress,
    (mandate, lead): (Mandate, Lead),
    renewal: Renewal,
) -> AppResult<Collected> {
    let now = tx.now();
    if let Some(at) = renewal.next_at.filter(|at| *at > now) {
        plan(tx, mandate, at)?;
        return Ok(None);
    }
    let order = orders::find(tx, renewal.order_id)?.ok_or(AppError::NotFound("order"))?;
    if order.state != OrderState::Open {
        // Paid in another way, or called off.
        let state = if order.state == OrderState::Paid {
            RenewalState::Paid
        } else {
            RenewalState::GivenUp
        };
        let after = Renewal {
            state,
            next_at: None,
            ..renewal
        };
        let after = renewals::update(tx, after)?;
        tx.emit(EventKind::RenewalUpdated, mandate.id, &after)?;
        return plan_in(tx, mandate, 1);
    }
    let again = Renewal {
        state: RenewalState::Collecting,
        next_at: None,
        ..renewal
    };
    let again = renewals::update(tx, again)?;
    charge(tx, address, (mandate, lead), again)
}

/// A mandate that came after another had failed for the same period goes on with its order; with one
/// of its own where that was called off or given back, or is over another amount than was agreed on
/// since.
fn take_over(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    address: &PublicAddress,
    (mandate, lead): (Mandate, Lead),
    (license, renewal): (&License, Renewal),
) -> AppResult<Collected> {
    let order = orders::find(tx, renewal.order_id)?.ok_or(AppError::NotFound("order"))?;
    let is_open = order.state == OrderState::Open;
    let is_another = is_open && order.total() != mandate.amount();
    let mut mine = Renewal {
        mandate_id: mandate.id,
        failures: 0,
        ..renewal
    };
    if is_another || matches!(order.state, OrderState::Canceled | OrderState::Reversed) {
        let charges = charges::list_of_order(tx, order.id)?;
        if charges.iter().any(|charge| charge.state.is_open()) {
            // Somebody is paying the other one.
            return plan_in(tx, mandate, 1);
        }
        let Some(order_id) = place(tx, vault, &mandate, license)? else {
            return plan_in(tx, mandate, LOOK_DAYS);
        };
        let holds_money = charges.iter().any(|charge| charge.state.holds_money());
        if is_open && !holds_money {
            order::cancel(tx, order.id)?;
        }
        mine.order_id = order_id;
    }
    another_try(tx, address, (mandate, lead), mine)
}

/// Charges a renewal that nothing else charges.
fn charge(
    tx: &mut TenantTx<'_>,
    address: &PublicAddress,
    (mandate, lead): (Mandate, Lead),
    renewal: Renewal,
) -> AppResult<Collected> {
    let (wanted, today) = days(tx, renewal.ends_at)?;
    let due_date = lead.due(wanted, today).map_err(out_of_days)?;
    // What the provider keeps is said here too: by that, one of which nobody heard is found again.
    let kept = mandates::refs(tx, mandate.id)?
        .into_iter()
        .find(|one| one.kind == STORED_METHOD);
    let source = kept.map_or(Source::None, |one| Source::StoredMethod(one.value));
    let request = ChargeRequest {
        order_id: renewal.order_id,
        account_id: mandate.account_id,
        method: mandate.method.clone(),
        source,
        due: Some(Due {
            due_date,
            days_valid_after_due: 0,
            fine: None,
            monthly_interest: None,
            discount: None,
            instructions: Vec::new(),
            bank_sequence: None,
        }),
        card: Some(CardOptions {
            installments: 1,
            soft_descriptor: None,
            off_session: true,
        }),
        capture: CaptureMode::Automatic,
        expires_at: None,
        return_url: None,
        cancel_url: None,
        webhook_url: Some(webhook_url(tx, address, mandate.account_id)?),
    };
    let version = mandate.plugin_version.clone();
    let prepared = tx.attempt(|tx| prepare_by(tx, &request, (Operation::Collect, Some(version))));
    match prepared {
        Ok(prepared) => {
            let id = prepared.charge.id;
            renewals::note_charge(tx, id, &renewal)?;
            plan_in(tx, mandate, 1)?;
            Ok(Some((id, prepared.attempt.number)))
        }
        Err(error) => {
            let reason = refusal(error)?;
            missed(tx, (mandate, renewal), None, (reason, None))?;
            Ok(None)
        }
    }
}

/// What follows for a renewal when a charge of it changes. Whoever calls has locked its order.
pub(super) fn follow(tx: &mut TenantTx<'_>, before: ChargeState, after: &Charge) -> AppResult<()> {
    if before == after.state {
        return Ok(());
    }
    let ended = matches!(
        after.state,
        ChargeState::Failed | ChargeState::Canceled | ChargeState::Expired
    );
    if !ended && after.state != ChargeState::Paid {
        return Ok(());
    }
    let Some((mandate_id, _)) = renewals::of_charge(tx, after.id)? else {
        return Ok(());
    };
    let Some(mandate) = mandates::lock(tx, mandate_id)? else {
        return Ok(());
    };
    let Some((_, renewal)) = renewals::of_charge(tx, after.id)? else {
        return Ok(());
    };
    if ended {
        // Another mandate goes on with this renewal, or another charge has paid it.
        if renewal.mandate_id != mandate.id || renewal.state != RenewalState::Collecting {
            return Ok(());
        }
        let decline = after.decline.as_ref();
        let reason = decline.map_or_else(
            || after.state.to_string(),
            |decline| format!("{}: {}", decline.code, decline.message),
        );
        let advice = decline.map(|decline| decline.advice);
        return missed(tx, (mandate, renewal), Some(after.id), (reason, advice));
    }
    // Money that does not pay the order leaves the renewal to a person; what does is in `order_paid`.
    let consents = mandate.first_charge == Some(after.id) && !mandate.state.is_over();
    if after.book.earned > 0 && consents {
        mandate::ask_now(tx, mandate.id)?;
    }
    Ok(())
}

/// An order was paid, by whatever: what it renews is collected no more, and its mandate goes on with
/// the next period. Whoever calls has locked the order.
pub(super) fn order_paid(tx: &mut TenantTx<'_>, order: OrderId) -> AppResult<()> {
    for renewal in renewals::of_order(tx, order)? {
        let mandate = mandates::lock(tx, renewal.mandate_id)?;
        if renewal.state != RenewalState::Paid {
            let paid = Renewal {
                state: RenewalState::Paid,
                next_at: None,
                ..renewal
            };
            let paid = renewals::update(tx, paid)?;
            tx.audit("renewal.paid", paid.mandate_id, (), &paid)?;
            tx.emit(EventKind::RenewalUpdated, paid.mandate_id, &paid)?;
        }
        if let Some(mandate) = mandate.filter(Mandate::may_collect) {
            let now = tx.now();
            plan(tx, mandate, now)?;
        }
    }
    Ok(())
}

/// A try came to nothing: another one is planned, or that was the last.
fn missed(
    tx: &mut TenantTx<'_>,
    (mandate, renewal): (Mandate, Renewal),
    charge: Option<ChargeId>,
    (reason, advice): (String, Option<RetryAdvice>),
) -> AppResult<()> {
    let failures = renewal.failures.saturating_add(1);
    // What its provider paused may go on: the further tries wait for that.
    let is_paused = mandate.state == MandateState::Paused && mandate.ending.is_none();
    let wait = (mandate.may_collect() || is_paused)
        .then(|| retry_after(failures, advice))
        .flatten();
    let next_at = wait.map(|days| tx.now().saturating_add_seconds(days * DAY));
    let state = match next_at {
        Some(_) => RenewalState::Waiting,
        None => RenewalState::GivenUp,
    };
    let after = Renewal {
        state,
        failures,
        next_at,
        ..renewal
    };
    let after = renewals::update(tx, after)?;
    let what = json!({
        "license_id": after.license_id, "ends_at": after.ends_at, "order_id": after.order_id,
        "charge_id": charge, "failures": failures, "next_at": next_at, "reason": reason,
    });
    tx.audit("renewal.failed", mandate.id, (), &what)?;
    tx.emit(EventKind::RenewalUpdated, mandate.id, &after)?;
    let kind = match state {
        RenewalState::Waiting => NoticeKind::RenewalFailed,
        _ => NoticeKind::RenewalGivenUp,
    };
    tell(tx, mandate.node_id, kind, mandate.id, what)?;
    announce::uncollected(tx, mandate.node_id, &after)?;
    if mandate.state.is_over() {
        return Ok(());
    }
    // It may have failed because the customer, or the bank, ended the mandate.
    mandate::ask_now(tx, mandate.id)?;
    let consented = mandate.state == MandateState::Active;
    if charge.is_some() && mandate.first_charge == charge && !consented {
        if mandate.ending.is_none() {
            mandate::end(tx, mandate, NOT_CONSENTED.to_owned())?;
        }
        return Ok(());
    }
    if mandate.may_collect() {
        let at = next_at.unwrap_or(tx.now().saturating_add_seconds(DAY));
        plan(tx, mandate, at)?;
    }
    Ok(())
}

/// What waits for another try of a mandate that is over is collected no more.
pub(super) fn give_up_waiting(tx: &mut TenantTx<'_>, mandate: &Mandate) -> AppResult<()> {
    for renewal in renewals::list_waiting(tx, mandate.id)? {
        let after = Renewal {
            state: RenewalState::GivenUp,
            next_at: None,
            ..renewal
        };
        let after = renewals::update(tx, after)?;
        tx.emit(EventKind::RenewalUpdated, mandate.id, &after)?;
        let what = json!({
            "license_id": after.license_id, "ends_at": after.ends_at, "order_id": after.order_id,
            "failures": after.failures, "reason": mandate.reason,
        });
        let kind = NoticeKind::RenewalGivenUp;
        tell(tx, mandate.node_id, kind, mandate.id, what)?;
    }
    Ok(())
}

/// The renewals of a mandate, the period that ended last first, each with its charges.
///
/// # Errors
/// When the database fails.
pub fn of_mandate(
    tx: &mut TenantTx<'_>,
    id: MandateId,
) -> AppResult<Vec<(Renewal, Vec<ChargeId>)>> {
    let charges = renewals::charges_of(tx, id)?;
    let own = |renewal: &Renewal| -> Vec<ChargeId> {
        let of_it = charges.iter().filter(|(_, end)| *end == renewal.ends_at);
        of_it.map(|(charge, _)| *charge).collect()
    };
    Ok(renewals::list(tx, id)?
        .into_iter()
        .map(|renewal| {
            let charges = own(&renewal);
            (renewal, charges)
        })
        .collect())
}
