//! Changes what is not a decision about a license: its note, its bindings, how many machines.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::LicenseId;
use alvara_domain::license::{License, LicenseState};
use alvara_store::TenantTx;
use alvara_store::{licenses, policies};
use serde::Serialize;

use crate::error::{AppError, AppResult};
use crate::field::Fields;
use crate::license::expect::expect_version;
use crate::price::allow_machines;

/// What to change; what is `None` stays. The inner `None` takes a binding away or lifts the limit.
#[derive(Debug, Clone, Default)]
pub struct LicenseChange {
    /// For people, at most 500 characters.
    pub note: Option<String>,
    /// The one user it is for, at most 254 characters.
    pub user: Option<Option<String>>,
    /// The one site it is for, at most 100 characters.
    pub site: Option<Option<String>>,
    /// How many machines, before overage.
    pub machine_limit: Option<Option<u32>>,
}

#[derive(Serialize)]
struct Note<'a> {
    note: &'a str,
    user: Option<&'a str>,
    site: Option<&'a str>,
    machine_limit: Option<i64>,
}

impl<'a> Note<'a> {
    fn of(license: &'a License) -> Self {
        Self {
            note: &license.note,
            user: license.bound_user.as_deref(),
            site: license.bound_site.as_deref(),
            machine_limit: license.machine_limit,
        }
    }
}

/// Changes a license. `expected` is the version that the caller read; `None` takes whatever is
/// there. What a computer key shows raises the revision, so each machine gets a new one.
///
/// # Errors
/// [`AppError::Invalid`] for fields, and for a limit below the machines that hold a seat;
/// [`AppError::NotFound`], [`AppError::Stale`]; [`AppError::WrongState`] for a revoked license;
/// [`AppError::BeyondPlan`] for a caller who sells at plans.
pub fn update(
    tx: &mut TenantTx<'_>,
    id: LicenseId,
    expected: Option<i64>,
    change: &LicenseChange,
) -> AppResult<License> {
    // Held, so that no machine takes a seat between looking at the seats and lowering their limit.
    if !licenses::hold(tx, id)? {
        return Err(AppError::NotFound("license"));
    }
    expect_version(tx, id, expected)?;
    let before = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    if before.state == LicenseState::Revoked {
        return Err(AppError::WrongState {
            noun: "license",
            state: before.state.as_str(),
            wanted: "changed",
        });
    }
    let mut after = changed(&before, change)?;
    if let Some(wanted) = change.machine_limit {
        let policy = policies::find(tx, before.policy_id)?.ok_or(AppError::NotFound("policy"))?;
        allow_machines(tx, &policy, (before.terms.machine_limit, wanted))?;
    }
    if after == before {
        return Ok(before);
    }
    let shown = |license: &License| {
        (
            license.bound_user.clone(),
            license.bound_site.clone(),
            license.machine_limit,
        )
    };
    if shown(&after) != shown(&before) {
        after.revision += 1;
    }
    licenses::update(tx, &after)?;
    tx.audit("license.updated", id, Note::of(&before), Note::of(&after))?;
    tx.emit(EventKind::LicenseUpdated, id, Note::of(&after))?;
    licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))
}

fn changed(before: &License, change: &LicenseChange) -> AppResult<License> {
    let mut after = before.clone();
    let mut fields = Fields::new();
    if let Some(note) = &change.note {
        after.note = fields.paragraphs("/note", note, 500);
    }
    if let Some(user) = &change.user {
        after.bound_user = user.as_deref().map(|user| fields.line("/user", user, 254));
    }
    if let Some(site) = &change.site {
        after.bound_site = site.as_deref().map(|site| fields.line("/site", site, 100));
    }
    if let Some(limit) = change.machine_limit {
        if let Some(limit) = limit {
            fields.within("/machine_limit", i64::from(limit), 1..=1_000_000);
        }
        after.terms.machine_limit = limit;
        after.machine_limit = after.terms.machine_ceiling().map(i64::from);
        if after
            .machine_limit
            .is_some_and(|most| most < before.machines_used)
        {
            let detail = format!(
                "{} machines hold a seat; deactivate some first",
                before.machines_used
            );
            fields.refuse("/machine_limit", FaultCode::Conflict, detail);
        }
    }
    fields.finish()?;
    Ok(after)
}
