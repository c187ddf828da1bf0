//! The double-entry ledger: accounts, entries, and what the money of a charge is booked as.
//!
//! How a charge is booked is a function of how it stands ([`Book::position`]); what is written at a
//! change is the difference between two positions. So it does not matter in which steps, or how
//! often, a provider tells what happened: the sum of what is written is always the position.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::id::{ChargeId, LedgerTransactionId, NodeId, OrderId};
use crate::money::Currency;
use crate::time::UtcTime;

crate::text_enum! {
    /// What an amount is booked as. Positive is debit, negative is credit.
    pub enum Account {
        /// Money at a provider; the holder is the payment account.
        Clearing = "clearing",
        /// What a customer owes under deferred terms; the holder is who bought.
        Receivable = "receivable",
        /// What was sold.
        Revenue = "revenue",
        /// Interest and fines of who paid late.
        Surcharge = "surcharge",
        /// Sales that were given back or lost to a chargeback.
        Returns = "returns",
        /// What providers keep.
        Fees = "fees",
        /// Money that pays for nothing and is owed back; the holder is who bought.
        CustomerCredit = "customer_credit",
        /// What commissions cost.
        CommissionExpense = "commission_expense",
        /// Commissions owed; the holder is the place that earns.
        CommissionPayable = "commission_payable",
    }
}

/// An account and whose it is; empty where it is the tenant's as a whole.
pub type Holder = (Account, String);

/// Balances by account and holder; never one that is zero.
pub type Position = BTreeMap<Holder, i64>;

/// The money of one charge, in the smallest unit of its one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Book {
    /// Taken, in total.
    pub captured: i64,
    /// Given back, in total.
    pub refunded: i64,
    /// Taken back by the customer's bank, in total.
    pub lost: i64,
    /// Kept by the provider, in total.
    pub fees: i64,
    /// How much of what was taken pays for the order; the rest is owed back.
    pub earned: i64,
    /// How much of that is interest and fine.
    pub surcharge: i64,
}

/// Who the accounts of a charge belong to.
#[derive(Debug, Clone)]
pub struct Holders {
    /// The payment account.
    pub payment_account: String,
    /// Who bought.
    pub buyer: NodeId,
    /// Whether the sale was booked before, when the order was granted on deferred terms: then money
    /// pays what is owed and is no further revenue.
    pub owed: bool,
}

impl Book {
    /// Money that went back, whichever way.
    #[must_use]
    pub const fn returned(&self) -> i64 {
        self.refunded + self.lost
    }

    /// What came in for nothing: it is what is given back first.
    #[must_use]
    pub const fn unearned(&self) -> i64 {
        self.captured - self.earned
    }

    /// How much of the money that went back was earned before.
    #[must_use]
    pub fn unsold(&self) -> i64 {
        (self.returned() - self.unearned()).max(0)
    }

    /// What is left of the sale, interest and fine aside: commissions are shares of it. Money goes
    /// back from the sale first and from interest last.
    #[must_use]
    pub fn net(&self) -> i64 {
        (self.earned - self.surcharge - self.unsold()).max(0)
    }

    /// How the charge is booked. The balances sum to zero.
    #[must_use]
    pub fn position(&self, holders: &Holders) -> Position {
        let buyer = holders.buyer.to_string();
        let credit = self.unearned() - (self.returned() - self.unsold());
        let sold = if holders.owed {
            (Account::Receivable, buyer.clone())
        } else {
            (Account::Revenue, String::new())
        };
        let mut position = Position::new();
        let mut book = |holder: Holder, amount: i64| {
            *position.entry(holder).or_insert(0) += amount;
        };
        book(
            (Account::Clearing, holders.payment_account.clone()),
            self.captured - self.returned() - self.fees,
        );
        book((Account::Fees, String::new()), self.fees);
        book((Account::CustomerCredit, buyer), -credit);
        book(sold, -(self.earned - self.surcharge));
        book((Account::Surcharge, String::new()), -self.surcharge);
        book((Account::Returns, String::new()), self.unsold());
        position.retain(|_, amount| *amount != 0);
        position
    }
}

/// How a sale on deferred terms is booked when it is granted; nothing when `amount` is zero.
#[must_use]
pub fn deferred(buyer: NodeId, amount: i64) -> Position {
    let mut position = Position::from([
        ((Account::Receivable, buyer.to_string()), amount),
        ((Account::Revenue, String::new()), -amount),
    ]);
    position.retain(|_, amount| *amount != 0);
    position
}

/// How commissions are booked.
#[must_use]
pub fn commissions(shares: &[(NodeId, i64)]) -> Position {
    let mut position = Position::new();
    for (node, share) in shares {
        *position
            .entry((Account::CommissionExpense, String::new()))
            .or_insert(0) += share;
        *position
            .entry((Account::CommissionPayable, node.to_string()))
            .or_insert(0) -= share;
    }
    position.retain(|_, amount| *amount != 0);
    position
}

/// What is written to get from one position to another.
#[must_use]
pub fn difference(before: &Position, after: &Position) -> Position {
    let mut moved = after.clone();
    for (holder, amount) in before {
        *moved.entry(holder.clone()).or_insert(0) -= amount;
    }
    moved.retain(|_, amount| *amount != 0);
    moved
}

/// The sum of all balances: zero, or the books are wrong.
#[must_use]
pub fn imbalance(position: &Position) -> i128 {
    position.values().map(|amount| i128::from(*amount)).sum()
}

crate::text_enum! {
    /// Why something was booked.
    pub enum Cause {
        /// A charge changed.
        Charge = "charge",
        /// An order was granted before it was paid.
        Deferred = "deferred",
        /// That grant was taken back.
        Withdrawn = "withdrawn",
    }
}

/// What belongs together in the ledger; its entries sum to zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `ledger_transactions`, named for what they hold"
)]
pub struct Transaction {
    pub id: LedgerTransactionId,
    /// Who bought: whoever sees that place sees the transaction.
    pub node_id: NodeId,
    pub order_id: OrderId,
    pub charge_id: Option<ChargeId>,
    pub cause: Cause,
    pub currency: Currency,
    pub at: UtcTime,
    pub entries: Vec<Entry>,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What it is booked as.
    pub account: Account,
    /// Whose, where the account has holders.
    pub holder: String,
    /// Positive is debit, negative is credit.
    pub amount_minor: i64,
}
