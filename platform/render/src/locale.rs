//! A language tag, and the choice of one from what a reader prefers.

use std::fmt;
use std::sync::Arc;

/// A language that the platform speaks, by its BCP 47 tag as the folder of its messages spells it
/// (`pt-BR`). Only [`crate::Words`] makes one, so a `Locale` in hand always has messages.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Locale(pub(crate) Arc<str>);

impl Locale {
    /// The tag, for `Content-Language`, `<html lang>` and the database.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Locale({})", self.0)
    }
}

/// At most this many ranges of an `Accept-Language` are looked at: nobody reads more languages,
/// and the header comes from strangers.
const RANGES: usize = 16;

/// The language ranges of an `Accept-Language` header, best first, without those refused by `q=0`.
/// Ranges that do not parse are passed over: a strange header is not a reason to fail a request.
pub(crate) fn preferences(header: &str) -> Vec<&str> {
    let mut ranges: Vec<(&str, u16)> = header
        .split(',')
        .take(RANGES)
        .filter_map(|part| {
            let mut pieces = part.split(';');
            let tag = pieces.next()?.trim();
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix("q="))
                .map_or(Some(1000), thousandths)?;
            (!tag.is_empty() && weight > 0).then_some((tag, weight))
        })
        .collect();
    ranges.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    ranges.into_iter().map(|(tag, _)| tag).collect()
}

/// A quality value of RFC 9110 §12.4.2 in thousandths, or nothing when it is not one.
fn thousandths(text: &str) -> Option<u16> {
    let value: f32 = text.trim().parse().ok()?;
    if !(0.0..=1.0).contains(&value) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked: 0 to 1000 fits"
    )]
    let scaled = (value * 1000.0).round() as u16;
    Some(scaled)
}

/// How well a known tag answers a wanted range: 2 the same, 1 the same language, 0 not at all.
pub(crate) fn closeness(wanted: &str, known: &str) -> u8 {
    if wanted.eq_ignore_ascii_case(known) {
        return 2;
    }
    let language = |tag: &str| {
        tag.split(['-', '_'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    u8::from(language(wanted) == language(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_by_weight_and_drops_the_refused() {
        assert_eq!(
            preferences("it;q=0.5, pt-BR, en;q=0, es;q=0.9, ;q=1, de;q=x"),
            ["pt-BR", "es", "it"]
        );
    }

    #[test]
    fn looks_at_a_bounded_number_of_ranges() {
        assert_eq!(preferences(&"it,".repeat(10_000)).len(), RANGES);
    }

    #[test]
    fn a_region_apart_is_close_enough() {
        assert_eq!(closeness("pt-br", "pt-BR"), 2);
        assert_eq!(closeness("pt-PT", "pt-BR"), 1);
        assert_eq!(closeness("pl", "pt-BR"), 0);
    }
}
