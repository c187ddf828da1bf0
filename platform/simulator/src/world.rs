//! What the simulator remembers.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;

use crate::bill::{Bill, Provider, Status};
use crate::fault::Fault;
use crate::mercado_pago::Subscription;
use crate::recurrence::Recurrence;
use crate::time::{Clock, Millis};

/// The words that the simulator shares with the accounts it serves. They protect nothing: whoever
/// reaches the simulator may press its buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    /// OAuth client of API Pix and of Banco do Brasil.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Banco do Brasil's `gw-dev-app-key`.
    pub app_key: String,
    /// Mercado Pago's access token.
    pub mercado_pago_token: String,
    /// With what Mercado Pago signs webhooks.
    pub mercado_pago_secret: String,
    /// Stripe's secret key.
    pub stripe_key: String,
    /// With what Stripe signs webhooks.
    pub stripe_secret: String,
}

impl Default for Secrets {
    fn default() -> Self {
        Self {
            client_id: "simulated-client".to_owned(),
            client_secret: "simulated-client-secret".to_owned(),
            app_key: "simulated-app-key".to_owned(),
            mercado_pago_token: "TEST-simulated".to_owned(),
            mercado_pago_secret: "simulated-mercado-pago".to_owned(),
            stripe_key: "sk_test_simulated".to_owned(),
            stripe_secret: "whsec_simulated".to_owned(),
        }
    }
}

/// A webhook that was sent, or tried.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Delivery {
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) headers: Vec<(String, String)>,
    /// What the receiver answered; none when it could not be reached.
    pub(crate) status: Option<u16>,
}

/// An answer that is given again for the same idempotency key.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) asked: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) answer: Value,
}

#[derive(Debug, Default)]
pub(crate) struct World {
    counter: u64,
    pub(crate) bills: BTreeMap<String, Bill>,
    pub(crate) recurrences: BTreeMap<String, Recurrence>,
    /// Mercado Pago's, by their ids.
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    /// Where API Pix tells of a key's payments, and of recurrences.
    pub(crate) pix_webhooks: BTreeMap<String, String>,
    /// Where Stripe tells of everything.
    pub(crate) stripe_webhooks: Vec<String>,
    pub(crate) kept: BTreeMap<String, Kept>,
    pub(crate) faults: VecDeque<Fault>,
    pub(crate) deliveries: Vec<Delivery>,
}

impl World {
    /// The next number, for whatever needs one.
    pub(crate) fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Goes on after a number, unless it is there already.
    pub(crate) fn count_from(&mut self, number: u64) {
        self.counter = self.counter.max(number);
    }

    pub(crate) fn find(&self, provider: Provider, reference: &str) -> Option<&Bill> {
        self.bills
            .values()
            .find(|bill| bill.provider == provider && bill.reference == reference)
    }

    pub(crate) fn find_mut(&mut self, provider: Provider, reference: &str) -> Option<&mut Bill> {
        self.bills
            .values_mut()
            .find(|bill| bill.provider == provider && bill.reference == reference)
    }

    /// Whatever anybody may know it by: its own number, the provider's, the network's, the pair's.
    pub(crate) fn find_any(&self, name: &str) -> Option<&Bill> {
        self.bills.values().find(|bill| {
            bill.id == name
                || bill.reference == name
                || bill.payment.as_deref() == Some(name)
                || bill.pair.as_deref() == Some(name)
        })
    }
}

/// What is to be created: all that is not the same for every new bill.
pub(crate) struct Draft {
    pub(crate) provider: Provider,
    pub(crate) reference: String,
    pub(crate) minor: i64,
    pub(crate) currency: String,
    pub(crate) description: String,
    pub(crate) expires: Option<Millis>,
    pub(crate) ask: Value,
    pub(crate) webhook: Option<String>,
    pub(crate) pair: Option<String>,
}

/// The world, its clock and its address, for every handler.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    pub(crate) clock: Clock,
    pub(crate) address: SocketAddr,
    pub(crate) secrets: Secrets,
}

impl Shared {
    pub(crate) fn new(address: SocketAddr, secrets: Secrets) -> Self {
        Self {
            world: Mutex::new(World::default()),
            clock: Clock::default(),
            address,
            secrets,
        }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A handler that panicked left the world as it was before or after its one change.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page of a provider, in clear: no browser knows the certificate of a simulator.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn create(&self, draft: Draft) -> Bill {
        let now = self.clock.now();
        let mut world = self.world();
        let bill = Bill {
            id: format!("b{}", world.count()),
            provider: draft.provider,
            reference: draft.reference,
            minor: draft.minor,
            currency: draft.currency,
            description: draft.description,
            status: Status::Open,
            paid_minor: 0,
            paid_at: None,
            payment: None,
            refunds: Vec::new(),
            contest: None,
            created: now,
            expires: draft.expires,
            ask: draft.ask,
            revision: 0,
            webhook: draft.webhook,
            pair: draft.pair,
        };
        world.bills.insert(bill.id.clone(), bill.clone());
        bill
    }
}
