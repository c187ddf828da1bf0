//! Which versions a license may run.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::license::entitle::{Entitlements, entitle};
use alvara_domain::id::LicenseId;
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::{Access, Code};
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::LicenseRead;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer;
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

/// What a license is entitled to.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntitlementsView {
    /// Versions it may run by number: `*`, `1.0-2.9`, `1.0-`.
    versions: String,
    /// Versions that came out later are not included; null when none is too new.
    #[schema(value_type = Option<Instant>)]
    released_until: Option<UtcTime>,
    /// Every version of the product, the oldest first.
    listed: Vec<VersionEntitlement>,
}

/// One version, and what a program of it is told.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionEntitlement {
    /// Its number.
    #[schema(example = "2.1")]
    version: String,
    #[schema(value_type = Instant)]
    released_at: UtcTime,
    /// Whether the license runs it now.
    entitled: bool,
    /// Why, as a validation says it.
    #[schema(value_type = String, example = "MAINTENANCE_ENDED")]
    code: Code,
    /// `full`, `read_only` or `none`.
    #[schema(value_type = String, example = "full")]
    access: Access,
}

impl From<Entitlements> for EntitlementsView {
    fn from(found: Entitlements) -> Self {
        let listed = found
            .versions
            .into_iter()
            .map(|(version, verdict)| VersionEntitlement {
                version: format!("{}.{}", version.major, version.minor),
                released_at: version.released_at,
                entitled: verdict.valid,
                code: verdict.code,
                access: verdict.access,
            });
        Self {
            versions: found.license.terms.versions.to_string(),
            released_until: found.released_until,
            listed: listed.collect(),
        }
    }
}

/// Says which versions of its product a license may run.
#[utoipa::path(get, path = "/licenses/{id}/entitlements", tag = "licenses", operation_id = "license_entitlements", params(("id" = Id, Path)),
    responses((status = 200, description = "What it is entitled to.", body = EntitlementsView)))]
pub(crate) async fn entitlements(
    caller: Caller<LicenseRead>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| entitle(tx, id);
    let found = db.read(&caller.scope, read).await?;
    Ok(answer::ok(&EntitlementsView::from(found)))
}
