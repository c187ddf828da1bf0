//! How an order stands that is being paid.

use std::collections::BTreeMap;

use alvara_app::AppError;
use alvara_app::billing::offer::payable_methods;
use alvara_domain::charge::ChargeState;
use alvara_domain::charge::record::Charge;
use alvara_domain::id::{OrderId, ProductId};
use alvara_domain::invoice::Invoice;
use alvara_domain::order::{LineState, Order, OrderLine, OrderState};
use alvara_domain::payment::report::NextAction;
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, charges, invoices, nodes, orders, products};

/// An order, what belongs to it, and by what it can be paid.
pub(super) struct Known {
    pub(super) order: Order,
    pub(super) lines: Vec<OrderLine>,
    /// The oldest first.
    pub(super) charges: Vec<Charge>,
    /// Names of the products.
    pub(super) products: BTreeMap<ProductId, String>,
    /// Receipts and credit notes, the oldest first.
    pub(super) papers: Vec<Invoice>,
    /// Who buys.
    pub(super) buyer: String,
    /// Those that an account of the tenant collects by, the fastest first.
    pub(super) methods: Vec<&'static str>,
}

impl Known {
    pub(super) fn read(tx: &mut TenantTx<'_>, id: OrderId) -> Result<Self, AppError> {
        let order = orders::find(tx, id)?.ok_or(AppError::NotFound("order"))?;
        let lines = orders::lines(tx, id)?;
        let charges = charges::list_of_order(tx, id)?;
        let mut papers = Vec::new();
        for charge in &charges {
            papers.extend(invoices::list_of_charge(tx, charge.id)?);
        }
        let mut names = BTreeMap::new();
        for line in &lines {
            if !names.contains_key(&line.product_id)
                && let Some(product) = products::find(tx, line.product_id)?
            {
                names.insert(line.product_id, product.name);
            }
        }
        let buyer = nodes::find(tx, order.node_id)?.map(|node| node.name);
        Ok(Self {
            order,
            lines,
            charges,
            products: names,
            papers,
            buyer: buyer.unwrap_or_default(),
            methods: payable_methods(tx)?,
        })
    }

    /// Whether the order still waits for its money.
    pub(super) fn is_due(&self) -> bool {
        self.order.state == OrderState::Open
            && !self.charges.iter().any(|charge| charge.state.holds_money())
    }

    /// Whether everything that was paid for was given.
    pub(super) fn is_given(&self) -> bool {
        let given = |line: &OrderLine| line.state == LineState::Granted;
        self.lines.iter().all(given)
    }

    /// Whether something may still happen by itself that the page ought to show.
    pub(super) fn is_awaited(&self) -> bool {
        let open = self.charges.iter().any(|charge| charge.state.is_open());
        let held = self.lines.iter().any(|line| line.state == LineState::Held);
        match self.order.state {
            OrderState::Open => open || !self.is_due(),
            OrderState::Paid => !self.is_given() && !held,
            OrderState::Disputed | OrderState::Reversed | OrderState::Canceled => false,
        }
    }

    /// A word that is another one after each change.
    pub(super) fn mark(&self) -> String {
        mark(&self.order, &self.charges)
    }
}

/// A word that is another one after each change of an order or of one of its charges.
pub(super) fn mark(order: &Order, charges: &[Charge]) -> String {
    let versions: i64 = charges.iter().map(|charge| charge.version).sum();
    format!("{}-{}-{versions}", order.version, charges.len())
}

/// The charge that is being paid by a method now: the newest that is open and not out of time.
pub(super) fn current<'a>(charges: &'a [Charge], method: &str, now: UtcTime) -> Option<&'a Charge> {
    let newest = newest(charges, method)?;
    (newest.state.is_open() && !is_out_of_time(newest, now)).then_some(newest)
}

/// The newest charge by a method.
pub(super) fn newest<'a>(charges: &'a [Charge], method: &str) -> Option<&'a Charge> {
    charges.iter().rev().find(|charge| charge.method == method)
}

/// Whether what the customer was shown can no longer be paid, whatever was told of it so far.
pub(super) fn is_out_of_time(charge: &Charge, now: UtcTime) -> bool {
    let shown = match &charge.action {
        Some(NextAction::Qr { expires_at, .. }) => *expires_at,
        _ => None,
    };
    charge.state == ChargeState::RequiresAction
        && shown.or(charge.expires_at).is_some_and(|end| end <= now)
}
