//! The simulator as a merchant's program meets it: over a socket, each provider from the first
//! request to the webhook.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop loudly, and starts its servers as it likes"
)]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use alvara_simulator::{Secrets, Simulator};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// A webhook as it arrived: path with query, headers, body.
type Told = (String, Vec<(String, String)>, Vec<u8>);
type Heard = Arc<Mutex<Vec<Told>>>;

struct House {
    simulator: SocketAddr,
    ear: SocketAddr,
    heard: Heard,
}

impl House {
    async fn open() -> Self {
        let simulator = Simulator::bind(0, Secrets::default()).unwrap();
        let address = simulator.address();
        actix_web::rt::spawn(simulator.into_server());
        let heard = Heard::default();
        let data = Data::new(heard.clone());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let ear = listener.local_addr().unwrap();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .default_service(web::to(hear))
        });
        actix_web::rt::spawn(server.workers(1).listen(listener).unwrap().run());
        Self {
            simulator: address,
            ear,
            heard,
        }
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Value) {
        let stream = TcpStream::connect(self.simulator).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let mut request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost");
        if body.starts_with('{') {
            request = request.header("content-type", "application/json");
        } else if !body.is_empty() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(Bytes::from(body.to_owned())))
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    async fn press(&self, bill: &str, action: &str, how: &Value) -> (u16, Value) {
        let path = format!("/sim/bills/{bill}/{action}");
        self.call("POST", &path, &[], &how.to_string()).await
    }

    fn heard(&self) -> Vec<Told> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

async fn hear(request: HttpRequest, body: Bytes, heard: Data<Heard>) -> HttpResponse {
    let headers = request.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    heard
        .lock()
        .unwrap()
        .push((request.uri().to_string(), headers.collect(), body.to_vec()));
    HttpResponse::Ok().finish()
}

const BEARER: (&str, &str) = ("authorization", "Bearer simulated-access-token");
const TXID: &str = "7978c0c97ea847e78e8849634473c1f1";

// R-PAY-02, R-PAY-07
#[actix_web::test]
async fn a_pix_charge_is_paid_returned_and_told() {
    let house = House::open().await;
    let (status, token) = house
        .call(
            "POST",
            "/oauth/token",
            &[],
            "grant_type=client_credentials&client_id=simulated-client&client_secret=simulated-client-secret&scope=cob.write",
        )
        .await;
    assert_eq!((status, token["expires_in"].as_i64()), (200, Some(300)));
    let (status, _) = house
        .call(
            "POST",
            "/oauth/token",
            &[],
            "grant_type=client_credentials&client_id=x&client_secret=y",
        )
        .await;
    assert_eq!(status, 401);

    let path = format!("/pix/v2/cob/{TXID}");
    let ask =
        json!({"calendario": {"expiracao": 3600}, "valor": {"original": "37.00"}, "chave": "k"})
            .to_string();
    assert_eq!(house.call("PUT", &path, &[], &ask).await.0, 403);
    let (status, made) = house.call("PUT", &path, &[BEARER], &ask).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["status"], "ATIVA");
    assert!(
        made["pixCopiaECola"]
            .as_str()
            .unwrap()
            .starts_with("000201")
    );
    for (wrong, why) in [
        (
            json!({"valor": {"original": "37"}, "chave": "k"}),
            "two decimals",
        ),
        (json!({"valor": {"original": "37.00"}}), "no key"),
        (
            json!({"valor": {"original": "37.00"}, "chave": "k", "devedor": {"nome": "A"}}),
            "half a debtor",
        ),
    ] {
        let (status, problem) = house
            .call("PUT", &path, &[BEARER], &wrong.to_string())
            .await;
        assert_eq!(
            (status, problem["title"].as_str()),
            (400, Some("CobOperacaoInvalida")),
            "{why}"
        );
    }

    let hook = json!({"webhookUrl": format!("http://{}/hooks/a?hmac=w", house.ear)}).to_string();
    assert_eq!(
        house
            .call("PUT", "/pix/v2/webhook/k", &[BEARER], &hook)
            .await
            .0,
        200
    );
    let (status, _) = house.press(TXID, "pay", &json!({"tell": 2})).await;
    assert_eq!(status, 200);
    let heard = house.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].0, "/hooks/a/pix?hmac=w");
    let told: Value = serde_json::from_slice(&heard[0].2).unwrap();
    assert_eq!(
        (&told["pix"][0]["txid"], &told["pix"][0]["valor"]),
        (&json!(TXID), &json!("37.00"))
    );

    let (_, paid) = house.call("GET", &path, &[BEARER], "").await;
    assert_eq!(paid["status"], "CONCLUIDA");
    let e2e = paid["pix"][0]["endToEndId"].as_str().unwrap().to_owned();
    assert_eq!(e2e.len(), 32);
    assert_eq!(
        house.call("PUT", &path, &[BEARER], &ask).await.0,
        400,
        "no longer active"
    );
    let back = format!("/pix/v2/pix/{e2e}/devolucao/D1");
    let (status, made) = house
        .call(
            "PUT",
            &back,
            &[BEARER],
            &json!({"valor": "7.00"}).to_string(),
        )
        .await;
    assert_eq!(
        (status, made["status"].as_str()),
        (201, Some("EM_PROCESSAMENTO"))
    );
    assert_eq!(made["rtrId"].as_str().unwrap().len(), 32);
    let over = format!("/pix/v2/pix/{e2e}/devolucao/D2");
    let (status, _) = house
        .call(
            "PUT",
            &over,
            &[BEARER],
            &json!({"valor": "30.01"}).to_string(),
        )
        .await;
    assert_eq!(status, 400, "more than was paid");
    house.press(TXID, "return_money", &json!({})).await;
    let (_, refund) = house.call("GET", &back, &[BEARER], "").await;
    assert_eq!(refund["status"], "DEVOLVIDO");
    assert_eq!(house.heard().len(), 1, "a finished refund is told");
}

// R-PAY-09
#[actix_web::test]
async fn the_first_payment_consents_to_a_recurrence() {
    let house = House::open().await;
    let cob =
        json!({"calendario": {"expiracao": 3600}, "valor": {"original": "35.00"}, "chave": "k"});
    house
        .call(
            "PUT",
            &format!("/pix/v2/cob/{TXID}"),
            &[BEARER],
            &cob.to_string(),
        )
        .await;
    let hook = json!({"webhookUrl": format!("http://{}/hooks/a", house.ear)}).to_string();
    house
        .call("PUT", "/pix/v2/webhookrec", &[BEARER], &hook)
        .await;
    let (_, place) = house.call("POST", "/pix/v2/locrec", &[BEARER], "").await;
    let rec = json!({
        "vinculo": {"contrato": "63100862", "devedor": {"cpf": "45164632481", "nome": "Fulano"}, "objeto": "Pro"},
        "calendario": {"dataInicial": "2026-12-01", "periodicidade": "MENSAL"},
        "valor": {"valorRec": "35.00"}, "politicaRetentativa": "PERMITE_3R_7D", "loc": place["id"],
        "ativacao": {"dadosJornada": {"txid": TXID}},
    });
    let (status, made) = house
        .call("POST", "/pix/v2/rec", &[BEARER], &rec.to_string())
        .await;
    assert_eq!(status, 201, "{made}");
    let id = made["idRec"].as_str().unwrap().to_owned();
    assert_eq!((id.len(), &id[..2]), (29, "RR"));
    let (_, shown) = house
        .call(
            "GET",
            &format!("/pix/v2/rec/{id}?txid={TXID}"),
            &[BEARER],
            "",
        )
        .await;
    assert_eq!(shown["dadosQR"]["jornada"], "JORNADA_3");
    assert!(
        shown["dadosQR"]["pixCopiaECola"]
            .as_str()
            .unwrap()
            .contains("80")
    );
    house.press(TXID, "pay", &json!({})).await;
    let heard = house.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].0, "/hooks/a/rec");
    let (_, shown) = house
        .call("GET", &format!("/pix/v2/rec/{id}"), &[BEARER], "")
        .await;
    assert_eq!(shown["status"], "APROVADA");
    // Another amount than the fixed one, and a day that is too near, are refused.
    for (amount, due) in [("36.00", "2027-01-01"), ("35.00", "2020-01-01")] {
        let cycle = json!({"idRec": id, "calendario": {"dataDeVencimento": due}, "valor": {"original": amount}});
        let path = format!("/pix/v2/cobr/{}", "b".repeat(32));
        assert_eq!(
            house
                .call("PUT", &path, &[BEARER], &cycle.to_string())
                .await
                .0,
            400
        );
    }
}

// R-PAY-02
#[actix_web::test]
async fn a_boleto_is_registered_paid_and_written_off() {
    let house = House::open().await;
    let path = "/cobrancas/v2/boletos?gw-dev-app-key=simulated-app-key";
    let ask = |title: &str| {
        json!({
            "numeroConvenio": 3_128_557, "numeroCarteira": 17, "dataVencimento": "10.12.2026",
            "valorOriginal": 199.90, "numeroTituloCliente": title, "indicadorPix": "S",
            "pagador": {"tipoInscricao": 1, "numeroInscricao": 45_164_632_481_u64, "nome": "Fulano"},
        })
        .to_string()
    };
    let first = "00031285570000000328";
    assert_eq!(
        house
            .call("POST", "/cobrancas/v2/boletos", &[BEARER], &ask(first))
            .await
            .0,
        401
    );
    let (status, made) = house.call("POST", path, &[BEARER], &ask(first)).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["linhaDigitavel"].as_str().unwrap().len(), 47);
    let barcode = made["codigoBarraNumerico"].as_str().unwrap();
    assert!(barcode.ends_with("0000003128557000000032817"), "{barcode}");
    assert!(
        made["qrCode"]["emv"]
            .as_str()
            .unwrap()
            .starts_with("000201")
    );
    assert_eq!(
        house.call("POST", path, &[BEARER], &ask(first)).await.0,
        409,
        "registered already"
    );
    assert_eq!(
        house
            .call("POST", path, &[BEARER], &ask("00099999990000000001"))
            .await
            .0,
        400
    );
    let one = |title: &str, tail: &str| {
        format!(
            "/cobrancas/v2/boletos/{title}{tail}?gw-dev-app-key=simulated-app-key&numeroConvenio=3128557"
        )
    };
    let (_, open) = house.call("GET", &one(first, ""), &[BEARER], "").await;
    assert_eq!(open["codigoEstadoTituloCobranca"], 1);
    house
        .press(first, "pay", &json!({"amount": "205.00"}))
        .await;
    let (_, paid) = house.call("GET", &one(first, ""), &[BEARER], "").await;
    assert_eq!(paid["codigoEstadoTituloCobranca"], 6);
    assert_eq!(paid["valorPagoSacado"].to_string(), "205.0");
    assert!(house.heard().is_empty(), "the bank tells nothing");
    let second = "00031285570000000329";
    house.call("POST", path, &[BEARER], &ask(second)).await;
    assert_eq!(
        house
            .call("POST", &one(second, "/baixar"), &[BEARER], "{}")
            .await
            .0,
        200
    );
    let (_, gone) = house.call("GET", &one(second, ""), &[BEARER], "").await;
    assert_eq!(gone["codigoEstadoTituloCobranca"], 7);
}

// R-PAY-02, R-PAY-07
#[actix_web::test]
async fn mercado_pago_answers_the_same_key_alike_and_signs_what_it_tells() {
    let house = House::open().await;
    let bearer = ("authorization", "Bearer TEST-simulated");
    let ask = json!({
        "transaction_amount": 199.9, "token": "token-ok", "installments": 3, "payment_method_id": "visa",
        "external_reference": "chg_1", "payer": {"email": "a@example.com"},
        "notification_url": format!("http://{}/hooks/a", house.ear),
    });
    let keyed = [bearer, ("x-idempotency-key", "k1")];
    assert_eq!(
        house
            .call("POST", "/v1/payments", &[bearer], &ask.to_string())
            .await
            .0,
        400,
        "no key"
    );
    let (status, made) = house
        .call("POST", "/v1/payments", &keyed, &ask.to_string())
        .await;
    assert_eq!((status, made["status"].as_str()), (201, Some("approved")));
    let (_, again) = house
        .call("POST", "/v1/payments", &keyed, &ask.to_string())
        .await;
    assert_eq!(again["id"], made["id"]);
    let mut other = ask.clone();
    other["transaction_amount"] = json!(200);
    assert_eq!(
        house
            .call("POST", "/v1/payments", &keyed, &other.to_string())
            .await
            .0,
        409
    );
    let id = made["id"].to_string();
    let (_, found) = house
        .call(
            "GET",
            "/v1/payments/search?external_reference=chg_1",
            &[bearer],
            "",
        )
        .await;
    assert_eq!(found["paging"]["total"], 1);
    house.press(&id, "tell", &json!({})).await;
    let heard = house.heard();
    assert_eq!(heard[0].0, format!("/hooks/a?data.id={id}&type=payment"));
    let header = |name: &str| {
        let found = heard[0].1.iter().find(|(key, _)| key == name);
        found.unwrap().1.clone()
    };
    let signature = header("x-signature");
    let (ts, tag) = signature
        .strip_prefix("ts=")
        .unwrap()
        .split_once(",v1=")
        .unwrap();
    let manifest = format!("id:{id};request-id:{};ts:{ts};", header("x-request-id"));
    assert_eq!(tag, mac("simulated-mercado-pago", &manifest));
    let refunds = format!("/v1/payments/{id}/refunds");
    let (status, _) = house
        .call(
            "POST",
            &refunds,
            &[bearer, ("x-idempotency-key", "r1")],
            &json!({"amount": 50}).to_string(),
        )
        .await;
    assert_eq!(status, 201);
    let (_, shown) = house
        .call("GET", &format!("/v1/payments/{id}"), &[bearer], "")
        .await;
    assert_eq!(shown["status_detail"], "partially_refunded");
    let mut refused = ask.clone();
    refused["token"] = json!("token-rejected");
    let (_, made) = house
        .call(
            "POST",
            "/v1/payments",
            &[bearer, ("x-idempotency-key", "k2")],
            &refused.to_string(),
        )
        .await;
    assert_eq!(made["status_detail"], "cc_rejected_insufficient_amount");
}

fn mac(secret: &str, text: &str) -> String {
    let key = openssl::pkey::PKey::hmac(secret.as_bytes()).unwrap();
    let mut signer =
        openssl::sign::Signer::new(openssl::hash::MessageDigest::sha256(), &key).unwrap();
    data_encoding::HEXLOWER.encode(&signer.sign_oneshot_to_vec(text.as_bytes()).unwrap())
}

// R-PAY-02, R-PAY-07
#[actix_web::test]
async fn a_stripe_session_is_paid_on_its_page_and_told_with_a_signature() {
    let house = House::open().await;
    let bearer = ("authorization", "Bearer sk_test_simulated");
    let hook = format!("url=http://{}/hooks/s", house.ear);
    house
        .call("POST", "/v1/webhook_endpoints", &[bearer], &hook)
        .await;
    let ask = "mode=payment&client_reference_id=chg_1&success_url=http%3A%2F%2Fshop%2Fok%3Fid%3D%7BCHECKOUT_SESSION_ID%7D&cancel_url=http%3A%2F%2Fshop%2Fno\
               &line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=4900\
               &line_items[0][price_data][product_data][name]=Pro&line_items[0][quantity]=2";
    let keyed = [bearer, ("idempotency-key", "k1")];
    let (status, made) = house
        .call("POST", "/v1/checkout/sessions", &keyed, ask)
        .await;
    assert_eq!(
        (status, made["amount_total"].as_i64()),
        (200, Some(9800)),
        "{made}"
    );
    let (_, again) = house
        .call("POST", "/v1/checkout/sessions", &keyed, ask)
        .await;
    assert_eq!(again["id"], made["id"]);
    let (status, error) = house
        .call(
            "POST",
            "/v1/checkout/sessions",
            &keyed,
            &format!("{ask}&x=1"),
        )
        .await;
    assert_eq!(
        (status, error["error"]["type"].as_str()),
        (400, Some("idempotency_error"))
    );
    let id = made["id"].as_str().unwrap();
    let (status, _) = house.press(id, "pay", &json!({})).await;
    assert_eq!(status, 200);
    let heard = house.heard();
    let event: Value = serde_json::from_slice(&heard[0].2).unwrap();
    assert_eq!(event["type"], "checkout.session.completed");
    assert_eq!(event["data"]["object"]["payment_status"], "paid");
    let signature = &heard[0]
        .1
        .iter()
        .find(|(name, _)| name == "stripe-signature")
        .unwrap()
        .1;
    let (t, tag) = signature
        .strip_prefix("t=")
        .unwrap()
        .split_once(",v1=")
        .unwrap();
    let signed = format!("{t}.{}", String::from_utf8(heard[0].2.clone()).unwrap());
    assert_eq!(tag, mac("whsec_simulated", &signed));
    let intent = event["data"]["object"]["payment_intent"].as_str().unwrap();
    let refund = format!("payment_intent={intent}&amount=9801");
    assert_eq!(
        house
            .call("POST", "/v1/refunds", &[bearer], &refund)
            .await
            .0,
        400,
        "more than was paid"
    );
    let refund = format!("payment_intent={intent}&amount=800");
    let (status, made) = house
        .call(
            "POST",
            "/v1/refunds",
            &[bearer, ("idempotency-key", "r1")],
            &refund,
        )
        .await;
    assert_eq!((status, made["status"].as_str()), (200, Some("succeeded")));
    let declined = "amount=100&currency=eur&payment_method=pm_card_chargeDeclinedInsufficientFunds&confirm=true";
    let (status, error) = house
        .call("POST", "/v1/payment_intents", &[bearer], declined)
        .await;
    assert_eq!(
        (status, error["error"]["decline_code"].as_str()),
        (402, Some("insufficient_funds"))
    );
}

// R-PAY-03
#[actix_web::test]
async fn it_misbehaves_on_order_and_only_once() {
    let house = House::open().await;
    let path = format!("/pix/v2/cob/{TXID}");
    let ask = json!({"valor": {"original": "37.00"}, "chave": "k"}).to_string();
    let order = |kind: &str, milliseconds: u64| {
        json!({"path": "/pix", "method": "PUT", "kind": kind, "milliseconds": milliseconds})
            .to_string()
    };
    house
        .call("POST", "/sim/faults", &[], &order("error", 0))
        .await;
    assert_eq!(house.call("PUT", &path, &[BEARER], &ask).await.0, 500);
    assert_eq!(
        house.call("GET", &path, &[BEARER], "").await.0,
        404,
        "nothing was done"
    );
    house
        .call("POST", "/sim/faults", &[], &order("rubbish", 0))
        .await;
    let (status, answer) = house.call("PUT", &path, &[BEARER], &ask).await;
    assert_eq!(
        (status, answer),
        (201, Value::Null),
        "done, and not to be understood"
    );
    assert_eq!(house.call("GET", &path, &[BEARER], "").await.0, 200);
    house
        .call("POST", "/sim/faults", &[], &order("late", 20))
        .await;
    assert_eq!(house.call("PUT", &path, &[BEARER], &ask).await.0, 201);
    assert_eq!(house.call("PUT", &path, &[BEARER], &ask).await.0, 201);
    // Time that is moved ahead ends a charge, for which API Pix has no word.
    house
        .call(
            "POST",
            "/sim/clock",
            &[],
            &json!({"seconds": 100_000}).to_string(),
        )
        .await;
    let (_, shown) = house.call("GET", &path, &[BEARER], "").await;
    assert_eq!(shown["status"], "ATIVA");
}
