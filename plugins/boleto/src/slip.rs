//! The barcode of 44 digits and the line of 47 that people type.
//!
//! By FEBRABAN's rules as the banks' manuals print them. The factor of the due date went once round
//! on 2025-02-22; it is read within a window around today.

use std::fmt;

use alvara_plugin_sdk::time::Day;

use crate::digits::{general, modulo_10};

/// Value and factor share fourteen places; more than this would push the factor out.
pub const MOST_CENTS: i64 = 9_999_999_999;
/// How far from today a due date that is read may lie (FEBRABAN, comunicado 082/2012).
const WINDOW_DAYS: (i64, i64) = (-3000, 5500);

/// What a slip says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// Three digits.
    pub bank: String,
    /// None is "on presentation".
    pub due: Option<Day>,
    /// 0 is an open amount.
    pub cents: i64,
    /// The 25 digits that are the bank's own.
    pub free: String,
}

/// Why some digits are no slip, or a slip has no digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Neither 44 nor 47 digits.
    Length,
    /// A bill of a utility or a tax, which is another format.
    Utility,
    /// Another currency than the real (9).
    Currency,
    /// The check digit of the first, second or third field of a line.
    Field(u8),
    /// The general check digit.
    General,
    /// The factor of the due date is none.
    Factor,
    /// Too much for ten digits, or less than nothing.
    Amount,
    /// The bank is no three digits, or its own part no 25.
    Part,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => f.write_str("a slip has 44 digits as a barcode and 47 as a line"),
            Self::Utility => f.write_str("a bill of a utility or a tax is no boleto"),
            Self::Currency => f.write_str("the currency is not the real"),
            Self::Field(number) => write!(f, "the check digit of field {number} is wrong"),
            Self::General => f.write_str("the general check digit is wrong"),
            Self::Factor => f.write_str("the due date's factor is none"),
            Self::Amount => f.write_str("the amount does not fit"),
            Self::Part => f.write_str("bank or free field has a wrong length"),
        }
    }
}

fn base() -> Day {
    // FEBRABAN's day zero.
    Day::new(1997, 10, 7).unwrap_or(Day::of(0))
}

/// The factor of a due date: 1000 on 2000-07-03, 9999 on 2025-02-21, 1000 again the day after.
#[must_use]
pub fn factor(due: Day) -> Option<i64> {
    let days = due.since(base());
    (days >= 1000).then(|| (days - 1000) % 9000 + 1000)
}

/// The due date that a factor means today.
fn due_of(factor: i64, today: Day) -> Result<Option<Day>, Refusal> {
    match factor {
        0 => Ok(None),
        1000..=9999 => (0..=3)
            .map(|round| base().plus(factor + 9000 * round))
            .find(|day| (WINDOW_DAYS.0..=WINDOW_DAYS.1).contains(&day.since(today)))
            .map(Some)
            .ok_or(Refusal::Factor),
        _ => Err(Refusal::Factor),
    }
}

fn are_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Slip {
    /// The barcode.
    ///
    /// # Errors
    /// What does not fit.
    pub fn barcode(&self) -> Result<String, Refusal> {
        if !are_digits(&self.bank, 3) || !are_digits(&self.free, 25) {
            return Err(Refusal::Part);
        }
        if !(0..=MOST_CENTS).contains(&self.cents) {
            return Err(Refusal::Amount);
        }
        let factor = match self.due {
            None => 0,
            Some(due) => factor(due).ok_or(Refusal::Factor)?,
        };
        let rest = format!("{factor:04}{:010}{}", self.cents, self.free);
        let sum = general(&format!("{}9{rest}", self.bank));
        Ok(format!("{}9{sum}{rest}", self.bank))
    }

    /// The line, without dots and blanks.
    ///
    /// # Errors
    /// What does not fit.
    pub fn line(&self) -> Result<String, Refusal> {
        Ok(line_of(&self.barcode()?))
    }

    /// Reads a barcode or a line, with or without dots and blanks.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str, today: Day) -> Result<Self, Refusal> {
        let digits: String = text
            .chars()
            .filter(|letter| !matches!(letter, '.' | ' ' | '-'))
            .collect();
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::Length);
        }
        match digits.len() {
            44 | 47 | 48 if digits.starts_with('8') => Err(Refusal::Utility),
            44 => Self::of_barcode(&digits, today),
            47 => Self::of_barcode(&barcode_of(&digits)?, today),
            _ => Err(Refusal::Length),
        }
    }

    fn of_barcode(barcode: &str, today: Day) -> Result<Self, Refusal> {
        if barcode.as_bytes()[3] != b'9' {
            return Err(Refusal::Currency);
        }
        let (head, rest) = (&barcode[..4], &barcode[5..]);
        if barcode.as_bytes()[4] != b'0' + general(&format!("{head}{rest}")) {
            return Err(Refusal::General);
        }
        let number = |text: &str| text.parse::<i64>().unwrap_or_default();
        Ok(Self {
            bank: barcode[..3].to_owned(),
            due: due_of(number(&barcode[5..9]), today)?,
            cents: number(&barcode[9..19]),
            free: barcode[19..].to_owned(),
        })
    }
}

fn closed(field: &str) -> String {
    format!("{field}{}", modulo_10(field))
}

fn line_of(barcode: &str) -> String {
    let free = &barcode[19..];
    format!(
        "{}{}{}{}{}",
        closed(&format!("{}{}", &barcode[..4], &free[..5])),
        closed(&free[5..15]),
        closed(&free[15..]),
        &barcode[4..5],
        &barcode[5..19],
    )
}

fn barcode_of(line: &str) -> Result<String, Refusal> {
    for (number, (from, to)) in [(1, (0, 9)), (2, (10, 20)), (3, (21, 31))] {
        if closed(&line[from..to]) != line[from..=to] {
            return Err(Refusal::Field(number));
        }
    }
    Ok(format!(
        "{}{}{}{}{}",
        &line[..4],
        &line[32..],
        &line[4..9],
        &line[10..20],
        &line[21..31]
    ))
}

/// A line as it is printed: `AAABC.CCCCX DDDDD.DDDDDY EEEEE.EEEEEZ K UUUUVVVVVVVVVV`.
#[must_use]
pub fn printed(line: &str) -> Option<String> {
    let part = |from, to| line.get(from..to);
    Some(format!(
        "{}.{} {}.{} {}.{} {} {}",
        part(0, 5)?,
        part(5, 10)?,
        part(10, 15)?,
        part(15, 21)?,
        part(21, 26)?,
        part(26, 32)?,
        part(32, 33)?,
        part(33, 47)?
    ))
}
