//! Activations that survive a power cut, against the signatures that they need.

use std::sync::atomic::{AtomicU64, Ordering};

use alvara_vault::SigningKey;
use serde_json::json;

use super::Compared;
use crate::ceiling;
use crate::client::post;
use crate::failure::Outcome;
use crate::load::Question;
use crate::plan::Plan;
use crate::report::{Report, Row, Target, rounded};
use crate::server::Server;
use crate::world::{HOST, World};

/// Computer key and lease.
const SIGNATURES: f64 = 2.0;

pub(super) fn measure(
    plan: &Plan,
    key: &SigningKey,
    (world, server): (&World, &Server),
    report: &mut Report,
) -> Outcome {
    println!("durable activations");
    let writes = ceiling::durable_writes(world.folder(), plan.ceiling)?;
    report.ceiling("durable writes a second, one after the other", writes);
    // Every machine is a new one, whoever asks and in whatever round.
    let machines = AtomicU64::new(0);
    let activation = |connection: u64, turn: u64| {
        let number = machines.fetch_add(1, Ordering::Relaxed);
        let key = &world.seat(connection * 31 + turn).key;
        let body = format!(
            r#"{{"key":"{key}","machine":{{"fingerprint":"new-{number}","name":"Desk","platform":"linux-x64","app_version":"1.4.2"}}}}"#
        );
        post(HOST, "/api/v1/activations", None, &body)
    };
    let question = Question {
        ask: &activation,
        right: |reply| reply.status == 201 && reply.says(r#""computer_key":"ey"#),
    };
    let compared = Compared::take(plan, server, &question, || {
        ceiling::signatures(key, plan.ceiling)
    })?;
    let mut parts = compared.parts(SIGNATURES);
    parts.insert(
        "activations_by_signatures_without_halving".to_owned(),
        json!(rounded(compared.share(1.0))),
    );
    report.add(Row {
        what: "durable activations, 32 clients".to_owned(),
        unit: "activations that signing alone would allow",
        value: compared.share(SIGNATURES),
        target: Target::AtLeast(0.6),
        parts,
        remark: "an activation answers with two RSA signatures, computer key and lease, so signing alone allows half as many activations as signatures".to_owned(),
    });
    Ok(())
}
