//! A license as the interface shows it.

use alvara_domain::id::{BatchId, LicenseId, NodeId, PolicyId, ProductId};
use alvara_domain::license::License;
use alvara_domain::module::ModuleGrant;
use alvara_domain::terms::Terms;
use alvara_domain::time::{Period, UtcTime};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema::{self, Id, Instant, Length};

/// A module of a license.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LicenseModuleView {
    /// Its code.
    code: String,
    /// What the program is told with it.
    value: Option<String>,
    /// When it ends before the license does.
    #[schema(value_type = Option<Instant>)]
    expires_at: Option<UtcTime>,
    /// How long it will last once the first activation starts the term.
    #[schema(value_type = Option<Length>)]
    duration: Option<Period>,
}

impl From<ModuleGrant> for LicenseModuleView {
    fn from(module: ModuleGrant) -> Self {
        Self {
            code: module.code,
            value: module.value,
            expires_at: module.expires_at,
            duration: module.duration,
        }
    }
}

/// A license.
#[derive(Serialize, ToSchema)]
pub(crate) struct LicenseView {
    #[schema(value_type = Id)]
    id: LicenseId,
    #[schema(value_type = Id)]
    product_id: ProductId,
    #[schema(value_type = Id)]
    policy_id: PolicyId,
    /// Who holds it: a customer, or the place that has it in stock.
    #[schema(value_type = Id)]
    node_id: NodeId,
    #[schema(value_type = Option<Id>)]
    batch_id: Option<BatchId>,
    /// The last five symbols of its key.
    key_hint: String,
    kind: &'static str,
    /// `active`, `suspended`, `pending` or `revoked`. That it expired is not a state: see `is_expired`.
    state: &'static str,
    state_reason: Option<String>,
    /// Whether the expiry has passed.
    is_expired: bool,
    /// Days until the expiry, rounded up; null when it does not expire.
    days_left: Option<i64>,
    #[schema(value_type = Instant)]
    starts_at: UtcTime,
    #[schema(value_type = Option<Instant>)]
    expires_at: Option<UtcTime>,
    /// How long a period is.
    #[schema(value_type = Option<Length>)]
    period: Option<Period>,
    #[schema(value_type = Option<Instant>)]
    maintenance_until: Option<UtcTime>,
    #[schema(value_type = Option<Instant>)]
    first_activated_at: Option<UtcTime>,
    /// The one user it is for.
    user: Option<String>,
    /// The one site it is for.
    site: Option<String>,
    /// How many machines may be active, overage included; null is no limit.
    machine_limit: Option<i64>,
    machines_used: i64,
    /// What it unlocks.
    modules: Vec<LicenseModuleView>,
    note: String,
    /// Those of the policy at the moment of issue.
    #[schema(value_type = schema::Terms)]
    terms: Terms,
    issued_by: String,
    #[schema(value_type = Instant)]
    issued_at: UtcTime,
    /// Since when it is put away.
    #[schema(value_type = Option<Instant>)]
    deleted_at: Option<UtcTime>,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl LicenseView {
    /// The license as it is at `now`.
    pub(crate) fn of(license: License, now: UtcTime) -> Self {
        Self {
            is_expired: license.is_expired(now),
            days_left: license.days_left(now),
            id: license.id,
            product_id: license.product_id,
            policy_id: license.policy_id,
            node_id: license.node_id,
            batch_id: license.batch_id,
            key_hint: license.key_hint,
            kind: license.kind.as_str(),
            state: license.state.as_str(),
            state_reason: license.state_reason,
            starts_at: license.term.starts_at,
            expires_at: license.term.expires_at,
            period: license.term.period,
            maintenance_until: license.term.maintenance_until,
            first_activated_at: license.first_activated_at,
            user: license.bound_user,
            site: license.bound_site,
            machine_limit: license.machine_limit,
            machines_used: license.machines_used,
            modules: license
                .modules
                .into_iter()
                .map(LicenseModuleView::from)
                .collect(),
            note: license.note,
            terms: license.terms,
            issued_by: license.issued_by,
            issued_at: license.issued_at,
            deleted_at: license.deleted_at,
            updated_at: license.updated_at,
        }
    }
}
