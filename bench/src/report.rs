//! What was found, for people and for programs.

use std::path::Path;

use alvara_store::Clock;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::failure::Outcome;
use crate::machine::Machine;
use crate::plan::Plan;

/// Whether a target is met by being above or below it.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// What is measured.
    pub(crate) what: String,
    /// Against what it is divided, or its unit.
    pub(crate) unit: &'static str,
    pub(crate) value: f64,
    pub(crate) target: Target,
    /// The figures it is made of.
    pub(crate) parts: Map<String, Value>,
    /// What a reader should know; empty when there is nothing to say.
    pub(crate) remark: String,
}

/// Everything found in one run.
pub(crate) struct Report {
    plan: Plan,
    started: String,
    machine: Machine,
    ceilings: Map<String, Value>,
    rows: Vec<Row>,
}

impl Report {
    pub(crate) fn begin(plan: &Plan) -> Self {
        let started = Clock::system().now().to_string();
        Self {
            plan: plan.clone(),
            started,
            machine: Machine::here(),
            ceilings: Map::new(),
            rows: Vec::new(),
        }
    }

    /// A ceiling, for the record.
    pub(crate) fn ceiling(&mut self, name: &str, value: f64) {
        println!("  {name}: {}", rounded(value));
        self.ceilings.insert(name.to_owned(), json!(rounded(value)));
    }

    /// A row, shown as soon as it is known.
    pub(crate) fn add(&mut self, row: Row) {
        let parts: Vec<String> = row
            .parts
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        println!(
            "  {}: {} {}  ({})",
            row.what,
            rounded(row.value),
            row.unit,
            parts.join(", ")
        );
        self.rows.push(row);
    }

    /// The table.
    pub(crate) fn print(&self) {
        println!("\n{} cores, {}", self.machine.cores, self.machine.processor);
        println!(
            "{:<58} {:>9} {:>9}  {:<6} of what",
            "", "measured", "target", ""
        );
        for row in &self.rows {
            let target = match row.target {
                Target::AtLeast(least) => format!("≥ {least}"),
                Target::AtMost(most) => format!("≤ {most}"),
            };
            let met = if row.target.is_met(row.value) {
                "met"
            } else {
                "MISSED"
            };
            println!(
                "{:<58} {:>9} {target:>9}  {met:<6} {}",
                row.what,
                rounded(row.value),
                row.unit
            );
        }
        for row in self.rows.iter().filter(|row| !row.remark.is_empty()) {
            println!("\n{}: {}", row.what, row.remark);
        }
    }

    /// The same as JSON.
    pub(crate) fn write(&self, file: &Path) -> Outcome {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let mut value = json!(row);
                value["value"] = json!(rounded(row.value));
                value["met"] = json!(row.target.is_met(row.value));
                value
            })
            .collect();
        let document = json!({
            "started": self.started,
            "version": env!("CARGO_PKG_VERSION"),
            "quick": self.plan.quick,
            "machine": self.machine,
            "connections": self.plan.connections,
            "rounds": self.plan.rounds,
            "seconds_a_round": self.plan.measure.as_secs_f64(),
            "ceilings": self.ceilings,
            "rows": rows,
        });
        std::fs::write(file, format!("{document:#}\n"))?;
        Ok(())
    }
}

/// Three figures are all that a measurement on a busy machine is worth.
pub(crate) fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powf(2.0 - value.abs().log10().floor());
    (value * scale).round() / scale
}

/// The value in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (
        values.len() % 2,
        values.get(middle),
        middle.checked_sub(1).and_then(|below| values.get(below)),
    ) {
        (1, Some(value), _) => *value,
        (_, Some(above), Some(below)) => f64::midpoint(*above, *below),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, median, rounded};

    #[test]
    fn the_middle_of_odd_and_even() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn three_figures_are_kept() {
        assert_eq!(rounded(1234.5), 1230.0);
        assert_eq!(rounded(0.000_123_456), 0.000_123);
        assert_eq!(rounded(0.0), 0.0);
    }

    #[test]
    fn what_could_not_be_measured_is_not_met() {
        assert!(!Target::AtLeast(0.5).is_met(f64::NAN));
        assert!(!Target::AtMost(0.5).is_met(f64::NAN));
        assert!(Target::AtMost(20.0).is_met(20.0));
    }
}
