//! Invoices, receipts and credit notes: what the house hands out about money that is to come, that
//! came, or that went back.

use serde::{Deserialize, Serialize};

use crate::civil_date::CivilDate;
use crate::id::{ChargeId, InvoiceId, OrderId};
use crate::money::Money;
use crate::time::UtcTime;

crate::text_enum! {
    /// What a document is. Each kind is numbered by itself.
    pub enum InvoiceKind {
        /// What was paid, or went back and then did not after all.
        Receipt = "receipt",
        /// What was given back of it.
        CreditNote = "credit_note",
    }
}

/// Who sells or buys, as it was called on the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceParty {
    /// The name.
    pub name: String,
    /// Tax number, address, mail: a line each.
    pub lines: Vec<String>,
}

/// One line of what was sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceItem {
    /// What.
    pub description: String,
    /// How many.
    pub quantity: u32,
    /// The price of one.
    pub unit: Money,
    /// The price of all.
    pub total: Money,
}

/// What a document says. It is kept as it was written: nobody's later name or address changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceContent {
    /// The day it was written, where the seller is.
    pub issued_on: CivilDate,
    /// The day the money came, where the seller is; none before it did.
    pub paid_on: Option<CivilDate>,
    /// The last day to pay, where the seller is; none where nothing is given before it is paid.
    pub due_on: Option<CivilDate>,
    /// `pix`, `boleto`, `card` or another method; none before it is paid.
    pub method: Option<String>,
    /// Who sells.
    pub seller: InvoiceParty,
    /// Who buys.
    pub buyer: InvoiceParty,
    /// What.
    pub items: Vec<InvoiceItem>,
    /// What was taken off all of it, for paying early too; nothing or less.
    pub discount: Option<Money>,
    /// Fine and interest for a late payment.
    pub surcharge: Option<Money>,
    /// What is to be paid, was paid, or given back.
    pub total: Money,
}

/// A receipt or a credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// What it is.
    pub kind: InvoiceKind,
    /// In which numbers start at 1: the year, where the seller is.
    pub period: String,
    /// From 1, without gaps in its tenant, kind and period.
    pub number: i64,
    /// The order that was paid.
    pub order_id: OrderId,
    /// The charge whose money it is about.
    pub charge_id: ChargeId,
    /// What it says.
    pub content: InvoiceContent,
    /// When it was written.
    pub issued_at: UtcTime,
}

impl Invoice {
    /// The number as it is printed: `2026-000123`.
    #[must_use]
    pub fn printed_number(&self) -> String {
        printed(&self.period, self.number)
    }
}

/// What is to be paid for an order. It is written with the order, and an order has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderInvoice {
    /// The order.
    pub order_id: OrderId,
    /// In which numbers start at 1: the year, where the seller is.
    pub period: String,
    /// From 1, without gaps in its tenant and period; receipts and credit notes count by themselves.
    pub number: i64,
    /// What it says.
    pub content: InvoiceContent,
    /// When it was written.
    pub issued_at: UtcTime,
}

impl OrderInvoice {
    /// The number as it is printed: `2026-000123`.
    #[must_use]
    pub fn printed_number(&self) -> String {
        printed(&self.period, self.number)
    }
}

fn printed(period: &str, number: i64) -> String {
    format!("{period}-{number:06}")
}
