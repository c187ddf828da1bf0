//! The verdict: may this program run, and if not, why not.
//!
//! [`decide`] is the one place that answers. It asks in a fixed order, from what ends a license for
//! good to what passes by itself, and names the first thing that stands in the way.

use serde::Serialize;

use crate::fingerprint::Comparison;
use crate::key::KeyError;
use crate::license::LicenseState;
use crate::machine::MachineState;
use crate::product::{Version, VersionRange};
use crate::terms::{Approval, ExpiryStrategy, Terms};
use crate::time::UtcTime;

pub use facts::{
    Asks, Claimed, Contact, Facts, Grant, Lookup, MachineFact, MeterAsk, SeatAsk, Standing,
    TrialHistory, VersionAsk,
};

mod facts;

crate::text_enum! {
    /// Why; stable, for programs. A code never changes its meaning and never goes away.
    pub enum Code {
        /// Nothing stands in the way.
        Valid = "VALID",
        /// No such license.
        NotFound = "NOT_FOUND",
        /// What was typed is no key at all.
        KeyMalformed = "KEY_MALFORMED",
        /// Ended for good.
        Revoked = "REVOKED",
        /// The license itself is suspended.
        Suspended = "SUSPENDED",
        /// Who holds the license is suspended.
        CustomerSuspended = "CUSTOMER_SUSPENDED",
        /// Who sold the license is suspended.
        TenantSuspended = "TENANT_SUSPENDED",
        /// Somebody must validate it first.
        PendingValidation = "PENDING_VALIDATION",
        /// Somebody must approve it first.
        PendingApproval = "PENDING_APPROVAL",
        /// Its start lies ahead.
        NotYetEffective = "NOT_YET_EFFECTIVE",
        /// It is for another product.
        ProductMismatch = "PRODUCT_MISMATCH",
        /// Not for this version.
        VersionNotEntitled = "VERSION_NOT_ENTITLED",
        /// It is bound to another user.
        UserMismatch = "USER_MISMATCH",
        /// It is bound to another site.
        SiteMismatch = "SITE_MISMATCH",
        /// The machine was never activated, or no longer is.
        MachineUnknown = "MACHINE_UNKNOWN",
        /// The machine is blocked.
        MachineBlocked = "MACHINE_BLOCKED",
        /// It is another machine.
        FingerprintMismatch = "FINGERPRINT_MISMATCH",
        /// All machines are taken.
        MachineLimit = "MACHINE_LIMIT",
        /// All floating seats are taken.
        SeatLimit = "SEAT_LIMIT",
        /// All named users are taken.
        UserLimit = "USER_LIMIT",
        /// The program's own proof of contact ran out.
        LeaseExpired = "LEASE_EXPIRED",
        /// The machine should have called long ago.
        CheckOverdue = "CHECK_OVERDUE",
        /// Its time is over.
        Expired = "EXPIRED",
        /// Its time is over, but grace is running.
        ExpiredGrace = "EXPIRED_GRACE",
        /// The version is newer than the maintenance.
        MaintenanceEnded = "MAINTENANCE_ENDED",
        /// This machine has had its trial.
        TrialUsed = "TRIAL_USED",
        /// A module is asked for that it does not unlock.
        ModuleMissing = "MODULE_MISSING",
        /// It was not paid in time.
        PaymentOverdue = "PAYMENT_OVERDUE",
        /// The machine's clock is behind its own proof of contact.
        ClockRollback = "CLOCK_ROLLBACK",
        /// The metered use is exhausted.
        MeterLimit = "METER_LIMIT",
    }
}

crate::text_enum! {
    /// How much the program may do.
    pub enum Access {
        /// Everything the license grants.
        Full = "full",
        /// Open, read and export.
        ReadOnly = "read_only",
        /// Nothing.
        None = "none",
    }
}

crate::text_enum! {
    /// What a limit counts.
    pub enum Counted {
        /// Active machines.
        Machines = "machines",
        /// Named users.
        Users = "users",
        /// Floating seats.
        Seats = "seats",
    }
}

/// What differed: the facts behind a code, for programs and for the sentence that people read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the fields say the two things that were compared"
)]
pub enum Because {
    /// What is wrong with the key.
    Key(KeyError),
    /// The license's state.
    State { state: LicenseState },
    /// Something above the license is suspended.
    Standing { standing: Standing },
    /// Since when a payment is due.
    Payment { since: UtcTime },
    /// When the license starts.
    Start { starts_at: UtcTime },
    /// Another product.
    Product { licensed: String, asked: String },
    /// A version outside the range.
    Version {
        allowed: VersionRange,
        asked: Version,
    },
    /// A version that came out too late.
    Release {
        released_at: UtcTime,
        entitled_until: UtcTime,
    },
    /// Another user, or none given. Whose license it is stays unsaid.
    User { asked: Option<String> },
    /// Another site, or none given.
    Site { asked: Option<String> },
    /// The machine's state; `None` when it is not known at all.
    Machine { state: Option<MachineState> },
    /// What changed on the machine, beyond what is tolerated.
    Fingerprint {
        changed: Vec<String>,
        matched: u32,
        threshold: u32,
    },
    /// What changed on the machine, tolerated. Comes with `VALID`.
    Drift { changed: Vec<String> },
    /// A limit and its count.
    Limit { of: Counted, used: i64, limit: i64 },
    /// A limit of machines that is reached while seats are kept for named machines still to come.
    Reserved {
        reserved: i64,
        used: i64,
        limit: i64,
    },
    /// The one trial of this machine is over.
    Trial,
    /// Until when the machine might go without contact.
    Contact { until: UtcTime },
    /// The machine's clock shows less than the time at which it last had contact.
    Clock { last_contact: UtcTime },
    /// When it expires or expired, and when what is still allowed ends.
    Expiry {
        expires_at: UtcTime,
        until: Option<UtcTime>,
    },
    /// The modules that it does not unlock.
    Modules { missing: Vec<String> },
    /// A meter and its count.
    Meter { name: String, used: u64, limit: u64 },
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether the program may run, in whatever way `access` says.
    pub valid: bool,
    /// Why.
    pub code: Code,
    /// How much the program may do.
    pub access: Access,
    /// The facts behind the code; with `VALID` a warning, if there is one.
    pub because: Option<Because>,
    /// Days until the expiry, rounded up; 0 once expired; `None` when it does not expire or there
    /// is no license.
    pub days_left: Option<i64>,
}

/// How far a machine's clock may be behind before it counts as turned back, in seconds.
pub const CLOCK_TOLERANCE_SECONDS: i64 = 300;

impl Verdict {
    /// The same with a warning, where the license is plainly valid.
    #[must_use]
    pub fn warned(mut self, because: Because) -> Self {
        if self.code == Code::Valid {
            self.because = Some(because);
        }
        self
    }
}

type Refusal = (Code, Option<Because>);
type Step = fn(&Facts<'_>, &Grant<'_>, UtcTime) -> Option<Refusal>;

/// The order of the contract. The expiry comes after these, since it may refuse, restrict or warn,
/// and what is asked of a license that may run comes last.
const STEPS: [Step; 12] = [
    revoked,
    suspended,
    pending,
    not_yet_effective,
    other_product,
    version_not_entitled,
    other_user,
    other_site,
    machine,
    limits,
    trial_used,
    contact,
];

/// Decides. Pure: the same facts at the same instant give the same verdict, on the server, in the
/// command line and in the client.
#[must_use]
pub fn decide(facts: &Facts<'_>, now: UtcTime) -> Verdict {
    let grant = match &facts.license {
        Lookup::Found(grant) => grant,
        Lookup::NotFound => return refused((Code::NotFound, None), None),
        Lookup::Malformed(error) => {
            return refused(
                (Code::KeyMalformed, Some(Because::Key(error.clone()))),
                None,
            );
        }
    };
    let days_left = grant.expires_at.map(|expiry| now.days_until(expiry));
    if let Some(refusal) = STEPS.iter().find_map(|step| step(facts, grant, now)) {
        return refused(refusal, days_left);
    }
    let (code, access, because) = expiry(grant, now);
    if access == Access::None {
        return refused((code, because), days_left);
    }
    if let Some(refusal) =
        modules_missing(facts, grant, now).or_else(|| meter_exhausted(facts, grant))
    {
        return refused(refusal, days_left);
    }
    let because = because.or_else(|| match facts.machine {
        MachineFact::Known {
            comparison: Comparison::Drift { changed },
            ..
        } => Some(Because::Drift {
            changed: changed.clone(),
        }),
        _ => None,
    });
    Verdict {
        valid: true,
        code,
        access,
        because,
        days_left,
    }
}

fn refused((code, because): Refusal, days_left: Option<i64>) -> Verdict {
    Verdict {
        valid: false,
        code,
        access: Access::None,
        because,
        days_left,
    }
}

fn revoked(_: &Facts<'_>, grant: &Grant<'_>, _: UtcTime) -> Option<Refusal> {
    (grant.state == LicenseState::Revoked)
        .then_some((Code::Revoked, Some(Because::State { state: grant.state })))
}

fn suspended(facts: &Facts<'_>, grant: &Grant<'_>, _: UtcTime) -> Option<Refusal> {
    if grant.state == LicenseState::Suspended {
        return Some((Code::Suspended, Some(Because::State { state: grant.state })));
    }
    let standing = facts.standing;
    match standing {
        Standing::Good => None,
        Standing::CustomerSuspended => Some((
            Code::CustomerSuspended,
            Some(Because::Standing { standing }),
        )),
        Standing::TenantSuspended => {
            Some((Code::TenantSuspended, Some(Because::Standing { standing })))
        }
        Standing::PaymentOverdue { since } => {
            Some((Code::PaymentOverdue, Some(Because::Payment { since })))
        }
    }
}

fn pending(_: &Facts<'_>, grant: &Grant<'_>, _: UtcTime) -> Option<Refusal> {
    let code = match grant.terms.approval {
        Approval::Required => Code::PendingApproval,
        Approval::Automatic => Code::PendingValidation,
    };
    (grant.state == LicenseState::Pending)
        .then_some((code, Some(Because::State { state: grant.state })))
}

fn not_yet_effective(_: &Facts<'_>, grant: &Grant<'_>, now: UtcTime) -> Option<Refusal> {
    let starts_at = grant.starts_at;
    (now < starts_at).then_some((Code::NotYetEffective, Some(Because::Start { starts_at })))
}

fn other_product(facts: &Facts<'_>, grant: &Grant<'_>, _: UtcTime) -> Option<Refusal> {
    let asked = facts.asks.product.filter(|asked| *asked != grant.product)?;
    let because = Because::Product {
        licensed: grant.product.to_owned(),
        asked: asked.to_owned(),
    };
    Some((Code::ProductMismatch, Some(because)))
}

impl Grant<'_> {
    /// Versions that came out later are not included: the maintenance end, or the expiry of a
    /// license that is kept for ever at what there was then. `None`: none is too new.
    #[must_use]
    pub fn released_until(&self, now: UtcTime) -> Option<UtcTime> {
        let kept = self
            .expires_at
            .filter(|_| self.terms.expiry_strategy == ExpiryStrategy::Maintain)
            .filter(|expiry| Ladder::of(self.terms, *expiry).stops_at <= now);
        match (self.maintenance_until, kept) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }
}

fn version_not_entitled(facts: &Facts<'_>, grant: &Grant<'_>, now: UtcTime) -> Option<Refusal> {
    let asked = facts.asks.version.as_ref()?;
    let allowed = grant.terms.versions;
    if !allowed.contains(&asked.number) {
        let because = Because::Version {
            allowed,
            asked: asked.number.clone(),
        };
        return Some((Code::VersionNotEntitled, Some(because)));
    }
    let released_at = asked.released_at?;
    if let Some(entitled_until) = grant.maintenance_until.filter(|end| released_at > *end) {
        let because = Because::Release {
            released_at,
            entitled_until,
        };
        return Some((Code::MaintenanceEnded, Some(because)));
    }
    if grant.terms.expiry_strategy == ExpiryStrategy::Maintain
        && let Some(entitled_until) = grant.expires_at.filter(|expiry| released_at > *expiry)
        && Ladder::of(grant.terms, entitled_until).stops_at <= now
    {
        let because = Because::Release {
            released_at,
            entitled_until,
        };
        return Some((Code::VersionNotEntitled, Some(because)));
    }
    None
}

/// Users and sites compare without regard to case and surrounding blanks, as people write them.
fn differs(bound: Option<&str>, claimed: Claimed<'_>) -> Option<Option<String>> {
    let bound = bound?;
    match claimed {
        Claimed::Unchecked => None,
        Claimed::Missing => Some(None),
        Claimed::Stranger(said) => Some(Some(said.to_owned())),
        Claimed::Is(said) => {
            let same = said.trim().to_lowercase() == bound.trim().to_lowercase();
            (!same).then(|| Some(said.to_owned()))
        }
    }
}

fn other_user(facts: &Facts<'_>, grant: &Grant<'_>, _: UtcTime) -> Option<Refusal> {
    let asked = match facts.asks.user {
        Claimed::Stranger(said) => Some(said.to_owned()),
        Claimed::Missing if grant.terms.names_users() => None,
        claimed => differs(grant.bound_user, claimed)?,
    };
    Some((Code::UserMismatch, Some(Because::User { asked })))
}

fn other_site(facts: &Facts<'_>, grant: &Grant<'_>, _: UtcTime) -> Option<Refusal> {
    let asked = differs(grant.bound_site, facts.asks.site)?;
    Some((Code::SiteMismatch, Some(Because::Site { asked })))
}

fn machine(facts: &Facts<'_>, _: &Grant<'_>, _: UtcTime) -> Option<Refusal> {
    match facts.machine {
        MachineFact::NotAsked => None,
        MachineFact::Unknown => {
            Some((Code::MachineUnknown, Some(Because::Machine { state: None })))
        }
        MachineFact::Known {
            state: state @ (MachineState::Deactivated | MachineState::Reserved),
            ..
        } => {
            let state = Some(state);
            Some((Code::MachineUnknown, Some(Because::Machine { state })))
        }
        MachineFact::Known {
            state: MachineState::Blocked,
            ..
        } => {
            let state = Some(MachineState::Blocked);
            Some((Code::MachineBlocked, Some(Because::Machine { state })))
        }
        MachineFact::Known {
            state: MachineState::Active,
            comparison,
        } => match comparison {
            Comparison::Same | Comparison::Drift { .. } => None,
            Comparison::Mismatch {
                changed,
                matched,
                threshold,
            } => {
                let because = Because::Fingerprint {
                    changed: changed.clone(),
                    matched: *matched,
                    threshold: *threshold,
                };
                Some((Code::FingerprintMismatch, Some(because)))
            }
        },
    }
}

fn limits(facts: &Facts<'_>, grant: &Grant<'_>, _: UtcTime) -> Option<Refusal> {
    let terms = grant.terms;
    let ceiling = |limit: Option<u32>| limit.map(|limit| i64::from(terms.ceiling(limit)));
    let (code, of, used, limit) = match facts.asks.seat {
        SeatAsk::None => return None,
        SeatAsk::Machine => (
            Code::MachineLimit,
            Counted::Machines,
            grant.machines_used,
            grant.machine_limit,
        ),
        SeatAsk::User { used } => (
            Code::UserLimit,
            Counted::Users,
            used,
            ceiling(terms.user_limit),
        ),
        SeatAsk::Floating { used } => (
            Code::SeatLimit,
            Counted::Seats,
            used,
            ceiling(terms.seat_limit),
        ),
    };
    let limit = limit.filter(|limit| used >= *limit)?;
    Some((code, Some(Because::Limit { of, used, limit })))
}

fn trial_used(facts: &Facts<'_>, grant: &Grant<'_>, _: UtcTime) -> Option<Refusal> {
    (grant.terms.is_tried_once() && facts.asks.trial == TrialHistory::Used)
        .then_some((Code::TrialUsed, Some(Because::Trial)))
}

fn contact(facts: &Facts<'_>, _: &Grant<'_>, now: UtcTime) -> Option<Refusal> {
    match facts.contact {
        Contact::Live => None,
        Contact::LastSeen { lease_until } => (now > lease_until).then_some((
            Code::CheckOverdue,
            Some(Because::Contact { until: lease_until }),
        )),
        Contact::Lease { issued_at, .. }
            if now.saturating_add_seconds(CLOCK_TOLERANCE_SECONDS) < issued_at =>
        {
            Some((
                Code::ClockRollback,
                Some(Because::Clock {
                    last_contact: issued_at,
                }),
            ))
        }
        Contact::Lease { expires_at, .. } => (now > expires_at).then_some((
            Code::LeaseExpired,
            Some(Because::Contact { until: expires_at }),
        )),
    }
}

/// The instants at which an expiring license steps down.
struct Ladder {
    warns_at: UtcTime,
    expires_at: UtcTime,
    full_until: UtcTime,
    stops_at: UtcTime,
}

impl Ladder {
    fn of(terms: &Terms, expires_at: UtcTime) -> Self {
        const DAY: i64 = 86_400;
        let grace = terms.grace;
        let full_until = expires_at.saturating_add_seconds(i64::from(grace.full_days) * DAY);
        Self {
            warns_at: expires_at.saturating_add_seconds(-i64::from(grace.warn_days) * DAY),
            expires_at,
            full_until,
            stops_at: full_until.saturating_add_seconds(i64::from(grace.read_only_days) * DAY),
        }
    }
}

fn expiry(grant: &Grant<'_>, now: UtcTime) -> (Code, Access, Option<Because>) {
    let Some(expires_at) = grant.expires_at else {
        return (Code::Valid, Access::Full, None);
    };
    let ladder = Ladder::of(grant.terms, expires_at);
    let because = |until| Some(Because::Expiry { expires_at, until });
    if now < ladder.expires_at {
        let warning = (now >= ladder.warns_at).then(|| because(None)).flatten();
        return (Code::Valid, Access::Full, warning);
    }
    if now < ladder.full_until {
        return (
            Code::ExpiredGrace,
            Access::Full,
            because(Some(ladder.full_until)),
        );
    }
    if now < ladder.stops_at {
        return (
            Code::ExpiredGrace,
            Access::ReadOnly,
            because(Some(ladder.stops_at)),
        );
    }
    match grant.terms.expiry_strategy {
        ExpiryStrategy::Restrict => (Code::Expired, Access::None, because(None)),
        ExpiryStrategy::Maintain | ExpiryStrategy::Allow => {
            (Code::Expired, Access::Full, because(None))
        }
    }
}

fn modules_missing(facts: &Facts<'_>, grant: &Grant<'_>, now: UtcTime) -> Option<Refusal> {
    let missing: Vec<String> = facts
        .asks
        .modules
        .iter()
        .filter(|asked| {
            !grant
                .modules
                .iter()
                .any(|module| module.code == **asked && module.is_live(now))
        })
        .cloned()
        .collect();
    (!missing.is_empty()).then_some((Code::ModuleMissing, Some(Because::Modules { missing })))
}

/// A meter that the terms do not have counts as one with limit 0.
fn meter_exhausted(facts: &Facts<'_>, grant: &Grant<'_>) -> Option<Refusal> {
    let ask = facts.asks.meter?;
    let limit = grant
        .terms
        .meters
        .iter()
        .find(|meter| meter.name == ask.name)
        .map_or(0, |meter| meter.limit);
    let fits = ask
        .used
        .checked_add(ask.by)
        .is_some_and(|after| after <= limit);
    let because = Because::Meter {
        name: ask.name.to_owned(),
        used: ask.used,
        limit,
    };
    (!fits).then_some((Code::MeterLimit, Some(because)))
}
