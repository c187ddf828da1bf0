//! Who is calling, and what that gives them: the only way from a request to a scope.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HOST, ORIGIN};
use actix_web::{FromRequest, HttpRequest, web};
use alvara_store::{Origin, PlatformScope, Scope};
use alvara_tenants::{Credential, Gate, HostTenant, Permission, PermissionKey, Principal};

use crate::frame::Context;
use crate::host::knocked_at;
use crate::idempotency;
use crate::problem::{Kind, Problem};
use crate::rate::Rates;

/// The cookie of a portal session. The prefix makes browsers insist on `Secure`, on the path `/`
/// and on this very host, so a neighbouring host name cannot plant one.
pub(crate) const SESSION_COOKIE: &str = "__Host-session";

/// Somebody who may use permission `P` within one tenant.
pub(crate) struct Caller<P> {
    /// What they may see and change. It bears the idempotency claim of the request, if any.
    pub(crate) scope: Scope,
    /// Who they are.
    pub(crate) principal: Principal,
    permission: PhantomData<P>,
}

/// Somebody of the operator's who may use permission `P` across tenants.
pub(crate) struct Operator<P> {
    /// Leave to work across tenants, bearing the idempotency claim of the request, if any.
    pub(crate) scope: PlatformScope,
    permission: PhantomData<P>,
}

type Finding<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl<P: Permission> FromRequest for Caller<P> {
    type Error = Problem;
    type Future = Finding<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let gate = gate_of(&request)?;
            let origin = origin_of(&request);
            let (host, principal) = authenticated(&gate, &request, &origin).await?;
            let scope = gate.authorize::<P>(&principal, &host, &origin)?;
            let asker = principal.actor().to_string();
            let scope = idempotency::bear(&request, &gate, scope, &asker).await?;
            Ok(Self {
                scope,
                principal,
                permission: PhantomData,
            })
        })
    }
}

impl<P: Permission> FromRequest for Operator<P> {
    type Error = Problem;
    type Future = Finding<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let gate = gate_of(&request)?;
            let origin = origin_of(&request);
            let (_, principal) = authenticated(&gate, &request, &origin).await?;
            let scope = gate.platform::<P>(&principal, &origin)?;
            let asker = principal.actor().to_string();
            // The claim is kept in the operator's own tenant, where the caller has a place.
            let home = gate.scope_for(
                PermissionKey::AccountRead,
                &principal,
                &HostTenant::Shared,
                &origin,
            )?;
            let scope = match idempotency::claim(&request, &gate, &home, &asker).await? {
                Some(claim) => scope.with_claim(home.tenant(), claim),
                None => scope,
            };
            Ok(Self {
                scope,
                permission: PhantomData,
            })
        })
    }
}

/// Somebody signed in, for what concerns nobody but themselves.
pub(crate) struct SignedIn {
    /// Who they are.
    pub(crate) principal: Principal,
    /// Where from, for the audit chain.
    pub(crate) origin: Origin,
}

impl FromRequest for SignedIn {
    type Error = Problem;
    type Future = Finding<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let gate = gate_of(&request)?;
            let origin = origin_of(&request);
            let (_, principal) = authenticated(&gate, &request, &origin).await?;
            let home = gate.scope_for(
                PermissionKey::AccountRead,
                &principal,
                &HostTenant::Shared,
                &origin,
            );
            let asker = principal.actor().to_string();
            idempotency::claim(&request, &gate, &home?, &asker).await?;
            Ok(Self { principal, origin })
        })
    }
}

/// The gate of this process.
pub(crate) fn gate_of(request: &HttpRequest) -> Result<Gate, Problem> {
    request
        .app_data::<web::Data<Gate>>()
        .map(|gate| Gate::clone(gate))
        .ok_or_else(|| Problem::internal("the gate is not part of the assembly"))
}

/// Where the request comes from, as the audit chain keeps it.
pub(crate) fn origin_of(request: &HttpRequest) -> Origin {
    let context = Context::of(request);
    Origin::new(&context.address().to_string(), context.request_id())
}

/// Finds out who is signed in where a page asks nobody to be, for the menu around it. It refuses
/// nobody: whoever is unknown sees the page without one.
pub(crate) async fn recognise(request: &HttpRequest) {
    if !Context::of(request).reads_pages() || request.cookie(SESSION_COOKIE).is_none() {
        return;
    }
    let Ok(gate) = gate_of(request) else { return };
    if let Err(problem) = authenticated(&gate, request, &origin_of(request)).await {
        tracing::debug!(
            code = problem.kind().code(),
            "a page is shown to a stranger"
        );
    }
}

async fn authenticated(
    gate: &Gate,
    request: &HttpRequest,
    origin: &Origin,
) -> Result<(HostTenant, Principal), Problem> {
    let host = knocked_at(gate, request).await?;
    let principal = match bearer(request) {
        Some(secret) => {
            gate.authenticate(&host, Credential::Bearer(secret), origin)
                .await?
        }
        None => {
            let cookie = session(request).ok_or_else(|| Problem::new(Kind::Unauthenticated))?;
            gate.authenticate(&host, Credential::Session(&cookie), origin)
                .await?
        }
    };
    let context = Context::of(request);
    let actor = principal.actor().to_string();
    // Only now: a bucket named by an unverified token would be the attacker's to choose.
    if let Some(rates) = request.app_data::<web::Data<Rates>>() {
        context.note(rates.credential(&actor))?;
    }
    context.set_actor(actor);
    context.set_arrival(&host, &principal);
    Ok((host, principal))
}

/// What follows `Bearer ` in the header `Authorization`.
pub(crate) fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The secret of the session cookie. A browser sends cookies along with requests that another
/// site caused; so for a write it counts only when the browser says that the request is ours.
fn session(request: &HttpRequest) -> Option<String> {
    let cookie = request.cookie(SESSION_COOKIE)?;
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    (reads || is_same_origin(request)).then(|| cookie.value().to_owned())
}

pub(crate) fn is_same_origin(request: &HttpRequest) -> bool {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if let Some(site) = header("sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = header(ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, authority)| header(HOST.as_str()) == Some(authority))
}
