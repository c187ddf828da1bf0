//! Customers: what a node of kind customer has beyond its place and name.
use crate::column::{Row, contains, normalised};
use crate::error::{StoreError, StoreResult};
use crate::nodes::NodeRow;
use crate::page::{Page, PageRequest};
use crate::place::{self, Breadth};
use crate::schema::{customers as c, nodes as n};
use crate::scope::cut;
use crate::steer::{Index, Steered};
use crate::tx::{TenantTx, inserted};
use alvara_domain::customer::{Customer, CustomerStatus, CustomerTier};
use alvara_domain::id::NodeId;
use alvara_domain::node::{Node, NodePath};
use alvara_domain::tax_id::{TaxId, TaxIdKind};
use alvara_domain::time::UtcTime;
use diesel::dsl::exists;
use diesel::prelude::*;

mod numbered;

pub use numbered::{NumberedFilter, list_numbered};

/// How the column says that there is no tax number.
const NO_TAX_ID: &str = "none";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct CustomerRow {
    tenant_id: String,
    node_id: String,
    person: String,
    legal_name: String,
    tax_id_kind: String,
    tax_id: Option<String>,
    phone: String,
    status: String,
    status_reason: Option<String>,
    tier: String,
    multi_site: bool,
    multi_user: bool,
    notes: String,
    email: Option<String>,
    registered_email: Option<String>,
    registration_ref: Option<String>,
    search_text: String,
    validated_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    version: i64,
    postal_address: Option<String>,
}

impl CustomerRow {
    fn of(customer: &Customer, email: Option<&str>) -> StoreResult<Self> {
        let postal_address = customer.postal_address.as_ref();
        Ok(Self {
            postal_address: postal_address.map(serde_json::to_string).transpose()?,
            email: email.map(str::to_owned),
            tenant_id: customer.tenant_id.to_string(),
            node_id: customer.node_id.to_string(),
            person: customer.person.to_string(),
            legal_name: customer.legal_name.clone(),
            tax_id_kind: customer
                .tax_id
                .as_ref()
                .map_or(NO_TAX_ID, |id| id.kind().as_str())
                .to_owned(),
            tax_id: customer.tax_id.as_ref().map(|id| id.as_str().to_owned()),
            phone: customer.phone.clone(),
            status: customer.status.to_string(),
            status_reason: customer.status_reason.as_deref().map(|text| cut(text, 300)),
            tier: customer.tier.to_string(),
            multi_site: customer.multi_site,
            multi_user: customer.multi_user,
            notes: customer.notes.clone(),
            registered_email: customer.registered_email.clone(),
            registration_ref: customer.registration_ref.clone(),
            search_text: search_text(customer),
            validated_at: customer.validated_at.map(UtcTime::micros),
            created_at: customer.created_at.micros(),
            updated_at: customer.updated_at.micros(),
            version: customer.version,
        })
    }
}

impl TryFrom<CustomerRow> for Customer {
    type Error = StoreError;

    fn try_from(row: CustomerRow) -> StoreResult<Self> {
        let r = Row::of("customers", &row.node_id);
        let tax_id = match &row.tax_id {
            None => None,
            Some(number) => {
                let kind: TaxIdKind = r.text("tax_id_kind", &row.tax_id_kind)?;
                Some(TaxId::parse(kind, number).map_err(|_| r.corrupt("tax_id"))?)
            }
        };
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            node_id: r.text("node_id", &row.node_id)?,
            person: r.text("person", &row.person)?,
            status: r.text("status", &row.status)?,
            tier: r.text("tier", &row.tier)?,
            postal_address: row
                .postal_address
                .as_deref()
                .map(|text| r.json("postal_address", text))
                .transpose()?,
            validated_at: r.time_opt("validated_at", row.validated_at)?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
            multi_site: row.multi_site,
            multi_user: row.multi_user,
            legal_name: row.legal_name,
            phone: row.phone,
            status_reason: row.status_reason,
            notes: row.notes,
            registered_email: row.registered_email,
            registration_ref: row.registration_ref,
            tax_id,
        })
    }
}

fn search_text(customer: &Customer) -> String {
    let texts = [
        customer.legal_name.as_str(),
        customer.tax_id.as_ref().map_or("", TaxId::as_str),
        customer.registered_email.as_deref().unwrap_or_default(),
        customer.registration_ref.as_deref().unwrap_or_default(),
        customer.phone.as_str(),
    ];
    cut(&normalised(&texts.join(" ")), 600)
}

/// Whether the customer's place lies in a range of paths and is not deleted.
#[diesel::dsl::auto_type]
fn in_reach(low: String, high: String) -> _ {
    exists(
        n::table
            .filter(n::tenant_id.eq(c::tenant_id))
            .filter(n::id.eq(c::node_id))
            .filter(n::deleted_at.is_null())
            .filter(n::path.ge(low))
            .filter(n::path.lt(high)),
    )
}

/// A customer with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// What it has of its own.
    pub customer: Customer,
    /// Its place: name, e-mail address, path.
    pub node: Node,
}

fn placed((row, node): (CustomerRow, NodeRow)) -> StoreResult<Placed> {
    Ok(Placed {
        customer: row.try_into()?,
        node: node.try_into()?,
    })
}

/// Adds a customer for a node of the scope. `false` when somebody registered with that address
/// already; then nothing is written.
///
/// # Errors
/// [`StoreError::OutOfReach`] when the node is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, customer: &Customer) -> StoreResult<bool> {
    let node = crate::nodes::find(tx, customer.node_id)?
        .filter(|_| customer.tenant_id == tx.tenant())
        .ok_or(StoreError::OutOfReach)?;
    let row = CustomerRow::of(customer, node.email.as_deref())?;
    inserted(tx.conn, |conn| {
        diesel::insert_into(c::table).values(&row).execute(conn)?;
        Ok(())
    })
}

/// Finds a customer of the scope.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: NodeId) -> StoreResult<Option<Placed>> {
    let (low, high) = place::range(tx.scope());
    let row: Option<(CustomerRow, NodeRow)> = c::table
        .inner_join(n::table.on(n::tenant_id.eq(c::tenant_id).and(n::id.eq(c::node_id))))
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::node_id.eq(id.to_string()))
        .filter(n::deleted_at.is_null())
        .filter(n::path.ge(low))
        .filter(n::path.lt(high))
        .select((CustomerRow::as_select(), NodeRow::as_select()))
        .get_result(tx.conn)
        .optional()?;
    row.map(placed).transpose()
}

/// How the customer at a place of the tenant stands; `None` where there is none.
///
/// # Errors
/// When the database fails.
pub fn find_status(tx: &mut TenantTx<'_>, id: NodeId) -> StoreResult<Option<CustomerStatus>> {
    let status: Option<String> = c::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(c::status)
        .get_result(tx.conn)
        .optional()?;
    status
        .map(|status| Row::of("customers", &id.to_string()).text("status", &status))
        .transpose()
}

/// Keeps everybody else from changing how a customer stands until the commit.
///
/// # Errors
/// When the database fails.
pub fn hold(tx: &mut TenantTx<'_>, id: NodeId) -> StoreResult<()> {
    diesel::update(c::table.find((tx.tenant().to_string(), id.to_string())))
        .set(c::status.eq(c::status))
        .execute(tx.conn)?;
    Ok(())
}

/// The oldest customer of the scope who is known by an address or a tax number, deleted or not:
/// somebody who registers again is not to become a second one.
///
/// # Errors
/// When the database fails.
pub fn find_known(
    tx: &mut TenantTx<'_>,
    email: &str,
    reference: &str,
    tax_id: Option<&TaxId>,
) -> StoreResult<Option<Placed>> {
    type Found = (CustomerRow, NodeRow);
    let tenant = tx.tenant().to_string();
    let (low, high) = place::range(tx.scope());
    let of_tenant = || {
        c::table
            .inner_join(n::table.on(n::tenant_id.eq(c::tenant_id).and(n::id.eq(c::node_id))))
            .filter(c::tenant_id.eq(tenant.clone()))
            .filter(n::path.ge(low.clone()))
            .filter(n::path.lt(high.clone()))
            .order((c::created_at, c::node_id))
            .select((CustomerRow::as_select(), NodeRow::as_select()))
            .into_boxed()
    };
    // One question each, for a condition with OR would use none of the indexes.
    let mut questions = vec![
        of_tenant().filter(c::registration_ref.eq(Some(reference.to_owned()))),
        of_tenant().filter(c::email.eq(Some(email.to_owned()))),
        of_tenant().filter(c::registered_email.eq(Some(email.to_owned()))),
    ];
    if let Some(tax_id) = tax_id {
        let by_number = of_tenant()
            .filter(c::tax_id.eq(Some(tax_id.as_str().to_owned())))
            .filter(c::tax_id_kind.eq(tax_id.kind().as_str()));
        questions.push(by_number);
    }
    for question in questions {
        let found: Option<Found> = question.first(tx.conn).optional()?;
        if let Some(found) = found {
            return placed(found).map(Some);
        }
    }
    Ok(None)
}

/// Writes everything but the address, the status, its reason and when it was validated. `customer.version` must be
/// the one that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it is not, or the customer is not in the scope.
pub fn update(tx: &mut TenantTx<'_>, customer: &Customer) -> StoreResult<()> {
    let (low, high) = place::range(tx.scope());
    let row = CustomerRow::of(customer, None)?;
    let updated = diesel::update(c::table.find((&row.tenant_id, &row.node_id)))
        .filter(c::version.eq(customer.version))
        .filter(in_reach(low, high))
        .set((
            c::person.eq(&row.person),
            c::legal_name.eq(&row.legal_name),
            c::tax_id_kind.eq(&row.tax_id_kind),
            c::tax_id.eq(&row.tax_id),
            c::phone.eq(&row.phone),
            c::tier.eq(&row.tier),
            c::multi_site.eq(row.multi_site),
            c::multi_user.eq(row.multi_user),
            c::notes.eq(&row.notes),
            c::postal_address.eq(&row.postal_address),
            c::search_text.eq(&row.search_text),
            c::updated_at.eq(tx.now().micros()),
            c::version.eq(c::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Notes that name or address of the customer's node were changed: its version rises.
///
/// # Errors
/// When the database fails.
pub fn follow_node(tx: &mut TenantTx<'_>, node: &Node) -> StoreResult<()> {
    let (low, high) = place::range(tx.scope());
    diesel::update(c::table.find((tx.tenant().to_string(), node.id.to_string())))
        .filter(in_reach(low, high))
        .set((
            c::email.eq(&node.email),
            c::updated_at.eq(tx.now().micros()),
            c::version.eq(c::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Changes how a customer stands, from one of the statuses `from`. `false` when it stands
/// otherwise or is not in the scope.
///
/// # Errors
/// When the database fails.
pub fn change_status(
    tx: &mut TenantTx<'_>,
    id: NodeId,
    from: &[CustomerStatus],
    to: CustomerStatus,
    reason: Option<&str>,
) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let from: Vec<&str> = from
        .iter()
        .filter(|from| from.can_become(to))
        .map(|from| from.as_str())
        .collect();
    let place = c::table.find((tx.tenant().to_string(), id.to_string()));
    let updated = diesel::update(place.clone())
        .filter(c::status.eq_any(from))
        .filter(in_reach(low, high))
        .set((
            c::status.eq(to.as_str()),
            c::status_reason.eq(reason.map(|reason| cut(reason, 300))),
            c::updated_at.eq(tx.now().micros()),
            c::version.eq(c::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 && to == CustomerStatus::Validated {
        diesel::update(place)
            .filter(c::validated_at.is_null())
            .set(c::validated_at.eq(Some(tx.now().micros())))
            .execute(tx.conn)?;
    }
    Ok(updated == 1)
}

/// Which customers a list shows.
#[derive(Clone, Debug, Default)]
pub struct CustomerFilter {
    /// Those with one status.
    pub status: Option<CustomerStatus>,
    /// Those of one tier.
    pub tier: Option<CustomerTier>,
    /// Those directly under one place.
    pub parent: Option<NodeId>,
    /// Those at a place and below it.
    pub under: Option<NodePath>,
    /// The one with this tax number, in its one form.
    pub tax_id: Option<String>,
    /// Those with this address, of their own or registered with.
    pub email: Option<String>,
    /// Those with this text in name, legal name, address, tax number or phone.
    pub search: Option<String>,
    /// Whether deleted ones count.
    pub deleted: crate::page::Deleted,
}

/// Lists customers of the scope in the order they were made.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &CustomerFilter,
    request: &PageRequest,
) -> StoreResult<Page<Placed>> {
    let breadth = place::breadth(tx)?;
    // Where many places are seen the customers lead, in the order they are shown in, and each leads
    // to its place; where few are, it is the other way round.
    let (led, path) = match breadth {
        Breadth::Whole | Breadth::Wide => (Index::Closed, Index::Closed),
        Breadth::Narrow => (Index::Open, Index::Open),
    };
    let of_customer = n::id.eq(Steered(c::node_id, led));
    let path = Steered(n::path, path);
    let mut query = c::table
        .inner_join(n::table.on(n::tenant_id.eq(c::tenant_id).and(of_customer)))
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .select((CustomerRow::as_select(), NodeRow::as_select()))
        .into_boxed();
    if breadth != Breadth::Whole {
        let (low, high) = place::range(tx.scope());
        query = query.filter(path.ge(low)).filter(path.lt(high));
    }
    query = match filter.deleted {
        crate::page::Deleted::Without => query.filter(n::deleted_at.is_null()),
        crate::page::Deleted::Only => query.filter(n::deleted_at.is_not_null()),
        crate::page::Deleted::With => query,
    };
    if let Some(status) = filter.status {
        query = query.filter(c::status.eq(status.as_str()));
    }
    if let Some(tier) = filter.tier {
        query = query.filter(c::tier.eq(tier.as_str()));
    }
    if let Some(parent) = filter.parent {
        query = query.filter(n::parent_id.eq(Some(parent.to_string())));
    }
    if let Some(path) = &filter.under {
        query = query
            .filter(n::path.ge(path.as_str().to_owned()))
            .filter(n::path.lt(place::end(path)));
    }
    if let Some(number) = &filter.tax_id {
        query = query.filter(c::tax_id.eq(Some(number.clone())));
    }
    if let Some(email) = &filter.email {
        query = query.filter(
            c::email
                .eq(Some(email.clone()))
                .or(c::registered_email.eq(Some(email.clone()))),
        );
    }
    if let Some(search) = &filter.search {
        let pattern = contains(search);
        query = query.filter(
            n::search_text
                .like(pattern.clone())
                .escape('\\')
                .or(c::search_text.like(pattern).escape('\\')),
        );
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(c::node_id.gt(after));
    }
    let rows = query
        .order(c::node_id)
        .limit(request.fetch())
        .load::<(CustomerRow, NodeRow)>(tx.conn)?;
    Page::of(request, rows, |(row, _)| row.node_id.clone(), placed)
}
