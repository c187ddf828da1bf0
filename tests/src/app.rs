//! A platform in this process, reached as anybody reaches it: over HTTP.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use alvara_app::mail::MailConfig;
use alvara_app::plugin::{self, Installing};
use alvara_app::{AppError, Platform};
use alvara_domain::payment::Environment;
use alvara_domain::time::UtcTime;
use alvara_gateway::{GatewayConfig, Package, Signing};
use alvara_store::PlatformTx;
use alvara_store::audit::{self, Chain};
use alvara_store::{Clock, Db};
use alvara_tenants::NewTenant;
use alvara_web::RateConfig;

use crate::actor::PASSWORD;
use crate::database::TestDatabase;
use crate::running::Running;
use crate::settings::{Backend, plugins};
use crate::site::{OPERATOR, SHARED_HOST, Site};

/// When every story begins.
pub const BEGINNING: &str = "2027-01-15T12:00:00Z";
/// The master key of every test.
pub const MASTER_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// How a platform is to be set up where a test wants it otherwise.
#[derive(Clone, Default)]
pub struct Setting {
    /// Allowances; without limits unless a test is about them.
    pub rates: RateConfig,
    /// Proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<alvara_web::Network>,
    /// How payment plugins run.
    pub plugins: GatewayConfig,
    /// Where mails leave.
    pub mail: Option<MailConfig>,
    /// Another name server than that of the tests.
    pub dns: Option<SocketAddr>,
}

/// A platform that serves on a database of its own.
pub struct TestApp {
    running: Running,
    database: TestDatabase,
    audit_is_broken: AtomicBool,
}

impl TestApp {
    /// Starts one, with an operator and nothing else.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(database: TestDatabase) -> Self {
        Self::start_with(database, Setting::default()).await
    }

    /// The same in another setting.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_with(database: TestDatabase, setting: Setting) -> Self {
        let beginning: UtcTime = BEGINNING.parse().expect("an instant");
        let clock = Clock::moved_to(beginning);
        let running = Running::start(database.url(), clock, setting);
        let app = Self {
            running,
            database,
            audit_is_broken: AtomicBool::new(false),
        };
        app.found().await;
        app
    }

    /// The operator's own tenant, as `alvara serve` makes it on a first start.
    async fn found(&self) {
        let made = self.running.console().provision_operator(NewTenant {
            slug: "operator".to_owned(),
            name: "Operator".to_owned(),
            locale: "en".to_owned(),
            currency: "EUR".parse().expect("a currency"),
            time_zone: "UTC".parse().expect("a time zone"),
            admin_email: OPERATOR.to_owned(),
            admin_name: "Opal".to_owned(),
            admin_password: PASSWORD.to_owned(),
        });
        made.await.expect("an operator").expect("the first one");
    }

    /// The database behind it.
    #[must_use]
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Which database that is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.database.backend()
    }

    /// The use cases and what they stand on.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        self.running.platform()
    }

    /// The platform's instant.
    #[must_use]
    pub fn now(&self) -> UtcTime {
        self.clock.now()
    }

    /// Moves the platform's clock on.
    ///
    /// # Panics
    /// Beyond the year 9999.
    pub fn advance_seconds(&self, seconds: i64) {
        let moved = self.now().saturating_add_seconds(seconds);
        assert!(self.clock.set(moved), "the clock of a test can be moved");
    }

    /// Moves the platform's clock on by days.
    pub fn advance(&self, days: i64) {
        self.advance_seconds(days * 86_400);
    }

    /// Installs a plugin that `cargo xtask plugins` built, if that was not done yet, grants it what it
    /// asks for and a host besides, and lets a tenant use it.
    ///
    /// # Panics
    /// When it is not built, or refused.
    pub async fn install_plugin(&self, name: &str, slug: &str, host: &str) {
        let file = plugin_file(name, "1.0.0");
        let scope = self.running.console().platform();
        let gateway = self.running.platform().gateway().expect("a gateway");
        let installing = Installing {
            file,
            signing: Signing::Waived,
        };
        let installed =
            plugin::install(self.running.platform().db(), gateway, &scope, installing).await;
        let installed = match installed {
            Err(AppError::Taken { .. }) => None,
            installed => Some(installed.expect("the plugin is installed")),
        };
        let found = self
            .running
            .console()
            .tenant(slug)
            .await
            .expect("the tenants are read");
        let (tenant, _) = found.expect("a tenant of the test");
        let (name, host) = (name.to_owned(), host.to_owned());
        let work = move |tx: &mut PlatformTx<'_>| {
            let Some(installed) = &installed else {
                return plugin::offer(tx, tenant.id, &name);
            };
            let mut grants = plugin::sheet(tx, installed.id)?.grants;
            let hosts = grants.hosts.entry(Environment::Sandbox).or_default();
            hosts.insert(host.clone());
            // Nobody waits long for a provider that says nothing.
            grants.limits.wall_ms = 2_000;
            plugin::grant(tx, installed.id, installed.version, &grants)?;
            plugin::offer(tx, tenant.id, &name)
        };
        self.running
            .platform()
            .db()
            .platform_write(&scope, work)
            .await
            .expect("it is granted");
    }

    /// Where a provider tells a tenant of a payment account.
    #[must_use]
    pub fn hook(&self, slug: &str, account: &str) -> String {
        let port = self
            .base_url()
            .rsplit_once(':')
            .map_or("", |(_, port)| port);
        format!("http://{slug}.{SHARED_HOST}:{port}/hooks/{account}")
    }

    /// The clock of the platform.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        self.running.platform().db().clock()
    }

    /// Runs every job that is due, until none is left.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn run_jobs(&self) -> usize {
        self.running.run_jobs().await
    }

    /// The same where the database may be lost meanwhile: nothing, when it was.
    pub async fn try_jobs(&self) -> Option<usize> {
        self.running.try_jobs().await
    }

    /// Sweeps once, as every instance does every few minutes.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn sweep(&self) {
        let swept =
            alvara_app::job::housekeeping::sweep(self.running.platform(), self.running.console())
                .await;
        swept.expect("the sweep ends");
    }
    /// Goes round the machines as an instance does by itself every minute: tells of silent ones and
    /// moves old figures.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn tend_machines(&self) {
        let done =
            alvara_app::job::machine_rounds::tend(self.running.platform(), self.running.console())
                .await;
        done.expect("the round is made");
    }

    /// Has customers reminded of what ends, as an instance does by itself every quarter of an hour, and
    /// sends what was written.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn remind(&self) {
        self.running.remind().await;
        self.run_jobs().await;
    }

    /// What must hold when a story is over, whatever it was: seats are as many as active machines,
    /// every audit chain is whole, no job is left behind.
    ///
    /// # Panics
    /// When one of them does not hold.
    pub async fn finish(&self) {
        self.run_jobs().await;
        self.check_seats();
        check_pools(&self.database);
        if !self.audit_is_broken.load(Ordering::Relaxed) {
            self.check_audit().await;
        }
        // What is to be looked at some day, such as an order that falls due, is not left behind.
        let left = self.database.sql(&format!(
            "SELECT kind, state, COALESCE(last_error, '') FROM jobs WHERE state <> 'done' \
             AND NOT (state = 'queued' AND last_error IS NULL AND run_at > {})",
            self.now().micros()
        ));
        assert!(left.is_empty(), "jobs are left: {left}");
    }

    /// Says that the story broke an audit chain on purpose.
    pub fn expect_broken_audit(&self) {
        self.audit_is_broken.store(true, Ordering::Relaxed);
    }

    /// The seats that licenses count are the machines that hold one.
    ///
    /// # Panics
    /// When they differ.
    pub fn check_seats(&self) {
        check_seats(&self.database);
    }

    /// Every audit chain verifies.
    ///
    /// # Panics
    /// When one is broken.
    pub async fn check_audit(&self) {
        for slug in self.slugs() {
            let broken = self.broken_audit(&slug).await;
            assert!(broken.is_none(), "the audit chain of {slug}: {broken:?}");
        }
    }

    fn slugs(&self) -> Vec<String> {
        self.database
            .sql("SELECT slug FROM tenants ORDER BY slug")
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Where a tenant's audit chain breaks, if it does.
    ///
    /// # Panics
    /// When there is no such tenant.
    pub async fn broken_audit(&self, slug: &str) -> Option<String> {
        let found = self
            .running
            .console()
            .tenant(slug)
            .await
            .expect("the tenants are read");
        let (_, scope) = found.expect("a tenant of the test");
        verify_chain(self.running.platform().db(), &scope).await
    }
}

/// A plugin's file, packed from what was built, as a version. Another version than the one that was
/// built differs from it in the number alone.
///
/// # Panics
/// When it is not built, or the version has another length.
#[must_use]
pub fn plugin_file(name: &str, version: &str) -> Vec<u8> {
    const BUILT: &str = "1.0.0";
    let read = |kind: &str| {
        let path = plugins().join(format!("{name}.{kind}"));
        std::fs::read(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; run cargo xtask plugins", path.display()))
    };
    let manifest = String::from_utf8(read("toml")).expect("a manifest is text");
    let manifest = manifest.replace(
        &format!("version = \"{BUILT}\""),
        &format!("version = \"{version}\""),
    );
    let mut component = read("wasm");
    assert_eq!(version.len(), BUILT.len(), "a version of the same length");
    for at in 1..component.len() - BUILT.len() {
        // What follows an @ is the version of the contract.
        if component[at..].starts_with(BUILT.as_bytes()) && component[at - 1] != b'@' {
            component[at..at + version.len()].copy_from_slice(version.as_bytes());
        }
    }
    Package::pack(&component, &manifest).expect("a component")
}

/// Walks a whole chain.
async fn verify_chain(db: &Db, scope: &alvara_store::Scope) -> Option<String> {
    let verified = db.read_long(scope, audit::verify).await;
    match verified.expect("the chain is read") {
        Chain::Whole { .. } => None,
        broken => Some(format!("{broken:?}")),
    }
}

/// What licenses count of floating seats and named users is what there is.
///
/// # Panics
/// When they differ.
pub fn check_pools(database: &TestDatabase) {
    let wrong = database.sql(
        "SELECT p.license_id, p.seats_used, p.users_used FROM seat_pools p WHERE p.seats_used <> \
         (SELECT COUNT(*) FROM seats s WHERE s.tenant_id = p.tenant_id AND s.license_id = p.license_id \
         AND s.state = 'held') OR p.users_used <> (SELECT COUNT(*) FROM license_users u \
         WHERE u.tenant_id = p.tenant_id AND u.license_id = p.license_id)",
    );
    assert!(
        wrong.is_empty(),
        "pools and what they count differ (license|seats|users): {wrong}"
    );
}

/// The seats that licenses count are the machines that hold one.
///
/// # Panics
/// When they differ.
pub fn check_seats(database: &TestDatabase) {
    let wrong = database.sql(
        "SELECT l.id, l.machines_used, COUNT(m.id) FROM licenses l LEFT JOIN machines m \
         ON m.tenant_id = l.tenant_id AND m.license_id = l.id AND m.state <> 'deactivated' \
         GROUP BY l.id, l.machines_used HAVING l.machines_used <> COUNT(m.id)",
    );
    assert!(
        wrong.is_empty(),
        "seats and machines differ (license|used|counted): {wrong}"
    );
}

impl std::ops::Deref for TestApp {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.running
    }
}
