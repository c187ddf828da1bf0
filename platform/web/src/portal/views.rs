//! Views of lists that somebody keeps: above their list, on the first page, and the forms that keep,
//! change and let go one.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_app::saved_view::{Leave, may_change};
use alvara_domain::id::SavedViewId;
use alvara_domain::saved_view::{ListName, SavedView, Sharing, Standing, ViewFilters};
use alvara_domain::time::UtcTime;
use alvara_render::page::{
    Action, FieldView, Figure, FormPage, FormView, Link, ListPage, Tone, ViewLink, Views,
};
use alvara_store::page::PageRequest;
use alvara_store::saved_views::{self, SavedViewFilter};
use alvara_store::{Db, StoreResult, TenantTx};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::AccountUpdate;
use serde::Deserialize;

use super::desk::Desk;
use super::entry::Entry;
use super::home::Count;
use super::listing::{COUNTED, Query};
use super::tell::Tell;
use super::{customers, licenses, machines, payments, renewals};
use crate::api::v1::saved_views as interface;
use crate::body::{Json, Segments};
use crate::caller::Caller;
use crate::problem::Problem;

/// Views above a list.
const ABOVE: u32 = 200;

/// Counters on a first page: each costs as much as its list.
const PINNED: usize = 12;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/views").post(keep))
        .service(web::resource("/views/{id}").post(change))
        .service(web::resource("/views/{id}/delete").post(remove));
}

/// The address of a list.
const fn path(list: ListName) -> &'static str {
    match list {
        ListName::Licenses => "/licenses",
        ListName::Customers => "/customers",
        ListName::Renewals => "/renewals",
        ListName::Payments => "/payments",
        ListName::Charges => "/payments/charges",
        ListName::Machines => "/machines",
    }
}

/// The address of a list that is narrowed.
fn address(list: ListName, filters: &ViewFilters) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(filters.as_map())
        .finish();
    format!("{}?{query}", path(list))
}

fn leave_of(desk: &Desk) -> Leave {
    let who = desk.principal();
    who.map_or(Leave::Keep, |who| interface::leave_of(&who))
}

fn choices(tell: &Tell, leave: Leave, (sharing, standing): (Sharing, Standing)) -> Vec<FieldView> {
    let mut fields = Vec::new();
    let mut ask = |name: &str, key: &str, checked: bool| {
        // A box that is not ticked sends nothing: what precedes it says no.
        fields.push(FieldView::hidden(format!("{name}:no"), "false"));
        fields.push(FieldView {
            checked,
            ..FieldView::check(format!("{name}:bool"), tell.word(key))
        });
    };
    if leave == Leave::Share {
        ask("shared", "views-share", sharing == Sharing::Shared);
    }
    ask("pinned", "views-pin", standing == Standing::Pinned);
    fields
}

fn keep_form(list: ListName, filters: &ViewFilters, leave: Leave, tell: &Tell) -> FormView {
    let mut fields = vec![FieldView::hidden("list", list.as_str())];
    let narrowed = filters.as_map().iter();
    fields
        .extend(narrowed.map(|(name, value)| FieldView::hidden(format!("filters.{name}"), value)));
    fields.push(FieldView::text("name", tell.word("views-name")).required());
    fields.extend(choices(tell, leave, (Sharing::Private, Standing::List)));
    FormView::new("/views", tell.word("views-keep"), fields)
}

fn change_form(view: &SavedView, leave: Leave, tell: &Tell) -> FormView {
    let name = FieldView::text("name", tell.word("views-name"))
        .required()
        .value(&view.name);
    let mut fields = vec![
        FieldView::hidden("_version", view.version.to_string()),
        name,
    ];
    fields.extend(choices(tell, leave, (view.sharing, view.standing)));
    FormView::new(
        format!("/views/{}", view.id),
        tell.word("portal-save"),
        fields,
    )
}

fn removal(view: &SavedView, tell: &Tell) -> Action {
    Action::new(
        format!("/views/{}/delete", view.id),
        tell.word("views-delete"),
    )
    .confirm(Tone::Bad, tell.word("views-delete-ask"))
}

/// A view, and whether who reads the page may change it.
type Seen = (SavedView, bool);

async fn seen(desk: &Desk, db: &Db, filter: SavedViewFilter) -> Result<Vec<Seen>, Problem> {
    // A profile may leave anything out.
    if !desk.may(PermissionKey::AccountRead) {
        return Ok(Vec::new());
    }
    let scope = desk.scope(PermissionKey::AccountRead)?;
    let leave = leave_of(desk);
    let read = move |tx: &mut TenantTx<'_>| -> StoreResult<Vec<Seen>> {
        let found = saved_views::list(tx, filter, &PageRequest::new(Some(ABOVE), None))?;
        let told = found.items.into_iter().map(|view| {
            let changeable = may_change(tx, &view, leave);
            (view, changeable)
        });
        Ok(told.collect())
    };
    let mut found = db.read(&scope, read).await?;
    found.sort_by_cached_key(|(view, _)| view.name.to_lowercase());
    Ok(found)
}

/// Puts the views of a list above it, and the form that keeps what its address asks for, or changes
/// the view that this is.
///
/// # Errors
/// When the database fails.
pub(super) async fn above(
    desk: &Desk,
    db: &Db,
    page: &mut ListPage,
    (list, query): (ListName, &Query),
) -> Result<(), Problem> {
    let tell = desk.tell();
    let of_list = SavedViewFilter {
        list: Some(list),
        standing: None,
    };
    let found = seen(desk, db, of_list).await?;
    let here = ViewFilters::of_address(list, query.pairs());
    let is_here = |view: &SavedView| !here.is_empty() && view.filters == here;
    let leave = leave_of(desk);
    let changes = desk.may(PermissionKey::AccountUpdate);
    let mine = |(view, changeable): &&Seen| *changeable && is_here(view);
    let current = found.iter().find(mine).filter(|_| changes);
    let is_new = changes && !here.is_empty() && !found.iter().any(|(view, _)| is_here(view));
    page.views = Views {
        links: found
            .iter()
            .map(|(view, _)| ViewLink {
                href: address(list, &view.filters),
                label: view.name.clone(),
                current: is_here(view),
                shared: view.sharing == Sharing::Shared,
            })
            .collect(),
        save: is_new.then(|| keep_form(list, &here, leave, &tell)),
        change: current.map(|(view, _)| change_form(view, leave, &tell)),
        delete: current.map(|(view, _)| removal(view, &tell)),
    };
    Ok(())
}

/// How many rows a list has, up to some more than are told.
fn count(tx: &mut TenantTx<'_>, list: ListName, query: &Query, now: UtcTime) -> AppResult<i64> {
    Ok(match list {
        ListName::Licenses => licenses::count(tx, query, now)?,
        ListName::Customers => customers::count(tx, query)?,
        ListName::Renewals => renewals::count(tx, query, now)?,
        ListName::Payments => payments::count_orders(tx, query)?,
        ListName::Charges => payments::count_charges(tx, query)?,
        ListName::Machines => machines::count(tx, query, now)?,
    })
}

/// The views that stand on the first page, with the number of rows that the reader sees in each.
///
/// # Errors
/// When the database fails.
pub(super) async fn pinned(desk: &Desk, db: &Db) -> Result<Vec<Figure>, Problem> {
    let tell = desk.tell();
    let filter = SavedViewFilter {
        list: None,
        standing: Some(Standing::Pinned),
    };
    let found = seen(desk, db, filter).await?;
    let visible = found
        .into_iter()
        .filter(|(view, _)| desk.may(interface::needs(view.list)));
    let mut figures = Vec::new();
    for (view, _) in visible.take(PINNED) {
        let scope = desk.scope(interface::needs(view.list))?;
        let (list, now) = (view.list, tell.now());
        let query = Query::kept(path(list), view.filters.as_map());
        let read = move |tx: &mut TenantTx<'_>| count(tx, list, &query, now);
        let number = db.read(&scope, read).await?;
        let place = address(view.list, &view.filters);
        let count = Count::up_to(number, COUNTED);
        figures.push(count.figure(view.name, Tone::Neutral, &place, &tell));
    }
    Ok(figures)
}

/// What a form says of the list that it was made on.
#[derive(Deserialize)]
struct Made {
    list: ListName,
    #[serde(default)]
    filters: BTreeMap<String, String>,
}

async fn keep(
    desk: Desk,
    caller: Caller<AccountUpdate>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let made: Made = entry.read()?;
    let pairs = made.filters.iter();
    let pairs = pairs.map(|(name, value)| (name.as_str(), value.as_str()));
    let filters = ViewFilters::of_address(made.list, pairs);
    let back = address(made.list, &filters);
    let kept = match entry.read() {
        Ok(body) => interface::create(caller, Json(body), db).await,
        Err(problem) => Err(problem),
    };
    let Err(problem) = kept else {
        return Ok(desk.done(&back, "view-saved"));
    };
    let tell = desk.tell();
    let form = keep_form(made.list, &filters, leave_of(&desk), &tell);
    let page = form_page("views-save", form, back, &tell);
    desk.retry(page, &entry, problem)
}

fn form_page(title: &str, form: FormView, back: String, tell: &Tell) -> FormPage {
    FormPage {
        title: tell.word(title),
        back: Some(Link::new(back, tell.word("portal-back"))),
        form,
        ..FormPage::default()
    }
}

/// A view that a form is about.
async fn load(
    caller: &Caller<AccountUpdate>,
    db: &Db,
    id: SavedViewId,
) -> Result<SavedView, Problem> {
    let read = move |tx: &mut TenantTx<'_>| saved_views::find(tx, id);
    let found = db.read(&caller.scope, read).await?;
    found.ok_or_else(Problem::not_found)
}

async fn change(
    desk: Desk,
    caller: Caller<AccountUpdate>,
    Segments(id): Segments<SavedViewId>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let view = load(&caller, &db, id).await?;
    let back = address(view.list, &view.filters);
    let changed = match entry.read() {
        Ok(body) => interface::update(caller, Segments(id), entry.version(), Json(body), db).await,
        Err(problem) => Err(problem),
    };
    let Err(problem) = changed else {
        return Ok(desk.done(&back, "view-changed"));
    };
    let tell = desk.tell();
    let form = change_form(&view, leave_of(&desk), &tell);
    desk.retry(
        form_page("views-change", form, back, &tell),
        &entry,
        problem,
    )
}

async fn remove(
    desk: Desk,
    caller: Caller<AccountUpdate>,
    Segments(id): Segments<SavedViewId>,
    _entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let view = load(&caller, &db, id).await?;
    interface::remove(caller, Segments(id), db).await?;
    Ok(desk.done(&address(view.list, &view.filters), "view-deleted"))
}
