//! Dialect H: desktop programs that run offline for weeks and check in now and then.
//!
//! Base `/api`; every path with and without a slash at its end. Unknown fields are ignored. A body
//! that is not JSON or lacks a field is 400 in the dialect's own shape, and nothing is changed.

mod answer;

use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::AppError;
use alvara_app::Platform;
use alvara_app::machine::activate::{ActivationRequest, Novelty};
use alvara_app::machine::contact::ContactRequest;
use alvara_app::program::ReleaseQuestion;
use alvara_domain::fingerprint::{Components, Fingerprint};
use alvara_domain::product::Version;
use alvara_domain::verdict::Code;
use serde_json::{Map, Value, json};

use self::answer::{Speaker, refused};
use super::at;
use crate::api::v1::program::{count_key, knock};
use crate::body::read_body;
use crate::problem::Problem;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    at(config, "/api/license/activate", "POST", |it| {
        it.post(activate)
    });
    at(config, "/api/check-license", "POST", |it| it.post(check));
    at(config, "/api/license/renew", "POST", |it| it.post(renew));
    at(config, "/api/update", "GET", |it| it.get(update));
}

/// What the frame refused: a rate limit, a wrong method, an address that is not there.
pub(super) fn refuse(request: &HttpRequest, problem: &Problem) -> HttpResponse {
    Speaker::of(request).problem(problem)
}

/// The fields of a request, as the dialect names them.
struct Fields(Map<String, Value>);

#[expect(
    clippy::result_large_err,
    reason = "the refusal is the answer itself, made once and passed up once"
)]
impl Fields {
    async fn read(
        request: &HttpRequest,
        payload: web::Payload,
        speaker: &Speaker<'_>,
    ) -> Result<Self, HttpResponse> {
        let body: Bytes = read_body(request, &mut payload.into_inner())
            .await
            .map_err(|problem| speaker.problem(&problem))?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(speaker.bad_request(None)),
        }
    }

    fn text(&self, name: &'static str, speaker: &Speaker<'_>) -> Result<&str, HttpResponse> {
        let text = self.0.get(name).and_then(Value::as_str).map(str::trim);
        text.filter(|text| !text.is_empty() && text.len() <= 1024)
            .ok_or_else(|| speaker.bad_request(Some(name)))
    }

    fn machine(&self, speaker: &Speaker<'_>) -> Result<Fingerprint, HttpResponse> {
        self.text("machineId", speaker)?
            .parse()
            .map_err(|_| speaker.bad_request(Some("machineId")))
    }
}

type Answer = Result<HttpResponse, HttpResponse>;

fn either(answer: Answer) -> HttpResponse {
    answer.unwrap_or_else(|refusal| refusal)
}

/// `POST /license/activate`
async fn activate(
    request: HttpRequest,
    platform: web::Data<Platform>,
    payload: web::Payload,
) -> HttpResponse {
    either(activation(&request, &platform, payload).await)
}

async fn activation(request: &HttpRequest, platform: &Platform, payload: web::Payload) -> Answer {
    let speaker = Speaker::of(request);
    let knock = knock(platform.gate(), request)
        .await
        .map_err(|problem| speaker.problem(&problem))?;
    let fields = Fields::read(request, payload, &speaker).await?;
    let fingerprint = fields.machine(&speaker)?;
    let key = fields.text("licenseKey", &speaker)?;
    count_key(request, platform.gate(), key).map_err(|problem| speaker.problem(&problem))?;
    let asked = ActivationRequest {
        fingerprint: fingerprint.clone(),
        components: Components::default(),
        name: String::new(),
        platform: String::new(),
        app_version: String::new(),
        user: None,
        site: None,
        arrived_by: knock.door(),
    };
    let done = platform
        .activate(&knock, key, asked)
        .await
        .map_err(|error| refused(&speaker, &error))?;
    let message = match done.activated.novelty {
        Novelty::New => "hybrid-activated",
        Novelty::Again => "hybrid-activated-again",
    };
    Ok(HttpResponse::Ok().json(json!({
        "success": true,
        "message": speaker.say(message),
        "license": {
            "machineId": fingerprint.as_str(),
            "expiresAt": done.activated.license.term.expires_at,
            "activatedAt": done.activated.machine.activated_at,
        },
        "computerKey": done.computer_key,
    })))
}

/// `POST /check-license`: always 200 for what can be read.
async fn check(
    request: HttpRequest,
    platform: web::Data<Platform>,
    payload: web::Payload,
) -> HttpResponse {
    either(checking(&request, &platform, payload).await)
}

async fn checking(request: &HttpRequest, platform: &Platform, payload: web::Payload) -> Answer {
    let speaker = Speaker::of(request);
    let knock = knock(platform.gate(), request)
        .await
        .map_err(|problem| speaker.problem(&problem))?;
    let fields = Fields::read(request, payload, &speaker).await?;
    let fingerprint = fields.machine(&speaker)?;
    // This dialect's program keeps whatever computer key it is sent and never says which it holds,
    // so it is sent the newest at every check: number 0 is nobody's.
    let call = ContactRequest {
        computer_key_seq: Some(0),
        ..ContactRequest::default()
    };
    let answer = match platform
        .check_fingerprint(&knock, &fingerprint, &call)
        .await
    {
        Ok(answer) => answer,
        Err(AppError::NotFound(_)) => {
            return Ok(HttpResponse::Ok().json(json!({
                "valid": false, "reason": "LICENSE_NOT_FOUND", "message": speaker.say("hybrid-license-not-found"),
            })));
        }
        Err(error) => return Err(refused(&speaker, &error)),
    };
    let (verdict, license) = (&answer.contact.verdict, &answer.contact.license);
    if !verdict.valid {
        let mut body = json!({ "valid": false, "reason": reason(verdict.code), "message": speaker.explain(verdict) });
        if reason(verdict.code) == "LICENSE_EXPIRED" {
            body["expiresAt"] = json!(license.term.expires_at);
        }
        return Ok(HttpResponse::Ok().json(body));
    }
    Ok(HttpResponse::Ok().json(json!({
        "valid": true,
        "expires": license.term.expires_at,
        "machineId": fingerprint.as_str(),
        "lastValidated": answer.now,
        "daysRemaining": license.days_left(answer.now),
        "computerKey": answer.computer_key,
    })))
}

/// The dialect's word for a verdict.
fn reason(code: Code) -> &'static str {
    match code {
        Code::Expired | Code::ExpiredGrace => "LICENSE_EXPIRED",
        Code::Revoked => "LICENSE_REVOKED",
        Code::MachineBlocked => "MACHINE_BLOCKED",
        Code::PendingApproval | Code::PendingValidation => "PENDING_APPROVAL",
        Code::NotFound | Code::KeyMalformed | Code::MachineUnknown => "LICENSE_NOT_FOUND",
        // Everything else that may pass or be settled: the program may try again later.
        Code::Valid
        | Code::Suspended
        | Code::CustomerSuspended
        | Code::TenantSuspended
        | Code::NotYetEffective
        | Code::ProductMismatch
        | Code::VersionNotEntitled
        | Code::UserMismatch
        | Code::SiteMismatch
        | Code::FingerprintMismatch
        | Code::MachineLimit
        | Code::SeatLimit
        | Code::UserLimit
        | Code::LeaseExpired
        | Code::CheckOverdue
        | Code::MaintenanceEnded
        | Code::TrialUsed
        | Code::ModuleMissing
        | Code::PaymentOverdue
        | Code::ClockRollback
        | Code::MeterLimit => "LICENSE_SUSPENDED",
    }
}

/// `POST /license/renew`
async fn renew(
    request: HttpRequest,
    platform: web::Data<Platform>,
    payload: web::Payload,
) -> HttpResponse {
    either(renewal(&request, &platform, payload).await)
}

async fn renewal(request: &HttpRequest, platform: &Platform, payload: web::Payload) -> Answer {
    let speaker = Speaker::of(request);
    let knock = knock(platform.gate(), request)
        .await
        .map_err(|problem| speaker.problem(&problem))?;
    let fields = Fields::read(request, payload, &speaker).await?;
    let fingerprint = fields.machine(&speaker)?;
    let key = fields.text("licenseKey", &speaker)?;
    let license = platform
        .renew_by_fingerprint(&knock, &fingerprint, key)
        .await
        .map_err(|error| refused(&speaker, &error))?;
    let message = match license.term.expires_at {
        Some(expiry) => speaker.say_with(
            "hybrid-renewed",
            alvara_render::Args::new().day("date", expiry),
        ),
        None => speaker.say("hybrid-renewed-permanent"),
    };
    Ok(HttpResponse::Ok()
        .json(json!({ "success": true, "message": message, "expiresAt": license.term.expires_at })))
}

/// What `GET /update` may ask. Unknown parameters are ignored, as everywhere in this dialect.
#[derive(Default, serde::Deserialize)]
struct UpdateQuery {
    product: Option<String>,
    channel: Option<String>,
    platform: Option<String>,
    version: Option<String>,
}

/// `GET /update`
async fn update(
    request: HttpRequest,
    platform: web::Data<Platform>,
    query: Option<web::Query<UpdateQuery>>,
) -> HttpResponse {
    let speaker = Speaker::of(&request);
    let query = query.map(web::Query::into_inner).unwrap_or_default();
    // No name of ours holds a control character, and not every database takes one.
    let plain = |text: &String| !text.is_empty() && !text.chars().any(char::is_control);
    let asked = ReleaseQuestion {
        product: query.product.filter(plain),
        channel: query
            .channel
            .filter(plain)
            .unwrap_or_else(|| "stable".to_owned()),
        platform: query
            .platform
            .filter(plain)
            .unwrap_or_else(|| "any".to_owned()),
        have: query.version.and_then(|text| text.parse::<Version>().ok()),
    };
    let knock = match knock(platform.gate(), &request).await {
        Ok(knock) => knock,
        Err(problem) => return speaker.problem(&problem),
    };
    match platform.newest_release(&knock, asked).await {
        Ok(found) => {
            let release = found.release;
            HttpResponse::Ok().json(json!({
                "version": release.version, "url": release.url, "notes": release.notes,
                "mandatory": release.mandatory, "sha256": release.sha256, "signature": release.signature,
            }))
        }
        Err(AppError::NotFound(_)) => {
            HttpResponse::NotFound().json(json!({ "success": false, "error": speaker.say("hybrid-no-update"), "code": "UPDATE_NOT_FOUND" }))
        }
        Err(error) => refused(&speaker, &error),
    }
}
