//! How busy machines were, in buckets of time.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::machine_metrics as h;
use crate::tx::{TenantTx, inserted};
use alvara_domain::id::MachineId;
use alvara_domain::machine::Machine;
use alvara_domain::metrics::{Bucket, Resolution, Spread};
use alvara_domain::time::UtcTime;
use diesel::prelude::*;
use extreme::{highest, lowest};

mod extreme;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = h, treat_none_as_default_value = false)]
struct BucketRow {
    tenant_id: String,
    machine_id: String,
    resolution: String,
    bucket_at: i64,
    samples: i64,
    cpu_count: i64,
    cpu_sum: i64,
    cpu_min: Option<i64>,
    cpu_max: Option<i64>,
    memory_count: i64,
    memory_sum: i64,
    memory_min: Option<i64>,
    memory_max: Option<i64>,
    disk_count: i64,
    disk_sum: i64,
    disk_min: Option<i64>,
    disk_max: Option<i64>,
}

impl TryFrom<BucketRow> for Bucket {
    type Error = StoreError;

    fn try_from(row: BucketRow) -> StoreResult<Self> {
        let spread = |count, sum, least, most| Spread {
            count,
            sum,
            least,
            most,
        };
        let r = Row::of("machine_metrics", &row.machine_id);
        Ok(Self {
            at: r.time("bucket_at", row.bucket_at)?,
            samples: row.samples,
            cpu: spread(row.cpu_count, row.cpu_sum, row.cpu_min, row.cpu_max),
            memory: spread(
                row.memory_count,
                row.memory_sum,
                row.memory_min,
                row.memory_max,
            ),
            disk: spread(row.disk_count, row.disk_sum, row.disk_min, row.disk_max),
        })
    }
}

/// Adds a bucket to the one of the machine that starts at the same instant. One statement where it
/// exists, so that of two reports at once none is lost. The machine was found, so it is in the scope.
///
/// # Errors
/// When the database fails.
pub fn add(
    tx: &mut TenantTx<'_>,
    machine: &Machine,
    resolution: Resolution,
    bucket: &Bucket,
) -> StoreResult<()> {
    absorb(tx, machine.id, resolution, bucket)
}

fn absorb(
    tx: &mut TenantTx<'_>,
    machine: MachineId,
    resolution: Resolution,
    bucket: &Bucket,
) -> StoreResult<()> {
    if merge(tx, machine, resolution, bucket)? {
        return Ok(());
    }
    let row = row_of(tx, machine, resolution, bucket);
    let first = inserted(tx.conn, |conn| {
        diesel::insert_into(h::table).values(&row).execute(conn)?;
        Ok(())
    })?;
    // Somebody else was first: now it is there.
    if first || merge(tx, machine, resolution, bucket)? {
        Ok(())
    } else {
        Err(StoreError::contended())
    }
}

fn merge(
    tx: &mut TenantTx<'_>,
    machine: MachineId,
    resolution: Resolution,
    bucket: &Bucket,
) -> StoreResult<bool> {
    let place = h::table.find((
        tx.tenant().to_string(),
        machine.to_string(),
        resolution.as_str(),
        bucket.at.micros(),
    ));
    let merged = diesel::update(place)
        .set((
            h::samples.eq(h::samples + bucket.samples),
            (
                h::cpu_count.eq(h::cpu_count + bucket.cpu.count),
                h::cpu_sum.eq(h::cpu_sum + bucket.cpu.sum),
                h::cpu_min.eq(lowest(h::cpu_min, bucket.cpu.least)),
                h::cpu_max.eq(highest(h::cpu_max, bucket.cpu.most)),
            ),
            (
                h::memory_count.eq(h::memory_count + bucket.memory.count),
                h::memory_sum.eq(h::memory_sum + bucket.memory.sum),
                h::memory_min.eq(lowest(h::memory_min, bucket.memory.least)),
                h::memory_max.eq(highest(h::memory_max, bucket.memory.most)),
            ),
            (
                h::disk_count.eq(h::disk_count + bucket.disk.count),
                h::disk_sum.eq(h::disk_sum + bucket.disk.sum),
                h::disk_min.eq(lowest(h::disk_min, bucket.disk.least)),
                h::disk_max.eq(highest(h::disk_max, bucket.disk.most)),
            ),
        ))
        .execute(tx.conn)?;
    Ok(merged == 1)
}

fn row_of(
    tx: &TenantTx<'_>,
    machine: MachineId,
    resolution: Resolution,
    bucket: &Bucket,
) -> BucketRow {
    BucketRow {
        tenant_id: tx.tenant().to_string(),
        machine_id: machine.to_string(),
        resolution: resolution.to_string(),
        bucket_at: bucket.at.micros(),
        samples: bucket.samples,
        cpu_count: bucket.cpu.count,
        cpu_sum: bucket.cpu.sum,
        cpu_min: bucket.cpu.least,
        cpu_max: bucket.cpu.most,
        memory_count: bucket.memory.count,
        memory_sum: bucket.memory.sum,
        memory_min: bucket.memory.least,
        memory_max: bucket.memory.most,
        disk_count: bucket.disk.count,
        disk_sum: bucket.disk.sum,
        disk_min: bucket.disk.least,
        disk_max: bucket.disk.most,
    }
}

/// The buckets of this and finer resolutions that start from `from` up to, not including, `to`: all
/// that a history of this resolution is made of. The machine was found, so it is in the scope.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    machine: &Machine,
    resolution: Resolution,
    (from, to): (UtcTime, UtcTime),
) -> StoreResult<Vec<Bucket>> {
    let resolutions: Vec<&str> = resolution
        .and_finer()
        .iter()
        .map(|one| one.as_str())
        .collect();
    let rows: Vec<BucketRow> = h::table
        .filter(h::tenant_id.eq(tx.tenant().to_string()))
        .filter(h::machine_id.eq(machine.id.to_string()))
        .filter(h::resolution.eq_any(resolutions))
        .filter(h::bucket_at.ge(from.micros()))
        .filter(h::bucket_at.lt(to.micros()))
        .select(BucketRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Bucket::try_from).collect()
}

/// Where the oldest bucket of a resolution starts, among all machines of the tenant, if it starts
/// before an instant.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a scope that is only part of the tenant.
pub fn oldest(
    tx: &mut TenantTx<'_>,
    resolution: Resolution,
    before: UtcTime,
) -> StoreResult<Option<UtcTime>> {
    tx.require_whole_tenant()?;
    let at: Option<i64> = h::table
        .filter(h::tenant_id.eq(tx.tenant().to_string()))
        .filter(h::resolution.eq(resolution.as_str()))
        .filter(h::bucket_at.lt(before.micros()))
        .select(diesel::dsl::min(h::bucket_at))
        .get_result(tx.conn)?;
    Row::of("machine_metrics", resolution.as_str()).time_opt("bucket_at", at)
}

/// The buckets of one resolution in a window, machine by machine and by time, at most `limit`.
///
/// # Errors
/// [`StoreError::OutOfReach`] for a scope that is only part of the tenant.
pub fn list_window(
    tx: &mut TenantTx<'_>,
    resolution: Resolution,
    (from, to): (UtcTime, UtcTime),
    limit: i64,
) -> StoreResult<Vec<(MachineId, Bucket)>> {
    tx.require_whole_tenant()?;
    let rows: Vec<BucketRow> = h::table
        .filter(h::tenant_id.eq(tx.tenant().to_string()))
        .filter(h::resolution.eq(resolution.as_str()))
        .filter(h::bucket_at.ge(from.micros()))
        .filter(h::bucket_at.lt(to.micros()))
        .order((h::machine_id, h::bucket_at))
        .limit(limit)
        .select(BucketRow::as_select())
        .load(tx.conn)?;
    rows.into_iter()
        .map(|row| {
            let id = Row::of("machine_metrics", &row.machine_id).text("id", &row.machine_id)?;
            Ok((id, Bucket::try_from(row)?))
        })
        .collect()
}

/// Takes buckets of a machine out and puts `into`, what they come to, in their place; nothing where
/// they are only forgotten. Taking out decides: whoever finds fewer than it read changes nothing.
///
/// # Errors
/// [`StoreError::Contended`] when somebody else moved some of them meanwhile.
pub fn replace(
    tx: &mut TenantTx<'_>,
    machine: MachineId,
    (resolution, gone): (Resolution, &[Bucket]),
    into: &[(Resolution, Bucket)],
) -> StoreResult<()> {
    tx.require_whole_tenant()?;
    let starts: Vec<i64> = gone.iter().map(|bucket| bucket.at.micros()).collect();
    let taken = diesel::delete(h::table)
        .filter(h::tenant_id.eq(tx.tenant().to_string()))
        .filter(h::machine_id.eq(machine.to_string()))
        .filter(h::resolution.eq(resolution.as_str()))
        .filter(h::bucket_at.eq_any(&starts))
        .execute(tx.conn)?;
    if taken != gone.len() {
        return Err(StoreError::contended());
    }
    for (resolution, bucket) in into {
        absorb(tx, machine, *resolution, bucket)?;
    }
    Ok(())
}
