//! What a place earns by sales, how much it may owe, and how much discount it may give.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::commission::CommissionRule;
use alvara_domain::id::NodeId;
use alvara_domain::money::{BasisPoints, Money};
use alvara_domain::node::Node;
use alvara_domain::order::credit::CreditLimit;
use alvara_render::page::{Cell, DetailPage, Fact, FieldView, FormView, Link, Section};
use alvara_store::StoreResult;
use alvara_store::{Db, TenantTx, commissions, credit_limits, nodes, tenants};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{
    CommissionRead, CommissionUpdate, CreditLimitUpdate, PriceUpdate,
};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::node::percent;
use crate::api::v1::{ledger, prices};
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/nodes/{id}/terms").get(show))
        .service(web::resource("/nodes/{id}/terms/commission").post(set_commission))
        .service(web::resource("/nodes/{id}/terms/credit").post(set_credit))
        .service(web::resource("/nodes/{id}/terms/ceiling").post(set_ceiling));
}

struct Known {
    node: Node,
    currency: String,
    rule: Option<CommissionRule>,
    limit: Option<CreditLimit>,
}

async fn read(desk: &Desk, id: NodeId, db: &Db) -> Result<Known, Problem> {
    let scope = desk.scope(PermissionKey::CommissionRead)?;
    let work = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let Some(node) = nodes::find(tx, id)? else {
            return Ok(None);
        };
        let currency = tenants::load_own(tx)?.currency.to_string();
        Ok(Some((node, currency, commissions::find_rule(tx, id)?)))
    };
    let found = db.read(&scope, work).await?;
    let (node, currency, rule) = found.ok_or_else(Problem::not_found)?;
    let limit = if desk.may(PermissionKey::CreditLimitRead) {
        let scope = desk.scope(PermissionKey::CreditLimitRead)?;
        db.read(&scope, move |tx| credit_limits::find(tx, id))
            .await?
    } else {
        None
    };
    Ok(Known {
        node,
        currency,
        rule,
        limit,
    })
}

/// Which of the forms of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Commission,
    Credit,
    Ceiling,
}

/// A percentage as a form shows it: `12.5`.
fn typed(share: BasisPoints) -> String {
    share.percent().to_string()
}

fn decimal(name: &str, label: String) -> FieldView {
    let mut field = FieldView::text(name, label);
    field.inputmode = Some("decimal");
    field
}

fn form(desk: &Desk, known: &Known, part: Part) -> FormView {
    let tell = desk.tell();
    let home = format!("/nodes/{}/terms", known.node.id);
    match part {
        Part::Commission => {
            let now = known.rule.as_ref().map(|rule| typed(rule.share));
            let mut field = decimal("percent:percent", tell.word("team-commission-percent"))
                .value(now.unwrap_or_default())
                .required()
                .hint(tell.word("team-commission-hint"));
            field.id = "f-commission".to_owned();
            FormView::new(
                format!("{home}/commission"),
                tell.word("team-commission-set"),
                vec![field],
            )
        }
        Part::Credit => {
            let limit = known.limit.as_ref();
            let amount = limit.map(|limit| limit.limit_minor).unwrap_or_default();
            let currency = limit.map_or_else(
                || known.currency.clone(),
                |limit| limit.currency.to_string(),
            );
            let days = limit.map(|limit| limit.days.to_string());
            let written = format!("{}.{:02}", amount / 100, amount % 100);
            let label = format!("{} ({currency})", tell.word("team-credit-amount"));
            let mut lasts = FieldView::text("days:int", tell.word("team-credit-days"))
                .value(days.unwrap_or_else(|| "28".to_owned()))
                .required();
            lasts.inputmode = Some("numeric");
            let fields = vec![
                FieldView::hidden("limit.currency", currency),
                decimal("limit.amount_minor:money", label)
                    .value(written)
                    .required(),
                lasts,
            ];
            FormView::new(
                format!("{home}/credit"),
                tell.word("team-credit-set"),
                fields,
            )
        }
        Part::Ceiling => {
            let now = known.node.discount_ceiling_bp.map(|count| {
                let text = percent(count).replace(',', ".");
                text.trim_end_matches(" %").to_owned()
            });
            let mut field = decimal("percent:percent", tell.word("team-ceiling-percent"))
                .value(now.unwrap_or_default())
                .hint(tell.word("team-ceiling-hint"));
            field.id = "f-ceiling".to_owned();
            FormView::new(
                format!("{home}/ceiling"),
                tell.word("team-ceiling-set"),
                vec![field],
            )
        }
    }
}

/// The page; one of its forms may be given as it was sent.
fn page(desk: &Desk, known: &Known, mut sent: Option<(Part, FormView)>) -> DetailPage {
    let tell = desk.tell();
    let mut take = |part: Part, key: PermissionKey| {
        if !desk.may(key) {
            return None;
        }
        match sent.take_if(|(of, _)| *of == part) {
            Some((_, form)) => Some(form),
            None => Some(form(desk, known, part)),
        }
    };
    let earned = known.rule.as_ref().map(|rule| rule.share.count());
    let mut sections = vec![Section {
        id: "commission",
        title: tell.word("team-commission"),
        facts: vec![Fact::new(
            tell.word("team-commission-percent"),
            Cell::text(earned.map_or_else(|| "—".to_owned(), percent)),
        )],
        form: take(Part::Commission, PermissionKey::CommissionUpdate),
        ..Section::default()
    }];
    if desk.may(PermissionKey::CreditLimitRead) {
        let facts = known.limit.as_ref().map_or_else(Vec::new, |limit| {
            let money = |minor| Cell::text(tell.money(Money::new(minor, limit.currency)));
            vec![
                Fact::new(tell.word("team-credit-amount"), money(limit.limit_minor)),
                Fact::new(tell.word("team-credit-used"), money(limit.used_minor)),
                Fact::new(
                    tell.word("team-credit-days"),
                    Cell::text(limit.days.to_string()),
                ),
            ]
        });
        sections.push(Section {
            id: "credit",
            title: tell.word("team-credit"),
            intro: Some(tell.word("team-credit-intro")),
            facts,
            form: take(Part::Credit, PermissionKey::CreditLimitUpdate),
            ..Section::default()
        });
    }
    if let Some(form) = take(Part::Ceiling, PermissionKey::PriceUpdate) {
        sections.push(Section {
            id: "ceiling",
            title: tell.word("team-ceiling"),
            form: Some(form),
            ..Section::default()
        });
    }
    let home = format!("/nodes/{}", known.node.id);
    DetailPage {
        title: tell.word("team-terms"),
        back: Some(Link::new(home, known.node.name.clone())),
        sections,
        ..DetailPage::default()
    }
}

async fn show(
    desk: Desk,
    _: Caller<CommissionRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let known = read(&desk, id, &db).await?;
    desk.show(&page(&desk, &known, None))
}

/// The page after a form of it was sent.
async fn after(
    desk: &Desk,
    (id, part): (NodeId, Part),
    entry: &Entry,
    db: &Db,
    done: Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    let problem = match done {
        Ok(_) => return Ok(desk.done(&format!("/nodes/{id}/terms"), "saved")),
        Err(problem) => problem,
    };
    let known = read(desk, id, db).await?;
    let mut form = form(desk, &known, part);
    let status = desk.again(&mut form, entry, problem)?;
    desk.answer(status, &page(desk, &known, Some((part, form))))
}

async fn set_commission(
    desk: Desk,
    caller: Caller<CommissionUpdate>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let done = match entry.read() {
        Ok(body) => ledger::put_rule(caller, Segments(id), Json(body), db.clone()).await,
        Err(problem) => Err(problem),
    };
    after(&desk, (id, Part::Commission), &entry, &db, done).await
}

async fn set_credit(
    desk: Desk,
    caller: Caller<CreditLimitUpdate>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let done = match entry.read() {
        Ok(body) => ledger::put_limit(caller, Segments(id), Json(body), db.clone()).await,
        Err(problem) => Err(problem),
    };
    after(&desk, (id, Part::Credit), &entry, &db, done).await
}

async fn set_ceiling(
    desk: Desk,
    caller: Caller<PriceUpdate>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let done = match entry.read() {
        Ok(body) => prices::set_ceiling(caller, Segments(id), Json(body), db.clone()).await,
        Err(problem) => Err(problem),
    };
    after(&desk, (id, Part::Ceiling), &entry, &db, done).await
}
