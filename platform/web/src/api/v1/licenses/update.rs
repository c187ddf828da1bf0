//! Changes what is not a decision about a license.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::license::update::{LicenseChange, update as update_license};
use alvara_domain::id::LicenseId;
use alvara_store::Db;
use alvara_tenants::permissions::LicenseUpdate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::LicenseView;
use crate::answer;
use crate::body::{Json, Segments, Text, nullable};
use crate::caller::Caller;
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::Id;

/// What to change of a license; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LicensePatch {
    /// For people.
    note: Option<Text<0, 500>>,
    /// The one user it is for; null takes the binding away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    user: Option<Option<Text<1, 254>>>,
    /// The one site it is for; null takes the binding away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    site: Option<Option<Text<1, 100>>>,
    /// How many machines, before the overage of its terms; null is no limit. Not below the machines
    /// that hold a seat.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<u32>, minimum = 1)]
    machine_limit: Option<Option<u32>>,
}

/// Changes a license's note, bindings or number of machines. What a computer key shows reaches each
/// machine at its next contact.
#[utoipa::path(patch, path = "/licenses/{id}", tag = "licenses", operation_id = "update_license", params(("id" = Id, Path)),
    request_body = LicensePatch, responses((status = 200, description = "Changed.", body = LicenseView)))]
pub(crate) async fn update(
    caller: Caller<LicenseUpdate>,
    Segments(id): Segments<LicenseId>,
    if_match: IfMatch,
    Json(body): Json<LicensePatch>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = LicenseChange {
        note: body.note.map(Text::into_string),
        user: body.user.map(|user| user.map(Text::into_string)),
        site: body.site.map(|site| site.map(Text::into_string)),
        machine_limit: body.machine_limit,
    };
    let license = db
        .write(&caller.scope, move |tx| {
            update_license(tx, id, if_match.expected(), &change)
        })
        .await?;
    Ok(answer::version(
        license.version,
        &LicenseView::of(license, db.clock().now()),
    ))
}
