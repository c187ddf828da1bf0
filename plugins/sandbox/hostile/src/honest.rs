//! What a decent plugin does.

use crate::bindings::alvara::payment::http::{self, Auth, HttpError, Request, Response};
use crate::bindings::alvara::payment::secrets;
use crate::bindings::alvara::payment::types::{
    CallContext, ChargeRequest, ChargeState, ChargeStatus, ErrorKind, EventBody, HttpHeader,
    InboundReply, InboundRequest, InboundResult, Money, NextAction, PaymentEvent, PluginError,
    PspRef, QrAction, RefundRequest, RefundState, RefundStatus, Trust,
};
use crate::{error, setting};

pub(crate) fn brl(minor: i64) -> Money {
    Money {
        minor,
        currency: "BRL".to_owned(),
    }
}

/// A charge that waits to be paid; `raw` goes into its raw status.
pub(crate) fn state(raw: String) -> ChargeState {
    ChargeState {
        status: ChargeStatus::RequiresAction,
        refs: vec![PspRef {
            kind: "id".to_owned(),
            value: "psp-1".to_owned(),
        }],
        authorized: brl(0),
        captured: brl(0),
        refunded: brl(0),
        action: Some(NextAction::Qr(QrAction {
            br_code: "00020126".to_owned(),
            expires_at: None,
        })),
        decline: None,
        paid_at: None,
        settles_on: None,
        expires_at: None,
        fees: Vec::new(),
        stored_method: None,
        poll_at: None,
        raw_status: raw,
    }
}

/// A request as the settings describe it: `auth` and `cert` say with which credentials.
pub(crate) fn request(ctx: &CallContext, method: &str, url: String) -> Request {
    let auth = match setting(&ctx.config, "auth") {
        "bearer" => Auth::Bearer("api_key".to_owned()),
        "basic" => Auth::Basic(http::BasicAuth {
            user_secret: "api_user".to_owned(),
            password_secret: "api_key".to_owned(),
        }),
        "header" => Auth::Headers(vec![http::HeaderAuth {
            header: "x-api-key".to_owned(),
            secret: "api_key".to_owned(),
            prefix: "Key ".to_owned(),
        }]),
        "ungranted" => Auth::Bearer("signing".to_owned()),
        "" => Auth::None,
        profile => Auth::Oauth(http::OauthAuth {
            profile: profile.to_owned(),
            query: None,
        }),
    };
    let cert = setting(&ctx.config, "cert");
    Request {
        method: method.to_owned(),
        url,
        headers: vec![HttpHeader {
            name: "content-type".to_owned(),
            value: "application/json".to_owned(),
        }],
        body: Vec::new(),
        auth,
        client_cert: (!cert.is_empty()).then(|| cert.to_owned()),
        timeout_ms: 5000,
        mutating: false,
    }
}

/// Which of the contract's errors an unsuccessful request is.
pub(crate) fn failed(problem: HttpError) -> PluginError {
    let kind = match problem {
        HttpError::TimeoutAfterSend => ErrorKind::OutcomeUnknown,
        HttpError::HostNotAllowed | HttpError::BadRequest => ErrorKind::InvalidConfig,
        HttpError::AuthFailed => ErrorKind::Unauthenticated,
        HttpError::TooLarge => ErrorKind::Malformed,
        _ => ErrorKind::Unavailable,
    };
    error(kind, format!("{problem:?}"))
}

pub(crate) fn text(response: Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

pub(crate) fn get(ctx: &CallContext, path: &str) -> Result<String, PluginError> {
    let url = format!("{}{path}", setting(&ctx.config, "base"));
    let response = http::send(&request(ctx, "GET", url)).map_err(failed)?;
    if response.status != 200 {
        return Err(PluginError {
            http_status: Some(response.status),
            ..error(ErrorKind::InvalidRequest, "the provider refuses")
        });
    }
    Ok(text(response))
}

/// Asks the provider for the charge under the call's key; the answer becomes the raw status.
pub(crate) fn create(ctx: &CallContext, req: &ChargeRequest) -> Result<ChargeState, PluginError> {
    let url = format!(
        "{}/charges/{}",
        setting(&ctx.config, "base"),
        ctx.idempotency_key
    );
    let body = format!("{{\"amount\":{}}}", req.amount.minor);
    let response = http::send(&Request {
        body: body.into_bytes(),
        mutating: true,
        ..request(ctx, "PUT", url)
    })
    .map_err(failed)?;
    if response.status != 201 {
        return Err(PluginError {
            http_status: Some(response.status),
            ..error(ErrorKind::InvalidRequest, "the provider refuses")
        });
    }
    Ok(state(text(response)))
}

pub(crate) fn refund(ctx: &CallContext, req: RefundRequest) -> Result<RefundState, PluginError> {
    let url = format!("{}/refunds/{}", setting(&ctx.config, "base"), req.refund_id);
    let response = http::send(&Request {
        mutating: true,
        ..request(ctx, "PUT", url)
    })
    .map_err(failed)?;
    Ok(RefundState {
        status: RefundStatus::Pending,
        refs: req.refs,
        amount: req.amount,
        decline: None,
        poll_at: None,
        raw_status: text(response),
    })
}

/// The hex text of a tag as bytes.
fn unhex(text: &str) -> Option<Vec<u8>> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// A webhook is signed by HMAC-SHA256 over its body.
pub(crate) fn handle(req: &InboundRequest) -> Result<InboundResult, PluginError> {
    let tag = req
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("x-signature"))
        .and_then(|header| unhex(&header.value))
        .ok_or_else(|| error(ErrorKind::BadSignature, "no signature"))?;
    if secrets::mac_verify("webhook", secrets::Mac::HmacSha256, &req.body, &tag) != Ok(true) {
        return Err(error(ErrorKind::BadSignature, "another signature"));
    }
    Ok(InboundResult {
        events: vec![PaymentEvent {
            event_id: String::from_utf8_lossy(&req.body).into_owned(),
            occurred_at: None,
            trust: Trust::Signed,
            refs: vec![PspRef {
                kind: "id".to_owned(),
                value: "psp-1".to_owned(),
            }],
            body: EventBody::ChargeHint,
        }],
        reply: InboundReply {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
        },
    })
}
