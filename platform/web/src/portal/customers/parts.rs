//! What belongs to a customer: the people one may write to, and its sites.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::id::{ContactId, NodeId, SiteId};
use alvara_render::page::{FieldKind, FieldView, FormPage, FormView, Link};
use alvara_store::{Db, customers};
use alvara_tenants::permissions::CustomerUpdate;

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::customers as interface;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/customers/{id}/contacts/new")
                .get(new_contact)
                .post(add_contact),
        )
        .service(web::resource("/customers/{id}/contacts/{contact}/remove").post(remove_contact))
        .service(
            web::resource("/customers/{id}/sites/new")
                .get(new_site)
                .post(add_site),
        )
        .service(web::resource("/customers/{id}/sites/{site}/remove").post(remove_site));
}

/// A form of something that is added to a customer.
fn page(desk: &Desk, id: NodeId, what: &str, fields: Vec<FieldView>) -> FormPage {
    let tell = desk.tell();
    let home = format!("/customers/{id}");
    let title = tell.word(&format!("customers-new-{what}"));
    FormPage {
        form: FormView::new(desk.request().path(), title.clone(), fields)
            .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        title,
        back: Some(Link::new(home, tell.word("customers-one"))),
        ..FormPage::default()
    }
}

fn contact_page(desk: &Desk, id: NodeId) -> FormPage {
    let tell = desk.tell();
    let fields = vec![
        FieldView::text("name", tell.word("customers-name"))
            .required()
            .autocomplete("name"),
        FieldView::new(FieldKind::Email, "email", tell.word("customers-email")),
        FieldView::new(FieldKind::Tel, "phone", tell.word("customers-phone")),
        FieldView::text("purpose", tell.word("customers-purpose"))
            .hint(tell.word("customers-purpose-hint")),
    ];
    page(desk, id, "contact", fields)
}

fn site_page(desk: &Desk, id: NodeId) -> FormPage {
    let tell = desk.tell();
    let fields = vec![
        FieldView::text("name", tell.word("customers-name")).required(),
        FieldView::text("address", tell.word("customers-address")),
    ];
    page(desk, id, "site", fields)
}

/// A form is shown only of a customer that is there.
async fn known(caller: &Caller<CustomerUpdate>, id: NodeId, db: &Db) -> Result<(), Problem> {
    let found = db
        .read(&caller.scope, move |tx| customers::find_status(tx, id))
        .await?;
    found.map(|_| ()).ok_or_else(Problem::not_found)
}

async fn new_contact(
    desk: Desk,
    caller: Caller<CustomerUpdate>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    known(&caller, id, &db).await?;
    desk.show(&contact_page(&desk, id))
}

async fn add_contact(
    desk: Desk,
    caller: Caller<CustomerUpdate>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let made = match entry.read() {
        Ok(body) => interface::add_contact(caller, Segments(id), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/customers/{id}#contacts"), "contact-added")),
        Err(problem) => desk.retry(contact_page(&desk, id), &entry, problem),
    }
}

async fn remove_contact(
    desk: Desk,
    caller: Caller<CustomerUpdate>,
    Segments((id, contact)): Segments<(NodeId, ContactId)>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::remove_contact(caller, Segments((id, contact)), db).await?;
    Ok(desk.done(&format!("/customers/{id}#contacts"), "contact-removed"))
}

async fn new_site(
    desk: Desk,
    caller: Caller<CustomerUpdate>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    known(&caller, id, &db).await?;
    desk.show(&site_page(&desk, id))
}

async fn add_site(
    desk: Desk,
    caller: Caller<CustomerUpdate>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let made = match entry.read() {
        Ok(body) => interface::add_site(caller, Segments(id), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/customers/{id}#sites"), "site-added")),
        Err(problem) => desk.retry(site_page(&desk, id), &entry, problem),
    }
}

async fn remove_site(
    desk: Desk,
    caller: Caller<CustomerUpdate>,
    Segments((id, site)): Segments<(NodeId, SiteId)>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::remove_site(caller, Segments((id, site)), db).await?;
    Ok(desk.done(&format!("/customers/{id}#sites"), "site-removed"))
}
