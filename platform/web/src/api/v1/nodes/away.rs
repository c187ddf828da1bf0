//! Puts places away and brings them back.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::tenancy::{delete_node, restore_node};
use alvara_domain::id::NodeId;
use alvara_store::Db;
use alvara_tenants::permissions::{NodeDelete, NodeRestore};

use super::NodeView;
use crate::answer;
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::schema::Id;

/// Puts a place away that has none below it: nobody there signs in, and its licenses answer as
/// those of a suspended holder do. It can be brought back.
#[utoipa::path(delete, path = "/nodes/{id}", tag = "nodes", operation_id = "delete_node", params(("id" = Id, Path)),
    responses((status = 204, description = "Put away.")))]
pub(crate) async fn remove(
    caller: Caller<NodeDelete>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    db.write(&caller.scope, move |tx| delete_node(tx, id))
        .await?;
    Ok(answer::gone())
}

/// Brings a deleted place back exactly as it was.
#[utoipa::path(post, path = "/nodes/{id}/restoration", tag = "nodes", operation_id = "restore_node", params(("id" = Id, Path)),
    responses((status = 200, description = "It is back.", body = NodeView)))]
pub(crate) async fn bring_back(
    caller: Caller<NodeRestore>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let node = db
        .write(&caller.scope, move |tx| restore_node(tx, id))
        .await?;
    Ok(answer::version(node.version, &NodeView::from(node)))
}
