//! A program registers itself on its first start and waits for somebody to say yes.

use actix_web::{HttpRequest, HttpResponse, web};
use alvara_app::Platform;
use alvara_app::program::RegistrationAnswer;
use alvara_app::registration::RegistrationRequest;
use alvara_domain::id::RegistrationId;
use alvara_domain::registration::Applicant;
use alvara_domain::time::UtcTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::activations::{Activation, NewMachine};
use super::{Nonce, knock};
use crate::body::{Json, Text};
use crate::problem::Problem;
use crate::signature;

/// What a program says of itself, its machine and who sits before it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRegistration {
    /// Code of the product.
    #[schema(value_type = String, max_length = 32, example = "writer")]
    product: Text<1, 32>,
    /// The machine.
    machine: NewMachine,
    /// Where it stands, for people.
    #[schema(value_type = Option<String>, max_length = 100)]
    site: Option<Text<1, 100>>,
    /// Who asks.
    applicant: Option<NewApplicant>,
    /// Who uses it; needed where the license is bound to a user.
    #[schema(value_type = Option<String>, max_length = 254)]
    user: Option<Text<1, 254>>,
    /// Comes back in the answer, signed.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128)]
    nonce: Option<Nonce>,
}

/// Who asks, for whoever decides.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApplicant {
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Option<Text<0, 200>>,
    #[schema(value_type = Option<String>, max_length = 254)]
    email: Option<Text<3, 254>>,
    #[schema(value_type = Option<String>, max_length = 200)]
    company: Option<Text<0, 200>>,
    #[schema(value_type = Option<String>, max_length = 1000)]
    message: Option<Text<0, 1000>>,
}

/// Nobody has decided.
#[derive(Serialize, ToSchema)]
pub(crate) struct WaitingRegistration {
    /// Its id, for whoever decides.
    #[schema(value_type = String)]
    id: RegistrationId,
    /// `pending`.
    state: &'static str,
    /// Ask again after so many seconds.
    retry_after: u32,
    /// What was sent.
    nonce: Option<String>,
    /// When this was decided.
    #[schema(value_type = String, format = DateTime)]
    date: UtcTime,
}

/// The answer of an activation, and what was sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApprovedRegistration {
    #[serde(flatten)]
    activation: Activation,
    /// What was sent.
    nonce: Option<String>,
}

/// Registers the program, and activates its machine as soon as that is approved. Asking again is
/// the way to learn what was decided: a product knows each fingerprint once. Both answers are
/// signed by the product's key (RFC 9421).
#[utoipa::path(
    post, path = "/registrations", tag = "programs", operation_id = "register_program",
    security(()),
    request_body = NewRegistration,
    responses(
        (status = 200, description = "Approved: the machine is activated.", body = ApprovedRegistration),
        (status = 202, description = "Nobody has decided.", body = WaitingRegistration),
    )
)]
pub(crate) async fn create(
    request: HttpRequest,
    platform: web::Data<Platform>,
    body: Json<NewRegistration>,
) -> Result<HttpResponse, Problem> {
    let body = body.0;
    let nonce = body.nonce.as_ref().map(|nonce| nonce.as_str().to_owned());
    let knock = knock(platform.gate(), &request).await?;
    let machine = body.machine.read((body.user, body.site), &knock)?;
    let asked = RegistrationRequest {
        product: body.product.into_string(),
        site: machine.site.clone(),
        machine,
        applicant: body.applicant.map(NewApplicant::read).unwrap_or_default(),
    };
    let answer = platform
        .register_program(&knock, asked, nonce.clone())
        .await?;
    write(answer, nonce)
}

impl NewApplicant {
    fn read(self) -> Applicant {
        let text = |text: Option<String>| text.unwrap_or_default();
        Applicant {
            name: text(self.name.map(Text::into_string)),
            email: self.email.map(Text::into_string),
            company: text(self.company.map(Text::into_string)),
            message: text(self.message.map(Text::into_string)),
        }
    }
}

fn write(answer: RegistrationAnswer, nonce: Option<String>) -> Result<HttpResponse, Problem> {
    match answer {
        RegistrationAnswer::Approved { answer, ring } => {
            let body = ApprovedRegistration {
                activation: Activation::of(&answer),
                nonce,
            };
            signature::signed(&body, ring.active(), answer.now)
        }
        RegistrationAnswer::Waiting {
            received,
            ring,
            now,
        } => {
            let body = WaitingRegistration {
                id: received.registration.id,
                state: received.registration.state.as_str(),
                retry_after: received.retry_after,
                nonce,
                date: now,
            };
            signature::waiting(&body, ring.active(), now, received.retry_after)
        }
    }
}
