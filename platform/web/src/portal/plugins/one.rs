//! One version of a plugin: what it is, what it asks for, what it is granted, who may use it.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::plugin::{self, Sheet, may_be_used};
use alvara_app::{AppError, AppResult, Platform};
use alvara_domain::id::{PluginId, TenantId};
use alvara_domain::plugin::InstalledPlugin;
use alvara_render::Args;
use alvara_render::page::{
    Action, Badge, Cell, Column, DetailPage, Fact, Link, Row, Section, Table, Tone,
};
use alvara_store::page::PageRequest;
use alvara_store::{Db, PlatformTx, plugins, tenants};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{PluginRead, PluginUpdate};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::{badge, publisher_names, signer};
use crate::api::v1::plugins as interface;
use crate::body::Segments;
use crate::caller::Operator;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/plugins/{id}/remove").post(remove))
        .service(web::resource("/plugins/{id}").get(show));
}

/// What is known of a version.
struct Known {
    plugin: InstalledPlugin,
    sheet: Sheet,
    /// The other versions of the same plugin, the last one installed first.
    others: Vec<InstalledPlugin>,
    names: HashMap<String, String>,
    tenants: Vec<(TenantId, String)>,
}

/// The tenants that may use a plugin.
fn users(tx: &mut PlatformTx<'_>, name: &str) -> AppResult<Vec<(TenantId, String)>> {
    let mut all = Vec::new();
    let mut page = PageRequest::new(Some(200), None);
    loop {
        let part = tenants::list(tx, None, &page)?;
        for tenant in part.items {
            let offered = plugins::list_offered_to(tx, tenant.id)?;
            if offered.iter().any(|offer| offer.name == name) {
                all.push((tenant.id, tenant.name));
            }
        }
        match part.next {
            Some(next) => page = PageRequest::new(Some(200), Some(next)),
            None => return Ok(all),
        }
    }
}

fn read(tx: &mut PlatformTx<'_>, id: PluginId) -> AppResult<Known> {
    let plugin = plugins::find(tx, id)?.ok_or(AppError::NotFound("plugin"))?;
    let page = PageRequest::new(Some(200), None);
    let mut others = plugins::list(tx, Some(&plugin.name), &page)?.items;
    others.retain(|other| other.id != id);
    Ok(Known {
        others,
        sheet: plugin::sheet(tx, id)?,
        names: publisher_names(tx)?,
        tenants: users(tx, &plugin.name)?,
        plugin,
    })
}

async fn show(
    desk: Desk,
    caller: Operator<PluginRead>,
    Segments(id): Segments<PluginId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let known = db
        .platform_read(&caller.scope, move |tx| read(tx, id))
        .await?;
    let tell = desk.tell();
    let plugin = &known.plugin;
    let changes = desk.may(PermissionKey::PluginUpdate);
    let place = format!("/plugins/{id}");
    desk.show(&DetailPage {
        title: plugin.description.display_name.clone(),
        badge: Some(badge(may_be_used(plugin)?, &tell)),
        back: Some(Link::new("/plugins", tell.word("nav-plugins"))),
        links: if changes {
            vec![Link::new(
                format!("{place}/grants"),
                tell.word("plugins-grant"),
            )]
        } else {
            Vec::new()
        },
        actions: if changes {
            vec![
                Action::new(format!("{place}/remove"), tell.word("plugins-remove"))
                    .confirm(Tone::Bad, tell.word("plugins-remove-ask")),
            ]
        } else {
            Vec::new()
        },
        facts: facts(&desk, &known),
        sections: vec![
            sheet_section(&desk, &known.sheet),
            version_section(&desk, &known.others)?,
            tenant_section(&desk, &known),
        ],
        ..DetailPage::default()
    })
}

fn facts(desk: &Desk, known: &Known) -> Vec<Fact> {
    let tell = desk.tell();
    let plugin = &known.plugin;
    let said = &plugin.description;
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("plugins-{key}")), cell);
    let currencies: Vec<String> = said.currencies.iter().map(ToString::to_string).collect();
    let capabilities: Vec<String> = said
        .capabilities
        .iter()
        .map(|one| tell.value("plugin-capability", one))
        .collect();
    let mut facts = vec![
        fact("code", Cell::code(&plugin.name)),
        fact("version", Cell::text(&plugin.plugin_version)),
        fact("publisher", signer(plugin, &known.names, &tell)),
        fact("methods", Cell::text(said.methods.join(", "))),
        fact("currencies", Cell::text(currencies.join(", "))),
        fact("countries", Cell::text(said.countries.join(", "))),
        fact(
            "size",
            Cell::text(format!("{} KiB", tell.number(plugin.size_bytes / 1024))),
        ),
        fact("digest", Cell::code(&plugin.digest).copy(&plugin.digest)),
        fact("since", tell.day_cell(plugin.installed_at)),
    ];
    if !capabilities.is_empty() {
        facts.insert(4, fact("capabilities", Cell::text(capabilities.join(", "))));
    }
    facts
}

/// The sheet: each line, and whether it is new beside the version that was granted last.
pub(super) fn sheet_section(desk: &Desk, sheet: &Sheet) -> Section {
    let tell = desk.tell();
    let is_compared = sheet.compared_with.is_some();
    let asked = sheet.asks.iter().map(|line| {
        let mut cells = vec![Cell::text(line)];
        if is_compared {
            cells.push(if sheet.new.contains(line) {
                Cell::badge(Badge {
                    tone: Tone::Warn,
                    text: tell.word("plugins-new"),
                })
            } else {
                Cell::text(tell.word("plugins-as-before"))
            });
        }
        Row::new(cells)
    });
    let gone = sheet.gone.iter().map(|line| {
        Row::new(vec![
            Cell::text(line),
            Cell::badge(Badge {
                tone: Tone::Neutral,
                text: tell.word("plugins-gone"),
            }),
        ])
    });
    let title = tell.word("plugins-asks");
    let mut columns = vec![Column::text(title.clone())];
    if is_compared {
        columns.push(Column::text(tell.word("plugins-change")));
    }
    let rows = asked.chain(gone).collect();
    Section {
        id: "sheet",
        intro: Some(match &sheet.compared_with {
            Some(version) => tell.say(
                "plugins-compared",
                Args::new().text("version", version.clone()),
            ),
            None => tell.word("plugins-asks-intro"),
        }),
        table: Some(Table::new(title.clone(), columns, rows)),
        title,
        ..Section::default()
    }
}

/// The other versions, which payment accounts may go on to or back to.
fn version_section(desk: &Desk, others: &[InstalledPlugin]) -> AppResult<Section> {
    let tell = desk.tell();
    let mut rows = Vec::new();
    for other in others {
        rows.push(Row::new(vec![
            Cell::text(&other.plugin_version).link(format!("/plugins/{}", other.id)),
            Cell::badge(badge(may_be_used(other)?, &tell)),
            tell.day_cell(other.installed_at),
        ]));
    }
    let columns = ["version", "state", "since"]
        .map(|column| Column::text(tell.word(&format!("plugins-{column}"))));
    let title = tell.word("plugins-others");
    Ok(Section {
        id: "versions",
        intro: Some(tell.word("plugins-others-intro")),
        table: Some(Table::new(title.clone(), columns.into(), rows)),
        empty: Some(tell.word("plugins-others-none")),
        title,
        ..Section::default()
    })
}

fn tenant_section(desk: &Desk, known: &Known) -> Section {
    let tell = desk.tell();
    let rows = known.tenants.iter().map(|(id, name)| {
        let cell = Cell::text(name);
        Row::new(vec![if desk.may(PermissionKey::TenantRead) {
            cell.link(format!("/tenants/{id}#plugins"))
        } else {
            cell
        }])
    });
    let title = tell.word("plugins-offered");
    let columns = vec![Column::text(tell.word("plugins-tenant"))];
    Section {
        id: "tenants",
        intro: Some(tell.word("plugins-offered-intro")),
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("plugins-offered-none")),
        title,
        ..Section::default()
    }
}

async fn remove(
    desk: Desk,
    caller: Operator<PluginUpdate>,
    Segments(id): Segments<PluginId>,
    _: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    interface::remove(caller, Segments(id), platform).await?;
    Ok(desk.done("/plugins", "plugin-removed"))
}
