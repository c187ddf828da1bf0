//! Signatures, key ids and JWKs against the published vectors.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should fail loudly"
)]

use alvara_vault::{Algorithm, KeySpec, RsaSize, SigningKey, VerifyingKey};
use data_encoding::BASE64URL_NOPAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::pkey::{Id, PKey};
use openssl::rsa::Rsa;
use serde_json::{Value, json};

const RFC7515_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const RFC7515_D: &str = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ";
const RFC7515_P: &str = "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc";
const RFC7515_Q: &str = "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc";
const RFC7515_INPUT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const RFC7515_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

fn number(text: &str) -> BigNum {
    BigNum::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()).unwrap()
}

fn rfc7515_pem() -> Vec<u8> {
    let mut context = BigNumContext::new().unwrap();
    let one = BigNum::from_u32(1).unwrap();
    let (n, d, p, q) = (
        number(RFC7515_N),
        number(RFC7515_D),
        number(RFC7515_P),
        number(RFC7515_Q),
    );
    let mut remainder = |modulus: &BigNum| {
        let mut out = BigNum::new().unwrap();
        out.nnmod(&d, &(modulus - &one), &mut context).unwrap();
        out
    };
    let (dp, dq) = (remainder(&p), remainder(&q));
    let mut qi = BigNum::new().unwrap();
    qi.mod_inverse(&q, &p, &mut context).unwrap();
    let d = number(RFC7515_D);
    let rsa =
        Rsa::from_private_components(n, BigNum::from_u32(65537).unwrap(), d, p, q, dp, dq, qi);
    PKey::from_rsa(rsa.unwrap())
        .unwrap()
        .private_key_to_pem_pkcs8()
        .unwrap()
}

#[test]
fn rfc_7638_thumbprint() {
    // R-LIC-12
    let jwk = json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    });
    let key = VerifyingKey::from_jwk(&jwk).unwrap();
    assert_eq!(key.kid(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(key.jwk()["n"], jwk["n"]);
    let again = VerifyingKey::from_pem(Algorithm::Rs256, key.pem().as_bytes()).unwrap();
    assert_eq!(again.kid(), key.kid());
}

#[test]
fn rfc_7515_a2_signature() {
    // R-LIC-05: PKCS#1 v1.5 is deterministic, so the whole token must come out the same.
    let key = SigningKey::from_pem(Algorithm::Rs256, &rfc7515_pem()).unwrap();
    let token = key.sign_compact(RFC7515_INPUT.to_owned()).unwrap();
    assert_eq!(token, format!("{RFC7515_INPUT}.{RFC7515_SIGNATURE}"));
    let signature = BASE64URL_NOPAD
        .decode(RFC7515_SIGNATURE.as_bytes())
        .unwrap();
    assert!(
        key.verifying_key()
            .verify(RFC7515_INPUT.as_bytes(), &signature)
    );
    assert_eq!(key.jwk()["n"], RFC7515_N);
}

#[test]
fn rfc_8037_ed25519() {
    let seed = BASE64URL_NOPAD
        .decode(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
        .unwrap();
    let private = PKey::private_key_from_raw_bytes(&seed, Id::ED25519).unwrap();
    let pem = private.private_key_to_pem_pkcs8().unwrap();
    let key = SigningKey::from_pem(Algorithm::EdDsa, &pem).unwrap();
    assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(
        key.jwk()["x"],
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    );
    let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    assert_eq!(
        key.sign_compact(input.to_owned()).unwrap(),
        format!(
            "{input}.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        )
    );
}

#[test]
fn every_kind_survives_pem_and_jwk_and_notices_tampering() {
    for spec in [
        KeySpec::Rs256(RsaSize::Bits2048),
        KeySpec::Ps256(RsaSize::Bits2048),
        KeySpec::Rs256(RsaSize::Bits3072),
        KeySpec::EdDsa,
    ] {
        let key = SigningKey::generate(spec).unwrap();
        let pem = key.private_pem().unwrap();
        let again = SigningKey::from_pem(key.algorithm(), pem.expose().as_bytes()).unwrap();
        assert_eq!(again.kid(), key.kid());
        let message = b"header.payload";
        let mut signature = again.sign(message).unwrap();
        let public = VerifyingKey::from_jwk(&key.jwk()).unwrap();
        assert!(public.verify(message, &signature), "{spec:?}");
        assert!(!public.verify(b"header.payloae", &signature), "{spec:?}");
        signature[10] ^= 1;
        assert!(!public.verify(message, &signature), "{spec:?}");
        assert!(!public.verify(message, b""), "{spec:?}");
        assert!(!format!("{key:?}{pem:?}").contains("PRIVATE"));
    }
}

#[test]
fn a_key_is_bound_to_its_algorithm() {
    let pkcs1 = SigningKey::generate(KeySpec::Rs256(RsaSize::Bits2048)).unwrap();
    let pss = SigningKey::from_pem(
        Algorithm::Ps256,
        pkcs1.private_pem().unwrap().expose().as_bytes(),
    )
    .unwrap();
    let signature = pkcs1.sign(b"m").unwrap();
    assert!(!pss.verifying_key().verify(b"m", &signature));
    let pem = pkcs1.private_pem().unwrap();
    assert!(SigningKey::from_pem(Algorithm::EdDsa, pem.expose().as_bytes()).is_err());
    let small = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
    let small = small.private_key_to_pem_pkcs8().unwrap();
    assert!(SigningKey::from_pem(Algorithm::Rs256, &small).is_err());
}

#[test]
fn odd_jwks_are_refused() {
    let odd: [Value; 6] = [
        json!(null),
        json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RS256"}),
        json!({"kty": "oct", "k": "AAAA", "alg": "HS256"}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "!", "alg": "EdDSA"}),
        json!({"kty": "OKP", "crv": "X25519", "x": "AAAA", "alg": "EdDSA"}),
    ];
    for jwk in odd {
        assert!(VerifyingKey::from_jwk(&jwk).is_err(), "{jwk}");
    }
}

#[test]
fn sizes_are_read_as_a_product_keeps_them() {
    assert_eq!(
        KeySpec::of(Algorithm::Rs256, 3072).unwrap(),
        KeySpec::Rs256(RsaSize::Bits3072)
    );
    assert_eq!(KeySpec::of(Algorithm::EdDsa, 0).unwrap(), KeySpec::EdDsa);
    assert_eq!(KeySpec::of(Algorithm::EdDsa, 2048).unwrap(), KeySpec::EdDsa);
    assert!(KeySpec::of(Algorithm::Ps256, 1024).is_err());
    assert!("HS256".parse::<Algorithm>().is_err());
}

#[test]
fn openssl_on_the_command_line_agrees() {
    // The promise in the contract: `openssl dgst -sha256 -verify` over `header.payload`.
    let folder = std::env::temp_dir().join(format!("alvara-vault-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let key = SigningKey::generate(KeySpec::Rs256(RsaSize::Bits2048)).unwrap();
    let file = |name: &str| folder.join(name);
    std::fs::write(file("pub.pem"), key.public_pem()).unwrap();
    std::fs::write(file("input"), RFC7515_INPUT).unwrap();
    std::fs::write(file("sig"), key.sign(RFC7515_INPUT.as_bytes()).unwrap()).unwrap();
    let status = std::process::Command::new("openssl")
        .args(["dgst", "-sha256", "-verify"])
        .arg(file("pub.pem"))
        .arg("-signature")
        .arg(file("sig"))
        .arg(file("input"))
        .output()
        .unwrap()
        .status;
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(status.success());
}
