//! Roles: the ones that everybody has, and the tenant's own profiles.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::id::ProfileId;
use alvara_render::page::{
    Action, Cell, Choice, Column, Empty, FieldView, FormView, Link, ListPage, Row, Table, Tone,
};
use alvara_store::profiles::{self, Profile};
use alvara_store::{Db, Scope};
use alvara_tenants::permissions::{RoleCreate, RoleDelete, RoleRead, RoleUpdate};
use alvara_tenants::{BuiltInRole, Effect, PermissionKey, Rule, RuleScope, read_rules};
use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::tell::Tell;
use super::rights::{self, RightsPage};
use super::tabs;
use crate::api::v1::roles as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/roles").get(list))
        .service(web::resource("/roles/new").get(new).post(create))
        .service(web::resource("/roles/{id}").get(edit).post(update))
        .service(web::resource("/roles/{id}/delete").post(remove));
}

/// How a role is called, as its row keeps it.
pub(super) fn name_of(tell: &Tell, role: &str) -> String {
    match role.parse::<BuiltInRole>() {
        Ok(role) => tell.word(&format!("role-{role}")),
        Err(_) => tell.word("role-profile"),
    }
}

/// The same with the tenant's own roles at hand.
pub(super) fn named(tell: &Tell, profiles: &[Profile], role: &str) -> String {
    profiles
        .iter()
        .find(|profile| profile.id.to_string() == role)
        .map_or_else(|| name_of(tell, role), |profile| profile.name.clone())
}

/// The roles that a tenant's member can have.
pub(super) fn choices(tell: &Tell, profiles: &[Profile], now: &str) -> Vec<Choice> {
    let built_in = BuiltInRole::ALL
        .iter()
        .filter(|role| **role != BuiltInRole::Superadmin || now == "superadmin")
        .map(|role| Choice::new(role.as_str(), name_of(tell, role.as_str()), now));
    let own = profiles
        .iter()
        .map(|profile| Choice::new(profile.id.to_string(), profile.name.clone(), now));
    built_in.chain(own).collect()
}

async fn list(desk: Desk, caller: Caller<RoleRead>, db: Data<Db>) -> Result<HttpResponse, Problem> {
    let found = db.read(&caller.scope, profiles::list).await?;
    let tell = desk.tell();
    let built_in = BuiltInRole::ALL
        .iter()
        .filter(|role| **role != BuiltInRole::Superadmin)
        .map(|role| {
            Row::new(vec![
                Cell::text(name_of(&tell, role.as_str())),
                Cell::text(tell.word("team-role-built-in")),
                Cell::text("—"),
            ])
        });
    let mut rows: Vec<Row> = built_in.collect();
    for profile in &found {
        rows.push(own_row(&desk, &tell, profile));
    }
    let columns = ["name", "kind", "changed"]
        .map(|column| Column::text(tell.word(&format!("team-{column}"))));
    let new = desk
        .may(PermissionKey::RoleCreate)
        .then(|| Link::new("/roles/new", tell.word("team-new-role")));
    desk.show(&ListPage {
        title: tell.word("team-roles"),
        intro: Some(tell.word("team-roles-intro")),
        primary: new,
        tabs: tabs(&desk, "/roles"),
        path: "/roles".to_owned(),
        table: Table::new(tell.word("team-roles"), columns.into(), rows),
        empty: Empty::default(),
        ..ListPage::default()
    })
}

fn own_row(desk: &Desk, tell: &Tell, profile: &Profile) -> Row {
    let actions = if desk.may(PermissionKey::RoleDelete) {
        let place = format!("/roles/{}/delete", profile.id);
        vec![
            Action::new(place, tell.word("team-remove"))
                .confirm(Tone::Bad, tell.word("team-role-delete-ask"))
                .about(&profile.name),
        ]
    } else {
        Vec::new()
    };
    let mut name = Cell::text(&profile.name);
    if desk.may(PermissionKey::RoleUpdate) {
        name = name.link(format!("/roles/{}", profile.id));
    }
    Row {
        cells: vec![
            name,
            Cell::text(tell.word("role-profile")),
            tell.day_cell(profile.updated_at),
        ],
        actions,
        ..Row::default()
    }
}

/// What a role says of a permission: how far it allows it. One refusal outweighs all.
fn reach(rules: &[Rule], key: PermissionKey) -> Option<RuleScope> {
    let named = |rule: &&Rule| {
        (rule.module == "*" || rule.module == key.module())
            && (rule.action == "*" || rule.action == key.action())
    };
    let mut widest = None;
    for rule in rules.iter().filter(named) {
        match (rule.effect, rule.scope) {
            (Effect::Deny, _) => return None,
            (Effect::Allow, RuleScope::Tree) => widest = Some(RuleScope::Tree),
            (Effect::Allow, RuleScope::Own) => widest = widest.or(Some(RuleScope::Own)),
        }
    }
    widest
}

/// Rules for what was ticked: one for a module that is ticked whole, else one for each permission.
/// `scope` says how far; where it is absent each stays as far as it was, and new ones reach below.
fn rules_of(ticked: &BTreeSet<&str>, scope: Option<RuleScope>, before: &[Rule]) -> Vec<Rule> {
    let of_tenants = || PermissionKey::ALL.iter().filter(|key| !key.is_platform());
    let far = |key: PermissionKey| {
        scope
            .or_else(|| reach(before, key))
            .unwrap_or(RuleScope::Tree)
    };
    let mut rules: Vec<Rule> = Vec::new();
    let mut whole: BTreeSet<&str> = BTreeSet::new();
    for key in of_tenants().filter(|key| ticked.contains(key.code())) {
        if whole.contains(key.module()) {
            continue;
        }
        let siblings = || of_tenants().filter(|other| other.module() == key.module());
        let is_whole =
            siblings().all(|other| ticked.contains(other.code()) && far(*other) == far(*key));
        if is_whole && siblings().count() > 1 {
            whole.insert(key.module());
        }
        rules.push(Rule {
            module: key.module().to_owned(),
            action: if whole.contains(key.module()) {
                "*".to_owned()
            } else {
                key.action().to_owned()
            },
            scope: far(*key),
            effect: Effect::Allow,
        });
    }
    rules
}

fn page(desk: &Desk, profile: Option<(&Profile, &[Rule])>) -> RightsPage {
    let tell = desk.tell();
    let rules = profile.map_or(&[][..], |(_, rules)| rules);
    let reaches: Vec<(&str, RuleScope)> = PermissionKey::ALL
        .iter()
        .filter(|key| !key.is_platform())
        .filter_map(|key| Some((key.code(), reach(rules, *key)?)))
        .collect();
    let is_own = |(_, scope): &(&str, RuleScope)| *scope == RuleScope::Own;
    let now = match (reaches.iter().any(is_own), reaches.iter().all(is_own)) {
        (false, _) => "tree",
        (true, true) => "own",
        (true, false) => "mixed",
    };
    let mut far = vec![
        Choice::new("tree", tell.word("team-reach-tree"), now),
        Choice::new("own", tell.word("team-reach-own"), now),
    ];
    if now == "mixed" {
        far.push(Choice::new("mixed", tell.word("team-reach-mixed"), now));
    }
    let mut fields = vec![
        FieldView::text("name", tell.word("team-name"))
            .value(profile.map_or("", |(profile, _)| &profile.name))
            .required(),
        FieldView::select("_scope", tell.word("team-reach"), far).required(),
    ];
    let (title, action) = match profile {
        Some((profile, _)) => {
            let version = profile.version.to_string();
            fields.push(FieldView::hidden("_version", version));
            (profile.name.clone(), format!("/roles/{}", profile.id))
        }
        None => (tell.word("team-new-role"), "/roles/new".to_owned()),
    };
    let ticked = reaches.iter().map(|(code, _)| *code).collect();
    RightsPage {
        title,
        badge: None,
        intro: Some(tell.word("team-role-intro")),
        back: Some(Link::new("/roles", tell.word("team-roles"))),
        form: FormView::new(action, tell.word("portal-save"), fields)
            .cancel(Link::new("/roles", tell.word("portal-cancel"))),
        heading: tell.word("team-rights"),
        about: tell.word("team-rights-role"),
        groups: rights::groups(&tell, &ticked),
    }
}

/// The body of the interface: the name, and rules for what was ticked.
fn body(entry: &Entry, before: &[Rule]) -> Result<interface::RoleBody, Problem> {
    let scope = entry.text("_scope").parse().ok();
    let rules = rules_of(&rights::ticked(entry), scope, before);
    let body: Value = json!({ "name": entry.text("name"), "rules": rules });
    json_from(body.to_string().as_bytes())
}

async fn new(desk: Desk, _: Caller<RoleCreate>) -> Result<HttpResponse, Problem> {
    desk.show(&page(&desk, None))
}

async fn create(
    desk: Desk,
    caller: Caller<RoleCreate>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let made = match body(&entry, &[]) {
        Ok(body) => interface::create(caller, Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done("/roles", "role-added")),
        Err(problem) => {
            let mut page = page(&desk, None);
            let status = rights::again(&desk, &mut page, &entry, problem)?;
            desk.answer(status, &page)
        }
    }
}

async fn find(db: &Db, scope: &Scope, id: ProfileId) -> Result<(Profile, Vec<Rule>), Problem> {
    let found = db.read(scope, move |tx| profiles::find(tx, id)).await?;
    let profile = found.ok_or_else(Problem::not_found)?;
    let rules = read_rules(profile.rules.clone()).map_err(Problem::internal)?;
    Ok((profile, rules))
}

async fn edit(
    desk: Desk,
    caller: Caller<RoleUpdate>,
    Segments(id): Segments<ProfileId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (profile, rules) = find(&db, &caller.scope, id).await?;
    desk.show(&page(&desk, Some((&profile, &rules))))
}

async fn update(
    desk: Desk,
    caller: Caller<RoleUpdate>,
    Segments(id): Segments<ProfileId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (profile, rules) = find(&db, &caller.scope, id).await?;
    let done = match body(&entry, &rules) {
        Ok(body) => {
            let version = entry.version();
            interface::update(caller, Segments(id), version, Json(body), db).await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(desk.done("/roles", "saved")),
        Err(problem) => {
            let mut page = page(&desk, Some((&profile, &rules)));
            let status = rights::again(&desk, &mut page, &entry, problem)?;
            desk.answer(status, &page)
        }
    }
}

async fn remove(
    desk: Desk,
    caller: Caller<RoleDelete>,
    Segments(id): Segments<ProfileId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::remove(caller, Segments(id), db).await?;
    Ok(desk.done("/roles", "role-removed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-TEN-03: what a form of boxes says of a role is what the role allowed, and nothing beside.
    #[test]
    fn a_role_comes_back_from_its_boxes_as_it_was() {
        let rule = |module: &str, action: &str, scope, effect| Rule {
            module: module.to_owned(),
            action: action.to_owned(),
            scope,
            effect,
        };
        let before = [
            rule("customer", "*", RuleScope::Tree, Effect::Allow),
            rule("customer", "cancel", RuleScope::Own, Effect::Deny),
            rule("license", "read", RuleScope::Own, Effect::Allow),
        ];
        let ticked: BTreeSet<&str> = PermissionKey::ALL
            .iter()
            .filter(|key| reach(&before, **key).is_some())
            .map(|key| key.code())
            .collect();
        assert!(ticked.contains("customer.read") && !ticked.contains("customer.cancel"));
        let after = rules_of(&ticked, None, &before);
        for key in PermissionKey::ALL {
            assert_eq!(reach(&after, *key), reach(&before, *key), "{key}");
        }
        let own = rules_of(&ticked, Some(RuleScope::Own), &before);
        assert!(own.iter().all(|rule| rule.scope == RuleScope::Own));
    }

    // R-TEN-03: every permission ticked fits into the rules that a role may have.
    #[test]
    fn a_whole_module_is_one_rule() {
        let all: BTreeSet<&str> = PermissionKey::ALL
            .iter()
            .filter(|key| !key.is_platform())
            .map(|key| key.code())
            .collect();
        let rules = rules_of(&all, Some(RuleScope::Tree), &[]);
        assert!(rules.len() < alvara_tenants::MOST_RULES, "{}", rules.len());
        for key in PermissionKey::ALL.iter().filter(|key| !key.is_platform()) {
            assert_eq!(reach(&rules, *key), Some(RuleScope::Tree), "{key}");
        }
    }
}
