use alvara_domain::event::EventKind;
use alvara_domain::id::PolicyId;
use alvara_domain::product::Policy;
use alvara_domain::terms::Terms;
use alvara_store::{TenantTx, policies};

use super::create_policy::check_terms;
use crate::field::Fields;
use crate::{AppError, AppResult};

/// What to change of a policy; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct PolicyChange {
    /// At most 200 characters.
    pub name: Option<String>,
    /// For licenses issued from now on; those that are out keep the terms they were born with.
    pub terms: Option<Terms>,
}

/// Changes a policy. `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Stale`].
pub fn update_policy(
    tx: &mut TenantTx<'_>,
    id: PolicyId,
    expected: i64,
    change: &PolicyChange,
) -> AppResult<Policy> {
    let before = policies::find(tx, id)?.ok_or(AppError::NotFound("policy"))?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let mut policy = before.clone();
    let mut fields = Fields::new();
    if let Some(name) = &change.name {
        policy.name = fields.line("/name", name, 200);
    }
    if let Some(terms) = &change.terms {
        check_terms(tx, &mut fields, before.product_id, terms)?;
        policy.terms.clone_from(terms);
    }
    fields.finish()?;
    policies::update(tx, &policy)?;
    policy.version += 1;
    policy.updated_at = tx.now();
    tx.audit("policy.updated", id, &before, &policy)?;
    tx.emit(EventKind::PolicyUpdated, id, &policy)?;
    Ok(policy)
}
