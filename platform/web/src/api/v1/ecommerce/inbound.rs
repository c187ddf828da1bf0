//! What shops send. It is verified, stored as it came and answered at once; a job looks at it. Not in
//! the API's document, for nobody calls it but the provider that was told the address.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use alvara_app::ecommerce::{Heard, Sent, receive};
use alvara_domain::ecommerce::ShopKind;
use alvara_domain::id::ShopAccountId;

use crate::body::read_body_up_to;
use crate::problem::{Kind, Problem};
use crate::visitor::Visitor;

/// The most bytes that a shop may send at once.
const MOST: usize = 256 * 1024;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/ecommerce/{kind}/{account}").post(hear));
}

async fn hear(
    visitor: Visitor,
    request: HttpRequest,
    payload: web::Payload,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let place = request.match_info();
    let kind: ShopKind = place
        .query("kind")
        .parse()
        .map_err(|_| Problem::not_found())?;
    let id: ShopAccountId = place
        .query("account")
        .parse()
        .map_err(|_| Problem::not_found())?;
    let mut payload = payload.into_inner();
    let body = read_body_up_to(MOST, &request, &mut payload).await?;
    let scope = platform
        .gate()
        .provider(&visitor.knock.host, &visitor.knock.origin)
        .ok_or_else(Problem::not_found)?;
    let headers = request
        .headers()
        .iter()
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect();
    let sent = Sent {
        headers,
        body: body.to_vec(),
    };
    match receive(&platform, &scope, (kind, id), sent).await? {
        Heard::Kept => Ok(HttpResponse::Ok().content_type("text/plain").body("")),
        Heard::Forged => Err(Problem::new(Kind::Unauthenticated)),
        // The shop comes again.
        Heard::Later => Err(Problem::new(Kind::Unavailable)),
    }
}
