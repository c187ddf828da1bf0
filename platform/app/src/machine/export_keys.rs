//! Gives out computer keys as files: for machines that never call.

use alvara_domain::armour::{Armoured, Label};
use alvara_domain::event::EventKind;
use alvara_domain::fingerprint::Comparison;
use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::{Asks, MachineFact};
use alvara_store::machines::{self, MachineFilter};
use alvara_store::page::{Cursor, PageRequest};
use alvara_store::{Scope, StoreError, TenantTx};
use serde_json::json;

use crate::error::{AppError, AppResult};
use crate::machine::activate::Case;
use crate::machine::certify;
use crate::platform::Platform;
use crate::program::Stamp;

/// The most computer keys that one call gives.
pub const KEYS_MOST: u32 = 1000;

/// A computer key to carry to its machine, with a lease: the key says what the license allows, the
/// lease how long the machine may go on without contact, and whoever fetches both is in contact for
/// it.
#[derive(Debug, Clone)]
pub struct KeyFile {
    /// The machine.
    pub machine: MachineId,
    /// Its name, for people.
    pub name: String,
    /// The number of this key.
    pub seq: i64,
    /// The key itself: a JWS.
    pub computer_key: String,
    /// The lease: a JWS.
    pub lease: String,
}

impl KeyFile {
    /// Key and lease, a line each: what a QR code holds.
    #[must_use]
    pub fn lines(&self) -> String {
        format!("{}\n{}", self.computer_key, self.lease)
    }

    /// The same as a file.
    #[must_use]
    pub fn armour(&self) -> String {
        Armoured::new(Label::ComputerKey, self.lines().into_bytes()).write()
    }
}

/// Which machines of a license are next.
#[derive(Debug, Clone, Default)]
pub struct KeyPage {
    /// How many, up to [`KEYS_MOST`]; so many unless said otherwise.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

/// What the transaction leaves to be signed.
struct Due {
    case: Case,
    machines: Vec<Machine>,
    next: Option<Cursor>,
    stamp: Stamp,
    now: UtcTime,
}

impl Platform {
    /// A new computer key for one machine, showing its license as it is now.
    ///
    /// # Errors
    /// [`AppError::NotFound`] outside the scope; [`AppError::WrongState`] when the machine is not
    /// active or its license may not be used.
    pub async fn export_key(&self, scope: &Scope, id: MachineId) -> AppResult<KeyFile> {
        let platform = self.clone();
        let work = move |tx: &mut TenantTx<'_>| {
            let machine = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
            let case = Case::load(tx, machine.license_id)?;
            number(tx, &platform, case, vec![machine], None)
        };
        let due = self.db().write(scope, work).await?;
        let mut files = sign(due).await?.0;
        files.pop().ok_or(AppError::NotFound("machine"))
    }

    /// New computer keys for the active machines of a license, a page at a time. After a renewal
    /// this is how machines without network learn of it, all at once.
    ///
    /// # Errors
    /// As for [`Platform::export_key`].
    pub async fn export_keys(
        &self,
        scope: &Scope,
        license: LicenseId,
        page: KeyPage,
    ) -> AppResult<(Vec<KeyFile>, Option<Cursor>)> {
        let platform = self.clone();
        let work = move |tx: &mut TenantTx<'_>| {
            let case = Case::load(tx, license)?;
            let (machines, next) = active(tx, license, &page)?;
            number(tx, &platform, case, machines, next)
        };
        sign(self.db().write(scope, work).await?).await
    }
}

/// The active machines of a page, gathered from pages of the store, which are shorter.
fn active(
    tx: &mut TenantTx<'_>,
    license: LicenseId,
    page: &KeyPage,
) -> AppResult<(Vec<Machine>, Option<Cursor>)> {
    let filter = MachineFilter {
        license: Some(license),
        state: Some(MachineState::Active),
        ..MachineFilter::default()
    };
    let mut missing = page.limit.unwrap_or(KEYS_MOST).clamp(1, KEYS_MOST);
    let (mut found, mut next) = (Vec::new(), page.after.clone());
    loop {
        let some = machines::list(tx, &filter, &PageRequest::new(Some(missing), next))?;
        missing = missing.saturating_sub(u32::try_from(some.items.len()).unwrap_or(u32::MAX));
        found.extend(some.items);
        next = some.next;
        if next.is_none() || missing == 0 {
            return Ok((found, next));
        }
    }
}

/// Counts a computer key for each machine, and a new lease.
fn number(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    case: Case,
    mut machines: Vec<Machine>,
    next: Option<Cursor>,
) -> AppResult<Due> {
    let now = tx.now();
    let stamp = Stamp::load(tx, platform, &case.license, &case.product)?;
    let (revision, kid) = (case.license.revision, stamp.ring.active().kid().to_owned());
    for machine in &mut machines {
        let fact = MachineFact::Known {
            state: machine.state,
            comparison: &Comparison::Same,
        };
        let verdict = case.decide(fact, Asks::default(), now);
        if machine.state != MachineState::Active || !verdict.valid {
            let (noun, state) = match machine.state {
                MachineState::Active => ("license", verdict.code.as_str()),
                state => ("machine", state.as_str()),
            };
            return Err(AppError::WrongState {
                noun,
                state,
                wanted: "given a computer key",
            });
        }
        machine.computer_key_seq = machines::next_computer_key(tx, machine.id, revision, &kid)?;
        machine.lease_until = case.license.terms.lease_until(now);
        machines::extend_lease(tx, machine.id, machine.lease_until)?;
    }
    if !machines.is_empty() {
        let note = json!({
            "machines": machines.len(), "first": machines.first().map(|machine| machine.id),
            "last": machines.last().map(|machine| machine.id), "revision": revision, "kid": kid,
        });
        tx.audit("computer_keys.issued", case.license.id, (), &note)?;
        tx.emit(EventKind::ComputerKeysIssued, case.license.id, note)?;
    }
    Ok(Due {
        case,
        machines,
        next,
        stamp,
        now,
    })
}

/// Signs on a thread of its own: a thousand signatures take a while.
async fn sign(due: Due) -> AppResult<(Vec<KeyFile>, Option<Cursor>)> {
    let work = move || {
        let (license, product) = (&due.case.license, &due.case.product);
        let files = due.machines.iter().map(|machine| {
            Ok(KeyFile {
                machine: machine.id,
                name: machine.name.clone(),
                seq: machine.computer_key_seq,
                computer_key: due.stamp.computer_key(license, product, machine, due.now)?,
                lease: certify::lease(due.stamp.ring.active(), license, machine, None, due.now)?,
            })
        });
        Ok((files.collect::<AppResult<_>>()?, due.next))
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(signed) => signed,
        Err(_) => Err(AppError::Store(StoreError::Unavailable(
            "the process is ending".to_owned(),
        ))),
    }
}
