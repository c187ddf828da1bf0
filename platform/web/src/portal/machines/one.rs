//! One machine: what is known of it, how busy it was, and what can be done.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::machine::history::{self, Dashboard, Range, Series};
use alvara_domain::id::MachineId;
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::metrics::{Resolution, Spread, fold};
use alvara_render::page::{
    Action, Cell, Column, DetailPage, Fact, FieldView, FormView, Link, Row, Section, Table, Tone,
};
use alvara_store::{Db, Scope};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::MachineRead;

use super::super::desk::Desk;
use super::super::listing::Query;
use super::super::tell::Tell;
use super::{badge, name, or_dash};
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/machines/{id}").get(show));
}

async fn show(
    desk: Desk,
    caller: Caller<MachineRead>,
    Segments(id): Segments<MachineId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let form = transfer_form(id, &desk.tell());
    answer(&desk, (&caller.scope, &db), id, (StatusCode::OK, form)).await
}

/// The form that hands the seat over.
pub(super) fn transfer_form(id: MachineId, tell: &Tell) -> FormView {
    let fields = vec![
        FieldView::text("fingerprint", tell.word("machines-fingerprint"))
            .required()
            .hint(tell.word("machines-fingerprint-hint")),
        FieldView::text("name", tell.word("machines-name")),
        FieldView::text("reason", tell.word("portal-reason")),
    ];
    FormView::new(
        format!("/machines/{id}/transfer"),
        tell.word("machines-transfer"),
        fields,
    )
}

/// The page of a machine, with the form of the transfer as it is given.
pub(super) async fn answer(
    desk: &Desk,
    (scope, db): (&Scope, &Db),
    id: MachineId,
    (status, form): (StatusCode, FormView),
) -> Result<HttpResponse, Problem> {
    let query = Query::of(desk);
    let range = match query.get("range") {
        Some("month") => Range::Month,
        _ => Range::Day,
    };
    let read = move |tx: &mut alvara_store::TenantTx<'_>| history::dashboard(tx, id, range);
    let found = db.read(scope, read).await?;
    desk.answer(status, &page(desk, &found, range, form))
}

fn page(desk: &Desk, found: &Dashboard, range: Range, form: FormView) -> DetailPage {
    let tell = desk.tell();
    let machine = &found.machine;
    let mut sections = vec![figures(machine, &found.series, range, &tell)];
    let holds_seat = machine.state.holds_seat();
    if holds_seat && desk.may(PermissionKey::MachineTransfer) {
        sections.push(Section {
            id: "transfer",
            title: tell.word("machines-transfer-title"),
            intro: Some(tell.word("machines-transfer-intro")),
            form: Some(form),
            ..Section::default()
        });
    }
    DetailPage {
        title: name(machine),
        badge: Some(badge(machine, &tell)),
        intro: machine.state_reason.clone(),
        back: Some(Link::new("/machines", tell.word("nav-machines"))),
        actions: actions(desk, machine, &tell),
        facts: facts(desk, found, &tell),
        sections,
        ..DetailPage::default()
    }
}

fn facts(desk: &Desk, found: &Dashboard, tell: &Tell) -> Vec<Fact> {
    let (machine, license) = (&found.machine, &found.license);
    let mut key = Cell::code(format!("…{}", license.key_hint)).note(found.product.name.clone());
    if desk.may(PermissionKey::LicenseRead) {
        key = key.link(format!("/licenses/{}", license.id));
    }
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("machines-{key}")), cell);
    let came = machine.state != MachineState::Reserved;
    let fingerprint = machine.fingerprint.to_string();
    let mut facts = vec![
        fact("license", key),
        fact("expires", tell.maybe_day(license.term.expires_at)),
        fact(
            "seen",
            tell.maybe_instant(came.then_some(machine.last_seen_at)),
        ),
        fact("since", tell.maybe_instant(found.since)),
        fact("activated", tell.instant_cell(machine.activated_at)),
        fact("version", Cell::text(or_dash(&machine.app_version))),
        fact("platform", Cell::text(or_dash(&machine.platform))),
        fact(
            "user",
            Cell::text(or_dash(machine.user_name.as_deref().unwrap_or_default())),
        ),
        fact(
            "site",
            Cell::text(or_dash(machine.site.as_deref().unwrap_or_default())),
        ),
        fact("address", Cell::code(or_dash(&machine.source_address))),
        fact("fingerprint", Cell::code(&fingerprint).copy(&fingerprint)),
    ];
    if let Some(instant) = machine.deactivated_at {
        facts.push(fact("deactivated", tell.instant_cell(instant)));
    }
    if let Some(instant) = machine.clone_suspected_at {
        let reason = machine.clone_reason.clone().unwrap_or_default();
        let why = tell.value("machines-clone", &reason);
        facts.push(fact("suspected", tell.instant_cell(instant).note(why)));
    }
    facts
}

fn actions(desk: &Desk, machine: &Machine, tell: &Tell) -> Vec<Action> {
    let place = |deed: &str| format!("/machines/{}/{deed}", machine.id);
    let word = |key: &str| tell.word(&format!("machines-{key}"));
    let mut actions = Vec::new();
    let runs = machine.state == MachineState::Active;
    if runs && desk.may(PermissionKey::MachineExportKey) {
        actions.push(Action::new(place("computer-key"), word("key-show")));
        actions.push(Action::new(place("computer-key.pem"), word("key-download")));
    }
    if machine.clone_suspected_at.is_some() && desk.may(PermissionKey::MachineClearSuspicion) {
        let ask = word("clear-ask");
        actions.push(Action::new(place("clearance"), word("clear")).confirm(Tone::Neutral, ask));
    }
    if desk.may(PermissionKey::MachineBlock) {
        match machine.state {
            MachineState::Active => actions.push(
                Action::new(place("block"), word("block"))
                    .confirm(Tone::Bad, word("block-ask"))
                    .field(FieldView::text("reason", tell.word("portal-reason"))),
            ),
            MachineState::Blocked => {
                actions.push(Action::new(place("unblock"), word("unblock")));
            }
            MachineState::Reserved | MachineState::Deactivated => {}
        }
    }
    if machine.state.holds_seat() && desk.may(PermissionKey::MachineDeactivate) {
        actions.push(
            Action::new(place("deactivation"), word("deactivate"))
                .confirm(Tone::Bad, word("deactivate-ask")),
        );
    }
    actions
}

/// A figure as text with a bar; hundredths of a percent.
fn share(hundredths: Option<i64>) -> Cell {
    match hundredths {
        None => Cell::text("—"),
        Some(value) => {
            let percent = value.div_euclid(100).clamp(0, 100);
            let bar = u8::try_from(percent).unwrap_or(100);
            Cell::text(format!("{percent} %")).percent(bar)
        }
    }
}

fn mean(spread: &Spread) -> Option<i64> {
    (spread.count > 0).then(|| spread.sum / spread.count)
}

/// How busy it is and was: a day by the hour, or thirty days by the day.
fn figures(machine: &Machine, series: &Series, range: Range, tell: &Tell) -> Section {
    let (coarse, other, key) = match range {
        Range::Day => (Resolution::Hour, "month", "machines-figures-month"),
        Range::Month | Range::Year => (Resolution::Day, "day", "machines-figures-day"),
    };
    let mut buckets = fold(series.buckets.clone(), coarse);
    buckets.reverse();
    let rows = buckets.iter().map(|bucket| {
        let at = match coarse {
            Resolution::Day => tell.day_cell(bucket.at),
            Resolution::FiveMinutes | Resolution::Hour => tell.instant_cell(bucket.at),
        };
        Row::new(vec![
            at,
            share(mean(&bucket.cpu)),
            share(mean(&bucket.memory)),
            share(mean(&bucket.disk)),
            Cell::text(tell.number(bucket.samples)),
        ])
    });
    let word = |key: &str| tell.word(&format!("machines-{key}"));
    let columns = vec![
        Column::text(word("figures-from")),
        Column::text(word("cpu")),
        Column::text(word("memory")),
        Column::text(word("disk")),
        Column::number(word("reports")),
    ];
    let now = machine.metrics;
    Section {
        id: "figures",
        title: word("figures"),
        facts: vec![
            Fact::new(word("cpu"), share(now.cpu)),
            Fact::new(word("memory"), share(now.memory)),
            Fact::new(word("disk"), share(now.disk)),
        ],
        table: Some(Table::new(word("figures"), columns, rows.collect())),
        empty: Some(word("figures-none")),
        links: vec![Link::new(
            format!("/machines/{}?range={other}#figures", machine.id),
            tell.word(key),
        )],
        ..Section::default()
    }
}
