//! Amounts of money in the smallest unit of a currency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::UnknownText;

/// The active codes of ISO 4217, without precious metals and test codes.
const CODES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN \
BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD \
HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD \
MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON \
RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX \
USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG";

/// A currency of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Brazilian real.
    pub const BRL: Self = Self(*b"BRL");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");
    /// US dollar.
    pub const USD: Self = Self(*b"USD");

    /// The code of three capital letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The bytes come from CODES or a literal above, both ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals the smallest unit stands for: 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn decimals(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = UnknownText;

    fn from_str(text: &str) -> Result<Self, UnknownText> {
        let code: [u8; 3] = text
            .as_bytes()
            .try_into()
            .map_err(|_| UnknownText::new("Currency", text))?;
        if CODES.split(' ').any(|known| known.as_bytes() == code) {
            Ok(Self(code))
        } else {
            Err(UnknownText::new("Currency", text))
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}

/// Why two amounts have no sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Amounts of different currencies never mix silently.
    #[error("{left} and {right} cannot be added")]
    Currency {
        /// Currency of the first amount.
        left: Currency,
        /// Currency of the second.
        right: Currency,
    },
    /// The result does not fit 64 bits.
    #[error("the amount is too large")]
    Overflow,
}

/// An amount in the smallest unit (cents), never a fraction, never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Smallest units; 1990 is 19.90 in a currency of two decimals. May be negative (a refund).
    pub amount_minor: i64,
    /// Currency of the amount.
    pub currency: Currency,
}

impl Money {
    /// An amount.
    #[must_use]
    pub const fn new(amount_minor: i64, currency: Currency) -> Self {
        Self {
            amount_minor,
            currency,
        }
    }

    /// Sum of two amounts of one currency.
    ///
    /// # Errors
    /// Different currencies, or a sum beyond 64 bits.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Currency {
                left: self.currency,
                right: other.currency,
            });
        }
        let amount_minor = self
            .amount_minor
            .checked_add(other.amount_minor)
            .ok_or(MoneyError::Overflow)?;
        Ok(Self {
            amount_minor,
            ..self
        })
    }

    /// Difference of two amounts of one currency.
    ///
    /// # Errors
    /// Different currencies, or a difference beyond 64 bits.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        let negated = other
            .amount_minor
            .checked_neg()
            .ok_or(MoneyError::Overflow)?;
        self.checked_add(Self {
            amount_minor: negated,
            ..other
        })
    }

    /// The amount taken `times` times, as for many seats.
    ///
    /// # Errors
    /// A product beyond 64 bits.
    pub fn checked_times(self, times: u32) -> Result<Self, MoneyError> {
        let amount_minor = self
            .amount_minor
            .checked_mul(i64::from(times))
            .ok_or(MoneyError::Overflow)?;
        Ok(Self {
            amount_minor,
            ..self
        })
    }
}

/// A share in hundredths of a percent, 0 to 10 000: 1250 is 12.5 %.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct BasisPoints(i64);

/// A number is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a percentage is 0 to 100, with at most two decimals")]
pub struct BasisPointsError;

impl BasisPoints {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// Everything.
    pub const ALL: Self = Self(10_000);

    /// Hundredths of a percent.
    #[must_use]
    pub const fn count(self) -> i64 {
        self.0
    }

    /// The share as people write it: 12.5.
    #[must_use]
    pub fn percent(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// Reads what people write. More than two decimals are refused rather than rounded: nobody
    /// gets another discount than was asked for.
    ///
    /// # Errors
    /// [`BasisPointsError`].
    pub fn from_percent(percent: f64) -> Result<Self, BasisPointsError> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(BasisPointsError);
        }
        let hundredths = (percent * 100.0).round();
        if (percent * 100.0 - hundredths).abs() > 1e-6 {
            return Err(BasisPointsError);
        }
        // In 0 to 10 000 by the check above, so the cast keeps everything.
        Ok(Self(hundredths as i64))
    }

    /// This share of an amount, rounded half up to the smallest unit: half a cent is a cent, and
    /// half a cent of a negative amount is none.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] never in practice: a share is at most the whole.
    pub fn of(self, amount: Money) -> Result<Money, MoneyError> {
        let exact = i128::from(amount.amount_minor) * i128::from(self.0);
        let rounded = (exact + 5_000).div_euclid(10_000);
        Ok(Money {
            amount_minor: i64::try_from(rounded).map_err(|_| MoneyError::Overflow)?,
            ..amount
        })
    }
}

impl TryFrom<i64> for BasisPoints {
    type Error = BasisPointsError;

    fn try_from(count: i64) -> Result<Self, BasisPointsError> {
        if (0..=10_000).contains(&count) {
            Ok(Self(count))
        } else {
            Err(BasisPointsError)
        }
    }
}

impl From<BasisPoints> for i64 {
    fn from(share: BasisPoints) -> Self {
        share.0
    }
}
