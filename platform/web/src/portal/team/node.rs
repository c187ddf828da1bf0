//! One place of the tree: how it stands, what it was granted, and who works there.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_domain::id::NodeId;
use alvara_domain::node::{Node, NodeKind, NodeState};
use alvara_render::page::{
    Action, Badge, Cell, Column, DetailPage, Fact, Link, Row, Section, Table, Tone,
};
use alvara_store::members::{Member, MemberFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Db, TenantTx, members, nodes};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{NodeDelete, NodeRead, NodeRestore, NodeSuspend};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::history::{self, Told};
use super::{member_badge, node_badge, quotas};
use crate::api::v1::nodes as interface;
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

/// People that the page of a place shows.
const PEOPLE: u32 = 50;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/nodes/{id}").get(show))
        .service(web::resource("/nodes/{id}/suspend").post(suspend))
        .service(web::resource("/nodes/{id}/reinstate").post(reinstate))
        .service(web::resource("/nodes/{id}/delete").post(remove))
        .service(web::resource("/nodes/{id}/restore").post(bring_back));
}

struct Known {
    node: Node,
    parent: Option<Node>,
    history: Vec<Told>,
}

fn read(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Option<Known>> {
    let Some(node) = nodes::find_even_deleted(tx, id)? else {
        return Ok(None);
    };
    let parent = match node.parent_id {
        Some(parent) => nodes::find(tx, parent)?,
        None => None,
    };
    Ok(Some(Known {
        node,
        parent,
        history: history::read(tx, id)?,
    }))
}

async fn show(
    desk: Desk,
    caller: Caller<NodeRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db.read(&caller.scope, move |tx| read(tx, id)).await?;
    let known = found.ok_or_else(Problem::not_found)?;
    let tell = desk.tell();
    let node = &known.node;
    let is_here = node.deleted_at.is_none();
    let mut sections = Vec::new();
    if is_here && desk.may(PermissionKey::QuotaRead) {
        let granted = quotas::granted(&desk, id, &db).await?;
        sections.push(quotas::section(&desk, id, &granted));
    }
    if is_here && desk.may(PermissionKey::MemberRead) {
        let scope = desk.scope(PermissionKey::MemberRead)?;
        let (page, filter) = (
            PageRequest::new(Some(PEOPLE), None),
            MemberFilter {
                node: Some(id),
                ..MemberFilter::default()
            },
        );
        let found = db
            .read(&scope, move |tx| members::list(tx, &filter, &page))
            .await?;
        sections.push(people(&desk, id, &found.items));
    }
    sections.push(history::section(&tell, &known.history));
    let badge = if is_here {
        node_badge(node.state, &tell)
    } else {
        Badge {
            tone: Tone::Neutral,
            text: tell.word("node-state-deleted"),
        }
    };
    desk.show(&DetailPage {
        title: node.name.clone(),
        badge: Some(badge),
        back: desk
            .may(PermissionKey::MemberRead)
            .then(|| Link::new("/team", tell.word("nav-team"))),
        links: if is_here {
            links(&desk, node)
        } else {
            Vec::new()
        },
        actions: actions(&desk, node),
        facts: facts(&desk, &known),
        sections,
        ..DetailPage::default()
    })
}

fn facts(desk: &Desk, known: &Known) -> Vec<Fact> {
    let tell = desk.tell();
    let node = &known.node;
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("team-{key}")), cell);
    let mut facts = vec![
        fact("kind", Cell::text(tell.value("node-kind", &node.kind))),
        fact("email", Cell::text(node.email.as_deref().unwrap_or("—"))),
        fact("since", tell.day_cell(node.created_at)),
    ];
    if let Some(parent) = &known.parent {
        let cell = Cell::text(&parent.name).link(format!("/nodes/{}", parent.id));
        facts.insert(1, fact("under", cell));
    }
    if let Some(ceiling) = node.discount_ceiling_bp {
        facts.push(fact("ceiling", Cell::text(percent(ceiling))));
    }
    facts
}

/// Hundredths of a per cent as people write them.
pub(super) fn percent(count: i64) -> String {
    match count % 100 {
        0 => format!("{} %", count / 100),
        part => format!("{},{part:02} %", count / 100),
    }
}

fn links(desk: &Desk, node: &Node) -> Vec<Link> {
    let tell = desk.tell();
    let id = node.id;
    let mut links = Vec::new();
    let mut add = |key: PermissionKey, href: String, word: &str| {
        if desk.may(key) {
            links.push(Link::new(href, tell.word(word)));
        }
    };
    if node.kind == NodeKind::Customer {
        add(
            PermissionKey::CustomerRead,
            format!("/customers/{id}"),
            "team-customer-page",
        );
    }
    add(
        PermissionKey::BrandRead,
        format!("/nodes/{id}/branding"),
        "settings-branding",
    );
    add(
        PermissionKey::NodeUpdate,
        format!("/nodes/{id}/edit"),
        "team-rename",
    );
    if !node.kind.is_root() {
        add(
            PermissionKey::NodeMove,
            format!("/nodes/{id}/move"),
            "team-move",
        );
    }
    if node.kind.may_hold(NodeKind::Agent) {
        add(
            PermissionKey::NodeCreate,
            format!("/team/nodes/new?parent_id={id}"),
            "team-new-node",
        );
    }
    add(
        PermissionKey::PriceRead,
        format!("/nodes/{id}/prices"),
        "team-prices",
    );
    if !node.kind.is_root() {
        add(
            PermissionKey::CommissionRead,
            format!("/nodes/{id}/terms"),
            "team-terms",
        );
    }
    links
}

fn actions(desk: &Desk, node: &Node) -> Vec<Action> {
    let tell = desk.tell();
    if node.kind.is_root() {
        return Vec::new();
    }
    let act = |what: &str| {
        Action::new(
            format!("/nodes/{}/{what}", node.id),
            tell.word(&format!("team-{what}")),
        )
    };
    let asked = |what: &str| {
        let question = tell.word(&format!("team-{what}-ask"));
        act(what).confirm(Tone::Bad, question)
    };
    let mut actions = Vec::new();
    if node.deleted_at.is_some() {
        if desk.may(PermissionKey::NodeRestore) {
            actions.push(act("restore"));
        }
        return actions;
    }
    if desk.may(PermissionKey::NodeSuspend) {
        actions.push(match node.state {
            NodeState::Active => asked("suspend"),
            NodeState::Suspended => act("reinstate"),
        });
    }
    if desk.may(PermissionKey::NodeDelete) {
        actions.push(asked("delete"));
    }
    actions
}

fn people(desk: &Desk, id: NodeId, found: &[Member]) -> Section {
    let tell = desk.tell();
    let rows = found.iter().map(|member| {
        Row::new(vec![
            Cell::text(&member.name).link(format!("/members/{}", member.id)),
            Cell::text(&member.email),
            Cell::text(super::roles::name_of(&tell, &member.role)),
            Cell::badge(member_badge(member.state, &tell)),
        ])
    });
    let columns = ["name", "email", "role", "status"]
        .map(|column| Column::text(tell.word(&format!("team-{column}"))));
    let title = tell.word("nav-people");
    let mut links = Vec::new();
    if desk.may(PermissionKey::MemberCreate) {
        let new = format!("/members/new?node_id={id}");
        links.push(Link::new(new, tell.word("team-new-member")));
    }
    Section {
        id: "people",
        table: Some(Table::new(title.clone(), columns.into(), rows.collect())),
        empty: Some(tell.word("team-no-people")),
        title,
        links,
        ..Section::default()
    }
}

async fn suspend(
    desk: Desk,
    caller: Caller<NodeSuspend>,
    Segments(id): Segments<NodeId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::suspend(caller, Segments(id), db).await?;
    Ok(desk.done(&format!("/nodes/{id}"), "node-suspended"))
}

async fn reinstate(
    desk: Desk,
    caller: Caller<NodeSuspend>,
    Segments(id): Segments<NodeId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::reinstate(caller, Segments(id), db).await?;
    Ok(desk.done(&format!("/nodes/{id}"), "node-reinstated"))
}

async fn remove(
    desk: Desk,
    caller: Caller<NodeDelete>,
    Segments(id): Segments<NodeId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::remove(caller, Segments(id), db).await?;
    Ok(desk.done(&format!("/nodes/{id}"), "node-deleted"))
}

async fn bring_back(
    desk: Desk,
    caller: Caller<NodeRestore>,
    Segments(id): Segments<NodeId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::bring_back(caller, Segments(id), db).await?;
    Ok(desk.done(&format!("/nodes/{id}"), "node-restored"))
}
