//! The store on each database that is there: SQLite always, the servers where the environment
//! names them (`ALVARA_TEST_POSTGRES_URL`, `ALVARA_TEST_MARIADB_URL`).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop loudly, and reads the environment and the clock as it likes"
)]

mod access;
mod catalogue;
mod doors;
mod indexes;
mod issuing;
mod licensing;
mod money;
mod operation;
#[cfg(test)]
mod plugins;
mod reach;
mod shape;
mod tree;
mod world;
