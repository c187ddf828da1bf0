//! Shops, their goods and orders, as the API shows them.

use alvara_domain::ecommerce::{ShopAccount, ShopLine, ShopOrder, ShopSku, ShopUnit};
use alvara_domain::id::{LicenseId, NodeId, PlanId, ShopAccountId, ShopOrderId};
use alvara_domain::money::Money;
use alvara_domain::time::UtcTime;
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema::{self, Id, Instant};

/// A shop that is listened to.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShopAccountView {
    #[schema(value_type = Id)]
    id: ShopAccountId,
    name: String,
    /// `stripe`, `paypal` or `fastspring`.
    kind: &'static str,
    /// The place that new customers come under.
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// `active` or `disabled`.
    state: &'static str,
    /// Whether a secret is kept.
    has_secret: bool,
    /// PayPal's id of the webhook; empty for others.
    webhook_id: String,
    /// Where the provider sends its events, at the tenant's own host.
    events_path: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<ShopAccount> for ShopAccountView {
    fn from(account: ShopAccount) -> Self {
        Self {
            events_path: format!("/api/v1/ecommerce/{}/{}", account.kind, account.id),
            id: account.id,
            name: account.name,
            kind: account.kind.as_str(),
            node_id: account.node_id,
            state: account.state.as_str(),
            has_secret: account.secret_sealed.is_some(),
            webhook_id: account.webhook_id,
            created_at: account.created_at,
            updated_at: account.updated_at,
        }
    }
}

/// What a good of a shop is here.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShopSkuView {
    /// As the shop names it.
    sku: String,
    #[schema(value_type = Id)]
    plan_id: PlanId,
    /// The least that has to come for one of it; null but for PayPal's.
    #[schema(value_type = Option<schema::Money>)]
    least_price: Option<Money>,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<ShopSku> for ShopSkuView {
    fn from(good: ShopSku) -> Self {
        Self {
            sku: good.sku,
            plan_id: good.plan_id,
            least_price: good.least,
            created_at: good.created_at,
            updated_at: good.updated_at,
        }
    }
}

/// One license of an order.
#[derive(Serialize, ToSchema)]
struct ShopUnitView {
    /// As the shop names the good.
    sku: String,
    /// `waiting`, `held`, `given`, `suspended` or `withdrawn`.
    state: &'static str,
    /// Why it is held.
    reason: Option<String>,
    #[schema(value_type = Option<Id>)]
    license_id: Option<LicenseId>,
}

/// So many of a good.
#[derive(Serialize, ToSchema)]
struct ShopLineView {
    sku: String,
    quantity: u32,
}

impl From<&ShopLine> for ShopLineView {
    fn from(line: &ShopLine) -> Self {
        Self {
            sku: line.sku.clone(),
            quantity: line.quantity,
        }
    }
}

/// An order of a shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShopOrderView {
    #[schema(value_type = Id)]
    id: ShopOrderId,
    /// The first name that the shop gave it.
    reference: String,
    /// Where its keys go; null until the shop said what was bought.
    email: Option<String>,
    /// What was bought.
    lines: Vec<ShopLineView>,
    /// The customer it was given to.
    #[schema(value_type = Option<Id>)]
    customer: Option<NodeId>,
    /// Whether something of it waits for a person.
    held: bool,
    /// Its licenses.
    licenses: Vec<ShopUnitView>,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl ShopOrderView {
    pub(crate) fn of(order: ShopOrder, units: Vec<ShopUnit>) -> Self {
        let purchase = order.facts.purchase();
        let lines = purchase.iter().flat_map(|bought| &bought.lines);
        let licenses = units.into_iter().map(|unit| ShopUnitView {
            sku: unit.sku,
            state: unit.state.as_str(),
            reason: unit.reason,
            license_id: unit.license_id,
        });
        Self {
            id: order.id,
            email: purchase.map(|bought| bought.email.clone()),
            lines: lines.map(ShopLineView::from).collect(),
            licenses: licenses.collect(),
            reference: order.reference,
            customer: order.node_id,
            held: order.held,
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}
