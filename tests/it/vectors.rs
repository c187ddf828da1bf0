//! What every SDK must answer alike (`sdk/vectors/`), judged by the rules of the platform itself. The
//! file was written by a program that shares no line with us, so that agreement says something.

use std::path::Path;

use alvara_domain::certificate::{
    Compact, ComputerKeyClaims, FingerprintClaim, LeaseClaims, TokenType, signing_input,
    signing_input_of,
};
use alvara_domain::fingerprint::{Comparison, Components, Fingerprint, Identity};
use alvara_domain::license::LicenseState;
use alvara_domain::machine::MachineState;
use alvara_domain::module::{ModuleClaim, ModuleGrant};
use alvara_domain::offline::{Document, Receipt};
use alvara_domain::revocation::{RevocationList, Subject};
use alvara_domain::terms::Terms;
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::{
    Asks, Claimed, Contact, Facts, Grant, Lookup, MachineFact, VersionAsk, decide,
};
use alvara_tests::remote::hmac;
use alvara_vault::{Algorithm, SigningKey, VerifyingKey};
use data_encoding::{BASE64, HEXLOWER};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sha::sha256;
use openssl::sign::Signer;
use openssl::symm::{Cipher, decrypt_aead};
use serde_json::{Value, json};

fn vectors() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk/vectors/vectors.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name].as_array().unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn token<'a>(vectors: &'a Value, name: &str) -> &'a str {
    let tokens = list(vectors, "tokens");
    text(
        tokens.iter().find(|token| token["name"] == name).unwrap(),
        "text",
    )
}

/// The claims of a token of the vectors whose signature another test proves.
fn claims<C: serde::de::DeserializeOwned>(vectors: &Value, name: &str, typ: TokenType) -> C {
    let compact = Compact::parse(token(vectors, name)).unwrap();
    compact.claims(typ).unwrap()
}

fn outcome(text: &str, typ: TokenType, keys: &[VerifyingKey]) -> &'static str {
    let Ok(compact) = Compact::parse(text) else {
        return "malformed";
    };
    if compact.header.typ != typ {
        return "type";
    }
    let known = keys.iter().find(|key| {
        key.kid() == compact.header.kid && key.algorithm().as_str() == compact.header.alg.as_str()
    });
    let Some(key) = known else { return "key" };
    if !key.verify(compact.signing_input.as_bytes(), &compact.signature) {
        return "signature";
    }
    let reads = match typ {
        TokenType::ComputerKey => compact.claims::<ComputerKeyClaims>(typ).is_ok(),
        TokenType::Lease => compact.claims::<LeaseClaims>(typ).is_ok(),
        TokenType::RevocationList => RevocationList::read(&compact).is_ok(),
    };
    if reads { "valid" } else { "claims" }
}

/// What we would sign in place of a token that says the same.
fn written(compact: &Compact<'_>, typ: TokenType) -> String {
    match typ {
        TokenType::ComputerKey => {
            let claims: ComputerKeyClaims = compact.claims(typ).unwrap();
            signing_input(&compact.header, &claims).unwrap()
        }
        TokenType::Lease => {
            let claims: LeaseClaims = compact.claims(typ).unwrap();
            signing_input(&compact.header, &claims).unwrap()
        }
        TokenType::RevocationList => {
            let payload = RevocationList::read(compact).unwrap().payload().unwrap();
            signing_input_of(&compact.header, &payload).unwrap()
        }
    }
}

// R-SDK-01 R-LIC-05 R-LIC-12
#[test]
fn the_tokens_are_what_the_platform_would_sign_and_no_others_are() {
    let vectors = vectors();
    let keys: Vec<VerifyingKey> = list(&vectors["jwks"], "keys")
        .iter()
        .map(|jwk| VerifyingKey::from_jwk(jwk).unwrap())
        .collect();
    for token in list(&vectors, "tokens") {
        let (name, said) = (text(token, "name"), text(token, "text"));
        let typ = match text(token, "type") {
            "computer_key" => TokenType::ComputerKey,
            "lease" => TokenType::Lease,
            _ => TokenType::RevocationList,
        };
        let found = outcome(said, typ, &keys);
        match text(token, "outcome") {
            "refused" => assert_ne!(found, "valid", "{name}"),
            expected => assert_eq!(found, expected, "{name}"),
        }
        if found != "valid" {
            continue;
        }
        let compact = Compact::parse(said).unwrap();
        let input = written(&compact, typ);
        assert_eq!(input, compact.signing_input, "{name}");
        let algorithm: Algorithm = compact.header.alg.as_str().parse().unwrap();
        // RSA-PSS draws a salt and signs the same twice as two.
        if algorithm != Algorithm::Ps256 {
            let pem = text(&vectors["signing_keys"], algorithm.as_str());
            let key = SigningKey::from_pem(algorithm, pem.as_bytes()).unwrap();
            assert_eq!(key.sign_compact(input).unwrap(), said, "{name}");
        }
    }
    let compact = Compact::parse(token(&vectors, "list")).unwrap();
    let listed = RevocationList::read(&compact).unwrap();
    for said in list(&vectors, "listed") {
        let id = text(said, "id");
        let subject = match id.parse() {
            Ok(license) => Subject::License(license),
            Err(_) => Subject::Machine(id.parse().unwrap()),
        };
        assert_eq!(
            Some(listed.contains(subject)),
            said["listed"].as_bool(),
            "{id}"
        );
    }
}

fn machine_of(said: &Value) -> (Fingerprint, Components) {
    let components = serde_json::from_value(said["components"].clone()).unwrap();
    (text(said, "fingerprint").parse().unwrap(), components)
}

// R-SDK-01 R-LIC-04
#[test]
fn machines_compare_as_the_vectors_say() {
    for case in list(&vectors()["fingerprints"], "compared") {
        let claim: FingerprintClaim = text(case, "claim").parse().unwrap();
        let (fingerprint, components) = machine_of(case);
        let found = claim.compare(Identity {
            fingerprint: &fingerprint,
            components: &components,
        });
        let found = match found {
            Comparison::Same => json!({ "outcome": "same", "changed": [] }),
            Comparison::Drift { changed } => json!({ "outcome": "drift", "changed": changed }),
            Comparison::Mismatch {
                changed,
                matched,
                threshold,
            } => {
                json!({ "outcome": "mismatch", "changed": changed, "matched": matched, "threshold": threshold })
            }
        };
        for (name, value) in found.as_object().unwrap() {
            assert_eq!(&case[name], value, "{case}");
        }
    }
}

fn at(seconds: i64) -> UtcTime {
    UtcTime::from_seconds(seconds).unwrap()
}

fn grants(key: &ComputerKeyClaims) -> Vec<ModuleGrant> {
    let read = |text: &str| {
        let module: ModuleClaim = text.parse().unwrap();
        ModuleGrant {
            expires_at: module.ends.map(at),
            value: module.value,
            ..ModuleGrant::plain(&module.code)
        }
    };
    key.modules.split_ascii_whitespace().map(read).collect()
}

/// The verdict of the platform for what a machine holds.
fn judged(vectors: &Value, case: &Value) -> Value {
    let key: ComputerKeyClaims =
        claims(vectors, text(case, "computer_key"), TokenType::ComputerKey);
    let lease: LeaseClaims = claims(vectors, text(case, "lease"), TokenType::Lease);
    let mut terms = Terms {
        kind: key.knd,
        versions: key.ver,
        ..Terms::default()
    };
    if let Some(ladder) = lease.lad {
        (terms.grace, terms.expiry_strategy) = (ladder.grace, ladder.strategy);
    }
    let granted = grants(&key);
    let (fingerprint, components) = machine_of(&case["machine"]);
    let comparison = key.fp.compare(Identity {
        fingerprint: &fingerprint,
        components: &components,
    });
    let asked = &case["asks"];
    let modules: Vec<String> = asked["modules"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|module| module.as_str().unwrap().to_owned())
        .collect();
    let version = asked["version"].as_str().map(|number| VersionAsk {
        number: number.parse().unwrap(),
        released_at: asked["released_at"].as_i64().map(at),
    });
    let facts = Facts {
        machine: MachineFact::Known {
            state: MachineState::Active,
            comparison: &comparison,
        },
        asks: Asks {
            product: asked["product"].as_str(),
            version,
            user: Claimed::from(asked["user"].as_str()),
            site: Claimed::from(asked["site"].as_str()),
            modules: &modules,
            ..Asks::default()
        },
        contact: Contact::Lease {
            issued_at: at(lease.iat.max(case["seen"].as_i64().unwrap_or(0))),
            expires_at: at(lease.exp),
        },
        ..Facts::of(Lookup::Found(Grant {
            state: LicenseState::Active,
            product: &key.prd,
            terms: &terms,
            starts_at: at(key.nbf.unwrap_or(0)),
            expires_at: key.exp.map(at),
            maintenance_until: key.mnt.map(at),
            bound_user: key.usr.as_deref(),
            bound_site: key.site.as_deref(),
            machine_limit: None,
            machines_used: 0,
            modules: &granted,
        }))
    };
    let verdict = decide(&facts, at(case["now"].as_i64().unwrap()));
    json!({
        "valid": verdict.valid, "code": verdict.code, "access": verdict.access,
        "days_left": verdict.days_left,
    })
}

// R-SDK-01 R-LIC-07 R-LIC-08
#[test]
fn the_platform_decides_as_the_vectors_say() {
    let vectors = vectors();
    for case in list(&vectors, "verdicts") {
        assert_eq!(judged(&vectors, case), case["expected"], "{}", case["name"]);
    }
}

/// HKDF of RFC 5869 with SHA-256, for keys of one block.
fn derived(secret: &str, salt: &[u8], info: &str, length: usize) -> Vec<u8> {
    let keyed = |key: &[u8], message: &[u8]| {
        let key = PKey::hmac(key).unwrap();
        let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
        signer.sign_oneshot_to_vec(message).unwrap()
    };
    let drawn = keyed(salt, secret.as_bytes());
    let block = keyed(&drawn, &[info.as_bytes(), &[1]].concat());
    block[..length].to_vec()
}

/// What is in a sealed file, or why it cannot be opened.
fn unsealed(case: &Value) -> Result<String, &'static str> {
    let (secret, product) = (text(case, "machine_secret"), text(case, "product"));
    let salt = sha256(format!("alvara-store/1\n{product}").as_bytes());
    let head = [b"ALVS\x01".to_vec(), derived(secret, &salt, "kid", 8)].concat();
    let sealed = BASE64.decode(text(case, "sealed").as_bytes()).unwrap();
    if sealed.len() < head.len() + 28 || !sealed.starts_with(&head[..5]) {
        return Err("STORE_DAMAGED");
    }
    if !sealed.starts_with(&head) {
        return Err("STORE_COPIED");
    }
    let (nonce, rest) = sealed[head.len()..].split_at(12);
    let (body, tag) = rest.split_at(rest.len() - 16);
    let bound = format!(
        "{}\n{product}\n{}",
        text(case, "label"),
        text(case, "device")
    );
    let plain = decrypt_aead(
        Cipher::aes_256_gcm(),
        &derived(secret, &salt, "key", 32),
        Some(nonce),
        &[head.as_slice(), bound.as_bytes()].concat(),
        body,
        tag,
    );
    plain
        .map(|plain| String::from_utf8(plain).unwrap())
        .map_err(|_| "STORE_DAMAGED")
}

// R-SDK-01
#[test]
fn sealed_files_open_on_their_machine_alone() {
    for case in list(&vectors(), "stores") {
        let expected = match case["error"].as_str() {
            Some(error) => Err(error),
            None => Ok(text(case, "plain").to_owned()),
        };
        assert_eq!(unsealed(case), expected, "{}", case["name"]);
    }
}

// R-SDK-01 R-LIC-04
#[test]
fn parts_of_a_machine_are_hashed_under_their_product() {
    for case in list(&vectors()["fingerprints"], "hashed") {
        let key = sha256(format!("alvara-fingerprint/1\n{}", text(case, "product")).as_bytes());
        let words: Vec<&str> = text(case, "value").split_ascii_whitespace().collect();
        let value = words.join(" ").to_ascii_lowercase();
        let key = PKey::hmac(&key).unwrap();
        let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
        let message = format!("{}\n{value}", text(case, "name"));
        let hash = signer.sign_oneshot_to_vec(message.as_bytes()).unwrap();
        assert_eq!(
            data_encoding::BASE64URL_NOPAD.encode(&hash),
            text(case, "hash"),
            "{case}"
        );
        assert!(text(case, "hash").parse::<Fingerprint>().is_ok());
    }
}

// R-SDK-01 R-LIC-06
#[test]
fn receipts_are_proven_by_the_token_that_was_wiped() {
    for case in list(&vectors(), "receipts") {
        let receipt = Receipt::read(text(case, "text")).unwrap();
        assert_eq!(
            receipt.license.to_string(),
            text(&case["fields"], "license")
        );
        let mac = hmac(text(case, "token"), &receipt.signed_text());
        assert_eq!(HEXLOWER.encode(&receipt.mac_bytes().unwrap()), mac);
    }
}
