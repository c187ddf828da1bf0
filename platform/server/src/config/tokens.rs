use serde::{Deserialize, Serialize};

/// `[tokens]`: how long people and programs stay signed in, in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokensConfig {
    /// An access token, from its issue.
    pub access_seconds: i64,
    /// A refresh token, from its issue.
    pub refresh_seconds: i64,
    /// A session, from its last request.
    pub session_idle_seconds: i64,
    /// A session, from sign-in, whatever happens.
    pub session_longest_seconds: i64,
}

impl Default for TokensConfig {
    fn default() -> Self {
        Self {
            access_seconds: 15 * 60,
            refresh_seconds: 30 * 24 * 3600,
            session_idle_seconds: 12 * 3600,
            session_longest_seconds: 14 * 24 * 3600,
        }
    }
}
