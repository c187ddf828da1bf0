//! A license's row and what it holds.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::licenses as l;
use alvara_domain::license::{License, Term};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = l, treat_none_as_default_value = false)]
pub(crate) struct LicenseRow {
    pub(super) tenant_id: String,
    pub(super) id: String,
    pub(super) product_id: String,
    pub(super) policy_id: String,
    pub(super) node_id: String,
    pub(super) batch_id: Option<String>,
    pub(super) key_lookup: String,
    pub(super) key_sealed: String,
    pub(super) key_hint: String,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) state_reason: Option<String>,
    pub(super) terms: String,
    pub(super) bound_user: Option<String>,
    pub(super) bound_site: Option<String>,
    pub(super) machine_limit: Option<i64>,
    pub(super) machines_used: i64,
    pub(super) starts_at: i64,
    pub(super) first_activated_at: Option<i64>,
    pub(super) expires_at: Option<i64>,
    pub(super) term_anchor: Option<i64>,
    pub(super) term_period: Option<String>,
    pub(super) term_periods: i64,
    pub(super) maintenance_until: Option<i64>,
    pub(super) modules: String,
    pub(super) note: String,
    pub(super) issued_by: String,
    pub(super) issued_at: i64,
    pub(super) updated_at: i64,
    pub(super) deleted_at: Option<i64>,
    pub(super) revision: i64,
    pub(super) version: i64,
}

impl LicenseRow {
    pub(super) fn of(license: &License) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: license.tenant_id.to_string(),
            id: license.id.to_string(),
            product_id: license.product_id.to_string(),
            policy_id: license.policy_id.to_string(),
            node_id: license.node_id.to_string(),
            batch_id: license.batch_id.map(|id| id.to_string()),
            key_lookup: license.key_lookup.clone(),
            key_sealed: license.key_sealed.clone(),
            key_hint: license.key_hint.clone(),
            kind: license.kind.to_string(),
            state: license.state.to_string(),
            state_reason: license.state_reason.clone(),
            terms: serde_json::to_string(&license.terms)?,
            bound_user: license.bound_user.clone(),
            bound_site: license.bound_site.clone(),
            machine_limit: license.machine_limit,
            machines_used: license.machines_used,
            starts_at: license.term.starts_at.micros(),
            first_activated_at: license.first_activated_at.map(UtcTime::micros),
            expires_at: license.term.expires_at.map(UtcTime::micros),
            term_anchor: license.term.anchor.map(UtcTime::micros),
            term_period: license.term.period.map(|period| period.to_string()),
            term_periods: i64::from(license.term.periods),
            maintenance_until: license.term.maintenance_until.map(UtcTime::micros),
            modules: serde_json::to_string(&license.modules)?,
            note: license.note.clone(),
            issued_by: license.issued_by.clone(),
            issued_at: license.issued_at.micros(),
            updated_at: license.updated_at.micros(),
            deleted_at: license.deleted_at.map(UtcTime::micros),
            revision: license.revision,
            version: license.version,
        })
    }
}

impl TryFrom<LicenseRow> for License {
    type Error = StoreError;

    fn try_from(row: LicenseRow) -> StoreResult<Self> {
        let r = Row::of("licenses", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            product_id: r.text("product_id", &row.product_id)?,
            policy_id: r.text("policy_id", &row.policy_id)?,
            node_id: r.text("node_id", &row.node_id)?,
            batch_id: r.text_opt("batch_id", row.batch_id.as_deref())?,
            kind: r.text("kind", &row.kind)?,
            state: r.text("state", &row.state)?,
            terms: r.json("terms", &row.terms)?,
            machine_limit: row.machine_limit,
            machines_used: row.machines_used,
            first_activated_at: r.time_opt("first_activated_at", row.first_activated_at)?,
            term: Term {
                starts_at: r.time("starts_at", row.starts_at)?,
                expires_at: r.time_opt("expires_at", row.expires_at)?,
                anchor: r.time_opt("term_anchor", row.term_anchor)?,
                period: r.text_opt("term_period", row.term_period.as_deref())?,
                periods: r.number("term_periods", row.term_periods)?,
                maintenance_until: r.time_opt("maintenance_until", row.maintenance_until)?,
            },
            modules: r.json("modules", &row.modules)?,
            deleted_at: r.time_opt("deleted_at", row.deleted_at)?,
            issued_at: r.time("issued_at", row.issued_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            revision: row.revision,
            version: row.version,
            key_lookup: row.key_lookup,
            key_sealed: row.key_sealed,
            key_hint: row.key_hint,
            state_reason: row.state_reason,
            bound_user: row.bound_user,
            bound_site: row.bound_site,
            note: row.note,
            issued_by: row.issued_by,
        })
    }
}
