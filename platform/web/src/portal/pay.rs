//! The page on which somebody pays an order without signing in, by a link that they were sent.
//!
//! The link names the order and nothing else, to nobody but us; it ends by itself. Who has it may see
//! what is paid for, with the customer's name masked, and pay: the charge is made, asked about and
//! gone on with by the very use cases of the interface. Everything works without a script; with one
//! the page follows the charge and says by itself when it was paid.

mod act;
mod draw;
mod live;
mod panel;
mod papers;
mod signed_in;
mod state;

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, HttpRequest};
use alvara_app::Platform;
use alvara_app::billing::offer::payment_path;
use alvara_domain::id::{OrderId, TenantId};
use alvara_store::Scope;

use crate::caller::{gate_of, origin_of};
use crate::frame::Context;
use crate::host::knocked_at;
use crate::problem::Problem;

pub(super) use draw::masked;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/pay/{token}").get(draw::show))
        .service(web::resource("/pay/{token}/charge").post(act::charge))
        .service(web::resource("/pay/{token}/check").post(act::check))
        .service(web::resource("/pay/{token}/back").get(act::back))
        .service(web::resource("/pay/{token}/events").get(live::follow))
        .service(web::resource("/pay/{token}/qr/{charge}.svg").get(papers::code))
        .service(web::resource("/pay/{token}/bars/{charge}.svg").get(papers::bars))
        .service(web::resource("/pay/{token}/slip/{charge}.pdf").get(papers::slip))
        .service(web::resource("/pay/{token}/paper/{invoice}.pdf").get(papers::paper))
        .service(web::resource("/pay/{token}/calendar.ics").get(papers::calendar))
        .configure(signed_in::routes);
}

/// The path of the page on which an order of a tenant is paid without signing in.
///
/// # Errors
/// When the vault fails, as 500.
pub(crate) fn link(
    platform: &Platform,
    tenant: TenantId,
    order: OrderId,
) -> Result<String, Problem> {
    let now = platform.db().clock().now();
    Ok(payment_path(platform, (tenant, order), now)?)
}

/// Somebody who came by a link.
struct Payment {
    /// What the link holds; the page's own addresses begin with it.
    token: String,
    /// In which the order is shown and paid.
    scope: Scope,
    /// The one order.
    order: OrderId,
}

impl Payment {
    /// The address of the page.
    fn path(&self) -> String {
        format!("/pay/{}", self.token)
    }

    /// The address of the page with a method chosen.
    fn path_by(&self, method: &str) -> String {
        format!("{}?m={method}", self.path())
    }
}

impl FromRequest for Payment {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let gate = gate_of(&request)?;
            let host = knocked_at(&gate, &request).await?;
            let token = request.match_info().get("token").unwrap_or_default();
            let payer = gate.payer(&host, token, &origin_of(&request)).await?;
            let payer = payer.ok_or_else(Problem::not_found)?;
            Context::of(&request).set_actor("payer");
            Ok(Self {
                token: token.to_owned(),
                scope: payer.scope,
                order: payer.order,
            })
        })
    }
}
