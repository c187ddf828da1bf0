use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[data]`: where the process keeps files of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// The data directory. It holds the SQLite file and the master key, unless other sections
    /// put them elsewhere, and is made when it is not there.
    pub directory: PathBuf,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("alvara-data"),
        }
    }
}
