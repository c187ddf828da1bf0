//! Bytes off the wire, bounded in size and time.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut};
use alvara_render::Args;
use futures_util::StreamExt;

use crate::problem::{Kind, Problem};

/// What a body may hold unless its route says otherwise.
const SMALL_BODY: usize = 64 * 1024;
/// For routes that take long texts. Nothing but a plugin is larger.
pub(crate) const BULK_BODY: usize = 512 * 1024;
/// For a plugin: the largest component that is installed, its manifest included, and a signature.
pub(crate) const PLUGIN_BODY: usize = (32 << 20) + 1024;

/// A whole body must have arrived by then, so that nobody holds a worker with one byte a minute.
const PATIENCE: Duration = Duration::from_secs(30);

/// Route data that raises or lowers the size cap: `.app_data(BodyLimit(BULK_BODY))`.
#[derive(Clone, Copy)]
pub(crate) struct BodyLimit(pub(crate) usize);

/// The body, or 413 as soon as it is known to be too large, or 408.
pub(crate) async fn read_body(
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Bytes, Problem> {
    let limit = request
        .app_data::<BodyLimit>()
        .map_or(SMALL_BODY, |limit| limit.0);
    read_body_up_to(limit, request, payload).await
}

/// The same with a limit of the caller's own, for where the route is not known yet.
pub(crate) async fn read_body_up_to(
    limit: usize,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Bytes, Problem> {
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let gather = async {
        let mut body = BytesMut::with_capacity(announced.unwrap_or(0).min(limit));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Problem::new(Kind::InvalidRequest))?;
            if body.len() + chunk.len() > limit {
                return Err(too_large(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    tokio::time::timeout(PATIENCE, gather)
        .await
        .unwrap_or_else(|_| Err(Problem::new(Kind::RequestTimeout)))
}

/// The content type must be the one expected (parameters other than a foreign charset are fine)
/// and the body must not be compressed: we would have to bound what it unpacks to.
pub(crate) fn check_media_type(
    request: &HttpRequest,
    expected: &'static str,
) -> Result<(), Problem> {
    let refused = || {
        Problem::new(Kind::UnsupportedMediaType).with_args(Args::new().text("expected", expected))
    };
    let header = |name| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or("?"))
    };
    if header(CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(refused());
    }
    let found = header(CONTENT_TYPE).ok_or_else(refused)?;
    let mut parts = found.split(';');
    let essence = parts.next().unwrap_or_default().trim();
    let charset = parts
        .filter_map(|part| part.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"))
        .map_or("utf-8", |(_, value)| value.trim_matches('"'));
    let utf8 = charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("us-ascii");
    if essence.eq_ignore_ascii_case(expected) && utf8 {
        Ok(())
    } else {
        Err(refused())
    }
}

fn too_large(limit: usize) -> Problem {
    Problem::new(Kind::BodyTooLarge).with_args(Args::new().text("limit", limit.to_string()))
}
