use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{NodeId, PolicyId, ProductId};
use alvara_domain::node::NodeKind;
use alvara_domain::registration::{RegistrationMode, RegistrationRule};
use alvara_store::{TenantTx, nodes, policies, products, registration_rules};

use crate::field::Fields;
use crate::{AppError, AppResult};

/// A rule, whole: what is `None` is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleChange {
    /// What becomes of a program.
    pub mode: RegistrationMode,
    /// On whose terms; it must be one of the product's. Needed where licenses are issued at once.
    pub policy_id: Option<PolicyId>,
    /// Under which place; it must hold customers. The root of the tree without.
    pub node_id: Option<NodeId>,
}

/// The rule of a product that the tenant sells, its own or an offered one. Where none was written,
/// nobody registers: a closed one of version 0.
///
/// # Errors
/// [`AppError::NotFound`] for a product that the tenant does not sell.
pub fn rule_of(tx: &mut TenantTx<'_>, product: ProductId) -> AppResult<RegistrationRule> {
    if products::find(tx, product)?.is_none() {
        return Err(AppError::NotFound("product"));
    }
    let written = registration_rules::find(tx, product)?;
    Ok(written.unwrap_or(RegistrationRule {
        tenant_id: tx.tenant(),
        product_id: product,
        mode: RegistrationMode::Closed,
        policy_id: None,
        node_id: None,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 0,
    }))
}

/// Writes the rule of a product. `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`], [`AppError::Stale`]; a scope that is only part of
/// the tenant is refused by the store.
pub fn put_rule(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    expected: i64,
    change: &RuleChange,
) -> AppResult<RegistrationRule> {
    let before = rule_of(tx, product)?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let mut fields = Fields::new();
    match change.policy_id {
        Some(policy) => {
            let fits = policies::find(tx, policy)?.is_some_and(|one| one.product_id == product);
            if !fits {
                let detail = "the product has no such policy";
                fields.refuse("/policy_id", FaultCode::Unknown, detail);
            }
        }
        None if change.mode == RegistrationMode::Automatic => {
            let detail = "say on whose terms the licenses are issued";
            fields.refuse("/policy_id", FaultCode::Required, detail);
        }
        None => {}
    }
    if let Some(node) = change.node_id {
        let holds = nodes::find(tx, node)?.is_some_and(|one| one.kind.may_hold(NodeKind::Customer));
        if !holds {
            let detail = "there is no such place that holds customers";
            fields.refuse("/node_id", FaultCode::Unknown, detail);
        }
    }
    fields.finish()?;
    registration_rules::put(
        tx,
        &RegistrationRule {
            mode: change.mode,
            policy_id: change.policy_id,
            node_id: change.node_id,
            ..before.clone()
        },
    )?;
    let rule = rule_of(tx, product)?;
    tx.audit("registration_rule.updated", product, &before, &rule)?;
    tx.emit(EventKind::RegistrationRuleUpdated, product, &rule)?;
    Ok(rule)
}
