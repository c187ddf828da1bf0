//! Nothing of the machine somebody worked on.

use super::Breach;
use super::source::{Tree, numbered};
use crate::process;

/// Finds the paths of this checkout, of the account's home and of the build folder.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Breach> {
    let mut private: Vec<String> = vec![tree.root().display().to_string()];
    for name in ["HOME", "CARGO_TARGET_DIR", "CARGO_HOME", "RUSTUP_HOME"] {
        private.extend(process::variable(name));
    }
    mentions(tree, &private)
}

fn mentions(tree: &Tree, private: &[String]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in tree.files() {
        for (line, text) in numbered(&source.text) {
            let found = private
                .iter()
                .filter(|path| is_telling(path))
                .find(|path| names(text, path));
            if let Some(path) = found {
                breaches.push(Breach::new(
                    &source.path,
                    line,
                    "leak",
                    format!("{path} exists on this machine only: use a path from the root"),
                ));
            }
        }
    }
    breaches
}

/// `/src` or `/app` may well be the checkout in a container, and the word stands everywhere.
fn is_telling(path: &str) -> bool {
    const PUBLIC: &[&str] = &[
        "/",
        "/app",
        "/build",
        "/code",
        "/home",
        "/opt",
        "/repo",
        "/source",
        "/src",
        "/tmp",
        "/usr/src",
        "/workspace",
    ];
    path.starts_with('/') && !PUBLIC.contains(&path.trim_end_matches('/'))
}

/// Whether the path stands in the text as a whole, not as the middle of a longer one.
fn names(text: &str, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    text.match_indices(path).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + path.len()..].chars().next();
        let joined = |character: char| character.is_alphanumeric() || "._-/".contains(character);
        !before.is_some_and(joined) && (after.is_none() || after == Some('/') || after == Some('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, private: &str) -> usize {
        mentions(&Tree::of(&[("a.md", text)]), &[private.to_owned()]).len()
    }

    #[test]
    fn a_path_of_this_machine_is_reported() {
        assert_eq!(found("see /home/ana/alvara/docs", "/home/ana/alvara"), 1);
        assert_eq!(found("see x/home/ana/alvara/docs", "/home/ana/alvara"), 0);
        assert_eq!(found("see /home/ana/alvara2", "/home/ana/alvara"), 0);
    }

    #[test]
    fn a_name_everybody_uses_tells_nothing() {
        assert_eq!(found("platform and /src/lib.rs", "/src"), 0);
    }
}
