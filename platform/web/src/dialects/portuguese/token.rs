//! `POST /auth/token`: the token endpoint of the canonical interface, refusing in this dialect.

use actix_web::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use serde_json::json;

use crate::api::v1::oauth::{Refused, TokenBody, grant, granted};
use crate::body::Form;
use crate::problem::Problem;
use crate::visitor::Visitor;

/// `codigo` is the error code of RFC 6749 §5.2, `detail` its description.
pub(super) async fn issue(
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

fn refuse(refused: &Refused) -> HttpResponse {
    let mut answer = HttpResponse::build(refused.status)
        .json(json!({ "detail": refused.description, "codigo": refused.error }));
    if let Some(seconds) = refused.retry_after {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    if refused.challenge {
        let basic = HeaderValue::from_static("Basic realm=\"alvara\"");
        answer.headers_mut().insert(WWW_AUTHENTICATE, basic);
    }
    answer
}
