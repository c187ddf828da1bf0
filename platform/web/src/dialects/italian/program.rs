//! What programs call: activation and validation. Open, rate-limited by address and key.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use alvara_app::license::validate::ValidationAsks;
use alvara_app::machine::activate::ActivationRequest;
use alvara_app::program::Presented;
use alvara_domain::fingerprint::{Components, Fingerprint};
use alvara_domain::time::UtcTime;
use serde::{Deserialize, Serialize};

use super::super::body::Sent;
use super::license::modules;
use super::words::{Stato, Tipo};
use crate::answer;
use crate::api::v1::program::{count_key, said};
use crate::body::Text;
use crate::problem::{Fault, Problem};
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct Attivazione {
    chiave_licenza: Text<1, 200>,
    dispositivo: Text<1, 256>,
    nome_dispositivo: Option<Text<0, 200>>,
    utente: Option<Text<1, 254>>,
}

#[derive(Serialize)]
struct Attivata {
    esito: &'static str,
    stato: Stato,
    tipo_licenza: Tipo,
    chiave_computer: String,
    data_attivazione: UtcTime,
    data_scadenza: Option<UtcTime>,
    moduli_attivi: Vec<String>,
    numero_dispositivi: Option<i64>,
    dispositivi_usati: i64,
}

/// `POST /licenze/attiva`
pub(super) async fn activate(
    request: HttpRequest,
    visitor: Visitor,
    Sent(body): Sent<Attivazione>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    count_key(&request, platform.gate(), body.chiave_licenza.as_str())?;
    let asked = ActivationRequest {
        fingerprint: device(&body.dispositivo)?,
        components: Components::default(),
        name: body
            .nome_dispositivo
            .map(Text::into_string)
            .unwrap_or_default(),
        platform: String::new(),
        app_version: String::new(),
        user: body.utente.map(Text::into_string),
        site: None,
        arrived_by: visitor.knock.door(),
    };
    let done = platform
        .activate(&visitor.knock, body.chiave_licenza.as_str(), asked)
        .await?;
    let (license, now) = (&done.activated.license, done.now);
    Ok(answer::ok(&Attivata {
        esito: "ok",
        stato: Stato::of(license, now),
        tipo_licenza: Tipo::of(license.kind),
        moduli_attivi: modules(license, now),
        data_attivazione: done.activated.machine.activated_at,
        data_scadenza: license.term.expires_at,
        numero_dispositivi: license.machine_limit,
        dispositivi_usati: license.machines_used,
        chiave_computer: done.computer_key,
    }))
}

#[derive(Deserialize)]
pub(super) struct Validazione {
    chiave_licenza: Option<Text<1, 200>>,
    chiave_computer: Option<Text<1, 4000>>,
    dispositivo: Option<Text<1, 256>>,
}

#[derive(Serialize)]
struct Validata {
    valida: bool,
    stato: Option<Stato>,
    tipo_licenza: Option<Tipo>,
    data_scadenza: Option<UtcTime>,
    giorni_rimanenti: Option<i64>,
    moduli_attivi: Vec<String>,
    motivo: Option<String>,
}

/// `POST /licenze/valida`: a license that is not good, or not there, is an answer and no error.
pub(super) async fn validate(
    request: HttpRequest,
    visitor: Visitor,
    Sent(body): Sent<Validazione>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let presented = match (body.chiave_licenza, body.chiave_computer) {
        (Some(key), _) => Presented::Key(key.into_string()),
        (None, Some(_)) if body.dispositivo.is_none() => return Err(missing("/dispositivo")),
        (None, Some(key)) => Presented::ComputerKey(key.into_string()),
        (None, None) => return Err(missing("/chiave_licenza")),
    };
    if let Presented::Key(key) = &presented {
        count_key(&request, platform.gate(), key)?;
    }
    let asks = ValidationAsks {
        fingerprint: body.dispositivo.as_ref().map(device).transpose()?,
        ..ValidationAsks::default()
    };
    let answer = platform
        .validate(&visitor.knock, &presented, asks, None)
        .await?;
    let (verdict, now) = (&answer.verdict, answer.now);
    let license = answer.found.as_ref().map(|(license, _)| license);
    let motivo = match verdict.valid {
        true => None,
        false => Some(said(&request, verdict)?),
    };
    Ok(answer::ok(&Validata {
        valida: verdict.valid,
        stato: license.map(|license| Stato::for_program(license, verdict, now)),
        tipo_licenza: license.map(|license| Tipo::of(license.kind)),
        data_scadenza: license.and_then(|license| license.term.expires_at),
        giorni_rimanenti: license.and_then(|license| license.days_left(now)),
        moduli_attivi: license
            .map(|license| modules(license, now))
            .unwrap_or_default(),
        motivo,
    }))
}

fn missing(pointer: &str) -> Problem {
    Problem::field(Fault::message(pointer, "required", "field-required"))
}

fn device(text: &Text<1, 256>) -> Result<Fingerprint, Problem> {
    text.as_str()
        .parse()
        .map_err(|_| Problem::field(Fault::message("/dispositivo", "malformed", "field-invalid")))
}
