//! A program that registered itself: what it said, and what is decided about it.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::{AppError, AppResult, Platform};
use alvara_domain::id::{NodeId, RegistrationId};
use alvara_domain::product::Policy;
use alvara_domain::registration::{Registration, RegistrationState};
use alvara_render::page::{
    Action, Cell, Choice, DetailPage, Fact, FieldKind, FieldView, FormView, Link, Section, Tone,
};
use alvara_store::page::PageRequest;
use alvara_store::{Db, TenantTx, policies, products, registrations};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{
    RegistrationApprove, RegistrationDelete, RegistrationRead, RegistrationRestore,
};
use serde_json::Value;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::licenses::issue::page::holders;
use super::super::tell::Tell;
use super::badge;
use crate::api::v1::registrations as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    let of = |deed: &str| web::resource(format!("/approvals/programs/{{id}}{deed}"));
    config
        .service(of("").get(show))
        .service(of("/approve").post(approve))
        .service(of("/refuse").post(refuse))
        .service(of("/delete").post(delete))
        .service(of("/restore").post(restore));
}

/// What the machine is called; its fingerprint when nobody called it anything.
pub(super) fn name(one: &Registration) -> String {
    if one.name.is_empty() {
        one.fingerprint.to_string().chars().take(24).collect()
    } else {
        one.name.clone()
    }
}

/// What may be decided from the list and on the page, but for the approval, which asks more.
pub(super) fn actions(desk: &Desk, one: &Registration, tell: &Tell) -> Vec<Action> {
    let act = |deed: &str| {
        let place = format!("/approvals/programs/{}/{deed}", one.id);
        Action::new(place, tell.word(&format!("approvals-{deed}"))).about(name(one))
    };
    if one.deleted_at.is_some() {
        return if desk.may(PermissionKey::RegistrationRestore) {
            vec![act("restore")]
        } else {
            Vec::new()
        };
    }
    let mut actions = Vec::new();
    let waits = one.state == RegistrationState::Pending;
    if waits && desk.may(PermissionKey::RegistrationApprove) {
        let mut reason = FieldView::text("reason", tell.word("portal-reason"));
        reason.id = format!("f-reason-{}", one.id);
        let ask = tell.word("approvals-refuse-ask");
        actions.push(act("refuse").confirm(Tone::Bad, ask).field(reason));
    }
    if desk.may(PermissionKey::RegistrationDelete) {
        let ask = tell.word("approvals-delete-ask");
        actions.push(act("delete").confirm(Tone::Bad, ask));
    }
    actions
}

struct Known {
    one: Registration,
    product: Option<String>,
    policies: Vec<Policy>,
    holders: Vec<(NodeId, String)>,
}

fn read(tx: &mut TenantTx<'_>, id: RegistrationId) -> AppResult<Known> {
    let one = registrations::find(tx, id)?.ok_or(AppError::NotFound("registration"))?;
    let page = PageRequest::new(Some(200), None);
    Ok(Known {
        product: products::find(tx, one.product_id)?.map(|product| product.name),
        policies: policies::list(tx, Some(one.product_id), &page)?.items,
        holders: holders(tx, None, None)?,
        one,
    })
}

fn form(known: &Known, tell: &Tell) -> FormView {
    let word = |key: &str| tell.word(&format!("approvals-{key}"));
    let by_rule = || Choice::new("", word("by-rule"), "");
    let mut terms = vec![by_rule()];
    terms.extend(
        known
            .policies
            .iter()
            .map(|policy| Choice::new(policy.id.to_string(), &policy.name, "")),
    );
    let mut places = vec![by_rule()];
    places.extend(
        known
            .holders
            .iter()
            .map(|(id, name)| Choice::new(id.to_string(), name, "")),
    );
    let applicant = &known.one.applicant;
    let person = if applicant.company.is_empty() {
        "person"
    } else {
        "company"
    };
    let fields = vec![
        FieldView::select("policy_id", word("policy"), terms),
        FieldView::select("node_id", word("holder"), places),
        FieldView::text("customer.name", word("new-customer")).hint(word("new-customer-hint")),
        FieldView::hidden("customer.parent_id", known.one.node_id.to_string()),
        FieldView::hidden("customer.person", person),
        FieldView::new(FieldKind::Email, "customer.email", word("email"))
            .value(applicant.email.clone().unwrap_or_default()),
    ];
    let place = format!("/approvals/programs/{}/approve", known.one.id);
    FormView::new(place, word("approve"), fields)
}

fn page(desk: &Desk, known: &Known, form: Option<FormView>) -> DetailPage {
    let tell = desk.tell();
    let one = &known.one;
    let fact = |key: &str, text: &str| {
        let text = if text.is_empty() { "—" } else { text };
        Fact::new(tell.word(&format!("approvals-{key}")), Cell::text(text))
    };
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    let fingerprint = one.fingerprint.to_string();
    let mut facts = vec![
        fact("product", known.product.as_deref().unwrap_or_default()),
        fact("applicant", &one.applicant.name),
        fact("company", &one.applicant.company),
        fact("email", &or_empty(&one.applicant.email)),
        fact("message", &one.applicant.message),
        Fact::new(
            tell.word("approvals-fingerprint"),
            Cell::code(fingerprint.clone()).copy(fingerprint),
        ),
        fact("platform", &one.platform),
        fact("version", &one.app_version),
        fact("site", &or_empty(&one.site)),
        fact("user", &or_empty(&one.user_name)),
        fact("address", &one.source_address),
        Fact::new(
            tell.word("approvals-since"),
            tell.instant_cell(one.created_at),
        ),
        Fact::new(
            tell.word("approvals-seen"),
            tell.instant_cell(one.last_seen_at),
        ),
    ];
    if let Some(license) = one.license_id {
        let cell = Cell::code(license.to_string()).link(format!("/licenses/{license}"));
        facts.push(Fact::new(tell.word("approvals-license"), cell));
    }
    let sections = form.map(|form| Section {
        id: "approve",
        title: tell.word("approvals-approve"),
        intro: Some(tell.word("approvals-approve-intro")),
        form: Some(form),
        ..Section::default()
    });
    DetailPage {
        title: name(one),
        badge: Some(badge(one, &tell)),
        intro: one.state_reason.clone(),
        back: Some(Link::new(
            "/approvals?tab=programs",
            tell.word("nav-approvals"),
        )),
        actions: actions(desk, one, &tell),
        facts,
        sections: sections.into_iter().collect(),
        ..DetailPage::default()
    }
}

async fn show(
    desk: Desk,
    caller: Caller<RegistrationRead>,
    Segments(id): Segments<RegistrationId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let known = db
        .read(&caller.scope, move |tx: &mut TenantTx<'_>| read(tx, id))
        .await?;
    let decides = known.one.deleted_at.is_none()
        && known.one.state.can_become(RegistrationState::Approved)
        && desk.may(PermissionKey::RegistrationApprove);
    let form = decides.then(|| form(&known, &desk.tell()));
    desk.show(&page(&desk, &known, form))
}

/// The body of the interface: a customer is added only where a name was given.
fn body(entry: &Entry) -> Result<Value, Problem> {
    let mut body: Value = entry.read()?;
    if entry.text("customer.name").is_empty()
        && let Value::Object(object) = &mut body
    {
        object.remove("customer");
    }
    Ok(body)
}

async fn approve(
    desk: Desk,
    caller: Caller<RegistrationApprove>,
    Segments(id): Segments<RegistrationId>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let made = match body(&entry).and_then(|body| json_from(body.to_string().as_bytes())) {
        Ok(body) => interface::accept(caller, Segments(id), Json(body), platform.clone()).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done("/approvals?tab=programs", "approval-program-approved")),
        Err(problem) => {
            let scope = desk.scope(PermissionKey::RegistrationRead)?;
            let work = move |tx: &mut TenantTx<'_>| read(tx, id);
            let known = platform.db().read(&scope, work).await?;
            let mut form = form(&known, &desk.tell());
            let status = desk.again(&mut form, &entry, problem)?;
            desk.answer(status, &page(&desk, &known, Some(form)))
        }
    }
}

async fn refuse(
    desk: Desk,
    caller: Caller<RegistrationApprove>,
    Segments(id): Segments<RegistrationId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::turn_down(caller, Segments(id), Json(entry.read()?), db).await?;
    Ok(desk.done("/approvals?tab=programs", "approval-program-refused"))
}

async fn delete(
    desk: Desk,
    caller: Caller<RegistrationDelete>,
    Segments(id): Segments<RegistrationId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::remove(caller, Segments(id), db).await?;
    Ok(desk.done("/approvals?tab=deleted", "approval-program-deleted"))
}

async fn restore(
    desk: Desk,
    caller: Caller<RegistrationRestore>,
    Segments(id): Segments<RegistrationId>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::bring_back(caller, Segments(id), db).await?;
    Ok(desk.done("/approvals?tab=programs", "approval-program-restored"))
}
