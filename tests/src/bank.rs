//! Payment providers on this machine: the simulator, and the buttons on it.

use std::net::SocketAddr;
use std::thread::JoinHandle;

use alvara_gateway::GatewayConfig;
use alvara_simulator::{Secrets, Simulator};
use serde_json::{Value, json};

use crate::app::TestApp;

/// The key of the receiver's account.
pub const CHAVE: &str = "7d9f0335-8dcc-4054-9bf9-0dbd61d36906";
/// The word in a webhook's address.
pub const WEBHOOK_TOKEN: &str = "a-word-that-both-know";

/// A simulator that answers until it is dropped.
pub struct Bank {
    page: SocketAddr,
    api: SocketAddr,
    root_pem: Vec<u8>,
    secrets: Secrets,
    client: reqwest::Client,
    stop: actix_web::dev::ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Bank {
    /// Opens one on free ports.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn open() -> Self {
        let secrets = Secrets::default();
        let (tell, told) = std::sync::mpsc::channel();
        let kept = secrets.clone();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let simulator = Simulator::bind(0, kept).expect("the simulator binds");
                let known = (
                    simulator.address(),
                    simulator.api_address(),
                    simulator.root_pem().to_vec(),
                );
                let server = simulator.into_server();
                tell.send((known, server.handle())).expect("somebody waits");
                server.await.expect("the simulator runs");
            });
        });
        let ((page, api, root_pem), stop) = told.recv().expect("the simulator is bound");
        Self {
            page,
            api,
            root_pem,
            secrets,
            client: reqwest::Client::new(),
            stop,
            thread: Some(thread),
        }
    }

    /// How the host of plugins has to be set up to find it.
    #[must_use]
    pub fn gateway(&self) -> GatewayConfig {
        GatewayConfig {
            allow_loopback: true,
            instances: 16,
            roots_pem: vec![self.root_pem.clone()],
            ..GatewayConfig::default()
        }
    }

    /// The host that plugins have to be granted.
    #[must_use]
    pub fn host(&self) -> String {
        self.api.to_string()
    }

    /// A payment account that collects by PIX here.
    #[must_use]
    pub fn pix_account(&self) -> Value {
        json!({
            "name": "Pix", "plugin": "pix", "plugin_version": "1.0.0", "environment": "sandbox",
            "config": {
                "host": self.host(), "path": "/pix/v2", "chave": CHAVE,
                "token_url": format!("https://{}/oauth/token", self.host()),
                "token_style": "form", "client_certificate": "false",
                "automatic_agency": "9708", "automatic_account": "012682",
            },
            "secrets": {
                "client_id": self.secrets.client_id, "client_secret": self.secrets.client_secret,
                "webhook_token": WEBHOOK_TOKEN,
            },
        })
    }

    /// A payment account that collects by boletos registered with Banco do Brasil here.
    #[must_use]
    pub fn boleto_account(&self) -> Value {
        json!({
            "name": "Boleto", "plugin": "boleto", "plugin_version": "1.0.0", "environment": "sandbox",
            "config": {
                "mode": "bb-api", "bank": "001", "agreement": "3128557", "wallet": "17",
                "variation": "35", "host": self.host(),
                "token_url": format!("https://{}/oauth/token", self.host()),
            },
            "secrets": {
                "client_id": self.secrets.client_id, "client_secret": self.secrets.client_secret,
                "app_key": self.secrets.app_key,
            },
        })
    }

    /// A payment account that collects by Mercado Pago here.
    #[must_use]
    pub fn card_account(&self) -> Value {
        json!({
            "name": "Card", "plugin": "card", "plugin_version": "1.0.0", "environment": "sandbox",
            "config": { "host": self.host() },
            "secrets": {
                "access_token": self.secrets.mercado_pago_token,
                "webhook_secret": self.secrets.mercado_pago_secret,
            },
        })
    }

    /// A payment account that collects by Stripe here.
    #[must_use]
    pub fn stripe_account(&self) -> Value {
        json!({
            "name": "Stripe", "plugin": "stripe", "plugin_version": "1.0.0", "environment": "sandbox",
            "config": { "host": self.host() },
            "secrets": {
                "secret_key": self.secrets.stripe_key, "webhook_secret": self.secrets.stripe_secret,
            },
        })
    }

    /// Tells Stripe where a tenant hears of everything.
    ///
    /// # Panics
    /// When the simulator refuses.
    pub async fn tell_stripe_to(&self, app: &TestApp, slug: &str, account: &str) {
        let told = self
            .client
            .post(format!("http://{}/v1/webhook_endpoints", self.page))
            .bearer_auth(&self.secrets.stripe_key)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("url={}", app.hook(slug, account)))
            .send()
            .await
            .expect("the simulator answers");
        assert_eq!(told.status().as_u16(), 200);
    }

    /// Sets the providers' clock to the platform's, which a test begins where it likes.
    pub async fn follow(&self, app: &TestApp) {
        let (_, told) = self.ask("GET", "/sim/clock", &Value::Null).await;
        let theirs = told["seconds"].as_i64().expect("a time");
        let ahead = app.now().seconds() - theirs;
        // Whole seconds: two clocks that agree may be read as a second apart.
        assert!(ahead >= -1, "the simulator's clock only goes ahead");
        self.go_ahead(ahead.max(0)).await;
    }

    /// Moves the providers' clock on, and nobody else's.
    pub async fn go_ahead(&self, seconds: i64) {
        let moved = self
            .ask("POST", "/sim/clock", &json!({ "seconds": seconds }))
            .await;
        assert_eq!(moved.0, 204, "{}", moved.1);
    }

    /// Tells the provider where a tenant hears of the PIX key's money.
    pub async fn tell_pix_to(&self, app: &TestApp, slug: &str, account: &str) {
        self.tell_pix_at(&app.hook(slug, account)).await;
    }

    /// Tells the provider where a tenant hears of mandates, and of what is collected by them.
    pub async fn tell_mandates_to(&self, app: &TestApp, slug: &str, account: &str) {
        let url = format!("{}?token={WEBHOOK_TOKEN}", app.hook(slug, account));
        for path in ["/pix/v2/webhookrec", "/pix/v2/webhookcobr"] {
            let told = self.ask("PUT", path, &json!({ "webhookUrl": url })).await;
            assert_eq!(told.0, 200, "{}", told.1);
        }
    }

    /// How each webhook was answered, in the order they were sent; none where nobody was reached.
    pub async fn answered(&self) -> Vec<Option<u64>> {
        let (_, list) = self.ask("GET", "/sim/deliveries", &Value::Null).await;
        let all = list.as_array().expect("a list").iter();
        all.map(|sent| sent["status"].as_u64()).collect()
    }

    /// The mandates of API Pix here.
    pub async fn mandates(&self) -> Vec<Value> {
        let (_, list) = self.ask("GET", "/pix/v2/rec", &Value::Null).await;
        list["recs"].as_array().expect("a list").clone()
    }

    /// The subscriptions of Mercado Pago here.
    pub async fn subscriptions(&self) -> Vec<Value> {
        let (_, list) = self.ask("GET", "/sim/subscriptions", &Value::Null).await;
        list.as_array().expect("a list").clone()
    }

    /// Presses a button of a subscription: its payer agrees, the provider collects it, …
    pub async fn press_subscription(&self, id: &str, action: &str) {
        let path = format!("/sim/subscriptions/{id}/{action}");
        let pressed = self.ask("POST", &path, &Value::Null).await;
        assert_eq!(pressed.0, 200, "{}", pressed.1);
    }

    /// Presses a button of a mandate: the customer's bank rejects it, cancels it, …
    pub async fn press_mandate(&self, id: &str, action: &str) {
        let path = format!("/sim/recurrences/{id}/{action}");
        let pressed = self.ask("POST", &path, &Value::Null).await;
        assert_eq!(pressed.0, 200, "{}", pressed.1);
    }

    /// The same, for another server of the platform.
    pub async fn tell_pix_at(&self, hook: &str) {
        let url = format!("{hook}?token={WEBHOOK_TOKEN}");
        let path = format!("/pix/v2/webhook/{CHAVE}");
        let told = self.ask("PUT", &path, &json!({ "webhookUrl": url })).await;
        assert_eq!(told.0, 200, "{}", told.1);
    }

    /// What API Pix tells of a payment, which goes by its end-to-end id.
    pub async fn told_of_pix(&self, payment: &str) -> Value {
        let path = format!("/pix/v2/pix/{payment}");
        let (status, told) = self.ask("GET", &path, &Value::Null).await;
        assert_eq!(status, 200, "{told}");
        json!({ "pix": [told] })
    }

    /// Where the provider tells of the PIX key's money, as it was told.
    pub async fn pix_webhook(&self) -> String {
        let path = format!("/pix/v2/webhook/{CHAVE}");
        let (_, told) = self.ask("GET", &path, &Value::Null).await;
        let url = told["webhookUrl"].as_str();
        url.expect("somebody told it").to_owned()
    }

    /// Lets the provider tell there from now on: the tests' server has another port than the platform's
    /// own address, as behind a proxy.
    pub async fn move_pix_webhook(&self, url: &str) {
        let path = format!("/pix/v2/webhook/{CHAVE}");
        let told = self.ask("PUT", &path, &json!({ "webhookUrl": url })).await;
        assert_eq!(told.0, 200, "{}", told.1);
    }

    /// Presses a button: of a bill by whatever name it is known.
    pub async fn press(&self, bill: &str, action: &str, how: &Value) -> Value {
        let path = format!("/sim/bills/{bill}/{action}");
        let (status, bill) = self.ask("POST", &path, how).await;
        assert_eq!(status, 200, "{bill}");
        bill
    }

    /// The next request whose path and method fit goes wrong.
    pub async fn misbehave(&self, method: &str, path: &str, kind: &str) {
        let fault = json!({ "path": path, "method": method, "kind": kind });
        self.order(&fault).await;
    }

    /// The next request whose path and method fit is done, and answered so many milliseconds later.
    pub async fn delay(&self, method: &str, path: &str, milliseconds: u64) {
        let fault = json!({
            "path": path, "method": method, "kind": "late", "milliseconds": milliseconds,
        });
        self.order(&fault).await;
    }

    async fn order(&self, fault: &Value) {
        let ordered = self.ask("POST", "/sim/faults", fault).await;
        assert_eq!(ordered.0, 204, "{}", ordered.1);
    }

    /// Everything that may be paid here, in the order it was asked for.
    pub async fn bills(&self) -> Vec<Value> {
        let (_, list) = self.ask("GET", "/sim/bills", &Value::Null).await;
        list.as_array().expect("a list").clone()
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let method = method.parse().expect("a method");
        let mut request = self
            .client
            .request(method, format!("http://{}{path}", self.page))
            .bearer_auth("simulated-access-token");
        if !body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.expect("the simulator answers");
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.expect("a whole answer");
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        drop(self.stop.stop(false));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
