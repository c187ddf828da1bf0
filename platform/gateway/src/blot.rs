//! Blotting out: secrets in what a guest gets to see, and secrets, card numbers and people's numbers
//! in what a guest writes.

use alvara_domain::tax_id::{TaxId, TaxIdKind};
use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::account::Secrets;
use crate::egress::target::percent;

/// A secret that is shorter is not looked for: it would be found everywhere.
const SHORTEST: usize = 6;

/// The texts that must not be seen.
#[derive(Default)]
pub(crate) struct Blotter(Vec<Zeroizing<Vec<u8>>>);

impl Blotter {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        let mut blotter = Self::default();
        for value in secrets.values() {
            blotter.add(value);
        }
        blotter
    }

    /// A further secret, as it is and as it looks in base64 and in an address.
    pub(crate) fn add(&mut self, secret: &[u8]) {
        if secret.len() < SHORTEST {
            return;
        }
        self.0.push(Zeroizing::new(secret.to_vec()));
        self.0
            .push(Zeroizing::new(BASE64.encode(secret).into_bytes()));
        let in_address = Zeroizing::new(percent(secret).into_bytes());
        if in_address.as_slice() != secret {
            self.0.push(in_address);
        }
        // The longest first, so that what contains another is blotted whole.
        self.0.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
    }

    /// Puts stars over every secret.
    pub(crate) fn bytes(&self, text: &mut [u8]) {
        for needle in &self.0 {
            let Some(first) = needle.first().copied() else {
                continue;
            };
            let mut at = 0;
            while let Some(found) = text[at..].iter().position(|byte| *byte == first) {
                at += found;
                if text[at..].starts_with(needle) {
                    text[at..at + needle.len()].fill(b'*');
                    at += needle.len();
                } else {
                    at += 1;
                }
            }
        }
    }

    /// A text without secrets, of at most `longest` bytes.
    pub(crate) fn text(&self, text: String, longest: usize) -> String {
        let mut bytes = text.into_bytes();
        // First, so that a cut does not leave half a secret.
        self.bytes(&mut bytes);
        bytes.truncate(longest);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A line of a log: without secrets, numbers of cards and numbers of people and companies.
    pub(crate) fn line(&self, line: String, longest: usize) -> String {
        without_numbers(&self.text(line, longest))
    }
}

/// Puts stars over what may be the number of a card, a person or a company.
fn without_numbers(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(|sign: char| sign.is_ascii_alphanumeric()) {
        out.push_str(&rest[..start]);
        let run = run_at(&rest[start..]);
        if is_telling(run) {
            out.extend(run.chars().map(|sign| {
                if sign.is_ascii_alphanumeric() {
                    '*'
                } else {
                    sign
                }
            }));
        } else {
            out.push_str(run);
        }
        rest = &rest[start + run.len()..];
    }
    out.push_str(rest);
    out
}

/// The longest piece from the start that could be one number: digits and capitals with single
/// separators between them. Where it has letters, a blank ends it.
fn run_at(text: &str) -> &str {
    let bytes = text.as_bytes();
    let sign = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let digits = sign(0).is_ascii_digit();
    let mut end = 0;
    while end < bytes.len() {
        let here = sign(end);
        let joins = matches!(here, b'.' | b'-' | b'/') && sign(end + 1).is_ascii_alphanumeric()
            || here == b' ' && digits && sign(end + 1).is_ascii_digit() && end > 0;
        if !(here.is_ascii_alphanumeric() || joins) {
            break;
        }
        end += 1;
    }
    &text[..end]
}

fn is_telling(run: &str) -> bool {
    // Pieces of a longer run count alone too: `cpf 12345678909` or `a/4111111111111111`.
    let bare: String = run.chars().filter(char::is_ascii_alphanumeric).collect();
    let pieces = run.split([' ', '/']).map(|piece| {
        piece
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
    });
    std::iter::once(bare.clone()).chain(pieces).any(|number| {
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        match number.len() {
            11 => digits,
            14 if !digits => TaxId::parse(TaxIdKind::Cnpj, &number).is_ok(),
            14 => true,
            13..=19 => digits && luhn(&number),
            _ => false,
        }
    })
}

/// The check digit of card numbers (ISO/IEC 7812-1, annex B).
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0');
            match (at % 2, digit) {
                (0, digit) => digit,
                (_, digit) if digit > 4 => digit * 2 - 9,
                (_, digit) => digit * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-03
    #[test]
    fn secrets_are_blotted_as_they_are_in_base64_and_in_addresses() {
        let secrets: Secrets = [("a", "topsecret"), ("b", "a b/=c"), ("short", "abc")]
            .into_iter()
            .collect();
        let blotter = Blotter::new(&secrets);
        let text = |text: &str| blotter.text(text.to_owned(), 1000);
        assert_eq!(text("x topsecret topsecret y"), "x ********* ********* y");
        assert_eq!(text("dG9wc2VjcmV0 abc"), "************ abc");
        assert_eq!(text("?token=a%20b%2F%3Dc"), "?token=************");
        assert_eq!(text("topsecre ttopsecret"), "topsecre t*********");
        assert_eq!(blotter.text("12345topsecret".to_owned(), 9), "12345****");
        assert_eq!(format!("{secrets:?}"), "{\"a\", \"b\", \"short\"}");
    }

    // R-PAY-03
    #[test]
    fn numbers_of_cards_and_people_are_blotted() {
        let blotter = Blotter::default();
        for (line, expected) in [
            ("card 4111111111111111 ok", "card **************** ok"),
            ("card 4111 1111 1111 1111.", "card **** **** **** ****."),
            ("4111-1111-1111-1111", "****-****-****-****"),
            ("cpf 529.982.247-25!", "cpf ***.***.***-**!"),
            ("cpf 52998224725", "cpf ***********"),
            ("cnpj 12.345.678/0001-95", "cnpj **.***.***/****-**"),
            ("cnpj 12.ABC.345/01DE-35", "cnpj **.***.***/****-**"),
            ("amount 1990 of 2026-11-22", "amount 1990 of 2026-11-22"),
            ("ref 4111111111111112", "ref 4111111111111112"),
            ("chave ação 123", "chave ação 123"),
        ] {
            assert_eq!(blotter.line(line.to_owned(), 8192), expected, "{line}");
        }
    }
}
