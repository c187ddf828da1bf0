//! Payment plugins, for the operator: what is installed, what it may do, whose are trusted.

mod grant;
mod install;
mod one;
mod publishers;

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_app::plugin::may_be_used;
use alvara_domain::plugin::InstalledPlugin;
use alvara_render::page::{Badge, Cell, Column, Empty, Link, NavItem, Row, Table, Tone};
use alvara_store::{Db, PlatformTx, plugins};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::PluginRead;

use super::desk::Desk;
use super::listing::Query;
use super::tell::Tell;
use crate::caller::Operator;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/plugins").get(list))
        .configure(publishers::routes)
        .configure(install::routes)
        .configure(grant::routes)
        .configure(one::routes);
}

/// Whether a version can be used, in colour.
fn badge(is_granted: bool, tell: &Tell) -> Badge {
    if is_granted {
        Badge {
            tone: Tone::Ok,
            text: tell.word("plugins-granted"),
        }
    } else {
        Badge {
            tone: Tone::Warn,
            text: tell.word("plugins-waiting"),
        }
    }
}

/// The two pages of plugins.
fn tabs(tell: &Tell, now: &str) -> Vec<NavItem> {
    [
        ("/plugins", "plugins-installed"),
        ("/plugins/publishers", "plugins-publishers"),
    ]
    .map(|(href, key)| NavItem {
        href,
        label: tell.word(key),
        current: href == now,
    })
    .into()
}

/// Who signed a version, by name where that is known.
fn signer(plugin: &InstalledPlugin, names: &HashMap<String, String>, tell: &Tell) -> Cell {
    match &plugin.publisher {
        None => Cell::text(tell.word("plugins-unsigned")),
        Some(print) => names.get(print).map_or_else(
            || Cell::code(print.chars().take(16).collect::<String>()),
            Cell::text,
        ),
    }
}

/// The names of trusted publishers by the fingerprints of their keys.
fn publisher_names(tx: &mut PlatformTx<'_>) -> AppResult<HashMap<String, String>> {
    Ok(plugins::list_publishers(tx)?
        .into_iter()
        .map(|publisher| (publisher.fingerprint, publisher.name))
        .collect())
}

async fn list(
    desk: Desk,
    caller: Operator<PluginRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let (name, page) = (query.get("q").map(str::to_owned), query.page());
    let read = move |tx: &mut PlatformTx<'_>| -> AppResult<_> {
        let names = publisher_names(tx)?;
        Ok((plugins::list(tx, name.as_deref(), &page)?, names))
    };
    let (found, names) = db.platform_read(&caller.scope, read).await?;
    let tell = desk.tell();
    let mut rows = Vec::new();
    for plugin in &found.items {
        rows.push(Row::new(vec![
            Cell::text(&plugin.description.display_name)
                .note(&plugin.name)
                .link(format!("/plugins/{}", plugin.id)),
            Cell::text(&plugin.plugin_version),
            Cell::badge(badge(may_be_used(plugin)?, &tell)),
            Cell::text(plugin.description.methods.join(", ")),
            signer(plugin, &names, &tell),
            tell.day_cell(plugin.installed_at),
        ]));
    }
    let columns = ["name", "version", "state", "methods", "publisher", "since"]
        .map(|column| Column::text(tell.word(&format!("plugins-{column}"))));
    let table = Table::new(tell.word("nav-plugins"), columns.into(), rows);
    let new = desk
        .may(PermissionKey::PluginUpdate)
        .then(|| Link::new("/plugins/install", tell.word("plugins-install")));
    let empty = Empty {
        text: tell.word("plugins-empty"),
        action: new.clone(),
    };
    let mut page = query.list(
        tell.word("nav-plugins"),
        table,
        found.next.as_ref(),
        Some(tell.word("plugins-search")),
        empty,
    );
    page.primary = new;
    page.tabs = tabs(&tell, "/plugins");
    desk.show(&page)
}
