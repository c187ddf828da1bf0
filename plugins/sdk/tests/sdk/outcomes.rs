//! What becomes of a request, and the kit that plays the house.
// R-PAY-03 R-PAY-04

use alvara_plugin_sdk::{
    Call, ErrorKind, Json,
    http::{Effect, HttpError},
    kit::{Kit, context, response},
    kv, log, secrets,
};

// R-PAY-03
#[test]
fn only_what_did_not_happen_is_unavailable() {
    let kit = Kit::new();
    for (error, reading, changing) in [
        (
            HttpError::Dns,
            ErrorKind::Unavailable,
            ErrorKind::Unavailable,
        ),
        (
            HttpError::Connect,
            ErrorKind::Unavailable,
            ErrorKind::Unavailable,
        ),
        (
            HttpError::Tls,
            ErrorKind::Unavailable,
            ErrorKind::Unavailable,
        ),
        (
            HttpError::TimeoutBeforeSend,
            ErrorKind::Unavailable,
            ErrorKind::Unavailable,
        ),
        (
            HttpError::TimeoutAfterSend,
            ErrorKind::Unavailable,
            ErrorKind::OutcomeUnknown,
        ),
        (
            HttpError::TooLarge,
            ErrorKind::Malformed,
            ErrorKind::OutcomeUnknown,
        ),
        (
            HttpError::BudgetExhausted,
            ErrorKind::Unavailable,
            ErrorKind::Unavailable,
        ),
        (
            HttpError::HostNotAllowed,
            ErrorKind::InvalidConfig,
            ErrorKind::InvalidConfig,
        ),
        (
            HttpError::AuthFailed,
            ErrorKind::Unauthenticated,
            ErrorKind::Unauthenticated,
        ),
    ] {
        kit.outcome(Err(error)).outcome(Err(error));
        let read = Call::get("https://psp.example/a")
            .send()
            .expect_err("no answer");
        let changed = Call::new("POST", "https://psp.example/a")
            .send()
            .expect_err("no answer");
        assert_eq!((read.kind, changed.kind), (reading, changing), "{error:?}");
    }
    let sent = kit.sent();
    assert!(!sent[0].mutating);
    assert!(sent[1].mutating);
}

// R-PAY-03
#[test]
fn statuses_mean_what_they_mean_for_money() {
    let kit = Kit::new();
    for (status, reading, changing) in [
        (400, ErrorKind::InvalidRequest, ErrorKind::InvalidRequest),
        (401, ErrorKind::Unauthenticated, ErrorKind::Unauthenticated),
        (403, ErrorKind::Permission, ErrorKind::Permission),
        (404, ErrorKind::NotFound, ErrorKind::NotFound),
        (409, ErrorKind::Conflict, ErrorKind::Conflict),
        (429, ErrorKind::RateLimited, ErrorKind::RateLimited),
        (500, ErrorKind::Unavailable, ErrorKind::OutcomeUnknown),
        (504, ErrorKind::Unavailable, ErrorKind::OutcomeUnknown),
        (302, ErrorKind::Malformed, ErrorKind::OutcomeUnknown),
    ] {
        kit.answer(status, "").answer(status, "");
        let read = Call::get("https://psp.example/a")
            .send()
            .expect("an answer");
        let changed = Call::new("PUT", "https://psp.example/a")
            .send()
            .expect("an answer");
        assert_eq!(read.refused(None, "").kind, reading, "{status}");
        assert_eq!(changed.refused(None, "").kind, changing, "{status}");
    }
    // It did happen, though nobody can read what.
    kit.answer(201, "<html>")
        .answer(200, "<html>")
        .answer(200, "<html>");
    let changed = Call::new("PUT", "https://psp.example/a")
        .send()
        .expect("an answer");
    assert_eq!(
        changed.json().expect_err("no JSON").kind,
        ErrorKind::OutcomeUnknown
    );
    let read = Call::get("https://psp.example/a")
        .send()
        .expect("an answer");
    assert_eq!(read.json().expect_err("no JSON").kind, ErrorKind::Malformed);
    let looked = Call::new("POST", "https://psp.example/a")
        .effect(Effect::Reads)
        .send()
        .expect("an answer");
    assert_eq!(
        looked.json().expect_err("no JSON").kind,
        ErrorKind::Malformed
    );
}

// R-PAY-04
#[test]
fn the_kit_plays_the_house() {
    let kit = Kit::new();
    kit.secret("hook", "s3cr3t");
    kit.provider(|request| Ok(response(200, format!("{{\"saw\":\"{}\"}}", request.method))));
    let reply = Call::new("POST", "https://psp.example/x")
        .json(&Json::object([("a", 1_u32.into())]))
        .header("x-a", "b")
        .send()
        .expect("an answer");
    assert_eq!(reply.json().expect("json").at("saw").text(), Some("POST"));
    assert_eq!(kit.calls(), ["POST https://psp.example/x"]);
    assert_eq!(kit.sent()[0].body, b"{\"a\":1}");

    // RFC 4231, test case 2, and a tag that is not it.
    kit.secret("rfc", "Jefe");
    let tag = alvara_plugin_sdk::encode::from_hex(
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    )
    .expect("hex");
    let data = b"what do ya want for nothing?";
    assert_eq!(
        secrets::verify("rfc", secrets::Mac::HmacSha256, data, &tag),
        Ok(true)
    );
    assert_eq!(
        secrets::verify("hook", secrets::Mac::HmacSha256, data, &tag),
        Ok(false)
    );
    assert_eq!(secrets::equals("hook", b"s3cr3t"), Ok(true));
    assert_eq!(
        secrets::equals("nothing", b""),
        Err(secrets::SecretError::UnknownSecret)
    );
    assert!(secrets::exists("hook"));

    kv::keep("k", b"v", 60);
    assert_eq!(kv::get("k").as_deref(), Some(&b"v"[..]));
    assert!(!kv::claim("k", b"w", 60), "it is there already");
    kv::forget("k");
    assert!(kv::claim("k", b"w", 60));
    assert_eq!(kv::get("k").as_deref(), Some(&b"w"[..]));
    log::write(log::Level::Info, "done");
    assert_eq!(kit.lines(), ["Level::Info done"]);
    assert_eq!(context("k", &[("a", "b")]).attempt, 1);
    // A new house knows nothing.
    assert!(Kit::new().sent().is_empty());
    assert_eq!(kv::get("k"), None);
}
