//! Requests to the provider, and what their outcomes mean.
//!
//! The one question that matters is whether something may have happened. A request that changes
//! something and whose answer was lost, or came as 5xx, or makes no sense, is `outcome-unknown`; the
//! house then looks the charge up. Only what provably did not happen is `unavailable`.

pub use crate::bindings::alvara::payment::http::{
    Auth, BasicAuth, HeaderAuth, HttpError, OauthAuth, QueryAuth, Request, Response,
};
use crate::{Answer, ErrorKind, Fault, HttpHeader, Json, PluginError, encode, host, text};

/// How long one request may take. A call may hold several.
const TIMEOUT_MS: u32 = 10_000;

/// Whether a request changes something at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only looks.
    Reads,
    /// It changes something; the host notes it before it leaves.
    Changes,
}

/// A request in the making.
#[derive(Debug)]
pub struct Call(Request);

impl Call {
    /// A request. What is not `GET` changes something, until [`Call::effect`] says otherwise.
    #[must_use]
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self(Request {
            method: method.to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            auth: Auth::None,
            client_cert: None,
            timeout_ms: TIMEOUT_MS,
            mutating: method != "GET",
        })
    }

    /// A look.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// Which secrets the host puts where.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.0.auth = auth;
        self
    }

    /// The client certificate to present.
    #[must_use]
    pub fn cert(mut self, name: Option<&str>) -> Self {
        self.0.client_cert = name.map(str::to_owned);
        self
    }

    /// A header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0.headers.push(HttpHeader {
            name: name.to_owned(),
            value: value.to_owned(),
        });
        self
    }

    /// A JSON body.
    #[must_use]
    pub fn json(mut self, body: &Json) -> Self {
        self.0.body = body.bytes();
        self.header("content-type", "application/json")
    }

    /// A form's body.
    #[must_use]
    pub fn form(mut self, pairs: &[(String, String)]) -> Self {
        self.0.body = encode::form(pairs).into_bytes();
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    /// Says that a request of a changing method changes nothing, or the other way round.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.0.mutating = effect == Effect::Changes;
        self
    }

    /// Sends it.
    ///
    /// # Errors
    /// When there is no answer; see the module's words.
    pub fn send(self) -> Answer<Reply> {
        let effect = if self.0.mutating {
            Effect::Changes
        } else {
            Effect::Reads
        };
        host::send(&self.0)
            .map(|response| Reply { response, effect })
            .map_err(|error| lost(error, effect))
    }
}

fn lost(error: HttpError, effect: Effect) -> PluginError {
    let kind = match error {
        HttpError::HostNotAllowed => ErrorKind::InvalidConfig,
        HttpError::BadRequest => ErrorKind::Internal,
        HttpError::Dns
        | HttpError::Connect
        | HttpError::Tls
        | HttpError::TimeoutBeforeSend
        | HttpError::BudgetExhausted => ErrorKind::Unavailable,
        HttpError::TimeoutAfterSend if effect == Effect::Reads => ErrorKind::Unavailable,
        HttpError::TooLarge if effect == Effect::Reads => ErrorKind::Malformed,
        HttpError::TimeoutAfterSend | HttpError::TooLarge => ErrorKind::OutcomeUnknown,
        HttpError::AuthFailed => ErrorKind::Unauthenticated,
    };
    Fault::of(kind, format!("no answer from the provider: {error:?}"))
}

/// What the provider answered.
#[derive(Debug)]
pub struct Reply {
    response: Response,
    effect: Effect,
}

impl Reply {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status
    }

    /// Whether it is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.response.status)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// `malformed`; for a request that changed something and succeeded `outcome-unknown`, because
    /// it did happen.
    pub fn json(&self) -> Answer<Json> {
        Json::parse(&self.response.body).map_err(|error| {
            if self.effect == Effect::Changes && self.is_success() {
                PluginError {
                    kind: ErrorKind::OutcomeUnknown,
                    ..error
                }
            } else {
                error
            }
        })
    }

    /// The body, whatever it is, for a look at an error that may be no JSON.
    #[must_use]
    pub fn json_or_null(&self) -> Json {
        Json::parse(&self.response.body).unwrap_or_default()
    }

    /// The first header of a name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.response.headers, name)
    }

    /// Turns a refusal into the contract's error. `code` and `message` are the provider's.
    #[must_use]
    pub fn refused(&self, code: Option<&str>, message: &str) -> PluginError {
        let kind = match (self.response.status, self.effect) {
            (401, _) => ErrorKind::Unauthenticated,
            (403, _) => ErrorKind::Permission,
            (404 | 410, _) => ErrorKind::NotFound,
            (409, _) => ErrorKind::Conflict,
            (423 | 425 | 429, _) => ErrorKind::RateLimited,
            (400..=499, _) => ErrorKind::InvalidRequest,
            // The provider failed while it worked: who knows how far it came.
            (500..=599, Effect::Changes) => ErrorKind::OutcomeUnknown,
            (500..=599, Effect::Reads) => ErrorKind::Unavailable,
            // Neither success nor refusal: a redirect is answered, not followed.
            (_, Effect::Changes) => ErrorKind::OutcomeUnknown,
            (_, Effect::Reads) => ErrorKind::Malformed,
        };
        let seconds = self
            .header("retry-after")
            .and_then(|value| value.trim().parse::<u64>().ok());
        PluginError {
            psp_code: code.map(|code| text::within(code, 64)),
            http_status: Some(self.response.status),
            retry_after_ms: seconds.map(|seconds| seconds.saturating_mul(1000)),
            ..Fault::of(kind, text::within(message, 300))
        }
    }
}

/// The first header of a name, in whatever case.
#[must_use]
pub fn header<'a>(headers: &'a [HttpHeader], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.as_str())
}
