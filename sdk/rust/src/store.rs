//! What the program keeps: one sealed file with a backup, and a watermark against old copies of it.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use openssl::rand::rand_bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::seal::{Label, Seal, SealFault};

/// Machines that the watermark remembers, and seats that each gave back.
const REMEMBERED: usize = 32;
/// How long to wait for another writer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the platform refused, signed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) because: Option<Value>,
    #[serde(default)]
    pub(crate) days_left: Option<i64>,
    pub(crate) at: i64,
}

/// A floating seat that is held.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct HeldSeat {
    pub(crate) id: String,
    pub(crate) lease: String,
    #[serde(default)]
    pub(crate) borrowed_until: Option<i64>,
}

/// What is kept. The tokens inside are the authority; the rest is about them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    pub(crate) v: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) machine_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) computer_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lease: Option<String>,
    pub(crate) seq: i64,
    pub(crate) contact: i64,
    pub(crate) last_seen: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_check: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refusal: Option<Refusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) list_seq: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) listed: Option<String>,
    pub(crate) seats: BTreeMap<String, HeldSeat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pending: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) receipt: Option<String>,
}

/// What was seen of one machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Seen {
    pub(crate) seq: i64,
    pub(crate) contact: i64,
    pub(crate) returned: Vec<String>,
}

/// What no honest store falls behind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watermark {
    pub(crate) last_seen: i64,
    pub(crate) machines: BTreeMap<String, Seen>,
}

/// What a change of the store also tells the watermark.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// What the platform just said the time is: only that may set the last-seen time back.
    pub(crate) clock_is: Option<i64>,
    /// A seat that was given back just now.
    pub(crate) returned: Option<String>,
}

impl Told {
    pub(crate) fn clock(now: i64) -> Self {
        Self {
            clock_is: Some(now),
            returned: None,
        }
    }
}

/// The sealed file, its backup, and the watermark that lies elsewhere.
pub(crate) struct Store {
    file: PathBuf,
    backup: PathBuf,
    watermark: PathBuf,
    seal: Seal,
}

impl Store {
    pub(crate) fn new(file: PathBuf, watermark: PathBuf, seal: Seal) -> Self {
        Self {
            backup: beside(&file, "", ".bak"),
            file,
            watermark,
            seal,
        }
    }

    /// What was kept; empty when nothing ever was.
    pub(crate) fn load(&self) -> Result<Kept, SealFault> {
        let mut worst = None;
        for file in [&self.file, &self.backup] {
            let Ok(sealed) = fs::read(file) else { continue };
            let opened = self.seal.open(Label::Store, &sealed);
            let read = opened.and_then(|plain| {
                let kept = serde_json::from_slice::<Kept>(&plain);
                kept.map_err(|_| SealFault::Damaged)
            });
            match read {
                Ok(kept) if kept.v == 1 => return Ok(kept),
                Ok(_) => worst = worst.or(Some(SealFault::Damaged)),
                Err(fault) => worst = worst.or(Some(fault)),
            }
        }
        worst.map_or_else(|| Ok(Kept::default()), Err)
    }

    /// Changes what is kept, on top of what another process may have kept meanwhile. A file that
    /// cannot be opened is started anew.
    pub(crate) fn update(&self, told: Told, change: impl FnOnce(&mut Kept)) -> io::Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        let _lock = Lock::take(beside(&self.file, "", ".lock"))?;
        let mut kept = self.load().unwrap_or_default();
        kept.v = 1;
        change(&mut kept);
        let sealed = self.sealed(Label::Store, &kept)?;
        write_whole(&self.file, &sealed)?;
        write_whole(&self.backup, &sealed)?;
        self.raise(&kept, told)
    }

    /// What the watermark says; one that cannot be read says nothing.
    pub(crate) fn seen(&self) -> Watermark {
        fs::read(&self.watermark)
            .ok()
            .and_then(|sealed| self.seal.open(Label::Watermark, &sealed).ok())
            .and_then(|plain| serde_json::from_slice(&plain).ok())
            .unwrap_or_default()
    }

    fn raise(&self, kept: &Kept, told: Told) -> io::Result<()> {
        let before = self.seen();
        let mut after = before.clone();
        after.last_seen = told
            .clock_is
            .unwrap_or_else(|| before.last_seen.max(kept.last_seen));
        if let Some(machine) = &kept.machine_id {
            let seen = after.machines.entry(machine.clone()).or_default();
            seen.seq = seen.seq.max(kept.seq);
            seen.contact = seen.contact.max(kept.contact);
            seen.returned.extend(told.returned);
            let surplus = seen.returned.len().saturating_sub(REMEMBERED);
            seen.returned.drain(..surplus);
            while after.machines.len() > REMEMBERED {
                let oldest = after.machines.iter().min_by_key(|(_, seen)| seen.contact);
                let Some(name) = oldest.map(|(name, _)| name.clone()) else {
                    break;
                };
                after.machines.remove(&name);
            }
        }
        if after == before {
            return Ok(());
        }
        let sealed = self.sealed(Label::Watermark, &after)?;
        write_whole(&self.watermark, &sealed)
    }

    fn sealed<T: Serialize>(&self, label: Label, said: &T) -> io::Result<Vec<u8>> {
        let plain = serde_json::to_vec(said).map_err(io::Error::other)?;
        let sealed = self.seal.close(label, &plain);
        sealed.map_err(|_| io::Error::other("the file cannot be sealed"))
    }
}

fn beside(file: &Path, before: &str, after: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{before}{name}{after}"))
}

/// Writes beside and moves over, so that a power cut leaves the old file or the new one.
fn write_whole(file: &Path, data: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut random = [0; 6];
    rand_bytes(&mut random).map_err(io::Error::other)?;
    let fresh = beside(file, ".", &format!(".{}", HEXLOWER.encode(&random)));
    let written = fill(&fresh, data).and_then(|()| fs::rename(&fresh, file));
    if written.is_err() {
        drop(fs::remove_file(&fresh));
    }
    written
}

fn fill(file: &Path, data: &[u8]) -> io::Result<()> {
    let mut out = private().write(true).create_new(true).open(file)?;
    out.write_all(data)?;
    out.sync_all()
}

/// Files that nobody but their owner reads.
#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Files in a folder that is the user's own.
#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

/// One writer at a time, among processes too. What a writer that died left behind is waited for
/// once.
struct Lock(PathBuf);

impl Lock {
    #[expect(
        clippy::disallowed_methods,
        reason = "another process gives no sign when it is done"
    )]
    fn take(file: PathBuf) -> io::Result<Self> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match private().write(true).create_new(true).open(&file) {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}
