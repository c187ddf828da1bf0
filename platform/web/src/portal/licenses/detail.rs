//! One license: how it stands, what belongs to it, and what the reader may do with it.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_domain::id::{LicenseId, MemberId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::price::Sale;
use alvara_domain::product::{Module, Policy};
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::UtcTime;
use alvara_render::page::{Action, Cell, Choice, DetailPage, Fact, FieldView, Link, Tone};
use alvara_store::audit::{self, AuditEntry};
use alvara_store::page::PageRequest;
use alvara_store::{Db, TenantTx, licenses, members, modules, plans, policies, sales};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::LicenseRead;

use super::super::desk::Desk;
use super::super::tell::Tell;
use super::{Names, badge, parts};
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

/// Entries of the history that the page shows.
const HISTORY: u32 = 50;

/// By how much one may renew besides the license's own period.
const PERIODS: [&str; 5] = ["P1M", "P3M", "P6M", "P1Y", "P2Y"];

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/licenses/{id}").get(show));
}

/// What the page is made of.
pub(super) struct Known {
    pub(super) license: License,
    names: Names,
    policy: Option<Policy>,
    sale: Option<Sale>,
    plan: Option<String>,
    /// Those of its product.
    pub(super) modules: Vec<Module>,
    /// Each with how who did it is called.
    pub(super) history: Vec<(AuditEntry, Option<String>)>,
}

fn read(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<Option<Known>> {
    let Some(license) = licenses::find_even_deleted(tx, id)? else {
        return Ok(None);
    };
    let mut names = Names::default();
    names.learn(tx, std::slice::from_ref(&license))?;
    let sale = sales::find(tx, id)?;
    let plan = match sale.as_ref().and_then(|sale| sale.plan_id) {
        Some(plan) => plans::find(tx, plan)?.map(|plan| plan.name),
        None => None,
    };
    let page = PageRequest::new(Some(HISTORY), None);
    let found = audit::list_of_license(tx, id, &page)?;
    let mut history = Vec::new();
    for entry in found.map_or_else(Vec::new, |page| page.items) {
        let who = match entry.actor.parse::<MemberId>() {
            Ok(id) => members::find(tx, id)?.map(|member| member.name),
            Err(_) => None,
        };
        history.push((entry, who));
    }
    Ok(Some(Known {
        policy: policies::find(tx, license.policy_id)?,
        modules: modules::list(tx, license.product_id)?,
        license,
        names,
        sale,
        plan,
        history,
    }))
}

async fn show(
    desk: Desk,
    caller: Caller<LicenseRead>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db.read(&caller.scope, move |tx| read(tx, id)).await?;
    let known = found.ok_or_else(Problem::not_found)?;
    let tell = desk.tell();
    let license = &known.license;
    desk.show(&DetailPage {
        title: format!("{} …{}", known.names.product(license), license.key_hint),
        badge: Some(badge(license, &tell)),
        intro: license.state_reason.clone(),
        back: Some(Link::new("/licenses", tell.word("nav-licenses"))),
        links: links(&desk, license),
        actions: actions(&desk, license, &tell),
        facts: facts(&desk, &known, &tell),
        sections: parts::sections(&desk, &known, &db).await?,
    })
}

fn facts(desk: &Desk, known: &Known, tell: &Tell) -> Vec<Fact> {
    let license = &known.license;
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("licenses-{key}")), cell);
    let mut place = Cell::text(known.names.place(license));
    if desk.may(PermissionKey::CustomerRead) {
        place = place.link(format!("/customers/{}", license.node_id));
    }
    let mut facts = vec![
        fact("key", Cell::code(format!("…{}", license.key_hint))),
        fact("customer", place),
        fact(
            "kind",
            Cell::text(tell.value("license-kind", &license.kind)),
        ),
        fact("expires", super::end_cell(license, tell)),
        fact("machines", Cell::text(super::machines_text(license, tell))),
        fact("starts", tell.day_cell(license.term.starts_at)),
    ];
    if let Some(policy) = &known.policy {
        facts.push(fact("policy", Cell::text(&policy.name)));
    }
    if let Some(until) = license.term.maintenance_until {
        facts.push(fact("maintenance", tell.day_cell(until)));
    }
    if let Some(last) = super::last_day(license).filter(|_| license.is_expired(tell.now())) {
        facts.push(fact("grace-until", tell.day_cell(last)));
    }
    facts.push(fact(
        "first-activated",
        tell.maybe_instant(license.first_activated_at),
    ));
    if let Some(user) = &license.bound_user {
        facts.push(fact("user", Cell::text(user)));
    }
    if let Some(site) = &license.bound_site {
        facts.push(fact("site", Cell::text(site)));
    }
    if let Some(sale) = known
        .sale
        .as_ref()
        .filter(|_| desk.may(PermissionKey::PriceRead))
    {
        facts.extend(sale_fact(known, sale, tell));
    }
    facts.push(fact("issued", tell.instant_cell(license.issued_at)));
    if !license.note.is_empty() && desk.may(PermissionKey::LicenseUpdate) {
        facts.push(fact("note", Cell::text(&license.note)));
    }
    facts
}

fn sale_fact(known: &Known, sale: &Sale, tell: &Tell) -> Option<Fact> {
    let total = sale.total().ok().flatten()?;
    let cell = Cell::text(tell.money(total)).note(known.plan.clone().unwrap_or_default());
    Some(Fact::new(tell.word("licenses-sold-for"), cell))
}

fn links(desk: &Desk, license: &License) -> Vec<Link> {
    let tell = desk.tell();
    let to = |deed: &str| {
        let place = format!("/licenses/{}/{deed}", license.id);
        Link::new(place, tell.word(&format!("licenses-{deed}")))
    };
    let is_there = license.deleted_at.is_none();
    let ended = license.state == LicenseState::Revoked;
    let is_trial = matches!(license.kind, LicenseKind::Trial | LicenseKind::Demo);
    let mut links = Vec::new();
    if is_there && !ended && is_trial && desk.may(PermissionKey::LicenseConvert) {
        links.push(to("convert"));
    }
    if is_there && desk.may(PermissionKey::LicenseUpdate) {
        links.push(to("edit"));
    }
    if is_there && !ended && desk.may(PermissionKey::LicenseTransfer) {
        links.push(to("transfer"));
    }
    links
}

/// A license that can be renewed, as far as can be seen from it.
pub(in crate::portal) fn renews(license: &License) -> bool {
    license.deleted_at.is_none()
        && license.state != LicenseState::Revoked
        && license.term.period.is_some()
}

/// The button that renews by a period.
pub(in crate::portal) fn renewal(license: &License, tell: &Tell) -> Action {
    let own = license.term.period;
    let own = own.map_or_else(String::new, |period| tell.value("license-period", &period));
    let mut choices = vec![Choice::new(
        "",
        tell.say(
            "licenses-own-period",
            alvara_render::Args::new().text("period", own),
        ),
        "",
    )];
    if !license.term.is_waiting() {
        choices.extend(
            PERIODS.map(|period| Choice::new(period, tell.value("license-period", &period), "")),
        );
    }
    let mut period = FieldView::select("period", tell.word("licenses-period"), choices);
    period.id = format!("f-period-{}", license.id);
    Action::new(
        format!("/licenses/{}/renew", license.id),
        tell.word("licenses-renew"),
    )
    .confirm(Tone::Ok, tell.word("licenses-renew-ask"))
    .field(period)
}

fn actions(desk: &Desk, license: &License, tell: &Tell) -> Vec<Action> {
    let act = |deed: &str| {
        let place = format!("/licenses/{}/{deed}", license.id);
        Action::new(place, tell.word(&format!("licenses-{deed}")))
    };
    let ask = |deed: &str| tell.word(&format!("licenses-{deed}-ask"));
    let reason = |deed: &str| {
        let mut field = FieldView::text("reason", tell.word("portal-reason"));
        field.id = format!("f-reason-{deed}");
        field
    };
    let may = |key: PermissionKey| desk.may(key);
    if license.deleted_at.is_some() {
        return if may(PermissionKey::LicenseRestore) {
            vec![act("restore")]
        } else {
            Vec::new()
        };
    }
    let mut actions = Vec::new();
    if license.state == LicenseState::Pending && may(PermissionKey::LicenseReinstate) {
        actions.push(act("approve"));
    }
    if license.state == LicenseState::Suspended && may(PermissionKey::LicenseReinstate) {
        actions.push(act("reinstate"));
    }
    if may(PermissionKey::LicenseRevealKey) {
        actions.push(act("key"));
    }
    if renews(license) && may(PermissionKey::LicenseRenew) {
        actions.push(renewal(license, tell));
    }
    if renews(license) && may(PermissionKey::OrderCreate) {
        actions.push(act("renewal"));
        if may(PermissionKey::LicenseRenew) {
            actions.push(act("renewal-link"));
        }
    }
    if license.state == LicenseState::Active && may(PermissionKey::LicenseSuspend) {
        let action = act("suspend").confirm(Tone::Bad, ask("suspend"));
        actions.push(action.field(reason("suspend")));
    }
    if license.state != LicenseState::Revoked && may(PermissionKey::LicenseRevoke) {
        let typed = FieldView::text("_typed", tell.word("licenses-typed"))
            .required()
            .hint(license.key_hint.clone());
        let action = act("revoke").confirm(Tone::Bad, ask("revoke"));
        actions.push(action.field(typed).field(reason("revoke")));
    }
    if may(PermissionKey::LicenseDelete) {
        actions.push(act("delete").confirm(Tone::Bad, ask("delete")));
    }
    actions
}

/// When an entry of the history was made.
pub(super) fn made_at(entry: &AuditEntry) -> Option<UtcTime> {
    UtcTime::from_micros(entry.at).ok()
}
