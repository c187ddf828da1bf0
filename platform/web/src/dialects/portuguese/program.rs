//! What machines call. Open, rate-limited by address, key and machine; each answer that knows the
//! machine bears its token, which later calls may present.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use alvara_app::license::validate::ValidationAsks;
use alvara_app::machine::activate::ActivationRequest;
use alvara_app::machine::contact::ContactRequest;
use alvara_app::program::Presented;
use alvara_domain::fingerprint::{Components, Fingerprint};
use alvara_domain::id::MachineId;
use alvara_domain::machine::{MachineReport, MachineState};
use alvara_domain::time::UtcTime;
use serde::{Deserialize, Serialize};

use super::super::body::Sent;
use super::licenses::modules;
use super::words::{Tipo, status_for_program};
use crate::answer;
use crate::api::v1::program::{count_key, count_machine, said, unknown_token};
use crate::body::{Params, Segments, Text};
use crate::caller::bearer;
use crate::problem::{Fault, Problem};
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct Sinal {
    fingerprint: Text<1, 256>,
    cpu: f64,
    memoria: f64,
    disco: f64,
    versao: Text<0, 60>,
}

#[derive(Serialize)]
struct Resposta {
    status: &'static str,
    bloqueada: bool,
    proximo_heartbeat: UtcTime,
    /// Null for a machine that shows nothing but its fingerprint and did not come in this protocol: a
    /// fingerprint is no secret, and such a machine was given its token elsewhere.
    token: Option<String>,
}

/// `POST /maquinas/heartbeat`
pub(super) async fn heartbeat(
    request: HttpRequest,
    visitor: Visitor,
    Sent(body): Sent<Sinal>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let fingerprint = fingerprint(&body.fingerprint)?;
    let report = MachineReport {
        cpu_percent: Some(body.cpu),
        memory_percent: Some(body.memoria),
        disk_percent: Some(body.disco),
    };
    let metrics = report
        .metrics()
        .map_err(|faults| Problem::fields(faults.into_iter().map(Fault::from).collect()))?;
    let call = ContactRequest {
        app_version: Some(body.versao.into_string()).filter(|said| !said.is_empty()),
        metrics: Some(metrics),
        ..ContactRequest::default()
    };
    let token = bearer(&request);
    let answer = platform
        .call_in(&visitor.knock, token, &fingerprint, &call)
        .await
        .map_err(|error| match token {
            Some(_) => unknown_token(error),
            None => Problem::from(error),
        })?;
    let contact = &answer.contact;
    count_machine(&request, &contact.machine.id.to_string())?;
    let bloqueada = contact.machine.state == MachineState::Blocked;
    Ok(answer::ok(&Resposta {
        status: match bloqueada {
            true => "bloqueada",
            false => status_for_program(&contact.license, &contact.verdict, answer.now),
        },
        bloqueada,
        proximo_heartbeat: answer.next_check_at,
        token: if token.is_some() || contact.machine.arrived_by.is_portuguese() {
            Some(platform.token_of(&contact.machine)?.expose().to_owned())
        } else {
            None
        },
    }))
}

#[derive(Deserialize)]
pub(super) struct Ativacao {
    fingerprint: Text<1, 256>,
}

#[derive(Serialize)]
struct Ativada {
    status: &'static str,
    tipo: Tipo,
    ativada_em: UtcTime,
    expira_em: Option<UtcTime>,
    dias_restantes: Option<i64>,
    modulos: Vec<String>,
    maquina_id: MachineId,
    chave_computador: String,
    proximo_heartbeat: UtcTime,
    token: String,
}

/// `POST /licencas/ativar/{chave}`
pub(super) async fn activate(
    request: HttpRequest,
    visitor: Visitor,
    Segments(key): Segments<String>,
    Sent(body): Sent<Ativacao>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    count_key(&request, platform.gate(), &key)?;
    let asked = ActivationRequest {
        fingerprint: fingerprint(&body.fingerprint)?,
        components: Components::default(),
        name: String::new(),
        platform: String::new(),
        app_version: String::new(),
        user: None,
        site: None,
        arrived_by: visitor.knock.door().in_portuguese(),
    };
    let done = platform.activate(&visitor.knock, &key, asked).await?;
    let (license, machine) = (&done.activated.license, &done.activated.machine);
    Ok(answer::ok(&Ativada {
        status: status_for_program(license, &done.activated.verdict, done.now),
        tipo: Tipo::of(license.kind),
        ativada_em: machine.activated_at,
        expira_em: license.term.expires_at,
        dias_restantes: license.days_left(done.now),
        modulos: modules(license, done.now),
        maquina_id: machine.id,
        chave_computador: done.computer_key,
        proximo_heartbeat: done.next_check_at,
        token: done.token.expose().to_owned(),
    }))
}

#[derive(Deserialize)]
pub(super) struct Pergunta {
    /// The machine that asks: then the answer is about it, and bears its token.
    fingerprint: Option<Fingerprint>,
}

#[derive(Serialize)]
struct Verificada {
    valida: bool,
    status: Option<&'static str>,
    tipo: Option<Tipo>,
    expira_em: Option<UtcTime>,
    dias_restantes: Option<i64>,
    modulos: Vec<String>,
    motivo: Option<String>,
    token: Option<String>,
}

/// `GET /licencas/verificar/{chave}`: a license that is not good, or not there, is an answer and no
/// error.
pub(super) async fn verify(
    request: HttpRequest,
    visitor: Visitor,
    Segments(key): Segments<String>,
    Params(asked): Params<Pergunta>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    count_key(&request, platform.gate(), &key)?;
    let token = match &asked.fingerprint {
        Some(machine) => {
            let found = platform
                .machine_of_key(&visitor.knock, &key, machine)
                .await?;
            found.map(|(_, token)| token.expose().to_owned())
        }
        None => None,
    };
    let asks = ValidationAsks {
        fingerprint: asked.fingerprint,
        ..ValidationAsks::default()
    };
    let answer = platform
        .validate(&visitor.knock, &Presented::Key(key), asks, None)
        .await?;
    let (verdict, now) = (&answer.verdict, answer.now);
    let license = answer.found.as_ref().map(|(license, _)| license);
    Ok(answer::ok(&Verificada {
        valida: verdict.valid,
        status: license.map(|license| status_for_program(license, verdict, now)),
        tipo: license.map(|license| Tipo::of(license.kind)),
        expira_em: license.and_then(|license| license.term.expires_at),
        dias_restantes: license.and_then(|license| license.days_left(now)),
        modulos: license
            .map(|license| modules(license, now))
            .unwrap_or_default(),
        motivo: match verdict.valid {
            true => None,
            false => Some(said(&request, verdict)?),
        },
        token,
    }))
}

pub(super) fn fingerprint(text: &Text<1, 256>) -> Result<Fingerprint, Problem> {
    text.as_str()
        .parse()
        .map_err(|_| Problem::field(Fault::message("/fingerprint", "malformed", "field-invalid")))
}
