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
//!
//! | ours | `status` of a customer |
//! |---|---|
//! | pending | `bloqueado`: it may use nothing until somebody says `ativar` |
//! | validated | `ativo` |
//! | suspended, blocked | `bloqueado` |
//! | cancelled | `cancelado` |

use alvara_domain::customer::CustomerStatus;
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

alvara_domain::text_enum! {
    /// `status` of a customer.
    pub enum StatusCliente {
        /// May use what it has.
        Ativo = "ativo",
        /// May use nothing.
        Bloqueado = "bloqueado",
        /// No customer any more.
        Cancelado = "cancelado",
    }
}

impl StatusCliente {
    pub(super) const fn of(status: CustomerStatus) -> Self {
        match status {
            CustomerStatus::Validated => Self::Ativo,
            CustomerStatus::Pending | CustomerStatus::Suspended | CustomerStatus::Blocked => {
                Self::Bloqueado
            }
            CustomerStatus::Cancelled => Self::Cancelado,
        }
    }

    /// What is meant where it is asked for.
    pub(super) const fn ours(self) -> CustomerStatus {
        match self {
            Self::Ativo => CustomerStatus::Validated,
            Self::Bloqueado => CustomerStatus::Blocked,
            Self::Cancelado => CustomerStatus::Cancelled,
        }
    }

    /// The same, unless the word says what is: a program that sends back what it read changes nothing.
    pub(super) fn unless(self, now: CustomerStatus) -> Option<CustomerStatus> {
        (Self::of(now) != self).then(|| self.ours())
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

    // R-API-02 R-TEN-09
    #[test]
    fn every_status_of_a_customer_has_a_word() {
        let words: Vec<&str> = CustomerStatus::ALL
            .iter()
            .map(|status| StatusCliente::of(*status).as_str())
            .collect();
        assert_eq!(
            words,
            ["bloqueado", "ativo", "bloqueado", "bloqueado", "cancelado"]
        );
        for word in StatusCliente::ALL {
            assert_eq!(StatusCliente::of(word.ours()), *word);
            assert_eq!(word.unless(word.ours()), None);
        }
        let wanted = StatusCliente::Bloqueado.unless(CustomerStatus::Suspended);
        assert_eq!(wanted, None, "suspended is blocked already");
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
