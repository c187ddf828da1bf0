//! What dialect P is sent: forms of the token endpoint, bodies that cannot be read, pages.

use alvara_tests::{PASSWORD, each_app};
use reqwest::Method;
use serde_json::json;

use super::portuguese::{HOST, get, machine, post, refused, signal};

// R-API-02 R-TEN-07
#[test]
fn a_token_is_given_for_each_grant_and_refused_in_the_dialects_shape() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let nobody = app.nobody(HOST);
        let ask = async |fields: &[(&str, &str)]| {
            nobody
                .ask(Method::POST, "/api/v1/auth/token")
                .form(fields)
                .await
        };
        let sign_in = [
            ("grant_type", "password"),
            ("username", shop.agent.email.as_str()),
            ("password", PASSWORD),
            ("unknown", "is ignored"),
        ];
        let granted = ask(&sign_in).await.expect(200);
        assert_eq!(granted.header("cache-control"), Some("no-store"));
        let granted = granted.json();
        assert_eq!(
            granted,
            json!({
                "access_token": granted["access_token"], "token_type": "Bearer",
                "expires_in": granted["expires_in"], "refresh_token": granted["refresh_token"],
            })
        );
        let refresh = granted["refresh_token"].as_str().unwrap();
        let token = granted["access_token"].as_str().unwrap();
        let bearing = app.bearing(HOST, token);
        let _ = get(&bearing, "maquinas/").await.expect(200);
        let next = ask(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await;
        assert!(next.expect(200).json()["access_token"].is_string());
        let key = json!({ "node_id": shop.agent.node_id, "name": "p", "role": "agent", "permissions": [] });
        let key = shop.subcompany.post("api-keys", &key).await.expect(201);
        let (id, secret) = (key.text("/api_key/id"), key.text("/secret"));
        let client = [
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_secret", &secret),
        ];
        assert!(ask(&client).await.expect(200).json()["access_token"].is_string());

        for (fields, status, code) in [
            (vec![], 400, "INVALID_REQUEST"),
            (vec![("grant_type", "magic")], 400, "unsupported_grant_type"),
            (vec![("grant_type", "password")], 400, "invalid_request"),
            (
                vec![
                    ("grant_type", "password"),
                    ("username", "a@b.test"),
                    ("password", "no"),
                ],
                400,
                "invalid_grant",
            ),
            (
                vec![("grant_type", "refresh_token"), ("refresh_token", refresh)],
                400,
                "invalid_grant",
            ),
            (
                vec![
                    ("grant_type", "client_credentials"),
                    ("client_id", &id),
                    ("client_secret", "no"),
                ],
                401,
                "invalid_client",
            ),
        ] {
            let answer = ask(&fields).await;
            refused(&answer, status, code);
            assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
        }
        let json = nobody.post("/api/v1/auth/token/", &json!({})).await;
        refused(&json, 415, "UNSUPPORTED_MEDIA_TYPE");
        // Another tenant's door knows nobody of these.
        let other = app.nobody("localhost").at("bella.localhost");
        let _ = app.shop("bella").await;
        let answer = other
            .ask(Method::POST, "/api/v1/auth/token")
            .form(&sign_in)
            .await;
        refused(&answer, 400, "invalid_grant");
    });
}

// R-API-02
#[test]
fn what_cannot_be_read_is_400_and_changes_nothing() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let nobody = app.nobody(HOST);
        let activate = format!("licencas/ativar/{}", license.key);
        for body in [
            "",
            "{",
            "[]",
            "7",
            "{}",
            "{\"fingerprint\":7,\"cliente_id\":7}",
            "{\"fingerprint\":\"\"}",
        ] {
            for (who, path) in [
                (&nobody, "maquinas/"),
                (&nobody, "maquinas/heartbeat"),
                (&nobody, activate.as_str()),
                (&shop.agent, "licencas/"),
            ] {
                let ask = who.ask(Method::POST, &format!("/api/v1/{path}"));
                let answer = ask.bytes("application/json", body).await;
                let code = match body {
                    "" | "{" => "MALFORMED_JSON",
                    _ => "INVALID_REQUEST",
                };
                refused(&answer, 400, code);
            }
        }
        for field in ["nome", "fingerprint", "sistema", "versao"] {
            let mut lacking = machine("fp-1", &license.key);
            lacking.as_object_mut().unwrap().remove(field);
            let answer = post(&nobody, "maquinas", &lacking).await;
            refused(&answer, 400, "INVALID_REQUEST");
            assert_eq!(
                answer.json()["detail"],
                format!("O campo {field} está ausente ou é do tipo errado.")
            );
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM machines"), 0);
        let _ = post(&nobody, "maquinas", &machine("fp-1", &license.key))
            .await
            .expect(201);
        for field in ["fingerprint", "cpu", "memoria", "disco", "versao"] {
            let mut lacking = signal("fp-1");
            lacking.as_object_mut().unwrap().remove(field);
            let answer = post(&nobody, "maquinas/heartbeat", &lacking).await;
            refused(&answer, 400, "INVALID_REQUEST");
            assert!(answer.text("/detail").contains(field), "{answer:?}");
        }
        for field in ["cpu", "memoria", "disco"] {
            let mut beyond = signal("fp-1");
            beyond[field] = json!(100.1);
            let answer = post(&nobody, "maquinas/heartbeat", &beyond).await;
            refused(&answer, 422, "INVALID_FIELDS");
            assert!(answer.text("/detail").contains(field), "{answer:?}");
        }
        let seen = shop.agent.list("machines").await;
        assert_eq!(seen[0]["app_version"], "2.1.0");
    });
}

// R-API-02
#[test]
fn machines_come_in_counted_pages() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop
            .license_of(&json!({ "kind": "permanent", "machine_limit": 9 }))
            .await;
        let nobody = app.nobody(HOST);
        for index in 1..=5 {
            let body = machine(&format!("fp-{index}"), &license.key);
            let _ = post(&nobody, "maquinas", &body).await.expect(201);
        }
        let page = async |query: &str| {
            let list = get(&shop.agent, &format!("maquinas/?{query}"))
                .await
                .expect(200)
                .json();
            let names: Vec<String> = list["itens"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["fingerprint"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(list["total"], 5);
            names
        };
        assert_eq!(page("tamanho=2").await, ["fp-1", "fp-2"]);
        assert_eq!(page("pagina=3&tamanho=2").await, ["fp-5"]);
        assert_eq!(page("pagina=4&tamanho=2").await, Vec::<String>::new());
        for wrong in [
            "pagina=0",
            "tamanho=0",
            "tamanho=201",
            "pagina=1001&tamanho=100",
        ] {
            let answer = get(&shop.agent, &format!("maquinas?{wrong}")).await;
            refused(&answer, 422, "INVALID_FIELDS");
        }
    });
}

// R-API-02 R-LIC-11: a fingerprint is no secret, and shows no more than how its machine stands.
#[test]
fn a_fingerprint_fetches_no_token_of_a_machine_that_came_in_another_protocol() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (ours, theirs) = (shop.license().await, shop.license().await);
        let mut program = app.program(HOST, &theirs.key, "fp-1");
        let _ = program.activate().await;
        let nobody = app.nobody(HOST);
        let told = post(&nobody, "maquinas/heartbeat", &signal("fp-1")).await;
        assert_eq!(told.expect(200).json()["token"], json!(null));
        let bearing = app.bearing(HOST, &program.token);
        let told = post(&bearing, "maquinas/heartbeat", &signal("fp-1")).await;
        assert_eq!(told.expect(200).json()["token"], program.token.as_str());
        // One that came in this protocol, by either door, learns its own.
        for (host, fingerprint) in [(HOST, "fp-2"), ("localhost", "fp-3")] {
            let shared = app.nobody(host);
            let license = match host {
                HOST => ours.clone(),
                _ => shop.license().await,
            };
            let new = machine(fingerprint, &license.key);
            let token = post(&shared, "maquinas", &new).await.expect(201).json()["token"].clone();
            let told = post(&shared, "maquinas/heartbeat", &signal(fingerprint)).await;
            assert_eq!(told.expect(200).json()["token"], token);
        }
    });
}
