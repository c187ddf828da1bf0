//! One test, every database: a test's body runs on each of them, one after another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::app::TestApp;
use crate::database::TestDatabase;
use crate::settings::{Backend, backends, name_of};

/// Runs a scenario on every database that `ALVARA_TEST_DATABASES` names, and says at the end on
/// which it held. Without the variable that is SQLite alone, and the closing line says so.
///
/// # Panics
/// When the scenario failed on any of them; the others are run all the same.
pub fn each_database(scenario: impl AsyncFn(TestDatabase)) {
    each(|backend| {
        let database = TestDatabase::new(backend);
        runtime().block_on(scenario(database));
    });
}

/// The same with a platform that serves on the database. When the scenario is over, what must hold
/// after every story is checked: see [`TestApp::finish`].
///
/// # Panics
/// As [`each_database`].
pub fn each_app(scenario: impl AsyncFn(&TestApp)) {
    each(|backend| {
        let database = TestDatabase::new(backend);
        runtime().block_on(async {
            let app = TestApp::start(database).await;
            scenario(&app).await;
            app.finish().await;
        });
    });
}

/// The scenario on SQLite alone, for what the database has no part in, such as words and headers.
///
/// # Panics
/// As [`each_database`].
pub fn one_app(scenario: impl AsyncFn(&TestApp)) {
    on(&[Backend::Sqlite], |backend| {
        let database = TestDatabase::new(backend);
        runtime().block_on(async {
            let app = TestApp::start(database).await;
            scenario(&app).await;
            app.finish().await;
        });
    });
}

fn each(run: impl Fn(Backend)) {
    on(&backends(), run);
}

#[expect(
    clippy::print_stderr,
    reason = "the runner shows this where a test failed"
)]
fn on(backends: &[Backend], run: impl Fn(Backend)) {
    let mut failed = Vec::new();
    let mut held = Vec::new();
    for &backend in backends {
        let begun = Instant::now();
        // The panic's own message is printed by the hook; here it only counts.
        let outcome = catch_unwind(AssertUnwindSafe(|| run(backend)));
        let took = format!(
            "{} ({:.1} s)",
            name_of(backend),
            begun.elapsed().as_secs_f64()
        );
        if outcome.is_ok() {
            held.push(took)
        } else {
            failed.push(took)
        }
    }
    eprintln!("held on: {}; failed on: {}", said(&held), said(&failed));
    assert!(failed.is_empty(), "failed on {}", failed.join(", "));
}

fn said(list: &[String]) -> String {
    if list.is_empty() {
        "none".to_owned()
    } else {
        list.join(", ")
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// The same with databases that have no table yet, for installations that start from nothing.
///
/// # Panics
/// As [`each_database`].
pub fn each_bare_database(scenario: impl AsyncFn(TestDatabase)) {
    each(|backend| {
        let database = TestDatabase::bare(backend);
        runtime().block_on(scenario(database));
    });
}
