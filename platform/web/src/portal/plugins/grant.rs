//! The form by which a version of a plugin is granted what it asks for, line by line.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::plugin::{self, Grants, Manifest, Sheet, Use, manifest_of};
use alvara_app::{AppError, AppResult};
use alvara_domain::id::PluginId;
use alvara_domain::payment::Environment;
use alvara_domain::plugin::InstalledPlugin;
use alvara_render::Args;
use alvara_render::page::{FieldKind, FieldView, FormPage, FormView, Link};
use alvara_store::{Db, PlatformScope, PlatformTx, plugins};
use alvara_tenants::permissions::PluginUpdate;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::api::v1::plugins as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Operator;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/plugins/{id}/grants").get(form).post(grant));
}

/// A version, what it asks for and what it is granted now.
struct Known {
    plugin: InstalledPlugin,
    manifest: Manifest,
    sheet: Sheet,
    granted: Option<Grants>,
}

fn read(tx: &mut PlatformTx<'_>, id: PluginId) -> AppResult<Known> {
    let plugin = plugins::find(tx, id)?.ok_or(AppError::NotFound("plugin"))?;
    let granted = plugin
        .grants
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    Ok(Known {
        manifest: manifest_of(&plugin)?,
        sheet: plugin::sheet(tx, id)?,
        plugin,
        granted,
    })
}

async fn known(scope: &PlatformScope, id: PluginId, db: &Db) -> Result<Known, Problem> {
    Ok(db.platform_read(scope, move |tx| read(tx, id)).await?)
}

/// Something that is granted or not: its field, what it is called, and its places in the body.
struct Line {
    name: String,
    label: String,
    is_granted: bool,
    place: Place,
}

enum Place {
    Host(Environment, String),
    Secret(String, Use),
    Cert(String),
    Oauth(String),
}

const fn use_text(one: Use) -> &'static str {
    match one {
        Use::Auth => "auth",
        Use::Verify => "verify",
        Use::Sign => "sign",
    }
}

/// Everything that the sheet asks for. What is granted now is ticked; for a version that was never
/// granted anything, all of it.
fn lines(desk: &Desk, known: &Known) -> Vec<Line> {
    let tell = desk.tell();
    let asked = &known.sheet.grants;
    let now = known.granted.as_ref().unwrap_or(asked);
    let said = |key: &str, what: &str| format!("{}: {what}", tell.word(&format!("plugins-{key}")));
    let mut lines = Vec::new();
    for (environment, hosts) in &asked.hosts {
        let word = tell.value("environment", environment);
        for host in hosts {
            let held = now.hosts.get(environment);
            lines.push(Line {
                name: format!("_host.{environment}.{host}"),
                label: said("host", &format!("{host} ({word})")),
                is_granted: held.is_some_and(|held| held.contains(host)),
                place: Place::Host(*environment, host.clone()),
            });
        }
    }
    for (secret, uses) in &asked.secrets {
        for one in uses {
            let text = use_text(*one);
            let word = tell.value("secret-use", &text);
            let held = now.secrets.get(secret);
            lines.push(Line {
                name: format!("_secret.{secret}.{text}"),
                label: said("secret", &format!("{secret} ({word})")),
                is_granted: held.is_some_and(|held| held.contains(one)),
                place: Place::Secret(secret.clone(), *one),
            });
        }
    }
    for cert in &asked.certs {
        lines.push(Line {
            name: format!("_cert.{cert}"),
            label: said("cert", cert),
            is_granted: now.certs.contains(cert),
            place: Place::Cert(cert.clone()),
        });
    }
    for profile in &asked.oauth {
        lines.push(Line {
            name: format!("_oauth.{profile}"),
            label: said("oauth", profile),
            is_granted: now.oauth.contains(profile),
            place: Place::Oauth(profile.clone()),
        });
    }
    lines
}

/// Hosts that are granted and that the sheet does not name: payment accounts do.
fn besides(known: &Known, environment: Environment) -> String {
    let asked = known.sheet.grants.hosts.get(&environment);
    let held = known
        .granted
        .as_ref()
        .and_then(|granted| granted.hosts.get(&environment));
    held.into_iter()
        .flatten()
        .filter(|host| !asked.is_some_and(|asked| asked.contains(*host)))
        .cloned()
        .collect::<Vec<_>>()
        .join("\n")
}

fn page(desk: &Desk, known: &Known) -> FormPage {
    let tell = desk.tell();
    let plugin = &known.plugin;
    let home = format!("/plugins/{}", plugin.id);
    let mut fields = vec![FieldView::hidden("_version", plugin.version.to_string())];
    fields.extend(lines(desk, known).into_iter().map(|line| FieldView {
        checked: line.is_granted,
        ..FieldView::check(line.name, line.label)
    }));
    if known.manifest.hosts.configurable {
        for environment in Environment::ALL {
            let word = tell.value("environment", environment);
            let args = Args::new().text("environment", word);
            fields.push(
                FieldView::new(
                    FieldKind::Area,
                    format!("_more.{environment}"),
                    tell.say("plugins-more-hosts", args),
                )
                .value(besides(known, *environment))
                .hint(tell.word("plugins-more-hosts-hint")),
            );
        }
    }
    let limits = known
        .granted
        .as_ref()
        .map_or(known.sheet.grants.limits, |granted| granted.limits);
    for (name, key, now) in [
        ("memory_mib", "memory", limits.memory_mib),
        ("http_calls", "calls", limits.http_calls),
        ("wall_ms", "wall", limits.wall_ms),
    ] {
        let label = tell.word(&format!("plugins-{key}"));
        let mut field = FieldView::text(format!("limits.{name}:int"), label)
            .value(now.to_string())
            .required();
        field.inputmode = Some("numeric");
        fields.push(field);
    }
    FormPage {
        title: tell.word("plugins-grant"),
        intro: Some(tell.word("plugins-grant-intro")),
        form: FormView::new(
            format!("{home}/grants"),
            tell.word("plugins-grant-these"),
            fields,
        )
        .cancel(Link::new(home.clone(), tell.word("portal-cancel"))),
        back: Some(Link::new(home, plugin.description.display_name.clone())),
        ..FormPage::default()
    }
}

async fn form(
    desk: Desk,
    caller: Operator<PluginUpdate>,
    Segments(id): Segments<PluginId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    desk.show(&page(&desk, &known(&caller.scope, id, &db).await?))
}

/// The place of a list in an object, made where there is none.
fn list<'a>(object: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Vec<Value>> {
    object
        .entry(key)
        .or_insert_with(|| Value::Array(Vec::new()))
        .as_array_mut()
}

/// The body that the ticked lines make.
fn body<T: DeserializeOwned>(desk: &Desk, known: &Known, entry: &Entry) -> Result<T, Problem> {
    let mut body: Map<String, Value> = entry.read()?;
    let (mut hosts, mut secrets) = (Map::new(), Map::new());
    let (mut certs, mut oauth) = (Vec::new(), Vec::new());
    for line in lines(desk, known) {
        if entry.typed(&line.name).is_none() {
            continue;
        }
        match line.place {
            Place::Host(environment, host) => {
                if let Some(held) = list(&mut hosts, environment.as_str()) {
                    held.push(Value::from(host));
                }
            }
            Place::Secret(secret, one) => {
                if let Some(held) = list(&mut secrets, &secret) {
                    held.push(Value::from(use_text(one)));
                }
            }
            Place::Cert(cert) => certs.push(cert),
            Place::Oauth(profile) => oauth.push(profile),
        }
    }
    for environment in Environment::ALL {
        let more = entry.text(&format!("_more.{environment}"));
        for host in more.lines().map(str::trim).filter(|host| !host.is_empty()) {
            if let Some(held) = list(&mut hosts, environment.as_str()) {
                held.push(Value::from(host));
            }
        }
    }
    body.insert("hosts".to_owned(), Value::Object(hosts));
    body.insert("secrets".to_owned(), Value::Object(secrets));
    body.insert("certs".to_owned(), json!(certs));
    body.insert("oauth".to_owned(), json!(oauth));
    json_from(Value::Object(body).to_string().as_bytes())
}

async fn grant(
    desk: Desk,
    caller: Operator<PluginUpdate>,
    Segments(id): Segments<PluginId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let known = known(&caller.scope, id, &db).await?;
    let made = match body(&desk, &known, &entry) {
        Ok(body) => interface::grant(caller, Segments(id), entry.version(), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(&format!("/plugins/{id}"), "plugin-granted")),
        Err(problem) => desk.retry(page(&desk, &known), &entry, problem),
    }
}
