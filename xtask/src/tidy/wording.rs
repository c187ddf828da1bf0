//! What must not stand in the code.

use super::Breach;
use super::source::{Tree, closing, line_of, numbered, word_offsets};

/// Macros of our own, each of the kind "one table, many facts". There may be five in use.
const OUR_MACROS: &[&str] = &[
    "ids",
    "permissions",
    "problems",
    "text_enum",
    "pages",
    "reports",
    "export_plugin",
];
const MOST_MACROS: usize = 5;

/// Code that is not there yet, and notes without an owner.
pub(super) fn unfinished(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in tree.rust() {
        for name in ["todo", "unimplemented", "dbg"] {
            for offset in word_offsets(source.code(), name) {
                if source.code()[offset + name.len()..].starts_with('!') {
                    breaches.push(Breach::new(
                        &source.path,
                        line_of(source.code(), offset),
                        "unfinished",
                        format!("`{name}!`: write it, or leave the whole thing out"),
                    ));
                }
            }
        }
        for (line, text) in numbered(source.comments()) {
            let noted = ["TODO", "FIXME"]
                .iter()
                .any(|mark| word_offsets(text, mark).next().is_some());
            if noted && !names_issue(text) {
                breaches.push(Breach::new(
                    &source.path,
                    line,
                    "unfinished",
                    "a note for later needs the number of its issue, as in `#12`",
                ));
            }
        }
    }
    breaches
}

fn names_issue(text: &str) -> bool {
    text.match_indices('#')
        .any(|(at, _)| text[at + 1..].starts_with(|character: char| character.is_ascii_digit()))
}

/// Lints are silenced where the compiler tells us once the reason is gone.
pub(super) fn allowances(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in tree.rust() {
        for mark in ["#[allow(", "#![allow("] {
            for (offset, _) in source.code().match_indices(mark) {
                breaches.push(Breach::new(
                    &source.path,
                    line_of(source.code(), offset),
                    "allow",
                    "use `#[expect(lint, reason = \"…\")]`, it complains when it is no longer needed",
                ));
            }
        }
    }
    breaches
}

/// A macro is a language of its own; we keep few.
pub(super) fn macros(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut seen = 0;
    for source in tree.rust() {
        for offset in word_offsets(source.code(), "macro_rules") {
            let name = source.code()[offset..]
                .trim_start_matches("macro_rules")
                .trim_start_matches(['!', ' '])
                .split(|character: char| !character.is_alphanumeric() && character != '_')
                .next()
                .unwrap_or("");
            seen += 1;
            let line = line_of(source.code(), offset);
            if !OUR_MACROS.contains(&name) {
                breaches.push(Breach::new(
                    &source.path,
                    line,
                    "macro",
                    format!("`{name}!`: write a function, or a table in one of {OUR_MACROS:?}"),
                ));
            } else if seen > MOST_MACROS {
                breaches.push(Breach::new(
                    &source.path,
                    line,
                    "macro",
                    format!("`{name}!` is one more than the {MOST_MACROS} we want to learn"),
                ));
            }
        }
    }
    breaches
}

/// `f(true, false)` tells a reader nothing; an enum does.
pub(super) fn flags(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in tree.rust() {
        let code = source.code();
        for offset in word_offsets(code, "fn") {
            let before = code[..offset].rsplit(['\n', ';', '}']).next().unwrap_or("");
            let public = before
                .split_whitespace()
                .all(|word| matches!(word, "pub" | "async" | "const"))
                && before.contains("pub");
            let line = line_of(code, offset);
            if !public || source.is_test_line(line) {
                continue;
            }
            let Some((open, close)) = closing(code, offset, '(', ')') else {
                continue;
            };
            let flag = code[open + 1..close]
                .split(',')
                .any(|parameter| parameter.trim_end().ends_with(": bool"));
            if flag {
                breaches.push(Breach::new(
                    &source.path,
                    line,
                    "flag",
                    "a public function takes no bool: name the two cases in an enum",
                ));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        Tree::of(&[("a/src/b.rs", text)])
    }

    #[test]
    fn unfinished_code_is_reported() {
        let found = unfinished(&tree(
            "fn a() { todo!() }\nfn b() { unimplemented!(\"x\") }\nfn c() { dbg!(1); }",
        ));
        assert_eq!(found.len(), 3);
        assert!(unfinished(&tree("fn a() { todo(); } // not todo!()")).is_empty());
    }

    #[test]
    fn a_note_needs_its_issue() {
        assert_eq!(unfinished(&tree("// TODO later")).len(), 1);
        assert_eq!(unfinished(&tree("/// FIXME (soon)")).len(), 1);
        assert!(unfinished(&tree("// TODO(#12) later")).is_empty());
        assert!(unfinished(&tree("let a = \"TODO\";")).is_empty());
    }

    #[test]
    fn a_silenced_lint_is_reported() {
        assert_eq!(
            allowances(&tree("#![allow(dead_code)]\n#[allow(x)]\nfn a() {}")).len(),
            2
        );
        assert!(allowances(&tree("#[expect(dead_code, reason = \"r\")]\nfn a() {}")).is_empty());
    }

    #[test]
    fn an_unknown_macro_and_a_sixth_are_reported() {
        assert_eq!(macros(&tree("macro_rules! shortcut { () => {} }")).len(), 1);
        let all: String = OUR_MACROS
            .iter()
            .map(|name| format!("macro_rules! {name} {{ () => {{}} }}\n"))
            .collect();
        assert_eq!(macros(&tree(&all)).len(), OUR_MACROS.len() - MOST_MACROS);
    }

    #[test]
    fn a_flag_in_a_public_function_is_reported() {
        assert_eq!(
            flags(&tree("pub fn a(x: u8,\n    quick: bool,\n) {}")).len(),
            1
        );
        assert_eq!(
            flags(&tree(
                "impl A {\n    pub async fn a(&self, quick: bool) {}\n}"
            ))
            .len(),
            1
        );
        assert!(flags(&tree("fn a(quick: bool) {}")).is_empty());
        assert!(flags(&tree("pub(crate) fn a(quick: bool) {}")).is_empty());
        assert!(flags(&tree("pub fn a(x: u8) -> bool { true }")).is_empty());
    }
}
