use std::path::PathBuf;

/// Why the settings cannot be used. Every text names the key and where it was written.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFault {
    /// The file cannot be read.
    #[error("the settings file {file} cannot be read: {error}", file = .file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{file} is not TOML: {error}", file = .file.display())]
    NoToml {
        /// Which file.
        file: PathBuf,
        /// Where and why.
        error: Box<toml::de::Error>,
    },
    /// There is no such key.
    #[error("{source_of}: there is no setting `{key}`{}", nearest(.known.as_deref()))]
    Unknown {
        /// File, variable or flag.
        source_of: String,
        /// The key as it was written.
        key: String,
        /// The key that was probably meant.
        known: Option<String>,
    },
    /// The value is of another kind.
    #[error("{source_of}: `{key}` cannot be this: {why}")]
    Wrong {
        /// File, variable or flag.
        source_of: String,
        /// The key.
        key: String,
        /// Why.
        why: String,
    },
    /// A value, or two together, that make no sense.
    #[error("`{key}` cannot be this: {why}")]
    Impossible {
        /// The key.
        key: String,
        /// Why.
        why: String,
    },
}

fn nearest(known: Option<&str>) -> String {
    known.map_or_else(String::new, |known| format!("; did you mean `{known}`?"))
}
