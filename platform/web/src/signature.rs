//! Signs answers that carry a decision and no lease: HTTP Message Signatures, RFC 9421.
//!
//! What is signed is the status and the digest of the body (RFC 9530); the key is the product's, so
//! a program verifies it with the key set it has already.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use alvara_domain::time::UtcTime;
use alvara_vault::{Algorithm, SigningKey};
use data_encoding::BASE64;
use openssl::sha::sha256;
use serde::Serialize;

use crate::problem::Problem;

/// Names of RFC 9421 §6.2.2 for the algorithms of JWS.
const fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Rs256 => "rsa-v1_5-sha256",
        Algorithm::Ps256 => "rsa-pss-sha256",
        Algorithm::EdDsa => "ed25519",
    }
}

/// `200` with a signed JSON body.
pub(crate) fn signed<T: Serialize>(
    body: &T,
    key: &SigningKey,
    now: UtcTime,
) -> Result<HttpResponse, Problem> {
    sign((StatusCode::OK, None), body, key, now)
}

/// `202` with a signed JSON body and the seconds after which to ask again.
pub(crate) fn waiting<T: Serialize>(
    body: &T,
    key: &SigningKey,
    now: UtcTime,
    retry_after: u32,
) -> Result<HttpResponse, Problem> {
    sign((StatusCode::ACCEPTED, Some(retry_after)), body, key, now)
}

fn sign<T: Serialize>(
    (status, retry_after): (StatusCode, Option<u32>),
    body: &T,
    key: &SigningKey,
    now: UtcTime,
) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_vec(body).map_err(Problem::internal)?;
    let digest = format!("sha-256=:{}:", BASE64.encode(&sha256(&body)));
    let parameters = format!(
        "(\"@status\" \"content-digest\");created={};keyid=\"{}\";alg=\"{}\"",
        now.seconds(),
        key.kid(),
        name_of(key.algorithm()),
    );
    let base = format!(
        "\"@status\": {}\n\"content-digest\": {digest}\n\"@signature-params\": {parameters}",
        status.as_u16()
    );
    let signature = key.sign(base.as_bytes()).map_err(Problem::internal)?;
    let mut answer = HttpResponse::build(status);
    if let Some(seconds) = retry_after {
        answer.insert_header((RETRY_AFTER, seconds));
    }
    Ok(answer
        .content_type("application/json")
        .insert_header(("content-digest", digest))
        .insert_header(("signature-input", format!("alvara={parameters}")))
        .insert_header((
            "signature",
            format!("alvara=:{}:", BASE64.encode(&signature)),
        ))
        .body(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alvara_vault::KeySpec;

    // R-LIC-07: what is signed can be rebuilt from the answer alone.
    #[test]
    fn the_signature_is_over_status_and_digest() {
        let key = SigningKey::generate(KeySpec::EdDsa).unwrap();
        let answer = signed(
            &serde_json::json!({ "valid": false }),
            &key,
            UtcTime::from_seconds(1_700_000_000).unwrap(),
        )
        .unwrap();
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        let parameters = header("signature-input")
            .strip_prefix("alvara=")
            .unwrap()
            .to_owned();
        let base = format!(
            "\"@status\": 200\n\"content-digest\": {}\n\"@signature-params\": {parameters}",
            header("content-digest")
        );
        let signature = header("signature");
        let signature = signature
            .strip_prefix("alvara=:")
            .unwrap()
            .strip_suffix(':')
            .unwrap();
        assert!(key.verifying_key().verify(
            base.as_bytes(),
            &BASE64.decode(signature.as_bytes()).unwrap()
        ));
        assert!(!key.verifying_key().verify(
            base.replace("200", "201").as_bytes(),
            &BASE64.decode(signature.as_bytes()).unwrap()
        ));
    }

    // R-LIC-10: an answer that says to wait is signed as what it is.
    #[test]
    fn an_answer_that_is_no_200_is_signed_with_its_own_status() {
        let key = SigningKey::generate(KeySpec::EdDsa).unwrap();
        let now = UtcTime::from_seconds(1_700_000_000).unwrap();
        let answer = waiting(&serde_json::json!({ "state": "pending" }), &key, now, 10).unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        let header = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap();
        assert_eq!(header("retry-after"), "10");
        let parameters = header("signature-input").strip_prefix("alvara=").unwrap();
        let base = format!(
            "\"@status\": 202\n\"content-digest\": {}\n\"@signature-params\": {parameters}",
            header("content-digest")
        );
        let signature = header("signature");
        let signature = &signature["alvara=:".len()..signature.len() - 1];
        let signature = BASE64.decode(signature.as_bytes()).unwrap();
        assert!(key.verifying_key().verify(base.as_bytes(), &signature));
    }
}
