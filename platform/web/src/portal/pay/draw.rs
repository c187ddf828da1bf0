//! The page itself: what is paid for, how it stands, and what to do.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use alvara_app::Platform;
use alvara_domain::id::OrderId;
use alvara_domain::invoice::{Invoice, InvoiceKind};
use alvara_domain::money::Money;
use alvara_domain::order::{Done, LineKind, LineState, OrderLine, OrderState};
use alvara_domain::time::UtcTime;
use alvara_render::Args;
use alvara_render::page::{Badge, Cell, Fact, Link, PayLine, PayMethod, PayPage, PayTick, Tone};
use alvara_store::TenantTx;

use super::super::desk::Desk;
use super::super::listing::Query;
use super::super::tell::Tell;
use super::state::{Known, current};
use super::{Payment, panel};
use crate::caller::recognize;
use crate::frame::Context;
use crate::problem::Problem;

/// Shows the page.
pub(super) async fn show(
    desk: Desk,
    payment: Payment,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    recognize(desk.request()).await?;
    let known = read(&payment, &platform).await?;
    let asked = Query::of(&desk).get("m").map(str::to_owned);
    let page = page(&desk, &payment, &known, (asked.as_deref(), None));
    desk.show(&page)
}

/// The page again, with why a method could not be begun.
pub(super) async fn again(
    desk: &Desk,
    payment: &Payment,
    platform: &Platform,
    (method, problem): (&str, &Problem),
) -> Result<HttpResponse, Problem> {
    recognize(desk.request()).await?;
    let known = read(payment, platform).await?;
    let page = page(desk, payment, &known, (Some(method), Some(problem)));
    let status = match problem.kind().status() {
        status @ StatusCode::CONFLICT => status,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    desk.answer(status, &page)
}

async fn read(payment: &Payment, platform: &Platform) -> Result<Known, Problem> {
    let id: OrderId = payment.order;
    let read = move |tx: &mut TenantTx<'_>| Known::read(tx, id);
    Ok(platform.db().read(&payment.scope, read).await?)
}

/// The first letter of each word: enough for who knows the name, too little for who does not.
pub(in crate::portal) fn masked(name: &str) -> String {
    let words = name.split_whitespace().take(6);
    let masked = words.filter_map(|word| word.chars().next().map(|first| format!("{first}•••")));
    masked.collect::<Vec<_>>().join(" ")
}

fn page(
    desk: &Desk,
    payment: &Payment,
    known: &Known,
    (asked, problem): (Option<&str>, Option<&Problem>),
) -> PayPage {
    let tell = desk.tell();
    let now = tell.now();
    let open_by = known
        .methods
        .iter()
        .find(|method| current(&known.charges, method, now).is_some());
    // The method asked for, else the one that is being paid, else the fastest.
    let method = asked
        .and_then(|asked| known.methods.iter().find(|method| **method == asked))
        .or(open_by)
        .or(known.methods.first())
        .copied();
    let due = known.is_due();
    let (badge, note) = standing(known, &tell);
    let mut page = PayPage {
        title: title(known, &tell),
        badge: Some(badge),
        path: method.map_or_else(|| payment.path(), |method| payment.path_by(method)),
        mark: known.mark(),
        tone: note.0,
        note: note.1,
        lines: lines(known, &tell),
        facts: facts(known, &tell),
        total: tell.money(known.order.total()),
        links: papers(payment, known, &tell),
        ..PayPage::default()
    };
    if known.is_awaited() {
        page.follow = Some(format!("{}/events", payment.path()));
    }
    if due {
        page.trust = Context::of(desk.request()).tenant().map(|tenant| {
            tell.say(
                "pay-trust",
                Args::new().text("seller", tenant.name.as_str()),
            )
        });
        page.methods = known
            .methods
            .iter()
            .map(|one| PayMethod {
                href: payment.path_by(one),
                label: tell.value("pay-method", one),
                time: tell.value("pay-time", one),
                current: Some(*one) == method,
            })
            .collect();
        page.panel = method.map(|method| panel::of(desk, payment, known, (method, problem)));
        if page.methods.is_empty() {
            page.note = Some(tell.word("pay-no-method"));
            page.tone = Tone::Warn;
        }
    } else if matches!(known.order.state, OrderState::Open | OrderState::Paid) {
        let tick = |key: &str, done: bool| PayTick {
            text: tell.word(key),
            done,
        };
        page.ticks = vec![
            tick("pay-tick-paid", true),
            tick("pay-tick-given", known.is_given()),
        ];
        if known.is_given() {
            page.next = ["pay-next-online", "pay-next-offline"]
                .map(|key| tell.word(key))
                .into();
            page.links
                .push(Link::new("/activate", tell.word("pay-next-activate")));
        }
    }
    page
}

fn title(known: &Known, tell: &Tell) -> String {
    let product = known.lines.first().and_then(|line| {
        let name = known.products.get(&line.product_id)?;
        Some((line.kind, name.as_str()))
    });
    if known.order.state == OrderState::Paid {
        return tell.word("pay-title-paid");
    }
    match product {
        Some((LineKind::Renew, name)) => {
            tell.say("pay-title-renew", Args::new().text("product", name))
        }
        Some((_, name)) => tell.say("pay-title-buy", Args::new().text("product", name)),
        None => tell.word("pay-title"),
    }
}

/// Badge and sentence about how the order stands.
fn standing(known: &Known, tell: &Tell) -> (Badge, (Tone, Option<String>)) {
    let held = known.lines.iter().any(|line| line.state == LineState::Held);
    let (key, tone, note) = match known.order.state {
        OrderState::Open if known.is_due() => ("open", Tone::Info, None),
        OrderState::Open => ("open", Tone::Info, Some("pay-note-applying")),
        OrderState::Paid if known.is_given() => ("paid", Tone::Ok, Some("pay-note-given")),
        OrderState::Paid if held => ("paid", Tone::Warn, Some("pay-note-held")),
        OrderState::Paid => ("paid", Tone::Ok, Some("pay-note-applying")),
        OrderState::Disputed => ("disputed", Tone::Warn, Some("pay-note-disputed")),
        OrderState::Reversed => ("reversed", Tone::Warn, Some("pay-note-reversed")),
        OrderState::Canceled => ("canceled", Tone::Neutral, Some("pay-note-canceled")),
    };
    let badge = Badge {
        tone,
        text: tell.word(&format!("pay-state-{key}")),
    };
    (badge, (tone, note.map(|note| tell.word(note))))
}

/// The lines whose licenses were given a new end that is still to come, and when.
pub(super) fn new_ends(known: &Known, now: UtcTime) -> impl Iterator<Item = (&OrderLine, UtcTime)> {
    let renewed = known.lines.iter().filter(|line| line.done.is_some());
    renewed.filter_map(move |line| {
        let end = end_after(line).filter(|end| *end > now)?;
        Some((line, end))
    })
}

/// When a license ends by what was given, or will end by what is ordered.
fn end_after(line: &OrderLine) -> Option<UtcTime> {
    match &line.done {
        Some(Done::Renewed { after, .. }) => after
            .expires_at
            .and_then(|at| UtcTime::from_micros(at).ok()),
        _ => line.expires_after,
    }
}

fn lines(known: &Known, tell: &Tell) -> Vec<PayLine> {
    let currency = known.order.currency;
    let line = |line: &OrderLine| {
        let product = known.products.get(&line.product_id);
        let product = product.map(String::as_str).unwrap_or_default();
        let text = match (line.kind, line.quantity) {
            (LineKind::Modules, _) | (_, 0 | 1) => format!("{product} · {}", line.description),
            (_, many) => format!("{product} · {} × {many}", line.description),
        };
        let mut notes = Vec::new();
        if line.kind == LineKind::Renew {
            let day = |key: &str, at: UtcTime| tell.say(key, Args::new().text("day", tell.day(at)));
            if line.done.is_none()
                && let Some(before) = line.expires_before
            {
                let key = if before <= tell.now() {
                    "pay-line-ended"
                } else {
                    "pay-line-ends"
                };
                notes.push(day(key, before));
            }
            if let Some(after) = end_after(line) {
                notes.push(day("pay-line-until", after));
            }
        }
        let amount = line
            .unit_minor
            .saturating_mul(i64::from(line.quantity.max(1)));
        PayLine {
            text,
            notes,
            amount: tell.money(Money::new(amount, currency)),
        }
    };
    known.lines.iter().map(line).collect()
}

fn facts(known: &Known, tell: &Tell) -> Vec<Fact> {
    let order = &known.order;
    let mut facts = vec![Fact::new(
        tell.word("pay-buyer"),
        Cell::text(masked(&known.buyer)),
    )];
    if order.taken_off_minor != 0 {
        let amount = Money::new(-order.taken_off_minor.abs(), order.currency);
        facts.push(Fact::new(
            tell.word("pay-discount"),
            Cell::text(tell.money(amount)),
        ));
    }
    if let Some(due) = order.due_at {
        facts.push(Fact::new(tell.word("pay-due"), tell.day_cell(due)));
    }
    facts
}

fn papers(payment: &Payment, known: &Known, tell: &Tell) -> Vec<Link> {
    let link = |paper: &Invoice| {
        let key = match paper.kind {
            InvoiceKind::Receipt => "pay-receipt",
            InvoiceKind::CreditNote => "pay-credit-note",
        };
        let label = tell.say(key, Args::new().text("number", paper.printed_number()));
        Link::new(format!("{}/paper/{}.pdf", payment.path(), paper.id), label)
    };
    let mut links: Vec<Link> = known.papers.iter().map(link).collect();
    if new_ends(known, tell.now()).next().is_some() {
        let place = format!("{}/calendar.ics", payment.path());
        links.push(Link::new(place, tell.word("pay-calendar")));
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-05: who only has the link does not learn whose it is.
    #[test]
    fn a_name_is_masked_word_by_word() {
        assert_eq!(masked("Aurora Comércio Ltda"), "A••• C••• L•••");
        assert_eq!(masked("  é  "), "é•••");
        assert_eq!(masked(""), "");
    }
}
