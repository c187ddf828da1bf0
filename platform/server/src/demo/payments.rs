//! Payments in the demonstration: for each reseller a house of simulated providers on this machine,
//! the shipped plugins, and accounts that lead from one to the other.
//!
//! The providers are new at every start: they remember nothing, and answer at other ports under
//! another root of trust. So the accounts are led to them at every start, also in a directory that
//! was filled before. The words they share with the accounts are always the same. A charge that was
//! open when the demonstration was stopped is unknown to them afterwards.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use alvara_app::AppError;
use alvara_app::billing::account::{self, AccountChange, NewAccount};
use alvara_app::billing::{call, webhook_url};
use alvara_app::plugin::{self, Installing};
use alvara_domain::charge::record::{LatePolicy, PaymentAccount};
use alvara_domain::id::{PaymentAccountId, PluginId};
use alvara_domain::money::Currency;
use alvara_domain::payment::Environment;
use alvara_gateway::{Package, Signing};
use alvara_simulator::{Providers, Secrets, Simulator};
use alvara_store::page::PageRequest;
use alvara_store::{PlatformTx, Scope, TenantTx, payment_accounts, plugins};
use alvara_vault::Secret;
use tokio::task::JoinSet;

use super::document::Document;
use super::money;
use crate::exit::{Failure, Outcome};
use crate::installation::Installation;

/// The plugins by which one pays in reais.
const IN_REAIS: &[&str] = &["pix", "boleto", "card", "stripe"];
/// The plugin that takes other currencies.
const ELSEWHERE: &[&str] = &["stripe"];
/// The receiver's key of the PIX accounts.
const CHAVE: &str = "7d9f0335-8dcc-4054-9bf9-0dbd61d36906";
/// The word that PIX repeats in the address at which it tells.
const WEBHOOK_TOKEN: &str = "a-word-of-the-demonstration";
/// The agreement with the bank that registers boletos, as the bank's own sandbox has it.
const AGREEMENT: &str = "3128557";

/// The simulated providers, by the reseller whose customers they collect from. They answer until this
/// is dropped.
pub(crate) struct Banks {
    providers: Vec<(String, Providers)>,
    answering: JoinSet<io::Result<()>>,
}

impl Banks {
    /// Lets providers answer for each reseller, at free ports of the loopback address.
    pub(crate) fn open(document: &Document) -> Outcome<Self> {
        let mut banks = Self {
            providers: Vec::new(),
            answering: JoinSet::new(),
        };
        for tenant in &document.tenants {
            let simulator = Simulator::bind(0, Secrets::default())
                .map_err(|error| Failure::refused(format!("payment simulator: {error}")))?;
            // The accounts outlive the providers: a name that is given twice is not believed.
            simulator.count_from_now();
            let (providers, server) = simulator.open();
            banks.answering.spawn(server);
            banks.providers.push((tenant.slug.clone(), providers));
        }
        Ok(banks)
    }

    /// Under which roots the providers answer, PEM.
    pub(crate) fn roots_pem(&self) -> Vec<Vec<u8>> {
        let of = |(_, bank): &(String, Providers)| bank.root_pem().to_vec();
        self.providers.iter().map(of).collect()
    }

    /// Installs what is missing, leads every account to the providers as they are now, and says in
    /// the document how one pays.
    pub(crate) async fn connect(
        &self,
        installation: &Installation,
        plugins: &Path,
        document: &mut Document,
    ) -> Outcome {
        let hosts: Vec<String> = self
            .providers
            .iter()
            .map(|(_, bank)| bank.api_address().to_string())
            .collect();
        let mut versions = BTreeMap::new();
        for name in IN_REAIS {
            let version = set_up(installation, plugins, name, &hosts).await?;
            versions.insert((*name).to_owned(), version);
        }
        for ((slug, bank), sheet) in self.providers.iter().zip(&mut document.tenants) {
            let found = installation.console.tenant(slug).await?;
            let (tenant, scope) =
                found.ok_or_else(|| Failure::refused(format!("there is no tenant {slug}")))?;
            let methods = if tenant.currency == Currency::BRL {
                IN_REAIS
            } else {
                ELSEWHERE
            };
            let mut tills = Vec::new();
            for name in methods {
                let version = versions.get(*name).cloned().unwrap_or_default();
                let offered = (*name).to_owned();
                let id = tenant.id;
                installation
                    .db()
                    .platform_write(
                        &installation.console.platform(),
                        move |tx: &mut PlatformTx<'_>| plugin::offer(tx, id, &offered),
                    )
                    .await?;
                let wanted = account_of(name, version, bank);
                let (id, url) = lead(installation, &scope, wanted).await?;
                tills.push((*name, id));
                match *name {
                    "pix" => {
                        call::register_webhook(&installation.platform, &scope, id).await?;
                    }
                    "stripe" => bank.tell_stripe_to(&url),
                    // Mercado Pago is told with each payment; the bank of the boletos tells nobody.
                    _ => tracing::debug!(%id, "told of by other ways"),
                }
            }
            money::renew_some(installation, &scope, (bank, &tills), &sheet.keys).await?;
            sheet.payment_methods = methods.iter().map(|name| (*name).to_owned()).collect();
            sheet.simulator_url = Some(format!("http://{}", bank.address()));
        }
        Ok(())
    }

    /// Waits until one of them fails.
    pub(crate) async fn serve(mut self) -> Outcome {
        while let Some(ended) = self.answering.join_next().await {
            ended
                .map_err(|error| Failure::refused(error.to_string()))?
                .map_err(|error| Failure::refused(format!("payment simulator: {error}")))?;
        }
        Ok(())
    }
}

/// Installs a plugin unless it is, and lets it call the providers as they are now. Answers its
/// version.
async fn set_up(
    installation: &Installation,
    folder: &Path,
    name: &str,
    hosts: &[String],
) -> Outcome<String> {
    let (db, scope) = (installation.db(), installation.console.platform());
    let wanted = name.to_owned();
    let read = move |tx: &mut PlatformTx<'_>| {
        plugins::list(tx, Some(&wanted), &PageRequest::new(Some(1), None))
    };
    let there = db.platform_read(&scope, read).await?.items.pop();
    let installed = match there {
        Some(installed) => installed,
        None => {
            let installing = Installing {
                file: packed(folder, name)?,
                signing: Signing::Waived,
            };
            let gateway = installation
                .platform
                .gateway()
                .map_err(|error| Failure::refused(format!("plugins cannot run here: {error}")))?;
            plugin::install(db, gateway, &scope, installing).await?
        }
    };
    let (id, version, hosts): (PluginId, _, _) = (installed.id, installed.version, hosts.to_vec());
    let grant = move |tx: &mut PlatformTx<'_>| -> Result<(), AppError> {
        let mut grants = plugin::sheet(tx, id)?.grants;
        let sandbox = grants.hosts.entry(Environment::Sandbox).or_default();
        sandbox.extend(hosts.iter().cloned());
        plugin::grant(tx, id, version, &grants)?;
        Ok(())
    };
    db.platform_write(&scope, grant).await?;
    Ok(installed.plugin_version)
}

/// The file of a plugin, made of what `cargo xtask plugins` puts into a folder.
fn packed(folder: &Path, name: &str) -> Outcome<Vec<u8>> {
    let read = |kind: &str| {
        let file = folder.join(format!("{name}.{kind}"));
        std::fs::read(&file).map_err(|error| {
            Failure::refused(format!("{} cannot be read: {error}", file.display()))
                .hint("cargo xtask plugins builds the plugins; --no-payments goes without them")
        })
    };
    let manifest = String::from_utf8(read("toml")?)
        .map_err(|error| Failure::refused(format!("{name}.toml: {error}")))?;
    Package::pack(&read("wasm")?, &manifest)
        .map_err(|error| Failure::refused(format!("{name}.wasm: {error}")))
}

/// What is different about the account of each plugin.
struct Recipe<'a> {
    title: &'static str,
    config: Vec<(&'static str, &'a str)>,
    secrets: Vec<(&'static str, String)>,
}

/// The account of a plugin with the providers as they are now.
fn account_of(name: &str, plugin_version: String, bank: &Providers) -> NewAccount {
    let host = bank.api_address().to_string();
    let token_url = format!("https://{host}/oauth/token");
    let words = Secrets::default();
    let client = [
        ("client_id", words.client_id),
        ("client_secret", words.client_secret),
    ];
    let recipe = match name {
        "pix" => Recipe {
            title: "PIX",
            config: vec![
                ("path", "/pix/v2"),
                ("chave", CHAVE),
                ("token_url", &token_url),
                ("token_style", "form"),
                ("client_certificate", "false"),
            ],
            secrets: client
                .into_iter()
                .chain([("webhook_token", WEBHOOK_TOKEN.to_owned())])
                .collect(),
        },
        "boleto" => Recipe {
            title: "Boleto",
            config: vec![
                ("mode", "bb-api"),
                ("bank", "001"),
                ("agreement", AGREEMENT),
                ("wallet", "17"),
                ("variation", "35"),
                ("token_url", &token_url),
            ],
            secrets: client
                .into_iter()
                .chain([("app_key", words.app_key)])
                .collect(),
        },
        "card" => Recipe {
            title: "Card",
            config: Vec::new(),
            secrets: vec![
                ("access_token", words.mercado_pago_token),
                ("webhook_secret", words.mercado_pago_secret),
            ],
        },
        _ => Recipe {
            title: "Stripe",
            config: Vec::new(),
            secrets: vec![
                ("secret_key", words.stripe_key),
                ("webhook_secret", words.stripe_secret),
            ],
        },
    };
    let mut config: BTreeMap<String, String> = recipe
        .config
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    config.insert("host".to_owned(), host);
    NewAccount {
        name: recipe.title.to_owned(),
        plugin: name.to_owned(),
        plugin_version,
        environment: Environment::Sandbox,
        config,
        secrets: recipe
            .secrets
            .into_iter()
            .map(|(key, value)| (key.to_owned(), Secret::new(value)))
            .collect(),
        late_policy: LatePolicy::Honour,
        first_title: None,
    }
}

/// Makes the account, or leads the one that was made before to where the providers are now. Answers
/// where it is told of payments.
async fn lead(
    installation: &Installation,
    scope: &Scope,
    wanted: NewAccount,
) -> Outcome<(PaymentAccountId, String)> {
    let vault = installation.platform.vault().clone();
    let address = installation.platform.address().clone();
    let work = move |tx: &mut TenantTx<'_>| -> Result<_, AppError> {
        let accounts = payment_accounts::list(tx, &PageRequest::new(Some(200), None))?;
        let same = |one: &PaymentAccount| one.name == wanted.name && one.plugin == wanted.plugin;
        let known = accounts.items.into_iter().find(same);
        let account = match known {
            None => account::create(tx, &vault, &wanted)?,
            Some(known) => {
                let change = AccountChange {
                    config: Some(wanted.config.clone()),
                    ..AccountChange::default()
                };
                account::update(tx, &vault, (known.id, None), &change)?
            }
        };
        Ok((account.id, webhook_url(tx, &address, account.id)?))
    };
    Ok(installation.db().write(scope, work).await?)
}
