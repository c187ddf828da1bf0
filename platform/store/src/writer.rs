//! The one writer of SQLite: a thread that groups commits.
//!
//! A durable commit waits for the disk. While it waits, others queue up; the next group takes all
//! of them into one transaction, each in a savepoint of its own, and answers them after the one
//! commit they share. A closure that fails or panics loses its own savepoint and nothing else. It
//! too is answered after the commit, for what made it fail may be a neighbour's change.
use crate::address::Address;
use crate::clock::Clock;
use crate::dialect::{self, DbConnection, Door, Transactions};
use crate::error::{StoreError, StoreResult, forget_conflict};
use crate::work::{Undone, Value, Work, settle, step_aside};
use alvara_domain::time::UtcTime;
use diesel::connection::TransactionManager;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// The most closures in one commit; a bound on what a single failed commit can take with it.
const GROUP: usize = 256;
/// A group stops taking more after this long, so that a heavy closure does not delay the answers of
/// all that came before it.
const PATIENCE: Duration = Duration::from_millis(20);
/// How many may queue; whoever comes then waits for a place.
const QUEUE: usize = 4096;

/// What the thread asks of a queued closure.
enum Step<'a> {
    /// Run in the open savepoint.
    Run(&'a mut DbConnection, UtcTime),
    /// The commit went well: answer.
    Answer,
    /// The commit failed: answer that.
    Fail(&'a str),
}

/// A closure with its answer's way back. `false` from `Run` means that nobody
/// waits for it any more and nothing was done.
type Queued = Box<dyn FnMut(Step<'_>) -> bool + Send>;

enum Message {
    Work(Queued, Instant),
    Stop(oneshot::Sender<()>),
}

pub(crate) struct Writer(mpsc::Sender<Message>);

impl Writer {
    pub(crate) fn start(address: Address, conn: DbConnection, clock: Clock) -> StoreResult<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let thread = move || {
            Thread {
                address,
                conn: Some(conn),
                clock,
                queue: receiver,
            }
            .work()
        };
        std::thread::Builder::new()
            .name("alvara-writer".to_owned())
            .spawn(thread)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self(sender))
    }

    /// Queues `work` and waits for the commit that holds it.
    pub(crate) async fn run(&self, mut work: Work) -> Result<Value, Undone> {
        let (sender, receiver) = oneshot::channel();
        let mut sender = Some(sender);
        let mut outcome = None;
        let queued: Queued = Box::new(move |step| match step {
            Step::Run(conn, now) => {
                if sender.as_ref().is_none_or(oneshot::Sender::is_closed) {
                    return false;
                }
                outcome = Some(settle(conn, 2, &mut work, now));
                true
            }
            Step::Answer => {
                if let (Some(sender), Some(outcome)) = (sender.take(), outcome.take()) {
                    // Whoever asked may have gone away; the work is done all the same.
                    drop(sender.send(outcome));
                }
                true
            }
            Step::Fail(why) => {
                if let Some(sender) = sender.take() {
                    drop(sender.send(Err(StoreError::Unavailable(why.to_owned()).into())));
                }
                true
            }
        });
        let closing = || StoreError::Unavailable("the database is closing".to_owned());
        self.0
            .send(Message::Work(queued, Instant::now()))
            .await
            .map_err(|_| closing())?;
        receiver.await.unwrap_or_else(|_| Err(closing().into()))
    }

    /// Finishes what is queued and ends the thread.
    pub(crate) async fn stop(&self) {
        let (sender, receiver) = oneshot::channel();
        if self.0.send(Message::Stop(sender)).await.is_ok() {
            // An error here means that the thread has ended already.
            drop(receiver.await);
        }
    }
}

struct Thread {
    address: Address,
    conn: Option<DbConnection>,
    clock: Clock,
    queue: mpsc::Receiver<Message>,
}

impl Thread {
    fn work(mut self) {
        let mut stopped = Vec::new();
        // After `close` the queue still gives out what was in it, and then nothing.
        while let Some(message) = self.queue.blocking_recv() {
            match message {
                Message::Work(first, since) => self.group(first, since, &mut stopped),
                Message::Stop(done) => stopped.push(done),
            }
            if !stopped.is_empty() {
                self.queue.close();
            }
        }
        if let Some(conn) = &mut self.conn {
            dialect::tidy(conn);
        }
        drop(self.conn);
        for done in stopped {
            done.send(()).unwrap_or_default();
        }
    }

    /// One commit: the closure that came first and whatever queues up meanwhile.
    fn group(&mut self, first: Queued, since: Instant, stopped: &mut Vec<oneshot::Sender<()>>) {
        metrics::histogram!("alvara_store_wait_seconds").record(since.elapsed().as_secs_f64());
        let started = Instant::now();
        let mut group = Vec::new();
        let mut conn = match self.begun() {
            Ok(conn) => conn,
            Err(error) => return fail(vec![first], &error.to_string()),
        };
        let mut next = Some(first);
        let mut lost = None;
        while let Some(mut queued) = next.take() {
            match self.run(&mut conn, &mut queued) {
                Ok(true) => group.push(queued),
                Ok(false) => {}
                Err(error) => {
                    group.push(queued);
                    lost = Some(error.to_string());
                    break;
                }
            }
            if group.len() >= GROUP || started.elapsed() >= PATIENCE {
                break;
            }
            match self.queue.try_recv() {
                Ok(Message::Work(queued, since)) => {
                    metrics::histogram!("alvara_store_wait_seconds")
                        .record(since.elapsed().as_secs_f64());
                    next = Some(queued);
                }
                Ok(Message::Stop(done)) => {
                    stopped.push(done);
                    self.queue.close();
                }
                Err(_) => {}
            }
        }
        let committed = match lost {
            None => Transactions::commit_transaction(&mut conn).map_err(|error| error.to_string()),
            Some(why) => Err(why),
        };
        metrics::histogram!("alvara_store_group_size")
            .record(f64::from(u32::try_from(group.len()).unwrap_or(u32::MAX)));
        match committed {
            Ok(()) => {
                tracing::trace!("committed");
                self.conn = Some(conn);
                for mut queued in group {
                    queued(Step::Answer);
                }
            }
            Err(why) => {
                tracing::error!(%why, closures = group.len(), "a commit failed");
                // A connection that could not commit is not trusted again.
                drop(conn);
                fail(group, &why);
            }
        }
    }

    /// A connection with a transaction open, reopened when the last one was lost.
    fn begun(&mut self) -> StoreResult<DbConnection> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => dialect::open(&self.address, Door::Write)?,
        };
        for attempt in 1_u64.. {
            match dialect::begin(&mut conn, Door::Write, "*") {
                Ok(()) => break,
                // Another process, such as the command line, holds the file.
                Err(error) if attempt < 3 && dialect::is_conflict(&error) => {
                    step_aside(Duration::from_millis(attempt * 20))
                }
                Err(error) => return Err(StoreError::Unavailable(error.to_string())),
            }
        }
        Ok(conn)
    }

    /// Runs one closure in its savepoint. An error means that the whole transaction is gone, as
    /// SQLite does on its own when a disk is full.
    fn run(&self, conn: &mut DbConnection, queued: &mut Queued) -> StoreResult<bool> {
        forget_conflict();
        Transactions::begin_transaction(conn)?;
        let ran = queued(Step::Run(conn, self.clock.now()));
        if dialect::unwind(conn, 1) {
            Ok(ran)
        } else {
            Err(StoreError::Unavailable(
                "the transaction was lost".to_owned(),
            ))
        }
    }
}

fn fail(group: Vec<Queued>, why: &str) {
    for mut queued in group {
        queued(Step::Fail(why));
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test spawns its own clients")]
mod tests {
    use super::*;
    use crate::address::WhenMissing;
    use crate::work::{forget, recall};
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use diesel::sql_types::BigInt;
    use std::sync::{Arc, Condvar, Mutex};

    fn count(conn: &mut DbConnection) -> i64 {
        diesel::select(diesel::dsl::sql::<BigInt>("(SELECT count(*) FROM things)"))
            .get_result(conn)
            .unwrap()
    }

    async fn run<T: Send + 'static>(
        writer: &Writer,
        work: impl FnMut(&mut DbConnection, UtcTime) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        recall(writer.run(forget(work)).await)
    }

    fn writer(folder: &tempfile::TempDir) -> (Address, Arc<Writer>) {
        let address = Address::parse(&format!(
            "sqlite://{}",
            folder.path().join("a.db").display()
        ))
        .unwrap();
        address.prepare(WhenMissing::Create).unwrap();
        let mut conn = dialect::open(&address, Door::Write).unwrap();
        conn.batch_execute("CREATE TABLE things (id BIGINT NOT NULL PRIMARY KEY)")
            .unwrap();
        let writer = Writer::start(address.clone(), conn, Clock::system()).unwrap();
        (address, Arc::new(writer))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_queues_up_shares_a_commit_and_is_answered_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let (address, writer) = writer(&folder);
        // The first closure holds the writer until all the others are queued.
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let hold = Arc::clone(&gate);
        let held = Arc::clone(&writer);
        let (entered, inside) = std::sync::mpsc::channel();
        let first = tokio::spawn(async move {
            run(&held, move |_, _| -> StoreResult<()> {
                entered.send(()).unwrap();
                let mut open = hold.0.lock().unwrap();
                while !*open {
                    open = hold.1.wait(open).unwrap();
                }
                Ok(())
            })
            .await
        });
        // Whoever came before it would be written at once and never be seen in the queue.
        inside.recv().unwrap();
        let tasks: Vec<_> = (0..40)
            .map(|id| {
                let (writer, inside, after) =
                    (Arc::clone(&writer), address.clone(), address.clone());
                tokio::spawn(async move {
                    let seen = run(&writer, move |conn, _| -> StoreResult<(i64, i64)> {
                        conn.batch_execute(&format!("INSERT INTO things VALUES ({id})"))?;
                        let committed = count(&mut dialect::open(&inside, Door::Read)?);
                        Ok((count(conn), committed))
                    })
                    .await
                    .unwrap();
                    (seen, count(&mut dialect::open(&after, Door::Read).unwrap()))
                })
            })
            .collect();
        while writer.0.max_capacity() - writer.0.capacity() < 40 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        first.await.unwrap().unwrap();
        let mut shared = 0;
        for task in tasks {
            let ((inside, committed), after) = task.await.unwrap();
            // Each sees what its neighbours did, which nobody else does before the commit.
            shared += i32::from(inside - committed > 1);
            assert!(after >= inside, "answered before its commit");
        }
        assert!(shared > 0, "nothing was grouped");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_lost_transaction_fails_its_group_and_the_next_one_works() {
        let folder = tempfile::tempdir().unwrap();
        let (_, writer) = writer(&folder);
        let lost = run(&writer, |conn, _| -> StoreResult<()> {
            // What SQLite does by itself when the disk is full.
            conn.batch_execute("INSERT INTO things VALUES (1); ROLLBACK")?;
            Ok(())
        })
        .await;
        assert!(lost.is_err());
        let seen = run(&writer, |conn, _| -> StoreResult<i64> {
            conn.batch_execute("INSERT INTO things VALUES (2)")?;
            Ok(count(conn))
        })
        .await
        .unwrap();
        assert_eq!(seen, 1);
        writer.stop().await;
        assert!(matches!(
            run(&writer, |_, _| Ok(())).await,
            Err(StoreError::Unavailable(_))
        ));
    }
}
