//! Amounts as people of a language write them.

use alvara_domain::money::Money;

/// `R$ 1.234,56`, `1.234,56 €`, `€1,234.56`: with the currency's own number of decimals, grouped by
/// three. A currency without a sign that everybody knows stands with its code.
#[must_use]
pub fn money(amount: Money, locale: &str) -> String {
    let english = locale.starts_with("en");
    let (group, point) = if english { (',', '.') } else { ('.', ',') };
    let decimals = amount.currency.decimals();
    let unit = 10_u64.pow(decimals);
    let minor = amount.amount_minor.unsigned_abs();
    let whole = (minor / unit).to_string();
    let mut number = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            number.push(group);
        }
        number.push(digit);
    }
    if decimals > 0 {
        let width = decimals as usize;
        number.push_str(&format!("{point}{:0width$}", minor % unit));
    }
    let minus = if amount.amount_minor < 0 { "-" } else { "" };
    let code = amount.currency.as_str();
    let sign = match code {
        "BRL" => "R$",
        "EUR" => "€",
        "USD" => "US$",
        "GBP" => "£",
        other => other,
    };
    // Portuguese of Brazil and English put the sign first, with a space unless it is one mark.
    if english || locale.starts_with("pt") {
        let space = if sign.chars().count() == 1 {
            ""
        } else {
            "\u{a0}"
        };
        format!("{minus}{sign}{space}{number}")
    } else {
        format!("{minus}{number}\u{a0}{sign}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-11
    #[test]
    fn each_language_writes_its_own_amounts() {
        let amount = |minor, currency: &str| Money::new(minor, currency.parse().unwrap());
        for (minor, currency, locale, written) in [
            (123_456, "BRL", "pt-BR", "R$\u{a0}1.234,56"),
            (123_456, "EUR", "it", "1.234,56\u{a0}€"),
            (123_456_789, "EUR", "es", "1.234.567,89\u{a0}€"),
            (123_456, "EUR", "en", "€1,234.56"),
            (7, "USD", "en", "US$\u{a0}0.07"),
            (-1990, "BRL", "pt-BR", "-R$\u{a0}19,90"),
            (1500, "JPY", "en", "JPY\u{a0}1,500"),
            (1_234_567, "KWD", "it", "1.234,567\u{a0}KWD"),
        ] {
            assert_eq!(money(amount(minor, currency), locale), written);
        }
    }
}
