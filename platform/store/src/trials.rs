//! Which machine has tried which product, under which license.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::{offers as o, registrations as g, trial_parts as p, trials as t};
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::{LicenseId, ProductId};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

/// A component of a machine that tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialPart {
    /// Its name.
    pub name: String,
    /// SHA-256 of name and value.
    pub digest: String,
}

/// A trial to be written down.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The product.
    pub product: ProductId,
    /// SHA-256 of the machine's fingerprint.
    pub fingerprint_digest: String,
    /// The license it tries under.
    pub license: LicenseId,
    /// The domain of the address it registered with, else of whom its key was issued to.
    pub email_domain: Option<String>,
    /// Its components.
    pub parts: Vec<TrialPart>,
}

/// Makes those who try a product with components wait for each other: whether a machine is known
/// is read from several rows, and two at once could otherwise both be the first.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut TenantTx<'_>, product: ProductId) -> StoreResult<()> {
    diesel::update(o::table.find((tx.tenant().to_string(), product.to_string())))
        .set(o::licenses_issued.eq(o::licenses_issued))
        .execute(tx.conn)?;
    Ok(())
}

/// Under which license a machine tried a product.
///
/// # Errors
/// When the database fails.
pub fn find_license(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    fingerprint_digest: &str,
) -> StoreResult<Option<LicenseId>> {
    let license: Option<String> = t::table
        .find((
            tx.tenant().to_string(),
            product.to_string(),
            fingerprint_digest,
        ))
        .select(t::license_id)
        .get_result(tx.conn)
        .optional()?;
    license
        .map(|license| Row::of("trials", fingerprint_digest).text("license_id", &license))
        .transpose()
}

/// The machines that tried a product under another license and have any of these components: each
/// with the names of those it has.
///
/// # Errors
/// When the database fails.
pub fn list_sharing_parts(
    tx: &mut TenantTx<'_>,
    trial: &Trial,
) -> StoreResult<Vec<(String, Vec<String>)>> {
    let digests: Vec<&str> = trial
        .parts
        .iter()
        .map(|part| part.digest.as_str())
        .collect();
    let rows: Vec<(String, String)> = p::table
        .inner_join(
            t::table.on(t::tenant_id
                .eq(p::tenant_id)
                .and(t::product_id.eq(p::product_id))
                .and(t::fingerprint_digest.eq(p::fingerprint_digest))),
        )
        .filter(p::tenant_id.eq(tx.tenant().to_string()))
        .filter(p::product_id.eq(trial.product.to_string()))
        .filter(p::part_digest.eq_any(digests))
        .filter(t::license_id.ne(trial.license.to_string()))
        .order((p::fingerprint_digest, p::name))
        .select((p::fingerprint_digest, p::name))
        .load(tx.conn)?;
    let mut machines: Vec<(String, Vec<String>)> = Vec::new();
    for (machine, name) in rows {
        match machines.last_mut() {
            Some((last, names)) if *last == machine => names.push(name),
            _ => machines.push((machine, vec![name])),
        }
    }
    Ok(machines)
}

/// The licenses that were issued to somebody of an e-mail domain, and tried: those that a
/// registration has a place for are not among them.
///
/// # Errors
/// When the database fails.
pub fn list_issued_to(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    domain: &str,
) -> StoreResult<Vec<LicenseId>> {
    let licenses: Vec<String> = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .filter(t::product_id.eq(product.to_string()))
        .filter(t::email_domain.eq(Some(domain)))
        .filter(not(exists(
            g::table
                .filter(g::tenant_id.eq(t::tenant_id))
                .filter(g::product_id.eq(t::product_id))
                .filter(g::license_id.eq(t::license_id.nullable()))
                .filter(g::domain_slot.is_not_null()),
        )))
        .select(t::license_id)
        .distinct()
        .load(tx.conn)?;
    licenses
        .iter()
        .map(|license| Row::of("trials", license).text("license_id", license))
        .collect()
}

/// Writes a trial down. `false` when the machine has tried the product.
///
/// # Errors
/// [`StoreError::Referenced`] when there is no such license.
pub fn insert(tx: &mut TenantTx<'_>, trial: &Trial) -> StoreResult<bool> {
    let (tenant, product) = (tx.tenant().to_string(), trial.product.to_string());
    let at = tx.now().micros();
    inserted(tx.conn, |conn| {
        diesel::insert_into(t::table)
            .values((
                t::tenant_id.eq(&tenant),
                t::product_id.eq(&product),
                t::fingerprint_digest.eq(&trial.fingerprint_digest),
                t::license_id.eq(trial.license.to_string()),
                t::email_domain.eq(&trial.email_domain),
                t::at.eq(at),
            ))
            .execute(conn)?;
        for part in &trial.parts {
            diesel::insert_into(p::table)
                .values((
                    p::tenant_id.eq(&tenant),
                    p::product_id.eq(&product),
                    p::part_digest.eq(&part.digest),
                    p::fingerprint_digest.eq(&trial.fingerprint_digest),
                    p::name.eq(&part.name),
                ))
                .execute(conn)?;
        }
        Ok::<(), StoreError>(())
    })
}
