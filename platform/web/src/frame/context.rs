//! What is known about a request before anybody is authenticated.

use std::cell::{Cell, OnceCell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ACCEPT_LANGUAGE, HeaderMap};
use actix_web::{HttpMessage, HttpRequest};
use alvara_domain::node::Tenant;
use alvara_render::{Locale, Words};
use alvara_tenants::{Brand, HostTenant, Principal};
use data_encoding::BASE32_NOPAD;

use crate::problem::Problem;
use crate::rate::{Level, Taken};

/// A request's id, address and language, and what is learned about it on the way.
pub(crate) struct Context {
    request_id: String,
    address: IpAddr,
    accept_language: Option<String>,
    tenant_locale: OnceCell<String>,
    tenant: OnceCell<Arc<Tenant>>,
    brand: OnceCell<Arc<Brand>>,
    arrival: OnceCell<(HostTenant, Principal)>,
    chosen_locale: OnceCell<String>,
    reads_pages: bool,
    level: Cell<Option<Level>>,
    actor: RefCell<Option<String>>,
}

impl Context {
    pub(super) fn new(address: IpAddr, headers: &HeaderMap) -> Self {
        let accept_language = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        Self {
            request_id: new_request_id(),
            address,
            accept_language,
            tenant_locale: OnceCell::new(),
            tenant: OnceCell::new(),
            brand: OnceCell::new(),
            arrival: OnceCell::new(),
            chosen_locale: OnceCell::new(),
            reads_pages: headers
                .get(ACCEPT)
                .and_then(|value| value.to_str().ok())
                .is_some_and(|value| value.contains("text/html")),
            level: Cell::new(None),
            actor: RefCell::new(None),
        }
    }

    /// The context that the frame attached. A route outside of the frame would be a defect of the
    /// assembly; it gets a context of its own rather than a panic.
    pub(crate) fn of(request: &HttpRequest) -> Rc<Self> {
        if let Some(context) = request.extensions().get::<Rc<Self>>() {
            return Rc::clone(context);
        }
        let unknown = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
        let context = Rc::new(Self::new(unknown, request.headers()));
        request.extensions_mut().insert(Rc::clone(&context));
        context
    }

    /// The id under which the log knows this request; also the header `x-request-id`.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The client's address behind trusted proxies.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    /// Says in which language the tenant speaks, for readers who ask for none we know.
    pub(crate) fn set_tenant_locale(&self, tag: &str) {
        // The first tenant found for a request is its tenant.
        let _ = self.tenant_locale.set(tag.to_owned());
    }

    /// The tenant whose host name was knocked at.
    pub(crate) fn tenant(&self) -> Option<&Arc<Tenant>> {
        self.tenant.get()
    }

    /// Says whose host name was knocked at.
    pub(crate) fn set_tenant(&self, tenant: &Arc<Tenant>) {
        self.set_tenant_locale(&tenant.locale);
        let _ = self.tenant.set(Arc::clone(tenant));
    }

    /// Whose face a page bears.
    pub(crate) fn brand(&self) -> Option<&Arc<Brand>> {
        self.brand.get()
    }

    /// Says whose face a page bears, and in which language it speaks.
    pub(crate) fn set_brand(&self, brand: Arc<Brand>) {
        self.set_tenant_locale(&brand.locale);
        let _ = self.brand.set(brand);
    }

    /// Who was authenticated, and where.
    pub(crate) fn arrival(&self) -> Option<&(HostTenant, Principal)> {
        self.arrival.get()
    }

    /// Keeps who was authenticated, for what surrounds a page.
    pub(crate) fn set_arrival(&self, host: &HostTenant, principal: &Principal) {
        let _ = self.arrival.set((host.clone(), principal.clone()));
    }

    /// Whether the reader is a browser that shows pages, and no program.
    pub(crate) fn reads_pages(&self) -> bool {
        self.reads_pages
    }

    /// Says which language a person chose on a page.
    pub(crate) fn choose_locale(&self, tag: &str) {
        let _ = self.chosen_locale.set(tag.to_owned());
    }

    /// The language of a page: the one chosen on it, else the member's own, else the tenant's, else
    /// what the browser prefers.
    pub(crate) fn page_locale(&self, words: &Words) -> Locale {
        let member = self
            .arrival
            .get()
            .and_then(|(_, principal)| principal.member()?.locale.as_deref());
        let tags = [
            self.chosen_locale.get().map(String::as_str),
            member,
            self.tenant_locale.get().map(String::as_str),
        ];
        tags.into_iter()
            .flatten()
            .find_map(|tag| words.locale(tag))
            .cloned()
            .unwrap_or_else(|| words.negotiate(self.accept_language.as_deref(), None))
    }

    /// The language of the answer.
    pub(crate) fn locale(&self, words: &Words) -> Locale {
        words.negotiate(
            self.accept_language.as_deref(),
            self.tenant_locale.get().map(String::as_str),
        )
    }

    /// Says who was authenticated, for the log.
    pub(crate) fn set_actor(&self, actor: impl Into<String>) {
        *self.actor.borrow_mut() = Some(actor.into());
    }

    /// Notes a rate bucket for the headers of the answer, and fails when it was empty.
    pub(crate) fn note(&self, taken: Taken) -> Result<(), Problem> {
        if let Some(level) = taken.level {
            let scarcest = self.level.get().map_or(level, |known| known.scarcer(level));
            self.level.set(Some(scarcest));
        }
        taken.refused.map_or(Ok(()), Err)
    }

    pub(super) fn level(&self) -> Option<Level> {
        self.level.get()
    }

    /// One line in the log and one observation for Prometheus. Paths are logged, queries are not:
    /// they may hold what is nobody's business. Metrics know the route only, never an id.
    pub(super) fn observe(&self, request: &HttpRequest, status: StatusCode, started: Instant) {
        let elapsed = started.elapsed();
        let route = request
            .match_pattern()
            .unwrap_or_else(|| "(none)".to_owned());
        let method = request.method().as_str();
        let labels = [
            ("method", method_label(method).to_owned()),
            ("route", route.clone()),
            ("status", status.as_u16().to_string()),
        ];
        metrics::counter!("http_requests_total", &labels).increment(1);
        metrics::histogram!("http_request_duration_seconds", "route" => route.clone())
            .record(elapsed.as_secs_f64());
        tracing::info!(
            request.id = self.request_id,
            method,
            route,
            status = status.as_u16(),
            duration_ms = elapsed.as_secs_f64() * 1000.0,
            client.address = %self.address,
            actor = self.actor.borrow().as_deref().unwrap_or("-"),
            "request"
        );
    }
}

/// Methods are a label; a stranger must not be able to invent more of them.
fn method_label(method: &str) -> &'static str {
    match method {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Unique, and long enough that nobody meets another's by trying.
fn new_request_id() -> String {
    let mut bytes = [0_u8; 15];
    if openssl::rand::rand_bytes(&mut bytes).is_err() {
        // Without randomness nothing that matters works, and the vault says so; a request id is
        // only a name in a log.
        return "req_unknown".to_owned();
    }
    format!("req_{}", BASE32_NOPAD.encode(&bytes))
}
