//! BR Codes: what a QR code of PIX holds, and what people copy and paste.
//!
//! By Bacen's "Manual do BR Code" and EMV QRCPS-MPM: objects of a two-digit id, a two-digit length
//! in characters and a value, ordered by id, closed by a CRC.

use std::collections::BTreeMap;
use std::fmt;

use alvara_plugin_sdk::{money, text};

const GUI: &str = "br.gov.bcb.pix";
/// `pixCopiaECola` is at most so long.
const LONGEST: usize = 512;

/// What a code says. Texts are as they stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BrCode {
    /// `11` payable many times, `12` once; may be missing.
    pub initiation: Option<String>,
    /// The receiver's key, in a static code.
    pub key: Option<String>,
    /// A note for the payer, in a static code.
    pub info: Option<String>,
    /// The agent of a withdrawal (Pix Saque).
    pub withdrawal_agent: Option<String>,
    /// Where the charge is described, without a scheme, in a dynamic code.
    pub url: Option<String>,
    /// The merchant's category, `0000` if none.
    pub category: String,
    /// In centavos. A dynamic code has its amount at the provider.
    pub amount: Option<i64>,
    /// At most 25 characters.
    pub name: String,
    /// At most 15 characters.
    pub city: String,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The static code's id; none is `***`.
    pub txid: Option<String>,
    /// Where the recurrence is described (Pix Automático), without a scheme.
    pub recurrence_url: Option<String>,
}

/// Why a text is no BR Code of PIX, or a code cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Longer than any code.
    TooLong,
    /// An object says it is longer than what is left, or its id or length is no number.
    Truncated,
    /// An object or a template occurs twice.
    Twice(String),
    /// Something follows the CRC.
    Trailing,
    /// The CRC is missing or wrong.
    Checksum,
    /// A field that must be there is not, or it does not fit.
    Field(&'static str),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "longer than {LONGEST} characters"),
            Self::Truncated => f.write_str("an object is cut off"),
            Self::Twice(id) => write!(f, "object {id} occurs twice"),
            Self::Trailing => f.write_str("something follows the checksum"),
            Self::Checksum => f.write_str("the checksum is wrong"),
            Self::Field(name) => write!(f, "field {name} is missing or does not fit"),
        }
    }
}

/// CRC-16/CCITT-FALSE: polynomial 0x1021, initial 0xFFFF, nothing reflected.
#[must_use]
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                crc << 1 ^ 0x1021
            }
        })
    })
}

type Objects = BTreeMap<String, String>;

fn objects(text: &str) -> Result<(Objects, usize), Refusal> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Objects::new();
    let mut at = 0;
    while at < letters.len() {
        let head = letters.get(at..at + 4).ok_or(Refusal::Truncated)?;
        if !head.iter().all(char::is_ascii_digit) {
            return Err(Refusal::Truncated);
        }
        let id: String = head[..2].iter().collect();
        let length = head[2..]
            .iter()
            .filter_map(|digit| digit.to_digit(10))
            .fold(0, |length, digit| length * 10 + digit as usize);
        let value = letters
            .get(at + 4..at + 4 + length)
            .ok_or(Refusal::Truncated)?;
        at += 4 + length;
        let is_end = id == "63";
        if found.insert(id.clone(), value.iter().collect()).is_some() {
            return Err(Refusal::Twice(id));
        }
        if is_end {
            break;
        }
    }
    Ok((found, at))
}

fn template(text: &str) -> Option<Objects> {
    let (found, _) = objects(text).ok()?;
    found
        .get("00")
        .is_some_and(|gui| gui.eq_ignore_ascii_case(GUI))
        .then_some(found)
}

/// The one template of PIX among objects of a range of ids.
fn pix_template(
    objects: &Objects,
    range: std::ops::RangeInclusive<&str>,
) -> Result<Option<Objects>, Refusal> {
    let mut found = None;
    for (id, value) in objects {
        if range.contains(&id.as_str())
            && let Some(template) = template(value)
            && found.replace(template).is_some()
        {
            return Err(Refusal::Twice(id.clone()));
        }
    }
    Ok(found)
}

impl BrCode {
    /// Reads a code. Objects that PIX does not use are ignored.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(code: &str) -> Result<Self, Refusal> {
        let code = code.trim();
        if code.chars().count() > LONGEST {
            return Err(Refusal::TooLong);
        }
        let (mut objects, end) = objects(code)?;
        if end != code.chars().count() {
            return Err(Refusal::Trailing);
        }
        let checksum = objects.get("63").ok_or(Refusal::Checksum)?;
        let sum = code
            .len()
            .checked_sub(4)
            .and_then(|length| code.get(..length))
            .map(|covered| format!("{:04X}", crc16(covered.as_bytes())))
            .ok_or(Refusal::Checksum)?;
        if !checksum.eq_ignore_ascii_case(&sum) {
            return Err(Refusal::Checksum);
        }
        if objects.get("00").map(String::as_str) != Some("01") {
            return Err(Refusal::Field("00"));
        }
        let mut account = pix_template(&objects, "26"..="51")?.ok_or(Refusal::Field("26"))?;
        let recurrence = pix_template(&objects, "80"..="99")?;
        if objects.get("53").map(String::as_str) != Some("986") {
            return Err(Refusal::Field("53"));
        }
        if objects.get("58").map(String::as_str) != Some("BR") {
            return Err(Refusal::Field("58"));
        }
        let amount = match objects.get("54") {
            None => None,
            Some(text) => Some(
                money::from_decimal(text, 2)
                    .filter(|minor| *minor >= 0 && text.len() <= 13)
                    .ok_or(Refusal::Field("54"))?,
            ),
        };
        let txid = objects
            .get("62")
            .and_then(|text| self::objects(text).ok())
            .and_then(|(mut inner, _)| inner.remove("05"))
            .filter(|txid| txid != "***");
        if txid.as_ref().is_some_and(|txid| txid.chars().count() > 35) {
            return Err(Refusal::Field("62"));
        }
        let mut take = |id: &'static str, most: usize| {
            objects
                .remove(id)
                .filter(|value| !value.is_empty() && value.chars().count() <= most)
                .ok_or(Refusal::Field(id))
        };
        let read = Self {
            category: take("52", 4)?,
            name: take("59", 25)?,
            city: take("60", 15)?,
            postal_code: take("61", 10).ok(),
            initiation: take("01", 2).ok(),
            key: account.remove("01"),
            info: account.remove("02"),
            withdrawal_agent: account.remove("03"),
            url: account.remove("25"),
            amount,
            txid,
            recurrence_url: recurrence.and_then(|mut template| template.remove("25")),
        };
        // A code that leads nowhere: neither key, nor charge, nor recurrence.
        if read.key.is_none() && read.url.is_none() && read.recurrence_url.is_none() {
            return Err(Refusal::Field("26"));
        }
        Ok(read)
    }

    /// Writes the code. Name, city and note are put into plain ASCII; name and city are cut.
    ///
    /// # Errors
    /// The field that does not fit.
    pub fn write(&self) -> Result<String, Refusal> {
        let mut account = object("00", GUI)?;
        for (id, value) in [
            ("01", &self.key),
            ("02", &self.info.as_deref().map(text::plain)),
            ("03", &self.withdrawal_agent),
            ("25", &self.url),
        ] {
            if let Some(value) = value {
                account += &object(id, value)?;
            }
        }
        if self.url.as_ref().is_some_and(|url| url.len() > 77) {
            return Err(Refusal::Field("26"));
        }
        let mut code = object("00", "01")?;
        if let Some(initiation) = &self.initiation {
            code += &object("01", initiation)?;
        }
        code += &object("26", &account).map_err(|_| Refusal::Field("26"))?;
        code += &object("52", &self.category)?;
        code += &object("53", "986")?;
        if let Some(amount) = self.amount {
            if !(0..1_000_000_000_000).contains(&amount) {
                return Err(Refusal::Field("54"));
            }
            code += &object("54", &money::decimal(amount, 2))?;
        }
        code += &object("58", "BR")?;
        code +=
            &object("59", &text::plain_within(&self.name, 25)).map_err(|_| Refusal::Field("59"))?;
        code +=
            &object("60", &text::plain_within(&self.city, 15)).map_err(|_| Refusal::Field("60"))?;
        if let Some(postal_code) = &self.postal_code {
            code += &object("61", postal_code)?;
        }
        let txid = self.txid.as_deref().unwrap_or("***");
        code += &object("62", &object("05", txid)?)?;
        if let Some(url) = &self.recurrence_url {
            code += &object(
                "80",
                &format!("{}{}", object("00", GUI)?, object("25", url)?),
            )?;
        }
        code += "6304";
        let sum = crc16(code.as_bytes());
        let code = format!("{code}{sum:04X}");
        if code.len() > LONGEST {
            return Err(Refusal::TooLong);
        }
        Ok(code)
    }
}

/// One object; its value is 1 to 99 characters.
fn object(id: &str, value: &str) -> Result<String, Refusal> {
    match value.chars().count() {
        length @ 1..=99 => Ok(format!("{id}{length:02}{value}")),
        _ => Err(Refusal::Field("length")),
    }
}
