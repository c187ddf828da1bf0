//! Requests as somebody outside sends them, and what came back.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;

use crate::actor::Signature;

/// A request that is being put together; awaiting it sends it.
#[must_use = "a request is sent when it is awaited"]
pub struct Ask {
    client: Client,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    signature: Option<Signature>,
}

impl Ask {
    /// A request to `base`, under `host`. A path that does not begin with a slash lies below `/api/v1/`.
    pub(crate) fn new(client: &Client, method: Method, base: &str, host: &str, path: &str) -> Self {
        let url = if path.starts_with('/') {
            format!("{base}{path}")
        } else {
            format!("{base}/api/v1/{path}")
        };
        let ask = Self {
            client: client.clone(),
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            signature: None,
        };
        ask.header("host", host)
    }

    pub(crate) fn signed(mut self, signature: Signature) -> Self {
        self.signature = Some(signature);
        self
    }

    /// A header more; an earlier one of the name goes.
    ///
    /// # Panics
    /// When it can be no header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header's value");
        self.headers.insert(name, value);
        self
    }

    /// `Authorization: Bearer …`, in place of the actor's own.
    pub fn bearer(mut self, secret: &str) -> Self {
        self.signature = None;
        self.header("authorization", &format!("Bearer {secret}"))
    }

    /// `If-Match` with the tag of an answer.
    ///
    /// # Panics
    /// When the answer bore none.
    pub fn if_match(self, answer: &Answer) -> Self {
        let tag = answer
            .header("etag")
            .expect("an answer with an ETag")
            .to_owned();
        self.header("if-match", &tag)
    }

    /// `Idempotency-Key`.
    pub fn once(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// A JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().into_bytes())
    }

    /// A form, as the token endpoint reads it.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let encode = |text: &str| {
            text.bytes()
                .map(|byte| match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                        char::from(byte).to_string()
                    }
                    other => format!("%{other:02X}"),
                })
                .collect::<String>()
        };
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        self.bytes(
            "application/x-www-form-urlencoded",
            pairs.join("&").into_bytes(),
        )
    }

    /// Any body.
    pub fn bytes(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", content_type)
    }

    /// Sends it to somebody who may die of it: nothing, when no whole answer came.
    pub async fn tried(self) -> Option<Answer> {
        self.exchange().await.ok()
    }

    async fn send(self) -> Answer {
        let what = format!("{} {}", self.method, self.url);
        let exchanged = self.exchange().await;
        exchanged.unwrap_or_else(|error| panic!("{what}: {error:?}"))
    }

    /// Sends it and reads the answer as it comes.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn opened(self) -> Stream {
        let what = format!("{} {}", self.method, self.url);
        let response = self.begin().await;
        Stream {
            response: response.unwrap_or_else(|error| panic!("{what}: {error:?}")),
            said: Vec::new(),
        }
    }

    async fn begin(mut self) -> Result<reqwest::Response, reqwest::Error> {
        if let Some(signature) = self.signature.take() {
            let secret = signature.secret().await;
            self = self.bearer(&secret);
        }
        let mut request = self
            .client
            .request(self.method, &self.url)
            .headers(self.headers);
        if let Some(body) = self.body {
            request = request.body(body);
        }
        request.send().await
    }

    async fn exchange(self) -> Result<Answer, reqwest::Error> {
        let what = format!("{} {}", self.method, self.url);
        let response = self.begin().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?;
        let answer = Answer {
            what,
            status,
            headers,
            body: body.to_vec(),
        };
        answer.check();
        Ok(answer)
    }
}

impl IntoFuture for Ask {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// An answer that goes on coming.
pub struct Stream {
    response: reqwest::Response,
    said: Vec<u8>,
}

impl Stream {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// A header of the answer.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// Reads on until this was said.
    ///
    /// # Panics
    /// When the answer ends before.
    pub async fn until(&mut self, wanted: &str) {
        while !String::from_utf8_lossy(&self.said).contains(wanted) {
            let more = self.more().await;
            let said = String::from_utf8_lossy(&self.said);
            assert!(more, "{wanted} was never said: {said}");
        }
    }

    /// Reads to the end; answers all that was said.
    ///
    /// # Panics
    /// When it is broken off, or is no text.
    pub async fn whole(mut self) -> String {
        while self.more().await {}
        String::from_utf8(self.said).expect("text")
    }

    async fn more(&mut self) -> bool {
        let part = self.response.chunk().await.expect("the answer goes on");
        self.said.extend(part.iter().flatten());
        part.is_some()
    }
}

/// What came back.
#[derive(Clone)]
pub struct Answer {
    what: String,
    /// The HTTP status.
    pub status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// What holds for every answer whatsoever, so no test has to say it: nothing of ours breaks,
    /// and an error of the API is a problem document.
    fn check(&self) {
        assert!(self.status < 500 || self.status == 503, "{self:?}");
        assert!(
            self.header("x-request-id").is_some(),
            "no x-request-id: {self:?}"
        );
        if let (400.., Some(members)) = (self.status, dialect_of(&self.what)) {
            let body = self.json();
            let found: Vec<&String> = body.as_object().expect("an object").keys().collect();
            assert_eq!(found, members, "{self:?}");
            let said = |name: &&str| body[*name].as_str().is_none_or(|text| !text.is_empty());
            assert!(members.iter().all(said), "{self:?}");
            return;
        }
        // The token endpoint speaks RFC 6749, which has errors of its own.
        if self.status >= 400 && self.what.contains("/api/v1/") && self.json()["error"].is_null() {
            assert_eq!(
                self.header("content-type"),
                Some("application/problem+json"),
                "{self:?}"
            );
            let problem = self.json();
            for member in ["type", "title", "detail", "code", "instance"] {
                assert!(
                    problem[member]
                        .as_str()
                        .is_some_and(|text| !text.is_empty()),
                    "{member}: {self:?}"
                );
            }
            assert_eq!(problem["status"], self.status, "{self:?}");
        }
    }

    /// The answer, if it has this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// The answer, if it is this problem.
    ///
    /// # Panics
    /// When it is another, or none.
    #[track_caller]
    pub fn refuse(self, status: u16, code: &str) -> Self {
        assert_eq!(
            (self.status, self.code().as_str()),
            (status, code),
            "{self:?}"
        );
        self
    }

    /// A member of a JSON answer, such as `["license"]["id"]`, by pointer.
    ///
    /// # Panics
    /// When it is not there or no text.
    #[track_caller]
    #[must_use]
    pub fn text(&self, pointer: &str) -> String {
        match self.json().pointer(pointer).and_then(Value::as_str) {
            Some(text) => text.to_owned(),
            None => panic!("no text at {pointer}: {self:?}"),
        }
    }

    /// The id at the root.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    #[must_use]
    pub fn id(&self) -> String {
        self.text("/id")
    }

    /// The problem's or the dialect's code; empty when there is none.
    #[must_use]
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The pointers of the fields at fault.
    #[must_use]
    pub fn pointers(&self) -> Vec<String> {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let faults = body["errors"].as_array().cloned().unwrap_or_default();
        faults
            .iter()
            .filter_map(|fault| fault["pointer"].as_str().map(str::to_owned))
            .collect()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body as it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body as text.
    #[must_use]
    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Every value of a header that may stand more than once.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
    }
}

/// The members of a refusal below a dialect's addresses, in the order of the alphabet; `None` where
/// the canonical interface answers. `what` is a method and a URL.
fn dialect_of(what: &str) -> Option<&'static [&'static str]> {
    let (_, path) = what.split_once("/api/")?;
    let mut nouns = path.split(['/', '?']);
    match nouns.next()? {
        "license" | "check-license" | "update" => Some(&["code", "error", "success"]),
        "licenze" | "clienti" | "admin" | "statistiche" => Some(&["codice", "esito", "messaggio"]),
        "v1" => match nouns.next()? {
            "auth" | "clientes" | "maquinas" | "licencas" | "uploads" => {
                Some(&["codigo", "detail"])
            }
            _ => None,
        },
        _ => None,
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = self.body().chars().take(2000).collect();
        write!(f, "{} answered {}: {body}", self.what, self.status)
    }
}
