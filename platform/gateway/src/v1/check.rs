//! The bounds of what a guest may say. What lies outside is refused as it is, never mended.

use alvara_domain::civil_date::CivilDate;
use alvara_domain::money::{Currency, Money};
use alvara_domain::payment::ask::Pair;
use alvara_domain::time::UtcTime;

use super::types as wit;

/// Why an answer makes no sense: the field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Nonsense(pub(crate) String);

pub(crate) type Checked<T> = Result<T, Nonsense>;

/// No amount is higher: ten thousand million in a currency of two decimals.
const MOST_MINOR: i64 = 1_000_000_000_000;
/// No list is longer.
const MOST_ENTRIES: usize = 64;
/// No list of events of one webhook or file is longer.
pub(crate) const MOST_EVENTS: usize = 10_000;

pub(crate) fn nonsense<T>(field: &str, problem: impl std::fmt::Display) -> Checked<T> {
    Err(Nonsense(format!("{field}: {problem}")))
}

/// A text of a line: bounded, without control characters.
pub(crate) fn line(field: &str, text: String, longest: usize) -> Checked<String> {
    if text.len() > longest {
        return nonsense(field, format_args!("longer than {longest} bytes"));
    }
    if text.chars().any(char::is_control) {
        return nonsense(field, "a control character");
    }
    Ok(text)
}

/// Like [`line()`], and not empty.
pub(crate) fn name(field: &str, text: String, longest: usize) -> Checked<String> {
    if text.is_empty() {
        return nonsense(field, "empty");
    }
    line(field, text, longest)
}

/// A text for people, which may have several lines.
pub(crate) fn prose(field: &str, text: String, longest: usize) -> Checked<String> {
    if text.len() > longest {
        return nonsense(field, format_args!("longer than {longest} bytes"));
    }
    if text
        .chars()
        .any(|sign| sign.is_control() && !matches!(sign, '\n' | '\t' | '\r'))
    {
        return nonsense(field, "a control character");
    }
    Ok(text)
}

pub(crate) fn optional<T, U>(
    value: Option<T>,
    check: impl FnOnce(T) -> Checked<U>,
) -> Checked<Option<U>> {
    value.map(check).transpose()
}

pub(crate) fn list<T, U>(
    field: &str,
    values: Vec<T>,
    check: impl FnMut(T) -> Checked<U>,
) -> Checked<Vec<U>> {
    bounded(field, values, MOST_ENTRIES, check)
}

pub(crate) fn bounded<T, U>(
    field: &str,
    values: Vec<T>,
    most: usize,
    check: impl FnMut(T) -> Checked<U>,
) -> Checked<Vec<U>> {
    if values.len() > most {
        return nonsense(field, format_args!("more than {most} entries"));
    }
    values.into_iter().map(check).collect()
}

pub(crate) fn currency(field: &str, code: &str) -> Checked<Currency> {
    match code.parse() {
        Ok(currency) => Ok(currency),
        Err(_) => nonsense(field, "no currency of ISO 4217"),
    }
}

pub(crate) fn money(field: &str, amount: &wit::Money) -> Checked<Money> {
    let currency = currency(field, &amount.currency)?;
    if !(0..=MOST_MINOR).contains(&amount.minor) {
        return nonsense(field, "an amount below zero or beyond all sense");
    }
    Ok(Money::new(amount.minor, currency))
}

pub(crate) fn instant(field: &str, millis: u64) -> Checked<UtcTime> {
    i64::try_from(millis)
        .ok()
        .and_then(|millis| millis.checked_mul(1000))
        .and_then(|micros| UtcTime::from_micros(micros).ok())
        .map_or_else(|| nonsense(field, "no instant from 1970 to 9999"), Ok)
}

pub(crate) fn day(field: &str, text: &str) -> Checked<CivilDate> {
    match text.parse() {
        Ok(day) => Ok(day),
        Err(_) => nonsense(field, "no day like 2026-12-31"),
    }
}

/// An address that a customer is sent to: over TLS, or on the customer's own machine, where the pages
/// of a simulated provider are. Who is far away gains nothing by sending somebody there.
pub(crate) fn url(field: &str, url: String) -> Checked<String> {
    let host = |rest: &str| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or("");
        host.to_ascii_lowercase()
    };
    let is_page = match url.split_once("://") {
        Some(("https", rest)) => crate::manifest::is_host(&host(rest)),
        Some(("http", rest)) => host(rest).split_once(':').is_some_and(|(name, port)| {
            ["127.0.0.1", "localhost"].contains(&name) && port.parse::<u16>().is_ok()
        }),
        _ => false,
    };
    let fits = url.len() <= 2048
        && url.bytes().all(|byte| byte.is_ascii_graphic())
        && !url.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
        && is_page;
    if fits {
        Ok(url)
    } else {
        nonsense(field, "no https address")
    }
}

/// Digits, so many.
pub(crate) fn digits(field: &str, text: String, count: usize) -> Checked<String> {
    if text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text)
    } else {
        nonsense(field, format_args!("not {count} digits"))
    }
}

/// A PIX code (EMV MPM as the Central Bank has it: at most 512 characters).
pub(crate) fn br_code(field: &str, code: String) -> Checked<String> {
    if code.chars().count() > 512 {
        return nonsense(field, "longer than 512 characters");
    }
    name(field, code, 2048)
}

pub(crate) fn pair(field: &str, pair: wit::KeyValue) -> Checked<Pair> {
    Ok((
        name(field, pair.key, 128)?,
        prose(field, pair.value, 16 * 1024)?,
    ))
}
