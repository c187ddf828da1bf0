//! Orders of shops elsewhere: events that are signed as the shops sign them, over a real socket, and
//! mails that a real mail server takes.

mod fastspring;
mod mail;
mod paypal;
mod stripe;

use alvara_gateway::GatewayConfig;
use alvara_tests::post::{Post, Taken};
use alvara_tests::{Answer, Setting, Shop, TestApp, each_database};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use reqwest::Method;
use serde_json::{Value, json};

/// What the shops sign with.
const SECRET: &str = "whsec_a-secret-that-both-know";
/// The good that is a license here.
const GOOD: &str = "writer-year";

/// A seller with a shop elsewhere.
struct Stall<'a> {
    app: &'a TestApp,
    post: &'a Post,
    seller: Shop,
    kind: &'static str,
    id: String,
    plan: String,
}

/// Runs a scenario with a seller whose shop is of a kind, on every database.
fn each_stall(kind: &'static str, scenario: impl AsyncFn(&Stall<'_>)) {
    each_stall_with(kind, &json!({}), GatewayConfig::default, scenario);
}

/// The same with more said of the shop, and with another gateway.
fn each_stall_with(
    kind: &'static str,
    more: &Value,
    gateway: impl Fn() -> GatewayConfig,
    scenario: impl AsyncFn(&Stall<'_>),
) {
    each_database(async |database| {
        let post = Post::open();
        let setting = Setting {
            mail: Some(post.settings()),
            plugins: gateway(),
            ..Setting::default()
        };
        let app = TestApp::start_with(database, setting).await;
        let stall = Stall::open(&app, &post, kind, more).await;
        scenario(&stall).await;
        app.finish().await;
    });
}

impl<'a> Stall<'a> {
    async fn open(app: &'a TestApp, post: &'a Post, kind: &'static str, more: &Value) -> Stall<'a> {
        let seller = app.shop("acme").await;
        let plan = json!({
            "policy_id": seller.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 4_900, "currency": "BRL" },
        });
        let plan = seller.reseller.post("plans", &plan).await.expect(201).id();
        let mut shop = json!({ "name": "Web", "kind": kind, "node_id": seller.agent.node_id });
        if kind != "paypal" {
            shop["secret"] = json!(SECRET);
        }
        alvara_tests::world::merge(&mut shop, more);
        let made = seller.reseller.post("shop-accounts", &shop).await;
        let made = made.expect(201);
        assert!(!made.json().to_string().contains(SECRET), "{made:?}");
        let id = made.id();
        let stall = Self {
            app,
            post,
            seller,
            kind,
            id,
            plan,
        };
        stall.map(GOOD).await;
        stall
    }

    /// Says that a good is a license of the plan.
    async fn map(&self, good: &str) {
        let path = format!("shop-accounts/{}/skus/{good}", self.id);
        let mut plan = json!({ "plan_id": self.plan });
        if self.kind == "paypal" {
            plan["least_price"] = json!({ "amount_minor": 4_900, "currency": "BRL" });
        }
        let _ = self.seller.reseller.put(&path, &plan).await.expect(200);
    }

    /// Where the shop sends its events.
    fn path(&self) -> String {
        format!("ecommerce/{}/{}", self.kind, self.id)
    }

    /// Sends a body with headers, as somebody without an account.
    async fn send(&self, headers: &[(&str, String)], body: &[u8]) -> Answer {
        let anybody = self.app.nobody("acme.localhost");
        let mut ask = anybody.ask(Method::POST, &self.path());
        for (name, value) in headers {
            ask = ask.header(name, value);
        }
        ask.bytes("application/json", body).await
    }

    /// The orders of the shop, the newest first.
    async fn orders(&self) -> Vec<Value> {
        let path = format!("shop-accounts/{}/orders", self.id);
        self.seller.reseller.list(&path).await
    }

    /// How the licenses of the one order stand here, and how the licenses themselves do.
    async fn standing(&self) -> Vec<(String, String)> {
        let orders = self.orders().await;
        assert_eq!(orders.len(), 1, "{orders:?}");
        let mut all = Vec::new();
        for unit in orders[0]["licenses"].as_array().unwrap() {
            let state = match unit["license_id"].as_str() {
                None => "none".to_owned(),
                Some(id) => {
                    let path = format!("licenses/{id}");
                    let license = self.seller.reseller.get(&path).await.expect(200).json();
                    license["state"].as_str().unwrap().to_owned()
                }
            };
            all.push((unit["state"].as_str().unwrap().to_owned(), state));
        }
        all
    }

    /// What the seller's people are told of a kind.
    async fn told(&self, kind: &str) -> Vec<Value> {
        let mut all = self.seller.reseller.list("notices").await;
        all.retain(|notice| notice["kind"] == kind);
        all
    }

    fn licenses(&self) -> i64 {
        self.app.database().count("SELECT COUNT(*) FROM licenses")
    }

    fn stored(&self) -> i64 {
        self.app
            .database()
            .count("SELECT COUNT(*) FROM shop_webhooks")
    }
}

/// The keys of a mail, in order.
fn keys(mail: &Taken) -> Vec<String> {
    let lines = mail.text.lines();
    lines
        .filter_map(|line| line.trim().strip_prefix("writer: "))
        .map(str::to_owned)
        .collect()
}

/// The same of two licenses, or of any number.
fn all(count: usize, here: &str, license: &str) -> Vec<(String, String)> {
    vec![(here.to_owned(), license.to_owned()); count]
}

fn hmac(message: &[u8]) -> Vec<u8> {
    let key = PKey::hmac(SECRET.as_bytes()).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    signer.sign_oneshot_to_vec(message).unwrap()
}
