//! `alvara plugin new`: a plugin to begin from.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::print;
use super::author::read_file;
use crate::exit::{Failure, Outcome};

/// The files of the template, and where they go.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("template/Cargo.toml.txt")),
    ("plugin.toml", include_str!("template/plugin.toml.txt")),
    (
        "conformance.toml",
        include_str!("template/conformance.toml.txt"),
    ),
    ("src/lib.rs", include_str!("template/lib.rs.txt")),
    (".gitignore", "/target\n*.wasm\n*.pem\n"),
];

#[derive(Debug, Args)]
pub(in crate::cli) struct New {
    /// The plugin's id: 2 to 32 of a-z, 0-9 and -, a letter first
    id: String,
    /// Where to write it [default: a folder of its id, here]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The folder plugins/sdk of a checkout of Alvará [default: the one above or beside here]
    #[arg(long, value_name = "DIR", env = "ALVARA_PLUGIN_SDK")]
    sdk: Option<PathBuf>,
}

impl New {
    pub(super) fn run(&self) -> Outcome {
        let well = (2..=32).contains(&self.id.len())
            && self.id.starts_with(|c: char| c.is_ascii_lowercase())
            && self
                .id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !well {
            return Err(Failure::refused(format!("{:?} is no plugin's id", self.id))
                .hint("2 to 32 of a-z, 0-9 and -, a letter first"));
        }
        let sdk = self.sdk()?;
        let folder = self
            .folder
            .clone()
            .unwrap_or_else(|| PathBuf::from(&self.id));
        let names = FILES.iter().map(|(name, _)| *name);
        for name in names.chain(["Cargo.lock"]) {
            // A link that leads nowhere is there too.
            if folder.join(name).symlink_metadata().is_ok() {
                return Err(Failure::refused(format!(
                    "there is a {name} in {} already",
                    folder.display()
                ))
                .hint("nothing was written; name a folder that is not there with --folder"));
            }
        }
        std::fs::create_dir_all(folder.join("src"))?;
        for (name, text) in FILES {
            let text = text
                .replace("{{id}}", &self.id)
                .replace("{{sdk}}", &sdk.display().to_string());
            write_new(&folder.join(name), text.as_bytes())?;
        }
        // The versions that the SDK is tested with, so that a build needs nothing that is not there.
        if let Some(lock) = sdk
            .ancestors()
            .map(|up| up.join("Cargo.lock"))
            .find(|it| it.is_file())
        {
            write_new(&folder.join("Cargo.lock"), &read_file(&lock)?)?;
        }
        print::line(folder.display().to_string());
        print::note(format!(
            "next: alvara plugin build {0} && alvara plugin test {0}/{1}-0.1.0.wasm",
            folder.display(),
            self.id
        ));
        Ok(())
    }

    /// The SDK's folder, absolute.
    fn sdk(&self) -> Outcome<PathBuf> {
        let here = std::env::current_dir()?;
        let found = match &self.sdk {
            Some(named) => Some(named.clone()),
            None => here
                .ancestors()
                .flat_map(|up| [up.join("plugins/sdk"), up.join("alvara/plugins/sdk")])
                .find(|folder| is_sdk(folder)),
        };
        let found = found.filter(|folder| is_sdk(folder)).ok_or_else(|| {
            Failure::refused("the SDK for plugins is not found").hint(
                "name the folder plugins/sdk of a checkout of Alvará with --sdk or ALVARA_PLUGIN_SDK",
            )
        })?;
        Ok(std::fs::canonicalize(found)?)
    }
}

/// Writes a file that is not there yet, whatever appeared meanwhile.
fn write_new(path: &Path, content: &[u8]) -> Outcome {
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(content));
    written
        .map_err(|error| Failure::refused(format!("{} cannot be written: {error}", path.display())))
}

fn is_sdk(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("Cargo.toml"))
        .is_ok_and(|text| text.contains("name = \"alvara-plugin-sdk\""))
}
