//! `plugin.toml`: what a plugin asks for.

use std::collections::{BTreeMap, BTreeSet};

use alvara_domain::payment::Environment;
use alvara_domain::payment::ask::Pair;
use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::grants::Limits;

/// The package of the contract, and the major version of it that this host speaks.
pub(crate) const PACKAGE: &str = "alvara:payment";
pub(crate) const MAJOR: u64 = 1;

/// Why a manifest is none. The text names the line where the file's own structure is wrong, and the
/// field where a value is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("plugin.toml: {0}")]
pub struct ManifestError(pub String);

/// What a plugin asks for. Nothing of it is granted by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `[a-z][a-z0-9-]{1,31}`, as `describe` says it.
    pub id: String,
    /// Semantic version, as `describe` says it.
    pub version: Version,
    /// `alvara:payment@1.0.0`.
    pub contract: String,
    /// Where it wants to go.
    #[serde(default)]
    pub hosts: Hosts,
    /// The credentials it wants to use.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretAsk>,
    /// The client certificates it wants to present.
    #[serde(default)]
    pub certs: BTreeMap<String, CertAsk>,
    /// How the host gets tokens for it.
    #[serde(default)]
    pub oauth: BTreeMap<String, OauthProfile>,
    /// How much it wants to use.
    #[serde(default)]
    pub limits: Limits,
    /// What the provider's fields in a page need.
    #[serde(default)]
    pub csp: Csp,
}

/// Exact names of hosts; `name:port` where the port is not 443, which only an installation that
/// allows loopback accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hosts {
    /// With real money.
    pub production: BTreeSet<String>,
    /// In the provider's sandbox.
    pub sandbox: BTreeSet<String>,
    /// Further hosts may come from the account's settings, where the operator grants each by name.
    pub configurable: bool,
}

impl Hosts {
    /// Those of an environment.
    #[must_use]
    pub const fn of(&self, environment: Environment) -> &BTreeSet<String> {
        match environment {
            Environment::Production => &self.production,
            Environment::Sandbox => &self.sandbox,
        }
    }
}

/// What may be done with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Use {
    /// Prove to the provider who we are.
    Auth,
    /// Check what the provider signed, or compare with it.
    Verify,
    /// Sign what leaves. Whoever may sign may forge what others verify by the same secret.
    Sign,
}

/// A credential that a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretAsk {
    /// What it is used for.
    #[serde(rename = "use")]
    pub uses: BTreeSet<Use>,
    /// For the person who types it in.
    #[serde(default)]
    pub label: String,
    /// Nothing works without it.
    #[serde(default)]
    pub required: bool,
}

/// A client certificate that a plugin asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CertAsk {
    /// In which environments nothing works without it.
    pub required: BTreeSet<Environment>,
}

/// How the client's credentials travel to the token's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OauthStyle {
    /// HTTP Basic (RFC 6749 §2.3.1).
    Basic,
    /// In the form.
    Form,
    /// In a JSON body, as some providers have it.
    Json,
}

/// Client credentials that become a token (RFC 6749 §4.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OauthProfile {
    /// Where, by environment.
    #[serde(default)]
    pub token_url: BTreeMap<Environment, String>,
    /// The setting of the account that says where.
    #[serde(default)]
    pub token_url_setting: Option<String>,
    /// How the credentials travel.
    pub style: OauthStyle,
    /// What the token is for.
    #[serde(default)]
    pub scope: Option<String>,
    /// The secret that names the client.
    pub client_id: String,
    /// The secret that proves it.
    pub client_secret: String,
    /// The certificate to present.
    #[serde(default)]
    pub cert: Option<String>,
}

impl OauthProfile {
    /// Where the token is, for an account with these settings.
    pub(crate) fn address<'a>(
        &'a self,
        environment: Environment,
        config: &'a [Pair],
    ) -> Option<&'a str> {
        let setting = self.token_url_setting.as_deref().and_then(|name| {
            config
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        });
        setting.or_else(|| self.token_url.get(&environment).map(String::as_str))
    }
}

/// Origins that the provider's fields in a page need.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Csp {
    /// For scripts.
    pub script: Vec<String>,
    /// For frames.
    pub frame: Vec<String>,
}

impl Manifest {
    /// Reads and checks a `plugin.toml`.
    ///
    /// # Errors
    /// [`ManifestError`], with the line or the field.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        if text.len() > 64 * 1024 {
            return Err(ManifestError("longer than 64 KiB".to_owned()));
        }
        // The message of the parser has the line and shows it.
        let manifest: Self =
            toml::from_str(text).map_err(|error| ManifestError(error.to_string()))?;
        manifest.check().map_err(ManifestError)?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if !is_plugin_id(&self.id) {
            return Err(format!(
                "id: {:?} is not [a-z][a-z0-9-]{{1,31}}",
                cut(&self.id)
            ));
        }
        check_contract(&self.contract)?;
        for (field, hosts) in [
            ("hosts.production", &self.hosts.production),
            ("hosts.sandbox", &self.hosts.sandbox),
        ] {
            if let Some(odd) = hosts.iter().find(|host| !is_host(host)) {
                return Err(format!(
                    "{field}: {:?} is no exact host name in small letters, with or without a port",
                    cut(odd)
                ));
            }
        }
        let names = self.secrets.keys().chain(self.certs.keys());
        if let Some(odd) = names.chain(self.oauth.keys()).find(|name| !is_name(name)) {
            return Err(format!("{:?} is not [a-z][a-z0-9_]{{0,31}}", cut(odd)));
        }
        if let Some((name, _)) = self.secrets.iter().find(|(_, ask)| ask.uses.is_empty()) {
            return Err(format!("secrets.{name}: a secret without a use"));
        }
        for (name, profile) in &self.oauth {
            self.check_profile(profile)
                .map_err(|problem| format!("oauth.{name}: {problem}"))?;
        }
        for origin in self.csp.script.iter().chain(&self.csp.frame) {
            let host = origin.strip_prefix("https://");
            if !host.is_some_and(is_host) {
                return Err(format!("csp: {:?} is no https origin", cut(origin)));
            }
        }
        Ok(())
    }

    fn check_profile(&self, profile: &OauthProfile) -> Result<(), String> {
        for secret in [&profile.client_id, &profile.client_secret] {
            if !self
                .secrets
                .get(secret)
                .is_some_and(|ask| ask.uses.contains(&Use::Auth))
            {
                return Err(format!("{secret:?} is no secret with the use \"auth\""));
            }
        }
        if let Some(cert) = &profile.cert
            && !self.certs.contains_key(cert)
        {
            return Err(format!("{cert:?} is none of the certs"));
        }
        if profile.token_url.is_empty() && profile.token_url_setting.is_none() {
            return Err("neither token_url nor token_url_setting".to_owned());
        }
        for url in profile.token_url.values() {
            if !url.starts_with("https://") {
                return Err(format!("{:?} is not https", cut(url)));
            }
        }
        Ok(())
    }
}

/// Whether a contract, as `alvara:payment@1.0.0`, is one that this host speaks.
pub(crate) fn check_contract(contract: &str) -> Result<(), String> {
    let version = contract
        .strip_prefix(PACKAGE)
        .and_then(|rest| rest.strip_prefix('@'))
        .and_then(|version| Version::parse(version).ok());
    match version {
        Some(version) if version.major == MAJOR => Ok(()),
        Some(version) => Err(format!(
            "contract: this host speaks {PACKAGE}@{MAJOR}, not @{version}"
        )),
        None => Err(format!(
            "contract: {:?} is not like {PACKAGE}@{MAJOR}.0.0",
            cut(contract)
        )),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}

fn is_plugin_id(id: &str) -> bool {
    (2..=32).contains(&id.len())
        && id.starts_with(|first: char| first.is_ascii_lowercase())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// An exact host: letters, digits, dots and hyphens, or an IPv6 address in brackets; with a port or
/// without. No wildcard.
pub(crate) fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let bracketed = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .is_some_and(|name| name.parse::<std::net::Ipv6Addr>().is_ok());
    let named = !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        });
    port_fits && (bracketed || named)
}
