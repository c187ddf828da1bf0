//! A machine that has its seat and asks for it again, perhaps with a part exchanged.
use super::in_reach;
use crate::error::StoreResult;
use crate::place;
use crate::schema::machines as m;
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::fingerprint::{Components, Fingerprint};
use alvara_domain::id::MachineId;
use alvara_domain::machine::{ArrivedBy, MachineState};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

/// What is written when a machine activates that has its seat already.
#[derive(Clone, Debug)]
pub struct Again {
    /// The version of the program, if it said so; at most 60 characters are kept.
    pub app_version: Option<String>,
    /// Who uses it, if said.
    pub user_name: Option<String>,
    /// Where it stands, if said.
    pub site: Option<String>,
    /// Through which door it came this time.
    pub arrived_by: ArrivedBy,
    /// Until when it need not call again.
    pub lease_until: UtcTime,
    /// Until when it counts as online.
    pub online_until: UtcTime,
    /// The license's revision that its new computer key shows.
    pub license_revision: i64,
    /// By which key that is signed.
    pub kid: String,
}

/// Writes that an active machine activated again and counts its new computer key: one statement.
/// Answers the key's number; `None` when the machine is not active any more, or not in the scope.
///
/// # Errors
/// When the database fails.
pub fn call_again(tx: &mut TenantTx<'_>, id: MachineId, again: &Again) -> StoreResult<Option<i64>> {
    #[derive(AsChangeset)]
    #[diesel(table_name = m)]
    struct Call {
        last_seen_at: i64,
        lease_until: i64,
        online_until: i64,
        watched_until: i64,
        source_address: String,
        arrived_by: &'static str,
        license_revision: i64,
        computer_key_kid: String,
        // None leaves the column as it is.
        app_version: Option<String>,
        user_name: Option<String>,
        site: Option<String>,
    }
    let (low, high) = place::range(tx.scope());
    let row = m::table.find((tx.tenant().to_string(), id.to_string()));
    let called = diesel::update(row.clone())
        .filter(m::state.eq(MachineState::Active.as_str()))
        .filter(in_reach(low, high))
        .set((
            m::computer_key_seq.eq(m::computer_key_seq + 1),
            Call {
                last_seen_at: tx.now().micros(),
                lease_until: again.lease_until.micros(),
                online_until: again.online_until.micros(),
                watched_until: again.online_until.micros(),
                source_address: tx.scope().origin().source_address().to_owned(),
                arrived_by: again.arrived_by.as_str(),
                license_revision: again.license_revision,
                computer_key_kid: again.kid.clone(),
                app_version: again.app_version.as_deref().map(|text| cut(text, 60)),
                user_name: again.user_name.as_deref().map(|text| cut(text, 254)),
                site: again.site.as_deref().map(|text| cut(text, 100)),
            },
        ))
        .execute(tx.conn)?;
    if called == 0 {
        return Ok(None);
    }
    Ok(Some(row.select(m::computer_key_seq).get_result(tx.conn)?))
}

/// Makes what a machine presents its record, provided the record still bears the fingerprint
/// `expected`, and marks a new computer key as due. `false` when it does not, or when another
/// machine of the license has the new fingerprint: nothing changed then.
///
/// # Errors
/// When the database fails.
pub fn absorb(
    tx: &mut TenantTx<'_>,
    id: MachineId,
    expected: &Fingerprint,
    (fingerprint, components): (&Fingerprint, &Components),
) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let components = serde_json::to_string(components)?;
    let key = (tx.tenant().to_string(), id.to_string());
    let mut changed = 0;
    let free = inserted(tx.conn, |conn| {
        changed = diesel::update(m::table.find(key))
            .filter(m::fingerprint.eq(expected.as_str()))
            .filter(m::state.eq(MachineState::Active.as_str()))
            .filter(in_reach(low, high))
            .set((
                m::fingerprint.eq(fingerprint.as_str()),
                m::components.eq(components),
                m::license_revision.eq(0),
                m::version.eq(m::version + 1),
            ))
            .execute(conn)?;
        Ok(())
    })?;
    Ok(free && changed == 1)
}
