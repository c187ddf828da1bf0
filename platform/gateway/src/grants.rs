//! What the operator allows, and what of it counts: nothing that the manifest does not ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alvara_domain::payment::Environment;
use alvara_domain::payment::ask::Pair;
use serde::{Deserialize, Serialize};

use crate::manifest::{Manifest, OauthProfile, Use};

/// How much a plugin asks for, or may use at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Memory of one call, MiB.
    pub memory_mib: u32,
    /// Requests of one call.
    pub http_calls: u32,
    /// How long a call may take, waiting included, milliseconds.
    pub wall_ms: u32,
}

impl Default for Limits {
    /// What a plugin gets that does not ask.
    fn default() -> Self {
        Self {
            memory_mib: 16,
            http_calls: 20,
            wall_ms: 20_000,
        }
    }
}

impl Limits {
    /// What the house gives at most, whoever asks and grants.
    pub const HOUSE: Self = Self {
        memory_mib: 64,
        http_calls: 40,
        wall_ms: 60_000,
    };

    /// The lesser of each.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            memory_mib: self.memory_mib.min(other.memory_mib),
            http_calls: self.http_calls.min(other.http_calls),
            wall_ms: self.wall_ms.min(other.wall_ms),
        }
    }
}

/// What the operator allows a plugin. Travels as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grants {
    /// Hosts by environment, written as in the manifest; also those that an account may name.
    pub hosts: BTreeMap<Environment, BTreeSet<String>>,
    /// Uses of each secret.
    pub secrets: BTreeMap<String, BTreeSet<Use>>,
    /// Certificates.
    pub certs: BTreeSet<String>,
    /// OAuth profiles.
    pub oauth: BTreeSet<String>,
    /// At most so much.
    pub limits: Limits,
}

impl Grants {
    /// All that a manifest asks for.
    #[must_use]
    pub fn all(manifest: &Manifest) -> Self {
        Self {
            hosts: Environment::ALL
                .iter()
                .map(|environment| (*environment, manifest.hosts.of(*environment).clone()))
                .collect(),
            secrets: manifest
                .secrets
                .iter()
                .map(|(name, ask)| (name.clone(), ask.uses.clone()))
                .collect(),
            certs: manifest.certs.keys().cloned().collect(),
            oauth: manifest.oauth.keys().cloned().collect(),
            limits: manifest.limits,
        }
    }
}

/// The rights of one call: asked for and granted.
#[derive(Debug)]
pub(crate) struct Powers {
    pub(crate) hosts: BTreeSet<String>,
    secrets: BTreeMap<String, BTreeSet<Use>>,
    certs: BTreeSet<String>,
    oauth: BTreeMap<String, OauthProfile>,
    pub(crate) limits: Limits,
}

impl Powers {
    pub(crate) fn of(
        manifest: &Manifest,
        grants: &Grants,
        environment: Environment,
        config: &[Pair],
    ) -> Self {
        let none = BTreeSet::new();
        let granted = grants.hosts.get(&environment).unwrap_or(&none);
        let asked = manifest.hosts.of(environment);
        let named = |host: &str| {
            manifest.hosts.configurable && config.iter().any(|(_, value)| names_host(value, host))
        };
        Self {
            hosts: granted
                .iter()
                .filter(|host| asked.contains(*host) || named(host))
                .cloned()
                .collect(),
            secrets: manifest
                .secrets
                .iter()
                .filter_map(|(name, ask)| {
                    let granted = grants.secrets.get(name)?;
                    Some((
                        name.clone(),
                        ask.uses.intersection(granted).copied().collect(),
                    ))
                })
                .collect(),
            certs: manifest
                .certs
                .keys()
                .filter(|name| grants.certs.contains(*name))
                .cloned()
                .collect(),
            oauth: manifest
                .oauth
                .iter()
                .filter(|(name, _)| grants.oauth.contains(*name))
                .map(|(name, profile)| (name.clone(), profile.clone()))
                .collect(),
            limits: manifest.limits.and(grants.limits).and(Limits::HOUSE),
        }
    }

    pub(crate) fn may_use(&self, secret: &str, how: Use) -> bool {
        self.secrets
            .get(secret)
            .is_some_and(|uses| uses.contains(&how))
    }

    pub(crate) fn knows_secret(&self, secret: &str) -> bool {
        self.secrets.contains_key(secret)
    }

    pub(crate) fn may_present(&self, cert: &str) -> bool {
        self.certs.contains(cert)
    }

    pub(crate) fn oauth(&self, profile: &str) -> Option<&OauthProfile> {
        self.oauth.get(profile)
    }

    pub(crate) fn wall(&self) -> Duration {
        Duration::from_millis(u64::from(self.limits.wall_ms))
    }
}

/// Whether a setting is a host or an address at that host.
fn names_host(setting: &str, host: &str) -> bool {
    let rest = setting
        .strip_prefix("https://")
        .or_else(|| setting.strip_prefix("http://"))
        .unwrap_or(setting);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    authority.eq_ignore_ascii_case(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest::parse(
            "id = \"pix\"\nversion = \"1.0.0\"\ncontract = \"alvara:payment@1.0.0\"\n\
             [hosts]\nproduction = [\"a.example\", \"b.example\"]\nsandbox = [\"s.example\"]\n\
             configurable = true\n[secrets.key]\nuse = [\"auth\", \"verify\"]\n\
             [limits]\nmemory_mib = 512\nhttp_calls = 5\n",
        )
        .expect("a manifest")
    }

    fn hosts(names: &[&str]) -> BTreeMap<Environment, BTreeSet<String>> {
        let names: BTreeSet<_> = names.iter().map(|name| (*name).to_owned()).collect();
        [(Environment::Production, names)].into()
    }

    // R-PAY-03
    #[test]
    fn only_what_is_asked_and_granted_counts() {
        let grants = Grants {
            hosts: hosts(&["a.example", "c.example", "d.example", "s.example"]),
            secrets: [("key".to_owned(), BTreeSet::from([Use::Verify, Use::Sign]))].into(),
            limits: Limits {
                memory_mib: 512,
                http_calls: 20,
                wall_ms: 20_000,
            },
            ..Grants::default()
        };
        let config = [
            ("base".to_owned(), "https://d.example/v2".to_owned()),
            ("other".to_owned(), "https://e.example/".to_owned()),
            ("trick".to_owned(), "https://c.example@x/".to_owned()),
        ];
        let powers = Powers::of(&manifest(), &grants, Environment::Production, &config);
        let hosts: Vec<_> = powers.hosts.iter().map(String::as_str).collect();
        assert_eq!(hosts, ["a.example", "d.example"]);
        assert!(powers.may_use("key", Use::Verify));
        assert!(!powers.may_use("key", Use::Sign), "not asked for");
        assert!(!powers.may_use("key", Use::Auth), "not granted");
        assert_eq!(powers.limits.memory_mib, Limits::HOUSE.memory_mib);
        assert_eq!(powers.limits.http_calls, 5);
        let sandbox = Powers::of(&manifest(), &grants, Environment::Sandbox, &config);
        assert!(sandbox.hosts.is_empty(), "granted for production only");
    }

    // R-PAY-03
    #[test]
    fn all_grants_are_what_the_manifest_asks() {
        let manifest = manifest();
        let grants = Grants::all(&manifest);
        let powers = Powers::of(&manifest, &grants, Environment::Sandbox, &[]);
        assert_eq!(powers.hosts, BTreeSet::from(["s.example".to_owned()]));
        assert!(powers.may_use("key", Use::Auth));
        let text = serde_json::to_string(&grants).expect("JSON");
        assert_eq!(serde_json::from_str::<Grants>(&text).expect("back"), grants);
    }
}
