use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use alvara_gateway::GatewayConfig;
use alvara_tests::Answer;
use data_encoding::BASE64;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use openssl::x509::extension::BasicConstraints;
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use serde_json::{Value, json};

use super::{GOOD, Stall, all, each_stall_with, keys};

const WEBHOOK: &str = "8PT597110X687430LKGECATA";

/// Whose certificate is published here, and the root that vouches for it.
struct Signatory {
    key: PKey<Private>,
    /// Somebody else for whom the same root vouches.
    other: PKey<Private>,
    root: Vec<u8>,
    address: SocketAddr,
}

fn rsa() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
}

fn certificate(name: &str, of: &PKey<Private>, by: Option<(&X509, &PKey<Private>)>) -> X509 {
    let mut names = X509NameBuilder::new().unwrap();
    names.append_entry_by_text("CN", name).unwrap();
    let names = names.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(1 + u32::from(by.is_some())).unwrap();
    let serial = serial.to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&names).unwrap();
    let issuer = by.map_or(&*names, |(root, _)| root.subject_name());
    builder.set_issuer_name(issuer).unwrap();
    builder.set_pubkey(of).unwrap();
    let (from, until) = (
        Asn1Time::days_from_now(0).unwrap(),
        Asn1Time::days_from_now(2).unwrap(),
    );
    builder.set_not_before(&from).unwrap();
    builder.set_not_after(&until).unwrap();
    let mut basic = BasicConstraints::new();
    if by.is_none() {
        basic.critical().ca();
    }
    builder.append_extension(basic.build().unwrap()).unwrap();
    let signer = by.map_or(of, |(_, key)| key);
    builder.sign(signer, MessageDigest::sha256()).unwrap();
    builder.build()
}

impl Signatory {
    /// Publishes a certificate on this machine for as long as the test process lives.
    fn open() -> Self {
        let (root_key, key, other) = (rsa(), rsa(), rsa());
        let root = certificate("A root", &root_key, None);
        let leaf = certificate(
            "messageverificationcerts.paypal.com",
            &key,
            Some((&root, &root_key)),
        );
        let pem = leaf.to_pem().unwrap();
        let foreign = certificate("notpaypal.com", &other, Some((&root, &root_key)));
        let foreign = foreign.to_pem().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut request = [0; 4096];
                let Ok(read) = stream.read(&mut request) else {
                    continue;
                };
                let request = &request[..read];
                let (status, body) = if request.starts_with(b"GET /cert.pem ") {
                    ("200 OK", &pem[..])
                } else if request.starts_with(b"GET /foreign.pem ") {
                    ("200 OK", &foreign[..])
                } else {
                    ("404 Not Found", &b""[..])
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                // Who hung up does not want it.
                drop(stream.write_all(head.as_bytes()));
                drop(stream.write_all(body));
            }
        });
        Self {
            key,
            other,
            root: root.to_pem().unwrap(),
            address,
        }
    }

    fn shop(&self) -> Value {
        json!({ "webhook_id": WEBHOOK, "certificate_host": self.address.to_string() })
    }

    fn gateway(&self) -> GatewayConfig {
        GatewayConfig {
            allow_loopback: true,
            roots_pem: vec![self.root.clone()],
            ..GatewayConfig::default()
        }
    }

    /// The headers of a transmission.
    fn sign(&self, body: &[u8], webhook: &str) -> Vec<(&'static str, String)> {
        self.sign_by((&self.key, "cert.pem"), body, webhook)
    }

    fn sign_by(
        &self,
        (key, file): (&PKey<Private>, &str),
        body: &[u8],
        webhook: &str,
    ) -> Vec<(&'static str, String)> {
        let (id, time) = (
            "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
            "2027-01-15T12:00:00Z",
        );
        let mut checksum = u32::MAX;
        for byte in body {
            checksum ^= u32::from(*byte);
            for _ in 0..8 {
                let odd = checksum & 1 == 1;
                checksum >>= 1;
                if odd {
                    checksum ^= 0xedb8_8320;
                }
            }
        }
        let message = format!("{id}|{time}|{webhook}|{}", !checksum);
        let mut signer = Signer::new(MessageDigest::sha256(), key).unwrap();
        let signature = signer.sign_oneshot_to_vec(message.as_bytes()).unwrap();
        vec![
            ("paypal-transmission-id", id.to_owned()),
            ("paypal-transmission-time", time.to_owned()),
            ("paypal-transmission-sig", BASE64.encode(&signature)),
            ("paypal-auth-algo", "SHA256withRSA".to_owned()),
            ("paypal-cert-url", format!("http://{}/{file}", self.address)),
        ]
    }

    async fn tell(&self, stall: &Stall<'_>, kind: &str, resource: &Value) -> Answer {
        let body = body(kind, resource);
        stall.send(&self.sign(&body, WEBHOOK), &body).await
    }
}

fn body(kind: &str, resource: &Value) -> Vec<u8> {
    let event = json!({ "id": format!("WH-{kind}"), "event_type": kind, "resource": resource });
    event.to_string().into_bytes()
}

fn order() -> Value {
    json!({
        "id": "5O190127TN364715T", "status": "APPROVED",
        "payer": { "email_address": "davi@example.com", "name": { "given_name": "Davi" } },
        "purchase_units": [{ "items": [{ "name": "Writer", "sku": GOOD, "quantity": "2" }] }],
    })
}

fn capture() -> Value {
    json!({
        "id": "3C679366HH908993F", "status": "COMPLETED",
        "amount": { "currency_code": "BRL", "value": "98.00" },
        "supplementary_data": { "related_ids": { "order_id": "5O190127TN364715T" } },
    })
}

fn refund(total: &str) -> Value {
    json!({
        "id": "1JU08902781691411", "status": "COMPLETED",
        "seller_payable_breakdown": { "total_refunded_amount": { "currency_code": "BRL", "value": total } },
        "links": [{ "rel": "up", "href": "https://api.paypal.com/v2/payments/captures/3C679366HH908993F" }],
    })
}

fn each_signed(scenario: impl AsyncFn(&Stall<'_>, &Signatory)) {
    let signatory = Signatory::open();
    each_stall_with(
        "paypal",
        &signatory.shop(),
        || signatory.gateway(),
        async |stall| scenario(stall, &signatory).await,
    );
}

// R-PAY-10
#[test]
fn goods_and_money_come_in_either_order_and_are_given_once() {
    each_signed(async |stall, paypal| {
        for _ in 0..3 {
            let told = paypal
                .tell(stall, "PAYMENT.CAPTURE.COMPLETED", &capture())
                .await;
            let _ = told.expect(200);
        }
        stall.app.run_jobs().await;
        assert_eq!(stall.licenses(), 0, "nobody knows yet of what");
        let told = paypal
            .tell(stall, "CHECKOUT.ORDER.APPROVED", &order())
            .await;
        let _ = told.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.standing().await, all(2, "given", "active"));
        let mails = stall.post.taken();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, ["davi@example.com"]);
        assert_eq!(keys(&mails[0]).len(), 2);
        let told = paypal
            .tell(stall, "PAYMENT.CAPTURE.REFUNDED", &refund("98.00"))
            .await;
        let _ = told.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.standing().await, all(2, "withdrawn", "revoked"));
    });
}

// R-PAY-10
#[test]
fn what_was_told_under_two_names_becomes_one_order() {
    each_signed(async |stall, paypal| {
        // The refund names the capture alone, the approval the order alone.
        let events = [
            ("PAYMENT.CAPTURE.REFUNDED", refund("98.00")),
            ("CHECKOUT.ORDER.APPROVED", order()),
        ];
        for (kind, resource) in &events {
            let _ = paypal.tell(stall, kind, resource).await.expect(200);
        }
        stall.app.run_jobs().await;
        assert_eq!(stall.orders().await.len(), 2);
        let told = paypal
            .tell(stall, "PAYMENT.CAPTURE.COMPLETED", &capture())
            .await;
        let _ = told.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.standing().await, all(2, "withdrawn", "none"));
        assert_eq!(stall.licenses(), 0);
    });
}

// R-PAY-10
#[test]
fn only_a_certificate_of_the_right_host_and_root_is_believed() {
    each_signed(async |stall, paypal| {
        let sent = body("PAYMENT.CAPTURE.COMPLETED", &capture());
        let with = |name: &str, value: &str| {
            let mut headers = paypal.sign(&sent, WEBHOOK);
            for (known, said) in &mut headers {
                if *known == name {
                    *said = value.to_owned();
                }
            }
            headers
        };
        // Somebody else's certificate, published elsewhere, and somebody else's signature.
        let stranger = Signatory::open();
        let elsewhere = stranger.sign(&sent, WEBHOOK);
        let mut forged = stranger.sign(&sent, WEBHOOK);
        forged.pop();
        forged.push((
            "paypal-cert-url",
            format!("http://{}/cert.pem", paypal.address),
        ));
        let port = paypal.address.port();
        for headers in [
            elsewhere,
            forged,
            // Published where PayPal's are, under a root that is trusted, and not PayPal's.
            paypal.sign_by((&paypal.other, "foreign.pem"), &sent, WEBHOOK),
            paypal.sign(&sent, "another webhook"),
            paypal.sign(b"{}", WEBHOOK),
            with("paypal-auth-algo", "none"),
            with("paypal-transmission-id", ""),
            with("paypal-transmission-time", "2027-01-15T12:00:01Z"),
            with("paypal-transmission-sig", "AAAA"),
            with("paypal-cert-url", ""),
            with("paypal-cert-url", "https://api.paypal.com.evil.example/c"),
            with(
                "paypal-cert-url",
                &format!("http://127.0.0.1:{port}@evil.example/cert.pem"),
            ),
        ] {
            let _ = stall.send(&headers, &sent).await.expect(401);
        }
        // A certificate that cannot be had now may be there later.
        let gone = format!("http://{}/other.pem", paypal.address);
        let _ = stall
            .send(&with("paypal-cert-url", &gone), &sent)
            .await
            .expect(503);
        assert_eq!(stall.stored(), 0);
        let good = paypal.sign(&sent, WEBHOOK);
        let _ = stall.send(&good, &sent).await.expect(200);
        assert_eq!(stall.stored(), 1);
        stall.app.run_jobs().await;
    });
}

// R-PAY-10
#[test]
fn who_writes_an_order_for_a_cent_gets_nothing_for_it() {
    each_signed(async |stall, paypal| {
        let mut paid = capture();
        paid["amount"]["value"] = json!("97.99");
        for (kind, resource) in [
            ("CHECKOUT.ORDER.APPROVED", order()),
            ("PAYMENT.CAPTURE.COMPLETED", paid),
        ] {
            let _ = paypal.tell(stall, kind, &resource).await.expect(200);
        }
        stall.app.run_jobs().await;
        assert_eq!(stall.standing().await, all(2, "held", "none"));
        let reason = stall.orders().await[0]["licenses"][0]["reason"].clone();
        assert_eq!(reason, "9799 of 9800 smallest units of BRL came");
        assert_eq!(stall.told("shop_order.held").await.len(), 1);
        assert_eq!(stall.post.taken().len(), 0);
        let least = |price: Value| {
            let path = format!("shop-accounts/{}/skus/{GOOD}", stall.id);
            let good = json!({ "plan_id": stall.plan, "least_price": price });
            async move { stall.seller.reseller.put(&path, &good).await }
        };
        // Another currency is not compared, and no price is no answer.
        let dollars = json!({ "amount_minor": 1, "currency": "USD" });
        let _ = least(dollars).await.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.standing().await, all(2, "held", "none"));
        let _ = least(Value::Null).await.expect(422);
        // The seller agrees to what came.
        let lower = json!({ "amount_minor": 4_899, "currency": "BRL" });
        let _ = least(lower).await.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.standing().await, all(2, "given", "active"));
        assert_eq!(stall.post.taken().len(), 1);
    });
}
