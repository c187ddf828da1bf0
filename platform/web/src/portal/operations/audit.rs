//! The audit chain: to read, to take away, and to see whether it is whole.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::id::MemberId;
use alvara_domain::time::UtcTime;
use alvara_render::Args;
use alvara_render::page::{Badge, Cell, Column, DetailPage, Empty, Fact, Link, Row, Table, Tone};
use alvara_render::sheet::Value;
use alvara_store::audit::{self, AuditEntry, AuditFilter, Chain};
use alvara_store::page::Page;
use alvara_store::{Db, StoreResult, TenantTx, members};
use alvara_tenants::permissions::AuditRead;

use super::super::desk::Desk;
use super::super::listing::{FILE_ROWS, Query, every, file};
use super::super::tell::Tell;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/audit").get(list))
        .service(web::resource(["/audit.csv", "/audit.xlsx"]).get(export))
        .service(web::resource("/audit/chain").get(chain));
}

/// How far back a list may go, in days.
const SPANS: [i64; 4] = [1, 7, 30, 365];

const DAY: i64 = 86_400;

fn filter_of(query: &Query, now: UtcTime) -> AuditFilter {
    let wanted = query.get("q").map(str::to_owned);
    let by_actor = query.get("by") == Some("actor");
    let from = query
        .value::<i64>("days")
        .filter(|days| SPANS.contains(days))
        .and_then(|days| now.checked_add_seconds(-days * DAY));
    let (target, actor) = if by_actor {
        (None, wanted)
    } else {
        (wanted, None)
    };
    AuditFilter {
        target,
        actor,
        from,
        until: None,
    }
}

/// The names of those members who did something on the page.
fn names(tx: &mut TenantTx<'_>, entries: &[AuditEntry]) -> StoreResult<HashMap<String, String>> {
    let mut names = HashMap::new();
    for entry in entries {
        let Ok(id) = entry.actor.parse::<MemberId>() else {
            continue;
        };
        if !names.contains_key(&entry.actor)
            && let Some(member) = members::find(tx, id)?
        {
            names.insert(entry.actor.clone(), member.name);
        }
    }
    Ok(names)
}

fn heads(tell: &Tell) -> [String; 6] {
    ["when", "who", "action", "target", "from", "seq"]
        .map(|column| tell.word(&format!("operations-{column}")))
}

fn when(entry: &AuditEntry, tell: &Tell) -> Cell {
    tell.maybe_instant(UtcTime::from_micros(entry.at).ok())
}

fn row(entry: &AuditEntry, names: &HashMap<String, String>, tell: &Tell) -> Row {
    let who = names.get(&entry.actor).map_or_else(
        || Cell::code(&entry.actor),
        |name| Cell::text(name).note(&entry.actor),
    );
    let from = if entry.source_address.is_empty() {
        "—"
    } else {
        &entry.source_address
    };
    Row::new(vec![
        when(entry, tell),
        who,
        Cell::code(&entry.action),
        Cell::code(&entry.target),
        Cell::code(from),
        Cell::text(entry.seq.to_string()),
    ])
}

async fn list(
    desk: Desk,
    caller: Caller<AuditRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let tell = desk.tell();
    let (filter, page) = (filter_of(&query, tell.now()), query.page());
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<(Page<AuditEntry>, _)> {
        let found = audit::list(tx, &filter, &page)?;
        let names = names(tx, &found.items)?;
        Ok((found, names))
    };
    let (found, names) = db.read(&caller.scope, read).await?;
    let rows = found
        .items
        .iter()
        .map(|entry| row(entry, &names, &tell))
        .collect();
    let title = tell.word("operations-audit");
    let columns = heads(&tell).map(Column::text);
    let table = Table::new(title.clone(), columns.into(), rows);
    let empty = Empty {
        text: tell.word("operations-no-entries"),
        action: None,
    };
    let hint = Some(tell.word("operations-search"));
    let mut page = query.list(title, table, found.next.as_ref(), hint, empty);
    let now = query.get("by").unwrap_or("target");
    let by =
        ["target", "actor"].map(|by| (by.to_owned(), tell.word(&format!("operations-by-{by}"))));
    page.filters = vec![
        alvara_render::page::Filter {
            name: "by",
            label: tell.word("operations-by"),
            choices: by
                .map(|(value, label)| alvara_render::page::Choice::new(value, label, now))
                .into(),
        },
        query.filter(
            "days",
            tell.word("operations-span"),
            tell.word("portal-all"),
            SPANS.map(|days| {
                let args = Args::new().number("days", days);
                (days.to_string(), tell.say("operations-days", args))
            }),
        ),
    ];
    page.intro = Some(tell.word("operations-audit-intro"));
    page.primary = Some(Link::new("/audit/chain", tell.word("operations-verify")));
    page.exports = query.exports("/audit", &tell);
    desk.show(&page)
}

async fn export(
    desk: Desk,
    caller: Caller<AuditRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let tell = desk.tell();
    let filter = filter_of(&query, tell.now());
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<Vec<AuditEntry>> {
        every(FILE_ROWS, |page| audit::list(tx, &filter, page))
    };
    let found = db.read_long(&caller.scope, read).await?;
    let mut head: Vec<String> = heads(&tell).into();
    head.extend(
        ["request", "before", "after", "hash"]
            .map(|column| tell.word(&format!("operations-{column}"))),
    );
    // Instants as programs read them: a file of the chain is evidence, whatever the reader's zone.
    let rows = found
        .into_iter()
        .map(|entry| {
            let at = UtcTime::from_micros(entry.at).map(|at| at.to_string());
            Row::new(vec![
                Cell::text(at.unwrap_or_default()),
                Cell::text(entry.actor),
                Cell::text(entry.action),
                Cell::text(entry.target),
                Cell::text(entry.source_address),
                Cell::text(entry.seq.to_string()).value(Value::Count(entry.seq)),
                Cell::text(entry.request_id),
                Cell::text(entry.before),
                Cell::text(entry.after),
                Cell::text(entry.hash),
            ])
        })
        .collect();
    file(&desk, "audit", &head, rows).await
}

/// Goes through the whole chain and says what it found.
async fn chain(
    desk: Desk,
    caller: Caller<AuditRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db.read_long(&caller.scope, audit::verify).await?;
    let tell = desk.tell();
    let (tone, badge, said) = match found {
        Chain::Whole { entries } => (
            Tone::Ok,
            "operations-whole",
            tell.say(
                "operations-whole-said",
                Args::new().number("entries", entries),
            ),
        ),
        Chain::Broken { seq } => (
            Tone::Bad,
            "operations-broken",
            tell.say("operations-broken-said", Args::new().number("seq", seq)),
        ),
    };
    desk.show(&DetailPage {
        title: tell.word("operations-chain"),
        badge: Some(Badge {
            tone,
            text: tell.word(badge),
        }),
        intro: Some(said),
        back: Some(Link::new("/audit", tell.word("operations-audit"))),
        facts: vec![Fact::new(
            tell.word("operations-looked"),
            tell.instant_cell(tell.now()),
        )],
        ..DetailPage::default()
    })
}
