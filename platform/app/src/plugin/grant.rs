//! What a plugin asks for, what is different from the version before, and what the operator grants.

use std::collections::BTreeSet;

use alvara_domain::fault::FaultCode;
use alvara_domain::id::PluginId;
use alvara_domain::payment::Environment;
use alvara_domain::plugin::InstalledPlugin;
use alvara_gateway::{Grants, Limits, Manifest, OauthProfile};
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
    /// Who signed it and what it asks for, each line in words a person can weigh.
    pub asks: Vec<String>,
    /// Those lines that the version before did not ask for. All of them when there is none before.
    pub new: Vec<String>,
    /// Lines of the version before that are gone.
    pub gone: Vec<String>,
    /// The version that this is compared with.
    pub compared_with: Option<String>,
    /// Everything it asks for, in the form in which it is granted; and the hosts that payment
    /// accounts name and the version before may call, where this one may be sent to such hosts too.
    pub grants: Grants,
}

/// Draws the sheet of a version.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Inconsistent`] for a manifest that was readable once.
pub fn sheet(tx: &mut PlatformTx<'_>, id: PluginId) -> AppResult<Sheet> {
    let plugin = load(tx, id)?;
    let manifest = manifest_of(&plugin)?;
    let mut asks = vec![signer(tx, &plugin)?];
    asks.extend(lines(&manifest));
    let mut grants = Grants::all(&manifest);
    let others = plugins::list(tx, Some(&plugin.name), &PageRequest::new(Some(200), None))?;
    let mut before = None;
    for other in others.items {
        if other.id != id && may_be_used(&other)? {
            before = Some(other);
            break;
        }
    }
    let mut known = BTreeSet::new();
    if let Some(before) = &before {
        let asked_before = manifest_of(before)?;
        known.insert(signer(tx, before)?);
        known.extend(lines(&asked_before));
        // Payment accounts name them, no manifest does: without them an upgrade would cut the
        // accounts off from their providers.
        for (environment, host) in besides(before, &asked_before)? {
            let is_asked_for = manifest.hosts.of(environment).contains(&host);
            if is_asked_for || !manifest.hosts.configurable {
                continue;
            }
            let version = &before.plugin_version;
            let line = format!("call {host} ({environment}), granted to {version} besides");
            known.insert(line.clone());
            asks.push(line);
            grants.hosts.entry(environment).or_default().insert(host);
        }
    }
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
        grants,
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

/// The hosts that a version was granted and its manifest does not name.
fn besides(plugin: &InstalledPlugin, manifest: &Manifest) -> AppResult<Vec<(Environment, String)>> {
    let granted = grants_of(plugin)?.unwrap_or_default();
    let mut besides = Vec::new();
    for (environment, hosts) in granted.hosts {
        let asked = manifest.hosts.of(environment);
        let beyond = hosts.into_iter().filter(|host| !asked.contains(host));
        besides.extend(beyond.map(|host| (environment, host)));
    }
    Ok(besides)
}

/// Whether a version may do anything at all: it is granted a host, a use of a secret, a certificate
/// or a profile, or is one that asks for none of these. A version that is granted nothing is not
/// called, and no account is pinned to it.
///
/// # Errors
/// [`AppError::Inconsistent`] for grants or a manifest that were readable once.
pub fn may_be_used(plugin: &InstalledPlugin) -> AppResult<bool> {
    let Some(granted) = grants_of(plugin)? else {
        return Ok(false);
    };
    if !is_bare(&granted) {
        return Ok(true);
    }
    let manifest = manifest_of(plugin)?;
    Ok(is_bare(&Grants::all(&manifest)) && !manifest.hosts.configurable)
}

fn is_bare(grants: &Grants) -> bool {
    grants.hosts.values().all(BTreeSet::is_empty)
        && grants.secrets.values().all(BTreeSet::is_empty)
        && grants.certs.is_empty()
        && grants.oauth.is_empty()
}

/// What an installed version is granted; `None` before it was granted anything.
fn grants_of(plugin: &InstalledPlugin) -> AppResult<Option<Grants>> {
    let Some(text) = &plugin.grants else {
        return Ok(None);
    };
    let grants = serde_json::from_str(text)
        .map_err(|error| AppError::Inconsistent(format!("plugin {}: {error}", plugin.id)))?;
    Ok(Some(grants))
}

/// Who stands for a version.
fn signer(tx: &mut PlatformTx<'_>, plugin: &InstalledPlugin) -> AppResult<String> {
    let Some(fingerprint) = &plugin.publisher else {
        return Ok("is signed by nobody".to_owned());
    };
    Ok(match plugins::find_publisher(tx, fingerprint)? {
        Some(publisher) => format!("is signed by {} ({fingerprint})", publisher.name),
        None => format!("is signed by a publisher who is no longer trusted ({fingerprint})"),
    })
}

/// Where the host sends which secrets to fetch a token.
fn tokens(name: &str, profile: &OauthProfile) -> String {
    let mut to: Vec<String> = profile
        .token_url
        .iter()
        .map(|(environment, url)| format!("{url} ({environment})"))
        .collect();
    if let Some(setting) = &profile.token_url_setting {
        to.push(format!("the address in the account's setting {setting}"));
    }
    let presenting = match &profile.cert {
        Some(cert) => format!(", presenting the certificate {cert}"),
        None => String::new(),
    };
    format!(
        "have tokens fetched by the profile {name}: the secrets {} and {} are sent to {}{presenting}",
        profile.client_id,
        profile.client_secret,
        to.join(" or ")
    )
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
    for (name, profile) in &manifest.oauth {
        lines.push(tokens(name, profile));
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

/// Grants a version what it may do; what is granted beyond the manifest has no effect, and to grant
/// nothing takes the version out of use ([`may_be_used`]). `seen` is the
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
