//! Customers: who holds licenses, with their contacts and sites.

mod contacts;
mod sites;
mod status;
mod view;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppError;
use alvara_app::customer::{
    CustomerChange, CustomerDetails, NewCustomer, TypedTaxId, create_customer, update_customer,
};
use alvara_domain::customer::{CustomerStatus, CustomerTier, PersonKind};
use alvara_domain::id::NodeId;
use alvara_domain::tax_id::TaxIdKind;
use alvara_store::customers::{self, CustomerFilter};
use alvara_store::page::Deleted;
use alvara_store::{Db, TenantTx, audit};
use alvara_tenants::permissions::{CustomerCreate, CustomerRead, CustomerUpdate};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

pub(crate) use contacts::{
    __path_add_contact, __path_list_contacts, __path_remove_contact, __path_update_contact,
    add_contact, list_contacts, remove_contact, update_contact,
};
pub(crate) use sites::{
    __path_add_site, __path_list_sites, __path_remove_site, __path_update_site, SiteBody, add_site,
    list_sites, remove_site, update_site,
};
pub(crate) use status::{
    __path_block, __path_cancel, __path_reinstate, __path_suspend, __path_unblock, __path_validate,
    block, cancel, reinstate, suspend, unblock, validate,
};
pub(crate) use view::{AddressBody, AddressView, CustomerView};

use super::audit::EntryView;
use super::program::customer_registrations;
use crate::answer;
use crate::body::{Json, Params, Segments, Text, nullable};
use crate::caller::Caller;
use crate::list::{Listed, PageParams, page_request};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::Id;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/customers").get(list).post(create))
        // Before the ids: this one is for everybody.
        .service(web::resource("/customers/registrations").post(customer_registrations::create))
        .service(web::resource("/customers/{id}").get(get).patch(update))
        .service(web::resource("/customers/{id}/history").get(history))
        .service(web::resource("/customers/{id}/validation").post(validate))
        .service(
            web::resource("/customers/{id}/suspension")
                .post(suspend)
                .delete(reinstate),
        )
        .service(
            web::resource("/customers/{id}/block")
                .post(block)
                .delete(unblock),
        )
        .service(web::resource("/customers/{id}/cancellation").post(cancel))
        .service(
            web::resource("/customers/{id}/contacts")
                .get(list_contacts)
                .post(add_contact),
        )
        .service(
            web::resource("/customers/{id}/contacts/{contact_id}")
                .patch(update_contact)
                .delete(remove_contact),
        )
        .service(
            web::resource("/customers/{id}/sites")
                .get(list_sites)
                .post(add_site),
        )
        .service(
            web::resource("/customers/{id}/sites/{site_id}")
                .patch(update_site)
                .delete(remove_site),
        );
}

/// A customer to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerBody {
    /// The place it comes under.
    #[schema(value_type = Id)]
    parent_id: NodeId,
    #[schema(example = "Padaria Aurora")]
    name: Text<1, 200>,
    #[schema(example = "contato@aurora.example")]
    email: Option<Text<3, 254>>,
    /// `company`, unless it is a `person`.
    #[schema(value_type = Option<String>)]
    person: Option<PersonKind>,
    legal_name: Option<Text<0, 200>>,
    /// CPF, CNPJ or partita IVA, however it is written.
    #[schema(example = "12.ABC.345/01DE-35")]
    tax_id: Option<Text<1, 40>>,
    /// `cpf`, `cnpj` or `piva`; found out when left out.
    #[schema(value_type = Option<String>)]
    tax_id_kind: Option<TaxIdKind>,
    phone: Option<Text<0, 40>>,
    address: Option<AddressBody>,
    /// `free`, `basic`, `pro` or `enterprise`.
    #[schema(value_type = Option<String>)]
    tier: Option<CustomerTier>,
    multi_site: Option<bool>,
    multi_user: Option<bool>,
    notes: Option<Text<0, 2000>>,
}

impl CustomerBody {
    pub(crate) fn read(self) -> NewCustomer {
        let text = |text: Option<String>| text.unwrap_or_default();
        let kind = self.tax_id_kind;
        NewCustomer {
            parent_id: self.parent_id,
            name: self.name.into_string(),
            email: self.email.map(Text::into_string),
            details: CustomerDetails {
                person: self.person,
                legal_name: text(self.legal_name.map(Text::into_string)),
                tax_id: self.tax_id.map(|number| TypedTaxId {
                    kind,
                    number: number.into_string(),
                }),
                phone: text(self.phone.map(Text::into_string)),
                address: self.address.map(AddressBody::read),
                tier: self.tier,
                multi_site: self.multi_site.unwrap_or_default(),
                multi_user: self.multi_user.unwrap_or_default(),
                notes: text(self.notes.map(Text::into_string)),
            },
        }
    }
}

/// What to change of a customer; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerPatch {
    name: Option<Text<1, 200>>,
    /// Null takes the address away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<Text<3, 254>>>,
    /// `person` or `company`.
    #[schema(value_type = Option<String>)]
    person: Option<PersonKind>,
    legal_name: Option<Text<0, 200>>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    tax_id: Option<Option<Text<1, 40>>>,
    /// `cpf`, `cnpj` or `piva`; found out when left out.
    #[schema(value_type = Option<String>)]
    tax_id_kind: Option<TaxIdKind>,
    phone: Option<Text<0, 40>>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AddressBody>)]
    address: Option<Option<AddressBody>>,
    /// `free`, `basic`, `pro` or `enterprise`.
    #[schema(value_type = Option<String>)]
    tier: Option<CustomerTier>,
    multi_site: Option<bool>,
    multi_user: Option<bool>,
    notes: Option<Text<0, 2000>>,
}

impl CustomerPatch {
    fn read(self) -> CustomerChange {
        let kind = self.tax_id_kind;
        let typed = |number: Text<1, 40>| TypedTaxId {
            kind,
            number: number.into_string(),
        };
        CustomerChange {
            name: self.name.map(Text::into_string),
            email: self.email.map(|email| email.map(Text::into_string)),
            person: self.person,
            legal_name: self.legal_name.map(Text::into_string),
            tax_id: self.tax_id.map(|number| number.map(typed)),
            phone: self.phone.map(Text::into_string),
            address: self.address.map(|address| address.map(AddressBody::read)),
            tier: self.tier,
            multi_site: self.multi_site,
            multi_user: self.multi_user,
            notes: self.notes.map(Text::into_string),
        }
    }
}

/// Which customers.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CustomerParams {
    /// Directly under this place only.
    #[param(value_type = Option<String>)]
    parent_id: Option<NodeId>,
    /// `pending`, `validated`, `suspended`, `blocked` or `cancelled`.
    #[param(value_type = Option<String>)]
    status: Option<CustomerStatus>,
    /// `free`, `basic`, `pro` or `enterprise`.
    #[param(value_type = Option<String>)]
    tier: Option<CustomerTier>,
    /// The one with this number, however it is written.
    #[param(value_type = Option<String>, max_length = 40)]
    tax_id: Option<Text<1, 40>>,
    /// Those with this address, of their own or registered with.
    #[param(value_type = Option<String>, max_length = 254)]
    email: Option<Text<1, 254>>,
    /// Part of name, legal name, address, tax number or phone.
    #[param(value_type = Option<String>, max_length = 100)]
    q: Option<Text<0, 100>>,
    /// `only` or `with`: customers whose place was deleted.
    #[param(value_type = Option<String>)]
    deleted: Option<Deleted>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the customers the caller sees.
#[utoipa::path(get, path = "/customers", tag = "customers", operation_id = "list_customers", params(CustomerParams),
    responses((status = 200, description = "A page of customers.", body = Listed<CustomerView>)))]
pub(crate) async fn list(
    caller: Caller<CustomerRead>,
    Params(params): Params<CustomerParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let bare = |sign: &char| sign.is_ascii_alphanumeric();
    let filter = CustomerFilter {
        status: params.status,
        tier: params.tier,
        parent: params.parent_id,
        tax_id: params.tax_id.map(|typed| {
            let typed = typed.as_str().to_ascii_uppercase();
            let number: String = typed.chars().filter(bare).collect();
            number.strip_prefix("IT").unwrap_or(&number).to_owned()
        }),
        email: params.email.map(|email| email.as_str().to_lowercase()),
        search: params.q.map(Text::into_string),
        deleted: params.deleted.unwrap_or_default(),
        ..CustomerFilter::default()
    };
    let found = db
        .read(&caller.scope, move |tx| customers::list(tx, &filter, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, CustomerView::from)))
}

/// Adds a customer and its place in the tree. It is validated: whoever adds it vouches for it.
#[utoipa::path(post, path = "/customers", tag = "customers", operation_id = "create_customer", request_body = CustomerBody,
    responses((status = 201, description = "Added.", body = CustomerView)))]
pub(crate) async fn create(
    caller: Caller<CustomerCreate>,
    Json(body): Json<CustomerBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let new = body.read();
    let placed = db
        .write(&caller.scope, move |tx| create_customer(tx, &new))
        .await?;
    let location = format!("/api/v1/customers/{}", placed.node.id);
    Ok(answer::created_version(
        &location,
        placed.customer.version,
        &CustomerView::from(placed),
    ))
}

/// Shows a customer.
#[utoipa::path(get, path = "/customers/{id}", tag = "customers", operation_id = "get_customer", params(("id" = Id, Path)),
    responses((status = 200, description = "The customer.", body = CustomerView)))]
pub(crate) async fn get(
    caller: Caller<CustomerRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| customers::find(tx, id))
        .await?;
    let placed = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(
        placed.customer.version,
        &CustomerView::from(placed),
    ))
}

/// Changes a customer. How it stands is decided by calls of their own.
#[utoipa::path(patch, path = "/customers/{id}", tag = "customers", operation_id = "update_customer", params(("id" = Id, Path)),
    request_body = CustomerPatch, responses((status = 200, description = "Changed.", body = CustomerView)))]
pub(crate) async fn update(
    caller: Caller<CustomerUpdate>,
    Segments(id): Segments<NodeId>,
    if_match: IfMatch,
    Json(body): Json<CustomerPatch>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = body.read();
    let work = move |tx: &mut TenantTx<'_>| {
        let present = customers::find(tx, id)?.ok_or(AppError::NotFound("customer"))?;
        update_customer(tx, id, if_match.against(present.customer.version), &change)
    };
    let placed = db.write(&caller.scope, work).await?;
    Ok(answer::version(
        placed.customer.version,
        &CustomerView::from(placed),
    ))
}

/// What happened to a customer: every change, who made it, and from where. Also of a deleted one.
#[utoipa::path(get, path = "/customers/{id}/history", tag = "customers", operation_id = "customer_history", params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of its history, the newest first.", body = Listed<EntryView>)))]
pub(crate) async fn history(
    caller: Caller<CustomerRead>,
    Segments(id): Segments<NodeId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let read = move |tx: &mut TenantTx<'_>| match customers::find_status(tx, id)? {
        Some(_) => audit::list_of_node(tx, id, &page),
        None => Ok(None),
    };
    let found = db.read(&caller.scope, read).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::of(found, EntryView::from)))
}
