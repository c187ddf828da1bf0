//! A validation without a signature, against an answer with nothing in it.

use super::Compared;
use crate::ceiling::Ceiling;
use crate::client::{get, post};
use crate::failure::Outcome;
use crate::load::{self, Question};
use crate::plan::Plan;
use crate::report::{Report, Row, Target};
use crate::server::Server;
use crate::world::{HOST, World};

pub(super) fn measure(
    plan: &Plan,
    (world, server): (&World, &Server),
    report: &mut Report,
) -> Outcome {
    println!("validations without a signature");
    let empty = get(HOST, "/healthz", None);
    let nothing = |_: u64, _: u64| empty.clone();
    let empty = Question {
        ask: &nothing,
        right: |reply| reply.status == 200 && reply.says(r#""ok""#),
    };
    let validation = |connection: u64, turn: u64| {
        let seat = world.seat(connection * 31 + turn);
        post(
            HOST,
            "/api/v1/validations",
            None,
            &format!(r#"{{"key":"{}","signed":false}}"#, seat.key),
        )
    };
    let question = Question {
        ask: &validation,
        right: |reply| reply.status == 200 && reply.says(r#""code":"VALID""#),
    };
    let compared = Compared::take(plan, server, &question, || {
        let round = load::ask(server, &empty, plan.connections, plan.ceiling, 0)?;
        Ok(Ceiling {
            rate: round.rate,
            seconds: round.server_seconds,
        })
    })?;
    report.add(Row {
        what: "validations without a signature".to_owned(),
        unit: "an empty JSON answer of the same server",
        value: compared.share(1.0),
        target: Target::AtLeast(0.5),
        parts: compared.parts(1.0),
        remark: "the empty answer is GET /healthz: the same frame with request id, rate, headers, log line and metrics, but no body to read and nothing to look up".to_owned(),
    });
    Ok(())
}
