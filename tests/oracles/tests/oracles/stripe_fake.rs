//! The Stripe plugin against localstripe, a stranger's server that keeps what it is told.
//!
//! It is older than the version of Stripe's API that the plugin speaks. What lies between is bridged
//! here and nowhere else: it knows no `description` and no `automatic_payment_methods` of a payment
//! intent and lists intents of all times, so these are not passed on; its intents do not say
//! `amount_received` and `amount_capturable`, so these are read off their latest charge. It has no
//! checkouts and no idempotency keys, and gives back more than it took.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use alvara_oracles::{here, python};
use alvara_plugin_sdk::{
    CallContext, CaptureMode, ChargeRequest, ChargeStatus, ErrorKind, EventBody, HttpHeader,
    NextAction, PaymentPlugin, PspRef, RefundRequest, RefundStatus, Source, Trust,
    encode::{form, parse_form},
    http::{Auth, HttpError, Request, Response},
    kit::{Kit, charge, context, inbound},
    money::money,
    reference,
};
use alvara_plugin_stripe::Stripe;
use serde_json::{Value, json};

use super::wire::pass_on;

const PRICE: i64 = 19_990;
const SECRET: &str = "whsec_of_the_fake";

struct Fake {
    child: Child,
    port: u16,
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Fake {
    fn start() -> Self {
        let mut child = Command::new(python())
            .arg(here().join("scripts/stripe_fake.py"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python");
        let mut said = String::new();
        let mut words = BufReader::new(child.stdout.take().expect("its words"));
        let _ = words.read_line(&mut said).expect("words");
        let port = said.trim().parse().expect("a port");
        Self { child, port }
    }

    /// Does what a plugin does not.
    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        let request = Request {
            method: "POST".to_owned(),
            url: String::new(),
            headers: vec![HttpHeader {
                name: "content-type".to_owned(),
                value: "application/x-www-form-urlencoded".to_owned(),
            }],
            body: form(fields).into_bytes(),
            auth: Auth::None,
            client_cert: None,
            timeout_ms: 1000,
            mutating: true,
        };
        let answer = pass_on(self.port, path, &request).expect("an answer");
        assert_eq!(answer.status, 200, "{path}");
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    /// What a card left with a customer: `cus_…/pm_…`.
    fn stored(&self, card: &str) -> String {
        let customer = self.post("/v1/customers", &[("name", "Carla")]);
        let method = self.post(
            "/v1/payment_methods",
            &[
                ("type", "card"),
                ("card[number]", card),
                ("card[exp_month]", "12"),
                ("card[exp_year]", "2030"),
                ("card[cvc]", "123"),
            ],
        );
        let (customer, method) = (text(&customer, "id"), text(&method, "id"));
        let attach = format!("/v1/payment_methods/{method}/attach");
        let _ = self.post(&attach, &[("customer", &customer)]);
        format!("{customer}/{method}")
    }

    /// A house whose Stripe this is.
    fn house(&self) -> Kit {
        let kit = Kit::new();
        let port = self.port;
        kit.provider(move |request| bridged(port, request));
        kit.secret("webhook_secret", SECRET);
        kit
    }
}

fn text(object: &Value, member: &str) -> String {
    object[member].as_str().expect("a text").to_owned()
}

fn bridged(port: u16, request: &Request) -> Result<Response, HttpError> {
    let path = request
        .url
        .strip_prefix("https://api.stripe.com")
        .expect("Stripe's address");
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut query = parse_form(query);
    query.retain(|(name, _)| name != "created[gte]");
    let mut fields = parse_form(&String::from_utf8_lossy(&request.body));
    fields
        .retain(|(name, _)| name != "description" && name != "automatic_payment_methods[enabled]");
    let passed = Request {
        body: form(&fields).into_bytes(),
        ..request.clone()
    };
    let mut answer = pass_on(port, &format!("{path}?{}", form(&query)), &passed)?;
    if let Ok(mut object) = serde_json::from_slice::<Value>(&answer.body) {
        with_amounts(&mut object);
        answer.body = object.to_string().into_bytes();
    }
    Ok(answer)
}

/// Gives a payment intent, or each of a list, what newer ones say of their money.
fn with_amounts(object: &mut Value) {
    if let Some(items) = object.get_mut("data").and_then(Value::as_array_mut) {
        items.iter_mut().for_each(with_amounts);
    }
    if object["object"] != "payment_intent" {
        return;
    }
    let charge = object["latest_charge"].clone();
    let of = |is_so: bool| {
        if is_so {
            charge["amount"].clone()
        } else {
            json!(0)
        }
    };
    let taken = charge["paid"] == true && charge["captured"] == true;
    let held = object["status"] == "requires_capture";
    object["amount_received"] = of(taken);
    object["amount_capturable"] = of(held);
}

fn at(key: &str) -> CallContext {
    context(key, &[])
}

fn by(stored: &str) -> ChargeRequest {
    ChargeRequest {
        source: Source::StoredMethod(stored.to_owned()),
        ..charge("stripe", PRICE, "BRL")
    }
}

fn part(refs: &[PspRef], minor: i64) -> RefundRequest {
    RefundRequest {
        refund_id: format!("rfd_{minor}"),
        charge_id: "chg_01".to_owned(),
        refs: refs.to_vec(),
        amount: money(minor, "BRL"),
        reason: "Engano".to_owned(),
    }
}

// R-PAY-02
#[test]
fn what_is_stored_pays_and_goes_back_in_parts() {
    let fake = Fake::start();
    let _kit = fake.house();
    let ask = by(&fake.stored("4242424242424242"));
    let made = Stripe::create(&at("pays"), &ask).expect("created");
    let paid = |state: &alvara_plugin_sdk::ChargeState| {
        (
            state.status,
            state.captured.minor,
            state.refunded.minor,
            state.authorized.minor,
        )
    };
    assert_eq!(paid(&made), (ChargeStatus::Paid, PRICE, 0, PRICE));
    let intent = reference(&made.refs, "payment-intent").expect("named");
    assert!(intent.starts_with("pi_"), "{intent}");

    // Whoever did not hear the answer finds it by our name, and nobody finds it by another.
    let found = Stripe::find_by_key(&at("pays"), &ask).expect("looked");
    let found = found.expect("there it is");
    assert_eq!(reference(&found.refs, "payment-intent"), Some(intent));
    assert_eq!(paid(&found), paid(&made));
    assert_eq!(Stripe::find_by_key(&at("other"), &ask), Ok(None));

    for (minor, status, back) in [
        (5_000, ChargeStatus::PartiallyRefunded, 5_000),
        (PRICE - 5_000, ChargeStatus::Refunded, PRICE),
    ] {
        let key = format!("back-{minor}");
        let refund = Stripe::refund(&at(&key), &part(&made.refs, minor)).expect("refunded");
        assert_eq!(refund.status, RefundStatus::Succeeded);
        assert_eq!(refund.amount, money(minor, "BRL"));
        let again = Stripe::sync_refund(&at(&key), &refund.refs).expect("there");
        assert_eq!((again.status, again.refs), (refund.status, refund.refs));
        let now = Stripe::sync(&at("pays"), &made.refs).expect("there");
        assert_eq!(paid(&now), (status, PRICE, back, PRICE));
    }
    // Stripe would refuse this one. The fake does not, and what it says then is not believed.
    let _ = Stripe::refund(&at("too-much"), &part(&made.refs, 1)).expect("given back");
    let error = Stripe::sync(&at("pays"), &made.refs).expect_err("more went back than came");
    assert_eq!(error.kind, ErrorKind::Malformed);
}

// R-PAY-02
#[test]
fn what_is_held_is_taken_or_let_go() {
    let fake = Fake::start();
    let _kit = fake.house();
    let ask = ChargeRequest {
        capture: CaptureMode::Manual,
        ..by(&fake.stored("4242424242424242"))
    };
    let held = Stripe::create(&at("held"), &ask).expect("created");
    assert_eq!(held.status, ChargeStatus::Authorized);
    assert_eq!((held.authorized.minor, held.captured.minor), (PRICE, 0));
    let taken = Stripe::capture(&at("held"), &held.refs, &money(PRICE, "BRL"), true);
    let taken = taken.expect("taken");
    assert_eq!(
        (taken.status, taken.captured.minor),
        (ChargeStatus::Paid, PRICE)
    );
    let again = Stripe::capture(&at("held"), &held.refs, &money(PRICE, "BRL"), true);
    assert!(again.is_err(), "{again:?}");

    let other = Stripe::create(&at("let-go"), &ask).expect("created");
    for _ in 0..2 {
        let gone = Stripe::cancel(&at("let-go"), &other.refs).expect("let go");
        assert_eq!(gone.status, ChargeStatus::Canceled);
        assert_eq!((gone.captured.minor, gone.refunded.minor), (0, 0));
    }
    // What was taken stays taken.
    let kept = Stripe::cancel(&at("held"), &held.refs).expect("said");
    assert_eq!(kept.status, ChargeStatus::Paid);
}

// R-PAY-02
#[test]
fn a_card_that_wants_its_holder_waits_for_them() {
    let fake = Fake::start();
    let _kit = fake.house();
    let ask = by(&fake.stored("4000002500003155"));
    let waits = Stripe::create(&at("holder"), &ask).expect("created");
    assert_eq!(waits.status, ChargeStatus::RequiresAction);
    let Some(NextAction::HostedFields(fields)) = &waits.action else {
        panic!("{:?}", waits.action)
    };
    let intent = reference(&waits.refs, "payment-intent").expect("named");
    let path = format!("/v1/payment_intents/{intent}/_authenticate");
    let answered = [
        ("client_secret", fields.client_token.as_str()),
        ("success", "true"),
    ];
    let _ = fake.post(&path, &answered);
    let now = Stripe::sync(&at("holder"), &waits.refs).expect("there");
    assert_eq!(
        (now.status, now.captured.minor),
        (ChargeStatus::Paid, PRICE)
    );
    assert_eq!(now.action, None);
}

/// A request as it came in: the value of a header, and the body.
fn received(listener: &TcpListener, header: &str) -> (String, Vec<u8>) {
    let (mut stream, _) = listener.accept().expect("somebody tells");
    let mut reader = BufReader::new(stream.try_clone().expect("a clone"));
    let (mut value, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        let _ = reader.read_line(&mut line).expect("a head");
        let Some((name, told)) = line.trim().split_once(": ") else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = told.parse().expect("a length"),
            name if name == header => told.clone_into(&mut value),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body");
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .expect("thanks");
    (value, body)
}

// R-PAY-07
#[test]
fn what_it_tells_by_itself_is_genuine_and_about_our_charge() {
    let fake = Fake::start();
    let _kit = fake.house();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let there = format!("http://127.0.0.1:{port}/hooks/pac_1");
    let ours = [
        ("url", there.as_str()),
        ("secret", SECRET),
        ("events[]", "payment_intent.succeeded"),
    ];
    let _ = fake.post("/_config/webhooks/house", &ours);
    let ask = by(&fake.stored("4242424242424242"));
    let made = Stripe::create(&at("told"), &ask).expect("created");
    let (signature, body) = received(&listener, "stripe-signature");
    let signed_at: u64 = signature
        .strip_prefix("t=")
        .and_then(|rest| rest.split(',').next())
        .and_then(|seconds| seconds.parse().ok())
        .expect("an instant");
    let heard = |seconds: u64, body: &[u8]| {
        let ctx = CallContext {
            now: seconds * 1000,
            ..at("hook")
        };
        let request = inbound("", &[("Stripe-Signature", &signature)], body);
        Stripe::handle_webhook(&ctx, &request)
    };
    let told = heard(signed_at + 2, &body).expect("genuine");
    let event = &told.events[0];
    assert_eq!((told.events.len(), told.reply.status), (1, 200));
    assert_eq!(event.trust, Trust::Signed);
    assert!(matches!(event.body, EventBody::ChargeHint), "{event:?}");
    for name in ["payment-intent", "reference"] {
        let ours = reference(&made.refs, name);
        assert!(ours.is_some(), "{name}");
        assert_eq!(reference(&event.refs, name), ours);
    }
    let mut forged = body.clone();
    forged.push(b' ');
    for (seconds, body) in [(signed_at + 2, &forged), (signed_at + 301, &body)] {
        let error = heard(seconds, body).expect_err("refused");
        assert_eq!(error.kind, ErrorKind::BadSignature);
    }
}
