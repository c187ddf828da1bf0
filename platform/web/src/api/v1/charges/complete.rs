//! Going on with a charge when its customer comes back.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::Platform;
use alvara_app::billing::call;
use alvara_domain::id::ChargeId;
use alvara_domain::payment::ask::Pair;
use alvara_tenants::permissions::ChargeCreate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::load;
use crate::answer;
use crate::api::v1::orders::ChargeView;
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::problem::{Fault, Problem};
use crate::schema::Id;

/// The most parameters that a customer brings.
const MOST: usize = 50;

/// A parameter of an address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryParameter {
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "token")]
    name: Text<1, 100>,
    #[schema(value_type = String, max_length = 2000)]
    value: Text<0, 2000>,
}

/// What a customer came back with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompletionBody {
    /// The parameters of the address that the customer came back to, or what the provider's own fields
    /// made: `token`, and what belongs to it. Never a card's number.
    #[schema(max_items = 50)]
    query: Vec<QueryParameter>,
}

impl CompletionBody {
    /// The parameters as a plugin takes them.
    pub(crate) fn read(self) -> Result<Vec<Pair>, Problem> {
        if self.query.len() > MOST {
            let detail = format!("at most {MOST} parameters");
            return Err(Problem::field(Fault::text("/query", "too_long", detail)));
        }
        let pair = |one: QueryParameter| (one.name.into_string(), one.value.into_string());
        Ok(self.query.into_iter().map(pair).collect())
    }
}

/// Goes on with a charge by what its customer came back with: from the provider's page, from a
/// challenge of the card's bank, or with the token of the provider's fields. Sent again, it comes to the
/// same; a charge that is over is left as it is.
#[utoipa::path(post, path = "/charges/{id}/completion", tag = "payments", operation_id = "complete_charge", params(("id" = Id, Path)),
    request_body = CompletionBody, responses((status = 200, description = "The charge as it is now.", body = ChargeView)))]
pub(crate) async fn complete(
    caller: Caller<ChargeCreate>,
    Segments(id): Segments<ChargeId>,
    Json(body): Json<CompletionBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.without_claim();
    load(&platform, &scope, id).await?;
    let query = body.read()?;
    call::complete(&platform, &scope, id, &query).await?;
    Ok(answer::ok(&load(&platform, &scope, id).await?))
}
