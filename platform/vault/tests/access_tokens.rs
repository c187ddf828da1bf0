//! Access tokens: what is refused, and why.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should fail loudly"
)]

use std::sync::LazyLock;

use alvara_vault::{
    AccessClaims, KeySpec, RsaSize, SigningKey, SubjectKind, TokenFault, UnverifiedToken,
    issue_access_token,
};
use data_encoding::BASE64URL_NOPAD;
use proptest::prelude::*;

const ISSUER: &str = "https://licenses.acme.test";
const NOW: i64 = 1_800_000_000;

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(KeySpec::Rs256(RsaSize::Bits2048)).unwrap());

fn claims() -> AccessClaims {
    AccessClaims {
        iss: ISSUER.into(),
        aud: ISSUER.into(),
        sub: "mem_01J".into(),
        client_id: "mem_01J".into(),
        tid: "ten_01J".into(),
        kind: SubjectKind::Member,
        epoch: 3,
        iat: NOW,
        exp: NOW + 900,
        jti: "01J".into(),
    }
}

fn check(token: &str, now: i64) -> Result<AccessClaims, TokenFault> {
    UnverifiedToken::parse(token)?.verify(KEY.verifying_key(), ISSUER, now)
}

fn with_header(header: &str) -> String {
    let token = issue_access_token(&KEY, &claims()).unwrap();
    let payload = token.split('.').nth(1).unwrap();
    let input = format!("{}.{payload}", BASE64URL_NOPAD.encode(header.as_bytes()));
    KEY.sign_compact(input).unwrap()
}

#[test]
fn a_token_is_believed_for_its_time() {
    // R-TEN-07
    let token = issue_access_token(&KEY, &claims()).unwrap();
    assert_eq!(UnverifiedToken::parse(&token).unwrap().kid(), KEY.kid());
    assert_eq!(check(&token, NOW), Ok(claims()));
    assert_eq!(check(&token, NOW + 899), Ok(claims()));
    assert_eq!(check(&token, NOW + 900), Err(TokenFault::Expired));
    assert_eq!(check(&token, NOW - 30), Ok(claims()));
    assert_eq!(check(&token, NOW - 31), Err(TokenFault::NotYet));
}

#[test]
fn another_issuer_or_audience_is_refused() {
    let other = AccessClaims {
        iss: "https://evil.test".into(),
        ..claims()
    };
    assert_eq!(
        check(&issue_access_token(&KEY, &other).unwrap(), NOW),
        Err(TokenFault::Issuer)
    );
    let other = AccessClaims {
        aud: "https://other.test".into(),
        ..claims()
    };
    assert_eq!(
        check(&issue_access_token(&KEY, &other).unwrap(), NOW),
        Err(TokenFault::Issuer)
    );
}

#[test]
fn a_token_cannot_choose_its_algorithm_or_type() {
    let kid = KEY.kid();
    for (header, fault) in [
        (
            format!(r#"{{"alg":"none","typ":"at+jwt","kid":"{kid}"}}"#),
            TokenFault::Foreign,
        ),
        (
            format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{kid}"}}"#),
            TokenFault::Foreign,
        ),
        (
            format!(r#"{{"alg":"RS256","typ":"alvara-lease+jwt","kid":"{kid}"}}"#),
            TokenFault::Foreign,
        ),
        (
            format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#),
            TokenFault::Malformed,
        ),
        (
            r#"{"alg":"RS256","typ":"at+jwt","kid":"other"}"#.to_owned(),
            TokenFault::Forged,
        ),
    ] {
        assert_eq!(check(&with_header(&header), NOW), Err(fault), "{header}");
    }
}

#[test]
fn a_changed_claim_or_another_key_is_a_forgery() {
    let token = issue_access_token(&KEY, &claims()).unwrap();
    let mut parts = token.split('.');
    let (header, _, signature) = (parts.next().unwrap(), parts.next(), parts.next().unwrap());
    let richer = AccessClaims {
        tid: "ten_other".into(),
        ..claims()
    };
    let payload = BASE64URL_NOPAD.encode(&serde_json::to_vec(&richer).unwrap());
    assert_eq!(
        check(&format!("{header}.{payload}.{signature}"), NOW),
        Err(TokenFault::Forged)
    );
    let other = SigningKey::generate(KeySpec::Rs256(RsaSize::Bits2048)).unwrap();
    let token = issue_access_token(&other, &claims()).unwrap();
    assert_eq!(check(&token, NOW), Err(TokenFault::Forged));
}

#[test]
fn only_rs256_keys_issue() {
    let key = SigningKey::generate(KeySpec::EdDsa).unwrap();
    assert!(issue_access_token(&key, &claims()).is_err());
}

#[test]
fn an_overlong_token_is_not_even_decoded() {
    assert_eq!(check(&"a".repeat(5000), NOW), Err(TokenFault::Malformed));
}

proptest! {
    #[test]
    fn garbage_never_panics(token in "[A-Za-z0-9_.-]{0,200}") {
        prop_assert!(check(&token, NOW).is_err());
    }
}
