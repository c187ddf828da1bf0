//! The middleware around every write: reads the body once, and keeps the answer afterwards.

use std::cell::RefCell;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody, to_bytes_limited};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse};
use alvara_store::StoreResult;
use alvara_tenants::permissions::PluginUpdate;
use alvara_vault::Purpose;
use data_encoding::BASE64;
use openssl::sha::Sha256;

use super::{Asked, Held, Kept};
use crate::body::{BULK_BODY, PLUGIN_BODY, read_body_up_to};
use crate::caller::Operator;
use crate::problem::{Kind, Problem};

/// No answer to a write is longer; one that were would not be kept.
const LONGEST_ANSWER: usize = 2 * 1024 * 1024;

/// What of an answer's head is kept.
const KEPT_HEADERS: [&str; 11] = [
    "content-type",
    "content-disposition",
    "vary",
    "location",
    "etag",
    "content-language",
    "cache-control",
    "set-cookie",
    "content-digest",
    "signature-input",
    "signature",
];

/// The middleware.
pub(crate) struct Idempotent;

impl<S, B> Transform<S, ServiceRequest> for Idempotent
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = Keeping<S>;
    type InitError = ();
    type Future = Ready<Result<Keeping<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Keeping {
            service: Rc::new(service),
        }))
    }
}

/// The middleware around one worker's routes.
pub(crate) struct Keeping<S> {
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for Keeping<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    actix_web::dev::forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let service = Rc::clone(&self.service);
        let writes = !matches!(
            *request.method(),
            Method::GET | Method::HEAD | Method::OPTIONS
        );
        if !writes || !request.headers().contains_key("idempotency-key") {
            return Box::pin(async move { Ok(service.call(request).await?.map_into_boxed_body()) });
        }
        Box::pin(async move {
            let asked = match read(&mut request).await {
                Ok(asked) => Rc::new(asked),
                Err(problem) => return Ok(request.error_response(problem)),
            };
            request.extensions_mut().insert(Rc::clone(&asked));
            let response = service.call(request).await?.map_into_boxed_body();
            if let Some(replay) = asked.replay.take() {
                return Ok(response.into_response(replay.answer()));
            }
            match asked.held.take() {
                Some(held) => Ok(keep(response, held).await),
                None => Ok(response),
            }
        })
    }
}

/// Reads key and body, and puts the body back for the handler.
async fn read(request: &mut ServiceRequest) -> Result<Asked, Problem> {
    let key = read_key(request.headers())?;
    let mut payload = request.take_payload();
    // The route, and with it the true limit, is found further in; the reader there looks again.
    let limit = limit(request.request()).await?;
    let body = read_body_up_to(limit, request.request(), &mut payload).await?;
    let body_hash = hash(request.request(), &body);
    request.set_payload(Payload::from(body));
    Ok(Asked {
        key,
        body_hash,
        held: RefCell::new(None),
        replay: RefCell::new(None),
    })
}

/// How much is read before the route is found: a plugin's file only for somebody who may install one,
/// so that nobody else has the memory of a plugin held for each request.
async fn limit(request: &HttpRequest) -> Result<usize, Problem> {
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    let long = announced.is_some_and(|length| length > BULK_BODY);
    if !long || request.method() != Method::POST || request.path() != "/api/v1/plugins" {
        return Ok(BULK_BODY);
    }
    // The key is claimed further in, when the body is hashed; here only the permission is looked at.
    Operator::<PluginUpdate>::from_request(request, &mut Payload::None).await?;
    Ok(PLUGIN_BODY)
}

/// 1 to 128 visible ASCII characters.
fn read_key(headers: &HeaderMap) -> Result<String, Problem> {
    let invalid = || Problem::new(Kind::InvalidRequest).with_member("header", "Idempotency-Key");
    let mut all = headers.get_all("idempotency-key");
    let (Some(value), None) = (all.next(), all.next()) else {
        return Err(invalid());
    };
    let text = value.to_str().map_err(|_| invalid())?;
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    if visible && (1..=128).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err(invalid())
    }
}

/// One hash for method, path, query, `If-Match` and body: the whole of what was asked.
fn hash(request: &HttpRequest, body: &Bytes) -> String {
    let mut digest = Sha256::new();
    let if_match = request
        .headers()
        .get("if-match")
        .map_or(&b""[..], |value| value.as_bytes());
    for part in [
        request.method().as_str().as_bytes(),
        request.path().as_bytes(),
        request.query_string().as_bytes(),
        if_match,
    ] {
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.update(body);
    data_encoding::HEXLOWER.encode(&digest.finish())
}

async fn keep(response: ServiceResponse<BoxBody>, held: Held) -> ServiceResponse<BoxBody> {
    if !response.status().is_success() {
        give_back(held).await;
        return response;
    }
    let (http, answer) = response.into_parts();
    let (head, body) = answer.into_parts();
    let body = match to_bytes_limited(body, LONGEST_ANSWER).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => return ServiceResponse::from_err(Problem::internal(error), http),
        Err(_) => {
            let problem = Problem::internal("an answer to a write is too long to keep");
            return ServiceResponse::from_err(problem, http);
        }
    };
    store(&head, &body, held).await;
    let answer: HttpResponse = head.set_body(body).map_into_boxed_body();
    ServiceResponse::new(http, answer)
}

/// The work is done and answered whatever happens here: a failure to keep the answer is logged,
/// and who asks again is told that the answer is lost.
async fn store(head: &HttpResponse<()>, body: &Bytes, held: Held) {
    let headers = KEPT_HEADERS.iter().filter_map(|name| {
        Some((
            (*name).to_owned(),
            head.headers().get(*name)?.to_str().ok()?.to_owned(),
        ))
    });
    let (text, bytes) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (String::new(), Some(BASE64.encode(body))),
    };
    let kept = Kept {
        headers: headers.collect(),
        body: text,
        bytes,
    };
    let status = head.status().as_u16();
    let sealed = serde_json::to_vec(&kept)
        .map_err(|error| error.to_string())
        .and_then(|plain| {
            let vault = held.gate.vault();
            vault
                .seal(Purpose::Answer, &held.context, &plain)
                .map_err(|error| error.to_string())
        });
    let outcome = match sealed {
        Ok(sealed) => {
            let claim = held.claim;
            let stored = held.gate.db().write(&held.scope, move |tx| {
                alvara_store::idempotency::store_answer(tx, &claim, status, &sealed)
            });
            stored.await.map_err(|error| error.to_string())
        }
        Err(error) => Err(error),
    };
    if let Err(error) = outcome {
        tracing::error!(error, "an answer could not be kept for its idempotency key");
    }
}

async fn give_back(held: Held) {
    let claim = held.claim;
    let released: StoreResult<()> = held
        .gate
        .db()
        .write(&held.scope, move |tx| {
            alvara_store::idempotency::release(tx, &claim)
        })
        .await;
    if let Err(error) = released {
        tracing::warn!(error = %error, "an idempotency key could not be given back; it frees itself");
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};
    use actix_web::test::TestRequest;

    use super::*;

    fn key(text: &[u8]) -> Result<String, Kind> {
        let mut headers = HeaderMap::new();
        let name = HeaderName::from_static("idempotency-key");
        headers.insert(name, HeaderValue::from_bytes(text).unwrap());
        read_key(&headers).map_err(|problem| problem.kind())
    }

    // R-API-01
    #[test]
    fn keys_are_short_and_visible() {
        assert_eq!(key(b"order-7").unwrap(), "order-7");
        assert_eq!(key(&[b'a'; 128]).unwrap().len(), 128);
        assert_eq!(key(&[b'a'; 129]), Err(Kind::InvalidRequest));
        assert_eq!(key(b""), Err(Kind::InvalidRequest));
        assert_eq!(key(b"a b"), Err(Kind::InvalidRequest));
        assert_eq!(key(b"\xff"), Err(Kind::InvalidRequest));
    }

    #[test]
    fn what_was_asked_is_hashed_whole() {
        let of = |path: &str, body: &'static str| {
            let request = TestRequest::post().uri(path).to_http_request();
            hash(&request, &Bytes::from_static(body.as_bytes()))
        };
        assert_eq!(of("/a", "x"), of("/a", "x"));
        assert_ne!(of("/a", "x"), of("/a", "y"));
        assert_ne!(of("/a", "x"), of("/a?b", "x"));
        assert_ne!(of("/ab", ""), of("/a", "b"));
    }
}
