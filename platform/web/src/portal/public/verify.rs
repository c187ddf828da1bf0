//! Whether a receipt or a credit note is genuine, for who holds it.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::billing::verify::{Verified, verified};
use alvara_domain::invoice::InvoiceKind;
use alvara_render::Args;
use alvara_render::page::{Badge, Cell, DetailPage, Fact, Tone};
use alvara_store::TenantTx;

use super::super::desk::Desk;
use super::super::pay::masked;
use crate::body::Segments;
use crate::problem::Problem;
use crate::visitor::Visitor;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/verify/{token}").get(show));
}

async fn show(
    desk: Desk,
    visitor: Visitor,
    Segments(token): Segments<String>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let knock = &visitor.knock;
    let paper = platform.gate().paper(&knock.host, &token, &knock.origin);
    let paper = paper.ok_or_else(Problem::not_found)?;
    let read = move |tx: &mut TenantTx<'_>| verified(tx, paper.invoice);
    let found = platform.db().read(&paper.scope, read).await?;
    desk.show(&page(&desk, &found.ok_or_else(Problem::not_found)?))
}

fn page(desk: &Desk, found: &Verified) -> DetailPage {
    let tell = desk.tell();
    let (paper, content) = (&found.paper, &found.paper.content);
    let number = Args::new().text("number", paper.printed_number());
    let seller = Args::new().text("seller", content.seller.name.as_str());
    let (title, money) = match paper.kind {
        InvoiceKind::Receipt => ("verify-receipt", "verify-paid"),
        InvoiceKind::CreditNote => ("verify-credit-note", "verify-returned"),
    };
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(key), cell);
    let mut facts = vec![
        fact("verify-seller", Cell::text(content.seller.name.as_str())),
        fact("verify-buyer", Cell::text(masked(&content.buyer.name))),
        fact(money, Cell::text(tell.money(content.total))),
    ];
    if let Some(amount) = found.given_back {
        facts.push(fact("verify-back", Cell::text(tell.money(amount))));
    }
    facts.push(fact(
        "verify-issued",
        Cell::text(tell.date(content.issued_on)),
    ));
    if let Some(day) = content.paid_on {
        facts.push(fact("verify-paid-on", Cell::text(tell.date(day))));
    }
    let (tone, state) = match found.given_back {
        None => (Tone::Ok, "verify-genuine"),
        Some(_) => (Tone::Warn, "verify-genuine-but"),
    };
    DetailPage {
        title: tell.say(title, number),
        badge: Some(Badge {
            tone,
            text: tell.word(state),
        }),
        intro: Some(tell.say("verify-intro", seller)),
        facts,
        ..DetailPage::default()
    }
}
