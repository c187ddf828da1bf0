//! Somebody registers as a customer and waits to be validated.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_render::page::{FieldKind, FieldView, FormPage, FormView, Link};

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::program::customer_registrations as interface;
use crate::body::Json;
use crate::problem::Problem;
use crate::visitor::Visitor;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/signup").get(ask).post(register));
}

fn page(desk: &Desk) -> FormPage {
    let tell = desk.tell();
    let fields = vec![
        FieldView::text("name", tell.word("signup-name"))
            .required()
            .autocomplete("name"),
        FieldView::new(FieldKind::Email, "email", tell.word("signup-email"))
            .required()
            .autocomplete("email")
            .hint(tell.word("signup-email-hint")),
        FieldView::text("company", tell.word("signup-company")).autocomplete("organization"),
        FieldView::text("tax_id", tell.word("signup-tax-id")).hint(tell.word("signup-tax-id-hint")),
        FieldView::new(FieldKind::Tel, "phone", tell.word("signup-phone")).autocomplete("tel"),
    ];
    FormPage {
        title: tell.word("signup-title"),
        intro: Some(tell.word("signup-intro")),
        form: FormView::new("/signup", tell.word("signup-submit"), fields),
        links: vec![Link::new("/login", tell.word("portal-sign-in"))],
        ..FormPage::default()
    }
}

async fn ask(desk: Desk, visitor: Visitor) -> Result<HttpResponse, Problem> {
    visitor.knock.host.tenant().ok_or_else(Problem::not_found)?;
    desk.show(&page(&desk))
}

/// Registers. What is said afterwards is the same for an address that is known.
async fn register(
    desk: Desk,
    visitor: Visitor,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let _ = visitor;
    let made = match entry.read() {
        Ok(body) => interface::create(desk.request().clone(), platform, Json(body)).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done("/signup", "signup-received")),
        Err(problem) => desk.retry(page(&desk), &entry, problem),
    }
}
