//! Orders: what is bought, on which terms, and what each line will do.

pub mod credit;

use serde::{Deserialize, Serialize};

use crate::id::{LicenseId, NodeId, OrderId, OrderLineId, PlanId, ProductId};
use crate::license::Term;
use crate::money::{BasisPoints, Currency, Money, MoneyError};
use crate::time::{Period, TimeError, UtcTime};

crate::text_enum! {
    /// Where an order stands.
    pub enum OrderState {
        /// It waits for its money, granted before or not.
        Open = "open",
        /// Its money came and stays.
        Paid = "paid",
        /// The customer's bank contests its money.
        Disputed = "disputed",
        /// Its money went back.
        Reversed = "reversed",
        /// It was called off, or its deferred terms ran out.
        Canceled = "canceled",
    }
}

impl OrderState {
    /// Whether the state may change so. A canceled order whose money comes late is paid after all.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Open, Self::Paid | Self::Canceled)
                | (Self::Paid, Self::Disputed | Self::Reversed)
                | (Self::Disputed, Self::Paid | Self::Reversed)
                | (Self::Reversed | Self::Canceled, Self::Paid)
        )
    }
}

crate::text_enum! {
    /// When an order is to be paid.
    pub enum PaymentTerms {
        /// Before anything is given.
        Now = "now",
        /// Later: what was ordered is given at once, within a credit limit.
        Deferred = "deferred",
    }
}

crate::text_enum! {
    /// What a line does once its order is paid.
    pub enum LineKind {
        /// Renews a license.
        Renew = "renew",
        /// Issues new licenses.
        Issue = "issue",
        /// Adds modules to a license.
        Modules = "modules",
    }
}

crate::text_enum! {
    /// Where a line stands.
    pub enum LineState {
        /// Nothing was given.
        Waiting = "waiting",
        /// It was given.
        Granted = "granted",
        /// It should have been given and could not be: a person must look.
        Held = "held",
        /// It was given and cannot be used for now.
        Suspended = "suspended",
        /// It was given and taken back.
        Withdrawn = "withdrawn",
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `orders`, named for what they hold"
)]
pub struct Order {
    pub id: OrderId,
    /// Who buys.
    pub node_id: NodeId,
    pub state: OrderState,
    pub terms: PaymentTerms,
    pub currency: Currency,
    /// Sum of the lines.
    pub price_minor: i64,
    pub discount: BasisPoints,
    /// What was taken off: rounded once, on the sum.
    pub taken_off_minor: i64,
    /// What is to pay.
    pub total_minor: i64,
    /// The last day of deferred terms.
    pub due_at: Option<UtcTime>,
    /// Whose credit limit it uses up.
    pub credit_node_id: Option<NodeId>,
    /// How much of that limit, as long as it is owed.
    pub credit_minor: i64,
    /// How far it was narrowed for not being paid.
    pub narrowed: credit::Step,
    pub created_by: String,
    pub created_at: UtcTime,
    pub paid_at: Option<UtcTime>,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

impl Order {
    /// What is to pay.
    #[must_use]
    pub const fn total(&self) -> Money {
        Money::new(self.total_minor, self.currency)
    }
}

/// A line of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `order_lines`, named for what they hold"
)]
pub struct OrderLine {
    pub id: OrderLineId,
    pub order_id: OrderId,
    pub position: i64,
    pub kind: LineKind,
    pub state: LineState,
    /// Why it is held.
    pub state_reason: Option<String>,
    pub product_id: ProductId,
    /// The license that it renews or adds to.
    pub license_id: Option<LicenseId>,
    pub plan_id: Option<PlanId>,
    /// Codes of modules: those added, or those of a new license beside its policy's.
    pub modules: Vec<String>,
    /// How many periods, or how many licenses.
    pub quantity: u32,
    /// What one costs.
    pub unit_minor: i64,
    /// For people.
    pub description: String,
    /// When the license ends now.
    pub expires_before: Option<UtcTime>,
    /// When it will end, if it were paid at once.
    pub expires_after: Option<UtcTime>,
    /// What was done, so that it can be undone.
    pub done: Option<Done>,
}

/// What granting a line did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Done {
    /// A license's term went from one to another.
    Renewed {
        /// What the term was.
        before: TermMark,
        /// What it became.
        after: TermMark,
    },
    /// Licenses were issued.
    Issued {
        /// Which.
        licenses: Vec<LicenseId>,
    },
    /// A license got modules that it did not have.
    Added {
        /// Their codes.
        modules: Vec<String>,
    },
}

/// A term as it was, to know it again to the microsecond and to go back to it. Instants are
/// microseconds, for their text has only milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of a license's term")]
pub struct TermMark {
    pub starts_at: i64,
    pub expires_at: Option<i64>,
    pub anchor: Option<i64>,
    pub period: Option<Period>,
    pub periods: u32,
    pub maintenance_until: Option<i64>,
}

impl From<Term> for TermMark {
    fn from(term: Term) -> Self {
        Self {
            starts_at: term.starts_at.micros(),
            expires_at: term.expires_at.map(UtcTime::micros),
            anchor: term.anchor.map(UtcTime::micros),
            period: term.period,
            periods: term.periods,
            maintenance_until: term.maintenance_until.map(UtcTime::micros),
        }
    }
}

impl TermMark {
    /// The term.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] for what no term ever was.
    pub fn term(self) -> Result<Term, TimeError> {
        let at = |micros: Option<i64>| micros.map(UtcTime::from_micros).transpose();
        Ok(Term {
            starts_at: UtcTime::from_micros(self.starts_at)?,
            expires_at: at(self.expires_at)?,
            anchor: at(self.anchor)?,
            period: self.period,
            periods: self.periods,
            maintenance_until: at(self.maintenance_until)?,
        })
    }
}

/// What an order comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// Sum of the lines.
    pub price: Money,
    /// What is taken off.
    pub taken_off: Money,
    /// What is left to pay.
    pub total: Money,
}

impl Total {
    /// Adds lines up, each a price times a quantity, and takes the discount off the sum, rounded
    /// once; `None` without any line.
    ///
    /// # Errors
    /// [`MoneyError::Currency`] when lines are in different currencies, [`MoneyError::Overflow`].
    pub fn of(lines: &[(Money, u32)], discount: BasisPoints) -> Result<Option<Self>, MoneyError> {
        let Some((first, _)) = lines.first() else {
            return Ok(None);
        };
        let zero = Money::new(0, first.currency);
        let price = lines.iter().try_fold(zero, |sum, (unit, quantity)| {
            sum.checked_add(unit.checked_times(*quantity)?)
        })?;
        let taken_off = discount.of(price)?;
        Ok(Some(Self {
            price,
            taken_off,
            total: price.checked_sub(taken_off)?,
        }))
    }
}
