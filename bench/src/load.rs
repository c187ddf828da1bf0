//! Asking, many times and at once, and what came of it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::client::{Connection, Reply};
use crate::failure::{Failure, Outcome};
use crate::machine::Spent;
use crate::server::Server;

/// A bound on what one connection asks in one round, whatever the clock says.
const MOST: u64 = 1_000_000;

/// One kind of request.
pub(crate) struct Question<'a> {
    /// The request of a connection at its turn: both count from 0, and turns go on between rounds.
    pub(crate) ask: &'a (dyn Fn(u64, u64) -> Vec<u8> + Sync),
    /// Whether an answer is the right one. A fast refusal is no result.
    pub(crate) right: fn(&Reply<'_>) -> bool,
}

/// What came of a round.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    /// Right answers a second.
    pub(crate) rate: f64,
    /// Processor time of the server for each, in seconds.
    pub(crate) server_seconds: f64,
    /// Share of all cores that neither we nor the server used.
    pub(crate) others: f64,
    waits: Vec<Duration>,
}

impl Round {
    /// The wait that a share of the requests did not exceed: 0.99 is p99.
    pub(crate) fn wait(&self, share: f64) -> Duration {
        let last = self.waits.len().saturating_sub(1);
        // A share of a count, rounded to one of them.
        let index = (share * last as f64).round() as usize;
        self.waits.get(index).copied().unwrap_or_default()
    }
}

/// Asks over so many connections for so long. Each waits for its answer before it asks again.
pub(crate) fn ask(
    server: &Server,
    question: &Question<'_>,
    connections: usize,
    time: Duration,
    first_turn: u64,
) -> Outcome<Round> {
    let stop = AtomicBool::new(false);
    let before = Spent::now(server.process());
    let started = Instant::now();
    let parts: Vec<Outcome<Vec<Duration>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections as u64)
            .map(|connection| {
                let stop = &stop;
                scope.spawn(move || {
                    let asked = keep_asking(
                        server.address(),
                        question,
                        (connection, first_turn),
                        started + time,
                        stop,
                    );
                    if asked.is_err() {
                        stop.store(true, Ordering::Relaxed);
                    }
                    asked
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(Failure::new("a thread that asked died")))
            })
            .collect()
    });
    let seconds = started.elapsed().as_secs_f64();
    let spent = Spent::now(server.process()).since(before);
    let mut waits = Vec::new();
    for part in parts {
        waits.append(&mut part?);
    }
    waits.sort_unstable();
    let count = waits.len() as f64;
    Ok(Round {
        rate: count / seconds,
        server_seconds: spent.server / count,
        others: spent.others(seconds),
        waits,
    })
}

fn keep_asking(
    address: SocketAddr,
    question: &Question<'_>,
    (connection, first_turn): (u64, u64),
    end: Instant,
    stop: &AtomicBool,
) -> Outcome<Vec<Duration>> {
    let mut line = Connection::open(address)?;
    let mut waits = Vec::with_capacity(1 << 16);
    for turn in first_turn..first_turn + MOST {
        let request = (question.ask)(connection, turn);
        let asked = Instant::now();
        if asked >= end || stop.load(Ordering::Relaxed) {
            break;
        }
        let reply = line.ask(&request)?;
        if !(question.right)(&reply) {
            let body = String::from_utf8_lossy(reply.body);
            return Err(Failure::new(format!(
                "the server answered {} to\n{}\n{body}",
                reply.status,
                String::from_utf8_lossy(&request)
            )));
        }
        waits.push(asked.elapsed());
    }
    Ok(waits)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Round;

    #[test]
    fn waits_are_read_from_the_sorted_list() {
        let waits = (1..=101).map(Duration::from_millis).collect();
        let round = Round {
            rate: 0.0,
            server_seconds: 0.0,
            others: 0.0,
            waits,
        };
        assert_eq!(round.wait(0.0), Duration::from_millis(1));
        assert_eq!(round.wait(0.5), Duration::from_millis(51));
        assert_eq!(round.wait(0.99), Duration::from_millis(100));
        assert_eq!(round.wait(1.0), Duration::from_millis(101));
    }
}
