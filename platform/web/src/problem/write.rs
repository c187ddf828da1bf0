//! From a [`Problem`] to the bytes of an answer.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, ResponseError};
use alvara_render::{Args, Locale, Words};
use serde_json::{Map, Value, json};

use super::{Fault, FaultDetail, Inner, Kind, Problem};

/// The media type of RFC 9457.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Actix needs an answer before the reader's language is known. It gets the bare status and keeps
/// the problem inside; the frame finds it there and writes the real answer.
impl ResponseError for Problem {
    fn status_code(&self) -> actix_web::http::StatusCode {
        self.0.kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl Problem {
    /// Writes the answer, and logs the cause when there is one: the one place where it is logged.
    pub(crate) fn write(&self, words: &Words, locale: &Locale, request_id: &str) -> HttpResponse {
        self.log(request_id);
        let document = Value::Object(self.document(words, locale, request_id));
        let mut answer = HttpResponse::build(self.0.kind.status())
            .content_type(PROBLEM_JSON)
            .body(document.to_string());
        self.add_headers(answer.headers_mut(), locale);
        answer
    }

    /// Logs the cause of what is our own fault.
    pub(crate) fn log(&self, request_id: &str) {
        let inner = &self.0;
        if inner.kind.status().is_server_error() {
            let cause = inner.cause.as_deref().unwrap_or("unknown");
            tracing::error!(
                request.id = request_id,
                code = inner.kind.code(),
                cause,
                "request failed"
            );
        }
    }

    /// The headers that go with the problem, whatever the shape of its body.
    pub(crate) fn add_headers(&self, headers: &mut HeaderMap, locale: &Locale) {
        if let Ok(tag) = HeaderValue::from_str(locale.tag()) {
            headers.insert(CONTENT_LANGUAGE, tag);
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.0.challenge {
            let challenge = HeaderValue::from_static("Bearer realm=\"alvara\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
    }

    /// What happened, in one sentence.
    pub(crate) fn sentence(&self, words: &Words, locale: &Locale) -> String {
        detail(&self.0, words, locale)
    }

    /// A member that the kind of problem has besides, as text.
    pub(crate) fn member(&self, name: &str) -> Option<&str> {
        self.0.members.get(name)?.as_str()
    }

    /// The fields at fault.
    pub(crate) fn faults(&self) -> &[Fault] {
        &self.0.faults
    }

    /// The document itself, for answers and for the OpenAPI examples.
    pub(crate) fn document(
        &self,
        words: &Words,
        locale: &Locale,
        request_id: &str,
    ) -> Map<String, Value> {
        let inner = &self.0;
        let mut document = Map::new();
        document.insert(
            "type".into(),
            format!("/problems/{}", inner.kind.slug()).into(),
        );
        document.insert(
            "title".into(),
            words
                .text(locale, inner.kind.title_key(), &Args::new())
                .into(),
        );
        document.insert("status".into(), inner.kind.status().as_u16().into());
        document.insert("detail".into(), detail(inner, words, locale).into());
        document.insert("code".into(), inner.kind.code().into());
        document.insert("instance".into(), instance(inner.kind, request_id).into());
        if !inner.faults.is_empty() {
            let faults = inner.faults.iter().map(|fault| fault.json(words, locale));
            document.insert("errors".into(), faults.collect());
        }
        for (name, value) in &inner.members {
            document.insert(name.clone(), value.clone());
        }
        document
    }
}

/// See the head of [`super`]: a missing thing and a foreign one must not differ by a byte.
fn instance(kind: Kind, request_id: &str) -> String {
    match kind {
        Kind::NotFound => "/requests".to_owned(),
        _ => format!("/requests/{request_id}"),
    }
}

fn detail(inner: &Inner, words: &Words, locale: &Locale) -> String {
    let own = format!("{}.detail", inner.kind.title_key());
    words.text(locale, inner.detail.unwrap_or(&own), &inner.args)
}

impl Fault {
    /// What is wrong with the field, where that is known in the reader's language.
    pub(crate) fn sentence(&self, words: &Words, locale: &Locale) -> Option<String> {
        match &self.detail {
            FaultDetail::Message(key, limit) => {
                let args = limit.map_or_else(Args::new, |limit| Args::new().number("limit", limit));
                Some(words.text(locale, key, &args))
            }
            FaultDetail::Text(_) => None,
        }
    }

    fn json(&self, words: &Words, locale: &Locale) -> Value {
        let detail = match &self.detail {
            FaultDetail::Message(key, limit) => {
                let args = limit.map_or_else(Args::new, |limit| Args::new().number("limit", limit));
                words.text(locale, key, &args)
            }
            FaultDetail::Text(text) => text.clone(),
        };
        json!({ "pointer": self.pointer, "code": self.code, "detail": detail })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    async fn body(problem: &Problem, request_id: &str) -> Value {
        let words = Words::new().unwrap();
        let answer = problem.write(&words, words.locale("it").unwrap(), request_id);
        assert_eq!(answer.headers().get("content-type").unwrap(), PROBLEM_JSON);
        serde_json::from_slice(&to_bytes(answer.into_body()).await.unwrap()).unwrap()
    }

    // R-TEN-01: nothing in the body tells a foreign thing from a missing one.
    #[actix_web::test]
    async fn not_found_is_the_same_bytes_each_time() {
        let problem = Problem::not_found();
        assert_eq!(body(&problem, "req_A").await, body(&problem, "req_B").await);
    }

    #[actix_web::test]
    async fn a_server_error_keeps_its_cause_to_itself() {
        let text = body(&Problem::internal("password=hunter2"), "req_A")
            .await
            .to_string();
        assert!(!text.contains("hunter2"));
        assert!(text.contains("/requests/req_A"));
    }

    #[actix_web::test]
    async fn fields_are_listed_in_the_readers_language() {
        let fault = Fault::limit("/name", "too_long", "field-too-long", 200);
        let document = body(&Problem::field(fault), "req_A").await;
        assert_eq!(document["status"], 422);
        assert_eq!(document["detail"], "Un campo non è valido.");
        assert_eq!(document["errors"][0]["pointer"], "/name");
        assert_eq!(
            document["errors"][0]["detail"],
            "Questo valore è troppo lungo: sono ammessi al massimo 200 caratteri."
        );
    }
}
