//! Runs the platform until somebody tells it to stop.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use alvara_app::job::JobRunner;
use alvara_render::Words;
use alvara_web::{Allowance, Bound, Deps, Network, RateConfig, StartError, TlsFiles, WebConfig};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpSocket;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::{Config, LimitsConfig};
use crate::exit::{Exit, Failure, Outcome};
use crate::installation::Installation;

/// How often figures are tidied up.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The platform, bound to its addresses and not yet answering.
pub(crate) struct Server {
    bound: Bound,
    installation: Installation,
    figures: PrometheusHandle,
    stop: Pin<Box<dyn Future<Output = ()>>>,
}

impl Server {
    /// Binds the addresses, so that a port in use is an error now. From here on a signal stops the
    /// platform in order, even before it answers.
    pub(crate) fn bind(
        config: &Config,
        settled: Settled,
        installation: Installation,
    ) -> Outcome<Self> {
        let figures = PrometheusBuilder::new()
            .install_recorder()
            .map_err(|error| Failure::refused(format!("figures cannot be recorded: {error}")))?;
        let words = Words::new().map_err(|error| {
            Failure::refused(format!("a text of this build is broken: {error}"))
        })?;
        let deps = Deps {
            platform: installation.platform.clone(),
            words: Arc::new(words),
            metrics: figures.clone(),
        };
        let bound = alvara_web::bind(&web_config(config, settled.listen)?, &deps)?;
        Ok(Self {
            bound,
            installation,
            figures,
            stop: Box::pin(stop_signal()?),
        })
    }

    /// Where it listens.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        self.bound.addresses()
    }

    /// Answers, and does what was left for later, until SIGTERM or SIGINT. Then requests and the
    /// job at hand are finished and the database is closed. A second signal ends the process at once.
    pub(crate) async fn run(self) -> Outcome {
        let Self {
            bound,
            installation,
            figures,
            stop,
        } = self;
        let (tell, told) = watch::channel(false);
        let runner = JobRunner::new(
            installation.platform.clone(),
            installation.console.clone(),
            &worker_name(),
        );
        let jobs = start(runner.run_until(told));
        let upkeep = start(async move {
            loop {
                tokio::time::sleep(UPKEEP_EVERY).await;
                figures.run_upkeep();
            }
        });
        let served = bound.run(stop).await;
        tell.send_replace(true);
        drop(jobs.await);
        upkeep.abort();
        installation.db().close().await;
        tracing::info!("stopped");
        served.map_err(|error| Failure::refused(format!("a listener failed: {error}")))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "these tasks live as long as the process; this is their wiring"
)]
fn start<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    tokio::spawn(task)
}

/// Done at the first SIGTERM or SIGINT; from then on the next one ends the process.
fn stop_signal() -> Outcome<impl Future<Output = ()>> {
    let cannot =
        |error: std::io::Error| Failure::refused(format!("signals cannot be received: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    Ok(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(
            signal = name,
            "stopping: requests in flight are finished; a second signal ends at once"
        );
        start(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::warn!("ended by a second signal");
            std::process::exit(i32::from(Exit::Refused.code()));
        });
    })
}

/// Names this process in the jobs it takes.
fn worker_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String = host.trim().chars().take(25).collect();
    format!("{host}/{}", std::process::id())
}

/// Where the platform will listen. A free port that took the place of port 0 stays ours until this
/// is dropped: the address is known long before anything listens, and no other program is given the
/// port meanwhile.
pub(crate) struct Settled {
    /// The address with its port.
    pub(crate) listen: SocketAddr,
    _held: Option<TcpSocket>,
}

/// A free port in place of port 0, so that the address under which the platform is reached is known
/// before anything listens.
pub(crate) fn settle_port(listen: SocketAddr) -> Outcome<Settled> {
    if listen.port() != 0 {
        return Ok(Settled {
            listen,
            _held: None,
        });
    }
    let hold = || {
        let socket = match listen {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // The listener asks for the same, and so may have the port while this socket, which does not
        // listen, still has it.
        socket.set_reuseaddr(true)?;
        socket.bind(listen)?;
        Ok(Settled {
            listen: socket.local_addr()?,
            _held: Some(socket),
        })
    };
    hold().map_err(|error: std::io::Error| {
        Failure::refused(format!("cannot listen on {listen}: {error}"))
    })
}

fn web_config(config: &Config, listen: SocketAddr) -> Outcome<WebConfig> {
    let http = &config.http;
    let proxies: Result<Vec<Network>, _> = http
        .trusted_proxies
        .iter()
        .map(|text| text.parse())
        .collect();
    let proxies = proxies.map_err(|error| {
        Failure::new(Exit::Settings, format!("`http.trusted_proxies`: {error}"))
    })?;
    let tls = match (&http.tls_certificate, &http.tls_key) {
        (Some(certificate), Some(key)) => Some(TlsFiles {
            certificate: certificate.clone(),
            key: key.clone(),
        }),
        _ => None,
    };
    Ok(WebConfig {
        listen: vec![listen],
        metrics_listen: config.metrics.listen,
        tls,
        workers: (http.workers > 0).then_some(http.workers),
        trusted_proxies: proxies,
        rates: rates(&config.limits),
        drain: Duration::from_secs(http.drain_seconds),
        patience: Duration::from_secs(http.stop_seconds),
    })
}

fn rates(limits: &LimitsConfig) -> RateConfig {
    let allowance = |per_minute, burst| {
        let per_minute = NonZeroU32::new(per_minute)?;
        Some(Allowance {
            per_minute,
            burst: NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN),
        })
    };
    RateConfig {
        address: allowance(limits.address_per_minute, limits.address_burst),
        activation_key: allowance(
            limits.activation_key_per_minute,
            limits.activation_key_burst,
        ),
        machine: allowance(limits.machine_per_minute, limits.machine_burst),
        credential: allowance(limits.credential_per_minute, limits.credential_burst),
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match &error {
            StartError::Listen { address, .. } => Self::refused(error.to_string()).hint(format!(
                "something else may use port {}; choose another with --listen",
                address.port()
            )),
            StartError::Tls(_) => Self::new(Exit::Settings, error.to_string())
                .hint("check http.tls_certificate and http.tls_key: both PEM, and of one pair"),
            StartError::Document(_) | StartError::Pages(_) => Self::refused(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    // R-OPS-01
    #[test]
    fn a_port_that_was_settled_is_kept_for_its_listener() {
        let settled = settle_port(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let settled = settled
            .map_err(|failure| failure.to_string())
            .expect("a free port");
        assert_ne!(settled.listen.port(), 0);
        let other = TcpSocket::new_v4().expect("a socket");
        let refused = other.bind(settled.listen);
        assert!(refused.is_err(), "somebody else was given the port");
        // What the platform listens with says that it may use the address again, as std's does.
        TcpListener::bind(settled.listen).expect("the platform itself has it");
    }
}
