use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[secrets]`: where the master key comes from. At most one of the three may be set; without any
/// it is the file `master.key` in the data directory.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SecretsConfig {
    /// A file that holds the key and nothing else.
    pub master_key_file: Option<PathBuf>,
    /// A command that prints the key, run by `sh -c`: the way to a key manager.
    pub master_key_command: Option<String>,
    /// The key itself. Only the environment may carry it (`ALVARA_SECRETS__MASTER_KEY`): a
    /// settings file ends up in backups and repositories.
    pub master_key: Option<String>,
}

impl std::fmt::Debug for SecretsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretsConfig")
            .field("master_key_file", &self.master_key_file)
            .finish_non_exhaustive()
    }
}
