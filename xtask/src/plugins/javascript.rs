//! Guests in JavaScript, built by the program that the example's lock file names: it brings its
//! engine with it, so nothing is compiled and nothing but npm's packages is downloaded.
//!
//! A guest is a folder in `plugins/examples/` or `plugins/sandbox/` with a `plugin.js`, which is all
//! of its source, and a `plugin.toml`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::put;
use crate::failure::{Failure, Outcome, While as _};
use crate::{process, tools};

/// Where the lock file is.
const LOCK: &str = "plugins/examples/bank-transfer";
/// The program of the lock file.
const TOOL: &str = "componentize-qjs";
/// No asynchronous functions, which the contract has none of; the small engine; and nothing of WASI,
/// whose every call traps instead.
const OPTIONS: [&str; 3] = ["--sync", "--opt-size", "--stub-wasi"];
/// What such a plugin implements of the contract.
const WORLD: &str = "payment-plugin";

/// Builds the guests whose source, contract or tool has changed: two builds of one source differ in
/// their bytes, and other bytes are another plugin. Returns the files of all of them.
pub(crate) fn build() -> Outcome<Vec<PathBuf>> {
    let root = process::root();
    let shelf = process::target().join("plugins");
    fs::create_dir_all(&shelf).during(shelf.display())?;
    let modules = tools::ensure_node_modules(LOCK, "javascript")?;
    let notes = process::target().join("tools/javascript");
    let read = |path: &Path| fs::read_to_string(path).during(path.display());
    let wit = root.join("plugins/wit");
    let common = [
        read(&root.join(LOCK).join("package-lock.json"))?,
        read(&wit.join("payment.wit"))?,
        OPTIONS.join(" "),
    ]
    .concat();
    let mut made = Vec::new();
    for (name, folder) in guests(&root.join("plugins"))? {
        let source = folder.join("plugin.js");
        let place = shelf.join(format!("{name}.wasm"));
        let note = notes.join(format!("{name}.made-of"));
        let of = format!("{common}{}", read(&source)?);
        if !place.is_file() || !fs::read_to_string(&note).is_ok_and(|before| before == of) {
            let fresh = notes.join(format!("{name}.wasm"));
            process::capture(
                Command::new(modules.join(".bin").join(TOOL))
                    .arg("--wit")
                    .arg(&wit)
                    .args(["--world", WORLD, "--js"])
                    .arg(&source)
                    .args(OPTIONS)
                    .arg("--output")
                    .arg(&fresh),
            )?;
            put(&fresh, &place)?;
            fs::write(&note, of).during(note.display())?;
        }
        put(
            &folder.join("plugin.toml"),
            &shelf.join(format!("{name}.toml")),
        )?;
        made.push(place);
    }
    Ok(made)
}

/// The guests in `plugins`, by name.
pub(super) fn guests(plugins: &Path) -> Outcome<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for shelf in ["examples", "sandbox"] {
        let Ok(entries) = fs::read_dir(plugins.join(shelf)) else {
            continue;
        };
        for entry in entries {
            let folder = entry?.path();
            if !folder.join("plugin.js").is_file() || !folder.join("plugin.toml").is_file() {
                continue;
            }
            match folder.file_name().and_then(|name| name.to_str()) {
                Some(name) => found.push((name.to_owned(), folder.clone())),
                None => {
                    return Err(Failure::new(format!("an odd name: {}", folder.display())));
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_and_the_hostile_guest_are_found() {
        let found =
            guests(&process::root().join("plugins")).unwrap_or_else(|error| panic!("{error}"));
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["bank-transfer", "hostile-js"]);
    }

    #[test]
    fn an_author_builds_as_we_do() {
        let path = process::root().join(LOCK).join("package.json");
        let package = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
        let command = format!(
            "{TOOL} --wit ../../wit --world {WORLD} --js plugin.js {} --output plugin.wasm",
            OPTIONS.join(" ")
        );
        assert!(package.contains(&command), "{package}");
    }
}
