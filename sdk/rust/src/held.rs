//! What a machine holds, judged: from the store to the state of the license. Nothing here calls
//! anybody or writes anything.

use std::time::Duration;

use crate::keys::KeySet;
use crate::state::{Seat, State, Status};
use crate::store::{Kept, Seen, Watermark};
use alvara_domain::certificate::{ComputerKeyClaims, LeaseClaims};
use alvara_domain::fingerprint::{Comparison, Components, Fingerprint, Identity};
use alvara_domain::license::LicenseState;
use alvara_domain::machine::MachineState;
use alvara_domain::module::{ModuleClaim, ModuleGrant};
use alvara_domain::product::Version;
use alvara_domain::terms::Terms;
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::{
    self, Because, Claimed, Code, Contact, Facts, Grant, Lookup, MachineFact, Verdict, VersionAsk,
    decide,
};

const DAY: i64 = 86_400;

/// How a program behaves around its checks. The windows themselves are signed; a preset can only
/// make them narrower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// How long to wait after the first failure.
    pub retry: Duration,
    /// The most that the wait grows to.
    pub retry_most: Duration,
    /// Longest time without contact in seconds, whatever the license allows; `None`: as it says.
    pub window: Option<i64>,
    /// From how many days before the expiry to warn where the license does not say.
    pub warn_days: u32,
}

/// Lives from contact to contact: 300 seconds without one and the program stops; tries each 10
/// seconds.
pub const ALWAYS_ONLINE: Preset = Preset {
    retry: Duration::from_secs(10),
    retry_most: Duration::from_secs(10),
    window: Some(300),
    warn_days: 0,
};

/// Checks as the license says (7 days and 30 of grace by the platform's preset), and warns 15 days
/// ahead.
pub const HYBRID: Preset = Preset {
    retry: Duration::from_secs(60),
    retry_most: Duration::from_secs(3600),
    window: None,
    warn_days: 15,
};

/// What the program is, and what it must be allowed.
#[derive(Debug, Clone, Default)]
pub struct Asks {
    /// Its version.
    pub version: Option<Version>,
    /// When that came out, in seconds since 1970.
    pub released_at: Option<i64>,
    /// Who uses it.
    pub user: Option<String>,
    /// Where.
    pub site: Option<String>,
    /// Modules without which it does not run at all.
    pub modules: Vec<String>,
}

/// By what a program judges what it holds.
pub struct Holder {
    /// Code of the product.
    pub product: String,
    /// Its public keys.
    pub keys: KeySet,
    /// The machine's fingerprint, as the platform knows it.
    pub fingerprint: Fingerprint,
    /// Its components, likewise.
    pub components: Components,
    /// What the program is.
    pub asks: Asks,
    /// How it behaves.
    pub preset: Preset,
    /// Whether it needs a floating seat, and which of several programs on the machine it is.
    pub seat: Option<String>,
}

impl Holder {
    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity {
            fingerprint: &self.fingerprint,
            components: &self.components,
        }
    }

    pub(crate) fn instance(&self) -> &str {
        self.seat.as_deref().unwrap_or_default()
    }
}

fn at(seconds: i64) -> UtcTime {
    UtcTime::from_seconds(seconds).unwrap_or(if seconds < 0 {
        UtcTime::MIN
    } else {
        UtcTime::MAX
    })
}

/// Whether a lease is one of this key's license and machine.
pub(crate) fn belongs(key: &ComputerKeyClaims, lease: &LeaseClaims, machine: &str) -> bool {
    lease.sub == key.sub && lease.mac.to_string() == machine
}

/// How the license stands at `now`, in seconds since 1970.
#[must_use]
pub fn judge(kept: &Kept, watermark: &Watermark, holder: &Holder, now: i64) -> State {
    let (Some(key), Some(lease)) = (&kept.computer_key, &kept.lease) else {
        return State::none("NOT_ACTIVATED");
    };
    let machine = kept.machine_id.clone().unwrap_or_default();
    let read = (holder.keys.computer_key(key), holder.keys.lease(lease));
    let (key, lease) = match read {
        (Ok(key), Ok(lease)) if belongs(&key, &lease, &machine) && lease.seat.is_none() => {
            (key, lease)
        }
        _ => {
            let mut forged = State::none("TOKEN_FORGED");
            forged.machine.clone_from(&kept.machine_id);
            return forged;
        }
    };
    let nothing = Seen::default();
    let seen = watermark.machines.get(&machine).unwrap_or(&nothing);
    let state = State {
        license: Some(key.sub.to_string()),
        machine: Some(machine.clone()),
        kind: Some(key.knd),
        expires_at: key.exp,
        next_check_at: Some(lease.nxt.max(kept.next_check.unwrap_or_default())),
        modules: key
            .modules(at(now))
            .map(|module| (module.code, module.value))
            .collect(),
        ..State::none("VALID")
    };
    let last = kept.refusal.as_ref().map_or(0, |refusal| refusal.at);
    // Without its twin the watermark is gone, or is that of another store.
    let is_alone = kept.twin.is_some() && kept.twin != watermark.twin;
    if is_alone || key.seq < kept.seq.max(seen.seq) || lease.iat.max(last) < seen.contact {
        return state.stopped("STORE_ROLLBACK", None);
    }
    if let Some(code) = kept.listed.as_ref().or(seen.listed.as_ref()) {
        return state.stopped(code, None);
    }
    if let Some(refusal) = &kept.refusal {
        let mut refused = state.stopped(&refusal.code, refusal.because.clone());
        refused.days_left = refusal.days_left;
        return refused;
    }
    let seat = held_seat(kept, seen, holder, &key, &machine);
    let contact = contact(kept, watermark, holder.preset, &lease, seat.as_ref());
    let judged = judged(state, &key, &lease, contact, holder, now);
    match (&holder.seat, seat) {
        (None, _) => judged,
        (Some(_), _) if !judged.valid => judged,
        (Some(instance), Some(seat)) if now <= seat.exp => State {
            seat: Some(Seat {
                id: seat.seat.map(|id| id.to_string()).unwrap_or_default(),
                until: seat.exp,
                borrowed_until: kept
                    .seats
                    .get(instance)
                    .and_then(|held| held.borrowed_until),
            }),
            ..judged
        },
        (Some(_), _) => judged.stopped("NO_SEAT", None),
    }
}

fn held_seat(
    kept: &Kept,
    seen: &Seen,
    holder: &Holder,
    key: &ComputerKeyClaims,
    machine: &str,
) -> Option<LeaseClaims> {
    let held = kept.seats.get(holder.instance())?;
    let lease = holder.keys.lease(&held.lease).ok()?;
    let id = lease.seat?.to_string();
    (belongs(key, &lease, machine) && !seen.returned.contains(&id)).then_some(lease)
}

/// When the last contact was and until when it lasts, in seconds. The later end of the two proofs
/// counts; the clock may lie behind none of what was seen.
struct Proof {
    seen: i64,
    until: i64,
}

fn contact(
    kept: &Kept,
    watermark: &Watermark,
    preset: Preset,
    lease: &LeaseClaims,
    seat: Option<&LeaseClaims>,
) -> Proof {
    let until = match preset.window {
        Some(window) => lease.exp.min(lease.iat.saturating_add(window)),
        None => lease.exp,
    };
    let seen = lease.iat.max(kept.last_seen).max(watermark.last_seen);
    Proof {
        seen: seat.map_or(seen, |seat| seen.max(seat.iat)),
        until: seat.map_or(until, |seat| until.max(seat.exp)),
    }
}

/// What terms the signed texts tell of.
fn terms(key: &ComputerKeyClaims, lease: &LeaseClaims) -> Terms {
    let mut terms = Terms {
        kind: key.knd,
        versions: key.ver,
        ..Terms::default()
    };
    if let Some(ladder) = lease.lad {
        (terms.grace, terms.expiry_strategy) = (ladder.grace, ladder.strategy);
    }
    terms
}

fn grants(key: &ComputerKeyClaims) -> Vec<ModuleGrant> {
    let grant = |module: ModuleClaim| ModuleGrant {
        expires_at: module.ends.map(at),
        value: module.value,
        ..ModuleGrant::plain(&module.code)
    };
    key.modules
        .split_ascii_whitespace()
        .filter_map(|text| text.parse().ok())
        .map(grant)
        .collect()
}

fn verdict(
    key: &ComputerKeyClaims,
    terms: &Terms,
    comparison: &Comparison,
    proof: &Proof,
    holder: &Holder,
    now: i64,
) -> Verdict {
    let modules = grants(key);
    let asks = &holder.asks;
    let facts = Facts {
        machine: MachineFact::Known {
            state: MachineState::Active,
            comparison,
        },
        asks: verdict::Asks {
            product: Some(&holder.product),
            version: asks.version.clone().map(|number| VersionAsk {
                number,
                released_at: asks.released_at.map(at),
            }),
            user: Claimed::from(asks.user.as_deref()),
            site: Claimed::from(asks.site.as_deref()),
            modules: &asks.modules,
            ..verdict::Asks::default()
        },
        contact: Contact::Lease {
            issued_at: at(proof.seen),
            expires_at: at(proof.until),
        },
        ..Facts::of(Lookup::Found(Grant {
            state: LicenseState::Active,
            product: &key.prd,
            terms,
            starts_at: key.nbf.map_or(UtcTime::MIN, at),
            expires_at: key.exp.map(at),
            maintenance_until: key.mnt.map(at),
            bound_user: key.usr.as_deref(),
            bound_site: key.site.as_deref(),
            machine_limit: None,
            machines_used: 0,
            modules: &modules,
        }))
    };
    decide(&facts, at(now))
}

fn judged(
    mut state: State,
    key: &ComputerKeyClaims,
    lease: &LeaseClaims,
    proof: Proof,
    holder: &Holder,
    now: i64,
) -> State {
    let terms = terms(key, lease);
    let comparison = key.fp.compare(holder.identity());
    let verdict = verdict(key, &terms, &comparison, &proof, holder, now);
    state.days_left = verdict.days_left;
    let because = verdict
        .because
        .as_ref()
        .and_then(|because| serde_json::to_value(because).ok());
    if !verdict.valid {
        let mut stopped = state.stopped(verdict.code.as_str(), because);
        if verdict.code == Code::VersionNotEntitled && is_too_old(key, holder) {
            stopped.status = Status::NeedsUpdate;
        }
        return stopped;
    }
    let warn_days = match terms.grace.warn_days {
        0 => holder.preset.warn_days,
        days => days,
    };
    let (status, grace_ends_at) = match (verdict.code, &verdict.because) {
        (Code::Expired, _) => (Status::Expired, None),
        (Code::ExpiredGrace, Some(Because::Expiry { until, .. })) => {
            (Status::Grace, until.map(UtcTime::seconds))
        }
        (Code::ExpiredGrace, _) => (Status::Grace, None),
        _ if now > lease.iat.saturating_add(i64::from(key.rv)) => {
            (Status::Grace, Some(proof.until))
        }
        _ if key
            .exp
            .is_some_and(|end| now >= end - i64::from(warn_days) * DAY) =>
        {
            (Status::Expiring, None)
        }
        _ => (Status::Ok, None),
    };
    State {
        status,
        grace_ends_at,
        code: verdict.code.to_string(),
        valid: true,
        access: verdict.access,
        because,
        ..state
    }
}

/// Whether an update would help: the license is for later versions only.
fn is_too_old(key: &ComputerKeyClaims, holder: &Holder) -> bool {
    match (&holder.asks.version, key.ver.from) {
        (Some(version), Some(from)) => (version.major, version.minor) < from,
        _ => false,
    }
}
