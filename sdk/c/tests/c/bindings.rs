//! Languages over this library whose compilers no test run has: what they say of its functions is
//! compared with the header.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::compiled::crate_folder;

/// What a function takes, and what it answers.
type Signature = (Vec<String>, String);

/// The functions of the header, in its own types without spaces.
fn declared() -> BTreeMap<String, Signature> {
    let header = fs::read_to_string(crate_folder().join("include/alvara.h")).unwrap();
    let mut plain = String::new();
    let mut rest = header.as_str();
    while let Some((before, comment)) = rest.split_once("/*") {
        plain += before;
        rest = comment.split_once("*/").unwrap().1;
    }
    plain += rest;
    let (_, functions) = plain.split_once("extern \"C\" {").unwrap();
    let functions: String = functions
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect::<Vec<_>>()
        .join(" ");
    // A type, and behind it the name.
    let split = |text: &str| {
        let at = text.trim().rfind([' ', '*']).unwrap() + 1;
        let (kind, name) = text.trim().split_at(at);
        let kind = kind.replace("struct ", "").replace(' ', "");
        (kind, name.to_owned())
    };
    functions
        .split(';')
        .filter_map(|function| function.split_once('('))
        .map(|(before, taken)| {
            let (answered, name) = split(before);
            let taken = taken.trim().trim_end_matches(')');
            let taken = match taken {
                "void" => Vec::new(),
                _ => taken.split(',').map(|one| split(one).0).collect(),
            };
            (name, (taken, answered))
        })
        .collect()
}

/// How JNA is to be told of a type of the header. Whether it may be absent says each for itself.
fn in_kotlin(kind: &str) -> &str {
    match kind {
        "void" => "Unit",
        "bool" => "Byte",
        "int32_t" | "uint32_t" | "alvara_result_t" | "alvara_status_t" | "alvara_access_t" => "Int",
        "int64_t" => "Long",
        "size_t" => "SizeT",
        "int64_t*" => "LongByReference",
        "alvara_client_t**" => "PointerByReference",
        "alvara_clock_t" => "ClockFunction",
        "alvara_metrics_of_t" => "MetricsFunction",
        "alvara_on_change_t" => "ChangeFunction",
        pointer if pointer.ends_with('*') => "Pointer",
        // What has no type there yet: no function matches it.
        other => other,
    }
}

// R-SDK-01
#[test]
fn kotlin_calls_the_functions_of_the_header_with_what_they_take() {
    let file = crate_folder().join("../kotlin/src/main/kotlin/alvara/sdk/Abi.kt");
    let source = fs::read_to_string(file).unwrap();
    let bare = |kind: &str| kind.trim().trim_end_matches('?').to_owned();
    let said: BTreeMap<String, Signature> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("fun alvara_"))
        .map(|function| {
            let (name, rest) = function.split_once('(').unwrap();
            let (taken, answered) = rest.rsplit_once(')').unwrap();
            let kinds = taken.split(',').filter_map(|one| one.split_once(':'));
            let kinds = kinds.map(|(_, kind)| bare(kind)).collect();
            let answered = answered.trim_start_matches(':');
            let answered = if answered.is_empty() {
                "Unit"
            } else {
                answered
            };
            (format!("alvara_{name}"), (kinds, bare(answered)))
        })
        .collect();
    let wanted: BTreeMap<String, Signature> = declared()
        .into_iter()
        .map(|(name, (taken, answered))| {
            let given = |kind: &String| match kind.as_str() {
                "constchar*" => "ByteArray".to_owned(),
                other => in_kotlin(other).to_owned(),
            };
            let taken = taken.iter().map(given).collect();
            (name, (taken, in_kotlin(&answered).to_owned()))
        })
        .collect();
    assert!(wanted.len() > 60, "{}", wanted.len());
    for (name, signature) in &wanted {
        assert_eq!(said.get(name), Some(signature), "{name}");
    }
    assert_eq!(
        said.len(),
        wanted.len(),
        "a function that is no longer there"
    );
}

/// The functions that are named in the sources of a folder.
fn named(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        found.extend(
            words
                .filter(|word| word.starts_with("alvara_") && !word.ends_with("_t"))
                .map(str::to_owned),
        );
    }
    found
}

// R-SDK-01
#[test]
fn swift_calls_all_functions_of_the_header_and_no_others() {
    let called = named(&crate_folder().join("../swift/Sources/Alvara"));
    let declared: BTreeSet<String> = declared().into_keys().collect();
    assert_eq!(called, declared);
}
