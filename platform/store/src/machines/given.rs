//! What a machine was given last, so that receipts about what it had before prove nothing.
use crate::error::StoreResult;
use crate::schema::machine_activations as a;
use crate::scope::cut;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::MachineId;
use diesel::prelude::*;

/// Notes that a machine that had its seat was given key material once more; `seq` is the number of
/// its computer key. Material that answers the same text as before, known by its nonce, replaces
/// nothing: the text was carried twice. Call it in the transaction that counted the key.
///
/// # Errors
/// When the database fails.
pub fn replace_key(
    tx: &mut TenantTx<'_>,
    id: MachineId,
    seq: i64,
    nonce: Option<&str>,
) -> StoreResult<()> {
    let known: Option<Option<String>> = a::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(a::nonce)
        .get_result(tx.conn)
        .optional()?;
    let same = nonce.is_some() && known.flatten().as_deref() == nonce;
    if same {
        return Ok(());
    }
    put(tx, id, (seq, nonce))
}

/// Notes by which text a machine just took its seat; `None` where it asked over the network.
///
/// # Errors
/// When the database fails.
pub fn note_request(tx: &mut TenantTx<'_>, id: MachineId, nonce: Option<&str>) -> StoreResult<()> {
    if nonce.is_some() {
        return put(tx, id, (0, nonce));
    }
    // Only a machine that had a seat before has a row.
    update(tx, id, (0, None)).map(drop)
}

fn put(tx: &mut TenantTx<'_>, id: MachineId, (seq, nonce): (i64, Option<&str>)) -> StoreResult<()> {
    if update(tx, id, (seq, nonce))? > 0 {
        return Ok(());
    }
    let row = (
        a::tenant_id.eq(tx.tenant().to_string()),
        a::machine_id.eq(id.to_string()),
        a::seq.eq(seq),
        a::nonce.eq(nonce.map(|nonce| cut(nonce, 64))),
    );
    let added = inserted(tx.conn, |conn| {
        diesel::insert_into(a::table).values(row).execute(conn)?;
        Ok(())
    })?;
    if !added {
        update(tx, id, (seq, nonce))?;
    }
    Ok(())
}

fn update(
    tx: &mut TenantTx<'_>,
    id: MachineId,
    (seq, nonce): (i64, Option<&str>),
) -> StoreResult<usize> {
    let row = a::table.find((tx.tenant().to_string(), id.to_string()));
    Ok(diesel::update(row)
        .set((
            a::seq.eq(seq),
            a::nonce.eq(nonce.map(|nonce| cut(nonce, 64))),
        ))
        .execute(tx.conn)?)
}

/// The lowest number of a computer key that the machine may still hold.
///
/// # Errors
/// When the database fails.
pub fn first_valid_seq(tx: &mut TenantTx<'_>, id: MachineId) -> StoreResult<i64> {
    let seq: Option<i64> = a::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(a::seq)
        .get_result(tx.conn)
        .optional()?;
    Ok(seq.unwrap_or(0).max(1))
}
