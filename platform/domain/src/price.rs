//! What something costs whom: price lists, quotes, and what a license was sold for.

use serde::Serialize;

use crate::id::{ModuleId, NodeId, PlanId, TenantId};
use crate::money::{BasisPoints, Money, MoneyError};
use crate::terms::LicenseKind;
use crate::time::UtcTime;

crate::text_enum! {
    /// What a price is of.
    pub enum SubjectKind {
        /// A policy for a period.
        Plan = "plan",
        /// A sold capability.
        Module = "module",
    }
}

/// What is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A plan.
    Plan(PlanId),
    /// A module.
    Module(ModuleId),
}

impl Subject {
    /// Which kind it is.
    #[must_use]
    pub const fn kind(self) -> SubjectKind {
        match self {
            Self::Plan(_) => SubjectKind::Plan,
            Self::Module(_) => SubjectKind::Module,
        }
    }

    /// Its id as text.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Plan(id) => id.to_string(),
            Self::Module(id) => id.to_string(),
        }
    }
}

/// The price at which a place sells to everybody below it, unless somebody between says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `prices`, named for what they hold"
)]
pub struct Price {
    pub tenant_id: TenantId,
    pub node_id: NodeId,
    pub kind: SubjectKind,
    /// Id of the plan or module.
    pub subject_id: String,
    pub price: Money,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

/// One thing of a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteLine {
    /// What.
    pub subject: Subject,
    /// Its code.
    pub code: String,
    /// Its price for the buyer.
    pub price: Money,
    /// Whose price list that is; `None`: the catalogue's.
    pub source: Option<NodeId>,
}

/// What something costs: lines, their sum, and the discount on that sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What is bought.
    pub lines: Vec<QuoteLine>,
    /// Sum of the lines.
    pub price: Money,
    /// How much is taken off it.
    pub discount: BasisPoints,
    /// What is taken off: rounded once, on the sum.
    pub taken_off: Money,
    /// What is left to pay.
    pub total: Money,
}

impl Quote {
    /// Adds lines up and takes the discount off; `None` without any line.
    ///
    /// # Errors
    /// [`MoneyError::Currency`] when lines are in different currencies, [`MoneyError::Overflow`].
    pub fn of(lines: Vec<QuoteLine>, discount: BasisPoints) -> Result<Option<Self>, MoneyError> {
        let Some(first) = lines.first() else {
            return Ok(None);
        };
        let zero = Money::new(0, first.price.currency);
        let price = lines
            .iter()
            .try_fold(zero, |sum, line| sum.checked_add(line.price))?;
        let taken_off = discount.of(price)?;
        Ok(Some(Self {
            total: price.checked_sub(taken_off)?,
            lines,
            price,
            discount,
            taken_off,
        }))
    }
}

/// What a license was sold for, who was charged for it, and whether it was a trial before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Sale {
    /// At which plan.
    pub plan_id: Option<PlanId>,
    /// The price before the discount.
    pub price: Option<Money>,
    /// How much was taken off.
    pub discount: BasisPoints,
    /// Whose quota it counts against.
    pub quota_node_id: Option<NodeId>,
    /// Which kind it was before somebody paid.
    pub converted_from: Option<LicenseKind>,
    /// When that was.
    pub converted_at: Option<UtcTime>,
}

impl Sale {
    /// Whether there is anything to keep.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What was to pay.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn total(&self) -> Result<Option<Money>, MoneyError> {
        let Some(price) = self.price else {
            return Ok(None);
        };
        price.checked_sub(self.discount.of(price)?).map(Some)
    }
}
