//! Whatever machines do, seats are as many as active machines.

use alvara_tests::{Program, each_app};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

#[derive(Clone, Copy, Debug)]
enum Step {
    Activate(usize),
    Deactivate(usize),
    Block(usize),
    Unblock(usize),
}

fn step() -> impl Strategy<Value = Step> {
    (0..4_u8, 0..5_usize).prop_map(|(what, machine)| match what {
        0 => Step::Deactivate(machine),
        1 => Step::Block(machine),
        2 => Step::Unblock(machine),
        _ => Step::Activate(machine),
    })
}

// R-LIC-05
#[test]
fn seats_are_as_many_as_machines_whatever_the_order() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        // The same sequences in every run: what failed once fails again.
        let mut runner = TestRunner::deterministic();
        for _ in 0..6 {
            let license = shop.license_of(&json!({ "machine_limit": 3 })).await;
            let steps = prop::collection::vec(step(), 30)
                .new_tree(&mut runner)
                .unwrap()
                .current();
            let mut machines: Vec<Program> = (0..5)
                .map(|index| app.program("acme.localhost", &license.key, &format!("fp-{index}")))
                .collect();
            let mut model = Model::default();
            for step in &steps {
                take(&shop.agent, *step, &mut machines, &mut model).await;
                let seen = shop
                    .agent
                    .get(&format!("licenses/{}", license.id))
                    .await
                    .expect(200)
                    .json();
                assert_eq!(
                    seen["machines_used"],
                    model.seated(),
                    "after {step:?} of {steps:?}"
                );
            }
            app.check_seats();
        }
    });
}

/// What the machines ought to be: 0 unknown or gone, 1 active, 2 blocked.
#[derive(Default)]
struct Model([u8; 5]);

impl Model {
    fn seated(&self) -> usize {
        self.0.iter().filter(|state| **state > 0).count()
    }
}

async fn take(
    agent: &alvara_tests::Actor,
    step: Step,
    machines: &mut [Program],
    model: &mut Model,
) {
    match step {
        Step::Activate(index) => {
            let answer = machines[index].try_activate().await;
            let expected = match model.0[index] {
                2 => 403,
                1 => 200,
                _ if model.seated() == 3 => 409,
                _ => 201,
            };
            assert_eq!(answer.status, expected, "{answer:?}");
            if matches!(expected, 200 | 201) {
                machines[index].machine_id = answer.text("/machine/id");
                machines[index].token = answer.text("/machine/token");
                model.0[index] = 1;
            }
        }
        Step::Deactivate(index) if !machines[index].machine_id.is_empty() => {
            let answer = agent
                .delete(&format!("machines/{}", machines[index].machine_id))
                .await;
            assert_eq!(
                answer.status,
                if model.0[index] == 2 { 409 } else { 204 },
                "{answer:?}"
            );
            if model.0[index] == 1 {
                model.0[index] = 0;
            }
        }
        Step::Block(index) if !machines[index].machine_id.is_empty() => {
            let path = format!("machines/{}/block", machines[index].machine_id);
            let answer = agent.post(&path, &json!({})).await;
            assert_eq!(
                answer.status,
                if model.0[index] == 0 { 409 } else { 200 },
                "{answer:?}"
            );
            if model.0[index] == 1 {
                model.0[index] = 2;
            }
        }
        Step::Unblock(index) if !machines[index].machine_id.is_empty() => {
            let path = format!("machines/{}/block", machines[index].machine_id);
            let answer = agent.delete(&path).await;
            assert_eq!(
                answer.status,
                if model.0[index] == 0 { 409 } else { 200 },
                "{answer:?}"
            );
            if model.0[index] == 2 {
                model.0[index] = 1;
            }
        }
        Step::Deactivate(_) | Step::Block(_) | Step::Unblock(_) => {}
    }
}
