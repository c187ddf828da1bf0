//! Looking at a plugin before it is installed.

use alvara_domain::payment::report::{Capability, Description};
use semver::Version;
use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::digest::Digest;
use crate::fault::CallFault;
use crate::host::is_harmless;
use crate::manifest::{MAJOR, PACKAGE};
use crate::plugin::Plugin;

/// Why a plugin is not installed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Too many bytes.
    #[error("a plugin has at most {} MiB", LARGEST >> 20)]
    TooLarge,
    /// Not a WebAssembly component.
    #[error("this is no WebAssembly component: {0}")]
    NotAComponent(String),
    /// It asks for something that no plugin gets.
    #[error("it imports {0}, which no payment plugin gets")]
    Import(String),
    /// It lacks an interface that every plugin has, or has it in another shape.
    #[error("its interface {interface} cannot be used: {problem}")]
    Export {
        /// Which.
        interface: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It does not say what it is.
    #[error("it does not describe itself: {0}")]
    Silent(CallFault),
    /// It says different things of itself.
    #[error("it describes itself differently each time")]
    Fickle,
    /// It is not what the manifest says.
    #[error("the manifest says {field} {manifest:?}, the plugin says {said:?}")]
    Otherwise {
        /// Which field.
        field: &'static str,
        /// In `plugin.toml`.
        manifest: String,
        /// In `describe`.
        said: String,
    },
    /// Nobody signed it.
    #[error("nobody signed it")]
    Unsigned,
    /// Nobody whom the operator trusts signed it.
    #[error("its signature is not that of a trusted publisher")]
    Signature,
}

/// A plugin that can be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The name of its bytes.
    pub digest: Digest,
    /// What it says of itself, and what was seen in it.
    pub described: Description,
}

/// No plugin has more bytes: one with a whole JavaScript engine in it has 12 MiB.
const LARGEST: usize = 32 << 20;

pub(crate) fn check_size(bytes: usize) -> Result<(), Refusal> {
    if bytes > LARGEST {
        return Err(Refusal::TooLarge);
    }
    Ok(())
}

/// What a component's interface `name@version` is: the name, if the version is of our major one.
fn ours(name: &str) -> Option<&str> {
    let (interface, version) = name
        .strip_prefix(PACKAGE)?
        .strip_prefix('/')?
        .split_once('@')?;
    let version = Version::parse(version).ok()?;
    (version.major == MAJOR).then_some(interface)
}

/// The interfaces of the contract that a plugin may import.
const GIVEN: &[&str] = &["types", "http", "secrets", "kv", "clock", "log", "random"];

/// Refuses a component that asks for more than plugins get.
pub(crate) fn check_imports(engine: &Engine, component: &Component) -> Result<(), Refusal> {
    for (name, _) in component.component_type().imports(engine) {
        let given = ours(name).is_some_and(|interface| GIVEN.contains(&interface));
        let bare = name.split('@').next().unwrap_or(name);
        if !given && !is_harmless(bare) {
            return Err(Refusal::Import(name.to_owned()));
        }
    }
    Ok(())
}

/// The optional interfaces of a component that has the required ones.
pub(crate) fn capabilities(
    engine: &Engine,
    component: &Component,
) -> Result<Vec<Capability>, Refusal> {
    let kind = component.component_type();
    let exports: Vec<_> = kind
        .exports(engine)
        .filter_map(|(name, _)| ours(name))
        .collect();
    for required in ["charges", "webhooks"] {
        if !exports.contains(&required) {
            return Err(Refusal::Export {
                interface: format!("{PACKAGE}/{required}"),
                problem: format!("it is not there in version {MAJOR}"),
            });
        }
    }
    Ok(Capability::ALL
        .iter()
        .copied()
        .filter(|capability| exports.contains(&interface(*capability)))
        .collect())
}

/// The contract's name of a capability.
const fn interface(capability: Capability) -> &'static str {
    match capability {
        Capability::Captures => "captures",
        Capability::Refunds => "refunds",
        Capability::Mandates => "mandates",
        Capability::BatchFiles => "batch-files",
    }
}

/// Asks a plugin what it is, twice, and compares with its manifest.
pub(crate) async fn described(plugin: &Plugin) -> Result<Description, Refusal> {
    plugin.check_exports().await?;
    let described = plugin.describe().await.map_err(Refusal::Silent)?;
    if plugin.describe().await.map_err(Refusal::Silent)? != described {
        return Err(Refusal::Fickle);
    }
    let manifest = plugin.manifest();
    let version = manifest.version.to_string();
    for (field, manifest, said) in [
        ("id", &manifest.id, &described.plugin_id),
        ("version", &version, &described.version),
    ] {
        if manifest != said {
            return Err(Refusal::Otherwise {
                field,
                manifest: manifest.clone(),
                said: said.clone(),
            });
        }
    }
    Ok(described)
}
