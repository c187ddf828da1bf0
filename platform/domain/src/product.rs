//! What is sold: products, their versions and modules, policies, plans, offers and releases.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{ModuleId, PlanId, PolicyId, ProductId, ReleaseId, TenantId, VersionId};
use crate::key::KeyPrefix;
use crate::money::Money;
use crate::terms::Terms;
use crate::time::{Period, UtcTime};

crate::text_enum! {
    /// How a product's computer keys and leases are signed; RFC 7518 and RFC 8037 names.
    pub enum Algorithm {
        /// RSA PKCS #1 v1.5 with SHA-256; what every JOSE library and old OpenSSL verify.
        Rs256 = "RS256",
        /// RSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// Ed25519.
        EdDsa = "EdDSA",
    }
}

impl Algorithm {
    /// Whether keys of so many bits exist for this algorithm: RSA 2048, 3072 or 4096; Ed25519 256.
    #[must_use]
    pub const fn takes_bits(self, bits: i64) -> bool {
        match self {
            Self::Rs256 | Self::Ps256 => matches!(bits, 2048 | 3072 | 4096),
            Self::EdDsa => bits == 256,
        }
    }
}

crate::text_enum! {
    /// Whether a product is on sale.
    pub enum ProductState {
        /// Licenses may be issued.
        Active = "active",
        /// Nothing new is issued; what is out keeps working.
        Retired = "retired",
    }
}

impl ProductState {
    /// Whether the state may change so.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Active, Self::Retired) | (Self::Retired, Self::Active)
        )
    }
}

crate::text_enum! {
    /// Life of a signing key. A client never meets an unknown `kid`: a key is published while
    /// `next`, signs while `active`, and stays published while `retiring`.
    pub enum SigningKeyState {
        /// Published, not yet signing.
        Next = "next",
        /// Signing.
        Active = "active",
        /// No longer signing, still published.
        Retiring = "retiring",
        /// Out of use.
        Retired = "retired",
    }
}

impl SigningKeyState {
    /// Whether the state may change so. A leaked key may be retired at once from any state.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Next, Self::Active | Self::Retired)
                | (Self::Active, Self::Retiring | Self::Retired)
                | (Self::Retiring, Self::Retired)
        )
    }

    /// Whether programs must find the key in the key set.
    #[must_use]
    pub const fn is_published(self) -> bool {
        !matches!(self, Self::Retired)
    }
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `products`, named for what they hold"
)]
pub struct Product {
    pub tenant_id: TenantId,
    pub id: ProductId,
    /// Short name for programs, unique in the tenant; `prd` in computer keys.
    pub code: String,
    pub name: String,
    pub key_prefix: KeyPrefix,
    pub algorithm: Algorithm,
    pub key_bits: i64,
    pub state: ProductState,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

/// A version of a product that licenses may be entitled to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `product_versions`, named for what they hold"
)]
pub struct ProductVersion {
    pub tenant_id: TenantId,
    pub product_id: ProductId,
    pub id: VersionId,
    pub major: i64,
    pub minor: i64,
    pub name: String,
    /// Compared with the maintenance end of a license.
    pub released_at: UtcTime,
    pub created_at: UtcTime,
}

/// A sold capability of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `modules`, named for what they hold"
)]
pub struct Module {
    pub tenant_id: TenantId,
    pub product_id: ProductId,
    pub id: ModuleId,
    pub code: String,
    pub name: String,
    /// 0 to 63; the first 32 are bits of `m32`.
    pub position: i64,
    pub price: Money,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

/// Most modules of a product.
pub const MODULES_MAX: i64 = 64;

/// The bits of the first 32 modules as QLM's four feature sets of eight bits: bit n is position n.
#[must_use]
pub fn module_bits<'a>(modules: impl IntoIterator<Item = &'a Module>) -> u32 {
    modules
        .into_iter()
        .filter_map(|module| u32::try_from(module.position).ok())
        .filter_map(|position| 1u32.checked_shl(position))
        .fold(0, |bits, bit| bits | bit)
}

crate::text_enum! {
    /// Whether a tenant may sell a product.
    pub enum OfferState {
        /// Yes.
        Active = "active",
        /// No longer; what is sold keeps working.
        Withdrawn = "withdrawn",
    }
}

impl OfferState {
    /// Whether the state may change so.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Active, Self::Withdrawn) | (Self::Withdrawn, Self::Active)
        )
    }
}

/// A product that a tenant sells: its own, or one that the operator offers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `offers`, named for what they hold"
)]
pub struct Offer {
    /// Who sells.
    pub tenant_id: TenantId,
    pub product_id: ProductId,
    /// Who owns the product.
    pub owner_tenant_id: TenantId,
    pub state: OfferState,
    /// What the seller pays the owner for each license.
    pub wholesale: Money,
    /// How many licenses may be issued in all; `None` is no limit.
    pub license_limit: Option<i64>,
    pub licenses_issued: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

/// The terms that licenses are born with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `policies`, named for what they hold"
)]
pub struct Policy {
    pub tenant_id: TenantId,
    pub id: PolicyId,
    pub product_id: ProductId,
    pub code: String,
    pub name: String,
    /// Changing them changes no license that is already issued.
    pub terms: Terms,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

/// A policy at a price and period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `plans`, named for what they hold"
)]
pub struct Plan {
    pub tenant_id: TenantId,
    pub id: PlanId,
    pub policy_id: PolicyId,
    pub code: String,
    pub name: String,
    pub price: Money,
    /// What one payment adds.
    pub period: Period,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

/// A published build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `releases`, named for what they hold"
)]
pub struct Release {
    pub tenant_id: TenantId,
    pub product_id: ProductId,
    pub id: ReleaseId,
    /// `stable`, `beta` …
    pub channel: String,
    /// `windows-x64`, `any` …
    pub platform: String,
    pub version: Version,
    pub url: String,
    pub notes: String,
    /// Whether programs must not run an older build.
    pub mandatory: bool,
    /// Of the file, lower-case hex.
    pub sha256: String,
    /// Base64 signature of the file by the product's key; may be empty.
    pub signature: String,
    pub published_at: UtcTime,
}

/// Why a text is not a version or range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VersionError {
    /// Not `1`, `1.2` or `1.2.3`.
    #[error("a version like 2, 2.1 or 2.1.14 is expected")]
    Version,
    /// Not `*`, `1.0-2.9`, `1.0-` or `-2.9`, or the wrong way round.
    #[error("a range like 1.0-2.9, 1.0-, -2.9 or * is expected")]
    Range,
}

/// The number of a version: major, minor, patch, and for builds a pre-release tag.
///
/// A pre-release comes before its release; tags compare as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    /// First number.
    pub major: u32,
    /// Second number; 0 when left out.
    pub minor: u32,
    /// Third number; 0 when left out.
    pub patch: u32,
    /// What follows a hyphen, `rc1` in `2.0.0-rc1`; empty for a release.
    pub tag: String,
}

impl Version {
    /// A release.
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self {
            major,
            minor,
            patch,
            tag: String::new(),
        }
    }

    /// A text whose order is the order of versions, for databases that only compare text.
    #[must_use]
    pub fn sort_key(&self) -> String {
        // `~` sorts after every letter and digit, so a release comes after its pre-releases.
        let tag = if self.tag.is_empty() { "~" } else { &self.tag };
        format!(
            "{:010}.{:010}.{:010}.{tag}",
            self.major, self.minor, self.patch
        )
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| {
            (
                version.major,
                version.minor,
                version.patch,
                version.tag.is_empty(),
            )
        };
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| self.tag.cmp(&other.tag))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let (numbers, tag) = match text.split_once('-') {
            Some((_, "")) => return Err(VersionError::Version),
            Some(parts) => parts,
            None => (text, ""),
        };
        let tag_fits = tag.len() <= 24
            && tag
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        if !tag_fits {
            return Err(VersionError::Version);
        }
        let mut parts = numbers.split('.');
        let mut number = |needed: Need| match (parts.next(), needed) {
            (Some(digits), _) => {
                let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                if plain {
                    digits.parse::<u32>().map_err(|_| VersionError::Version)
                } else {
                    Err(VersionError::Version)
                }
            }
            (None, Need::Optional) => Ok(0),
            (None, Need::Required) => Err(VersionError::Version),
        };
        let version = Self {
            major: number(Need::Required)?,
            minor: number(Need::Optional)?,
            patch: number(Need::Optional)?,
            tag: tag.to_owned(),
        };
        if parts.next().is_some() {
            Err(VersionError::Version)
        } else {
            Ok(version)
        }
    }
}

enum Need {
    Required,
    Optional,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if self.tag.is_empty() {
            Ok(())
        } else {
            write!(f, "-{}", self.tag)
        }
    }
}

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}

/// Which versions a license may run: from and to by major and minor number, both included.
///
/// Text: `*` for all, `1.0-2.9`, `1.0-` or `-2.9`. Patches and pre-releases do not matter: who may
/// run 2.9 may run 2.9.14.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct VersionRange {
    /// First major and minor; `None` is the very first.
    pub from: Option<(u32, u32)>,
    /// Last major and minor; `None` is every later one.
    pub to: Option<(u32, u32)>,
}

impl VersionRange {
    /// Every version.
    pub const ALL: Self = Self {
        from: None,
        to: None,
    };

    /// Whether a version lies in the range.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        let number = (version.major, version.minor);
        self.from.is_none_or(|from| number >= from) && self.to.is_none_or(|to| number <= to)
    }
}

impl FromStr for VersionRange {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        if text == "*" {
            return Ok(Self::ALL);
        }
        let end = |part: &str| match part {
            "" => Ok(None),
            _ => match part.parse::<Version>() {
                Ok(Version {
                    major, minor, tag, ..
                }) if tag.is_empty() => Ok(Some((major, minor))),
                _ => Err(VersionError::Range),
            },
        };
        let (from, to) = text.split_once('-').ok_or(VersionError::Range)?;
        let range = Self {
            from: end(from)?,
            to: end(to)?,
        };
        match range {
            Self {
                from: None,
                to: None,
            } => Err(VersionError::Range),
            Self {
                from: Some(from),
                to: Some(to),
            } if from > to => Err(VersionError::Range),
            _ => Ok(range),
        }
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("*");
        }
        if let Some((major, minor)) = self.from {
            write!(f, "{major}.{minor}")?;
        }
        f.write_str("-")?;
        match self.to {
            Some((major, minor)) => write!(f, "{major}.{minor}"),
            None => Ok(()),
        }
    }
}

impl Serialize for VersionRange {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VersionRange {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}
