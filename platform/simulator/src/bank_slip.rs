//! Barcode and typeable line of a boleto of Banco do Brasil (FEBRABAN's layout; the free field of an
//! agreement of seven digits as in the bank's manual).

use jiff::civil::Date;

/// What a boleto is read by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slip {
    pub(crate) barcode: String,
    pub(crate) line: String,
}

/// `number` is the nosso número of seventeen digits: agreement and sequence.
pub(crate) fn slip(number: &str, wallet: &str, due: Date, cents: i64) -> Slip {
    let free = format!("000000{number}{wallet:0>2}");
    let tail = format!("{:04}{cents:010}{free}", factor(due));
    let check = check_11(&format!("0019{tail}"));
    let barcode = format!("0019{check}{tail}");
    let (bank, fields) = (&barcode[..4], [&free[..5], &free[5..15], &free[15..]]);
    let first = format!("{bank}{}", fields[0]);
    let line = format!(
        "{first}{}{}{}{}{}{check}{}",
        check_10(&first),
        fields[1],
        check_10(fields[1]),
        fields[2],
        check_10(fields[2]),
        &barcode[5..19]
    );
    Slip { barcode, line }
}

/// Days since 1997-10-07, starting over at 1000 after 9999 (2025-02-22).
fn factor(due: Date) -> i32 {
    let days = Date::constant(1997, 10, 7)
        .until(due)
        .map_or(0, |span| span.get_days());
    (days - 1000).rem_euclid(9000) + 1000
}

fn check_10(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([2, 1].into_iter().cycle())
        .map(|(digit, weight)| {
            let product = u32::from(digit - b'0') * weight;
            product / 10 + product % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

fn check_11(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip((2..=9).cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    match 11 - sum % 11 {
        0 | 1 | 10 | 11 => 1,
        check => check,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-02
    #[test]
    fn a_published_boleto_comes_out_to_the_digit() {
        // A boleto of an agreement of seven digits, published with its line.
        let made = slip(
            "14741660000000328",
            "17",
            Date::constant(2016, 7, 5),
            224_674,
        );
        assert_eq!(made.barcode, "00191684600002246740000001474166000000032817");
        assert_eq!(made.line, "00190000090147416600400000328179168460000224674");
        let made = slip(
            "14741660000000328",
            "17",
            Date::constant(2029, 5, 20),
            675_787,
        );
        assert_eq!(
            &made.barcode[5..9],
            "2548",
            "the factor of the second cycle"
        );
        assert_eq!(factor(Date::constant(2025, 2, 21)), 9999);
        assert_eq!(factor(Date::constant(2025, 2, 22)), 1000);
        assert_eq!(factor(Date::constant(2000, 7, 3)), 1000);
        // The manual's worked example: sum 712, rest 8, digit 3.
        assert_eq!(check_11("0019373700000001000500940144816060680935031"), 3);
        assert_eq!(check_10("001905009"), 5);
        assert_eq!(check_10("4014481606"), 9);
        assert_eq!(check_10("0680935031"), 4);
    }
}
