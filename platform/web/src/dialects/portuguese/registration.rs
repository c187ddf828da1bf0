//! `POST /maquinas/`: a machine registers, with a key or to wait until somebody approves it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use alvara_app::machine::activate::{ActivationRequest, Novelty};
use alvara_app::program::{ActivationAnswer, RegistrationAnswer};
use alvara_app::registration::{Received, RegistrationRequest};
use alvara_domain::fingerprint::Components;
use alvara_domain::id::{LicenseId, MachineId, RegistrationId};
use alvara_domain::registration::Applicant;
use alvara_domain::time::UtcTime;
use serde::{Deserialize, Serialize};

use super::super::body::Sent;
use super::machine::Maquina;
use super::program::fingerprint;
use crate::api::v1::program::count_key;
use crate::body::Text;
use crate::problem::Problem;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct Registro {
    nome: Text<0, 200>,
    fingerprint: Text<1, 256>,
    sistema: Text<0, 60>,
    versao: Text<0, 60>,
    chave: Option<Text<1, 200>>,
    /// Code of the product, where no key says it; the default product when not said.
    produto: Option<Text<1, 32>>,
}

/// A machine that has its seat.
#[derive(Serialize)]
struct Registrada {
    #[serde(flatten)]
    maquina: Maquina<MachineId, LicenseId, UtcTime>,
    chave_computador: String,
    proximo_heartbeat: UtcTime,
    token: String,
}

/// A machine that waits until somebody approves it. The same members, so that a program reads both
/// alike.
#[derive(Serialize)]
struct Espera {
    #[serde(flatten)]
    maquina: Maquina<RegistrationId, Option<LicenseId>, Option<UtcTime>>,
    chave_computador: Option<String>,
    proximo_heartbeat: UtcTime,
    token: Option<String>,
}

/// `POST /maquinas/`: 201 with a seat, 200 with the seat it had, 202 where it waits.
pub(super) async fn register(
    request: HttpRequest,
    visitor: Visitor,
    Sent(body): Sent<Registro>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let knock = &visitor.knock;
    let asked = ActivationRequest {
        fingerprint: fingerprint(&body.fingerprint)?,
        components: Components::default(),
        name: body.nome.into_string(),
        platform: body.sistema.into_string(),
        app_version: body.versao.into_string(),
        user: None,
        site: None,
        arrived_by: knock.door().in_portuguese(),
    };
    if let Some(key) = body.chave {
        count_key(&request, platform.gate(), key.as_str())?;
        let answer = platform.activate(knock, key.as_str(), asked).await?;
        return Ok(seated(answer));
    }
    let product = match body.produto {
        Some(code) => code.into_string(),
        None => platform.default_product(knock).await?,
    };
    let asked = RegistrationRequest {
        product,
        machine: asked,
        site: None,
        applicant: Applicant::default(),
    };
    Ok(match platform.register_program(knock, asked, None).await? {
        RegistrationAnswer::Approved { answer, .. } => seated(*answer),
        RegistrationAnswer::Waiting { received, now, .. } => waiting(*received, now),
    })
}

fn seated(answer: ActivationAnswer) -> HttpResponse {
    let mut written = match answer.activated.novelty {
        Novelty::New => HttpResponse::Created(),
        Novelty::Again => HttpResponse::Ok(),
    };
    written.json(Registrada {
        maquina: Maquina::of(answer.activated.machine, answer.now),
        chave_computador: answer.computer_key,
        proximo_heartbeat: answer.next_check_at,
        token: answer.token.expose().to_owned(),
    })
}

fn waiting(received: Received, now: UtcTime) -> HttpResponse {
    let wait = received.retry_after;
    HttpResponse::Accepted().json(Espera {
        maquina: Maquina::waiting(received.registration),
        chave_computador: None,
        proximo_heartbeat: now.saturating_add_seconds(i64::from(wait)),
        token: None,
    })
}
