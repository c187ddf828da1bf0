//! Members: the list, one of them, and what is decided about one.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::{AppResult, Platform};
use alvara_domain::id::{MemberId, NodeId};
use alvara_render::page::{
    Action, Cell, Column, DetailPage, Empty, Fact, FieldKind, FieldView, Link, Row, Table, Tone,
};
use alvara_store::members::{self, Member, MemberFilter, MemberState};
use alvara_store::page::{Cursor, PageRequest};
use alvara_store::profiles::{self, Profile};
use alvara_store::{Db, TenantTx, nodes};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{MemberRead, MemberReset, MemberSuspend};
use serde_json::json;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::super::tell::Tell;
use super::{member_badge, place_of, roles, secret, tabs};
use crate::api::v1::members as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/members").get(list))
        .service(web::resource("/members/{id}").get(show))
        .service(web::resource("/members/{id}/suspend").post(suspend))
        .service(web::resource("/members/{id}/reinstate").post(reinstate))
        .service(web::resource("/members/{id}/unlock").post(unlock))
        .service(web::resource("/members/{id}/remove-codes").post(remove_totp))
        .service(web::resource("/members/{id}/password").post(reset));
}

/// Members with the names of their places, and the tenant's own roles.
struct Found {
    members: Vec<Member>,
    next: Option<Cursor>,
    places: BTreeMap<String, (String, String)>,
    profiles: Vec<Profile>,
}

fn read(tx: &mut TenantTx<'_>, filter: &MemberFilter, page: &PageRequest) -> AppResult<Found> {
    let found = members::list(tx, filter, page)?;
    let mut places = BTreeMap::new();
    for member in &found.items {
        if let Some((key, place)) = place(tx, member.node_id)? {
            places.insert(key, place);
        }
    }
    Ok(Found {
        members: found.items,
        next: found.next,
        places,
        profiles: profiles::list(tx)?,
    })
}

/// A place by its id: its name, and where its page is.
type Place = (String, (String, String));

fn place(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Option<Place>> {
    let node = nodes::find(tx, id)?;
    Ok(node.map(|node| (id.to_string(), (node.name.clone(), place_of(&node)))))
}

async fn list(
    desk: Desk,
    caller: Caller<MemberRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let filter = MemberFilter {
        node: query.value("node_id"),
        state: query.value("state"),
        search: query.get("q").map(str::to_owned),
    };
    let page = query.page();
    let found = db
        .read(&caller.scope, move |tx| read(tx, &filter, &page))
        .await?;
    let tell = desk.tell();
    let rows = found
        .members
        .iter()
        .map(|member| row(member, &found, &tell))
        .collect();
    let columns = ["name", "email", "role", "place", "status"]
        .map(|column| Column::text(tell.word(&format!("team-{column}"))));
    let new = desk
        .may(PermissionKey::MemberCreate)
        .then(|| Link::new("/members/new", tell.word("team-new-member")));
    let empty = Empty {
        text: tell.word("team-no-people"),
        action: new.clone(),
    };
    let table = Table::new(tell.word("nav-people"), columns.into(), rows);
    let hint = Some(tell.word("team-member-search"));
    let title = tell.word("nav-people");
    let mut page = query.list(title, table, found.next.as_ref(), hint, empty);
    page.primary = new;
    page.tabs = tabs(&desk, "/members");
    page.filters = vec![
        query.filter(
            "state",
            tell.word("team-status"),
            tell.word("portal-all"),
            MemberState::ALL
                .iter()
                .map(|state| (state.to_string(), tell.value("member-state", state))),
        ),
    ];
    desk.show(&page)
}

fn row(member: &Member, found: &Found, tell: &Tell) -> Row {
    let place = found.places.get(&member.node_id.to_string());
    Row::new(vec![
        Cell::text(&member.name).link(format!("/members/{}", member.id)),
        Cell::text(&member.email),
        Cell::text(roles::named(tell, &found.profiles, &member.role)),
        place.map_or_else(
            || Cell::text("—"),
            |(name, href)| Cell::text(name).link(href),
        ),
        Cell::badge(member_badge(member.state, tell)),
    ])
}

async fn show(
    desk: Desk,
    caller: Caller<MemberRead>,
    Segments(id): Segments<MemberId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let Some(member) = members::find(tx, id)? else {
            return Ok(None);
        };
        let place = place(tx, member.node_id)?;
        Ok(Some((member, place, profiles::list(tx)?)))
    };
    let found = db.read(&caller.scope, work).await?;
    let (member, place, profiles) = found.ok_or_else(Problem::not_found)?;
    let tell = desk.tell();
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("team-{key}")), cell);
    let place = place.map_or_else(
        || Cell::text("—"),
        |(_, (name, href))| Cell::text(name).link(href),
    );
    let mut facts = vec![
        fact("email", Cell::text(&member.email).copy(&member.email)),
        fact(
            "role",
            Cell::text(roles::named(&tell, &profiles, &member.role)),
        ),
        fact("place", place),
        fact("codes", Cell::text(tell.yes(member.totp_sealed.is_some()))),
        fact("since", tell.day_cell(member.created_at)),
    ];
    if is_locked(&member, &tell) {
        facts.push(fact(
            "locked-until",
            tell.maybe_instant(member.locked_until),
        ));
    }
    let mut links = Vec::new();
    if desk.may(PermissionKey::MemberUpdate) {
        let edit = format!("/members/{id}/edit");
        links.push(Link::new(edit, tell.word("team-edit-member")));
    }
    desk.show(&DetailPage {
        title: member.name.clone(),
        badge: Some(member_badge(member.state, &tell)),
        back: Some(Link::new("/members", tell.word("nav-people"))),
        links,
        actions: actions(&desk, &member),
        facts,
        ..DetailPage::default()
    })
}

fn is_locked(member: &Member, tell: &Tell) -> bool {
    member.locked_until.is_some_and(|until| until > tell.now())
}

fn actions(desk: &Desk, member: &Member) -> Vec<Action> {
    let tell = desk.tell();
    let act = |what: &str| {
        Action::new(
            format!("/members/{}/{what}", member.id),
            tell.word(&format!("team-member-{what}")),
        )
    };
    let ask = |what: &str| tell.word(&format!("team-member-{what}-ask"));
    let mut actions = Vec::new();
    if desk.may(PermissionKey::MemberReset) {
        let password = FieldView::new(
            FieldKind::Password,
            "password",
            tell.word("team-new-password"),
        )
        .autocomplete("new-password")
        .hint(tell.word("team-password-hint"));
        actions.push(
            act("password")
                .confirm(Tone::Neutral, ask("password"))
                .field(password),
        );
        if is_locked(member, &tell) {
            actions.push(act("unlock"));
        }
        if member.totp_sealed.is_some() {
            actions.push(act("remove-codes").confirm(Tone::Bad, ask("remove-codes")));
        }
    }
    if desk.may(PermissionKey::MemberSuspend) {
        actions.push(match member.state {
            MemberState::Active => act("suspend").confirm(Tone::Bad, ask("suspend")),
            MemberState::Disabled => act("reinstate"),
        });
    }
    actions
}

async fn suspend(
    desk: Desk,
    caller: Caller<MemberSuspend>,
    Segments(id): Segments<MemberId>,
    _: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    interface::suspend(caller, Segments(id), platform).await?;
    Ok(desk.done(&format!("/members/{id}"), "member-suspended"))
}

async fn reinstate(
    desk: Desk,
    caller: Caller<MemberSuspend>,
    Segments(id): Segments<MemberId>,
    _: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    interface::reinstate(caller, Segments(id), platform).await?;
    Ok(desk.done(&format!("/members/{id}"), "member-reinstated"))
}

async fn unlock(
    desk: Desk,
    caller: Caller<MemberReset>,
    Segments(id): Segments<MemberId>,
    _: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    interface::unlock(caller, Segments(id), platform).await?;
    Ok(desk.done(&format!("/members/{id}"), "member-unlocked"))
}

async fn remove_totp(
    desk: Desk,
    caller: Caller<MemberReset>,
    Segments(id): Segments<MemberId>,
    _: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    interface::remove_totp(caller, Segments(id), platform).await?;
    Ok(desk.done(&format!("/members/{id}"), "codes-removed"))
}

/// Sets the password that was typed, or makes one and shows it this once.
async fn reset(
    desk: Desk,
    caller: Caller<MemberReset>,
    Segments(id): Segments<MemberId>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let typed = entry.typed("password").unwrap_or_default();
    let (password, is_made) = match typed {
        "" => (secret::password()?, true),
        typed => (typed.to_owned(), false),
    };
    let body = json_from(json!({ "password": password }).to_string().as_bytes())?;
    interface::reset_password(caller, Segments(id), Json(body), platform).await?;
    let place = format!("/members/{id}");
    if !is_made {
        return Ok(desk.done(&place, "password-set"));
    }
    let tell = desk.tell();
    let back = Link::new(place, tell.word("team-member"));
    secret::show(&desk, tell.word("team-password-made"), password, back)
}
