//! What shops sent, as it came, each body once.
use crate::column::Row;
use crate::error::StoreResult;
use crate::inbound::WebhookState;
use crate::parts;
use crate::schema::{shop_bodies as b, shop_webhooks as w};
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::{ShopAccountId, ShopWebhookId};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = w, treat_none_as_default_value = false)]
struct WebhookRow {
    tenant_id: String,
    id: String,
    account_id: String,
    digest: String,
    state: String,
    fault: Option<String>,
    received_at: i64,
    applied_at: Option<i64>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = b)]
struct BodyRow {
    tenant_id: String,
    webhook_id: String,
    part: i64,
    content: String,
}

/// Stores what a shop sent, once, and answers what is to be looked at: the new one, or the one that was
/// stored before and never applied. `digest` tells bodies apart.
///
/// # Errors
/// When the database fails.
pub fn store(
    tx: &mut TenantTx<'_>,
    (account, id): (ShopAccountId, ShopWebhookId),
    digest: &str,
    body: &[u8],
) -> StoreResult<Option<ShopWebhookId>> {
    let tenant = tx.tenant().to_string();
    let row = WebhookRow {
        tenant_id: tenant.clone(),
        id: id.to_string(),
        account_id: account.to_string(),
        digest: digest.to_owned(),
        state: WebhookState::Received.to_string(),
        fault: None,
        received_at: tx.now().micros(),
        applied_at: None,
    };
    let new = inserted(tx.conn, |conn| {
        diesel::insert_into(w::table).values(&row).execute(conn)?;
        Ok(())
    })?;
    if !new {
        return again(tx, account, digest);
    }
    for (part, content) in parts::split(body) {
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
    Ok(Some(id))
}

/// A body that came again. Whoever has a shop send it once more wants it looked at, unless that was
/// done well.
fn again(
    tx: &mut TenantTx<'_>,
    account: ShopAccountId,
    digest: &str,
) -> StoreResult<Option<ShopWebhookId>> {
    let tenant = tx.tenant().to_string();
    let open: Option<(String, String)> = w::table
        .filter(w::tenant_id.eq(&tenant))
        .filter(w::account_id.eq(account.to_string()))
        .filter(w::digest.eq(digest))
        .filter(w::state.ne(WebhookState::Applied.as_str()))
        .select((w::id, w::state))
        .get_result(tx.conn)
        .optional()?;
    let Some((id, state)) = open else {
        return Ok(None);
    };
    if state != WebhookState::Received.as_str() {
        diesel::update(w::table.find((tenant, id.clone())))
            .set(w::state.eq(WebhookState::Received.as_str()))
            .execute(tx.conn)?;
    }
    Row::of("shop_webhooks", &id).text("id", &id).map(Some)
}

/// Reads back what a shop sent, byte by byte, and how far it is.
///
/// # Errors
/// When the database fails.
pub fn load(
    tx: &mut TenantTx<'_>,
    id: ShopWebhookId,
) -> StoreResult<Option<(ShopAccountId, WebhookState, Vec<u8>)>> {
    let row: Option<WebhookRow> = w::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(WebhookRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let r = Row::of("shop_webhooks", &row.id);
    let content: Vec<String> = b::table
        .filter(b::tenant_id.eq(&row.tenant_id))
        .filter(b::webhook_id.eq(&row.id))
        .order(b::part)
        .select(b::content)
        .load(tx.conn)?;
    let body = parts::join(&content, Row::of("shop_bodies", &row.id))?;
    let account = r.text("account_id", &row.account_id)?;
    Ok(Some((account, r.text("state", &row.state)?, body)))
}

/// Notes how far a body is, and why it can never be applied.
///
/// # Errors
/// When the database fails.
pub fn mark(
    tx: &mut TenantTx<'_>,
    id: ShopWebhookId,
    state: WebhookState,
    fault: Option<&str>,
) -> StoreResult<()> {
    let now = tx.now().micros();
    diesel::update(w::table.find((tx.tenant().to_string(), id.to_string())))
        .set((
            w::state.eq(state.as_str()),
            w::fault.eq(fault.map(|fault| cut(fault, 300))),
            w::applied_at.eq(Some(now)),
        ))
        .execute(tx.conn)?;
    Ok(())
}
