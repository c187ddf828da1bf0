//! A word that a provider repeats in the address it calls, handed over without the plugin seeing it.
//!
//! Where a provider signs nothing it proves itself by a word in the address (`?token=…`). The plugin
//! registers that address and is not to know the word: it gets a mark in its place, and what leaves in
//! that call has the word where the mark was.

use zeroize::Zeroizing;

use crate::account::Call;
use crate::egress::target::percent;
use crate::grants::Powers;
use crate::manifest::Use;

/// The secret that is the word.
const WORD: &str = "webhook_token";
/// The parameter that carries it.
const PARAMETER: &str = "token";
/// What stands for the word.
const MARK: &str = "the-word-that-the-host-puts-here";

/// The word, as it stands in an address.
pub(crate) struct Veil(Zeroizing<String>);

impl Veil {
    /// The word of an account, where its plugin may check it.
    pub(crate) fn of(call: &Call, powers: &Powers) -> Option<Self> {
        let word = call.account.secrets.get(WORD)?;
        let counts = !word.is_empty() && powers.may_use(WORD, Use::Verify);
        counts.then(|| Self(Zeroizing::new(percent(word))))
    }

    /// An address with the mark.
    pub(crate) fn over(url: &str) -> String {
        format!("{url}?{PARAMETER}={MARK}")
    }

    /// What leaves: the word where the mark was.
    pub(crate) fn lift(&self, body: Vec<u8>) -> Vec<u8> {
        match String::from_utf8(body) {
            Ok(text) => text.replace(MARK, &self.0).into_bytes(),
            Err(other) => other.into_bytes(),
        }
    }

    /// What is shown: neither.
    pub(crate) fn hide(text: &str) -> String {
        text.replace(MARK, "***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-03 R-PAY-07
    #[test]
    fn the_word_stands_where_the_mark_was_and_is_never_shown() {
        let veil = Veil(Zeroizing::new(percent(b"a word&more")));
        let address = Veil::over("https://pay.example/hooks/pac_1");
        assert!(!address.contains("a%20word"));
        let body = format!(r#"{{"webhookUrl":"{address}"}}"#).into_bytes();
        let sent = veil.lift(body);
        assert_eq!(
            String::from_utf8(sent).expect("text"),
            r#"{"webhookUrl":"https://pay.example/hooks/pac_1?token=a%20word%26more"}"#
        );
        assert_eq!(
            Veil::hide(&address),
            "https://pay.example/hooks/pac_1?token=***"
        );
        assert_eq!(veil.lift(vec![0xff, b'a']), [0xff, b'a'], "no text at all");
    }
}
