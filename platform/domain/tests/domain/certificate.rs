use alvara_domain::certificate::{
    Compact, ComputerKeyClaims, FingerprintClaim, Header, Issue, JwsError, LadderClaim,
    LeaseClaims, TokenType, assemble, computer_key_claims, lease_claims, signing_input,
};
use alvara_domain::license::License;
use alvara_domain::machine::Machine;
use alvara_domain::module::ModuleGrant;
use alvara_domain::product::Algorithm;
use alvara_domain::terms::{ExpiryStrategy, GraceLadder, LicenseKind, Terms};
use alvara_domain::time::Period;
use data_encoding::BASE64URL_NOPAD;
use proptest::prelude::*;

use crate::samples::{at, components, id, license, machine, product};

const NOW: &str = "2026-09-22T08:00:00Z";
const KID: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

fn header(typ: TokenType) -> Header {
    Header {
        alg: Algorithm::Rs256,
        kid: KID.to_owned(),
        typ,
    }
}

fn subscription(modules: usize) -> License {
    let terms = Terms {
        kind: LicenseKind::Subscription,
        duration: Some(Period::years(1)),
        machine_limit: Some(5),
        modules: (0..modules)
            .map(|index| format!("MODULE0{index}").into())
            .collect(),
        ..Terms::hybrid()
    };
    let sold = license(terms, at("2026-09-20T00:00:00Z"));
    sold.first_activation(at(NOW), &alvara_domain::time::ZoneName::utc())
        .unwrap()
        .unwrap()
}

fn claims(license: &License, machine: &Machine) -> ComputerKeyClaims {
    let issue = Issue {
        issuer: "https://license.acme-soft.com/",
        module_bits: 255,
        seq: 12,
    };
    assert_eq!(issue.issuer.len(), 30);
    computer_key_claims(license, &product(), machine, issue, at(NOW))
}

fn written(claims: &ComputerKeyClaims, signature_bytes: usize) -> String {
    assemble(
        signing_input(&header(TokenType::ComputerKey), claims).unwrap(),
        &vec![0xA5; signature_bytes],
    )
}

// R-LIC-05
#[test]
fn a_computer_key_says_what_the_contract_says() {
    let json = serde_json::to_value(claims(&subscription(2), &machine())).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "iss": "https://license.acme-soft.com/",
            "sub": id::<alvara_domain::id::LicenseId>(3).to_string(),
            "jti": json["jti"],
            "iat": 1_790_064_000,
            "exp": 1_821_600_000,
            "seq": 12,
            "prd": "ACMECADX",
            "knd": "subscription",
            "mod": "MODULE00 MODULE01",
            "m32": 255,
            "fp": json["fp"],
            "seats": 5,
            "rv": 604_800,
            "gr": 2_592_000,
        })
    );
    assert_eq!(json["jti"].as_str().unwrap().len(), 8);
    assert_eq!(
        claims(&subscription(2), &machine())
            .modules(at(NOW))
            .map(|module| module.code)
            .collect::<Vec<_>>(),
        ["MODULE00", "MODULE01"]
    );
}

// R-LIC-02
#[test]
fn what_does_not_apply_is_left_out() {
    let permanent = license(
        Terms {
            machine_limit: None,
            ..Terms::default()
        },
        at(NOW),
    );
    let json = serde_json::to_value(claims(&permanent, &machine())).unwrap();
    for absent in ["nbf", "exp", "ver", "mod", "usr", "site", "seats", "mnt"] {
        assert!(json.get(absent).is_none(), "{absent}");
    }
    let mut bound = permanent;
    bound.bound_user = Some("ana@example.com".to_owned());
    bound.bound_site = Some("Recife".to_owned());
    bound.term.starts_at = at("2026-12-01T00:00:00Z");
    bound.term.maintenance_until = Some(at("2027-12-01T00:00:00Z"));
    bound.terms.versions = "1.0-2.9".parse().unwrap();
    let json = serde_json::to_value(claims(&bound, &machine())).unwrap();
    assert_eq!(json["usr"], "ana@example.com");
    assert_eq!(json["site"], "Recife");
    assert_eq!(json["nbf"], at("2026-12-01T00:00:00Z").seconds());
    assert_eq!(json["mnt"], at("2027-12-01T00:00:00Z").seconds());
    assert_eq!(json["ver"], "1.0-2.9");
}

// R-LIC-05: with 8 modules of 8 letters, an issuer of 30 characters and RSA-2048, a QR holds it
#[test]
fn a_computer_key_is_at_most_900_bytes() {
    let mut machine = machine();
    machine.fingerprint = "x".repeat(256).parse().unwrap();
    let text = written(&claims(&subscription(8), &machine), 256);
    assert!(text.len() <= 900, "{} bytes", text.len());
}

// R-LIC-04: two weighted components beside it, with module codes of 4 letters
#[test]
fn a_computer_key_with_components_is_at_most_900_bytes() {
    let mut license = subscription(8);
    license.modules = (0..8)
        .map(|index| ModuleGrant::plain(&format!("MOD{index}")))
        .collect();
    license.terms.fingerprint = serde_json::from_value(serde_json::json!({
        "components": [{"name": "board", "weight": 50}, {"name": "disk", "weight": 30}], "threshold": 50
    }))
    .unwrap();
    let mut machine = machine();
    machine.components = components(&[("board", "B-7731"), ("disk", "WD-99102")]);
    let claims = claims(&license, &machine);
    assert!(
        matches!(&claims.fp, FingerprintClaim::Weighted { components, threshold: 50 } if components.len() == 2)
    );
    let text = written(&claims, 256);
    assert!(text.len() <= 900, "{} bytes", text.len());
    let read: ComputerKeyClaims = Compact::parse(&text)
        .unwrap()
        .claims(TokenType::ComputerKey)
        .unwrap();
    assert_eq!(read, claims);
}

// R-LIC-05
#[test]
fn every_computer_key_differs() {
    let (license, product, machine) = (subscription(1), product(), machine());
    let mut other = machine.clone();
    other.id = id(99);
    let jti = |machine: &Machine, seq| {
        computer_key_claims(
            &license,
            &product,
            machine,
            Issue {
                issuer: "i",
                module_bits: 0,
                seq,
            },
            at(NOW),
        )
        .jti
    };
    assert_ne!(jti(&machine, 1), jti(&machine, 2));
    assert_ne!(jti(&machine, 1), jti(&other, 1));
}

// R-LIC-08 R-SDK-01
#[test]
fn a_lease_tells_what_happens_around_the_expiry() {
    let lad = |license: &License| {
        let claims = lease_claims(license, &machine(), None, at(NOW));
        serde_json::to_value(&claims).unwrap()["lad"].clone()
    };
    let mut license = subscription(0);
    assert_eq!(lad(&license), "14.0.0");
    license.terms.grace = GraceLadder {
        warn_days: 15,
        full_days: 7,
        read_only_days: 5,
    };
    assert_eq!(lad(&license), "15.7.5");
    license.terms.expiry_strategy = ExpiryStrategy::Maintain;
    assert_eq!(lad(&license), "15.7.5.maintain");
    // Where nothing expires, or nothing is said of it, there is nothing to tell.
    license.term.expires_at = None;
    assert_eq!(lad(&license), serde_json::Value::Null);
    license = subscription(0);
    license.terms.grace = GraceLadder::default();
    assert_eq!(lad(&license), serde_json::Value::Null);

    for text in ["0.0.0", "15.7.5", "0.3.0.allow", "4294967295.0.0.maintain"] {
        let claim: LadderClaim = text.parse().unwrap();
        assert_eq!(claim.to_string(), text);
    }
    for text in [
        "",
        "15",
        "15.7",
        "15.7.",
        "015.7.5",
        "15.7.5.",
        "15.7.5.restrict",
        "15.7.5.allow.1",
        "4294967296.0.0",
        "-1.0.0",
    ] {
        assert!(text.parse::<LadderClaim>().is_err(), "{text}");
    }
}

// R-LIC-08
#[test]
fn a_lease_ends_with_the_offline_window() {
    let claims = lease_claims(
        &subscription(0),
        &machine(),
        Some("n-1".to_owned()),
        at(NOW),
    );
    assert_eq!(claims.exp - claims.iat, 37 * 86_400);
    assert_eq!(claims.nxt - claims.iat, 7 * 86_400);
    assert_eq!((claims.seq, claims.nonce.as_deref()), (1, Some("n-1")));
    let json = serde_json::to_value(&claims).unwrap();
    assert_eq!(json["mac"], machine().id.to_string());
    let text = assemble(
        signing_input(&header(TokenType::Lease), &claims).unwrap(),
        &[1; 256],
    );
    let compact = Compact::parse(&text).unwrap();
    assert_eq!(
        compact.claims::<LeaseClaims>(TokenType::Lease).unwrap(),
        claims
    );
    let confused = compact.claims::<ComputerKeyClaims>(TokenType::ComputerKey);
    assert_eq!(
        confused.unwrap_err(),
        JwsError::Type {
            expected: TokenType::ComputerKey,
            found: TokenType::Lease
        }
    );
}

fn jws(header: &str, payload: &str) -> String {
    let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    format!("{}.{}.c2ln", part(header), part(payload))
}

// R-LIC-12: nothing in the header can talk a verifier into anything
#[test]
fn only_our_own_header_is_read() {
    let good = format!(r#"{{"alg":"RS256","kid":"{KID}","typ":"alvara-lease+jwt"}}"#);
    assert!(Compact::parse(&jws(&good, "{}")).is_ok());
    for bad in [
        good.replace("RS256", "none"),
        good.replace("RS256", "HS256"),
        good.replace("alvara-lease+jwt", "JWT"),
        good.replace('}', r#","crit":["exp"]}"#),
        good.replace('}', r#","jku":"https://evil.example"}"#),
        good.replace('}', r#","alg":"PS256"}"#),
        good.replace(KID, "short"),
        good.replace(&KID[..1], "é"),
        "{}".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
    ] {
        assert_eq!(
            Compact::parse(&jws(&bad, "{}")).unwrap_err(),
            JwsError::Header,
            "{bad}"
        );
    }
}

// R-LIC-12
#[test]
fn a_text_that_is_no_jws_is_refused() {
    let good = written(&claims(&subscription(1), &machine()), 256);
    let (head, signature) = good.rsplit_once('.').unwrap();
    for (bad, error) in [
        (String::new(), JwsError::Parts),
        ("a.b".to_owned(), JwsError::Parts),
        (format!("{good}.x"), JwsError::Base64 { part: "header" }),
        (format!("{head}."), JwsError::Parts),
        (
            format!("{head}.{signature}="),
            JwsError::Base64 { part: "signature" },
        ),
        (format!("{head}.{}", "A".repeat(701)), JwsError::TooLong),
        (format!("{good} "), JwsError::Base64 { part: "signature" }),
        ("a".repeat(300_000), JwsError::TooLong),
    ] {
        let found = Compact::parse(&bad).unwrap_err();
        assert!(
            found == error || (bad.ends_with(".x") && found == JwsError::Parts),
            "{found:?} for {bad:.60}"
        );
    }
    // The last character of an RSA-2048 signature has two stray bits; a second spelling of the
    // same signature would be a second text of the same key.
    let stray = format!(
        "{}{}",
        &good[..good.len() - 1],
        if good.ends_with('B') { 'C' } else { 'B' }
    );
    assert_eq!(
        Compact::parse(&stray).unwrap_err(),
        JwsError::Base64 { part: "signature" }
    );
}

proptest! {
    // R-LIC-12
    #[test]
    fn any_text_is_a_jws_or_an_error(text in any::<String>(), payload in any::<String>()) {
        let _ = Compact::parse(&text);
        let header = format!(r#"{{"alg":"EdDSA","kid":"{KID}","typ":"alvara-computer-key+jwt"}}"#);
        let text = jws(&header, &payload);
        let compact = Compact::parse(&text).unwrap();
        let _ = compact.claims::<ComputerKeyClaims>(TokenType::ComputerKey);
    }

    // R-LIC-12
    #[test]
    fn dotted_base64_is_a_jws_or_an_error(text in "[A-Za-z0-9_\\-]{0,300}\\.[A-Za-z0-9_\\-]{0,50}\\.[A-Za-z0-9_\\-]{0,50}") {
        let _ = Compact::parse(&text);
    }

    // R-LIC-12
    #[test]
    fn a_lease_survives_its_text(seq in any::<i64>(), exp in any::<i64>(), nonce in proptest::option::of(any::<String>())) {
        let mut claims = lease_claims(&subscription(0), &machine(), nonce, at(NOW));
        (claims.seq, claims.exp) = (seq, exp);
        let input = signing_input(&header(TokenType::Lease), &claims).unwrap();
        let text = assemble(input.clone(), b"signature");
        let compact = Compact::parse(&text).unwrap();
        prop_assert_eq!(compact.signing_input, &input);
        prop_assert_eq!(&compact.signature, b"signature");
        prop_assert_eq!(&compact.header, &header(TokenType::Lease));
        prop_assert_eq!(compact.claims::<LeaseClaims>(TokenType::Lease).unwrap(), claims);
    }
}

// R-LIC-04
#[test]
fn a_fingerprint_claim_is_one_short_text() {
    for good in [
        "Qk3vTz9a",
        "60,board:50:Qk3vTz9a,disk:30:x8Yb2LmN",
        "0,board:1:Qk3vTz9a",
    ] {
        assert_eq!(good.parse::<FingerprintClaim>().unwrap().to_string(), good);
    }
    for bad in [
        "",
        "Qk3vTz9",
        "Qk3vTz9!",
        "60,",
        "60,board:50",
        "60,board:50:short",
        "60,:50:Qk3vTz9a",
        "x,board:50:Qk3vTz9a",
        "60,board:-1:Qk3vTz9a",
    ] {
        assert!(bad.parse::<FingerprintClaim>().is_err(), "{bad}");
    }
}

// R-LIC-01: 8 modules, one of them with a value and one with an end, still fit the QR.
#[test]
fn a_computer_key_with_a_value_and_an_end_is_at_most_900_bytes() {
    let mut license = subscription(8);
    license.modules[0].value = Some("12".to_owned());
    license.modules[1].expires_at = Some(at("2027-01-01T00:00:00Z"));
    let claims = claims(&license, &machine());
    assert!(
        claims
            .modules
            .starts_with("MODULE00=12 MODULE01@1798761600 ")
    );
    let text = written(&claims, 256);
    assert!(text.len() <= 900, "{} bytes", text.len());
    let live = |now: &str| claims.modules(at(now)).count();
    assert_eq!((live(NOW), live("2027-01-01T00:00:00Z")), (8, 7));
}

// R-LIC-05: `jti` gives way where that lets the QR hold the key, and only there.
#[test]
fn a_computer_key_has_its_jti_unless_the_qr_needs_the_room() {
    let read = |license: &License| {
        let claims = claims(license, &machine());
        let text = written(&claims, 256);
        let again: ComputerKeyClaims = Compact::parse(&text)
            .unwrap()
            .claims(TokenType::ComputerKey)
            .unwrap();
        assert_eq!(again, claims);
        (claims.jti.is_some(), text.len() <= 900)
    };
    let mut license = subscription(8);
    assert_eq!(read(&license), (true, true));
    license.modules[0].value = Some("12".to_owned());
    assert_eq!(read(&license), (false, true));
    // Where it would not help, it stays.
    license.modules[1].value = Some("x".repeat(32));
    assert_eq!(read(&license), (true, false));
}
