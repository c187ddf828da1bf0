//! A license with what it was sold for.

use alvara_app::AppError;
use alvara_domain::id::{NodeId, PlanId};
use alvara_domain::license::License;
use alvara_domain::money::Money;
use alvara_domain::price::Sale;
use alvara_domain::product::module_bits;
use alvara_domain::qlm::Features;
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, modules, nodes, sales};
use serde::Serialize;
use utoipa::ToSchema;

use super::LicenseView;
use crate::schema::{self, Id, Instant};

/// A license, and what it was sold for.
#[derive(Serialize, ToSchema)]
pub(crate) struct LicenseDetail {
    #[serde(flatten)]
    license: LicenseView,
    /// Those of its modules that are among the first 32 of the product, as QLM writes it.
    #[schema(example = "0:3;1:1")]
    qlm_features: String,
    /// Null when it was sold at no plan and counts against no quota.
    sale: Option<SaleView>,
}

/// What a license was sold for.
#[derive(Serialize, ToSchema)]
pub(crate) struct SaleView {
    #[schema(value_type = Option<Id>)]
    plan_id: Option<PlanId>,
    /// Before the discount.
    #[schema(value_type = Option<schema::Money>)]
    price: Option<Money>,
    discount_percent: f64,
    /// After the discount.
    #[schema(value_type = Option<schema::Money>)]
    total: Option<Money>,
    /// Whose quota it counts against, where that is a place you see.
    #[schema(value_type = Option<Id>)]
    quota_node_id: Option<NodeId>,
    /// Which kind it was before somebody paid: `trial` or `demo`.
    converted_from: Option<&'static str>,
    #[schema(value_type = Option<Instant>)]
    converted_at: Option<UtcTime>,
}

/// Reads what belongs to a license of the scope.
pub(crate) fn detail(tx: &mut TenantTx<'_>, license: License) -> Result<LicenseDetail, AppError> {
    let now = tx.now();
    let known = modules::list(tx, license.product_id)?;
    let live = known.iter().filter(|known| {
        let mut own = license.modules.iter();
        own.any(|module| module.code == known.code && module.is_live(now))
    });
    let qlm_features = Features(module_bits(live)).to_string();
    let sale = match sales::find(tx, license.id)? {
        Some(sale) => Some(sale_view(tx, &sale)?),
        None => None,
    };
    Ok(LicenseDetail {
        license: LicenseView::of(license, now),
        qlm_features,
        sale,
    })
}

fn sale_view(tx: &mut TenantTx<'_>, sale: &Sale) -> Result<SaleView, AppError> {
    let quota_node_id = match sale.quota_node_id {
        Some(id) => nodes::find(tx, id)?.map(|node| node.id),
        None => None,
    };
    Ok(SaleView {
        plan_id: sale.plan_id,
        price: sale.price,
        discount_percent: sale.discount.percent(),
        total: sale.total()?,
        quota_node_id,
        converted_from: sale.converted_from.map(|kind| kind.as_str()),
        converted_at: sale.converted_at,
    })
}
