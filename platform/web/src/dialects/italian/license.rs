//! A license as this dialect shows it.

use alvara_domain::id::{LicenseId, NodeId};
use alvara_domain::license::License;
use alvara_domain::money::{Currency, Money};
use alvara_domain::price::Sale;
use alvara_domain::time::UtcTime;
use serde::Serialize;

use super::words::{Stato, Tipo};
use crate::problem::{Fault, Problem};

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
    /// Before the discount, in the currency it was sold in.
    prezzo: Option<f64>,
    /// In percent.
    sconto: Option<f64>,
    moduli_attivi: Vec<String>,
    azienda_assegnataria: NodeId,
    agente_assegnato: Option<NodeId>,
}

impl Licenza {
    pub(super) fn of(
        license: License,
        agent: Option<NodeId>,
        sale: Option<&Sale>,
        now: UtcTime,
    ) -> Self {
        let price = sale.and_then(|sale| sale.price);
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
            prezzo: price.map(units),
            sconto: price.and(sale).map(|sale| sale.discount.percent()),
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

/// An amount as this dialect writes it: 19.9 for 1990 cents.
pub(super) fn units(money: Money) -> f64 {
    money.amount_minor as f64 / parts(money.currency)
}

/// How many of the smallest unit make one.
fn parts(currency: Currency) -> f64 {
    f64::from(10_u32.pow(currency.decimals()))
}

/// Reads such an amount. More decimals than the currency has are refused rather than rounded.
pub(super) fn amount(units: f64, currency: Currency) -> Result<Money, Problem> {
    let minor = (units * parts(currency)).round();
    let exact = (units * parts(currency) - minor).abs() < 1e-4;
    if !exact || !(0.0..=1e12).contains(&minor) {
        let detail = format!("0 or more, with at most {} decimals", currency.decimals());
        return Err(Problem::field(Fault::text(
            "/prezzo",
            "out_of_range",
            detail,
        )));
    }
    // A whole number of at most 10^12 by the check above.
    Ok(Money::new(minor as i64, currency))
}

fn masked(hint: &str) -> String {
    format!("*****-*****-*****-*****-{hint}")
}
