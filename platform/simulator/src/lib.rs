//! A payment simulator: the providers that the shipped plugins speak to, on loopback, with a page on
//! which a person presses *paid*, *declined*, *expired* or *refunded*.
//!
//! It speaks the providers' own protocols: Bacen's API Pix (charges with and without due date,
//! refunds, recurrences), Banco do Brasil's registration of boletos, Mercado Pago's payments and
//! preferences, and the part of Stripe that the plugin uses. What a provider signs is signed, what it
//! does not sign is not. It can also misbehave on order: answer 500, answer rubbish, answer late, or
//! do what was asked and say nothing.
//!
//! It shares no code with the plugins, so that a mistake of theirs is not repeated here.
//!
//! **Deliberately absent:** memory beyond the process, more than one tenant, client certificates, and every field of
//! the providers' answers that nobody reads. It binds to loopback and nowhere else.

mod bank_slip;
mod bearer;
mod bill;
mod boleto;
mod br_code;
mod deliver;
mod fault;
mod identity;
mod mercado_pago;
mod money;
mod panel;
mod pix;
mod recurrence;
mod stripe;
mod time;
mod world;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Deref;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};

pub use identity::Identity;
pub use world::Secrets;
use world::Shared;

/// The first moment of 2026, UTC, in milliseconds since 1970.
const YEAR_2026: i64 = 1_767_225_600_000;

/// A simulator that is bound and not yet answering.
pub struct Simulator {
    server: Server,
    providers: Providers,
}

/// The providers of a simulator, whether it answers or not.
pub struct Providers {
    address: SocketAddr,
    api: SocketAddr,
    root_pem: Vec<u8>,
    world: Data<Shared>,
}

impl Deref for Simulator {
    type Target = Providers;

    fn deref(&self) -> &Providers {
        &self.providers
    }
}

impl Simulator {
    /// Binds to a port of 127.0.0.1 in clear, for people; port 0 takes a free one. A second port
    /// answers the same over TLS, for programs, which speak to providers in no other way.
    ///
    /// # Errors
    /// When the port is in use.
    pub fn bind(port: u16, secrets: Secrets) -> io::Result<Self> {
        let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), port))?;
        let address = listener.local_addr()?;
        let identity = Identity::new().map_err(io::Error::other)?;
        let programs = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0))?;
        let api = programs.local_addr()?;
        let world = Data::new(Shared::new(address, secrets));
        let shared = world.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(actix_web::web::PayloadConfig::new(1 << 20))
                .wrap(from_fn(fault::misbehave))
                .configure(bearer::routes)
                .configure(pix::routes)
                .configure(recurrence::routes)
                .configure(boleto::routes)
                .configure(mercado_pago::routes)
                .configure(stripe::routes)
                .configure(panel::routes)
        })
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .listen_openssl(programs, identity.acceptor)?
        .run();
        let providers = Providers {
            address,
            api,
            root_pem: identity.root_pem,
            world,
        };
        Ok(Self { server, providers })
    }

    /// The future that answers until it is stopped, and the handle to stop it.
    pub fn into_server(self) -> Server {
        self.server
    }

    /// The same, and the providers to go on with while it answers.
    pub fn open(self) -> (Providers, Server) {
        (self.providers, self.server)
    }
}

impl Providers {
    /// Says where Stripe tells of everything, as a merchant does on its dashboard.
    pub fn tell_stripe_to(&self, url: &str) {
        self.world.world().stripe_webhooks.push(url.to_owned());
    }

    /// Pays every bill that is open, as customers do, and tells nobody: whoever wants to know asks.
    pub fn pay_all(&self) {
        panel::pay_all(&self.world);
    }

    /// Numbers what it makes by the clock instead of from 1. Providers that forget and start again
    /// call nothing by a name that they gave before, as long as they made less than a hundred things
    /// a second.
    pub fn count_from_now(&self) {
        // Ten digits until 2057, and eleven is what the identifier of a PIX has room for.
        let hundredths = (self.world.clock.now() - YEAR_2026) / 10;
        let number = u64::try_from(hundredths).unwrap_or_default();
        self.world.world().count_from(number);
    }

    /// Where people find its page.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where programs find the providers, over TLS.
    #[must_use]
    pub fn api_address(&self) -> SocketAddr {
        self.api
    }

    /// The root of trust under which they answer there, PEM.
    #[must_use]
    pub fn root_pem(&self) -> &[u8] {
        &self.root_pem
    }
}
