//! The rows of the table, one file each.

mod activation;
mod authorization;
mod build;
mod growth;
mod idle;
mod pages;
mod plain;
mod plugin;
mod sdk;
mod signing;
mod size;

use serde_json::{Map, Value, json};

use crate::ceiling::{self, Ceiling};
use crate::failure::Outcome;
use crate::load::{self, Question, Round};
use crate::plan::Plan;
use crate::report::{Report, median, rounded};
use crate::server::Server;
use crate::world::World;

/// Measures what the plan wants.
pub(crate) fn all(plan: &Plan, report: &mut Report) -> Outcome {
    if plan.wants("authorization") {
        authorization::measure(report)?;
    }
    if plan.wants("size") {
        size::measure(report)?;
    }
    if plan.wants("plugin") {
        plugin::measure(report)?;
    }
    if plan.builds() {
        build::measure(report)?;
    }
    if plan.wants("pages") {
        pages::measure(plan, report)?;
    }
    if !["signing", "plain", "activation", "growth", "idle", "sdk"]
        .iter()
        .any(|part| plan.wants(part))
    {
        return Ok(());
    }
    println!("making {} licenses", plan.few);
    let small = World::make(plan.few)?;
    if plan.wants("idle") {
        idle::measure(&small, report)?;
    }
    if plan.wants("sdk") {
        sdk::measure(plan, &small, report)?;
    }
    if ["signing", "plain", "activation"]
        .iter()
        .any(|part| plan.wants(part))
    {
        let server = small.serve()?;
        if plan.wants("plain") {
            plain::measure(plan, (&small, &server), report)?;
        }
        if plan.wants("signing") || plan.wants("activation") {
            let key = ceiling::key()?;
            if let Some(rate) = ceiling::openssl_speed() {
                report.ceiling(
                    "openssl speed rsa2048, signatures a second on all cores",
                    rate,
                );
            }
            if plan.wants("signing") {
                signing::measure(plan, &key, (&small, &server), report)?;
            }
            if plan.wants("activation") {
                activation::measure(plan, &key, (&small, &server), report)?;
            }
        }
    }
    if plan.wants("growth") {
        growth::measure(plan, &small, report)?;
    }
    Ok(())
}

/// A figure taken together with its ceiling, several times over.
struct Compared {
    rates: Vec<f64>,
    ceilings: Vec<f64>,
    least: Vec<f64>,
    server: Vec<f64>,
    others: Vec<f64>,
}

impl Compared {
    /// Takes a figure for as many rounds as planned. The ceiling is measured before and after each,
    /// since what else the machine does changes from one second to the next.
    fn take(
        plan: &Plan,
        server: &Server,
        question: &Question<'_>,
        mut ceiling: impl FnMut() -> Outcome<Ceiling>,
    ) -> Outcome<Self> {
        let mut all = Self {
            rates: Vec::new(),
            ceilings: Vec::new(),
            least: Vec::new(),
            server: Vec::new(),
            others: Vec::new(),
        };
        for number in 0..plan.rounds as u64 {
            let turn = 2 * number * TURNS;
            load::ask(server, question, plan.connections, plan.warm_up, turn)?;
            let before = ceiling()?;
            let round: Round = load::ask(
                server,
                question,
                plan.connections,
                plan.measure,
                turn + TURNS,
            )?;
            let after = ceiling()?;
            all.rates.push(round.rate);
            all.ceilings.push(f64::midpoint(before.rate, after.rate));
            all.least.push(f64::midpoint(before.seconds, after.seconds));
            all.server.push(round.server_seconds);
            all.others.push(round.others);
        }
        Ok(all)
    }

    /// What was done as a share of what could be done, when each answer costs `each` of the ceiling.
    fn share(&self, each: f64) -> f64 {
        median(
            self.rates
                .iter()
                .zip(&self.ceilings)
                .map(|(rate, ceiling)| rate * each / ceiling)
                .collect(),
        )
    }

    /// The same in processor time: what the work cannot do without, as a share of what the server
    /// spends. So it is without whoever asks and without anybody else on the machine, but also
    /// without what a server that waits cannot use.
    fn share_of_time(&self, each: f64) -> f64 {
        median(
            self.server
                .iter()
                .zip(&self.least)
                .map(|(seconds, least)| least * each / seconds)
                .collect(),
        )
    }

    fn parts(&self, each: f64) -> Map<String, Value> {
        let figure = |values: &[f64]| json!(rounded(median(values.to_vec())));
        let microseconds = |all: &[f64]| {
            json!(rounded(median(
                all.iter().map(|seconds| seconds * 1e6).collect()
            )))
        };
        Map::from_iter([
            ("a_second".to_owned(), figure(&self.rates)),
            ("ceiling_a_second".to_owned(), figure(&self.ceilings)),
            ("server_cpu_us_each".to_owned(), microseconds(&self.server)),
            ("ceiling_cpu_us_each".to_owned(), microseconds(&self.least)),
            (
                "share_of_server_cpu_time".to_owned(),
                json!(rounded(self.share_of_time(each))),
            ),
            ("cores_used_by_others".to_owned(), figure(&self.others)),
        ])
    }
}

/// Turns between two rounds, so that none asks with the same turn as another.
const TURNS: u64 = 1 << 24;
