//! Errors of the contract, made in one line.

use crate::{ErrorKind, PluginError, Violation};

/// Makes a [`PluginError`].
#[derive(Debug)]
pub struct Fault;

impl Fault {
    /// An error with nothing but its kind and a sentence.
    #[must_use]
    pub fn of(kind: ErrorKind, message: impl Into<String>) -> PluginError {
        PluginError {
            kind,
            message: message.into(),
            psp_code: None,
            http_status: None,
            retry_after_ms: None,
            violations: Vec::new(),
        }
    }

    /// The provider said something that makes no sense.
    #[must_use]
    pub fn malformed(message: impl Into<String>) -> PluginError {
        Self::of(ErrorKind::Malformed, message)
    }

    /// A status that the provider's documents do not have. Never a guess: the raw word goes along.
    #[must_use]
    pub fn unknown_status(of: &str, raw: &str) -> PluginError {
        let shown: String = raw.chars().take(64).collect();
        PluginError {
            psp_code: Some(shown.clone()),
            ..Self::malformed(format!("{of} has a status that is not known: {shown:?}"))
        }
    }

    /// The request cannot be carried out as it is.
    #[must_use]
    pub fn invalid(property: &str, reason: impl Into<String>) -> PluginError {
        let reason = reason.into();
        PluginError {
            violations: vec![Violation {
                property: property.to_owned(),
                reason: reason.clone(),
            }],
            ..Self::of(ErrorKind::InvalidRequest, format!("{property}: {reason}"))
        }
    }

    /// The webhook is not the provider's.
    #[must_use]
    pub fn bad_signature(message: impl Into<String>) -> PluginError {
        Self::of(ErrorKind::BadSignature, message)
    }

    /// A reference that the call needs is missing.
    #[must_use]
    pub fn no_reference(kind: &str) -> PluginError {
        Self::invalid("refs", format!("there is no {kind} among them"))
    }
}
