//! Applies what a provider told by itself: each event once, however often it is told.

use alvara_domain::id::{ChargeId, InboundWebhookId, MandateId, PaymentAccountId, RefundId};
use alvara_domain::payment::PspRef;
use alvara_domain::payment::ask::InboundRequest;
use alvara_domain::payment::report::{EventBody, PaymentEvent};
use alvara_store::inbound::{self, EventOutcome};
use alvara_store::{TenantTx, charges, mandates, payment_accounts, refunds};
use alvara_vault::Vault;
use data_encoding::BASE64;

use super::settle::{self, By, hold, usable};
use super::version::as_made;
use super::{BillingJob, Outcome, WebhookJob, ask_at, dispute, later, mandate, refund};
use crate::{AppError, AppResult};

/// After how many seconds a webhook that was not applied yet is looked at anew when it comes again: by
/// then its job has given up.
const GIVEN_UP: i64 = 3_600;

/// What tells one body from another where the provider gives its events no names.
fn digest_of(bytes: &[u8]) -> String {
    alvara_vault::token_hash(&BASE64.encode(bytes))
}

/// Stores what a provider sent, as it came, with the version of the plugin that took it, and the job
/// that looks at it; `None` when the same came before. What is stored is answered, and looked at
/// afterwards. One that came long before and could never be applied is looked at once more, by the
/// version that took it now.
///
/// # Errors
/// [`AppError::NotFound`] for an account that is none.
pub fn receive(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    event_id: Option<&str>,
    (request, taken_by): (&InboundRequest, &str),
) -> AppResult<Option<InboundWebhookId>> {
    payment_accounts::find(tx, account)?.ok_or(AppError::NotFound("payment account"))?;
    let event_id = match event_id {
        Some(id) if !id.is_empty() && id.chars().count() <= 200 => id.to_owned(),
        _ => digest_of(&[request.query.as_bytes(), &[0], &request.body].concat()),
    };
    let (now, mut webhook_id): (_, InboundWebhookId) = (tx.now(), tx.new_id()?);
    if !inbound::store(tx, (account, webhook_id), &event_id, (request, taken_by))? {
        let before = now.saturating_add_seconds(-GIVEN_UP);
        match inbound::take_again(tx, (account, event_id.as_str()), taken_by, before)? {
            Some(stored) => webhook_id = stored,
            None => return Ok(None),
        }
    }
    later(tx, BillingJob::ApplyWebhook, WebhookJob { webhook_id }, now)?;
    Ok(Some(webhook_id))
}

/// Applies an event. Of any number of deliveries one does; the others find what was made of it. An
/// event of something that is not known yet is looked at again when it is delivered again.
///
/// `read_by` is the version of the plugin that read it. What one version reads of a charge that goes
/// on by another only says that something happened: the provider is asked by that other one.
///
/// # Errors
/// [`AppError::NotFound`] for an account that is none.
pub fn apply(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (account, read_by): (PaymentAccountId, &str),
    event: &PaymentEvent,
) -> AppResult<EventOutcome> {
    let by = By::Event(event.occurred_at);
    take(tx, vault, (account, Some(read_by)), event, by)
}

/// Applies a line of a bank's file: an event like any other, whose money counts also where the bank
/// would have to be asked about it.
///
/// # Errors
/// [`AppError::NotFound`] for an account that is none.
pub(super) fn apply_line(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    account: PaymentAccountId,
    event: &PaymentEvent,
) -> AppResult<EventOutcome> {
    let by = By::File(event.occurred_at);
    take(tx, vault, (account, None), event, by)
}

fn take(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (account, read_by): (PaymentAccountId, Option<&str>),
    event: &PaymentEvent,
    by: By,
) -> AppResult<EventOutcome> {
    payment_accounts::find(tx, account)?.ok_or(AppError::NotFound("payment account"))?;
    if let Some(before) = inbound::begin(tx, account, &event.event_id, event.occurred_at)? {
        return Ok(match before {
            EventOutcome::Applied => EventOutcome::Same,
            other => other,
        });
    }
    let (charge, outcome) = look(tx, vault, (account, read_by), event, by)?;
    inbound::finish(tx, account, &event.event_id, charge, outcome)?;
    Ok(outcome)
}

fn look(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (account, read_by): (PaymentAccountId, Option<&str>),
    event: &PaymentEvent,
    by: By,
) -> AppResult<(Option<ChargeId>, EventOutcome)> {
    if let EventBody::Ignored(_) = event.body {
        return Ok((None, EventOutcome::Same));
    }
    let refs = all_refs(event);
    if let EventBody::Mandate(_) | EventBody::MandateHint = event.body
        && let Some(id) = mandates::by_refs(tx, account, &refs)?
    {
        return Ok((None, of_mandate(tx, vault, (id, read_by), event)?));
    }
    let Some((charge, subject)) = find(tx, account, &refs)? else {
        return Ok((None, EventOutcome::Unmatched));
    };
    // What the body says is taken only from who proved to have written it; otherwise we ask.
    let proved = event.trust.proves_the_body();
    let understood = match read_by {
        Some(version) => version_of(tx, (account, charge))? == version,
        None => true,
    };
    let outcome = match &event.body {
        EventBody::Charge(report) if proved && understood => {
            let held = hold(tx, charge)?;
            let report = alvara_domain::payment::report::ChargeReport {
                refs: usable(&report.refs),
                ..report.clone()
            };
            settle::apply(tx, vault, held, &report, by)?
        }
        EventBody::Refund(report) if proved && understood => match subject.parse::<RefundId>() {
            Ok(id) if refunds::find(tx, id)?.is_some() => {
                refund::apply_report(tx, vault, id, report)?
            }
            // Made at the provider: the charge knows how much went back.
            _ => ask(tx, charge)?,
        },
        // Whoever is asked about a charge need not say that it is contested.
        EventBody::Dispute(report) if proved => {
            dispute::apply_report(tx, vault, charge, &subject, report, by)?
        }
        _ => ask(tx, charge)?,
    };
    Ok((Some(charge), named(outcome)))
}

/// By which version of its plugin goes on what an event tells of; `None` where nobody knows that, or
/// where the event is taken as whoever took it read it.
///
/// # Errors
/// [`AppError::NotFound`] for an account that is none.
pub(super) fn goes_by(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    event: &PaymentEvent,
) -> AppResult<Option<String>> {
    if let EventBody::Dispute(_) | EventBody::Ignored(_) = event.body {
        return Ok(None);
    }
    let refs = all_refs(event);
    if let EventBody::Mandate(_) | EventBody::MandateHint = event.body
        && let Some(id) = mandates::by_refs(tx, account, &refs)?
    {
        let found = mandates::find(tx, id)?.ok_or(AppError::NotFound("mandate"))?;
        return Ok(Some(mandate::account_of(tx, &found)?.plugin_version));
    }
    match find(tx, account, &refs)? {
        Some((charge, _)) => version_of(tx, (account, charge)).map(Some),
        None => Ok(None),
    }
}

/// The version of its plugin by which a charge goes on.
fn version_of(
    tx: &mut TenantTx<'_>,
    (account, charge): (PaymentAccountId, ChargeId),
) -> AppResult<String> {
    let account =
        payment_accounts::find(tx, account)?.ok_or(AppError::NotFound("payment account"))?;
    Ok(as_made(tx, charge, account)?.plugin_version)
}

const fn named(outcome: Outcome) -> EventOutcome {
    match outcome {
        Outcome::Applied => EventOutcome::Applied,
        Outcome::Same => EventOutcome::Same,
        Outcome::AskAgain => EventOutcome::AskAgain,
        Outcome::Quarantined(_) => EventOutcome::Quarantined,
    }
}

/// What a proven body says of a mandate is taken, when it was read by the version by which the mandate
/// goes on; otherwise we ask.
fn of_mandate(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (id, read_by): (MandateId, Option<&str>),
    event: &PaymentEvent,
) -> AppResult<EventOutcome> {
    let found = mandates::find(tx, id)?.ok_or(AppError::NotFound("mandate"))?;
    let goes_by = mandate::account_of(tx, &found)?.plugin_version;
    let understood = read_by.is_none_or(|version| version == goes_by);
    match &event.body {
        EventBody::Mandate(report) if event.trust.proves_the_body() && understood => {
            Ok(named(mandate::synced(tx, vault, id, Ok(report))?))
        }
        _ => {
            mandate::ask_now(tx, id)?;
            Ok(EventOutcome::AskAgain)
        }
    }
}

fn ask(tx: &mut TenantTx<'_>, charge: ChargeId) -> AppResult<Outcome> {
    let now = tx.now();
    ask_at(tx, charge, now)?;
    Ok(Outcome::AskAgain)
}

fn all_refs(event: &PaymentEvent) -> Vec<PspRef> {
    let said = match &event.body {
        EventBody::Charge(report) => report.refs.clone(),
        EventBody::Refund(report) => report.refs.clone(),
        EventBody::Mandate(report) => report.refs.clone(),
        EventBody::Dispute(report) => report.refs.clone(),
        EventBody::ChargeHint
        | EventBody::RefundHint
        | EventBody::MandateHint
        | EventBody::Ignored(_) => Vec::new(),
    };
    // What the event itself is about comes first: a refund before its charge.
    usable(&[said, event.refs.clone()].concat())
}

/// By the provider's names; by our own id, where a plugin gave it to the provider to carry and the
/// answer to the request has not been applied yet.
fn find(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    refs: &[PspRef],
) -> AppResult<Option<(ChargeId, String)>> {
    if let Some(found) = charges::by_refs(tx, account, refs)? {
        return Ok(Some(found));
    }
    for one in refs {
        if let Ok(id) = one.value.parse::<ChargeId>()
            && let Some(charge) = charges::find(tx, id)?
            && charge.account_id == account
        {
            return Ok(Some((id, id.to_string())));
        }
    }
    Ok(None)
}
