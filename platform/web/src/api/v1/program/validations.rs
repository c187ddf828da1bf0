//! Is this license good, and for what? Every answer is 200: a verdict is no error.

use actix_web::{HttpRequest, HttpResponse, web};
use alvara_app::Platform;
use alvara_app::license::validate::ValidationAsks;
use alvara_app::program::{Presented, ValidationAnswer};
use alvara_domain::product::Version;
use alvara_domain::time::UtcTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AskingMachine, LicenseSummary, Nonce, VerdictView, count_key, knock};
use crate::body::{Json, Text};
use crate::problem::{Fault, Problem};
use crate::signature;

/// What is asked: by key or by computer key, one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewValidation {
    /// The activation key, as somebody typed it.
    #[schema(value_type = Option<String>, max_length = 200)]
    key: Option<Text<0, 200>>,
    /// The computer key that the program holds.
    #[schema(value_type = Option<String>, max_length = 4000)]
    computer_key: Option<Text<1, 4000>>,
    /// The machine it runs on. An active machine has thereby had contact and gets a lease.
    machine: Option<AskingMachine>,
    /// What the license must be good for.
    scope: Option<AskedScope>,
    /// Comes back in the answer and, signed, in the lease.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128)]
    nonce: Option<Nonce>,
    /// Whether the answer is to be signed; true when left out. A signature costs the server more
    /// than everything else, and who only shows the result to a person does not need one.
    signed: Option<bool>,
}

/// What the license must be good for; what is left out is not checked.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskedScope {
    /// Code of the product.
    #[schema(value_type = Option<String>, max_length = 32)]
    product: Option<Text<1, 32>>,
    /// The program's version.
    #[schema(value_type = Option<String>, max_length = 60)]
    version: Option<Text<1, 60>>,
    /// Who uses it.
    #[schema(value_type = Option<String>, max_length = 254)]
    user: Option<Text<1, 254>>,
    /// Where.
    #[schema(value_type = Option<String>, max_length = 100)]
    site: Option<Text<1, 100>>,
    /// Modules that must be unlocked; at most 64.
    #[schema(value_type = Option<Vec<String>>, max_items = 64)]
    modules: Option<Vec<Text<1, 32>>>,
}

/// The verdict.
#[derive(Serialize, ToSchema)]
pub(crate) struct Validation {
    #[serde(flatten)]
    verdict: VerdictView,
    /// The license; null where there is none to speak of.
    license: Option<LicenseSummary>,
    /// Proof of contact, where a machine asked about itself and may run.
    lease: Option<String>,
    /// What was sent.
    nonce: Option<String>,
    /// When this was decided.
    #[schema(value_type = String, format = DateTime)]
    date: UtcTime,
}

/// Validates a license by activation key or computer key.
#[utoipa::path(
    post, path = "/validations", tag = "programs", operation_id = "validate",
    security(()),
    request_body = NewValidation,
    responses((status = 200, description = "The verdict. Signed by its lease or, without one, by RFC 9421.", body = Validation))
)]
pub(crate) async fn create(
    request: HttpRequest,
    platform: web::Data<Platform>,
    body: Json<NewValidation>,
) -> Result<HttpResponse, Problem> {
    let body = body.0;
    let signing = if body.signed == Some(false) {
        Signing::Spared
    } else {
        Signing::Wanted
    };
    let nonce = body.nonce.as_ref().map(|nonce| nonce.as_str().to_owned());
    let (presented, asks) = body.read()?;
    if let Presented::Key(typed) = &presented {
        count_key(&request, platform.gate(), typed)?;
    }
    let knock = knock(platform.gate(), &request).await?;
    let answer = platform
        .validate(&knock, &presented, asks, nonce.clone())
        .await?;
    write(&request, answer, nonce, signing)
}

enum Signing {
    Wanted,
    Spared,
}

impl NewValidation {
    fn read(self) -> Result<(Presented, ValidationAsks), Problem> {
        let presented = match (self.key, self.computer_key) {
            (Some(key), None) => Presented::Key(key.into_string()),
            (None, Some(key)) => Presented::ComputerKey(key.into_string()),
            (None, None) => {
                return Err(Problem::field(Fault::message(
                    "/key",
                    "required",
                    "field-required",
                )));
            }
            (Some(_), Some(_)) => {
                return Err(Problem::field(Fault::text(
                    "/computer_key",
                    "conflict",
                    "give key or computer_key, not both",
                )));
            }
        };
        let scope = self.scope.unwrap_or_default();
        let modules = scope.modules.unwrap_or_default();
        if modules.len() > 64 {
            return Err(Problem::field(Fault::limit(
                "/scope/modules",
                "too_long",
                "field-too-long",
                64,
            )));
        }
        let version = scope
            .version
            .map(|text| text.as_str().parse::<Version>())
            .transpose();
        let malformed = |pointer, error: &dyn std::fmt::Display| {
            Problem::field(Fault::text(pointer, "malformed", error.to_string()))
        };
        let version = version.map_err(|error| malformed("/scope/version", &error))?;
        let machine = self.machine.map(AskingMachine::read).transpose()?;
        let (fingerprint, components) = machine
            .map(|said| (said.fingerprint, said.components))
            .unzip();
        let asks = ValidationAsks {
            product: scope.product.map(Text::into_string),
            version,
            user: scope.user.map(Text::into_string),
            site: scope.site.map(Text::into_string),
            modules: modules.into_iter().map(Text::into_string).collect(),
            fingerprint,
            components: components.unwrap_or_default(),
        };
        Ok((presented, asks))
    }
}

fn write(
    request: &HttpRequest,
    answer: ValidationAnswer,
    nonce: Option<String>,
    signing: Signing,
) -> Result<HttpResponse, Problem> {
    let license = answer
        .found
        .as_ref()
        .map(|(license, product)| LicenseSummary::of(license, product, answer.now));
    let by_lease = answer.lease.is_some();
    let verdict = VerdictView::of(request, &answer.verdict)?;
    let body = Validation {
        verdict,
        license,
        lease: answer.lease,
        nonce,
        date: answer.now,
    };
    match (&answer.ring, signing) {
        (Some(ring), Signing::Wanted) if !by_lease => {
            signature::signed(&body, ring.active(), answer.now)
        }
        // Without a license there is no product whose key a program would trust.
        _ => Ok(HttpResponse::Ok().json(body)),
    }
}
