//! What is known of an order has to fit into a column: how much of it is kept. And how much money it
//! was, read from the shop's words.

use super::{LONGEST_SKU, Purchase, ShopLine};
use crate::money::{Currency, Money};

/// The most lines of an order, and of all that went back of one.
pub(super) const MOST_LINES: usize = 60;
/// The most facts of one kind that are kept of an order.
pub(super) const MOST_FACTS: usize = 20;

pub(super) fn cut(text: &str) -> String {
    text.chars().take(LONGEST_SKU).collect()
}

pub(super) fn few(lines: Vec<ShopLine>) -> Vec<ShopLine> {
    let mut lines = lines;
    lines.truncate(MOST_LINES);
    for line in &mut lines {
        line.sku = cut(&line.sku);
    }
    lines
}

pub(super) fn bounded(purchase: Purchase) -> Purchase {
    // The name stands in the mail's first line, and whoever buys chooses it and the address.
    let name = purchase.name.replace(char::is_control, " ");
    Purchase {
        email: purchase.email.chars().take(254).collect(),
        name: name.trim().chars().take(200).collect(),
        language: purchase.language.chars().take(10).collect(),
        lines: few(purchase.lines),
    }
}

/// `98.00 BRL`: an amount of whole smallest units, not below nothing.
pub(super) fn money(words: &str) -> Option<Money> {
    let (value, currency) = words.split_once(' ')?;
    let currency: Currency = currency.parse().ok()?;
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let fraction = fraction.trim_end_matches('0');
    let places = usize::try_from(currency.decimals()).ok()?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || fraction.len() > places {
        return None;
    }
    let minor = format!("{whole}{fraction:0<places$}").parse().ok()?;
    Some(Money::new(minor, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-10
    #[test]
    fn an_amount_is_read_to_the_smallest_unit_and_never_guessed() {
        let minor = |words: &str| money(words).map(|read| read.amount_minor);
        for (words, amount) in [
            ("98.00 BRL", 9_800),
            ("98 BRL", 9_800),
            ("98.5 BRL", 9_850),
            ("0.01 USD", 1),
            ("4900 JPY", 4_900),
            ("4900.00 JPY", 4_900),
            ("1.234 KWD", 1_234),
        ] {
            assert_eq!(minor(words), Some(amount), "{words}");
        }
        for words in [
            "",
            "98.00",
            " BRL",
            "98.00 XXX",
            "-1.00 BRL",
            "1e3 BRL",
            "1.005 BRL",
            "1,00 BRL",
            ".5 BRL",
            "99999999999999999999 BRL",
        ] {
            assert_eq!(minor(words), None, "{words}");
        }
    }
}
