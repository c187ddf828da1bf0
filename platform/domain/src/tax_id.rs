//! Numbers by which a tax office knows people and companies: checked and brought into one form, so
//! that the same customer is found however the number was typed.

use std::ops::Range;

use serde::Serialize;
use thiserror::Error;

crate::text_enum! {
    /// Which number it is.
    pub enum TaxIdKind {
        /// A Brazilian person: 11 digits.
        Cpf = "cpf",
        /// A Brazilian company: 12 digits or capitals and 2 check digits.
        Cnpj = "cnpj",
        /// An Italian company or self-employed person (partita IVA): 11 digits.
        Piva = "piva",
    }
}

/// Why a text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TaxIdError {
    /// Too short, too long, or signs that the number does not have.
    #[error("this is no {0}: {1}", kind.as_str().to_uppercase(), shape(*kind))]
    Shape {
        /// Which number was expected.
        kind: TaxIdKind,
    },
    /// The check digits do not fit: something was mistyped.
    #[error("the check digits of this {0} are wrong", kind.as_str().to_uppercase())]
    Check {
        /// Which number was expected.
        kind: TaxIdKind,
    },
    /// It has the shape of none of the known numbers.
    #[error("this is neither a CPF, nor a CNPJ, nor a partita IVA")]
    Unknown,
}

const fn shape(kind: TaxIdKind) -> &'static str {
    match kind {
        TaxIdKind::Cpf | TaxIdKind::Piva => "it has 11 digits",
        TaxIdKind::Cnpj => "it has 12 digits or letters and 2 digits",
    }
}

/// A number whose check digits fit, without dots, slashes and country: `12ABC34501DE35`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TaxId {
    kind: TaxIdKind,
    number: String,
}

impl TaxId {
    /// Reads a number of a kind as somebody typed it; dots, hyphens, slashes, blanks, small letters
    /// and, before a partita IVA, `IT` are taken as they are meant.
    ///
    /// # Errors
    /// [`TaxIdError::Shape`] and [`TaxIdError::Check`].
    pub fn parse(kind: TaxIdKind, typed: &str) -> Result<Self, TaxIdError> {
        let mut number = bare(typed);
        if kind == TaxIdKind::Piva
            && let Some(rest) = number.strip_prefix("IT")
        {
            number = rest.to_owned();
        }
        let signs = number.as_bytes();
        let fits = match kind {
            TaxIdKind::Cpf | TaxIdKind::Piva => is_digits(signs, 11),
            TaxIdKind::Cnpj => {
                signs.len() == 14
                    && signs[..12]
                        .iter()
                        .all(|sign| sign.is_ascii_digit() || sign.is_ascii_uppercase())
                    && is_digits(&signs[12..], 2)
            }
        };
        if !fits {
            return Err(TaxIdError::Shape { kind });
        }
        let checks = match kind {
            TaxIdKind::Cpf => cpf_checks(signs),
            TaxIdKind::Cnpj => cnpj_checks(signs),
            TaxIdKind::Piva => piva_checks(signs),
        };
        if checks {
            Ok(Self { kind, number })
        } else {
            Err(TaxIdError::Check { kind })
        }
    }

    /// Reads a number of which nobody said what it is. Eleven digits may be a CPF or a partita IVA;
    /// where both would fit, `preferred` decides, which is that of the tenant's language.
    ///
    /// # Errors
    /// Those of [`Self::parse`] for the preferred kind of that length; [`TaxIdError::Unknown`].
    pub fn guess(typed: &str, preferred: TaxIdKind) -> Result<Self, TaxIdError> {
        let number = bare(typed);
        if number.starts_with("IT") {
            return Self::parse(TaxIdKind::Piva, typed);
        }
        match number.len() {
            14 => Self::parse(TaxIdKind::Cnpj, typed),
            11 => {
                let (first, second) = match preferred {
                    TaxIdKind::Piva => (TaxIdKind::Piva, TaxIdKind::Cpf),
                    TaxIdKind::Cpf | TaxIdKind::Cnpj => (TaxIdKind::Cpf, TaxIdKind::Piva),
                };
                Self::parse(first, typed)
                    .or_else(|error| Self::parse(second, typed).map_err(|_| error))
            }
            _ => Err(TaxIdError::Unknown),
        }
    }

    /// Which number it is.
    #[must_use]
    pub const fn kind(&self) -> TaxIdKind {
        self.kind
    }

    /// The number in its one form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.number
    }

    /// The number as it stands on paper, with its name: `CPF 529.982.247-25`,
    /// `CNPJ 12.ABC.345/01DE-35`, `P. IVA 00743110157`.
    #[must_use]
    pub fn printed(&self) -> String {
        let part = |range: Range<usize>| self.number.get(range).unwrap_or_default();
        match self.kind {
            TaxIdKind::Cpf => format!(
                "CPF {}.{}.{}-{}",
                part(0..3),
                part(3..6),
                part(6..9),
                part(9..11)
            ),
            TaxIdKind::Cnpj => format!(
                "CNPJ {}.{}.{}/{}-{}",
                part(0..2),
                part(2..5),
                part(5..8),
                part(8..12),
                part(12..14)
            ),
            TaxIdKind::Piva => format!("P. IVA {}", self.number),
        }
    }
}

/// What was typed without what people put between the signs, in capitals.
fn bare(typed: &str) -> String {
    typed
        .chars()
        .filter(|sign| !sign.is_whitespace() && !matches!(sign, '.' | '-' | '/'))
        .map(|sign| sign.to_ascii_uppercase())
        .collect()
}

fn is_digits(signs: &[u8], count: usize) -> bool {
    signs.len() == count && signs.iter().all(u8::is_ascii_digit)
}

/// The value of a digit or, in a CNPJ, of a letter: its ASCII code less 48.
pub(crate) fn value(sign: u8) -> u32 {
    u32::from(sign.saturating_sub(b'0'))
}

/// The check digit modulo 11 with weights from 2 upwards, counted from the right, that start again
/// after `highest`.
pub(crate) fn modulo_11(signs: &[u8], highest: u32) -> u32 {
    let weights = (2..=highest).cycle();
    let sum: u32 = signs
        .iter()
        .rev()
        .zip(weights)
        .map(|(sign, weight)| value(*sign) * weight)
        .sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// The same sign throughout satisfies the sums and is nobody's number.
fn all_same(signs: &[u8]) -> bool {
    signs.iter().all(|sign| *sign == signs[0])
}

fn cpf_checks(signs: &[u8]) -> bool {
    !all_same(signs)
        && modulo_11(&signs[..9], 11) == value(signs[9])
        && modulo_11(&signs[..10], 11) == value(signs[10])
}

fn cnpj_checks(signs: &[u8]) -> bool {
    !all_same(signs)
        && modulo_11(&signs[..12], 9) == value(signs[12])
        && modulo_11(&signs[..13], 9) == value(signs[13])
}

fn piva_checks(signs: &[u8]) -> bool {
    if all_same(signs) {
        return false;
    }
    let sum: u32 = signs
        .iter()
        .enumerate()
        .map(|(index, sign)| {
            let digit = value(*sign);
            match (index % 2, digit * 2) {
                (0, _) => digit,
                (_, doubled) if doubled > 9 => doubled - 9,
                (_, doubled) => doubled,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}
