//! What a use case holds: a transaction bound to a scope.
use crate::audit::{self, Draft};
use crate::dialect::{self, DbConnection, Transactions};
use crate::error::{StoreError, StoreResult};
use crate::scope::{Actor, Grant, Origin, PlatformScope, Reach, Scope, cut};
use crate::{events, idempotency, jobs};
use alvara_domain::event::EventKind;
use alvara_domain::id::{EventId, Id, JobId, TenantId, Ulid};
use alvara_domain::node::NodePath;
use alvara_domain::time::UtcTime;
use diesel::connection::TransactionManager;
use serde::Serialize;
use std::fmt::Display;

/// What one attempt at a transaction keeps beside its connection.
pub(crate) struct Log {
    now: UtcTime,
    last_id: Option<Ulid>,
    drafts: Vec<Draft>,
}

impl Log {
    pub(crate) fn new(now: UtcTime) -> Self {
        Self {
            now,
            last_id: None,
            drafts: Vec::new(),
        }
    }

    /// The instant of the transaction and random bits; further ids count on from the first, so
    /// that the order of ids is the order in which they were made.
    fn new_id<T: Id>(&mut self) -> StoreResult<T> {
        let next = match self.last_id.and_then(|last| last.increment().ok()) {
            Some(next) => next,
            None => {
                let mut random = [0_u8; 16];
                openssl::rand::rand_bytes(&mut random[6..])
                    .map_err(|_| StoreError::Unavailable("no random numbers".to_owned()))?;
                // The top random bit stays clear so that counting on cannot overflow.
                random[6] &= 0x7f;
                Ulid::from_parts(
                    u64::try_from(self.now.millis()).unwrap_or(0),
                    u128::from_be_bytes(random),
                )
            }
        };
        self.last_id = Some(next);
        Ok(T::from_ulid(next))
    }

    fn draft(
        &mut self,
        (tenant, actor, origin): (TenantId, &Actor, &Origin),
        (action, target): (&str, &dyn Display),
        before: impl Serialize,
        after: impl Serialize,
    ) -> StoreResult<()> {
        self.drafts.push(Draft {
            tenant,
            actor: cut(&actor.to_string(), 60),
            source_address: origin.source_address().to_owned(),
            request_id: origin.request_id().to_owned(),
            action: cut(action, 60),
            target: cut(&target.to_string(), 64),
            before: serde_json::to_string(&before)?,
            after: serde_json::to_string(&after)?,
        });
        Ok(())
    }
}

/// Runs `insert` in a savepoint; `false` when a unique value is taken. `PostgreSQL` would
/// otherwise abort the whole transaction.
pub(crate) fn inserted(
    conn: &mut DbConnection,
    insert: impl FnOnce(&mut DbConnection) -> StoreResult<()>,
) -> StoreResult<bool> {
    Transactions::begin_transaction(conn)?;
    match insert(conn) {
        Ok(()) => {
            Transactions::commit_transaction(conn)?;
            Ok(true)
        }
        Err(error) => {
            Transactions::rollback_transaction(conn)?;
            if matches!(error, StoreError::Taken) {
                Ok(false)
            } else {
                Err(error)
            }
        }
    }
}

/// A transaction in one tenant, bound to a scope. Every function of this crate that takes one
/// applies the scope by itself; from outside there is no way to write a query without it.
pub struct TenantTx<'a> {
    pub(crate) conn: &'a mut DbConnection,
    log: &'a mut Log,
    scope: &'a Scope,
}

impl<'a> TenantTx<'a> {
    pub(crate) fn new(conn: &'a mut DbConnection, log: &'a mut Log, scope: &'a Scope) -> Self {
        Self { conn, log, scope }
    }

    /// The scope it is bound to.
    #[must_use]
    pub fn scope(&self) -> &'a Scope {
        self.scope
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    /// The one instant of this transaction.
    #[must_use]
    pub fn now(&self) -> UtcTime {
        self.log.now
    }

    /// A new id. Within a transaction, ids rise in the order they are made.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new_id<T: Id>(&mut self) -> StoreResult<T> {
        self.log.new_id()
    }

    /// Notes an audit entry, written last before the commit. `()` stands for no state. Never pass a
    /// secret or a key in `before` or `after`: the chain is kept for ever.
    ///
    /// # Errors
    /// When a state cannot be written as JSON.
    pub fn audit(
        &mut self,
        action: &str,
        target: impl Display,
        before: impl Serialize,
        after: impl Serialize,
    ) -> StoreResult<()> {
        let who = (self.scope.tenant(), self.scope.actor(), self.scope.origin());
        self.log.draft(who, (action, &target), before, after)
    }

    /// Does a part of the work that may fail without the rest: when it does, nothing of it stays.
    ///
    /// # Errors
    /// Those of `work`, and when the database fails.
    pub fn attempt<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut TenantTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let drafts = self.log.drafts.len();
        Transactions::begin_transaction(self.conn).map_err(StoreError::from)?;
        match work(&mut TenantTx::new(self.conn, self.log, self.scope)) {
            Ok(done) => {
                Transactions::commit_transaction(self.conn).map_err(StoreError::from)?;
                Ok(done)
            }
            Err(error) => {
                Transactions::rollback_transaction(self.conn).map_err(StoreError::from)?;
                self.log.drafts.truncate(drafts);
                Err(error)
            }
        }
    }

    /// Writes an event of the tenant.
    ///
    /// # Errors
    /// When the database fails.
    pub fn emit(
        &mut self,
        kind: EventKind,
        subject: impl Display,
        data: impl Serialize,
    ) -> StoreResult<EventId> {
        let id = self.new_id()?;
        events::insert(
            self.conn,
            self.scope.tenant(),
            id,
            kind,
            &subject.to_string(),
            &serde_json::to_string(&data)?,
            self.log.now,
        )?;
        Ok(id)
    }

    /// Leaves work for later, in the same transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub fn enqueue(
        &mut self,
        kind: &str,
        payload: impl Serialize,
        run_at: UtcTime,
    ) -> StoreResult<JobId> {
        let id = self.new_id()?;
        jobs::insert(
            self.conn,
            self.scope.tenant(),
            id,
            kind,
            &serde_json::to_string(&payload)?,
            run_at,
            self.log.now,
        )?;
        Ok(id)
    }

    /// Refuses what belongs to the whole tenant to a scope that is only a part of it.
    pub(crate) fn require_whole_tenant(&self) -> StoreResult<()> {
        if self.scope.is_whole_tenant() {
            Ok(())
        } else {
            Err(StoreError::OutOfReach)
        }
    }

    pub(crate) fn finish(&mut self) -> StoreResult<()> {
        if let Some(claim) = self.scope.claim() {
            idempotency::mark_committed(self.conn, self.scope.tenant(), claim)?;
        }
        audit::write(
            self.conn,
            self.log.now,
            std::mem::take(&mut self.log.drafts),
        )
    }
}

/// A transaction across tenants. What it can do is in `platform` and in the functions that take one.
pub struct PlatformTx<'a> {
    pub(crate) conn: &'a mut DbConnection,
    log: &'a mut Log,
    scope: &'a PlatformScope,
}

impl<'a> PlatformTx<'a> {
    pub(crate) fn new(
        conn: &'a mut DbConnection,
        log: &'a mut Log,
        scope: &'a PlatformScope,
    ) -> Self {
        Self { conn, log, scope }
    }

    /// The scope it is bound to.
    #[must_use]
    pub fn scope(&self) -> &'a PlatformScope {
        self.scope
    }

    /// The one instant of this transaction.
    #[must_use]
    pub fn now(&self) -> UtcTime {
        self.log.now
    }

    /// A new id. Within a transaction, ids rise in the order they are made.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new_id<T: Id>(&mut self) -> StoreResult<T> {
        self.log.new_id()
    }

    /// Notes an audit entry in the chain of `tenant`; see [`TenantTx::audit`].
    ///
    /// # Errors
    /// When a state cannot be written as JSON.
    pub fn audit_in(
        &mut self,
        tenant: TenantId,
        action: &str,
        target: impl Display,
        before: impl Serialize,
        after: impl Serialize,
    ) -> StoreResult<()> {
        self.log.draft(
            (tenant, self.scope.actor(), self.scope.origin()),
            (action, &target),
            before,
            after,
        )
    }

    /// Leaves work for later in the name of `tenant`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn enqueue_in(
        &mut self,
        tenant: TenantId,
        kind: &str,
        payload: impl Serialize,
        run_at: UtcTime,
    ) -> StoreResult<JobId> {
        let id = self.new_id()?;
        jobs::insert(
            self.conn,
            tenant,
            id,
            kind,
            &serde_json::to_string(&payload)?,
            run_at,
            self.log.now,
        )?;
        Ok(id)
    }

    /// Works in the whole of one tenant within this transaction; `root` is the path of its tree's
    /// root. For setting a tenant up and for the console.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn enter<T, E>(
        &mut self,
        tenant: TenantId,
        root: &NodePath,
        work: impl FnOnce(&mut TenantTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let scope = Scope::new(Grant {
            tenant,
            path: root.clone(),
            reach: Reach::Tree,
            actor: self.scope.actor().clone(),
            origin: self.scope.origin().clone(),
        });
        work(&mut TenantTx::new(self.conn, self.log, &scope))
    }

    /// Goes on within a scope, for a reader who found out only in this transaction which one that
    /// is. The transaction does not come out again: from here on the database shows that tenant only.
    ///
    /// # Errors
    /// Those of `work`, and when the database fails.
    pub fn go_on_in<T, E: From<StoreError>>(
        &mut self,
        scope: &Scope,
        work: impl FnOnce(&mut TenantTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        dialect::narrow(self.conn, &scope.tenant().to_string()).map_err(StoreError::from)?;
        work(&mut TenantTx::new(self.conn, self.log, scope))
    }

    pub(crate) fn finish(&mut self) -> StoreResult<()> {
        if let Some((tenant, claim)) = self.scope.claim() {
            idempotency::mark_committed(self.conn, *tenant, claim)?;
        }
        audit::write(
            self.conn,
            self.log.now,
            std::mem::take(&mut self.log.drafts),
        )
    }
}
