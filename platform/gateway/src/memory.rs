//! Services that forget everything with the process: for plugin authors, tests and `alvara plugin
//! test`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use alvara_domain::time::UtcTime;

use crate::services::{Answer, JournalEntry, KvPut, KvWritten, LogLevel, Place, Services};

/// What [`MemoryServices`] holds, to look at afterwards.
#[derive(Debug, Default, Clone)]
pub struct Kept {
    /// Every line of the journal, oldest first.
    pub journal: Vec<JournalEntry>,
    /// Every line that plugins wrote.
    pub log: Vec<(LogLevel, String)>,
    values: BTreeMap<(Place, String), (Vec<u8>, Option<UtcTime>)>,
}

/// [`Services`] in memory.
#[derive(Debug, Default)]
pub struct MemoryServices(Mutex<Kept>);

impl MemoryServices {
    /// With nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of what is there now.
    #[must_use]
    pub fn kept(&self) -> Kept {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, place: &Place, put: KvPut) -> KvWritten {
        let mut kept = self.lock();
        let now = put.now;
        kept.values
            .retain(|_, (_, until)| until.is_none_or(|until| until > now));
        let at = (place.clone(), put.key);
        if kept.values.contains_key(&at) {
            if put.only_if_absent {
                return KvWritten::Present;
            }
        } else if kept
            .values
            .keys()
            .filter(|(whose, _)| whose == place)
            .count()
            >= put.max_keys
        {
            return KvWritten::Full;
        }
        kept.values.insert(at, (put.value, put.expires_at));
        KvWritten::Kept
    }
}

impl Services for MemoryServices {
    fn kv_get<'a>(
        &'a self,
        place: &'a Place,
        key: &'a str,
        now: UtcTime,
    ) -> Answer<'a, Option<Vec<u8>>> {
        let found = self
            .lock()
            .values
            .get(&(place.clone(), key.to_owned()))
            .filter(|(_, until)| until.is_none_or(|until| until > now))
            .map(|(value, _)| value.clone());
        Box::pin(async move { Ok(found) })
    }

    fn kv_put<'a>(&'a self, place: &'a Place, put: KvPut) -> Answer<'a, KvWritten> {
        let written = self.put(place, put);
        Box::pin(async move { Ok(written) })
    }

    fn kv_delete<'a>(&'a self, place: &'a Place, key: &'a str) -> Answer<'a, ()> {
        self.lock().values.remove(&(place.clone(), key.to_owned()));
        Box::pin(async { Ok(()) })
    }

    fn journal<'a>(&'a self, entry: JournalEntry) -> Answer<'a, ()> {
        self.lock().journal.push(entry);
        Box::pin(async { Ok(()) })
    }

    fn log(&self, _: &Place, level: LogLevel, line: &str) {
        self.lock().log.push((level, line.to_owned()));
    }
}
