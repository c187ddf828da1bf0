//! What is wrong with a field, in a form that a caller can act on.

use serde::{Deserialize, Serialize};

crate::text_enum! {
    /// Why a field was refused; stable, for programs.
    pub enum FaultCode {
        /// The field must be given.
        Required = "required",
        /// Longer than allowed.
        TooLong = "too_long",
        /// A number, date or count outside its range.
        OutOfRange = "out_of_range",
        /// Not of the form that is expected.
        Malformed = "malformed",
        /// Names something that does not exist.
        Unknown = "unknown",
        /// Given twice where once is allowed.
        Duplicate = "duplicate",
        /// Right alone, wrong together with another field.
        Conflict = "conflict",
    }
}

/// One refused field: where (RFC 6901 JSON pointer), why (for programs), and why (for people).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// JSON pointer from the root of the checked document, for example `/modules/3`.
    pub pointer: String,
    /// Stable reason.
    pub code: FaultCode,
    /// One English sentence; a portal shows its own words by `code`.
    pub detail: String,
}

impl FieldFault {
    /// Builds a fault.
    pub fn new(pointer: impl Into<String>, code: FaultCode, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code,
            detail: detail.into(),
        }
    }

    /// The same fault seen from a document that holds the checked one at `prefix`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}
