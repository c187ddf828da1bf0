//! Validates a license without a machine's call: is this key good, and for what.

use alvara_domain::fingerprint::{Comparison, Fingerprint};
use alvara_domain::id::LicenseId;
use alvara_domain::license::License;
use alvara_domain::product::{Product, Version};
use alvara_domain::verdict::{Asks, Claimed, MachineFact, Verdict};
use alvara_store::TenantTx;
use alvara_store::machines;

use crate::error::AppResult;
use crate::machine::activate::{Case, version_ask};

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
    let machine = match &asks.fingerprint {
        Some(fingerprint) => Some(machines::find_by_fingerprint(tx, id, fingerprint)?),
        None => None,
    };
    let fact = match &machine {
        None => MachineFact::NotAsked,
        Some(None) => MachineFact::Unknown,
        Some(Some(machine)) => MachineFact::Known {
            state: machine.state,
            comparison: &Comparison::Same,
        },
    };
    let version = match &asks.version {
        None => None,
        Some(number) => Some(version_ask(tx, &case.product, number)?),
    };
    let verdict = case.decide(
        fact,
        Asks {
            product: asks.product.as_deref(),
            version,
            user: asks.user.as_deref().map_or(Claimed::Unchecked, Claimed::Is),
            site: asks.site.as_deref().map_or(Claimed::Unchecked, Claimed::Is),
            modules: &asks.modules,
            ..Asks::default()
        },
        tx.now(),
    );
    let Case {
        license, product, ..
    } = case;
    Ok(Validated {
        license,
        product,
        verdict,
    })
}
