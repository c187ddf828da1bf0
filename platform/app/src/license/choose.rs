//! Finds the policy of a license that somebody asks for by product and kind alone, as programs do
//! that know no policies.

use alvara_domain::fault::FaultCode;
use alvara_domain::id::{PlanId, ProductId};
use alvara_domain::product::Policy;
use alvara_domain::terms::LicenseKind;
use alvara_store::page::PageRequest;
use alvara_store::{TenantTx, plans, policies, products, tenants};

use crate::error::{AppError, AppResult};

/// The oldest policy of the product whose licenses are of the first of these kinds that any policy
/// has. Without a product's code it is the tenant's default product, or else its only one.
///
/// # Errors
/// [`AppError::Invalid`] at `/product` or `/kind` where there is none.
pub fn choose_policy(
    tx: &mut TenantTx<'_>,
    product: Option<&str>,
    kinds: &[LicenseKind],
) -> AppResult<Policy> {
    let product = choose_product(tx, product)?;
    let mut all = Vec::new();
    let mut next = PageRequest::new(Some(200), None);
    loop {
        let page = policies::list(tx, Some(product), &next)?;
        all.extend(page.items);
        match page.next {
            Some(cursor) => next = PageRequest::new(Some(200), Some(cursor)),
            None => break,
        }
    }
    kinds
        .iter()
        .find_map(|kind| all.iter().find(|policy| policy.terms.kind == *kind))
        .cloned()
        .ok_or_else(|| {
            AppError::field(
                "/kind",
                FaultCode::Unknown,
                "the product has no policy of this kind",
            )
        })
}

/// The oldest plan of a policy, for those who know no plans; `None` where it is sold at none.
///
/// # Errors
/// When the database fails.
pub fn choose_plan(tx: &mut TenantTx<'_>, policy: &Policy) -> AppResult<Option<PlanId>> {
    let first = plans::list(tx, Some(policy.id), &PageRequest::new(Some(1), None))?;
    Ok(first.items.first().map(|plan| plan.id))
}

/// The product of a code; without one the tenant's default product, or else its only one.
///
/// # Errors
/// [`AppError::Invalid`] at `/product` where there is none.
pub fn choose_product(tx: &mut TenantTx<'_>, code: Option<&str>) -> AppResult<ProductId> {
    if let Some(code) = code {
        return products::find_by_code(tx, code)?
            .map(|product| product.id)
            .ok_or_else(|| {
                AppError::field("/product", FaultCode::Unknown, "there is no such product")
            });
    }
    if let Some(product) = tenants::load_own(tx)?.default_product_id {
        return Ok(product);
    }
    let some = products::list(tx, &PageRequest::new(Some(2), None))?.items;
    match some.as_slice() {
        [only] => Ok(only.id),
        _ => Err(AppError::field(
            "/product",
            FaultCode::Required,
            "the tenant has no default product",
        )),
    }
}
