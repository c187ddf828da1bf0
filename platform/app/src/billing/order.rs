//! What somebody buys: priced when it is ordered, given when it is paid.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{LicenseId, NodeId, OrderId, PlanId};
use alvara_domain::license::{License, Term};
use alvara_domain::money::{BasisPoints, Money, MoneyError};
use alvara_domain::node::Node;
use alvara_domain::order::credit::Step;
use alvara_domain::order::{
    LineKind, LineState, Order, OrderLine, OrderState, PaymentTerms, Total,
};
use alvara_domain::product::{Plan, Policy};
use alvara_domain::time::UtcTime;
use alvara_store::{
    Reach, TenantTx, charges, licenses, nodes, orders, plans, policies, sales, tenants,
};
use alvara_vault::Vault;
use serde_json::json;

use super::{credit, invoice};
use crate::field::Fields;
use crate::license::issue::last_as_paid;
use crate::price::{allow_discount, quote_modules, quote_of};
use crate::{AppError, AppResult};

/// Most lines of an order.
const LINES: usize = 50;
/// Most periods of one renewal.
const PERIODS: u32 = 10;
/// Most licenses of one line; more is a batch.
const LICENSES: u32 = 100;

/// What is to be bought.
#[derive(Debug, Clone)]
pub struct OrderRequest {
    /// Who buys; who holds the first license that is named when left out.
    pub node_id: Option<NodeId>,
    /// What.
    pub lines: Vec<LineRequest>,
    /// When it is paid.
    pub terms: PaymentTerms,
    /// How much is taken off the sum.
    pub discount: BasisPoints,
}

/// A line to be bought.
#[derive(Debug, Clone)]
pub enum LineRequest {
    /// Renews a license.
    Renew {
        /// Which.
        license: LicenseId,
        /// By the period of a plan of its policy; of the plan it was sold at when left out.
        plan: Option<PlanId>,
        /// How many periods, 1 to 10.
        quantity: u32,
    },
    /// Issues licenses.
    Issue {
        /// At which plan.
        plan: PlanId,
        /// Codes of modules beside those of the plan's policy.
        modules: Vec<String>,
        /// How many, 1 to 100.
        quantity: u32,
    },
    /// Adds modules to a license.
    Modules {
        /// Which.
        license: LicenseId,
        /// Their codes.
        modules: Vec<String>,
    },
}

/// An order with its lines.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The order.
    pub order: Order,
    /// Its lines.
    pub lines: Vec<OrderLine>,
}

/// Orders, and writes the invoice of it. On deferred terms what is ordered is given at once, in the
/// same transaction.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`], [`AppError::DiscountAboveCeiling`],
/// [`AppError::Money`] for prices in different currencies, [`AppError::Renewal`] for what cannot be
/// renewed, [`AppError::CreditExhausted`] on deferred terms.
pub fn create(tx: &mut TenantTx<'_>, vault: &Vault, request: &OrderRequest) -> AppResult<Placed> {
    check(request)?;
    let node = buyer(tx, request)?;
    // A customer buys for itself and gives itself no discount.
    if tx.scope().reach() == Reach::Own && request.discount != BasisPoints::ZERO {
        return Err(AppError::DiscountAboveCeiling {
            asked: request.discount,
            ceiling: BasisPoints::ZERO,
        });
    }
    allow_discount(tx, request.discount)?;
    let id: OrderId = tx.new_id()?;
    let (mut lines, mut priced) = (Vec::new(), Vec::new());
    for (position, wanted) in request.lines.iter().enumerate() {
        let (line, unit) = line_of(tx, (id, position), &node, wanted)?;
        priced.push((unit, line.quantity));
        lines.push(line);
    }
    let total = Total::of(&priced, request.discount)
        .map_err(|error| match error {
            MoneyError::Overflow => {
                AppError::field("/lines", FaultCode::OutOfRange, error.to_string())
            }
            MoneyError::Currency { .. } => AppError::Money(error),
        })?
        .filter(|total| total.total.amount_minor > 0)
        .ok_or_else(|| AppError::field("/lines", FaultCode::OutOfRange, "nothing is to pay"))?;
    let now = tx.now();
    let mut order = Order {
        id,
        node_id: node.id,
        state: OrderState::Open,
        terms: request.terms,
        currency: total.total.currency,
        price_minor: total.price.amount_minor,
        discount: request.discount,
        taken_off_minor: total.taken_off.amount_minor,
        total_minor: total.total.amount_minor,
        due_at: None,
        credit_node_id: None,
        credit_minor: 0,
        narrowed: Step::None,
        created_by: tx.scope().actor().to_string(),
        created_at: now,
        paid_at: None,
        updated_at: now,
        version: 1,
    };
    if request.terms == PaymentTerms::Deferred {
        credit::take(tx, &mut order, &node)?;
    }
    orders::insert(tx, &order, &lines)?;
    let invoice = invoice::of_order(tx, &order, &lines)?.printed_number();
    tx.audit(
        "order.created",
        id,
        (),
        json!({ "order": order, "lines": lines, "invoice": invoice }),
    )?;
    tx.emit(EventKind::OrderCreated, id, &order)?;
    if request.terms == PaymentTerms::Deferred {
        credit::grant(tx, vault, &order)?;
    }
    Ok(Placed {
        order: orders::find(tx, id)?.ok_or(AppError::NotFound("order"))?,
        lines: orders::lines(tx, id)?,
    })
}

/// Calls an order off that nobody paid and nobody is paying.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] for one that is over, given already, or that
/// has a charge which may still be paid: that one is called off first.
pub fn cancel(tx: &mut TenantTx<'_>, id: OrderId) -> AppResult<Order> {
    let order = orders::lock(tx, id)?.ok_or(AppError::NotFound("order"))?;
    if order.state == OrderState::Canceled {
        return Ok(order);
    }
    let busy = charges::list_of_order(tx, id)?
        .iter()
        .any(|charge| charge.state.is_open() || charge.state.holds_money());
    if order.state != OrderState::Open || order.terms == PaymentTerms::Deferred || busy {
        let state = if busy {
            "being paid"
        } else {
            order.state.as_str()
        };
        return Err(AppError::WrongState {
            noun: "order",
            state,
            wanted: "canceled",
        });
    }
    let after = Order {
        state: OrderState::Canceled,
        ..order.clone()
    };
    orders::update(tx, &after)?;
    tx.audit("order.canceled", id, &order, &after)?;
    tx.emit(EventKind::OrderCanceled, id, &after)?;
    orders::find(tx, id)?.ok_or(AppError::NotFound("order"))
}

fn check(request: &OrderRequest) -> AppResult<()> {
    let mut fields = Fields::new();
    if request.lines.is_empty() {
        fields.refuse("/lines", FaultCode::Required, "an order has lines");
    }
    if request.lines.len() > LINES {
        fields.refuse(
            "/lines",
            FaultCode::TooLong,
            format!("at most {LINES} lines"),
        );
    }
    let mut named: Vec<(LicenseId, bool)> = Vec::new();
    for (index, line) in request.lines.iter().enumerate() {
        let at = |field: &str| format!("/lines/{index}/{field}");
        match line {
            LineRequest::Renew { quantity, .. } => {
                fields.within(
                    &at("quantity"),
                    i64::from(*quantity),
                    1..=i64::from(PERIODS),
                );
            }
            LineRequest::Issue { quantity, .. } => {
                fields.within(
                    &at("quantity"),
                    i64::from(*quantity),
                    1..=i64::from(LICENSES),
                );
            }
            LineRequest::Modules { modules, .. } if modules.is_empty() => {
                fields.refuse(&at("modules"), FaultCode::Required, "name a module");
            }
            LineRequest::Modules { .. } => {}
        }
        let license = match line {
            LineRequest::Renew { license, .. } => Some((*license, true)),
            LineRequest::Modules { license, .. } => Some((*license, false)),
            LineRequest::Issue { .. } => None,
        };
        if let Some(one) = license {
            if named.contains(&one) {
                let detail = "a license is named once for each thing";
                fields.refuse(&at("license_id"), FaultCode::Duplicate, detail);
            }
            named.push(one);
        }
    }
    fields.finish()
}

fn buyer(tx: &mut TenantTx<'_>, request: &OrderRequest) -> AppResult<Node> {
    let id = match request.node_id {
        Some(id) => id,
        None => {
            let license = request.lines.iter().find_map(|line| match line {
                LineRequest::Renew { license, .. } | LineRequest::Modules { license, .. } => {
                    Some(*license)
                }
                LineRequest::Issue { .. } => None,
            });
            match license {
                Some(id) => {
                    let license = licenses::find(tx, id)?;
                    license.ok_or(AppError::NotFound("license"))?.node_id
                }
                None => tx.scope().path().id(),
            }
        }
    };
    nodes::find(tx, id)?.ok_or(AppError::NotFound("node"))
}

fn line_of(
    tx: &mut TenantTx<'_>,
    (order_id, position): (OrderId, usize),
    node: &Node,
    wanted: &LineRequest,
) -> AppResult<(OrderLine, Money)> {
    let mut line = match wanted {
        LineRequest::Renew {
            license,
            plan,
            quantity,
        } => renewal(tx, (position, node), (*license, *plan, *quantity))?,
        LineRequest::Issue {
            plan,
            modules,
            quantity,
        } => fresh(tx, node, (*plan, modules, *quantity))?,
        LineRequest::Modules { license, modules } => {
            addition(tx, (position, node), (*license, modules))?
        }
    };
    line.0.id = tx.new_id()?;
    line.0.order_id = order_id;
    line.0.position = i64::try_from(position).unwrap_or(i64::MAX);
    line.0.unit_minor = line.1.amount_minor;
    Ok(line)
}

fn blank(kind: LineKind, plan: Option<&Plan>, product: alvara_domain::id::ProductId) -> OrderLine {
    use alvara_domain::id::{OrderLineId, Ulid};
    OrderLine {
        // The caller gives it its ids.
        id: OrderLineId::from_ulid(Ulid::nil()),
        order_id: OrderId::from_ulid(Ulid::nil()),
        position: 0,
        kind,
        state: LineState::Waiting,
        state_reason: None,
        product_id: product,
        license_id: None,
        plan_id: plan.map(|plan| plan.id),
        modules: Vec::new(),
        quantity: 1,
        unit_minor: 0,
        description: String::new(),
        expires_before: None,
        expires_after: None,
        done: None,
    }
}

fn held_by(
    tx: &mut TenantTx<'_>,
    (position, node): (usize, &Node),
    id: LicenseId,
) -> AppResult<License> {
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    let holder = nodes::find(tx, license.node_id)?.ok_or(AppError::NotFound("node"))?;
    // Somebody above may buy for those below it, and nobody for a stranger.
    if !node.path.contains(&holder.path) {
        return Err(AppError::field(
            format!("/lines/{position}/license_id"),
            FaultCode::Conflict,
            "the license is not held at or below the place that buys",
        ));
    }
    Ok(license)
}

/// A line that renews a license, and what one period costs.
pub(super) fn renewal(
    tx: &mut TenantTx<'_>,
    at: (usize, &Node),
    (id, plan, quantity): (LicenseId, Option<PlanId>, u32),
) -> AppResult<(OrderLine, Money)> {
    let license = held_by(tx, at, id)?;
    let sold_at = sales::find(tx, id)?.and_then(|sale| sale.plan_id);
    let refuse = |detail: &str| {
        AppError::field(
            format!("/lines/{}/plan_id", at.0),
            FaultCode::Unknown,
            detail,
        )
    };
    let plan = plan
        .or(sold_at)
        .ok_or_else(|| refuse("the license was sold at no plan: say which"))?;
    let plan = plans::find(tx, plan)?
        .filter(|plan| plan.policy_id == license.policy_id)
        .ok_or_else(|| refuse("the license's policy has no such plan"))?;
    let policy = load_policy(tx, &plan)?;
    let codes: Vec<String> = license.modules.iter().map(|one| one.code.clone()).collect();
    let quote = quote_of(tx, (&plan, &policy), &codes, at.1, BasisPoints::ZERO)?;
    let mut line = blank(LineKind::Renew, Some(&plan), license.product_id);
    line.license_id = Some(id);
    line.quantity = quantity;
    line.description = plan.name.clone();
    line.expires_before = end_of(&license.term);
    let (now, zone) = (tx.now(), tenants::load_own(tx)?.time_zone);
    let mut after = license;
    for _ in 0..quantity {
        after = after.renewed(&plan.period, now, &zone)?;
    }
    line.expires_after = end_of(&after.term);
    Ok((line, quote.price))
}

fn fresh(
    tx: &mut TenantTx<'_>,
    node: &Node,
    (plan, modules, quantity): (PlanId, &[String], u32),
) -> AppResult<(OrderLine, Money)> {
    let plan = plans::find(tx, plan)?.ok_or(AppError::NotFound("plan"))?;
    let policy = load_policy(tx, &plan)?;
    let mut codes: Vec<String> = Vec::new();
    if !modules.is_empty() {
        codes.extend(policy.terms.modules.iter().map(|one| one.code.clone()));
        codes.extend(modules.iter().cloned());
    }
    let quote = quote_of(tx, (&plan, &policy), &codes, node, BasisPoints::ZERO)?;
    let mut terms = policy.terms.clone();
    last_as_paid(&mut terms, &plan);
    let (now, zone) = (tx.now(), tenants::load_own(tx)?.time_zone);
    let term = Term::at_issue(&terms, now, &zone)
        .map_err(|error| AppError::field("/lines", FaultCode::OutOfRange, error.to_string()))?;
    let mut line = blank(LineKind::Issue, Some(&plan), policy.product_id);
    line.modules = codes;
    line.quantity = quantity;
    line.description = plan.name.clone();
    line.expires_after = end_of(&term);
    Ok((line, quote.price))
}

fn addition(
    tx: &mut TenantTx<'_>,
    at: (usize, &Node),
    (id, modules): (LicenseId, &[String]),
) -> AppResult<(OrderLine, Money)> {
    let license = held_by(tx, at, id)?;
    let mut fields = Fields::new();
    for (index, code) in modules.iter().enumerate() {
        if license.modules.iter().any(|own| own.code == *code) {
            fields.refuse(
                &format!("/lines/{}/modules/{index}", at.0),
                FaultCode::Duplicate,
                "the license has this module",
            );
        }
    }
    fields.finish()?;
    let quote = quote_modules(tx, license.product_id, modules, at.1)?;
    let quote = quote.ok_or(AppError::NotFound("module"))?;
    let mut line = blank(LineKind::Modules, None, license.product_id);
    line.license_id = Some(id);
    line.modules = modules.to_vec();
    line.description = modules.join(", ").chars().take(300).collect();
    line.expires_before = end_of(&license.term);
    line.expires_after = line.expires_before;
    Ok((line, quote.price))
}

fn load_policy(tx: &mut TenantTx<'_>, plan: &Plan) -> AppResult<Policy> {
    policies::find(tx, plan.policy_id)?.ok_or(AppError::NotFound("policy"))
}

/// When a term ends, or what is paid for in it.
pub(crate) fn end_of(term: &Term) -> Option<UtcTime> {
    term.expires_at.or(term.maintenance_until)
}
