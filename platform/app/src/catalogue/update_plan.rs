use alvara_domain::event::EventKind;
use alvara_domain::id::PlanId;
use alvara_domain::money::Money;
use alvara_domain::product::Plan;
use alvara_domain::time::Period;
use alvara_store::{TenantTx, plans};

use super::create_plan::check_period;
use crate::field::Fields;
use crate::{AppError, AppResult};

/// What to change of a plan; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct PlanChange {
    /// At most 200 characters.
    pub name: Option<String>,
    /// What one period costs from now on.
    pub price: Option<Money>,
    /// What one payment adds from now on.
    pub period: Option<Period>,
}

/// Changes a plan. `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Stale`].
pub fn update_plan(
    tx: &mut TenantTx<'_>,
    id: PlanId,
    expected: i64,
    change: &PlanChange,
) -> AppResult<Plan> {
    let before = plans::find(tx, id)?.ok_or(AppError::NotFound("plan"))?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let mut plan = before.clone();
    let mut fields = Fields::new();
    if let Some(name) = &change.name {
        plan.name = fields.line("/name", name, 200);
    }
    if let Some(price) = change.price {
        plan.price = fields.price("/price", price);
    }
    if let Some(period) = change.period {
        plan.period = check_period(&mut fields, period);
    }
    fields.finish()?;
    plans::update(tx, &plan)?;
    plan.version += 1;
    plan.updated_at = tx.now();
    tx.audit("plan.updated", id, &before, &plan)?;
    tx.emit(EventKind::PlanUpdated, id, &plan)?;
    Ok(plan)
}
