//! A scripted house, to try a plugin's logic by `cargo test`.
//!
//! The same functions that are the component's imports answer from here, a thread each: queued
//! answers or a provider written as a closure, secrets with their uses, and a record of what was
//! sent and logged.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use sha2::{Digest, Sha256, Sha512};

use crate::bindings::alvara::payment::http::{HttpError, Request, Response};
use crate::bindings::alvara::payment::log::Level;
use crate::bindings::alvara::payment::secrets::{Mac, SecretError};
use crate::{
    CallContext, CaptureMode, ChargeRequest, Customer, Environment, HttpHeader, InboundRequest,
    KeyValue, Source, TaxId, TaxIdKind, money, time,
};

type Provider = Box<dyn FnMut(&Request) -> Result<Response, HttpError>>;

#[derive(Default)]
struct State {
    answers: VecDeque<Result<Response, HttpError>>,
    provider: Option<Provider>,
    sent: Vec<Request>,
    secrets: BTreeMap<String, Vec<u8>>,
    kept: BTreeMap<String, Vec<u8>>,
    lines: Vec<String>,
}

thread_local! {
    static HOUSE: RefCell<State> = RefCell::default();
}

/// The house of this thread.
#[derive(Debug)]
pub struct Kit;

impl Kit {
    /// A house where nothing was scripted yet.
    #[must_use]
    pub fn new() -> Self {
        HOUSE.with_borrow_mut(|house| *house = State::default());
        Self
    }

    /// The next request is answered so.
    pub fn answer(&self, status: u16, body: impl AsRef<[u8]>) -> &Self {
        self.outcome(Ok(response(status, body)))
    }

    /// The next request ends so.
    pub fn outcome(&self, outcome: Result<Response, HttpError>) -> &Self {
        HOUSE.with_borrow_mut(|house| house.answers.push_back(outcome));
        self
    }

    /// All requests that nothing was queued for go to this provider.
    pub fn provider(
        &self,
        provider: impl FnMut(&Request) -> Result<Response, HttpError> + 'static,
    ) -> &Self {
        HOUSE.with_borrow_mut(|house| house.provider = Some(Box::new(provider)));
        self
    }

    /// The account has this secret.
    pub fn secret(&self, name: &str, value: &str) -> &Self {
        HOUSE.with_borrow_mut(|house| {
            house
                .secrets
                .insert(name.to_owned(), value.as_bytes().to_vec())
        });
        self
    }

    /// What was sent, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<Request> {
        HOUSE.with_borrow(|house| house.sent.clone())
    }

    /// What was sent as `METHOD url`, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.sent()
            .iter()
            .map(|request| format!("{} {}", request.method, request.url))
            .collect()
    }

    /// What was logged.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        HOUSE.with_borrow(|house| house.lines.clone())
    }
}

impl Default for Kit {
    fn default() -> Self {
        Self::new()
    }
}

/// A provider's answer.
#[must_use]
pub fn response(status: u16, body: impl AsRef<[u8]>) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: body.as_ref().to_vec(),
    }
}

/// What a call is told: first try, sandbox, ten in the morning UTC of 2026-11-22.
#[must_use]
pub fn context(key: &str, config: &[(&str, &str)]) -> CallContext {
    let now = time::from_rfc3339("2026-11-22T10:00:00Z").unwrap_or_default();
    CallContext {
        idempotency_key: key.to_owned(),
        attempt: 1,
        environment: Environment::Sandbox,
        now,
        deadline: now + 20_000,
        config: pairs(config),
    }
}

/// Pairs of the contract.
#[must_use]
pub fn pairs(pairs: &[(&str, &str)]) -> Vec<KeyValue> {
    pairs
        .iter()
        .map(|(key, value)| KeyValue {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        })
        .collect()
}

/// A customer with everything that a provider may want.
#[must_use]
pub fn customer() -> Customer {
    Customer {
        id: "nod_1".to_owned(),
        name: "Conceição Araújo".to_owned(),
        email: Some("conceicao@example.com.br".to_owned()),
        phone: Some("+5511987654321".to_owned()),
        tax_id: Some(TaxId {
            kind: TaxIdKind::Cpf,
            value: "12345678909".to_owned(),
        }),
        address: Some(crate::Address {
            line1: "Avenida Paulista".to_owned(),
            number: Some("1000".to_owned()),
            line2: None,
            district: Some("Bela Vista".to_owned()),
            city: "São Paulo".to_owned(),
            state: "SP".to_owned(),
            postal_code: "01310100".to_owned(),
            country: "BR".to_owned(),
        }),
    }
}

/// A charge of so much, with nothing optional but the customer.
#[must_use]
pub fn charge(method: &str, minor: i64, currency: &str) -> ChargeRequest {
    ChargeRequest {
        charge_id: "chg_01".to_owned(),
        method: method.to_owned(),
        amount: money::money(minor, currency),
        customer: Some(customer()),
        source: Source::None,
        capture: CaptureMode::Automatic,
        description: "Licença Pro, 12 meses".to_owned(),
        items: Vec::new(),
        expires_at: None,
        due: None,
        card: None,
        return_url: Some("https://pay.example.com/return".to_owned()),
        cancel_url: Some("https://pay.example.com/cancel".to_owned()),
        webhook_url: Some("https://pay.example.com/hooks/pac_1".to_owned()),
        save_for_later: false,
        metadata: Vec::new(),
    }
}

/// A webhook as it comes in.
#[must_use]
pub fn inbound(query: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> InboundRequest {
    InboundRequest {
        method: "POST".to_owned(),
        path: "/hooks/pac_1".to_owned(),
        query: query.to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| HttpHeader {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            })
            .collect(),
        body: body.as_ref().to_vec(),
        remote_ip: "203.0.113.9".to_owned(),
        client_cert_sha256: None,
    }
}

// ------------------------------------------------------------- what stands in for the imports

pub(crate) fn send(request: &Request) -> Result<Response, HttpError> {
    let (scripted, provider) = HOUSE.with_borrow_mut(|house| {
        house.sent.push(request.clone());
        let scripted = house.answers.pop_front();
        let provider = if scripted.is_none() {
            house.provider.take()
        } else {
            None
        };
        (scripted, provider)
    });
    if let Some(outcome) = scripted {
        return outcome;
    }
    // A request that the test did not foresee finds nobody there.
    let Some(mut provider) = provider else {
        return Err(HttpError::Connect);
    };
    let outcome = provider(request);
    HOUSE.with_borrow_mut(|house| house.provider = Some(provider));
    outcome
}

fn secret(name: &str) -> Result<Vec<u8>, SecretError> {
    HOUSE.with_borrow(|house| {
        house
            .secrets
            .get(name)
            .cloned()
            .ok_or(SecretError::UnknownSecret)
    })
}

fn hmac<D: Digest>(key: &[u8], block: usize, data: &[u8]) -> Vec<u8> {
    let mut padded = if key.len() > block {
        D::digest(key).to_vec()
    } else {
        key.to_vec()
    };
    padded.resize(block, 0);
    let with = |mask: u8| padded.iter().map(|byte| byte ^ mask).collect::<Vec<_>>();
    let inner = D::new()
        .chain_update(with(0x36))
        .chain_update(data)
        .finalize();
    D::new()
        .chain_update(with(0x5c))
        .chain_update(inner)
        .finalize()
        .to_vec()
}

pub(crate) fn mac_sign(name: &str, mac: Mac, data: &[u8]) -> Result<Vec<u8>, SecretError> {
    let key = secret(name)?;
    match mac {
        Mac::HmacSha256 => Ok(hmac::<Sha256>(&key, 64, data)),
        Mac::HmacSha512 => Ok(hmac::<Sha512>(&key, 128, data)),
        Mac::HmacSha1 => Err(SecretError::BadInput),
    }
}

pub(crate) fn mac_verify(
    name: &str,
    mac: Mac,
    data: &[u8],
    tag: &[u8],
) -> Result<bool, SecretError> {
    Ok(mac_sign(name, mac, data)? == tag)
}

pub(crate) fn equals(name: &str, candidate: &[u8]) -> Result<bool, SecretError> {
    Ok(secret(name)? == candidate)
}

pub(crate) fn exists(name: &str) -> bool {
    secret(name).is_ok()
}

pub(crate) fn kv_get(key: &str) -> Option<Vec<u8>> {
    HOUSE.with_borrow(|house| house.kept.get(key).cloned())
}

pub(crate) fn kv_set(key: &str, value: &[u8]) {
    HOUSE.with_borrow_mut(|house| house.kept.insert(key.to_owned(), value.to_vec()));
}

pub(crate) fn kv_claim(key: &str, value: &[u8]) -> bool {
    let is_free = kv_get(key).is_none();
    if is_free {
        kv_set(key, value);
    }
    is_free
}

pub(crate) fn kv_forget(key: &str) {
    HOUSE.with_borrow_mut(|house| house.kept.remove(key));
}

pub(crate) fn log(level: Level, message: &str) {
    HOUSE.with_borrow_mut(|house| house.lines.push(format!("{level:?} {message}")));
}
