//! Where a request knocked.

use actix_web::HttpRequest;
use actix_web::http::header::HOST;
use alvara_tenants::{Gate, HostTenant};

use crate::frame::Context;
use crate::problem::{Kind, Problem};

/// The tenant that the host name leads to; a name that leads nowhere is 404.
///
/// The name comes from the request itself and never from a forwarding header: a proxy in front
/// passes `Host` on, and what it does not pass on a stranger may write.
pub(crate) async fn knocked_at(gate: &Gate, request: &HttpRequest) -> Result<HostTenant, Problem> {
    let named = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => request
            .headers()
            .get(HOST)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default(),
    };
    let host = gate.resolve_host(named).await?;
    let context = Context::of(request);
    // A program is answered alike whatever the brand; only a page bears its face.
    if context.reads_pages() && host != HostTenant::Unknown {
        context.set_brand(gate.brand(&host).await?);
    }
    match &host {
        HostTenant::Unknown => Err(Problem::new(Kind::UnknownHost)),
        HostTenant::Tenant(tenant) => {
            context.set_tenant(tenant);
            Ok(host)
        }
        HostTenant::Shared => Ok(host),
    }
}
