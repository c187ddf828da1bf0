//! Who sells and who buys, as documents name them.

use alvara_domain::invoice::InvoiceParty;
use alvara_domain::node::Tenant;
use alvara_domain::order::Order;
use alvara_domain::payment::ask::PostalAddress;
use alvara_domain::tax_id::TaxId;
use alvara_store::{TenantTx, customers};
use alvara_tenants::brand_at;

use super::charge::payer;
use crate::AppResult;

/// The tenant as its published brand names it: by its legal name, or else its trade name, with its tax
/// number and address. What the brand does not say comes from the tenant's settings. It is the brand
/// of the root, whatever place sells: the tenant is who owes what a document says.
pub(super) fn seller(tx: &mut TenantTx<'_>, tenant: &Tenant) -> AppResult<InvoiceParty> {
    let brand = brand_at(tx, &[tenant.root_node_id])?;
    let mut lines = Vec::new();
    lines.extend(
        brand
            .tax_id
            .or_else(|| tenant.tax_id.as_ref().map(TaxId::printed)),
    );
    if brand.address.is_empty() {
        lines.extend(tenant.postal_address.iter().flat_map(address_lines));
    } else {
        lines.extend(brand.address);
    }
    Ok(InvoiceParty {
        name: brand.legal_name.unwrap_or(brand.trade_name),
        lines,
    })
}

/// Who holds what an order buys.
pub(super) fn buyer(tx: &mut TenantTx<'_>, order: &Order) -> AppResult<InvoiceParty> {
    let Some(payer) = payer(tx, order.node_id)? else {
        return Ok(InvoiceParty {
            name: order.node_id.to_string(),
            lines: Vec::new(),
        });
    };
    let mut lines = Vec::new();
    let tax_id = customers::find(tx, order.node_id)?.and_then(|placed| placed.customer.tax_id);
    lines.extend(tax_id.map(|tax_id| tax_id.printed()));
    lines.extend(payer.address.iter().flat_map(address_lines));
    lines.extend(payer.email);
    Ok(InvoiceParty {
        name: payer.name,
        lines,
    })
}

/// Street, town and country, a line each.
pub(super) fn address_lines(address: &PostalAddress) -> [String; 3] {
    let join = |parts: [Option<&str>; 3]| {
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    };
    [
        join([
            Some(&address.line1),
            address.number.as_deref(),
            address.line2.as_deref(),
        ]),
        join([
            address.district.as_deref(),
            Some(&address.city),
            Some(&address.state),
        ]),
        join([Some(&address.postal_code), Some(&address.country), None]),
    ]
}
