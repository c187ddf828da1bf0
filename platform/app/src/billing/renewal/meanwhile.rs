//! What became of a renewal, its license and its order since somebody looked last.

use alvara_domain::event::EventKind;
use alvara_domain::id::ChargeId;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::node::TenantState;
use alvara_domain::order::{Order, OrderState};
use alvara_domain::recurring::{Mandate, Renewal, RenewalState};
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, charges, licenses, mandates, nodes, orders, renewals, tenants};

use crate::AppResult;

/// Whether a charge of a period with another end is under way: the end was moved by hand since, and
/// what is paid will move it again. What only waits for another try is tried no more: the license has
/// another end by now, and that is what is collected for.
pub(super) fn is_busy(
    tx: &mut TenantTx<'_>,
    mandate: &Mandate,
    ends_at: UtcTime,
) -> AppResult<bool> {
    for renewal in renewals::unpaid(tx, mandate.license_id)? {
        if renewal.ends_at == ends_at {
            continue;
        }
        if renewal.state == RenewalState::Waiting {
            let over = Renewal {
                state: RenewalState::GivenUp,
                next_at: None,
                ..renewal
            };
            let over = renewals::update(tx, over)?;
            tx.emit(EventKind::RenewalUpdated, over.mandate_id, &over)?;
        } else if renewal.state == RenewalState::Collecting {
            for (id, of) in renewals::charges_of(tx, renewal.mandate_id)? {
                let charge = charges::find(tx, id)?;
                if of == renewal.ends_at && charge.is_some_and(|one| one.state.is_open()) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// Whether a collection that was written down may still leave: not when its mandate was ended since,
/// its order was paid or called off, or its license is another's or may not be used. Whoever calls
/// has locked the order.
pub(in crate::billing) fn may_leave(
    tx: &mut TenantTx<'_>,
    charge: ChargeId,
    order: &Order,
) -> AppResult<bool> {
    if order.state != OrderState::Open {
        return Ok(false);
    }
    let Some((mandate_id, _)) = renewals::of_charge(tx, charge)? else {
        return Ok(true);
    };
    let Some(mandate) = mandates::lock(tx, mandate_id)? else {
        return Ok(false);
    };
    if mandate.ending.is_some() || mandate.state.is_over() {
        return Ok(false);
    }
    match licenses::find(tx, mandate.license_id)? {
        Some(license) if license.node_id == mandate.node_id => is_usable(tx, &license),
        _ => Ok(false),
    }
}

/// Whether a license may be used, by itself, by the place that holds it and by its tenant: nobody pays
/// for one that may not.
pub(crate) fn is_usable(tx: &mut TenantTx<'_>, license: &License) -> AppResult<bool> {
    let Some(holder) = nodes::find(tx, license.node_id)? else {
        return Ok(false);
    };
    let closed = nodes::list_suspended_above(tx, &holder.path)?;
    let is_open = tenants::load_own(tx)?.state == TenantState::Active && closed.is_empty();
    Ok(is_open && license.state == LicenseState::Active)
}

/// Whether a renewal is over that did not renew the license: it was given up, or its money went back,
/// and with it what it had given.
pub(crate) fn is_void(tx: &mut TenantTx<'_>, renewal: &Renewal) -> AppResult<bool> {
    Ok(match renewal.state {
        RenewalState::GivenUp => true,
        RenewalState::Paid => orders::find(tx, renewal.order_id)?
            .is_some_and(|order| order.state == OrderState::Reversed),
        RenewalState::Collecting | RenewalState::Waiting => false,
    })
}
