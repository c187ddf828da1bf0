//! Somebody else's transaction that stays open, so that a race has time to happen.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use tokio::task::JoinSet;

use super::{TestDatabase, mariadb, postgres};
use crate::settings::Backend;

/// How long it takes until whoever asked stands before a lock.
const AWHILE: Duration = Duration::from_millis(700);

/// Gives everybody who was asked to do something the time to get as far as they can.
pub async fn awhile() {
    tokio::time::sleep(AWHILE).await;
}

/// Something that goes on while the test does.
pub struct Begun<T>(JoinSet<T>);

/// Begins something and does not wait for it.
pub fn begin<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Begun<T> {
    let mut set = JoinSet::new();
    set.spawn(work);
    Begun(set)
}

impl<T: 'static> Begun<T> {
    /// Waits for its end.
    ///
    /// # Panics
    /// When it did.
    pub async fn end(mut self) -> T {
        let ended = self.0.join_next().await.expect("something that was begun");
        ended.expect("it comes to its end")
    }
}

/// A transaction behind the platform's back. On SQLite there is none: writers queue there, and what
/// was to be held was carried out at once, as if its turn had come before.
pub struct Held {
    client: Option<Child>,
    end: &'static str,
}

impl TestDatabase {
    /// Opens a transaction, carries a statement out in it and leaves it open.
    ///
    /// # Panics
    /// When the statement fails.
    #[must_use]
    pub fn hold(&self, statement: &str) -> Held {
        if self.backend() == Backend::Sqlite {
            let _ = self.sql(statement);
        }
        let mut held = self.begin(&format!("{statement};\nSELECT 'held';"), "COMMIT;");
        if let Some(client) = &mut held.client {
            let said = BufReader::new(client.stdout.take().expect("what the client says"))
                .lines()
                .map(|line| line.expect("a line"))
                .any(|line| line.contains("held"));
            assert!(said, "`{statement}` failed");
        }
        held
    }

    /// Asks for a table for itself alone and does not wait until it is there: whoever comes later
    /// stands behind.
    ///
    /// # Panics
    /// When the client does not start.
    #[must_use]
    pub fn queue_for_table(&self, table: &str) -> Held {
        match self.backend() {
            Backend::Sqlite | Backend::Postgres => self.begin(
                &format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;"),
                "COMMIT;",
            ),
            Backend::MariaDb => {
                self.begin(&format!("LOCK TABLES {table} WRITE;"), "UNLOCK TABLES;")
            }
        }
    }

    fn begin(&self, statements: &str, end: &'static str) -> Held {
        let (mut client, begin) = match self.backend() {
            Backend::Sqlite => return Held { client: None, end },
            Backend::Postgres => (
                postgres::session(self.url()),
                "SET alvara.tenant = '*'; BEGIN;",
            ),
            Backend::MariaDb => (mariadb::session(self.url()), "START TRANSACTION;"),
        };
        let mut client = client
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the database's client");
        let input = client.stdin.as_mut().expect("what the client is told");
        writeln!(input, "{begin}\n{statements}").expect("the client listens");
        Held {
            client: Some(client),
            end,
        }
    }
}

impl Held {
    /// Ends the transaction; what it did stays.
    ///
    /// # Panics
    /// When the client failed.
    pub fn release(mut self) {
        let Some(mut client) = self.client.take() else {
            return;
        };
        let mut input = client.stdin.take().expect("what the client is told");
        writeln!(input, "{}", self.end).expect("the client listens");
        drop(input);
        assert!(client.wait().expect("the client ends").success());
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A test that failed meanwhile: the client ends when nobody tells it anything any more.
        if let Some(client) = &mut self.client {
            drop(client.kill());
            drop(client.wait());
        }
    }
}
