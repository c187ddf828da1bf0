//! The tree as the rules see it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::mask::{self, Views};
use crate::failure::{Outcome, While as _};
use crate::process;

/// Every text file git knows or would take, by its path from the root.
pub(super) struct Tree {
    root: PathBuf,
    files: Vec<Source>,
    /// Files that are no text, such as pictures: they are there, and nothing in them is read.
    others: Vec<String>,
}

pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
    /// Only for Rust files.
    rust: Option<Rust>,
}

struct Rust {
    views: Views,
    /// For each line, whether it is compiled for tests only.
    test_lines: Vec<bool>,
}

impl Tree {
    pub(super) fn read(root: &Path) -> Outcome<Self> {
        let listed = process::capture(Command::new("git").current_dir(root).args([
            // A build server's checkout may belong to another account; we only list.
            "-c",
            "safe.directory=*",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
        ]))
        .during("asking git for the files (tidy needs a git checkout)")?;
        let (mut files, mut others) = (Vec::new(), Vec::new());
        for path in listed.lines() {
            match fs::read_to_string(root.join(path)) {
                Ok(text) => files.push(Source::new(path, text)),
                // What is deleted but not yet committed is there no more.
                Err(_) if root.join(path).is_file() => others.push(path.to_owned()),
                Err(_) => {}
            }
        }
        Ok(Self {
            root: root.to_path_buf(),
            files,
            others,
        })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn files(&self) -> &[Source] {
        &self.files
    }

    pub(super) fn rust(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().filter(|source| source.rust.is_some())
    }

    pub(super) fn find(&self, path: &str) -> Option<&Source> {
        self.files.iter().find(|source| source.path == path)
    }

    /// Whether a file has this path or a folder of that name holds one.
    pub(super) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let texts = self.files.iter().map(|source| source.path.as_str());
        let others = self.others.iter().map(String::as_str);
        texts.chain(others).any(|there| {
            there
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    #[cfg(test)]
    pub(super) fn of(samples: &[(&str, &str)]) -> Self {
        Self {
            root: PathBuf::from("/somewhere/checkout"),
            others: Vec::new(),
            files: samples
                .iter()
                .map(|(path, text)| Source::new(path, (*text).to_owned()))
                .collect(),
        }
    }
}

impl Source {
    fn new(path: &str, text: String) -> Self {
        let rust = path.ends_with(".rs").then(|| {
            let views = mask::views(&text);
            let test_lines = if is_test_file(path) {
                vec![true; text.lines().count()]
            } else {
                test_lines(&views.code)
            };
            Rust { views, test_lines }
        });
        Self {
            path: path.to_owned(),
            text,
            rust,
        }
    }

    /// The file's code with comments and the insides of strings blanked; empty if it is no Rust.
    pub(super) fn code(&self) -> &str {
        self.rust.as_ref().map_or("", |rust| &rust.views.code)
    }

    /// Only its comments; the whole text if it is no Rust.
    pub(super) fn comments(&self) -> &str {
        self.rust
            .as_ref()
            .map_or(&self.text, |rust| &rust.views.comments)
    }

    pub(super) fn is_test_line(&self, number: usize) -> bool {
        self.rust
            .as_ref()
            .and_then(|rust| rust.test_lines.get(number.checked_sub(1)?))
            .copied()
            .unwrap_or(false)
    }

    pub(super) fn is_in(&self, folder: &str) -> bool {
        self.path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    }
}

/// The lines of a text with their numbers, from 1.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
}

/// On which line, from 1, a byte offset lies.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// Offsets at which a word stands alone, that is, not as a part of a longer identifier.
pub(super) fn word_offsets<'text>(
    text: &'text str,
    word: &'text str,
) -> impl Iterator<Item = usize> + 'text {
    let part_of_word = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word)
        .filter(move |(offset, _)| {
            let before = text[..*offset].chars().next_back();
            let after = text[offset + word.len()..].chars().next();
            !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
        })
        .map(|(offset, _)| offset)
}

/// Where the bracket that opens at or after `from` closes again, in masked code.
pub(super) fn closing(code: &str, from: usize, open: char, close: char) -> Option<(usize, usize)> {
    let start = from + code[from..].find(open)?;
    let mut depth = 0_usize;
    for (offset, character) in code[start..].char_indices() {
        if character == open {
            depth += 1;
        } else if character == close {
            depth -= 1;
            if depth == 0 {
                return Some((start, start + offset));
            }
        }
    }
    None
}

fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.contains("/benches/")
        || path.contains("/fuzz/")
        || path.ends_with("/tests.rs")
}

fn test_lines(code: &str) -> Vec<bool> {
    let mut lines = vec![false; code.lines().count()];
    for (offset, mark) in code.match_indices("#[cfg(test)]") {
        let after = offset + mark.len();
        let item = code[after..].find(['{', ';']).map(|length| after + length);
        let end = match item {
            Some(at) if code[at..].starts_with('{') => {
                closing(code, at, '{', '}').map_or(code.len(), |(_, end)| end)
            }
            Some(at) => at,
            None => code.len(),
        };
        let (first, last) = (line_of(code, offset), line_of(code, end));
        for line in lines.iter_mut().take(last).skip(first - 1) {
            *line = true;
        }
    }
    lines
}

/// See [`super::packages_with_examples`].
pub(super) fn packages_with_examples(tree: &Tree) -> Vec<String> {
    let mut packages: Vec<_> = tree
        .rust()
        .filter(|source| has_example(&source.text))
        .filter_map(|source| {
            let (folder, _) = source.path.split_once("/src/")?;
            tree.find(&format!("{folder}/src/lib.rs"))?;
            let manifest = tree.find(&format!("{folder}/Cargo.toml"))?;
            let name = manifest
                .text
                .lines()
                .find_map(|line| line.strip_prefix("name = "))?;
            Some(name.trim_matches('"').to_owned())
        })
        .collect();
    packages.sort();
    packages.dedup();
    packages
}

/// Whether a documentation comment holds a fenced block that rustdoc would compile.
fn has_example(text: &str) -> bool {
    let mut inside = false;
    for line in text.lines().map(str::trim_start) {
        let Some(comment) = line
            .strip_prefix("///")
            .or_else(|| line.strip_prefix("//!"))
        else {
            inside = false;
            continue;
        };
        let Some(info) = comment.trim_start().strip_prefix("```") else {
            continue;
        };
        if inside {
            inside = false;
            continue;
        }
        inside = true;
        let rust = [
            "rust",
            "no_run",
            "should_panic",
            "compile_fail",
            "edition2024",
        ];
        let info = info.trim();
        if info.is_empty() || info.split(',').any(|word| rust.contains(&word.trim())) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_test_module_are_test_lines() {
        let source = Source::new(
            "a/src/b.rs",
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n".into(),
        );
        let test: Vec<_> = (1..=6).map(|line| source.is_test_line(line)).collect();
        assert_eq!(test, [false, true, true, true, true, false]);
    }

    #[test]
    fn a_test_only_import_ends_with_its_line() {
        let source = Source::new("a/src/b.rs", "#[cfg(test)]\nuse x;\nfn c() {}\n".into());
        assert!(source.is_test_line(2));
        assert!(!source.is_test_line(3));
    }

    #[test]
    fn words_stand_alone() {
        assert_eq!(
            word_offsets("diesel_x diesel::y xdiesel", "diesel").count(),
            1
        );
    }

    #[test]
    fn only_what_rustdoc_runs_is_an_example() {
        assert!(has_example("/// ```\n/// f();\n/// ```\n"));
        assert!(has_example("//! ```compile_fail\n//! f();\n//! ```\n"));
        assert!(!has_example("/// ```text\n/// f();\n/// ```\n"));
        assert!(!has_example("let fence = \"```\";"));
    }

    #[test]
    fn a_package_with_examples_is_found_by_its_name() {
        let tree = Tree::of(&[
            ("a/Cargo.toml", "[package]\nname = \"house-a\"\n"),
            ("a/src/lib.rs", "mod b;"),
            ("a/src/b.rs", "/// ```\n/// f();\n/// ```\nfn f() {}"),
            ("b/Cargo.toml", "[package]\nname = \"house-b\"\n"),
            ("b/src/lib.rs", "fn g() {}"),
        ]);
        assert_eq!(packages_with_examples(&tree), ["house-a"]);
    }
}
