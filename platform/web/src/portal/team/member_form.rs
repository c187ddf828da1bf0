//! The forms that let somebody in and change a member.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::{AppResult, Platform};
use alvara_domain::id::{MemberId, NodeId};
use alvara_domain::node::Node;
use alvara_render::page::{Choice, FieldKind, FieldView, FormPage, FormView, Link};
use alvara_store::members::{self, Member};
use alvara_store::profiles::{self, Profile};
use alvara_store::{Db, Scope, TenantTx, nodes};
use alvara_tenants::permissions::{MemberCreate, MemberUpdate};
use alvara_tenants::{BuiltInRole, Role};
use serde_json::Value;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::super::tell::Tell;
use super::{places, roles, secret};
use crate::api::v1::members as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::{Caller, gate_of};
use crate::problem::{Kind, Problem};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/members/new").get(new).post(create))
        .service(web::resource("/members/{id}/edit").get(edit).post(update));
}

/// What a member may be and where.
pub(super) struct Options {
    places: Vec<Node>,
    profiles: Vec<Profile>,
    /// The roles that the reader may give away.
    roles: BTreeSet<String>,
}

impl Options {
    /// The places of a scope, with one more that may be a customer's, and the roles that the reader
    /// may give to somebody there.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn read(
        desk: &Desk,
        db: &Db,
        scope: &Scope,
        more: Option<NodeId>,
    ) -> Result<Self, Problem> {
        let principal = desk
            .principal()
            .ok_or_else(|| Problem::new(Kind::Unauthenticated))?;
        let more = more.unwrap_or_else(|| principal.node());
        let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
            let mut all = places::read(tx)?;
            if all.iter().all(|node| node.id != more) {
                all.extend(nodes::find(tx, more)?);
            }
            Ok((all, profiles::list(tx)?))
        };
        let (places, profiles) = db.read(scope, work).await?;
        let gate = gate_of(desk.request())?;
        let built_in = BuiltInRole::ALL.iter().map(|role| Role::BuiltIn(*role));
        let own = profiles.iter().map(|profile| Role::Profile(profile.id));
        let mut roles = BTreeSet::new();
        for role in built_in.chain(own) {
            if gate.may_grant(&principal, scope, role, None).await? {
                roles.insert(role.to_string());
            }
        }
        Ok(Self {
            places,
            profiles,
            roles,
        })
    }

    /// The field that chooses a place.
    pub(super) fn place(&self, tell: &Tell, now: &str) -> FieldView {
        // Who has one place only is asked nothing.
        if let [only] = self.places.as_slice() {
            return FieldView::hidden("node_id", only.id.to_string());
        }
        let choices = places::choices(&self.places, tell, now, |_| true);
        FieldView::select("node_id", tell.word("team-place"), choices)
            .required()
            .hint(tell.word("team-place-hint"))
    }

    /// The role that somebody new mostly gets of those that the reader may give away.
    fn usual(&self) -> &'static str {
        match BuiltInRole::Agent.as_str() {
            agent if self.roles.contains(agent) => agent,
            _ => BuiltInRole::Customer.as_str(),
        }
    }

    /// The field that chooses a role.
    pub(super) fn role(&self, tell: &Tell, now: &str) -> FieldView {
        let mut choices = roles::choices(tell, &self.profiles, now);
        choices.retain(|choice| choice.value == now || self.roles.contains(&choice.value));
        if let [only] = choices.as_slice() {
            return FieldView::hidden("role", only.value.clone());
        }
        FieldView::select("role", tell.word("team-role"), choices).required()
    }
}

/// The languages there are, after "the tenant's".
fn language(tell: &Tell, now: &str) -> FieldView {
    let mut choices = vec![Choice::new("", tell.word("team-language-tenant"), now)];
    choices.extend(
        tell.words()
            .locales()
            .map(|locale| Choice::new(locale.tag(), locale.tag(), now)),
    );
    FieldView::select("locale:null", tell.word("portal-language"), choices)
}

/// Whether who is added without a password is invited by mail.
fn invites(desk: &Desk) -> bool {
    let platform = desk.request().app_data::<Data<Platform>>();
    platform.is_some_and(|platform| platform.mail().is_some())
}

fn new_page(desk: &Desk, options: &Options) -> FormPage {
    let tell = desk.tell();
    let hint = if invites(desk) {
        "team-password-invited"
    } else {
        "team-password-hint"
    };
    let query = Query::of(desk);
    let own = desk
        .principal()
        .map(|principal| principal.node().to_string())
        .unwrap_or_default();
    let fields = vec![
        FieldView::text("name", tell.word("team-name"))
            .required()
            .autocomplete("off"),
        FieldView::new(FieldKind::Email, "email", tell.word("team-email"))
            .required()
            .autocomplete("off")
            .hint(tell.word("team-email-hint")),
        options.place(&tell, query.get("node_id").unwrap_or(&own)),
        options.role(&tell, query.get("role").unwrap_or(options.usual())),
        language(&tell, ""),
        FieldView::new(
            FieldKind::Password,
            "_password",
            tell.word("team-first-password"),
        )
        .autocomplete("new-password")
        .hint(tell.word(hint)),
    ];
    FormPage {
        title: tell.word("team-new-member"),
        form: FormView::new("/members/new", tell.word("team-add"), fields)
            .cancel(Link::new("/members", tell.word("portal-cancel"))),
        back: Some(Link::new("/members", tell.word("nav-people"))),
        ..FormPage::default()
    }
}

async fn new(
    desk: Desk,
    caller: Caller<MemberCreate>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let more = Query::of(&desk).value("node_id");
    let options = Options::read(&desk, &db, &caller.scope, more).await?;
    desk.show(&new_page(&desk, &options))
}

/// The body, with the password that was typed or made, or without one for who is invited.
fn body(entry: &Entry, password: &str) -> Result<interface::MemberBody, Problem> {
    let mut body: Value = entry.read()?;
    if let Value::Object(fields) = &mut body
        && !password.is_empty()
    {
        fields.insert("password".to_owned(), Value::from(password));
    }
    json_from(body.to_string().as_bytes())
}

async fn create(
    desk: Desk,
    caller: Caller<MemberCreate>,
    entry: Entry,
    platform: Data<Platform>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    let (password, is_made) = match entry.typed("_password").unwrap_or_default() {
        "" if !invites(&desk) => (secret::password()?, true),
        typed => (typed.to_owned(), false),
    };
    let invited = password.is_empty();
    let made = match body(&entry, &password) {
        Ok(body) => interface::create(caller, Json(body), platform).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(answer) if is_made => {
            let tell = desk.tell();
            let back = Link::new(desk.place_of(&answer), tell.word("team-member"));
            secret::show(&desk, tell.word("team-member-added"), password, back)
        }
        Ok(answer) if invited => Ok(desk.done(&desk.place_of(&answer), "member-invited")),
        Ok(answer) => Ok(desk.done(&desk.place_of(&answer), "member-added")),
        Err(problem) => {
            let more = entry.text("node_id").parse().ok();
            let options = Options::read(&desk, &db, &scope, more).await?;
            desk.retry(new_page(&desk, &options), &entry, problem)
        }
    }
}

fn edit_page(desk: &Desk, member: &Member, options: &Options) -> FormPage {
    let tell = desk.tell();
    let fields = vec![
        FieldView::hidden("_version", member.version.to_string()),
        FieldView::text("name", tell.word("team-name"))
            .value(&member.name)
            .required(),
        options.place(&tell, &member.node_id.to_string()),
        options.role(&tell, &member.role),
        language(&tell, member.locale.as_deref().unwrap_or_default()),
    ];
    let home = format!("/members/{}", member.id);
    FormPage {
        title: tell.word("team-edit-member"),
        form: FormView::new(format!("{home}/edit"), tell.word("portal-save"), fields)
            .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, member.name.clone())),
        ..FormPage::default()
    }
}

async fn known(
    desk: &Desk,
    db: &Db,
    scope: &Scope,
    id: MemberId,
) -> Result<(Member, Options), Problem> {
    let found = db.read(scope, move |tx| members::find(tx, id)).await?;
    let member = found.ok_or_else(Problem::not_found)?;
    let options = Options::read(desk, db, scope, Some(member.node_id)).await?;
    Ok((member, options))
}

async fn edit(
    desk: Desk,
    caller: Caller<MemberUpdate>,
    Segments(id): Segments<MemberId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (member, options) = known(&desk, &db, &caller.scope, id).await?;
    desk.show(&edit_page(&desk, &member, &options))
}

async fn update(
    desk: Desk,
    caller: Caller<MemberUpdate>,
    Segments(id): Segments<MemberId>,
    entry: Entry,
    platform: Data<Platform>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    let done = match entry.read() {
        Ok(body) => {
            let version = entry.version();
            interface::update(caller, Segments(id), version, Json(body), platform).await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(desk.done(&format!("/members/{id}"), "saved")),
        Err(problem) => {
            let (member, options) = known(&desk, &db, &scope, id).await?;
            desk.retry(edit_page(&desk, &member, &options), &entry, problem)
        }
    }
}
