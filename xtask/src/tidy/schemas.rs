//! What the API's document names.

use std::collections::BTreeMap;

use super::Breach;
use super::source::{Source, Tree, numbered};

/// No two types of the document have one name: its schemas lie in one map by name, and of two the
/// last would describe both.
pub(super) fn named_once(tree: &Tree) -> Vec<Breach> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut breaches = Vec::new();
    for source in tree.rust() {
        for (line, name) in schemas(source) {
            if let Some(other) = first.insert(name, &source.path) {
                breaches.push(Breach::new(
                    &source.path,
                    line,
                    "schema",
                    format!(
                        "{other} has a schema `{name}` too, and the document keeps one of them"
                    ),
                ));
            }
        }
    }
    breaches
}

/// The types that derive `ToSchema`, with their lines.
fn schemas(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let (mut is_derive, mut is_schema) = (false, false);
    numbered(source.code()).filter_map(move |(line, text)| {
        let text = text.trim();
        if text.starts_with("#[derive(") {
            (is_derive, is_schema) = (true, false);
        }
        if is_derive {
            is_schema |= text.contains("ToSchema");
            is_derive = !text.contains(")]");
        }
        let name = declared(text)?;
        std::mem::take(&mut is_schema).then_some((line, name))
    })
}

/// The name of the struct or enum that this line declares.
fn declared(line: &str) -> Option<&str> {
    let mut words = line
        .split_whitespace()
        .skip_while(|word| word.starts_with("pub"));
    let kind = words.next()?;
    let name = words.next()?;
    matches!(kind, "struct" | "enum")
        .then(|| name.split(|c: char| !c.is_alphanumeric()).next())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_two_schemas_have_is_reported() {
        let tree = Tree::of(&[
            (
                "a/src/one.rs",
                "#[derive(Clone, ToSchema)]\n/// A page.\npub(crate) struct Page<T> {}\n#[derive(Clone)]\nstruct Row;",
            ),
            (
                "a/src/two.rs",
                "#[derive(ToSchema)]\nenum Row {}\n#[derive(\n    ToSchema,\n)]\n#[serde(x)]\nstruct Page {}",
            ),
        ]);
        let found: Vec<_> = named_once(&tree)
            .into_iter()
            .map(|breach| (breach.path, breach.line))
            .collect();
        assert_eq!(found, [("a/src/two.rs".to_owned(), 7)]);
    }
}
