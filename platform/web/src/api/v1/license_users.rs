//! The people whom a license names.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::license::users::{add as add_user, remove as remove_user};
use alvara_domain::id::LicenseId;
use alvara_domain::seat::LicenseUser;
use alvara_domain::time::UtcTime;
use alvara_store::{Db, license_users, licenses};
use alvara_tenants::permissions::{LicenseUserAdd, LicenseUserRead, LicenseUserRemove};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/licenses/{id}/users").get(list).post(add))
        .service(web::resource("/licenses/{id}/users/{user}").delete(remove));
}

/// A named user.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserView {
    /// As it was first said; case does not matter.
    user: String,
    #[schema(value_type = Instant)]
    added_at: UtcTime,
    /// The member, or the machine that said it first.
    added_by: String,
}

impl From<LicenseUser> for UserView {
    fn from(user: LicenseUser) -> Self {
        Self {
            user: user.name,
            added_at: user.added_at,
            added_by: user.added_by,
        }
    }
}

/// Somebody to name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBody {
    #[schema(value_type = String, min_length = 1, max_length = 254, example = "ana@example.test")]
    user: Text<1, 254>,
}

/// Lists the people whom a license names.
#[utoipa::path(get, path = "/licenses/{id}/users", tag = "licenses", operation_id = "list_license_users",
    params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of users.", body = Listed<UserView>)))]
pub(crate) async fn list(
    caller: Caller<LicenseUserRead>,
    Segments(license): Segments<LicenseId>,
    Params(params): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = params.request()?;
    let found = db
        .read(&caller.scope, move |tx| {
            let Some(_) = licenses::find(tx, license)? else {
                return Ok(None);
            };
            license_users::list(tx, license, &page).map(Some)
        })
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::of(found, UserView::from)))
}

/// Names a user in advance; a program names its user by itself when it activates.
#[utoipa::path(post, path = "/licenses/{id}/users", tag = "licenses", operation_id = "add_license_user",
    params(("id" = Id, Path)), request_body = UserBody,
    responses((status = 201, description = "Named.", body = UserView)))]
pub(crate) async fn add(
    caller: Caller<LicenseUserAdd>,
    Segments(license): Segments<LicenseId>,
    Json(body): Json<UserBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let user = body.user.into_string();
    let added = db
        .write(&caller.scope, move |tx| add_user(tx, license, &user))
        .await?;
    let place = format!("/api/v1/licenses/{license}/users");
    Ok(answer::created(&place, &UserView::from(added)))
}

/// Strikes a user off, which makes room for another. The machines this user works at are refused
/// from their next contact on.
#[utoipa::path(delete, path = "/licenses/{id}/users/{user}", tag = "licenses", operation_id = "remove_license_user",
    params(("id" = Id, Path), ("user" = String, Path, description = "The user's name, percent-encoded; case does not matter.")),
    responses((status = 204, description = "No longer named.")))]
pub(crate) async fn remove(
    caller: Caller<LicenseUserRemove>,
    Segments((license, user)): Segments<(LicenseId, String)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    db.write(&caller.scope, move |tx| remove_user(tx, license, &user))
        .await?;
    Ok(answer::gone())
}
