//! `cargo xtask tidy`: the house rules that a program can check.
//!
//! A rule reads the tree and returns breaches; it never writes. Each breach says where, which rule
//! and what to do. What needs judgement (is this name right? does this trait earn its place?) is
//! deliberately absent: that is what review is for.

mod coverage;
mod layering;
mod layout;
mod leaks;
mod links;
mod manifests;
mod mask;
mod schemas;
mod source;
mod wording;

use std::fmt;
use std::path::Path;

use crate::failure::{Failure, Outcome};
use crate::process;
use source::Tree;

/// One place that does not follow one rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Breach {
    path: String,
    /// From 1; 1 also for what concerns the whole file.
    line: usize,
    rule: &'static str,
    advice: String,
}

impl Breach {
    fn new(path: &str, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            advice: advice.into(),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            advice,
        } = self;
        write!(f, "{path}:{line}: {rule}: {advice}")
    }
}

/// All rules. A new one is a function here and a sample that breaks it in its file's tests.
const RULES: &[fn(&Tree) -> Vec<Breach>] = &[
    layout::length,
    layout::names,
    layout::introductions,
    layering::words,
    layering::connection_match,
    manifests::inherited,
    manifests::direction,
    manifests::registries,
    wording::unfinished,
    wording::allowances,
    wording::macros,
    wording::flags,
    coverage::tests_name_rows,
    coverage::page,
    leaks::machine_paths,
    links::lead_somewhere,
    schemas::named_once,
];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(word) = arguments.first() {
        return Err(Failure::new(format!(
            "`cargo xtask tidy` takes no arguments; what is `{word}`?"
        )));
    }
    let tree = Tree::read(&process::root())?;
    let mut breaches: Vec<_> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    breaches.sort();
    for breach in &breaches {
        println!("{breach}");
    }
    match breaches.len() {
        0 => {
            println!("{} files are tidy", tree.files().len());
            Ok(())
        }
        1 => Err(Failure::new("1 breach of the house rules")),
        many => Err(Failure::new(format!("{many} breaches of the house rules"))),
    }
}

/// The libraries that have runnable examples in their documentation.
pub(crate) fn packages_with_examples(root: &Path) -> Outcome<Vec<String>> {
    Ok(source::packages_with_examples(&Tree::read(root)?))
}
