//! OAuth client credentials, for the two providers that want them.

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use data_encoding::BASE64;
use serde_json::json;

use crate::world::Shared;

/// The one token there is; it runs out for nobody, but says that it does.
const TOKEN: &str = "simulated-access-token";

pub(crate) fn routes(config: &mut ServiceConfig) {
    config.route("/oauth/token", web::post().to(token));
}

/// Basic, or client id and secret in the form; anything else is refused.
async fn token(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    let form: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let secrets = &shared.secrets;
    let basic = format!("{}:{}", secrets.client_id, secrets.client_secret);
    let by_header = header(&request)
        .and_then(|header| header.strip_prefix("Basic ").map(str::to_owned))
        .and_then(|given| BASE64.decode(given.as_bytes()).ok())
        .is_some_and(|given| given == basic.as_bytes());
    let by_form = field("client_id") == Some(&secrets.client_id)
        && field("client_secret") == Some(&secrets.client_secret);
    if field("grant_type") != Some("client_credentials") || !(by_header || by_form) {
        return HttpResponse::Unauthorized().json(json!({"error": "invalid_client"}));
    }
    HttpResponse::Ok().json(json!({
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": field("scope").unwrap_or_default(),
    }))
}

/// Whether the request carries the token.
pub(crate) fn is_known(request: &HttpRequest) -> bool {
    header(request).is_some_and(|header| header == format!("Bearer {TOKEN}"))
}

/// Whether the request carries a given bearer.
pub(crate) fn carries(request: &HttpRequest, secret: &str) -> bool {
    let basic = format!("Basic {}", BASE64.encode(format!("{secret}:").as_bytes()));
    header(request).is_some_and(|header| header == format!("Bearer {secret}") || header == basic)
}

fn header(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(AUTHORIZATION)?;
    value.to_str().ok().map(str::to_owned)
}
