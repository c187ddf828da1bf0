//! Decimal texts and JSON numbers from and to cents, without floats.

use serde_json::{Number, Value};

/// Cents from `10.50`, `10.5` or `10`.
pub(crate) fn cents(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 10 || fraction.len() > 2 {
        return None;
    }
    if !digits(whole) || !digits(fraction) || text.ends_with('.') {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let fraction: i64 = format!("{fraction:0<2}").parse().ok()?;
    Some(whole * 100 + fraction)
}

/// `10.50` from cents.
pub(crate) fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Cents from a JSON number such as `10.5`, read as it was written.
pub(crate) fn cents_of(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => cents(&number.to_string()),
        _ => None,
    }
}

/// A JSON number `10.50`, written as it stands.
pub(crate) fn number(cents: i64) -> Value {
    // Two decimals of at most fifteen digits are exact in the text that a double prints.
    let value: f64 = decimal(cents).parse().unwrap_or_default();
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-02
    #[test]
    fn decimals_are_cents_to_the_last_one() {
        assert_eq!(cents("10.50"), Some(1050));
        assert_eq!(cents("10.5"), Some(1050));
        assert_eq!(cents("0.07"), Some(7));
        assert_eq!(cents("37"), Some(3700));
        for wrong in ["", ".5", "1.", "1.005", "-1", "1,50", "12345678901"] {
            assert_eq!(cents(wrong), None, "{wrong}");
        }
        assert_eq!(decimal(199_990), "1999.90");
        assert_eq!(decimal(7), "0.07");
        for amount in [1, 10, 110, 199_990, 9_999_999_999] {
            assert_eq!(cents_of(Some(&number(amount))), Some(amount));
        }
    }
}
