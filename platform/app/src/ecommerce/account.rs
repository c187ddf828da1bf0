//! Which shops are listened to, and what their goods are here.

use alvara_domain::ecommerce::{LONGEST_SKU, ShopAccount, ShopAccountState, ShopKind, ShopSku};
use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{NodeId, PlanId, ShopAccountId};
use alvara_domain::money::Money;
use alvara_domain::node::NodeKind;
use alvara_store::{TenantTx, nodes, plans, shops};
use alvara_vault::{Purpose, Secret, Vault};
use serde::Serialize;
use serde_json::json;

use super::{RetryJob, ShopJob};
use crate::field::Fields;
use crate::{AppError, AppResult};

/// A shop to listen to.
#[derive(Debug)]
pub struct NewShop {
    /// For people; unique in the tenant.
    pub name: String,
    /// Who runs it.
    pub kind: ShopKind,
    /// The place that new customers come under; the tenant's root when not said.
    pub node_id: NodeId,
    /// What its events are signed with: Stripe's signing secret of the endpoint, FastSpring's HMAC
    /// secret. PayPal has none.
    pub secret: Option<Secret>,
    /// What PayPal calls the webhook. Others have none.
    pub webhook_id: String,
    /// Where PayPal's certificates come from in tests, as `host:port`; empty for its own hosts.
    pub certificate_host: String,
}

/// What is to change of a shop; what is left out stays.
#[derive(Debug, Default)]
pub struct ShopChange {
    /// Another name.
    pub name: Option<String>,
    /// Another place for new customers.
    pub node_id: Option<NodeId>,
    /// Another secret.
    pub secret: Option<Secret>,
    /// Another webhook of PayPal's.
    pub webhook_id: Option<String>,
    /// Whether it is listened to.
    pub state: Option<ShopAccountState>,
}

/// What audit and events say of a shop: never the secret.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    kind: ShopKind,
    node_id: NodeId,
    state: ShopAccountState,
    webhook_id: &'a str,
    certificate_host: &'a str,
}

impl<'a> Shown<'a> {
    fn of(account: &'a ShopAccount) -> Self {
        Self {
            name: &account.name,
            kind: account.kind,
            node_id: account.node_id,
            state: account.state,
            webhook_id: &account.webhook_id,
            certificate_host: &account.certificate_host,
        }
    }
}

/// Adds a shop.
///
/// # Errors
/// [`AppError::Invalid`], also for a place that holds no customers, a missing secret, and one where
/// there is none; [`AppError::Taken`] for its name, [`AppError::Store`] for a part of the tenant.
pub fn create(tx: &mut TenantTx<'_>, vault: &Vault, new: &NewShop) -> AppResult<ShopAccount> {
    let mut fields = Fields::new();
    let id: ShopAccountId = tx.new_id()?;
    let account = ShopAccount {
        id,
        name: fields.line("/name", &new.name, 100),
        kind: new.kind,
        node_id: new.node_id,
        state: ShopAccountState::Active,
        webhook_id: fields.maybe_line("/webhook_id", &new.webhook_id, 100),
        certificate_host: fields.maybe_line("/certificate_host", &new.certificate_host, 100),
        secret_sealed: None,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    place(tx, &mut fields, account.node_id)?;
    check(&mut fields, &account, new.secret.as_ref());
    if new.secret.is_none() && new.kind != ShopKind::Paypal {
        fields.refuse("/secret", FaultCode::Required, "events are signed with it");
    }
    fields.finish()?;
    let account = ShopAccount {
        secret_sealed: seal(vault, id, new.secret.as_ref())?,
        ..account
    };
    shops::insert(tx, &account).map_err(AppError::taken("/name"))?;
    tx.audit("shop_account.created", id, (), Shown::of(&account))?;
    tx.emit(EventKind::ShopAccountCreated, id, Shown::of(&account))?;
    Ok(account)
}

/// Changes a shop. A new secret counts from now on: what was signed with the former one is refused.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`], [`AppError::Taken`] for its name,
/// [`AppError::Stale`].
pub fn update(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (id, read): (ShopAccountId, Option<i64>),
    change: &ShopChange,
) -> AppResult<ShopAccount> {
    let before = load(tx, id)?;
    if read.is_some_and(|read| read != before.version) {
        return Err(AppError::Stale);
    }
    let mut fields = Fields::new();
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.name = fields.line("/name", name, 100);
    }
    if let Some(webhook_id) = &change.webhook_id {
        after.webhook_id = fields.maybe_line("/webhook_id", webhook_id, 100);
    }
    if let Some(node_id) = change.node_id {
        after.node_id = node_id;
        place(tx, &mut fields, node_id)?;
    }
    check(&mut fields, &after, change.secret.as_ref());
    fields.finish()?;
    after.state = change.state.unwrap_or(before.state);
    if change.secret.is_some() {
        after.secret_sealed = seal(vault, id, change.secret.as_ref())?;
    }
    shops::update(tx, &after).map_err(AppError::taken("/name"))?;
    tx.audit(
        "shop_account.updated",
        id,
        Shown::of(&before),
        Shown::of(&after),
    )?;
    tx.emit(EventKind::ShopAccountUpdated, id, Shown::of(&after))?;
    load(tx, id)
}

/// Says what a good of a shop is here, and the least that has to come for one of it. PayPal's need
/// that: its orders may be written by a page in the buyer's hands, with whatever goods and amounts,
/// and are signed like any other. What others tell is written by the seller alone.
///
/// What was bought before and is held for want of this is given then; what was given stays as it is.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`].
pub fn put_sku(
    tx: &mut TenantTx<'_>,
    id: ShopAccountId,
    sku: &str,
    (plan, least): (PlanId, Option<Money>),
) -> AppResult<ShopSku> {
    let account = load(tx, id)?;
    let mut fields = Fields::new();
    let sku = fields.line("/sku", sku, LONGEST_SKU);
    if plans::find(tx, plan)?.is_none() {
        fields.refuse("/plan_id", FaultCode::Unknown, "there is no such plan");
    }
    match (account.kind, least) {
        (ShopKind::Paypal, None) => fields.refuse(
            "/least_price",
            FaultCode::Required,
            "whoever buys may write PayPal's amounts; say the least that one costs",
        ),
        (ShopKind::Paypal, Some(price)) => {
            let _ = fields.price("/least_price", price);
        }
        (_, Some(_)) => fields.refuse(
            "/least_price",
            FaultCode::Conflict,
            "only PayPal's goods have one",
        ),
        (_, None) => {}
    }
    fields.finish()?;
    let before = shops::find_sku(tx, id, &sku)?;
    let (was, was_least) = before.map_or((None, None), |one| (Some(one.plan_id), one.least));
    shops::put_sku(tx, id, &sku, (plan, least))?;
    tx.audit(
        "shop_account.sku_set",
        id,
        json!({ "sku": sku, "plan_id": was, "least_price": was_least }),
        json!({ "sku": sku, "plan_id": plan, "least_price": least }),
    )?;
    tx.emit(
        EventKind::ShopAccountUpdated,
        id,
        json!({ "sku": sku, "plan_id": plan, "least_price": least }),
    )?;
    let job = RetryJob {
        account_id: id,
        after: None,
    };
    let now = tx.now();
    tx.enqueue(ShopJob::Retry.as_str(), job, now)?;
    shops::find_sku(tx, id, &sku)?.ok_or(AppError::NotFound("good"))
}

/// Forgets what a good of a shop is here: what is bought of it from now on is held.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn remove_sku(tx: &mut TenantTx<'_>, id: ShopAccountId, sku: &str) -> AppResult<()> {
    load(tx, id)?;
    if !shops::remove_sku(tx, id, sku)? {
        return Err(AppError::NotFound("good"));
    }
    tx.audit("shop_account.sku_removed", id, json!({ "sku": sku }), ())?;
    tx.emit(EventKind::ShopAccountUpdated, id, json!({ "sku": sku }))?;
    Ok(())
}

pub(super) fn load(tx: &mut TenantTx<'_>, id: ShopAccountId) -> AppResult<ShopAccount> {
    shops::find(tx, id)?.ok_or(AppError::NotFound("shop"))
}

/// Opens what the events of a shop are signed with.
pub(super) fn open(vault: &Vault, account: &ShopAccount) -> AppResult<Option<Secret>> {
    let Some(sealed) = &account.secret_sealed else {
        return Ok(None);
    };
    let secret = vault.open_text(Purpose::PaymentSecret, &context(account.id), sealed)?;
    Ok(Some(secret))
}

fn seal(vault: &Vault, id: ShopAccountId, secret: Option<&Secret>) -> AppResult<Option<String>> {
    let Some(secret) = secret else {
        return Ok(None);
    };
    let plain = secret.expose().as_bytes();
    Ok(Some(vault.seal(
        Purpose::PaymentSecret,
        &context(id),
        plain,
    )?))
}

/// Binds a sealed secret to its shop, so that it does not open in another row.
fn context(id: ShopAccountId) -> String {
    format!("{id}/secret")
}

fn place(tx: &mut TenantTx<'_>, fields: &mut Fields, id: NodeId) -> AppResult<()> {
    match nodes::find(tx, id)? {
        None => fields.refuse("/node_id", FaultCode::Unknown, "there is no such place"),
        Some(node) if node.kind == NodeKind::Customer => fields.refuse(
            "/node_id",
            FaultCode::Conflict,
            "a customer holds no customers",
        ),
        Some(_) => {}
    }
    Ok(())
}

/// What belongs to one kind of shop and to no other.
fn check(fields: &mut Fields, account: &ShopAccount, secret: Option<&Secret>) {
    let is_paypal = account.kind == ShopKind::Paypal;
    if is_paypal && account.webhook_id.is_empty() {
        let detail = "PayPal signs over the webhook's id";
        fields.refuse("/webhook_id", FaultCode::Required, detail);
    }
    if !is_paypal && !account.webhook_id.is_empty() {
        fields.refuse("/webhook_id", FaultCode::Conflict, "only PayPal has one");
    }
    let host = &account.certificate_host;
    let is_test = host
        .rsplit_once(':')
        .is_some_and(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok());
    let is_in_order = host.is_empty() || (is_paypal && is_test);
    if !is_in_order {
        let detail = "host:port, for PayPal in tests only";
        fields.refuse("/certificate_host", FaultCode::Malformed, detail);
    }
    match secret {
        Some(_) if is_paypal => {
            fields.refuse("/secret", FaultCode::Conflict, "PayPal has no secret");
        }
        Some(secret) if !(8..=200).contains(&secret.expose().len()) => {
            fields.refuse("/secret", FaultCode::OutOfRange, "8 to 200 characters");
        }
        _ => {}
    }
}
