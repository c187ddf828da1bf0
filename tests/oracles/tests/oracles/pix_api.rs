//! The PIX plugin's requests against Bacen's own description of the API, on a foreign mock server.
//!
//! The description is `fixtures/pix-openapi.yaml`: Bacen's 2.9.0 with the patterns and examples
//! mended that no request could satisfy, and without the three addresses of the payload's own host,
//! which cannot be told from those of the API.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use alvara_oracles::{here, modules};
use alvara_plugin_pix::Pix;
use alvara_plugin_sdk::{
    DueOptions, HttpHeader, Interval, MandateRequest, PaymentPlugin, PspRef, Rate, RefundRequest,
    RetryPolicy, Source,
    http::{HttpError, Request, Response},
    kit::{Kit, charge, context, customer},
    money::money,
};

use super::wire::pass_on;

struct Prism {
    child: Child,
    port: u16,
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Prism {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a port")
            .port();
        let mut child = Command::new("node")
            .arg(modules().join("@stoplight/prism-cli/dist/index.js"))
            .args(["mock", "--host", "127.0.0.1", "--port", &port.to_string()])
            .arg(here().join("fixtures/pix-openapi.yaml"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("prism");
        let mut said = String::new();
        let mut lines = BufReader::new(child.stdout.take().expect("its words"));
        while !said.contains("is listening") {
            said.clear();
            assert_ne!(lines.read_line(&mut said).expect("words"), 0, "prism ended");
        }
        // It goes on talking, and a pipe that nobody reads would stop it.
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            let _ = lines.read_to_end(&mut rest);
        });
        Self { child, port }
    }
}

fn to_mock(port: u16, request: &Request) -> Result<Response, HttpError> {
    let path = request
        .url
        .strip_prefix("https://psp.example.com.br/v2")
        .expect("our address");
    pass_on(port, path, request)
}

const CONFIG: &[(&str, &str)] = &[
    ("chave", "7d9f0335-8dcc-4054-9bf9-0dbd61d36906"),
    ("host", "psp.example.com.br"),
    ("token_url", "https://psp.example.com.br/token"),
    ("automatic_account", "012682"),
    ("automatic_agency", "9708"),
];

fn the(kind: &str, value: &str) -> PspRef {
    PspRef {
        kind: kind.to_owned(),
        value: value.to_owned(),
    }
}

// R-PAY-02
#[test]
fn every_request_is_valid_by_bacens_description() {
    let prism = Prism::start();
    let port = prism.port;
    let kit = Kit::new();
    let seen = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let record = std::rc::Rc::clone(&seen);
    kit.provider(move |request| {
        let answer = to_mock(port, request);
        let (status, body) = match &answer {
            Ok(response) => (
                response.status,
                String::from_utf8_lossy(&response.body).into_owned(),
            ),
            Err(error) => (0, format!("{error:?}")),
        };
        record
            .borrow_mut()
            .push((format!("{} {}", request.method, request.url), status, body));
        answer
    });
    let ctx = context("key-1", CONFIG);
    let txid = "be2974546978e3739e6d6da85c4be9f3";
    let mut by_day = charge("pix", 12_345, "BRL");
    by_day.due = Some(DueOptions {
        due_date: "2026-12-10".to_owned(),
        days_valid_after_due: 10,
        fine: Some(Rate::BasisPoints(200)),
        monthly_interest_bp: Some(100),
        discount: Some(alvara_plugin_sdk::Discount {
            until: "2026-12-01".to_owned(),
            rate: Rate::Amount(money(500, "BRL")),
        }),
        instructions: Vec::new(),
        bank_sequence: None,
    });
    let mandate = MandateRequest {
        mandate_id: "man_1".to_owned(),
        method: "pix".to_owned(),
        customer: customer(),
        contract: "lic_01J0000000000000000000000".to_owned(),
        description: "Licença Pro".to_owned(),
        interval: Interval::Monthly,
        starts_on: "2026-12-22".to_owned(),
        ends_on: Some("2027-12-22".to_owned()),
        amount: Some(money(3_500, "BRL")),
        retry: RetryPolicy::ThreeInSevenDays,
        first_charge: Some(charge("pix", 3_500, "BRL")),
        source: Source::None,
        return_url: None,
        metadata: Vec::new(),
    };
    let refund = RefundRequest {
        refund_id: "rfd_1".to_owned(),
        charge_id: "chg_1".to_owned(),
        refs: vec![the("e2eid", "E12345678202009091221kkkkkkkkkkk")],
        amount: money(789, "BRL"),
        reason: "Engano".to_owned(),
    };
    let id_rec = the("idrec", "RR1234567820240115abcdefghijk");
    // What the mock makes of it is its examples, which speak of other charges; only whether it takes
    // the requests counts here.
    let _ = Pix::health_check(&ctx);
    let _ = Pix::create(&ctx, &charge("pix", 19_990, "BRL"));
    let _ = Pix::create(&ctx, &by_day);
    let _ = Pix::sync(&ctx, &[the("cob", txid)]);
    let _ = Pix::sync(&ctx, &[the("cobv", txid)]);
    let _ = Pix::cancel(&ctx, &[the("cob", txid)]);
    let _ = Pix::cancel(&ctx, &[the("cobv", txid)]);
    let _ = Pix::find_by_key(&ctx, &charge("pix", 19_990, "BRL"));
    let _ = Pix::refund(&ctx, &refund);
    let _ = Pix::sync_refund(
        &ctx,
        &[
            the("e2eid", "E12345678202009091221kkkkkkkkkkk"),
            the("devolucao", "123ABC"),
        ],
    );
    let _ = Pix::setup_mandate(&ctx, &mandate);
    let _ = Pix::setup_mandate(
        &alvara_plugin_sdk::CallContext {
            attempt: 2,
            ..context("other", CONFIG)
        },
        &mandate,
    );
    let _ = Pix::sync_mandate(&ctx, &[id_rec.clone(), the("cob", txid)]);
    let _ = Pix::charge_mandate(&ctx, std::slice::from_ref(&id_rec), &by_day);
    let _ = Pix::cancel(&ctx, &[the("cobr", txid)]);
    let _ = Pix::cancel_mandate(&ctx, &[id_rec], "");
    let _ = Pix::register_webhook(&ctx, "https://pay.example.com/hooks/pac_1");

    let seen = seen.borrow();
    for (call, status, body) in seen.iter() {
        assert!((200..300).contains(status), "{call}: {status} {body}");
    }
    for wanted in ["PUT", "PATCH", "GET", "POST"] {
        assert!(seen.iter().any(|(call, ..)| call.starts_with(wanted)));
    }
    for resource in [
        "/cob/",
        "/cobv/",
        "/cobr/",
        "/rec",
        "/locrec",
        "/devolucao/",
        "/webhook/",
        "/webhookrec",
        "/webhookcobr",
    ] {
        assert!(
            seen.iter().any(|(call, ..)| call.contains(resource)),
            "{resource} was not tried"
        );
    }
}

// R-PAY-02: a mock that takes everything would prove nothing.
#[test]
fn the_mock_refuses_what_the_description_forbids() {
    let prism = Prism::start();
    let request = |body: &str| Request {
        method: "PUT".to_owned(),
        url: "https://psp.example.com.br/v2/cob/be2974546978e3739e6d6da85c4be9f3".to_owned(),
        headers: vec![HttpHeader {
            name: "content-type".to_owned(),
            value: "application/json".to_owned(),
        }],
        body: body.as_bytes().to_vec(),
        auth: alvara_plugin_sdk::http::Auth::None,
        client_cert: None,
        timeout_ms: 1000,
        mutating: true,
    };
    let good = r#"{"calendario":{"expiracao":3600},"valor":{"original":"37.00"},"chave":"x"}"#;
    assert_eq!(
        to_mock(prism.port, &request(good)).map(|answer| answer.status),
        Ok(201)
    );
    for bad in [
        good.replace("37.00", "37"),
        good.replace("chave", "key"),
        good.replace("3600", "\"x\""),
    ] {
        let status = to_mock(prism.port, &request(&bad)).map(|answer| answer.status);
        assert!(matches!(status, Ok(400 | 422)), "{bad}: {status:?}");
    }
}
