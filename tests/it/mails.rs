//! Mails about what a customer has: that a license ends, that money came or went back, that something
//! is owed. A real mail server takes them, and a clock that is moved makes them due.

mod asked;
mod collected;
mod log;
mod money;
mod people;
mod quiet;
mod reminders;

use alvara_tests::bank::Bank;
use alvara_tests::post::{Post, Taken};
use alvara_tests::{Browser, License, Setting, Shop, TestApp, each_database};
use serde_json::{Value, json};

/// Where the customer reads mails.
const CARLA: &str = "carla@casa.test";

/// A seller whose customer has a yearly license with a week of grace, a bank and a mail server.
struct House<'a> {
    app: &'a TestApp,
    bank: &'a Bank,
    post: &'a Post,
    shop: Shop,
    policy: String,
    license: License,
}

/// Runs a scenario with a house on every database.
fn each_house(scenario: impl AsyncFn(&House<'_>)) {
    each_database(async |database| {
        let (bank, post) = (Bank::open(), Post::open());
        let setting = Setting {
            plugins: bank.gateway(),
            mail: Some(post.settings()),
            ..Setting::default()
        };
        let app = TestApp::start_with(database, setting).await;
        let house = House::open(&app, &bank, &post).await;
        scenario(&house).await;
        app.finish().await;
    });
}

impl<'a> House<'a> {
    async fn open(app: &'a TestApp, bank: &'a Bank, post: &'a Post) -> House<'a> {
        bank.follow(app).await;
        let shop = app.shop("acme").await;
        app.install_plugin("pix", "acme", &bank.host()).await;
        let account = shop.reseller.post("payment-accounts", &bank.pix_account());
        let account = account.await.expect(201).id();
        bank.tell_pix_to(app, "acme", &account).await;
        let terms = json!({ "terms": {
            "kind": "subscription", "duration": "P1Y", "starts": "issue",
            "grace": { "warn_days": 30, "full_days": 7, "read_only_days": 0 },
        } });
        let policy = shop.reseller.policy(&shop.product_id, "year", &terms).await;
        let plan = json!({
            "policy_id": policy, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 19_900, "currency": "BRL" },
        });
        let _ = shop.reseller.post("plans", &plan).await.expect(201);
        let license = shop.agent.issue(&policy, &shop.customer.node_id).await;
        let house = Self {
            app,
            bank,
            post,
            shop,
            policy,
            license,
        };
        house.change_customer(&json!({ "email": CARLA })).await;
        house
    }

    async fn change_customer(&self, change: &Value) {
        let path = format!("customers/{}", self.shop.customer.node_id);
        let changed = self.shop.agent.patch(&path, change);
        let _ = changed.header("if-match", "*").await.expect(200);
    }

    /// Another license of the same terms for the same customer.
    async fn another(&self) -> License {
        let customer = &self.shop.customer.node_id;
        self.shop.agent.issue(&self.policy, customer).await
    }

    /// It is so many days and an hour after the house was opened, and everybody who is to be reminded
    /// is.
    async fn day(&self, day: i64) {
        let begun = alvara_tests::app::BEGINNING.parse().expect("an instant");
        let ahead = self.app.now().seconds_until(begun) + day * 86_400 + 3_600;
        self.app.advance_seconds(ahead);
        self.bank.follow(self.app).await;
        self.app.run_jobs().await;
        self.app.remind().await;
    }

    /// The only mail that came since there were so many.
    fn only_mail_since(&self, before: usize) -> Taken {
        let mails = self.post.taken();
        let subjects: Vec<_> = mails.iter().map(subject).collect();
        assert_eq!(mails.len(), before + 1, "{subjects:?}");
        mails.into_iter().next_back().expect("a mail")
    }

    async fn expiry(&self) -> String {
        let path = format!("licenses/{}", self.license.id);
        let license = self.shop.agent.get(&path).await.expect(200).json();
        license["expires_at"].as_str().unwrap().to_owned()
    }

    /// Pays by the link of a mail, as somebody who is not signed in.
    async fn pay(&self, link: &str) {
        let payer = Browser::visit(self.app, "acme");
        let _ = payer.get(link).await.expect(200);
        let charge = format!("{link}/charge");
        let _ = payer
            .submit(&charge, &[("method", "pix")])
            .await
            .expect(303);
        let bills = self.bank.bills().await;
        let reference = bills.last().unwrap()["reference"].as_str().unwrap();
        self.bank.press(reference, "pay", &json!({})).await;
        self.app.run_jobs().await;
    }
}

/// What stands in a mail, its spaces all alike: amounts have such as no line is broken at.
fn said(mail: &Taken) -> String {
    mail.text.replace('\u{a0}', " ")
}

/// A subject, its encoded words read (RFC 2047).
fn subject(mail: &Taken) -> String {
    let (_, raw) = mail.head.split_once("Subject: ").expect("a subject");
    let mut lines = raw.split("\r\n");
    let mut whole = lines.next().unwrap_or_default().to_owned();
    for more in lines.take_while(|line| line.starts_with(' ')) {
        whole.push_str(more);
    }
    let (mut text, mut was_encoded) = (String::new(), true);
    for word in whole.split(' ').filter(|word| !word.is_empty()) {
        let code = word.strip_prefix("=?utf-8?b?");
        // What stands between two encoded words is no space.
        if !(text.is_empty() || was_encoded && code.is_some()) {
            text.push(' ');
        }
        was_encoded = code.is_some();
        match code {
            Some(code) => {
                let code = code.trim_end_matches("?=").as_bytes();
                let bytes = data_encoding::BASE64.decode(code).expect("base64");
                text.push_str(&String::from_utf8(bytes).expect("a text"));
            }
            None => text.push_str(word),
        }
    }
    text.replace('\u{a0}', " ")
}

/// The addresses in the text of a mail.
fn links(mail: &Taken) -> Vec<String> {
    let words = mail.text.split_whitespace();
    let links = words.filter(|word| word.starts_with("http://"));
    links.map(str::to_owned).collect()
}

/// The path of an address at a host.
fn path_at<'a>(link: &'a str, host: &str) -> &'a str {
    link.strip_prefix(&format!("http://{host}:8080"))
        .unwrap_or_else(|| panic!("{link} is not at {host}"))
}
