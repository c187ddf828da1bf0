//! Somebody else's transaction that stays open, so that a race has time to happen; and a database
//! that is lost in the middle of something.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use tokio::task::JoinSet;

use super::{TestDatabase, mariadb, postgres, sqlite};
use crate::settings::Backend;

/// How long it takes until whoever asked stands before a lock.
const AWHILE: Duration = Duration::from_millis(700);

/// For how many seconds a file of SQLite is lost: whoever writes waits three times for five.
const LOST: u32 = 20;

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

    /// Loses the database under whoever uses it. On a server every session ends, whatever it is in
    /// the middle of, and who comes afterwards is let in; the file of SQLite is somebody else's for
    /// longer than any writer waits.
    ///
    /// # Panics
    /// When it cannot be lost.
    #[must_use]
    pub fn lose(&self) -> Lost {
        match self.backend() {
            Backend::Postgres => postgres::cut(self.url()),
            Backend::MariaDb => mariadb::cut(self.url()),
            Backend::Sqlite => {
                let mut client = sqlite::locked(self.url(), LOST)
                    .stdout(Stdio::piped())
                    .spawn()
                    .expect("python");
                let said = BufReader::new(client.stdout.take().expect("what the client says"))
                    .lines()
                    .map(|line| line.expect("a line"))
                    .any(|line| line.contains("lost"));
                assert!(said, "the file cannot be taken");
                return Lost(Some(client));
            }
        }
        Lost(None)
    }

    /// The same in the middle of a transaction that uses a table: on a server it waits for the table
    /// when its session ends.
    pub async fn lose_amid(&self, table: &str) -> Lost {
        let held = self.queue_for_table(table);
        if self.backend() != Backend::Sqlite {
            awhile().await;
            awhile().await;
        }
        let lost = self.lose();
        // Whoever held the table was cut off like everybody.
        drop(held);
        lost
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

/// A database that was lost.
pub struct Lost(Option<Child>);

impl Lost {
    /// Waits until it is back.
    ///
    /// # Panics
    /// When whoever had it failed.
    pub async fn is_back(mut self) {
        let Some(mut client) = self.0.take() else {
            // The last session may be about to end.
            return awhile().await;
        };
        let ended = tokio::task::spawn_blocking(move || client.wait()).await;
        let ended = ended.expect("it is waited for").expect("the client ends");
        assert!(ended.success());
    }
}

impl Drop for Lost {
    fn drop(&mut self) {
        if let Some(client) = &mut self.0 {
            drop(client.kill());
            drop(client.wait());
        }
    }
}
