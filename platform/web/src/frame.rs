//! What surrounds every request: its id, the client's address and language, the rate of the
//! address, the headers of every answer, problems written out, one line in the log, the metrics.
//!
//! One middleware rather than seven, because the order matters and is read here from top to
//! bottom. What concerns a tenant or a caller is not here but in [`crate::caller`].

mod context;
mod headers;

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Instant;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{Error, HttpResponse, web};
use alvara_render::Words;

pub(crate) use context::Context;

use crate::client_address::{Network, client_address};
use crate::dialects::{Allow, Tongue};
use crate::openapi::Document;
use crate::portal;
use crate::problem::{Kind, Problem};
use crate::rate::Rates;

/// What the frame needs to know; shared by all workers.
pub(crate) struct FrameConfig {
    pub(crate) trusted_proxies: Vec<Network>,
}

/// The middleware.
pub(crate) struct Frame;

impl<S, B> Transform<S, ServiceRequest> for Frame
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Transform = Framed<S>;
    type InitError = ();
    type Future = Ready<Result<Framed<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Framed {
            service: Rc::new(service),
        }))
    }
}

/// The middleware around one worker's routes.
pub(crate) struct Framed<S> {
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for Framed<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    actix_web::dev::forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let service = Rc::clone(&self.service);
        Box::pin(async move {
            let started = Instant::now();
            let context = Rc::new(begin(&request));
            request.attach(Rc::clone(&context));
            // No second handle on the request may be held across the call: the router needs it for
            // itself alone. That is also why everything further in answers instead of failing.
            let mut response = match context.take_address(request.request()) {
                Some(problem) => {
                    let answer = answer_of(&context, request.request(), &Error::from(problem));
                    request.into_response(answer.map_into_right_body())
                }
                None => finish(&context, service.call(request).await?),
            };
            headers::secure(response.response_mut(), &context);
            context.observe(response.request(), response.status(), started);
            Ok(response)
        })
    }
}

/// Attaching the context to the request, where extractors and handlers find it.
trait Attach {
    fn attach(&self, context: Rc<Context>);
}

impl Attach for ServiceRequest {
    fn attach(&self, context: Rc<Context>) {
        use actix_web::HttpMessage;
        self.extensions_mut().insert(context);
    }
}

fn begin(request: &ServiceRequest) -> Context {
    let trusted = request
        .app_data::<web::Data<FrameConfig>>()
        .map_or(&[][..], |config| &config.trusted_proxies);
    let peer = request.peer_addr().map_or(
        std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        |peer| peer.ip(),
    );
    let address = client_address(peer, request.headers(), trusted);
    let context = Context::new(address, request.headers());
    // A dialect of one language speaks it whoever the tenant is, unless the reader asks otherwise.
    if let Some(language) = Tongue::of(request.path()).and_then(Tongue::language) {
        context.set_tenant_locale(language);
    }
    context
}

/// Writes out a problem that a handler or extractor answered with, and gives every bare error
/// answer of the framework (an unknown path, a wrong method) the same form.
fn finish<B: MessageBody + 'static>(
    context: &Context,
    response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response.map_into_left_body();
    }
    let (http, answer) = response.into_parts();
    let written = if let Some(error) = answer.error() {
        Some(answer_of(context, &http, error))
    } else if answer.headers().contains_key("content-type") {
        None
    } else {
        bare(context, &http, &answer)
    };
    match written {
        Some(written) => ServiceResponse::new(http, written.map_into_right_body()),
        None => ServiceResponse::new(http, answer.map_into_left_body()),
    }
}

fn answer_of(context: &Context, http: &actix_web::HttpRequest, error: &Error) -> HttpResponse {
    let Some(words) = http.app_data::<web::Data<Words>>() else {
        return error.error_response();
    };
    if let Some(problem) = error.as_error::<Problem>() {
        return written(context, http, problem, words);
    }
    let status = error.as_response_error().status_code();
    let problem = if status.is_client_error() {
        Problem::new(kind_of(status.as_u16()))
    } else {
        Problem::internal(error)
    };
    written(context, http, &problem, words)
}

/// A problem in the shape of the address: a dialect has its own.
fn written(
    context: &Context,
    http: &actix_web::HttpRequest,
    problem: &Problem,
    words: &Words,
) -> HttpResponse {
    if portal::is_shown(context, http.path()) {
        problem.log(context.request_id());
        return portal::problem(http, problem);
    }
    let locale = context.locale(words);
    match Tongue::of(http.path()) {
        Some(tongue) => {
            problem.log(context.request_id());
            tongue.write(http, problem, words, &locale)
        }
        None => problem.write(words, &locale, context.request_id()),
    }
}

fn bare<B>(
    context: &Context,
    http: &actix_web::HttpRequest,
    answer: &HttpResponse<B>,
) -> Option<HttpResponse> {
    let words = http.app_data::<web::Data<Words>>()?;
    let problem = Problem::new(kind_of(answer.status().as_u16()));
    let mut written = written(context, http, &problem, words);
    // RFC 9110 wants the methods named that would have worked; the document knows them.
    if answer.status() == StatusCode::METHOD_NOT_ALLOWED {
        let route = http.match_pattern().unwrap_or_default();
        let known = http.app_data::<web::Data<Document>>();
        let dialects = http.app_data::<Allow>().map(|allow| allow.0);
        let allow = dialects
            .or_else(|| known.and_then(|document| document.allowed(&route)))
            .unwrap_or("GET");
        if let Ok(value) = HeaderValue::from_str(allow) {
            written.headers_mut().insert(ALLOW, value);
        }
    }
    Some(written)
}

/// The problem that stands for a bare status of the framework.
fn kind_of(status: u16) -> Kind {
    match status {
        401 => Kind::Unauthenticated,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        405 => Kind::MethodNotAllowed,
        408 => Kind::RequestTimeout,
        413 => Kind::BodyTooLarge,
        415 => Kind::UnsupportedMediaType,
        503 => Kind::Unavailable,
        500..=599 => Kind::Internal,
        _ => Kind::InvalidRequest,
    }
}

impl Context {
    /// Takes one from the bucket of the client's address.
    fn take_address(&self, http: &actix_web::HttpRequest) -> Option<Problem> {
        // A probe that is told 429 would take a healthy instance out of service.
        if matches!(http.path(), "/healthz" | "/readyz") {
            return None;
        }
        let rates = http.app_data::<web::Data<Rates>>()?;
        self.note(rates.address(self.address())).err()
    }
}
