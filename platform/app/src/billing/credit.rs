//! Deferred terms: what may be owed, what is given for it, and what happens when it is not paid.

use alvara_domain::event::EventKind;
use alvara_domain::id::{NodeId, OrderId};
use alvara_domain::ledger::{Cause as Booked, Position, deferred, difference};
use alvara_domain::money::Money;
use alvara_domain::node::Node;
use alvara_domain::notice::NoticeKind;
use alvara_domain::order::credit::{CreditLimit, Ladder, Step};
use alvara_domain::order::{Order, OrderState, PaymentTerms};
use alvara_store::ledger::{Posting, post};
use alvara_store::{TenantTx, credit_limits, nodes, orders};
use alvara_vault::Vault;
use serde_json::json;

use super::fulfil::{self, Cause, OVERDUE};
use super::settle::to_state;
use super::{BillingJob, NarrowJob, announce, later};
use crate::field::Fields;
use crate::notice::tell;
use crate::{AppError, AppResult};

/// Says how much a place below the caller's own, and those below it, may owe, and for how many
/// days. What is owed already stays, even where it is more.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`]; [`AppError::ExceedsOwnRights`] for the caller's
/// own place, unless that is the root; [`AppError::WrongState`] to change the currency of a debt.
pub fn set_limit(
    tx: &mut TenantTx<'_>,
    id: NodeId,
    limit: Money,
    days: u32,
) -> AppResult<CreditLimit> {
    let node = nodes::find(tx, id)?.ok_or(AppError::NotFound("node"))?;
    if node.path == *tx.scope().path() && !tx.scope().is_whole_tenant() {
        return Err(AppError::ExceedsOwnRights);
    }
    let mut fields = Fields::new();
    let limit = fields.price("/limit", limit);
    fields.within("/days", i64::from(days), 1..=365);
    fields.finish()?;
    let before = credit_limits::find(tx, id)?;
    let wanted = CreditLimit {
        node_id: id,
        currency: limit.currency,
        limit_minor: limit.amount_minor,
        used_minor: 0,
        days,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    if !credit_limits::put(tx, &wanted)? {
        return Err(AppError::WrongState {
            noun: "credit limit",
            state: "owed",
            wanted: "given another currency",
        });
    }
    let after = credit_limits::find(tx, id)?.ok_or(AppError::NotFound("node"))?;
    tx.audit("credit_limit.set", id, &before, &after)?;
    tx.emit(EventKind::CreditLimitUpdated, id, &after)?;
    Ok(after)
}

/// Uses up the nearest limit at or above the buyer's place. Of any number of orders at once only
/// those go through that fit together.
pub(super) fn take(tx: &mut TenantTx<'_>, order: &mut Order, buyer: &Node) -> AppResult<()> {
    if orders::is_blocked(tx, buyer.id)? {
        return Err(AppError::CreditExhausted {
            wanted: order.total(),
            left: None,
        });
    }
    let Some(limit) = credit_limits::nearest(tx, &buyer.path)? else {
        return Err(AppError::CreditExhausted {
            wanted: order.total(),
            left: None,
        });
    };
    if limit.currency != order.currency || !credit_limits::take(tx, &limit, order.total_minor)? {
        let seen = credit_limits::find(tx, limit.node_id)?;
        return Err(AppError::CreditExhausted {
            wanted: order.total(),
            left: seen.map(|limit| Money::new(limit.left().max(0), limit.currency)),
        });
    }
    order.credit_node_id = Some(limit.node_id);
    order.credit_minor = order.total_minor;
    let seconds = i64::from(limit.days) * 86_400;
    order.due_at = Some(tx.now().saturating_add_seconds(seconds));
    Ok(())
}

/// Gives what was ordered on deferred terms, books what is owed, and sets the date to look again.
pub(super) fn grant(tx: &mut TenantTx<'_>, vault: &Vault, order: &Order) -> AppResult<()> {
    let owed = deferred(order.node_id, order.credit_minor);
    book(tx, order, Booked::Deferred, &owed)?;
    let cause = Cause {
        charge: None,
        round: order.version,
    };
    fulfil::give(tx, vault, order, cause)?;
    announce::deferred(tx, order)?;
    look_again(tx, order)
}

/// The order was paid: its part of the limit is free again. What pays it takes the debt off the
/// books; what is suspended or withdrawn is given back by whoever calls.
pub(super) fn clear(tx: &mut TenantTx<'_>, order: &mut Order) -> AppResult<()> {
    if let (Some(node), 1..) = (order.credit_node_id, order.credit_minor) {
        credit_limits::give_back(tx, node, order.credit_minor)?;
        order.credit_minor = 0;
    }
    order.narrowed = Step::None;
    Ok(())
}

/// Narrows an order on deferred terms as far as its delay asks, and sets the date to look again.
/// Doing it again changes nothing.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn narrow(tx: &mut TenantTx<'_>, id: OrderId, ladder: &Ladder) -> AppResult<Order> {
    let mut order = orders::lock(tx, id)?.ok_or(AppError::NotFound("order"))?;
    let (OrderState::Open, PaymentTerms::Deferred, Some(due)) =
        (order.state, order.terms, order.due_at)
    else {
        return Ok(order);
    };
    let step = ladder.step(due, tx.now());
    if step <= order.narrowed {
        return Ok(order);
    }
    let before = order.narrowed;
    order.narrowed = step;
    let cause = Cause {
        charge: None,
        round: order.version + 1,
    };
    if step == Step::Withdrawn {
        let owed = deferred(order.node_id, order.credit_minor);
        let back = difference(&owed, &Position::new());
        if let Some(node) = order.credit_node_id {
            credit_limits::give_back(tx, node, order.credit_minor)?;
        }
        order.credit_minor = 0;
        order = to_state(tx, order, OrderState::Canceled)?;
        book(tx, &order, Booked::Withdrawn, &back)?;
        fulfil::withdraw(tx, &order, cause)?;
    } else {
        orders::update(tx, &order)?;
        order.version += 1;
        if step >= Step::Suspended {
            fulfil::suspend(tx, &order, cause, OVERDUE)?;
        }
        look_again(tx, &order)?;
    }
    let what = json!({ "from": before, "to": step, "due_at": order.due_at });
    tx.audit("order.narrowed", id, json!({ "narrowed": before }), &what)?;
    tx.emit(EventKind::OrderOverdue, id, &what)?;
    tell(tx, order.node_id, NoticeKind::OrderOverdue, id, what)?;
    announce::overdue(tx, &order, step)?;
    Ok(order)
}

fn look_again(tx: &mut TenantTx<'_>, order: &Order) -> AppResult<()> {
    let Some(due) = order.due_at else {
        return Ok(());
    };
    match Ladder::default().next_at(due, order.narrowed) {
        Some(at) => later(tx, BillingJob::Narrow, NarrowJob { order_id: order.id }, at),
        None => Ok(()),
    }
}

fn book(tx: &mut TenantTx<'_>, order: &Order, cause: Booked, moved: &Position) -> AppResult<()> {
    let posting = Posting {
        node: order.node_id,
        order: order.id,
        charge: None,
        cause,
        currency: order.currency,
    };
    post(tx, posting, moved)?;
    Ok(())
}
