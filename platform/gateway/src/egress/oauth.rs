//! Tokens of client credentials (RFC 6749 §4.4), which the host fetches and keeps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64;
use hyper::Method;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use openssl::sha::Sha256;
use serde::Deserialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::exchange::Outgoing;
use super::target::{Target, percent};
use super::{Egress, Trouble};
use crate::account::ClientCertificate;
use crate::manifest::OauthStyle;
use crate::services::Place;

/// A token is not used in its last minute.
const MARGIN: Duration = Duration::from_secs(60);
/// How long one lives that does not say.
const USUAL_SECONDS: u64 = 300;
/// No token's answer is longer.
const LONGEST_ANSWER: usize = 64 * 1024;

/// One token for each account, profile and credentials.
#[derive(PartialEq, Eq, Hash, Clone)]
pub(crate) struct TokenKey([u8; 32]);

/// How to get one.
pub(crate) struct Credentials<'a> {
    pub(crate) place: &'a Place,
    pub(crate) profile: &'a str,
    pub(crate) target: Target,
    pub(crate) style: OauthStyle,
    pub(crate) scope: Option<&'a str>,
    pub(crate) client_id: &'a [u8],
    pub(crate) client_secret: &'a [u8],
    pub(crate) cert: Option<&'a ClientCertificate>,
    pub(crate) deadline: Instant,
}

impl Credentials<'_> {
    /// Other credentials, another address or another scope make another token.
    pub(crate) fn key(&self) -> TokenKey {
        let mut hash = Sha256::new();
        let authority = self.target.authority();
        for part in [
            self.place.tenant.as_bytes(),
            self.place.account.as_bytes(),
            self.place.plugin.as_bytes(),
            self.profile.as_bytes(),
            authority.as_bytes(),
            self.target.path_and_query.as_bytes(),
            self.scope.unwrap_or("").as_bytes(),
            self.client_id,
            self.client_secret,
        ] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        TokenKey(hash.finish())
    }
}

struct Token {
    text: Zeroizing<String>,
    until: Instant,
}

/// A place for one token. Who fetches it holds it, so the others wait for that one.
type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

/// The tokens of the process.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<HashMap<TokenKey, Slot>>);

/// More than this many, and those that are out of date go.
const MANY: usize = 4096;

impl Tokens {
    fn slot(&self, key: &TokenKey) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() > MANY {
            let now = Instant::now();
            slots.retain(|_, slot| {
                slot.try_lock().map_or(true, |token| {
                    token.as_ref().is_some_and(|it| it.until > now)
                })
            });
        }
        Arc::clone(slots.entry(key.clone()).or_default())
    }

    /// Forgets a token that the provider refused, unless another has taken its place.
    pub(crate) async fn forget(&self, key: &TokenKey, refused: &str) {
        let slot = self.slot(key);
        let mut held = slot.lock().await;
        if held.as_ref().is_some_and(|token| *token.text == refused) {
            *held = None;
        }
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<Seconds>,
}

/// Some providers write the number as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u64),
    Text(String),
}

impl Seconds {
    fn count(&self) -> u64 {
        match self {
            Self::Number(count) => *count,
            Self::Text(text) => text.parse().unwrap_or(USUAL_SECONDS),
        }
    }
}

impl Egress {
    /// The token for these credentials, from memory or from the provider.
    pub(crate) async fn token(
        &self,
        credentials: &Credentials<'_>,
    ) -> Result<Zeroizing<String>, Trouble> {
        let slot = self.tokens.slot(&credentials.key());
        let mut held = tokio::time::timeout_at(credentials.deadline, slot.lock())
            .await
            .map_err(|_| Trouble::BeforeSend)?;
        if let Some(token) = held.as_ref().filter(|token| token.until > Instant::now()) {
            return Ok(token.text.clone());
        }
        *held = None;
        let (text, lifetime) = self.fetch_token(credentials).await?;
        *held = Some(Token {
            text: text.clone(),
            until: Instant::now() + lifetime.saturating_sub(MARGIN),
        });
        Ok(text)
    }

    /// Whatever goes wrong here, the request itself has not left.
    async fn fetch_token(
        &self,
        credentials: &Credentials<'_>,
    ) -> Result<(Zeroizing<String>, Duration), Trouble> {
        let (headers, body) = token_request(credentials)?;
        let outgoing = Outgoing {
            target: &credentials.target,
            method: Method::POST,
            headers,
            body,
            cert: credentials.cert,
            longest_answer: LONGEST_ANSWER,
            deadline: credentials.deadline,
        };
        let answer = self
            .exchange(outgoing, || ())
            .await
            .map_err(|trouble| match trouble {
                Trouble::AfterSend | Trouble::BeforeSend => Trouble::BeforeSend,
                Trouble::TooLarge | Trouble::BadRequest => Trouble::AuthFailed,
                other => other,
            })?;
        let body = Zeroizing::new(answer.body);
        if !answer.status.is_success() {
            // Busy or broken is no refusal of the credentials.
            return Err(if answer.status.is_server_error() || answer.status == 429 {
                Trouble::BeforeSend
            } else {
                Trouble::AuthFailed
            });
        }
        let granted: Granted = serde_json::from_slice(&body).map_err(|_| Trouble::AuthFailed)?;
        let seconds = granted
            .expires_in
            .map_or(USUAL_SECONDS, |seconds| seconds.count())
            .min(86_400);
        Ok((
            Zeroizing::new(granted.access_token),
            Duration::from_secs(seconds),
        ))
    }
}

fn token_request(credentials: &Credentials<'_>) -> Result<(HeaderMap, Bytes), Trouble> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let mut form = Zeroizing::new("grant_type=client_credentials".to_owned());
    if let Some(scope) = credentials.scope {
        form.push_str("&scope=");
        form.push_str(&percent(scope.as_bytes()));
    }
    let id = Zeroizing::new(percent(credentials.client_id));
    let secret = Zeroizing::new(percent(credentials.client_secret));
    let mut content = "application/x-www-form-urlencoded";
    match credentials.style {
        OauthStyle::Basic => {
            // RFC 6749 §2.3.1: both are encoded as in a form before they are joined.
            let pair = Zeroizing::new(format!("{}:{}", *id, *secret));
            headers.insert(AUTHORIZATION, basic(pair.as_bytes())?);
        }
        OauthStyle::Form => {
            form.push_str("&client_id=");
            form.push_str(&id);
            form.push_str("&client_secret=");
            form.push_str(&secret);
        }
        OauthStyle::Json => {
            content = "application/json";
            let text = |bytes: &[u8]| {
                std::str::from_utf8(bytes)
                    .map(str::to_owned)
                    .map_err(|_| Trouble::AuthFailed)
            };
            let mut fields = serde_json::Map::new();
            fields.insert("grant_type".into(), "client_credentials".into());
            fields.insert("client_id".into(), text(credentials.client_id)?.into());
            fields.insert(
                "client_secret".into(),
                text(credentials.client_secret)?.into(),
            );
            if let Some(scope) = credentials.scope {
                fields.insert("scope".into(), scope.into());
            }
            form = Zeroizing::new(serde_json::Value::Object(fields).to_string());
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content));
    Ok((headers, Bytes::copy_from_slice(form.as_bytes())))
}

/// `Basic …` of a pair, marked as sensitive.
pub(crate) fn basic(pair: &[u8]) -> Result<HeaderValue, Trouble> {
    let text = Zeroizing::new(format!("Basic {}", BASE64.encode(pair)));
    sensitive(text.as_bytes())
}

/// A header value that no debug output shows.
pub(crate) fn sensitive(text: &[u8]) -> Result<HeaderValue, Trouble> {
    let mut value = HeaderValue::from_bytes(text).map_err(|_| Trouble::AuthFailed)?;
    value.set_sensitive(true);
    Ok(value)
}
