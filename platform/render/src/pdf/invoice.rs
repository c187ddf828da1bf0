//! Invoices and receipts.

use alvara_domain::civil_date::CivilDate;
use alvara_domain::money::Money;

use super::canvas::{At, BLACK, Canvas, Colour, GREY, PAGE_WIDTH, Type};
use super::money::money;
use crate::{Args, Locale, Qr, Words};

const LEFT: f32 = 50.0;
const RIGHT: f32 = PAGE_WIDTH - 50.0;
/// Where the columns of the table end.
const QUANTITY: f32 = 365.0;
const UNIT: f32 = 455.0;
/// How far down lines may go.
const BOTTOM: f32 = 740.0;
/// How far down the text at the end may go.
const LOWEST: f32 = 790.0;
const FAINT: Colour = [205, 205, 205];

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// What is to be paid.
    Invoice,
    /// What was paid.
    Receipt,
    /// What was given back of what was paid.
    CreditNote,
}

impl DocumentKind {
    const fn key(self) -> &'static str {
        match self {
            Self::Invoice => "pdf-invoice",
            Self::Receipt => "pdf-receipt",
            Self::CreditNote => "pdf-credit-note",
        }
    }
}

/// Who sells or buys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// The name.
    pub name: String,
    /// Tax number, address, mail: a line each.
    pub lines: Vec<String>,
}

/// One line of what was sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceLine {
    /// What.
    pub description: String,
    /// How many.
    pub quantity: u32,
    /// The price of one.
    pub unit: Money,
    /// The price of all.
    pub total: Money,
}

/// An invoice, a receipt or a credit note. It says what it is told: nothing is added up here, so
/// that a document can never differ from the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// What it is.
    pub kind: DocumentKind,
    /// Its number, unique for who sells.
    pub number: String,
    /// When it was written.
    pub issued_on: CivilDate,
    /// Until when it is to be paid.
    pub due_on: Option<CivilDate>,
    /// When it was paid.
    pub paid_on: Option<CivilDate>,
    /// How it was paid, in the reader's language.
    pub paid_by: Option<String>,
    /// Who sells.
    pub seller: Party,
    /// Who buys.
    pub buyer: Party,
    /// What.
    pub lines: Vec<InvoiceLine>,
    /// What was taken off all of it.
    pub discount: Option<Money>,
    /// Fine and interest for a late payment.
    pub surcharge: Option<Money>,
    /// What it comes to.
    pub total: Money,
    /// Which documents of a tax office belong to it, in the reader's language: a line each.
    pub fiscal: Vec<String>,
    /// Further text at the end.
    pub note: Option<String>,
    /// Where the document can be verified; drawn as a QR code.
    pub verify_url: Option<String>,
    /// The seller's colour: red, green, blue.
    pub accent: [u8; 3],
}

impl Invoice {
    /// Draws it.
    #[must_use]
    pub fn pdf(&self, words: &Words, locale: &Locale) -> Vec<u8> {
        let mut drawing = Drawing {
            canvas: Canvas::new(),
            words,
            locale,
            invoice: self,
        };
        let top = drawing.head();
        let top = drawing.table(top);
        drawing.foot(top);
        let title = format!("{} {}", drawing.word(self.kind.key()), self.number);
        drawing
            .canvas
            .finish(&title, &self.seller.name, locale.tag())
    }
}

struct Drawing<'a> {
    canvas: Canvas,
    words: &'a Words,
    locale: &'a Locale,
    invoice: &'a Invoice,
}

impl Drawing<'_> {
    fn word(&self, key: &str) -> String {
        self.words.text(self.locale, key, &Args::new())
    }

    fn money(&self, amount: Money) -> String {
        money(amount, self.locale.tag())
    }

    fn date(&self, date: CivilDate) -> String {
        self.words.date(self.locale, date)
    }

    /// Title, parties and dates; answers how far down that went.
    fn head(&mut self) -> f32 {
        let invoice = self.invoice;
        self.canvas.block(0.0, 0.0, PAGE_WIDTH, 8.0, invoice.accent);
        let title = self.word(invoice.kind.key());
        self.canvas
            .text(At::Right(RIGHT), 62.0, Type::bold(20.0), &title);
        let number = format!("{} {}", self.word("pdf-number"), invoice.number);
        self.canvas
            .text(At::Right(RIGHT), 80.0, Type::regular(11.0), &number);
        let seller = self.party(LEFT, 56.0, Type::bold(14.0), &invoice.seller);
        let mut top = 100.0;
        let dates = [
            ("pdf-issued", Some(invoice.issued_on)),
            ("pdf-due", invoice.due_on),
            ("pdf-paid", invoice.paid_on),
        ];
        for (key, date) in dates {
            if let Some(date) = date {
                let text = format!("{}: {}", self.word(key), self.date(date));
                self.canvas
                    .text(At::Right(RIGHT), top, Type::regular(9.5), &text);
                top += 13.0;
            }
        }
        if let Some(by) = &invoice.paid_by {
            let text = format!("{}: {by}", self.word("pdf-paid-by"));
            self.canvas
                .text(At::Right(RIGHT), top, Type::regular(9.5), &text);
            top += 13.0;
        }
        let top = seller.max(top) + 14.0;
        let label = self.word("pdf-buyer");
        self.canvas.text(
            At::Left(LEFT),
            top,
            Type::regular(8.5).in_colour(GREY),
            &label,
        );
        self.party(LEFT, top + 15.0, Type::bold(11.0), &invoice.buyer) + 16.0
    }

    fn party(&mut self, left: f32, top: f32, name: Type, party: &Party) -> f32 {
        let mut top = self.canvas.lines(left, top, 280.0, name, &party.name);
        for line in &party.lines {
            top = self
                .canvas
                .lines(left, top, 280.0, Type::regular(9.5), line);
        }
        top
    }

    /// The table's head, on each page anew.
    fn columns(&mut self, top: f32) -> f32 {
        let kind = Type::bold(9.0);
        for (at, key) in [
            (At::Left(LEFT), "pdf-description"),
            (At::Right(QUANTITY), "pdf-quantity"),
            (At::Right(UNIT), "pdf-unit"),
            (At::Right(RIGHT), "pdf-amount"),
        ] {
            let word = self.word(key);
            self.canvas.text(at, top, kind, &word);
        }
        self.canvas.rule(LEFT, RIGHT, top + 5.0, BLACK);
        top + 20.0
    }

    fn table(&mut self, top: f32) -> f32 {
        let mut top = self.columns(top);
        let kind = Type::regular(9.5);
        for line in &self.invoice.lines {
            if top > BOTTOM {
                self.canvas.turn();
                top = self.columns(56.0);
            }
            let end = self.canvas.lines(LEFT, top, 265.0, kind, &line.description);
            for (right, text) in [
                (QUANTITY, line.quantity.to_string()),
                (UNIT, self.money(line.unit)),
                (RIGHT, self.money(line.total)),
            ] {
                self.canvas.text(At::Right(right), top, kind, &text);
            }
            self.canvas.rule(LEFT, RIGHT, end - 6.0, FAINT);
            top = end + 8.0;
        }
        top
    }

    fn foot(&mut self, top: f32) {
        let invoice = self.invoice;
        let mut top = top + 6.0;
        // The sum and what belongs to it stay together.
        if top > BOTTOM - 130.0 {
            self.canvas.turn();
            top = 70.0;
        }
        let parts = [
            ("pdf-discount", invoice.discount),
            ("pdf-surcharge", invoice.surcharge),
        ];
        for (key, amount) in parts {
            if let Some(amount) = amount {
                let (word, amount) = (self.word(key), self.money(amount));
                self.canvas
                    .text(At::Right(UNIT), top, Type::regular(9.5), &word);
                self.canvas
                    .text(At::Right(RIGHT), top, Type::regular(9.5), &amount);
                top += 15.0;
            }
        }
        let (word, amount) = (self.word("pdf-total"), self.money(invoice.total));
        top += 4.0;
        self.canvas
            .text(At::Right(UNIT), top, Type::bold(12.0), &word);
        self.canvas
            .text(At::Right(RIGHT), top, Type::bold(12.0), &amount);
        top += 30.0;
        if let Some(code) = invoice
            .verify_url
            .as_deref()
            .and_then(|url| Qr::new(url).ok())
        {
            self.canvas.qr(RIGHT - 72.0, top, 72.0, &code);
            let word = self.word("pdf-verify");
            let kind = Type::regular(8.0).in_colour(GREY);
            self.canvas.text(At::Right(RIGHT), top + 84.0, kind, &word);
        }
        let kind = Type::regular(9.0);
        for text in invoice.note.iter().chain(&invoice.fiscal) {
            // Beside the code there is room for some; an order that was paid in many parts has more.
            if top > LOWEST {
                self.canvas.turn();
                top = 70.0;
            }
            top = self.canvas.lines(LEFT, top, 360.0, kind, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(lines: u32) -> Invoice {
        let brl = |minor| Money::new(minor, "BRL".parse().unwrap());
        Invoice {
            kind: DocumentKind::Receipt,
            number: "2026-000123".to_owned(),
            issued_on: "2026-11-22".parse().unwrap(),
            due_on: None,
            paid_on: Some("2026-11-22".parse().unwrap()),
            paid_by: Some("PIX".to_owned()),
            seller: Party {
                name: "ACME Soluções".to_owned(),
                lines: vec!["CNPJ 12.345.678/0001-95".to_owned()],
            },
            buyer: Party {
                name: "Fulano & Cia".to_owned(),
                lines: vec!["CPF 451.646.324-81".to_owned()],
            },
            lines: (1..=lines)
                .map(|at| InvoiceLine {
                    description: format!("Renovação da licença {at} por um ano"),
                    quantity: 1,
                    unit: brl(19_990),
                    total: brl(19_990),
                })
                .collect(),
            discount: Some(brl(-1_000)),
            surcharge: None,
            total: brl(19_990 * i64::from(lines) - 1_000),
            fiscal: vec!["NF-e 123".to_owned()],
            note: Some("Obrigado pela preferência.".to_owned()),
            verify_url: Some("https://acme.example/r/1".to_owned()),
            accent: [11, 93, 42],
        }
    }

    // R-PAY-11
    #[test]
    fn a_long_bill_goes_over_to_further_pages() {
        let words = Words::new().unwrap();
        let locale = words.locale("pt-BR").unwrap();
        let count = |lines| {
            let pdf = long(lines).pdf(&words, locale);
            assert!(pdf.starts_with(b"%PDF-"));
            let text = String::from_utf8_lossy(&pdf).into_owned();
            text.matches("/Type /Page\n").count()
        };
        assert_eq!(count(1), 1);
        assert_eq!(count(60), 3);
    }
}
