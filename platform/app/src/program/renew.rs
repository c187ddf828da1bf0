//! A program renews the license whose key it presents: paid now, or later on the holder's credit.
//!
//! Whoever holds a key may renew that license and nothing else. It may draw on credit only where
//! the holder's own place has a limit: what a place above may owe is not a program's to spend.
//!
//! A call that lost its answer is made again. So what was asked for and is still open is answered
//! again: one order of the same license and plan, one charge of it by the same method. The license
//! is locked meanwhile, so of many calls at once the first makes them and the others find them.
//! What a mandate collects just now is not ordered beside it: the customer would pay it twice.

use alvara_domain::charge::ChargeState;
use alvara_domain::charge::record::Charge;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{ChargeId, LicenseId, PlanId};
use alvara_domain::key::ActivationKey;
use alvara_domain::license::License;
use alvara_domain::money::BasisPoints;
use alvara_domain::order::credit::Step;
use alvara_domain::order::{LineKind, LineState, Order, OrderLine, PaymentTerms};
use alvara_domain::payment::ask::{CaptureMode, Source};
use alvara_domain::product::Plan;
use alvara_domain::recurring::RenewalState;
use alvara_domain::time::UtcTime;
use alvara_store::page::PageRequest;
use alvara_store::{
    TenantTx, charges, licenses, orders, payment_accounts, plans, renewals, sales, tenants,
};

use super::{Knock, malformed, unknown};
use crate::billing::charge::{ChargeRequest, leads_back, prepare};
use crate::billing::order::{LineRequest, OrderRequest, create, end_of};
use crate::billing::{call, webhook_url};
use crate::error::{AppError, AppResult};
use crate::license::renew;
use crate::platform::{Platform, PublicAddress};

/// How a program wants its license renewed.
#[derive(Debug, Clone)]
pub struct RenewalRequest {
    /// Code of a plan of the license's policy; the plan that it was sold at when left out.
    pub plan: Option<String>,
    /// When it is paid.
    pub terms: RenewalTerms,
}

/// When a renewal is paid.
#[derive(Debug, Clone)]
pub enum RenewalTerms {
    /// Before anything is given, by this method: `pix`, `boleto`, `card` or another.
    ByPayment(String),
    /// Later: the license is renewed at once.
    Deferred,
}

/// A renewal that waits for its money, or was given before it.
#[derive(Debug, Clone)]
pub enum RenewalAnswer {
    /// This is to be paid first.
    ToPay(Box<Charge>),
    /// The license is renewed, and this is owed.
    Owed {
        /// The order; its `due_at` is the last day.
        order: Box<Order>,
        /// The license as it is now.
        license: Box<License>,
    },
}

impl Platform {
    /// Renews the license of an activation key.
    ///
    /// # Errors
    /// [`AppError::Refused`] with `KEY_MALFORMED` or `NOT_FOUND`; those of
    /// [`create`] and [`prepare`]; [`AppError::CreditExhausted`] where the holder's place has no
    /// limit of its own, or one that leaves no room; [`AppError::WrongState`] for a charge that its
    /// provider refused, for credit on which the license could not be renewed at once, and for a
    /// renewal that a mandate collects just now.
    pub async fn renew_by_key(
        &self,
        knock: &Knock,
        key: &str,
        request: RenewalRequest,
    ) -> AppResult<RenewalAnswer> {
        let key = ActivationKey::parse(key).map_err(|error| malformed(error, self.now()))?;
        let access = self
            .gate()
            .program_by_key(&knock.host, &key, &knock.origin)
            .await?;
        let access = access.ok_or_else(|| unknown(self.now()))?;
        let (id, scope, platform) = (access.license, access.scope, self.clone());
        let RenewalRequest { plan, terms } = request;
        let method = match terms {
            RenewalTerms::ByPayment(method) => method,
            RenewalTerms::Deferred => {
                let work = move |tx: &mut TenantTx<'_>| owe(tx, &platform, id, plan.as_deref());
                return self.db().write(&scope, work).await;
            }
        };
        let work = move |tx: &mut TenantTx<'_>| {
            let license = renew::held(tx, id)?;
            let plan = plan_of(tx, &license, plan.as_deref())?;
            charge(tx, &platform, (&license, plan), &method)
        };
        let (charge, unsent) = self.db().write(&scope, work).await?;
        if let Some(attempt) = unsent {
            call::send(self, &scope, (charge, attempt)).await?;
        }
        let found = self
            .db()
            .read(&scope, move |tx| charges::find(tx, charge))
            .await?;
        let charge = found.ok_or(AppError::NotFound("charge"))?;
        if charge.state.is_open() || charge.state.holds_money() {
            return Ok(RenewalAnswer::ToPay(Box::new(charge)));
        }
        Err(AppError::WrongState {
            noun: "charge",
            state: charge.state.as_str(),
            wanted: "paid",
        })
    }
}

/// The plan that is named, else the one that the license was sold at.
fn plan_of(
    tx: &mut TenantTx<'_>,
    license: &License,
    code: Option<&str>,
) -> AppResult<Option<PlanId>> {
    let Some(code) = code else {
        return Ok(sales::find(tx, license.id)?.and_then(|sale| sale.plan_id));
    };
    let mut next = PageRequest::new(Some(200), None);
    loop {
        let page = plans::list(tx, Some(license.policy_id), &next)?;
        let named = |plan: &Plan| plan.code == code;
        if let Some(plan) = page.items.into_iter().find(named) {
            return Ok(Some(plan.id));
        }
        match page.next {
            Some(cursor) => next = PageRequest::new(Some(200), Some(cursor)),
            None => break,
        }
    }
    let detail = "the license's policy has no plan of this code";
    Err(AppError::field("/plan", FaultCode::Unknown, detail))
}

/// The orders on these terms that renew the license by one period of a plan, do nothing else, and
/// wait for their money; the newest first.
fn open_orders(
    tx: &mut TenantTx<'_>,
    (license, plan): (LicenseId, Option<PlanId>),
    terms: PaymentTerms,
) -> AppResult<Vec<Order>> {
    let mut same = Vec::new();
    for order in orders::open_with_license(tx, license)? {
        let lines = orders::lines(tx, order.id)?;
        let [line] = lines.as_slice() else { continue };
        let renews = line.kind == LineKind::Renew && line.quantity == 1 && line.plan_id == plan;
        if renews && order.terms == terms {
            same.push(order);
        }
    }
    Ok(same)
}

fn order_of(license: LicenseId, plan: Option<PlanId>, terms: PaymentTerms) -> OrderRequest {
    OrderRequest {
        node_id: None,
        lines: vec![LineRequest::Renew {
            license,
            plan,
            quantity: 1,
        }],
        terms,
        discount: BasisPoints::ZERO,
    }
}

/// Refuses to renew what is collected by a mandate just now, without anything for the customer to do.
fn refuse_collected(tx: &mut TenantTx<'_>, license: &License) -> AppResult<()> {
    let Some(ends_at) = end_of(&license.term) else {
        return Ok(());
    };
    let renewal = renewals::find(tx, license.id, ends_at)?;
    let Some(renewal) = renewal.filter(|one| one.state == RenewalState::Collecting) else {
        return Ok(());
    };
    for charge in charges::list_of_order(tx, renewal.order_id)? {
        // A first payment, by which a mandate is consented to, is the customer's to make.
        let is_on_its_way = charge.state.is_open() && charge.state != ChargeState::RequiresAction;
        if is_on_its_way && renewals::of_charge(tx, charge.id)?.is_some() {
            return Err(AppError::WrongState {
                noun: "license",
                state: "being renewed",
                wanted: "renewed again",
            });
        }
    }
    Ok(())
}

/// Renews on credit, unless the same is owed already.
fn owe(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    id: LicenseId,
    plan: Option<&str>,
) -> AppResult<RenewalAnswer> {
    let license = renew::held(tx, id)?;
    let plan = plan_of(tx, &license, plan)?;
    let mut owed = open_orders(tx, (id, plan), PaymentTerms::Deferred)?;
    let order = match owed.pop() {
        // What is long overdue is no renewal any more that a program could count on.
        Some(order) if order.narrowed >= Step::Blocked => {
            return Err(AppError::CreditExhausted {
                wanted: order.total(),
                left: None,
            });
        }
        Some(order) => order,
        None => {
            refuse_collected(tx, &license)?;
            let wanted = order_of(id, plan, PaymentTerms::Deferred);
            let placed = create(tx, platform.vault(), &wanted)?;
            // What is refused here was never given: the transaction ends with it.
            if placed.order.credit_node_id != Some(license.node_id) {
                return Err(AppError::CreditExhausted {
                    wanted: placed.order.total(),
                    left: None,
                });
            }
            if let Some(line) = placed.lines.iter().find(|line| !is_given(line)) {
                return Err(AppError::WrongState {
                    noun: "order",
                    state: line.state.as_str(),
                    wanted: "given at once",
                });
            }
            placed.order
        }
    };
    let license = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    Ok(RenewalAnswer::Owed {
        order: Box::new(order),
        license: Box::new(license),
    })
}

fn is_given(line: &OrderLine) -> bool {
    line.state == LineState::Granted
}

/// The charge that is to be paid, and the number of its attempt where it is new and has to leave.
fn charge(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    (license, plan): (&License, Option<PlanId>),
    method: &str,
) -> AppResult<(ChargeId, Option<i64>)> {
    let now = tx.now();
    let same = (license.id, plan);
    // What is owed for the same renewal is paid first, the oldest of it.
    let mut known = open_orders(tx, same, PaymentTerms::Deferred)?.pop();
    if known.is_none() {
        refuse_collected(tx, license)?;
        // The price of these is of the day they were made: one is taken up only while something of
        // it can be paid.
        for order in open_orders(tx, same, PaymentTerms::Now)? {
            if !payable(tx, &order, now)?.is_empty() {
                known = Some(order);
                break;
            }
        }
    }
    let order = match known {
        Some(order) => order,
        None => {
            let wanted = order_of(license.id, plan, PaymentTerms::Now);
            create(tx, platform.vault(), &wanted)?.order
        }
    };
    let open = payable(tx, &order, now)?;
    if let Some(same) = open.iter().find(|charge| charge.method == method) {
        return Ok((same.id, None));
    }
    let account_id = payment_accounts::find_for_method(tx, method)?.ok_or_else(|| {
        let detail = "no active payment account has this method";
        AppError::field("/method", FaultCode::Unknown, detail)
    })?;
    let wanted = ChargeRequest {
        order_id: order.id,
        account_id,
        method: method.to_owned(),
        source: Source::None,
        due: None,
        card: None,
        capture: CaptureMode::Automatic,
        expires_at: None,
        return_url: way_back(tx, platform.address())?,
        cancel_url: None,
        webhook_url: Some(webhook_url(tx, platform.address(), account_id)?),
    };
    let prepared = prepare(tx, &wanted)?;
    Ok((prepared.charge.id, Some(prepared.attempt.number)))
}

/// The charges of an order that can still be paid.
fn payable(tx: &mut TenantTx<'_>, order: &Order, now: UtcTime) -> AppResult<Vec<Charge>> {
    let mut all = charges::list_of_order(tx, order.id)?;
    all.retain(|charge| charge.state.is_open() && charge.expires_at.is_none_or(|end| end > now));
    Ok(all)
}

/// Where a customer comes back to who paid on a provider's page. A program has no address of its
/// own, so it is the tenant's, or, where that is no address a provider leads to, the installation's.
fn way_back(tx: &mut TenantTx<'_>, address: &PublicAddress) -> AppResult<Option<String>> {
    let tenant = tenants::load_own(tx)?;
    let known = [address.tenant_url(&tenant), address.base_url()];
    Ok(known.into_iter().find(|url| leads_back(url)))
}
