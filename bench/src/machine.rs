//! The machine that is measured on, and who uses it meanwhile.

use std::fs;

use serde::Serialize;

use crate::ceiling::cores;

/// The kernel counts processor time in these, everywhere Linux runs today.
const TICKS_A_SECOND: f64 = 100.0;

/// What somebody who compares two reports needs to know.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_mb: u64,
    pub(crate) kernel: String,
}

impl Machine {
    /// This one.
    pub(crate) fn here() -> Self {
        let model = field(
            &fs::read_to_string("/proc/cpuinfo").unwrap_or_default(),
            "model name",
        );
        let memory = field(
            &fs::read_to_string("/proc/meminfo").unwrap_or_default(),
            "MemTotal",
        );
        Self {
            processor: model.unwrap_or_else(|| "unknown".to_owned()),
            cores: cores(),
            memory_mb: memory.as_deref().and_then(kilobytes).unwrap_or(0) / 1024,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
        }
    }
}

/// Processor time used so far, in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    /// By the server.
    pub(crate) server: f64,
    /// By the program that asks it.
    pub(crate) asking: f64,
    /// By everything on the machine.
    pub(crate) machine: f64,
}

impl Spent {
    /// As of now.
    pub(crate) fn now(server: u32) -> Self {
        Self {
            server: of_process(&format!("/proc/{server}/stat")),
            asking: Self::of_us(),
            machine: of_machine(&fs::read_to_string("/proc/stat").unwrap_or_default()),
        }
    }

    /// By ourselves, as of now.
    pub(crate) fn of_us() -> f64 {
        of_process("/proc/self/stat")
    }

    /// What was spent since an earlier look.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            server: self.server - earlier.server,
            asking: self.asking - earlier.asking,
            machine: self.machine - earlier.machine,
        }
    }

    /// What neither the server nor we used, as a share of all cores.
    pub(crate) fn others(self, seconds: f64) -> f64 {
        let cores = u32::try_from(cores()).map_or(1.0, f64::from);
        ((self.machine - self.server - self.asking) / (seconds * cores)).clamp(0.0, 1.0)
    }
}

/// Memory of a process that is really in use, in megabytes.
pub(crate) fn resident_mb(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kilobytes = kilobytes(&field(&status, "VmRSS")?)?;
    Some(u32::try_from(kilobytes).map(f64::from).ok()? / 1024.0)
}

fn of_process(file: &str) -> f64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    // The name in parentheses may hold blanks; what follows it does not.
    let after = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    ticks(after.split_whitespace().skip(11).take(2))
}

fn of_machine(stat: &str) -> f64 {
    let first = stat.lines().next().unwrap_or_default();
    let fields: Vec<&str> = first.split_whitespace().skip(1).collect();
    // user nice system - - irq softirq: everything but idle, waiting for disks, and guests.
    ticks(
        [0, 1, 2, 5, 6]
            .into_iter()
            .filter_map(|index| fields.get(index).copied()),
    )
}

fn ticks<'a>(fields: impl Iterator<Item = &'a str>) -> f64 {
    fields
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS_A_SECOND
}

fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn kilobytes(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{field, kilobytes, of_machine};

    #[test]
    fn time_that_nobody_used_does_not_count() {
        let busy = of_machine("cpu  100 50 200 9999 888 10 40 0 0 0\ncpu0 1 1 1 1\n");
        assert!((busy - 4.0).abs() < 1e-9, "{busy}");
    }

    #[test]
    fn figures_with_units_are_read() {
        let status = "Name:\talvara\nVmRSS:\t   70656 kB\n";
        assert_eq!(
            field(status, "VmRSS").as_deref().and_then(kilobytes),
            Some(70_656)
        );
    }
}
