//! Issues many licenses at once: asked for in a moment, made by a job, with progress.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{BatchId, LicenseId};
use alvara_domain::license::{Batch, BatchState};
use alvara_store::TenantTx;
use alvara_store::licenses::{self, LicenseFilter};
use alvara_store::page::{Cursor, PageRequest};
use alvara_store::{batches, quotas, sales};
use alvara_vault::{Purpose, Secret, Vault};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::{AppError, AppResult};
use crate::job::JobKind;
use crate::license::issue::{IssueRequest, Recipe, reserve, seal_context};
use crate::machine::reserve::{NamedMachine, keep_seat};
use crate::quota::charge;

/// The most licenses of one batch.
pub const LARGEST: u32 = 10_000;
/// How many are issued in one transaction: few enough that others who write wait for milliseconds.
const CHUNK: i64 = 250;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRequest {
    /// What each license is.
    pub each: IssueRequest,
    /// How many, 1 to [`LARGEST`].
    pub count: u32,
    /// The machines they are for, one each and in this order; none when empty.
    #[serde(default)]
    pub machines: Vec<NamedMachine>,
}

/// How many bytes a request that names machines may have as JSON: what every database keeps in one
/// column.
const REQUEST_MOST: usize = 60_000;

/// What the job reads again.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    #[serde(flatten)]
    each: IssueRequest,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    machines: Vec<NamedMachine>,
}

impl Order {
    /// `each` is what every license is, at the plan that was found for it.
    fn of(request: &BatchRequest, each: &IssueRequest) -> AppResult<String> {
        let named = request.machines.len();
        if named > 0 && u32::try_from(named).ok() != Some(request.count) {
            return Err(AppError::field(
                "/machines",
                FaultCode::Conflict,
                "name one machine for each license, or none",
            ));
        }
        let order = Self {
            each: each.clone(),
            machines: request.machines.clone(),
        };
        let text = serde_json::to_string(&order)
            .map_err(|error| AppError::Inconsistent(error.to_string()))?;
        if named > 0 && text.len() > REQUEST_MOST {
            return Err(AppError::field(
                "/machines",
                FaultCode::TooLong,
                format!("at most {REQUEST_MOST} bytes in all"),
            ));
        }
        Ok(text)
    }
}

/// What the job is given.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BatchJob {
    pub(crate) batch_id: BatchId,
}

/// Takes the request in. The whole count is set against offer and quota at once, so that a batch does
/// not stop half-way for want of leave to issue; and it is sold at the prices of this moment.
///
/// # Errors
/// As for [`crate::license::issue::issue`], and [`AppError::Invalid`] for the count.
pub fn create(tx: &mut TenantTx<'_>, request: &BatchRequest) -> AppResult<Batch> {
    if !(1..=LARGEST).contains(&request.count) {
        return Err(AppError::field(
            "/count",
            FaultCode::OutOfRange,
            format!("1 to {LARGEST}"),
        ));
    }
    let count = i64::from(request.count);
    let recipe = Recipe::of(tx, &request.each)?;
    let mut sale = recipe.sale(tx)?;
    reserve(tx, recipe.product.id, count)?;
    sale.quota_node_id = charge(tx, recipe.node.id, recipe.product.id, count)?;
    let batch = Batch {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        node_id: recipe.node.id,
        policy_id: recipe.policy.id,
        request: Order::of(request, &recipe.request)?,
        total: count,
        issued: 0,
        state: BatchState::Queued,
        failure: None,
        created_by: tx.scope().actor().to_string(),
        created_at: tx.now(),
        finished_at: None,
    };
    batches::insert(tx, &batch)?;
    sales::insert_batch(tx, (batch.id, recipe.product.id), &sale, count)?;
    tx.enqueue(
        JobKind::IssueBatch.as_str(),
        BatchJob { batch_id: batch.id },
        tx.now(),
    )?;
    tx.audit("batch.created", batch.id, (), &batch)?;
    tx.emit(
        EventKind::BatchCreated,
        batch.id,
        json!({ "policy_id": batch.policy_id, "total": batch.total }),
    )?;
    Ok(batch)
}

/// Issues the next licenses of a batch and answers whether more remain. Which come next is read from
/// the batch's own count, raised in the same transaction: a job that dies is taken up where the last
/// commit left it, and none is issued twice.
///
/// # Errors
/// As for [`crate::license::issue::issue`].
pub fn issue_next(tx: &mut TenantTx<'_>, vault: &Vault, id: BatchId) -> AppResult<Progress> {
    let batch = batches::find(tx, id)?.ok_or(AppError::NotFound("batch"))?;
    if matches!(batch.state, BatchState::Done | BatchState::Failed) {
        return Ok(Progress::Finished);
    }
    let order: Order = serde_json::from_str(&batch.request)
        .map_err(|error| AppError::Inconsistent(format!("request of {id}: {error}")))?;
    let recipe = Recipe::of(tx, &order.each)?;
    let count = CHUNK.min(batch.total - batch.issued);
    let sale = sales::take_from_batch(tx, id, count)?.map(|taken| taken.sale);
    let sale = sale.unwrap_or_default();
    let first = usize::try_from(batch.issued).unwrap_or(usize::MAX);
    let named = order.machines.get(first..).unwrap_or_default();
    let mut made = Vec::new();
    for index in 0..usize::try_from(count).unwrap_or(0) {
        let mut license = recipe.make(tx, vault, Some(id))?.license;
        license.machines_used = i64::from(named.get(index).is_some());
        made.push(license);
    }
    licenses::insert_many(tx, &made)?;
    let sold: Vec<_> = made.iter().map(|license| (license.id, sale)).collect();
    sales::insert_many(tx, &sold)?;
    for (license, machine) in made.iter().zip(named) {
        keep_seat(tx, vault, license, machine)?;
    }
    let issued = batch.issued + count;
    if !batches::advance(tx, id, batch.issued, count)? {
        return Err(AppError::Stale);
    }
    if issued < batch.total {
        return Ok(Progress::More);
    }
    batches::finish(tx, id, BatchState::Done, None)?;
    tx.audit("batch.finished", id, (), json!({ "issued": issued }))?;
    tx.emit(EventKind::BatchFinished, id, json!({ "issued": issued }))?;
    Ok(Progress::Finished)
}

/// Whether a batch has more to issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Yes.
    More,
    /// No: every license is issued, or it failed.
    Finished,
}

/// Ends a batch that cannot go on. What was issued stays; the rest goes back to offer and quota.
///
/// # Errors
/// When the database fails.
pub fn give_up(tx: &mut TenantTx<'_>, id: BatchId, why: &str) -> AppResult<()> {
    let why: String = why.chars().take(300).collect();
    if !batches::finish(tx, id, BatchState::Failed, Some(&why))? {
        return Ok(());
    }
    // Read after it ended: nobody issues any more of it now.
    let Some(batch) = batches::find(tx, id)? else {
        return Ok(());
    };
    let rest = batch.total - batch.issued;
    if let Some(policy) = alvara_store::policies::find(tx, batch.policy_id)? {
        alvara_store::offers::return_licenses(tx, policy.product_id, rest)?;
        let charged = sales::take_from_batch(tx, id, rest)?;
        if let Some(holder) = charged.and_then(|charged| charged.sale.quota_node_id)
            && !quotas::add(tx, (holder, policy.product_id), (-rest, 0))?
        {
            return Err(AppError::contended());
        }
    }
    tx.audit(
        "batch.failed",
        id,
        (),
        json!({ "issued": batch.issued, "reason": why }),
    )?;
    tx.emit(
        EventKind::BatchFailed,
        id,
        json!({ "issued": batch.issued, "reason": why }),
    )?;
    Ok(())
}

/// One line of the list that a batch is delivered as.
#[derive(Debug)]
pub struct BatchKey {
    /// The license.
    pub license_id: LicenseId,
    /// Its activation key.
    pub key: Secret,
}

/// Some of a batch's keys in the order of issue, and the cursor for the next. Every look is on
/// record.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn reveal_keys(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    id: BatchId,
    page: &PageRequest,
) -> AppResult<(Vec<BatchKey>, Option<Cursor>)> {
    batches::find(tx, id)?.ok_or(AppError::NotFound("batch"))?;
    let filter = LicenseFilter {
        batch: Some(id),
        ..LicenseFilter::default()
    };
    let found = licenses::list(tx, &filter, page)?;
    let mut keys = Vec::new();
    for license in found.items {
        let key = vault.open_text(
            Purpose::ActivationKey,
            &seal_context(license.id),
            &license.key_sealed,
        )?;
        keys.push(BatchKey {
            license_id: license.id,
            key,
        });
    }
    tx.audit("batch.keys_revealed", id, (), json!({ "keys": keys.len() }))?;
    Ok((keys, found.next))
}
