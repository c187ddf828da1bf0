//! What is installed: computer keys and leases, as claims and as JWS compact text.
//!
//! Nothing is signed or verified here. [`signing_input`] gives the bytes to sign, [`Compact::parse`]
//! the bytes to verify; who holds keys does the rest.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::fingerprint::{Comparison, FingerprintRule, Identity, digest};
use crate::id::{LicenseId, MachineId, SeatId};
use crate::license::License;
use crate::machine::Machine;
use crate::module::ModuleClaim;
use crate::product::{Algorithm, Product, VersionRange};
use crate::seat::Seat;
use crate::terms::{Binding, LicenseKind};
use crate::time::UtcTime;

pub use ladder::{LadderClaim, LadderClaimError};

mod ladder;

crate::text_enum! {
    /// What a JWS is: its `typ`. A lease can never pass as a computer key.
    pub enum TokenType {
        /// Lets a program run on one machine.
        ComputerKey = "alvara-computer-key+jwt",
        /// Proves the last contact.
        Lease = "alvara-lease+jwt",
        /// Names licenses and machines that are no longer good.
        RevocationList = "alvara-revocation-list+jwt",
    }
}

/// The protected header. No other member is written, and none is accepted: no `crit`, no embedded
/// key, nothing a verifier could be talked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// How it is signed. A verifier takes the algorithm of the key it chose by `kid`, and refuses
    /// when this differs.
    pub alg: Algorithm,
    /// RFC 7638 thumbprint of the key: 43 characters.
    pub kid: String,
    /// What it is.
    pub typ: TokenType,
}

/// By what a computer key knows its machine.
///
/// Text: the digest of the fingerprint, or, where components count, the threshold and then name,
/// weight and digest of each, `60,board:50:Qk3vTz9a,disk:30:x8Yb2LmN`. Digests are the first 6
/// bytes of SHA-256, base64url: short enough for a QR, and no list of what is in the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FingerprintClaim {
    /// Digest of the fingerprint, which must agree exactly.
    Whole(String),
    /// Digests of components.
    Weighted {
        /// Weight and digest by name.
        components: BTreeMap<String, (u32, String)>,
        /// Least sum of weights that must agree.
        threshold: u32,
    },
}

/// A text is no fingerprint claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a digest, or a threshold and name:weight:digest of components, is expected")]
pub struct FingerprintClaimError;

impl fmt::Display for FingerprintClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(digest) => f.write_str(digest),
            Self::Weighted {
                components,
                threshold,
            } => {
                write!(f, "{threshold}")?;
                components
                    .iter()
                    .try_for_each(|(name, (weight, digest))| write!(f, ",{name}:{weight}:{digest}"))
            }
        }
    }
}

impl FromStr for FingerprintClaim {
    type Err = FingerprintClaimError;

    fn from_str(text: &str) -> Result<Self, FingerprintClaimError> {
        let Some((threshold, rest)) = text.split_once(',') else {
            return if is_digest(text) {
                Ok(Self::Whole(text.to_owned()))
            } else {
                Err(FingerprintClaimError)
            };
        };
        let component = |part: &str| {
            let (name, rest) = part.split_once(':')?;
            let (weight, digest) = rest.split_once(':')?;
            let component = (weight.parse().ok()?, digest.to_owned());
            (!name.is_empty() && is_digest(digest)).then(|| (name.to_owned(), component))
        };
        let components: Option<BTreeMap<_, _>> = rest.split(',').map(component).collect();
        Ok(Self::Weighted {
            components: components.ok_or(FingerprintClaimError)?,
            threshold: threshold.parse().map_err(|_| FingerprintClaimError)?,
        })
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == DIGEST.div_ceil(3) * 4 && BASE64URL_NOPAD.decode(text.as_bytes()).is_ok()
}

impl Serialize for FingerprintClaim {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FingerprintClaim {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}

/// Bytes of a digest in a claim.
const DIGEST: usize = 6;

impl FingerprintClaim {
    /// The claim for a machine. Components that the machine never named are left out and, counting
    /// as agreeing, lower the threshold by their weight.
    #[must_use]
    pub fn of(rule: &FingerprintRule, machine: Identity<'_>) -> Self {
        if !rule.decides_for(machine.components) {
            return Self::Whole(digest::<DIGEST>(machine.fingerprint.as_str()));
        }
        let mut threshold = rule.threshold;
        let mut components = BTreeMap::new();
        for counted in &rule.components {
            match machine.components.get(&counted.name) {
                Some(value) => {
                    components.insert(
                        counted.name.clone(),
                        (counted.weight, digest::<DIGEST>(value)),
                    );
                }
                None => threshold = threshold.saturating_sub(counted.weight),
            }
        }
        Self::Weighted {
            components,
            threshold,
        }
    }

    /// Whether a machine is the one this claim was made for.
    #[must_use]
    pub fn compare(&self, presented: Identity<'_>) -> Comparison {
        match self {
            Self::Whole(expected)
                if *expected == digest::<DIGEST>(presented.fingerprint.as_str()) =>
            {
                Comparison::Same
            }
            Self::Whole(_) => Comparison::Mismatch {
                changed: vec!["fingerprint".to_owned()],
                matched: 0,
                threshold: 1,
            },
            Self::Weighted {
                components,
                threshold,
            } => {
                let mut matched = 0u32;
                let mut changed = Vec::new();
                for (name, (weight, expected)) in components {
                    if presented
                        .components
                        .get(name)
                        .is_some_and(|value| digest::<DIGEST>(value) == *expected)
                    {
                        matched = matched.saturating_add(*weight);
                    } else {
                        changed.push(name.clone());
                    }
                }
                if matched < *threshold {
                    Comparison::Mismatch {
                        changed,
                        matched,
                        threshold: *threshold,
                    }
                } else if changed.is_empty() {
                    Comparison::Same
                } else {
                    Comparison::Drift { changed }
                }
            }
        }
    }
}

fn is_all(range: &VersionRange) -> bool {
    *range == VersionRange::ALL
}

/// What a computer key says. Names are short because a QR must hold the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComputerKeyClaims {
    /// Issuer URL of the tenant.
    pub iss: String,
    /// The license.
    pub sub: LicenseId,
    /// Differs for every computer key: a digest of machine and `seq`, 8 characters. Left out where
    /// only that lets a QR hold the key: `sub`, `fp` and `seq` say which one it is as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// From when it is good; left out when that is `iat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// When the license expires; left out when it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Rises with every computer key of the machine; a client refuses a lower one.
    pub seq: i64,
    /// Code of the product.
    pub prd: String,
    /// Versions it may run; left out when all.
    #[serde(default, skip_serializing_if = "is_all")]
    pub ver: VersionRange,
    /// Kind of license.
    pub knd: LicenseKind,
    /// The unlocked modules, separated by blanks as in OAuth's `scope`: two bytes a module less
    /// than a list, which decides whether a QR holds it. Each is a [`ModuleClaim`].
    #[serde(rename = "mod", default, skip_serializing_if = "String::is_empty")]
    pub modules: String,
    /// The unlocked modules at positions 0 to 31 as bits.
    #[serde(default)]
    pub m32: u32,
    /// The machine.
    pub fp: FingerprintClaim,
    /// Its user, when it is bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usr: Option<String>,
    /// Its site, when it is bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// How many machines, or floating seats, the license has; left out when there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<i64>,
    /// Maintenance end; left out when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mnt: Option<i64>,
    /// Seconds after which the program should check again.
    pub rv: u32,
    /// Seconds that it may still run when that check does not get through.
    pub gr: u32,
}

impl ComputerKeyClaims {
    /// The modules that it unlocks at `now`. What cannot be read unlocks nothing.
    pub fn modules(&self, now: UtcTime) -> impl Iterator<Item = ModuleClaim> + '_ {
        self.modules
            .split_ascii_whitespace()
            .filter_map(|text| text.parse::<ModuleClaim>().ok())
            .filter(move |module| module.is_live(now))
    }
}

/// What a lease says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseClaims {
    /// The license.
    pub sub: LicenseId,
    /// The machine.
    pub mac: MachineId,
    /// When the contact was.
    pub iat: i64,
    /// End of the offline window: beyond it the program stops.
    pub exp: i64,
    /// When the program should come again, at the earliest.
    pub nxt: i64,
    /// Number of the machine's newest computer key: a client that holds a lower one is out of date.
    pub seq: i64,
    /// What happens around the expiry; left out where the license just ends, or never does. It stands
    /// here and not in the computer key, which has no room for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lad: Option<LadderClaim>,
    /// The floating seat that the machine holds until `exp`; left out in a lease of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<SeatId>,
    /// What the program sent along, so that an old answer cannot be played back to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// Who issues a computer key, with what number, and what the modules' bits are.
#[derive(Debug, Clone, Copy)]
pub struct Issue<'a> {
    /// Issuer URL of the tenant.
    pub issuer: &'a str,
    /// Bits of the unlocked modules, from [`crate::product::module_bits`].
    pub module_bits: u32,
    /// The new key's number: one more than [`Machine::computer_key_seq`] was.
    pub seq: i64,
}

/// The most bytes of claims with which a computer key under RSA-2048 has at most 900: the header
/// takes 132 of them, the signature 342, the dots 2, and base64url makes four of every three.
const CLAIMS_MAX: usize = 318;

fn bytes(claims: &ComputerKeyClaims) -> usize {
    serde_json::to_vec(claims).map_or(usize::MAX, |json| json.len())
}

/// The claims of a new computer key.
#[must_use]
pub fn computer_key_claims(
    license: &License,
    product: &Product,
    machine: &Machine,
    issue: Issue<'_>,
    now: UtcTime,
) -> ComputerKeyClaims {
    let terms = &license.terms;
    let seats = match terms.binding {
        Binding::Floating => terms.seat_limit.map(i64::from),
        Binding::Device | Binding::User | Binding::Site => license.machine_limit,
    };
    let mut claims = ComputerKeyClaims {
        iss: issue.issuer.to_owned(),
        sub: license.id,
        jti: Some(digest::<DIGEST>(&format!("{}.{}", machine.id, issue.seq))),
        iat: now.seconds(),
        nbf: Some(license.term.starts_at.seconds()).filter(|start| *start > now.seconds()),
        exp: license.term.expires_at.map(UtcTime::seconds),
        seq: issue.seq,
        prd: product.code.clone(),
        ver: terms.versions,
        knd: license.kind,
        modules: unlocked(license, now),
        m32: issue.module_bits,
        fp: FingerprintClaim::of(&terms.fingerprint, machine.identity()),
        usr: license.bound_user.clone(),
        site: license.bound_site.clone(),
        seats,
        mnt: license.term.maintenance_until.map(UtcTime::seconds),
        rv: terms.revalidate_after_seconds,
        gr: terms.offline_grace_seconds,
    };
    if bytes(&claims) > CLAIMS_MAX {
        let jti = claims.jti.take();
        if bytes(&claims) > CLAIMS_MAX {
            claims.jti = jti;
        }
    }
    claims
}

fn unlocked(license: &License, now: UtcTime) -> String {
    let claims: Vec<String> = license
        .modules
        .iter()
        .filter(|module| module.is_live(now))
        .map(|module| ModuleClaim::from(module).to_string())
        .collect();
    claims.join(" ")
}

/// The claims of a lease for a contact at `now`. `machine` must already bear the number of its
/// newest computer key.
#[must_use]
pub fn lease_claims(
    license: &License,
    machine: &Machine,
    nonce: Option<String>,
    now: UtcTime,
) -> LeaseClaims {
    LeaseClaims {
        sub: license.id,
        mac: machine.id,
        iat: now.seconds(),
        exp: license.terms.lease_until(now).seconds(),
        nxt: license.terms.next_check_at(now).seconds(),
        seq: machine.computer_key_seq,
        lad: license
            .term
            .expires_at
            .and_then(|_| LadderClaim::of(&license.terms)),
        seat: None,
        nonce,
    }
}

/// The claims of a lease on a floating seat: it ends with the seat, and the program comes again
/// half-way there.
#[must_use]
pub fn seat_lease_claims(
    license: &License,
    machine: &Machine,
    seat: &Seat,
    nonce: Option<String>,
    now: UtcTime,
) -> LeaseClaims {
    LeaseClaims {
        exp: seat.lease_until.seconds(),
        nxt: Seat::next_keep_at(&license.terms, now).seconds(),
        seat: Some(seat.id),
        ..lease_claims(license, machine, nonce, now)
    }
}

/// Why a text is not one of our JWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum JwsError {
    /// Longer than any of ours.
    #[error("the text is too long")]
    TooLong,
    /// Not three parts separated by dots.
    #[error("three parts separated by dots are expected")]
    Parts,
    /// A part is not base64url without padding.
    #[error("the {part} is not base64url")]
    Base64 {
        /// Which part.
        part: &'static str,
    },
    /// The header is not one of ours.
    #[error("the header is not one that Alvará writes")]
    Header,
    /// It is something else.
    #[error("this is a {found}, not a {expected}")]
    Type {
        /// What was wanted.
        expected: TokenType,
        /// What it is.
        found: TokenType,
    },
    /// The claims are not those of its type.
    #[error("the claims are not those of its type")]
    Claims,
}

/// Longest JWS: a revocation list of 10 000 entries and some.
const TEXT_MAX: usize = 192 * 1024;
/// Longest header part.
const HEADER_MAX: usize = 256;
/// Longest signature part: RSA-4096 is 683 characters.
const SIGNATURE_MAX: usize = 700;

/// What is signed: header and claims, each base64url, with a dot between.
///
/// # Errors
/// [`JwsError::Claims`] when the claims cannot be written as JSON.
pub fn signing_input<C: Serialize>(header: &Header, claims: &C) -> Result<String, JwsError> {
    let claims = serde_json::to_vec(claims).map_err(|_| JwsError::Claims)?;
    signing_input_of(header, &claims)
}

/// The same for a payload that is not JSON alone.
///
/// # Errors
/// [`JwsError::Header`] when the header cannot be written as JSON.
pub fn signing_input_of(header: &Header, payload: &[u8]) -> Result<String, JwsError> {
    let header = serde_json::to_vec(header).map_err(|_| JwsError::Header)?;
    let mut text = BASE64URL_NOPAD.encode(&header);
    text.push('.');
    BASE64URL_NOPAD.encode_append(payload, &mut text);
    Ok(text)
}

/// The whole JWS from what was signed and the signature over it.
#[must_use]
pub fn assemble(mut signing_input: String, signature: &[u8]) -> String {
    signing_input.push('.');
    BASE64URL_NOPAD.encode_append(signature, &mut signing_input);
    signing_input
}

/// A JWS taken apart, its signature not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compact<'a> {
    /// What the signature is over.
    pub signing_input: &'a str,
    /// The protected header.
    pub header: Header,
    /// The signature.
    pub signature: Vec<u8>,
    payload: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// Takes a JWS apart. Strict: exactly three parts, base64url without padding or stray bits, a
    /// header of ours. Work and memory are bounded whatever the text is.
    ///
    /// # Errors
    /// A [`JwsError`].
    pub fn parse(text: &'a str) -> Result<Self, JwsError> {
        if text.len() > TEXT_MAX {
            return Err(JwsError::TooLong);
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or(JwsError::Parts)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwsError::Parts)?;
        if payload.contains('.') {
            return Err(JwsError::Parts);
        }
        if header.len() > HEADER_MAX || signature.len() > SIGNATURE_MAX {
            return Err(JwsError::TooLong);
        }
        let decode = |part, text: &str| {
            BASE64URL_NOPAD
                .decode(text.as_bytes())
                .map_err(|_| JwsError::Base64 { part })
        };
        let header: Header =
            serde_json::from_slice(&decode("header", header)?).map_err(|_| JwsError::Header)?;
        let is_thumbprint = header.kid.len() == 43
            && header
                .kid
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !is_thumbprint {
            return Err(JwsError::Header);
        }
        let signature = decode("signature", signature)?;
        if signature.is_empty() {
            return Err(JwsError::Parts);
        }
        Ok(Self {
            signing_input,
            header,
            signature,
            payload: decode("payload", payload)?,
        })
    }

    /// The claims, once the caller has verified the signature over [`Self::signing_input`].
    ///
    /// # Errors
    /// [`JwsError::Type`] when it is something else, [`JwsError::Claims`] when they do not fit.
    pub fn claims<C: DeserializeOwned>(&self, expected: TokenType) -> Result<C, JwsError> {
        serde_json::from_slice(self.payload(expected)?).map_err(|_| JwsError::Claims)
    }

    /// The bytes of the payload, for what is not JSON alone; the same care applies.
    ///
    /// # Errors
    /// [`JwsError::Type`] when it is something else.
    pub fn payload(&self, expected: TokenType) -> Result<&[u8], JwsError> {
        if self.header.typ == expected {
            Ok(&self.payload)
        } else {
            Err(JwsError::Type {
                expected,
                found: self.header.typ,
            })
        }
    }
}
