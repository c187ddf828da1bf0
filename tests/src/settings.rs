//! What the suite is told from outside: which databases to run on, where they are, and where the
//! programs lie that it asks for a second opinion. `cargo xtask test` sets all of it.

use std::path::PathBuf;

pub use alvara_store::Backend;

/// The databases to run on, in order. Without `ALVARA_TEST_DATABASES` that is SQLite alone.
///
/// # Panics
/// When a name in the list is none that is known.
#[must_use]
pub fn backends() -> Vec<Backend> {
    let Some(list) = variable("ALVARA_TEST_DATABASES") else {
        return vec![Backend::Sqlite];
    };
    let known = |name: &str| match name.trim() {
        "sqlite" => Backend::Sqlite,
        "postgres" => Backend::Postgres,
        "mariadb" => Backend::MariaDb,
        other => panic!("ALVARA_TEST_DATABASES names `{other}`, which is no database"),
    };
    list.split(',').map(known).collect()
}

/// How a database is called in the list and in messages.
#[must_use]
pub fn name_of(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
        Backend::MariaDb => "mariadb",
    }
}

/// URL of the PostgreSQL server, without a database.
///
/// # Panics
/// When it is not set.
#[must_use]
pub fn postgres_url() -> String {
    needed("ALVARA_TEST_POSTGRES_URL")
}

/// URL of the MariaDB server, without a database.
///
/// # Panics
/// When it is not set.
#[must_use]
pub fn mariadb_url() -> String {
    needed("ALVARA_TEST_MARIADB_URL")
}

/// A Python that has what `xtask/python-requirements.txt` names. `None` outside of `cargo xtask test`.
#[must_use]
pub fn python() -> Option<PathBuf> {
    variable("ALVARA_TEST_PYTHON").map(PathBuf::from)
}

/// The `alvara` binary: the one that was named, else the one that Cargo put beside this test.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn binary() -> PathBuf {
    if let Some(named) = variable("ALVARA_TEST_BINARY") {
        return PathBuf::from(named);
    }
    let test = std::env::current_exe().expect("a test knows its own file");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("tests lie in target/<profile>/deps");
    let binary = folder.join("alvara");
    assert!(
        binary.is_file(),
        "{} is missing: cargo build -p alvara-server, or run the suite by cargo xtask test",
        binary.display()
    );
    binary
}

/// The folder with `libalvara.so` and `libalvara.a`, the SDK for C: the one that was named, else the
/// one that Cargo put beside this test.
///
/// # Panics
/// When they are not there.
#[must_use]
pub fn c_library() -> PathBuf {
    let folder = variable("ALVARA_TEST_C_LIBRARY").map_or_else(
        || {
            let test = std::env::current_exe().expect("a test knows its own file");
            let folder = test.ancestors().nth(2);
            folder
                .expect("tests lie in target/<profile>/deps")
                .to_owned()
        },
        PathBuf::from,
    );
    assert!(
        folder.join("libalvara.so").is_file(),
        "{} has no libalvara.so: cargo build -p alvara-sdk-c, or run the suite by cargo xtask test",
        folder.display()
    );
    folder
}

/// Where `cargo xtask plugins` puts what it builds: beside the profiles, in `target/plugins`.
///
/// # Panics
/// When the test lies elsewhere than Cargo puts it.
#[must_use]
pub fn plugins() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    let target = test
        .ancestors()
        .nth(3)
        .expect("tests lie in target/<profile>/deps");
    target.join("plugins")
}

fn needed(name: &str) -> String {
    variable(name).unwrap_or_else(|| {
        panic!("{name} is not set: run by cargo xtask test, or inside cargo xtask databases")
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the suite's one reader of the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
