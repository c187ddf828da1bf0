//! Confirming by hand that a charge was paid.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::Platform;
use alvara_app::billing::call;
use alvara_app::billing::confirm::Confirming;
use alvara_domain::id::ChargeId;
use alvara_domain::money::Money;
use alvara_tenants::permissions::ChargeRefund;
use serde::Deserialize;
use utoipa::ToSchema;

use super::load;
use crate::answer;
use crate::api::v1::orders::ChargeView;
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::schema::{self, Id};

/// Money that somebody has seen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmationBody {
    /// How much came, in all: at most what was asked for.
    #[schema(value_type = schema::Money)]
    amount: Money,
    /// Where it was seen; it stands in the audit log.
    #[schema(value_type = String, min_length = 1, max_length = 300)]
    note: Text<1, 300>,
}

/// Confirms by hand that a charge was paid, where nobody can be asked: a PIX code without a provider, a
/// title of a bank that speaks by files. Whoever confirms runs the whole tenant. A charge whose provider
/// answers questions is asked about instead, and is paid only if the provider says so.
#[utoipa::path(post, path = "/charges/{id}/confirmation", tag = "payments", operation_id = "confirm_charge", params(("id" = Id, Path)),
    request_body = ConfirmationBody, responses((status = 200, description = "The charge as it is now.", body = ChargeView)))]
pub(crate) async fn confirm(
    caller: Caller<ChargeRefund>,
    Segments(id): Segments<ChargeId>,
    Json(body): Json<ConfirmationBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let wanted = Confirming {
        charge: id,
        amount: body.amount,
        note: body.note.into_string(),
    };
    call::confirm(&platform, &caller.scope, wanted).await?;
    let scope = caller.scope.without_claim();
    Ok(answer::ok(&load(&platform, &scope, id).await?))
}
