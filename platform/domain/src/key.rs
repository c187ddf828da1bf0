//! Activation keys and renewal keys: what is sold and typed in.
//!
//! A key is 23 random symbols of Crockford's base 32 (115 bits) and two check symbols: a
//! Reed-Solomon code over GF(32) with distance 3. Any one or two wrong symbols, and so any two
//! symbols swapped, are detected; a mistyped key is told apart from an unknown one without asking
//! the database.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Crockford's base 32: no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols in a key.
pub const SYMBOLS: usize = 25;
/// Symbols that are random.
const RANDOM: usize = 23;
/// Longest product prefix.
const PREFIX_MAX: usize = 8;
/// Longest text that is looked at; anything longer is no typing mistake.
const TEXT_MAX: usize = 200;

/// Why a text is not a key. Positions count from 1 over the characters that matter, without
/// prefix, hyphens and spaces, as a person counts them.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum KeyError {
    /// Nothing was given.
    #[error("the key is empty")]
    Empty,
    /// Characters are missing.
    #[error("the key has {found} characters instead of 25")]
    TooShort {
        /// How many were found.
        found: usize,
    },
    /// There are too many characters.
    #[error("the key has {found} characters instead of 25")]
    TooLong {
        /// How many were found.
        found: usize,
    },
    /// A character that no key has.
    #[error("{symbol:?} at position {position} cannot be part of a key")]
    BadSymbol {
        /// Where, counted from 1.
        position: usize,
        /// The character.
        symbol: char,
    },
    /// Every character is possible, but together they are no key: something is mistyped.
    #[error("the key is mistyped")]
    CheckFailed,
}

/// The product's letters before a key, such as `ACME` in `ACME-7K3QX-…`. They help people and
/// carry no meaning: two keys with the same symbols are the same key. May be empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct KeyPrefix(String);

/// A key prefix is up to eight capital letters or digits, and not `R`, which marks renewal keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a key prefix is up to 8 capital letters or digits, and not R alone")]
pub struct PrefixError;

impl KeyPrefix {
    /// No prefix.
    #[must_use]
    pub const fn none() -> Self {
        Self(String::new())
    }

    /// The letters; empty when there is none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyPrefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let fits = text.len() <= PREFIX_MAX
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && text != RENEWAL_PREFIX;
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(PrefixError)
        }
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for KeyPrefix {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for KeyPrefix {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}

/// Product in GF(32) with the polynomial x⁵ + x² + 1.
const fn multiply(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b != 0 {
        if b & 1 != 0 {
            product ^= a;
        }
        a <<= 1;
        if a & 0b10_0000 != 0 {
            a ^= 0b10_0101;
        }
        b >>= 1;
    }
    product
}

/// Powers of the generator: `POWERS[i]` is αⁱ. The first 31 differ, which is what gives the code
/// its distance for keys of up to 31 symbols.
const POWERS: [u8; SYMBOLS] = {
    let mut powers = [1; SYMBOLS];
    let mut index = 1;
    while index < SYMBOLS {
        powers[index] = multiply(powers[index - 1], 2);
        index += 1;
    }
    powers
};

/// a⁻¹ = a³⁰ in a field of 32 elements.
const fn invert(value: u8) -> u8 {
    let mut result = 1;
    let mut count = 0;
    while count < 30 {
        result = multiply(result, value);
        count += 1;
    }
    result
}

const CHECK_DIVISOR: u8 = invert(POWERS[RANDOM] ^ POWERS[RANDOM + 1]);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Symbols([u8; SYMBOLS]);

impl Symbols {
    /// Σ cᵢ and Σ cᵢαⁱ: both zero for a key.
    fn syndromes(&self) -> (u8, u8) {
        self.0
            .iter()
            .zip(POWERS)
            .fold((0, 0), |(sum, weighted), (symbol, power)| {
                (sum ^ symbol, weighted ^ multiply(*symbol, power))
            })
    }

    /// Takes 115 of the 120 bits.
    fn from_random(random: &[u8; 15]) -> Self {
        let mut symbols = [0; SYMBOLS];
        let mut bits = 0u32;
        let mut held = 0u32;
        let mut bytes = random.iter();
        for symbol in symbols.iter_mut().take(RANDOM) {
            if held < 5 {
                bits = (bits << 8) | u32::from(bytes.next().copied().unwrap_or_default());
                held += 8;
            }
            held -= 5;
            // Masked to five bits, so the cast keeps everything.
            *symbol = ((bits >> held) & 0x1F) as u8;
            bits &= (1 << held) - 1;
        }
        let (sum, weighted) = Self(symbols).syndromes();
        // Two equations for the two check symbols x and y:
        // x + y = sum and x·α²³ + y·α²⁴ = weighted.
        let y = multiply(weighted ^ multiply(sum, POWERS[RANDOM]), CHECK_DIVISOR);
        symbols[RANDOM] = sum ^ y;
        symbols[RANDOM + 1] = y;
        Self(symbols)
    }

    fn text(&self) -> String {
        self.0
            .iter()
            .map(|symbol| char::from(ALPHABET[usize::from(*symbol)]))
            .collect()
    }

    fn grouped(&self, prefix: &str) -> String {
        let text = self.text();
        let mut grouped = String::with_capacity(prefix.len() + 30);
        grouped.push_str(prefix);
        for (index, symbol) in text.chars().enumerate() {
            if index % 5 == 0 && !grouped.is_empty() {
                grouped.push('-');
            }
            grouped.push(symbol);
        }
        grouped
    }

    fn hint(&self) -> String {
        self.text().split_off(SYMBOLS - 5)
    }

    fn decode(chars: &[char]) -> Result<Self, KeyError> {
        let mut symbols = [0; SYMBOLS];
        for (index, (symbol, written)) in symbols.iter_mut().zip(chars).enumerate() {
            *symbol = decode_symbol(*written).ok_or(KeyError::BadSymbol {
                position: index + 1,
                symbol: *written,
            })?;
        }
        let symbols = Self(symbols);
        if symbols.syndromes() == (0, 0) {
            Ok(symbols)
        } else {
            Err(KeyError::CheckFailed)
        }
    }
}

/// What people read as another symbol counts as that symbol.
fn decode_symbol(written: char) -> Option<u8> {
    let byte = match written.to_ascii_uppercase() {
        'I' | 'L' => b'1',
        'O' => b'0',
        other => u8::try_from(other).ok()?,
    };
    let index = ALPHABET.iter().position(|symbol| *symbol == byte)?;
    u8::try_from(index).ok()
}

/// Hyphens, dashes and blanks as people and word processors write them.
fn is_separator(written: char) -> bool {
    written.is_whitespace()
        || matches!(
            written,
            '-' | '_' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200B}' | '\u{FEFF}'
        )
}

/// Splits what was typed into prefix and symbols, with whatever hyphens and spaces.
fn parse(text: &str) -> Result<(String, Symbols), KeyError> {
    if text.len() > TEXT_MAX {
        return Err(KeyError::TooLong {
            found: text
                .chars()
                .filter(|written| !is_separator(*written))
                .count(),
        });
    }
    let mut written = Vec::with_capacity(SYMBOLS + PREFIX_MAX);
    let mut first_group = None;
    for symbol in text.trim_matches(is_separator).chars() {
        if is_separator(symbol) {
            first_group.get_or_insert(written.len());
        } else {
            written.push(symbol);
        }
    }
    let found = written.len();
    let first_group = first_group.unwrap_or(0);
    match found {
        0 => Err(KeyError::Empty),
        _ if found < SYMBOLS => Err(KeyError::TooShort { found }),
        SYMBOLS => Ok((String::new(), Symbols::decode(&written)?)),
        _ => {
            let (prefix, rest) = written.split_at(found - SYMBOLS);
            let is_prefix =
                prefix.len() <= PREFIX_MAX && prefix.iter().all(char::is_ascii_alphanumeric);
            if is_prefix && (first_group == prefix.len() || first_group == 0) {
                return Ok((
                    prefix.iter().map(char::to_ascii_uppercase).collect(),
                    Symbols::decode(rest)?,
                ));
            }
            // The hyphens do not fall where a prefix would end. Either they are misplaced, and the
            // check symbols say so, or characters are missing or too many.
            if is_prefix && let Ok(symbols) = Symbols::decode(rest) {
                return Ok((
                    prefix.iter().map(char::to_ascii_uppercase).collect(),
                    symbols,
                ));
            }
            // Count with or without the first group, whichever comes nearer to a key.
            let rest = found - first_group;
            let found = if (1..=PREFIX_MAX).contains(&first_group)
                && rest.abs_diff(SYMBOLS) < found - SYMBOLS
            {
                rest
            } else {
                found
            };
            if found < SYMBOLS {
                Err(KeyError::TooShort { found })
            } else {
                Err(KeyError::TooLong { found })
            }
        }
    }
}

/// What a license is activated with. A secret: it never shows in `Debug` and has no `Display`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ActivationKey {
    prefix: String,
    symbols: Symbols,
}

impl ActivationKey {
    /// Makes a key from 15 bytes of a cryptographic random generator.
    #[must_use]
    pub fn generate(prefix: &KeyPrefix, random: &[u8; 15]) -> Self {
        Self {
            prefix: prefix.0.clone(),
            symbols: Symbols::from_random(random),
        }
    }

    /// Reads a key as people type it: any case, I and L for 1, O for 0, hyphens and spaces
    /// anywhere or nowhere, with or without prefix. The prefix is kept but not checked.
    ///
    /// # Errors
    /// A [`KeyError`] that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (prefix, symbols) = parse(text)?;
        Ok(Self { prefix, symbols })
    }

    /// The 25 symbols alone: what is hashed for looking the key up.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.symbols.text()
    }

    /// The key as it is printed and mailed. Only for who may see it.
    #[must_use]
    pub fn display(&self) -> String {
        self.symbols.grouped(&self.prefix)
    }

    /// The last five symbols, by which people recognise a key in a list.
    #[must_use]
    pub fn hint(&self) -> String {
        self.symbols.hint()
    }
}

impl fmt::Debug for ActivationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActivationKey(…{})", self.hint())
    }
}

/// What every renewal key starts with.
const RENEWAL_PREFIX: &str = "R";

/// A key that renews a license once. A secret like [`ActivationKey`]; starts with `R-`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RenewalKey {
    symbols: Symbols,
}

impl RenewalKey {
    /// Makes a key from 15 bytes of a cryptographic random generator.
    #[must_use]
    pub fn generate(random: &[u8; 15]) -> Self {
        Self {
            symbols: Symbols::from_random(random),
        }
    }

    /// Reads a key as people type it; see [`ActivationKey::parse`]. `R-` may be left out.
    ///
    /// # Errors
    /// A [`KeyError`] that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        parse(text).map(|(_, symbols)| Self { symbols })
    }

    /// The 25 symbols alone: what is hashed for looking the key up.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.symbols.text()
    }

    /// The key as it is printed and mailed. Only for who may see it.
    #[must_use]
    pub fn display(&self) -> String {
        self.symbols.grouped(RENEWAL_PREFIX)
    }

    /// The last five symbols, by which people recognise a key in a list.
    #[must_use]
    pub fn hint(&self) -> String {
        self.symbols.hint()
    }
}

impl fmt::Debug for RenewalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RenewalKey(…{})", self.hint())
    }
}
