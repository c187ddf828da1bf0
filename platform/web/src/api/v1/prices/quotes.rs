//! What a license would cost.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::price::{QuoteRequest, Quoted, quote as quote_license};
use alvara_domain::id::{NodeId, PlanId};
use alvara_domain::money::Money;
use alvara_domain::price::QuoteLine;
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::PriceRead;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::percent;
use crate::answer;
use crate::body::{Json, Text};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::schema::{self, Id};

/// What is to be bought, by whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuoteBody {
    #[schema(value_type = Id)]
    plan_id: PlanId,
    /// Codes of modules. Those that the plan's policy brings along cost nothing more.
    #[serde(default)]
    #[schema(max_items = 64)]
    modules: Vec<Text<1, 32>>,
    /// Who buys.
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// How much is taken off, in percent with at most two decimals.
    #[schema(minimum = 0, maximum = 100)]
    discount_percent: Option<f64>,
}

/// What it costs.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuoteView {
    lines: Vec<LineView>,
    /// Sum of the lines.
    #[schema(value_type = schema::Money)]
    price: Money,
    discount_percent: f64,
    /// What is taken off the sum: rounded once, half up.
    #[schema(value_type = schema::Money)]
    discount: Money,
    /// What is left to pay.
    #[schema(value_type = schema::Money)]
    total: Money,
    /// The largest discount that you may give.
    ceiling_percent: f64,
}

/// One thing that is bought.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineView {
    #[schema(value_type = Id)]
    subject_id: String,
    /// `plan` or `module`.
    kind: &'static str,
    code: String,
    #[schema(value_type = schema::Money)]
    price: Money,
}

impl From<QuoteLine> for LineView {
    fn from(line: QuoteLine) -> Self {
        Self {
            subject_id: line.subject.id(),
            kind: line.subject.kind().as_str(),
            code: line.code,
            price: line.price,
        }
    }
}

impl From<Quoted> for QuoteView {
    fn from(quoted: Quoted) -> Self {
        let quote = quoted.quote;
        Self {
            lines: quote.lines.into_iter().map(LineView::from).collect(),
            price: quote.price,
            discount_percent: quote.discount.percent(),
            discount: quote.taken_off,
            total: quote.total,
            ceiling_percent: quoted.ceiling.percent(),
        }
    }
}

/// Says what a license would cost a place. Nothing is written and nothing is reserved.
#[utoipa::path(post, path = "/quotes", tag = "quotas and prices", operation_id = "quote", request_body = QuoteBody,
    responses((status = 200, description = "What it costs.", body = QuoteView)))]
pub(crate) async fn quote(
    caller: Caller<PriceRead>,
    Json(body): Json<QuoteBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let request = QuoteRequest {
        plan_id: body.plan_id,
        modules: body.modules.into_iter().map(Text::into_string).collect(),
        node_id: body.node_id,
        discount: percent("/discount_percent", body.discount_percent)?,
    };
    // Through the door of writes, where an idempotency key is marked as done.
    let work = move |tx: &mut TenantTx<'_>| quote_license(tx, &request);
    let quoted = db.write(&caller.scope, work).await?;
    Ok(answer::ok(&QuoteView::from(quoted)))
}
