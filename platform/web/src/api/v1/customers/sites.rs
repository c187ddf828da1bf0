//! The premises of a customer.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::AppError;
use alvara_app::customer::{self, NewSite, SiteChange};
use alvara_domain::customer::Site;
use alvara_domain::id::{NodeId, SiteId};
use alvara_domain::time::UtcTime;
use alvara_store::{Db, TenantTx, sites};
use alvara_tenants::permissions::{CustomerRead, CustomerUpdate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

/// Premises of a customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct SiteView {
    #[schema(value_type = Id)]
    id: SiteId,
    name: String,
    address: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<Site> for SiteView {
    fn from(site: Site) -> Self {
        Self {
            id: site.id,
            name: site.name,
            address: site.address,
            created_at: site.created_at,
            updated_at: site.updated_at,
        }
    }
}

/// Premises to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteBody {
    /// Unique at the customer.
    #[schema(example = "Matriz")]
    name: Text<1, 100>,
    address: Option<Text<0, 500>>,
}

impl SiteBody {
    pub(crate) fn read(self) -> NewSite {
        let text = |text: Option<String>| text.unwrap_or_default();
        NewSite {
            name: self.name.into_string(),
            address: text(self.address.map(Text::into_string)),
        }
    }
}

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SitePatch {
    name: Option<Text<1, 100>>,
    address: Option<Text<0, 500>>,
}

/// Lists the sites of a customer.
#[utoipa::path(get, path = "/customers/{id}/sites", tag = "customers", operation_id = "list_sites", params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of sites.", body = Listed<SiteView>)))]
pub(crate) async fn list_sites(
    caller: Caller<CustomerRead>,
    Segments(id): Segments<NodeId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| sites::list(tx, id, &page))
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&Listed::of(found, SiteView::from)))
}

/// Adds a site to a customer.
#[utoipa::path(post, path = "/customers/{id}/sites", tag = "customers", operation_id = "add_site", params(("id" = Id, Path)),
    request_body = SiteBody, responses((status = 201, description = "Added.", body = SiteView)))]
pub(crate) async fn add_site(
    caller: Caller<CustomerUpdate>,
    Segments(id): Segments<NodeId>,
    Json(body): Json<SiteBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let new = body.read();
    let site = db
        .write(&caller.scope, move |tx| customer::add_site(tx, id, &new))
        .await?;
    let location = format!("/api/v1/customers/{id}/sites/{}", site.id);
    Ok(answer::created_version(
        &location,
        site.version,
        &SiteView::from(site),
    ))
}

/// Changes a site.
#[utoipa::path(patch, path = "/customers/{id}/sites/{site_id}", tag = "customers", operation_id = "update_site",
    params(("id" = Id, Path), ("site_id" = Id, Path)), request_body = SitePatch,
    responses((status = 200, description = "Changed.", body = SiteView)))]
pub(crate) async fn update_site(
    caller: Caller<CustomerUpdate>,
    Segments((id, site_id)): Segments<(NodeId, SiteId)>,
    if_match: IfMatch,
    Json(body): Json<SitePatch>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = SiteChange {
        name: body.name.map(Text::into_string),
        address: body.address.map(Text::into_string),
    };
    let work = move |tx: &mut TenantTx<'_>| {
        let present = sites::find(tx, id, site_id)?.ok_or(AppError::NotFound("site"))?;
        customer::update_site(tx, id, site_id, if_match.against(present.version), &change)
    };
    let site = db.write(&caller.scope, work).await?;
    Ok(answer::version(site.version, &SiteView::from(site)))
}

/// Removes a site.
#[utoipa::path(delete, path = "/customers/{id}/sites/{site_id}", tag = "customers", operation_id = "remove_site",
    params(("id" = Id, Path), ("site_id" = Id, Path)),
    responses((status = 204, description = "Removed.")))]
pub(crate) async fn remove_site(
    caller: Caller<CustomerUpdate>,
    Segments((id, site_id)): Segments<(NodeId, SiteId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    db.write(&caller.scope, move |tx| {
        customer::remove_site(tx, id, site_id)
    })
    .await?;
    Ok(answer::gone())
}
