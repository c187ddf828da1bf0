//! A database of its own for each test: migrated, empty, gone afterwards.

mod held;
mod mariadb;
mod postgres;
mod sqlite;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use alvara_store::{Backend, Clock, Db, DbConfig};
use data_encoding::HEXLOWER;
use openssl::sha::Sha256;

use crate::settings::name_of;
pub use held::{Begun, Held, Lost, awhile, begin};

/// A migrated database that goes when it is dropped.
pub struct TestDatabase {
    backend: Backend,
    url: String,
    /// Holds the file of SQLite, and whatever else a test wants to lay beside it.
    folder: tempfile::TempDir,
}

impl TestDatabase {
    /// Makes one.
    ///
    /// # Panics
    /// When the server does not answer or the migrations fail.
    #[must_use]
    pub fn new(backend: Backend) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("alvara-test-")
            .tempdir()
            .expect("a folder");
        let url = match backend {
            Backend::Sqlite => sqlite::copy(folder.path()),
            Backend::Postgres => postgres::copy(&unique_name()),
            Backend::MariaDb => mariadb::copy(&unique_name()),
        };
        Self {
            backend,
            url,
            folder,
        }
    }

    /// Makes one without any table, as a fresh installation finds it.
    ///
    /// # Panics
    /// When the server does not answer.
    #[must_use]
    pub fn bare(backend: Backend) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("alvara-test-")
            .tempdir()
            .expect("a folder");
        let url = match backend {
            Backend::Sqlite => sqlite::url(&folder.path().join("alvara.db")),
            Backend::Postgres => postgres::create(&unique_name()),
            Backend::MariaDb => mariadb::create(&unique_name()),
        };
        Self {
            backend,
            url,
            folder,
        }
    }

    /// Which of the three it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// How the platform is told of it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder that lives as long as the database.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs SQL behind the platform's back, by the database's own client, and answers what it
    /// printed: one line a row, columns separated by `|`. PostgreSQL is told first that all
    /// tenants are meant.
    ///
    /// # Panics
    /// When the statement fails.
    #[must_use]
    pub fn sql(&self, statement: &str) -> String {
        match self.backend {
            Backend::Sqlite => sqlite::run(&self.url, statement),
            Backend::Postgres => {
                postgres::run(&self.url, &format!("SET alvara.tenant = '*'; {statement}"))
            }
            Backend::MariaDb => mariadb::run(&self.url, statement),
        }
        .trim()
        .to_owned()
    }

    /// The same without a word about tenants.
    ///
    /// # Panics
    /// When the statement fails.
    #[must_use]
    pub fn sql_as_nobody(&self, statement: &str) -> String {
        match self.backend {
            Backend::Postgres => postgres::run(&self.url, statement).trim().to_owned(),
            Backend::Sqlite | Backend::MariaDb => self.sql(statement),
        }
    }

    /// One number.
    ///
    /// # Panics
    /// When the statement answers anything else.
    #[must_use]
    pub fn count(&self, statement: &str) -> i64 {
        let said = self.sql(statement);
        said.parse()
            .unwrap_or_else(|_| panic!("`{statement}` answered {said:?}, no number"))
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match self.backend {
            Backend::Sqlite => {}
            Backend::Postgres => postgres::remove(&self.url),
            Backend::MariaDb => mariadb::remove(&self.url),
        }
    }
}

/// Applies the migrations to an empty database.
fn migrate(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let opened = Db::open(&DbConfig::create(url), Clock::system());
    let (db, _) =
        opened.unwrap_or_else(|error| panic!("the database for the test does not open: {error}"));
    runtime.block_on(async {
        let done = db.migrate().await;
        done.unwrap_or_else(|error| panic!("the migrations fail: {error}"));
        db.close().await;
    });
}

/// Names a template by the migrations that made it, so that an old one is never taken for new.
fn fingerprint() -> String {
    let mut hash = Sha256::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(!files.is_empty(), "no migrations at {}", root.display());
    for file in files {
        hash.update(file.to_string_lossy().as_bytes());
        hash.update(&fs::read(&file).expect("a migration"));
    }
    HEXLOWER.encode(&hash.finish()[..6])
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the migrations") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files)
        } else {
            files.push(path)
        }
    }
}

/// A database name that no other test of any process uses.
fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("alvara_test_{}_{count}", std::process::id())
}

/// Runs a client program and answers what it printed.
fn run(command: &mut Command, statement: &str) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "`{statement}` failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("clients print UTF-8")
}

/// Changes the third entry of every audit chain in a SQLite file, as a burglar would.
///
/// # Panics
/// When the file cannot be changed.
pub fn tamper_with_audit(url: &str) {
    let _ = sqlite::run(
        url,
        "UPDATE audit_entries SET actor = 'mem_somebody_else' WHERE seq = 3",
    );
}

/// What a message calls a database.
impl std::fmt::Debug for TestDatabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TestDatabase({})", name_of(self.backend))
    }
}
