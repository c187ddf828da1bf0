//! Many licenses at once: asked for in a moment, issued by a job, delivered as CSV.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use alvara_app::license::batch::{self, BatchRequest};
use alvara_app::license::issue::IssueRequest;
use alvara_app::machine::reserve::NamedMachine;
use alvara_app::{AppError, Platform};
use alvara_domain::id::{BatchId, NodeId, PlanId, PolicyId};
use alvara_domain::license::Batch;
use alvara_domain::time::UtcTime;
use alvara_store::page::{Cursor, PageRequest};
use alvara_store::{Db, Scope, TenantTx, batches};
use alvara_tenants::permissions::{BatchCreate, BatchRead, LicenseRevealKey};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::prices::percent;
use crate::answer;
use crate::api::v1::machines::NamedMachineBody;
use crate::body::{Json, Params, Segments, Text};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/license-batches").get(list).post(create))
        .service(web::resource("/license-batches/{id}").get(get))
        .service(web::resource("/license-batches/{id}/keys.csv").get(keys));
}

/// An issue in bulk and how far it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct BatchView {
    #[schema(value_type = Id)]
    id: BatchId,
    #[schema(value_type = Id)]
    policy_id: PolicyId,
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// How many were asked for.
    total: i64,
    /// How many are issued.
    issued: i64,
    /// `queued`, `running`, `done` or `failed`.
    state: &'static str,
    failure: Option<String>,
    created_by: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Option<Instant>)]
    finished_at: Option<UtcTime>,
}

impl From<Batch> for BatchView {
    fn from(batch: Batch) -> Self {
        Self {
            id: batch.id,
            policy_id: batch.policy_id,
            node_id: batch.node_id,
            total: batch.total,
            issued: batch.issued,
            state: batch.state.as_str(),
            failure: batch.failure,
            created_by: batch.created_by,
            created_at: batch.created_at,
            finished_at: batch.finished_at,
        }
    }
}

/// Licenses to issue, all alike.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchBody {
    #[schema(value_type = Id)]
    policy_id: PolicyId,
    /// Who holds them.
    #[schema(value_type = Id)]
    node_id: NodeId,
    #[schema(minimum = 1, maximum = 10_000, example = 100)]
    count: u32,
    /// At which plan of the policy they are sold.
    #[schema(value_type = Option<Id>)]
    plan_id: Option<PlanId>,
    /// How much is taken off the plan's price, in percent with at most two decimals.
    #[schema(minimum = 0, maximum = 100)]
    discount_percent: Option<f64>,
    /// Codes of modules instead of those of the policy.
    modules: Option<Vec<Text<1, 32>>>,
    /// The same as QLM writes it.
    #[schema(value_type = Option<String>, max_length = 60, example = "0:3;1:1")]
    features: Option<Text<0, 60>>,
    /// How many machines instead of the policy's limit.
    #[schema(minimum = 1)]
    machine_limit: Option<u32>,
    /// For people.
    note: Option<Text<0, 500>>,
    /// The machines they are for, one for each license and in the order of issue; none when left out.
    machines: Option<Vec<NamedMachineBody>>,
}

fn named(machines: Option<Vec<NamedMachineBody>>) -> Result<Vec<NamedMachine>, Problem> {
    let all = machines.unwrap_or_default().into_iter().enumerate();
    all.map(|(index, machine)| machine.read(&format!("/machines/{index}")))
        .collect()
}

/// Lists issues in bulk.
#[utoipa::path(get, path = "/license-batches", tag = "licenses", operation_id = "list_batches", params(PageParams),
    responses((status = 200, description = "A page of batches.", body = Listed<BatchView>)))]
pub(crate) async fn list(
    caller: Caller<BatchRead>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let found = db
        .read(&caller.scope, move |tx| batches::list(tx, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, BatchView::from)))
}

/// Asks for up to 10 000 licenses. They are issued in the background; see their progress at the
/// address in `Location`.
#[utoipa::path(post, path = "/license-batches", tag = "licenses", operation_id = "create_batch", request_body = BatchBody,
    responses((status = 202, description = "Taken in.", body = BatchView)))]
pub(crate) async fn create(
    caller: Caller<BatchCreate>,
    Json(body): Json<BatchBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let each = IssueRequest {
        plan_id: body.plan_id,
        discount: percent("/discount_percent", body.discount_percent)?,
        features: body.features.map(Text::into_string),
        modules: body
            .modules
            .map(|all| all.into_iter().map(Text::into_string).collect()),
        machine_limit: body.machine_limit,
        note: body.note.map(Text::into_string).unwrap_or_default(),
        ..IssueRequest::of(body.policy_id, body.node_id)
    };
    let request = BatchRequest {
        each,
        count: body.count,
        machines: named(body.machines)?,
    };
    let batch = db
        .write(&caller.scope, move |tx| batch::create(tx, &request))
        .await?;
    let location = format!("/api/v1/license-batches/{}", batch.id);
    Ok(answer::accepted(&location, &BatchView::from(batch)))
}

/// Shows how far an issue in bulk is.
#[utoipa::path(get, path = "/license-batches/{id}", tag = "licenses", operation_id = "get_batch", params(("id" = Id, Path)),
    responses((status = 200, description = "The batch.", body = BatchView)))]
pub(crate) async fn get(
    caller: Caller<BatchRead>,
    Segments(id): Segments<BatchId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| batches::find(tx, id))
        .await?;
    Ok(answer::ok(&BatchView::from(
        found.ok_or_else(Problem::not_found)?,
    )))
}

/// The keys of an issue in bulk as CSV (`license_id,key`), in the order of issue. That somebody
/// looked is put on record.
#[utoipa::path(get, path = "/license-batches/{id}/keys.csv", tag = "licenses", operation_id = "get_batch_keys", params(("id" = Id, Path)),
    responses((status = 200, description = "The keys issued so far.", body = String, content_type = "text/csv")))]
pub(crate) async fn keys(
    caller: Caller<LicenseRevealKey>,
    Segments(id): Segments<BatchId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    // The first page is read before the answer begins, so that a foreign batch is a clean 404.
    let platform = Platform::clone(&platform);
    let (first, next) = lines(&platform, &caller.scope, id, None).await?;
    let head = Bytes::from(format!("license_id,key\r\n{first}"));
    let rest = stream::try_unfold(
        (platform, caller.scope, next),
        move |(platform, scope, next)| async move {
            let Some(cursor) = next else {
                return Ok::<_, Problem>(None);
            };
            let (text, next) = lines(&platform, &scope, id, Some(cursor)).await?;
            Ok(Some((Bytes::from(text), (platform, scope, next))))
        },
    );
    let body = futures_util::StreamExt::chain(stream::once(async move { Ok(head) }), rest);
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{id}.csv\""),
        ))
        .streaming(body))
}

async fn lines(
    platform: &Platform,
    scope: &Scope,
    id: BatchId,
    after: Option<Cursor>,
) -> Result<(String, Option<Cursor>), Problem> {
    let (page, parts) = (PageRequest::new(Some(200), after), platform.clone());
    let work = move |tx: &mut TenantTx<'_>| batch::reveal_keys(tx, parts.vault(), id, &page);
    let (keys, next) = platform.db().write::<_, AppError>(scope, work).await?;
    let text = keys
        .iter()
        .map(|key| format!("{},{}\r\n", key.license_id, key.key.expose()))
        .collect();
    Ok((text, next))
}
