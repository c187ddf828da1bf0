//! One line of a sheet.

use std::fmt::Write as _;

use alvara_domain::civil_date::CivilDate;
use alvara_domain::money::Currency;

use super::Value;
use super::parts::{COUNT, DAY, FIRST_CURRENCY, SHARE, TEXT, TIME};
use super::text::{escaped, shortened, width};

/// A line that is being written.
pub(super) struct Line<'a> {
    xml: &'a mut String,
    row: usize,
    column: usize,
}

impl<'a> Line<'a> {
    pub(super) fn new(xml: &'a mut String, row: usize) -> Self {
        let _ = write!(xml, "<row r=\"{row}\">");
        Self {
            xml,
            row,
            column: 0,
        }
    }

    pub(super) fn end(self) {
        self.xml.push_str("</row>");
    }

    /// Writes a value; answers how wide it is, in letters.
    pub(super) fn value(&mut self, value: &Value, currencies: &mut Vec<Currency>) -> usize {
        match value {
            Value::Text(text) => self.text(text, TEXT),
            Value::Count(count) => self.number(&count.to_string(), COUNT),
            Value::Money(money) => {
                let known = currencies.iter().position(|one| *one == money.currency);
                let at = known.unwrap_or_else(|| {
                    currencies.push(money.currency);
                    currencies.len() - 1
                });
                let digits = decimal(money.amount_minor, money.currency.decimals());
                // With the marks between thousands and the currency.
                self.number(&digits, FIRST_CURRENCY + at) + 6
            }
            // Hundredths of a per cent are ten-thousandths of one.
            Value::Share(share) => self.number(&decimal(share.count(), 4), SHARE),
            Value::Day(day) => {
                let _ = self.number(&serial(*day).to_string(), DAY);
                10
            }
            Value::Time(day, minutes) => {
                let moment = f64::from(serial(*day)) + f64::from(*minutes) / 1440.0;
                let _ = self.number(&moment.to_string(), TIME);
                16
            }
        }
    }

    fn number(&mut self, digits: &str, style: usize) -> usize {
        let place = self.place();
        let _ = write!(
            self.xml,
            "<c r=\"{place}\" s=\"{style}\"><v>{digits}</v></c>"
        );
        digits.len()
    }

    pub(super) fn text(&mut self, text: &str, style: usize) -> usize {
        let place = self.place();
        let _ = write!(
            self.xml,
            "<c r=\"{place}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
            escaped(&shortened(text))
        );
        width(text)
    }

    /// The name of the next place: B7.
    fn place(&mut self) -> String {
        let mut left = self.column;
        self.column += 1;
        let mut letters = Vec::new();
        loop {
            letters.push(char::from(
                b'A' + u8::try_from(left % 26).unwrap_or_default(),
            ));
            match (left / 26).checked_sub(1) {
                Some(more) => left = more,
                None => break,
            }
        }
        let letters: String = letters.into_iter().rev().collect();
        format!("{letters}{}", self.row)
    }
}

/// A number of smallest units as a number with a point: all its digits, as no binary fraction has
/// them.
fn decimal(minor: i64, decimals: u32) -> String {
    let unit = 10_u64.pow(decimals);
    let (whole, part) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    let minus = if minor < 0 { "-" } else { "" };
    if decimals == 0 {
        return format!("{minus}{whole}");
    }
    let places = decimals as usize;
    format!("{minus}{whole}.{part:0places$}")
}

/// The number of a day as spreadsheets count them: 1970-01-01 is the 25 569th.
fn serial(day: CivilDate) -> i32 {
    const EPOCH: i32 = 25_569;
    let first = CivilDate::new(1970, 1, 1);
    first.map_or(0, |first| first.days_until(day)) + EPOCH
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-TEN-04: columns after the 26th have two letters.
    #[test]
    fn places_have_names() {
        let mut xml = String::new();
        let mut line = Line::new(&mut xml, 3);
        let names: Vec<String> = (0..=702).map(|_| line.place()).collect();
        for (at, name) in [
            (0, "A3"),
            (25, "Z3"),
            (26, "AA3"),
            (701, "ZZ3"),
            (702, "AAA3"),
        ] {
            assert_eq!(names.get(at).map(String::as_str), Some(name));
        }
    }
}
