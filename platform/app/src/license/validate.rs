//! Validates a license without a machine's call: is this key good, and for what.

use alvara_domain::fingerprint::{Comparison, Components, Fingerprint};
use alvara_domain::id::LicenseId;
use alvara_domain::license::License;
use alvara_domain::machine::Machine;
use alvara_domain::product::{Product, Version};
use alvara_domain::verdict::{Asks, Claimed, MachineFact, SeatAsk, Verdict};
use alvara_store::{TenantTx, license_users, seat_pools};

use crate::error::AppResult;
use crate::machine::activate::{Case, version_ask};
use crate::machine::case::recorded_site;
use crate::machine::drift::{self, SaidMachine};

/// What is asked of the license beyond its own validity.
#[derive(Debug, Clone, Default)]
pub struct ValidationAsks {
    /// Code of the product the program is.
    pub product: Option<String>,
    /// Its version.
    pub version: Option<Version>,
    /// Its user; a bound license is not checked for it when not said.
    pub user: Option<String>,
    /// Its site.
    pub site: Option<String>,
    /// Modules that must be unlocked.
    pub modules: Vec<String>,
    /// Fingerprint of the machine it runs on.
    pub fingerprint: Option<Fingerprint>,
    /// Its components; may be empty.
    pub components: Components,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Validated {
    /// The license.
    pub license: License,
    /// Its product.
    pub product: Product,
    /// Whether it may be used so.
    pub verdict: Verdict,
    /// The machine that asked, where it is known.
    pub machine: Option<Machine>,
    /// Whom the license does not name yet and has room for; naming is left to who may write.
    pub newcomer: Option<String>,
}

/// Decides about a license. Changes nothing and counts as nobody's contact.
///
/// # Errors
/// [`crate::AppError::NotFound`] outside the scope.
pub fn validate(
    tx: &mut TenantTx<'_>,
    id: LicenseId,
    asks: &ValidationAsks,
) -> AppResult<Validated> {
    let case = Case::load(tx, id)?;
    let said = asks.machine();
    let seen = match &said {
        Some(said) => Some(look(tx, &case, said)?),
        None => None,
    };
    let (fact, machine) = match &seen {
        None => (MachineFact::NotAsked, None),
        Some(None) => (MachineFact::Unknown, None),
        Some(Some((machine, comparison))) => {
            let state = machine.state;
            (MachineFact::Known { state, comparison }, Some(machine))
        }
    };
    let version = match &asks.version {
        None => None,
        Some(number) => Some(version_ask(tx, &case.product, number)?),
    };
    let newcomer = match &asks.user {
        Some(user) if case.names_users() => {
            license_users::find(tx, id, user)?.is_none().then_some(user)
        }
        _ => None,
    };
    let seat = match newcomer {
        Some(_) => SeatAsk::User {
            used: seat_pools::find(tx, id)?.users_used,
        },
        None => SeatAsk::None,
    };
    // What is not said stands in the machine's record, where there is one.
    let user = match (&asks.user, machine) {
        (Some(user), _) => Claimed::Is(user),
        (None, Some(machine)) => case.recorded_user(tx, machine)?,
        (None, None) => Claimed::Unchecked,
    };
    let site = match (&asks.site, machine) {
        (Some(site), _) => Claimed::Is(site),
        (None, Some(machine)) => recorded_site(machine),
        (None, None) => Claimed::Unchecked,
    };
    let verdict = case.decide(
        fact,
        Asks {
            product: asks.product.as_deref(),
            version,
            user,
            site,
            seat,
            modules: &asks.modules,
            ..Asks::default()
        },
        tx.now(),
    );
    Ok(Validated {
        license: case.license,
        product: case.product,
        verdict,
        machine: machine.cloned(),
        newcomer: newcomer.cloned(),
    })
}

/// The machine of the license that this is, or the one that it most resembles.
fn look(
    tx: &mut TenantTx<'_>,
    case: &Case,
    said: &SaidMachine,
) -> AppResult<Option<(Machine, Comparison)>> {
    match drift::recognise(tx, case, said)? {
        Some(machine) => {
            let comparison = case.compare(&machine, said);
            Ok(Some((machine, comparison)))
        }
        None => drift::nearest(tx, case, said),
    }
}

impl ValidationAsks {
    /// The machine it runs on, if said.
    pub(crate) fn machine(&self) -> Option<SaidMachine> {
        let fingerprint = self.fingerprint.clone()?;
        Some(SaidMachine {
            fingerprint,
            components: self.components.clone(),
        })
    }
}
