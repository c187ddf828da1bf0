//! A license as this dialect shows it.

use alvara_domain::id::{LicenseId, NodeId};
use alvara_domain::license::License;
use alvara_domain::time::UtcTime;
use serde::Serialize;

use super::words::{Stato, Tipo};

/// A license.
#[derive(Serialize)]
pub(super) struct Licenza {
    id: LicenseId,
    /// The key itself where it was issued just now, else only its end.
    chiave_licenza: String,
    /// Computer keys are signed and handed to their machines, never kept.
    chiave_computer: Option<String>,
    data_attivazione: Option<UtcTime>,
    data_scadenza: Option<UtcTime>,
    tipo_licenza: Tipo,
    stato: Stato,
    numero_utenti: Option<u32>,
    numero_dispositivi: Option<i64>,
    prezzo: Option<f64>,
    sconto: Option<f64>,
    moduli_attivi: Vec<String>,
    azienda_assegnataria: NodeId,
    agente_assegnato: Option<NodeId>,
}

impl Licenza {
    pub(super) fn of(license: License, agent: Option<NodeId>, now: UtcTime) -> Self {
        Self {
            stato: Stato::of(&license, now),
            tipo_licenza: Tipo::of(license.kind),
            moduli_attivi: modules(&license, now),
            id: license.id,
            chiave_licenza: masked(&license.key_hint),
            chiave_computer: None,
            data_attivazione: license.first_activated_at,
            data_scadenza: license.term.expires_at,
            numero_utenti: license.terms.user_limit,
            numero_dispositivi: license.machine_limit,
            prezzo: None,
            sconto: None,
            azienda_assegnataria: license.node_id,
            agente_assegnato: agent,
        }
    }

    /// The same with its key, which is shown at its issue alone.
    pub(super) fn with_key(self, key: &str) -> Self {
        Self {
            chiave_licenza: key.to_owned(),
            ..self
        }
    }
}

/// The codes of what a license unlocks at `now`.
pub(super) fn modules(license: &License, now: UtcTime) -> Vec<String> {
    let live = license.modules.iter().filter(|module| module.is_live(now));
    live.map(|module| module.code.clone()).collect()
}

fn masked(hint: &str) -> String {
    format!("*****-*****-*****-*****-{hint}")
}
