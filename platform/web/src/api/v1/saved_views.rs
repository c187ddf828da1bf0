//! Lists as somebody keeps them: one's own, and those shared where one works or above.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::saved_view::{
    Leave, NewView, ViewChange, create_view, delete_view, may_change, update_view,
};
use alvara_domain::id::SavedViewId;
use alvara_domain::saved_view::{ListName, SavedView, Sharing, Standing};
use alvara_domain::time::UtcTime;
use alvara_store::saved_views::{self, SavedViewFilter};
use alvara_store::{Db, Reach, TenantTx};
use alvara_tenants::permissions::{AccountRead, AccountUpdate};
use alvara_tenants::{PermissionKey, Principal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/saved-views").get(list).post(create))
        .service(
            web::resource("/saved-views/{id}")
                .get(get)
                .patch(update)
                .delete(remove),
        );
}

/// What somebody has to be allowed to see a list at all.
pub(crate) const fn needs(list: ListName) -> PermissionKey {
    match list {
        ListName::Licenses => PermissionKey::LicenseRead,
        ListName::Customers => PermissionKey::CustomerRead,
        ListName::Renewals => PermissionKey::LicenseRenew,
        ListName::Payments => PermissionKey::OrderRead,
        ListName::Charges => PermissionKey::ChargeRead,
        ListName::Machines => PermissionKey::MachineRead,
    }
}

/// How far somebody may go with views: sharing is for who looks after the people of a place and of
/// all below it.
pub(crate) fn leave_of(who: &Principal) -> Leave {
    match who.reach(PermissionKey::MemberUpdate) {
        Some(Reach::Tree) => Leave::Share,
        Some(Reach::Own) | None => Leave::Keep,
    }
}

fn sharing(shared: bool) -> Sharing {
    if shared {
        Sharing::Shared
    } else {
        Sharing::Private
    }
}

fn standing(pinned: bool) -> Standing {
    if pinned {
        Standing::Pinned
    } else {
        Standing::List
    }
}

/// A view of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct SavedViewView {
    #[schema(value_type = Id)]
    id: SavedViewId,
    /// `licenses`, `customers`, `renewals`, `payments`, `charges` or `machines`.
    #[schema(value_type = String)]
    list: ListName,
    name: String,
    /// What the list is narrowed to, as the parameters of its page.
    filters: BTreeMap<String, String>,
    /// Whether everybody at the place where it was shared, and below, sees it.
    shared: bool,
    /// Whether it stands on the first page, with the number of its rows.
    pinned: bool,
    /// Whether the caller may change it.
    changeable: bool,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl SavedViewView {
    fn of(view: SavedView, changeable: bool) -> Self {
        Self {
            id: view.id,
            list: view.list,
            name: view.name,
            filters: view.filters.into_map(),
            shared: view.sharing == Sharing::Shared,
            pinned: view.standing == Standing::Pinned,
            changeable,
            created_at: view.created_at,
            updated_at: view.updated_at,
        }
    }
}

/// A view to keep.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSavedViewBody {
    /// `licenses`, `customers`, `renewals`, `payments`, `charges` or `machines`.
    #[schema(value_type = String, example = "licenses")]
    list: ListName,
    /// Unique among one's own of the list.
    #[schema(example = "Ending this month")]
    name: Text<1, 60>,
    /// At least one parameter of the list's page, with a value that it takes: `q`, `status`,
    /// `product`, `kind`, `expires`, `node`, `batch` and `policy` for licenses; `q` and `status` for
    /// customers; `due` and `product` for renewals; `state` and `node` for payments; `state` and
    /// `method` for charges; `q`, `state` and `license` for machines.
    #[schema(example = json!({ "expires": "30" }))]
    filters: BTreeMap<String, String>,
    /// Everybody at the caller's place and below sees it, customers excepted. For who may change
    /// members there.
    #[serde(default)]
    shared: bool,
    /// Stands on the first page of whoever sees it, with the number of their rows.
    #[serde(default)]
    pinned: bool,
}

/// What to change of a view; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedViewChange {
    name: Option<Text<1, 60>>,
    /// Instead of all filters that there were.
    filters: Option<BTreeMap<String, String>>,
    shared: Option<bool>,
    pinned: Option<bool>,
}

/// Which views.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SavedViewParams {
    /// Of this list.
    #[param(value_type = Option<String>)]
    list: Option<ListName>,
    /// Only those that are pinned, or only those that are not.
    pinned: Option<bool>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the views that the caller sees: its own, and those shared where it works or above. Of a list
/// that the caller may not see there are none.
#[utoipa::path(get, path = "/saved-views", tag = "saved views", operation_id = "list_saved_views", params(SavedViewParams),
    responses((status = 200, description = "A page of views.", body = Listed<SavedViewView>)))]
pub(crate) async fn list(
    caller: Caller<AccountRead>,
    Params(params): Params<SavedViewParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = SavedViewFilter {
        list: params.list,
        standing: params.pinned.map(standing),
    };
    let who = caller.principal;
    let read = move |tx: &mut TenantTx<'_>| {
        let mut found = saved_views::list(tx, filter, &page)?;
        found
            .items
            .retain(|view| who.reach(needs(view.list)).is_some());
        let leave = leave_of(&who);
        Ok::<_, alvara_store::StoreError>(Listed::of(found, |view| {
            let changeable = may_change(tx, &view, leave);
            SavedViewView::of(view, changeable)
        }))
    };
    Ok(answer::ok(&db.read(&caller.scope, read).await?))
}

/// Keeps a view of a list. It holds no rows: whoever opens it sees their own.
#[utoipa::path(post, path = "/saved-views", tag = "saved views", operation_id = "create_saved_view", request_body = NewSavedViewBody,
    responses((status = 201, description = "Kept.", body = SavedViewView)))]
pub(crate) async fn create(
    caller: Caller<AccountUpdate>,
    Json(body): Json<NewSavedViewBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let leave = leave_of(&caller.principal);
    let new = NewView {
        list: body.list,
        name: body.name.into_string(),
        filters: body.filters,
        sharing: sharing(body.shared),
        standing: standing(body.pinned),
    };
    let view = db
        .write(&caller.scope, move |tx| create_view(tx, &new, leave))
        .await?;
    let location = format!("/api/v1/saved-views/{}", view.id);
    let version = view.version;
    let shown = SavedViewView::of(view, true);
    Ok(answer::created_version(&location, version, &shown))
}

/// Shows a view.
#[utoipa::path(get, path = "/saved-views/{id}", tag = "saved views", operation_id = "get_saved_view", params(("id" = Id, Path)),
    responses((status = 200, description = "The view.", body = SavedViewView)))]
pub(crate) async fn get(
    caller: Caller<AccountRead>,
    Segments(id): Segments<SavedViewId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let leave = leave_of(&caller.principal);
    let read = move |tx: &mut TenantTx<'_>| {
        let found = saved_views::find(tx, id)?;
        Ok::<_, alvara_store::StoreError>(found.map(|view| {
            let changeable = may_change(tx, &view, leave);
            (view.version, SavedViewView::of(view, changeable))
        }))
    };
    let found = db.read(&caller.scope, read).await?;
    let (version, shown) = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(version, &shown))
}

/// Renames, shares, pins a view, or changes what it narrows to. One's own; who may share, also what
/// was shared at the very place they work at.
#[utoipa::path(patch, path = "/saved-views/{id}", tag = "saved views", operation_id = "update_saved_view", params(("id" = Id, Path)),
    request_body = SavedViewChange, responses((status = 200, description = "Changed.", body = SavedViewView)))]
pub(crate) async fn update(
    caller: Caller<AccountUpdate>,
    Segments(id): Segments<SavedViewId>,
    if_match: IfMatch,
    Json(body): Json<SavedViewChange>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let leave = leave_of(&caller.principal);
    let change = ViewChange {
        name: body.name.map(Text::into_string),
        filters: body.filters,
        sharing: body.shared.map(sharing),
        standing: body.pinned.map(standing),
    };
    let work = move |tx: &mut TenantTx<'_>| {
        let view = update_view(tx, (id, if_match.expected()), &change, leave)?;
        let changeable = may_change(tx, &view, leave);
        Ok::<_, alvara_app::AppError>((view.version, SavedViewView::of(view, changeable)))
    };
    let (version, shown) = db.write(&caller.scope, work).await?;
    Ok(answer::version(version, &shown))
}

/// Lets a view go. The rows of its list stay what they are.
#[utoipa::path(delete, path = "/saved-views/{id}", tag = "saved views", operation_id = "delete_saved_view", params(("id" = Id, Path)),
    responses((status = 204, description = "Gone.")))]
pub(crate) async fn remove(
    caller: Caller<AccountUpdate>,
    Segments(id): Segments<SavedViewId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let leave = leave_of(&caller.principal);
    db.write(&caller.scope, move |tx| delete_view(tx, id, leave))
        .await?;
    Ok(answer::gone())
}
