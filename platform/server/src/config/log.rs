use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[log]`: what is logged, how and where. Keys, tokens, passwords and e-mail addresses never are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`; finer, as `info,alvara_store=debug`.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
    /// Directory of log files, one a day. Without it the log goes to standard error.
    pub directory: Option<PathBuf>,
    /// How many files are kept in the directory.
    pub keep: usize,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            level: "info,actix_server=warn".to_owned(),
            format: LogFormat::Auto,
            directory: None,
            keep: 14,
        }
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text on a terminal, JSON everywhere else.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}
