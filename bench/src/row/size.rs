//! How large the program is that is given away.

use serde_json::Map;

use crate::failure::{Failure, Outcome};
use crate::report::{Report, Row, Target};

/// Bytes of the units in which the target is said.
const MEGABYTE: f64 = 1e6;

pub(super) fn measure(report: &mut Report) -> Outcome {
    println!("the program");
    // `cargo xtask bench` builds it beside this one, stripped as the release profile says.
    let program = std::env::current_exe()?.with_file_name("alvara");
    let size = std::fs::metadata(&program).map_err(|error| {
        Failure::new(format!(
            "{}: {error}; `cargo xtask bench` builds it",
            program.display()
        ))
    })?;
    report.add(Row {
        what: "the stripped program".to_owned(),
        unit: "MB",
        value: size.len() as f64 / MEGABYTE,
        target: Target::AtMost(60.0),
        parts: Map::new(),
        remark: String::new(),
    });
    Ok(())
}
