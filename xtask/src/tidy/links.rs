//! Pages point only to pages that are there.

use super::Breach;
use super::source::{Source, Tree, numbered};

/// Every relative link of a page leads to a file or folder of the tree.
pub(super) fn lead_somewhere(tree: &Tree) -> Vec<Breach> {
    tree.files()
        .iter()
        .filter(|source| source.path.ends_with(".md"))
        .flat_map(|source| {
            numbered(&source.text)
                .flat_map(|(line, text)| targets(text).map(move |target| (line, target)))
                .filter(|(_, target)| !tree.has(&resolve(source, target)))
                .map(|(line, target)| {
                    Breach::new(
                        &source.path,
                        line,
                        "link",
                        format!("there is no {target}: write it or take the link out"),
                    )
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// What stands in `[text](here)`, without the part after `#`; links to elsewhere are not ours to
/// check.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .filter_map(|target| target.split('#').next())
        .filter(|target| !target.is_empty())
}

/// The path from the root that a link on this page means.
fn resolve(page: &Source, target: &str) -> String {
    let mut parts: Vec<&str> = page.path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_into_nothing_is_reported() {
        let tree = Tree::of(&[
            (
                "docs/guide.md",
                "[a](../README.md#run) [b](decisions/) [c](gone.md)\n[d](https://example.org/x) [e](#here)",
            ),
            ("README.md", "[guide](docs/guide.md)\n[lost](docs/lost.md)"),
            ("docs/decisions/0001.md", ""),
        ]);
        let found: Vec<_> = lead_somewhere(&tree)
            .into_iter()
            .map(|breach| (breach.path, breach.line))
            .collect();
        assert_eq!(
            found,
            [("docs/guide.md".to_owned(), 1), ("README.md".to_owned(), 2)]
        );
    }
}
