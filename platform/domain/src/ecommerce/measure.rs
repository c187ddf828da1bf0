//! What is known of an order has to fit into a column: how much of it is kept.

use super::{LONGEST_SKU, Purchase, ShopLine};

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
