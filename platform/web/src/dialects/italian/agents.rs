//! `/admin/agent`: the agents of the tree.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::AppError;
use alvara_app::tenancy::{NewNode, NodeChange, create_node, delete_node, update_node};
use alvara_domain::id::{MemberId, NodeId};
use alvara_domain::node::{Node, NodeKind};
use alvara_store::nodes::{self, NumberedFilter};
use alvara_store::numbered::PageNumber;
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::{NodeCreate, NodeDelete, NodeRead, NodeUpdate};
use alvara_tenants::{PermissionKey, Principal};
use serde::{Deserialize, Serialize};

use super::super::body::Sent;
use super::super::counted::page;
use super::Elenco;
use crate::answer;
use crate::body::{Params, Segments, Text, nullable};
use crate::caller::Caller;
use crate::problem::Problem;

/// An agent.
#[derive(Serialize)]
pub(super) struct Agente {
    id: NodeId,
    nome: String,
    ruolo: &'static str,
    azienda_padre: Option<NodeId>,
    /// The members who act as this agent; none for a caller who may not see members.
    utenti_assegnati: Vec<MemberId>,
}

impl Agente {
    fn of(node: Node, members: Vec<MemberId>) -> Self {
        Self {
            id: node.id,
            nome: node.name,
            ruolo: "agente",
            azienda_padre: node.parent_id,
            utenti_assegnati: members,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Filtri {
    /// The agent itself, and agents below it.
    agente: Option<NodeId>,
    /// A part of name or e-mail address.
    q: Option<String>,
    pagina: Option<u32>,
    per_pagina: Option<u32>,
}

/// `GET /admin/agent`
pub(super) async fn list(
    caller: Caller<NodeRead>,
    Params(asked): Params<Filtri>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page(("pagina", asked.pagina), ("per_pagina", asked.per_pagina))?;
    let sight = Sight::of(&caller.principal);
    let work = move |tx: &mut TenantTx<'_>| listed(tx, &asked, page, sight);
    let elenco: Result<_, AppError> = db.read(&caller.scope, work).await;
    Ok(answer::ok(&elenco?))
}

fn listed(
    tx: &mut TenantTx<'_>,
    asked: &Filtri,
    page: PageNumber,
    sight: Sight,
) -> Result<Elenco<Agente>, AppError> {
    let under = match asked.agente {
        Some(agent) => nodes::find(tx, agent)?.map(|node| node.path),
        None => Some(tx.scope().path().clone()),
    };
    let elenco = |dati, totale| Elenco {
        dati,
        totale,
        pagina: page.number(),
        per_pagina: page.size(),
    };
    if under.is_none() {
        return Ok(elenco(Vec::new(), 0));
    }
    let filter = NumberedFilter {
        kind: NodeKind::Agent,
        state: None,
        under,
        search: asked.q.clone().filter(|text| !text.trim().is_empty()),
    };
    let found = nodes::list_numbered(tx, &filter, page)?;
    let places: Vec<NodeId> = found.items.iter().map(|node| node.id).collect();
    let mut members = sight.members(tx, &places)?;
    let show = |node: Node| {
        let own = members.remove(&node.id).unwrap_or_default();
        Agente::of(node, own)
    };
    Ok(elenco(
        found.items.into_iter().map(show).collect(),
        found.total,
    ))
}

/// The agent of an id; another place is none.
fn load(tx: &mut TenantTx<'_>, id: NodeId) -> Result<Node, AppError> {
    nodes::find(tx, id)?
        .filter(|node| node.kind == NodeKind::Agent && node.deleted_at.is_none())
        .ok_or(AppError::NotFound("node"))
}

/// Whether the caller may know who the members are.
#[derive(Clone, Copy)]
enum Sight {
    Members,
    PlacesOnly,
}

impl Sight {
    fn of(principal: &Principal) -> Self {
        match principal.reach(PermissionKey::MemberRead) {
            Some(_) => Self::Members,
            None => Self::PlacesOnly,
        }
    }

    fn members(
        self,
        tx: &mut TenantTx<'_>,
        places: &[NodeId],
    ) -> Result<BTreeMap<NodeId, Vec<MemberId>>, AppError> {
        match self {
            Self::Members => Ok(nodes::members_at(tx, places)?),
            Self::PlacesOnly => Ok(BTreeMap::new()),
        }
    }
}

fn shown(tx: &mut TenantTx<'_>, node: Node, sight: Sight) -> Result<Agente, AppError> {
    let members = sight.members(tx, &[node.id])?.remove(&node.id);
    Ok(Agente::of(node, members.unwrap_or_default()))
}

/// `GET /admin/agent/{id}`
pub(super) async fn get(
    caller: Caller<NodeRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let sight = Sight::of(&caller.principal);
    let found: Result<_, AppError> = db
        .read(&caller.scope, move |tx| {
            let node = load(tx, id)?;
            shown(tx, node, sight)
        })
        .await;
    Ok(answer::ok(&found?))
}

#[derive(Deserialize)]
pub(super) struct Nuovo {
    nome: Text<1, 200>,
    /// The place it comes under; the caller's own when not said.
    azienda_padre: Option<NodeId>,
    email: Option<Text<1, 254>>,
}

/// `POST /admin/agent`
pub(super) async fn create(
    caller: Caller<NodeCreate>,
    Sent(body): Sent<Nuovo>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let sight = Sight::of(&caller.principal);
    let work = move |tx: &mut TenantTx<'_>| {
        let new = NewNode {
            parent_id: body.azienda_padre.unwrap_or_else(|| tx.scope().path().id()),
            kind: NodeKind::Agent,
            name: body.nome.as_str().to_owned(),
            email: body.email.as_ref().map(|email| email.as_str().to_owned()),
        };
        let node = create_node(tx, &new)?;
        shown(tx, node, sight)
    };
    let made: Result<_, AppError> = db.write(&caller.scope, work).await;
    Ok(HttpResponse::Created().json(made?))
}

#[derive(Deserialize)]
pub(super) struct Modifica {
    nome: Option<Text<1, 200>>,
    #[serde(default, deserialize_with = "nullable")]
    email: Option<Option<Text<1, 254>>>,
}

/// `PATCH /admin/agent/{id}`
pub(super) async fn change(
    caller: Caller<NodeUpdate>,
    Segments(id): Segments<NodeId>,
    Sent(body): Sent<Modifica>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = NodeChange {
        name: body.nome.map(Text::into_string),
        email: body.email.map(|email| email.map(Text::into_string)),
    };
    let sight = Sight::of(&caller.principal);
    let changed: Result<_, AppError> = db
        .write(&caller.scope, move |tx| {
            let version = load(tx, id)?.version;
            let node = update_node(tx, id, version, &change)?;
            shown(tx, node, sight)
        })
        .await;
    Ok(answer::ok(&changed?))
}

/// `DELETE /admin/agent/{id}`: puts it away, once nothing hangs below it.
pub(super) async fn remove(
    caller: Caller<NodeDelete>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| {
        load(tx, id)?;
        delete_node(tx, id)
    };
    let done: Result<(), AppError> = db.write(&caller.scope, work).await;
    done?;
    Ok(answer::gone())
}
