//! Text blocks for carrying data by hand: `-----BEGIN ALVARA ACTIVATION REQUEST-----` and so on.
//!
//! The reader is stricter than PEM readers are: one block, one label that it knows, nothing around
//! it but blank lines. What people mail back and forth either arrives whole or is refused.

use data_encoding::BASE64;
use thiserror::Error;

crate::text_enum! {
    /// What a block holds.
    pub enum Label {
        /// A machine without network asks to be activated.
        ActivationRequest = "ALVARA ACTIVATION REQUEST",
        /// The answer, with computer key and lease.
        ActivationResponse = "ALVARA ACTIVATION RESPONSE",
        /// Proof that a program wiped its store.
        DeactivationReceipt = "ALVARA DEACTIVATION RECEIPT",
        /// A computer key as a file.
        ComputerKey = "ALVARA COMPUTER KEY",
        /// What is no longer good.
        RevocationList = "ALVARA REVOCATION LIST",
    }
}

/// Why a text is not a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ArmourError {
    /// Longer than any block.
    #[error("the text is longer than any Alvará file")]
    TooLong,
    /// It does not start with `-----BEGIN …-----`.
    #[error("the text does not start with a BEGIN line")]
    Begin,
    /// The label is none of ours.
    #[error("the BEGIN line names nothing that Alvará knows")]
    UnknownLabel,
    /// Another block than the one that was wanted.
    #[error("this is an {found}, not an {expected}")]
    OtherLabel {
        /// What was wanted.
        expected: Label,
        /// What it is.
        found: Label,
    },
    /// The END line is missing or belongs to another block: the text is cut.
    #[error("the END line is missing; the text seems to be cut")]
    End,
    /// Something follows the END line.
    #[error("something follows the END line")]
    Trailing,
    /// A line between BEGIN and END is not base64.
    #[error("line {line} is damaged")]
    Body {
        /// Which line of the block, counted from 1 at BEGIN.
        line: usize,
    },
}

/// Longest text that is read: a revocation list of 10 000 entries and some.
const TEXT_MAX: usize = 256 * 1024;
/// Characters on a line that we write, as RFC 7468 asks.
const LINE: usize = 64;
/// Characters on a line that we read, since mail programs write 76.
const LINE_MAX: usize = 76;

/// A block that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Armoured {
    /// What it holds.
    pub label: Label,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Armoured {
    /// A block to write.
    #[must_use]
    pub const fn new(label: Label, body: Vec<u8>) -> Self {
        Self { label, body }
    }

    /// The block as text, each line ended by a line feed.
    #[must_use]
    pub fn write(&self) -> String {
        let body = BASE64.encode(&self.body);
        let mut text = format!("-----BEGIN {}-----\n", self.label);
        let mut rest = body.as_str();
        while !rest.is_empty() {
            // Base64 is ASCII, so every index is a boundary.
            let (line, after) = rest.split_at(rest.len().min(LINE));
            text.push_str(line);
            text.push('\n');
            rest = after;
        }
        text.push_str(&format!("-----END {}-----\n", self.label));
        text
    }

    /// Reads a block. Line ends may be LF or CRLF, blanks at line ends and blank lines around the
    /// block are ignored. Work and memory are bounded whatever the text is.
    ///
    /// # Errors
    /// An [`ArmourError`].
    pub fn read(text: &str) -> Result<Self, ArmourError> {
        if text.len() > TEXT_MAX {
            return Err(ArmourError::TooLong);
        }
        let mut lines = text
            .trim_start_matches('\u{FEFF}')
            .trim()
            .lines()
            .map(str::trim_end)
            .enumerate();
        let (_, begin) = lines.next().ok_or(ArmourError::Begin)?;
        let label: Label = begin
            .strip_prefix("-----BEGIN ")
            .and_then(|rest| rest.strip_suffix("-----"))
            .ok_or(ArmourError::Begin)?
            .parse()
            .map_err(|_| ArmourError::UnknownLabel)?;
        let end = format!("-----END {label}-----");
        let mut body = String::with_capacity(text.len());
        let mut first_length = 0;
        let mut last_length = 0;
        loop {
            let (index, line) = lines.next().ok_or(ArmourError::End)?;
            if line == end {
                break;
            }
            if line.starts_with("-----") {
                return Err(ArmourError::End);
            }
            // The line before was the last one if it was shorter than those before it.
            let damaged = ArmourError::Body { line: index + 1 };
            let is_base64 = line
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
            if line.is_empty()
                || line.len() > LINE_MAX
                || !is_base64
                || (last_length != 0 && line.len() > last_length)
            {
                return Err(damaged);
            }
            if first_length == 0 {
                first_length = line.len();
            }
            last_length = line.len();
            body.push_str(line);
        }
        if lines.next().is_some() {
            return Err(ArmourError::Trailing);
        }
        let body = BASE64
            .decode(body.as_bytes())
            .map_err(|error| ArmourError::Body {
                line: 2 + error.position.checked_div(first_length).unwrap_or(0),
            })?;
        Ok(Self { label, body })
    }

    /// Reads a block that must hold `expected`, and gives its bytes.
    ///
    /// # Errors
    /// An [`ArmourError`]; [`ArmourError::OtherLabel`] when it is another block.
    pub fn read_as(expected: Label, text: &str) -> Result<Vec<u8>, ArmourError> {
        let block = Self::read(text)?;
        if block.label == expected {
            Ok(block.body)
        } else {
            Err(ArmourError::OtherLabel {
                expected,
                found: block.label,
            })
        }
    }
}
