//! Customers and registrations, in the words of the dialects I and P.

use alvara_tests::{Actor, Answer, Shop, TestApp, each_app};
use reqwest::Method;
use serde_json::{Value, json};

const HOST: &str = "acme.localhost";

async fn ask(who: &Actor, method: Method, path: &str, body: &Value) -> Answer {
    who.ask(method, &format!("/api/{path}")).json(body).await
}

async fn read(who: &Actor, path: &str) -> Value {
    who.get(&format!("/api/{path}")).await.expect(200).json()
}

async fn register(app: &TestApp, body: &Value) -> Answer {
    app.nobody(HOST)
        .post("/api/clienti/registrazione", body)
        .await
}

/// Lets those who register for the shop's product wait for a license of its policy.
async fn open_registration(shop: &Shop, mode: &str) {
    let rule = json!({ "mode": mode, "policy_id": shop.policy_id });
    let path = format!("products/{}/registration-rule", shop.product_id);
    let answer = shop
        .reseller
        .put(&path, &rule)
        .header("if-match", "*")
        .await;
    assert!(answer.status < 300, "{answer:?}");
}

// R-API-02 R-TEN-09
#[test]
fn somebody_registers_in_italian_and_waits() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        open_registration(&shop, "approval").await;
        let body = json!({
            "nome": "Mario Rossi", "email": "Mario@Aurora.test", "azienda": "Aurora S.r.l.",
            "partita_iva": "IT 00743110157", "telefono": "+39 06 1", "sedi": ["Roma", { "nome": "Milano", "indirizzo": "Via Po 1" }],
            "prodotto": "writer", "campo_ignoto": true,
        });
        let done = register(app, &body).await.expect(201).json();
        let id = done["id"].as_str().unwrap();
        assert_eq!(
            done,
            json!({
                "id": id, "stato_cliente": "in_attesa",
                "licenze_in_attesa": [{ "prodotto": "writer", "stato": "in_attesa_convalida" }],
            })
        );
        // Who is known is not told, and nobody becomes a second customer.
        assert_eq!(register(app, &body).await.expect(201).json(), done);
        let waiting = read(&shop.reseller, "admin/clienti?stato=in_attesa").await;
        assert_eq!(waiting["totale"], 1);
        let customer = waiting["dati"][0]["id"].as_str().unwrap();
        let held = read(&shop.reseller, &format!("admin/licenze?cliente={customer}")).await;
        assert_eq!(
            (&held["totale"], &held["dati"][0]["stato"]),
            (&json!(1), &json!("in_attesa_convalida"))
        );
        let sites = shop
            .reseller
            .list(&format!("customers/{customer}/sites"))
            .await;
        assert_eq!(sites.len(), 2);

        for (field, value, status) in [
            ("nome", json!(null), 400),
            ("nome", json!(""), 400),
            ("email", json!(7), 400),
            ("email", json!("nessuna"), 422),
            ("partita_iva", json!("00743110158"), 422),
            ("prodotto", json!("nessuno"), 422),
            ("sedi", json!("Roma"), 400),
        ] {
            let mut wrong = body.clone();
            wrong[field] = value;
            let answer = register(app, &wrong).await.expect(status);
            assert!(answer.text("/messaggio").contains(field), "{answer:?}");
        }
        for field in ["nome", "email"] {
            let mut lacking = body.clone();
            lacking.as_object_mut().unwrap().remove(field);
            let _ = register(app, &lacking).await.expect(400);
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM customers"), 2);
        // The shared host is nobody's.
        let shared = app
            .nobody("localhost")
            .post("/api/clienti/registrazione", &body);
        let _ = shared.await.expect(404);
    });
}

// R-API-02 R-TEN-09
#[test]
fn customers_are_managed_in_italian() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let new = json!({
            "nome": "Aurora S.r.l.", "email": "info@aurora.test", "partita_iva": "00743110157",
            "multi_sede": true, "referenti": [{ "nome": "Mario", "email": "mario@aurora.test", "ruolo": "acquisti" }],
        });
        let made = ask(&shop.agent, Method::POST, "admin/clienti/", &new)
            .await
            .expect(201)
            .json();
        let id = made["id"].as_str().unwrap();
        let mut customer = json!({
            "id": id, "nome": "Aurora S.r.l.", "stato_cliente": "convalidato", "multi_sede": true,
            "multi_utente": false,
            "referenti": [{ "nome": "Mario", "email": "mario@aurora.test", "telefono": "", "ruolo": "acquisti" }],
        });
        assert_eq!(made, customer);
        let at = format!("admin/clienti/{id}");
        assert_eq!(read(&shop.agent, &at).await, customer);
        for query in [
            "stato=convalidato&q=aurora",
            "q=00743110157",
            "q=%20Aurora%20",
        ] {
            assert_eq!(
                read(&shop.subcompany, &format!("admin/clienti?{query}")).await,
                json!({ "dati": [customer], "totale": 1, "pagina": 1, "per_pagina": 50 }),
                "{query}"
            );
        }
        let count = async |query: String| {
            read(&shop.subcompany, &format!("admin/clienti?{query}")).await["totale"].clone()
        };
        assert_eq!(count(format!("agente={}", shop.agent.node_id)).await, 2);
        assert_eq!(count(format!("cliente={id}")).await, 1);
        assert_eq!(count("stato=sospeso".to_owned()).await, 0);
        assert_eq!(
            count("agente=nod_01JABCDEFGHJKMNPQRSTVWXYZ0".to_owned()).await,
            0
        );

        let change = json!({ "nome": "Aurora S.p.A.", "multi_utente": true, "multi_sede": false });
        customer["nome"] = json!("Aurora S.p.A.");
        customer["multi_utente"] = json!(true);
        customer["multi_sede"] = json!(false);
        let changed = ask(&shop.agent, Method::PATCH, &at, &change)
            .await
            .expect(200)
            .json();
        assert_eq!(changed, customer);
        for (state, status) in [
            ("sospeso", 200),
            ("convalidato", 200),
            ("bloccato", 200),
            ("bloccato", 200),
            ("convalidato", 200),
            ("in_attesa", 422),
            ("nessuno", 422),
        ] {
            let change = json!({ "stato_cliente": state });
            let answer = ask(&shop.subcompany, Method::PATCH, &at, &change)
                .await
                .expect(status);
            if status == 200 {
                assert_eq!(answer.json()["stato_cliente"], state);
            }
        }
        // An agent may not block; and then nothing else of the change is done either.
        let change = json!({ "stato_cliente": "bloccato", "nome": "Altro" });
        let _ = ask(&shop.agent, Method::PATCH, &at, &change)
            .await
            .expect(403);
        assert_eq!(read(&shop.agent, &at).await, customer);

        // Put away it is in no list, and nothing of it is found.
        let _ = ask(&shop.agent, Method::DELETE, &at, &json!({}))
            .await
            .expect(403);
        let gone = ask(&shop.subcompany, Method::DELETE, &at, &json!({}))
            .await
            .expect(204);
        assert_eq!(gone.bytes(), b"");
        let _ = shop.agent.get(&format!("/api/{at}")).await.expect(404);
        assert_eq!(count("q=aurora".to_owned()).await, 0);
        // What is no customer is none, nor is an agent with customers put away.
        let company = format!("/api/admin/clienti/{}", shop.subcompany.node_id);
        let _ = shop.reseller.get(&company).await.expect(404);
        let agent = format!("admin/agent/{}", shop.agent.node_id);
        let _ = ask(&shop.subcompany, Method::DELETE, &agent, &json!({}))
            .await
            .expect(409);
    });
}

// R-API-02 R-TEN-09
#[test]
fn customers_are_managed_in_portuguese() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let new = json!({
            "nome": "Padaria Aurora", "email": "dona@aurora.test", "documento": "11.222.333/0001-81",
            "tipo": "pro", "campo_desconhecido": 1,
        });
        let made = ask(&shop.agent, Method::POST, "v1/clientes/", &new)
            .await
            .expect(201)
            .json();
        let id = made["id"].as_str().unwrap();
        let mut customer = json!({
            "id": id, "nome": "Padaria Aurora", "email": "dona@aurora.test",
            "documento": "11222333000181", "tipo": "pro", "status": "ativo",
        });
        assert_eq!(made, customer);
        let at = format!("v1/clientes/{id}");
        assert_eq!(read(&shop.agent, &at).await, customer);
        let list = read(&shop.agent, "v1/clientes/?pagina=2&tamanho=1").await;
        assert_eq!(
            list,
            json!({ "itens": [customer], "total": 2, "pagina": 2, "tamanho": 1 })
        );
        let change = json!({ "nome": "Padaria Aurora Ltda", "email": "nova@aurora.test", "tipo": "enterprise", "status": "ativo" });
        customer["nome"] = json!("Padaria Aurora Ltda");
        customer["email"] = json!("nova@aurora.test");
        customer["tipo"] = json!("enterprise");
        let changed = ask(&shop.agent, Method::PUT, &at, &change)
            .await
            .expect(200)
            .json();
        assert_eq!(changed, customer, "what is not said stays");
        for (verb, status) in [
            ("bloquear", "bloqueado"),
            ("bloquear/", "bloqueado"),
            ("ativar", "ativo"),
            ("ativar/", "ativo"),
        ] {
            let path = format!("/api/{at}/{verb}");
            let answer = shop
                .subcompany
                .ask(Method::POST, &path)
                .await
                .expect(200)
                .json();
            customer["status"] = json!(status);
            assert_eq!(answer, customer);
        }
        // An agent may not block; and then nothing else of the change is done either.
        let block = json!({ "nome": "Outro", "email": "o@aurora.test", "status": "bloqueado" });
        let _ = ask(&shop.agent, Method::PUT, &at, &block).await.expect(403);
        let _ = shop
            .agent
            .ask(Method::POST, &format!("/api/{at}/bloquear"))
            .await
            .expect(403);
        assert_eq!(read(&shop.agent, &at).await, customer);
        let mut cancel = change.clone();
        cancel["status"] = json!("cancelado");
        let ended = ask(&shop.subcompany, Method::PUT, &at, &cancel)
            .await
            .expect(200)
            .json();
        assert_eq!(ended["status"], "cancelado");
        let back = shop
            .subcompany
            .ask(Method::POST, &format!("/api/{at}/ativar"))
            .await;
        assert_eq!(back.expect(409).json()["codigo"], "STATE_CONFLICT");

        for (field, value, status) in [
            ("nome", json!(null), 400),
            ("email", json!(""), 400),
            ("email", json!("nenhum"), 422),
            ("documento", json!("11.222.333/0001-82"), 422),
            ("tipo", json!("ouro"), 422),
        ] {
            let mut wrong = new.clone();
            wrong[field] = value;
            let answer = ask(&shop.agent, Method::POST, "v1/clientes", &wrong)
                .await
                .expect(status);
            assert!(answer.text("/detail").contains(field), "{answer:?}");
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM customers"), 2);

        // Who waits is not active yet; `ativar` validates.
        let who = json!({ "nome": "Mario", "email": "mario@example.test" });
        let _ = register(app, &who).await.expect(201);
        let all = read(&shop.reseller, "v1/clientes").await;
        let mario = all["itens"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(
            (&mario["nome"], &mario["status"]),
            (&json!("Mario"), &json!("bloqueado"))
        );
        let path = format!("/api/v1/clientes/{}/ativar", mario["id"].as_str().unwrap());
        let active = shop
            .reseller
            .ask(Method::POST, &path)
            .await
            .expect(200)
            .json();
        assert_eq!(active["status"], "ativo");
    });
}

// R-API-02 R-LIC-10
#[test]
fn a_machine_without_a_key_waits_for_approval() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        open_registration(&shop, "approval").await;
        let nobody = app.nobody(HOST);
        let body =
            json!({ "nome": "Caixa", "fingerprint": "fp-1", "sistema": "linux", "versao": "1.0" });
        let waits = ask(&nobody, Method::POST, "v1/maquinas/", &body)
            .await
            .expect(202)
            .json();
        let id = waits["id"].as_str().unwrap();
        assert_eq!(
            waits,
            json!({
                "id": id, "nome": "Caixa", "fingerprint": "fp-1", "sistema": "linux", "versao": "1.0",
                "status": "pendente", "bloqueada": false, "online": false, "licenca_id": null,
                "registrada_em": waits["registrada_em"], "ultimo_heartbeat": null,
                "chave_computador": null, "proximo_heartbeat": waits["proximo_heartbeat"], "token": null,
            })
        );
        let approval = format!("registrations/{id}/approval");
        let given = json!({ "node_id": shop.customer.node_id, "policy_id": shop.policy_id });
        let answer = shop.reseller.post(&approval, &given).await;
        assert!(answer.status < 300, "{answer:?}");
        let seated = ask(&nobody, Method::POST, "v1/maquinas", &body)
            .await
            .expect(201)
            .json();
        assert_eq!(seated["status"], "ativa");
        let token = seated["token"].as_str().unwrap();
        let signal =
            json!({ "fingerprint": "fp-1", "cpu": 1, "memoria": 2, "disco": 3, "versao": "1.0" });
        let bearing = app.bearing(HOST, token);
        let alive = ask(&bearing, Method::POST, "v1/maquinas/heartbeat", &signal).await;
        assert_eq!(alive.expect(200).json()["token"], token);

        // What takes no registrations has nothing, and nor has the shared host.
        open_registration(&shop, "closed").await;
        let mut other = body.clone();
        other["fingerprint"] = json!("fp-2");
        let _ = ask(&nobody, Method::POST, "v1/maquinas", &other)
            .await
            .expect(404);
        other["produto"] = json!("nenhum");
        let _ = ask(&nobody, Method::POST, "v1/maquinas", &other)
            .await
            .expect(404);
        // With two products and no default one, which is meant must be said.
        let _ = shop.reseller.quick_product("other").await;
        other.as_object_mut().unwrap().remove("produto");
        let answer = ask(&nobody, Method::POST, "v1/maquinas", &other)
            .await
            .expect(400);
        assert!(answer.text("/detail").contains("produto"), "{answer:?}");
    });
}
