//! What providers sent, as it came, and which of their events were looked at.
use crate::column::Row;
use crate::error::StoreResult;
use crate::parts;
use crate::schema::{inbound_bodies as b, inbound_webhooks as w, payment_events as e};
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::{ChargeId, InboundWebhookId, PaymentAccountId};
use alvara_domain::payment::ask::InboundRequest;
use alvara_domain::text_enum;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

text_enum! {
    /// What was made of an event.
    pub enum EventOutcome {
        /// A charge, refund or dispute changed.
        Applied = "applied",
        /// It told nothing new, or of nothing that concerns us.
        Same = "same",
        /// The provider is asked how things stand.
        AskAgain = "ask_again",
        /// It is not believed.
        Quarantined = "quarantined",
        /// It speaks of nothing that is known yet.
        Unmatched = "unmatched",
    }
}

text_enum! {
    /// How far a webhook is.
    pub enum WebhookState {
        /// Stored and answered.
        Received = "received",
        /// What it told was looked at.
        Applied = "applied",
        /// It can never be.
        Failed = "failed",
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = w, treat_none_as_default_value = false)]
struct WebhookRow {
    tenant_id: String,
    id: String,
    account_id: String,
    event_id: String,
    request: String,
    state: String,
    received_at: i64,
    applied_at: Option<i64>,
    plugin_version: Option<String>,
}

/// A webhook as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredWebhook {
    /// The account that it came to.
    pub account_id: PaymentAccountId,
    /// What was sent, byte by byte.
    pub request: InboundRequest,
    /// When it came.
    pub received_at: UtcTime,
    /// The version of the plugin that took it; none for what is older than this is noted.
    pub plugin_version: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = b, treat_none_as_default_value = false)]
struct BodyRow {
    tenant_id: String,
    webhook_id: String,
    part: i64,
    content: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = e, treat_none_as_default_value = false)]
struct EventRow {
    tenant_id: String,
    account_id: String,
    event_id: String,
    charge_id: Option<String>,
    outcome: String,
    occurred_at: Option<i64>,
    at: i64,
}

/// Stores what a provider sent, and which version of the plugin took it; `false` when the same was
/// stored before.
///
/// # Errors
/// When the database fails.
pub fn store(
    tx: &mut TenantTx<'_>,
    (account, id): (PaymentAccountId, InboundWebhookId),
    event_id: &str,
    (request, plugin_version): (&InboundRequest, &str),
) -> StoreResult<bool> {
    let tenant = tx.tenant().to_string();
    let bare = InboundRequest {
        body: Vec::new(),
        ..request.clone()
    };
    let row = WebhookRow {
        tenant_id: tenant.clone(),
        id: id.to_string(),
        account_id: account.to_string(),
        event_id: event_id.to_owned(),
        request: serde_json::to_string(&bare)?,
        state: WebhookState::Received.to_string(),
        received_at: tx.now().micros(),
        applied_at: None,
        plugin_version: Some(cut(plugin_version, 40)),
    };
    let new = inserted(tx.conn, |conn| {
        diesel::insert_into(w::table).values(&row).execute(conn)?;
        Ok(())
    })?;
    if !new {
        return Ok(false);
    }
    for (part, content) in parts::split(&request.body) {
        let row = BodyRow {
            tenant_id: tenant.clone(),
            webhook_id: id.to_string(),
            part,
            content,
        };
        diesel::insert_into(b::table)
            .values(&row)
            .execute(tx.conn)?;
    }
    Ok(true)
}

/// What a webhook is that came before `before`, comes once more and was never applied: it is noted that
/// this version of the plugin took it now. `None` for any other.
///
/// # Errors
/// When the database fails.
pub fn take_again(
    tx: &mut TenantTx<'_>,
    (account, event_id): (PaymentAccountId, &str),
    plugin_version: &str,
    before: UtcTime,
) -> StoreResult<Option<InboundWebhookId>> {
    let id: Option<String> = w::table
        .filter(w::tenant_id.eq(tx.tenant().to_string()))
        .filter(w::account_id.eq(account.to_string()))
        .filter(w::event_id.eq(event_id.to_owned()))
        .filter(w::state.eq(WebhookState::Received.as_str()))
        .filter(w::received_at.lt(before.micros()))
        .select(w::id)
        .first(tx.conn)
        .optional()?;
    let Some(id) = id else { return Ok(None) };
    diesel::update(w::table.find((tx.tenant().to_string(), id.clone())))
        .set(w::plugin_version.eq(Some(cut(plugin_version, 40))))
        .execute(tx.conn)?;
    let r = Row::of("inbound_webhooks", &id);
    Ok(Some(r.text("id", &id)?))
}

/// Reads back what a provider sent, byte by byte, when it came and which version took it.
///
/// # Errors
/// When the database fails.
pub fn load(tx: &mut TenantTx<'_>, id: InboundWebhookId) -> StoreResult<Option<StoredWebhook>> {
    let row: Option<WebhookRow> = w::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(WebhookRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let r = Row::of("inbound_webhooks", &row.id);
    let mut request: InboundRequest = r.json("request", &row.request)?;
    let content: Vec<String> = b::table
        .filter(b::tenant_id.eq(&row.tenant_id))
        .filter(b::webhook_id.eq(&row.id))
        .order(b::part)
        .select(b::content)
        .load(tx.conn)?;
    request.body = parts::join(&content, Row::of("inbound_bodies", &row.id))?;
    Ok(Some(StoredWebhook {
        account_id: r.text("account_id", &row.account_id)?,
        request,
        received_at: r.time("received_at", row.received_at)?,
        plugin_version: row.plugin_version,
    }))
}

/// Notes how far a webhook is.
///
/// # Errors
/// When the database fails.
pub fn mark(tx: &mut TenantTx<'_>, id: InboundWebhookId, state: WebhookState) -> StoreResult<()> {
    let now = tx.now().micros();
    diesel::update(w::table.find((tx.tenant().to_string(), id.to_string())))
        .set((w::state.eq(state.as_str()), w::applied_at.eq(now)))
        .execute(tx.conn)?;
    Ok(())
}

/// Takes an event to look at it. `None` when it is new, or spoke of nothing that was known when it
/// was looked at; otherwise what was made of it. The row stays locked until the commit.
///
/// # Errors
/// When the database fails.
pub fn begin(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    event_id: &str,
    occurred_at: Option<UtcTime>,
) -> StoreResult<Option<EventOutcome>> {
    let row = EventRow {
        tenant_id: tx.tenant().to_string(),
        account_id: account.to_string(),
        event_id: cut(event_id, 200),
        charge_id: None,
        outcome: EventOutcome::Unmatched.to_string(),
        occurred_at: occurred_at.map(UtcTime::micros),
        at: tx.now().micros(),
    };
    let key = (
        row.tenant_id.clone(),
        row.account_id.clone(),
        row.event_id.clone(),
    );
    let new = inserted(tx.conn, |conn| {
        diesel::insert_into(e::table).values(&row).execute(conn)?;
        Ok(())
    })?;
    if new {
        return Ok(None);
    }
    diesel::update(e::table.find(key.clone()))
        .set(e::at.eq(e::at))
        .execute(tx.conn)?;
    let outcome: String = e::table.find(key).select(e::outcome).get_result(tx.conn)?;
    let outcome = Row::of("payment_events", &row.event_id).text("outcome", &outcome)?;
    Ok((outcome != EventOutcome::Unmatched).then_some(outcome))
}

/// The charge that an event was found to speak of.
///
/// # Errors
/// When the database fails.
pub fn charge_of(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    event_id: &str,
) -> StoreResult<Option<ChargeId>> {
    let key = (
        tx.tenant().to_string(),
        account.to_string(),
        cut(event_id, 200),
    );
    let found: Option<Option<String>> = e::table
        .find(key)
        .select(e::charge_id)
        .get_result(tx.conn)
        .optional()?;
    let r = Row::of("payment_events", event_id);
    r.text_opt("charge_id", found.flatten().as_deref())
}

/// Notes what was made of an event.
///
/// # Errors
/// When the database fails.
pub fn finish(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    event_id: &str,
    charge: Option<ChargeId>,
    outcome: EventOutcome,
) -> StoreResult<()> {
    let key = (
        tx.tenant().to_string(),
        account.to_string(),
        cut(event_id, 200),
    );
    diesel::update(e::table.find(key))
        .set((
            e::outcome.eq(outcome.as_str()),
            e::charge_id.eq(charge.map(|id| id.to_string())),
        ))
        .execute(tx.conn)?;
    Ok(())
}
