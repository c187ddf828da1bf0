//! The forms that change a license: its note and limits, who holds it, and from trial to paid.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::{AppError, AppResult};
use alvara_domain::id::LicenseId;
use alvara_domain::license::License;
use alvara_domain::transfer::MachinesThen;
use alvara_render::page::{Choice, FieldKind, FieldView, FormPage, FormView, Link};
use alvara_store::{Db, Scope, TenantTx, licenses};
use alvara_tenants::permissions::{LicenseConvert, LicenseTransfer, LicenseUpdate};
use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::issue::page::{IssuePage, holders};
use super::issue::{Offered, offered};
use crate::api::v1::licenses as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Caller;
use crate::precondition::MaybeIfMatch;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    let of = |deed: &str| web::resource(format!("/licenses/{{id}}/{deed}"));
    config
        .service(of("edit").get(edit).post(update))
        .service(of("transfer").get(ask_transfer).post(transfer))
        .service(of("convert").get(ask_convert).post(convert));
}

async fn known(scope: &Scope, db: &Db, id: LicenseId) -> Result<License, Problem> {
    let read = move |tx: &mut TenantTx<'_>| licenses::find(tx, id);
    db.read(scope, read).await?.ok_or_else(Problem::not_found)
}

/// A page around a form of a license.
fn page(desk: &Desk, id: LicenseId, deed: &str, fields: Vec<FieldView>) -> FormPage {
    let tell = desk.tell();
    let home = format!("/licenses/{id}");
    let title = tell.word(&format!("licenses-{deed}"));
    FormPage {
        form: FormView::new(format!("{home}/{deed}"), title.clone(), fields)
            .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        title,
        back: Some(Link::new(home, tell.word("licenses-one"))),
        ..FormPage::default()
    }
}

fn edit_page(desk: &Desk, license: &License) -> FormPage {
    let tell = desk.tell();
    let word = |key: &str| tell.word(&format!("licenses-{key}"));
    let limit = license.machine_limit.map(|limit| limit.to_string());
    let fields = vec![
        FieldView::hidden("_version", license.version.to_string()),
        FieldView::new(
            FieldKind::Number,
            "machine_limit:int",
            word("machine-limit"),
        )
        .value(limit.unwrap_or_default())
        .hint(word("machine-limit-hint")),
        FieldView::text("user:null", word("user"))
            .value(license.bound_user.clone().unwrap_or_default())
            .hint(word("user-hint")),
        FieldView::text("site:null", word("site"))
            .value(license.bound_site.clone().unwrap_or_default()),
        FieldView::new(FieldKind::Area, "note", word("note")).value(license.note.clone()),
    ];
    page(desk, license.id, "edit", fields)
}

async fn edit(
    desk: Desk,
    caller: Caller<LicenseUpdate>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let license = known(&caller.scope, &db, id).await?;
    desk.show(&edit_page(&desk, &license))
}

/// What is emptied is taken away: the note, and the limit of machines.
fn changes(entry: &Entry) -> Result<Value, Problem> {
    let mut body: Value = entry.read()?;
    if let Value::Object(object) = &mut body {
        object.entry("note").or_insert_with(|| json!(""));
        object.entry("machine_limit").or_insert(Value::Null);
    }
    Ok(body)
}

async fn update(
    desk: Desk,
    caller: Caller<LicenseUpdate>,
    Segments(id): Segments<LicenseId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let license = known(&caller.scope, &db, id).await?;
    let read = changes(&entry).and_then(|body| json_from(body.to_string().as_bytes()));
    let made = match read {
        Ok(body) => interface::update(caller, Segments(id), entry.version(), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/licenses/{id}"), "saved")),
        Err(problem) => desk.retry(edit_page(&desk, &license), &entry, problem),
    }
}

async fn transfer_page(
    desk: &Desk,
    (scope, db): (&Scope, &Db),
    id: LicenseId,
    chosen: Option<String>,
) -> Result<IssuePage, Problem> {
    let sought = Query::of(desk).get("customer").map(str::to_owned);
    let (named, picked) = (sought.clone(), chosen.clone());
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
        let found = holders(tx, named.as_deref(), picked.as_deref())?;
        Ok((license, found))
    };
    let (license, found) = db.read(scope, read).await?;
    let tell = desk.tell();
    let now = chosen.unwrap_or_default();
    let places = found
        .into_iter()
        .filter(|(place, _)| *place != license.node_id)
        .map(|(place, name)| Choice::new(place.to_string(), name, &now));
    let then = MachinesThen::ALL.iter().map(|then| {
        let label = tell.value("licenses-machines-then", then);
        Choice::new(then.to_string(), label, "keep")
    });
    let place = tell.word("licenses-holder");
    let machines = tell.word("licenses-machines");
    let fields = vec![
        FieldView::select("node_id", place.clone(), places.collect()).required(),
        FieldView::select("machines", machines, then.collect()).required(),
        FieldView::text("reason", tell.word("portal-reason"))
            .hint(tell.word("licenses-transfer-reason")),
    ];
    let home = format!("/licenses/{id}");
    let title = tell.word("licenses-transfer");
    let form = FormView::new(format!("{home}/transfer"), title.clone(), fields)
        .cancel(Link::new(home.clone(), tell.word("portal-cancel")));
    let back = Link::new(home, tell.word("licenses-one"));
    Ok(IssuePage::new(title, back, form, vec![(place, 0)]).sought(sought))
}

async fn ask_transfer(
    desk: Desk,
    caller: Caller<LicenseTransfer>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = transfer_page(&desk, (&caller.scope, &db), id, None).await?;
    desk.show(&page)
}

async fn transfer(
    desk: Desk,
    caller: Caller<LicenseTransfer>,
    Segments(id): Segments<LicenseId>,
    if_match: MaybeIfMatch,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let chosen = Some(entry.text("node_id").to_owned());
    let mut page = transfer_page(&desk, (&caller.scope, &db), id, chosen).await?;
    let made = match entry.read() {
        Ok(body) => interface::transfer(caller, Segments(id), if_match, Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/licenses/{id}"), "license-transferred")),
        Err(problem) => {
            let status = page.again(&desk, &entry, problem)?;
            desk.answer(status, &page)
        }
    }
}

fn convert_page(desk: &Desk, license: &License, offered: &[Offered]) -> FormPage {
    let tell = desk.tell();
    let mut choices = Vec::new();
    for one in offered {
        if one.product.id != license.product_id {
            continue;
        }
        choices.extend(one.plans.iter().map(|plan| {
            let label = format!("{} · {}", plan.name, tell.money(plan.price));
            Choice::new(format!("plan {}", plan.id), label, "")
        }));
        if !matches!(
            one.policy.terms.kind,
            alvara_domain::terms::LicenseKind::Trial
        ) {
            let value = format!("policy {}", one.policy.id);
            choices.push(Choice::new(value, &one.policy.name, ""));
        }
    }
    let discount = FieldView {
        inputmode: Some("decimal"),
        ..FieldView::text("discount_percent:percent", tell.word("licenses-discount"))
    };
    let fields = vec![
        FieldView::select("_to", tell.word("licenses-offer"), choices).required(),
        discount.hint(tell.word("licenses-discount-hint")),
    ];
    let mut page = page(desk, license.id, "convert", fields);
    page.intro = Some(tell.word("licenses-convert-intro"));
    page
}

async fn ask_convert(
    desk: Desk,
    caller: Caller<LicenseConvert>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let license = known(&caller.scope, &db, id).await?;
    let found = db.read(&caller.scope, offered).await?;
    desk.show(&convert_page(&desk, &license, &found))
}

async fn convert(
    desk: Desk,
    caller: Caller<LicenseConvert>,
    Segments(id): Segments<LicenseId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let license = known(&caller.scope, &db, id).await?;
    let found = db.read(&caller.scope, offered).await?;
    let read = entry.read::<Value>().and_then(|mut body| {
        if let (Value::Object(object), Some((what, to))) =
            (&mut body, entry.text("_to").split_once(' '))
        {
            object.insert(format!("{what}_id"), json!(to));
        }
        json_from(body.to_string().as_bytes())
    });
    let made = match read {
        Ok(body) => interface::convert(caller, Segments(id), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/licenses/{id}"), "license-converted")),
        Err(problem) => desk.retry(convert_page(&desk, &license, &found), &entry, problem),
    }
}
