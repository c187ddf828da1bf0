//! The dialect's words for kinds and states.
//!
//! | ours | `tipo` | because |
//! |---|---|---|
//! | trial, demo | `demonstracao` | both are for showing what the product can do |
//! | temporary | `temporaria` | |
//! | permanent | `perpetua` | |
//! | semi_permanent | `perpetua` | it never ends; only new versions do |
//! | subscription | `assinatura` | |
//!
//! | ours | `status` of a license |
//! |---|---|
//! | revoked | `revogada` |
//! | pending | `pendente` |
//! | suspended | `bloqueada`, as `POST …/bloquear` says |
//! | active, past its expiry | `expirada` |
//! | active | `ativa` |

use alvara_domain::license::{License, LicenseState};
use alvara_domain::machine::MachineState;
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::{Code, Verdict};

alvara_domain::text_enum! {
    /// `tipo` of a license.
    pub enum Tipo {
        /// For trying out or showing.
        Demonstracao = "demonstracao",
        /// Ends.
        Temporaria = "temporaria",
        /// Never ends.
        Perpetua = "perpetua",
        /// Ends unless renewed.
        Assinatura = "assinatura",
    }
}

impl Tipo {
    pub(super) const fn of(kind: LicenseKind) -> Self {
        match kind {
            LicenseKind::Trial | LicenseKind::Demo => Self::Demonstracao,
            LicenseKind::Temporary => Self::Temporaria,
            LicenseKind::Permanent | LicenseKind::SemiPermanent => Self::Perpetua,
            LicenseKind::Subscription => Self::Assinatura,
        }
    }

    /// Our kinds that bear this word, the one that fits best first.
    pub(super) const fn kinds(self) -> &'static [LicenseKind] {
        match self {
            Self::Demonstracao => &[LicenseKind::Trial, LicenseKind::Demo],
            Self::Temporaria => &[LicenseKind::Temporary],
            Self::Perpetua => &[LicenseKind::Permanent, LicenseKind::SemiPermanent],
            Self::Assinatura => &[LicenseKind::Subscription],
        }
    }
}

/// `status` of a license at `now`.
pub(super) fn license_status(license: &License, now: UtcTime) -> &'static str {
    match license.state {
        LicenseState::Revoked => "revogada",
        LicenseState::Pending => "pendente",
        LicenseState::Suspended => "bloqueada",
        LicenseState::Active if license.is_expired(now) => "expirada",
        LicenseState::Active => "ativa",
    }
}

/// The same for a program, to which a license is blocked also when who holds it is.
pub(super) fn status_for_program(
    license: &License,
    verdict: &Verdict,
    now: UtcTime,
) -> &'static str {
    match verdict.code {
        Code::CustomerSuspended | Code::TenantSuspended => "bloqueada",
        _ => license_status(license, now),
    }
}

/// `status` of a machine.
pub(super) const fn machine_status(state: MachineState) -> &'static str {
    match state {
        MachineState::Active => "ativa",
        MachineState::Blocked => "bloqueada",
        MachineState::Deactivated => "desativada",
        MachineState::Reserved => "reservada",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-API-02 R-LIC-02
    #[test]
    fn every_kind_has_a_word_and_every_word_its_kinds() {
        assert_eq!(
            LicenseKind::ALL
                .iter()
                .map(|kind| Tipo::of(*kind).as_str())
                .collect::<Vec<_>>(),
            [
                "perpetua",
                "demonstracao",
                "demonstracao",
                "assinatura",
                "temporaria",
                "perpetua"
            ]
        );
        for kind in LicenseKind::ALL {
            assert!(Tipo::of(*kind).kinds().contains(kind), "{kind}");
        }
    }

    // R-API-02
    #[test]
    fn every_state_of_a_machine_has_a_word() {
        assert_eq!(
            MachineState::ALL
                .iter()
                .map(|state| machine_status(*state))
                .collect::<Vec<_>>(),
            ["ativa", "bloqueada", "desativada", "reservada"]
        );
    }
}
