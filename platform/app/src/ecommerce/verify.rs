//! Whether an event is the shop's own.

use std::collections::{BTreeMap, BTreeSet};

use alvara_domain::ecommerce::{ShopAccount, ShopKind};
use alvara_domain::time::UtcTime;
use alvara_gateway::CertificateVerdict;
use alvara_vault::{Secret, mac_holds};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use super::account::open;
use crate::{AppResult, Platform};

/// How far apart our clock and the instant of a Stripe signature may be, in seconds.
const TOLERANCE: i64 = 300;
/// Where PayPal publishes its certificates.
const PAYPAL: [&str; 2] = ["api.paypal.com", "api.sandbox.paypal.com"];
/// Whose names those certificates bear.
const PAYPAL_DOMAIN: &str = "paypal.com";
/// The most signatures of Stripe's that are looked at: one for each secret while they are rotated.
/// Each costs a pass over the body, and anybody may send them.
const MOST_SIGNATURES: usize = 8;

/// Headers by their names in small letters.
pub type Headers = BTreeMap<String, String>;

/// What is thought of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Genuine,
    Forged,
    /// Nobody can say at the moment.
    Unknown,
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Self::Genuine } else { Self::Forged }
    }
}

pub(super) async fn verify(
    platform: &Platform,
    account: &ShopAccount,
    headers: &Headers,
    body: &[u8],
) -> AppResult<Verdict> {
    let now = platform.db().clock().now();
    if account.kind == ShopKind::Paypal {
        return paypal(platform, account, headers, body).await;
    }
    let Some(secret) = open(platform.vault(), account)? else {
        return Ok(Verdict::Forged);
    };
    match account.kind {
        ShopKind::Stripe => stripe(&secret, headers, body, now),
        _ => fastspring(&secret, headers, body),
    }
}

/// `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=…]`: any `v1` may hold, as while a secret is rotated.
fn stripe(secret: &Secret, headers: &Headers, body: &[u8], now: UtcTime) -> AppResult<Verdict> {
    let Some(header) = headers.get("stripe-signature") else {
        return Ok(Verdict::Forged);
    };
    let parts: Vec<(&str, &str)> = header
        .split(',')
        .filter_map(|part| part.trim().split_once('='))
        .collect();
    let Some((_, at)) = parts.iter().find(|(name, _)| *name == "t") else {
        return Ok(Verdict::Forged);
    };
    let is_near = at
        .parse::<i64>()
        .is_ok_and(|seconds| now.seconds().abs_diff(seconds) <= TOLERANCE.unsigned_abs());
    if !is_near {
        return Ok(Verdict::Forged);
    }
    let message = [at.as_bytes(), b".", body].concat();
    let claims = parts.iter().filter(|(name, _)| *name == "v1");
    for (_, hex) in claims.take(MOST_SIGNATURES) {
        if let Ok(claimed) = HEXLOWER_PERMISSIVE.decode(hex.as_bytes())
            && mac_holds(secret, &message, &claimed)?
        {
            return Ok(Verdict::Genuine);
        }
    }
    Ok(Verdict::Forged)
}

/// `X-FS-Signature`: base64 of the HMAC-SHA256 of the body.
fn fastspring(secret: &Secret, headers: &Headers, body: &[u8]) -> AppResult<Verdict> {
    let claimed = headers
        .get("x-fs-signature")
        .and_then(|text| BASE64.decode(text.trim().as_bytes()).ok());
    let Some(claimed) = claimed else {
        return Ok(Verdict::Forged);
    };
    Ok(mac_holds(secret, body, &claimed)?.into())
}

/// The transmission's signature: RSA-SHA256 of `<id>|<time>|<webhook id>|<CRC-32 of the body>` by the
/// certificate that a header names, which must lie on PayPal's own hosts and be of a name of PayPal's.
async fn paypal(
    platform: &Platform,
    account: &ShopAccount,
    headers: &Headers,
    body: &[u8],
) -> AppResult<Verdict> {
    let header = |name: &str| headers.get(name).map_or("", String::as_str);
    let (id, time) = (
        header("paypal-transmission-id"),
        header("paypal-transmission-time"),
    );
    let signature = BASE64.decode(header("paypal-transmission-sig").as_bytes());
    let algorithm = header("paypal-auth-algo");
    let (Ok(signature), false, "SHA256withRSA") = (signature, id.is_empty(), algorithm) else {
        return Ok(Verdict::Forged);
    };
    let hosts: BTreeSet<String> = if account.certificate_host.is_empty() {
        PAYPAL.map(str::to_owned).into()
    } else {
        BTreeSet::from([account.certificate_host.clone()])
    };
    let message = format!("{id}|{time}|{}|{}", account.webhook_id, crc32(body));
    let verdict = platform
        .gateway()?
        .certificate_holds(
            (header("paypal-cert-url"), &hosts, PAYPAL_DOMAIN),
            message.as_bytes(),
            &signature,
        )
        .await;
    Ok(match verdict {
        CertificateVerdict::Holds => Verdict::Genuine,
        CertificateVerdict::Forged => Verdict::Forged,
        CertificateVerdict::Unavailable => Verdict::Unknown,
    })
}

/// CRC-32 as in zip and Ethernet (ISO 3309), bit by bit: bodies are small.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let mask = 0_u32.wrapping_sub(crc & 1);
            crc = (crc >> 1) ^ (0xedb8_8320 & mask);
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use alvara_vault::mac;
    use data_encoding::HEXLOWER;

    use super::*;

    fn headers(name: &str, value: &str) -> Headers {
        Headers::from([(name.to_owned(), value.to_owned())])
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    // R-PAY-10: the check value of the catalogue of CRCs.
    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    // R-PAY-10: computed with Python's hmac module.
    #[test]
    fn fastspring_signs_the_body() {
        let body = br#"{"events":[]}"#;
        let right = headers(
            "x-fs-signature",
            "Cv3DXOvOxZK0ZozGY2G0Bi5+pu9v+hxYR+g+mtoXCWs=",
        );
        let looks = |secret: &Secret, headers: &Headers, body: &[u8]| {
            fastspring(secret, headers, body).unwrap()
        };
        assert_eq!(looks(&secret("fs_secret"), &right, body), Verdict::Genuine);
        assert_eq!(looks(&secret("fs_secrets"), &right, body), Verdict::Forged);
        assert_eq!(looks(&secret("fs_secret"), &right, b"{}"), Verdict::Forged);
        assert_eq!(
            looks(&secret("fs_secret"), &Headers::new(), body),
            Verdict::Forged
        );
    }

    // R-PAY-10
    #[test]
    fn stripe_signs_the_instant_and_the_body() {
        let (key, body) = (secret("whsec_test"), b"{}");
        let now: UtcTime = "2027-01-15T12:00:00Z".parse().unwrap();
        let signed = |at: i64| {
            let tag = mac(&key, format!("{at}.{{}}").as_bytes()).unwrap();
            HEXLOWER.encode(&tag)
        };
        let looks =
            |header: &str| stripe(&key, &headers("stripe-signature", header), body, now).unwrap();
        let at = now.seconds();
        let good = signed(at);
        assert_eq!(looks(&format!("t={at},v1={good}")), Verdict::Genuine);
        let rotated = format!("t={at},v1={},v1={good},v0=x", "0".repeat(64));
        assert_eq!(looks(&rotated), Verdict::Genuine);
        let behind = |wrong: usize| {
            let wrong = format!("v1={},", "0".repeat(64)).repeat(wrong);
            format!("t={at},{wrong}v1={good}")
        };
        assert_eq!(looks(&behind(MOST_SIGNATURES - 1)), Verdict::Genuine);
        assert_eq!(looks(&behind(MOST_SIGNATURES)), Verdict::Forged);
        for (seconds, verdict) in [
            (-300, Verdict::Genuine),
            (300, Verdict::Genuine),
            (301, Verdict::Forged),
            (-301, Verdict::Forged),
        ] {
            let then = at + seconds;
            let header = format!("t={then},v1={}", signed(then));
            assert_eq!(looks(&header), verdict, "{seconds}");
        }
        let wrong = [
            String::new(),
            format!("v1={good}"),
            format!("t={at}"),
            format!("t={at},v0={good}"),
            format!("t={},v1={good}", at + 1),
            format!("t={at},v1=zz"),
        ];
        for header in wrong {
            assert_eq!(looks(&header), Verdict::Forged, "{header}");
        }
    }
}
