//! Where things lie, how long they are, how a crate introduces itself.

use super::Breach;
use super::source::{Tree, numbered};

/// A file that is read from top to bottom stops being one at about this length.
const LONGEST: usize = 600;

/// Files that may be longer, each with the reason.
const LONGER: &[(&str, &str)] = &[(
    "platform/store/src/schema.rs",
    "one block a table; Diesel wants them in one place",
)];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "shared_code",
    "stuff",
];

pub(super) fn length(tree: &Tree) -> Vec<Breach> {
    tree.rust()
        .filter(|source| LONGER.iter().all(|(path, _)| *path != source.path))
        .filter_map(|source| {
            // A file of tests counts as a whole; elsewhere the tests beside the code do not.
            let all_tests = source.is_test_line(1);
            let lines = numbered(&source.text)
                .filter(|(number, _)| all_tests || !source.is_test_line(*number))
                .count();
            (lines > LONGEST).then(|| {
                Breach::new(
                    &source.path,
                    LONGEST,
                    "length",
                    format!("{lines} lines; over {LONGEST} it holds more than one idea: split it"),
                )
            })
        })
        .collect()
}

pub(super) fn names(tree: &Tree) -> Vec<Breach> {
    tree.rust()
        .filter_map(|source| {
            let parts = source.path.trim_end_matches(".rs").split('/');
            if source.path.ends_with("/mod.rs") {
                return Some(Breach::new(
                    &source.path,
                    1,
                    "name",
                    "name the file after its folder and put it beside it",
                ));
            }
            let empty = parts.into_iter().find(|part| EMPTY_NAMES.contains(part))?;
            Some(Breach::new(
                &source.path,
                1,
                "name",
                format!("`{empty}` says nothing: name it after what it does"),
            ))
        })
        .collect()
}

/// Every library opens by saying what it owns and what one should not look for in it.
pub(super) fn introductions(tree: &Tree) -> Vec<Breach> {
    tree.rust()
        .filter(|source| source.path.ends_with("src/lib.rs"))
        .filter_map(|source| {
            let opening: String = source
                .text
                .lines()
                .take_while(|line| line.starts_with("//!"))
                .collect();
            let advice = if opening.is_empty() {
                "open it with `//!`: what it owns, and what is deliberately absent"
            } else if !opening.contains("absent") {
                "say in its opening what is deliberately absent"
            } else {
                return None;
            };
            Some(Breach::new(&source.path, 1, "introduction", advice))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_reported_and_its_tests_are_not_counted() {
        let long = "fn a() {}\n".repeat(LONGEST + 1);
        let tests = format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        let tree = Tree::of(&[("a/src/b.rs", &long), ("a/src/c.rs", &tests)]);
        let found = length(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "a/src/b.rs");
    }

    #[test]
    fn a_long_file_of_tests_is_reported_too() {
        let long = "fn a() {}\n".repeat(LONGEST + 1);
        assert_eq!(length(&Tree::of(&[("tests/it/a.rs", &long)])).len(), 1);
    }

    #[test]
    fn empty_names_are_reported() {
        let tree = Tree::of(&[
            ("a/src/utils.rs", ""),
            ("a/src/common/key.rs", ""),
            ("a/src/key/mod.rs", ""),
            ("a/src/commonplace.rs", ""),
        ]);
        assert_eq!(names(&tree).len(), 3);
    }

    #[test]
    fn a_library_must_introduce_itself() {
        let tree = Tree::of(&[
            ("a/src/lib.rs", "fn a() {}"),
            ("b/src/lib.rs", "//! Holds b.\nfn b() {}"),
            (
                "c/src/lib.rs",
                "//! Holds c. Deliberately absent: d.\nfn c() {}",
            ),
        ]);
        let found: Vec<_> = introductions(&tree)
            .into_iter()
            .map(|breach| breach.path)
            .collect();
        assert_eq!(found, ["a/src/lib.rs", "b/src/lib.rs"]);
    }
}
