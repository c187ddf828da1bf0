//! What was done to the lines of orders, each thing once.
use crate::error::StoreResult;
use crate::schema::charge_effects as c;
use crate::tx::{TenantTx, inserted};
use alvara_domain::charge::effect::Effect;
use alvara_domain::id::{ChargeId, OrderLineId};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct EffectRow {
    tenant_id: String,
    order_line_id: String,
    effect: String,
    round: i64,
    charge_id: Option<String>,
    at: i64,
}

/// Claims an effect on a line. Of any number of calls exactly one gets `true`, whichever charge it
/// is for: a line is granted in round 0, and never again.
///
/// # Errors
/// When the database fails.
pub fn claim(
    tx: &mut TenantTx<'_>,
    line: OrderLineId,
    (effect, round): (Effect, i64),
    charge: Option<ChargeId>,
) -> StoreResult<bool> {
    let row = EffectRow {
        tenant_id: tx.tenant().to_string(),
        order_line_id: line.to_string(),
        effect: effect.to_string(),
        round,
        charge_id: charge.map(|id| id.to_string()),
        at: tx.now().micros(),
    };
    inserted(tx.conn, |conn| {
        diesel::insert_into(c::table).values(&row).execute(conn)?;
        Ok(())
    })
}
