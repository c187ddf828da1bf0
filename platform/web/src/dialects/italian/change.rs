//! `PATCH /admin/licenze/{id}`: what of a license its fields change. Each part asks for the
//! permission that the same change has in the canonical interface; all of it is done, or nothing.

use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use alvara_app::AppError;
use alvara_app::license::change_modules::set_modules;
use alvara_app::license::reprice::{Repricing, reprice};
use alvara_app::license::settle::settle;
use alvara_app::license::transfer::{TransferRequest, transfer};
use alvara_app::license::update::{LicenseChange, update};
use alvara_domain::id::{LicenseId, NodeId};
use alvara_domain::license::LicenseState;
use alvara_domain::money::BasisPoints;
use alvara_domain::transfer::MachinesThen;
use alvara_store::{Db, Scope, TenantTx, licenses, sales, tenants};
use alvara_tenants::permissions::{
    LicenseIssue, LicenseModule, LicenseReinstate, LicenseRevoke, LicenseSuspend, LicenseTransfer,
    LicenseUpdate,
};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::super::body::Sent;
use super::license::{Licenza, amount};
use super::licenses::shown;
use super::words::Stato;
use crate::answer;
use crate::body::{Segments, Text, nullable};
use crate::caller::Caller;
use crate::problem::{Fault, Problem};

/// What to change; what is left out stays.
#[derive(Deserialize)]
pub(super) struct Modifica {
    stato: Option<Stato>,
    /// How many machines; null is no limit.
    #[serde(default, deserialize_with = "nullable")]
    numero_dispositivi: Option<Option<u32>>,
    /// The codes of all its modules.
    moduli_attivi: Option<Vec<Text<1, 32>>>,
    prezzo: Option<f64>,
    sconto: Option<f64>,
    /// Who holds it from now on; its machines keep their seats.
    azienda_assegnataria: Option<NodeId>,
    #[serde(flatten)]
    fixed: Fixed,
}

/// What a license shows and no field changes: a term moves by a renewal, a kind by a conversion, the
/// agent is whoever stands above the holder. They may be sent along as they are, as programs do that
/// send a license back whole.
#[derive(Deserialize)]
struct Fixed {
    #[serde(default, deserialize_with = "sent")]
    data_attivazione: Option<Value>,
    #[serde(default, deserialize_with = "sent")]
    data_scadenza: Option<Value>,
    #[serde(default, deserialize_with = "sent")]
    tipo_licenza: Option<Value>,
    #[serde(default, deserialize_with = "sent")]
    numero_utenti: Option<Value>,
    #[serde(default, deserialize_with = "sent")]
    agente_assegnato: Option<Value>,
}

/// A field that was sent, `null` included.
fn sent<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

impl Fixed {
    /// Refuses the first that is sent with another value than the license has.
    fn compare(&self, license: &Licenza) -> Result<(), Problem> {
        let has = json!(license);
        let fields = [
            ("data_attivazione", &self.data_attivazione),
            ("data_scadenza", &self.data_scadenza),
            ("tipo_licenza", &self.tipo_licenza),
            ("numero_utenti", &self.numero_utenti),
            ("agente_assegnato", &self.agente_assegnato),
        ];
        let other = |(name, sent): &(&str, &Option<Value>)| {
            sent.as_ref()
                .is_some_and(|sent| has.get(*name) != Some(sent))
        };
        match fields.into_iter().find(other) {
            Some((name, _)) => {
                let pointer = format!("/{name}");
                Err(Problem::field(Fault::message(
                    pointer,
                    "read_only",
                    "field-fixed",
                )))
            }
            None => Ok(()),
        }
    }
}

/// `PATCH /admin/licenze/{id}`
pub(super) async fn change(
    request: HttpRequest,
    caller: Caller<LicenseUpdate>,
    Segments(id): Segments<LicenseId>,
    Sent(body): Sent<Modifica>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let (scope, state) = allowed(&request, caller.scope, &body).await?;
    let discount = share(body.sconto)?;
    let work = move |tx: &mut TenantTx<'_>| changed(tx, id, &body, (state, discount));
    Ok(answer::ok(&db.write(&scope, work).await?))
}

fn changed(
    tx: &mut TenantTx<'_>,
    id: LicenseId,
    body: &Modifica,
    (state, discount): (Option<LicenseState>, Option<BasisPoints>),
) -> Result<Licenza, Problem> {
    let before = licenses::find(tx, id)?.ok_or(AppError::NotFound("license"))?;
    body.fixed.compare(&shown(tx, before)?)?;
    if body.numero_dispositivi.is_some() {
        let wanted = LicenseChange {
            machine_limit: body.numero_dispositivi,
            ..LicenseChange::default()
        };
        update(tx, id, None, &wanted)?;
    }
    if let Some(modules) = &body.moduli_attivi {
        set_modules(tx, id, &codes(modules))?;
    }
    price(tx, id, (body.prezzo, discount))?;
    let load = |tx: &mut TenantTx<'_>| licenses::find(tx, id)?.ok_or(AppError::NotFound("license"));
    match body.azienda_assegnataria {
        Some(node_id) if load(tx)?.node_id != node_id => {
            let to = TransferRequest {
                node_id,
                machines: MachinesThen::Keep,
                reason: None,
            };
            transfer(tx, id, None, &to)?;
        }
        _ => {}
    }
    let license = match state {
        Some(state) => settle(tx, id, state)?,
        None => load(tx)?,
    };
    Ok(shown(tx, license)?)
}

/// Writes price and discount, where either was said. A price is in the currency of the sale, else
/// in the tenant's.
pub(super) fn price(
    tx: &mut TenantTx<'_>,
    id: LicenseId,
    (price, discount): (Option<f64>, Option<BasisPoints>),
) -> Result<(), Problem> {
    if price.is_none() && discount.is_none() {
        return Ok(());
    }
    let sold = sales::find(tx, id)?.and_then(|sale| sale.price);
    let currency = match sold {
        Some(sold) => sold.currency,
        None => tenants::load_own(tx)?.currency,
    };
    let change = Repricing {
        price: price.map(|price| amount(price, currency)).transpose()?,
        discount,
    };
    reprice(tx, id, change)?;
    Ok(())
}

/// A discount as people write it.
pub(super) fn share(percent: Option<f64>) -> Result<Option<BasisPoints>, Problem> {
    let share = percent.map(BasisPoints::from_percent).transpose();
    share.map_err(|error| Problem::field(Fault::text("/sconto", "out_of_range", error.to_string())))
}

/// The codes of modules.
pub(super) fn codes(modules: &[Text<1, 32>]) -> Vec<String> {
    let texts = modules.iter().map(Text::as_str);
    texts.map(str::to_owned).collect()
}

/// The scope in which all of it is done, once every permission that it takes is there.
async fn allowed(
    request: &HttpRequest,
    own: Scope,
    body: &Modifica,
) -> Result<(Scope, Option<LicenseState>), Problem> {
    if body.moduli_attivi.is_some() {
        Caller::<LicenseModule>::extract(request).await?;
    }
    if body.prezzo.is_some() || body.sconto.is_some() {
        Caller::<LicenseIssue>::extract(request).await?;
    }
    if body.azienda_assegnataria.is_some() {
        Caller::<LicenseTransfer>::extract(request).await?;
    }
    Ok(match body.stato {
        None => (own, None),
        Some(stato) => {
            let (scope, state) = deciding(request, stato).await?;
            (scope, Some(state))
        }
    })
}

/// The scope of whoever may bring a license into a state, which is a permission of its own.
async fn deciding(request: &HttpRequest, stato: Stato) -> Result<(Scope, LicenseState), Problem> {
    Ok(match stato {
        Stato::Attiva | Stato::Demo => {
            let caller = Caller::<LicenseReinstate>::extract(request).await?;
            (caller.scope, LicenseState::Active)
        }
        Stato::Sospesa => {
            let caller = Caller::<LicenseSuspend>::extract(request).await?;
            (caller.scope, LicenseState::Suspended)
        }
        Stato::Revocata => {
            let caller = Caller::<LicenseRevoke>::extract(request).await?;
            (caller.scope, LicenseState::Revoked)
        }
        // Time and approval rules bring these about, nobody by decision.
        Stato::Scaduta | Stato::InAttesaConvalida => {
            let fault = Fault::message("/stato", "malformed", "field-invalid");
            return Err(Problem::field(fault));
        }
    })
}
