use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::PolicyId;
use alvara_domain::money::Money;
use alvara_domain::product::Plan;
use alvara_domain::time::Period;
use alvara_store::{TenantTx, plans, policies};

use crate::field::Fields;
use crate::{AppError, AppResult};

/// A plan to add.
#[derive(Debug, Clone)]
pub struct NewPlan {
    /// Which terms it sells.
    pub policy_id: PolicyId,
    /// Unique in the policy.
    pub code: String,
    /// At most 200 characters.
    pub name: String,
    /// What one period costs.
    pub price: Money,
    /// What one payment adds.
    pub period: Period,
}

/// Adds a policy's price for a period.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Taken`] for the code.
pub fn create_plan(tx: &mut TenantTx<'_>, request: &NewPlan) -> AppResult<Plan> {
    let mut fields = Fields::new();
    let code = fields.code("/code", &request.code);
    let name = fields.line("/name", &request.name, 200);
    let price = fields.price("/price", request.price);
    let period = check_period(&mut fields, request.period);
    fields.finish()?;
    let policy = policies::find(tx, request.policy_id)?.ok_or(AppError::NotFound("policy"))?;
    let plan = Plan {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        policy_id: policy.id,
        code,
        name,
        price,
        period,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    plans::insert(tx, &plan).map_err(AppError::taken("/code"))?;
    tx.audit("plan.created", plan.id, (), &plan)?;
    tx.emit(EventKind::PlanCreated, plan.id, &plan)?;
    Ok(plan)
}

pub(super) fn check_period(fields: &mut Fields, period: Period) -> Period {
    if period.is_zero() {
        fields.refuse(
            "/period",
            FaultCode::OutOfRange,
            "a period must last some time",
        );
    }
    period
}
