//! Sessions of people in browsers.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::USER_AGENT;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use alvara_domain::id::MemberId;
use alvara_domain::time::UtcTime;
use alvara_tenants::{SessionView as Session, SignIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Hidden, Json, Segments, Text};
use crate::caller::{SESSION_COOKIE, SignedIn};
use crate::list::Listed;
use crate::problem::Problem;
use crate::schema::{Id, Instant};
use crate::visitor::Visitor;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/sessions").get(list).post(sign_in))
        .service(web::resource("/sessions/current").delete(sign_out))
        .service(web::resource("/sessions/{handle}").delete(end));
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInBody {
    #[schema(example = "ana@acme.example")]
    email: Text<3, 254>,
    password: Hidden,
    /// The one-time code, where the member has those.
    totp: Option<Text<0, 10>>,
}

/// A session that was just opened; its secret is in the cookie.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedInView {
    #[schema(value_type = Option<Id>)]
    member_id: Option<MemberId>,
    /// When it ends if it is not used.
    #[schema(value_type = Instant)]
    expires_at: UtcTime,
}

/// One of one's own sessions.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// Names the session for ending it.
    handle: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    last_seen_at: UtcTime,
    #[schema(value_type = Instant)]
    expires_at: UtcTime,
    source_address: String,
    user_agent: String,
    /// Whether it is the one that asks.
    is_current: bool,
}

impl From<Session> for SessionView {
    fn from(session: Session) -> Self {
        Self {
            handle: session.handle,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            source_address: session.source_address,
            user_agent: session.user_agent,
            is_current: session.is_current,
        }
    }
}

/// Signs a person in. The answer sets the cookie of the session.
#[utoipa::path(post, path = "/sessions", tag = "signing in", operation_id = "sign_in", security(()), request_body = SignInBody,
    responses((status = 201, description = "Signed in.", body = SignedInView), (status = 401, description = "Address, password or code is wrong, or a code is needed.")))]
pub(crate) async fn sign_in(
    request: HttpRequest,
    visitor: Visitor,
    Json(body): Json<SignInBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let agent = request
        .headers()
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let asked = SignIn {
        email: body.email.as_str(),
        password: body.password.expose(),
        code: body.totp.as_ref().map(Text::as_str),
        user_agent: agent.unwrap_or_default(),
    };
    let grant = platform
        .gate()
        .sign_in(&visitor.knock.host, asked, &visitor.knock.origin)
        .await;
    let grant = grant.map_err(|refused| Problem::sign_in(refused, platform.db().clock().now()))?;
    let member_id = grant.principal.member().map(|member| member.id);
    let mut answer = answer::created(
        "/api/v1/sessions/current",
        &SignedInView {
            member_id,
            expires_at: grant.expires_at,
        },
    );
    answer
        .add_cookie(&cookie(grant.secret.expose(), None))
        .map_err(Problem::internal)?;
    Ok(answer)
}

/// Lists one's own sessions.
#[utoipa::path(get, path = "/sessions", tag = "signing in", operation_id = "list_sessions",
    responses((status = 200, description = "The sessions.", body = Listed<SessionView>)))]
pub(crate) async fn list(
    caller: SignedIn,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let found = platform
        .gate()
        .list_sessions(&caller.principal, &caller.origin)
        .await?;
    Ok(answer::ok(&Listed::whole(
        found.into_iter().map(SessionView::from),
    )))
}

/// Signs out: ends the session that the request came with.
#[utoipa::path(delete, path = "/sessions/current", tag = "signing in", operation_id = "sign_out",
    responses((status = 204, description = "Signed out.")))]
pub(crate) async fn sign_out(
    caller: SignedIn,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    platform
        .gate()
        .sign_out(&caller.principal, &caller.origin)
        .await?;
    let mut answer = answer::gone();
    answer
        .add_cookie(&cookie("", Some(Duration::ZERO)))
        .map_err(Problem::internal)?;
    Ok(answer)
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/sessions/{handle}", tag = "signing in", operation_id = "end_session", params(("handle" = String, Path)),
    responses((status = 204, description = "Ended.")))]
pub(crate) async fn end(
    caller: SignedIn,
    Segments(handle): Segments<String>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let ended = platform
        .gate()
        .revoke_session(&caller.principal, &handle, &caller.origin)
        .await?;
    if ended {
        Ok(answer::gone())
    } else {
        Err(Problem::not_found())
    }
}

/// Without an age the browser drops it when it closes; the server ends it earlier where it must.
pub(crate) fn cookie(secret: &str, age: Option<Duration>) -> Cookie<'_> {
    let mut cookie = Cookie::build(SESSION_COOKIE, secret)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish();
    cookie.set_max_age(age);
    cookie
}
