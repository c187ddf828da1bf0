//! Clock, log and randomness.

use alvara_domain::civil_date::CivilDate;
use alvara_domain::time::ZoneName;

use super::{Host, Stop};
use crate::holidays::is_bank_holiday;
use crate::services::{LogLevel, ServiceFault};
use crate::v1::{ask, clock, log, random};

/// A line of the log.
const LONGEST_LINE: usize = 8 * 1024;
/// Random bytes of one request.
const MOST_RANDOM: u32 = 4096;

impl clock::Host for Host {
    async fn now_ms(&mut self) -> wasmtime::Result<u64> {
        Ok(ask::instant(self.now()))
    }

    async fn today(&mut self, time_zone: String) -> wasmtime::Result<String> {
        let zone: ZoneName = time_zone
            .parse()
            .unwrap_or_else(|_| self.call.account.time_zone.clone());
        Ok(CivilDate::of(self.now(), &zone).to_string())
    }

    /// What is no day is no holiday.
    async fn is_bank_holiday(&mut self, date: String, country: String) -> wasmtime::Result<bool> {
        Ok(date
            .parse()
            .is_ok_and(|day: CivilDate| is_bank_holiday(day, &country)))
    }
}

impl log::Host for Host {
    async fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        self.say(level, message);
        Ok(())
    }
}

impl Host {
    /// Writes a line to the log. What comes after the last allowed one is dropped: a plugin that
    /// talks too much still works.
    pub(super) fn say(&mut self, level: LogLevel, message: String) {
        if self.log_left == 0 {
            return;
        }
        self.log_left -= 1;
        // One call, one line: a line break would let a plugin write lines in our name.
        let line: String = self
            .blotter
            .line(message, LONGEST_LINE)
            .chars()
            .map(|sign| if sign.is_control() { ' ' } else { sign })
            .collect();
        self.call.services.log(&self.place, level, &line);
    }

    /// What the language's library prints, such as the message of a panic, goes to the log line by
    /// line.
    pub(super) fn print(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.printed);
                if !line.is_empty() {
                    self.say(LogLevel::Warn, String::from_utf8_lossy(&line).into_owned());
                }
            } else if self.printed.len() < LONGEST_LINE {
                self.printed.push(*byte);
            }
        }
    }
}

impl random::Host for Host {
    async fn bytes(&mut self, len: u32) -> wasmtime::Result<Vec<u8>> {
        if len > MOST_RANDOM {
            return Err(Stop::Misuse("more than 4096 random bytes at once").into());
        }
        let mut bytes = vec![0; len as usize];
        openssl::rand::rand_bytes(&mut bytes)
            .map_err(|_| Stop::Host(ServiceFault("no randomness".to_owned())))?;
        Ok(bytes)
    }
}
