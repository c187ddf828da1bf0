//! What tenants do with programs and people that register themselves for a product.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::registration_rules as t;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::ProductId;
use alvara_domain::registration::RegistrationRule;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = t, treat_none_as_default_value = false)]
struct RuleRow {
    tenant_id: String,
    product_id: String,
    mode: String,
    policy_id: Option<String>,
    node_id: Option<String>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<&RegistrationRule> for RuleRow {
    fn from(rule: &RegistrationRule) -> Self {
        Self {
            tenant_id: rule.tenant_id.to_string(),
            product_id: rule.product_id.to_string(),
            mode: rule.mode.to_string(),
            policy_id: rule.policy_id.map(|id| id.to_string()),
            node_id: rule.node_id.map(|id| id.to_string()),
            created_at: rule.created_at.micros(),
            updated_at: rule.updated_at.micros(),
            version: rule.version,
        }
    }
}

impl TryFrom<RuleRow> for RegistrationRule {
    type Error = StoreError;

    fn try_from(row: RuleRow) -> StoreResult<Self> {
        let r = Row::of("registration_rules", &row.product_id);
        Ok(Self {
            tenant_id: r.text("tenant_id", &row.tenant_id)?,
            product_id: r.text("product_id", &row.product_id)?,
            mode: r.text("mode", &row.mode)?,
            policy_id: r.text_opt("policy_id", row.policy_id.as_deref())?,
            node_id: r.text_opt("node_id", row.node_id.as_deref())?,
            created_at: r.time("created_at", row.created_at)?,
            updated_at: r.time("updated_at", row.updated_at)?,
            version: row.version,
        })
    }
}

/// Finds the tenant's rule for a product it sells.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, product: ProductId) -> StoreResult<Option<RegistrationRule>> {
    let row: Option<RuleRow> = t::table
        .find((tx.tenant().to_string(), product.to_string()))
        .select(RuleRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(RegistrationRule::try_from).transpose()
}

/// The most rules that [`list`] reads: more products than a page would offer.
const MOST: i64 = 200;

/// The tenant's rules, by product.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut TenantTx<'_>) -> StoreResult<Vec<RegistrationRule>> {
    let rows: Vec<RuleRow> = t::table
        .filter(t::tenant_id.eq(tx.tenant().to_string()))
        .order(t::product_id)
        .limit(MOST)
        .select(RuleRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(RegistrationRule::try_from).collect()
}

/// Writes a rule: the first when its version is 0, else in place of the one with that version.
///
/// # Errors
/// [`StoreError::Stale`] when another was written since; [`StoreError::OutOfReach`] for a part of
/// the tenant; [`StoreError::Referenced`] when product, policy or place do not exist.
pub fn put(tx: &mut TenantTx<'_>, rule: &RegistrationRule) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let row = RuleRow::from(rule);
    let written = if rule.version == 0 {
        let first = RuleRow { version: 1, ..row };
        inserted(tx.conn, |conn| {
            diesel::insert_into(t::table).values(&first).execute(conn)?;
            Ok(())
        })?
    } else {
        let updated = diesel::update(t::table.find((&row.tenant_id, &row.product_id)))
            .filter(t::version.eq(rule.version))
            .set((
                t::mode.eq(&row.mode),
                t::policy_id.eq(&row.policy_id),
                t::node_id.eq(&row.node_id),
                t::updated_at.eq(tx.now().micros()),
                t::version.eq(t::version + 1),
            ))
            .execute(tx.conn)?;
        updated == 1
    };
    if written {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}
