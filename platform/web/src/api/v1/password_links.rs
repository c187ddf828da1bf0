//! Links by which a member chooses a password without knowing the old one.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use alvara_tenants::is_acceptable_password;
use serde::Deserialize;
use utoipa::ToSchema;

use super::program::customer_registrations::reader;
use crate::answer;
use crate::body::{Hidden, Json, Text};
use crate::problem::{Fault, Problem};
use crate::visitor::Visitor;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/password-links").post(mail))
        .service(web::resource("/passwords").post(choose));
}

/// Who forgot the password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordLinkBody {
    #[schema(example = "ana@acme.example")]
    email: Text<3, 254>,
}

/// A password that is chosen by a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChosenPasswordBody {
    /// What stands in the link.
    token: Hidden,
    /// 10 to 200 characters.
    #[schema(example = "a long new password")]
    password: Hidden,
}

/// Mails a link to choose a new password by to the member with an address, at most every quarter of
/// an hour; it is good for two hours, and once. The answer is the same where there is no such member.
#[utoipa::path(post, path = "/password-links", tag = "signing in", operation_id = "mail_password_link",
    security(()), request_body = PasswordLinkBody,
    responses((status = 202, description = "If there is such a member, a mail leaves."),
        (status = 404, description = "Nobody signs in at this host, or no mail server is set.")))]
pub(crate) async fn mail(
    request: HttpRequest,
    visitor: Visitor,
    Json(body): Json<PasswordLinkBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let locale = reader(&request, platform.words()?);
    platform
        .mail_password_link(&visitor.knock, body.email.as_str(), &locale)
        .await?;
    Ok(HttpResponse::build(StatusCode::ACCEPTED).finish())
}

/// Chooses a password by a link. The link is used by it, a lock-out is lifted, and every session and
/// token of the member ends; one-time codes stay.
#[utoipa::path(post, path = "/passwords", tag = "signing in", operation_id = "choose_password",
    security(()), request_body = ChosenPasswordBody,
    responses((status = 204, description = "Chosen."), (status = 404, description = "The link is good no more.")))]
pub(crate) async fn choose(
    visitor: Visitor,
    Json(body): Json<ChosenPasswordBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    if !is_acceptable_password(body.password.expose()) {
        let fault = Fault::message("/password", "malformed", "account-password-hint");
        return Err(Problem::field(fault));
    }
    let (token, password) = (body.token.expose(), body.password.expose());
    let knock = &visitor.knock;
    let gate = platform.gate();
    let chosen = gate.choose_password(&knock.host, token, password, &knock.origin);
    if !chosen.await? {
        return Err(Problem::not_found());
    }
    Ok(answer::gone())
}
