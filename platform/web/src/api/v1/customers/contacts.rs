//! The people one may call or write to at a customer.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::AppError;
use alvara_app::customer::{self, ContactChange, NewContact};
use alvara_domain::customer::Contact;
use alvara_domain::id::{ContactId, NodeId};
use alvara_domain::time::UtcTime;
use alvara_store::{Db, TenantTx, contacts};
use alvara_tenants::permissions::{CustomerRead, CustomerUpdate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Params, Segments, Text, nullable};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

/// Somebody at a customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactView {
    #[schema(value_type = Id)]
    id: ContactId,
    name: String,
    email: Option<String>,
    phone: String,
    /// For what one asks them.
    purpose: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        Self {
            id: contact.id,
            name: contact.name,
            email: contact.email,
            phone: contact.phone,
            purpose: contact.purpose,
            created_at: contact.created_at,
            updated_at: contact.updated_at,
        }
    }
}

/// Somebody to call or write to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactBody {
    #[schema(example = "Beatriz Lima")]
    name: Text<1, 200>,
    email: Option<Text<3, 254>>,
    phone: Option<Text<0, 40>>,
    /// For what one asks them.
    #[schema(example = "billing")]
    purpose: Option<Text<0, 100>>,
}

impl ContactBody {
    pub(crate) fn read(self) -> NewContact {
        let text = |text: Option<String>| text.unwrap_or_default();
        NewContact {
            name: self.name.into_string(),
            email: self.email.map(Text::into_string),
            phone: text(self.phone.map(Text::into_string)),
            purpose: text(self.purpose.map(Text::into_string)),
        }
    }
}

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactPatch {
    name: Option<Text<1, 200>>,
    /// Null takes the address away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<Text<3, 254>>>,
    phone: Option<Text<0, 40>>,
    purpose: Option<Text<0, 100>>,
}

/// Lists the contacts of a customer.
#[utoipa::path(get, path = "/customers/{id}/contacts", tag = "customers", operation_id = "list_contacts", params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of contacts.", body = Listed<ContactView>)))]
pub(crate) async fn list_contacts(
    caller: Caller<CustomerRead>,
    Segments(id): Segments<NodeId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| contacts::list(tx, id, &page))
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::of(found, ContactView::from)))
}

/// Adds a contact to a customer.
#[utoipa::path(post, path = "/customers/{id}/contacts", tag = "customers", operation_id = "add_contact", params(("id" = Id, Path)),
    request_body = ContactBody, responses((status = 201, description = "Added.", body = ContactView)))]
pub(crate) async fn add_contact(
    caller: Caller<CustomerUpdate>,
    Segments(id): Segments<NodeId>,
    Json(body): Json<ContactBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let new = body.read();
    let contact = db
        .write(&caller.scope, move |tx| customer::add_contact(tx, id, &new))
        .await?;
    let location = format!("/api/v1/customers/{id}/contacts/{}", contact.id);
    Ok(answer::created_version(
        &location,
        contact.version,
        &ContactView::from(contact),
    ))
}

/// Changes a contact.
#[utoipa::path(patch, path = "/customers/{id}/contacts/{contact_id}", tag = "customers", operation_id = "update_contact",
    params(("id" = Id, Path), ("contact_id" = Id, Path)), request_body = ContactPatch,
    responses((status = 200, description = "Changed.", body = ContactView)))]
pub(crate) async fn update_contact(
    caller: Caller<CustomerUpdate>,
    Segments((id, contact_id)): Segments<(NodeId, ContactId)>,
    if_match: IfMatch,
    Json(body): Json<ContactPatch>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = ContactChange {
        name: body.name.map(Text::into_string),
        email: body.email.map(|email| email.map(Text::into_string)),
        phone: body.phone.map(Text::into_string),
        purpose: body.purpose.map(Text::into_string),
    };
    let work = move |tx: &mut TenantTx<'_>| {
        let present = contacts::find(tx, id, contact_id)?.ok_or(AppError::NotFound("contact"))?;
        customer::update_contact(
            tx,
            id,
            contact_id,
            if_match.against(present.version),
            &change,
        )
    };
    let contact = db.write(&caller.scope, work).await?;
    Ok(answer::version(
        contact.version,
        &ContactView::from(contact),
    ))
}

/// Removes a contact.
#[utoipa::path(delete, path = "/customers/{id}/contacts/{contact_id}", tag = "customers", operation_id = "remove_contact",
    params(("id" = Id, Path), ("contact_id" = Id, Path)),
    responses((status = 204, description = "Removed.")))]
pub(crate) async fn remove_contact(
    caller: Caller<CustomerUpdate>,
    Segments((id, contact_id)): Segments<(NodeId, ContactId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    db.write(&caller.scope, move |tx| {
        customer::remove_contact(tx, id, contact_id)
    })
    .await?;
    Ok(answer::gone())
}
