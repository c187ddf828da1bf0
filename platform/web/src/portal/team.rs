//! The team: the tree of places, the people at them, what they may do, and programs that manage.

mod api_keys;
pub(super) mod history;
mod member_form;
mod members;
mod node;
mod node_form;
pub(super) mod places;
mod quotas;
mod rights;
mod roles;
mod secret;
mod terms;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::node::{Node, NodeKind, NodeState};
use alvara_render::page::{Badge, Cell, Column, Empty, Link, ListPage, NavItem, Row, Table, Tone};
use alvara_store::Db;
use alvara_store::members::MemberState;
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::NodeRead;

pub(super) use secret::said;

use super::desk::Desk;
use super::tell::Tell;
use crate::caller::Caller;
use crate::problem::{Kind, Problem};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/team").get(tree))
        .configure(node_form::routes)
        .configure(node::routes)
        .configure(quotas::routes)
        .configure(terms::routes)
        .configure(member_form::routes)
        .configure(members::routes)
        .configure(roles::routes)
        .configure(api_keys::routes);
}

/// The places that belong together, as far as the reader may go there.
fn tabs(desk: &Desk, now: &str) -> Vec<NavItem> {
    super::nav::tabs(
        desk,
        &[
            ("/team", "team-tree", PermissionKey::NodeUpdate),
            ("/members", "nav-people", PermissionKey::MemberRead),
            ("/roles", "team-roles", PermissionKey::RoleRead),
            ("/api-keys", "team-api-keys", PermissionKey::ApiKeyRead),
        ],
        now,
    )
}

/// How a place stands, in colour.
fn node_badge(state: NodeState, tell: &Tell) -> Badge {
    let tone = match state {
        NodeState::Active => Tone::Ok,
        NodeState::Suspended => Tone::Bad,
    };
    Badge {
        tone,
        text: tell.value("node-state", &state),
    }
}

/// How a member stands, in colour.
pub(super) fn member_badge(state: MemberState, tell: &Tell) -> Badge {
    let tone = match state {
        MemberState::Active => Tone::Ok,
        MemberState::Disabled => Tone::Bad,
    };
    Badge {
        tone,
        text: tell.value("member-state", &state),
    }
}

async fn tree(desk: Desk, caller: Caller<NodeRead>, db: Data<Db>) -> Result<HttpResponse, Problem> {
    // The page is for who runs a team, as the menu has it; a customer sees its own place elsewhere.
    if !desk.may(PermissionKey::MemberRead) || !desk.may(PermissionKey::NodeUpdate) {
        return Err(Problem::new(Kind::Forbidden));
    }
    let all = db.read(&caller.scope, places::read).await?;
    let tell = desk.tell();
    let rows = all.iter().map(|node| row(&all, node, &tell)).collect();
    let columns = ["name", "kind", "under", "status"]
        .map(|column| Column::text(tell.word(&format!("team-{column}"))));
    let holds = |node: &Node| node.kind.may_hold(NodeKind::Agent);
    let new = (desk.may(PermissionKey::NodeCreate) && all.iter().any(holds))
        .then(|| Link::new("/team/nodes/new", tell.word("team-new-node")));
    desk.show(&ListPage {
        title: tell.word("nav-team"),
        primary: new.clone(),
        tabs: tabs(&desk, "/team"),
        path: "/team".to_owned(),
        table: Table::new(tell.word("team-tree"), columns.into(), rows),
        empty: Empty {
            text: tell.word("team-empty"),
            action: new,
        },
        ..ListPage::default()
    })
}

fn row(all: &[Node], node: &Node, tell: &Tell) -> Row {
    let parent = node
        .parent_id
        .and_then(|parent| all.iter().find(|other| other.id == parent));
    let name = format!("{}{}", places::indent(all, node), node.name);
    Row::new(vec![
        Cell::text(name).link(format!("/nodes/{}", node.id)),
        Cell::text(tell.value("node-kind", &node.kind)),
        Cell::text(parent.map_or("—", |parent| &parent.name)),
        Cell::badge(node_badge(node.state, tell)),
    ])
}

/// Whether a place has a page of its own in this area: customers have theirs elsewhere.
fn place_of(node: &Node) -> String {
    match node.kind {
        NodeKind::Customer => format!("/customers/{}", node.id),
        _ => format!("/nodes/{}", node.id),
    }
}
