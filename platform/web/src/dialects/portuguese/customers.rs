//! `/clientes`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::AppError;
use alvara_app::customer::{
    CustomerChange, CustomerDetails, NewCustomer, TypedTaxId, create_customer, decide,
    update_customer,
};
use alvara_domain::customer::CustomerTier;
use alvara_domain::id::NodeId;
use alvara_domain::tax_id::TaxId;
use alvara_store::customers::{self, NumberedFilter, Placed};
use alvara_store::{Db, StoreError, TenantTx};
use alvara_tenants::permissions::{CustomerCreate, CustomerRead, CustomerUpdate};
use serde::{Deserialize, Serialize};

use super::super::body::Sent;
use super::super::standing::decision;
use super::Lista;
use super::machines::Pagina;
use super::words::StatusCliente;
use crate::answer;
use crate::body::{Params, Segments, Text};
use crate::caller::Caller;
use crate::problem::Problem;

/// A customer.
#[derive(Serialize)]
struct Cliente {
    id: NodeId,
    nome: String,
    email: Option<String>,
    documento: Option<String>,
    tipo: CustomerTier,
    status: StatusCliente,
}

impl Cliente {
    fn of(found: Placed) -> Self {
        Self {
            id: found.node.id,
            nome: found.node.name,
            email: found.node.email,
            documento: found
                .customer
                .tax_id
                .as_ref()
                .map(TaxId::as_str)
                .map(str::to_owned),
            tipo: found.customer.tier,
            status: StatusCliente::of(found.customer.status),
        }
    }
}

/// `GET /clientes/`
pub(super) async fn list(
    caller: Caller<CustomerRead>,
    Params(asked): Params<Pagina>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = asked.page()?;
    let found: Result<_, StoreError> = db
        .read(&caller.scope, move |tx| {
            customers::list_numbered(tx, &NumberedFilter::default(), page)
        })
        .await;
    let found = found?;
    Ok(answer::ok(&Lista {
        itens: found.items.into_iter().map(Cliente::of).collect(),
        total: found.total,
        pagina: page.number(),
        tamanho: page.size(),
    }))
}

/// `GET /clientes/{id}`
pub(super) async fn get(
    caller: Caller<CustomerRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found: Result<_, StoreError> = db
        .read(&caller.scope, move |tx| customers::find(tx, id))
        .await;
    let found = found?.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Cliente::of(found)))
}

#[derive(Deserialize)]
pub(super) struct Dados {
    nome: Text<1, 200>,
    email: Text<1, 254>,
    documento: Option<Text<1, 40>>,
    tipo: Option<CustomerTier>,
    status: Option<StatusCliente>,
}

impl Dados {
    fn tax_id(&self) -> Option<TypedTaxId> {
        self.documento.as_ref().map(|number| TypedTaxId {
            kind: None,
            number: number.as_str().to_owned(),
        })
    }
}

/// `POST /clientes/`: who may add a customer vouches for it, so it is `ativo` from the start.
pub(super) async fn create(
    caller: Caller<CustomerCreate>,
    Sent(body): Sent<Dados>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| {
        let new = NewCustomer {
            parent_id: tx.scope().path().id(),
            name: body.nome.as_str().to_owned(),
            email: Some(body.email.as_str().to_owned()),
            details: CustomerDetails {
                tax_id: body.tax_id(),
                tier: body.tipo,
                ..CustomerDetails::default()
            },
        };
        create_customer(tx, &new)
    };
    let made: Result<_, AppError> = db.write(&caller.scope, work).await;
    Ok(HttpResponse::Created().json(Cliente::of(made?)))
}

/// `PUT /clientes/{id}`: what is not said of `documento`, `tipo` and `status` stays.
pub(super) async fn replace(
    request: HttpRequest,
    caller: Caller<CustomerUpdate>,
    Segments(id): Segments<NodeId>,
    Sent(body): Sent<Dados>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let wanted = body.status;
    let decision = decision(&request, &db, &caller.scope, id, |customer| {
        wanted.and_then(|wanted| wanted.unless(customer.status))
    })
    .await?;
    let change = CustomerChange {
        tax_id: body.tax_id().map(Some),
        tier: body.tipo,
        name: Some(body.nome.into_string()),
        email: Some(Some(body.email.into_string())),
        ..CustomerChange::default()
    };
    let work = move |tx: &mut TenantTx<'_>| {
        if let Some(decision) = decision {
            decide(tx, id, decision, None)?;
        }
        let read = customers::find(tx, id)?.ok_or(AppError::NotFound("customer"))?;
        update_customer(tx, id, read.customer.version, &change)
    };
    let changed: Result<_, AppError> = db.write(&caller.scope, work).await;
    Ok(answer::ok(&Cliente::of(changed?)))
}

/// `POST /clientes/{id}/bloquear`
pub(super) async fn block(
    request: HttpRequest,
    caller: Caller<CustomerRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    bring(&request, caller, id, &db, StatusCliente::Bloqueado).await
}

/// `POST /clientes/{id}/ativar`
pub(super) async fn activate(
    request: HttpRequest,
    caller: Caller<CustomerRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    bring(&request, caller, id, &db, StatusCliente::Ativo).await
}

async fn bring(
    request: &HttpRequest,
    caller: Caller<CustomerRead>,
    id: NodeId,
    db: &Db,
    status: StatusCliente,
) -> Result<HttpResponse, Problem> {
    let wanted = status.ours();
    let decision = decision(request, db, &caller.scope, id, |_| Some(wanted)).await?;
    let work = move |tx: &mut TenantTx<'_>| match decision {
        Some(decision) => decide(tx, id, decision, None),
        None => Ok(customers::find(tx, id)?.ok_or(AppError::NotFound("customer"))?),
    };
    let customer: Result<_, AppError> = db.write(&caller.scope, work).await;
    Ok(answer::ok(&Cliente::of(customer?)))
}
