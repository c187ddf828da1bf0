//! Goes round the licenses that end or have ended lately, one instance at a time, and has their holders
//! reminded. What was taken up is noted license by license, so a round that dies, or that two instances
//! make at once, tells nobody twice.

use alvara_domain::civil_date::{CivilDate, CivilDateError};
use alvara_domain::node::{Tenant, TenantState};
use alvara_domain::reminder::{ReminderStep, day_of};
use alvara_domain::time::UtcTime;
use alvara_store::{Scope, TenantTx, reminders};
use alvara_tenants::Console;

use super::machine_rounds::{all_tenants, claim};
use crate::error::{AppError, AppResult};
use crate::platform::Platform;
use crate::reminder::{Due, remind};

/// How often it is looked, in seconds.
const EVERY: i64 = 900;
/// How many licenses are listed at once.
const LISTED: i64 = 200;
/// A day, in seconds.
const DAY: i64 = 86_400;

/// Does what is due. Several instances may call it at once, as often as they like. Without a mail
/// server nothing is due: whoever sets one is not followed by mails about what is past.
///
/// # Errors
/// When the database fails.
pub async fn tend(platform: &Platform, console: &Console) -> AppResult<()> {
    let is_due = platform.mail().is_some();
    if !is_due || !claim(platform, console, "renewal_reminders", EVERY).await? {
        return Ok(());
    }
    for tenant in all_tenants(platform, console).await? {
        if tenant.state != TenantState::Active {
            continue;
        }
        if let Err(error) = look(platform, &console.scope(&tenant), &tenant).await {
            // The others are not kept from theirs.
            tracing::warn!(tenant = %tenant.id, %error, "nobody is reminded of what ends");
        }
    }
    Ok(())
}

async fn look(platform: &Platform, scope: &Scope, tenant: &Tenant) -> AppResult<()> {
    let out_of_days = |error: CivilDateError| AppError::Inconsistent(error.to_string());
    let now = platform.db().clock().now();
    let today = day_of(now, &tenant.time_zone).map_err(out_of_days)?;
    for step in ReminderStep::ALL.iter().copied() {
        let (first, last) = step.days(today).map_err(out_of_days)?;
        // A day begins less than a day before or after it does in UTC; which licenses end on it is
        // looked at one by one.
        let midnight = |day: CivilDate| {
            let text = format!("{day}T00:00:00Z");
            let parsed = text.parse::<UtcTime>();
            parsed.map_err(|error| AppError::Inconsistent(error.to_string()))
        };
        let from = midnight(first)?.saturating_add_seconds(-DAY);
        let until = midnight(last)?.saturating_add_seconds(2 * DAY);
        let due = Due {
            step,
            today,
            zone: tenant.time_zone.clone(),
        };
        tell(platform, scope, &due, (from, until)).await?;
    }
    Ok(())
}

async fn tell(
    platform: &Platform,
    scope: &Scope,
    due: &Due,
    span: (UtcTime, UtcTime),
) -> AppResult<()> {
    let (db, step) = (platform.db(), due.step);
    let mut after = None;
    loop {
        let list =
            move |tx: &mut TenantTx<'_>| reminders::list_due(tx, span, step, (after, LISTED));
        let found = db.read(scope, list).await.map_err(AppError::from)?;
        for (holder, ids) in due.by_holder(&found) {
            let (parts, due) = (platform.clone(), due.clone());
            let work = move |tx: &mut TenantTx<'_>| remind(tx, parts.vault(), &due, (holder, &ids));
            db.write(scope, work).await?;
        }
        let last = found
            .last()
            .and_then(|one| Some((one.expires_at()?, one.id)));
        match last {
            Some(place) => after = Some(place),
            None => return Ok(()),
        }
    }
}
