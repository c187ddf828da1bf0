//! Revocation lists, beside the key sets that verify them.

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Segments;
use crate::caller::origin_of;
use crate::carried::{Carried, Form};
use crate::host::knocked_at;
use crate::problem::Problem;

/// A list may be this old before a cache asks again; `next_update` in it is days away.
const CACHED: &str = "public, max-age=300";

/// The route, outside of `/api/v1` like the key sets.
pub(crate) fn well_known(config: &mut ServiceConfig) {
    config.service(web::resource("/.well-known/alvara/{product}/revocations.jws").get(get));
}

/// A list in JSON.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevocationListView {
    /// Its number.
    seq: i64,
    /// How many are listed.
    count: usize,
    /// The signed list.
    jws: String,
}

/// The licenses and machines of a product that are no longer good, signed by its key: a JWS of type
/// `alvara-revocation-list+jwt`. Also as an armoured file (`Accept: application/x-pem-file`), as a
/// QR code while it fits one (`image/svg+xml`, `image/png`), and in JSON. `{product}` is its code.
#[utoipa::path(get, path = "/.well-known/alvara/{product}/revocations.jws", tag = "signing keys", operation_id = "get_revocation_list",
    params(("product" = String, Path)), security(()),
    responses(
        (status = 200, description = "The list.", content(
            (String = "application/jose"), (String = "application/x-pem-file"), (RevocationListView = "application/json"),
            (String = "image/svg+xml"), (Vec<u8> = "image/png"))),
        (status = 304, description = "The list is the one named by `If-None-Match`."),
        (status = 406, description = "The list is too long for one QR code."),
    ))]
pub(crate) async fn get(
    request: HttpRequest,
    Segments(code): Segments<String>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let host = knocked_at(platform.gate(), &request).await?;
    let scope = platform.gate().public(&host, &origin_of(&request)).await?;
    let scope = scope.ok_or_else(Problem::not_found)?;
    let forms = [Form::Jose, Form::Block, Form::Json, Form::Svg, Form::Png];
    let form = Form::asked(&request, &forms);
    let held = platform.revocation_tag(&scope, &code).await?;
    if is_held(&request, &etag(&held, form)) {
        return Ok(HttpResponse::NotModified()
            .insert_header((ETAG, etag(&held, form)))
            .insert_header((CACHE_CONTROL, CACHED))
            .insert_header((VARY, "accept"))
            .finish());
    }
    let list = platform.revocation_list(&scope, &code).await?;
    let json = RevocationListView {
        seq: list.seq,
        count: list.count,
        jws: list.jws.clone(),
    };
    let carried = Carried {
        block: &list.armour(),
        bare: &list.jws,
        json: &json,
        name: "revocations",
    };
    let mut head = HttpResponse::Ok();
    head.insert_header((ETAG, etag(&list.tag, form)))
        .insert_header((CACHE_CONTROL, CACHED));
    carried.answer(head, form)
}

/// Weak, since the same list signed twice may differ in its signature.
fn etag(tag: &str, form: Form) -> String {
    format!("W/\"{tag}-{}\"", form.media_type().replace('/', "."))
}

fn is_held(request: &HttpRequest, etag: &str) -> bool {
    request
        .headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|held| held.trim() == etag)
}
