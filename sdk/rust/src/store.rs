//! What the program keeps: one sealed file with a backup, and a watermark against old copies of it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::files::{Lock, beside, drawn, read, write_whole};
use crate::seal::{Label, Seal, SealFault};

/// Machines that the watermark remembers, and seats that each gave back.
const REMEMBERED: usize = 32;

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
    /// What its watermark names too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) twin: Option<String>,
}

/// What was seen of one machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Seen {
    pub(crate) seq: i64,
    pub(crate) contact: i64,
    pub(crate) returned: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) list_seq: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) listed: Option<String>,
}

/// What no honest store falls behind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watermark {
    pub(crate) last_seen: i64,
    pub(crate) machines: BTreeMap<String, Seen>,
    /// The nonce of the request that waits for its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pending: Option<String>,
    /// What its store names too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) twin: Option<String>,
}

/// What becomes of the request that waits.
#[derive(Debug, Clone, Default)]
pub(crate) enum Waiting {
    /// It goes on waiting.
    #[default]
    Stays,
    /// It is answered, or void.
    Over,
    /// Another one, by its nonce.
    Begins(String),
}

/// What lists say of license and machine.
#[derive(Debug, Clone, Default)]
pub(crate) enum Listing {
    /// What they said before.
    #[default]
    Stays,
    /// A contact says that all is in order: their word is over.
    Cleared,
    /// Number and code of the list that was just read.
    Read(i64, Option<String>),
}

/// Whether the platform has just vouched for what is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Pairing {
    /// It has not.
    #[default]
    Stays,
    /// It has: store and watermark belong together from here.
    Renewed,
}

/// What a change of the store also tells the watermark.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// What the platform just said the time is: only that may set the last-seen time back.
    pub(crate) clock_is: Option<i64>,
    /// A seat that was given back just now.
    pub(crate) returned: Option<String>,
    pub(crate) waiting: Waiting,
    pub(crate) listing: Listing,
    pub(crate) pairing: Pairing,
}

impl Told {
    /// What an answer that was asked for just now tells.
    pub(crate) fn clock(now: i64) -> Self {
        Self {
            clock_is: Some(now),
            pairing: Pairing::Renewed,
            ..Self::default()
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
            let opened = match read(file) {
                Ok(Some(sealed)) => self.seal.open(Label::Store, &sealed),
                Ok(None) => continue,
                Err(_) => Err(SealFault::Unreadable),
            };
            let kept = opened.and_then(|plain| {
                let kept = serde_json::from_slice::<Kept>(&plain);
                kept.map_err(|_| SealFault::Damaged)
            });
            let fault = match kept {
                Ok(kept) if kept.v == 1 => return Ok(kept),
                Ok(_) => SealFault::Damaged,
                Err(fault) => fault,
            };
            if worst.is_none() || fault == SealFault::Unreadable {
                worst = Some(fault);
            }
        }
        worst.map_or_else(|| Ok(Kept::default()), Err)
    }

    /// Changes what is kept, on top of what another process may have kept meanwhile. A file that
    /// cannot be opened is started anew; one that cannot be read is an error and stays as it is. The
    /// watermark is raised first: who keeps it from being written keeps nothing new.
    pub(crate) fn update(&self, told: Told, change: impl FnOnce(&mut Kept)) -> io::Result<()> {
        let _lock = Lock::take(&self.file)?;
        let mut kept = match self.load() {
            Err(SealFault::Unreadable) => {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "what is kept cannot be read",
                ));
            }
            loaded => loaded.unwrap_or_default(),
        };
        kept.v = 1;
        change(&mut kept);
        let before = self.marked()?;
        if told.pairing == Pairing::Renewed && (kept.twin.is_none() || kept.twin != before.twin) {
            kept.twin = Some(drawn::<8>()?);
        }
        let after = raised(&before, &kept, told);
        let sealed = self.sealed(Label::Store, &kept)?;
        write_whole(&[&self.file, &self.backup], &sealed, || {
            if after == before {
                return Ok(());
            }
            let sealed = self.sealed(Label::Watermark, &after)?;
            write_whole(&[&self.watermark], &sealed, || Ok(()))
        })
    }

    /// What the watermark says; one that is not there or cannot be opened says nothing, and is
    /// nobody's twin.
    pub(crate) fn seen(&self) -> Result<Watermark, SealFault> {
        self.marked().map_err(|_| SealFault::Unreadable)
    }

    fn marked(&self) -> io::Result<Watermark> {
        let sealed = read(&self.watermark)?;
        let plain = sealed.and_then(|sealed| self.seal.open(Label::Watermark, &sealed).ok());
        let read = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        Ok(read.unwrap_or_default())
    }

    fn sealed<T: Serialize>(&self, label: Label, said: &T) -> io::Result<Vec<u8>> {
        let plain = serde_json::to_vec(said).map_err(io::Error::other)?;
        let sealed = self.seal.close(label, &plain);
        sealed.map_err(|_| io::Error::other("the file cannot be sealed"))
    }
}

/// The watermark after a change.
fn raised(before: &Watermark, kept: &Kept, told: Told) -> Watermark {
    let mut after = before.clone();
    after.last_seen = told
        .clock_is
        .unwrap_or_else(|| before.last_seen.max(kept.last_seen));
    match told.waiting {
        Waiting::Stays => {}
        Waiting::Over => after.pending = None,
        Waiting::Begins(nonce) => after.pending = Some(nonce),
    }
    if told.pairing == Pairing::Renewed {
        after.twin.clone_from(&kept.twin);
    }
    let Some(machine) = &kept.machine_id else {
        return after;
    };
    let seen = after.machines.entry(machine.clone()).or_default();
    seen.seq = seen.seq.max(kept.seq);
    seen.contact = seen.contact.max(kept.contact);
    seen.returned.extend(told.returned);
    let surplus = seen.returned.len().saturating_sub(REMEMBERED);
    seen.returned.drain(..surplus);
    match told.listing {
        Listing::Stays => {}
        Listing::Cleared => seen.listed = None,
        Listing::Read(seq, code) => (seen.list_seq, seen.listed) = (Some(seq), code),
    }
    while after.machines.len() > REMEMBERED {
        let oldest = after.machines.iter().min_by_key(|(_, seen)| seen.contact);
        let Some(name) = oldest.map(|(name, _)| name.clone()) else {
            break;
        };
        after.machines.remove(&name);
    }
    after
}
