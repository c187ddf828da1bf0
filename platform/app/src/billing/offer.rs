//! Holds the order of a license's renewal ready, and makes the link by which somebody pays an order
//! without signing in.

use alvara_domain::id::{LicenseId, OrderId, TenantId};
use alvara_domain::license::License;
use alvara_domain::money::BasisPoints;
use alvara_domain::order::{LineKind, Order, OrderLine, PaymentTerms};
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, licenses, nodes, orders, payment_accounts};
use alvara_vault::Vault;

use super::order::{self, LineRequest, OrderRequest};
use super::renewal::refusal;
use crate::{AppError, AppResult, Platform};

/// The methods by which an order is paid on the page of a link, the fastest first.
pub const METHODS: [&str; 4] = ["pix", "card", "stripe", "boleto"];

/// For how many days a link to pay is good.
pub const LINK_DAYS: i64 = 30;

/// For how many days a renewal that was ordered and not paid is offered again as it was priced, even
/// where it costs something else by now.
const FRESH_DAYS: i64 = 7;

/// Those of [`METHODS`] by which an account of the tenant collects on that page, the fastest first.
///
/// # Errors
/// When the database fails.
pub fn payable_methods(tx: &mut TenantTx<'_>) -> AppResult<Vec<&'static str>> {
    let mut methods = Vec::new();
    for method in METHODS {
        let Some(account) = payment_accounts::find_for_method(tx, method)? else {
            continue;
        };
        let account = payment_accounts::find(tx, account)?;
        // Fields of a provider need its own script, which the page does not load.
        let has_fields = account.is_some_and(|account| {
            let flow = account.config.iter().find(|(name, _)| name == "flow");
            flow.is_some_and(|(_, value)| value == "fields")
        });
        if !has_fields {
            methods.push(method);
        }
    }
    Ok(methods)
}

/// The path of the page on which an order of a tenant is paid without signing in. It holds the only
/// thing that page asks for: it is written into what goes to the payer, and neither stored nor logged.
///
/// # Errors
/// When the vault fails.
pub fn payment_path(
    platform: &Platform,
    (tenant, order): (TenantId, OrderId),
    now: UtcTime,
) -> AppResult<String> {
    let until = now.saturating_add_seconds(LINK_DAYS * 86_400);
    let token = platform.gate().payment_token(tenant, order, until)?;
    Ok(format!("/pay/{token}"))
}

/// The order that renews a license by one period for who holds it: the one that waits for its money
/// and still costs the same, or a new one.
///
/// # Errors
/// [`AppError::NotFound`]; otherwise those of [`order::create`].
pub fn renewal_of(tx: &mut TenantTx<'_>, vault: &Vault, id: LicenseId) -> AppResult<OrderId> {
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    for order in orders::open_with_license(tx, id)? {
        let lines = orders::lines(tx, order.id)?;
        let [line] = lines.as_slice() else {
            continue;
        };
        if order.node_id != license.node_id || !is_plain(&order, line) {
            continue;
        }
        let age = order.created_at.seconds_until(tx.now());
        if age < FRESH_DAYS * 86_400 || is_unchanged(tx, &license, (&order, line))? {
            return Ok(order.id);
        }
    }
    let request = OrderRequest {
        node_id: None,
        lines: vec![LineRequest::Renew {
            license: id,
            plan: None,
            quantity: 1,
        }],
        terms: PaymentTerms::Now,
        discount: BasisPoints::ZERO,
    };
    Ok(order::create(tx, vault, &request)?.order.id)
}

/// The same for whoever is only to be told of it: `None` where a rule is against it, such as a license
/// that was sold at no plan, or where nothing collects money.
pub(crate) fn renewal_if_any(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    id: LicenseId,
) -> AppResult<Option<OrderId>> {
    if payable_methods(tx)?.is_empty() {
        return Ok(None);
    }
    match tx.attempt(|tx| renewal_of(tx, vault, id)) {
        Ok(order) => Ok(Some(order)),
        Err(error) => refusal(error).map(|_| None),
    }
}

/// Whether an order renews one license by one period and does nothing else.
fn is_plain(order: &Order, line: &OrderLine) -> bool {
    line.kind == LineKind::Renew
        && line.quantity == 1
        && order.terms == PaymentTerms::Now
        && order.discount == BasisPoints::ZERO
}

/// Whether the same renewal would cost the same if it were ordered now, and is of the same period.
fn is_unchanged(
    tx: &mut TenantTx<'_>,
    license: &License,
    (order, line): (&Order, &OrderLine),
) -> AppResult<bool> {
    let holder = nodes::find(tx, license.node_id)?.ok_or(AppError::NotFound("node"))?;
    let again = tx.attempt(|tx| order::renewal(tx, (0, &holder), (license.id, None, 1)));
    Ok(match again {
        Ok((now, price)) => {
            now.expires_before == line.expires_before
                && now.plan_id == line.plan_id
                && price.amount_minor == line.unit_minor
                && price.currency == order.currency
        }
        Err(error) => refusal(error).map(|_| false)?,
    })
}
