//! What the gateway needs from outside while a plugin runs, over the database: what the plugin keeps
//! between calls, and the note that a request is about to leave.

use alvara_domain::id::PaymentAccountId;
use alvara_domain::time::UtcTime;
use alvara_gateway::{Answer, JournalEntry, KvPut, KvWritten, Place, ServiceFault, Services};
use alvara_store::plugin_memory::{self, Before, Kept, Memory, PluginRequest};
use alvara_store::{Db, Scope, StoreError};

/// The services of one call, for one payment account.
pub(super) struct House {
    pub(super) db: Db,
    pub(super) scope: Scope,
    pub(super) account: PaymentAccountId,
}

fn failed(error: StoreError) -> ServiceFault {
    ServiceFault(error.to_string())
}

impl Services for House {
    fn kv_get<'a>(
        &'a self,
        _place: &'a Place,
        key: &'a str,
        _now: UtcTime,
    ) -> Answer<'a, Option<Vec<u8>>> {
        let (account, key) = (self.account, key.to_owned());
        Box::pin(async move {
            self.db
                .read(&self.scope, move |tx| plugin_memory::get(tx, account, &key))
                .await
                .map_err(failed)
        })
    }

    fn kv_put<'a>(&'a self, _place: &'a Place, put: KvPut) -> Answer<'a, KvWritten> {
        let account = self.account;
        let most = i64::try_from(put.max_keys).unwrap_or(i64::MAX);
        let before = if put.only_if_absent {
            Before::Leave
        } else {
            Before::Replace
        };
        let memory = Memory {
            name: put.key,
            value: put.value,
            expires_at: put.expires_at,
        };
        Box::pin(async move {
            let kept = self
                .db
                .write(&self.scope, move |tx| {
                    plugin_memory::put(tx, account, &memory, before, most)
                })
                .await
                .map_err(failed)?;
            Ok(match kept {
                Kept::Yes => KvWritten::Kept,
                Kept::Present => KvWritten::Present,
                Kept::Full => KvWritten::Full,
            })
        })
    }

    fn kv_delete<'a>(&'a self, _place: &'a Place, key: &'a str) -> Answer<'a, ()> {
        let (account, key) = (self.account, key.to_owned());
        Box::pin(async move {
            self.db
                .write(&self.scope, move |tx| {
                    plugin_memory::delete(tx, account, &key)
                })
                .await
                .map_err(failed)
        })
    }

    fn journal<'a>(&'a self, entry: JournalEntry) -> Answer<'a, ()> {
        let request = PluginRequest {
            account_id: self.account,
            idempotency_key: entry.idempotency_key,
            method: entry.method,
            host: entry.host,
            path: entry.path,
            at: entry.at,
        };
        Box::pin(async move {
            self.db
                .write(&self.scope, move |tx| {
                    plugin_memory::note_request(tx, &request)
                })
                .await
                .map_err(failed)
        })
    }
}
