//! What payment providers send: `POST /hooks/{payment account}`, with whatever the provider adds to
//! the path. The account's plugin checks it; it is stored as it came and answered at once, and looked
//! at by a job.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use alvara_app::billing::call::{Received, receive};
use alvara_domain::id::PaymentAccountId;
use alvara_domain::payment::PluginFaultKind;
use alvara_domain::payment::ask::InboundRequest;
use alvara_domain::payment::report::InboundReply;

use crate::body::read_body_up_to;
use crate::frame::Context;
use crate::problem::{Kind, Problem};
use crate::visitor::Visitor;

/// The most bytes that a provider may send at once.
const MOST: usize = 256 * 1024;
/// The most headers that are kept.
const HEADERS: usize = 64;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/hooks/{account}", web::post().to(hear))
        .route("/hooks/{account}/{tail:.*}", web::post().to(hear));
}

async fn hear(
    visitor: Visitor,
    request: HttpRequest,
    payload: web::Payload,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let id: PaymentAccountId = request
        .match_info()
        .query("account")
        .parse()
        .map_err(|_| Problem::not_found())?;
    let mut payload = payload.into_inner();
    let body = read_body_up_to(MOST, &request, &mut payload).await?;
    let scope = platform
        .gate()
        .provider(&visitor.knock.host, &visitor.knock.origin)
        .ok_or_else(Problem::not_found)?;
    let headers = request.headers().iter().take(HEADERS);
    let headers = headers
        // The platform's own credentials are nobody's business.
        .filter(|(name, _)| !matches!(name.as_str(), "cookie" | "authorization"))
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect();
    let inbound = InboundRequest {
        method: request.method().as_str().to_owned(),
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        headers,
        body: body.to_vec(),
        remote_ip: Context::of(&request).address().to_string(),
        client_cert_sha256: None,
    };
    match receive(&platform, &scope, id, inbound).await? {
        Received::Kept(reply) => Ok(answer(reply)),
        Received::Refused(fault) => Err(match fault.kind {
            PluginFaultKind::BadSignature | PluginFaultKind::Unauthenticated => {
                Problem::new(Kind::Unauthenticated)
            }
            PluginFaultKind::Malformed | PluginFaultKind::InvalidRequest => {
                Problem::new(Kind::InvalidRequest)
            }
            PluginFaultKind::Unsupported | PluginFaultKind::NotFound => Problem::not_found(),
            // The provider comes again.
            _ => Problem::new(Kind::Unavailable),
        }),
    }
}

/// What the plugin answers, as far as a provider needs it: a status of success and a body.
fn answer(reply: InboundReply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status)
        .ok()
        .filter(StatusCode::is_success)
        .unwrap_or(StatusCode::OK);
    let kind = reply
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map_or("text/plain", |(_, value)| value.as_str());
    HttpResponse::build(status)
        .content_type(kind)
        .body(reply.body)
}
