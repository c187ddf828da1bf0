//! A tenant's settings and credentials with payment plugins.

use std::collections::BTreeMap;

use alvara_domain::charge::record::{LatePolicy, PaymentAccount, PaymentAccountState};
use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::PaymentAccountId;
use alvara_domain::notice::NoticeKind;
use alvara_domain::payment::Environment;
use alvara_store::{TenantTx, counters, payment_accounts, plugins, tenants};
use alvara_vault::{Purpose, Secret, Vault};
use serde::Serialize;

use super::charge::TITLES;
use super::version::pin;
use crate::field::Fields;
use crate::notice::tell;
use crate::plugin::may_be_used;
use crate::{AppError, AppResult};

/// Most bytes of all settings, and of all secrets: what a column holds on each database, sealed.
const MOST: usize = 24_000;

/// The highest first number of titles: twelve digits, more than any bank has room for.
const HIGHEST_TITLE: i64 = 999_999_999_999;

/// An account to make.
#[derive(Debug)]
pub struct NewAccount {
    /// For people; unique in the tenant.
    pub name: String,
    /// The plugin's id.
    pub plugin: String,
    /// The version it is pinned to.
    pub plugin_version: String,
    /// Whether real money moves.
    pub environment: Environment,
    /// Settings by key.
    pub config: BTreeMap<String, String>,
    /// Secrets by name. They are sealed and never shown again.
    pub secrets: BTreeMap<String, Secret>,
    /// What becomes of money that comes too late.
    pub late_policy: LatePolicy,
    /// Its titles have no number below this one, where the agreement with the bank has titles already.
    pub first_title: Option<i64>,
}

/// What is to change of an account; what is left out stays.
#[derive(Debug, Default)]
pub struct AccountChange {
    /// Another name.
    pub name: Option<String>,
    /// Another version of the plugin.
    pub plugin_version: Option<String>,
    /// Other settings, all of them.
    pub config: Option<BTreeMap<String, String>>,
    /// Other secrets, by name; those that are not named stay, `None` takes one away.
    pub secrets: BTreeMap<String, Option<Secret>>,
    /// Whether it is used.
    pub state: Option<PaymentAccountState>,
    /// What becomes of money that comes too late.
    pub late_policy: Option<LatePolicy>,
    /// Its next titles have no number below this one.
    pub first_title: Option<i64>,
}

/// What audit and events say of an account: of secrets the names.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    plugin: &'a str,
    plugin_version: &'a str,
    environment: Environment,
    config: &'a [(String, String)],
    secret_names: &'a [String],
    state: PaymentAccountState,
    late_policy: LatePolicy,
    first_title: Option<i64>,
}

impl<'a> Shown<'a> {
    fn of(account: &'a PaymentAccount) -> Self {
        Self {
            name: &account.name,
            plugin: &account.plugin,
            plugin_version: &account.plugin_version,
            environment: account.environment,
            config: &account.config,
            secret_names: &account.secret_names,
            state: account.state,
            late_policy: account.late_policy,
            first_title: account.first_title,
        }
    }
}

/// Makes an account. Whether the settings work, its plugin says; see [`super::call::open`].
///
/// # Errors
/// [`AppError::Invalid`], also for a plugin that the tenant may not use or a version that is not
/// installed or not granted; [`AppError::Taken`] for its name, [`AppError::Store`] for a part of the
/// tenant.
pub fn create(tx: &mut TenantTx<'_>, vault: &Vault, new: &NewAccount) -> AppResult<PaymentAccount> {
    let mut fields = Fields::new();
    let name = look(tx, &mut fields, new)?;
    if fields.is_well() {
        pin(tx, &mut fields, (&new.plugin, &new.plugin_version))?;
    }
    fields.finish()?;
    let account = assemble(tx, vault, name, new)?;
    payment_accounts::insert(tx, &account).map_err(AppError::taken("/name"))?;
    tx.audit(
        "payment_account.created",
        account.id,
        (),
        Shown::of(&account),
    )?;
    tx.emit(
        EventKind::PaymentAccountCreated,
        account.id,
        Shown::of(&account),
    )?;
    Ok(account)
}

/// An account as it would be made, for its plugin to look at while there is none. `None` where
/// [`create`] refuses it without asking anybody, and says why.
pub(super) fn draft(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    new: &NewAccount,
) -> AppResult<Option<PaymentAccount>> {
    let mut fields = Fields::new();
    let name = look(tx, &mut fields, new)?;
    if !fields.is_well() || !tx.scope().is_whole_tenant() {
        return Ok(None);
    }
    if !plugins::is_offered(tx, &new.plugin)? {
        return Ok(None);
    }
    match plugins::find_version(tx, &new.plugin, &new.plugin_version)? {
        Some(installed) if may_be_used(&installed)? => assemble(tx, vault, name, new).map(Some),
        _ => Ok(None),
    }
}

/// Looks at what is wanted as far as it speaks for itself; answers the name.
fn look(tx: &mut TenantTx<'_>, fields: &mut Fields, new: &NewAccount) -> AppResult<String> {
    let name = fields.line("/name", &new.name, 100);
    plugin(fields, &new.plugin);
    version(fields, &new.plugin_version);
    settings(fields, &new.config);
    for (key, secret) in &new.secrets {
        secret_ok(fields, key, secret);
    }
    if let Some(first) = new.first_title {
        title(tx, fields, first)?;
    }
    Ok(name)
}

fn assemble(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    name: String,
    new: &NewAccount,
) -> AppResult<PaymentAccount> {
    let id: PaymentAccountId = tx.new_id()?;
    let plain: BTreeMap<String, String> = new
        .secrets
        .iter()
        .map(|(key, secret)| (key.clone(), secret.expose().to_owned()))
        .collect();
    Ok(PaymentAccount {
        id,
        name,
        plugin: new.plugin.clone(),
        plugin_version: new.plugin_version.clone(),
        environment: new.environment,
        config: new.config.clone().into_iter().collect(),
        secrets_sealed: seal(vault, id, &plain)?,
        secret_names: plain.keys().cloned().collect(),
        state: PaymentAccountState::Active,
        late_policy: new.late_policy,
        first_title: new.first_title,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    })
}

/// Changes an account. Another version of its plugin, newer or older, is used from the next charge
/// on; charges that are open go on with the version they were made by.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`], [`AppError::Taken`] for its name,
/// [`AppError::Stale`].
pub fn update(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    (id, read): (PaymentAccountId, Option<i64>),
    change: &AccountChange,
) -> AppResult<PaymentAccount> {
    let before = payment_accounts::find(tx, id)?.ok_or(AppError::NotFound("payment account"))?;
    if read.is_some_and(|read| read != before.version) {
        return Err(AppError::Stale);
    }
    let mut fields = Fields::new();
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.name = fields.line("/name", name, 100);
    }
    if let Some(wanted) = &change.plugin_version {
        version(&mut fields, wanted);
        after.plugin_version.clone_from(wanted);
        if fields.is_well() && *wanted != before.plugin_version {
            pin(tx, &mut fields, (&before.plugin, wanted))?;
        }
    }
    if let Some(config) = &change.config {
        settings(&mut fields, config);
        after.config = config.clone().into_iter().collect();
    }
    for (key, secret) in &change.secrets {
        if let Some(secret) = secret {
            secret_ok(&mut fields, key, secret);
        }
    }
    if let Some(first) = change
        .first_title
        .filter(|_| change.first_title != before.first_title)
    {
        title(tx, &mut fields, first)?;
        after.first_title = Some(first);
    }
    fields.finish()?;
    after.state = change.state.unwrap_or(before.state);
    after.late_policy = change.late_policy.unwrap_or(before.late_policy);
    if !change.secrets.is_empty() {
        let mut plain = open(vault, &before)?;
        for (key, secret) in &change.secrets {
            match secret {
                Some(secret) => plain.insert(key.clone(), secret.expose().to_owned()),
                None => plain.remove(key),
            };
        }
        after.secrets_sealed = seal(vault, id, &plain)?;
        after.secret_names = plain.keys().cloned().collect();
    }
    payment_accounts::update(tx, &after).map_err(AppError::taken("/name"))?;
    tx.audit(
        "payment_account.updated",
        id,
        Shown::of(&before),
        Shown::of(&after),
    )?;
    tx.emit(EventKind::PaymentAccountUpdated, id, Shown::of(&after))?;
    payment_accounts::find(tx, id)?.ok_or(AppError::NotFound("payment account"))
}

/// Puts an account aside whose plugin keeps failing: no new charge goes by it until somebody looks
/// and takes it back. What is open is asked about all the same. Doing it again changes nothing.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn park(tx: &mut TenantTx<'_>, id: PaymentAccountId) -> AppResult<()> {
    let before = payment_accounts::find(tx, id)?.ok_or(AppError::NotFound("payment account"))?;
    if before.state == PaymentAccountState::Disabled {
        return Ok(());
    }
    let after = PaymentAccount {
        state: PaymentAccountState::Disabled,
        ..before.clone()
    };
    payment_accounts::update(tx, &after)?;
    tx.audit(
        "payment_account.parked",
        id,
        Shown::of(&before),
        Shown::of(&after),
    )?;
    tx.emit(EventKind::PaymentAccountUpdated, id, Shown::of(&after))?;
    let root = tenants::load_own(tx)?.root_node_id;
    let what = serde_json::json!({ "name": after.name, "plugin": after.plugin });
    tell(tx, root, NoticeKind::PaymentAccountParked, id, what)?;
    Ok(())
}

/// Opens the secrets of an account for a call. They go to the gateway and nowhere else.
///
/// # Errors
/// [`AppError::Vault`] when they were sealed by another master key or for another account.
pub fn open(vault: &Vault, account: &PaymentAccount) -> AppResult<BTreeMap<String, String>> {
    let Some(sealed) = &account.secrets_sealed else {
        return Ok(BTreeMap::new());
    };
    let plain = vault.open(Purpose::PaymentSecret, &context(account.id), sealed)?;
    serde_json::from_slice(&plain)
        .map_err(|_| AppError::Inconsistent(format!("the secrets of {} are no JSON", account.id)))
}

fn seal(
    vault: &Vault,
    id: PaymentAccountId,
    plain: &BTreeMap<String, String>,
) -> AppResult<Option<String>> {
    if plain.is_empty() {
        return Ok(None);
    }
    let text =
        serde_json::to_vec(plain).map_err(|error| AppError::Inconsistent(error.to_string()))?;
    if text.len() > MOST {
        let detail = format!("all secrets together have at most {MOST} bytes");
        return Err(AppError::field("/secrets", FaultCode::TooLong, detail));
    }
    Ok(Some(vault.seal(
        Purpose::PaymentSecret,
        &context(id),
        &text,
    )?))
}

/// Binds sealed secrets to their account, so that they do not open in another row.
fn context(id: PaymentAccountId) -> String {
    format!("{id}/secrets")
}

fn plugin(fields: &mut Fields, id: &str) {
    let well = (2..=32).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !well {
        let detail = "2 to 32 of a-z, 0-9 and -, a letter first";
        fields.refuse("/plugin", FaultCode::Malformed, detail);
    }
}

fn version(fields: &mut Fields, version: &str) {
    let well = version.len() <= 40
        && version.split('.').count() >= 3
        && version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'));
    if !well {
        let detail = "a version such as 1.2.0";
        fields.refuse("/plugin_version", FaultCode::Malformed, detail);
    }
}

/// Refuses a first number of titles that would give a number out a second time.
fn title(tx: &mut TenantTx<'_>, fields: &mut Fields, first: i64) -> AppResult<()> {
    let last = counters::last(tx, TITLES, "")?;
    if !(1..=HIGHEST_TITLE).contains(&first) {
        let detail = format!("from 1 to {HIGHEST_TITLE}");
        fields.refuse("/first_title", FaultCode::OutOfRange, detail);
    } else if first <= last {
        let detail = format!(
            "the titles up to {last} are numbered already; the first can be {} at the lowest",
            last + 1
        );
        fields.refuse("/first_title", FaultCode::Conflict, detail);
    }
    Ok(())
}

fn settings(fields: &mut Fields, config: &BTreeMap<String, String>) {
    let size: usize = config
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if size > MOST {
        let detail = format!("all settings together have at most {MOST} bytes");
        fields.refuse("/config", FaultCode::TooLong, detail);
    }
    for key in config.keys() {
        name_ok(fields, "/config", key);
    }
}

fn secret_ok(fields: &mut Fields, key: &str, secret: &Secret) {
    name_ok(fields, "/secrets", key);
    if secret.expose().is_empty() {
        fields.refuse(
            &format!("/secrets/{key}"),
            FaultCode::Required,
            "it is empty",
        );
    }
}

fn name_ok(fields: &mut Fields, pointer: &str, key: &str) {
    let well = (1..=60).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if !well {
        let detail = "names have 1 to 60 of A-Z, a-z, 0-9, _ and -";
        fields.refuse(pointer, FaultCode::Malformed, detail);
    }
}
