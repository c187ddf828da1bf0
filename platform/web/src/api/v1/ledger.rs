//! The books: the ledger, commissions, credit limits.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::billing::commission::set_rule;
use alvara_app::billing::credit::set_limit as set_credit;
use alvara_domain::commission::{Commission, CommissionRule};
use alvara_domain::id::{ChargeId, CommissionId, LedgerTransactionId, NodeId, OrderId};
use alvara_domain::ledger::Transaction;
use alvara_domain::money::{Currency, Money};
use alvara_domain::order::credit::CreditLimit;
use alvara_domain::time::UtcTime;
use alvara_store::commissions::{self, CommissionFilter};
use alvara_store::ledger::{self, LedgerFilter};
use alvara_store::{Db, StoreResult, TenantTx, credit_limits};
use alvara_tenants::permissions::{
    CommissionRead, CommissionUpdate, CreditLimitRead, CreditLimitUpdate, LedgerRead,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::prices::percent;
use crate::answer;
use crate::body::{Json, Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::problem::Problem;
use crate::schema::{self, Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/ledger").get(list))
        .service(web::resource("/commissions").get(list_commissions))
        .service(
            web::resource("/commission-rules/{id}")
                .get(get_rule)
                .put(put_rule),
        )
        .service(web::resource("/nodes/{id}/commission-statement").get(statement))
        .service(
            web::resource("/nodes/{id}/credit-limit")
                .get(get_limit)
                .put(put_limit),
        );
}

/// A line of a transaction.
#[derive(Serialize, ToSchema)]
pub(crate) struct LedgerEntryView {
    /// `clearing`, `receivable`, `revenue`, `surcharge`, `returns`, `fees`, `customer_credit`,
    /// `commission_expense` or `commission_payable`.
    account: &'static str,
    /// Whose, where the account has holders: a place or a payment account.
    holder: Option<String>,
    /// Positive is debit, negative is credit.
    amount_minor: i64,
}

/// What belongs together in the ledger; its entries sum to zero.
#[derive(Serialize, ToSchema)]
pub(crate) struct LedgerTransactionView {
    #[schema(value_type = Id)]
    id: LedgerTransactionId,
    #[schema(value_type = Id)]
    node_id: NodeId,
    #[schema(value_type = Id)]
    order_id: OrderId,
    #[schema(value_type = Option<Id>)]
    charge_id: Option<ChargeId>,
    /// `charge`, `deferred` or `withdrawn`.
    cause: &'static str,
    currency: String,
    #[schema(value_type = Instant)]
    at: UtcTime,
    entries: Vec<LedgerEntryView>,
}

impl From<Transaction> for LedgerTransactionView {
    fn from(one: Transaction) -> Self {
        let entries = one.entries.into_iter().map(|entry| LedgerEntryView {
            account: entry.account.as_str(),
            holder: Some(entry.holder).filter(|holder| !holder.is_empty()),
            amount_minor: entry.amount_minor,
        });
        Self {
            id: one.id,
            node_id: one.node_id,
            order_id: one.order_id,
            charge_id: one.charge_id,
            cause: one.cause.as_str(),
            currency: one.currency.to_string(),
            at: one.at,
            entries: entries.collect(),
        }
    }
}

/// Which transactions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LedgerParams {
    /// Those of one order.
    #[param(value_type = Option<Id>)]
    order_id: Option<OrderId>,
    /// Those of one charge.
    #[param(value_type = Option<Id>)]
    charge_id: Option<ChargeId>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the transactions of the ledger, the newest first.
#[utoipa::path(get, path = "/ledger", tag = "payments", operation_id = "list_ledger", params(LedgerParams),
    responses((status = 200, description = "A page of transactions.", body = Listed<LedgerTransactionView>)))]
pub(crate) async fn list(
    caller: Caller<LedgerRead>,
    Params(params): Params<LedgerParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = LedgerFilter {
        order: params.order_id,
        charge: params.charge_id,
    };
    let found = db
        .read(&caller.scope, move |tx| ledger::list(tx, &filter, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, LedgerTransactionView::from)))
}

/// What a place earned by a charge.
#[derive(Serialize, ToSchema)]
pub(crate) struct CommissionView {
    #[schema(value_type = Id)]
    id: CommissionId,
    #[schema(value_type = Id)]
    node_id: NodeId,
    #[schema(value_type = Id)]
    order_id: OrderId,
    #[schema(value_type = Id)]
    charge_id: ChargeId,
    /// The share that was in force when the money came, in percent.
    percent: f64,
    /// Of how much: what is left of the sale after refunds.
    #[schema(value_type = schema::Money)]
    base: Money,
    #[schema(value_type = schema::Money)]
    earned: Money,
    /// How much was taken back because money went back.
    #[schema(value_type = schema::Money)]
    reversed: Money,
    #[schema(value_type = Instant)]
    earned_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<Commission> for CommissionView {
    fn from(one: Commission) -> Self {
        let money = |minor| Money::new(minor, one.currency);
        Self {
            id: one.id,
            node_id: one.node_id,
            order_id: one.order_id,
            charge_id: one.charge_id,
            percent: one.share.percent(),
            base: money(one.base_minor),
            earned: money(one.earned_minor),
            reversed: money(one.peak_minor - one.earned_minor),
            earned_at: one.earned_at,
            updated_at: one.updated_at,
        }
    }
}

/// Which commissions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CommissionParams {
    /// Those of one place.
    #[param(value_type = Option<Id>)]
    node_id: Option<NodeId>,
    /// Those earned from then on.
    #[param(value_type = Option<Instant>)]
    from: Option<UtcTime>,
    /// Those earned before then.
    #[param(value_type = Option<Instant>)]
    until: Option<UtcTime>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists what places earned by sales, the newest first.
#[utoipa::path(get, path = "/commissions", tag = "payments", operation_id = "list_commissions", params(CommissionParams),
    responses((status = 200, description = "A page of commissions.", body = Listed<CommissionView>)))]
pub(crate) async fn list_commissions(
    caller: Caller<CommissionRead>,
    Params(params): Params<CommissionParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = CommissionFilter {
        node: params.node_id,
        from: params.from,
        until: params.until,
    };
    let found = db
        .read(&caller.scope, move |tx| {
            commissions::list(tx, &filter, &page)
        })
        .await?;
    Ok(answer::ok(&Listed::of(found, CommissionView::from)))
}

/// What a place gets of every sale at it or below it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CommissionRuleView {
    #[schema(value_type = Id)]
    node_id: NodeId,
    percent: f64,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<CommissionRule> for CommissionRuleView {
    fn from(rule: CommissionRule) -> Self {
        Self {
            node_id: rule.node_id,
            percent: rule.share.percent(),
            created_at: rule.created_at,
            updated_at: rule.updated_at,
        }
    }
}

/// A share to give.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommissionRuleBody {
    /// Of what is left of a sale, in percent with at most two decimals.
    #[schema(minimum = 0, maximum = 100)]
    percent: f64,
}

/// Shows what a place gets of every sale at it or below it.
#[utoipa::path(get, path = "/commission-rules/{id}", tag = "payments", operation_id = "get_commission_rule",
    params(("id" = Id, Path, description = "A place.")),
    responses((status = 200, description = "The rule.", body = CommissionRuleView)))]
pub(crate) async fn get_rule(
    caller: Caller<CommissionRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| commissions::find_rule(tx, id))
        .await?;
    let rule = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(
        rule.version,
        &CommissionRuleView::from(rule),
    ))
}

/// Says what a place gets of every sale at it or below it, from now on. All shares on a way through
/// the tree are at most the whole.
#[utoipa::path(put, path = "/commission-rules/{id}", tag = "payments", operation_id = "set_commission_rule",
    params(("id" = Id, Path, description = "A place.")),
    request_body = CommissionRuleBody, responses((status = 200, description = "Set.", body = CommissionRuleView)))]
pub(crate) async fn put_rule(
    caller: Caller<CommissionUpdate>,
    Segments(id): Segments<NodeId>,
    Json(body): Json<CommissionRuleBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let share = percent("/percent", Some(body.percent))?;
    let rule = db
        .write(&caller.scope, move |tx| set_rule(tx, id, share))
        .await?;
    Ok(answer::version(
        rule.version,
        &CommissionRuleView::from(rule),
    ))
}

/// For which time.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatementParams {
    /// In which currency; the tenant's own when left out.
    #[param(value_type = Option<String>)]
    currency: Option<Currency>,
    /// What was earned from then on.
    #[param(value_type = Option<Instant>)]
    from: Option<UtcTime>,
    /// What was earned before then.
    #[param(value_type = Option<Instant>)]
    until: Option<UtcTime>,
}

/// What a place earned in a time, net of what went back since.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatementView {
    #[schema(value_type = Id)]
    node_id: NodeId,
    #[schema(value_type = schema::Money)]
    earned: Money,
}

/// Sums up what a place earned in a time, net of what went back since.
#[utoipa::path(get, path = "/nodes/{id}/commission-statement", tag = "payments", operation_id = "get_commission_statement",
    params(("id" = Id, Path), StatementParams),
    responses((status = 200, description = "The statement.", body = StatementView)))]
pub(crate) async fn statement(
    caller: Caller<CommissionRead>,
    Segments(id): Segments<NodeId>,
    Params(params): Params<StatementParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| -> StoreResult<_> {
        if alvara_store::nodes::find(tx, id)?.is_none() {
            return Ok(None);
        }
        let currency = match params.currency {
            Some(currency) => currency,
            None => alvara_store::tenants::load_own(tx)?.currency,
        };
        let earned = commissions::total(tx, (id, currency), (params.from, params.until))?;
        Ok(Some(StatementView {
            node_id: id,
            earned: Money::new(earned, currency),
        }))
    };
    let found = db.read(&caller.scope, work).await?;
    Ok(answer::ok(&found.ok_or_else(Problem::not_found)?))
}

/// How much a place and those below it may owe.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreditLimitView {
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// The most that may be owed at once.
    #[schema(value_type = schema::Money)]
    limit: Money,
    /// What is owed now.
    #[schema(value_type = schema::Money)]
    used: Money,
    /// After how many days an order is due.
    days: u32,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<CreditLimit> for CreditLimitView {
    fn from(limit: CreditLimit) -> Self {
        let money = |minor| Money::new(minor, limit.currency);
        Self {
            node_id: limit.node_id,
            limit: money(limit.limit_minor),
            used: money(limit.used_minor),
            days: limit.days,
            created_at: limit.created_at,
            updated_at: limit.updated_at,
        }
    }
}

/// A limit to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreditLimitBody {
    #[schema(value_type = schema::Money)]
    limit: Money,
    #[schema(minimum = 1, maximum = 365, example = 28)]
    days: u32,
}

/// Shows how much a place and those below it may owe.
#[utoipa::path(get, path = "/nodes/{id}/credit-limit", tag = "payments", operation_id = "get_credit_limit", params(("id" = Id, Path)),
    responses((status = 200, description = "The limit.", body = CreditLimitView)))]
pub(crate) async fn get_limit(
    caller: Caller<CreditLimitRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| credit_limits::find(tx, id))
        .await?;
    let limit = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(
        limit.version,
        &CreditLimitView::from(limit),
    ))
}

/// Says how much a place below one's own, and those below it, may owe, and for how long.
#[utoipa::path(put, path = "/nodes/{id}/credit-limit", tag = "payments", operation_id = "set_credit_limit", params(("id" = Id, Path)),
    request_body = CreditLimitBody, responses((status = 200, description = "Set.", body = CreditLimitView)))]
pub(crate) async fn put_limit(
    caller: Caller<CreditLimitUpdate>,
    Segments(id): Segments<NodeId>,
    Json(body): Json<CreditLimitBody>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let limit = db
        .write(&caller.scope, move |tx| {
            set_credit(tx, id, body.limit, body.days)
        })
        .await?;
    Ok(answer::version(
        limit.version,
        &CreditLimitView::from(limit),
    ))
}
