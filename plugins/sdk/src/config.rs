//! The settings of a payment account.

use std::collections::BTreeMap;

use crate::{Answer, ErrorKind, Fault, KeyValue, PluginError, Violation};

/// Settings by key. An empty setting is none.
#[derive(Debug)]
pub struct Config<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Config<'a> {
    /// Reads what a call brings along.
    #[must_use]
    pub fn of(pairs: &'a [KeyValue]) -> Self {
        Self(
            pairs
                .iter()
                .map(|pair| (pair.key.as_str(), pair.value.trim()))
                .filter(|(_, value)| !value.is_empty())
                .collect(),
        )
    }

    /// A setting that may be missing.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.0.get(key).copied()
    }

    /// Whether a setting is `true`.
    #[must_use]
    pub fn is_on(&self, key: &str) -> bool {
        self.get(key) == Some("true")
    }

    /// A setting that must be there.
    ///
    /// # Errors
    /// `invalid-config`, naming it.
    pub fn need(&self, key: &str) -> Answer<&'a str> {
        self.get(key).ok_or_else(|| {
            let violation = Violation {
                property: key.to_owned(),
                reason: "is missing".to_owned(),
            };
            PluginError {
                violations: vec![violation],
                ..Fault::of(
                    ErrorKind::InvalidConfig,
                    format!("the setting {key} is missing"),
                )
            }
        })
    }

    /// A setting that must be there and a whole number.
    ///
    /// # Errors
    /// `invalid-config`, naming it.
    pub fn need_number(&self, key: &str) -> Answer<u64> {
        self.need(key)?.parse().map_err(|_| {
            Fault::of(
                ErrorKind::InvalidConfig,
                format!("the setting {key} is no whole number"),
            )
        })
    }
}

/// Checks of settings, each with the sentence for who typed it.
pub mod checks {
    use super::Config;
    use crate::Violation;

    /// Gathers what is wrong with settings.
    #[derive(Debug)]
    pub struct Checks<'a> {
        config: Config<'a>,
        violations: Vec<Violation>,
    }

    impl<'a> Checks<'a> {
        /// Begins.
        #[must_use]
        pub fn of(config: Config<'a>) -> Self {
            Self {
                config,
                violations: Vec::new(),
            }
        }

        /// The settings.
        #[must_use]
        pub fn config(&self) -> &Config<'a> {
            &self.config
        }

        /// Notes that a setting is wrong.
        pub fn refuse(&mut self, property: &str, reason: &str) {
            self.violations.push(Violation {
                property: property.to_owned(),
                reason: reason.to_owned(),
            });
        }

        /// A setting that must be there and fit.
        pub fn need(&mut self, key: &str, fits: fn(&str) -> bool, wanted: &str) {
            match self.config.get(key) {
                None => self.refuse(key, "is missing"),
                Some(value) if !fits(value) => self.refuse(key, wanted),
                Some(_) => {}
            }
        }

        /// A setting that must fit if it is there.
        pub fn may(&mut self, key: &str, fits: fn(&str) -> bool, wanted: &str) {
            if self.config.get(key).is_some_and(|value| !fits(value)) {
                self.refuse(key, wanted);
            }
        }

        /// The result.
        ///
        /// # Errors
        /// What was refused.
        pub fn done(self) -> Result<(), Vec<Violation>> {
            if self.violations.is_empty() {
                Ok(())
            } else {
                Err(self.violations)
            }
        }
    }

    /// A host's name, with a port or without: no scheme, path or blank.
    #[must_use]
    pub fn is_host(text: &str) -> bool {
        let (name, port) = text.split_once(':').unwrap_or((text, "443"));
        !name.is_empty()
            && name.len() <= 253
            && name.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && label
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            })
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    }

    /// Digits only.
    #[must_use]
    pub fn is_digits(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// A path such as `/api/v2`, without query and trailing slash; empty is none.
    #[must_use]
    pub fn is_path(text: &str) -> bool {
        text.starts_with('/')
            && !text.ends_with('/')
            && !text.contains("..")
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte))
    }

    /// `true` or `false`.
    #[must_use]
    pub fn is_boolean(text: &str) -> bool {
        matches!(text, "true" | "false")
    }
}
