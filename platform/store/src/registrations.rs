//! Programs that registered themselves.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::page::{Deleted, Page, PageRequest};
use crate::place;
use crate::schema::{nodes as n, registrations as t};
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::fingerprint::Fingerprint;
use alvara_domain::id::{LicenseId, NodeId, ProductId, RegistrationId};
use alvara_domain::registration::{Applicant, Registration, RegistrationState};
use alvara_domain::time::UtcTime;
use diesel::dsl::exists;
use diesel::prelude::*;

mod machine;

pub use machine::{
    Registered, find_by_machine, forget_block, list_registered, mark_machine, part, relocate,
    set_machine,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = t, treat_none_as_default_value = false)]
struct RegistrationRow {
    tenant_id: String,
    id: String,
    product_id: String,
    fingerprint: String,
    components: String,
    name: String,
    platform: String,
    app_version: String,
    site: Option<String>,
    user_name: Option<String>,
    applicant_name: String,
    applicant_email: Option<String>,
    applicant_company: String,
    applicant_message: String,
    node_id: String,
    state: String,
    state_reason: Option<String>,
    license_id: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    source_address: String,
    created_at: i64,
    last_seen_at: i64,
    deleted_at: Option<i64>,
    blocked_machine: bool,
    machine_id: Option<String>,
    version: i64,
}

impl RegistrationRow {
    fn of(one: &Registration) -> StoreResult<Self> {
        Ok(Self {
            tenant_id: one.tenant_id.to_string(),
            id: one.id.to_string(),
            product_id: one.product_id.to_string(),
            fingerprint: one.fingerprint.as_str().to_owned(),
            components: serde_json::to_string(&one.components)?,
            name: cut(&one.name, 200),
            platform: cut(&one.platform, 60),
            app_version: cut(&one.app_version, 60),
            site: one.site.as_deref().map(|site| cut(site, 100)),
            user_name: one.user_name.as_deref().map(|user| cut(user, 254)),
            applicant_name: one.applicant.name.clone(),
            applicant_email: one.applicant.email.clone(),
            applicant_company: one.applicant.company.clone(),
            applicant_message: one.applicant.message.clone(),
            node_id: one.node_id.to_string(),
            state: one.state.to_string(),
            state_reason: one.state_reason.clone(),
            license_id: one.license_id.map(|id| id.to_string()),
            decided_by: one.decided_by.clone(),
            decided_at: one.decided_at.map(UtcTime::micros),
            source_address: cut(&one.source_address, 45),
            created_at: one.created_at.micros(),
            last_seen_at: one.last_seen_at.micros(),
            deleted_at: one.deleted_at.map(UtcTime::micros),
            blocked_machine: one.blocked_machine,
            machine_id: one.machine_id.map(|id| id.to_string()),
            version: one.version,
        })
    }
}

impl TryFrom<RegistrationRow> for Registration {
    type Error = StoreError;

    fn try_from(row: RegistrationRow) -> StoreResult<Self> {
        let r = Row::of("registrations", &row.id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            id: r.text("id", &row.id)?,
            product_id: r.text("product_id", &row.product_id)?,
            fingerprint: r.text("fingerprint", &row.fingerprint)?,
            components: r.json("components", &row.components)?,
            node_id: r.text("node_id", &row.node_id)?,
            state: r.text("state", &row.state)?,
            license_id: r.text_opt("license_id", row.license_id.as_deref())?,
            decided_at: r.time_opt("decided_at", row.decided_at)?,
            created_at: r.time("created_at", row.created_at)?,
            last_seen_at: r.time("last_seen_at", row.last_seen_at)?,
            deleted_at: r.time_opt("deleted_at", row.deleted_at)?,
            machine_id: r.text_opt("machine_id", row.machine_id.as_deref())?,
            blocked_machine: row.blocked_machine,
            version: row.version,
            name: row.name,
            platform: row.platform,
            app_version: row.app_version,
            site: row.site,
            user_name: row.user_name,
            applicant: Applicant {
                name: row.applicant_name,
                email: row.applicant_email,
                company: row.applicant_company,
                message: row.applicant_message,
            },
            state_reason: row.state_reason,
            decided_by: row.decided_by,
            source_address: row.source_address,
        })
    }
}

/// Whether the registration's place lies in a range of paths.
#[diesel::dsl::auto_type]
fn in_reach(low: String, high: String) -> _ {
    exists(
        n::table
            .filter(n::tenant_id.eq(t::tenant_id))
            .filter(n::id.eq(t::node_id))
            .filter(n::path.ge(low))
            .filter(n::path.lt(high)),
    )
}

/// Adds a registration. `false` when the product has one of this fingerprint: find it instead.
///
/// # Errors
/// [`StoreError::OutOfReach`] when its place is not in the scope.
pub fn insert(tx: &mut TenantTx<'_>, one: &Registration) -> StoreResult<bool> {
    if one.tenant_id != tx.tenant() {
        return Err(StoreError::OutOfReach);
    }
    crate::members::require_place(tx, one.node_id)?;
    let row = RegistrationRow::of(one)?;
    inserted(tx.conn, |conn| {
        diesel::insert_into(t::table).values(&row).execute(conn)?;
        Ok(())
    })
}

/// Finds a registration of a place of the scope, deleted or not.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: RegistrationId) -> StoreResult<Option<Registration>> {
    let (low, high) = place::range(tx.scope());
    let row: Option<RegistrationRow> = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::id.eq(id.to_string()))
        .filter(in_reach(low, high))
        .select(RegistrationRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Registration::try_from).transpose()
}

/// Finds what a machine registered for a product, deleted or not.
///
/// # Errors
/// When the database fails.
pub fn find_by_fingerprint(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    fingerprint: &Fingerprint,
) -> StoreResult<Option<Registration>> {
    let (low, high) = place::range(tx.scope());
    let row: Option<RegistrationRow> = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::product_id.eq(product.to_string()))
        .filter(t::fingerprint.eq(fingerprint.as_str()))
        .filter(in_reach(low, high))
        .select(RegistrationRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Registration::try_from).transpose()
}

/// The e-mail domain that a machine under a license registered with, if it did.
///
/// # Errors
/// When the database fails.
pub fn find_domain(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    fingerprint: &Fingerprint,
) -> StoreResult<Option<String>> {
    let found: Option<Option<String>> = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::license_id.eq(Some(license.to_string())))
        .filter(t::fingerprint.eq(fingerprint.as_str()))
        .select(t::email_domain)
        .get_result(tx.conn)
        .optional()?;
    Ok(found.flatten())
}

/// Notes that the program asked again.
///
/// # Errors
/// When the database fails.
pub fn touch(tx: &mut TenantTx<'_>, id: RegistrationId) -> StoreResult<()> {
    let (low, high) = place::range(tx.scope());
    diesel::update(t::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(in_reach(low, high))
        .set(t::last_seen_at.eq(tx.now().micros()))
        .execute(tx.conn)?;
    Ok(())
}

/// Decides. `false` when it was decided otherwise, was deleted, or is not in the scope; of several
/// who decide at once, one is told `true`. A refused one gives up its place among the trials of its
/// e-mail domain.
///
/// # Errors
/// When the database fails.
pub fn decide(
    tx: &mut TenantTx<'_>,
    id: RegistrationId,
    to: RegistrationState,
    reason: Option<&str>,
) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let from: Vec<&str> = RegistrationState::ALL
        .iter()
        .filter(|from| from.can_become(to))
        .map(|from| from.as_str())
        .collect();
    let place = t::table.find((tx.tenant().to_string(), id.to_string()));
    let updated = diesel::update(place.clone())
        .filter(t::state.eq_any(from))
        .filter(t::deleted_at.is_null())
        .filter(in_reach(low, high))
        .set((
            t::state.eq(to.as_str()),
            t::state_reason.eq(reason.map(|reason| cut(reason, 300))),
            t::decided_by.eq(Some(cut(&tx.scope().actor().to_string(), 40))),
            t::decided_at.eq(Some(tx.now().micros())),
            t::version.eq(t::version + 1),
        ))
        .execute(tx.conn)?;
    if updated == 1 && to == RegistrationState::Refused {
        diesel::update(place)
            .set(t::domain_slot.eq(None::<i64>))
            .execute(tx.conn)?;
    }
    Ok(updated == 1)
}

/// Writes under which license, and so at which place, an approved registration runs.
///
/// # Errors
/// [`StoreError::Missing`] when it is not in the scope.
pub fn attach(
    tx: &mut TenantTx<'_>,
    id: RegistrationId,
    license: LicenseId,
    node: NodeId,
) -> StoreResult<()> {
    let (low, high) = place::range(tx.scope());
    let updated = diesel::update(t::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(in_reach(low, high))
        .set((
            t::license_id.eq(Some(license.to_string())),
            t::node_id.eq(node.to_string()),
        ))
        .execute(tx.conn)?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Missing {
            table: "registrations",
            id: id.to_string(),
        })
    }
}

/// Puts a registration away. `false` when it is put away already or not in the scope.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &mut TenantTx<'_>, id: RegistrationId) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let updated = diesel::update(t::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(t::deleted_at.is_null())
        .filter(in_reach(low, high))
        .set((
            t::deleted_at.eq(Some(tx.now().micros())),
            t::version.eq(t::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Brings a deleted registration back. `false` when it is not deleted or not in the scope.
///
/// # Errors
/// When the database fails.
pub fn restore(tx: &mut TenantTx<'_>, id: RegistrationId) -> StoreResult<bool> {
    let (low, high) = place::range(tx.scope());
    let updated = diesel::update(t::table.find((tx.tenant().to_string(), id.to_string())))
        .filter(t::deleted_at.is_not_null())
        .filter(in_reach(low, high))
        .set((t::deleted_at.eq(None::<i64>), t::version.eq(t::version + 1)))
        .execute(tx.conn)?;
    Ok(updated == 1)
}

/// Takes one of the `limit` places that an e-mail domain has among a product's registrations for a
/// trial, of which `elsewhere` went to keys that were issued. `false` when they are taken. Each place is a number that only one row can have, so many
/// who ask at once never get more than there are. One that has its place keeps it.
///
/// # Errors
/// When the database fails.
pub fn take_domain_slot(
    tx: &mut TenantTx<'_>,
    one: &Registration,
    domain: &str,
    (limit, elsewhere): (u32, i64),
) -> StoreResult<bool> {
    let (tenant, id) = (tx.tenant().to_string(), one.id.to_string());
    let own: i64 = t::table
        .filter(t::tenant_id.eq(&tenant))
        .filter(t::id.eq(&id))
        .filter(t::domain_slot.is_not_null())
        .count()
        .get_result(tx.conn)?;
    if own > 0 {
        return Ok(true);
    }
    let taken: Vec<Option<i64>> = t::table
        .filter(t::tenant_id.eq(&tenant))
        .filter(t::product_id.eq(one.product_id.to_string()))
        .filter(t::email_domain.eq(Some(domain)))
        .filter(t::domain_slot.is_not_null())
        .select(t::domain_slot)
        .load(tx.conn)?;
    let places = i64::try_from(taken.len()).unwrap_or(i64::MAX);
    if places.saturating_add(elsewhere) >= i64::from(limit) {
        return Ok(false);
    }
    for slot in 0..i64::from(limit) {
        if taken.contains(&Some(slot)) {
            continue;
        }
        let got = inserted(tx.conn, |conn| {
            diesel::update(t::table.find((&tenant, &id)))
                .set((
                    t::email_domain.eq(Some(domain)),
                    t::domain_slot.eq(Some(slot)),
                ))
                .execute(conn)?;
            Ok(())
        })?;
        if got {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many places of an e-mail domain registrations of a product have taken.
///
/// # Errors
/// When the database fails.
pub fn count_domain_slots(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    domain: &str,
) -> StoreResult<i64> {
    let taken = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::product_id.eq(product.to_string()))
        .filter(t::email_domain.eq(Some(domain)))
        .filter(t::domain_slot.is_not_null())
        .count()
        .get_result(tx.conn)?;
    Ok(taken)
}

/// Writes the e-mail domain of a registration that needs no place among the trials.
///
/// # Errors
/// When the database fails.
pub fn write_domain(tx: &mut TenantTx<'_>, one: &Registration, domain: &str) -> StoreResult<()> {
    diesel::update(t::table.find((tx.tenant().to_string(), one.id.to_string())))
        .set(t::email_domain.eq(Some(domain)))
        .execute(tx.conn)?;
    Ok(())
}

/// Which registrations a list shows.
#[derive(Clone, Debug, Default)]
pub struct RegistrationFilter {
    /// Those in one state.
    pub state: Option<RegistrationState>,
    /// Those of one product.
    pub product: Option<ProductId>,
    /// Those under one license.
    pub license: Option<LicenseId>,
    /// Whether deleted ones count.
    pub deleted: Deleted,
}

/// Lists registrations of the scope in the order they came.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    filter: &RegistrationFilter,
    request: &PageRequest,
) -> StoreResult<Page<Registration>> {
    let mut query = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .select(RegistrationRow::as_select())
        .into_boxed();
    if !tx.scope().is_whole_tenant() {
        let (low, high) = place::range(tx.scope());
        query = query.filter(in_reach(low, high));
    }
    query = match filter.deleted {
        Deleted::Without => query.filter(t::deleted_at.is_null()),
        Deleted::Only => query.filter(t::deleted_at.is_not_null()),
        Deleted::With => query,
    };
    if let Some(state) = filter.state {
        query = query.filter(t::state.eq(state.as_str()));
    }
    if let Some(product) = filter.product {
        query = query.filter(t::product_id.eq(product.to_string()));
    }
    if let Some(license) = filter.license {
        query = query.filter(t::license_id.eq(Some(license.to_string())));
    }
    if let Some(after) = request.after::<String>()? {
        query = query.filter(t::id.gt(after));
    }
    let rows = query.order(t::id).limit(request.fetch()).load(tx.conn)?;
    Page::of(request, rows, |row| row.id.clone(), Registration::try_from)
}
