//! Requests of a guest.

use bytes::Bytes;
use hyper::Method;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, SET_COOKIE, USER_AGENT};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::{Host, Reach, Stop};
use crate::account::ClientCertificate;
use crate::egress::Trouble;
use crate::egress::exchange::{Incoming, Outgoing};
use crate::egress::oauth::{Credentials, TokenKey, basic, sensitive};
use crate::egress::target::Target;
use crate::manifest::Use;
use crate::services::JournalEntry;
use crate::v1::http::{self, Auth, HttpError, Request, Response};
use crate::v1::types::HttpHeader;

const LONGEST_BODY: usize = 1 << 20;
const LONGEST_ANSWER: usize = 4 << 20;
const MOST_HEADERS: usize = 64;
const LONGEST_HEADERS: usize = 16 * 1024;

/// Headers that are the host's own business: who we are, where it goes, and how long it is. A guest
/// that could set them could say one thing to us and another to the provider.
const OURS: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

impl From<Trouble> for HttpError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::HostNotAllowed => Self::HostNotAllowed,
            Trouble::BadRequest => Self::BadRequest,
            Trouble::Dns => Self::Dns,
            Trouble::Connect => Self::Connect,
            Trouble::Tls => Self::Tls,
            Trouble::BeforeSend => Self::TimeoutBeforeSend,
            Trouble::AfterSend => Self::TimeoutAfterSend,
            Trouble::TooLarge => Self::TooLarge,
            Trouble::AuthFailed => Self::AuthFailed,
        }
    }
}

/// A request that was looked at and may leave.
struct Ready {
    target: Target,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
    cert: Option<ClientCertificate>,
    changes: bool,
    deadline: Instant,
    /// The profile whose token is put on it.
    profile: Option<String>,
}

impl http::Host for Host {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, HttpError>> {
        if self.reach == Reach::Nowhere || self.http_left == 0 {
            return Ok(Err(HttpError::BudgetExhausted));
        }
        self.http_left -= 1;
        let ready = match self.look_at(request) {
            Ok(ready) => ready,
            Err(trouble) => return Ok(Err(trouble.into())),
        };
        let answer = self.send_ready(&ready).await?;
        Ok(answer
            .map(|incoming| self.response(incoming))
            .map_err(HttpError::from))
    }
}

impl Host {
    /// Everything that can be refused without asking anybody.
    fn look_at(&mut self, request: Request) -> Result<Ready, Trouble> {
        let loopback = self.egress.allows_loopback();
        let mut target = Target::granted(&request.url, &self.powers.hosts, loopback)?;
        let method = match request.method.as_str() {
            "GET" => Method::GET,
            "HEAD" => Method::HEAD,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            _ => return Err(Trouble::BadRequest),
        };
        // A guest cannot call a change harmless. GET and HEAD are so by HTTP's own rule (RFC 9110
        // §9.2.1); a POST may be a search, so there its word counts, but not in a call that may only
        // look.
        let looks = matches!(method.as_str(), "GET" | "HEAD");
        let searches = method == Method::POST && self.reach == Reach::Change;
        let changes = request.mutating || !(looks || searches);
        if changes && self.reach != Reach::Change {
            return Err(Trouble::BadRequest);
        }
        if request.body.len() > LONGEST_BODY {
            return Err(Trouble::TooLarge);
        }
        let mut headers = guest_headers(&request.headers)?;
        let profile = self.authorise(&request.auth, &mut headers, &mut target)?;
        let cert = match &request.client_cert {
            None => None,
            Some(name) => Some(self.certificate(name)?.clone()),
        };
        let body = match &self.veil {
            Some(veil) => veil.lift(request.body),
            None => request.body,
        };
        Ok(Ready {
            target,
            method,
            headers,
            body: Bytes::from(body),
            cert,
            changes,
            deadline: self.request_deadline(request.timeout_ms),
            profile,
        })
    }

    fn certificate(&self, name: &str) -> Result<&ClientCertificate, Trouble> {
        if !self.powers.may_present(name) {
            return Err(Trouble::AuthFailed);
        }
        self.call.account.certs.get(name).ok_or(Trouble::AuthFailed)
    }

    fn auth_secret(&self, name: &str) -> Result<&[u8], Trouble> {
        if !self.powers.may_use(name, Use::Auth) {
            return Err(Trouble::AuthFailed);
        }
        self.call
            .account
            .secrets
            .get(name)
            .ok_or(Trouble::AuthFailed)
    }

    /// Puts the credentials on a request. Returns the profile whose token is still missing.
    fn authorise(
        &mut self,
        auth: &Auth,
        headers: &mut HeaderMap,
        target: &mut Target,
    ) -> Result<Option<String>, Trouble> {
        match auth {
            Auth::None => {}
            Auth::Bearer(name) => {
                let value = bearer(self.auth_secret(name)?)?;
                headers.insert(AUTHORIZATION, value);
            }
            Auth::Basic(pair) => {
                let mut joined = Zeroizing::new(self.auth_secret(&pair.user_secret)?.to_vec());
                // RFC 7617: a colon in the user's name would move the border.
                if joined.contains(&b':') {
                    return Err(Trouble::AuthFailed);
                }
                joined.push(b':');
                joined.extend_from_slice(self.auth_secret(&pair.password_secret)?);
                headers.insert(AUTHORIZATION, basic(&joined)?);
                self.blotter.add(&joined);
            }
            Auth::Headers(list) => {
                if list.len() > 8 {
                    return Err(Trouble::BadRequest);
                }
                for entry in list {
                    let name = HeaderName::from_bytes(entry.header.as_bytes())
                        .map_err(|_| Trouble::BadRequest)?;
                    // The guest may not write beside it what the host writes.
                    if headers.contains_key(&name)
                        || name != AUTHORIZATION && OURS.contains(&name.as_str())
                    {
                        return Err(Trouble::BadRequest);
                    }
                    let mut value = Zeroizing::new(entry.prefix.clone().into_bytes());
                    value.extend_from_slice(self.auth_secret(&entry.secret)?);
                    headers.insert(name, sensitive(&value)?);
                }
            }
            Auth::Oauth(oauth) => {
                self.powers
                    .oauth(&oauth.profile)
                    .ok_or(Trouble::AuthFailed)?;
                if let Some(query) = &oauth.query {
                    target.add_query(&query.param, self.auth_secret(&query.secret)?);
                }
                return Ok(Some(oauth.profile.clone()));
            }
        }
        Ok(None)
    }

    async fn send_ready(&mut self, ready: &Ready) -> wasmtime::Result<Result<Incoming, Trouble>> {
        let mut headers = ready.headers.clone();
        let mut held = None;
        if let Some(profile) = &ready.profile {
            match self.put_token(profile, ready, &mut headers).await {
                Ok(token) => held = Some(token),
                Err(trouble) => return Ok(Err(trouble)),
            }
        }
        if ready.changes {
            self.note(ready).await?;
        }
        let first = self.exchange(ready, headers.clone()).await;
        let (Some((key, token)), Ok(answer)) = (held, &first) else {
            return Ok(first);
        };
        if answer.status != 401 {
            return Ok(first);
        }
        self.egress.tokens.forget(&key, &token).await;
        // A provider that says 401 has most likely done nothing; most likely is not enough to send a
        // change a second time.
        if ready.changes || self.http_left == 0 {
            return Ok(first);
        }
        self.http_left -= 1;
        let profile = ready.profile.as_deref().unwrap_or_default();
        match self.put_token(profile, ready, &mut headers).await {
            Ok(_) => Ok(self.exchange(ready, headers).await),
            Err(trouble) => Ok(Err(trouble)),
        }
    }

    async fn exchange(&self, ready: &Ready, headers: HeaderMap) -> Result<Incoming, Trouble> {
        let outgoing = Outgoing {
            target: &ready.target,
            method: ready.method.clone(),
            headers,
            body: ready.body.clone(),
            cert: ready.cert.as_ref(),
            longest_answer: LONGEST_ANSWER,
            deadline: ready.deadline,
        };
        let trail = &self.trail;
        self.egress
            .exchange(outgoing, || {
                if ready.changes {
                    trail.note_change();
                }
            })
            .await
    }

    /// Fetches or remembers a profile's token and puts it on the request.
    async fn put_token(
        &mut self,
        name: &str,
        ready: &Ready,
        headers: &mut HeaderMap,
    ) -> Result<(TokenKey, Zeroizing<String>), Trouble> {
        let profile = self.powers.oauth(name).ok_or(Trouble::AuthFailed)?;
        let account = &self.call.account;
        let url = profile
            .address(account.environment, &account.config)
            .ok_or(Trouble::AuthFailed)?;
        let loopback = self.egress.allows_loopback();
        let credentials = Credentials {
            place: &self.place,
            profile: name,
            target: Target::granted(url, &self.powers.hosts, loopback)?,
            style: profile.style,
            scope: profile.scope.as_deref(),
            client_id: self.auth_secret(&profile.client_id)?,
            client_secret: self.auth_secret(&profile.client_secret)?,
            cert: match &profile.cert {
                None => None,
                Some(cert) => Some(self.certificate(cert)?),
            },
            deadline: ready.deadline,
        };
        let token = self.egress.token(&credentials).await?;
        let key = credentials.key();
        headers.insert(AUTHORIZATION, bearer(token.as_bytes())?);
        self.blotter.add(token.as_bytes());
        Ok((key, token))
    }

    /// Notes a change before it leaves.
    async fn note(&self, ready: &Ready) -> wasmtime::Result<()> {
        let entry = JournalEntry {
            place: self.place.clone(),
            idempotency_key: self.call.idempotency_key.clone(),
            method: ready.method.to_string(),
            host: ready.target.authority(),
            path: ready.target.path().to_owned(),
            at: self.now(),
        };
        Ok(self
            .call
            .services
            .journal(entry)
            .await
            .map_err(Stop::Host)?)
    }

    /// What the guest sees of an answer.
    fn response(&self, incoming: Incoming) -> Response {
        let mut body = incoming.body;
        self.blotter.bytes(&mut body);
        let headers = incoming
            .headers
            .iter()
            .filter(|(name, _)| **name != SET_COOKIE)
            .map(|(name, value)| HttpHeader {
                name: name.as_str().to_owned(),
                value: self.blotter.text(
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    usize::MAX,
                ),
            })
            .collect();
        Response {
            status: incoming.status.as_u16(),
            headers,
            body,
        }
    }
}

fn bearer(token: &[u8]) -> Result<HeaderValue, Trouble> {
    let mut text = Zeroizing::new(b"Bearer ".to_vec());
    text.extend_from_slice(token);
    sensitive(&text)
}

/// The headers that a guest may set. The types refuse line breaks and names that are no tokens.
fn guest_headers(list: &[HttpHeader]) -> Result<HeaderMap, Trouble> {
    let total: usize = list
        .iter()
        .map(|header| header.name.len() + header.value.len())
        .sum();
    if list.len() > MOST_HEADERS || total > LONGEST_HEADERS {
        return Err(Trouble::TooLarge);
    }
    let mut headers = HeaderMap::new();
    for header in list {
        let name =
            HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| Trouble::BadRequest)?;
        if OURS.contains(&name.as_str()) {
            return Err(Trouble::BadRequest);
        }
        let value =
            HeaderValue::from_bytes(header.value.as_bytes()).map_err(|_| Trouble::BadRequest)?;
        headers.append(name, value);
    }
    // Some providers refuse a request of nobody.
    headers
        .entry(USER_AGENT)
        .or_insert(HeaderValue::from_static("alvara"));
    Ok(headers)
}
