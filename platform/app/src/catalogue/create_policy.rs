use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::ProductId;
use alvara_domain::product::{OfferState, Policy};
use alvara_domain::terms::Terms;
use alvara_store::{TenantTx, modules, offers, policies};

use crate::field::Fields;
use crate::{AppError, AppResult};

/// A policy to add.
#[derive(Debug, Clone)]
pub struct NewPolicy {
    /// Of which product: the tenant's own, or one that it is offered.
    pub product_id: ProductId,
    /// Unique in the product.
    pub code: String,
    /// At most 200 characters.
    pub name: String,
    /// What its licenses are born with.
    pub terms: Terms,
}

/// Adds the terms under which licenses of a product can be issued.
///
/// # Errors
/// [`AppError::Invalid`] with what is wrong in the terms below `/terms`, modules that the product
/// does not have among it; [`AppError::NotFound`], [`AppError::OfferWithdrawn`],
/// [`AppError::Taken`] for the code.
pub fn create_policy(tx: &mut TenantTx<'_>, request: &NewPolicy) -> AppResult<Policy> {
    let offer = offers::find(tx, request.product_id)?.ok_or(AppError::NotFound("product"))?;
    let mut fields = Fields::new();
    let code = fields.code("/code", &request.code);
    let name = fields.line("/name", &request.name, 200);
    check_terms(tx, &mut fields, request.product_id, &request.terms)?;
    fields.finish()?;
    if offer.state == OfferState::Withdrawn {
        return Err(AppError::OfferWithdrawn);
    }
    let policy = Policy {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        product_id: request.product_id,
        code,
        name,
        terms: request.terms.clone(),
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    policies::insert(tx, &policy).map_err(AppError::taken("/code"))?;
    tx.audit("policy.created", policy.id, (), &policy)?;
    tx.emit(EventKind::PolicyCreated, policy.id, &policy)?;
    Ok(policy)
}

/// What only the catalogue can say about terms is added to what they say about themselves.
pub(super) fn check_terms(
    tx: &mut TenantTx<'_>,
    fields: &mut Fields,
    product: ProductId,
    terms: &Terms,
) -> AppResult<()> {
    fields.adopt("/terms", terms.check());
    let sold = modules::list(tx, product)?;
    for (index, granted) in terms.modules.iter().enumerate() {
        if !sold.iter().any(|module| module.code == granted.code) {
            let pointer = format!("/terms/modules/{index}");
            fields.refuse(
                &pointer,
                FaultCode::Unknown,
                "the product has no module of this code",
            );
        }
    }
    Ok(())
}
