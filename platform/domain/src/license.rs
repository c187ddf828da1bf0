//! Licenses: what they hold, how their term runs, and how it is renewed.

use serde::Serialize;
use thiserror::Error;

use crate::id::{BatchId, LicenseId, NodeId, PlanId, PolicyId, ProductId, RenewalKeyId, TenantId};
use crate::module::ModuleGrant;
use crate::terms::{LicenseKind, RenewalBasis, TermStart, Terms};
use crate::time::{Period, TimeError, UtcTime, ZoneName};

crate::text_enum! {
    /// What somebody decided about a license. That it expired nobody decides: it is computed.
    pub enum LicenseState {
        /// May be used.
        Active = "active",
        /// May not be used for now.
        Suspended = "suspended",
        /// Waits for validation or approval.
        Pending = "pending",
        /// May never be used again.
        Revoked = "revoked",
    }
}

impl LicenseState {
    /// Whether the state may change so. Nothing comes back from revoked.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Pending, Self::Active | Self::Revoked)
                | (Self::Active, Self::Suspended | Self::Revoked)
                | (Self::Suspended, Self::Active | Self::Revoked)
        )
    }
}

/// How the term of a license runs.
///
/// The end is always `anchor + periods × period`, never the previous end plus a period, so month
/// ends do not drift. For a license that ends this is its expiry; for a permanent one with
/// maintenance it is the maintenance end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Term {
    /// From when the license is effective.
    pub starts_at: UtcTime,
    /// When it expires; `None`: never, or not before its first activation starts the term.
    pub expires_at: Option<UtcTime>,
    /// From when periods count; `None` while the term has not started.
    pub anchor: Option<UtcTime>,
    /// How long a period is; `None` for a license that nothing ends.
    pub period: Option<Period>,
    /// How many periods were bought.
    pub periods: u32,
    /// Until when new versions come with it; `None`: as long as it runs.
    pub maintenance_until: Option<UtcTime>,
}

/// Why a license cannot be renewed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RenewError {
    /// It never ends.
    #[error("a permanent license has nothing to renew")]
    Permanent,
    /// It was revoked.
    #[error("a revoked license cannot be renewed")]
    Revoked,
    /// Its term has not started, and before that only periods of its own length can be added.
    #[error("before its first activation the license can only be renewed by {period}")]
    NotStarted {
        /// The length of its own period.
        period: Period,
    },
    /// The period is no time at all.
    #[error("a renewal must add some time")]
    NoTime,
    /// The new end lies out of range.
    #[error(transparent)]
    Time(#[from] TimeError),
}

impl Term {
    /// The term of a license that is issued at `now` on these terms.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] when it would end past the year 9999.
    pub fn at_issue(terms: &Terms, now: UtcTime, zone: &ZoneName) -> Result<Self, TimeError> {
        let starts_at = match terms.starts {
            TermStart::FixedDate => terms.starts_on.unwrap_or(now),
            TermStart::Issue | TermStart::FirstActivation => now,
        };
        let period = terms.duration.or(terms.maintenance);
        let waiting = Self {
            starts_at,
            expires_at: None,
            anchor: None,
            period,
            periods: u32::from(period.is_some()),
            maintenance_until: None,
        };
        match terms.starts {
            TermStart::FirstActivation => Ok(waiting),
            TermStart::Issue | TermStart::FixedDate => waiting.started(terms, starts_at, zone),
        }
    }

    /// The term once it starts counting at `start`.
    fn started(
        mut self,
        terms: &Terms,
        start: UtcTime,
        zone: &ZoneName,
    ) -> Result<Self, TimeError> {
        let Some(period) = self.period else {
            return Ok(self);
        };
        self.anchor = Some(start);
        let end = period.add_to(start, zone, self.periods)?;
        match (terms.duration, terms.maintenance) {
            (Some(_), maintenance) => {
                self.expires_at = Some(end);
                self.maintenance_until = maintenance
                    .map(|period| period.add_to(start, zone, self.periods))
                    .transpose()?;
            }
            (None, _) => self.maintenance_until = Some(end),
        }
        Ok(self)
    }

    /// Whether the term waits for the first activation.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.period.is_some() && self.anchor.is_none()
    }

    fn renewed(
        self,
        terms: &Terms,
        period: &Period,
        now: UtcTime,
        zone: &ZoneName,
    ) -> Result<Self, RenewError> {
        let own = self.period.ok_or(RenewError::Permanent)?;
        if period.is_zero() {
            return Err(RenewError::NoTime);
        }
        if self.is_waiting() {
            if own != *period {
                return Err(RenewError::NotStarted { period: own });
            }
            let periods = self.periods.checked_add(1).ok_or(TimeError::OutOfRange)?;
            return Ok(Self { periods, ..self });
        }
        let ends = self.expires_at.is_some();
        let end = self
            .expires_at
            .or(self.maintenance_until)
            .ok_or(RenewError::Permanent)?;
        let from_expiry = match terms.renewal_basis {
            RenewalBasis::FromExpiry => true,
            RenewalBasis::FromNow => false,
            RenewalBasis::FromNowIfExpired => now < end,
        };
        let (anchor, periods) = match self.anchor {
            Some(anchor) if from_expiry && own == *period => (
                anchor,
                self.periods.checked_add(1).ok_or(TimeError::OutOfRange)?,
            ),
            _ => (if from_expiry { end } else { now }, 1),
        };
        let new_end = period.add_to(anchor, zone, periods)?;
        let mut term = Self {
            anchor: Some(anchor),
            period: Some(*period),
            periods,
            ..self
        };
        if ends {
            term.expires_at = Some(new_end);
            if let Some(maintenance) = terms.maintenance {
                let base = if from_expiry { end } else { now };
                let until = maintenance.add_to(base, zone, 1)?;
                term.maintenance_until = term.maintenance_until.max(Some(until));
            }
        } else {
            term.maintenance_until = Some(new_end);
        }
        Ok(term)
    }
}

/// A license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `licenses`, named for what they hold"
)]
pub struct License {
    pub tenant_id: TenantId,
    pub id: LicenseId,
    pub product_id: ProductId,
    pub policy_id: PolicyId,
    /// Where it hangs in the tree: a customer, or who has it in stock.
    pub node_id: NodeId,
    pub batch_id: Option<BatchId>,
    /// Keyed hash of the activation key.
    #[serde(skip)]
    pub key_lookup: String,
    /// The activation key, encrypted.
    #[serde(skip)]
    pub key_sealed: String,
    /// The key's last five symbols.
    pub key_hint: String,
    pub kind: LicenseKind,
    pub state: LicenseState,
    pub state_reason: Option<String>,
    /// Those of the policy at the moment of issue.
    pub terms: Terms,
    pub bound_user: Option<String>,
    pub bound_site: Option<String>,
    /// How many machines may be active, overage included; `None` is no limit.
    pub machine_limit: Option<i64>,
    pub machines_used: i64,
    pub first_activated_at: Option<UtcTime>,
    /// Start, expiry, anchor, periods and maintenance end.
    #[serde(flatten)]
    pub term: Term,
    /// What it unlocks: at issue the modules of its terms.
    pub modules: Vec<ModuleGrant>,
    pub note: String,
    pub issued_by: String,
    pub issued_at: UtcTime,
    pub updated_at: UtcTime,
    /// Since when it is put away; it can be brought back.
    pub deleted_at: Option<UtcTime>,
    /// Rises with every change that a computer key shows.
    pub revision: i64,
    /// Rises with every change; the ETag.
    pub version: i64,
}

impl License {
    /// The terms it was issued on.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// When it expires, if it does.
    #[must_use]
    pub const fn expires_at(&self) -> Option<UtcTime> {
        self.term.expires_at
    }

    /// Whether the expiry has passed. At the very instant of the expiry it has.
    #[must_use]
    pub fn is_expired(&self, now: UtcTime) -> bool {
        self.term.expires_at.is_some_and(|expiry| now >= expiry)
    }

    /// Days until the expiry, rounded up; 0 once expired; `None` when it does not expire.
    #[must_use]
    pub fn days_left(&self, now: UtcTime) -> Option<i64> {
        self.term.expires_at.map(|expiry| now.days_until(expiry))
    }

    /// The license after a renewal by `period` at `now`: new term, revision one higher. The state
    /// stays: renewing a suspended license does not reinstate it.
    ///
    /// # Errors
    /// A [`RenewError`]; nothing has changed then.
    pub fn renewed(
        &self,
        period: &Period,
        now: UtcTime,
        zone: &ZoneName,
    ) -> Result<Self, RenewError> {
        if self.state == LicenseState::Revoked {
            return Err(RenewError::Revoked);
        }
        let term = self.term.renewed(&self.terms, period, now, zone)?;
        Ok(Self {
            term,
            revision: self.revision + 1,
            updated_at: now,
            ..self.clone()
        })
    }

    /// The license after its first activation at `now`, which starts the term where the terms say
    /// so; `None` when it was activated before and nothing changes.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] when the term would end past the year 9999.
    pub fn first_activation(
        &self,
        now: UtcTime,
        zone: &ZoneName,
    ) -> Result<Option<Self>, TimeError> {
        if self.first_activated_at.is_some() {
            return Ok(None);
        }
        let term = if self.term.is_waiting() {
            self.term.started(&self.terms, now, zone)?
        } else {
            self.term
        };
        let modules = self
            .modules
            .iter()
            .map(|module| module.clone().started(now, zone))
            .collect::<Result<Vec<_>, _>>()?;
        let revision = if term == self.term && modules == self.modules {
            self.revision
        } else {
            self.revision + 1
        };
        Ok(Some(Self {
            term,
            modules,
            revision,
            first_activated_at: Some(now),
            updated_at: now,
            ..self.clone()
        }))
    }
}

impl License {
    /// From when the windows of its meters count: the start of its term, which no renewal moves.
    #[must_use]
    pub fn meters_since(&self) -> UtcTime {
        match (self.terms.starts, self.first_activated_at) {
            (TermStart::FirstActivation, Some(first)) => first.max(self.term.starts_at),
            _ => self.term.starts_at,
        }
    }

    /// The license after somebody paid for what was a trial: new terms from `now`, the same key,
    /// the same machines, revision one higher. A term that starts with the first activation starts
    /// now where there was one; its modules are those of the new terms.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] when the new term would end past the year 9999.
    pub fn converted(
        &self,
        policy_id: PolicyId,
        terms: &Terms,
        now: UtcTime,
        zone: &ZoneName,
    ) -> Result<Self, TimeError> {
        let mut term = Term::at_issue(terms, now, zone)?;
        let began = terms.starts == TermStart::FirstActivation && self.first_activated_at.is_some();
        if began && term.is_waiting() {
            term = term.started(terms, now, zone)?;
        }
        let start = match terms.starts {
            TermStart::FirstActivation => began.then_some(now),
            TermStart::Issue | TermStart::FixedDate => Some(term.starts_at),
        };
        Ok(Self {
            policy_id,
            kind: terms.kind,
            machine_limit: terms.machine_ceiling().map(i64::from),
            modules: terms.grants(start, zone)?,
            terms: terms.clone(),
            term,
            revision: self.revision + 1,
            updated_at: now,
            ..self.clone()
        })
    }
}

impl Terms {
    /// The modules of a license of these terms; `start` is when its term starts, `None` while that
    /// waits for the first activation.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] when a module would end past the year 9999.
    pub fn grants(
        &self,
        start: Option<UtcTime>,
        zone: &ZoneName,
    ) -> Result<Vec<ModuleGrant>, TimeError> {
        self.modules
            .iter()
            .map(|module| module.grant(start, zone))
            .collect()
    }

    /// The modules of a license that is issued with this term.
    ///
    /// # Errors
    /// As for [`Self::grants`].
    pub fn grants_at_issue(
        &self,
        term: &Term,
        zone: &ZoneName,
    ) -> Result<Vec<ModuleGrant>, TimeError> {
        let start = match self.starts {
            TermStart::FirstActivation => None,
            TermStart::Issue | TermStart::FixedDate => Some(term.starts_at),
        };
        self.grants(start, zone)
    }
}

crate::text_enum! {
    /// Whether a renewal key may be used.
    pub enum RenewalKeyState {
        /// Yes, once.
        Unused = "unused",
        /// It was.
        Used = "used",
        /// It was withdrawn unused.
        Revoked = "revoked",
    }
}

impl RenewalKeyState {
    /// Whether the state may change so.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!((self, next), (Self::Unused, Self::Used | Self::Revoked))
    }
}

/// A single-use key that renews a license; the row behind [`crate::key::RenewalKey`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `renewal_keys`, named for what they hold"
)]
pub struct IssuedRenewalKey {
    pub tenant_id: TenantId,
    pub id: RenewalKeyId,
    pub product_id: ProductId,
    pub plan_id: Option<PlanId>,
    pub node_id: NodeId,
    /// Keyed hash of the key.
    #[serde(skip)]
    pub key_lookup: String,
    /// The key, encrypted.
    #[serde(skip)]
    pub key_sealed: String,
    /// The key's last five symbols.
    pub key_hint: String,
    /// What it adds.
    pub period: Period,
    pub state: RenewalKeyState,
    pub used_by_license_id: Option<LicenseId>,
    pub used_at: Option<UtcTime>,
    pub created_by: String,
    pub created_at: UtcTime,
}

crate::text_enum! {
    /// How far a batch is.
    pub enum BatchState {
        /// Waiting for its job.
        Queued = "queued",
        /// Issuing.
        Running = "running",
        /// Every license is issued.
        Done = "done",
        /// It stopped; what was issued stays issued.
        Failed = "failed",
    }
}

impl BatchState {
    /// Whether the state may change so.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Queued, Self::Running | Self::Failed)
                | (Self::Running, Self::Done | Self::Failed)
        )
    }
}

/// A request for many licenses at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `batches`, named for what they hold"
)]
pub struct Batch {
    pub tenant_id: TenantId,
    pub id: BatchId,
    pub node_id: NodeId,
    pub policy_id: PolicyId,
    /// What was asked for, as JSON.
    pub request: String,
    pub total: i64,
    pub issued: i64,
    pub state: BatchState,
    pub failure: Option<String>,
    pub created_by: String,
    pub created_at: UtcTime,
    pub finished_at: Option<UtcTime>,
}
