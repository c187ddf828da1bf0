//! The terms of a license: what a policy grants, frozen into each license when it is issued.

use serde::{Deserialize, Serialize};

use crate::fingerprint::FingerprintRule;
use crate::module::ModuleTerm;
use crate::product::VersionRange;
use crate::time::{Period, UtcTime};

mod check;

pub use check::VALUE_HELP;

crate::text_enum! {
    /// What kind of license it is.
    pub enum LicenseKind {
        /// Never ends.
        Permanent = "permanent",
        /// For trying out, once.
        Trial = "trial",
        /// For showing, by who sells.
        Demo = "demo",
        /// Ends unless renewed, again and again.
        Subscription = "subscription",
        /// Ends; may be renewed but need not be.
        Temporary = "temporary",
        /// Never ends, but new versions only until the maintenance end.
        SemiPermanent = "semi_permanent",
    }
}

impl LicenseKind {
    /// Whether a license of this kind ends, and so needs a duration.
    #[must_use]
    pub const fn ends(self) -> bool {
        !matches!(self, Self::Permanent | Self::SemiPermanent)
    }
}

crate::text_enum! {
    /// From when the duration counts.
    pub enum TermStart {
        /// From the moment of issue.
        Issue = "issue",
        /// From the first activation; until then the license does not age.
        FirstActivation = "first_activation",
        /// From a given date; before it the license is not yet effective.
        FixedDate = "fixed_date",
    }
}

crate::text_enum! {
    /// From when a renewal counts.
    pub enum RenewalBasis {
        /// From the old expiry: no day is lost or won.
        FromExpiry = "from_expiry",
        /// From the moment of renewal: what was left is lost.
        FromNow = "from_now",
        /// From the old expiry while it lies ahead, else from the moment of renewal.
        FromNowIfExpired = "from_now_if_expired",
    }
}

crate::text_enum! {
    /// What an expired license still allows, after its grace.
    pub enum ExpiryStrategy {
        /// Nothing.
        Restrict = "restrict",
        /// The versions released before the expiry, for ever.
        Maintain = "maintain",
        /// Everything; expiry is only said.
        Allow = "allow",
    }
}

/// What happens around the expiry, in days: first a warning, then full use past the expiry, then
/// reading only, then nothing. All zero: stop at the expiry, without warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GraceLadder {
    /// How long before the expiry the program warns.
    pub warn_days: u32,
    /// How long after the expiry everything still works.
    pub full_days: u32,
    /// How long after that the program still opens, to read and export.
    pub read_only_days: u32,
}

crate::text_enum! {
    /// What becomes of a machine that stopped calling.
    pub enum DeadMachine {
        /// It keeps its seat.
        Keep = "keep",
        /// Its seat is freed.
        ReleaseSeat = "release_seat",
    }
}

/// How often a program says that it is alive, and what silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeartbeatRule {
    /// Seconds from one heartbeat to the next; `None`: the program need not send any.
    pub interval_seconds: Option<u32>,
    /// What becomes of a machine that is silent beyond its lease.
    pub dead_machine: DeadMachine,
}

impl Default for HeartbeatRule {
    fn default() -> Self {
        Self {
            interval_seconds: None,
            dead_machine: DeadMachine::Keep,
        }
    }
}

crate::text_enum! {
    /// To what a license is bound.
    pub enum Binding {
        /// To machines, by fingerprint.
        Device = "device",
        /// To a named user.
        User = "user",
        /// To a site.
        Site = "site",
        /// To nothing: so many may run at once.
        Floating = "floating",
    }
}

crate::text_enum! {
    /// Whether somebody must say yes before a license may be used.
    pub enum Approval {
        /// No.
        Automatic = "automatic",
        /// Yes; until then it is pending.
        Required = "required",
    }
}

/// How often machines may be deactivated, against passing one seat around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeactivationRule {
    /// How many times in a period; `None` is no limit.
    pub limit: Option<u32>,
    /// The period, counted back from now.
    pub period: Period,
}

impl Default for DeactivationRule {
    fn default() -> Self {
        Self {
            limit: None,
            period: Period::years(1),
        }
    }
}

/// How often a license may be transferred, to another place or from one machine to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TransferRule {
    /// How many times in a period; `None` is no limit.
    pub limit: Option<u32>,
    /// The period, counted back from now.
    pub period: Period,
}

impl Default for TransferRule {
    fn default() -> Self {
        Self {
            limit: None,
            period: Period::years(1),
        }
    }
}

crate::text_enum! {
    /// How often one machine may try a product.
    pub enum TrialRule {
        /// Once per machine and product, whatever key it comes with.
        OncePerMachine = "once_per_machine",
        /// Without limit.
        Unlimited = "unlimited",
    }
}

/// What a trial asks of the e-mail address that somebody registers with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrialEmailRule {
    /// Whether there must be one.
    pub required: bool,
    /// How many trials one domain may have; `None` is no limit.
    pub per_domain: Option<u32>,
    /// Domains that get none, with all below them; lower case.
    pub blocked_domains: Vec<String>,
}

impl TrialEmailRule {
    /// Whether a domain, or one above it, is blocked.
    #[must_use]
    pub fn blocks(&self, domain: &str) -> bool {
        self.blocked_domains.iter().any(|blocked| {
            domain
                .strip_suffix(blocked.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }
}

/// A counter that the program raises and the platform limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    /// `a-z`, `0-9`, `_` and `-`, at most 32; unique in the terms.
    pub name: String,
    /// The count it may reach.
    pub limit: u64,
    /// When it starts again from zero; `None`: never.
    #[serde(default)]
    pub reset: Option<Period>,
}

/// Everything a license grants and demands.
///
/// In JSON every field may be left out, and unknown ones are refused: a mistyped limit must not
/// silently be no limit. `null` for a limit means unlimited. [`Terms::check()`] says what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    /// Kind of license.
    pub kind: LicenseKind,
    /// How long it runs; must be given exactly for the kinds that end.
    pub duration: Option<Period>,
    /// From when the duration counts.
    pub starts: TermStart,
    /// The date of [`TermStart::FixedDate`].
    pub starts_on: Option<UtcTime>,
    /// From when a renewal counts.
    pub renewal_basis: RenewalBasis,
    /// What remains after expiry and grace.
    pub expiry_strategy: ExpiryStrategy,
    /// What happens around the expiry.
    pub grace: GraceLadder,
    /// Seconds after which a program should check again.
    pub revalidate_after_seconds: u32,
    /// Seconds that it may still run when a due check does not get through.
    pub offline_grace_seconds: u32,
    /// Seconds between attempts while a check does not get through.
    pub retry_seconds: u32,
    /// Signs of life.
    pub heartbeat: HeartbeatRule,
    /// To what the license is bound.
    pub binding: Binding,
    /// How many machines may be active at once; `None` is no limit.
    pub machine_limit: Option<u32>,
    /// How many named users; `None` is no limit.
    pub user_limit: Option<u32>,
    /// How many may run at the same time when floating; `None` is no limit.
    pub seat_limit: Option<u32>,
    /// Seconds after which a floating seat that nobody kept is free again.
    pub seat_lease_seconds: u32,
    /// Longest time for which a floating seat may be borrowed, in seconds; 0: not at all.
    pub borrow_limit_seconds: u32,
    /// By how many percent every limit may be passed.
    pub overage_percent: u32,
    /// How much of a machine may change.
    pub fingerprint: FingerprintRule,
    /// Whether somebody must approve first.
    pub approval: Approval,
    /// How often machines may be deactivated.
    pub deactivations: DeactivationRule,
    /// How often it may be transferred.
    pub transfers: TransferRule,
    /// How often one machine may try.
    pub trial: TrialRule,
    /// What a trial asks of an e-mail address.
    pub trial_email: TrialEmailRule,
    /// How long new versions come with it; `None`: as long as it runs.
    pub maintenance: Option<Period>,
    /// Which versions it may run.
    pub versions: VersionRange,
    /// The modules it unlocks.
    pub modules: Vec<ModuleTerm>,
    /// Metered use.
    pub meters: Vec<Meter>,
}

const DAY: u32 = 86_400;
/// Longest revalidation or offline window: ten years.
const WINDOW_MAX: u32 = 3660 * DAY;

impl Default for Terms {
    /// A permanent license for one machine that checks weekly and may be offline for a month.
    fn default() -> Self {
        Self {
            kind: LicenseKind::Permanent,
            duration: None,
            starts: TermStart::Issue,
            starts_on: None,
            renewal_basis: RenewalBasis::FromNowIfExpired,
            expiry_strategy: ExpiryStrategy::Restrict,
            grace: GraceLadder::default(),
            revalidate_after_seconds: 7 * DAY,
            offline_grace_seconds: 30 * DAY,
            retry_seconds: 3600,
            heartbeat: HeartbeatRule::default(),
            binding: Binding::Device,
            machine_limit: Some(1),
            user_limit: None,
            seat_limit: None,
            seat_lease_seconds: 300,
            borrow_limit_seconds: 0,
            overage_percent: 0,
            fingerprint: FingerprintRule::default(),
            approval: Approval::Automatic,
            deactivations: DeactivationRule::default(),
            transfers: TransferRule::default(),
            trial: TrialRule::OncePerMachine,
            trial_email: TrialEmailRule::default(),
            maintenance: None,
            versions: VersionRange::ALL,
            modules: Vec::new(),
            meters: Vec::new(),
        }
    }
}

crate::text_enum! {
    /// A named set of terms to start from.
    pub enum Preset {
        /// Checked all the time: 300 s without an answer and the program stops.
        AlwaysOnline = "always-online",
        /// Checked weekly, 30 days of grace.
        Hybrid = "hybrid",
    }
}

impl Terms {
    /// A yearly subscription that lives from contact to contact.
    ///
    /// The program checks every minute. When a check fails it tries again every 10 s and stops
    /// 300 s after the last answer: 60 s until the check is due and 240 s of grace make the 300 s.
    #[must_use]
    pub fn always_online() -> Self {
        Self {
            kind: LicenseKind::Subscription,
            duration: Some(Period::years(1)),
            starts: TermStart::FirstActivation,
            revalidate_after_seconds: 60,
            offline_grace_seconds: 240,
            retry_seconds: 10,
            heartbeat: HeartbeatRule {
                interval_seconds: Some(60),
                dead_machine: DeadMachine::ReleaseSeat,
            },
            ..Self::default()
        }
    }

    /// A yearly subscription that checks every 7 days and may then be offline for 30 more.
    #[must_use]
    pub fn hybrid() -> Self {
        Self {
            kind: LicenseKind::Subscription,
            duration: Some(Period::years(1)),
            starts: TermStart::FirstActivation,
            grace: GraceLadder {
                warn_days: 14,
                ..GraceLadder::default()
            },
            revalidate_after_seconds: 7 * DAY,
            offline_grace_seconds: 30 * DAY,
            retry_seconds: 3600,
            ..Self::default()
        }
    }

    /// The terms of a preset.
    #[must_use]
    pub fn of_preset(preset: Preset) -> Self {
        match preset {
            Preset::AlwaysOnline => Self::always_online(),
            Preset::Hybrid => Self::hybrid(),
        }
    }

    /// A limit with its overage: how many may really be.
    #[must_use]
    pub fn ceiling(&self, limit: u32) -> u32 {
        let with_overage = u64::from(limit) * (100 + u64::from(self.overage_percent)) / 100;
        u32::try_from(with_overage).unwrap_or(u32::MAX)
    }

    /// The limit that `used` has passed, where overage lets it: a warning, no refusal.
    #[must_use]
    pub fn overrun(limit: Option<u32>, used: i64) -> Option<i64> {
        limit.map(i64::from).filter(|limit| used > *limit)
    }

    /// Whether a machine may try the product once only, under whatever license.
    #[must_use]
    pub fn is_tried_once(&self) -> bool {
        matches!(self.kind, LicenseKind::Trial | LicenseKind::Demo)
            && self.trial == TrialRule::OncePerMachine
    }

    /// Whether so many named people may use the license, and nobody else.
    #[must_use]
    pub fn names_users(&self) -> bool {
        self.binding == Binding::User
    }

    /// How many machines may be active at once, overage included: what a license's
    /// `machine_limit` is set to at issue. `None` is no limit.
    #[must_use]
    pub fn machine_ceiling(&self) -> Option<u32> {
        self.machine_limit.map(|limit| self.ceiling(limit))
    }

    /// The end of the offline window that a contact at `now` opens: the check becomes due after
    /// `revalidate_after`, and `offline_grace` later the program must stop.
    #[must_use]
    pub fn lease_until(&self, now: UtcTime) -> UtcTime {
        let window =
            i64::from(self.revalidate_after_seconds) + i64::from(self.offline_grace_seconds);
        now.saturating_add_seconds(window)
    }

    /// When a program that has contact at `now` should come again: at the next heartbeat or
    /// revalidation, whichever is sooner.
    #[must_use]
    pub fn next_check_at(&self, now: UtcTime) -> UtcTime {
        let revalidate = self.revalidate_after_seconds;
        let wait = self
            .heartbeat
            .interval_seconds
            .map_or(revalidate, |interval| interval.min(revalidate));
        now.saturating_add_seconds(i64::from(wait))
    }

    /// Until when a machine that called at `now` counts as online: the moment its next call is due
    /// and a tolerance of a tenth of the interval, at least 5 and at most 60 seconds, for the way
    /// and the load. The tolerance is never longer than an interval, so that a machine that fell
    /// silent is seen as offline within one interval of the call it missed.
    #[must_use]
    pub fn online_until(&self, now: UtcTime) -> UtcTime {
        let due = self.next_check_at(now);
        let tolerance = (now.seconds_until(due) / 10).clamp(5, 60);
        due.saturating_add_seconds(tolerance)
    }
}

/// Whether a text may be the code of a product, module, policy, plan or meter: 1 to 32 of `A-Z`,
/// `a-z`, `0-9`, `_` and `-`. No blanks, since a computer key lists modules separated by them.
#[must_use]
pub fn is_code(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}
