use std::fmt;

use data_encoding::BASE32_NOPAD;
use openssl::hash::MessageDigest;
use openssl::memcmp;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use zeroize::Zeroizing;

use crate::{Secret, VaultError, random};

/// Length of a step, in seconds.
pub const STEP_SECONDS: i64 = 30;

/// The seed of a member's one-time codes (RFC 6238: SHA-1, six digits, 30 s), which every
/// authenticator app understands.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<Vec<u8>>);

impl TotpSecret {
    /// A fresh seed of 160 bits.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn generate() -> Result<Self, VaultError> {
        Ok(Self(Zeroizing::new(random::<20>()?.to_vec())))
    }

    /// Takes a seed back that was sealed as bytes.
    ///
    /// # Errors
    /// When it is shorter than RFC 4226 allows (128 bits).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        if bytes.len() < 16 || bytes.len() > 64 {
            return Err(VaultError::BadKey(
                "a one-time code seed has 16 to 64 bytes",
            ));
        }
        Ok(Self(Zeroizing::new(bytes.to_vec())))
    }

    /// The seed's bytes, for sealing.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The seed in base32, for a person to type into the app.
    #[must_use]
    pub fn base32(&self) -> Secret {
        Secret::new(BASE32_NOPAD.encode(&self.0))
    }

    /// `otpauth://totp/…` for a QR code. It contains the seed.
    #[must_use]
    pub fn otpauth_uri(&self, issuer: &str, account: &str) -> Secret {
        let issuer = escape(issuer);
        Secret::new(format!(
            "otpauth://totp/{issuer}:{}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP_SECONDS}",
            escape(account),
            BASE32_NOPAD.encode(&self.0),
        ))
    }

    /// Checks a code at `now` (seconds since 1970) and returns the step it belongs to, allowing
    /// one step of clock difference either way.
    ///
    /// A code counts only when its step is later than `last_step`, the step last accepted for this
    /// member: so a code seen over a shoulder cannot be used a second time. The caller stores the
    /// returned step in the same transaction that accepts the sign-in. Zero means none so far.
    ///
    /// # Errors
    /// Only when OpenSSL fails.
    pub fn verify(&self, code: &str, now: i64, last_step: i64) -> Result<Option<i64>, VaultError> {
        let code: Vec<u8> = code.bytes().filter(|byte| *byte != b' ').collect();
        if code.len() != 6 || !code.iter().all(u8::is_ascii_digit) {
            return Ok(None);
        }
        let current = now.div_euclid(STEP_SECONDS);
        let mut accepted = None;
        for step in current - 1..=current + 1 {
            let expected = format!("{:06}", self.value(step)? % 1_000_000);
            if memcmp::eq(expected.as_bytes(), &code) && step > last_step {
                accepted = Some(step);
            }
        }
        Ok(accepted)
    }

    /// The code an authenticator app shows at `now` (seconds since 1970).
    ///
    /// # Errors
    /// Only when OpenSSL fails.
    pub fn code_at(&self, now: i64) -> Result<String, VaultError> {
        Ok(format!(
            "{:06}",
            self.value(now.div_euclid(STEP_SECONDS))? % 1_000_000
        ))
    }

    // RFC 4226 §5.3: HMAC-SHA-1 of the counter, dynamically truncated to 31 bits.
    fn value(&self, step: i64) -> Result<u32, VaultError> {
        let key = PKey::hmac(&self.0)?;
        let mac =
            Signer::new(MessageDigest::sha1(), &key)?.sign_oneshot_to_vec(&step.to_be_bytes())?;
        let offset = usize::from(mac.last().copied().unwrap_or(0) & 0x0f);
        let window: [u8; 4] = mac
            .get(offset..offset + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(VaultError::BadKey("the digest is too short"))?;
        Ok(u32::from_be_bytes(window) & 0x7fff_ffff)
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::TotpSecret;

    #[test]
    fn rfc_6238_vectors() {
        // Appendix B, SHA-1; the table there has eight digits.
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        for (at, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(
                secret.value(at / 30).unwrap() % 100_000_000,
                code,
                "at {at}"
            );
        }
        assert_eq!(secret.code_at(59).unwrap(), "287082");
    }

    #[test]
    fn a_code_counts_once_and_one_step_around_now() {
        // R-TEN-07
        let secret = TotpSecret::generate().unwrap();
        let now = 1_800_000_000;
        let step = now / 30;
        let code = secret.code_at(now).unwrap();
        assert_eq!(secret.verify(&code, now, 0).unwrap(), Some(step));
        assert_eq!(secret.verify(&code, now + 30, 0).unwrap(), Some(step));
        assert_eq!(secret.verify(&code, now - 30, 0).unwrap(), Some(step));
        assert_eq!(secret.verify(&code, now, step).unwrap(), None, "replayed");
        assert_eq!(
            secret.verify(&code, now, step + 1).unwrap(),
            None,
            "older than the last"
        );
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        assert_eq!(secret.verify(&spaced, now, 0).unwrap(), Some(step));
        for bad in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            assert_eq!(secret.verify(bad, now, 0).unwrap(), None, "{bad}");
        }
    }

    #[test]
    fn a_code_two_steps_away_is_refused() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        let code = secret.code_at(1_111_111_111).unwrap();
        assert_eq!(secret.verify(&code, 1_111_111_111 + 60, 0).unwrap(), None);
        assert_eq!(secret.verify(&code, 1_111_111_111 - 61, 0).unwrap(), None);
    }

    #[test]
    fn the_uri_is_one_that_apps_read() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        assert_eq!(
            secret.otpauth_uri("Acme São", "ana@acme.test").expose(),
            "otpauth://totp/Acme%20S%C3%A3o:ana%40acme.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Acme%20S%C3%A3o&algorithm=SHA1&digits=6&period=30"
        );
        assert!(TotpSecret::from_bytes(b"short").is_err());
    }
}
