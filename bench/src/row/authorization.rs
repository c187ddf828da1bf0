//! What it costs to decide whether a role may do something.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use alvara_domain::id::{ProfileId, TenantId, Ulid};
use alvara_tenants::{Authorizer, Effect, PermissionKey, RoleRules, Rule, RuleScope};
use serde_json::{Map, json};

use crate::failure::Outcome;
use crate::report::{Report, Row, Target, median, rounded};

const PROFILES: usize = 20;
const RULES: usize = 20;
const PASSES: usize = 50;

pub(super) fn measure(report: &mut Report) -> Outcome {
    println!("authorization");
    let authorizer = Authorizer::new()?;
    let tenant = TenantId::from_ulid(Ulid::from(1_u128));
    let mut loading = Vec::new();
    let mut profiles: Vec<Arc<RoleRules>> = Vec::new();
    for number in 0..PROFILES {
        let profile = ProfileId::from_ulid(Ulid::from(number as u128));
        let started = Instant::now();
        profiles.push(authorizer.profile(tenant, profile, 1, &rules(number))?);
        loading.push(microseconds(started));
    }
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..PASSES {
        for rules in &profiles {
            for key in PermissionKey::ALL {
                let started = Instant::now();
                black_box(rules.decide(black_box(*key)));
                cold.push(microseconds(started));
            }
        }
    }
    for rules in &profiles {
        for key in PermissionKey::ALL {
            black_box(rules.reach(*key));
            let started = Instant::now();
            for _ in 0..1000 {
                black_box(rules.reach(black_box(*key)));
            }
            warm.push(microseconds(started) / 1000.0);
        }
    }
    let size = [
        ("profiles".to_owned(), json!(PROFILES)),
        ("rules_each".to_owned(), json!(RULES)),
    ];
    report.add(Row {
        what: "a permission check as requests make it".to_owned(),
        unit: "µs, median, in a tenant with 20 profiles",
        value: median(warm),
        target: Target::AtMost(20.0),
        parts: Map::from_iter(size.clone()),
        remark: String::new(),
    });
    let mut parts = Map::from_iter(size);
    parts.insert(
        "loading_a_profile_us".to_owned(),
        json!(rounded(median(loading))),
    );
    report.add(Row {
        what: "the same with nothing remembered".to_owned(),
        unit: "µs, median, in a tenant with 20 profiles",
        value: median(cold),
        target: Target::AtMost(20.0),
        parts,
        remark: "a decision asks casbin twice, for the place and for what is below it; it is asked once for each profile and permission and then read from memory".to_owned(),
    });
    Ok(())
}

fn microseconds(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e6
}

/// Twenty lines as a reseller writes them: permissions one by one, a different choice each time.
fn rules(profile: usize) -> Vec<Rule> {
    let own: Vec<&PermissionKey> = PermissionKey::ALL
        .iter()
        .filter(|key| !key.is_platform())
        .collect();
    (0..RULES)
        .filter_map(|line| {
            let key = own.get((profile * 7 + line * 3) % own.len().max(1))?;
            Some(Rule {
                module: key.module().to_owned(),
                action: key.action().to_owned(),
                scope: if line % 2 == 0 {
                    RuleScope::Tree
                } else {
                    RuleScope::Own
                },
                effect: if line % 10 == 9 {
                    Effect::Deny
                } else {
                    Effect::Allow
                },
            })
        })
        .collect()
}
