use alvara_domain::event::EventKind;
use alvara_domain::id::NodeId;
use alvara_domain::money::Money;
use alvara_domain::price::{Price, Subject};
use alvara_store::{StoreError, TenantTx, modules, nodes, plans, prices};
use serde_json::json;

use crate::field::Fields;
use crate::{AppError, AppResult};

/// Reads the id of a plan of the tenant, or of a module that it sells.
///
/// # Errors
/// [`AppError::NotFound`] for any other text.
pub fn load_subject(tx: &mut TenantTx<'_>, id: &str) -> AppResult<Subject> {
    if let Ok(plan) = id.parse()
        && plans::find(tx, plan)?.is_some()
    {
        return Ok(Subject::Plan(plan));
    }
    if let Ok(module) = id.parse()
        && modules::find_sold(tx, module)?.is_some()
    {
        return Ok(Subject::Module(module));
    }
    Err(AppError::NotFound("plan or module"))
}

/// Sets the price at which a place of the scope sells to everybody below it.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`] for an amount below zero.
pub fn set_price(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    subject: &str,
    price: Money,
) -> AppResult<Price> {
    nodes::find(tx, node)?.ok_or(AppError::NotFound("node"))?;
    let subject = load_subject(tx, subject)?;
    let mut fields = Fields::new();
    let price = fields.price("/price", price);
    fields.finish()?;
    let id = subject.id();
    let before = prices::find(tx, node, &id)?;
    let wanted = Price {
        tenant_id: tx.tenant(),
        node_id: node,
        kind: subject.kind(),
        subject_id: id.clone(),
        price,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    prices::put(tx, &wanted).map_err(|error| match error {
        StoreError::Taken => AppError::Stale,
        other => other.into(),
    })?;
    let after = prices::find(tx, node, &id)?.ok_or(AppError::NotFound("price"))?;
    tx.audit("price.set", node, &before, &after)?;
    tx.emit(EventKind::PriceSet, node, &after)?;
    Ok(after)
}

/// Takes a price away: the place sells at what those above it ask.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn remove_price(tx: &mut TenantTx<'_>, node: NodeId, subject: &str) -> AppResult<()> {
    let before = prices::find(tx, node, subject)?.ok_or(AppError::NotFound("price"))?;
    if !prices::delete(tx, node, subject)? {
        return Err(AppError::NotFound("price"));
    }
    tx.audit("price.removed", node, &before, ())?;
    tx.emit(
        EventKind::PriceRemoved,
        node,
        json!({ "subject_id": subject }),
    )?;
    Ok(())
}
