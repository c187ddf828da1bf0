//! What the operator does: on the installation's database, by the use cases of the API. A server
//! that runs beside it sees the change at the next call.

use std::path::Path;

use alvara_app::billing::account::{self, AccountChange};
use alvara_app::plugin::{self, Grants, Installing, Signing, manifest_of, may_be_used};
use alvara_app::{AppError, AppResult};
use alvara_domain::id::{PaymentAccountId, PluginId, TenantId};
use alvara_domain::payment::Environment;
use alvara_domain::plugin::InstalledPlugin;
use alvara_store::page::PageRequest;
use alvara_store::{PlatformTx, TenantTx, payment_accounts, plugins};
use serde_json::{Value, json};

use super::super::whose::{Whose, find_tenant, json as plain, print_next, print_page};
use super::super::{Form, print};
use super::author::read_file;
use super::{Named, Operate, Which};
use crate::exit::{Failure, Outcome};
use crate::installation::Installation;

pub(super) async fn act(command: &Operate, installation: &Installation) -> Outcome {
    match command {
        Operate::Install {
            file,
            unsigned,
            form,
        } => {
            let signing = if *unsigned {
                Signing::Waived
            } else {
                Signing::Required
            };
            install(installation, file, signing, *form).await
        }
        Operate::List { name, paging, form } => {
            let (name, request) = (name.clone(), paging.request());
            let list = move |tx: &mut PlatformTx<'_>| plugins::list(tx, name.as_deref(), &request);
            let page = read(installation, list).await?;
            if form.json {
                return print_page(&page, view);
            }
            let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
            print::table(&["ID", "PLUGIN", "VERSION", "GRANTED", "PUBLISHER"], &rows);
            print_next(&page);
            Ok(())
        }
        Operate::Show { which, form } => {
            let found = find(installation, which).await?;
            show(&found, *form)
        }
        Operate::Sheet { which, form } => sheet(installation, which, *form).await,
        Operate::Grant {
            which,
            grants,
            sandbox_host,
            production_host,
            form,
        } => {
            let besides = [
                (Environment::Sandbox, sandbox_host.clone()),
                (Environment::Production, production_host.clone()),
            ];
            grant(installation, which, (grants.as_deref(), besides), *form).await
        }
        Operate::Offer { plugin, whose } => {
            let (tenant, name) = offered(installation, whose, plugin).await?;
            write(installation, move |tx| plugin::offer(tx, tenant, &name)).await?;
            print::line(format!("{} may use {plugin}", whose.tenant));
            Ok(())
        }
        Operate::Withdraw { plugin, whose } => {
            let (tenant, name) = offered(installation, whose, plugin).await?;
            write(installation, move |tx| plugin::withdraw(tx, tenant, &name)).await?;
            print::line(format!("{} no longer uses {plugin}", whose.tenant));
            Ok(())
        }
        Operate::Pin {
            account,
            version,
            whose,
        } => pin(installation, whose, *account, Some(version.clone())).await,
        Operate::Rollback { account, whose } => pin(installation, whose, *account, None).await,
        Operate::Remove { which } => {
            let found = find(installation, which).await?;
            let scope = installation.console.platform();
            let removed = plugin::remove(&installation.platform, &scope, found.id).await;
            removed.map_err(|error| match error {
                AppError::Store(alvara_store::StoreError::Referenced) => Failure::refused(format!(
                    "{} {} is in use: a payment account is pinned to it, or a charge made by it is open or has a refund on its way",
                    found.name, found.plugin_version
                ))
                .hint("move the accounts with `alvara plugin pin`, and wait for open charges and refunds"),
                other => other.into(),
            })?;
            print::line(format!(
                "{} {} is removed",
                found.name, found.plugin_version
            ));
            Ok(())
        }
        Operate::Trust {
            name,
            public_key,
            form,
        } => {
            let (name, key) = (name.clone(), public_key.clone());
            let trusted = write(installation, move |tx| plugin::trust(tx, &name, &key)).await?;
            if form.json {
                return print::json(&trusted);
            }
            print::line(format!("{} {}", trusted.fingerprint, trusted.name));
            Ok(())
        }
        Operate::Distrust { fingerprint } => {
            let whom = fingerprint.clone();
            write(installation, move |tx| plugin::distrust(tx, &whom)).await?;
            print::line(format!("{fingerprint} is no longer trusted"));
            Ok(())
        }
        Operate::Publishers { form } => {
            let found = read(installation, plugins::list_publishers).await?;
            if form.json {
                let items: Vec<Value> = found.iter().map(plain).collect();
                return print::json(&json!({ "items": items, "next": null }));
            }
            let rows: Vec<Vec<String>> = found
                .iter()
                .map(|one| vec![one.fingerprint.clone(), one.name.clone()])
                .collect();
            print::table(&["FINGERPRINT", "NAME"], &rows);
            Ok(())
        }
    }
}

async fn read<T: Send + 'static>(
    installation: &Installation,
    work: impl FnMut(&mut PlatformTx<'_>) -> Result<T, alvara_store::StoreError> + Send + 'static,
) -> Outcome<T> {
    let scope = installation.console.platform();
    Ok(installation.db().platform_read(&scope, work).await?)
}

async fn write<T: Send + 'static>(
    installation: &Installation,
    work: impl FnMut(&mut PlatformTx<'_>) -> AppResult<T> + Send + 'static,
) -> Outcome<T> {
    let scope = installation.console.platform();
    Ok(installation.db().platform_write(&scope, work).await?)
}

async fn find(installation: &Installation, which: &Which) -> Outcome<InstalledPlugin> {
    let named = which.named.clone();
    let found = read(installation, move |tx| match &named {
        Named::Id(id) => plugins::find(tx, *id),
        Named::Version(name, version) => {
            let all = plugins::list(tx, Some(name), &PageRequest::new(Some(200), None))?;
            Ok(all
                .items
                .into_iter()
                .find(|one| one.plugin_version == *version))
        }
    })
    .await?;
    found.ok_or_else(|| {
        Failure::not_found("no such version of a plugin is installed")
            .hint("`alvara plugin list` names those that are")
    })
}

async fn offered(
    installation: &Installation,
    whose: &Whose,
    plugin: &str,
) -> Outcome<(TenantId, String)> {
    let tenant = find_tenant(installation, &whose.tenant).await?;
    Ok((tenant.id, plugin.to_owned()))
}

async fn install(
    installation: &Installation,
    file: &Path,
    signing: Signing,
    form: Form,
) -> Outcome {
    let installing = Installing {
        file: read_file(file)?,
        signing,
    };
    let platform = &installation.platform;
    let scope = installation.console.platform();
    let installed = plugin::install(platform.db(), platform.gateway()?, &scope, installing)
        .await
        .map_err(|error| match error {
            AppError::Taken { .. } => {
                Failure::refused("this version, or this very file, is installed already")
                    .hint("a changed plugin needs a new version in plugin.toml and in `describe`")
            }
            other => other.into(),
        })?;
    if form.json {
        return print::json(&view(&installed));
    }
    print::line(format!(
        "{} {} {}",
        installed.id, installed.name, installed.plugin_version
    ));
    print::note(format!(
        "it can do nothing yet; see `alvara plugin sheet {0}@{1}`, then `alvara plugin grant {0}@{1}`",
        installed.name, installed.plugin_version
    ));
    Ok(())
}

async fn sheet(installation: &Installation, which: &Which, form: Form) -> Outcome {
    let found = find(installation, which).await?;
    let id = found.id;
    let scope = installation.console.platform();
    let sheet = installation
        .db()
        .platform_read(&scope, move |tx| plugin::sheet(tx, id))
        .await?;
    if form.json {
        return print::json(&sheet);
    }
    match &sheet.compared_with {
        Some(before) => print::line(format!(
            "{} {}, beside {before}:",
            found.name, found.plugin_version
        )),
        None => print::line(format!("{} {}:", found.name, found.plugin_version)),
    }
    for line in &sheet.asks {
        let mark = if sheet.new.contains(line) { "+" } else { " " };
        print::line(format!("{mark} {line}"));
    }
    for line in &sheet.gone {
        print::line(format!("- {line}"));
    }
    Ok(())
}

async fn grant(
    installation: &Installation,
    which: &Which,
    (file, besides): (Option<&Path>, [(Environment, Vec<String>); 2]),
    form: Form,
) -> Outcome {
    let found = find(installation, which).await?;
    let given: Option<Grants> = match file {
        None => None,
        Some(path) => {
            let parsed = serde_json::from_slice(&read_file(path)?);
            Some(parsed.map_err(|error| {
                Failure::refused(format!("{} holds no grants: {error}", path.display()))
            })?)
        }
    };
    let (id, seen): (PluginId, i64) = (found.id, found.version);
    let granted = write(installation, move |tx| {
        let mut grants = match &given {
            Some(given) => given.clone(),
            None => plugin::sheet(tx, id)?.grants,
        };
        for (environment, hosts) in &besides {
            let all = grants.hosts.entry(*environment).or_default();
            all.extend(hosts.iter().cloned());
        }
        plugin::grant(tx, id, seen, &grants)
    })
    .await?;
    show(&granted, form)
}

/// Moves an account to a version, or to the one before its own.
async fn pin(
    installation: &Installation,
    whose: &Whose,
    id: PaymentAccountId,
    version: Option<String>,
) -> Outcome {
    let (_, scope) = whose.scope(installation).await?;
    let vault = installation.platform.vault().clone();
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let account =
            payment_accounts::find(tx, id)?.ok_or(AppError::NotFound("payment account"))?;
        let wanted = match &version {
            Some(version) => version.clone(),
            None => before(tx, &account.plugin, &account.plugin_version)?,
        };
        let change = AccountChange {
            plugin_version: Some(wanted),
            ..AccountChange::default()
        };
        account::update(tx, &vault, (id, Some(account.version)), &change)
    };
    let moved = installation.db().write(&scope, work).await?;
    print::line(format!(
        "{} charges by {} {}",
        moved.name, moved.plugin, moved.plugin_version
    ));
    Ok(())
}

/// The version that was installed before another and is granted something.
fn before(tx: &mut TenantTx<'_>, name: &str, version: &str) -> AppResult<String> {
    let present = plugins::find_version(tx, name, version)?;
    let older = plugin::usable_versions(tx, name)?
        .into_iter()
        .find(|one| present.as_ref().is_none_or(|present| one.id < present.id));
    older
        .map(|older| older.plugin_version)
        .ok_or(AppError::NotFound("granted version before this one"))
}

fn row(plugin: &InstalledPlugin) -> Vec<String> {
    vec![
        plugin.id.to_string(),
        plugin.name.clone(),
        plugin.plugin_version.clone(),
        if matches!(may_be_used(plugin), Ok(true)) {
            "yes".to_owned()
        } else {
            "no".to_owned()
        },
        plugin
            .publisher
            .clone()
            .unwrap_or_else(|| "nobody".to_owned()),
    ]
}

fn view(plugin: &InstalledPlugin) -> Value {
    let mut shown = plain(plugin);
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    shown["grants"] = json!(plugin.grants.as_deref().and_then(parse));
    shown["manifest"] = json!(manifest_of(plugin).ok());
    shown
}

fn show(plugin: &InstalledPlugin, form: Form) -> Outcome {
    if form.json {
        return print::json(&view(plugin));
    }
    let said = &plugin.description;
    let can: Vec<&str> = said.capabilities.iter().map(|it| it.as_str()).collect();
    print::fields(&[
        ("id", plugin.id.to_string()),
        ("plugin", plugin.name.clone()),
        ("version", plugin.plugin_version.clone()),
        ("title", said.display_name.clone()),
        ("methods", said.methods.join(", ")),
        ("can", can.join(", ")),
        ("digest", plugin.digest.clone()),
        (
            "publisher",
            plugin
                .publisher
                .clone()
                .unwrap_or_else(|| "nobody".to_owned()),
        ),
        (
            "grants",
            plugin.grants.clone().unwrap_or_else(|| "none".to_owned()),
        ),
        ("installed", plugin.installed_at.to_string()),
    ]);
    Ok(())
}
