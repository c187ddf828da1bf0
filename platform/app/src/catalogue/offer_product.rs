use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{ProductId, TenantId};
use alvara_domain::money::Money;
use alvara_domain::node::{NodePath, Tenant, TenantKind};
use alvara_domain::product::{Offer, OfferState};
use alvara_store::{PlatformTx, TenantTx, offers, products, tenants};

use crate::field::Fields;
use crate::{AppError, AppResult};

/// Most licenses that a limit can name.
const LIMIT_MOST: i64 = 1_000_000_000;

/// A product of the operator's to offer to a tenant.
#[derive(Debug, Clone)]
pub struct NewOffer {
    /// To whom.
    pub tenant_id: TenantId,
    /// What; it must be the operator's.
    pub product_id: ProductId,
    /// What the tenant pays for each license.
    pub wholesale: Money,
    /// How many licenses it may issue in all; `None` is no limit.
    pub license_limit: Option<i64>,
}

/// What to change of an offer; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct OfferChange {
    /// What the tenant pays for each license from now on.
    pub wholesale: Option<Money>,
    /// `Some(None)` takes the limit away. Below what is issued already, nothing more is issued.
    pub license_limit: Option<Option<i64>>,
}

/// Lets a tenant sell a product of the operator's.
///
/// # Errors
/// [`AppError::Invalid`]; [`AppError::NotFound`] for the tenant, or a product that is not the
/// operator's; [`AppError::Taken`] when it is offered already, even if that was withdrawn.
pub fn offer_product(tx: &mut PlatformTx<'_>, request: &NewOffer) -> AppResult<Offer> {
    let mut fields = Fields::new();
    let wholesale = fields.price("/wholesale", request.wholesale);
    check_limit(&mut fields, request.license_limit);
    let operator = tenants::find_operator(tx)?.ok_or(AppError::NotFound("product"))?;
    if request.tenant_id == operator.id {
        fields.refuse(
            "/tenant_id",
            FaultCode::Conflict,
            "the operator sells its own products without an offer",
        );
    }
    fields.finish()?;
    enter(tx, &operator, |tx| {
        products::find(tx, request.product_id)?.ok_or(AppError::NotFound("product"))
    })?;
    let seller = load_seller(tx, request.tenant_id)?;
    let offer = Offer {
        tenant_id: seller.id,
        product_id: request.product_id,
        owner_tenant_id: operator.id,
        state: OfferState::Active,
        wholesale,
        license_limit: request.license_limit,
        licenses_issued: 0,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    offers::insert(tx, &offer).map_err(AppError::taken("/product_id"))?;
    tell(
        tx,
        &seller,
        (None, &offer),
        ("offer.made", EventKind::OfferMade),
    )?;
    Ok(offer)
}

/// Changes price or limit of an offer. `expected` is the version that the caller read.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Stale`].
pub fn update_offer(
    tx: &mut PlatformTx<'_>,
    (tenant, product): (TenantId, ProductId),
    expected: i64,
    change: &OfferChange,
) -> AppResult<Offer> {
    let seller = load_seller(tx, tenant)?;
    let before = load_offer(tx, tenant, product)?;
    if before.version != expected {
        return Err(AppError::Stale);
    }
    let mut offer = before.clone();
    let mut fields = Fields::new();
    if let Some(wholesale) = change.wholesale {
        offer.wholesale = fields.price("/wholesale", wholesale);
    }
    if let Some(limit) = change.license_limit {
        check_limit(&mut fields, limit);
        offer.license_limit = limit;
    }
    fields.finish()?;
    write(
        tx,
        &seller,
        (&before, offer),
        ("offer.updated", EventKind::OfferUpdated),
    )
}

/// Takes a product back from a tenant: it issues nothing new, what it sold keeps working.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] when it is withdrawn already.
pub fn withdraw_offer(tx: &mut PlatformTx<'_>, place: (TenantId, ProductId)) -> AppResult<Offer> {
    change_state(tx, place, OfferState::Withdrawn)
}

/// Lets a tenant sell again what was withdrawn from it. What it issued before still counts against
/// the limit.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::WrongState`] when it is not withdrawn.
pub fn restore_offer(tx: &mut PlatformTx<'_>, place: (TenantId, ProductId)) -> AppResult<Offer> {
    change_state(tx, place, OfferState::Active)
}

fn change_state(
    tx: &mut PlatformTx<'_>,
    (tenant, product): (TenantId, ProductId),
    to: OfferState,
) -> AppResult<Offer> {
    let seller = load_seller(tx, tenant)?;
    let before = load_offer(tx, tenant, product)?;
    let (wanted, named) = match to {
        OfferState::Withdrawn => ("withdrawn", ("offer.withdrawn", EventKind::OfferWithdrawn)),
        OfferState::Active => ("restored", ("offer.restored", EventKind::OfferUpdated)),
    };
    if !before.state.can_become(to) {
        return Err(AppError::WrongState {
            noun: "offer",
            state: before.state.as_str(),
            wanted,
        });
    }
    let offer = Offer {
        state: to,
        ..before.clone()
    };
    write(tx, &seller, (&before, offer), named)
}

fn write(
    tx: &mut PlatformTx<'_>,
    seller: &Tenant,
    (before, mut offer): (&Offer, Offer),
    named: (&str, EventKind),
) -> AppResult<Offer> {
    offers::update(tx, &offer)?;
    offer.version += 1;
    offer.updated_at = tx.now();
    tell(tx, seller, (Some(before), &offer), named)?;
    Ok(offer)
}

/// Into the chain and the events of the tenant that sells: it is its business.
fn tell(
    tx: &mut PlatformTx<'_>,
    seller: &Tenant,
    (before, after): (Option<&Offer>, &Offer),
    (action, kind): (&str, EventKind),
) -> AppResult<()> {
    enter(tx, seller, |tx| {
        tx.audit(action, after.product_id, before, after)?;
        tx.emit(kind, after.product_id, after)?;
        Ok(())
    })
}

/// An offer of the operator's. By which a tenant sells a product of its own is not the operator's
/// to change.
fn load_offer(tx: &mut PlatformTx<'_>, tenant: TenantId, product: ProductId) -> AppResult<Offer> {
    let offer = offers::find_in(tx, tenant, product)?.ok_or(AppError::NotFound("offer"))?;
    if offer.owner_tenant_id == tenant {
        Err(AppError::NotFound("offer"))
    } else {
        Ok(offer)
    }
}

fn load_seller(tx: &mut PlatformTx<'_>, id: TenantId) -> AppResult<Tenant> {
    let seller = tenants::find(tx, id)?.ok_or(AppError::NotFound("tenant"))?;
    if seller.kind == TenantKind::Operator {
        Err(AppError::NotFound("offer"))
    } else {
        Ok(seller)
    }
}

fn enter<T>(
    tx: &mut PlatformTx<'_>,
    tenant: &Tenant,
    work: impl FnOnce(&mut TenantTx<'_>) -> AppResult<T>,
) -> AppResult<T> {
    tx.enter(tenant.id, &NodePath::root(tenant.root_node_id), work)
}

fn check_limit(fields: &mut Fields, limit: Option<i64>) {
    if let Some(limit) = limit {
        fields.within("/license_limit", limit, 0..=LIMIT_MOST);
    }
}
