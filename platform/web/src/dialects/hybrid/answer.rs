//! What dialect H says when it says no: `{success:false, error, code}`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use alvara_app::AppError;
use alvara_domain::license::RenewError;
use alvara_domain::verdict::{Code, Verdict};
use alvara_render::{Args, Locale, Words};
use serde_json::json;

use crate::frame::Context;
use crate::problem::{Kind, Problem, refusal};

/// Speaks the reader's language: `Accept-Language`, else the tenant's.
pub(super) struct Speaker<'a> {
    request: &'a HttpRequest,
}

impl<'a> Speaker<'a> {
    pub(super) fn of(request: &'a HttpRequest) -> Self {
        Self { request }
    }

    fn voice(&self) -> Option<(&Words, Locale)> {
        let words: &Words = self.request.app_data::<web::Data<Words>>()?;
        Some((words, Context::of(self.request).locale(words)))
    }

    pub(super) fn say(&self, key: &'static str) -> String {
        self.say_with(key, Args::new())
    }

    pub(super) fn say_with(&self, key: &'static str, args: Args) -> String {
        self.voice()
            .map(|(words, locale)| words.text(&locale, key, &args))
            .unwrap_or_default()
    }

    /// What a verdict means, in a sentence.
    pub(super) fn explain(&self, verdict: &Verdict) -> String {
        self.voice()
            .map(|(words, locale)| refusal::sentence(verdict, words, &locale))
            .unwrap_or_default()
    }

    fn no(&self, status: StatusCode, code: &str, error: String) -> HttpResponse {
        HttpResponse::build(status).json(json!({ "success": false, "error": error, "code": code }))
    }

    /// 400: the body is not JSON, or lacks a field.
    pub(super) fn bad_request(&self, field: Option<&'static str>) -> HttpResponse {
        let error = match field {
            Some(name) => self.say_with("hybrid-bad-request", Args::new().text("field", name)),
            None => self.say("hybrid-not-json"),
        };
        self.no(StatusCode::BAD_REQUEST, "BAD_REQUEST", error)
    }

    /// A problem of the frame in the dialect's shape: a rate limit, a body too large, a host of
    /// nobody's.
    pub(super) fn problem(&self, problem: &Problem) -> HttpResponse {
        let kind = problem.kind();
        let error = match kind {
            Kind::TooManyRequests => self.say("hybrid-too-many-requests"),
            Kind::UnknownHost => self.say("hybrid-license-not-found"),
            Kind::Internal | Kind::Unavailable => self.say("hybrid-unavailable"),
            Kind::InvalidUtf8 | Kind::MalformedJson | Kind::InvalidRequest => {
                self.say("hybrid-not-json")
            }
            _ => self
                .voice()
                .map(|(words, locale)| problem.sentence(words, &locale))
                .unwrap_or_default(),
        };
        let code = match kind {
            Kind::UnknownHost => "LICENSE_NOT_FOUND",
            _ => kind.code(),
        };
        let mut answer = self.no(kind.status(), code, error);
        if let Some((_, locale)) = self.voice() {
            problem.add_headers(answer.headers_mut(), &locale);
        }
        answer
    }
}

/// The dialect's answer for a use case that refused.
pub(super) fn refused(speaker: &Speaker<'_>, error: &AppError) -> HttpResponse {
    use StatusCode as Status;
    match error {
        AppError::Refused(verdict) => {
            let (status, code) = of_verdict(verdict.code);
            speaker.no(status, code, speaker.explain(verdict))
        }
        AppError::NotFound("renewal key") => speaker.no(
            Status::NOT_FOUND,
            "RENEWAL_KEY_NOT_FOUND",
            speaker.say("hybrid-renewal-key-unknown"),
        ),
        AppError::NotFound(_) => speaker.no(
            Status::NOT_FOUND,
            "LICENSE_NOT_FOUND",
            speaker.say("hybrid-license-not-found"),
        ),
        AppError::RenewalKeySpent { .. } => speaker.no(
            Status::CONFLICT,
            "RENEWAL_KEY_USED",
            speaker.say("hybrid-renewal-key-used"),
        ),
        AppError::RenewalKeyOfAnotherProduct => speaker.no(
            Status::UNPROCESSABLE_ENTITY,
            "RENEWAL_KEY_OTHER_PRODUCT",
            speaker.say("hybrid-renewal-key-other-product"),
        ),
        AppError::Renewal(RenewError::Revoked) => speaker.no(
            Status::FORBIDDEN,
            "LICENSE_REVOKED",
            speaker.say("hybrid-renewal-not-possible"),
        ),
        AppError::Renewal(_) => speaker.no(
            Status::UNPROCESSABLE_ENTITY,
            "RENEWAL_NOT_POSSIBLE",
            speaker.say("hybrid-renewal-not-possible"),
        ),
        AppError::Stale => speaker.no(
            Status::CONFLICT,
            "TRY_AGAIN",
            speaker.say("hybrid-unavailable"),
        ),
        other => {
            tracing::error!(error = %other, "a dialect call failed");
            speaker.no(
                Status::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                speaker.say("hybrid-unavailable"),
            )
        }
    }
}

/// 404 unknown key, 409 no seat left, 403 everything else that stands in the way.
fn of_verdict(code: Code) -> (StatusCode, &'static str) {
    match code {
        Code::NotFound => (StatusCode::NOT_FOUND, "LICENSE_NOT_FOUND"),
        Code::KeyMalformed => (StatusCode::NOT_FOUND, "KEY_MALFORMED"),
        Code::MachineLimit | Code::SeatLimit | Code::UserLimit => {
            (StatusCode::CONFLICT, "NO_SEAT_LEFT")
        }
        Code::Expired | Code::ExpiredGrace => (StatusCode::FORBIDDEN, "LICENSE_EXPIRED"),
        Code::Suspended | Code::CustomerSuspended | Code::TenantSuspended => {
            (StatusCode::FORBIDDEN, "LICENSE_SUSPENDED")
        }
        Code::Revoked => (StatusCode::FORBIDDEN, "LICENSE_REVOKED"),
        Code::PendingApproval | Code::PendingValidation => {
            (StatusCode::FORBIDDEN, "PENDING_APPROVAL")
        }
        other => (StatusCode::FORBIDDEN, other.as_str()),
    }
}
