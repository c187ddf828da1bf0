//! The dialect's words for states and kinds. It has fewer than the platform:
//!
//! | ours | `tipo_licenza` | because |
//! |---|---|---|
//! | permanent | `permanente` | |
//! | semi_permanent | `permanente` | it never ends; only new versions do |
//! | trial | `trial` | |
//! | demo | `trial` | and `stato` says `demo` while it may be used |
//! | subscription | `abbonamento` | |
//! | temporary | `abbonamento` | it ends, and can be renewed |
//!
//! | ours | `stato` |
//! |---|---|
//! | revoked | `revocata` |
//! | pending | `in_attesa_convalida` |
//! | suspended | `sospesa` |
//! | active, past its expiry | `scaduta` |
//! | active, kind demo | `demo` |
//! | active | `attiva` |

use alvara_domain::customer::CustomerStatus;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::{Code, Verdict};
use alvara_store::licenses::{Expiry, NumberedFilter};

alvara_domain::text_enum! {
    /// `tipo_licenza`
    pub enum Tipo {
        /// Never ends.
        Permanente = "permanente",
        /// For trying out or showing.
        Trial = "trial",
        /// Ends.
        Abbonamento = "abbonamento",
    }
}

impl Tipo {
    pub(super) const fn of(kind: LicenseKind) -> Self {
        match kind {
            LicenseKind::Permanent | LicenseKind::SemiPermanent => Self::Permanente,
            LicenseKind::Trial | LicenseKind::Demo => Self::Trial,
            LicenseKind::Subscription | LicenseKind::Temporary => Self::Abbonamento,
        }
    }

    /// Our kinds that bear this word, the one that fits best first.
    pub(super) const fn kinds(self) -> [LicenseKind; 2] {
        match self {
            Self::Permanente => [LicenseKind::Permanent, LicenseKind::SemiPermanent],
            Self::Trial => [LicenseKind::Trial, LicenseKind::Demo],
            Self::Abbonamento => [LicenseKind::Subscription, LicenseKind::Temporary],
        }
    }
}

alvara_domain::text_enum! {
    /// `stato`
    pub enum Stato {
        /// May be used.
        Attiva = "attiva",
        /// Past its expiry.
        Scaduta = "scaduta",
        /// Suspended by itself or by who holds it.
        Sospesa = "sospesa",
        /// May be used, for showing.
        Demo = "demo",
        /// Waits for validation or approval.
        InAttesaConvalida = "in_attesa_convalida",
        /// Ended for good.
        Revocata = "revocata",
    }
}

impl Stato {
    /// The state of a license at `now`.
    pub(super) fn of(license: &License, now: UtcTime) -> Self {
        match license.state {
            LicenseState::Revoked => Self::Revocata,
            LicenseState::Pending => Self::InAttesaConvalida,
            LicenseState::Suspended => Self::Sospesa,
            LicenseState::Active if license.is_expired(now) => Self::Scaduta,
            LicenseState::Active if license.kind == LicenseKind::Demo => Self::Demo,
            LicenseState::Active => Self::Attiva,
        }
    }

    /// The same for a program, to which a license is suspended also when who holds it is.
    pub(super) fn for_program(license: &License, verdict: &Verdict, now: UtcTime) -> Self {
        match verdict.code {
            Code::CustomerSuspended | Code::TenantSuspended => Self::Sospesa,
            _ => Self::of(license, now),
        }
    }

    /// Narrows a filter to the licenses in this state at `now`.
    pub(super) fn narrow(self, filter: &mut NumberedFilter, now: UtcTime) {
        let (state, expiry) = match self {
            Self::Attiva | Self::Demo => (LicenseState::Active, Some(Expiry::Ahead(now))),
            Self::Scaduta => (LicenseState::Active, Some(Expiry::Past(now))),
            Self::Sospesa => (LicenseState::Suspended, None),
            Self::InAttesaConvalida => (LicenseState::Pending, None),
            Self::Revocata => (LicenseState::Revoked, None),
        };
        (filter.state, filter.expiry) = (Some(state), expiry);
        let kinds: Option<Vec<LicenseKind>> = match self {
            Self::Demo => Some(vec![LicenseKind::Demo]),
            Self::Attiva => {
                let all = LicenseKind::ALL.iter().copied();
                Some(all.filter(|kind| *kind != LicenseKind::Demo).collect())
            }
            _ => None,
        };
        if let Some(kinds) = kinds {
            only(filter, &kinds);
        }
    }
}

/// Narrows a filter to these kinds, within those it has.
pub(super) fn only(filter: &mut NumberedFilter, kinds: &[LicenseKind]) {
    let known = filter
        .kinds
        .take()
        .unwrap_or_else(|| LicenseKind::ALL.to_vec());
    let both = known.into_iter().filter(|kind| kinds.contains(kind));
    filter.kinds = Some(both.collect());
}

alvara_domain::text_enum! {
    /// `stato_cliente`: a word for each of ours.
    pub enum StatoCliente {
        /// Registered, not validated.
        InAttesa = "in_attesa",
        /// May use what it has.
        Convalidato = "convalidato",
        /// Not for now.
        Sospeso = "sospeso",
        /// For cause.
        Bloccato = "bloccato",
        /// No customer any more.
        Annullato = "annullato",
    }
}

impl StatoCliente {
    pub(super) const fn of(status: CustomerStatus) -> Self {
        match status {
            CustomerStatus::Pending => Self::InAttesa,
            CustomerStatus::Validated => Self::Convalidato,
            CustomerStatus::Suspended => Self::Sospeso,
            CustomerStatus::Blocked => Self::Bloccato,
            CustomerStatus::Cancelled => Self::Annullato,
        }
    }

    pub(super) const fn ours(self) -> CustomerStatus {
        match self {
            Self::InAttesa => CustomerStatus::Pending,
            Self::Convalidato => CustomerStatus::Validated,
            Self::Sospeso => CustomerStatus::Suspended,
            Self::Bloccato => CustomerStatus::Blocked,
            Self::Annullato => CustomerStatus::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-API-02 R-LIC-02
    #[test]
    fn every_kind_has_a_word_and_every_word_its_kinds() {
        let words = |kind: LicenseKind| Tipo::of(kind).as_str();
        assert_eq!(
            LicenseKind::ALL
                .iter()
                .map(|kind| words(*kind))
                .collect::<Vec<_>>(),
            [
                "permanente",
                "trial",
                "trial",
                "abbonamento",
                "abbonamento",
                "permanente"
            ]
        );
        for kind in LicenseKind::ALL {
            assert!(Tipo::of(*kind).kinds().contains(kind), "{kind}");
        }
    }

    // R-API-02 R-TEN-09
    #[test]
    fn a_status_of_a_customer_has_a_word_of_its_own() {
        for status in CustomerStatus::ALL {
            assert_eq!(StatoCliente::of(*status).ours(), *status);
        }
    }

    // R-API-02
    #[test]
    fn a_demo_is_a_trial_that_is_told_by_its_state() {
        let now = UtcTime::from_micros(0).unwrap();
        let mut demos = NumberedFilter::default();
        Stato::Demo.narrow(&mut demos, now);
        only(&mut demos, &Tipo::Trial.kinds());
        assert_eq!(demos.kinds, Some(vec![LicenseKind::Demo]));
        let mut trials = NumberedFilter::default();
        Stato::Attiva.narrow(&mut trials, now);
        only(&mut trials, &Tipo::Trial.kinds());
        assert_eq!(trials.kinds, Some(vec![LicenseKind::Trial]));
        let mut none = NumberedFilter::default();
        Stato::Demo.narrow(&mut none, now);
        only(&mut none, &Tipo::Permanente.kinds());
        assert_eq!(none.kinds, Some(Vec::new()));
    }
}
