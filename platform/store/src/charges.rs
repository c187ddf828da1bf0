//! Charges, what was told of them, and what their providers call them.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place::{self, Breadth};
use crate::schema::{
    charge_history as h, charge_refs as f, charges as c, nodes as n, orders as o,
    remittance_entries as re,
};
use crate::scope::cut;
use crate::steer::{Index, Steered};
use crate::tx::{PlatformTx, TenantTx, inserted};
use alvara_domain::charge::ChargeState;
use alvara_domain::charge::record::{Charge, HistoryEntry};
use alvara_domain::id::{ChargeId, OrderId, PaymentAccountId, TenantId};
use alvara_domain::ledger::Book;
use alvara_domain::payment::PspRef;
use alvara_domain::time::UtcTime;
use diesel::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(primary_key(tenant_id, id))]
#[diesel(table_name = c, treat_none_as_default_value = false, treat_none_as_null = true)]
struct ChargeRow {
    tenant_id: String,
    id: String,
    order_id: String,
    account_id: String,
    method: String,
    state: String,
    currency: String,
    requested_minor: i64,
    surcharge_most_minor: i64,
    discount_most_minor: i64,
    authorized_minor: i64,
    captured_minor: i64,
    refunded_minor: i64,
    lost_minor: i64,
    fees_minor: i64,
    earned_minor: i64,
    surcharge_minor: i64,
    owed: bool,
    ask: String,
    action: Option<String>,
    decline: Option<String>,
    raw_status: String,
    expires_at: Option<i64>,
    poll_at: Option<i64>,
    paid_at: Option<i64>,
    last_event_at: Option<i64>,
    quarantine: Option<String>,
    asked: i64,
    created_by: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<ChargeRow> for Charge {
    type Error = StoreError;

    fn try_from(row: ChargeRow) -> StoreResult<Self> {
        let r = Row::of("charges", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            order_id: r.text("order_id", &row.order_id)?,
            account_id: r.text("account_id", &row.account_id)?,
            state: r.text("state", &row.state)?,
            currency: r.text("currency", &row.currency)?,
            ask: r.json("ask", &row.ask)?,
            action: row
                .action
                .as_deref()
                .map(|text| r.json("action", text))
                .transpose()?,
            decline: row
                .decline
                .as_deref()
                .map(|text| r.json("decline", text))
                .transpose()?,
            expires_at: r.time_opt("expires_at", row.expires_at)?,
            poll_at: r.time_opt("poll_at", row.poll_at)?,
            paid_at: r.time_opt("paid_at", row.paid_at)?,
            last_event_at: r.time_opt("last_event_at", row.last_event_at)?,
            quarantine: r.text_opt("quarantine", row.quarantine.as_deref())?,
            asked: r.number("asked", row.asked)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            book: Book {
                captured: row.captured_minor,
                refunded: row.refunded_minor,
                lost: row.lost_minor,
                fees: row.fees_minor,
                earned: row.earned_minor,
                surcharge: row.surcharge_minor,
            },
            method: row.method,
            requested_minor: row.requested_minor,
            surcharge_most_minor: row.surcharge_most_minor,
            discount_most_minor: row.discount_most_minor,
            authorized_minor: row.authorized_minor,
            owed: row.owed,
            raw_status: row.raw_status,
            created_by: row.created_by,
            version: row.version,
        })
    }
}

impl ChargeRow {
    fn of(tx: &TenantTx<'_>, one: &Charge) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            id: one.id.to_string(),
            order_id: one.order_id.to_string(),
            account_id: one.account_id.to_string(),
            method: cut(&one.method, 32),
            state: one.state.to_string(),
            currency: one.currency.to_string(),
            requested_minor: one.requested_minor,
            surcharge_most_minor: one.surcharge_most_minor,
            discount_most_minor: one.discount_most_minor,
            authorized_minor: one.authorized_minor,
            captured_minor: one.book.captured,
            refunded_minor: one.book.refunded,
            lost_minor: one.book.lost,
            fees_minor: one.book.fees,
            earned_minor: one.book.earned,
            surcharge_minor: one.book.surcharge,
            owed: one.owed,
            ask: serde_json::to_string(&one.ask)?,
            action: one.action.as_ref().map(serde_json::to_string).transpose()?,
            decline: one
                .decline
                .as_ref()
                .map(serde_json::to_string)
                .transpose()?,
            raw_status: cut(&one.raw_status, 100),
            expires_at: one.expires_at.map(UtcTime::micros),
            poll_at: one.poll_at.map(UtcTime::micros),
            paid_at: one.paid_at.map(UtcTime::micros),
            last_event_at: one.last_event_at.map(UtcTime::micros),
            quarantine: one.quarantine.map(|it| it.to_string()),
            asked: i64::from(one.asked),
            created_by: cut(&one.created_by, 40),
            created_at: one.created_at.micros(),
            updated_at: one.updated_at.micros(),
            version: one.version,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = h, treat_none_as_default_value = false)]
struct HistoryRow {
    tenant_id: String,
    charge_id: String,
    position: i64,
    from_state: String,
    to_state: String,
    verdict: String,
    told_by: String,
    captured_minor: i64,
    refunded_minor: i64,
    at: i64,
}

impl TryFrom<HistoryRow> for HistoryEntry {
    type Error = StoreError;

    fn try_from(row: HistoryRow) -> StoreResult<Self> {
        let r = Row::of("charge_history", &row.charge_id);
        Ok(Self {
            charge_id: r.text("charge_id", &row.charge_id)?,
            from: r.text("from_state", &row.from_state)?,
            to: r.text("to_state", &row.to_state)?,
            at: r.time("at", row.at)?,
            position: row.position,
            verdict: row.verdict,
            told_by: row.told_by,
            captured_minor: row.captured_minor,
            refunded_minor: row.refunded_minor,
        })
    }
}

impl HistoryRow {
    fn of(tx: &TenantTx<'_>, one: &HistoryEntry) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            charge_id: one.charge_id.to_string(),
            position: one.position,
            from_state: one.from.to_string(),
            to_state: one.to.to_string(),
            verdict: cut(&one.verdict, 60),
            told_by: cut(&one.told_by, 20),
            captured_minor: one.captured_minor,
            refunded_minor: one.refunded_minor,
            at: one.at.micros(),
        })
    }
}

/// Adds a charge.
///
/// # Errors
/// [`StoreError::OutOfReach`] when its order is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, charge: &Charge) -> StoreResult<()> {
    if crate::orders::find(tx, charge.order_id)?.is_none() {
        return Err(StoreError::OutOfReach);
    }
    let row = ChargeRow::of(tx, charge)?;
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a charge of an order of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: ChargeId) -> StoreResult<Option<Charge>> {
    let row: Option<ChargeRow> = c::table
        .inner_join(o::table.on(o::tenant_id.eq(c::tenant_id).and(o::id.eq(c::order_id))))
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::id.eq(id.to_string()))
        .filter(o::node_id.eq_any(place::seen(tx.scope()).filter(n::id.eq(o::node_id))))
        .select(ChargeRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Charge::try_from).transpose()
}

/// Writes a charge as it was changed since it was read, once: whoever comes second is refused.
///
/// # Errors
/// [`StoreError::Contended`] when somebody was quicker: the transaction is tried again.
pub fn update(tx: &mut TenantTx<'_>, charge: &Charge) -> StoreResult<()> {
    let mut row = ChargeRow::of(tx, charge)?;
    row.version += 1;
    row.updated_at = tx.now().micros();
    let key = (row.tenant_id.clone(), row.id.clone());
    let written = diesel::update(c::table.find(key))
        .filter(c::version.eq(charge.version))
        .set(&row)
        .execute(tx.conn)?;
    if written == 1 {
        Ok(())
    } else {
        Err(StoreError::contended())
    }
}

/// The charges of an order of the scope, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list_of_order(tx: &mut TenantTx<'_>, order: OrderId) -> StoreResult<Vec<Charge>> {
    if crate::orders::find(tx, order)?.is_none() {
        return Ok(Vec::new());
    }
    let rows: Vec<ChargeRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::order_id.eq(order.to_string()))
        .order(c::id)
        .select(ChargeRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Charge::try_from).collect()
}

/// The charges of an account that its provider works on and that stand in no file for it, the oldest
/// first.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn in_no_file(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    most: i64,
) -> StoreResult<Vec<Charge>> {
    tx.require_whole_tenant()?;
    let told = re::table
        .filter(re::tenant_id.eq(tx.tenant().to_string()))
        .select(re::charge_id);
    let rows: Vec<ChargeRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::account_id.eq(account.to_string()))
        .filter(c::state.eq(ChargeState::Processing.as_str()))
        .filter(c::id.ne_all(told))
        .order(c::id)
        .limit(most)
        .select(ChargeRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Charge::try_from).collect()
}

/// Which charges a list shows.
#[derive(Clone, Debug, Default)]
pub struct ChargeFilter {
    /// Those in one state.
    pub state: Option<ChargeState>,
    /// Those of one order.
    pub order: Option<OrderId>,
    /// Those by one method.
    pub method: Option<String>,
    /// Only those of which something is not believed.
    pub quarantined: bool,
}

/// Lists charges of orders of the scope, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &ChargeFilter,
    request: &PageRequest,
) -> StoreResult<Page<Charge>> {
    let breadth = place::breadth(tx)?;
    let by_state = match filter.order {
        Some(_) => Index::Closed,
        None => breadth.index(),
    };
    let mut query = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .select(ChargeRow::as_select())
        .into_boxed();
    query = match breadth {
        Breadth::Whole => query,
        Breadth::Wide => {
            let (low, high) = place::range(tx.scope());
            let path = o::table
                .inner_join(n::table.on(n::tenant_id.eq(o::tenant_id).and(n::id.eq(o::node_id))))
                .filter(o::tenant_id.eq(c::tenant_id))
                .filter(o::id.eq(c::order_id))
                .select(n::path)
                .single_value();
            // No path is the end of a range, so it does not matter that this includes it.
            query.filter(path.assume_not_null().between(low, high))
        }
        Breadth::Narrow => {
            let seen = o::table
                .filter(o::tenant_id.eq(tx.tenant().to_string()))
                .filter(o::node_id.eq_any(place::seen(tx.scope())))
                .select(o::id);
            query.filter(c::order_id.eq_any(seen))
        }
    };
    if let Some(state) = filter.state {
        query = query.filter(Steered(c::state, by_state).eq(state.as_str()));
    }
    if let Some(method) = &filter.method {
        query = query.filter(c::method.eq(method));
    }
    if let Some(order) = filter.order {
        query = query.filter(c::order_id.eq(order.to_string()));
    }
    if filter.quarantined {
        query = query.filter(c::quarantine.is_not_null());
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(c::id.lt(after));
    }
    let rows = query
        .order(Steered(c::id, breadth.index()).desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Charge::try_from)
}

/// Lists the charges of all tenants or of one of them, the newest first, each with whose it is. Of the
/// filter the order does not count.
///
/// # Errors
/// When the database fails, or [`StoreError::BadCursor`].
pub fn list_all(
    tx: &mut PlatformTx<'_>,
    tenant: Option<TenantId>,
    filter: &ChargeFilter,
    request: &PageRequest,
) -> StoreResult<Page<(TenantId, Charge)>> {
    let mut query = c::table.select(ChargeRow::as_select()).into_boxed();
    if let Some(tenant) = tenant {
        query = query.filter(c::tenant_id.eq(tenant.to_string()));
    }
    if let Some(state) = filter.state {
        query = query.filter(c::state.eq(state.as_str()));
    }
    if let Some(method) = &filter.method {
        query = query.filter(c::method.eq(method));
    }
    if filter.quarantined {
        query = query.filter(c::quarantine.is_not_null());
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(c::id.lt(after));
    }
    let rows = query
        .order(c::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    let read = |row: ChargeRow| {
        let tenant = Row::of("charges", &row.id).text("tenant_id", &row.tenant_id)?;
        Ok((tenant, Charge::try_from(row)?))
    };
    Page::of(request, rows, |row| row.id.clone(), read)
}

/// What providers call charges of some tenants, by the charge.
///
/// # Errors
/// When the database fails.
pub fn refs_of(
    tx: &mut PlatformTx<'_>,
    charges: &[(TenantId, ChargeId)],
) -> StoreResult<BTreeMap<ChargeId, Vec<PspRef>>> {
    let tenants: BTreeSet<String> = charges.iter().map(|(it, _)| it.to_string()).collect();
    let wanted: Vec<String> = charges.iter().map(|(_, it)| it.to_string()).collect();
    let rows: Vec<RefRow> = f::table
        .filter(f::tenant_id.eq_any(tenants))
        .filter(f::subject_id.eq_any(wanted))
        .order((f::kind, f::value))
        .select(RefRow::as_select())
        .load(tx.conn)?;
    let mut all: BTreeMap<ChargeId, Vec<PspRef>> = BTreeMap::new();
    for row in rows {
        let id = Row::of("charge_refs", &row.subject_id).text("subject_id", &row.subject_id)?;
        all.entry(id).or_default().push(PspRef {
            kind: row.kind,
            value: row.value,
        });
    }
    Ok(all)
}

/// Notes what was told of a charge and what was made of it.
///
/// # Errors
/// When the database fails.
pub fn note(tx: &mut TenantTx<'_>, entry: &HistoryEntry) -> StoreResult<()> {
    let row = HistoryRow::of(tx, entry)?;
    diesel::insert_into(h::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// What was told of a charge of the scope, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn history(tx: &mut TenantTx<'_>, charge: ChargeId) -> StoreResult<Vec<HistoryEntry>> {
    if find(tx, charge)?.is_none() {
        return Ok(Vec::new());
    }
    let rows: Vec<HistoryRow> = h::table
        .filter(h::tenant_id.eq(tx.tenant().to_string()))
        .filter(h::charge_id.eq(charge.to_string()))
        .order(h::position)
        .select(HistoryRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(HistoryEntry::try_from).collect()
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = f, treat_none_as_default_value = false)]
struct RefRow {
    tenant_id: String,
    account_id: String,
    kind: String,
    value: String,
    charge_id: String,
    subject_id: String,
}

/// The provider's names for a charge, a refund or a dispute.
///
/// # Errors
/// When the database fails.
pub fn refs(
    tx: &mut TenantTx<'_>,
    subject: &(impl std::fmt::Display + ?Sized),
) -> StoreResult<Vec<PspRef>> {
    let rows: Vec<RefRow> = f::table
        .filter(f::tenant_id.eq(tx.tenant().to_string()))
        .filter(f::subject_id.eq(subject.to_string()))
        .order((f::kind, f::value))
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

/// Keeps names of a charge, or of a refund or dispute of it; those that are known stay. `false` when
/// one of them is another thing's.
///
/// # Errors
/// When the database fails.
pub fn add_refs(
    tx: &mut TenantTx<'_>,
    (account, charge): (PaymentAccountId, ChargeId),
    subject: &(impl std::fmt::Display + ?Sized),
    refs: &[PspRef],
) -> StoreResult<bool> {
    for one in refs {
        let row = RefRow {
            tenant_id: tx.tenant().to_string(),
            account_id: account.to_string(),
            kind: one.kind.clone(),
            value: one.value.clone(),
            charge_id: charge.to_string(),
            subject_id: subject.to_string(),
        };
        let known = owner(tx, account, one)?;
        let mine = match known {
            Some((_, owner)) => owner == row.subject_id,
            None => inserted(tx.conn, |conn| {
                diesel::insert_into(f::table).values(&row).execute(conn)?;
                Ok(())
            })?,
        };
        if !mine {
            return Ok(false);
        }
    }
    Ok(true)
}

fn owner(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    one: &PspRef,
) -> StoreResult<Option<(String, String)>> {
    Ok(f::table
        .find((
            tx.tenant().to_string(),
            account.to_string(),
            one.kind.clone(),
            one.value.clone(),
        ))
        .select((f::charge_id, f::subject_id))
        .get_result(tx.conn)
        .optional()?)
}

/// The charge, and what of it, that one of some names leads to.
///
/// # Errors
/// When the database fails.
pub fn by_refs(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    refs: &[PspRef],
) -> StoreResult<Option<(ChargeId, String)>> {
    for one in refs {
        if let Some((charge, subject)) = owner(tx, account, one)? {
            let charge = Row::of("charge_refs", &one.value).text("charge_id", &charge)?;
            return Ok(Some((charge, subject)));
        }
    }
    Ok(None)
}
