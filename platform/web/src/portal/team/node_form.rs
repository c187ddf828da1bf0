//! The forms that add a place, rename one, and hang one elsewhere.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::id::NodeId;
use alvara_domain::node::{Node, NodeKind};
use alvara_render::page::{Choice, FieldKind, FieldView, FormPage, FormView, Link};
use alvara_store::{Db, Scope, nodes};
use alvara_tenants::permissions::{NodeCreate, NodeMove, NodeUpdate};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::{place_of, places};
use crate::api::v1::nodes as interface;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/team/nodes/new").get(new).post(create))
        .service(web::resource("/nodes/{id}/edit").get(edit).post(update))
        .service(web::resource("/nodes/{id}/move").get(choose).post(hang));
}

fn new_page(desk: &Desk, all: &[Node]) -> FormPage {
    let tell = desk.tell();
    let query = Query::of(desk);
    let own = desk
        .principal()
        .map(|principal| principal.node().to_string())
        .unwrap_or_default();
    let under = query.get("parent_id").unwrap_or(&own);
    let holds = |node: &Node| node.kind.may_hold(NodeKind::Agent);
    let kinds = [NodeKind::Subcompany, NodeKind::Agent];
    let kinds =
        kinds.map(|kind| Choice::new(kind.as_str(), tell.value("node-kind", &kind), "agent"));
    let parents = places::choices(all, &tell, under, holds);
    let fields = vec![
        FieldView::select("parent_id", tell.word("team-under"), parents).required(),
        FieldView::select("kind", tell.word("team-kind"), kinds.into())
            .required()
            .hint(tell.word("team-kind-hint")),
        FieldView::text("name", tell.word("team-name")).required(),
        FieldView::new(FieldKind::Email, "email", tell.word("team-email")),
    ];
    FormPage {
        title: tell.word("team-new-node"),
        form: FormView::new("/team/nodes/new", tell.word("team-add"), fields)
            .cancel(Link::new("/team", tell.word("portal-cancel"))),
        back: Some(Link::new("/team", tell.word("nav-team"))),
        ..FormPage::default()
    }
}

async fn new(
    desk: Desk,
    caller: Caller<NodeCreate>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let all = db.read(&caller.scope, places::read).await?;
    desk.show(&new_page(&desk, &all))
}

async fn create(
    desk: Desk,
    caller: Caller<NodeCreate>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    let made = match entry.read() {
        Ok(body) => interface::create(caller, Json(body), db.clone()).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(answer) => Ok(desk.done(&desk.place_of(&answer), "node-added")),
        Err(problem) => {
            let all = db.read(&scope, places::read).await?;
            desk.retry(new_page(&desk, &all), &entry, problem)
        }
    }
}

async fn find(db: &Db, scope: &Scope, id: NodeId) -> Result<Node, Problem> {
    let found = db.read(scope, move |tx| nodes::find(tx, id)).await?;
    found.ok_or_else(Problem::not_found)
}

fn edit_page(desk: &Desk, node: &Node) -> FormPage {
    let tell = desk.tell();
    let home = place_of(node);
    let fields = vec![
        FieldView::hidden("_version", node.version.to_string()),
        FieldView::text("name", tell.word("team-name"))
            .value(&node.name)
            .required(),
        FieldView::new(FieldKind::Email, "email:null", tell.word("team-email"))
            .value(node.email.as_deref().unwrap_or_default()),
    ];
    let action = format!("/nodes/{}/edit", node.id);
    FormPage {
        title: tell.word("team-rename"),
        form: FormView::new(action, tell.word("portal-save"), fields)
            .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, node.name.clone())),
        ..FormPage::default()
    }
}

async fn edit(
    desk: Desk,
    caller: Caller<NodeUpdate>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    desk.show(&edit_page(&desk, &find(&db, &caller.scope, id).await?))
}

async fn update(
    desk: Desk,
    caller: Caller<NodeUpdate>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    let done = match entry.read() {
        Ok(body) => {
            let version = entry.version();
            interface::update(caller, Segments(id), version, Json(body), db.clone()).await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(desk.done(&format!("/nodes/{id}"), "saved")),
        Err(problem) => desk.retry(
            edit_page(&desk, &find(&db, &scope, id).await?),
            &entry,
            problem,
        ),
    }
}

/// Where a place may hang: at what may hold its kind, and is not below itself.
fn move_page(desk: &Desk, node: &Node, all: &[Node]) -> FormPage {
    let tell = desk.tell();
    let home = place_of(node);
    let now = node
        .parent_id
        .map(|parent| parent.to_string())
        .unwrap_or_default();
    let holds = |other: &Node| other.kind.may_hold(node.kind) && !node.path.contains(&other.path);
    let parents = places::choices(all, &tell, &now, holds);
    let fields = vec![FieldView::select("parent_id", tell.word("team-under"), parents).required()];
    let action = format!("/nodes/{}/move", node.id);
    FormPage {
        title: tell.word("team-move"),
        intro: Some(tell.word("team-move-intro")),
        form: FormView::new(action, tell.word("team-move"), fields)
            .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, node.name.clone())),
        ..FormPage::default()
    }
}

async fn choose(
    desk: Desk,
    caller: Caller<NodeMove>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let node = find(&db, &caller.scope, id).await?;
    let all = db.read(&caller.scope, places::read).await?;
    desk.show(&move_page(&desk, &node, &all))
}

async fn hang(
    desk: Desk,
    caller: Caller<NodeMove>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    let done = match entry.read() {
        Ok(body) => interface::hang(caller, Segments(id), Json(body), db.clone()).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(desk.done(&format!("/nodes/{id}"), "node-moved")),
        Err(problem) => {
            let node = find(&db, &scope, id).await?;
            let all = db.read(&scope, places::read).await?;
            desk.retry(move_page(&desk, &node, &all), &entry, problem)
        }
    }
}
