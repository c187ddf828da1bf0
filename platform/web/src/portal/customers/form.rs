//! The forms that add a customer and change one.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::customer::{CustomerTier, PersonKind};
use alvara_domain::id::NodeId;
use alvara_domain::node::{Node, NodeKind};
use alvara_render::page::{Choice, FieldKind, FieldView, FormPage, FormView, Link};
use alvara_store::Db;
use alvara_store::customers::{self, Placed};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{CustomerCreate, CustomerUpdate};
use serde_json::Value;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::super::team::places;
use super::super::tell::Tell;
use super::address;
use crate::api::v1::customers as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/customers/new").get(new).post(create))
        .service(web::resource("/customers/{id}/edit").get(edit).post(update));
}

fn person(tell: &Tell, now: PersonKind) -> FieldView {
    let kinds = PersonKind::ALL
        .iter()
        .map(|kind| Choice::new(kind.as_str(), tell.value("person-kind", kind), now.as_str()));
    FieldView::select("person", tell.word("customers-person"), kinds.collect()).required()
}

/// The empty form. A customer comes under whoever adds it, unless another place is chosen.
fn page(desk: &Desk, places: &[Node]) -> FormPage {
    let tell = desk.tell();
    let query = Query::of(desk);
    let own = desk
        .principal()
        .map(|principal| principal.node().to_string())
        .unwrap_or_default();
    let own = match places {
        [only] => only.id.to_string(),
        _ => own,
    };
    let under = query.get("node_id").unwrap_or(&own);
    let parent = if places.len() > 1 {
        let holds = |node: &Node| node.kind.may_hold(NodeKind::Customer);
        let choices = places::choices(places, &tell, under, holds);
        FieldView::select("parent_id", tell.word("customers-seller"), choices).required()
    } else {
        FieldView::hidden("parent_id", own)
    };
    let mut fields = vec![
        FieldView::text("name", tell.word("customers-name"))
            .required()
            .autocomplete("organization"),
        person(&tell, PersonKind::Company),
        FieldView::text("tax_id", tell.word("customers-tax-id"))
            .hint(tell.word("customers-tax-id-hint")),
        FieldView::new(FieldKind::Email, "email", tell.word("customers-email"))
            .hint(tell.word("customers-email-hint")),
        FieldView::new(FieldKind::Tel, "phone", tell.word("customers-phone")),
        FieldView::new(FieldKind::Area, "notes", tell.word("customers-notes")),
    ];
    fields.insert(0, parent);
    let back = Link::new("/customers", tell.word("nav-customers"));
    FormPage {
        title: tell.word("customers-new"),
        form: FormView::new("/customers/new", tell.word("customers-add"), fields)
            .cancel(Link::new("/customers", tell.word("portal-cancel"))),
        back: Some(back),
        ..FormPage::default()
    }
}

/// The places a customer may come under, as far as the reader sees the tree.
async fn sellers(desk: &Desk, db: &Db) -> Result<Vec<Node>, Problem> {
    if !desk.may(PermissionKey::NodeRead) {
        return Ok(Vec::new());
    }
    let scope = desk.scope(PermissionKey::NodeRead)?;
    Ok(db.read(&scope, places::read).await?)
}

async fn new(desk: Desk, _: Caller<CustomerCreate>, db: Data<Db>) -> Result<HttpResponse, Problem> {
    let places = sellers(&desk, &db).await?;
    desk.show(&page(&desk, &places))
}

async fn create(
    desk: Desk,
    caller: Caller<CustomerCreate>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let made = match entry.read() {
        Ok(body) => interface::create(caller, Json(body), db.clone()).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(answer) => Ok(desk.done(&desk.place_of(&answer), "customer-added")),
        Err(problem) => desk.retry(page(&desk, &sellers(&desk, &db).await?), &entry, problem),
    }
}

/// The form with what is known.
fn edit_page(desk: &Desk, placed: &Placed) -> FormPage {
    let tell = desk.tell();
    let Placed { customer, node } = placed;
    let text = |name: &str, key: &str, value: &str| {
        FieldView::text(name, tell.word(&format!("customers-{key}"))).value(value)
    };
    let tiers = CustomerTier::ALL.iter().map(|tier| {
        let now = customer.tier.as_str();
        Choice::new(tier.as_str(), tell.value("customer-tier", tier), now)
    });
    let tax_id = customer.tax_id.as_ref().map(|number| number.printed());
    let mut fields = vec![
        FieldView::hidden("_version", customer.version.to_string()),
        text("name", "name", &node.name).required(),
        person(&tell, customer.person),
        text("legal_name", "legal-name", &customer.legal_name),
        text("tax_id:null", "tax-id", &tax_id.unwrap_or_default())
            .hint(tell.word("customers-tax-id-hint")),
        FieldView::new(FieldKind::Email, "email:null", tell.word("customers-email"))
            .value(node.email.as_deref().unwrap_or_default())
            .hint(tell.word("customers-email-hint")),
        FieldView::new(FieldKind::Tel, "phone", tell.word("customers-phone"))
            .value(&customer.phone),
    ];
    fields.extend(address::fields(&tell, customer.postal_address.as_ref()));
    fields.push(FieldView::select("tier", tell.word("customers-tier"), tiers.collect()).required());
    for (name, is) in [
        ("multi_site", customer.multi_site),
        ("multi_user", customer.multi_user),
    ] {
        let label = tell.word(&format!("customers-{}", name.replace('_', "-")));
        fields.push(FieldView::hidden(format!("{name}:no"), "false"));
        fields.push(FieldView {
            checked: is,
            ..FieldView::check(format!("{name}:bool"), label)
        });
    }
    fields.push(
        FieldView::new(FieldKind::Area, "notes", tell.word("customers-notes"))
            .value(&customer.notes),
    );
    let home = format!("/customers/{}", node.id);
    FormPage {
        title: tell.word("customers-edit"),
        form: FormView::new(format!("{home}/edit"), tell.word("portal-save"), fields)
            .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, node.name.clone())),
        ..FormPage::default()
    }
}

async fn edit(
    desk: Desk,
    caller: Caller<CustomerUpdate>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| customers::find(tx, id))
        .await?;
    desk.show(&edit_page(&desk, &found.ok_or_else(Problem::not_found)?))
}

/// A text that was emptied is empty from now on, and not what it was.
fn change(entry: &Entry) -> Result<interface::CustomerPatch, Problem> {
    let mut body: Value = entry.read()?;
    if let Value::Object(fields) = &mut body {
        for name in ["legal_name", "phone", "notes"] {
            fields.insert(name.to_owned(), Value::from(entry.text(name)));
        }
    }
    address::take(&mut body, entry);
    json_from(body.to_string().as_bytes())
}

async fn update(
    desk: Desk,
    caller: Caller<CustomerUpdate>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    let done = match change(&entry) {
        Ok(body) => {
            let version = entry.version();
            interface::update(caller, Segments(id), version, Json(body), db.clone()).await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(desk.done(&format!("/customers/{id}"), "saved")),
        Err(problem) => {
            let found = db.read(&scope, move |tx| customers::find(tx, id)).await?;
            desk.retry(
                edit_page(&desk, &found.ok_or_else(Problem::not_found)?),
                &entry,
                problem,
            )
        }
    }
}
