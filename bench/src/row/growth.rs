//! How long an answer takes with many licenses, against few.

use serde_json::{Map, Value, json};

use crate::client::{get, post};
use crate::failure::Outcome;
use crate::load::{self, Question};
use crate::plan::Plan;
use crate::report::{Report, Row, Target, median, rounded};
use crate::server::Server;
use crate::world::{HOST, World};

/// Where the waits of a round were measured.
#[derive(Default)]
struct Waits {
    p99: Vec<f64>,
    p50: Vec<f64>,
}

pub(super) fn measure(plan: &Plan, small: &World, report: &mut Report) -> Outcome {
    println!(
        "making {} licenses and {} machines",
        plan.licenses,
        3 * plan.licenses
    );
    let large = World::make(plan.licenses)?;
    let size = std::fs::metadata(large.folder().join("alvara.db")).map_or(0, |file| file.len())
        / (1 << 20);
    println!("growth: {size} MB");
    let servers = (small.serve()?, large.serve()?);
    for call in Call::ALL {
        let (mut few, mut many) = (Waits::default(), Waits::default());
        // In turns, so that both have the same share of whatever else the machine does.
        for number in 0..plan.rounds as u64 {
            for (world, server, waits) in [
                (small, &servers.0, &mut few),
                (&large, &servers.1, &mut many),
            ] {
                let ask = |connection: u64, turn: u64| call.request(world, connection, turn);
                let question = Question {
                    ask: &ask,
                    right: call.right(),
                };
                take(plan, server, &question, number, waits)?;
            }
        }
        let ratio = |of: fn(&Waits) -> &Vec<f64>| {
            median(
                of(&many)
                    .iter()
                    .zip(of(&few))
                    .map(|(many, few)| many / few)
                    .collect(),
            )
        };
        let figure = |values: &[f64]| json!(rounded(median(values.to_vec())));
        let parts: Map<String, Value> = Map::from_iter([
            ("licenses".to_owned(), json!(large.licenses)),
            ("machines".to_owned(), json!(large.machines)),
            ("database_mb".to_owned(), json!(size)),
            ("p99_ms".to_owned(), figure(&many.p99)),
            ("p99_ms_of_few".to_owned(), figure(&few.p99)),
            (
                "p50_ratio".to_owned(),
                json!(rounded(ratio(|waits| &waits.p50))),
            ),
        ]);
        report.add(Row {
            what: format!("growth to {} licenses: {}", large.licenses, call.name()),
            unit: "p99 of the same with 1000 licenses",
            value: ratio(|waits| &waits.p99),
            target: Target::AtMost(1.5),
            parts,
            remark: String::new(),
        });
    }
    Ok(())
}

fn take(
    plan: &Plan,
    server: &Server,
    question: &Question<'_>,
    number: u64,
    waits: &mut Waits,
) -> Outcome {
    let turn = number * 2 * super::TURNS;
    load::ask(server, question, plan.patient, plan.warm_up, turn)?;
    let round = load::ask(
        server,
        question,
        plan.patient,
        plan.measure,
        turn + super::TURNS,
    )?;
    waits.p99.push(round.wait(0.99).as_secs_f64() * 1e3);
    waits.p50.push(round.wait(0.50).as_secs_f64() * 1e3);
    Ok(())
}

/// What is asked of both.
#[derive(Clone, Copy)]
enum Call {
    Validation,
    Heartbeat,
    Activation,
    List,
}

impl Call {
    const ALL: [Self; 4] = [
        Self::Validation,
        Self::Heartbeat,
        Self::Activation,
        Self::List,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Validation => "validation, unsigned",
            Self::Heartbeat => "heartbeat",
            Self::Activation => "activation",
            Self::List => "a page of 50 licenses",
        }
    }

    fn request(self, world: &World, connection: u64, turn: u64) -> Vec<u8> {
        // A large odd step, so that neighbours in time are no neighbours in the database.
        let seat = world.seat((connection * 7919 + turn).wrapping_mul(2_654_435_761));
        match self {
            Self::Validation => post(
                HOST,
                "/api/v1/validations",
                None,
                &format!(r#"{{"key":"{}","signed":false}}"#, seat.key),
            ),
            Self::Heartbeat => post(HOST, "/api/v1/heartbeats", Some(&seat.token), "{}"),
            Self::Activation => {
                let body = format!(
                    r#"{{"key":"{}","machine":{{"fingerprint":"grown-{connection}-{turn}"}}}}"#,
                    seat.key
                );
                post(HOST, "/api/v1/activations", None, &body)
            }
            Self::List => get(HOST, "/api/v1/licenses?limit=50", Some(&world.api_key)),
        }
    }

    fn right(self) -> fn(&crate::client::Reply<'_>) -> bool {
        match self {
            Self::Validation => |reply| reply.status == 200 && reply.says(r#""code":"VALID""#),
            Self::Heartbeat => |reply| reply.status == 200 && reply.says(r#""lease":"ey"#),
            Self::Activation => |reply| reply.status == 201,
            Self::List => |reply| reply.status == 200 && reply.says(r#""next_cursor":""#),
        }
    }
}
