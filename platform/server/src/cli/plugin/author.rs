//! What the author of a plugin does, without an installation.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use alvara_gateway::{Gateway, GatewayConfig, Inspected, Manifest, Package, fingerprint};
use clap::Args;
use data_encoding::BASE64;
use openssl::pkey::{PKey, Private};
use serde_json::{Value, json};

use super::super::{Form, print};
use crate::exit::{Failure, Outcome};

/// What guests are compiled for: components without a further step.
const TARGET: &str = "wasm32-wasip2";

/// The bytes of a file.
pub(super) fn read_file(path: &Path) -> Outcome<Vec<u8>> {
    std::fs::read(path)
        .map_err(|error| Failure::refused(format!("{} cannot be read: {error}", path.display())))
}

fn write_file(path: &Path, content: &[u8]) -> Outcome {
    std::fs::write(path, content)
        .map_err(|error| Failure::refused(format!("{} cannot be written: {error}", path.display())))
}

fn refused(error: impl std::fmt::Display) -> Failure {
    Failure::refused(error.to_string())
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Build {
    /// The plugin's folder, with Cargo.toml and plugin.toml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// A component that another compiler made, instead of running cargo
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// Where to write the plugin's file [default: <id>-<version>.wasm in the folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Build without network, from what cargo has already
    #[arg(long)]
    offline: bool,
}

impl Build {
    pub(super) fn run(&self) -> Outcome {
        let path = self.folder.join("plugin.toml");
        let text = String::from_utf8(read_file(&path)?)
            .map_err(|_| Failure::refused(format!("{} is not UTF-8", path.display())))?;
        let manifest = Manifest::parse(&text).map_err(refused)?;
        let component = match &self.component {
            Some(component) => component.clone(),
            None => self.cargo()?,
        };
        let file = Package::pack(&read_file(&component)?, &text).map_err(refused)?;
        let out = self.out.clone().unwrap_or_else(|| {
            let name = format!("{}-{}.wasm", manifest.id, manifest.version);
            self.folder.join(name)
        });
        write_file(&out, &file)?;
        print::line(out.display().to_string());
        Ok(())
    }

    /// Runs cargo and answers where the component is, as cargo itself says.
    fn cargo(&self) -> Outcome<PathBuf> {
        let mut command = Command::new("cargo");
        command.args(["build", "--release", "--target", TARGET]);
        command.args(["--message-format", "json-render-diagnostics"]);
        if self.offline {
            command.arg("--offline");
        }
        command.current_dir(&self.folder);
        command.stderr(std::process::Stdio::inherit());
        let output = command.output().map_err(|error| {
            Failure::refused(format!("cargo cannot be run: {error}"))
                .hint("plugins in Rust need a Rust toolchain; see https://rustup.rs")
        })?;
        if !output.status.success() {
            return Err(
                Failure::refused("cargo could not build the plugin").hint(format!(
                    "where the target is missing: rustup target add {TARGET}"
                )),
            );
        }
        let mut found = None;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let said: Value = serde_json::from_str(line).unwrap_or_default();
            if said["reason"] == "compiler-artifact"
                && let Some(files) = said["filenames"].as_array()
                && let Some(file) = files
                    .iter()
                    .filter_map(Value::as_str)
                    .find(|file| file.ends_with(".wasm"))
            {
                // The plugin itself is built last.
                found = Some(PathBuf::from(file));
            }
        }
        found.ok_or_else(|| {
            Failure::refused("cargo made no component")
                .hint("the crate needs `crate-type = [\"cdylib\"]` in [lib] of Cargo.toml")
        })
    }
}

/// A plugin's file that was looked at.
pub(super) struct Looked {
    pub(super) package: Package,
    pub(super) manifest: Manifest,
    pub(super) inspected: Inspected,
}

/// Looks at a file as an installation would, but for the signature.
pub(super) async fn look(gateway: &Gateway, file: &Path) -> Outcome<Looked> {
    let package = Package::read(&read_file(file)?).map_err(refused)?;
    let manifest = Manifest::parse(&package.manifest).map_err(refused)?;
    let inspected = gateway
        .inspect(package.component.clone(), &manifest)
        .await
        .map_err(refused)?;
    Ok(Looked {
        package,
        manifest,
        inspected,
    })
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    /// The plugin's file
    file: PathBuf,
    #[command(flatten)]
    form: Form,
}

impl Check {
    pub(super) async fn run(&self) -> Outcome {
        let gateway = Gateway::new(GatewayConfig::default()).map_err(refused)?;
        let looked = look(&gateway, &self.file).await?;
        let said = &looked.inspected.described;
        let is_signed = looked.package.signature.is_some();
        let can: Vec<&str> = said.capabilities.iter().map(|it| it.as_str()).collect();
        let size = looked.package.component.len();
        if self.form.json {
            return print::json(&json!({
                "id": looked.manifest.id, "version": looked.manifest.version,
                "contract": looked.manifest.contract, "digest": looked.inspected.digest.to_string(),
                "size_bytes": size, "signed": is_signed, "description": said,
            }));
        }
        let limits = looked.manifest.limits;
        print::fields(&[
            ("plugin", looked.manifest.id.clone()),
            ("version", looked.manifest.version.to_string()),
            ("contract", looked.manifest.contract.clone()),
            ("title", said.display_name.clone()),
            ("methods", said.methods.join(", ")),
            ("can", can.join(", ")),
            ("size", format!("{} KiB", size.div_ceil(1024))),
            (
                "limits",
                format!(
                    "{} MiB, {} requests, {} ms a call",
                    limits.memory_mib, limits.http_calls, limits.wall_ms
                ),
            ),
            ("digest", looked.inspected.digest.to_string()),
            ("signed", if is_signed { "yes" } else { "no" }.to_owned()),
        ]);
        Ok(())
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Keygen {
    /// Write the private key to this new file, readable by its owner only
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    form: Form,
}

impl Keygen {
    pub(super) fn run(&self) -> Outcome {
        let key = PKey::generate_ed25519().map_err(refused)?;
        let pem = key.private_key_to_pem_pkcs8().map_err(refused)?;
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.out)
            .and_then(|mut file| file.write_all(&pem));
        written.map_err(|error| {
            Failure::refused(format!("{} cannot be written: {error}", self.out.display()))
                .hint("an existing key is never overwritten; name another file")
        })?;
        let public = key.raw_public_key().map_err(refused)?;
        let (text, mark) = (BASE64.encode(&public), fingerprint(&public));
        if self.form.json {
            return print::json(&json!({ "public_key": text, "fingerprint": mark }));
        }
        print::line(text);
        print::note(format!(
            "fingerprint {mark}; the private key is in {}, keep it to yourself",
            self.out.display()
        ));
        Ok(())
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Sign {
    /// The plugin's file, as `alvara plugin build` wrote it
    file: PathBuf,
    /// The private key, as `alvara plugin keygen` wrote it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where to write the signed file [default: in place]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Sign {
    pub(super) fn run(&self) -> Outcome {
        let key: PKey<Private> =
            PKey::private_key_from_pem(&read_file(&self.key)?).map_err(|_| {
                Failure::refused(format!("{} holds no private key", self.key.display()))
                    .hint("`alvara plugin keygen` makes one")
            })?;
        let signed = Package::sign(&read_file(&self.file)?, &key).map_err(refused)?;
        let out = self.out.as_ref().unwrap_or(&self.file);
        write_file(out, &signed)?;
        print::line(out.display().to_string());
        Ok(())
    }
}
