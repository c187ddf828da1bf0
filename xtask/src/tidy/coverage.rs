//! Tests name the requirement they prove, and `docs/coverage.md` tells the truth about it.

use std::collections::BTreeSet;

use super::Breach;
use super::source::{Source, Tree, closing, line_of, numbered};

const PAGE: &str = "docs/coverage.md";

/// Every requirement named in a text, such as `R-LIC-05`.
fn rows(text: &str) -> BTreeSet<&str> {
    text.match_indices("R-")
        .filter_map(|(at, _)| {
            let rest = &text[at + 2..];
            let letters = rest.chars().take_while(char::is_ascii_uppercase).count();
            let number = rest.get(letters..)?.strip_prefix('-')?.get(..2)?;
            let digits = number.chars().all(|character| character.is_ascii_digit());
            ((2..=4).contains(&letters) && digits).then(|| &text[at..at + 2 + letters + 3])
        })
        .collect()
}

/// The whole text of each test function with the comments and attributes above it, and its line.
fn test_functions(source: &Source) -> Vec<(usize, &str)> {
    let code = source.code();
    let mut found = Vec::new();
    for (offset, mark) in code.match_indices("test]") {
        let attribute = code[..offset].rsplit('\n').next().unwrap_or("").trim();
        if !(attribute == "#[" || (attribute.starts_with("#[") && attribute.ends_with("::"))) {
            continue;
        }
        let after = offset + mark.len();
        let Some((_, end)) = closing(code, after, '{', '}') else {
            continue;
        };
        let line = line_of(code, offset);
        let lines: Vec<_> = source.text.lines().collect();
        let above = lines[..line - 1]
            .iter()
            .rev()
            .take_while(|text| {
                let text = text.trim_start();
                text.starts_with("//") || text.starts_with("#[")
            })
            .count();
        let start: usize = source
            .text
            .split_inclusive('\n')
            .take(line - 1 - above)
            .map(str::len)
            .sum();
        // The masked code keeps lines but not byte offsets where a string held more than ASCII.
        let last = line_of(code, end);
        let stop: usize = source
            .text
            .split_inclusive('\n')
            .take(last)
            .map(str::len)
            .sum();
        found.push((line, &source.text[start..stop]));
    }
    found
}

/// The lines of a file for the browser on which a test begins that no comment above names a row for.
fn pages_without_rows(source: &Source) -> Vec<usize> {
    let lines: Vec<_> = source.text.lines().map(str::trim_start).collect();
    let begins = |line: &str| line.starts_with("test('") || line.starts_with("test(`");
    let bare = |at: usize| {
        let above = lines[..at].iter().rev();
        above
            .take_while(|text| text.starts_with("//"))
            .all(|text| rows(text).is_empty())
    };
    (0..lines.len())
        .filter(|at| begins(lines[*at]) && bare(*at))
        .map(|at| at + 1)
        .collect()
}

/// In the suite, each test says which promise it keeps.
pub(super) fn tests_name_rows(tree: &Tree) -> Vec<Breach> {
    const ADVICE: &str = "name the requirement this test proves above it, as in `// R-LIC-05`";
    let pages = tree
        .files()
        .iter()
        .filter(|source| source.is_in("tests") && source.path.ends_with(".test.mjs"))
        .flat_map(|source| {
            pages_without_rows(source)
                .into_iter()
                .map(|line| Breach::new(&source.path, line, "row", ADVICE))
        });
    tree.rust()
        .filter(|source| source.is_in("tests"))
        .flat_map(|source| {
            test_functions(source)
                .into_iter()
                .filter(|(_, text)| rows(text).is_empty())
                .map(|(line, _)| Breach::new(&source.path, line, "row", ADVICE))
                .collect::<Vec<_>>()
        })
        .chain(pages)
        .collect()
}

/// The page names only what exists, and leaves out no requirement that a test names.
pub(super) fn page(tree: &Tree) -> Vec<Breach> {
    let Some(page) = tree.find(PAGE) else {
        return vec![Breach::new(
            PAGE,
            1,
            "coverage",
            "write the page: requirement, code, test",
        )];
    };
    let mut breaches = Vec::new();
    for (line, text) in numbered(&page.text) {
        // Between back-ticks every second piece is code.
        for quoted in text.split('`').skip(1).step_by(2) {
            if let Some(advice) = missing(tree, quoted) {
                breaches.push(Breach::new(PAGE, line, "coverage", advice));
            }
        }
    }
    let told = rows(&page.text);
    let mut untold = BTreeSet::new();
    for source in tree.rust().filter(|source| !source.is_in("xtask")) {
        for (line, text) in numbered(source.comments()) {
            if !source.is_test_line(line) {
                continue;
            }
            for row in rows(text) {
                if !told.contains(row) && untold.insert(row) {
                    breaches.push(Breach::new(
                        &source.path,
                        line,
                        "coverage",
                        format!("a test proves {row}, but {PAGE} does not list it"),
                    ));
                }
            }
        }
    }
    breaches
}

/// What is wrong with a path on the page, if anything. `path::name` is a function in a file, and in
/// one for the browser a test of that name.
fn missing(tree: &Tree, quoted: &str) -> Option<String> {
    let (path, function) = match quoted.split_once("::") {
        Some((path, function)) => (path, Some(function)),
        None => (quoted, None),
    };
    let looks_like_path = path.contains('/') && !path.contains(' ') && !path.starts_with('/');
    if !looks_like_path {
        return None;
    }
    if !tree.has(path) {
        return Some(format!("there is no `{path}`"));
    }
    let function = function?;
    let begins = if path.ends_with(".mjs") {
        [format!("test('{function}'"), format!("test(`{function}`")]
    } else {
        [format!("fn {function}("), format!("fn {function}<")]
    };
    let defined = tree
        .find(path)
        .is_some_and(|source| begins.iter().any(|text| source.text.contains(text)));
    (!defined).then(|| format!("`{path}` has no function or test `{function}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_in_prose() {
        let found: Vec<_> = rows("R-LIC-05, R-TEN-1, R-API-012 and RR-X; PR-ML-02")
            .into_iter()
            .collect();
        assert_eq!(found, ["R-API-01", "R-LIC-05", "R-ML-02"]);
    }

    #[test]
    fn a_test_without_a_row_is_reported() {
        let text = "// R-LIC-05\n#[actix_web::test]\nasync fn a() { x(\"é{\") }\n\n\
                    #[test]\nfn b() {\n    // R-LIC-01\n}\n\n#[test]\nfn c() {}\n\nfn d() {}\n";
        let found = tests_name_rows(&Tree::of(&[("tests/it/a.rs", text), ("a/src/b.rs", text)]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 10);
    }

    #[test]
    fn a_test_in_the_browser_names_its_row_too() {
        let text = "// R-PAY-05\ntest('a pix is paid', x);\n\n  // R-TEN-04\n  // and more\n  \
                    test(`all of ${x}`, y);\n\ntest('no row', z);\n";
        let tree = Tree::of(&[
            ("tests/browser/a.test.mjs", text),
            ("tests/browser/b.mjs", "test('no row', z);"),
            (
                PAGE,
                "`tests/browser/a.test.mjs::a pix is paid` \
                 `tests/browser/a.test.mjs::all of ${x}`\n\
                 `tests/browser/a.test.mjs::another one`\n",
            ),
        ]);
        let lines = |breaches: Vec<Breach>| -> Vec<usize> {
            breaches.into_iter().map(|breach| breach.line).collect()
        };
        assert_eq!(lines(tests_name_rows(&tree)), [8]);
        assert_eq!(lines(page(&tree)), [2]);
    }

    #[test]
    fn the_page_may_name_only_what_exists() {
        let tree = Tree::of(&[
            (
                PAGE,
                "| R-LIC-05 | `a/src/b.rs` | `a/src/b.rs::takes_a_seat` |\n\
                 | R-LIC-06 | `a/src/gone.rs` | `a/src/b.rs::not_there` |\n`a b/c` `word`\n",
            ),
            ("a/src/b.rs", "fn takes_a_seat() {}"),
        ]);
        let found: Vec<_> = page(&tree).into_iter().map(|breach| breach.line).collect();
        assert_eq!(found, [2, 2]);
    }

    #[test]
    fn a_row_that_a_test_names_must_be_on_the_page() {
        let tree = Tree::of(&[
            (PAGE, "| R-LIC-05 | | |"),
            ("tests/it/a.rs", "// R-LIC-05 R-TEN-01\n#[test]\nfn a() {}"),
        ]);
        let found = page(&tree);
        assert_eq!(found.len(), 1);
        assert!(found[0].advice.contains("R-TEN-01"));
    }

    #[test]
    fn without_the_page_nothing_is_covered() {
        assert_eq!(page(&Tree::of(&[])).len(), 1);
    }
}
