//! Offers: which products of the operator's a tenant may sell, at what price, up to what limit.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::AppError;
use alvara_app::catalogue::{self, NewOffer, OfferChange};
use alvara_domain::id::{ProductId, TenantId};
use alvara_domain::money::Money;
use alvara_domain::product::Offer;
use alvara_domain::time::UtcTime;
use alvara_store::{Db, PlatformTx, offers};
use alvara_tenants::permissions::{OfferCreate, OfferRead, OfferUpdate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Json, Params, Segments, nullable};
use crate::caller::{Caller, Operator};
use crate::list::{Listed, PageParams};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{self, Id, Instant};

/// A product that a tenant sells: its own, or one that the operator offers it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfferView {
    #[schema(value_type = Id)]
    tenant_id: TenantId,
    #[schema(value_type = Id)]
    product_id: ProductId,
    /// Who owns the product.
    #[schema(value_type = Id)]
    owner_tenant_id: TenantId,
    /// `active` or `withdrawn`.
    state: &'static str,
    /// What the seller pays for each license.
    #[schema(value_type = schema::Money)]
    wholesale: Money,
    /// How many licenses may be issued in all; null is no limit.
    license_limit: Option<i64>,
    licenses_issued: i64,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<&Offer> for OfferView {
    fn from(offer: &Offer) -> Self {
        Self {
            tenant_id: offer.tenant_id,
            product_id: offer.product_id,
            owner_tenant_id: offer.owner_tenant_id,
            state: offer.state.as_str(),
            wholesale: offer.wholesale,
            license_limit: offer.license_limit,
            licenses_issued: offer.licenses_issued,
            created_at: offer.created_at,
            updated_at: offer.updated_at,
        }
    }
}

/// An offer to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfferBody {
    /// A product of the operator's.
    #[schema(value_type = Id)]
    product_id: ProductId,
    #[schema(value_type = schema::Money)]
    wholesale: Money,
    /// Null or left out is no limit.
    #[schema(minimum = 0)]
    license_limit: Option<i64>,
}

/// What to change of an offer; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfferPatch {
    #[schema(value_type = Option<schema::Money>)]
    wholesale: Option<Money>,
    /// Null takes the limit away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    license_limit: Option<Option<i64>>,
}

fn tagged(offer: &Offer) -> HttpResponse {
    answer::version(offer.version, &OfferView::from(offer))
}

/// Lists what one's own tenant may sell.
#[utoipa::path(get, path = "/offers", tag = "offers", operation_id = "list_offers", params(PageParams),
    responses((status = 200, description = "A page of offers.", body = Listed<OfferView>)))]
pub(crate) async fn list_offers(
    caller: Caller<OfferRead>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| offers::list(tx, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, |offer| {
        OfferView::from(&offer)
    })))
}

/// Lets a tenant sell a product of the operator's.
#[utoipa::path(post, path = "/tenants/{id}/offers", tag = "offers", operation_id = "make_offer", params(("id" = Id, Path)),
    request_body = OfferBody, responses((status = 201, description = "Offered.", body = OfferView)))]
pub(crate) async fn make_offer(
    caller: Operator<OfferCreate>,
    Segments(tenant_id): Segments<TenantId>,
    Json(body): Json<OfferBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let new = NewOffer {
        tenant_id,
        product_id: body.product_id,
        wholesale: body.wholesale,
        license_limit: body.license_limit,
    };
    let offer = db
        .platform_write(&caller.scope, move |tx| catalogue::offer_product(tx, &new))
        .await?;
    let location = format!("/api/v1/tenants/{tenant_id}/offers/{}", offer.product_id);
    Ok(answer::created_version(
        &location,
        offer.version,
        &OfferView::from(&offer),
    ))
}

/// Changes price or limit of an offer.
#[utoipa::path(patch, path = "/tenants/{id}/offers/{product_id}", tag = "offers", operation_id = "update_offer",
    params(("id" = Id, Path), ("product_id" = Id, Path)), request_body = OfferPatch,
    responses((status = 200, description = "Changed.", body = OfferView)))]
pub(crate) async fn update_offer(
    caller: Operator<OfferUpdate>,
    Segments(place): Segments<(TenantId, ProductId)>,
    if_match: IfMatch,
    Json(body): Json<OfferPatch>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let change = OfferChange {
        wholesale: body.wholesale,
        license_limit: body.license_limit,
    };
    let work = move |tx: &mut PlatformTx<'_>| {
        let present = offers::find_in(tx, place.0, place.1)?.ok_or(AppError::NotFound("offer"))?;
        catalogue::update_offer(tx, place, if_match.against(present.version), &change)
    };
    Ok(tagged(&db.platform_write(&caller.scope, work).await?))
}

/// Takes a product back from a tenant: it issues nothing new, what it sold keeps working.
#[utoipa::path(post, path = "/tenants/{id}/offers/{product_id}/withdrawal", tag = "offers", operation_id = "withdraw_offer",
    params(("id" = Id, Path), ("product_id" = Id, Path)), responses((status = 200, description = "Withdrawn.", body = OfferView)))]
pub(crate) async fn withdraw_offer(
    caller: Operator<OfferUpdate>,
    Segments(place): Segments<(TenantId, ProductId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut PlatformTx<'_>| catalogue::withdraw_offer(tx, place);
    Ok(tagged(&db.platform_write(&caller.scope, work).await?))
}

/// Lets a tenant sell again what was withdrawn from it.
#[utoipa::path(delete, path = "/tenants/{id}/offers/{product_id}/withdrawal", tag = "offers", operation_id = "restore_offer",
    params(("id" = Id, Path), ("product_id" = Id, Path)), responses((status = 200, description = "Restored.", body = OfferView)))]
pub(crate) async fn restore_offer(
    caller: Operator<OfferUpdate>,
    Segments(place): Segments<(TenantId, ProductId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut PlatformTx<'_>| catalogue::restore_offer(tx, place);
    Ok(tagged(&db.platform_write(&caller.scope, work).await?))
}
