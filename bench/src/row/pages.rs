//! How long the server takes for the pages of its portals, with many licenses.

use std::time::Instant;

use serde_json::{Map, json};

use crate::client::{Connection, form, page};
use crate::failure::{Failure, Outcome};
use crate::machine::Spent;
use crate::market::{Market, Own, PASSWORD, Person};
use crate::plan::Plan;
use crate::report::{Report, Row, Target, median, rounded};
use crate::server::Server;
use crate::world::HOST;

/// Views before those that count, so that what can be warm is.
const WARM: usize = 5;

/// The pages of who runs a tenant or a part of it.
const HOUSE: [&str; 21] = [
    "/",
    "/licenses",
    "/licenses?status=pending",
    "/licenses?status=expiring",
    "/licenses?status=expired",
    "/licenses?q={hint}",
    "/licenses/{license}",
    "/renewals",
    "/renewals?due=expired",
    "/customers",
    "/customers/{customer}",
    "/customers?status=pending",
    "/customers?q=customer+77",
    "/payments",
    "/payments?state=open",
    "/payments/charges",
    "/orders/{order}",
    "/machines",
    "/machines?state=blocked",
    "/approvals",
    "/search?q={hint}",
];

const AGENT: [&str; 11] = [
    "/",
    "/licenses",
    "/licenses?q={hint}",
    "/licenses/{license}",
    "/renewals",
    "/customers",
    "/customers/{customer}",
    "/customers?q=customer+77",
    "/commissions",
    "/approvals",
    "/search?q={hint}",
];

const CUSTOMER: [&str; 8] = [
    "/",
    "/licenses",
    "/licenses/{license}",
    "/machines",
    "/payments",
    "/payments?state=open",
    "/orders/{order}",
    "/search?q={hint}",
];

/// Pages of the reseller that go through rows without an index, kept in view for what they cost.
const SLOW: [&str; 3] = [
    "/machines?state=offline",
    "/licenses?kind=trial",
    "/licenses?status=deleted",
];

pub(super) fn measure(plan: &Plan, report: &mut Report) -> Outcome {
    println!("making a tenant of {} licenses", plan.market);
    let market = Market::make(plan.market)?;
    println!("pages: {} MB", market.size());
    let server = market.serve()?;
    for person in &market.people {
        let cookie = sign_in(&server, person)?;
        let mut paths: Vec<&str> = match person.is {
            "agent" => AGENT.into(),
            "customer" => CUSTOMER.into(),
            _ => HOUSE.into(),
        };
        if person.is == "reseller" {
            paths.extend(SLOW);
        }
        for path in paths {
            let asked = page(HOST, &about(path, &market.own), &cookie);
            report.add(row((person.is, path), &view(&server, &asked, plan.views)?));
        }
    }
    Ok(())
}

/// The address of a page of one thing.
fn about(path: &str, own: &Own) -> String {
    path.replace("{hint}", &own.license.key_hint)
        .replace("{license}", &own.license.id.to_string())
        .replace("{customer}", &own.license.node_id.to_string())
        .replace("{order}", &own.order.to_string())
}

/// Signs in by the form, and hands back the session's cookie.
fn sign_in(server: &Server, person: &Person) -> Outcome<String> {
    let fields = format!(
        "email={}&password={}",
        person.email.replace('@', "%40"),
        PASSWORD.replace(' ', "+")
    );
    let mut line = Connection::open(server.address())?;
    let reply = line.ask(&form(HOST, "/login", &fields))?;
    match reply.cookie() {
        Some(cookie) if reply.status == 303 => Ok(cookie),
        _ => Err(Failure::new(format!(
            "{} may not sign in: {}",
            person.is, reply.status
        ))),
    }
}

/// What came of looking at a page many times.
struct Viewed {
    /// Milliseconds of each view.
    waits: Vec<f64>,
    /// Milliseconds of processor time that the server spent on each.
    server: f64,
    /// Share of all cores that neither we nor the server used.
    others: f64,
}

/// Opens a page so often, one view after the other.
fn view(server: &Server, asked: &[u8], views: usize) -> Outcome<Viewed> {
    let mut line = Connection::open(server.address())?;
    let mut waits = Vec::with_capacity(views);
    let mut before = (Spent::now(server.process()), Instant::now());
    for number in 0..WARM + views {
        if number == WARM {
            before = (Spent::now(server.process()), Instant::now());
        }
        let begun = Instant::now();
        let reply = line.ask(asked)?;
        let wait = begun.elapsed().as_secs_f64() * 1e3;
        if reply.status != 200 || !reply.says("</html>") {
            return Err(Failure::new(format!(
                "the server answered {} to\n{}",
                reply.status,
                String::from_utf8_lossy(asked)
            )));
        }
        if number >= WARM {
            waits.push(wait);
        }
    }
    let spent = Spent::now(server.process()).since(before.0);
    Ok(Viewed {
        server: spent.server * 1e3 / views as f64,
        others: spent.others(before.1.elapsed().as_secs_f64()),
        waits,
    })
}

fn row((who, path): (&str, &str), viewed: &Viewed) -> Row {
    let mut sorted = viewed.waits.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    // A share of a count, rounded to one of them.
    let nearly_all = sorted.get((0.99 * last as f64).round() as usize);
    let nearly_all = nearly_all.copied().unwrap_or(f64::NAN);
    Row {
        what: format!("page: {who} {path}"),
        unit: "ms, median",
        value: median(sorted),
        target: Target::AtMost(10.0),
        parts: Map::from_iter([
            ("p99_ms".to_owned(), json!(rounded(nearly_all))),
            ("server_cpu_ms".to_owned(), json!(rounded(viewed.server))),
            (
                "cores_used_by_others".to_owned(),
                json!(rounded(viewed.others)),
            ),
        ]),
        remark: String::new(),
    }
}
