//! Keeps lists as somebody wants them again, shares and pins them, and lets them go.

use std::collections::BTreeMap;

use alvara_domain::id::SavedViewId;
use alvara_domain::saved_view::{
    ListName, MOST_VIEWS, NAME_LENGTH, SavedView, Sharing, Standing, ViewFilters,
};
use alvara_store::{TenantTx, saved_views};
use serde::Serialize;

use crate::field::Fields;
use crate::{AppError, AppResult};

/// How far whoever acts may go with views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Keep some for itself.
    Keep,
    /// Share them with the place it works at and all below, and look after what others shared there.
    Share,
}

/// A view to keep.
#[derive(Debug, Clone)]
pub struct NewView {
    /// The list.
    pub list: ListName,
    /// At most 60 characters; unique among one's own of the list.
    pub name: String,
    /// What the list is narrowed to, as the parameters of its page.
    pub filters: BTreeMap<String, String>,
    /// Who else sees it.
    pub sharing: Sharing,
    /// Where it stands.
    pub standing: Standing,
}

/// What to change of a view; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ViewChange {
    /// Another name.
    pub name: Option<String>,
    /// Other filters, instead of all that there were.
    pub filters: Option<BTreeMap<String, String>>,
    /// Who else sees it.
    pub sharing: Option<Sharing>,
    /// Where it stands.
    pub standing: Option<Standing>,
}

/// What the audit chain says of a view.
#[derive(Serialize)]
struct Note<'a> {
    list: ListName,
    name: &'a str,
    filters: &'a BTreeMap<String, String>,
    shared: bool,
    pinned: bool,
}

impl<'a> Note<'a> {
    fn of(view: &'a SavedView) -> Self {
        Self {
            list: view.list,
            name: &view.name,
            filters: view.filters.as_map(),
            shared: view.sharing == Sharing::Shared,
            pinned: view.standing == Standing::Pinned,
        }
    }
}

fn narrowed(fields: &mut Fields, list: ListName, given: &BTreeMap<String, String>) -> ViewFilters {
    ViewFilters::check(list, given).unwrap_or_else(|faults| {
        fields.adopt("/filters", faults);
        ViewFilters::default()
    })
}

/// Keeps a view for whoever acts.
///
/// # Errors
/// [`AppError::Invalid`] with pointers below `/filters` for what the list does not know;
/// [`AppError::ExceedsOwnRights`] when it is to be shared without leave to; [`AppError::TooManyViews`];
/// [`AppError::Taken`] for the name.
pub fn create_view(tx: &mut TenantTx<'_>, new: &NewView, leave: Leave) -> AppResult<SavedView> {
    let mut fields = Fields::new();
    let name = fields.line("/name", &new.name, NAME_LENGTH);
    let filters = narrowed(&mut fields, new.list, &new.filters);
    fields.finish()?;
    if new.sharing == Sharing::Shared && leave == Leave::Keep {
        return Err(AppError::ExceedsOwnRights);
    }
    // Two at once may both be the last: the bound keeps a list short, nothing hangs on the number.
    if saved_views::count_own(tx)? >= MOST_VIEWS {
        return Err(AppError::TooManyViews { limit: MOST_VIEWS });
    }
    let view = SavedView {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        owner_id: tx.scope().actor().to_string(),
        node_id: tx.scope().path().id(),
        list: new.list,
        name,
        filters,
        sharing: new.sharing,
        standing: new.standing,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    saved_views::insert(tx, &view).map_err(AppError::taken("/name"))?;
    tx.audit("saved_view.created", view.id, (), Note::of(&view))?;
    Ok(view)
}

/// Whether whoever acts may change a view that it sees: its own, and with leave to share also what
/// was shared at the very place it works at.
#[must_use]
pub fn may_change(tx: &TenantTx<'_>, view: &SavedView, leave: Leave) -> bool {
    let scope = tx.scope();
    let looks_after = leave == Leave::Share
        && view.sharing == Sharing::Shared
        && view.node_id == scope.path().id();
    looks_after || view.owner_id == scope.actor().to_string()
}

fn load(tx: &mut TenantTx<'_>, id: SavedViewId, leave: Leave) -> AppResult<SavedView> {
    let view = saved_views::find(tx, id)?.ok_or(AppError::NotFound("view"))?;
    if may_change(tx, &view, leave) {
        Ok(view)
    } else {
        Err(AppError::ExceedsOwnRights)
    }
}

/// Changes a view. What is shared in the end needs leave to share; it is shared at the place of
/// whoever shares it. `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::ExceedsOwnRights`] for what somebody else keeps,
/// [`AppError::Stale`], [`AppError::Invalid`], [`AppError::Taken`] for the name.
pub fn update_view(
    tx: &mut TenantTx<'_>,
    (id, expected): (SavedViewId, Option<i64>),
    change: &ViewChange,
    leave: Leave,
) -> AppResult<SavedView> {
    let before = load(tx, id, leave)?;
    if expected.is_some_and(|expected| expected != before.version) {
        return Err(AppError::Stale);
    }
    let mut view = before.clone();
    let mut fields = Fields::new();
    if let Some(name) = &change.name {
        view.name = fields.line("/name", name, NAME_LENGTH);
    }
    if let Some(filters) = &change.filters {
        view.filters = narrowed(&mut fields, view.list, filters);
    }
    fields.finish()?;
    view.sharing = change.sharing.unwrap_or(view.sharing);
    view.standing = change.standing.unwrap_or(view.standing);
    if view.sharing == Sharing::Shared && leave == Leave::Keep {
        return Err(AppError::ExceedsOwnRights);
    }
    if before.sharing == Sharing::Private {
        view.node_id = tx.scope().path().id();
    }
    saved_views::update(tx, &view).map_err(AppError::taken("/name"))?;
    view.version += 1;
    view.updated_at = tx.now();
    tx.audit("saved_view.updated", id, Note::of(&before), Note::of(&view))?;
    Ok(view)
}

/// Lets a view go.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::ExceedsOwnRights`] for what somebody else keeps.
pub fn delete_view(tx: &mut TenantTx<'_>, id: SavedViewId, leave: Leave) -> AppResult<()> {
    let view = load(tx, id, leave)?;
    if !saved_views::remove(tx, id)? {
        return Err(AppError::NotFound("view"));
    }
    tx.audit("saved_view.deleted", id, Note::of(&view), ())?;
    Ok(())
}
