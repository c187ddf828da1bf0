//! Policies at a price and period.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::plans as p;
use crate::tx::TenantTx;
use alvara_domain::id::{PlanId, PolicyId};
use alvara_domain::product::Plan;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = p)]
struct PlanRow {
    tenant_id: String,
    id: String,
    policy_id: String,
    code: String,
    name: String,
    price_minor: i64,
    currency: String,
    period: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<PlanRow> for Plan {
    type Error = StoreError;

    fn try_from(row: PlanRow) -> StoreResult<Self> {
        let r = Row::of("plans", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            policy_id: r.text("policy_id", &row.policy_id)?,
            price: r.money("currency", row.price_minor, &row.currency)?,
            period: r.text("period", &row.period)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
            code: row.code,
            name: row.name,
        })
    }
}

/// Adds a plan to a policy of the tenant.
///
/// # Errors
/// [`StoreError::Taken`] when the code is; [`StoreError::Referenced`] when there is no such policy;
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn insert(tx: &mut TenantTx<'_>, plan: &Plan) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let row = PlanRow {
        tenant_id: tx.tenant().to_string(),
        id: plan.id.to_string(),
        policy_id: plan.policy_id.to_string(),
        code: plan.code.clone(),
        name: plan.name.clone(),
        price_minor: plan.price.amount_minor,
        currency: plan.price.currency.to_string(),
        period: plan.period.to_string(),
        created_at: plan.created_at.micros(),
        updated_at: plan.updated_at.micros(),
        version: plan.version,
    };
    diesel::insert_into(p::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a plan of the tenant.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: PlanId) -> StoreResult<Option<Plan>> {
    let row: Option<PlanRow> = p::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(PlanRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Plan::try_from).transpose()
}

/// Lists the tenant's plans, those of one policy if one is named.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    policy: Option<PolicyId>,
    request: &PageRequest,
) -> StoreResult<Page<Plan>> {
    let mut query = p::table
        .filter(p::tenant_id.eq(tx.tenant().to_string()))
        .select(PlanRow::as_select())
        .into_boxed();
    if let Some(policy) = policy {
        query = query.filter(p::policy_id.eq(policy.to_string()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(p::id.gt(after));
    }
    let rows = query.order(p::id).limit(request.fetch()).load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Plan::try_from)
}

/// Writes name, price and period. `plan.version` must be the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not; [`StoreError::OutOfReach`] for a part of the tenant.
pub fn update(tx: &mut TenantTx<'_>, plan: &Plan) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let updated = diesel::update(p::table.find((tx.tenant().to_string(), plan.id.to_string())))
        .filter(p::version.eq(plan.version))
        .set((
            p::name.eq(&plan.name),
            p::price_minor.eq(plan.price.amount_minor),
            p::currency.eq(plan.price.currency.to_string()),
            p::period.eq(plan.period.to_string()),
            p::updated_at.eq(tx.now().micros()),
            p::version.eq(p::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}
