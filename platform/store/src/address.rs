//! Which database a URL means.
//!
//! The scheme decides and nothing else does: a mistyped URL is an error, never a new SQLite file.
use crate::error::{StoreError, StoreResult};
use std::path::{Path, PathBuf};

/// What to do about a SQLite file that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenMissing {
    /// Say so.
    Refuse,
    /// Make an empty one that only its owner may read. Its folder must exist.
    Create,
}

/// A database, as its URL names it.
#[derive(Clone)]
pub(crate) enum Address {
    Sqlite(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(String),
    #[cfg(feature = "mariadb")]
    MariaDb(String),
}

impl Address {
    pub(crate) fn parse(url: &str) -> StoreResult<Self> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(StoreError::Setup(
                "the database URL has no scheme; write sqlite://path, postgres://… or mysql://…"
                    .to_owned(),
            ));
        };
        match scheme {
            "sqlite" if rest.is_empty() || rest.starts_with(':') => Err(StoreError::Setup(
                "sqlite:// must be followed by the path of a file".to_owned(),
            )),
            "sqlite" if rest.contains(['?', '#', '%', '\0']) => Err(StoreError::Setup(
                "the path of a SQLite file must not contain ?, # or %".to_owned(),
            )),
            "sqlite" => Ok(Self::Sqlite(PathBuf::from(rest))),
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => Ok(Self::Postgres(url.to_owned())),
            #[cfg(feature = "mariadb")]
            "mysql" | "mariadb" => Ok(Self::MariaDb(format!("mysql://{rest}"))),
            #[cfg(not(all(feature = "postgres", feature = "mariadb")))]
            known if ["postgres", "postgresql", "mysql", "mariadb"].contains(&known) => {
                Err(StoreError::Setup(format!(
                    "this build does not contain the client for {known}"
                )))
            }
            other => Err(StoreError::Setup(format!(
                "{other}:// is no database that is known here; write sqlite://, postgres:// or mysql://"
            ))),
        }
    }

    /// Looks after the file of an embedded database before anything opens it.
    pub(crate) fn prepare(&self, when_missing: WhenMissing) -> StoreResult<()> {
        match self {
            Self::Sqlite(path) => prepare_file(path, when_missing),
            #[cfg(any(feature = "postgres", feature = "mariadb"))]
            _ => Ok(()),
        }
    }
}

fn prepare_file(path: &Path, when_missing: WhenMissing) -> StoreResult<()> {
    if path.is_file() {
        return Ok(());
    }
    if path.exists() {
        return Err(StoreError::Setup(format!(
            "{} is not a file",
            path.display()
        )));
    }
    if when_missing == WhenMissing::Refuse {
        return Err(StoreError::Setup(format!(
            "there is no database file {}",
            path.display()
        )));
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Setup(format!(
            "{} cannot be made: {error}",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_url_is_refused() {
        for url in [
            "",
            "alvara.db",
            "postgres:nope",
            "sqlite://",
            "sqlite://:memory:",
            "sqllite://x",
            "postgre://x/y",
            "sqlite://a?mode=memory",
        ] {
            assert!(
                matches!(Address::parse(url), Err(StoreError::Setup(_))),
                "{url}"
            );
        }
        assert!(
            matches!(Address::parse("sqlite:///var/lib/alvara/a.db"), Ok(Address::Sqlite(path)) if path == Path::new("/var/lib/alvara/a.db"))
        );
    }

    #[test]
    fn a_file_is_made_only_when_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let address = Address::Sqlite(path.clone());
        assert!(matches!(
            address.prepare(WhenMissing::Refuse),
            Err(StoreError::Setup(_))
        ));
        assert!(!path.exists());
        address.prepare(WhenMissing::Create).unwrap();
        assert!(path.is_file());
        address.prepare(WhenMissing::Refuse).unwrap();
        assert!(matches!(
            Address::Sqlite(folder.path().to_owned()).prepare(WhenMissing::Create),
            Err(StoreError::Setup(_))
        ));
    }
}
