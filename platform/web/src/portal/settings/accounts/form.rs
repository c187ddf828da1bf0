//! The forms that add a payment account and change one: their fields are what the plugin asks for.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::plugin::{Usable, manifest_of, usable};
use alvara_app::{AppResult, Platform};
use alvara_domain::charge::record::{LatePolicy, PaymentAccount};
use alvara_domain::id::PaymentAccountId;
use alvara_domain::payment::Environment;
use alvara_domain::payment::report::{ConfigField, ConfigFieldKind};
use alvara_domain::plugin::InstalledPlugin;
use alvara_render::page::{
    Cell, Choice, Column, Empty, FieldKind, FieldView, FormPage, FormView, Link, ListPage, Row,
    Table,
};
use alvara_store::{Db, Scope, TenantTx, payment_accounts};
use alvara_tenants::permissions::{PaymentAccountCreate, PaymentAccountUpdate};
use serde_json::{Map, Value};

use super::super::super::desk::Desk;
use super::super::super::entry::Entry;
use super::super::super::listing::Query;
use super::super::super::tell::Tell;
use crate::api::v1::payment_accounts as interface;
use crate::body::{Json, Params, Segments, json_from};
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/payment-accounts/new").get(new).post(create))
        .service(
            web::resource("/payment-accounts/{id}/edit")
                .get(edit)
                .post(update),
        );
}

async fn offered(db: &Db, scope: &Scope) -> Result<Vec<Usable>, Problem> {
    Ok(db.read(scope, usable).await?)
}

/// The plugins to choose from.
fn choose_page(desk: &Desk, offered: &[Usable]) -> ListPage {
    let tell = desk.tell();
    let rows = offered.iter().filter_map(|plugin| {
        let newest = plugin.versions.first()?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("plugin", &plugin.name);
        let place = format!("/payment-accounts/new?{}", query.finish());
        Some(Row::new(vec![
            Cell::text(&newest.description.display_name).link(place),
            Cell::text(newest.description.methods.join(", ")),
            Cell::text(newest.description.countries.join(", ")),
            Cell::code(&newest.plugin_version),
        ]))
    });
    let columns = ["plugin", "methods", "countries", "version"]
        .map(|column| Column::text(tell.word(&format!("settings-{column}"))));
    let title = tell.word("settings-account-new");
    ListPage {
        intro: Some(tell.word("settings-account-choose")),
        path: "/payment-accounts/new".to_owned(),
        table: Table::new(title.clone(), columns.into(), rows.collect()),
        empty: Empty {
            text: tell.word("settings-no-plugins"),
            action: Some(Link::new(
                "/payment-accounts",
                tell.word("settings-accounts"),
            )),
        },
        title,
        ..ListPage::default()
    }
}

/// What a plugin calls something, in the reader's language where that is known. A plugin brings its
/// words in one language only; for those that come with the platform there are words in each.
fn word_of(tell: &Tell, plugin: &str, key: &str, own: &str) -> String {
    let message = format!("plugin-{plugin}-{key}");
    if tell.words().has(&message) {
        tell.word(&message)
    } else {
        own.to_owned()
    }
}

/// The plugin's own label, or the name of what it left without one.
fn label_or<'a>(label: &'a str, name: &'a str) -> &'a str {
    if label.is_empty() { name } else { label }
}

/// A setting of the plugin's as a field.
fn setting(tell: &Tell, plugin: &str, ask: &ConfigField, now: &str) -> FieldView {
    let name = format!("config.{}", ask.key);
    let word = |key: &str, own: &str| word_of(tell, plugin, key, own);
    let label = word(&ask.key, label_or(&ask.label, &ask.key));
    let none = || Choice::new("", "—", now);
    let mut field = match ask.kind {
        ConfigFieldKind::Boolean => {
            let choices = vec![
                none(),
                Choice::new("true", tell.yes(true), now),
                Choice::new("false", tell.yes(false), now),
            ];
            FieldView::select(name, label, choices)
        }
        ConfigFieldKind::Choice => {
            let mut choices = vec![none()];
            choices.extend(ask.choices.iter().map(|choice| {
                let label = word(&format!("{}-is-{choice}", ask.key), choice);
                Choice::new(choice.clone(), label, now)
            }));
            FieldView::select(name, label, choices)
        }
        ConfigFieldKind::Text | ConfigFieldKind::Number | ConfigFieldKind::HostName => {
            FieldView::text(name, label).value(now)
        }
    };
    field.required = ask.required;
    field.hint = (!ask.help.is_empty()).then(|| word(&format!("{}-help", ask.key), &ask.help));
    field
}

/// Every field that a version of a plugin asks for. A secret that is kept may stay empty.
fn asked(
    tell: &Tell,
    plugin: &InstalledPlugin,
    account: Option<&PaymentAccount>,
) -> AppResult<Vec<FieldView>> {
    let manifest = manifest_of(plugin)?;
    let now = |key: &str| {
        let config = account.map_or(&[][..], |account| &account.config);
        let kept = config.iter().find(|(known, _)| known == key);
        kept.map_or("", |(_, value)| value.as_str())
    };
    let mut fields: Vec<FieldView> = plugin
        .description
        .config_fields
        .iter()
        .map(|ask| setting(tell, &plugin.name, ask, now(&ask.key)))
        .collect();
    let is_kept =
        |name: &String| account.is_some_and(|account| account.secret_names.contains(name));
    for (name, ask) in &manifest.secrets {
        let own = label_or(&ask.label, name);
        let label = word_of(tell, &plugin.name, &format!("secret-{name}"), own);
        let mut field = FieldView::new(FieldKind::Password, format!("secrets.{name}"), label)
            .autocomplete("off");
        field.required = ask.required && !is_kept(name);
        field.hint = is_kept(name).then(|| tell.word("settings-secret-kept"));
        fields.push(field);
    }
    for name in manifest.certs.keys() {
        let label = word_of(tell, &plugin.name, &format!("cert-{name}"), name);
        let field = FieldView::new(FieldKind::Area, format!("secrets.{name}"), label);
        let hint = if is_kept(name) {
            "settings-secret-kept"
        } else {
            "settings-cert-hint"
        };
        fields.push(field.hint(tell.word(hint)));
    }
    Ok(fields)
}

fn late_field(tell: &Tell, now: LatePolicy) -> FieldView {
    let choices = LatePolicy::ALL.iter().map(|policy| {
        Choice::new(
            policy.as_str(),
            tell.value("late-policy", policy),
            now.as_str(),
        )
    });
    FieldView::select("late_policy", tell.word("settings-late"), choices.collect()).required()
}

fn new_page(desk: &Desk, plugin: &InstalledPlugin) -> AppResult<FormPage> {
    let tell = desk.tell();
    let title = plugin.description.display_name.clone();
    let environments = Environment::ALL.iter().map(|environment| {
        let label = tell.value("payment-environment", environment);
        Choice::new(environment.as_str(), label, "sandbox")
    });
    let mut fields = vec![
        FieldView::hidden("plugin", plugin.name.clone()),
        FieldView::hidden("plugin_version", plugin.plugin_version.clone()),
        FieldView::text("name", tell.word("settings-name"))
            .value(&title)
            .required(),
        FieldView::select(
            "environment",
            tell.word("settings-environment"),
            environments.collect(),
        )
        .required(),
    ];
    fields.extend(asked(&tell, plugin, None)?);
    fields.push(late_field(&tell, LatePolicy::Honour));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("plugin", &plugin.name);
    let action = format!("/payment-accounts/new?{}", query.finish());
    Ok(FormPage {
        title,
        intro: Some(tell.word("settings-account-intro")),
        form: FormView::new(action, tell.word("settings-account-add"), fields)
            .cancel(Link::new("/payment-accounts", tell.word("portal-cancel"))),
        back: Some(Link::new(
            "/payment-accounts/new",
            tell.word("settings-account-new"),
        )),
        ..FormPage::default()
    })
}

/// The newest version of the plugin that the address names.
fn chosen<'a>(desk: &Desk, offered: &'a [Usable]) -> Option<&'a InstalledPlugin> {
    let query = Query::of(desk);
    let name = query.get("plugin")?;
    let plugin = offered.iter().find(|plugin| plugin.name == name)?;
    plugin.versions.first()
}

async fn new(
    desk: Desk,
    caller: Caller<PaymentAccountCreate>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let offered = offered(&db, &caller.scope).await?;
    match chosen(&desk, &offered) {
        Some(plugin) => desk.show(&new_page(&desk, plugin)?),
        None => desk.show(&choose_page(&desk, &offered)),
    }
}

async fn create(
    desk: Desk,
    caller: Caller<PaymentAccountCreate>,
    entry: Entry,
    platform: Data<Platform>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.clone();
    // The plugin looks at the account first, and asks the provider whether it knows us.
    let params = Params(json_from(b"{}")?);
    let made = match entry.read() {
        Ok(body) => interface::create(caller, params, Json(body), platform).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(answer) => Ok(desk.done(&desk.place_of(&answer), "account-added")),
        Err(problem) => {
            let offered = offered(&db, &scope).await?;
            let plugin = chosen(&desk, &offered).ok_or_else(Problem::not_found)?;
            desk.retry(new_page(&desk, plugin)?, &entry, problem)
        }
    }
}

async fn known(
    db: &Db,
    scope: &Scope,
    id: PaymentAccountId,
) -> Result<(PaymentAccount, Vec<InstalledPlugin>), Problem> {
    let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let Some(account) = payment_accounts::find(tx, id)? else {
            return Ok(None);
        };
        let offered = usable(tx)?;
        let plugin = offered
            .into_iter()
            .find(|plugin| plugin.name == account.plugin);
        Ok(Some((account, plugin.map(|plugin| plugin.versions))))
    };
    let found = db.read(scope, work).await?;
    let (account, versions) = found.ok_or_else(Problem::not_found)?;
    Ok((account, versions.unwrap_or_default()))
}

fn edit_page(
    desk: &Desk,
    account: &PaymentAccount,
    versions: &[InstalledPlugin],
) -> AppResult<FormPage> {
    let tell = desk.tell();
    let now = versions
        .iter()
        .find(|version| version.plugin_version == account.plugin_version);
    let mut fields = vec![
        FieldView::hidden("_version", account.version.to_string()),
        FieldView::text("name", tell.word("settings-name"))
            .value(&account.name)
            .required(),
    ];
    if !versions.is_empty() {
        let choices = versions.iter().map(|version| {
            let version = version.plugin_version.clone();
            Choice::new(version.clone(), version, &account.plugin_version)
        });
        fields.push(
            FieldView::select(
                "plugin_version",
                tell.word("settings-version"),
                choices.collect(),
            )
            .required(),
        );
    }
    if let Some(version) = now.or(versions.first()) {
        fields.extend(asked(&tell, version, Some(account))?);
    }
    fields.push(late_field(&tell, account.late_policy));
    let home = format!("/payment-accounts/{}", account.id);
    Ok(FormPage {
        title: tell.word("settings-account-edit"),
        form: FormView::new(format!("{home}/edit"), tell.word("portal-save"), fields)
            .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, account.name.clone())),
        ..FormPage::default()
    })
}

async fn edit(
    desk: Desk,
    caller: Caller<PaymentAccountUpdate>,
    Segments(id): Segments<PaymentAccountId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (account, versions) = known(&db, &caller.scope, id).await?;
    desk.show(&edit_page(&desk, &account, &versions)?)
}

/// Settings are sent whole. What the form does not ask for, because another version did, stays.
fn change(
    entry: &Entry,
    account: &PaymentAccount,
    page: &FormPage,
) -> Result<interface::PaymentAccountPatch, Problem> {
    let mut body: Value = entry.read()?;
    let mut config = Map::new();
    for (key, value) in &account.config {
        let name = format!("config.{key}");
        if page.form.fields.iter().all(|field| field.name != name) {
            config.insert(key.clone(), Value::from(value.clone()));
        }
    }
    if let Value::Object(fields) = &mut body {
        if let Some(Value::Object(typed)) = fields.remove("config") {
            config.extend(typed);
        }
        fields.insert("config".to_owned(), Value::Object(config));
    }
    json_from(body.to_string().as_bytes())
}

async fn update(
    desk: Desk,
    caller: Caller<PaymentAccountUpdate>,
    Segments(id): Segments<PaymentAccountId>,
    entry: Entry,
    platform: Data<Platform>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (account, versions) = known(&db, &caller.scope, id).await?;
    let mut page = edit_page(&desk, &account, &versions)?;
    let done = match change(&entry, &account, &page) {
        Ok(body) => {
            let version = entry.version();
            interface::update(caller, Segments(id), version, Json(body), platform).await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(desk.done(&format!("/payment-accounts/{id}"), "saved")),
        Err(problem) => {
            let status = desk.again(&mut page.form, &entry, problem)?;
            desk.answer(status, &page)
        }
    }
}
