//! The revocation list: which licenses and machines of a product are no longer good, small enough
//! for a file or a QR code.
//!
//! It is a JWS whose payload is one line of JSON ([`Head`]), a line feed, and then the sorted
//! digests of what is listed, 8 bytes each, without anything between. So 200 entries fit a QR and
//! 10 000 fit 110 kB, and looking one up is a binary search in the text as it came.
//!
//! Digests and not ids: who holds a list learns how many are on it and can check an id it knows
//! already, no more. Eight bytes of SHA-256 put two ids on one digest once in 10^15 for a list of
//! 10 000.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::armour::{ArmourError, Armoured, Label};
use crate::certificate::{Compact, JwsError, TokenType};
use crate::id::{LicenseId, MachineId};
use crate::time::UtcTime;

/// Seconds that a list is good for: within them a newer one must have been fetched.
pub const LIFE_SECONDS: i64 = 7 * 86_400;
/// Seconds in a day; lists are dated by the day.
const DAY: i64 = 86_400;
/// Bytes of a digest.
const WIDTH: usize = 8;
/// Longest first line.
const HEAD_MAX: usize = 1024;

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A license, and with it every machine under it.
    License(LicenseId),
    /// One machine.
    Machine(MachineId),
}

impl Subject {
    /// Its place on a list: the first 8 bytes of SHA-256 over `alvara-revocation/1 ` and the id. Ids
    /// bear their kind, so a license and a machine never share a text.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let hash = Sha256::digest(format!("alvara-revocation/1 {self}").as_bytes());
        let mut digest = [0; WIDTH];
        digest.copy_from_slice(&hash[..WIDTH]);
        Digest(digest)
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::License(id) => id.fmt(f),
            Self::Machine(id) => id.fmt(f),
        }
    }
}

/// A place on a list. Text: 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; WIDTH]);

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl std::str::FromStr for Digest {
    type Err = RevocationError;

    fn from_str(text: &str) -> Result<Self, RevocationError> {
        let bytes = data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .map_err(|_| RevocationError::Digests)?;
        let digest = bytes.try_into().map_err(|_| RevocationError::Digests)?;
        Ok(Self(digest))
    }
}

/// The first line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Issuer URL of the tenant, as in its computer keys.
    pub iss: String,
    /// Code of the product.
    pub prd: String,
    /// Rises with every change; two lists of one number name the same.
    pub seq: i64,
    /// When this list was true, in seconds since 1970.
    pub iat: i64,
    /// When a newer one must have been fetched, in seconds since 1970.
    pub next_update: i64,
    /// How many are listed.
    pub n: usize,
}

/// Why a text is no revocation list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RevocationError {
    /// The block around it.
    #[error(transparent)]
    Armour(#[from] ArmourError),
    /// The JWS around it.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// The first line is not that of a list.
    #[error("the first line is not that of a revocation list")]
    Head,
    /// What follows the first line is not so many digests in rising order.
    #[error("the entries are cut, or not in order")]
    Digests,
}

/// A list is older than one that was seen before: somebody plays back an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("list {found} is older than list {held}, which was seen already")]
pub struct Older {
    /// The number that was seen already.
    pub held: i64,
    /// The number of this list.
    pub found: i64,
}

/// Whether a list may still be relied upon for what it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// A newer one need not exist.
    Current,
    /// A newer one must exist: fetch it. What this one names stays revoked.
    Overdue,
}

/// A revocation list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationList {
    head: Head,
    /// Sorted, without gaps: `WIDTH` bytes each.
    digests: Vec<u8>,
}

impl RevocationList {
    /// The list number `seq` as of `now`. It is dated by the day, or by its last change where that
    /// was later, so that whoever asks twice on one day gets the same text.
    #[must_use]
    pub fn new(
        (iss, prd): (&str, &str),
        (seq, changed_at): (i64, UtcTime),
        mut listed: Vec<Digest>,
        now: UtcTime,
    ) -> Self {
        listed.sort_unstable();
        listed.dedup();
        let iat = dated(changed_at, now);
        Self {
            head: Head {
                iss: iss.to_owned(),
                prd: prd.to_owned(),
                seq,
                iat,
                next_update: iat + LIFE_SECONDS,
                n: listed.len(),
            },
            digests: listed.iter().flat_map(|digest| digest.0).collect(),
        }
    }

    /// What is signed.
    ///
    /// # Errors
    /// [`RevocationError::Head`] when the first line cannot be written as JSON.
    pub fn payload(&self) -> Result<Vec<u8>, RevocationError> {
        let mut payload = serde_json::to_vec(&self.head).map_err(|_| RevocationError::Head)?;
        payload.push(b'\n');
        payload.extend_from_slice(&self.digests);
        Ok(payload)
    }

    /// Reads a list out of a JWS whose signature the caller has verified. Entries must rise, so one
    /// list has one text; work is bounded by the length that [`Compact::parse`] takes.
    ///
    /// # Errors
    /// A [`RevocationError`].
    pub fn read(compact: &Compact<'_>) -> Result<Self, RevocationError> {
        let payload = compact.payload(TokenType::RevocationList)?;
        let end = payload
            .iter()
            .take(HEAD_MAX)
            .position(|byte| *byte == b'\n')
            .ok_or(RevocationError::Head)?;
        let (line, digests) = (&payload[..end], &payload[end + 1..]);
        if line.first() != Some(&b'{') {
            return Err(RevocationError::Head);
        }
        let head: Head = serde_json::from_slice(line).map_err(|_| RevocationError::Head)?;
        let (entries, rest) = digests.as_chunks::<WIDTH>();
        if !rest.is_empty() || entries.len() != head.n || !entries.is_sorted_by(|a, b| a < b) {
            return Err(RevocationError::Digests);
        }
        Ok(Self {
            head,
            digests: digests.to_vec(),
        })
    }

    /// The first line.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Whether something is listed.
    #[must_use]
    pub fn contains(&self, subject: Subject) -> bool {
        let (entries, _) = self.digests.as_chunks::<WIDTH>();
        entries.binary_search(&subject.digest().0).is_ok()
    }

    /// Whether a program that saw list `held` may take this one: not an older one, or somebody could
    /// undo a revocation by handing over last year's list.
    ///
    /// # Errors
    /// [`Older`].
    pub fn accept(&self, held: Option<i64>) -> Result<(), Older> {
        match held {
            Some(held) if self.head.seq < held => Err(Older {
                held,
                found: self.head.seq,
            }),
            _ => Ok(()),
        }
    }

    /// Whether a newer list must exist by `now`.
    #[must_use]
    pub fn freshness(&self, now: UtcTime) -> Freshness {
        if now.seconds() < self.head.next_update {
            Freshness::Current
        } else {
            Freshness::Overdue
        }
    }
}

/// The date of a list that changed last at `changed_at`, asked for at `now`: the beginning of the
/// day, or that change where it was later.
#[must_use]
pub fn dated(changed_at: UtcTime, now: UtcTime) -> i64 {
    let today = now.seconds() - now.seconds().rem_euclid(DAY);
    today.max(changed_at.seconds())
}

/// The JWS of a list, from a file with its armour or from a QR without.
///
/// # Errors
/// [`RevocationError::Armour`] when it begins like a block and is none of a list.
pub fn unwrap_armour(text: &str) -> Result<String, RevocationError> {
    let text = text.trim_start_matches('\u{FEFF}').trim();
    if !text.starts_with('-') {
        return Ok(text.to_owned());
    }
    let body = Armoured::read_as(Label::RevocationList, text)?;
    String::from_utf8(body).map_err(|_| RevocationError::Jws(JwsError::Parts))
}
