//! Everything about a license that a decision needs, and the decision.

use alvara_domain::fingerprint::Comparison;
use alvara_domain::id::LicenseId;
use alvara_domain::license::License;
use alvara_domain::machine::Machine;
use alvara_domain::product::{Product, Version};
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_domain::verdict::{
    Asks, Claimed, Facts, Lookup, MachineFact, Standing, Verdict, VersionAsk,
};
use alvara_store::{TenantTx, license_users, licenses, versions};

use super::drift::SaidMachine;
use crate::error::{AppError, AppResult};

/// Everything about a license that a decision needs, read in one place.
pub(crate) struct Case {
    pub(crate) license: License,
    pub(crate) product: Product,
    pub(crate) standing: Standing,
    pub(crate) zone: ZoneName,
}

impl Case {
    pub(crate) fn load(tx: &mut TenantTx<'_>, id: LicenseId) -> AppResult<Self> {
        let view = licenses::find_view(tx, id)?.ok_or(AppError::NotFound("license"))?;
        Ok(Self {
            license: view.license,
            product: view.product,
            standing: view.standing,
            zone: view.zone,
        })
    }

    /// Whether every machine seat is taken.
    pub(crate) fn is_full(&self) -> bool {
        let license = &self.license;
        license
            .machine_limit
            .is_some_and(|limit| license.machines_used >= limit)
    }

    /// Whether the license names its users one by one.
    pub(crate) fn names_users(&self) -> bool {
        self.license.terms.names_users() && self.license.bound_user.is_none()
    }

    /// How what a program says of its machine compares with the record of one.
    pub(crate) fn compare(&self, machine: &Machine, said: &SaidMachine) -> Comparison {
        let rule = &self.license.terms.fingerprint;
        rule.compare(machine.identity(), said.identity())
    }

    /// Who uses a machine, by its record. One who was never said, or is bound by nothing, is not
    /// asked about.
    pub(crate) fn recorded_user<'a>(
        &self,
        tx: &mut TenantTx<'_>,
        machine: &'a Machine,
    ) -> AppResult<Claimed<'a>> {
        let Some(user) = machine.user_name.as_deref() else {
            return Ok(Claimed::Unchecked);
        };
        let named =
            !self.names_users() || license_users::find(tx, self.license.id, user)?.is_some();
        Ok(if named {
            Claimed::Is(user)
        } else {
            Claimed::Stranger(user)
        })
    }

    pub(crate) fn decide(&self, machine: MachineFact<'_>, asks: Asks<'_>, now: UtcTime) -> Verdict {
        // A deleted license is none, until somebody brings it back.
        let lookup = match self.license.deleted_at {
            Some(_) => Lookup::NotFound,
            None => Lookup::Found(self.license.grant(&self.product.code)),
        };
        let mut facts = Facts::of(lookup);
        facts.standing = self.standing;
        facts.machine = machine;
        facts.asks = asks;
        alvara_domain::verdict::decide(&facts, now)
    }
}

/// The version a program is, with its release date where the product's list has it.
pub(crate) fn version_ask(
    tx: &mut TenantTx<'_>,
    product: &Product,
    number: &Version,
) -> AppResult<VersionAsk> {
    let (major, minor) = (i64::from(number.major), i64::from(number.minor));
    let listed = versions::find_by_number(tx, product.id, major, minor)?;
    Ok(VersionAsk {
        number: number.clone(),
        released_at: listed.map(|version| version.released_at),
    })
}

/// The same from what a program said of itself. A text that is no version asks for nothing: old
/// programs send build names.
pub(crate) fn said_version(
    tx: &mut TenantTx<'_>,
    product: &Product,
    said: &str,
) -> AppResult<Option<VersionAsk>> {
    said.parse::<Version>()
        .ok()
        .map(|number| version_ask(tx, product, &number))
        .transpose()
}

/// Where a machine stands, by its record; what was never said is not asked about.
pub(crate) fn recorded_site(machine: &Machine) -> Claimed<'_> {
    machine
        .site
        .as_deref()
        .map_or(Claimed::Unchecked, Claimed::Is)
}
