//! Plugins as they are shown: to the operator with everything they ask for, to a tenant with what a
//! payment account needs.

use std::collections::{BTreeMap, BTreeSet};

use alvara_app::AppResult;
use alvara_app::plugin::{Grants, Limits, Manifest, Sheet, Usable, Use, manifest_of};
use alvara_domain::id::PluginId;
use alvara_domain::money::Money;
use alvara_domain::payment::Environment;
use alvara_domain::payment::report::{ConfigField, Description};
use alvara_domain::plugin::{InstalledPlugin, Publisher};
use alvara_domain::time::UtcTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::schema::{self, Id, Instant};

/// How much a plugin may use at most.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsBody {
    /// Memory of one call, MiB.
    #[schema(minimum = 1)]
    memory_mib: u32,
    /// Requests of one call.
    #[schema(minimum = 0)]
    http_calls: u32,
    /// How long a call may take, waiting included, milliseconds.
    #[schema(minimum = 1)]
    wall_ms: u32,
}

/// What the operator allows a plugin. What the plugin does not ask for has no effect.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantsBody {
    /// Hosts by environment, `sandbox` and `production`; also those that a payment account may name.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    hosts: BTreeMap<Environment, BTreeSet<String>>,
    /// Uses of each secret: `auth`, `verify`, `sign`.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    secrets: BTreeMap<String, BTreeSet<Use>>,
    /// Client certificates.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    certs: BTreeSet<String>,
    /// Profiles by which tokens are fetched.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    oauth: BTreeSet<String>,
    /// At most so much.
    limits: LimitsBody,
}

impl From<Grants> for GrantsBody {
    fn from(grants: Grants) -> Self {
        Self {
            hosts: grants.hosts,
            secrets: grants.secrets,
            certs: grants.certs,
            oauth: grants.oauth,
            limits: LimitsBody {
                memory_mib: grants.limits.memory_mib,
                http_calls: grants.limits.http_calls,
                wall_ms: grants.limits.wall_ms,
            },
        }
    }
}

impl From<GrantsBody> for Grants {
    fn from(body: GrantsBody) -> Self {
        Self {
            hosts: body.hosts,
            secrets: body.secrets,
            certs: body.certs,
            oauth: body.oauth,
            limits: Limits {
                memory_mib: body.limits.memory_mib,
                http_calls: body.limits.http_calls,
                wall_ms: body.limits.wall_ms,
            },
        }
    }
}

/// A setting that a payment account has with this plugin.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfigFieldView {
    key: String,
    label: String,
    /// `text`, `boolean`, `number`, `choice` or `host_name`.
    kind: &'static str,
    required: bool,
    /// Of a `choice`.
    choices: Vec<String>,
    help: String,
}

impl From<ConfigField> for ConfigFieldView {
    fn from(field: ConfigField) -> Self {
        Self {
            key: field.key,
            label: field.label,
            kind: field.kind.as_str(),
            required: field.required,
            choices: field.choices,
            help: field.help,
        }
    }
}

/// What a plugin says of itself, and what was seen in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct DescriptionView {
    title: String,
    methods: Vec<String>,
    /// ISO 4217.
    currencies: Vec<String>,
    /// ISO 3166-1, two capitals.
    countries: Vec<String>,
    /// `captures`, `refunds`, `mandates`, `batch_files`: the interfaces that it exports.
    capabilities: Vec<&'static str>,
    /// `immediate`, `delayed` or `reversible`.
    finality: &'static str,
    installments: bool,
    /// Money may arrive after a charge expired or was canceled.
    late_settlement: bool,
    #[schema(value_type = Option<schema::Money>)]
    min: Option<Money>,
    #[schema(value_type = Option<schema::Money>)]
    max: Option<Money>,
    max_installments: u32,
    refund_window_days: Option<u32>,
    default_expiry_seconds: Option<u64>,
    /// The settings of a payment account.
    config_fields: Vec<ConfigFieldView>,
    /// What must be known of a customer: `name`, `email`, `phone`, `tax_id`, `address`.
    required_customer_fields: Vec<&'static str>,
}

impl From<Description> for DescriptionView {
    fn from(said: Description) -> Self {
        Self {
            title: said.display_name,
            methods: said.methods,
            currencies: said.currencies.iter().map(ToString::to_string).collect(),
            countries: said.countries,
            capabilities: said.capabilities.iter().map(|it| it.as_str()).collect(),
            finality: said.finality.as_str(),
            installments: said.installments,
            late_settlement: said.late_settlement,
            min: said.min,
            max: said.max,
            max_installments: said.max_installments,
            refund_window_days: said.refund_window_days,
            default_expiry_seconds: said.default_expiry_seconds,
            config_fields: said.config_fields.into_iter().map(Into::into).collect(),
            required_customer_fields: said
                .required_customer_fields
                .iter()
                .map(|it| it.as_str())
                .collect(),
        }
    }
}

/// A secret that a plugin uses; a payment account gives it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecretView {
    name: String,
    label: String,
    required: bool,
    /// `auth`, `verify`, `sign`.
    #[schema(value_type = Vec<String>)]
    uses: BTreeSet<Use>,
}

fn secrets(manifest: &Manifest) -> Vec<SecretView> {
    manifest
        .secrets
        .iter()
        .map(|(name, ask)| SecretView {
            name: name.clone(),
            label: ask.label.clone(),
            required: ask.required,
            uses: ask.uses.clone(),
        })
        .collect()
}

/// What a plugin's `plugin.toml` says.
#[derive(Serialize, ToSchema)]
pub(crate) struct ManifestView {
    /// The contract it is written against: `alvara:payment@1.0.0`.
    contract: String,
    /// Exact hosts by environment.
    hosts: BTreeMap<&'static str, Vec<String>>,
    /// Further hosts may come from a payment account's settings, each granted by name.
    hosts_configurable: bool,
    secrets: Vec<SecretView>,
    /// Client certificates: secrets `<name>.chain` and `<name>.key` of a payment account, PEM.
    certs: Vec<String>,
    /// Profiles by which the host fetches tokens.
    oauth: Vec<String>,
    limits: LimitsBody,
    /// Origins of scripts and frames on the page that pays.
    csp_script: Vec<String>,
    csp_frame: Vec<String>,
}

impl From<&Manifest> for ManifestView {
    fn from(manifest: &Manifest) -> Self {
        let hosts = |environment: &Environment| {
            let named = manifest.hosts.of(*environment).iter().cloned().collect();
            (environment.as_str(), named)
        };
        Self {
            contract: manifest.contract.clone(),
            hosts: Environment::ALL.iter().map(hosts).collect(),
            hosts_configurable: manifest.hosts.configurable,
            secrets: secrets(manifest),
            certs: manifest.certs.keys().cloned().collect(),
            oauth: manifest.oauth.keys().cloned().collect(),
            limits: GrantsBody::from(Grants::all(manifest)).limits,
            csp_script: manifest.csp.script.clone(),
            csp_frame: manifest.csp.frame.clone(),
        }
    }
}

/// One version of a plugin, as the operator sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct PluginView {
    #[schema(value_type = Id)]
    id: PluginId,
    /// The plugin's own id: `pix`.
    name: String,
    /// The plugin's own version: `1.0.0`.
    version: String,
    /// SHA-256 of the component with its manifest, in hex.
    digest: String,
    size_bytes: i64,
    /// Fingerprint of the publisher's key; null when nobody signed it.
    publisher: Option<String>,
    manifest: ManifestView,
    description: DescriptionView,
    /// What the operator allows it; null: it cannot be used yet.
    grants: Option<GrantsBody>,
    #[schema(value_type = Instant)]
    installed_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl PluginView {
    pub(crate) fn of(plugin: InstalledPlugin) -> AppResult<Self> {
        let manifest = manifest_of(&plugin)?;
        let grants: Option<Grants> = plugin
            .grants
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        Ok(Self {
            id: plugin.id,
            name: plugin.name,
            version: plugin.plugin_version,
            digest: plugin.digest,
            size_bytes: plugin.size_bytes,
            publisher: plugin.publisher,
            manifest: ManifestView::from(&manifest),
            description: plugin.description.into(),
            grants: grants.map(GrantsBody::from),
            installed_at: plugin.installed_at,
            updated_at: plugin.updated_at,
        })
    }
}

/// What a version asks for, beside the version that was granted last.
#[derive(Serialize, ToSchema)]
pub(crate) struct SheetView {
    /// Who signed it and what it asks for, each line in words a person can weigh.
    asks: Vec<String>,
    /// Those lines that the version before did not ask for.
    new: Vec<String>,
    /// Lines of the version before that are gone.
    gone: Vec<String>,
    /// The version that this is compared with; null when none is granted.
    compared_with: Option<String>,
    /// Everything it asks for, in the form in which it is granted; and the hosts that the version
    /// before was granted because payment accounts name them.
    grants: GrantsBody,
}

impl From<Sheet> for SheetView {
    fn from(sheet: Sheet) -> Self {
        Self {
            asks: sheet.asks,
            new: sheet.new,
            gone: sheet.gone,
            compared_with: sheet.compared_with,
            grants: sheet.grants.into(),
        }
    }
}

/// A version of a plugin, as a tenant that may use it sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfferedVersionView {
    version: String,
    description: DescriptionView,
    /// What a payment account has to give.
    secrets: Vec<SecretView>,
    /// Client certificates: secrets `<name>.chain` and `<name>.key` of a payment account, PEM.
    certs: Vec<String>,
}

/// A plugin that a tenant may open payment accounts with.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfferedPluginView {
    /// The plugin's own id: `pix`.
    name: String,
    /// The versions that can be used, the last one installed first.
    versions: Vec<OfferedVersionView>,
}

impl OfferedPluginView {
    pub(crate) fn of(usable: Usable) -> AppResult<Self> {
        let version = |plugin: InstalledPlugin| {
            let manifest = manifest_of(&plugin)?;
            Ok(OfferedVersionView {
                version: plugin.plugin_version,
                secrets: secrets(&manifest),
                certs: manifest.certs.keys().cloned().collect(),
                description: plugin.description.into(),
            })
        };
        Ok(Self {
            name: usable.name,
            versions: usable
                .versions
                .into_iter()
                .map(version)
                .collect::<AppResult<_>>()?,
        })
    }
}

/// Somebody whose plugins are installed.
#[derive(Serialize, ToSchema)]
pub(crate) struct PublisherView {
    /// SHA-256 of the raw public key, in hex.
    fingerprint: String,
    name: String,
    /// The raw Ed25519 public key, base64.
    public_key: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
}

impl From<Publisher> for PublisherView {
    fn from(publisher: Publisher) -> Self {
        Self {
            fingerprint: publisher.fingerprint,
            name: publisher.name,
            public_key: publisher.public_key,
            created_at: publisher.created_at,
        }
    }
}
