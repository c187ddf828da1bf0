//! A platform that runs on a database, whoever made that.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use alvara_app::Platform;
use alvara_app::job::JobRunner;
use alvara_app::keyring::KeyRing;
use alvara_app::platform::{Outside, PublicAddress};
use alvara_render::Words;
use alvara_store::{Clock, Db, DbConfig};
use alvara_tenants::{AccessConfig, Console, Gate};
use alvara_vault::{MasterKey, PasswordCost, Vault};
use alvara_web::{Bound, Deps, WebConfig, bind};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::sync::oneshot;

use crate::app::{MASTER_KEY, Setting};
use crate::site::{SHARED_HOST, Site};

/// The parts of a platform that serves. Several may run on one database, as several servers do.
pub struct Running {
    site: Site,
    platform: Platform,
    console: Console,
    runner: JobRunner,
    stop: Option<oneshot::Sender<()>>,
    server: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    /// Starts one on a migrated database.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(url: &str, clock: Clock, setting: Setting) -> Self {
        // Two tests at a time on two databases with four hundred connections each.
        let config = DbConfig {
            connections: 20,
            ..DbConfig::new(url)
        };
        let (db, mint) = Db::open(&config, clock.clone()).expect("the database opens");
        let vault = Vault::new(&MasterKey::from_text(MASTER_KEY).expect("a key")).expect("a vault");
        let access = AccessConfig {
            base_domain: SHARED_HOST.to_owned(),
            password_cost: PasswordCost {
                memory_kib: 8,
                passes: 1,
                lanes: 1,
            },
            ..AccessConfig::default()
        };
        let (gate, console) = Gate::open(db, mint, vault.clone(), access).expect("a gate");
        let address = PublicAddress {
            scheme: "http".to_owned(),
            base_domain: SHARED_HOST.to_owned(),
            port: Some(8080),
        };
        let platform = Platform::new(
            gate,
            KeyRing::new(vault),
            address,
            setting.plugins,
            Outside {
                mail: setting.mail,
                dns: setting.dns.or_else(|| Some(crate::dns::server())),
            },
        );
        let deps = Deps {
            platform: platform.clone(),
            words: Arc::new(Words::new().expect("the words")),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
        };
        let web = WebConfig {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
            metrics_listen: None,
            tls: None,
            workers: Some(2),
            trusted_proxies: setting.trusted_proxies,
            rates: setting.rates,
            drain: Duration::ZERO,
            patience: Duration::from_secs(5),
        };
        let (stop, stopped) = oneshot::channel();
        let (address, server) = serve(web, deps, stopped);
        let site = Site::new(&format!("http://{address}"), clock);
        let runner = JobRunner::new(platform.clone(), console.clone(), "test");
        Self {
            site,
            platform,
            console,
            runner,
            stop: Some(stop),
            server: Some(server),
        }
    }

    /// The use cases and what they stand on.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// What the operator does at the machine itself.
    #[must_use]
    pub fn console(&self) -> &Console {
        &self.console
    }

    /// Runs every job that is due, until none is left.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn run_jobs(&self) -> usize {
        let mut done = 0;
        loop {
            match self.runner.run_due().await.expect("the jobs run") {
                0 => return done,
                count => done += count,
            }
        }
    }

    /// Looks once which customers are to be reminded of what ends.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn remind(&self) {
        let done = alvara_app::job::reminder_round::tend(&self.platform, &self.console).await;
        done.expect("the round is made");
    }

    /// The same where the database may be lost meanwhile: nothing, when it was.
    pub async fn try_jobs(&self) -> Option<usize> {
        let mut done = 0;
        loop {
            match self.runner.run_due().await {
                Ok(0) => return Some(done),
                Ok(count) => done += count,
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            drop(server.join());
        }
    }
}

impl std::ops::Deref for Running {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

fn serve(
    config: WebConfig,
    deps: Deps,
    stopped: oneshot::Receiver<()>,
) -> (SocketAddr, std::thread::JoinHandle<()>) {
    let (ready, bound_at) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let bound: Bound = bind(&config, &deps).expect("the interface starts");
            ready.send(bound.addresses()[0]).expect("the test waits");
            let stop = async move {
                drop(stopped.await);
            };
            bound.run(stop).await.expect("the interface runs");
        });
    });
    (bound_at.recv().expect("the interface starts"), server)
}
