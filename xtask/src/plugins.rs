//! `cargo xtask plugins`: builds the WebAssembly guests to `target/plugins/<folder>.wasm`, each
//! with its manifest beside it as `<folder>.toml`.
//!
//! A guest is a folder in `plugins/` or `plugins/sandbox/` with a `Cargo.toml` and a `plugin.toml`;
//! those in JavaScript are in [`javascript`].

pub(crate) mod javascript;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome, While as _};
use crate::{process, tools};

/// What guests are compiled for: components without a further step.
const TARGET: &str = "wasm32-wasip2";
/// The profile of the workspace that makes them small.
const PROFILE: &str = "plugin";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(word) = arguments.first() {
        return Err(Failure::new(format!(
            "`cargo xtask plugins` takes no arguments; what is `{word}`?"
        )));
    }
    for guest in build()? {
        println!("{}", guest.display());
    }
    if !tools::has_node() {
        println!("Those in JavaScript are left out: they need Node.js 18 or newer and npm.");
        return Ok(());
    }
    for guest in javascript::build()? {
        println!("{}", guest.display());
    }
    Ok(())
}

/// Builds every guest in Rust, which are all that ship. Returns the files that were made.
pub(crate) fn build() -> Outcome<Vec<PathBuf>> {
    let guests = guests(&process::root().join("plugins"))?;
    if guests.is_empty() {
        return Ok(Vec::new());
    }
    ensure_target()?;
    let mut command = process::cargo();
    command.args([
        "build",
        "--locked",
        "--target",
        TARGET,
        "--profile",
        PROFILE,
    ]);
    for guest in &guests {
        command.args(["--package", &guest.package]);
    }
    process::run(&mut command)?;

    let built = process::target().join(TARGET).join(PROFILE);
    let shelf = process::target().join("plugins");
    fs::create_dir_all(&shelf).during(shelf.display())?;
    let mut made = Vec::new();
    for guest in &guests {
        let artefact = built.join(format!("{}.wasm", guest.package.replace('-', "_")));
        let place = shelf.join(format!("{}.wasm", guest.name));
        put(&artefact, &place)?;
        put(
            &guest.folder.join("plugin.toml"),
            &shelf.join(format!("{}.toml", guest.name)),
        )?;
        made.push(place);
    }
    Ok(made)
}

#[derive(Debug, PartialEq, Eq)]
struct Guest {
    /// The folder's name, which is the plugin's file name.
    name: String,
    folder: PathBuf,
    package: String,
}

/// The guests in `plugins`, by name.
fn guests(plugins: &Path) -> Outcome<Vec<Guest>> {
    let mut found = Vec::new();
    for shelf in [plugins.to_path_buf(), plugins.join("sandbox")] {
        let Ok(entries) = fs::read_dir(&shelf) else {
            continue;
        };
        for entry in entries {
            let folder = entry?.path();
            let manifest = folder.join("Cargo.toml");
            if !manifest.is_file() || !folder.join("plugin.toml").is_file() {
                continue;
            }
            let text = fs::read_to_string(&manifest).during(manifest.display())?;
            let (Some(name), Some(package)) = (
                folder.file_name().and_then(|name| name.to_str()),
                package_name(&text),
            ) else {
                return Err(Failure::new(format!(
                    "{} names no package",
                    manifest.display()
                )));
            };
            found.push(Guest {
                name: name.to_owned(),
                package,
                folder: folder.clone(),
            });
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// The first `name = "…"` of a manifest, which is the package's.
fn package_name(manifest: &str) -> Option<String> {
    let line = manifest
        .lines()
        .find_map(|line| line.trim().strip_prefix("name"))?;
    let value = line.trim_start().strip_prefix('=')?.trim();
    Some(value.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

/// The compiler's library for guests; rustup brings it where it is missing.
fn ensure_target() -> Outcome {
    let printed = process::capture(Command::new("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        TARGET,
    ]))?;
    let library = PathBuf::from(printed.trim());
    if library.is_dir() {
        return Ok(());
    }
    if process::find_program("rustup").is_none() {
        return Err(Failure::new(format!(
            "this Rust cannot compile for {TARGET}, and there is no rustup to teach it: install \
             the target's standard library, then come back"
        )));
    }
    println!("Adding the target {TARGET} (rustup target add {TARGET})");
    process::run(Command::new("rustup").args(["target", "add", TARGET]))?;
    if library.is_dir() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "rustup added {TARGET}, yet {} is not there: is another rustc first on PATH?",
            library.display()
        )))
    }
}

/// Copies, so that whoever reads the file at the same time sees the old one or the new one whole.
fn put(from: &Path, to: &Path) -> Outcome {
    let bytes = fs::read(from).during(from.display())?;
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let beside = to.with_extension(format!("{}.new", std::process::id()));
    fs::write(&beside, bytes).during(beside.display())?;
    fs::rename(&beside, to).during(to.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_is_the_first_name() {
        let manifest = "[package]\nname = \"alvara-plugin-pix\"\n[lib]\nname = \"other\"\n";
        assert_eq!(package_name(manifest).as_deref(), Some("alvara-plugin-pix"));
        assert_eq!(package_name("[lib]\n"), None);
    }

    #[test]
    fn a_folder_with_a_manifest_is_a_guest_and_others_are_not() {
        let found = guests(&process::root().join("plugins"))
            .map(|guests| {
                guests
                    .into_iter()
                    .map(|guest| guest.name)
                    .collect::<Vec<_>>()
            })
            .map_err(|failure| failure.to_string());
        let names = found.unwrap_or_else(|error| panic!("{error}"));
        assert!(names.contains(&"hostile".to_owned()), "{names:?}");
        assert!(!names.contains(&"wit".to_owned()), "{names:?}");
        assert!(!names.contains(&"sandbox".to_owned()), "{names:?}");
    }
}
