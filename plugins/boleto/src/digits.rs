//! Check digits of FEBRABAN and of the banks.

/// From the right weights 2, 1, 2, 1, …; of a product above nine the sum of its digits.
#[must_use]
pub fn modulo_10(digits: &str) -> u8 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([2, 1].into_iter().cycle())
        .map(|(digit, weight)| {
            let product = u32::from(digit.wrapping_sub(b'0')) * weight;
            product / 10 + product % 10
        })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

/// From the right the weights `first`, `first + 1`, … `last`, again and again; the sum modulo 11.
fn modulo_11(digits: &str, weights: impl Iterator<Item = u32> + Clone) -> u32 {
    digits
        .bytes()
        .rev()
        .zip(weights.cycle())
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight)
        .sum::<u32>()
        % 11
}

/// The digit over a barcode's other 43 (FEBRABAN): 0, 10 and 11 become 1.
#[must_use]
pub fn general(digits: &str) -> u8 {
    match 11 - modulo_11(digits, 2..=9) {
        digit @ 2..=9 => digit as u8,
        _ => 1,
    }
}

/// How a bank closes its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Banco do Brasil: weights 9 down to 2 from the right, the rest itself, 10 is `X`.
    Brasil,
    /// Itaú: modulo 10.
    Itau,
    /// Bradesco: weights 2 to 7; 0 stays, 1 is `P`.
    Bradesco,
    /// Santander and Caixa: weights 2 to 9; what is above nine is 0.
    Plain,
}

impl Rule {
    /// The check symbol of some digits.
    #[must_use]
    pub fn of(self, digits: &str) -> char {
        let digit = |value: u32| char::from_digit(value, 10).unwrap_or('0');
        match self {
            Self::Itau => digit(u32::from(modulo_10(digits))),
            Self::Brasil => match modulo_11(digits, (2..=9).rev()) {
                10 => 'X',
                rest => digit(rest),
            },
            Self::Bradesco => match modulo_11(digits, 2..=7) {
                0 => '0',
                1 => 'P',
                rest => digit(11 - rest),
            },
            Self::Plain => match 11 - modulo_11(digits, 2..=9) {
                10 | 11 => '0',
                value => digit(value),
            },
        }
    }
}
