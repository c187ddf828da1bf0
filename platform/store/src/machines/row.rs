//! A machine's row and what it holds.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::machines as m;
use crate::scope::cut;
use alvara_domain::machine::{Machine, Metrics};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = m, treat_none_as_default_value = false)]
pub(super) struct MachineRow {
    pub(super) tenant_id: String,
    pub(super) id: String,
    pub(super) license_id: String,
    pub(super) fingerprint: String,
    pub(super) components: String,
    pub(super) name: String,
    pub(super) platform: String,
    pub(super) app_version: String,
    pub(super) user_name: Option<String>,
    pub(super) site: Option<String>,
    pub(super) state: String,
    pub(super) state_reason: Option<String>,
    pub(super) arrived_by: String,
    pub(super) token_hash: String,
    pub(super) activated_at: i64,
    pub(super) deactivated_at: Option<i64>,
    pub(super) last_seen_at: i64,
    pub(super) lease_until: i64,
    pub(super) online_until: i64,
    pub(super) computer_key_seq: i64,
    pub(super) license_revision: i64,
    pub(super) computer_key_kid: String,
    pub(super) computer_key_held: Option<i64>,
    pub(super) cpu_percent: Option<i64>,
    pub(super) memory_percent: Option<i64>,
    pub(super) disk_percent: Option<i64>,
    pub(super) source_address: String,
    pub(super) clone_suspected_at: Option<i64>,
    pub(super) clone_reason: Option<String>,
    pub(super) version: i64,
}

impl MachineRow {
    pub(super) fn of(machine: &Machine) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: machine.tenant_id.to_string(),
            id: machine.id.to_string(),
            license_id: machine.license_id.to_string(),
            fingerprint: machine.fingerprint.as_str().to_owned(),
            components: serde_json::to_string(&machine.components)?,
            name: cut(&machine.name, 200),
            platform: cut(&machine.platform, 60),
            app_version: cut(&machine.app_version, 60),
            user_name: machine.user_name.as_deref().map(|name| cut(name, 254)),
            site: machine.site.as_deref().map(|site| cut(site, 100)),
            state: machine.state.to_string(),
            state_reason: machine.state_reason.clone(),
            arrived_by: machine.arrived_by.to_string(),
            token_hash: machine.token_hash.clone(),
            activated_at: machine.activated_at.micros(),
            deactivated_at: machine.deactivated_at.map(UtcTime::micros),
            last_seen_at: machine.last_seen_at.micros(),
            lease_until: machine.lease_until.micros(),
            online_until: machine.online_until.micros(),
            computer_key_seq: machine.computer_key_seq,
            license_revision: machine.license_revision,
            computer_key_kid: machine.computer_key_kid.clone(),
            computer_key_held: machine.computer_key_held,
            cpu_percent: machine.metrics.cpu,
            memory_percent: machine.metrics.memory,
            disk_percent: machine.metrics.disk,
            source_address: cut(&machine.source_address, 45),
            clone_suspected_at: machine.clone_suspected_at.map(UtcTime::micros),
            clone_reason: machine
                .clone_reason
                .as_deref()
                .map(|reason| cut(reason, 100)),
            version: machine.version,
        })
    }
}

impl TryFrom<MachineRow> for Machine {
    type Error = StoreError;

    fn try_from(row: MachineRow) -> StoreResult<Self> {
        let r = Row::of("machines", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            license_id: r.text("license_id", &row.license_id)?,
            fingerprint: r.text("fingerprint", &row.fingerprint)?,
            components: r.json("components", &row.components)?,
            state: r.text("state", &row.state)?,
            arrived_by: r.text("arrived_by", &row.arrived_by)?,
            activated_at: r.time("activated_at", row.activated_at)?,
            deactivated_at: r.time_opt("deactivated_at", row.deactivated_at)?,
            last_seen_at: r.time("last_seen_at", row.last_seen_at)?,
            lease_until: r.time("lease_until", row.lease_until)?,
            online_until: r.time("online_until", row.online_until)?,
            clone_suspected_at: r.time_opt("clone_suspected_at", row.clone_suspected_at)?,
            computer_key_seq: row.computer_key_seq,
            license_revision: row.license_revision,
            computer_key_kid: row.computer_key_kid,
            computer_key_held: row.computer_key_held,
            metrics: Metrics {
                cpu: row.cpu_percent,
                memory: row.memory_percent,
                disk: row.disk_percent,
            },
            version: row.version,
            name: row.name,
            platform: row.platform,
            app_version: row.app_version,
            user_name: row.user_name,
            site: row.site,
            clone_reason: row.clone_reason,
            state_reason: row.state_reason,
            token_hash: row.token_hash,
            source_address: row.source_address,
        })
    }
}
