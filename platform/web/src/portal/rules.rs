//! Rules that explain themselves in English, and the messages by which pages say the same in the
//! reader's language. What is not known here is shown as the rule says it.

use alvara_domain::tax_id::{TaxIdError, TaxIdKind};

/// Sentences of the rules that people meet most, and the message of each.
const KNOWN: [(&str, &str); 4] = [
    (
        "the license was sold at no plan: say which",
        "rule-sold-at-no-plan",
    ),
    ("the license's policy has no such plan", "rule-no-such-plan"),
    (
        "10 to 200 characters, at least 5 of them different",
        "account-password-hint",
    ),
    ("This value is taken.", "rule-taken"),
];

/// The message that says what a rule says.
pub(super) fn key_of(sentence: &str) -> Option<&'static str> {
    let known = KNOWN.iter().find(|(text, _)| *text == sentence);
    known.map(|(_, key)| *key).or_else(|| of_tax_id(sentence))
}

fn of_tax_id(sentence: &str) -> Option<&'static str> {
    if sentence == TaxIdError::Unknown.to_string() {
        return Some("rule-tax-id-unknown");
    }
    [
        (TaxIdKind::Cpf, "rule-cpf-shape", "rule-cpf-check"),
        (TaxIdKind::Cnpj, "rule-cnpj-shape", "rule-cnpj-check"),
        (TaxIdKind::Piva, "rule-piva-shape", "rule-piva-check"),
    ]
    .into_iter()
    .find_map(|(kind, shape, check)| {
        if sentence == (TaxIdError::Shape { kind }).to_string() {
            Some(shape)
        } else {
            (sentence == (TaxIdError::Check { kind }).to_string()).then_some(check)
        }
    })
}

#[cfg(test)]
mod tests {
    use alvara_domain::tax_id::TaxId;

    use super::*;

    // R-TEN-09: each fault of a tax id has a message of its own.
    #[test]
    fn faults_of_tax_ids_are_known() {
        let said = |kind, text| {
            let fault = TaxId::parse(kind, text).unwrap_err().to_string();
            key_of(&fault).unwrap_or_else(|| panic!("{fault}"))
        };
        assert_eq!(said(TaxIdKind::Cpf, "1"), "rule-cpf-shape");
        assert_eq!(said(TaxIdKind::Cpf, "529.982.247-26"), "rule-cpf-check");
        assert_eq!(said(TaxIdKind::Cnpj, "1"), "rule-cnpj-shape");
        assert_eq!(
            said(TaxIdKind::Cnpj, "11.222.333/0001-00"),
            "rule-cnpj-check"
        );
        assert_eq!(said(TaxIdKind::Piva, "1"), "rule-piva-shape");
        assert_eq!(key_of("something else"), None);
    }
}
