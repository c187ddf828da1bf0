//! The assembly: listeners, shared parts, routes, and an orderly end.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use alvara_app::Platform;
use alvara_render::Words;
use alvara_render::page::{PageError, Pages};
use alvara_store::Db;
use alvara_tenants::Gate;
use metrics_exporter_prometheus::PrometheusHandle;
use openssl::ssl::{SslAcceptor, SslAcceptorBuilder, SslFiletype, SslMethod};

use crate::caller::{gate_of, recognise};
use crate::client_address::Network;
use crate::frame::{Context, Frame, FrameConfig};
use crate::health::{self, Leaving};
use crate::host::knocked_at;
use crate::openapi::Document;
use crate::problem::{self, Problem};
use crate::rate::{RateConfig, Rates};
use crate::reference::{self, Reference};
use crate::{api, brand, dialects, hooks, html, openapi, portal};

/// Where and how to listen.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// Addresses for everybody.
    pub listen: Vec<SocketAddr>,
    /// Where Prometheus reads `/metrics`; nowhere when absent. Keep it off the public network.
    pub metrics_listen: Option<SocketAddr>,
    /// Certificate and key, when TLS ends here and not at a proxy.
    pub tls: Option<TlsFiles>,
    /// Threads that answer; as many as cores when absent.
    pub workers: Option<usize>,
    /// Proxies whose `X-Forwarded-For` is believed. None unless configured.
    pub trusted_proxies: Vec<Network>,
    /// Allowances.
    pub rates: RateConfig,
    /// How long `/readyz` says no before the listeners close, so that a balancer notices.
    pub drain: Duration,
    /// How long requests under way may still take after that.
    pub patience: Duration,
}

/// A certificate chain and its private key, both PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// What the interface stands on.
#[derive(Clone)]
pub struct Deps {
    /// Database, gate, secrets and signing keys.
    pub platform: Platform,
    /// Messages in every language.
    pub words: std::sync::Arc<Words>,
    /// What `/metrics` renders.
    pub metrics: PrometheusHandle,
}

/// Why the interface does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("the TLS certificate or key cannot be used: {0}")]
    Tls(#[from] openssl::error::ErrorStack),
    /// The OpenAPI document cannot be written; a defect of the build.
    #[error("the OpenAPI document cannot be written: {0}")]
    Document(#[from] serde_json::Error),
    /// A page cannot be read; a defect of the build.
    #[error("the pages cannot be read: {0}")]
    Pages(#[from] PageError),
}

/// Everything the routes share, the same for all workers.
#[derive(Clone)]
pub(crate) struct Shared {
    platform: Data<Platform>,
    gate: Data<Gate>,
    db: Data<Db>,
    words: Data<Words>,
    rates: Data<Rates>,
    frame: Data<FrameConfig>,
    document: Data<Document>,
    reference: Data<Reference>,
    pages: Data<Pages>,
    leaving: Data<Leaving>,
}

impl Shared {
    /// Puts the shared parts together.
    ///
    /// # Errors
    /// [`StartError::Document`].
    pub(crate) fn new(
        deps: &Deps,
        rates: &RateConfig,
        trusted_proxies: Vec<Network>,
    ) -> Result<Self, StartError> {
        let document = Document::new(api::describe(), &deps.words)?;
        let reference = Reference::new(&document);
        Ok(Self {
            gate: Data::new(deps.platform.gate().clone()),
            db: Data::new(deps.platform.db().clone()),
            platform: Data::new(deps.platform.clone()),
            words: Data::from(std::sync::Arc::clone(&deps.words)),
            rates: Data::new(Rates::new(rates)),
            frame: Data::new(FrameConfig { trusted_proxies }),
            document: Data::new(document),
            reference: Data::new(reference),
            pages: Data::new(Pages::new(std::sync::Arc::clone(&deps.words))?),
            leaving: Data::new(Leaving::default()),
        })
    }

    /// Adds the shared parts and every route to an application, which must be wrapped in the
    /// frame: without it problems have no body.
    pub(crate) fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(self.platform.clone())
            .app_data(self.gate.clone())
            .app_data(self.db.clone())
            .app_data(self.words.clone())
            .app_data(self.rates.clone())
            .app_data(self.frame.clone())
            .app_data(self.document.clone())
            .app_data(self.reference.clone())
            .app_data(self.pages.clone())
            .app_data(self.leaving.clone())
            .route("/healthz", web::get().to(health::alive))
            .route("/readyz", web::get().to(health::ready))
            .route("/problems", web::get().to(problem::list))
            .route("/problems/{slug}", web::get().to(problem::show))
            .route("/assets/reference.css", web::get().to(html::style))
            .route("/api/v1/openapi.json", web::get().to(openapi::serve))
            .route("/api/v1/docs", web::get().to(reference::serve))
            .configure(dialects::routes)
            .configure(hooks::routes)
            .configure(brand::routes)
            .configure(api::routes)
            .configure(portal::routes)
            .default_service(web::to(nowhere));
    }

    /// The OpenAPI document, for the sweeps.
    #[cfg(test)]
    pub(crate) fn document(&self) -> &serde_json::Value {
        &self.document.value
    }
}

pub(crate) async fn nowhere(request: HttpRequest) -> Result<HttpResponse, Problem> {
    // Who reads pages is told under the face of the host; where there is none it stays plain.
    if Context::of(&request).reads_pages() {
        let gate = gate_of(&request)?;
        if let Err(error) = knocked_at(&gate, &request).await {
            tracing::debug!(
                error = error.kind().code(),
                "an unknown address has no face"
            );
        }
        recognise(&request).await;
    }
    Err(Problem::not_found())
}

/// The interface, bound to its addresses.
pub struct Bound {
    addresses: Vec<SocketAddr>,
    servers: Vec<Server>,
    shared: Shared,
    drain: Duration,
}

/// Binds every listener, so that a port in use is an error now and not later.
///
/// # Errors
/// See [`StartError`].
pub fn bind(config: &WebConfig, deps: &Deps) -> Result<Bound, StartError> {
    let shared = Shared::new(deps, &config.rates, config.trusted_proxies.clone())?;
    let parts = shared.clone();
    let mut main = HttpServer::new(move || {
        let parts = parts.clone();
        App::new()
            .wrap(Frame)
            .configure(move |routes| parts.configure(routes))
    })
    .disable_signals()
    .client_request_timeout(Duration::from_secs(10))
    .shutdown_timeout(config.patience.as_secs());
    if let Some(workers) = config.workers {
        main = main.workers(workers);
    }
    for address in &config.listen {
        let source = |source| StartError::Listen {
            address: *address,
            source,
        };
        main = match &config.tls {
            Some(files) => main
                .bind_openssl(address, acceptor(files)?)
                .map_err(source)?,
            None => main.bind(address).map_err(source)?,
        };
    }
    let addresses = main.addrs();
    let mut servers = vec![main.run()];
    if let Some(address) = config.metrics_listen {
        let handle = Data::new(deps.metrics.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(handle.clone())
                .route("/metrics", web::get().to(health::metrics))
        })
        .disable_signals()
        .workers(1)
        .shutdown_timeout(1)
        .bind(address)
        .map_err(|source| StartError::Listen { address, source })?;
        servers.push(server.run());
    }
    Ok(Bound {
        addresses,
        servers,
        shared,
        drain: config.drain,
    })
}

impl Bound {
    /// Where the public listeners are; of use when the port was 0.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Answers until `stop` is done; then `/readyz` says no, then the listeners close, then the
    /// requests under way are answered, and then this returns.
    ///
    /// # Errors
    /// When a listener fails.
    pub async fn run(self, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        let handles: Vec<ServerHandle> = self.servers.iter().map(Server::handle).collect();
        let rates = self.shared.rates.clone();
        let leaving = self.shared.leaving.clone();
        let drain = self.drain;
        let tidy = async move {
            loop {
                tokio::time::sleep(Duration::from_secs(60)).await;
                rates.forget();
            }
        };
        let end = async move {
            stop.await;
            leaving.begin();
            tokio::time::sleep(drain).await;
            for handle in handles {
                handle.stop(true).await;
            }
        };
        let running = futures_util::future::try_join_all(self.servers);
        let work = async { futures_util::future::join(running, end).await.0 };
        tokio::select! {
            outcome = work => outcome.map(|_| ()),
            () = tidy => Ok(()),
        }
    }
}

/// TLS 1.2 and 1.3 as Mozilla's intermediate profile has it.
fn acceptor(files: &TlsFiles) -> Result<SslAcceptorBuilder, StartError> {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    builder.set_certificate_chain_file(&files.certificate)?;
    builder.set_private_key_file(&files.key, SslFiletype::PEM)?;
    builder.check_private_key()?;
    Ok(builder)
}
