//! What a machine without network and the platform hand each other: request, response, receipt.
//!
//! Each is compact JSON inside an [`armour`](crate::armour) block, so that it survives a mail, a
//! stick and a QR code. Reading is strict and its work bounded: a field that is not known, a
//! version that is not ours and a block of another kind are told apart. How a receipt is proven is
//! written down here ([`Receipt::signed_text`]); the keyed hash over it is computed by whoever holds
//! the machine token.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::armour::{ArmourError, Armoured, Label};
use crate::id::{LicenseId, MachineId};
use crate::time::UtcTime;

/// The version of the three formats.
pub const VERSION: u32 = 1;

/// Longest document inside a block, in bytes: a machine with 32 components of full length.
const BODY_MAX: usize = 48 * 1024;

/// Why a text is none of the three.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OfflineError {
    /// The block around it.
    #[error(transparent)]
    Armour(#[from] ArmourError),
    /// What is inside is longer than any of the three.
    #[error("the block holds more than any machine has to say")]
    TooLong,
    /// What is inside is no JSON object with a version.
    #[error("the block does not hold a document of Alvará")]
    NotADocument,
    /// A version that came later, or never existed.
    #[error("version {found} of the format is not known; this is version {VERSION}")]
    Version {
        /// The version that it says.
        found: u64,
    },
    /// The version is ours and a field is not as it must be.
    #[error("{0}")]
    Fields(String),
}

/// What ties an answer to its question: 16 to 64 letters, digits, `-` and `_`, drawn at random by
/// the program. Not longer, because it is signed along and a QR must hold the whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Nonce(String);

/// A text is no nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a nonce is 16 to 64 letters, digits, hyphens and underscores")]
pub struct NonceError;

impl Nonce {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Nonce {
    type Err = NonceError;

    fn from_str(text: &str) -> Result<Self, NonceError> {
        let fits = (16..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        fits.then(|| Self(text.to_owned())).ok_or(NonceError)
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Nonce {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}

/// A machine asks to be activated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// [`VERSION`].
    pub v: u32,
    /// The activation key, as somebody typed it.
    pub key: String,
    /// The machine.
    pub machine: AskingMachine,
    /// Who uses it; needed where the license is bound to a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Comes back in the response and, signed, in the lease.
    pub nonce: Nonce,
}

/// The machine as a request describes it: the same fields, with the same limits, as online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the fields are those of an activation over the network"
)]
pub struct AskingMachine {
    pub fingerprint: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub components: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
}

/// What the machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// [`VERSION`].
    pub v: u32,
    /// That of the request. Believe the one in the lease, which is signed.
    pub nonce: Nonce,
    /// By which the machine is known from now on.
    pub machine: ActivatedMachine,
    /// What is installed.
    pub computer_key: String,
    /// Proof of this exchange: how long the program may run without another.
    pub lease: String,
}

/// The machine, and the secret by which it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivatedMachine {
    /// Its id.
    pub id: MachineId,
    /// Its token: for calls, should it ever have a network, and for its deactivation receipt.
    pub token: String,
}

/// Proof that a program wiped what it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`VERSION`].
    pub v: u32,
    /// Issuer URL of the tenant, as in the computer key: where the receipt is to be taken.
    pub iss: String,
    /// The license it ran under.
    pub license: LicenseId,
    /// The machine.
    pub machine: MachineId,
    /// Number of the computer key that was wiped.
    pub seq: i64,
    /// Drawn for this receipt.
    pub nonce: Nonce,
    /// When the store was wiped, by the machine's clock: RFC 3339 in UTC. Kept as it was written,
    /// since the proof is over the very text.
    pub wiped_at: String,
    /// HMAC-SHA256 of [`Receipt::signed_text`] under the machine token, 64 hexadecimal digits.
    pub mac: String,
}

impl Receipt {
    /// What the proof is over. The first line keeps it apart from anything else that may ever be
    /// computed with a machine token; no field can hold a line feed, so one text has one reading.
    #[must_use]
    pub fn signed_text(&self) -> String {
        format!(
            "alvara-deactivation-receipt/{}\n{}\n{}\n{}\n{}\n{}\n{}\n",
            self.v, self.iss, self.license, self.machine, self.seq, self.nonce, self.wiped_at
        )
    }

    /// When the store was wiped.
    #[must_use]
    pub fn wiped_at(&self) -> Option<UtcTime> {
        self.wiped_at.parse().ok()
    }

    /// The bytes of the proof.
    #[must_use]
    pub fn mac_bytes(&self) -> Option<Vec<u8>> {
        let digits = self.mac.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        data_encoding::HEXLOWER.decode(digits).ok()
    }
}

/// A document that travels in a block of its own.
pub trait Document: Serialize + DeserializeOwned {
    /// The label of its block.
    const LABEL: Label;

    /// Whether fields fit together that each fit alone.
    ///
    /// # Errors
    /// One sentence that names the field.
    fn check(&self) -> Result<(), String>;

    /// The document in its block.
    ///
    /// # Errors
    /// [`OfflineError::NotADocument`] when it cannot be written as JSON, which no value of the
    /// three types is.
    fn write(&self) -> Result<String, OfflineError> {
        let body = serde_json::to_vec(self).map_err(|_| OfflineError::NotADocument)?;
        Ok(Armoured::new(Self::LABEL, body).write())
    }

    /// Reads the document out of its block.
    ///
    /// # Errors
    /// An [`OfflineError`].
    fn read(text: &str) -> Result<Self, OfflineError> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u64,
        }
        let body = Armoured::read_as(Self::LABEL, text)?;
        if body.len() > BODY_MAX {
            return Err(OfflineError::TooLong);
        }
        // serde would read a list as well, its items in the order of the fields.
        if body.first() != Some(&b'{') {
            return Err(OfflineError::NotADocument);
        }
        let Versioned { v } =
            serde_json::from_slice(&body).map_err(|_| OfflineError::NotADocument)?;
        if v != u64::from(VERSION) {
            return Err(OfflineError::Version { found: v });
        }
        let document: Self = serde_json::from_slice(&body)
            .map_err(|error| OfflineError::Fields(plain(&error.to_string())))?;
        document.check().map_err(OfflineError::Fields)?;
        Ok(document)
    }
}

/// What serde says, without the values it found: an activation key goes into no answer and no log.
fn plain(said: &str) -> String {
    let place = said.rfind(" at line ").unwrap_or(said.len());
    let (what, place) = said.split_at(place);
    let names_field = ["missing field", "unknown field", "duplicate field"]
        .iter()
        .any(|start| what.starts_with(start));
    let what = if names_field {
        what.split(", expected").next().unwrap_or(what)
    } else {
        "a field is not of the form it must have"
    };
    let short: String = what.chars().take(100).collect();
    format!("{short}{place}")
}

impl Document for Request {
    const LABEL: Label = Label::ActivationRequest;

    fn check(&self) -> Result<(), String> {
        let machine = &self.machine;
        for (field, text, most) in [
            ("key", Some(&self.key), 200),
            ("user", self.user.as_ref(), 254),
            ("machine.name", machine.name.as_ref(), 200),
            ("machine.platform", machine.platform.as_ref(), 60),
            ("machine.app_version", machine.app_version.as_ref(), 60),
            ("machine.site", machine.site.as_ref(), 100),
        ] {
            let Some(text) = text else { continue };
            if text.chars().nth(most).is_some() {
                return Err(format!("{field} is longer than {most} characters"));
            }
            if text.chars().any(char::is_control) {
                return Err(format!("{field} holds control characters"));
            }
        }
        Ok(())
    }
}

impl Document for Response {
    const LABEL: Label = Label::ActivationResponse;

    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

impl Document for Receipt {
    const LABEL: Label = Label::DeactivationReceipt;

    fn check(&self) -> Result<(), String> {
        if self.iss.len() > 300 || self.iss.chars().any(char::is_control) {
            return Err("iss is the issuer URL of the computer key".to_owned());
        }
        if self.seq < 1 {
            return Err("seq counts from 1".to_owned());
        }
        if self.wiped_at.len() > 40 || self.wiped_at().is_none() {
            return Err("wiped_at is an instant such as 2027-01-15T12:00:00Z".to_owned());
        }
        if self.mac_bytes().is_none() {
            return Err("mac is 64 hexadecimal digits in lower case".to_owned());
        }
        Ok(())
    }
}
