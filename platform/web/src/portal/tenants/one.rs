//! One tenant, as the operator sees it.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::platform::PublicAddress;
use alvara_app::{AppError, AppResult, Platform};
use alvara_domain::id::TenantId;
use alvara_domain::node::{NodePath, Tenant, TenantKind, TenantState};
use alvara_domain::plugin::PluginOffer;
use alvara_domain::product::{Offer, OfferState};
use alvara_render::page::{
    Action, Cell, Choice, Column, DetailPage, Fact, FieldView, FormView, Link, Row, Section, Table,
    Tone,
};
use alvara_store::hosts::Host;
use alvara_store::page::PageRequest;
use alvara_store::{PlatformTx, hosts, offers, plugins, products, tenants};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::TenantRead;

use super::super::desk::Desk;
use super::super::products::offer_badge;
use super::super::settings::hosts::record;
use super::badge;
use crate::body::Segments;
use crate::caller::Operator;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/tenants/{id}").get(show));
}

/// What is known of a tenant.
struct Known {
    tenant: Tenant,
    hosts: Vec<Host>,
    /// What it sells of others, and how that is called.
    offers: Vec<(Offer, String)>,
    plugins: Vec<PluginOffer>,
    /// Names of installed plugins that it is not offered.
    others: Vec<String>,
}

fn read(tx: &mut PlatformTx<'_>, id: TenantId) -> AppResult<Known> {
    let tenant = tenants::find(tx, id)?.ok_or(AppError::NotFound("tenant"))?;
    let page = PageRequest::new(Some(200), None);
    let root = NodePath::root(tenant.root_node_id);
    let first = page.clone();
    let (hosts, sold) = tx.enter(id, &root, move |tx| -> AppResult<_> {
        let mut sold = Vec::new();
        for offer in offers::list(tx, &first)?.items {
            if offer.owner_tenant_id == id {
                continue;
            }
            let name = products::find(tx, offer.product_id)?
                .map_or_else(|| offer.product_id.to_string(), |product| product.name);
            sold.push((offer, name));
        }
        Ok((hosts::list(tx)?, sold))
    })?;
    let offered = plugins::list_offered_to(tx, id)?;
    let mut others: BTreeMap<String, ()> = BTreeMap::new();
    for plugin in plugins::list(tx, None, &page)?.items {
        if !offered.iter().any(|offer| offer.name == plugin.name) {
            others.insert(plugin.name, ());
        }
    }
    Ok(Known {
        tenant,
        hosts,
        offers: sold,
        plugins: offered,
        others: others.into_keys().collect(),
    })
}

async fn show(
    desk: Desk,
    caller: Operator<TenantRead>,
    Segments(id): Segments<TenantId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let known = platform
        .db()
        .platform_read(&caller.scope, move |tx| read(tx, id))
        .await?;
    let tell = desk.tell();
    let tenant = &known.tenant;
    let is_reseller = tenant.kind == TenantKind::Reseller;
    let mut sections = Vec::new();
    if desk.may(PermissionKey::HostRead) {
        sections.push(host_section(&desk, &known, platform.address()));
    }
    if is_reseller && desk.may(PermissionKey::OfferRead) {
        sections.push(offer_section(&desk, &known));
    }
    if desk.may(PermissionKey::PluginRead) {
        sections.push(plugin_section(&desk, &known));
    }
    desk.show(&DetailPage {
        title: tenant.name.clone(),
        badge: Some(badge(tenant.state, &tell)),
        back: Some(Link::new("/tenants", tell.word("nav-tenants"))),
        actions: if is_reseller && desk.may(PermissionKey::TenantSuspend) {
            vec![suspension(&desk, tenant)]
        } else {
            Vec::new()
        },
        facts: facts(&desk, tenant),
        sections,
        ..DetailPage::default()
    })
}

fn suspension(desk: &Desk, tenant: &Tenant) -> Action {
    let tell = desk.tell();
    let home = format!("/tenants/{}", tenant.id);
    match tenant.state {
        TenantState::Active => Action::new(format!("{home}/suspend"), tell.word("tenants-suspend"))
            .confirm(Tone::Bad, tell.word("tenants-suspend-ask")),
        TenantState::Suspended => {
            Action::new(format!("{home}/reinstate"), tell.word("tenants-reinstate"))
        }
    }
}

fn facts(desk: &Desk, tenant: &Tenant) -> Vec<Fact> {
    let tell = desk.tell();
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("tenants-{key}")), cell);
    let mut facts = vec![
        fact("slug", Cell::code(&tenant.slug)),
        fact("kind", Cell::text(tell.value("tenant-kind", &tenant.kind))),
        fact("locale", Cell::text(&tenant.locale)),
        fact("currency", Cell::text(tenant.currency.to_string())),
        fact("zone", Cell::text(tenant.time_zone.to_string())),
        fact("since", tell.day_cell(tenant.created_at)),
        fact(
            "id",
            Cell::code(tenant.id.to_string()).copy(tenant.id.to_string()),
        ),
    ];
    if let Some(tax_id) = &tenant.tax_id {
        facts.push(fact("tax-id", Cell::code(tax_id.printed())));
    }
    facts
}

fn heads<const N: usize>(desk: &Desk, keys: [&str; N]) -> Vec<Column> {
    let tell = desk.tell();
    keys.map(|key| Column::text(tell.word(&format!("tenants-{key}"))))
        .into()
}

fn host_section(desk: &Desk, known: &Known, address: &PublicAddress) -> Section {
    let tell = desk.tell();
    let home = format!("/tenants/{}", known.tenant.id);
    let removes = desk.may(PermissionKey::HostDelete);
    let rows = known.hosts.iter().map(|host| {
        let dns = match record(address, &known.tenant, &host.host) {
            Some(record) => Cell::code(&record).copy(&record),
            None => Cell::text(tell.word("hosts-nothing-to-set")),
        };
        let mut row = Row::new(vec![
            Cell::code(&host.host).copy(&host.host),
            dns,
            tell.day_cell(host.created_at),
        ]);
        if removes {
            let mut name = FieldView::hidden("host", host.host.clone());
            name.id = format!("f-host-{}", host.host);
            row.actions.push(
                Action::new(
                    format!("{home}/hosts/remove"),
                    tell.word("tenants-remove-host"),
                )
                .confirm(Tone::Bad, tell.word("tenants-remove-host-ask"))
                .field(name)
                .about(&host.host),
            );
        }
        row
    });
    let title = tell.word("tenants-hosts");
    let mut columns = heads(desk, ["host", "since"]);
    columns.insert(1, Column::text(tell.word("hosts-dns")));
    Section {
        id: "hosts",
        intro: Some(tell.word("tenants-hosts-intro")),
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        links: if desk.may(PermissionKey::HostCreate) {
            let place = format!("{home}/hosts/new");
            vec![Link::new(place, tell.word("tenants-new-host"))]
        } else {
            Vec::new()
        },
        title,
        ..Section::default()
    }
}

fn offer_section(desk: &Desk, known: &Known) -> Section {
    let tell = desk.tell();
    let home = format!("/tenants/{}", known.tenant.id);
    let changes = desk.may(PermissionKey::OfferUpdate);
    let rows = known.offers.iter().map(|(offer, product)| {
        let place = format!("{home}/offers/{}", offer.product_id);
        let limit = offer
            .license_limit
            .map_or_else(|| tell.word("tenants-no-limit"), |limit| tell.number(limit));
        let name = Cell::text(product);
        let mut row = Row::new(vec![
            if changes {
                name.link(format!("{place}/edit"))
            } else {
                name
            },
            Cell::badge(offer_badge(&tell, offer)),
            Cell::text(tell.money(offer.wholesale)),
            Cell::text(tell.number(offer.licenses_issued)),
            Cell::text(limit),
        ]);
        if changes {
            let action = match offer.state {
                OfferState::Active => {
                    Action::new(format!("{place}/withdraw"), tell.word("tenants-withdraw"))
                        .confirm(Tone::Bad, tell.word("tenants-withdraw-ask"))
                }
                OfferState::Withdrawn => {
                    Action::new(format!("{place}/restore"), tell.word("tenants-restore"))
                }
            };
            row.actions.push(action.about(product));
        }
        row
    });
    let title = tell.word("tenants-offers");
    let columns = heads(desk, ["product", "state", "wholesale", "issued", "limit"]);
    Section {
        id: "offers",
        intro: Some(tell.word("tenants-offers-intro")),
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("tenants-no-offers")),
        links: if desk.may(PermissionKey::OfferCreate) {
            let place = format!("{home}/offers/new");
            vec![Link::new(place, tell.word("tenants-new-offer"))]
        } else {
            Vec::new()
        },
        title,
        ..Section::default()
    }
}

fn plugin_section(desk: &Desk, known: &Known) -> Section {
    let tell = desk.tell();
    let home = format!("/tenants/{}", known.tenant.id);
    let changes = desk.may(PermissionKey::PluginUpdate);
    let rows = known.plugins.iter().map(|offer| {
        let mut row = Row::new(vec![
            Cell::code(&offer.name),
            tell.day_cell(offer.created_at),
        ]);
        if changes {
            let mut name = FieldView::hidden("plugin", offer.name.clone());
            name.id = format!("f-plugin-{}", offer.name);
            row.actions.push(
                Action::new(
                    format!("{home}/plugins/withdraw"),
                    tell.word("tenants-withdraw"),
                )
                .confirm(Tone::Bad, tell.word("tenants-withdraw-plugin-ask"))
                .field(name)
                .about(&offer.name),
            );
        }
        row
    });
    let title = tell.word("tenants-plugins");
    let columns = heads(desk, ["plugin", "since"]);
    let form = (changes && !known.others.is_empty()).then(|| {
        let choices = known
            .others
            .iter()
            .map(|name| Choice::new(name.as_str(), name.as_str(), ""));
        let label = tell.word("tenants-plugin");
        FormView::new(
            format!("{home}/plugins/offer"),
            tell.word("tenants-offer-plugin"),
            vec![FieldView::select("plugin", label, choices.collect()).required()],
        )
    });
    Section {
        id: "plugins",
        intro: Some(tell.word("tenants-plugins-intro")),
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("tenants-no-plugins")),
        form,
        title,
        ..Section::default()
    }
}
