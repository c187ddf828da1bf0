//! `/admin/clienti`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::AppError;
use alvara_app::customer::{
    CustomerChange, CustomerDetails, NewContact, NewCustomer, TypedTaxId, add_contact,
    create_customer, decide, update_customer,
};
use alvara_app::tenancy::delete_node;
use alvara_domain::customer::{Contact, CustomerStatus};
use alvara_domain::id::NodeId;
use alvara_domain::tax_id::TaxIdKind;
use alvara_store::customers::{self, NumberedFilter, Placed};
use alvara_store::numbered::PageNumber;
use alvara_store::{Db, TenantTx, contacts, nodes};
use alvara_tenants::permissions::{CustomerCreate, CustomerRead, CustomerUpdate, NodeDelete};
use serde::{Deserialize, Serialize};

use super::super::body::Sent;
use super::super::counted::page;
use super::super::standing::decision;
use super::Elenco;
use super::words::StatoCliente;
use crate::answer;
use crate::body::{Params, Segments, Text, nullable};
use crate::caller::Caller;
use crate::problem::{Fault, Problem};

/// A customer.
#[derive(Serialize)]
struct Cliente {
    id: NodeId,
    nome: String,
    stato_cliente: StatoCliente,
    multi_sede: bool,
    multi_utente: bool,
    referenti: Vec<Referente>,
}

/// Somebody at a customer whom one may call or write to.
#[derive(Serialize)]
struct Referente {
    nome: String,
    email: Option<String>,
    telefono: String,
    ruolo: String,
}

impl Referente {
    fn of(contact: Contact) -> Self {
        Self {
            nome: contact.name,
            email: contact.email,
            telefono: contact.phone,
            ruolo: contact.purpose,
        }
    }
}

impl Cliente {
    fn of(found: Placed, contacts: Vec<Contact>) -> Self {
        Self {
            id: found.node.id,
            nome: found.node.name,
            stato_cliente: StatoCliente::of(found.customer.status),
            multi_sede: found.customer.multi_site,
            multi_utente: found.customer.multi_user,
            referenti: contacts.into_iter().map(Referente::of).collect(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Filtri {
    stato: Option<StatoCliente>,
    /// The place of an agent: customers in its care.
    agente: Option<NodeId>,
    cliente: Option<NodeId>,
    /// A part of name, legal name, e-mail address, tax number or phone.
    q: Option<String>,
    pagina: Option<u32>,
    per_pagina: Option<u32>,
}

/// `GET /admin/clienti`
pub(super) async fn list(
    caller: Caller<CustomerRead>,
    Params(asked): Params<Filtri>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page(("pagina", asked.pagina), ("per_pagina", asked.per_pagina))?;
    let work = move |tx: &mut TenantTx<'_>| listed(tx, &asked, page);
    let elenco: Result<_, AppError> = db.read(&caller.scope, work).await;
    Ok(answer::ok(&elenco?))
}

fn listed(
    tx: &mut TenantTx<'_>,
    asked: &Filtri,
    page: PageNumber,
) -> Result<Elenco<Cliente>, AppError> {
    let mut filter = NumberedFilter {
        status: asked.stato.map(StatoCliente::ours),
        node: asked.cliente,
        search: asked.q.clone().filter(|text| !text.trim().is_empty()),
        under: None,
    };
    let elenco = |dati, totale| Elenco {
        dati,
        totale,
        pagina: page.number(),
        per_pagina: page.size(),
    };
    if let Some(agent) = asked.agente {
        match nodes::find(tx, agent)? {
            Some(node) => filter.under = Some(node.path),
            None => return Ok(elenco(Vec::new(), 0)),
        }
    }
    let found = customers::list_numbered(tx, &filter, page)?;
    let places: Vec<NodeId> = found.items.iter().map(|one| one.node.id).collect();
    let mut known = contacts::of_many(tx, &places)?;
    let show = |one: Placed| {
        let own = known.remove(&one.node.id).unwrap_or_default();
        Cliente::of(one, own)
    };
    Ok(elenco(
        found.items.into_iter().map(show).collect(),
        found.total,
    ))
}

fn shown(tx: &mut TenantTx<'_>, id: NodeId) -> Result<Cliente, AppError> {
    let found = customers::find(tx, id)?.ok_or(AppError::NotFound("customer"))?;
    let own = contacts::of_many(tx, &[id])?.remove(&id);
    Ok(Cliente::of(found, own.unwrap_or_default()))
}

/// `GET /admin/clienti/{id}`
pub(super) async fn get(
    caller: Caller<CustomerRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found: Result<_, AppError> = db.read(&caller.scope, move |tx| shown(tx, id)).await;
    Ok(answer::ok(&found?))
}

#[derive(Deserialize)]
struct NuovoReferente {
    nome: Text<1, 200>,
    email: Option<Text<1, 254>>,
    telefono: Option<Text<0, 40>>,
    ruolo: Option<Text<0, 100>>,
}

impl NuovoReferente {
    fn read(&self) -> NewContact {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        NewContact {
            name: self.nome.as_str().to_owned(),
            email: self.email.as_ref().map(|email| email.as_str().to_owned()),
            phone: text(self.telefono.as_ref().map(Text::as_str)),
            purpose: text(self.ruolo.as_ref().map(Text::as_str)),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Nuovo {
    nome: Text<1, 200>,
    /// The agent who looks after it; the caller's own place when not said.
    agente_assegnato: Option<NodeId>,
    email: Option<Text<1, 254>>,
    partita_iva: Option<Text<1, 40>>,
    telefono: Option<Text<0, 40>>,
    #[serde(default)]
    multi_sede: bool,
    #[serde(default)]
    multi_utente: bool,
    #[serde(default)]
    referenti: Vec<NuovoReferente>,
}

/// `POST /admin/clienti`
pub(super) async fn create(
    caller: Caller<CustomerCreate>,
    Sent(body): Sent<Nuovo>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| {
        let own = tx.scope().path().id();
        let new = NewCustomer {
            parent_id: body.agente_assegnato.unwrap_or(own),
            name: body.nome.as_str().to_owned(),
            email: body.email.as_ref().map(|email| email.as_str().to_owned()),
            details: CustomerDetails {
                tax_id: body.partita_iva.as_ref().map(partita_iva),
                phone: body
                    .telefono
                    .as_ref()
                    .map(Text::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                multi_site: body.multi_sede,
                multi_user: body.multi_utente,
                ..CustomerDetails::default()
            },
        };
        let id = create_customer(tx, &new)?.node.id;
        for referente in &body.referenti {
            add_contact(tx, id, &referente.read())?;
        }
        shown(tx, id)
    };
    let made: Result<_, AppError> = db.write(&caller.scope, work).await;
    Ok(HttpResponse::Created().json(made?))
}

/// The number of an Italian company, to be checked.
pub(super) fn partita_iva(text: &Text<1, 40>) -> TypedTaxId {
    TypedTaxId {
        kind: Some(TaxIdKind::Piva),
        number: text.as_str().to_owned(),
    }
}

#[derive(Deserialize)]
pub(super) struct Modifica {
    nome: Option<Text<1, 200>>,
    stato_cliente: Option<StatoCliente>,
    #[serde(default, deserialize_with = "nullable")]
    email: Option<Option<Text<1, 254>>>,
    multi_sede: Option<bool>,
    multi_utente: Option<bool>,
}

/// `PATCH /admin/clienti/{id}`
pub(super) async fn change(
    request: HttpRequest,
    caller: Caller<CustomerUpdate>,
    Segments(id): Segments<NodeId>,
    Sent(body): Sent<Modifica>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let wanted = body.stato_cliente.map(StatoCliente::ours);
    if wanted == Some(CustomerStatus::Pending) {
        let fault = Fault::message("/stato_cliente", "malformed", "field-invalid");
        return Err(Problem::field(fault));
    }
    let decision = decision(&request, &db, &caller.scope, id, |_| wanted).await?;
    let change = CustomerChange {
        name: body.nome.map(Text::into_string),
        email: body.email.map(|email| email.map(Text::into_string)),
        multi_site: body.multi_sede,
        multi_user: body.multi_utente,
        ..CustomerChange::default()
    };
    let work = move |tx: &mut TenantTx<'_>| {
        if let Some(decision) = decision {
            decide(tx, id, decision, None)?;
        }
        if change != CustomerChange::default() {
            let read = customers::find(tx, id)?.ok_or(AppError::NotFound("customer"))?;
            update_customer(tx, id, read.customer.version, &change)?;
        }
        shown(tx, id)
    };
    let changed: Result<_, AppError> = db.write(&caller.scope, work).await;
    Ok(answer::ok(&changed?))
}

/// `DELETE /admin/clienti/{id}`
pub(super) async fn remove(
    caller: Caller<NodeDelete>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| {
        customers::find(tx, id)?.ok_or(AppError::NotFound("customer"))?;
        delete_node(tx, id)
    };
    let done: Result<(), AppError> = db.write(&caller.scope, work).await;
    done?;
    Ok(answer::gone())
}
