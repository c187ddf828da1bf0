//! Which versions of its product a license may run.

use alvara_domain::id::LicenseId;
use alvara_domain::license::License;
use alvara_domain::product::{ProductVersion, Version};
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::{Asks, MachineFact, Verdict, VersionAsk};
use alvara_store::{TenantTx, versions};

use crate::error::AppResult;
use crate::machine::activate::Case;

/// What a license is entitled to.
#[derive(Debug, Clone)]
pub struct Entitlements {
    /// The license.
    pub license: License,
    /// Versions that came out later are not included; `None`: none is too new.
    pub released_until: Option<UtcTime>,
    /// Each version of the product, with what a program of it would be told.
    pub versions: Vec<(ProductVersion, Verdict)>,
}

/// Decides about every version of the license's product.
///
/// # Errors
/// [`crate::AppError::NotFound`] outside the scope.
pub fn entitle(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<Entitlements> {
    let case = Case::load(tx, id)?;
    let now = tx.now();
    let decided = versions::list(tx, case.product.id)?
        .into_iter()
        .map(|version| {
            let number = |part: i64| u32::try_from(part).unwrap_or(u32::MAX);
            let asked = VersionAsk {
                number: Version::new(number(version.major), number(version.minor), 0),
                released_at: Some(version.released_at),
            };
            let asks = Asks {
                version: Some(asked),
                ..Asks::default()
            };
            let verdict = case.decide(MachineFact::NotAsked, asks, now);
            (version, verdict)
        })
        .collect();
    Ok(Entitlements {
        released_until: case.license.grant(&case.product.code).released_until(now),
        license: case.license,
        versions: decided,
    })
}
