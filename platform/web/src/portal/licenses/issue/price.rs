//! What the license on the form would cost.

use actix_web::http::StatusCode;
use alvara_app::AppResult;
use alvara_app::price::{QuoteRequest, Quoted, quote};
use alvara_domain::money::BasisPoints;
use alvara_render::page::Fact;
use alvara_store::{Db, TenantTx};
use alvara_tenants::PermissionKey;

use super::super::super::desk::Desk;
use super::super::super::entry::Entry;
use super::page::{IssuePage, amount};
use crate::problem::{Fault, Problem};

/// Puts the price on the form, or what is wrong with what it was asked for. Nothing is written.
///
/// # Errors
/// 403 for who may see no prices, and whatever is no fault of the form's.
pub(super) async fn put(
    desk: &Desk,
    page: &mut IssuePage,
    entry: &Entry,
    db: &Db,
) -> Result<StatusCode, Problem> {
    let scope = desk.scope(PermissionKey::PriceRead)?;
    let quoted = match asked(entry) {
        Ok(request) => {
            let work = move |tx: &mut TenantTx<'_>| -> AppResult<Quoted> { quote(tx, &request) };
            db.read(&scope, work).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match quoted {
        Ok(quoted) => {
            page.price(facts(desk, &quoted));
            Ok(StatusCode::OK)
        }
        Err(problem) => page.again(desk, entry, problem),
    }
}

fn asked(entry: &Entry) -> Result<QuoteRequest, Problem> {
    let invalid = |field: &str| {
        Problem::field(Fault::message(
            format!("/{field}"),
            "malformed",
            "field-invalid",
        ))
    };
    let percent = entry.text("discount_percent:percent");
    let discount = if percent.is_empty() {
        BasisPoints::ZERO
    } else {
        let number = percent.trim_end_matches('%').trim().replace(',', ".");
        let number: f64 = number.parse().map_err(|_| invalid("discount_percent"))?;
        BasisPoints::from_percent(number).map_err(|_| invalid("discount_percent"))?
    };
    Ok(QuoteRequest {
        plan_id: entry
            .text("plan_id")
            .parse()
            .map_err(|_| invalid("plan_id"))?,
        modules: entry
            .all("modules[]")
            .into_iter()
            .map(str::to_owned)
            .collect(),
        node_id: entry
            .text("node_id")
            .parse()
            .map_err(|_| invalid("node_id"))?,
        discount,
    })
}

fn facts(desk: &Desk, quoted: &Quoted) -> Vec<Fact> {
    let tell = desk.tell();
    let quote = &quoted.quote;
    let lines = quote.lines.iter().map(|line| {
        let price = amount(tell.money(line.price));
        Fact::new(line.code.clone(), price)
    });
    let mut facts: Vec<Fact> = lines.collect();
    facts.push(Fact::new(
        tell.word("licenses-sum"),
        amount(tell.money(quote.price)),
    ));
    facts.push(Fact::new(
        tell.word("licenses-discount"),
        amount(format!(
            "{} ({} %)",
            tell.money(quote.taken_off),
            quote.discount.percent()
        )),
    ));
    facts.push(Fact::new(
        tell.word("licenses-total"),
        amount(tell.money(quote.total)),
    ));
    facts.push(Fact::new(
        tell.word("licenses-ceiling"),
        amount(format!("{} %", quoted.ceiling.percent())),
    ));
    facts
}
