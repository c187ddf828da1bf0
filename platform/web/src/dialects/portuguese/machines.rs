//! `/maquinas`, for people who look after machines.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::machine::change_state::{block as block_machine, unblock as unblock_machine};
use alvara_app::machine::history;
use alvara_domain::id::MachineId;
use alvara_store::numbered::PageNumber;
use alvara_store::{Db, StoreError, TenantTx, machines};
use alvara_tenants::permissions::{MachineBlock, MachineRead};
use serde::Deserialize;

use super::super::counted::page;
use super::Lista;
use super::machine::{Maquina, Painel, Periodo};
use crate::answer;
use crate::body::{Params, Segments};
use crate::caller::Caller;
use crate::problem::Problem;

#[derive(Deserialize)]
pub(super) struct Pagina {
    pagina: Option<u32>,
    tamanho: Option<u32>,
}

impl Pagina {
    pub(super) fn page(&self) -> Result<PageNumber, Problem> {
        page(("pagina", self.pagina), ("tamanho", self.tamanho))
    }
}

/// `GET /maquinas/`
pub(super) async fn list(
    caller: Caller<MachineRead>,
    Params(asked): Params<Pagina>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = asked.page()?;
    let now = db.clock().now();
    let found: Result<_, StoreError> = db
        .read(&caller.scope, move |tx| {
            machines::list_numbered(tx, None, page)
        })
        .await;
    let found = found?;
    Ok(answer::ok(&Lista {
        itens: found
            .items
            .into_iter()
            .map(|machine| Maquina::of(machine, now))
            .collect(),
        total: found.total,
        pagina: page.number(),
        tamanho: page.size(),
    }))
}

/// `POST /maquinas/{id}/bloquear`
pub(super) async fn block(
    caller: Caller<MachineBlock>,
    Segments(id): Segments<MachineId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| block_machine(tx, id, None);
    let machine = db.write(&caller.scope, work).await?;
    Ok(answer::ok(&Maquina::of(machine, db.clock().now())))
}

/// `POST /maquinas/{id}/desbloquear`
pub(super) async fn unblock(
    caller: Caller<MachineBlock>,
    Segments(id): Segments<MachineId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| unblock_machine(tx, id);
    let machine = db.write(&caller.scope, work).await?;
    Ok(answer::ok(&Maquina::of(machine, db.clock().now())))
}

#[derive(Deserialize)]
pub(super) struct Alcance {
    /// `dia` when not said.
    periodo: Option<Periodo>,
}

/// `GET /maquinas/{id}/dashboard`
pub(super) async fn dashboard(
    caller: Caller<MachineRead>,
    Segments(id): Segments<MachineId>,
    Params(asked): Params<Alcance>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let range = asked.periodo.unwrap_or(Periodo::Dia).range();
    let found = db
        .read(&caller.scope, move |tx| history::dashboard(tx, id, range))
        .await?;
    Ok(answer::ok(&Painel::of(found)))
}
