//! `/admin/licenze`

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::license::choose::{choose_plan, choose_policy};
use alvara_app::license::delete::delete;
use alvara_app::license::issue::{IssueRequest, Issued, issue as issue_license};
use alvara_app::{AppError, Platform};
use alvara_domain::id::{LicenseId, NodeId};
use alvara_domain::license::License;
use alvara_store::licenses::{self, NumberedFilter};
use alvara_store::numbered::PageNumber;
use alvara_store::{Db, TenantTx, nodes, sales};
use alvara_tenants::permissions::{LicenseDelete, LicenseIssue, LicenseRead};
use serde::Deserialize;

use super::super::body::Sent;
use super::super::counted::page;
use super::Elenco;
use super::change::{codes, price, share};
use super::license::Licenza;
use super::words::{Stato, Tipo, only};
use crate::answer;
use crate::body::{Params, Segments, Text};
use crate::caller::Caller;
use crate::problem::{Fault, Problem};

#[derive(Deserialize)]
pub(super) struct Filtri {
    stato: Option<Stato>,
    tipo_licenza: Option<Tipo>,
    /// The place of an agent: licenses in its care.
    agente: Option<NodeId>,
    /// The place that holds it.
    cliente: Option<NodeId>,
    /// The end of a key, or a part of the holder's name or e-mail address.
    q: Option<String>,
    pagina: Option<u32>,
    per_pagina: Option<u32>,
}

/// `GET /admin/licenze`
pub(super) async fn list(
    caller: Caller<LicenseRead>,
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
) -> Result<Elenco<Licenza>, AppError> {
    let now = tx.now();
    let mut filter = NumberedFilter {
        node: asked.cliente,
        search: asked.q.clone().filter(|text| !text.trim().is_empty()),
        ..NumberedFilter::default()
    };
    if let Some(stato) = asked.stato {
        stato.narrow(&mut filter, now);
    }
    if let Some(tipo) = asked.tipo_licenza {
        only(&mut filter, &tipo.kinds());
    }
    if let Some(agent) = asked.agente {
        match nodes::find(tx, agent)? {
            Some(node) => filter.under = Some(node.path),
            None => filter.kinds = Some(Vec::new()),
        }
    }
    let found = licenses::list_numbered(tx, &filter, page)?;
    let holders: Vec<NodeId> = found.items.iter().map(|license| license.node_id).collect();
    let agents = nodes::agents_of(tx, &holders)?;
    let ids: Vec<LicenseId> = found.items.iter().map(|license| license.id).collect();
    let sold = sales::of_many(tx, &ids)?;
    let show = |license: License| {
        let agent = agents.get(&license.node_id).copied();
        let sale = sold.get(&license.id);
        Licenza::of(license, agent, sale, now)
    };
    Ok(Elenco {
        dati: found.items.into_iter().map(show).collect(),
        totale: found.total,
        pagina: page.number(),
        per_pagina: page.size(),
    })
}

/// `GET /admin/licenze/{id}`
pub(super) async fn get(
    caller: Caller<LicenseRead>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found: Result<_, AppError> = db
        .read(&caller.scope, move |tx| {
            let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
            shown(tx, license)
        })
        .await;
    Ok(answer::ok(&found?))
}

pub(super) fn shown(tx: &mut TenantTx<'_>, license: License) -> Result<Licenza, AppError> {
    let agents = nodes::agents_of(tx, &[license.node_id])?;
    let agent = agents.get(&license.node_id).copied();
    let sale = sales::find(tx, license.id)?;
    Ok(Licenza::of(license, agent, sale.as_ref(), tx.now()))
}

#[derive(Deserialize)]
pub(super) struct Nuova {
    tipo_licenza: Tipo,
    /// Who holds it; where nobody does yet, the agent has it in stock.
    azienda_assegnataria: Option<NodeId>,
    agente_assegnato: Option<NodeId>,
    /// Code of the product; the default product when not said.
    prodotto: Option<Text<1, 32>>,
    numero_dispositivi: Option<u32>,
    moduli_attivi: Option<Vec<Text<1, 32>>>,
    /// What it costs, where that is not what its plan does.
    prezzo: Option<f64>,
    /// How much is taken off, in percent.
    sconto: Option<f64>,
}

/// `POST /admin/licenze`
pub(super) async fn issue(
    caller: Caller<LicenseIssue>,
    Sent(body): Sent<Nuova>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let holder = body.azienda_assegnataria.or(body.agente_assegnato);
    let holder = holder.ok_or_else(|| {
        let pointer = "/azienda_assegnataria";
        Problem::field(Fault::message(pointer, "required", "field-required"))
    })?;
    let discount = share(body.sconto)?;
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| {
        let product = body.prodotto.as_ref().map(Text::as_str);
        let policy = choose_policy(tx, product, &body.tipo_licenza.kinds())?;
        let request = IssueRequest {
            plan_id: choose_plan(tx, &policy)?,
            modules: body.moduli_attivi.as_deref().map(codes),
            machine_limit: body.numero_dispositivi,
            ..IssueRequest::of(policy.id, holder)
        };
        let Issued { license, key, .. } = issue_license(tx, parts.vault(), &request)?;
        price(tx, license.id, (body.prezzo, discount))?;
        Ok::<_, Problem>((shown(tx, license)?, key))
    };
    let (license, key) = platform.db().write(&caller.scope, work).await?;
    Ok(HttpResponse::Created().json(license.with_key(key.expose())))
}

/// `DELETE /admin/licenze/{id}`: puts it away.
pub(super) async fn remove(
    caller: Caller<LicenseDelete>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let done: Result<(), AppError> = db.write(&caller.scope, move |tx| delete(tx, id)).await;
    done?;
    Ok(answer::gone())
}
