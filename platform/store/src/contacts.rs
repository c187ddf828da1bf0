//! People at customers whom one may call or write to.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Page, PageRequest};
use crate::schema::contacts as t;
use crate::tx::TenantTx;
use alvara_domain::customer::Contact;
use alvara_domain::id::{ContactId, NodeId};
use diesel::prelude::*;

mod of_many;

pub use of_many::of_many;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = t, treat_none_as_default_value = false)]
struct ContactRow {
    tenant_id: String,
    id: String,
    node_id: String,
    name: String,
    email: Option<String>,
    phone: String,
    purpose: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<&Contact> for ContactRow {
    fn from(contact: &Contact) -> Self {
        Self {
            tenant_id: contact.tenant_id.to_string(),
            id: contact.id.to_string(),
            node_id: contact.node_id.to_string(),
            name: contact.name.clone(),
            email: contact.email.clone(),
            phone: contact.phone.clone(),
            purpose: contact.purpose.clone(),
            created_at: contact.created_at.micros(),
            updated_at: contact.updated_at.micros(),
            version: contact.version,
        }
    }
}

impl TryFrom<ContactRow> for Contact {
    type Error = StoreError;

    fn try_from(row: ContactRow) -> StoreResult<Self> {
        let r = Row::of("contacts", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            node_id: r.text("node_id", &row.node_id)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
            name: row.name,
            email: row.email,
            phone: row.phone,
            purpose: row.purpose,
        })
    }
}

/// Adds a contact.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the customer is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, contact: &Contact) -> StoreResult<()> {
    if contact.tenant_id != tx.tenant() {
        return Err(StoreError::OutOfReach);
    }
    crate::members::require_place(tx, contact.node_id)?;
    diesel::insert_into(t::table)
        .values(&ContactRow::from(contact))
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a contact of a customer of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, node: NodeId, id: ContactId) -> StoreResult<Option<Contact>> {
    if crate::nodes::find(tx, node)?.is_none() {
        return Ok(None);
    }
    let row: Option<ContactRow> = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::id.eq(id.to_string()))
        .filter(t::node_id.eq(node.to_string()))
        .select(ContactRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Contact::try_from).transpose()
}

/// Writes everything that can change. `contact.version` must be the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not.
pub fn update(tx: &mut TenantTx<'_>, contact: &Contact) -> StoreResult<()> {
    if crate::nodes::find(tx, contact.node_id)?.is_none() {
        return Err(StoreError::Stale);
    }
    let row = ContactRow::from(contact);
    let updated = diesel::update(t::table.find((&row.tenant_id, &row.id)))
        .filter(t::version.eq(contact.version))
        .set((
            t::name.eq(&row.name),
            t::email.eq(&row.email),
            t::phone.eq(&row.phone),
            t::purpose.eq(&row.purpose),
            t::updated_at.eq(tx.now().micros()),
            t::version.eq(t::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Removes a contact of a customer of the scope. `false` when there is none.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &mut TenantTx<'_>, node: NodeId, id: ContactId) -> StoreResult<bool> {
    if crate::nodes::find(tx, node)?.is_none() {
        return Ok(false);
    }
    let deleted = diesel::delete(t::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(t::node_id.eq(node.to_string()))
        .execute(tx.conn)?;
    Ok(deleted == 1)
}

/// Lists those of a customer in the order they were added; `None` when the customer is not in the
/// scope.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    request: &PageRequest,
) -> StoreResult<Option<Page<Contact>>> {
    if crate::customers::find(tx, node)?.is_none() {
        return Ok(None);
    }
    let mut query = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::node_id.eq(node.to_string()))
        .select(ContactRow::as_select())
        .into_boxed();
    if let Some(after) = request.after::<String>()? {
        query = query.filter(t::id.gt(after));
    }
    let rows = query.order(t::id).limit(request.fetch()).load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Contact::try_from).map(Some)
}
