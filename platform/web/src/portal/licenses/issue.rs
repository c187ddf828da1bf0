//! Issuing a license: first what is sold, then to whom and how; with its price before it is issued.

pub(in crate::portal) mod page;
mod price;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::{AppResult, Platform};
use alvara_domain::id::{PlanId, PolicyId};
use alvara_domain::product::{Plan, Policy, Product, ProductState};
use alvara_render::Args;
use alvara_render::page::{Cell, Column, DetailPage, Link, Row, Section, Table};
use alvara_store::page::PageRequest;
use alvara_store::{Db, TenantTx, plans, policies, products};
use alvara_tenants::permissions::LicenseIssue;
use serde_json::Value;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::super::tell::Tell;
use super::deeds::{answered, once};
use crate::api::v1::licenses as interface;
use crate::body::{Json, json_from};
use crate::caller::Caller;
use crate::problem::Problem;
use page::{Chosen, IssuePage, Purpose};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/licenses/new").get(new).post(create));
}

/// A policy that may be sold, with its plans.
pub(in crate::portal) struct Offered {
    pub(in crate::portal) product: Product,
    pub(in crate::portal) policy: Policy,
    pub(in crate::portal) plans: Vec<Plan>,
}

/// What the tenant may sell.
///
/// # Errors
/// When the database fails.
pub(in crate::portal) fn offered(tx: &mut TenantTx<'_>) -> AppResult<Vec<Offered>> {
    let all = PageRequest::new(Some(200), None);
    let mut offered = Vec::new();
    for product in products::list(tx, &all)?.items {
        if product.state != ProductState::Active {
            continue;
        }
        for policy in policies::list(tx, Some(product.id), &all)?.items {
            offered.push(Offered {
                plans: plans::list(tx, Some(policy.id), &all)?.items,
                product: product.clone(),
                policy,
            });
        }
    }
    Ok(offered)
}

/// The first step: what is sold. Each row leads to the second one with the rest of the address kept.
pub(in crate::portal) fn choose(
    offered: &[Offered],
    query: &Query,
    title: &str,
    tell: &Tell,
) -> DetailPage {
    let mut rows = Vec::new();
    for one in offered {
        let to = |plan: &str| {
            let policy = query.with("policy", &one.policy.id.to_string());
            if plan.is_empty() {
                policy
            } else {
                format!("{policy}&plan={plan}")
            }
        };
        let kind = Cell::text(tell.value("license-kind", &one.policy.terms.kind));
        let name = |label: &str| Cell::text(label).note(one.product.name.clone());
        rows.extend(one.plans.iter().map(|plan| {
            Row::new(vec![
                name(&plan.name).link(to(&plan.id.to_string())),
                Cell::text(&one.policy.name),
                kind.clone(),
                Cell::text(tell.value("license-period", &plan.period)),
                Cell::text(tell.money(plan.price)),
            ])
        }));
        let period = one.policy.terms.duration;
        let period = period.map(|period| tell.value("license-period", &period));
        rows.push(Row::new(vec![
            name(&one.policy.name).link(to("")),
            Cell::text(&one.policy.name),
            kind.clone(),
            Cell::text(period.unwrap_or_else(|| "—".to_owned())),
            Cell::text(tell.word("licenses-no-price")),
        ]));
    }
    let mut columns: Vec<Column> = ["offer", "policy", "kind", "period"]
        .map(|key| Column::text(tell.word(&format!("licenses-{key}"))))
        .into();
    columns.push(Column::number(tell.word("licenses-price")));
    let heading = tell.word("licenses-choose-offer");
    DetailPage {
        title: title.to_owned(),
        back: Some(Link::new("/licenses", tell.word("nav-licenses"))),
        sections: vec![Section {
            id: "offers",
            table: Some(Table::new(heading.clone(), columns, rows)),
            empty: Some(tell.word("licenses-no-offers")),
            title: heading,
            ..Section::default()
        }],
        ..DetailPage::default()
    }
}

async fn new(
    desk: Desk,
    caller: Caller<LicenseIssue>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let tell = desk.tell();
    let Some(policy) = query.value::<PolicyId>("policy") else {
        let found = db.read(&caller.scope, offered).await?;
        return desk.show(&choose(&found, &query, &tell.word("licenses-new"), &tell));
    };
    let chosen = Chosen {
        policy,
        plan: query.value("plan"),
        holder: query.get("node_id").map(str::to_owned),
        sought: query.get("customer").map(str::to_owned),
    };
    desk.show(&page::of(&desk, (&caller.scope, &db), chosen, Purpose::One).await?)
}

/// The body of the interface. Modules that are just those of the policy are left to the policy,
/// which knows their values and ends.
pub(in crate::portal) fn body(entry: &Entry) -> Result<Value, Problem> {
    let mut body: Value = entry.read()?;
    let ticked = entry.all("modules[]");
    let usual: Vec<&str> = entry
        .text("_modules")
        .split(',')
        .filter(|code| !code.is_empty())
        .collect();
    let is_usual = ticked.len() == usual.len() && usual.iter().all(|code| ticked.contains(code));
    if let Value::Object(object) = &mut body {
        if is_usual {
            object.remove("modules");
        } else if ticked.is_empty() {
            object.insert("modules".to_owned(), Value::Array(Vec::new()));
        }
    }
    Ok(body)
}

/// What the form says was chosen before it.
pub(in crate::portal) fn chosen(entry: &Entry) -> Result<Chosen, Problem> {
    let policy = entry.text("policy_id").parse::<PolicyId>();
    Ok(Chosen {
        policy: policy.map_err(|_| Problem::not_found())?,
        plan: entry.text("plan_id").parse::<PlanId>().ok(),
        holder: Some(entry.text("node_id").to_owned()).filter(|holder| !holder.is_empty()),
        sought: None,
    })
}

async fn create(
    desk: Desk,
    caller: Caller<LicenseIssue>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let (db, scope) = (platform.db(), caller.scope.clone());
    let mut page = page::of(&desk, (&scope, db), chosen(&entry)?, Purpose::One).await?;
    if entry.text("_do") == "quote" {
        let status = price::put(&desk, &mut page, &entry, db).await?;
        page.fill(&entry);
        return desk.answer(status, &page);
    }
    let made = match body(&entry).and_then(|body| json_from(body.to_string().as_bytes())) {
        Ok(body) => interface::issue(caller, Json(body), platform.clone()).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(answer) => {
            let place = desk.place_of(&answer);
            let said = answered(answer).await?;
            let key = said.get("key").and_then(Value::as_str).unwrap_or_default();
            Ok(once(desk.show(&issued(&desk, (&place, key), &page))?))
        }
        Err(problem) => {
            let status = page.again(&desk, &entry, problem)?;
            desk.answer(status, &page)
        }
    }
}

/// The key, shown once, and what one does with it next.
fn issued(desk: &Desk, (place, key): (&str, &str), page: &IssuePage) -> DetailPage {
    let tell = desk.tell();
    let host = desk.request().connection_info().host().to_owned();
    let platform = desk.request().app_data::<Data<Platform>>();
    let scheme = platform.map_or("https", |platform| platform.address().scheme.as_str());
    let link = format!("{scheme}://{host}/activate");
    let args = Args::new()
        .text("product", page.product())
        .text("key", key)
        .text("link", link);
    let message = tell.say("licenses-message", args);
    let subject = tell.word("licenses-message-subject");
    let encoded = |text: &str| {
        let bytes = form_urlencoded::byte_serialize(text.as_bytes());
        bytes.collect::<String>().replace('+', "%20")
    };
    let mail = format!(
        "mailto:?subject={}&body={}",
        encoded(&subject),
        encoded(&message)
    );
    let phone = format!("https://wa.me/?text={}", encoded(&message));
    DetailPage {
        title: tell.word("licenses-issued-title"),
        intro: Some(tell.word("licenses-key-intro")),
        back: Some(Link::new("/licenses", tell.word("nav-licenses"))),
        links: vec![
            Link::new(place, tell.word("licenses-one")),
            Link::new("/licenses/new", tell.word("licenses-another")),
        ],
        sections: vec![
            Section {
                id: "key",
                title: tell.word("licenses-the-key"),
                block: Some(key.to_owned()),
                ..Section::default()
            },
            Section {
                id: "send",
                title: tell.word("licenses-send"),
                intro: Some(tell.word("licenses-send-intro")),
                block: Some(message),
                links: vec![
                    Link::new(mail, tell.word("licenses-by-mail")),
                    Link::new(phone, tell.word("licenses-by-whatsapp")),
                ],
                ..Section::default()
            },
        ],
        ..DetailPage::default()
    }
}
