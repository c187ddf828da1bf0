//! Answers that bear a fresh RSA-2048 lease, against the signatures that the cores can make.

use alvara_vault::SigningKey;

use super::Compared;
use crate::ceiling;
use crate::client::post;
use crate::failure::Outcome;
use crate::load::Question;
use crate::plan::Plan;
use crate::report::{Report, Row, Target};
use crate::server::Server;
use crate::world::{HOST, World};

pub(super) fn measure(
    plan: &Plan,
    key: &SigningKey,
    (world, server): (&World, &Server),
    report: &mut Report,
) -> Outcome {
    println!("answers with a fresh lease");
    let body = r#"{"app_version":"1.4.2","metrics":{"cpu_percent":12.5,"memory_percent":40.1,"disk_percent":71}}"#;
    let heartbeat = |connection: u64, turn: u64| {
        post(
            HOST,
            "/api/v1/heartbeats",
            Some(&world.seat(connection * 31 + turn).token),
            body,
        )
    };
    let validation = |connection: u64, turn: u64| {
        let seat = world.seat(connection * 31 + turn);
        let body = format!(
            r#"{{"key":"{}","machine":{{"fingerprint":"{}"}}}}"#,
            seat.key, seat.fingerprint
        );
        post(HOST, "/api/v1/validations", None, &body)
    };
    type Ask<'a> = &'a (dyn Fn(u64, u64) -> Vec<u8> + Sync);
    let asked: [(&str, Ask<'_>); 2] = [
        ("heartbeats with a fresh lease", &heartbeat),
        ("validations with a fresh lease", &validation),
    ];
    for (what, ask) in asked {
        let question = Question {
            ask,
            right: |reply| reply.status == 200 && reply.says(r#""lease":"ey"#),
        };
        let compared = Compared::take(plan, server, &question, || {
            ceiling::signatures(key, plan.ceiling)
        })?;
        report.add(Row {
            what: what.to_owned(),
            unit: "RSA-2048 signatures on the same cores",
            value: compared.share(1.0),
            target: Target::AtLeast(0.8),
            parts: compared.parts(1.0),
            remark: String::new(),
        });
    }
    Ok(())
}
