//! One's own account: who one is, password, one-time codes.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_domain::id::{NodeId, TenantId};
use alvara_store::Reach;
use alvara_tenants::{SignInRefused, is_acceptable_password};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Hidden, Json, Text};
use crate::caller::SignedIn;
use crate::problem::{Fault, Problem};
use crate::schema::Id;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/account").get(get))
        .service(web::resource("/account/password").put(change_password))
        .service(
            web::resource("/account/totp")
                .post(begin)
                .put(confirm)
                .delete(remove),
        );
}

/// Something one may do, and how far.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnPermissionView {
    /// `module.action`.
    permission: &'static str,
    /// `own` or `tree`.
    reach: &'static str,
}

/// Who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountView {
    /// Id of the member or API key.
    #[schema(value_type = Id)]
    id: String,
    #[schema(value_type = Id)]
    tenant_id: TenantId,
    #[schema(value_type = Id)]
    node_id: NodeId,
    role: String,
    /// For members.
    email: Option<String>,
    name: Option<String>,
    permissions: Vec<OwnPermissionView>,
}

/// A change of one's own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    current: Hidden,
    /// 10 to 200 characters.
    next: Hidden,
}

/// The password, to prove who is there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProofBody {
    password: Hidden,
}

/// What goes into the authenticator. Shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrolmentView {
    /// The seed in base32, for typing.
    secret: String,
    /// The same as `otpauth://`, for a QR code.
    uri: String,
    /// Send it back with the first code, within a quarter of an hour.
    ticket: String,
}

/// The first code of the authenticator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmBody {
    ticket: Text<1, 400>,
    #[schema(example = "123456")]
    code: Text<6, 10>,
}

/// Shows who one is and what one may do.
#[utoipa::path(get, path = "/account", tag = "signing in", operation_id = "get_account",
    responses((status = 200, description = "The account.", body = AccountView)))]
pub(crate) async fn get(caller: SignedIn) -> Result<HttpResponse, Problem> {
    let who = &caller.principal;
    let reach = |reach| match reach {
        Reach::Own => "own",
        Reach::Tree => "tree",
    };
    Ok(answer::ok(&AccountView {
        id: who.actor().to_string(),
        tenant_id: who.tenant(),
        node_id: who.node(),
        role: who.role().to_string(),
        email: who.member().map(|member| member.email.clone()),
        name: who.member().map(|member| member.name.clone()),
        permissions: who
            .permissions()
            .map(|(key, far)| OwnPermissionView {
                permission: key.code(),
                reach: reach(far),
            })
            .collect(),
    }))
}

/// Changes one's own password. Every token ends, and every session but the one that asks.
#[utoipa::path(put, path = "/account/password", tag = "signing in", operation_id = "change_password", request_body = PasswordBody,
    responses((status = 204, description = "Changed.")))]
pub(crate) async fn change_password(
    caller: SignedIn,
    Json(body): Json<PasswordBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    if !is_acceptable_password(body.next.expose()) {
        let fault = Fault::message("/next", "malformed", "account-password-hint");
        return Err(Problem::field(fault));
    }
    let gate = platform.gate();
    let changed = gate.change_password(
        &caller.principal,
        body.current.expose(),
        body.next.expose(),
        &caller.origin,
    );
    changed.await.map_err(|refused| match refused {
        SignInRefused::Credentials => wrong("/current", "account-wrong-password"),
        refused => problem(refused, &platform),
    })?;
    Ok(answer::gone())
}

/// Begins to enrol an authenticator. Nothing changes until it is confirmed.
#[utoipa::path(post, path = "/account/totp", tag = "signing in", operation_id = "begin_totp", request_body = ProofBody,
    responses((status = 200, description = "What goes into the authenticator.", body = EnrolmentView)))]
pub(crate) async fn begin(
    caller: SignedIn,
    Json(body): Json<ProofBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let (gate, issuer) = (platform.gate(), &platform.address().base_domain);
    let begun = gate
        .begin_totp(
            &caller.principal,
            body.password.expose(),
            issuer,
            &caller.origin,
        )
        .await;
    let enrolment = begun.map_err(|refused| problem(refused, &platform))?;
    Ok(answer::ok(&EnrolmentView {
        secret: enrolment.secret.expose().to_owned(),
        uri: enrolment.uri.expose().to_owned(),
        ticket: enrolment.ticket,
    }))
}

/// Confirms an authenticator with its first code; from then on signing in asks for one.
#[utoipa::path(put, path = "/account/totp", tag = "signing in", operation_id = "confirm_totp", request_body = ConfirmBody,
    responses((status = 204, description = "Confirmed.")))]
pub(crate) async fn confirm(
    caller: SignedIn,
    Json(body): Json<ConfirmBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let (ticket, code) = (body.ticket.as_str(), body.code.as_str());
    let confirmed = platform
        .gate()
        .confirm_totp(&caller.principal, ticket, code, &caller.origin)
        .await;
    confirmed.map_err(|refused| problem(refused, &platform))?;
    Ok(answer::gone())
}

/// Removes one's own one-time codes.
#[utoipa::path(delete, path = "/account/totp", tag = "signing in", operation_id = "remove_totp", request_body = ProofBody,
    responses((status = 204, description = "Removed.")))]
pub(crate) async fn remove(
    caller: SignedIn,
    Json(body): Json<ProofBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let gate = platform.gate();
    let removed = gate
        .remove_totp(&caller.principal, body.password.expose(), &caller.origin)
        .await;
    removed.map_err(|refused| problem(refused, &platform))?;
    Ok(answer::gone())
}

/// Who is asked for a proof is signed in already: a wrong one is a wrong field and not a 401, which
/// would make clients throw their good credential away.
fn problem(refused: SignInRefused, platform: &Platform) -> Problem {
    match refused {
        SignInRefused::Credentials => wrong("/password", "account-wrong-password"),
        SignInRefused::CodeWrong => wrong("/code", "account-wrong-code"),
        SignInRefused::CodeRequired | SignInRefused::Locked { .. } | SignInRefused::Failed(_) => {
            Problem::sign_in(refused, platform.db().clock().now())
        }
    }
}

fn wrong(pointer: &str, message: &'static str) -> Problem {
    Problem::field(Fault::message(pointer, "refused", message))
}
