//! Brazilian banks, as boletos name them.

/// A bank by its number at the clearing house (COMPE).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bank([u8; 3]);

impl Bank {
    /// The bank of a boleto: the first three digits of its barcode. `None` where there are none.
    #[must_use]
    pub fn of_barcode(barcode: &str) -> Option<Self> {
        let number: [u8; 3] = barcode.as_bytes().get(..3)?.try_into().ok()?;
        number
            .iter()
            .all(u8::is_ascii_digit)
            .then_some(Self(number))
    }

    /// The number with its check digit, as it stands at the top of a boleto: `001-9`. The digit is
    /// modulo 11 with weights from 2 upwards, counted from the right (FEBRABAN).
    #[must_use]
    pub fn printed(self) -> String {
        let digits = self.0.map(|sign| u32::from(sign.saturating_sub(b'0')));
        let [first, second, third] = digits;
        let check = match (first * 4 + second * 3 + third * 2) % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        };
        format!("{first}{second}{third}-{check}")
    }

    /// What people call it; of one that is not known here, its number.
    #[must_use]
    pub fn name(self) -> String {
        let known = match &self.0 {
            b"001" => "Banco do Brasil",
            b"033" => "Santander",
            b"104" => "Caixa",
            b"237" => "Bradesco",
            b"341" => "Itaú",
            _ => {
                let [first, second, third] = self.0.map(char::from);
                return format!("Banco {first}{second}{third}");
            }
        };
        known.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-11: the numbers as the banks print them.
    #[test]
    fn banks_are_named_as_on_their_boletos() {
        for (barcode, printed, name) in [
            (
                "00191684600002246740000001474166000000032817",
                "001-9",
                "Banco do Brasil",
            ),
            ("0339", "033-7", "Santander"),
            ("1049", "104-0", "Caixa"),
            ("2379", "237-2", "Bradesco"),
            ("3419", "341-7", "Itaú"),
            ("4229", "422-7", "Banco 422"),
        ] {
            let bank = Bank::of_barcode(barcode).unwrap();
            assert_eq!(
                (bank.printed(), bank.name()),
                (printed.to_owned(), name.to_owned())
            );
        }
        for none in ["", "00", "8a6", "ção"] {
            assert_eq!(Bank::of_barcode(none), None, "{none}");
        }
    }
}
