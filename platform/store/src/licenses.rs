//! Licenses.
use crate::schema::licenses as l;
use diesel::prelude::*;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = l, treat_none_as_default_value = false)]
pub(crate) struct LicenseRow {
    tenant_id: String,
    id: String,
    product_id: String,
    policy_id: String,
    node_id: String,
    batch_id: Option<String>,
    key_lookup: String,
    key_sealed: String,
    key_hint: String,
    kind: String,
    state: String,
    state_reason: Option<String>,
    terms: String,
    bound_user: Option<String>,
    bound_site: Option<String>,
    machine_limit: Option<i64>,
    machines_used: i64,
    starts_at: i64,
    first_activated_at: Option<i64>,
    expires_at: Option<i64>,
    term_anchor: Option<i64>,
    term_period: Option<String>,
    term_periods: i64,
    maintenance_until: Option<i64>,
    note: String,
    issued_by: String,
    issued_at: i64,
    updated_at: i64,
    revision: i64,
    version: i64,
}
