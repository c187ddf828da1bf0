//! What a command says. Answers go to standard output, everything else to standard error.

use std::io::Write as _;

use serde::Serialize;

use crate::exit::{Failure, Outcome};

/// A line of the answer. A reader that went away (`alvara license list | head`) is no failure.
pub(super) fn line(text: impl AsRef<str>) {
    drop(writeln!(std::io::stdout().lock(), "{}", text.as_ref()));
}

/// A remark beside the answer.
pub(super) fn note(text: impl AsRef<str>) {
    drop(writeln!(std::io::stderr().lock(), "{}", text.as_ref()));
}

/// The answer as one JSON document.
pub(super) fn json(value: &impl Serialize) -> Outcome {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Failure::refused(error.to_string()))?;
    line(text);
    Ok(())
}

/// A table with its columns aligned.
pub(super) fn table(heads: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = heads.iter().map(|head| head.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let print = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        line(padded.join("  ").trim_end());
    };
    print(&mut heads.iter().copied());
    for row in rows {
        print(&mut row.iter().map(String::as_str));
    }
}

/// One thing, a line for each fact about it. Empty facts are left out.
pub(super) fn fields(facts: &[(&str, String)]) {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        line(format!("{name:<width$}  {value}"));
    }
}

/// Why a command failed, and what to do about it.
pub(super) fn failure(failure: &Failure) {
    note(format!("alvara: {failure}"));
    if let Some(advice) = failure.advice() {
        note(format!("  {advice}"));
    }
}
