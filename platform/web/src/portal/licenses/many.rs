//! One thing done with many licenses: first what would happen, then, when somebody said yes, each by
//! itself, so that one that fails keeps none of the others from it.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_app::license::change_state::{Decision, decide};
use alvara_app::license::renew::{RenewBy, renew};
use alvara_domain::id::LicenseId;
use alvara_domain::license::{License, LicenseState};
use alvara_render::page::{
    Cell, Column, DetailPage, FieldView, FormView, Link, Row, Section, Table,
};
use alvara_store::{Db, StoreResult, TenantTx, licenses};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::LicenseRead;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::tell::Tell;
use super::Names;
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

/// More cannot be ticked on a page.
const MOST: usize = 200;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/licenses/chosen/{deed}").post(act));
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Suspend,
    Reinstate,
    Renew,
}

impl Deed {
    fn of(text: &str) -> Option<Self> {
        match text {
            "suspend" => Some(Self::Suspend),
            "reinstate" => Some(Self::Reinstate),
            "renew" => Some(Self::Renew),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::Renew => "renew",
        }
    }

    const fn needs(self) -> PermissionKey {
        match self {
            Self::Suspend => PermissionKey::LicenseSuspend,
            Self::Reinstate => PermissionKey::LicenseReinstate,
            Self::Renew => PermissionKey::LicenseRenew,
        }
    }

    /// Why a license is passed over; nothing when it is not.
    fn passes(self, license: &License) -> Option<&'static str> {
        match self {
            Self::Suspend if license.state != LicenseState::Active => {
                Some("licenses-skip-inactive")
            }
            Self::Reinstate if license.state != LicenseState::Suspended => {
                Some("licenses-skip-not-suspended")
            }
            Self::Renew if license.state == LicenseState::Revoked => Some("licenses-skip-revoked"),
            Self::Renew if license.term.period.is_none() => Some("licenses-skip-permanent"),
            _ => None,
        }
    }

    fn carry_out(
        self,
        tx: &mut TenantTx<'_>,
        id: LicenseId,
        reason: Option<&str>,
    ) -> AppResult<License> {
        match self {
            Self::Suspend => decide(tx, id, Decision::Suspend, reason),
            Self::Reinstate => decide(tx, id, Decision::Reinstate, None),
            Self::Renew => renew(tx, id, RenewBy::OwnPeriod),
        }
    }
}

async fn act(
    desk: Desk,
    _: Caller<LicenseRead>,
    Segments(deed): Segments<String>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let deed = Deed::of(&deed).ok_or_else(Problem::not_found)?;
    let scope = desk.scope(deed.needs())?;
    let ids: Vec<LicenseId> = entry
        .all("pick[]")
        .into_iter()
        .filter_map(|id| id.parse().ok())
        .take(MOST)
        .collect();
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        let mut found = Vec::new();
        for id in &ids {
            found.extend(licenses::find(tx, *id)?);
        }
        let mut names = Names::default();
        names.learn(tx, &found)?;
        Ok((found, names))
    };
    let (chosen, names) = db.read(&scope, read).await?;
    let (skipped, fit): (Vec<License>, Vec<License>) = chosen
        .into_iter()
        .partition(|license| deed.passes(license).is_some());
    let tell = desk.tell();
    if entry.text("_sure") != "yes" {
        let page = preview(deed, &fit, &skipped, (&names, &tell));
        return desk.show(&page);
    }
    let reason = Some(entry.text("reason").to_owned()).filter(|reason| !reason.is_empty());
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for license in fit {
        let (id, reason) = (license.id, reason.clone());
        let work = move |tx: &mut TenantTx<'_>| deed.carry_out(tx, id, reason.as_deref());
        match db.write(&scope, work).await {
            Ok(license) => done.push(license),
            Err(error) => failed.push((license, desk.sentence(&Problem::from(error)))),
        }
    }
    failed.extend(skipped.into_iter().map(|license| {
        let why = deed.passes(&license).unwrap_or("licenses-skip-inactive");
        (license, tell.word(why))
    }));
    desk.show(&result(deed, &done, &failed, (&names, &tell)))
}

fn head(deed: Deed, tell: &Tell) -> DetailPage {
    DetailPage {
        title: tell.word(&format!("licenses-{}", deed.name())),
        back: Some(Link::new("/licenses", tell.word("nav-licenses"))),
        ..DetailPage::default()
    }
}

/// The cells that every table here begins with.
fn cells(license: &License, (names, tell): (&Names, &Tell)) -> Vec<Cell> {
    vec![
        Cell::code(format!("…{}", license.key_hint)).link(format!("/licenses/{}", license.id)),
        Cell::text(names.product(license)),
        Cell::text(names.place(license)),
        Cell::badge(super::badge(license, tell)),
        super::end_cell(license, tell),
    ]
}

fn columns(tell: &Tell) -> Vec<Column> {
    ["key", "product", "customer", "status", "expires"]
        .map(|column| Column::text(tell.word(&format!("licenses-{column}"))))
        .into()
}

fn section(id: &'static str, some: &[License], shown: (&Names, &Tell)) -> Section {
    let (_, tell) = shown;
    let rows = some.iter().map(|license| Row::new(cells(license, shown)));
    let title = tell.word(&format!("licenses-chosen-{id}"));
    Section {
        id,
        table: Some(Table::new(title.clone(), columns(tell), rows.collect())),
        empty: Some(tell.word("licenses-chosen-none")),
        title,
        ..Section::default()
    }
}

fn left_out(some: &[(License, String)], shown: (&Names, &Tell)) -> Section {
    let (_, tell) = shown;
    let rows = some.iter().map(|(license, why)| {
        let mut cells = cells(license, shown);
        cells.push(Cell::text(why));
        Row::new(cells)
    });
    let mut columns = columns(tell);
    columns.push(Column::text(tell.word("portal-reason")));
    let title = tell.word("licenses-chosen-skipped");
    Section {
        id: "skipped",
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        title,
        ..Section::default()
    }
}

/// What would happen, and the question whether it shall.
fn preview(deed: Deed, fit: &[License], skipped: &[License], shown: (&Names, &Tell)) -> DetailPage {
    let (_, tell) = shown;
    let mut sections = vec![section("affected", fit, shown)];
    if !skipped.is_empty() {
        let some: Vec<(License, String)> = skipped
            .iter()
            .filter_map(|license| Some((license.clone(), tell.word(deed.passes(license)?))))
            .collect();
        sections.push(left_out(&some, shown));
    }
    if !fit.is_empty() {
        let mut fields = vec![FieldView::hidden("_sure", "yes")];
        fields.extend(
            fit.iter()
                .map(|license| FieldView::hidden("pick[]", license.id.to_string())),
        );
        if deed == Deed::Suspend {
            fields.push(FieldView::text("reason", tell.word("portal-reason")));
        }
        let title = tell.word(&format!("licenses-{}", deed.name()));
        let post = format!("/licenses/chosen/{}", deed.name());
        let mut form = FormView::new(post, title, fields)
            .cancel(Link::new("/licenses", tell.word("portal-cancel")));
        form.danger = deed == Deed::Suspend;
        sections.push(Section {
            id: "sure",
            title: tell.word("licenses-sure"),
            intro: Some(tell.word(&format!("licenses-{}-many", deed.name()))),
            form: Some(form),
            ..Section::default()
        });
    }
    DetailPage {
        sections,
        ..head(deed, tell)
    }
}

fn result(
    deed: Deed,
    done: &[License],
    failed: &[(License, String)],
    shown: (&Names, &Tell),
) -> DetailPage {
    let (_, tell) = shown;
    let mut sections = vec![section("done", done, shown)];
    if !failed.is_empty() {
        sections.push(left_out(failed, shown));
    }
    DetailPage {
        sections,
        ..head(deed, tell)
    }
}
