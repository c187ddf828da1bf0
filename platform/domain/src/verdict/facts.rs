//! What is known when deciding: the license, those it depends on, the machine, what is asked for.

use serde::Serialize;

use crate::fingerprint::Comparison;
use crate::key::KeyError;
use crate::license::{License, LicenseState};
use crate::machine::MachineState;
use crate::module::ModuleGrant;
use crate::product::Version;
use crate::terms::Terms;
use crate::time::UtcTime;

/// What of a license the decision needs, so that a client can build it from a computer key too.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    /// What somebody decided about it.
    pub state: LicenseState,
    /// Code of its product.
    pub product: &'a str,
    /// Its terms.
    pub terms: &'a Terms,
    /// From when it is effective.
    pub starts_at: UtcTime,
    /// When it expires, if it does.
    pub expires_at: Option<UtcTime>,
    /// Until when new versions come with it.
    pub maintenance_until: Option<UtcTime>,
    /// Its user, if it is bound to one.
    pub bound_user: Option<&'a str>,
    /// Its site, if it is bound to one.
    pub bound_site: Option<&'a str>,
    /// How many machines may be active, overage included.
    pub machine_limit: Option<i64>,
    /// How many are.
    pub machines_used: i64,
    /// What it unlocks.
    pub modules: &'a [ModuleGrant],
}

impl License {
    /// What of this license the decision needs; `product` is the code of its product.
    #[must_use]
    pub fn grant<'a>(&'a self, product: &'a str) -> Grant<'a> {
        Grant {
            state: self.state,
            product,
            terms: &self.terms,
            starts_at: self.term.starts_at,
            expires_at: self.term.expires_at,
            maintenance_until: self.term.maintenance_until,
            bound_user: self.bound_user.as_deref(),
            bound_site: self.bound_site.as_deref(),
            machine_limit: self.machine_limit,
            machines_used: self.machines_used,
            modules: &self.modules,
        }
    }
}

/// What became of looking the license up.
#[derive(Debug, Clone)]
pub enum Lookup<'a> {
    /// It is here.
    Found(Grant<'a>),
    /// There is none.
    NotFound,
    /// There can be none.
    Malformed(KeyError),
}

/// How those stand on whom the license depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Well.
    #[default]
    Good,
    /// Who holds the license is suspended.
    CustomerSuspended,
    /// The tenant, or a place between it and the holder, is suspended.
    TenantSuspended,
    /// A payment is due.
    PaymentOverdue {
        /// Since when.
        since: UtcTime,
    },
}

/// The machine that asks.
#[derive(Debug, Clone, Copy, Default)]
pub enum MachineFact<'a> {
    /// The question is not about a machine, or the machine is only about to be activated.
    #[default]
    NotAsked,
    /// No such machine under this license.
    Unknown,
    /// A machine that was activated once.
    Known {
        /// Its state.
        state: MachineState,
        /// How it compares with what was recorded.
        comparison: &'a Comparison,
    },
}

/// Who or where somebody says to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Claimed<'a> {
    /// The question is not about it, as in a list of licenses.
    #[default]
    Unchecked,
    /// A program asks and does not say. A bound license refuses.
    Missing,
    /// A program says.
    Is(&'a str),
    /// A program says somebody who is not among the people the license names.
    Stranger(&'a str),
}

impl<'a> From<Option<&'a str>> for Claimed<'a> {
    /// What a program said, or did not say.
    fn from(said: Option<&'a str>) -> Self {
        said.map_or(Self::Missing, Self::Is)
    }
}

/// The version of the program that asks.
#[derive(Debug, Clone)]
pub struct VersionAsk {
    /// Its number.
    pub number: Version,
    /// When it came out; `None` where the platform does not know the version.
    pub released_at: Option<UtcTime>,
}

/// A seat that would be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeatAsk {
    /// None.
    #[default]
    None,
    /// One more machine. The count is the license's own; the store's conditional update has the
    /// last word between two who ask at once.
    Machine,
    /// One more named user.
    User {
        /// How many there are.
        used: i64,
    },
    /// One more floating seat.
    Floating {
        /// How many are taken.
        used: i64,
    },
}

/// Whether this machine has tried the product before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrialHistory {
    /// No, or it does not matter.
    #[default]
    Clean,
    /// Yes, under another license.
    Used,
}

/// Metered use that would be counted.
#[derive(Debug, Clone, Copy)]
pub struct MeterAsk<'a> {
    /// Name of the meter.
    pub name: &'a str,
    /// Where it stands.
    pub used: u64,
    /// By how much it would rise.
    pub by: u64,
}

/// What the program asks for. The default asks for nothing beyond the license itself.
#[derive(Debug, Clone, Default)]
pub struct Asks<'a> {
    /// Code of the product that the program is.
    pub product: Option<&'a str>,
    /// Its version.
    pub version: Option<VersionAsk>,
    /// Its user.
    pub user: Claimed<'a>,
    /// Its site.
    pub site: Claimed<'a>,
    /// A seat.
    pub seat: SeatAsk,
    /// Whether the machine tried before.
    pub trial: TrialHistory,
    /// Modules that must be unlocked.
    pub modules: &'a [String],
    /// Metered use.
    pub meter: Option<MeterAsk<'a>>,
}

/// How the one who decides knows that the machine is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Contact {
    /// The program is calling: nothing can be overdue.
    #[default]
    Live,
    /// The server looks at a machine that is not calling.
    LastSeen {
        /// When it must have called again.
        lease_until: UtcTime,
    },
    /// The program decides alone, by its lease.
    Lease {
        /// When the lease was issued.
        issued_at: UtcTime,
        /// When it ends.
        expires_at: UtcTime,
    },
}

/// Everything that is known when deciding.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The license.
    pub license: Lookup<'a>,
    /// Those on whom it depends.
    pub standing: Standing,
    /// The machine.
    pub machine: MachineFact<'a>,
    /// What is asked for.
    pub asks: Asks<'a>,
    /// How the machine is known to be there.
    pub contact: Contact,
}

impl<'a> Facts<'a> {
    /// A license in good standing of which nothing particular is asked; set what is known.
    #[must_use]
    pub fn of(license: Lookup<'a>) -> Self {
        Self {
            license,
            standing: Standing::Good,
            machine: MachineFact::NotAsked,
            asks: Asks::default(),
            contact: Contact::Live,
        }
    }
}
