//! Amounts: minor units in the contract, decimal text at most providers. Integers all the way.

use crate::{Answer, Fault, Money};

/// So much of a currency.
#[must_use]
pub fn money(minor: i64, currency: &str) -> Money {
    Money {
        minor,
        currency: currency.to_owned(),
    }
}

/// How many decimal places a currency has (ISO 4217); two where nothing else is known.
#[must_use]
pub fn places(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// `1990` with two places is `19.90`.
#[must_use]
pub fn decimal(minor: i64, places: u32) -> String {
    let places = places.min(18);
    if places == 0 {
        return minor.to_string();
    }
    let unit = 10_u64.pow(places);
    let magnitude = minor.unsigned_abs();
    let width = places as usize;
    format!(
        "{}{}.{:0width$}",
        if minor < 0 { "-" } else { "" },
        magnitude / unit,
        magnitude % unit,
    )
}

/// Reads `19.9`, `19.90`, `19` as 1990 for two places. More places are refused unless they are
/// zeros; so is everything that is no plain decimal number, above all an exponent.
#[must_use]
pub fn from_decimal(text: &str, places: u32) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || (digits.contains('.') && fraction.is_empty()) {
        return None;
    }
    let places = places as usize;
    let kept = fraction.get(..places.min(fraction.len()))?;
    if fraction.get(kept.len()..)?.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let mut minor = 0_i64;
    let padding = std::iter::repeat_n(b'0', places - kept.len());
    for byte in whole.bytes().chain(kept.bytes()).chain(padding) {
        if !byte.is_ascii_digit() {
            return None;
        }
        minor = minor.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
    }
    Some(if negative { -minor } else { minor })
}

/// A charge of another currency, or of nothing, is refused before anything is sent.
///
/// # Errors
/// `invalid-request`, naming `amount`.
pub fn expect(amount: &Money, currency: &str) -> Answer<i64> {
    if amount.currency != currency {
        return Err(Fault::invalid(
            "amount",
            format!("only {currency} is collected here"),
        ));
    }
    if amount.minor <= 0 {
        return Err(Fault::invalid("amount", "must be more than zero"));
    }
    Ok(amount.minor)
}
