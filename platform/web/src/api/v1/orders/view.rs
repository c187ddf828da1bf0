//! How orders and charges look from outside.

use alvara_app::billing::order::Placed;
use alvara_domain::charge::record::{Charge, HistoryEntry};
use alvara_domain::id::{
    ChargeId, LicenseId, NodeId, OrderId, OrderLineId, PaymentAccountId, PlanId, ProductId,
};
use alvara_domain::money::Money;
use alvara_domain::order::{Done, Order, OrderLine};
use alvara_domain::payment::report::NextAction;
use alvara_domain::time::UtcTime;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::schema::{self, Id, Instant};

/// An order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderView {
    #[schema(value_type = Id)]
    id: OrderId,
    /// Who buys.
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// `open`, `paid`, `disputed`, `reversed` or `canceled`.
    state: &'static str,
    /// `now` or `deferred`.
    terms: &'static str,
    /// Sum of the lines.
    #[schema(value_type = schema::Money)]
    price: Money,
    discount_percent: f64,
    #[schema(value_type = schema::Money)]
    taken_off: Money,
    /// What is to pay.
    #[schema(value_type = schema::Money)]
    total: Money,
    /// The last day of deferred terms.
    #[schema(value_type = Option<Instant>)]
    due_at: Option<UtcTime>,
    /// How far it was narrowed for not being paid: `none`, `told`, `blocked`, `suspended` or
    /// `withdrawn`.
    narrowed: &'static str,
    created_by: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Option<Instant>)]
    paid_at: Option<UtcTime>,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let money = |minor| Money::new(minor, order.currency);
        Self {
            id: order.id,
            node_id: order.node_id,
            state: order.state.as_str(),
            terms: order.terms.as_str(),
            price: money(order.price_minor),
            discount_percent: order.discount.percent(),
            taken_off: money(order.taken_off_minor),
            total: money(order.total_minor),
            due_at: order.due_at,
            narrowed: order.narrowed.as_str(),
            created_by: order.created_by,
            created_at: order.created_at,
            paid_at: order.paid_at,
            updated_at: order.updated_at,
        }
    }
}

/// A line of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderLineView {
    #[schema(value_type = Id)]
    id: OrderLineId,
    /// `renew`, `issue` or `modules`.
    kind: &'static str,
    /// `waiting`, `granted`, `held`, `suspended` or `withdrawn`.
    state: &'static str,
    /// Why it is held.
    state_reason: Option<String>,
    #[schema(value_type = Id)]
    product_id: ProductId,
    #[schema(value_type = Option<Id>)]
    license_id: Option<LicenseId>,
    #[schema(value_type = Option<Id>)]
    plan_id: Option<PlanId>,
    modules: Vec<String>,
    quantity: u32,
    /// What one costs.
    #[schema(value_type = schema::Money)]
    unit: Money,
    description: String,
    /// When the license ends without this line.
    #[schema(value_type = Option<Instant>)]
    expires_before: Option<UtcTime>,
    /// When it will end if this is paid at once.
    #[schema(value_type = Option<Instant>)]
    expires_after: Option<UtcTime>,
    /// The licenses that were issued.
    #[schema(value_type = Vec<Id>)]
    issued: Vec<LicenseId>,
}

/// An order with its lines.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderDetailView {
    #[serde(flatten)]
    order: OrderView,
    lines: Vec<OrderLineView>,
}

impl From<Placed> for OrderDetailView {
    fn from(placed: Placed) -> Self {
        let currency = placed.order.currency;
        let line = |line: OrderLine| OrderLineView {
            id: line.id,
            kind: line.kind.as_str(),
            state: line.state.as_str(),
            state_reason: line.state_reason,
            product_id: line.product_id,
            license_id: line.license_id,
            plan_id: line.plan_id,
            modules: line.modules,
            quantity: line.quantity,
            unit: Money::new(line.unit_minor, currency),
            description: line.description,
            expires_before: line.expires_before,
            expires_after: line.expires_after,
            issued: match line.done {
                Some(Done::Issued { licenses }) => licenses,
                _ => Vec::new(),
            },
        };
        Self {
            lines: placed.lines.into_iter().map(line).collect(),
            order: placed.order.into(),
        }
    }
}

/// What was told of a charge, and what was made of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChargeHistoryView {
    from: &'static str,
    to: &'static str,
    verdict: String,
    /// `answer`, `sync`, `event` or `operator`.
    told_by: String,
    #[schema(value_type = Instant)]
    at: UtcTime,
}

/// A charge: one attempt to collect.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChargeView {
    #[schema(value_type = Id)]
    id: ChargeId,
    #[schema(value_type = Id)]
    order_id: OrderId,
    #[schema(value_type = Id)]
    payment_account_id: PaymentAccountId,
    method: String,
    /// `created`, `unknown`, `processing`, `requires_action`, `authorized`, `paid`,
    /// `partially_refunded`, `refunded`, `disputed`, `charged_back`, `failed`, `canceled` or
    /// `expired`.
    state: &'static str,
    #[schema(value_type = schema::Money)]
    requested: Money,
    #[schema(value_type = schema::Money)]
    captured: Money,
    #[schema(value_type = schema::Money)]
    refunded: Money,
    /// How much of it pays for the order; the rest is owed back.
    #[schema(value_type = schema::Money)]
    earned: Money,
    /// What the customer has to do now. Of a boleto, `pdf_url` is where it is to be printed.
    #[schema(value_type = Option<Object>)]
    action: Value,
    /// Why it was refused.
    #[schema(value_type = Option<Object>)]
    decline: Value,
    /// Why something that was told of it is not believed.
    quarantine: Option<&'static str>,
    #[schema(value_type = Option<Instant>)]
    expires_at: Option<UtcTime>,
    #[schema(value_type = Option<Instant>)]
    paid_at: Option<UtcTime>,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    history: Vec<ChargeHistoryView>,
}

/// What the customer has to do, with the address of the paper where there is one.
fn action(charge: &Charge) -> Value {
    let mut action = serde_json::to_value(&charge.action).unwrap_or(Value::Null);
    if let (Some(NextAction::Voucher { .. }), Some(members)) =
        (&charge.action, action.as_object_mut())
    {
        let at = format!("/api/v1/charges/{}/slip.pdf", charge.id);
        members.insert("pdf_url".to_owned(), at.into());
    }
    action
}

impl ChargeView {
    pub(crate) fn of(charge: Charge, history: Vec<HistoryEntry>) -> Self {
        let money = |minor| Money::new(minor, charge.currency);
        let told = |entry: HistoryEntry| ChargeHistoryView {
            from: entry.from.as_str(),
            to: entry.to.as_str(),
            verdict: entry.verdict,
            told_by: entry.told_by,
            at: entry.at,
        };
        Self {
            id: charge.id,
            order_id: charge.order_id,
            payment_account_id: charge.account_id,
            state: charge.state.as_str(),
            requested: money(charge.requested_minor),
            captured: money(charge.book.captured),
            refunded: money(charge.book.refunded),
            earned: money(charge.book.earned),
            action: action(&charge),
            decline: serde_json::to_value(&charge.decline).unwrap_or(Value::Null),
            quarantine: charge.quarantine.map(|reason| reason.as_str()),
            expires_at: charge.expires_at,
            paid_at: charge.paid_at,
            created_at: charge.created_at,
            history: history.into_iter().map(told).collect(),
            method: charge.method,
        }
    }
}
