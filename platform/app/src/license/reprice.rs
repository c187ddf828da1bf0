//! Changes what a license was sold for: another price, another discount.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::LicenseId;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::money::{BasisPoints, Money};
use alvara_domain::price::Sale;
use alvara_store::{TenantTx, licenses, nodes, plans, policies, sales};
use serde_json::json;

use crate::price::{allow_discount, quote_of};
use crate::{AppError, AppResult};

/// What to change; what is `None` stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Repricing {
    /// The price before the discount.
    pub price: Option<Money>,
    /// How much is taken off it.
    pub discount: Option<BasisPoints>,
}

/// Changes what a license was sold for. A price below what its plan costs its holder now is a
/// discount too: both together may take off no more than the caller may give. A license that was
/// sold at no plan has no such price to compare with.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::Invalid`] for a price below nothing or in
/// another currency, and for a discount on no price; [`AppError::DiscountAboveCeiling`];
/// [`AppError::WrongState`] for a revoked license.
pub fn reprice(tx: &mut TenantTx<'_>, id: LicenseId, change: Repricing) -> AppResult<Sale> {
    if !licenses::hold(tx, id)? {
        return Err(AppError::NotFound("license"));
    }
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    if license.state == LicenseState::Revoked {
        return Err(AppError::WrongState {
            noun: "license",
            state: license.state.as_str(),
            wanted: "given another price",
        });
    }
    let before = sales::find(tx, id)?.unwrap_or_default();
    let after = Sale {
        price: change.price.or(before.price),
        discount: change.discount.unwrap_or(before.discount),
        ..before
    };
    if after == before {
        return Ok(before);
    }
    check(&before, &after)?;
    let discount = taken_off(tx, &license, &after)?;
    allow_discount(tx, discount)?;
    sales::put(tx, id, &after)?;
    tx.audit(
        "license.repriced",
        id,
        json!({ "price": before.price, "discount": before.discount.percent() }),
        json!({ "price": after.price, "discount": after.discount.percent() }),
    )?;
    tx.emit(
        EventKind::LicenseUpdated,
        id,
        json!({ "price": after.price, "discount_percent": after.discount.percent() }),
    )?;
    Ok(after)
}

fn check(before: &Sale, after: &Sale) -> AppResult<()> {
    let Some(price) = after.price else {
        let detail = "a discount is taken off a price, and there is none";
        return Err(AppError::field(
            "/discount_percent",
            FaultCode::Conflict,
            detail,
        ));
    };
    if price.amount_minor < 0 {
        return Err(AppError::field(
            "/price",
            FaultCode::OutOfRange,
            "0 or more",
        ));
    }
    if before
        .price
        .is_some_and(|before| before.currency != price.currency)
    {
        let detail = "a sale stays in its currency";
        return Err(AppError::field("/price", FaultCode::Conflict, detail));
    }
    Ok(())
}

/// What a sale takes off the price of its plan, in hundredths of a percent and rounded up; never
/// less than the discount it names.
fn taken_off(tx: &mut TenantTx<'_>, license: &License, sale: &Sale) -> AppResult<BasisPoints> {
    let plan = match sale.plan_id {
        Some(plan) => plans::find(tx, plan)?,
        None => None,
    };
    let (Some(plan), Some(price)) = (plan, sale.price) else {
        return Ok(sale.discount);
    };
    let policy = policies::find(tx, plan.policy_id)?.ok_or(AppError::NotFound("policy"))?;
    let holder = nodes::find(tx, license.node_id)?.ok_or(AppError::NotFound("node"))?;
    let codes: Vec<String> = license
        .modules
        .iter()
        .map(|module| module.code.clone())
        .collect();
    let listed = quote_of(tx, (&plan, &policy), &codes, &holder, BasisPoints::ZERO)?.price;
    let (whole, listed) = (
        i128::from(BasisPoints::ALL.count()),
        i128::from(listed.amount_minor),
    );
    if listed <= 0 {
        return Ok(sale.discount);
    }
    let left = i128::from(price.amount_minor) * (whole - i128::from(sale.discount.count()));
    let share = (listed * whole - left + listed - 1).div_euclid(listed);
    let share = i64::try_from(share).unwrap_or_default();
    let share = share.clamp(sale.discount.count(), BasisPoints::ALL.count());
    Ok(BasisPoints::try_from(share).unwrap_or(BasisPoints::ALL))
}
