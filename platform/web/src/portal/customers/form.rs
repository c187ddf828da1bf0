//! The form that adds a customer.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_render::page::{Choice, FieldKind, FieldView, FormPage, FormView, Link};
use alvara_store::Db;
use alvara_tenants::permissions::CustomerCreate;

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::customers as interface;
use crate::body::Json;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/customers/new").get(new).post(create));
}

/// The empty form. A customer comes under whoever adds it.
fn page(desk: &Desk) -> FormPage {
    let tell = desk.tell();
    let parent = desk
        .principal()
        .map(|principal| principal.node().to_string())
        .unwrap_or_default();
    let person = ["company", "person"]
        .map(|value| Choice::new(value, tell.value("person-kind", &value), "company"));
    let fields = vec![
        FieldView::hidden("parent_id", parent),
        FieldView::text("name", tell.word("customers-name"))
            .required()
            .autocomplete("organization"),
        FieldView::select("person", tell.word("customers-person"), person.into()).required(),
        FieldView::text("tax_id", tell.word("customers-tax-id"))
            .hint(tell.word("customers-tax-id-hint")),
        FieldView::new(FieldKind::Email, "email", tell.word("customers-email"))
            .hint(tell.word("customers-email-hint")),
        FieldView::new(FieldKind::Tel, "phone", tell.word("customers-phone")),
        FieldView::new(FieldKind::Area, "notes", tell.word("customers-notes")),
    ];
    let back = Link::new("/customers", tell.word("nav-customers"));
    FormPage {
        title: tell.word("customers-new"),
        form: FormView::new("/customers/new", tell.word("customers-add"), fields)
            .cancel(Link::new("/customers", tell.word("portal-cancel"))),
        back: Some(back),
        ..FormPage::default()
    }
}

async fn new(desk: Desk, caller: Caller<CustomerCreate>) -> Result<HttpResponse, Problem> {
    let _ = caller;
    desk.show(&page(&desk))
}

async fn create(
    desk: Desk,
    caller: Caller<CustomerCreate>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let made = match entry.read() {
        Ok(body) => interface::create(caller, Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(answer) => Ok(desk.done(&desk.place_of(&answer), "customer-added")),
        Err(problem) => {
            let mut page = page(&desk);
            let status = desk.again(&mut page.form, &entry, problem)?;
            desk.answer(status, &page)
        }
    }
}
