//! What the manifests may say.

use super::Breach;
use super::source::{Source, Tree, numbered};

/// The crates of the house and those each may see. Cargo forbids circles; this forbids doors that
/// would be no circle yet, such as a vault that reads the database.
const DIRECTION: &[(&str, &[&str])] = &[
    ("platform/domain", &[]),
    ("platform/vault", &["alvara-domain"]),
    ("platform/store", &["alvara-domain"]),
    // It cannot see the store: a plugin never reaches the database.
    ("platform/gateway", &["alvara-domain"]),
    // A provider's stand-in that shared our code would share our mistakes.
    ("platform/simulator", &[]),
    ("platform/render", &["alvara-domain", "alvara-tenants"]),
    (
        "tenants",
        &["alvara-domain", "alvara-vault", "alvara-store"],
    ),
    (
        "platform/app",
        &[
            "alvara-domain",
            "alvara-vault",
            "alvara-store",
            "alvara-gateway",
            "alvara-tenants",
            "alvara-render",
        ],
    ),
    (
        "platform/web",
        &[
            "alvara-domain",
            "alvara-vault",
            "alvara-store",
            "alvara-tenants",
            "alvara-render",
            "alvara-app",
        ],
    ),
    // What a program in the field is built with knows the rules and nothing of the house.
    ("sdk/rust", &["alvara-domain"]),
    ("sdk/c", &["alvara-sdk"]),
    ("xtask", &[]),
];

struct Dependency<'text> {
    line: usize,
    name: &'text str,
    inherited: bool,
    for_tests: bool,
}

/// The dependencies a manifest lists, one a line as we write them.
fn dependencies(source: &Source) -> Vec<Dependency<'_>> {
    let mut section = "";
    let mut open_brackets = 0_i32;
    let mut found = Vec::new();
    for (line, text) in numbered(&source.text) {
        let text = text.split('#').next().unwrap_or("").trim();
        let continued = open_brackets > 0;
        open_brackets += text.matches(['[', '{']).count() as i32;
        open_brackets -= text.matches([']', '}']).count() as i32;
        if continued || text.is_empty() {
            continue;
        }
        if text.starts_with('[') {
            section = text.trim_matches(['[', ']']);
            continue;
        }
        let kind = section.rsplit('.').next().unwrap_or(section);
        if !matches!(
            kind,
            "dependencies" | "dev-dependencies" | "build-dependencies"
        ) || section.starts_with("workspace")
        {
            continue;
        }
        let end = text.find(['.', '=', ' ']).unwrap_or(text.len());
        found.push(Dependency {
            line,
            name: &text[..end],
            inherited: text.contains("workspace = true"),
            for_tests: kind == "dev-dependencies",
        });
    }
    found
}

fn members(tree: &Tree) -> impl Iterator<Item = &Source> {
    tree.files()
        .iter()
        .filter(|source| source.path.ends_with("/Cargo.toml"))
        // The fuzz targets need another toolchain and are no members of the workspace.
        .filter(|source| !source.text.lines().any(|line| line.trim() == "[workspace]"))
}

/// Versions are chosen once, in the workspace.
pub(super) fn inherited(tree: &Tree) -> Vec<Breach> {
    members(tree)
        .flat_map(|source| {
            dependencies(source)
                .into_iter()
                .filter(|dependency| !dependency.inherited)
                .map(|dependency| {
                    Breach::new(
                        &source.path,
                        dependency.line,
                        "dependency",
                        format!(
                            "`{}`: put it into [workspace.dependencies] and say `workspace = true`",
                            dependency.name
                        ),
                    )
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Dependencies point one way through the house.
pub(super) fn direction(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (folder, allowed) in DIRECTION {
        let Some(source) = tree.find(&format!("{folder}/Cargo.toml")) else {
            continue;
        };
        for dependency in dependencies(source) {
            let ours = dependency.name.starts_with("alvara-");
            if ours && !dependency.for_tests && !allowed.contains(&dependency.name) {
                breaches.push(Breach::new(
                    &source.path,
                    dependency.line,
                    "direction",
                    format!(
                        "{folder} must not see {}: turn the dependency round or move the code",
                        dependency.name
                    ),
                ));
            }
        }
    }
    breaches
}

/// Where crates come from is the business of the machine that builds, not of the repository.
pub(super) fn registries(tree: &Tree) -> Vec<Breach> {
    tree.files()
        .iter()
        .filter(|source| source.path.ends_with(".cargo/config.toml"))
        .flat_map(|source| numbered(&source.text).map(|(line, text)| (&source.path, line, text)))
        .filter(|(_, _, text)| {
            let text = text.trim_start();
            ["[source", "[registr", "replace-with", "[http", "proxy"]
                .iter()
                .any(|start| text.starts_with(start))
        })
        .map(|(path, line, _)| {
            Breach::new(
                path,
                line,
                "registry",
                "a clone must build from crates.io: keep mirrors in the machine's own settings",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_its_own_is_reported() {
        let tree = Tree::of(&[(
            "a/Cargo.toml",
            "[package]\nname = \"a\"\n[dependencies]\nserde.workspace = true\n\
             ulid = { workspace = true, features = [\n  \"std\",\n] }\nrand = \"0.9\"\n",
        )]);
        let found = inherited(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 8);
        assert!(found[0].advice.contains("`rand`"));
    }

    #[test]
    fn the_workspace_itself_chooses_versions() {
        let tree = Tree::of(&[("Cargo.toml", "[workspace.dependencies]\nserde = \"1\"\n")]);
        assert!(inherited(&tree).is_empty());
    }

    #[test]
    fn a_door_in_the_wrong_wall_is_reported() {
        let tree = Tree::of(&[(
            "platform/vault/Cargo.toml",
            "[dependencies]\nalvara-domain.workspace = true\nalvara-store.workspace = true\n",
        )]);
        let found = direction(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 3);
    }

    #[test]
    fn a_mirror_in_the_repository_is_reported() {
        let tree = Tree::of(&[(
            ".cargo/config.toml",
            "[alias]\nxtask = \"run\"\n[source.crates-io]\nreplace-with = \"mirror\"\n",
        )]);
        assert_eq!(registries(&tree).len(), 2);
    }
}
