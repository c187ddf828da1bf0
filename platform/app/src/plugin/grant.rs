//! What a plugin asks for, what is different from the version before, and what the operator grants.

use std::collections::BTreeSet;

use alvara_domain::fault::FaultCode;
use alvara_domain::id::PluginId;
use alvara_domain::payment::Environment;
use alvara_domain::plugin::InstalledPlugin;
use alvara_gateway::{Grants, Limits, Manifest};
use alvara_store::page::PageRequest;
use alvara_store::{PlatformTx, plugins};
use serde::Serialize;

use super::{load, operator};
use crate::error::{AppError, AppResult};

/// The most bytes of grants, as JSON: what a column holds on each database.
const GRANTS_MOST: usize = 32 * 1024;

/// What is put before the operator: everything that the version asks for, and what of it is new
/// beside the version that was granted last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// What it asks for, each line in words a person can weigh.
    pub asks: Vec<String>,
    /// Those lines that the version before did not ask for. All of them when there is none before.
    pub new: Vec<String>,
    /// Lines of the version before that are gone.
    pub gone: Vec<String>,
    /// The version that this is compared with.
    pub compared_with: Option<String>,
    /// Everything it asks for, in the form in which it is granted.
    pub grants: Grants,
}

/// Draws the sheet of a version.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Inconsistent`] for a manifest that was readable once.
pub fn sheet(tx: &mut PlatformTx<'_>, id: PluginId) -> AppResult<Sheet> {
    let plugin = load(tx, id)?;
    let manifest = manifest_of(&plugin)?;
    let asks = lines(&manifest);
    let others = plugins::list(tx, Some(&plugin.name), &PageRequest::new(Some(200), None))?;
    let before = others
        .items
        .into_iter()
        .find(|other| other.id != id && other.grants.is_some());
    let known: BTreeSet<String> = match &before {
        Some(before) => lines(&manifest_of(before)?).into_iter().collect(),
        None => BTreeSet::new(),
    };
    let wanted: BTreeSet<&String> = asks.iter().collect();
    Ok(Sheet {
        new: asks
            .iter()
            .filter(|line| !known.contains(*line))
            .cloned()
            .collect(),
        gone: known
            .iter()
            .filter(|line| !wanted.contains(line))
            .cloned()
            .collect(),
        compared_with: before.map(|before| before.plugin_version),
        grants: Grants::all(&manifest),
        asks,
    })
}

/// The manifest of an installed version.
///
/// # Errors
/// [`AppError::Inconsistent`] for a manifest that was readable once.
pub fn manifest_of(plugin: &InstalledPlugin) -> AppResult<Manifest> {
    Manifest::parse(&plugin.manifest)
        .map_err(|why| AppError::Inconsistent(format!("plugin {}: {why}", plugin.id)))
}

/// Everything a manifest asks for, a line each, in an order that does not change.
fn lines(manifest: &Manifest) -> Vec<String> {
    let mut lines = Vec::new();
    for environment in Environment::ALL {
        for host in manifest.hosts.of(*environment) {
            lines.push(format!("call {host} ({environment})"));
        }
    }
    if manifest.hosts.configurable {
        lines.push("call hosts that a payment account names, each granted by name".to_owned());
    }
    for (name, ask) in &manifest.secrets {
        for how in &ask.uses {
            let how = match how {
                alvara_gateway::Use::Auth => "prove who we are with",
                alvara_gateway::Use::Verify => "verify messages with",
                alvara_gateway::Use::Sign => "sign messages with",
            };
            lines.push(format!("{how} the secret {name}"));
        }
    }
    for name in manifest.certs.keys() {
        lines.push(format!("present the client certificate {name}"));
    }
    for name in manifest.oauth.keys() {
        lines.push(format!("have tokens fetched by the profile {name}"));
    }
    for origin in &manifest.csp.script {
        lines.push(format!("run scripts of {origin} on the page that pays"));
    }
    for origin in &manifest.csp.frame {
        lines.push(format!("show frames of {origin} on the page that pays"));
    }
    let Limits {
        memory_mib,
        http_calls,
        wall_ms,
    } = manifest.limits;
    lines.push(format!("use up to {memory_mib} MiB of memory a call"));
    lines.push(format!("make up to {http_calls} requests a call"));
    lines.push(format!("take up to {wall_ms} ms a call"));
    lines
}

/// Grants a version what it may do; what is granted beyond the manifest has no effect. `seen` is the
/// row's version that the operator decided on.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Stale`]; [`AppError::Invalid`] for grants longer than a column;
/// [`AppError::Inconsistent`] for grants that cannot be written.
pub fn grant(
    tx: &mut PlatformTx<'_>,
    id: PluginId,
    seen: i64,
    grants: &Grants,
) -> AppResult<InstalledPlugin> {
    let before = load(tx, id)?;
    let text =
        serde_json::to_string(grants).map_err(|error| AppError::Inconsistent(error.to_string()))?;
    if text.len() > GRANTS_MOST {
        let detail = format!("grants have at most {GRANTS_MOST} bytes");
        return Err(AppError::field("", FaultCode::TooLong, detail));
    }
    if !plugins::grant(tx, id, seen, &text)? {
        return Err(AppError::Stale);
    }
    let operator = operator(tx)?;
    tx.audit_in(operator, "plugin.granted", id, before.grants, text)?;
    load(tx, id)
}
