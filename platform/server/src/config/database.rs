use serde::{Deserialize, Serialize};

/// `[database]`: which database, and how it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// `sqlite://path`, `postgres://…`, `mysql://…` or `mariadb://…`. Without it, the file
    /// `alvara.db` in the data directory.
    pub url: Option<String>,
    /// Connections to a database server open at once. SQLite takes no notice.
    pub connections: u32,
    /// Whether `serve` applies missing migrations.
    pub migrate: MigrateOnStart,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            url: None,
            connections: 16,
            migrate: MigrateOnStart::Auto,
        }
    }
}

/// Whether `serve` applies missing migrations before it listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MigrateOnStart {
    /// On SQLite, whose one process this is; not on a server, where other instances of an older
    /// version may still be at work.
    Auto,
    /// Always.
    Always,
    /// Never: `alvara migrate` does it.
    Never,
}
