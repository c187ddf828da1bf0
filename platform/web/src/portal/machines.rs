//! Machines: the list, one of them, and what can be done with it.

mod deeds;
mod one;

use std::collections::{BTreeSet, HashMap};

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::fingerprint::Fingerprint;
use alvara_domain::id::LicenseId;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::saved_view::{ListName, MACHINE_STATES};
use alvara_domain::time::UtcTime;
use alvara_render::page::{Badge, Cell, Column, Empty, Link, Row, Table, Tone};
use alvara_store::machines::{self, MachineFilter};
use alvara_store::{Db, StoreResult, TenantTx, licenses};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::MachineRead;

use super::desk::Desk;
use super::listing::{FILE_ROWS, Query, counted, every, file};
use super::tell::Tell;
use super::views;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/machines").get(list))
        .service(web::resource(["/machines.csv", "/machines.xlsx"]).get(export))
        .configure(one::routes)
        .configure(deeds::routes);
}

/// How a machine stands, as people see it: one that may run is online or offline.
fn standing(machine: &Machine, now: UtcTime) -> (&'static str, Tone) {
    match machine.state {
        MachineState::Active if machine.is_online(now) => ("online", Tone::Ok),
        MachineState::Active => ("offline", Tone::Warn),
        MachineState::Blocked => ("blocked", Tone::Bad),
        MachineState::Reserved => ("reserved", Tone::Info),
        MachineState::Deactivated => ("deactivated", Tone::Neutral),
    }
}

pub(super) fn badge(machine: &Machine, tell: &Tell) -> Badge {
    let (word, tone) = standing(machine, tell.now());
    Badge {
        tone,
        text: tell.value("machines-state", &word),
    }
}

/// What a machine is called; its fingerprint when nobody called it anything.
pub(super) fn name(machine: &Machine) -> String {
    if machine.name.is_empty() {
        machine.fingerprint.to_string().chars().take(24).collect()
    } else {
        machine.name.clone()
    }
}

fn filter_of(query: &Query, now: UtcTime) -> MachineFilter {
    let state = query.get("state").unwrap_or_default();
    MachineFilter {
        license: query.value("license"),
        fingerprint: query.value::<Fingerprint>("q"),
        online_at: (state == "online").then_some(now),
        offline_at: (state == "offline").then_some(now),
        suspected: (state == "suspected").then_some(true),
        state: match state {
            "blocked" => Some(MachineState::Blocked),
            "reserved" => Some(MachineState::Reserved),
            "deactivated" => Some(MachineState::Deactivated),
            _ => None,
        },
        ..MachineFilter::default()
    }
}

/// How many machines a list has, up to some more than are told.
pub(super) fn count(tx: &mut TenantTx<'_>, query: &Query, now: UtcTime) -> StoreResult<i64> {
    let filter = filter_of(query, now);
    counted(|page| machines::list(tx, &filter, page))
}

/// How the keys end of the licenses that some machines run under.
type Keys = HashMap<LicenseId, String>;

fn keys_of(tx: &mut TenantTx<'_>, machines: &[Machine]) -> StoreResult<Keys> {
    let ids: BTreeSet<LicenseId> = machines.iter().map(|one| one.license_id).collect();
    let ids: Vec<LicenseId> = ids.into_iter().collect();
    licenses::hints(tx, &ids)
}

fn heads(tell: &Tell) -> [String; 6] {
    ["name", "state", "license", "version", "platform", "seen"]
        .map(|column| tell.word(&format!("machines-{column}")))
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "—" } else { text }.to_owned()
}

fn row(machine: &Machine, keys: &Keys, tell: &Tell) -> Row {
    let key = keys
        .get(&machine.license_id)
        .map_or_else(|| machine.license_id.to_string(), |hint| format!("…{hint}"));
    let came = machine.state != MachineState::Reserved;
    Row::new(vec![
        Cell::text(name(machine)).link(format!("/machines/{}", machine.id)),
        Cell::badge(badge(machine, tell)),
        Cell::code(key).link(format!("/licenses/{}", machine.license_id)),
        Cell::text(or_dash(&machine.app_version)),
        Cell::text(or_dash(&machine.platform)),
        tell.maybe_instant(came.then_some(machine.last_seen_at)),
    ])
}

async fn list(
    desk: Desk,
    caller: Caller<MachineRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let tell = desk.tell();
    let (filter, page) = (filter_of(&query, tell.now()), query.page());
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let found = machines::list(tx, &filter, &page)?;
        let keys = keys_of(tx, &found.items)?;
        Ok((found, keys))
    };
    let (found, keys) = db.read(&caller.scope, read).await?;
    let rows = found
        .items
        .iter()
        .map(|machine| row(machine, &keys, &tell))
        .collect();
    let table = Table::new(
        tell.word("nav-machines"),
        heads(&tell).map(Column::text).into(),
        rows,
    );
    let empty = Empty {
        text: tell.word("machines-empty"),
        action: desk
            .may(PermissionKey::LicenseRead)
            .then(|| Link::new("/activate", tell.word("nav-help"))),
    };
    let hint = Some(tell.word("machines-search"));
    let title = tell.word("nav-machines");
    let mut page = query.list(title, table, found.next.as_ref(), hint, empty);
    page.tabs = super::licenses::tabs(&desk, "/machines");
    page.filters = vec![query.filter(
        "state",
        tell.word("machines-state"),
        tell.word("portal-all"),
        MACHINE_STATES.map(|state| (state.to_owned(), tell.value("machines-state", &state))),
    )];
    if let Some(license) = query.get("license") {
        page.kept = vec![Link::new(license, "license")];
    }
    page.exports = query.exports("/machines", &tell);
    views::above(&desk, &db, &mut page, (ListName::Machines, &query)).await?;
    desk.show(&page)
}

async fn export(
    desk: Desk,
    caller: Caller<MachineRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let tell = desk.tell();
    let filter = filter_of(&query, tell.now());
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let all = every(FILE_ROWS, |page| machines::list(tx, &filter, page))?;
        let keys = keys_of(tx, &all)?;
        Ok((all, keys))
    };
    let (found, keys) = db.read(&caller.scope, read).await?;
    let rows = found
        .iter()
        .map(|machine| row(machine, &keys, &tell))
        .collect();
    file(&desk, "machines", &heads(&tell), rows).await
}
