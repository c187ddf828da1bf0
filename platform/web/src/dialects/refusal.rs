//! From a problem to what the dialects I and P say: a status, a code, one sentence.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use alvara_render::{Args, Locale, Words};
use serde_json::Value;

use crate::problem::{Fault, Kind, Problem};

/// A refusal before it has a shape.
pub(super) struct Refusal {
    status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    /// The refusal of a problem. `names` translates the fields of use cases into the dialect's; a
    /// field that is not in it already bears the dialect's name.
    pub(super) fn of(
        problem: &Problem,
        names: &[(&str, &str)],
        words: &Words,
        locale: &Locale,
    ) -> Self {
        let kind = problem.kind();
        if let (Kind::InvalidFields, Some(fault)) = (kind, problem.faults().first()) {
            return Self::of_field(fault, names, words, locale);
        }
        Self {
            status: match kind {
                // These programs send no `If-Match`: somebody else was quicker, no more.
                Kind::StaleVersion | Kind::PreconditionRequired => StatusCode::CONFLICT,
                Kind::CreditExhausted => StatusCode::PAYMENT_REQUIRED,
                _ => kind.status(),
            },
            code: kind.code(),
            message: problem.sentence(words, locale),
        }
    }

    /// A field that is missing or of the wrong type is a request that cannot be read; any other
    /// fault is a value that cannot be taken.
    fn of_field(fault: &Fault, names: &[(&str, &str)], words: &Words, locale: &Locale) -> Self {
        let unreadable = matches!(fault.code.as_str(), "required" | "wrong_type" | "too_short");
        let (kind, key) = if unreadable {
            (Kind::InvalidRequest, "dialect-field-missing")
        } else {
            (Kind::InvalidFields, "dialect-field-invalid")
        };
        let field = name_of(&fault.pointer, names);
        let mut message = match field {
            "" => words.text(locale, "dialect-not-json", &Args::new()),
            field => words.text(locale, key, &Args::new().text("field", field)),
        };
        if let (false, Some(reason)) = (unreadable, fault.sentence(words, locale)) {
            message = format!("{message} {reason}");
        }
        Self {
            status: kind.status(),
            code: kind.code(),
            message,
        }
    }

    /// The answer: `body` in the dialect's shape, and the headers that the problem asks for.
    pub(super) fn answer(&self, problem: &Problem, locale: &Locale, body: &Value) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status).json(body);
        problem.add_headers(answer.headers_mut(), locale);
        answer
    }
}

/// The dialect's name of the field that a pointer leads to.
fn name_of<'a>(pointer: &'a str, names: &[(&'a str, &'a str)]) -> &'a str {
    let field = pointer
        .strip_prefix("/query/")
        .or(pointer.strip_prefix('/'))
        .unwrap_or(pointer);
    let first = field.split('/').next().unwrap_or_default();
    names
        .iter()
        .find(|(ours, _)| *ours == first)
        .map_or(first, |(_, theirs)| theirs)
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-API-02
    #[test]
    fn a_field_bears_the_dialects_name() {
        let names = [("email", "correo")];
        for (pointer, name) in [
            ("/email", "correo"),
            ("/nome", "nome"),
            ("/query/pagina", "pagina"),
            ("/modules/3", "modules"),
            ("", ""),
        ] {
            assert_eq!(name_of(pointer, &names), name);
        }
    }

    // R-API-02
    #[test]
    fn what_is_missing_is_400_and_what_cannot_be_is_422() {
        let words = Words::new().unwrap();
        let locale = words.locale("it").unwrap();
        for (code, status) in [
            ("required", 400),
            ("wrong_type", 400),
            ("too_short", 400),
            ("too_long", 422),
            ("malformed", 422),
        ] {
            let problem = Problem::field(Fault::message("/nome", code, "field-invalid"));
            let refusal = Refusal::of(&problem, &[], &words, locale);
            assert_eq!(refusal.status.as_u16(), status, "{code}");
            assert!(refusal.message.contains("nome"), "{}", refusal.message);
        }
        let stale = Refusal::of(&Problem::new(Kind::StaleVersion), &[], &words, locale);
        assert_eq!(stale.status, StatusCode::CONFLICT);
        let owing = Refusal::of(&Problem::new(Kind::CreditExhausted), &[], &words, locale);
        assert_eq!(owing.status.as_u16(), 402);
    }
}
