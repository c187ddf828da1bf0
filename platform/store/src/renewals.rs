//! Renewals that are collected by mandates: one of each period of a license, and the charges that
//! were tries of it.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::{mandate_charges as c, mandate_renewals as r};
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::{ChargeId, LicenseId, MandateId, OrderId};
use alvara_domain::recurring::{Renewal, RenewalState};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(primary_key(tenant_id, license_id, ends_at))]
#[diesel(table_name = r, treat_none_as_default_value = false, treat_none_as_null = true)]
struct RenewalRow {
    tenant_id: String,
    license_id: String,
    ends_at: i64,
    mandate_id: String,
    order_id: String,
    state: String,
    failures: i64,
    next_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<RenewalRow> for Renewal {
    type Error = StoreError;

    fn try_from(row: RenewalRow) -> StoreResult<Self> {
        let r = Row::of("mandate_renewals", &row.license_id);
        Ok(Self {
            license_id: r.text("license_id", &row.license_id)?,
            ends_at: r.time("ends_at", row.ends_at)?,
            mandate_id: r.text("mandate_id", &row.mandate_id)?,
            order_id: r.text("order_id", &row.order_id)?,
            state: r.text("state", &row.state)?,
            failures: r.number("failures", row.failures)?,
            next_at: r.time_opt("next_at", row.next_at)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
        })
    }
}

impl RenewalRow {
    fn of(tx: &TenantTx<'_>, one: &Renewal) -> Self {
        Self {
            tenant_id: tx.tenant().to_string(),
            license_id: one.license_id.to_string(),
            ends_at: one.ends_at.micros(),
            mandate_id: one.mandate_id.to_string(),
            order_id: one.order_id.to_string(),
            state: one.state.to_string(),
            failures: i64::from(one.failures),
            next_at: one.next_at.map(UtcTime::micros),
            created_at: one.created_at.micros(),
            updated_at: one.updated_at.micros(),
            version: one.version,
        }
    }
}

/// Adds a renewal. `false` when its period has one: of any number of calls exactly one gets `true`.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut TenantTx<'_>, renewal: &Renewal) -> StoreResult<bool> {
    let row = RenewalRow::of(tx, renewal);
    inserted(tx.conn, |conn| {
        diesel::insert_into(r::table).values(&row).execute(conn)?;
        Ok(())
    })
}

/// The renewal of the period of a license that ends at an instant.
///
/// # Errors
/// When the database fails.
pub fn find(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    ends_at: UtcTime,
) -> StoreResult<Option<Renewal>> {
    let key = (
        tx.tenant().to_string(),
        license.to_string(),
        ends_at.micros(),
    );
    let row: Option<RenewalRow> = r::table
        .find(key)
        .select(RenewalRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Renewal::try_from).transpose()
}

/// Writes a renewal as it was changed since it was read, and answers it as it is then.
///
/// # Errors
/// [`StoreError::Contended`] when somebody was quicker: the transaction is tried again.
pub fn update(tx: &mut TenantTx<'_>, renewal: Renewal) -> StoreResult<Renewal> {
    let after = Renewal {
        version: renewal.version + 1,
        updated_at: tx.now(),
        ..renewal
    };
    let row = RenewalRow::of(tx, &after);
    let key = (row.tenant_id.clone(), row.license_id.clone(), row.ends_at);
    let written = diesel::update(r::table.find(key))
        .filter(r::version.eq(after.version - 1))
        .set(&row)
        .execute(tx.conn)?;
    if written == 1 {
        Ok(after)
    } else {
        Err(StoreError::contended())
    }
}

/// The renewals by a mandate, the period that ended last first.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>, mandate: MandateId) -> StoreResult<Vec<Renewal>> {
    let rows: Vec<RenewalRow> = r::table
        .filter(r::tenant_id.eq(tx.tenant().to_string()))
        .filter(r::mandate_id.eq(mandate.to_string()))
        .order(r::ends_at.desc())
        .select(RenewalRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Renewal::try_from).collect()
}

/// The renewals that an order pays.
///
/// # Errors
/// When the database fails.
pub fn of_order(tx: &mut TenantTx<'_>, order: OrderId) -> StoreResult<Vec<Renewal>> {
    let rows: Vec<RenewalRow> = r::table
        .filter(r::tenant_id.eq(tx.tenant().to_string()))
        .filter(r::order_id.eq(order.to_string()))
        .order((r::license_id, r::ends_at))
        .select(RenewalRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Renewal::try_from).collect()
}

/// The renewals of a license that were not paid, whatever period they are of and whatever mandate
/// they were begun by, in the order of their orders.
///
/// # Errors
/// When the database fails.
pub fn unpaid(tx: &mut TenantTx<'_>, license: LicenseId) -> StoreResult<Vec<Renewal>> {
    let rows: Vec<RenewalRow> = r::table
        .filter(r::tenant_id.eq(tx.tenant().to_string()))
        .filter(r::license_id.eq(license.to_string()))
        .filter(r::state.ne(RenewalState::Paid.as_str()))
        .order((r::order_id, r::ends_at))
        .select(RenewalRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Renewal::try_from).collect()
}

/// The renewals by a mandate that wait for another try.
///
/// # Errors
/// When the database fails.
pub fn list_waiting(tx: &mut TenantTx<'_>, mandate: MandateId) -> StoreResult<Vec<Renewal>> {
    let all = list(tx, mandate)?;
    Ok(all
        .into_iter()
        .filter(|one| one.state == RenewalState::Waiting)
        .collect())
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct ChargeRow {
    tenant_id: String,
    charge_id: String,
    mandate_id: String,
    license_id: String,
    ends_at: i64,
}

/// Notes that a charge is a try of a renewal.
///
/// # Errors
/// When the database fails.
pub fn note_charge(tx: &mut TenantTx<'_>, charge: ChargeId, renewal: &Renewal) -> StoreResult<()> {
    let row = ChargeRow {
        tenant_id: tx.tenant().to_string(),
        charge_id: charge.to_string(),
        mandate_id: renewal.mandate_id.to_string(),
        license_id: renewal.license_id.to_string(),
        ends_at: renewal.ends_at.micros(),
    };
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// The mandate that a charge collects by, and the renewal that it is a try of; `None` for any other
/// charge.
///
/// # Errors
/// When the database fails.
pub fn of_charge(
    tx: &mut TenantTx<'_>,
    charge: ChargeId,
) -> StoreResult<Option<(MandateId, Renewal)>> {
    let row: Option<ChargeRow> = c::table
        .find((tx.tenant().to_string(), charge.to_string()))
        .select(ChargeRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    let Some(row) = row else {
        return Ok(None);
    };
    let w = Row::of("mandate_charges", &row.charge_id);
    let mandate = w.text("mandate_id", &row.mandate_id)?;
    let license = w.text("license_id", &row.license_id)?;
    let ends_at = w.time("ends_at", row.ends_at)?;
    let renewal = find(tx, license, ends_at)?.ok_or(StoreError::Missing {
        table: "mandate_renewals",
        id: row.charge_id,
    })?;
    Ok(Some((mandate, renewal)))
}

/// The charges by a mandate, the oldest first, each with the end of the period that it renews.
///
/// # Errors
/// When the database fails.
pub fn charges_of(
    tx: &mut TenantTx<'_>,
    mandate: MandateId,
) -> StoreResult<Vec<(ChargeId, UtcTime)>> {
    let rows: Vec<ChargeRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::mandate_id.eq(mandate.to_string()))
        .order(c::charge_id)
        .select(ChargeRow::as_select())
        .load(tx.conn)?;
    rows.into_iter()
        .map(|row| {
            let w = Row::of("mandate_charges", &row.charge_id);
            Ok((
                w.text("charge_id", &row.charge_id)?,
                w.time("ends_at", row.ends_at)?,
            ))
        })
        .collect()
}
