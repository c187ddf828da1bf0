//! Goes round all machines, one instance at a time: tells of those that fell silent, and moves old
//! figures to coarser buckets. Each step is small and stands by itself, so a round that dies is
//! taken up by the next where it stopped.

use alvara_domain::event::EventKind;
use alvara_domain::metrics::{Bucket, Resolution, fold};
use alvara_domain::node::Tenant;
use alvara_store::page::PageRequest;
use alvara_store::{Scope, TenantTx, machine_metrics, machines, rounds, tenants};
use alvara_tenants::Console;
use serde_json::json;

use crate::error::{AppError, AppResult};
use crate::platform::Platform;

/// How often silent machines are looked for, in seconds.
const SILENT_EVERY: i64 = 60;
/// How often figures are moved, in seconds.
const FIGURES_EVERY: i64 = 600;
/// How many buckets are moved in one transaction: others who write wait for milliseconds.
const BUCKETS: i64 = 500;
/// How many such transactions a round has for one tenant and resolution; the rest waits for the next.
const STEPS: u32 = 400;

/// Does what is due. Several instances may call it at once, as often as they like.
///
/// # Errors
/// When the database fails.
pub async fn tend(platform: &Platform, console: &Console) -> AppResult<()> {
    if claim(platform, console, "silent_machines", SILENT_EVERY).await? {
        for tenant in all_tenants(platform, console).await? {
            tell_silent(platform, &console.scope(&tenant)).await?;
        }
    }
    if claim(platform, console, "machine_figures", FIGURES_EVERY).await? {
        for tenant in all_tenants(platform, console).await? {
            move_figures(platform, &console.scope(&tenant)).await?;
        }
    }
    Ok(())
}

pub(super) async fn claim(
    platform: &Platform,
    console: &Console,
    name: &'static str,
    every: i64,
) -> AppResult<bool> {
    platform
        .db()
        .platform_write(&console.housekeeping(), move |tx| {
            rounds::claim(tx, name, every)
        })
        .await
        .map_err(AppError::from)
}

pub(super) async fn all_tenants(platform: &Platform, console: &Console) -> AppResult<Vec<Tenant>> {
    let (mut all, mut page) = (Vec::new(), PageRequest::default());
    loop {
        let found = platform
            .db()
            .platform_read(&console.housekeeping(), move |tx| {
                tenants::list(tx, None, &page)
            })
            .await
            .map_err(AppError::from)?;
        all.extend(found.items);
        match found.next {
            Some(cursor) => page = PageRequest::new(None, Some(cursor)),
            None => return Ok(all),
        }
    }
}

async fn tell_silent(platform: &Platform, scope: &Scope) -> AppResult<()> {
    // Looked at by a reader first: most tenants have nothing to write most of the time.
    while !platform
        .db()
        .read(scope, machines::list_untold)
        .await
        .map_err(AppError::from)?
        .is_empty()
    {
        platform.db().write(scope, tell_some).await?;
    }
    Ok(())
}

fn tell_some(tx: &mut TenantTx<'_>) -> AppResult<()> {
    for machine in machines::list_untold(tx)? {
        if machines::note_silence(tx, machine.id)? {
            tx.emit(
                EventKind::MachineOffline,
                machine.id,
                json!({
                    "license_id": machine.license,
                    "name": machine.name,
                    "silent_since": machine.online_until,
                }),
            )?;
        }
    }
    Ok(())
}

async fn move_figures(platform: &Platform, scope: &Scope) -> AppResult<()> {
    for resolution in Resolution::ALL {
        for _ in 0..STEPS {
            let due = platform.db().read(scope, |tx| due(tx, *resolution)).await?;
            if due.is_none() {
                break;
            }
            platform
                .db()
                .write(scope, |tx| move_some(tx, *resolution))
                .await?;
        }
    }
    Ok(())
}

/// The window of the oldest buckets whose time is over: one bucket of the next resolution.
fn due(
    tx: &mut TenantTx<'_>,
    resolution: Resolution,
) -> AppResult<Option<(alvara_domain::time::UtcTime, alvara_domain::time::UtcTime)>> {
    let into = resolution.coarser().unwrap_or(resolution);
    let past = tx.now().saturating_add_seconds(-resolution.kept_seconds());
    // Whole windows only, so that a window is moved once all of it is old.
    let oldest = machine_metrics::oldest(tx, resolution, into.start_of(past))?;
    Ok(oldest.map(|at| {
        let start = into.start_of(at);
        (start, start.saturating_add_seconds(into.seconds()))
    }))
}

fn move_some(tx: &mut TenantTx<'_>, resolution: Resolution) -> AppResult<()> {
    let Some(window) = due(tx, resolution)? else {
        return Ok(());
    };
    let found = machine_metrics::list_window(tx, resolution, window, BUCKETS)?;
    for some in found.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((machine, _)) = some.first() else {
            continue;
        };
        let gone: Vec<Bucket> = some.iter().map(|(_, bucket)| *bucket).collect();
        let into: Vec<(Resolution, Bucket)> = match resolution.coarser() {
            Some(coarser) => fold(gone.iter().copied(), coarser)
                .into_iter()
                .map(|bucket| (coarser, bucket))
                .collect(),
            None => Vec::new(),
        };
        machine_metrics::replace(tx, *machine, (resolution, &gone), &into)?;
    }
    Ok(())
}
