//! What belongs to a license: machines, modules, users, seats, counters, orders and what happened.
//! Each part is read with its own permission, and not shown without it.

use alvara_app::license::meter::{self, MeterState};
use alvara_domain::license::License;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::order::{Order, OrderState};
use alvara_domain::seat::{LicenseUser, Seat, SeatState};
use alvara_domain::terms::Binding;
use alvara_render::page::{
    Action, Badge, Cell, Column, FieldKind, FieldView, FormView, Link, Row, Section, Table, Tone,
};
use alvara_store::machines::{self, MachineFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Db, TenantTx, license_users, orders, seats};
use alvara_tenants::PermissionKey;

use super::super::desk::Desk;
use super::super::machines as machine_pages;
use super::super::tell::Tell;
use super::detail::{Known, made_at};
use crate::problem::Problem;

/// Rows of each part.
const MOST: u32 = 100;

/// The parts that the reader may see.
pub(super) async fn sections(desk: &Desk, known: &Known, db: &Db) -> Result<Vec<Section>, Problem> {
    let (license, tell) = (&known.license, desk.tell());
    let id = license.id;
    let page = PageRequest::new(Some(MOST), None);
    let mut sections = Vec::new();
    // What was put away has nothing that could be worked with.
    let is_there = license.deleted_at.is_none();
    if is_there && desk.may(PermissionKey::MachineRead) {
        let scope = desk.scope(PermissionKey::MachineRead)?;
        let (page, filter) = (
            page.clone(),
            MachineFilter {
                license: Some(id),
                ..MachineFilter::default()
            },
        );
        let read = move |tx: &mut TenantTx<'_>| machines::list(tx, &filter, &page);
        let found = db.read(&scope, read).await?;
        sections.push(machine_section(desk, license, &found.items));
    }
    sections.push(module_section(desk, known));
    if is_there && license.terms.binding == Binding::Floating && desk.may(PermissionKey::SeatRead) {
        let scope = desk.scope(PermissionKey::SeatRead)?;
        let page = page.clone();
        let held = Some(SeatState::Held);
        let read = move |tx: &mut TenantTx<'_>| seats::list(tx, id, held, &page);
        let found = db.read(&scope, read).await?;
        sections.push(seat_section(desk, license, &found.items));
    }
    let is_named = license.terms.binding == Binding::User || license.terms.user_limit.is_some();
    if is_there && is_named && desk.may(PermissionKey::LicenseUserRead) {
        let scope = desk.scope(PermissionKey::LicenseUserRead)?;
        let page = page.clone();
        let read = move |tx: &mut TenantTx<'_>| license_users::list(tx, id, &page);
        let found = db.read(&scope, read).await?;
        sections.push(user_section(desk, license, &found.items));
    }
    if is_there && !license.terms.meters.is_empty() {
        let scope = desk.scope(PermissionKey::LicenseRead)?;
        let found = db
            .read(&scope, move |tx: &mut TenantTx<'_>| meter::list(tx, id))
            .await?;
        sections.push(meter_section(desk, license, &found));
    }
    if desk.may(PermissionKey::OrderRead) {
        let scope = desk.scope(PermissionKey::OrderRead)?;
        let read = move |tx: &mut TenantTx<'_>| orders::open_with_license(tx, id);
        let found = db.read(&scope, read).await?;
        if !found.is_empty() {
            sections.push(order_section(&tell, &found));
        }
    }
    if is_there {
        sections.push(offline_section(desk, license));
    }
    sections.push(history_section(&tell, known));
    Ok(sections)
}

fn columns(tell: &Tell, keys: &[&str]) -> Vec<Column> {
    keys.iter()
        .map(|key| Column::text(tell.word(&format!("licenses-{key}"))))
        .collect()
}

fn machine_actions(desk: &Desk, machine: &Machine, tell: &Tell) -> Vec<Action> {
    let name = machine_pages::name(machine);
    let act = |deed: &str, word: &str| {
        let place = format!("/machines/{}/{deed}", machine.id);
        Action::new(place, tell.word(word)).about(name.clone())
    };
    let mut actions = Vec::new();
    if desk.may(PermissionKey::MachineBlock) {
        match machine.state {
            MachineState::Active => {
                let mut reason = FieldView::text("reason", tell.word("portal-reason"));
                reason.id = format!("f-reason-{}", machine.id);
                let ask = tell.word("licenses-machine-block-ask");
                let action = act("block", "licenses-machine-block");
                actions.push(action.confirm(Tone::Bad, ask).field(reason));
            }
            MachineState::Blocked => actions.push(act("unblock", "licenses-machine-unblock")),
            MachineState::Reserved | MachineState::Deactivated => {}
        }
    }
    if machine.state.holds_seat() && desk.may(PermissionKey::MachineDeactivate) {
        let ask = tell.word("licenses-machine-release-ask");
        let action = act("deactivation", "licenses-machine-release");
        actions.push(action.confirm(Tone::Bad, ask));
    }
    actions
}

fn machine_section(desk: &Desk, license: &License, found: &[Machine]) -> Section {
    let tell = desk.tell();
    let rows = found.iter().map(|machine| Row {
        actions: machine_actions(desk, machine, &tell),
        ..Row::new(vec![
            Cell::text(machine_pages::name(machine)).link(format!("/machines/{}", machine.id)),
            Cell::badge(machine_pages::badge(machine, &tell)),
            Cell::text(if machine.app_version.is_empty() {
                "—"
            } else {
                &machine.app_version
            }),
            tell.instant_cell(machine.last_seen_at),
        ])
    });
    let columns = columns(&tell, &["machine", "status", "version", "seen"]);
    let title = tell.word("licenses-machines");
    Section {
        id: "machines",
        intro: Some(super::machines_text(license, &tell)),
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("licenses-no-machines")),
        title,
        ..Section::default()
    }
}

/// The fields with which a license gets a module, each named for the module.
fn module_fields(code: &str, tell: &Tell) -> [FieldView; 2] {
    let mut value = FieldView::text("value", tell.word("licenses-module-value"))
        .hint(tell.word("licenses-module-value-hint"));
    value.id = format!("f-value-{code}");
    let until = tell.word("licenses-module-until");
    let mut until = FieldView::new(FieldKind::Date, "expires_at:night", until)
        .hint(tell.word("licenses-module-until-hint"));
    until.id = format!("f-until-{code}");
    [value, until]
}

fn module_section(desk: &Desk, known: &Known) -> Section {
    let tell = desk.tell();
    let license = &known.license;
    let may = desk.may(PermissionKey::LicenseModule) && license.deleted_at.is_none();
    let name_of = |code: &str| {
        let module = known.modules.iter().find(|module| module.code == code);
        module.map_or_else(|| code.to_owned(), |module| module.name.clone())
    };
    let place = |code: &str, deed: &str| format!("/licenses/{}/modules/{code}{deed}", license.id);
    let mut rows: Vec<Row> = Vec::new();
    for own in &license.modules {
        let (tone, state) = if own.is_live(tell.now()) {
            (Tone::Ok, "licenses-module-on")
        } else {
            (Tone::Bad, "licenses-module-ended")
        };
        let remove = Action::new(
            place(&own.code, "/remove"),
            tell.word("licenses-module-off"),
        )
        .confirm(Tone::Bad, tell.word("licenses-module-off-ask"))
        .about(name_of(&own.code));
        rows.push(Row {
            actions: if may { vec![remove] } else { Vec::new() },
            ..Row::new(vec![
                Cell::text(name_of(&own.code)).note(own.code.clone()),
                Cell::badge(Badge {
                    tone,
                    text: tell.word(state),
                }),
                Cell::text(own.value.clone().unwrap_or_else(|| "—".to_owned())),
                tell.maybe_day(own.expires_at),
            ])
        });
    }
    // What it could have as well is offered to who may give it.
    let missing = known.modules.iter().filter(|module| {
        let mut own = license.modules.iter();
        may && !own.any(|own| own.code == module.code)
    });
    for module in missing {
        let [value, until] = module_fields(&module.code, &tell);
        let add = Action::new(place(&module.code, ""), tell.word("licenses-module-add"))
            .confirm(Tone::Neutral, tell.word("licenses-module-add-ask"))
            .field(value)
            .field(until)
            .about(module.name.clone());
        rows.push(Row {
            actions: vec![add],
            ..Row::new(vec![
                Cell::text(&module.name).note(module.code.clone()),
                Cell::badge(Badge {
                    tone: Tone::Neutral,
                    text: tell.word("licenses-module-none"),
                }),
                Cell::text("—"),
                Cell::text("—"),
            ])
        });
    }
    let columns = columns(&tell, &["module", "status", "module-value", "module-until"]);
    let title = tell.word("licenses-modules");
    Section {
        id: "modules",
        table: Some(Table::new(title.clone(), columns, rows)),
        empty: Some(tell.word("licenses-no-modules")),
        title,
        ..Section::default()
    }
}

fn seat_section(desk: &Desk, license: &License, found: &[Seat]) -> Section {
    let tell = desk.tell();
    let rows = found.iter().map(|seat| {
        let who = seat.user_name.clone().unwrap_or_else(|| "—".to_owned());
        let place = format!("/licenses/{}/seats/{}/release", license.id, seat.id);
        let release = Action::new(place, tell.word("licenses-seat-release"))
            .confirm(Tone::Bad, tell.word("licenses-seat-release-ask"))
            .about(who.clone());
        Row {
            actions: if desk.may(PermissionKey::SeatRelease) {
                vec![release]
            } else {
                Vec::new()
            },
            ..Row::new(vec![
                Cell::text(who).link(format!("/machines/{}", seat.machine_id)),
                tell.instant_cell(seat.taken_at),
                tell.instant_cell(seat.lease_until),
                tell.maybe_instant(seat.borrowed_until),
            ])
        }
    });
    let columns = columns(
        &tell,
        &["user", "seat-taken", "seat-until", "seat-borrowed"],
    );
    let title = tell.word("licenses-seats");
    Section {
        id: "seats",
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("licenses-no-seats")),
        title,
        ..Section::default()
    }
}

fn user_section(desk: &Desk, license: &License, found: &[LicenseUser]) -> Section {
    let tell = desk.tell();
    let place = format!("/licenses/{}/users", license.id);
    let rows = found.iter().map(|user| {
        let remove = Action::new(format!("{place}/remove"), tell.word("licenses-user-remove"))
            .confirm(Tone::Bad, tell.word("licenses-user-remove-ask"))
            .field(FieldView::hidden("user", user.name.clone()))
            .about(user.name.clone());
        Row {
            actions: if desk.may(PermissionKey::LicenseUserRemove) {
                vec![remove]
            } else {
                Vec::new()
            },
            ..Row::new(vec![
                Cell::text(&user.name),
                tell.instant_cell(user.added_at),
            ])
        }
    });
    let columns = columns(&tell, &["user", "since"]);
    let title = tell.word("licenses-users");
    let form = desk.may(PermissionKey::LicenseUserAdd).then(|| {
        let user = FieldView::text("user", tell.word("licenses-user")).required();
        FormView::new(place.clone(), tell.word("licenses-user-add"), vec![user])
    });
    Section {
        id: "users",
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("licenses-no-users")),
        form,
        title,
        ..Section::default()
    }
}

fn meter_section(desk: &Desk, license: &License, found: &[MeterState]) -> Section {
    let tell = desk.tell();
    let rows = found.iter().map(|state| {
        let limit = i64::try_from(state.meter.limit).unwrap_or(i64::MAX);
        let share = state.used.saturating_mul(100) / limit.max(1);
        let text = format!("{} / {}", tell.number(state.used), tell.number(limit));
        let place = format!("/licenses/{}/meters/{}/reset", license.id, state.meter.name);
        let reset = Action::new(place, tell.word("licenses-meter-reset"))
            .confirm(Tone::Bad, tell.word("licenses-meter-reset-ask"))
            .about(state.meter.name.clone());
        Row {
            actions: if desk.may(PermissionKey::LicenseResetMeter) {
                vec![reset]
            } else {
                Vec::new()
            },
            ..Row::new(vec![
                Cell::code(&state.meter.name),
                Cell::text(text).percent(u8::try_from(share.clamp(0, 100)).unwrap_or(100)),
                tell.maybe_instant(state.window.end),
            ])
        }
    });
    let columns = columns(&tell, &["meter", "used", "meter-anew"]);
    let title = tell.word("licenses-meters");
    Section {
        id: "meters",
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        title,
        ..Section::default()
    }
}

fn order_section(tell: &Tell, found: &[Order]) -> Section {
    let rows = found.iter().map(|order| {
        let tone = match order.state {
            OrderState::Paid => Tone::Ok,
            OrderState::Open => Tone::Warn,
            OrderState::Disputed => Tone::Bad,
            OrderState::Reversed | OrderState::Canceled => Tone::Neutral,
        };
        Row::new(vec![
            tell.day_cell(order.created_at)
                .link(format!("/orders/{}", order.id)),
            Cell::text(tell.money(order.total())),
            Cell::badge(Badge {
                tone,
                text: tell.word("licenses-order-open"),
            }),
            tell.maybe_day(order.due_at),
        ])
    });
    let columns = columns(tell, &["ordered", "amount", "status", "due"]);
    let title = tell.word("licenses-orders");
    Section {
        id: "orders",
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        title,
        ..Section::default()
    }
}

/// What helps machines without network.
fn offline_section(desk: &Desk, license: &License) -> Section {
    let tell = desk.tell();
    let export = desk.may(PermissionKey::MachineExportKey) && license.machines_used > 0;
    Section {
        id: "offline",
        title: tell.word("licenses-offline"),
        intro: Some(tell.word("licenses-offline-intro")),
        form: export.then(|| {
            let place = format!("/licenses/{}/computer-keys", license.id);
            FormView::new(place, tell.word("licenses-computer-keys"), Vec::new())
        }),
        links: vec![Link::new("/activate", tell.word("nav-help"))],
        ..Section::default()
    }
}

fn history_section(tell: &Tell, known: &Known) -> Section {
    let rows = known.history.iter().map(|(entry, who)| {
        let action = entry
            .action
            .trim_start_matches("license.")
            .replace('.', "-");
        let what = tell.value("license-event", &action);
        let by = || match entry.actor.as_str() {
            "program" => tell.word("licenses-by-program"),
            _ => tell.word("licenses-by-system"),
        };
        Row::new(vec![
            Cell::text(what),
            tell.maybe_instant(made_at(entry)),
            Cell::text(who.clone().unwrap_or_else(by)),
        ])
    });
    let columns = columns(tell, &["what", "when", "who"]);
    let title = tell.word("licenses-history");
    Section {
        id: "history",
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        title,
        ..Section::default()
    }
}
