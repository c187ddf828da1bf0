//! Documents as PDF: invoices and receipts, and boletos.
//!
//! Drawn with the fonts that every reader has (Helvetica, ISO 32000-1 §9.6.2.2), so a document is a
//! few kilobytes and nothing is embedded. Their letters are those of Western Europe; a sign outside
//! of them is shown as a question mark.

mod barcode;
mod canvas;
mod font;
mod invoice;
mod money;
mod slip;

pub use barcode::{BarcodeError, barcode_svg};
pub use invoice::{DocumentKind, Invoice, InvoiceLine, Party};
pub use money::money;
pub use slip::slip;
