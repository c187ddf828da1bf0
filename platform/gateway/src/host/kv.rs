//! A little memory for one payment account.

use super::{Host, Stop};
use crate::services::{KvPut, KvWritten};
use crate::v1::kv::{self, KvError};

const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 16 * 1024;
const MOST_KEYS: usize = 64;

fn is_key(key: &str) -> bool {
    (1..=LONGEST_KEY).contains(&key.len())
}

impl Host {
    async fn put(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_seconds: Option<u64>,
        only_if_absent: bool,
    ) -> wasmtime::Result<Result<KvWritten, KvError>> {
        if !is_key(&key) || value.len() > LONGEST_VALUE {
            return Ok(Err(KvError::TooLarge));
        }
        let now = self.now();
        let put = KvPut {
            key,
            value,
            expires_at: ttl_seconds
                .map(|ttl| now.saturating_add_seconds(i64::try_from(ttl).unwrap_or(i64::MAX))),
            only_if_absent,
            max_keys: MOST_KEYS,
            now,
        };
        let written = self
            .call
            .services
            .kv_put(&self.place, put)
            .await
            .map_err(Stop::Host)?;
        Ok(match written {
            KvWritten::Full => Err(KvError::Quota),
            other => Ok(other),
        })
    }
}

impl kv::Host for Host {
    async fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        if !is_key(&key) {
            return Ok(None);
        }
        let now = self.now();
        Ok(self
            .call
            .services
            .kv_get(&self.place, &key, now)
            .await
            .map_err(Stop::Host)?)
    }

    async fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_seconds: Option<u64>,
    ) -> wasmtime::Result<Result<(), KvError>> {
        Ok(self.put(key, value, ttl_seconds, false).await?.map(drop))
    }

    async fn set_if_absent(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_seconds: Option<u64>,
    ) -> wasmtime::Result<Result<bool, KvError>> {
        let written = self.put(key, value, ttl_seconds, true).await?;
        Ok(written.map(|written| written == KvWritten::Kept))
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<()> {
        if is_key(&key) {
            self.call
                .services
                .kv_delete(&self.place, &key)
                .await
                .map_err(Stop::Host)?;
        }
        Ok(())
    }
}
