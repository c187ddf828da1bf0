//! Nodes: the places of a tenant's tree.

mod away;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppError;
use alvara_app::tenancy::{
    NewNode, NodeChange, create_node, move_node, reinstate_node, suspend_node, update_node,
};
use alvara_domain::id::NodeId;
use alvara_domain::node::{Node, NodeKind, NodePath, NodeState};
use alvara_domain::time::UtcTime;
use alvara_store::nodes::{self, NodeFilter};
use alvara_store::page::Deleted;
use alvara_store::{Db, TenantTx, audit};
use alvara_tenants::permissions::{NodeCreate, NodeMove, NodeRead, NodeSuspend, NodeUpdate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(crate) use away::{__path_bring_back, __path_remove, bring_back, remove};

use super::audit::EntryView;
use crate::answer;
use crate::body::{Json, Params, Segments, Text, nullable};
use crate::caller::Caller;
use crate::list::{Listed, PageParams, page_request};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/nodes").get(list).post(create))
        .service(
            web::resource("/nodes/{id}")
                .get(get)
                .patch(update)
                .delete(remove),
        )
        .service(web::resource("/nodes/{id}/restoration").post(bring_back))
        .service(web::resource("/nodes/{id}/moves").post(hang))
        .service(
            web::resource("/nodes/{id}/suspension")
                .post(suspend)
                .delete(reinstate),
        )
        .service(web::resource("/nodes/{id}/history").get(history));
}

/// A place in the tree.
#[derive(Serialize, ToSchema)]
pub(crate) struct NodeView {
    #[schema(value_type = Id)]
    id: NodeId,
    /// Null for the root.
    #[schema(value_type = Option<Id>)]
    parent_id: Option<NodeId>,
    /// `operator`, `reseller`, `subcompany`, `agent` or `customer`.
    kind: &'static str,
    name: String,
    email: Option<String>,
    /// The places from the root down to this one.
    #[schema(value_type = String)]
    path: NodePath,
    /// `active` or `suspended`; a place above may be suspended as well.
    state: &'static str,
    /// The largest discount it may give; null leaves that to those above.
    discount_ceiling_percent: Option<f64>,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
    #[schema(value_type = Option<Instant>)]
    deleted_at: Option<UtcTime>,
}

impl From<Node> for NodeView {
    fn from(node: Node) -> Self {
        Self {
            id: node.id,
            parent_id: node.parent_id,
            kind: node.kind.as_str(),
            name: node.name,
            email: node.email,
            path: node.path,
            state: node.state.as_str(),
            discount_ceiling_percent: node.discount_ceiling_bp.map(|count| count as f64 / 100.0),
            created_at: node.created_at,
            updated_at: node.updated_at,
            deleted_at: node.deleted_at,
        }
    }
}

/// A place to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeBody {
    #[schema(value_type = Id)]
    parent_id: NodeId,
    /// `subcompany`, `agent` or `customer`.
    #[schema(value_type = String, example = "customer")]
    kind: NodeKind,
    #[schema(example = "Padaria Aurora")]
    name: Text<1, 200>,
    #[schema(example = "contato@aurora.example")]
    email: Option<Text<3, 254>>,
}

/// What to change of a place; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodePatch {
    name: Option<Text<1, 200>>,
    /// Null takes the address away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<Text<3, 254>>>,
}

/// Where to hang a place.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveBody {
    #[schema(value_type = Id)]
    parent_id: NodeId,
}

/// Which places.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NodeParams {
    /// Directly under this one only.
    #[param(value_type = Option<String>)]
    parent_id: Option<NodeId>,
    /// `operator`, `reseller`, `subcompany`, `agent` or `customer`.
    #[param(value_type = Option<String>)]
    kind: Option<NodeKind>,
    /// `active` or `suspended`.
    #[param(value_type = Option<String>)]
    state: Option<NodeState>,
    /// Part of the name or the e-mail address.
    #[param(value_type = Option<String>, max_length = 100)]
    q: Option<Text<0, 100>>,
    /// `only` or `with`.
    #[param(value_type = Option<String>)]
    deleted: Option<Deleted>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the places the caller sees.
#[utoipa::path(get, path = "/nodes", tag = "nodes", operation_id = "list_nodes", params(NodeParams),
    responses((status = 200, description = "A page of places.", body = Listed<NodeView>)))]
pub(crate) async fn list(
    caller: Caller<NodeRead>,
    Params(params): Params<NodeParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = NodeFilter {
        parent: params.parent_id,
        kind: params.kind,
        state: params.state,
        search: params.q.map(Text::into_string),
        deleted: params.deleted.unwrap_or_default(),
        ..NodeFilter::default()
    };
    let found = db
        .read(&caller.scope, move |tx| nodes::list(tx, &filter, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, NodeView::from)))
}

/// Adds a place below another.
#[utoipa::path(post, path = "/nodes", tag = "nodes", operation_id = "create_node", request_body = NodeBody,
    responses((status = 201, description = "Added.", body = NodeView)))]
pub(crate) async fn create(
    caller: Caller<NodeCreate>,
    Json(body): Json<NodeBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let new = NewNode {
        parent_id: body.parent_id,
        kind: body.kind,
        name: body.name.into_string(),
        email: body.email.map(Text::into_string),
    };
    let node = db
        .write(&caller.scope, move |tx| create_node(tx, &new))
        .await?;
    let location = format!("/api/v1/nodes/{}", node.id);
    Ok(answer::created_version(
        &location,
        node.version,
        &NodeView::from(node),
    ))
}

/// Shows a place.
#[utoipa::path(get, path = "/nodes/{id}", tag = "nodes", operation_id = "get_node", params(("id" = Id, Path)),
    responses((status = 200, description = "The place.", body = NodeView)))]
pub(crate) async fn get(
    caller: Caller<NodeRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| nodes::find(tx, id))
        .await?;
    let node = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(node.version, &NodeView::from(node)))
}

/// Renames a place or changes its address.
#[utoipa::path(patch, path = "/nodes/{id}", tag = "nodes", operation_id = "update_node", params(("id" = Id, Path)),
    request_body = NodePatch, responses((status = 200, description = "Changed.", body = NodeView)))]
pub(crate) async fn update(
    caller: Caller<NodeUpdate>,
    Segments(id): Segments<NodeId>,
    if_match: IfMatch,
    Json(body): Json<NodePatch>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = NodeChange {
        name: body.name.map(Text::into_string),
        email: body.email.map(|email| email.map(Text::into_string)),
    };
    let work = move |tx: &mut TenantTx<'_>| {
        let present = nodes::find(tx, id)?.ok_or(AppError::NotFound("node"))?;
        update_node(tx, id, if_match.against(present.version), &change)
    };
    let node = db.write(&caller.scope, work).await?;
    Ok(answer::version(node.version, &NodeView::from(node)))
}

/// Hangs a place, and everything below it, under another parent.
#[utoipa::path(post, path = "/nodes/{id}/moves", tag = "nodes", operation_id = "move_node", params(("id" = Id, Path)),
    request_body = MoveBody, responses((status = 200, description = "Moved.", body = NodeView)))]
pub(crate) async fn hang(
    caller: Caller<NodeMove>,
    Segments(id): Segments<NodeId>,
    Json(body): Json<MoveBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let parent = body.parent_id;
    let work = move |tx: &mut TenantTx<'_>| {
        let present = nodes::find(tx, id)?.ok_or(AppError::NotFound("node"))?;
        move_node(tx, id, present.version, parent)
    };
    let node = db.write(&caller.scope, work).await?;
    Ok(answer::version(node.version, &NodeView::from(node)))
}

/// Suspends a place with everything below: nobody there signs in, no license there is valid.
#[utoipa::path(post, path = "/nodes/{id}/suspension", tag = "nodes", operation_id = "suspend_node", params(("id" = Id, Path)),
    responses((status = 200, description = "Suspended.", body = NodeView)))]
pub(crate) async fn suspend(
    caller: Caller<NodeSuspend>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let node = db
        .write(&caller.scope, move |tx| suspend_node(tx, id))
        .await?;
    Ok(answer::version(node.version, &NodeView::from(node)))
}

/// Lifts the suspension of a place. What is suspended below it by itself stays so.
#[utoipa::path(delete, path = "/nodes/{id}/suspension", tag = "nodes", operation_id = "reinstate_node", params(("id" = Id, Path)),
    responses((status = 200, description = "Reinstated.", body = NodeView)))]
pub(crate) async fn reinstate(
    caller: Caller<NodeSuspend>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let node = db
        .write(&caller.scope, move |tx| reinstate_node(tx, id))
        .await?;
    Ok(answer::version(node.version, &NodeView::from(node)))
}

/// What happened to a place: every change, who made it, and from where.
#[utoipa::path(get, path = "/nodes/{id}/history", tag = "nodes", operation_id = "node_history", params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of its history, the newest first.", body = Listed<EntryView>)))]
pub(crate) async fn history(
    caller: Caller<NodeRead>,
    Segments(id): Segments<NodeId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| audit::list_of_node(tx, id, &page))
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::of(found, EntryView::from)))
}
