//! Files that tell banks of titles.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::parts;
use crate::schema::{remittance_entries as e, remittance_parts as p, remittances as c};
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::{ChargeId, PaymentAccountId, RemittanceId};
use alvara_domain::payment::returned::Remittance;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct FileRow {
    tenant_id: String,
    id: String,
    account_id: String,
    sequence: i64,
    name: Option<String>,
    created_by: String,
    created_at: i64,
}

impl TryFrom<FileRow> for Remittance {
    type Error = StoreError;

    fn try_from(row: FileRow) -> StoreResult<Self> {
        let r = Row::of("remittances", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            account_id: r.text("account_id", &row.account_id)?,
            created_at: r.time("created_at", row.created_at)?,
            sequence: row.sequence,
            name: row.name,
            created_by: row.created_by,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = p, treat_none_as_default_value = false)]
struct PartRow {
    tenant_id: String,
    remittance_id: String,
    part: i64,
    content: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = e, treat_none_as_default_value = false)]
struct EntryRow {
    tenant_id: String,
    charge_id: String,
    remittance_id: String,
}

/// Begins a file of an account; `false` when somebody else takes its number or one of its charges.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a part of the tenant.
pub fn begin(tx: &mut TenantTx<'_>, file: &Remittance, charges: &[ChargeId]) -> StoreResult<bool> {
    tx.require_whole_tenant()?;
    let tenant = tx.tenant().to_string();
    let row = FileRow {
        tenant_id: tenant.clone(),
        id: file.id.to_string(),
        account_id: file.account_id.to_string(),
        sequence: file.sequence,
        name: None,
        created_by: cut(&file.created_by, 40),
        created_at: file.created_at.micros(),
    };
    inserted(tx.conn, |conn| {
        diesel::insert_into(c::table).values(&row).execute(conn)?;
        for charge in charges {
            let entry = EntryRow {
                tenant_id: tenant.clone(),
                charge_id: charge.to_string(),
                remittance_id: row.id.clone(),
            };
            diesel::insert_into(e::table).values(&entry).execute(conn)?;
        }
        Ok(())
    })
}

/// The file of an account that is begun and not written.
///
/// # Errors
/// When the database fails.
pub fn unwritten(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
) -> StoreResult<Option<Remittance>> {
    let row: Option<FileRow> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::account_id.eq(account.to_string()))
        .filter(c::name.is_null())
        .order(c::sequence)
        .select(FileRow::as_select())
        .first(tx.conn)
        .optional()?;
    row.map(Remittance::try_from).transpose()
}

/// The number of an account's last file, 0 before the first.
///
/// # Errors
/// When the database fails.
pub fn last_sequence(tx: &mut TenantTx<'_>, account: PaymentAccountId) -> StoreResult<i64> {
    let last: Option<i64> = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::account_id.eq(account.to_string()))
        .order(c::sequence.desc())
        .select(c::sequence)
        .first(tx.conn)
        .optional()?;
    Ok(last.unwrap_or(0))
}

/// The charges that a file tells of, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn entries(tx: &mut TenantTx<'_>, id: RemittanceId) -> StoreResult<Vec<ChargeId>> {
    let rows: Vec<String> = e::table
        .filter(e::tenant_id.eq(tx.tenant().to_string()))
        .filter(e::remittance_id.eq(id.to_string()))
        .order(e::charge_id)
        .select(e::charge_id)
        .load(tx.conn)?;
    let name = id.to_string();
    let r = Row::of("remittance_entries", &name);
    rows.iter().map(|row| r.text("charge_id", row)).collect()
}

/// Writes a file that was begun, once; `false` when it is written.
///
/// # Errors
/// When the database fails.
pub fn write(
    tx: &mut TenantTx<'_>,
    id: RemittanceId,
    (name, content): (&str, &[u8]),
) -> StoreResult<bool> {
    let tenant = tx.tenant().to_string();
    let key = (tenant.clone(), id.to_string());
    let named = diesel::update(c::table.find(key))
        .filter(c::name.is_null())
        .set(c::name.eq(Some(cut(name, 128))))
        .execute(tx.conn)?;
    if named == 0 {
        return Ok(false);
    }
    for (part, content) in parts::split(content) {
        let row = PartRow {
            tenant_id: tenant.clone(),
            remittance_id: id.to_string(),
            part,
            content,
        };
        diesel::insert_into(p::table)
            .values(&row)
            .execute(tx.conn)?;
    }
    Ok(true)
}

/// Takes a file back that was begun and not written: its charges stand in no file again.
///
/// # Errors
/// When the database fails.
pub fn abandon(tx: &mut TenantTx<'_>, id: RemittanceId) -> StoreResult<()> {
    let tenant = tx.tenant().to_string();
    // A change that changes nothing takes the row's lock: nobody writes the file meanwhile.
    let held = diesel::update(c::table.find((tenant.clone(), id.to_string())))
        .filter(c::name.is_null())
        .set(c::sequence.eq(c::sequence))
        .execute(tx.conn)?;
    if held == 0 {
        return Ok(());
    }
    diesel::delete(e::table)
        .filter(e::tenant_id.eq(tenant.clone()))
        .filter(e::remittance_id.eq(id.to_string()))
        .execute(tx.conn)?;
    diesel::delete(c::table.find((tenant, id.to_string()))).execute(tx.conn)?;
    Ok(())
}

/// Finds a file of the tenant. Whoever sees only a part of the tenant finds none.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: RemittanceId) -> StoreResult<Option<Remittance>> {
    if !tx.scope().is_whole_tenant() {
        return Ok(None);
    }
    let row: Option<FileRow> = c::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(FileRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Remittance::try_from).transpose()
}

/// Lists the files of an account, the last one first. Whoever sees only a part of the tenant sees none.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    account: PaymentAccountId,
    request: &PageRequest,
) -> StoreResult<Page<Remittance>> {
    let before = request.after::<i64>()?.unwrap_or(i64::MAX);
    let rows: Vec<FileRow> = if tx.scope().is_whole_tenant() {
        c::table
            .filter(c::tenant_id.eq(tx.tenant().to_string()))
            .filter(c::account_id.eq(account.to_string()))
            .filter(c::sequence.lt(before))
            .order(c::sequence.desc())
            .limit(request.fetch())
            .select(FileRow::as_select())
            .load(tx.conn)?
    } else {
        Vec::new()
    };
    Page::of(request, rows, |row| row.sequence, Remittance::try_from)
}

/// The bytes of a file that is written.
///
/// # Errors
/// When the database fails.
pub fn content(tx: &mut TenantTx<'_>, id: RemittanceId) -> StoreResult<Vec<u8>> {
    let content: Vec<String> = p::table
        .filter(p::tenant_id.eq(tx.tenant().to_string()))
        .filter(p::remittance_id.eq(id.to_string()))
        .order(p::part)
        .select(p::content)
        .load(tx.conn)?;
    parts::join(&content, Row::of("remittance_parts", &id.to_string()))
}
