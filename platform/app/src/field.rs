//! Checking what a request says, field by field, so that a caller hears of everything that is
//! wrong at once and not of one thing at a time.

use std::ops::RangeInclusive;

use alvara_domain::fault::{FaultCode, FieldFault};
use alvara_domain::money::Money;
use alvara_domain::terms::is_code;

use crate::{AppError, AppResult};

/// The largest amount that every JSON reader takes exactly (2⁵³ − 1).
const AMOUNT_MOST: i64 = 9_007_199_254_740_991;

/// The faults found so far. Every check answers the value as it would be stored, so that a use
/// case reads top to bottom; [`Fields::finish`] then says whether any of it may be used.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<FieldFault>);

impl Fields {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Notes a fault.
    pub(crate) fn refuse(&mut self, pointer: &str, code: FaultCode, detail: impl Into<String>) {
        self.0.push(FieldFault::new(pointer, code, detail));
    }

    /// Takes over what a rule of the domain found in the part of the request at `prefix`.
    pub(crate) fn adopt(&mut self, prefix: &str, faults: Vec<FieldFault>) {
        self.0
            .extend(faults.into_iter().map(|fault| fault.under(prefix)));
    }

    /// A text of one line that must be there: trimmed, at most `most` characters, no control
    /// characters, which would break lists, logs and mails.
    pub(crate) fn line(&mut self, pointer: &str, value: &str, most: usize) -> String {
        let value = value.trim();
        if value.is_empty() {
            self.refuse(pointer, FaultCode::Required, "this must not be empty");
        }
        self.check_length(pointer, value, most);
        self.check_characters(pointer, value, &[]);
        value.to_owned()
    }

    /// A text of one line that may be empty.
    pub(crate) fn maybe_line(&mut self, pointer: &str, value: &str, most: usize) -> String {
        let value = value.trim();
        self.check_length(pointer, value, most);
        self.check_characters(pointer, value, &[]);
        value.to_owned()
    }

    /// A text of several lines, which may be empty.
    pub(crate) fn paragraphs(&mut self, pointer: &str, value: &str, most: usize) -> String {
        let value = value.trim();
        self.check_length(pointer, value, most);
        self.check_characters(pointer, value, &['\n', '\r', '\t']);
        value.to_owned()
    }

    /// The short name of something, for programs.
    pub(crate) fn code(&mut self, pointer: &str, value: &str) -> String {
        let value = value.trim();
        if value.is_empty() {
            self.refuse(pointer, FaultCode::Required, "this must not be empty");
        } else if !is_code(value) {
            self.refuse(
                pointer,
                FaultCode::Malformed,
                "1 to 32 of A-Z, a-z, 0-9, _ and -",
            );
        }
        value.to_owned()
    }

    /// An e-mail address, in lower case. Only its shape is checked: whether it exists, a mail tells.
    pub(crate) fn email(&mut self, pointer: &str, value: &str) -> String {
        let value = value.trim().to_lowercase();
        self.check_length(pointer, &value, 254);
        let plausible = value.rsplit_once('@').is_some_and(|(local, domain)| {
            (1..=64).contains(&local.len())
                && !domain.is_empty()
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && !value.contains(|c: char| {
                    c.is_whitespace() || c.is_control() || "<>()[]\\,;:\"".contains(c)
                })
                && !local.contains('@')
        });
        if !plausible {
            self.refuse(
                pointer,
                FaultCode::Malformed,
                "an e-mail address like ana@example.com",
            );
        }
        value
    }

    /// A language tag (BCP 47) as far as we use them: `pt-BR`, `it`.
    pub(crate) fn locale(&mut self, pointer: &str, value: &str) -> String {
        let value = value.trim();
        let mut parts = value.split('-');
        let language = parts.next().is_some_and(|part| {
            (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
        });
        let rest = parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if !language || !rest || value.len() > 10 {
            self.refuse(pointer, FaultCode::Malformed, "a language like it or pt-BR");
        }
        value.to_owned()
    }

    /// A price: nothing or more, and small enough for every reader of JSON.
    pub(crate) fn price(&mut self, pointer: &str, value: Money) -> Money {
        self.within(
            &format!("{pointer}/amount_minor"),
            value.amount_minor,
            0..=AMOUNT_MOST,
        );
        value
    }

    /// A number in a range.
    pub(crate) fn within(&mut self, pointer: &str, value: i64, range: RangeInclusive<i64>) -> i64 {
        if !range.contains(&value) {
            let detail = format!("a number from {} to {}", range.start(), range.end());
            self.refuse(pointer, FaultCode::OutOfRange, detail);
        }
        value
    }

    /// Whether nothing was refused so far.
    pub(crate) fn is_well(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends the check.
    pub(crate) fn finish(self) -> AppResult<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(AppError::Invalid(self.0))
        }
    }

    fn check_length(&mut self, pointer: &str, value: &str, most: usize) {
        if value.chars().count() > most {
            self.refuse(
                pointer,
                FaultCode::TooLong,
                format!("at most {most} characters"),
            );
        }
    }

    fn check_characters(&mut self, pointer: &str, value: &str, allowed: &[char]) {
        if value
            .chars()
            .any(|c| c.is_control() && !allowed.contains(&c))
        {
            self.refuse(
                pointer,
                FaultCode::Malformed,
                "control characters are not allowed here",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use alvara_domain::fault::FaultCode;

    use super::Fields;
    use crate::AppError;

    fn faults(check: impl FnOnce(&mut Fields)) -> Vec<FaultCode> {
        let mut fields = Fields::new();
        check(&mut fields);
        match fields.finish() {
            Ok(()) => Vec::new(),
            Err(AppError::Invalid(faults)) => faults.into_iter().map(|fault| fault.code).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_line_is_trimmed_counted_in_characters_and_free_of_control_characters() {
        let mut fields = Fields::new();
        assert_eq!(fields.line("/name", "  Ação \n", 4), "Ação");
        fields.finish().unwrap();
        assert_eq!(
            faults(|f| drop(f.line("/name", " \t", 4))),
            [FaultCode::Required]
        );
        assert_eq!(
            faults(|f| drop(f.line("/name", "abcde", 4))),
            [FaultCode::TooLong]
        );
        assert_eq!(
            faults(|f| drop(f.line("/name", "a\u{7}b", 4))),
            [FaultCode::Malformed]
        );
        assert_eq!(
            faults(|f| drop(f.line("/name", "a\nb", 4))),
            [FaultCode::Malformed]
        );
        assert_eq!(faults(|f| drop(f.paragraphs("/notes", "a\nb", 4))), []);
    }

    #[test]
    fn addresses_and_languages_are_known_by_their_shape() {
        for good in ["Ana@Example.com", "a.b+c@x.test", "josé@ação.test"] {
            assert_eq!(faults(|f| drop(f.email("/email", good))), [], "{good}");
        }
        for bad in [
            "",
            "ana",
            "@x",
            "a@",
            "a@@x",
            "a b@x",
            "a@x.",
            "Ana <a@x>",
            "a@x\r\nBcc: b@y",
        ] {
            assert_eq!(
                faults(|f| drop(f.email("/email", bad))),
                [FaultCode::Malformed],
                "{bad}"
            );
        }
        for good in ["it", "pt-BR", "zh-Hant"] {
            assert_eq!(faults(|f| drop(f.locale("/locale", good))), [], "{good}");
        }
        for bad in ["", "I", "IT", "pt_BR", "pt-", "../../etc", "en-x-toolong"] {
            assert_eq!(
                faults(|f| drop(f.locale("/locale", bad))),
                [FaultCode::Malformed],
                "{bad}"
            );
        }
    }
}
