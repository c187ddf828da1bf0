//! API keys: credentials of programs that manage. A secret is shown once, when the key is made.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::{AppResult, Platform};
use alvara_domain::id::ApiKeyId;
use alvara_render::page::{
    Action, Badge, Cell, Column, Empty, FieldKind, FieldView, FormView, Link, Row, Table, Tone,
};
use alvara_store::api_keys::{self, ApiKey};
use alvara_store::profiles::{self, Profile};
use alvara_store::{Db, TenantTx, nodes};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{ApiKeyCreate, ApiKeyRead, ApiKeyRevoke};
use serde_json::Value;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::super::tell::Tell;
use super::member_form::Options;
use super::rights::{self, RightsPage};
use super::{roles, secret, tabs};
use crate::api::v1::api_keys as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api-keys").get(list))
        .service(web::resource("/api-keys/new").get(new).post(create))
        .service(web::resource("/api-keys/{id}/revoke").post(revoke));
}

async fn list(
    desk: Desk,
    caller: Caller<ApiKeyRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let page = query.page();
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let found = api_keys::list(tx, &page)?;
        let mut places = BTreeMap::new();
        for key in &found.items {
            if let Some(node) = nodes::find(tx, key.node_id)? {
                places.insert(key.node_id, node.name);
            }
        }
        Ok((found, places, profiles::list(tx)?))
    };
    let (found, places, profiles) = db.read(&caller.scope, work).await?;
    let tell = desk.tell();
    let rows = found.items.iter().map(|key| {
        let place = places.get(&key.node_id).map_or("—", String::as_str);
        row(&desk, key, place, &profiles)
    });
    let columns = ["name", "status", "place", "role", "last-used", "ends"]
        .map(|column| Column::text(tell.word(&format!("team-{column}"))));
    let table = Table::new(tell.word("team-api-keys"), columns.into(), rows.collect());
    let new = desk
        .may(PermissionKey::ApiKeyCreate)
        .then(|| Link::new("/api-keys/new", tell.word("team-new-key")));
    let empty = Empty {
        text: tell.word("team-no-keys"),
        action: new.clone(),
    };
    let title = tell.word("team-api-keys");
    let mut page = query.list(title, table, found.next.as_ref(), None, empty);
    page.intro = Some(tell.word("team-keys-intro"));
    page.primary = new;
    page.tabs = tabs(&desk, "/api-keys");
    desk.show(&page)
}

fn row(desk: &Desk, key: &ApiKey, place: &str, profiles: &[Profile]) -> Row {
    let tell = desk.tell();
    let is_live = key.is_live(tell.now());
    let may = is_live && desk.may(PermissionKey::ApiKeyRevoke);
    let role = Cell::text(roles::named(&tell, profiles, &key.role));
    let role = if key.permissions.is_empty() {
        role
    } else {
        role.note(key.permissions.join(", "))
    };
    Row {
        cells: vec![
            Cell::text(&key.name),
            Cell::badge(badge(key, &tell)),
            Cell::text(place),
            role,
            tell.maybe_instant(key.last_used_at),
            tell.maybe_day(key.expires_at),
        ],
        actions: if may {
            let place = format!("/api-keys/{}/revoke", key.id);
            vec![
                Action::new(place, tell.word("team-key-revoke"))
                    .confirm(Tone::Bad, tell.word("team-key-revoke-ask"))
                    .about(&key.name),
            ]
        } else {
            Vec::new()
        },
        ..Row::default()
    }
}

fn badge(key: &ApiKey, tell: &Tell) -> Badge {
    let (tone, word) = if key.revoked_at.is_some() {
        (Tone::Bad, "team-key-revoked")
    } else if key.is_live(tell.now()) {
        (Tone::Ok, "team-key-live")
    } else {
        (Tone::Neutral, "team-key-ended")
    };
    Badge {
        tone,
        text: tell.word(word),
    }
}

fn page(desk: &Desk, options: &Options) -> RightsPage {
    let tell = desk.tell();
    let own = desk
        .principal()
        .map(|principal| principal.node().to_string())
        .unwrap_or_default();
    let fields = vec![
        FieldView::text("name", tell.word("team-name"))
            .required()
            .hint(tell.word("team-key-name-hint")),
        options.place(&tell, &own),
        options.role(&tell, "agent"),
        FieldView::new(FieldKind::Date, "expires_at:night", tell.word("team-ends")),
    ];
    RightsPage {
        title: tell.word("team-new-key"),
        badge: None,
        intro: None,
        back: Some(Link::new("/api-keys", tell.word("team-api-keys"))),
        form: FormView::new("/api-keys/new", tell.word("team-key-make"), fields)
            .cancel(Link::new("/api-keys", tell.word("portal-cancel"))),
        heading: tell.word("team-rights"),
        about: tell.word("team-rights-key"),
        groups: rights::groups(&tell, &BTreeSet::new()),
    }
}

async fn new(
    desk: Desk,
    caller: Caller<ApiKeyCreate>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let options = Options::read(&desk, &db, &caller.scope, None).await?;
    desk.show(&page(&desk, &options))
}

fn body(entry: &Entry) -> Result<interface::ApiKeyBody, Problem> {
    let mut body: Value = entry.read()?;
    if let Value::Object(fields) = &mut body {
        let ticked = rights::ticked(entry).into_iter().map(Value::from).collect();
        fields.insert("permissions".to_owned(), ticked);
    }
    json_from(body.to_string().as_bytes())
}

async fn create(
    desk: Desk,
    caller: Caller<ApiKeyCreate>,
    entry: Entry,
    platform: Data<Platform>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    let made = match body(&entry) {
        Ok(body) => interface::create(caller, Json(body), platform).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(answer) => {
            let tell = desk.tell();
            let said = secret::said(answer).await?;
            let secret = said
                .get("secret")
                .and_then(Value::as_str)
                .ok_or_else(|| Problem::internal("a key without a secret"))?;
            let back = Link::new("/api-keys", tell.word("team-api-keys"));
            secret::show(&desk, tell.word("team-key-made"), secret.to_owned(), back)
        }
        Err(problem) => {
            let options = Options::read(&desk, &db, &scope, None).await?;
            let mut page = page(&desk, &options);
            let status = rights::again(&desk, &mut page, &entry, problem)?;
            desk.answer(status, &page)
        }
    }
}

async fn revoke(
    desk: Desk,
    caller: Caller<ApiKeyRevoke>,
    Segments(id): Segments<ApiKeyId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::revoke(caller, Segments(id), db).await?;
    Ok(desk.done("/api-keys", "key-revoked"))
}
