//! What the machine can do at most: signatures on all cores, and writes that reach the disk.

use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use alvara_vault::{Algorithm, KeySpec, SigningKey};

use crate::failure::{Failure, Outcome};
use crate::machine::Spent;

/// As long as what is signed for a lease.
const MESSAGE: [u8; 400] = [0x5a; 400];

/// Makes an RSA-2048 key as products have them.
pub(crate) fn key() -> Outcome<SigningKey> {
    Ok(SigningKey::generate(KeySpec::of(Algorithm::Rs256, 2048)?)?)
}

/// What a thing that is done over and over costs at least.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ceiling {
    /// How often it is done in a second, on all cores.
    pub(crate) rate: f64,
    /// Processor time for each, in seconds. Unlike the rate it hardly depends on who else uses the
    /// machine.
    pub(crate) seconds: f64,
}

/// RSA-2048 signatures on all cores: one thread a core, each doing nothing else.
pub(crate) fn signatures(key: &SigningKey, time: Duration) -> Outcome<Ceiling> {
    let before = Spent::of_us();
    let started = Instant::now();
    let counts: Vec<Outcome<u32>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores())
            .map(|_| scope.spawn(|| sign_until(key, started + time)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(Failure::new("a signing thread died")))
            })
            .collect()
    });
    let mut all = 0;
    for count in counts {
        all += count?;
    }
    let seconds = (Spent::of_us() - before) / f64::from(all);
    Ok(Ceiling {
        rate: f64::from(all) / started.elapsed().as_secs_f64(),
        seconds,
    })
}

fn sign_until(key: &SigningKey, end: Instant) -> Outcome<u32> {
    let mut count = 0;
    while Instant::now() < end {
        std::hint::black_box(key.sign(&MESSAGE)?);
        count += 1;
    }
    Ok(count)
}

/// How many threads run at the same time.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What the program `openssl speed` says of the same, for comparison; `None` where it is missing.
pub(crate) fn openssl_speed() -> Option<f64> {
    let output = Command::new("openssl")
        .args([
            "speed",
            "-seconds",
            "2",
            "-multi",
            &cores().to_string(),
            "rsa2048",
        ])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    signs_of(&String::from_utf8_lossy(&output.stdout))
}

/// Reads the line `rsa 2048 bits 0.000250s 0.000012s   4000.1  83000.5`.
fn signs_of(said: &str) -> Option<f64> {
    let line = said
        .lines()
        .find(|line| line.split_whitespace().take(2).eq(["rsa", "2048"]))?;
    line.split_whitespace()
        .filter(|word| !word.ends_with('s'))
        .nth(2)?
        .parse()
        .ok()
}

/// Writes of one page that reached the disk, a second, one after the other.
pub(crate) fn durable_writes(folder: &Path, time: Duration) -> Outcome<f64> {
    let mut file = tempfile::tempfile_in(folder)?;
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < time {
        file.rewind()?;
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::signs_of;

    #[test]
    fn the_figure_of_openssl_is_read() {
        let said = "                  sign    verify    sign/s verify/s\n\
                    rsa 2048 bits 0.000251s 0.000012s   3978.5  81234.0\n";
        assert_eq!(signs_of(said), Some(3978.5));
        let newer = "                   sign    verify    encrypt   decrypt   sign/s verify/s\n";
        assert_eq!(signs_of(newer), None);
    }
}
