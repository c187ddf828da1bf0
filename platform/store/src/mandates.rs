//! Permissions to collect again and again, and what their providers call them.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{mandate_refs as f, mandates as m, nodes as n};
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::charge::MandateState;
use alvara_domain::id::{LicenseId, MandateId, PaymentAccountId};
use alvara_domain::payment::PspRef;
use alvara_domain::recurring::{Lead, Mandate};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(primary_key(tenant_id, id))]
#[diesel(table_name = m, treat_none_as_default_value = false, treat_none_as_null = true)]
struct MandateRow {
    tenant_id: String,
    id: String,
    license_id: String,
    open_license_id: Option<String>,
    node_id: String,
    account_id: String,
    plan_id: String,
    method: String,
    plugin_version: String,
    state: String,
    currency: String,
    amount_minor: i64,
    ask: String,
    request: String,
    tries: i64,
    sent_at: Option<i64>,
    first_charge_id: Option<String>,
    lead_first: Option<i64>,
    lead_last: Option<i64>,
    action: Option<String>,
    reason: Option<String>,
    ending: Option<String>,
    asked: i64,
    raw_status: String,
    next_at: Option<i64>,
    poll_at: Option<i64>,
    created_by: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<MandateRow> for Mandate {
    type Error = StoreError;

    fn try_from(row: MandateRow) -> StoreResult<Self> {
        let r = Row::of("mandates", &row.id);
        let lead = match (row.lead_first, row.lead_last) {
            (Some(first), Some(last)) => Some(Lead {
                first: r.number("lead_first", first)?,
                last: r.number("lead_last", last)?,
            }),
            _ => None,
        };
        Ok(Self {
            id: r.text("id", &row.id)?,
            license_id: r.text("license_id", &row.license_id)?,
            node_id: r.text("node_id", &row.node_id)?,
            account_id: r.text("account_id", &row.account_id)?,
            plan_id: r.text("plan_id", &row.plan_id)?,
            state: r.text("state", &row.state)?,
            currency: r.text("currency", &row.currency)?,
            ask: r.json("ask", &row.ask)?,
            request: r.text("request", &row.request)?,
            tries: r.number("tries", row.tries)?,
            sent_at: r.time_opt("sent_at", row.sent_at)?,
            first_charge: r.text_opt("first_charge_id", row.first_charge_id.as_deref())?,
            action: row
                .action
                .as_deref()
                .map(|text| r.json("action", text))
                .transpose()?,
            asked: r.number("asked", row.asked)?,
            next_at: r.time_opt("next_at", row.next_at)?,
            poll_at: r.time_opt("poll_at", row.poll_at)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            lead,
            method: row.method,
            plugin_version: row.plugin_version,
            amount_minor: row.amount_minor,
            reason: row.reason,
            ending: row.ending,
            raw_status: row.raw_status,
            created_by: row.created_by,
            version: row.version,
        })
    }
}

impl MandateRow {
    fn of(tx: &TenantTx<'_>, one: &Mandate) -> StoreResult<Self> {
        let license_id = one.license_id.to_string();
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            id: one.id.to_string(),
            open_license_id: (!one.state.is_over()).then(|| license_id.clone()),
            license_id,
            node_id: one.node_id.to_string(),
            account_id: one.account_id.to_string(),
            plan_id: one.plan_id.to_string(),
            method: cut(&one.method, 32),
            plugin_version: cut(&one.plugin_version, 40),
            state: one.state.to_string(),
            currency: one.currency.to_string(),
            amount_minor: one.amount_minor,
            ask: serde_json::to_string(&one.ask)?,
            request: one.request.to_string(),
            tries: i64::from(one.tries),
            sent_at: one.sent_at.map(UtcTime::micros),
            first_charge_id: one.first_charge.map(|id| id.to_string()),
            lead_first: one.lead.map(|lead| i64::from(lead.first)),
            lead_last: one.lead.map(|lead| i64::from(lead.last)),
            action: one.action.as_ref().map(serde_json::to_string).transpose()?,
            reason: one.reason.as_deref().map(|text| cut(text, 300)),
            ending: one.ending.as_deref().map(|text| cut(text, 300)),
            asked: i64::from(one.asked),
            raw_status: cut(&one.raw_status, 100),
            next_at: one.next_at.map(UtcTime::micros),
            poll_at: one.poll_at.map(UtcTime::micros),
            created_by: cut(&one.created_by, 40),
            created_at: one.created_at.micros(),
            updated_at: one.updated_at.micros(),
            version: one.version,
        })
    }
}

/// Adds a mandate. `false` when its license has one that is not over.
///
/// # Errors
/// [`StoreError::OutOfReach`] when its place is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, mandate: &Mandate) -> StoreResult<bool> {
    crate::members::require_place(tx, mandate.node_id)?;
    let row = MandateRow::of(tx, mandate)?;
    inserted(tx.conn, |conn| {
        diesel::insert_into(m::table).values(&row).execute(conn)?;
        Ok(())
    })
}

/// Finds a mandate of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: MandateId) -> StoreResult<Option<Mandate>> {
    let row: Option<MandateRow> = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .filter(m::id.eq(id.to_string()))
        .filter(m::node_id.eq_any(place::seen(tx.scope()).filter(n::id.eq(m::node_id))))
        .select(MandateRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Mandate::try_from).transpose()
}

/// Locks a mandate of the scope until the commit and reads it. Whoever locks an order too locks that
/// first.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut TenantTx<'_>, id: MandateId) -> StoreResult<Option<Mandate>> {
    let held = diesel::update(m::table.find((tx.tenant().to_string(), id.to_string())))
        .set(m::version.eq(m::version))
        .execute(tx.conn)?;
    if held == 0 {
        return Ok(None);
    }
    find(tx, id)
}

/// Writes a mandate as it was changed since it was read, and answers it as it is then.
///
/// # Errors
/// [`StoreError::Contended`] when somebody was quicker: the transaction is tried again.
pub fn update(tx: &mut TenantTx<'_>, mandate: Mandate) -> StoreResult<Mandate> {
    let after = Mandate {
        version: mandate.version + 1,
        updated_at: tx.now(),
        ..mandate
    };
    let row = MandateRow::of(tx, &after)?;
    let key = (row.tenant_id.clone(), row.id.clone());
    let written = diesel::update(m::table.find(key))
        .filter(m::version.eq(after.version - 1))
        .set(&row)
        .execute(tx.conn)?;
    if written == 1 {
        Ok(after)
    } else {
        Err(StoreError::contended())
    }
}

/// Which mandates a list shows.
#[derive(Clone, Debug, Default)]
pub struct MandateFilter {
    /// Those in one state.
    pub state: Option<MandateState>,
    /// Those of one license.
    pub license: Option<LicenseId>,
}

/// Lists mandates of the scope, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &MandateFilter,
    request: &PageRequest,
) -> StoreResult<Page<Mandate>> {
    let mut query = m::table
        .filter(m::tenant_id.eq(tx.tenant().to_string()))
        .select(MandateRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(m::node_id.eq_any(place::seen(tx.scope())));
    }
    if let Some(state) = filter.state {
        query = query.filter(m::state.eq(state.as_str()));
    }
    if let Some(license) = filter.license {
        query = query.filter(m::license_id.eq(license.to_string()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(m::id.lt(after));
    }
    let rows = query
        .order(m::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Mandate::try_from)
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = f, treat_none_as_default_value = false)]
struct RefRow {
    tenant_id: String,
    mandate_id: String,
    kind: String,
    account_id: String,
    value: String,
}

/// The provider's names for a mandate.
///
/// # Errors
/// When the database fails.
pub fn refs(tx: &mut TenantTx<'_>, mandate: MandateId) -> StoreResult<Vec<PspRef>> {
    let rows: Vec<RefRow> = f::table
        .filter(f::tenant_id.eq(tx.tenant().to_string()))
        .filter(f::mandate_id.eq(mandate.to_string()))
        .order(f::kind)
        .select(RefRow::as_select())
        .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|row| PspRef {
            kind: row.kind,
            value: row.value,
        })
        .collect())
}

/// Keeps names of a mandate: one of each kind, the newest.
///
/// # Errors
/// When the database fails.
pub fn put_refs(tx: &mut TenantTx<'_>, mandate: &Mandate, refs: &[PspRef]) -> StoreResult<()> {
    for one in refs {
        let row = RefRow {
            tenant_id: tx.tenant().to_string(),
            mandate_id: mandate.id.to_string(),
            kind: one.kind.clone(),
            account_id: mandate.account_id.to_string(),
            value: one.value.clone(),
        };
        let key = (
            row.tenant_id.clone(),
            row.mandate_id.clone(),
            row.kind.clone(),
        );
        diesel::delete(f::table.find(key)).execute(tx.conn)?;
        diesel::insert_into(f::table)
            .values(&row)
            .execute(tx.conn)?;
    }
    Ok(())
}

/// The newest mandate that one of some names leads to.
///
/// # Errors
/// When the database fails.
pub fn by_refs(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    refs: &[PspRef],
) -> StoreResult<Option<MandateId>> {
    for one in refs {
        let found: Option<String> = f::table
            .filter(f::tenant_id.eq(tx.tenant().to_string()))
            .filter(f::account_id.eq(account.to_string()))
            .filter(f::kind.eq(&one.kind))
            .filter(f::value.eq(&one.value))
            .order(f::mandate_id.desc())
            .select(f::mandate_id)
            .first(tx.conn)
            .optional()?;
        if let Some(id) = found {
            return Row::of("mandate_refs", &one.value)
                .text("mandate_id", &id)
                .map(Some);
        }
    }
    Ok(None)
}
