//! `POST /oauth/token` (RFC 6749): its own form, its own errors.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    AUTHORIZATION, CACHE_CONTROL, HeaderValue, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use alvara_app::program::Knock;
use alvara_tenants::{TokenGrant, TokenRefused, TokenRequest};
use alvara_vault::Secret;
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Form, Hidden};
use crate::problem::{Problem, seconds_until};
use crate::visitor::Visitor;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/oauth/token").post(issue));
}

/// A request for a token. What it needs depends on `grant_type`. Unknown fields are passed over,
/// as RFC 6749 wants it.
#[derive(Deserialize, ToSchema)]
pub(crate) struct TokenBody {
    /// `password`, `client_credentials` or `refresh_token`.
    #[schema(example = "client_credentials")]
    grant_type: String,
    /// E-mail address, for `password`.
    username: Option<String>,
    password: Option<Hidden>,
    /// One-time code, for `password` where the member has those.
    totp: Option<String>,
    /// Id of an API key, for `client_credentials`; or by HTTP Basic.
    #[schema(example = "key_01JABCDEFGHJKMNPQRSTVWXYZ0")]
    client_id: Option<String>,
    #[schema(example = "alv_…")]
    client_secret: Option<Hidden>,
    refresh_token: Option<Hidden>,
}

/// A token.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenView {
    /// A JWT (RFC 9068); send it as `Authorization: Bearer`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// How long it is good, in seconds.
    expires_in: i64,
    /// Good once; its use answers the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// An error as RFC 6749 §5.2 has it.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenError {
    /// `invalid_request`, `invalid_client`, `invalid_grant` or `unsupported_grant_type`.
    error: &'static str,
    error_description: &'static str,
}

/// Answers an access token for a password, an API key or a refresh token.
#[utoipa::path(post, path = "/oauth/token", tag = "signing in", operation_id = "issue_token", security(()),
    request_body(content = TokenBody, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token.", body = TokenView),
        (status = 400, description = "The request or the grant is not valid.", body = TokenError),
        (status = 401, description = "The client is not valid.", body = TokenError)))]
pub(crate) async fn issue(
    request: HttpRequest,
    visitor: Visitor,
    Form(body): Form<TokenBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    match grant(&request, &visitor.knock, &body, &platform).await? {
        Ok(found) => Ok(granted(&found)),
        Err(refused) => Ok(refuse(&refused)),
    }
}

/// Why no token is given, as RFC 6749 §5.2 names it.
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
    /// Seconds to wait, where somebody is locked out.
    pub(crate) retry_after: Option<u64>,
    /// Whether the client is asked for its credentials by HTTP Basic.
    pub(crate) challenge: bool,
}

/// Carries a request for a token out.
pub(crate) async fn grant(
    request: &HttpRequest,
    knock: &Knock,
    body: &TokenBody,
    platform: &Platform,
) -> Result<Result<TokenGrant, Refused>, Problem> {
    let basic = basic(request);
    let Some(asked) = asked(body, basic.as_ref()) else {
        return Ok(Err(not_asked(body)));
    };
    let gate = platform.gate();
    match gate.issue_token(&knock.host, asked, &knock.origin).await {
        Ok(grant) => Ok(Ok(grant)),
        Err(refused) => refused_by(refused, platform).map(Err),
    }
}

/// Client credentials by HTTP Basic.
fn basic(request: &HttpRequest) -> Option<(String, Secret)> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(encoded.trim().as_bytes()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), Secret::new(secret.to_owned())))
}

fn asked<'a>(body: &'a TokenBody, basic: Option<&'a (String, Secret)>) -> Option<TokenRequest<'a>> {
    match body.grant_type.as_str() {
        "password" => Some(TokenRequest::Password {
            username: body.username.as_deref()?,
            password: body.password.as_ref()?.expose(),
            code: body.totp.as_deref(),
        }),
        "client_credentials" => {
            let (client_id, client_secret) = match basic {
                Some((id, secret)) => (id.as_str(), secret.expose()),
                None => (
                    body.client_id.as_deref()?,
                    body.client_secret.as_ref()?.expose(),
                ),
            };
            Some(TokenRequest::ClientCredentials {
                client_id,
                client_secret,
            })
        }
        "refresh_token" => Some(TokenRequest::Refresh {
            refresh_token: body.refresh_token.as_ref()?.expose(),
        }),
        _ => None,
    }
}

fn not_asked(body: &TokenBody) -> Refused {
    let known = ["password", "client_credentials", "refresh_token"];
    if known.contains(&body.grant_type.as_str()) {
        let text = "A parameter that this grant needs is missing.";
        bad("invalid_request", text)
    } else {
        let text = "Use password, client_credentials or refresh_token.";
        bad("unsupported_grant_type", text)
    }
}

pub(crate) fn granted(grant: &TokenGrant) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(TokenView {
            access_token: grant.access_token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: grant.expires_in,
            refresh_token: grant
                .refresh_token
                .as_ref()
                .map(|token| token.expose().to_owned()),
        })
}

fn bad(error: &'static str, description: &'static str) -> Refused {
    Refused {
        status: StatusCode::BAD_REQUEST,
        error,
        description,
        retry_after: None,
        challenge: false,
    }
}

fn refused_by(refused: TokenRefused, platform: &Platform) -> Result<Refused, Problem> {
    Ok(match refused {
        TokenRefused::InvalidGrant => bad("invalid_grant", "The grant is not valid."),
        TokenRefused::CodeRequired => bad(
            "invalid_grant",
            "A one-time code is needed; send it as totp.",
        ),
        TokenRefused::Locked { until } => Refused {
            retry_after: Some(seconds_until(until, platform.db().clock().now())),
            ..bad(
                "invalid_grant",
                "Too many failed attempts. Try again later.",
            )
        },
        TokenRefused::InvalidClient => Refused {
            status: StatusCode::UNAUTHORIZED,
            challenge: true,
            ..bad("invalid_client", "The client is not valid.")
        },
        TokenRefused::Failed(failed) => return Err(failed.into()),
    })
}

fn refuse(refused: &Refused) -> HttpResponse {
    let mut answer = HttpResponse::build(refused.status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(TokenError {
            error: refused.error,
            error_description: refused.description,
        });
    if let Some(seconds) = refused.retry_after {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    if refused.challenge {
        let basic = HeaderValue::from_static("Basic realm=\"alvara\"");
        answer.headers_mut().insert(WWW_AUTHENTICATE, basic);
    }
    answer
}
