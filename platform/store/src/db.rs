//! The database and its doors.
use crate::address::{Address, WhenMissing};
use crate::clock::Clock;
use crate::dialect::{self, Backend, DbConnection, Door, SecondWall};
use crate::error::{StoreError, StoreResult};
use crate::pool::{Held, Pool};
use crate::scope::{Mint, PlatformScope, Scope};
use crate::shape::{self, Difference};
use crate::tx::{Log, PlatformTx, TenantTx};
use crate::work::{Undone, Value, Work, forget, on_loan, recall};
use crate::writer::Writer;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;

/// Which database, and how.
#[derive(Clone)]
pub struct DbConfig {
    /// `sqlite://path`, `postgres://…`, `mysql://…` or `mariadb://…`.
    pub url: String,
    /// How many connections to a server are open at once at most. SQLite takes no notice.
    pub connections: u32,
    /// What to do about a SQLite file that is not there.
    pub when_missing: WhenMissing,
}

impl DbConfig {
    /// The usual settings for a URL: 16 connections, a missing file is an error.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            connections: 16,
            when_missing: WhenMissing::Refuse,
        }
    }

    /// The same, making a missing SQLite file.
    #[must_use]
    pub fn create(url: &str) -> Self {
        Self {
            when_missing: WhenMissing::Create,
            ..Self::new(url)
        }
    }
}

impl std::fmt::Debug for DbConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL holds a password.
        f.debug_struct("DbConfig")
            .field("connections", &self.connections)
            .field("when_missing", &self.when_missing)
            .finish_non_exhaustive()
    }
}

/// The database. Clones are handles to the same one.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    address: Address,
    backend: Backend,
    clock: Clock,
    engine: Engine,
}

enum Engine {
    /// SQLite: many readers on whatever thread asks, one writer on its own.
    Embedded { readers: Pool, writer: Writer },
    /// A server: as many connections as permits, which are handed out in order of arrival.
    Pooled {
        pool: Arc<Pool>,
        permits: Arc<Semaphore>,
        total: u32,
    },
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db")
            .field("backend", &self.0.backend)
            .finish_non_exhaustive()
    }
}

impl Db {
    /// Opens the database and hands out the only mint of scopes there is for it.
    ///
    /// A connection is made at once, so a wrong URL or password shows here and not later.
    ///
    /// # Errors
    /// [`StoreError::Setup`] for what a person must mend, [`StoreError::Unavailable`] when it does
    /// not answer.
    pub fn open(config: &DbConfig, clock: Clock) -> StoreResult<(Self, Mint)> {
        let address = Address::parse(&config.url)?;
        address.prepare(config.when_missing)?;
        let first = dialect::open(&address, Door::Write)?;
        let backend = dialect::backend(&first);
        let engine = if backend == Backend::Sqlite {
            Engine::Embedded {
                readers: Pool::new(address.clone(), Door::Read),
                writer: Writer::start(address.clone(), first, clock.clone())?,
            }
        } else {
            let pool = Pool::new(address.clone(), Door::Write);
            pool.put(Held::new(first));
            let total = config.connections.clamp(1, 10_000);
            Engine::Pooled {
                pool: Arc::new(pool),
                permits: Arc::new(Semaphore::new(total as usize)),
                total,
            }
        };
        Ok((
            Self(Arc::new(Inner {
                address,
                backend,
                clock,
                engine,
            })),
            Mint::new(),
        ))
    }

    /// The clock its transactions read.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Which of the three it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.0.backend
    }

    /// Reads in one tenant. All statements see one state of the database on SQLite; on the others
    /// each statement sees what is committed when it starts.
    ///
    /// On SQLite the closure runs on the calling thread: keep it short, or use [`Db::read_long`].
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError`] as its error type takes it up.
    pub async fn read<T, E>(
        &self,
        scope: &Scope,
        mut work: impl FnMut(&mut TenantTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (scope, wall) = (scope.clone(), scope.tenant().to_string());
        let work =
            forget(move |conn, now| work(&mut TenantTx::new(conn, &mut Log::new(now), &scope)));
        recall(self.look(wall, work).await)
    }

    /// Reads in one tenant on a thread of its own: for reports, exports and whole chains.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn read_long<T, E>(
        &self,
        scope: &Scope,
        mut work: impl FnMut(&mut TenantTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (scope, wall) = (scope.clone(), scope.tenant().to_string());
        let work =
            forget(move |conn, now| work(&mut TenantTx::new(conn, &mut Log::new(now), &scope)));
        recall(self.look_aside(wall, work).await)
    }

    /// Writes in one tenant. The answer comes after the commit; on SQLite it shares the commit with
    /// whatever else is waiting. `work` may run more than once: when others are in the way the
    /// whole of it is tried again, so it must do nothing outside the transaction.
    ///
    /// # Errors
    /// Those of `work`, whose changes are then undone, and [`StoreError`] as its error type takes it up.
    pub async fn write<T, E>(
        &self,
        scope: &Scope,
        mut work: impl FnMut(&mut TenantTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (scope, wall) = (scope.clone(), scope.tenant().to_string());
        let work = forget(move |conn, now| {
            let mut log = Log::new(now);
            let mut tx = TenantTx::new(conn, &mut log, &scope);
            let value = work(&mut tx)?;
            tx.finish()?;
            Ok::<T, E>(value)
        });
        recall(self.change(wall, work).await)
    }

    /// Reads across tenants.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub async fn platform_read<T, E>(
        &self,
        scope: &PlatformScope,
        mut work: impl FnMut(&mut PlatformTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let scope = scope.clone();
        let work =
            forget(move |conn, now| work(&mut PlatformTx::new(conn, &mut Log::new(now), &scope)));
        recall(self.look("*".to_owned(), work).await)
    }

    /// Writes across tenants; see [`Db::write`].
    ///
    /// # Errors
    /// As for [`Db::write`].
    pub async fn platform_write<T, E>(
        &self,
        scope: &PlatformScope,
        mut work: impl FnMut(&mut PlatformTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let scope = scope.clone();
        let work = forget(move |conn, now| {
            let mut log = Log::new(now);
            let mut tx = PlatformTx::new(conn, &mut log, &scope);
            let value = work(&mut tx)?;
            tx.finish()?;
            Ok::<T, E>(value)
        });
        recall(self.change("*".to_owned(), work).await)
    }

    /// Applies the migrations that are missing and names them. Safe to call from several processes.
    ///
    /// # Errors
    /// [`StoreError::Setup`] with the statement that failed.
    pub async fn migrate(&self) -> StoreResult<Vec<String>> {
        self.aside(dialect::migrate).await
    }

    /// Reverts every migration, and with them all data. For tests of the migrations.
    ///
    /// # Errors
    /// As for [`Db::migrate`].
    pub async fn revert_all(&self) -> StoreResult<Vec<String>> {
        self.aside(dialect::revert).await
    }

    /// The migrations that are missing; empty on a database that is ready.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pending_migrations(&self) -> StoreResult<Vec<String>> {
        self.aside(dialect::pending).await
    }

    /// Where the tables differ from what this build expects; empty when all is well.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn differences(&self) -> StoreResult<Vec<Difference>> {
        self.aside(shape::differences).await
    }

    /// Whether row-level security stands behind our own queries.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn second_wall(&self) -> StoreResult<SecondWall> {
        self.aside(dialect::second_wall).await
    }

    /// Asks the database for a sign of life on both doors.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn ping(&self) -> StoreResult<()> {
        let touch = || forget(|conn, _| dialect::touch(conn));
        recall::<(), StoreError>(self.look("*".to_owned(), touch()).await)?;
        match &self.0.engine {
            Engine::Embedded { writer, .. } => recall(writer.run(touch()).await),
            // There is one door to a server.
            Engine::Pooled { .. } => Ok(()),
        }
    }

    /// Finishes what is queued and closes. Everything asked for later is [`StoreError::Unavailable`].
    pub async fn close(&self) {
        match &self.0.engine {
            Engine::Embedded { readers, writer } => {
                writer.stop().await;
                readers.clear();
            }
            Engine::Pooled {
                pool,
                permits,
                total,
            } => {
                // Permits are handed out in order of arrival: whoever has all of them waited for
                // everybody who asked before.
                drop(permits.acquire_many(*total).await);
                permits.close();
                pool.clear();
            }
        }
    }

    /// Runs `work` on a fresh connection that is closed afterwards, outside the doors.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let address = self.0.address.clone();
        let job = move || work(&mut dialect::open(&address, Door::Write)?);
        tokio::task::spawn_blocking(job)
            .await
            .unwrap_or(Err(StoreError::Panicked))
    }

    /// Runs what only reads: on SQLite on the thread that asks.
    async fn look(&self, wall: String, mut work: Work) -> Result<Value, Undone> {
        match &self.0.engine {
            Engine::Embedded { readers, .. } => {
                on_loan(readers, self.0.clock.now(), Door::Read, &wall, &mut work)
            }
            Engine::Pooled { .. } => self.pooled(Door::Read, wall, work).await,
        }
    }

    /// Runs what only reads on a thread that may be held for long.
    async fn look_aside(&self, wall: String, mut work: Work) -> Result<Value, Undone> {
        if let Engine::Pooled { .. } = &self.0.engine {
            return self.look(wall, work).await;
        }
        let db = self.clone();
        let job = move || match &db.0.engine {
            Engine::Embedded { readers, .. } => {
                on_loan(readers, db.0.clock.now(), Door::Read, &wall, &mut work)
            }
            Engine::Pooled { .. } => Err(StoreError::Panicked.into()),
        };
        tokio::task::spawn_blocking(job)
            .await
            .unwrap_or_else(|_| Err(StoreError::Panicked.into()))
    }

    async fn change(&self, wall: String, work: Work) -> Result<Value, Undone> {
        match &self.0.engine {
            Engine::Embedded { writer, .. } => writer.run(work).await,
            Engine::Pooled { .. } => self.pooled(Door::Write, wall, work).await,
        }
    }

    async fn pooled(&self, door: Door, wall: String, mut work: Work) -> Result<Value, Undone> {
        let Engine::Pooled { pool, permits, .. } = &self.0.engine else {
            return Err(StoreError::Unavailable("no server".to_owned()).into());
        };
        let asked = Instant::now();
        let permit = Arc::clone(permits)
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Unavailable("closing".to_owned()))?;
        metrics::histogram!("alvara_store_wait_seconds").record(asked.elapsed().as_secs_f64());
        let (pool, clock) = (Arc::clone(pool), self.0.clock.clone());
        let job = move || {
            let _permit = permit;
            on_loan(&pool, clock.now(), door, &wall, &mut work)
        };
        tokio::task::spawn_blocking(job)
            .await
            .unwrap_or_else(|_| Err(StoreError::Panicked.into()))
    }
}
