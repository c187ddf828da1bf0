//! Activating and deactivating the machine a program runs on.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use alvara_app::Platform;
use alvara_app::machine::activate::{ActivationRequest, Novelty};
use alvara_app::program::ActivationAnswer;
use alvara_domain::fingerprint::{Components, Fingerprint};
use alvara_domain::id::MachineId;
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::Because;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{LicenseSummary, count_key, knock, machine_token, note_actor, unknown_token};
use crate::body::{Json, Segments, Text};
use crate::problem::{Fault, Problem};

/// What a program says of itself and its machine.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewActivation {
    /// The activation key, as somebody typed it.
    #[schema(value_type = String, max_length = 200, example = "ACME-7K3QX-M2V9T-4JH8C-R6W1Z-PX5NQ")]
    key: Text<0, 200>,
    /// The machine.
    machine: NewMachine,
    /// Who uses it; needed where the license is bound to a user.
    #[schema(value_type = Option<String>, max_length = 254)]
    user: Option<Text<1, 254>>,
    /// Where it stands; needed where the license is bound to a site.
    #[schema(value_type = Option<String>, max_length = 100)]
    site: Option<Text<1, 100>>,
}

/// A machine as a program describes it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMachine {
    /// By which it is known again: 1 to 256 visible characters, the same at every start.
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    fingerprint: String,
    /// Parts of it by name, for tolerance when one is exchanged.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    components: BTreeMap<String, String>,
    /// For people.
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Option<Text<0, 200>>,
    /// Operating system and architecture.
    #[schema(value_type = Option<String>, max_length = 60, example = "windows-x64")]
    platform: Option<Text<0, 60>>,
    /// The program's version.
    #[schema(value_type = Option<String>, max_length = 60, example = "2.1.4")]
    app_version: Option<Text<0, 60>>,
}

/// What a program keeps.
#[derive(Serialize, ToSchema)]
pub(crate) struct Activation {
    /// The license.
    license: LicenseSummary,
    /// The machine.
    machine: ActivatedMachine,
    /// What is installed: a JWS (RS256 by default) that any JOSE library verifies.
    computer_key: String,
    /// Proof of this contact: a JWS that says until when the program may run without another.
    lease: String,
    /// When to call again.
    #[schema(value_type = String, format = DateTime)]
    next_check_at: UtcTime,
    /// What is worth a warning: how the machine changed, or that a limit is passed. Null as a rule.
    #[schema(value_type = Option<Object>)]
    because: Option<Because>,
    /// When this was decided.
    #[schema(value_type = String, format = DateTime)]
    date: UtcTime,
}

/// The machine, and the secret by which it is known.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActivatedMachine {
    /// Its id.
    #[schema(value_type = String)]
    id: MachineId,
    /// Bearer token for heartbeats and deactivation. Keep it secret.
    token: String,
}

/// Activates the machine: it takes a seat, once. The same fingerprint under the same key is the
/// same machine; asking again gives the same answer and takes nothing, so a program that lost the
/// answer simply asks again.
#[utoipa::path(
    post, path = "/activations", tag = "programs", operation_id = "activate",
    security(()),
    request_body = NewActivation,
    responses(
        (status = 201, description = "The machine took a seat.", body = Activation),
        (status = 200, description = "The machine had its seat already.", body = Activation),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    platform: web::Data<Platform>,
    body: Json<NewActivation>,
) -> Result<HttpResponse, Problem> {
    let body = body.0;
    count_key(&request, platform.gate(), body.key.as_str())?;
    let knock = knock(platform.gate(), &request).await?;
    let asked = body.machine.read((body.user, body.site), &knock)?;
    let answer = platform.activate(&knock, body.key.as_str(), asked).await?;
    Ok(write(&answer))
}

impl NewMachine {
    pub(crate) fn read(
        self,
        (user, site): (Option<Text<1, 254>>, Option<Text<1, 100>>),
        knock: &alvara_app::program::Knock,
    ) -> Result<ActivationRequest, Problem> {
        let fault = |pointer, error: &dyn std::fmt::Display| {
            Problem::field(Fault::text(pointer, "malformed", error.to_string()))
        };
        let text = |text: Option<String>| text.unwrap_or_default();
        Ok(ActivationRequest {
            fingerprint: self
                .fingerprint
                .parse::<Fingerprint>()
                .map_err(|error| fault("/machine/fingerprint", &error))?,
            components: Components::try_from(self.components)
                .map_err(|error| fault("/machine/components", &error))?,
            name: text(self.name.map(Text::into_string)),
            platform: text(self.platform.map(Text::into_string)),
            app_version: text(self.app_version.map(Text::into_string)),
            user: user.map(Text::into_string),
            site: site.map(Text::into_string),
            arrived_by: knock.door(),
        })
    }
}

impl Activation {
    pub(crate) fn of(answer: &ActivationAnswer) -> Self {
        let done = &answer.activated;
        Self {
            license: LicenseSummary::of(&done.license, &done.product, answer.now),
            machine: ActivatedMachine {
                id: done.machine.id,
                token: answer.token.expose().to_owned(),
            },
            computer_key: answer.computer_key.clone(),
            lease: answer.lease.clone(),
            next_check_at: answer.next_check_at,
            because: done.verdict.because.clone(),
            date: answer.now,
        }
    }
}

fn write(answer: &ActivationAnswer) -> HttpResponse {
    let body = Activation::of(answer);
    match answer.activated.novelty {
        Novelty::New => HttpResponse::Created().json(body),
        Novelty::Again => HttpResponse::Ok().json(body),
    }
}

/// Deactivates the machine: its seat is free. Doing so twice is no error.
#[utoipa::path(
    delete, path = "/activations/{machine_id}", tag = "programs", operation_id = "deactivate",
    security(("machine" = [])),
    params(("machine_id" = String, Path, description = "The machine's id; the token must be its own.")),
    responses((status = 204, description = "The machine holds no seat."))
)]
pub(crate) async fn delete(
    request: HttpRequest,
    platform: web::Data<Platform>,
    id: Segments<String>,
) -> Result<HttpResponse, Problem> {
    let token = machine_token(&request)?;
    let id: MachineId = id.0.parse().map_err(|_| Problem::not_found())?;
    note_actor(&request, token);
    let knock = knock(platform.gate(), &request).await?;
    platform
        .deactivate(&knock, token, id)
        .await
        .map_err(unknown_token)?;
    Ok(HttpResponse::NoContent().finish())
}
