//! The portals: pages for people, drawn by the server, usable without a script.
//!
//! A page reads through the store and is shown by a template of `alvara-render`; a form is read by
//! [`entry::Entry`] into the very body that the interface takes, and handed to the interface's own
//! handler: so a page can do nothing that the interface refuses, and both say the same about it.
//! Who sees which menu follows from permissions, never from the name of a role alone.

mod account;
mod approvals;
mod assets;
mod batches;
mod branding;
mod commissions;
mod customers;
pub(crate) mod desk;
mod entry;
mod home;
mod legal;
mod licenses;
mod listing;
mod machines;
mod nav;
mod operations;
mod pay;
mod payments;
mod plugins;
mod products;
mod public;
mod renewals;
mod rules;
mod search;
mod settings;
mod sign_in;
mod team;
mod tell;
mod tenants;
mod upload;
mod views;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::middleware::Compress;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_render::page::{Link, Page};
use serde::Serialize;

use crate::caller::recognize;
use crate::frame::Context;
use crate::problem::{Kind, Problem};
use crate::serve::nowhere;
use desk::Desk;

/// Addresses that are the interface's, whatever the reader accepts.
const INTERFACE: [&str; 7] = [
    "/api/",
    "/problems",
    "/.well-known/",
    "/hooks/",
    "/healthz",
    "/readyz",
    "/assets/",
];

/// Every page. The last to be asked: what no page answers is answered here.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::scope("")
            .wrap(Compress::default())
            .configure(assets::routes)
            .configure(sign_in::routes)
            .configure(home::routes)
            .configure(legal::routes)
            .configure(pay::routes)
            .configure(public::routes)
            .configure(account::routes)
            .configure(machines::routes)
            .configure(payments::routes)
            .configure(products::routes)
            .configure(tenants::routes)
            .configure(plugins::routes)
            .configure(operations::routes)
            .configure(commissions::routes)
            .configure(search::routes)
            .configure(approvals::routes)
            .configure(batches::routes)
            .configure(licenses::routes)
            .configure(renewals::routes)
            .configure(views::routes)
            .configure(customers::routes)
            .configure(team::routes)
            .configure(settings::routes)
            .configure(branding::routes)
            .default_service(web::to(no_page)),
    );
}

/// There is no such page, which is said under the face of the house whose host it is.
async fn no_page(request: HttpRequest) -> Result<HttpResponse, Problem> {
    if is_shown(&Context::of(&request), request.path()) {
        recognize(&request).await?;
    }
    nowhere().await
}

/// Whether a problem at this address is shown as a page.
pub(crate) fn is_shown(context: &Context, path: &str) -> bool {
    context.reads_pages() && !INTERFACE.iter().any(|start| path.starts_with(start))
}

/// What went wrong, as a page.
#[derive(Serialize)]
struct ProblemPage {
    title: String,
    badge: Option<()>,
    back: Option<Link>,
    intro: Option<String>,
    detail: String,
    faults: Vec<String>,
    request: String,
}

impl Page for ProblemPage {
    const TEMPLATE: &'static str = "problem";
}

/// A problem as a page. Who is not signed in is sent to where that is done.
pub(crate) fn problem(http: &HttpRequest, problem: &Problem) -> HttpResponse {
    let Ok(desk) = Desk::at(http) else {
        return HttpResponse::new(problem.kind().status());
    };
    if problem.kind() == Kind::Unauthenticated {
        let next = form_urlencoded::byte_serialize(desk.here().as_bytes()).collect::<String>();
        let place = match *http.method() {
            actix_web::http::Method::GET => format!("/login?next={next}"),
            _ => "/login".to_owned(),
        };
        return HttpResponse::SeeOther()
            .insert_header((LOCATION, place))
            .finish();
    }
    let tell = desk.tell();
    let page = ProblemPage {
        title: tell.word(problem.kind().title_key()),
        badge: None,
        back: None,
        intro: None,
        detail: desk.sentence(problem),
        faults: desk.fault_sentences(problem),
        request: Context::of(http).request_id().to_owned(),
    };
    let mut answer = desk
        .answer(problem.kind().status(), &page)
        .unwrap_or_else(|_| HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR));
    problem.add_headers(answer.headers_mut(), tell.locale());
    answer
}
