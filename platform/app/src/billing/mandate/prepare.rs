//! Writes a mandate down, with the first payment where that is the consent.

use alvara_domain::charge::MandateState;
use alvara_domain::charge::attempt::{AttemptState, Operation};
use alvara_domain::charge::record::{Charge, PaymentAccount};
use alvara_domain::civil_date::CivilDate;
use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{LicenseId, MandateId, PaymentAccountId, PlanId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::money::{BasisPoints, Money};
use alvara_domain::order::{PaymentTerms, Total};
use alvara_domain::payment::ask::{CaptureMode, MandateAsk, MandateRetry, Source};
use alvara_domain::payment::report::{Capability, CustomerField};
use alvara_domain::product::Plan;
use alvara_domain::recurring::{FirstPayment, Mandate, due_day, interval_of};
use alvara_store::{TenantTx, licenses, mandates, nodes, plans, plugins, sales, tenants};
use alvara_vault::Vault;

use super::{brief, out_of_days};
use crate::billing::charge::{
    CARD, ChargeRequest, PIX, payer, prepare_by, require_of_payer, usable_account,
};
use crate::billing::order::{self, LineRequest, OrderRequest, Placed, end_of};
use crate::billing::{BillingJob, MandateJob, later, renewal};
use crate::field::Fields;
use crate::{AppError, AppResult};

/// After how many seconds somebody looks whether a request to set up left.
const SET_UP_LOOK: i64 = 20;

/// What a customer is to permit.
#[derive(Debug, Clone)]
pub struct MandateRequest {
    /// Whose renewals.
    pub license_id: LicenseId,
    /// By which plan of the license's policy; by the one that it was sold at when left out.
    pub plan_id: Option<PlanId>,
    /// By which payment account.
    pub account_id: PaymentAccountId,
    /// `pix`, `card` or another of the plugin's methods.
    pub method: String,
    /// When the first money is paid.
    pub first: FirstPayment,
    /// From what the money comes. Never card data.
    pub source: Source,
    /// Where the customer comes back to.
    pub return_url: Option<String>,
    /// Where the provider tells what happens.
    pub webhook_url: Option<String>,
}

/// Writes a mandate down, the order and the charge of its first payment where that is made at once,
/// and that it is to be set up.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] for a license or a plan that cannot be renewed again
/// and again, a plugin that collects by no mandate, and what is not known of the payer;
/// [`AppError::WrongState`] for a license that has a mandate, or is being renewed by one.
pub fn prepare(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    request: &MandateRequest,
) -> AppResult<Mandate> {
    let license = licenses::find(tx, request.license_id)?.ok_or(AppError::NotFound("license"))?;
    if license.state != LicenseState::Active {
        return Err(AppError::WrongState {
            noun: "license",
            state: license.state.as_str(),
            wanted: "renewed by a mandate",
        });
    }
    let account = usable_account(tx, request.account_id)?;
    check(tx, &account, request)?;
    let customer = payer(tx, license.node_id)?.ok_or(AppError::NotFound("node"))?;
    let more: &[CustomerField] = match request.method.as_str() {
        // Bacen's `rec` names who owes it; a card's subscription is known by the mail address.
        PIX => &[CustomerField::Name, CustomerField::TaxId],
        CARD => &[CustomerField::Email],
        _ => &[],
    };
    require_of_payer(tx, &account, (request.method.as_str(), &customer), more)?;
    let plan = plan_of(tx, &license, request.plan_id)?;
    let refuse = |pointer, detail| AppError::field(pointer, FaultCode::Conflict, detail);
    let interval = interval_of(&plan.period).ok_or_else(|| {
        refuse(
            "/plan_id",
            "a week, a month, three or six months or a year can be collected again and again",
        )
    })?;
    let ends_at = end_of(&license.term)
        .ok_or_else(|| refuse("/license_id", "a license without an end is not renewed"))?;

    let placed = match request.first {
        FirstPayment::Now => Some(order::create(tx, vault, &renewal_order(&license, plan.id))?),
        FirstPayment::AtRenewal => None,
    };
    let amount = match &placed {
        Some(placed) => placed.order.total(),
        None => price_of(tx, &license, plan.id)?,
    };
    let next_end = match &placed {
        Some(placed) => placed.lines.first().and_then(|line| line.expires_after),
        None => Some(ends_at),
    };
    let zone = tenants::load_own(tx)?.time_zone;
    let today = CivilDate::of(tx.now(), &zone);
    let starts_on = due_day(next_end.unwrap_or(ends_at), &zone)
        .map_err(out_of_days)?
        .max(today);
    let first = match &placed {
        Some(placed) => Some(first_charge(tx, request, placed)?),
        None => None,
    };
    let id: MandateId = tx.new_id()?;
    let ask = MandateAsk {
        mandate_id: id,
        method: request.method.clone(),
        customer,
        contract: id.to_string(),
        description: plan.name.clone(),
        interval,
        starts_on,
        ends_on: None,
        amount: Some(amount),
        // The house tries again by itself, with charges of their own.
        retry: MandateRetry::None,
        first_charge: first.as_ref().map(|charge| charge.ask.clone()),
        source: request.source.clone(),
        return_url: request.return_url.clone(),
        metadata: vec![("license".to_owned(), license.id.to_string())],
    };
    let now = tx.now();
    let mandate = Mandate {
        id,
        license_id: license.id,
        node_id: license.node_id,
        account_id: account.id,
        plan_id: plan.id,
        method: request.method.clone(),
        plugin_version: account.plugin_version.clone(),
        state: MandateState::Created,
        currency: amount.currency,
        amount_minor: amount.amount_minor,
        ask,
        request: AttemptState::Prepared,
        tries: 0,
        sent_at: None,
        first_charge: first.as_ref().map(|charge| charge.id),
        lead: None,
        action: None,
        reason: None,
        ending: None,
        asked: 0,
        raw_status: String::new(),
        next_at: None,
        poll_at: None,
        created_by: tx.scope().actor().to_string(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    if !mandates::insert(tx, &mandate)? {
        return Err(AppError::WrongState {
            noun: "license",
            state: "already renewed by a mandate",
            wanted: "given another",
        });
    }
    if let (Some(placed), Some(charge)) = (&placed, &first) {
        renewal::begin_with(tx, (&mandate, ends_at), placed.order.id, charge.id)?;
    }
    let at = now.saturating_add_seconds(SET_UP_LOOK);
    later(tx, BillingJob::SetUp, MandateJob { mandate_id: id }, at)?;
    tx.audit("mandate.created", id, (), brief(&mandate))?;
    tx.emit(EventKind::MandateCreated, id, brief(&mandate))?;
    Ok(mandate)
}

fn check(
    tx: &mut TenantTx<'_>,
    account: &PaymentAccount,
    request: &MandateRequest,
) -> AppResult<()> {
    let mut fields = Fields::new();
    fields.code("/method", &request.method);
    if let Some(url) = &request.return_url {
        fields.line("/return_url", url, 500);
        if !url.starts_with("https://") && !url.starts_with("http://localhost") {
            fields.refuse("/return_url", FaultCode::Malformed, "an https address");
        }
    }
    let plugin = plugins::find_version(tx, &account.plugin, &account.plugin_version)?;
    if let Some(plugin) = plugin {
        let described = plugin.description;
        if !described.methods.contains(&request.method) {
            let detail = "the account's plugin has no such method";
            fields.refuse("/method", FaultCode::Unknown, detail);
        }
        if !described.capabilities.contains(&Capability::Mandates) {
            let detail = format!("the plugin {} collects by no mandate", account.plugin);
            fields.refuse("/payment_account", FaultCode::Conflict, detail);
        }
    }
    fields.finish()
}

fn plan_of(tx: &mut TenantTx<'_>, license: &License, wanted: Option<PlanId>) -> AppResult<Plan> {
    let refuse = |detail: &str| AppError::field("/plan_id", FaultCode::Unknown, detail);
    let sold_at = sales::find(tx, license.id)?.and_then(|sale| sale.plan_id);
    let id = wanted
        .or(sold_at)
        .ok_or_else(|| refuse("the license was sold at no plan: say which"))?;
    plans::find(tx, id)?
        .filter(|plan| plan.policy_id == license.policy_id)
        .ok_or_else(|| refuse("the license's policy has no such plan"))
}

/// What is ordered to renew a license by one period.
pub(in crate::billing) fn renewal_order(license: &License, plan: PlanId) -> OrderRequest {
    OrderRequest {
        node_id: Some(license.node_id),
        lines: vec![LineRequest::Renew {
            license: license.id,
            plan: Some(plan),
            quantity: 1,
        }],
        terms: PaymentTerms::Now,
        discount: BasisPoints::ZERO,
    }
}

fn price_of(tx: &mut TenantTx<'_>, license: &License, plan: PlanId) -> AppResult<Money> {
    let node = nodes::find(tx, license.node_id)?.ok_or(AppError::NotFound("node"))?;
    let (_, unit) = order::renewal(tx, (0, &node), (license.id, Some(plan), 1))?;
    let total = Total::of(&[(unit, 1)], BasisPoints::ZERO)?;
    total
        .map(|total| total.total)
        .filter(|total| total.amount_minor > 0)
        .ok_or_else(|| AppError::field("/plan_id", FaultCode::OutOfRange, "nothing is to pay"))
}

fn first_charge(
    tx: &mut TenantTx<'_>,
    request: &MandateRequest,
    placed: &Placed,
) -> AppResult<Charge> {
    let wanted = ChargeRequest {
        order_id: placed.order.id,
        account_id: request.account_id,
        method: request.method.clone(),
        source: request.source.clone(),
        due: None,
        card: None,
        capture: CaptureMode::Automatic,
        expires_at: None,
        return_url: request.return_url.clone(),
        cancel_url: request.return_url.clone(),
        webhook_url: request.webhook_url.clone(),
    };
    Ok(prepare_by(tx, &wanted, (Operation::Consent, None))?.charge)
}
