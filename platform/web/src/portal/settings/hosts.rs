//! The host names that lead to a tenant: which of them is in mails, and what its DNS has to say.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::platform::PublicAddress;
use alvara_app::{AppResult, Platform};
use alvara_domain::node::Tenant;
use alvara_render::page::{Badge, Cell, Column, DetailPage, Fact, Link, Row, Section, Table, Tone};
use alvara_store::hosts::Host;
use alvara_store::{TenantTx, hosts, tenants};
use alvara_tenants::permissions::SettingsRead;

use super::super::desk::Desk;
use super::super::tell::Tell;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/settings/hosts").get(show));
}

/// The name that a tenant has without asking: `<slug>.` below the installation's own.
fn given(address: &PublicAddress, tenant: &Tenant) -> String {
    format!("{}.{}", tenant.slug, address.base_domain)
}

/// What the DNS of a name of the tenant's own has to say; nothing for a name below the installation's,
/// whose DNS is not the tenant's.
pub(in crate::portal) fn record(
    address: &PublicAddress,
    tenant: &Tenant,
    host: &str,
) -> Option<String> {
    let is_below = host.ends_with(&format!(".{}", address.base_domain));
    (!is_below).then(|| format!("{host}. CNAME {}.", given(address, tenant)))
}

async fn show(
    desk: Desk,
    caller: Caller<SettingsRead>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let read = |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let mut names = hosts::list(tx)?;
        names.sort_by_key(|host| host.created_at);
        Ok((tenants::load_own(tx)?, names))
    };
    let (tenant, names) = platform.db().read(&caller.scope, read).await?;
    let tell = desk.tell();
    let address = platform.address();
    let pages = address.pages_url(&tenant, names.iter().map(|host| host.host.as_str()));
    let title = tell.word("settings-hosts");
    desk.show(&DetailPage {
        title,
        intro: Some(tell.word("hosts-intro")),
        back: Some(Link::new("/settings", tell.word("nav-settings"))),
        facts: vec![Fact::new(
            tell.word("hosts-mails"),
            Cell::code(&pages).copy(&pages),
        )],
        sections: vec![
            table(&tell, address, &tenant, (&names, &pages)),
            steps(&tell, address, &tenant),
        ],
        ..DetailPage::default()
    })
}

fn table(
    tell: &Tell,
    address: &PublicAddress,
    tenant: &Tenant,
    (names, pages): (&[Host], &str),
) -> Section {
    let given = given(address, tenant);
    let own = names.iter().filter(|host| host.host != given);
    let all = std::iter::once((given.as_str(), tenant.created_at))
        .chain(own.map(|host| (host.host.as_str(), host.created_at)));
    let rows = all.map(|(host, since)| {
        let dns = record(address, tenant, host);
        let leads_there = address.pages_url(tenant, [host]) == pages;
        let is_in_mails = leads_there && (host == given || dns.is_some());
        let mails = if is_in_mails {
            Cell::badge(Badge {
                tone: Tone::Ok,
                text: tell.word("hosts-in-mails"),
            })
        } else {
            Cell::text("—")
        };
        let dns = match dns {
            Some(record) => Cell::code(&record).copy(&record),
            None => Cell::text(tell.word("hosts-nothing-to-set")),
        };
        Row::new(vec![
            Cell::code(host).copy(host),
            mails,
            dns,
            tell.day_cell(since),
        ])
    });
    let columns = ["host", "mails", "dns", "since"]
        .map(|column| Column::text(tell.word(&format!("hosts-{column}"))));
    let title = tell.word("hosts-title");
    Section {
        id: "hosts",
        table: Some(Table::new(title.clone(), columns.into(), rows.collect())),
        title,
        ..Section::default()
    }
}

/// How a name of one's own comes about.
fn steps(tell: &Tell, address: &PublicAddress, tenant: &Tenant) -> Section {
    let target = given(address, tenant);
    Section {
        id: "new",
        title: tell.word("hosts-new"),
        intro: Some(tell.word("hosts-new-intro")),
        facts: vec![
            Fact::new(tell.word("hosts-kind"), Cell::code("CNAME")),
            Fact::new(tell.word("hosts-target"), Cell::code(&target).copy(&target)),
        ],
        ..Section::default()
    }
}
