//! Reminds customers that a license ends, once for each step however many instances look.
//!
//! Who is reminded is decided twice: when the step is due, and once more when the mail leaves, for a
//! license may have been renewed in between.

use std::collections::BTreeMap;

use alvara_domain::civil_date::CivilDate;
use alvara_domain::id::{LicenseId, NodeId};
use alvara_domain::license::{License, LicenseState};
use alvara_domain::mail::{Ending, MailContent};
use alvara_domain::recurring::RenewalState;
use alvara_domain::reminder::ReminderStep;
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_store::mandates::MandateFilter;
use alvara_store::page::PageRequest;
use alvara_store::{TenantTx, licenses, mandates, reminders, renewals};
use alvara_vault::Vault;
use serde_json::json;

use crate::AppResult;
use crate::billing::offer::renewal_if_any;
use crate::billing::renewal::{is_usable, is_void};
use crate::mail::{NewMail, post, recipient};

/// The most licenses of one mail; more go into another one.
const MOST: usize = 20;

/// The step that is due on a day, where the seller is.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    /// Which.
    pub(crate) step: ReminderStep,
    /// On which day.
    pub(crate) today: CivilDate,
    /// By which clock a license ends on a day.
    pub(crate) zone: ZoneName,
}

impl Due {
    fn is_for(&self, ends_at: UtcTime) -> bool {
        let ends = CivilDate::of(ends_at, &self.zone);
        ReminderStep::newest(ends, self.today) == Some(self.step)
    }

    /// The licenses of which this step is due, by who holds them: one mail each.
    pub(crate) fn by_holder(&self, found: &[License]) -> Vec<(NodeId, Vec<LicenseId>)> {
        let mut all: BTreeMap<NodeId, Vec<LicenseId>> = BTreeMap::new();
        for license in found {
            if license.expires_at().is_some_and(|at| self.is_for(at)) {
                all.entry(license.node_id).or_default().push(license.id);
            }
        }
        let mut mails = Vec::new();
        for (holder, ids) in all {
            mails.extend(ids.chunks(MOST).map(|some| (holder, some.to_vec())));
        }
        mails
    }
}

/// Takes a step up of licenses of one holder, and writes the mail of it down. Those of which somebody
/// else did so meanwhile, or that are reminded of for other reasons no more, are left out.
pub(crate) fn remind(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    due: &Due,
    (holder, ids): (NodeId, &[LicenseId]),
) -> AppResult<()> {
    let to = recipient(tx, holder)?;
    let mut endings = Vec::new();
    for id in ids {
        let Some(license) = licenses::find(tx, *id)?.filter(|one| one.node_id == holder) else {
            continue;
        };
        let Some(ends_at) = end_told_of(&license).filter(|at| due.is_for(*at)) else {
            continue;
        };
        let of = (license.id, ends_at);
        if !due.step.suits(license.term.period.as_ref()) {
            // It never will: nobody need look again.
            reminders::take(tx, of, due.step)?;
            continue;
        }
        // These may change, so the license is looked at again while the step is the newest.
        let is_quiet = !is_usable(tx, &license)? || collects_itself(tx, &license)?;
        if to.is_none() || is_quiet || !reminders::take(tx, of, due.step)? {
            continue;
        }
        endings.push(Ending {
            license: license.id,
            ends_at: ends_at.micros(),
            order: renewal_if_any(tx, vault, license.id)?,
        });
    }
    let Some(to) = to.filter(|_| !endings.is_empty()) else {
        return Ok(());
    };
    let what = json!({ "step": due.step, "licenses": endings });
    let mail = NewMail {
        place: holder,
        recipient: to.email,
        locale: to.locale,
        content: MailContent::Renewal {
            name: to.name,
            step: due.step,
            licenses: endings,
        },
    };
    post(tx, mail)?;
    tx.audit("customer.reminded", holder, (), &what)?;
    Ok(())
}

/// When a license ends of whose end its holder is told: not that of one that is put away, may not be
/// used, never ends, or was for trying out.
pub(crate) fn end_told_of(license: &License) -> Option<UtcTime> {
    let is_told = license.deleted_at.is_none()
        && license.state == LicenseState::Active
        && !matches!(license.kind, LicenseKind::Trial | LicenseKind::Demo);
    license.expires_at().filter(|_| is_told)
}

/// Whether the end of a license is taken care of: its renewal is paid, or a mandate collects it.
pub(crate) fn collects_itself(tx: &mut TenantTx<'_>, license: &License) -> AppResult<bool> {
    let Some(ends_at) = license.expires_at() else {
        return Ok(true);
    };
    // What was given up, or whose money went back, is collected by another mandate only.
    let void_of = match renewals::find(tx, license.id, ends_at)? {
        Some(renewal) if is_void(tx, &renewal)? => Some(renewal.mandate_id),
        Some(renewal) if renewal.state == RenewalState::Paid => return Ok(true),
        Some(_) | None => None,
    };
    let filter = MandateFilter {
        license: Some(license.id),
        ..MandateFilter::default()
    };
    let newest = mandates::list(tx, &filter, &PageRequest::default())?;
    let mut known = newest.items.iter();
    Ok(known.any(|mandate| {
        let is_its = mandate.node_id == license.node_id && Some(mandate.id) != void_of;
        is_its && mandate.may_collect()
    }))
}
