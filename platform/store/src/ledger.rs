//! The ledger: transactions whose entries sum to zero. It is added to and never changed.
use crate::column::Row;
use crate::dialect::SumBig;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::place;
use crate::schema::{ledger_entries as e, ledger_transactions as t};
use crate::scope::cut;
use crate::tx::TenantTx;
use alvara_domain::id::{ChargeId, NodeId, OrderId};
use alvara_domain::ledger::{Account, Cause, Entry, Position, Transaction, imbalance};
use alvara_domain::money::Currency;
use diesel::prelude::*;
use std::collections::BTreeMap;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = t, treat_none_as_default_value = false)]
struct TransactionRow {
    tenant_id: String,
    id: String,
    node_id: String,
    order_id: String,
    charge_id: Option<String>,
    cause: String,
    currency: String,
    at: i64,
}

impl TryFrom<TransactionRow> for Transaction {
    type Error = StoreError;

    fn try_from(row: TransactionRow) -> StoreResult<Self> {
        let r = Row::of("ledger_transactions", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            node_id: r.text("node_id", &row.node_id)?,
            order_id: r.text("order_id", &row.order_id)?,
            charge_id: r.text_opt("charge_id", row.charge_id.as_deref())?,
            cause: r.text("cause", &row.cause)?,
            currency: r.text("currency", &row.currency)?,
            at: r.time("at", row.at)?,
            entries: Vec::new(),
        })
    }
}

impl TransactionRow {
    fn of(tx: &TenantTx<'_>, one: &Transaction) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: tx.tenant().to_string(),
            id: one.id.to_string(),
            node_id: one.node_id.to_string(),
            order_id: one.order_id.to_string(),
            charge_id: one.charge_id.map(|it| it.to_string()),
            cause: one.cause.to_string(),
            currency: one.currency.to_string(),
            at: one.at.micros(),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = e, treat_none_as_default_value = false)]
struct EntryRow {
    tenant_id: String,
    transaction_id: String,
    position: i64,
    account: String,
    holder: String,
    amount_minor: i64,
}

/// What a movement is of.
#[derive(Clone, Copy, Debug)]
pub struct Posting {
    /// Who bought.
    pub node: NodeId,
    /// What.
    pub order: OrderId,
    /// By which charge.
    pub charge: Option<ChargeId>,
    /// Why.
    pub cause: Cause,
    /// In which currency.
    pub currency: Currency,
}

/// Writes a movement; nothing when nothing moves. Answers the transaction.
///
/// # Errors
/// [`StoreError::Refused`] never: a movement that does not balance is refused as corrupt before it
/// is written.
pub fn post(
    tx: &mut TenantTx<'_>,
    posting: Posting,
    moved: &Position,
) -> StoreResult<Option<Transaction>> {
    if moved.is_empty() {
        return Ok(None);
    }
    let mut transaction = Transaction {
        id: tx.new_id()?,
        node_id: posting.node,
        order_id: posting.order,
        charge_id: posting.charge,
        cause: posting.cause,
        currency: posting.currency,
        at: tx.now(),
        entries: Vec::with_capacity(moved.len()),
    };
    if imbalance(moved) != 0 {
        return Err(StoreError::Corrupt {
            table: "ledger_entries",
            column: "amount_minor",
            id: transaction.id.to_string(),
        });
    }
    let row = TransactionRow::of(tx, &transaction)?;
    diesel::insert_into(t::table)
        .values(&row)
        .execute(tx.conn)?;
    for (position, ((account, holder), amount)) in (0_i64..).zip(moved) {
        let row = EntryRow {
            tenant_id: tx.tenant().to_string(),
            transaction_id: transaction.id.to_string(),
            position,
            account: account.to_string(),
            holder: cut(holder, 30),
            amount_minor: *amount,
        };
        diesel::insert_into(e::table)
            .values(&row)
            .execute(tx.conn)?;
        transaction.entries.push(Entry {
            account: *account,
            holder: holder.clone(),
            amount_minor: *amount,
        });
    }
    Ok(Some(transaction))
}

/// Which transactions a list shows.
#[derive(Clone, Debug, Default)]
pub struct LedgerFilter {
    /// Those of one order.
    pub order: Option<OrderId>,
    /// Those of one charge.
    pub charge: Option<ChargeId>,
}

/// Lists transactions of buyers of the scope with their entries, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &LedgerFilter,
    request: &PageRequest,
) -> StoreResult<Page<Transaction>> {
    let mut query = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .select(TransactionRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        query = query.filter(t::node_id.eq_any(place::seen(tx.scope())));
    }
    if let Some(order) = filter.order {
        query = query.filter(t::order_id.eq(order.to_string()));
    }
    if let Some(charge) = filter.charge {
        query = query.filter(t::charge_id.eq(charge.to_string()));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(t::id.lt(after));
    }
    let rows: Vec<TransactionRow> = query
        .order(t::id.desc())
        .limit(request.fetch())
        .load(tx.conn)?;
    let mut page = Page::of(request, rows, |row| row.id.clone(), Transaction::try_from)?;
    let ids: Vec<String> = page.items.iter().map(|one| one.id.to_string()).collect();
    let rows: Vec<EntryRow> = e::table
        .filter(e::tenant_id.eq(tx.tenant().to_string()))
        .filter(e::transaction_id.eq_any(ids))
        .order((e::transaction_id, e::position))
        .select(EntryRow::as_select())
        .load(tx.conn)?;
    let mut entries: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for row in rows {
        let r = Row::of("ledger_entries", &row.transaction_id);
        let entry = Entry {
            account: r.text("account", &row.account)?,
            holder: row.holder.clone(),
            amount_minor: row.amount_minor,
        };
        entries.entry(row.transaction_id).or_default().push(entry);
    }
    for one in &mut page.items {
        one.entries = entries.remove(&one.id.to_string()).unwrap_or_default();
    }
    Ok(page)
}

/// The exact sum of an account of the whole tenant in a currency, of one holder or of all.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn balance(
    tx: &mut TenantTx<'_>,
    (account, currency): (Account, Currency),
    holder: Option<&str>,
) -> StoreResult<i64> {
    tx.require_whole_tenant()?;
    let mut query = e::table
        .inner_join(
            t::table.on(t::tenant_id
                .eq(e::tenant_id)
                .and(t::id.eq(e::transaction_id))),
        )
        .filter(e::tenant_id.eq(tx.tenant().to_string()))
        .filter(e::account.eq(account.as_str()))
        .filter(t::currency.eq(currency.to_string()))
        .select(SumBig(e::amount_minor))
        .into_boxed();
    if let Some(holder) = holder {
        query = query.filter(e::holder.eq(holder.to_owned()));
    }
    Ok(query.get_result(tx.conn)?)
}

/// The sum of all entries of the tenant in a currency: zero, or somebody wrote around the ledger.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn imbalance_of(tx: &mut TenantTx<'_>, currency: Currency) -> StoreResult<i64> {
    tx.require_whole_tenant()?;
    Ok(e::table
        .inner_join(
            t::table.on(t::tenant_id
                .eq(e::tenant_id)
                .and(t::id.eq(e::transaction_id))),
        )
        .filter(e::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::currency.eq(currency.to_string()))
        .select(SumBig(e::amount_minor))
        .get_result(tx.conn)?)
}
