//! Brings the licenses of an order to where what is known of it says they belong.
//!
//! There is one row for each license of a line, so whatever is told however often finds the one that
//! was issued. One that cannot be given is held with its reason, and the others are given all the same.

use std::collections::BTreeMap;

use alvara_domain::customer::{CustomerStatus, PersonKind};
use alvara_domain::ecommerce::{
    Purchase, ShopAccount, ShopFacts, ShopKind, ShopOrder, ShopUnit, UnitState, WantedUnit,
};
use alvara_domain::event::EventKind;
use alvara_domain::id::{LicenseId, NodeId, PlanId};
use alvara_domain::license::LicenseState;
use alvara_domain::mail::MailContent;
use alvara_domain::money::Money;
use alvara_domain::notice::NoticeKind;
use alvara_store::customers::CustomerFilter;
use alvara_store::page::PageRequest;
use alvara_store::{TenantTx, customers, licenses, nodes, plans, shop_orders, shops};
use alvara_vault::Vault;
use serde_json::json;

use crate::customer::{CustomerDetails, NewCustomer, create_customer};
use crate::license::change_state::{Decision, decide};
use crate::license::issue::{IssueRequest, issue};
use crate::mail::{self, NewMail};
use crate::notice::tell;
use crate::{AppError, AppResult};

/// Why a license was suspended here: only what was suspended for this is reinstated here.
const CONTESTED: &str = "the shop's payment is contested";
const RETURNED: &str = "the shop's payment went back";

/// What an order's licenses are, what became of them, and what was issued just now.
struct Round<'a> {
    vault: &'a Vault,
    account: &'a ShopAccount,
    home: Result<Option<NodeId>, String>,
    /// Why too little came for anything to be given.
    short: Option<String>,
    issued: Vec<LicenseId>,
}

pub(super) fn fulfil(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    account: &ShopAccount,
    mut order: ShopOrder,
) -> AppResult<()> {
    let known = shop_orders::units(tx, order.id)?;
    let mut units: BTreeMap<(u32, u32), ShopUnit> = known
        .into_iter()
        .map(|unit| ((unit.line, unit.unit), unit))
        .collect();
    let wanted = order.facts.units();
    let is_new = |one: &WantedUnit| {
        let stands = units.get(&(one.line, one.unit));
        one.state == UnitState::Given && stands.is_none_or(|unit| unit.license_id.is_none())
    };
    let mut round = Round {
        vault,
        account,
        home: Ok(order.node_id),
        short: None,
        issued: Vec::new(),
    };
    if wanted.iter().any(is_new) {
        round.short = shortfall(tx, account, &order.facts)?;
    }
    if order.node_id.is_none()
        && round.short.is_none()
        && wanted.iter().any(is_new)
        && let Some(purchase) = order.facts.purchase()
    {
        round.home = refused(tx.attempt(|tx| buyer(tx, account, purchase)))?.map(Some);
        order.node_id = round.home.clone().ok().flatten();
    }
    let mut changes = Vec::new();
    let mut held = None;
    for one in wanted {
        let unit = units.remove(&(one.line, one.unit)).unwrap_or(ShopUnit {
            line: one.line,
            unit: one.unit,
            sku: one.sku.clone(),
            state: UnitState::Waiting,
            reason: None,
            license_id: None,
        });
        let after = round.bring(tx, &unit, one.state)?;
        if after.state == UnitState::Held {
            held.clone_from(&after.reason);
        }
        if after != unit {
            shop_orders::put_unit(tx, order.id, &after)?;
            changes.push(json!({
                "line": after.line, "unit": after.unit, "before": unit.state, "after": after.state,
                "license_id": after.license_id, "reason": after.reason,
            }));
        }
    }
    held = order.facts.obstacle().or(held);
    finish(tx, account, &mut order, (held, changes))?;
    send(tx, account, &order, round.issued)
}

/// Writes the order, and tells the place of the shop when something is held that was not before.
fn finish(
    tx: &mut TenantTx<'_>,
    account: &ShopAccount,
    order: &mut ShopOrder,
    (held, changes): (Option<String>, Vec<serde_json::Value>),
) -> AppResult<()> {
    let was_held = std::mem::replace(&mut order.held, held.is_some());
    shop_orders::update(tx, order)?;
    if let Some(reason) = held.filter(|_| !was_held) {
        let what = json!({ "shop": account.name, "reference": order.reference, "reason": reason });
        tell(
            tx,
            account.node_id,
            NoticeKind::ShopOrderHeld,
            order.id,
            what,
        )?;
    }
    if !changes.is_empty() {
        let what = json!({ "account_id": account.id, "changes": changes });
        tx.audit("shop_order.changed", order.id, (), &what)?;
        tx.emit(EventKind::ShopOrderChanged, order.id, &what)?;
    }
    Ok(())
}

/// The keys go to who bought, in one mail.
fn send(
    tx: &mut TenantTx<'_>,
    account: &ShopAccount,
    order: &ShopOrder,
    issued: Vec<LicenseId>,
) -> AppResult<()> {
    let Some(purchase) = order.facts.purchase().filter(|_| !issued.is_empty()) else {
        return Ok(());
    };
    let mail = NewMail {
        place: order.node_id.unwrap_or(account.node_id),
        recipient: purchase.email.trim().to_lowercase(),
        locale: purchase.language.replace('_', "-"),
        content: MailContent::ShopKeys {
            name: purchase.name.clone(),
            reference: order.reference.clone(),
            licenses: issued,
        },
    };
    mail::post(tx, mail)?;
    Ok(())
}

impl Round<'_> {
    /// How a license stands once it is brought to where it belongs.
    fn bring(
        &mut self,
        tx: &mut TenantTx<'_>,
        unit: &ShopUnit,
        wanted: UnitState,
    ) -> AppResult<ShopUnit> {
        let mut after = unit.clone();
        let done = match (unit.license_id, wanted) {
            // What was taken back stays so: a license does not come back from revoked.
            _ if unit.state == UnitState::Withdrawn || unit.state == wanted => Ok(()),
            (None, UnitState::Given) => self.give(tx, &mut after)?,
            (Some(id), UnitState::Given) => refused(tx.attempt(|tx| reinstate(tx, id)))?,
            (Some(id), UnitState::Suspended) => refused(tx.attempt(|tx| suspend(tx, id)))?,
            (Some(id), UnitState::Withdrawn) => refused(tx.attempt(|tx| revoke(tx, id)))?,
            // Nothing was given: it is given when the dispute is won, or never.
            (None, UnitState::Suspended) => {
                after.state = UnitState::Waiting;
                after.reason = None;
                return Ok(after);
            }
            (None, UnitState::Withdrawn) => Ok(()),
            (_, UnitState::Waiting | UnitState::Held) => return Ok(after),
        };
        match done {
            Ok(()) if unit.state == UnitState::Withdrawn => {}
            Ok(()) => (after.state, after.reason) = (wanted, None),
            Err(reason) => (after.state, after.reason) = (UnitState::Held, Some(reason)),
        }
        Ok(after)
    }

    /// Issues a license, if its good is known here and there is somebody to hold it.
    fn give(
        &mut self,
        tx: &mut TenantTx<'_>,
        unit: &mut ShopUnit,
    ) -> AppResult<Result<(), String>> {
        if let Some(reason) = &self.short {
            return Ok(Err(reason.clone()));
        }
        let home = match &self.home {
            Ok(Some(home)) => *home,
            Ok(None) => return Ok(Err("the buyer is not known".to_owned())),
            Err(reason) => return Ok(Err(format!("the buyer cannot be a customer: {reason}"))),
        };
        let Some(good) = shops::find_sku(tx, self.account.id, &unit.sku)? else {
            return Ok(Err(format!("no plan is set for the good {:?}", unit.sku)));
        };
        let vault = self.vault;
        let issued = refused(tx.attempt(|tx| issue_one(tx, vault, good.plan_id, home)))?;
        Ok(issued.map(|id| {
            unit.license_id = Some(id);
            self.issued.push(id);
        }))
    }
}

/// Why too little came for an order whose goods and amounts the buyer may have written; `None` where
/// enough came, and where only the seller writes them.
fn shortfall(
    tx: &mut TenantTx<'_>,
    account: &ShopAccount,
    facts: &ShopFacts,
) -> AppResult<Option<String>> {
    if account.kind != ShopKind::Paypal {
        return Ok(None);
    }
    let Some(came) = facts.came() else {
        return Ok(Some("the shop does not say how much came".to_owned()));
    };
    let mut due = Money::new(0, came.currency);
    for line in facts.purchase().iter().flat_map(|bought| &bought.lines) {
        // What is not known here is given nobody, and may cost what it will.
        let Some(good) = shops::find_sku(tx, account.id, &line.sku)? else {
            continue;
        };
        let Some(least) = good.least else {
            return Ok(Some(format!("no least price is set for {:?}", line.sku)));
        };
        let sum = least.checked_times(line.quantity);
        match sum.and_then(|price| due.checked_add(price)) {
            Ok(sum) => due = sum,
            Err(error) => return Ok(Some(format!("what came cannot be compared: {error}"))),
        }
    }
    Ok((came.amount_minor < due.amount_minor).then(|| {
        format!(
            "{} of {} smallest units of {} came",
            came.amount_minor, due.amount_minor, due.currency
        )
    }))
}

fn issue_one(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    plan_id: PlanId,
    home: NodeId,
) -> AppResult<LicenseId> {
    let plan = plans::find(tx, plan_id)?.ok_or(AppError::NotFound("plan"))?;
    let mut request = IssueRequest::of(plan.policy_id, home);
    request.plan_id = Some(plan.id);
    Ok(issue(tx, vault, &request)?.license.id)
}

/// The buyer's customer: who is known by this address below the place of the shop, or somebody new.
///
/// Somebody who registered and whom nobody validated is not known: anybody may register with any
/// address, and a license of theirs would wait though it is paid. Nor is a cancelled customer, who is
/// one no longer.
///
/// # Errors
/// [`AppError::WrongState`] for somebody who is suspended or blocked: that is not got around by
/// buying.
fn buyer(tx: &mut TenantTx<'_>, account: &ShopAccount, purchase: &Purchase) -> AppResult<NodeId> {
    let place = nodes::find(tx, account.node_id)?.ok_or(AppError::NotFound("node"))?;
    let email = purchase.email.trim().to_lowercase();
    for status in [
        CustomerStatus::Validated,
        CustomerStatus::Suspended,
        CustomerStatus::Blocked,
    ] {
        let filter = CustomerFilter {
            status: Some(status),
            email: Some(email.clone()),
            under: Some(place.path.clone()),
            ..CustomerFilter::default()
        };
        let known = customers::list(tx, &filter, &PageRequest::new(Some(1), None))?;
        match (known.items.first(), status) {
            (None, _) => {}
            (Some(found), CustomerStatus::Validated) => return Ok(found.node.id),
            (Some(_), _) => {
                return Err(AppError::WrongState {
                    noun: "customer",
                    state: status.as_str(),
                    wanted: "given a license",
                });
            }
        }
    }
    let name = match purchase.name.trim() {
        "" => email.clone(),
        name => name.to_owned(),
    };
    let new = NewCustomer {
        parent_id: account.node_id,
        name,
        email: Some(email.clone()),
        details: CustomerDetails {
            person: Some(PersonKind::Person),
            ..CustomerDetails::default()
        },
    };
    Ok(create_customer(tx, &new)?.node.id)
}

/// What a rule refused is a reason to hold; what the database or the vault could not do undoes
/// everything.
fn refused<T>(done: AppResult<T>) -> AppResult<Result<T, String>> {
    match done {
        Ok(done) => Ok(Ok(done)),
        // Somebody else changed the license in this very moment: all of it is tried again.
        Err(AppError::Stale) => Err(AppError::contended()),
        Err(error @ (AppError::Store(_) | AppError::Vault(_) | AppError::Inconsistent(_))) => {
            Err(error)
        }
        Err(AppError::Invalid(faults)) => {
            let faults = faults.iter();
            let told: Vec<String> = faults
                .map(|fault| format!("{}: {}", fault.pointer, fault.detail))
                .collect();
            Ok(Err(told.join("; ")))
        }
        Err(refused) => Ok(Err(refused.to_string())),
    }
}

fn suspend(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<()> {
    if state(tx, id)?.0 == LicenseState::Active {
        decide(tx, id, Decision::Suspend, Some(CONTESTED))?;
    }
    Ok(())
}

fn reinstate(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<()> {
    let (state, reason) = state(tx, id)?;
    if state == LicenseState::Suspended && reason.as_deref() == Some(CONTESTED) {
        decide(tx, id, Decision::Reinstate, None)?;
    }
    Ok(())
}

fn revoke(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<()> {
    decide(tx, id, Decision::Revoke, Some(RETURNED)).map(drop)
}

fn state(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<(LicenseState, Option<String>)> {
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    Ok((license.state, license.state_reason))
}
