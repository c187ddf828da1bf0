//! Tables as a workbook that spreadsheets open (Office Open XML, ECMA-376): one sheet, its numbers,
//! amounts and days as such.
//!
//! A text is written as a text and marked as one, so nothing that somebody typed is ever calculated,
//! whatever it begins with.
//!
//! The parts are written here because they are few: `rust_xlsxwriter`, which knows charts and formulas
//! too, would bring five crates and the better part of a minute to each build, and takes amounts as
//! binary fractions. The compression of the archive around them is `flate2`'s, which pictures and
//! answers bring anyway.

mod archive;
mod line;
mod parts;
mod text;

use std::fmt::Write as _;
use std::io;

use alvara_domain::civil_date::CivilDate;
use alvara_domain::money::{BasisPoints, Currency, Money};

use archive::Archive;
use line::Line;
use parts::{HEAD, MAIN, RELATIONS, TEXT, TYPES, VIEW, WORKBOOK_RELATIONS, XML, styles, workbook};
use text::{WIDEST, width};

/// The media type of a workbook.
pub const SHEET_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What stands in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text, never a formula.
    Text(String),
    /// A whole number.
    Count(i64),
    /// An amount: a number that shows its currency.
    Money(Money),
    /// A share, shown in per cent.
    Share(BasisPoints),
    /// A day of the calendar.
    Day(CivilDate),
    /// A time of a day, without a zone as spreadsheets know none: minutes since midnight.
    Time(CivilDate, u16),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A table to be written.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// What the sheet is called, on its tab.
    pub name: String,
    /// The heads of the columns.
    pub head: Vec<String>,
    /// The lines, each as long as the head.
    pub rows: Vec<Vec<Value>>,
    /// A sentence under the last line.
    pub note: Option<String>,
}

impl Sheet {
    /// The workbook.
    ///
    /// # Errors
    /// When it is larger than such a file can be, 4 GB.
    pub fn write(&self) -> io::Result<Vec<u8>> {
        let mut currencies = Vec::new();
        let table = self.table(&mut currencies);
        let mut archive = Archive::default();
        archive.add("[Content_Types].xml", TYPES)?;
        archive.add("_rels/.rels", RELATIONS)?;
        archive.add("xl/workbook.xml", &workbook(&self.name))?;
        archive.add("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS)?;
        archive.add("xl/styles.xml", &styles(&currencies))?;
        archive.add("xl/worksheets/sheet1.xml", &table)?;
        archive.finish()
    }

    /// The sheet itself. The currencies it needs are added to `currencies`: each is a style.
    fn table(&self, currencies: &mut Vec<Currency>) -> String {
        let mut widths: Vec<usize> = self.head.iter().map(|head| width(head)).collect();
        let mut body = String::new();
        let mut line = Line::new(&mut body, 1);
        for head in &self.head {
            line.text(head, HEAD);
        }
        line.end();
        for (at, row) in self.rows.iter().enumerate() {
            let mut line = Line::new(&mut body, at + 2);
            for (column, value) in row.iter().enumerate() {
                let wide = line.value(value, currencies);
                if let Some(known) = widths.get_mut(column) {
                    *known = wide.max(*known);
                }
            }
            line.end();
        }
        if let Some(note) = &self.note {
            let mut line = Line::new(&mut body, self.rows.len() + 2);
            line.text(note, TEXT);
            line.end();
        }
        let mut xml = format!("{XML}<worksheet xmlns=\"{MAIN}\">{VIEW}");
        if !widths.is_empty() {
            xml.push_str("<cols>");
            for (at, width) in widths.iter().enumerate() {
                let (column, width) = (at + 1, width.clamp(&8, &WIDEST) + 2);
                let _ = write!(
                    xml,
                    "<col min=\"{column}\" max=\"{column}\" width=\"{width}\" customWidth=\"1\"/>"
                );
            }
            xml.push_str("</cols>");
        }
        xml.push_str("<sheetData>");
        xml.push_str(&body);
        xml.push_str("</sheetData></worksheet>");
        xml
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(values: Vec<Value>) -> String {
        let sheet = Sheet {
            head: vec!["head".to_owned(); values.len()],
            rows: vec![values],
            ..Sheet::default()
        };
        sheet.table(&mut Vec::new())
    }

    // R-TEN-04: whatever a text begins with, it is a text.
    #[test]
    fn formulas_are_texts() {
        for text in ["=1+1", "+55 11", "@SUM(A1)", "-cmd", "\t=1", "1499.90"] {
            let written = sheet(vec![text.into()]);
            let place = format!(
                "<c r=\"A2\" s=\"1\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>"
            );
            assert!(written.contains(&place), "{written}");
            assert!(!written.contains("<f"), "{written}");
        }
    }

    // R-TEN-04: an amount keeps its last digit, a day is the day that a spreadsheet shows.
    #[test]
    fn numbers_and_days_are_such() {
        let money = |minor, code: &str| Value::Money(Money::new(minor, code.parse().unwrap()));
        let day = CivilDate::new(2026, 11, 23).unwrap();
        for (value, written) in [
            (money(149_990, "BRL"), "<v>1499.90</v>"),
            (money(-5, "EUR"), "<v>-0.05</v>"),
            (money(1500, "JPY"), "<v>1500</v>"),
            (Value::Count(-7), "<v>-7</v>"),
            (Value::Share(BasisPoints::ALL), "<v>1.0000</v>"),
            (Value::Day(day), "<v>46349</v>"),
            (Value::Time(day, 18 * 60), "<v>46349.75</v>"),
        ] {
            let sheet = sheet(vec![value]);
            assert!(sheet.contains(written), "{sheet}");
        }
    }
}
