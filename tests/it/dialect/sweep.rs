//! What must hold for every call of the dialects I and P. The canonical document does not describe
//! them, so they stand here, and each address must know exactly the methods that stand here.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use alvara_tests::{Actor, Answer, Setting, Shop, TestApp, each_app, each_database};
use alvara_web::{Allowance, RateConfig};
use reqwest::Method;
use serde_json::{Value, json};

/// Who may call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    /// Any program.
    Open,
    /// Members and API keys.
    Bearer,
}

/// Every call: who may, how, where, with what. `{…}` are specimens, by their noun.
const CALLS: &[(Door, &str, &str, &str)] = &[
    (
        Door::Open,
        "POST",
        "/api/licenze/attiva",
        r#"{"chiave_licenza":"{chave}","dispositivo":"fp-sweep"}"#,
    ),
    (
        Door::Open,
        "POST",
        "/api/licenze/valida",
        r#"{"chiave_licenza":"{chave}"}"#,
    ),
    (
        Door::Open,
        "POST",
        "/api/licenze/rinnova",
        r#"{"chiave_licenza":"{chave}","modalita":"posticipato"}"#,
    ),
    (
        Door::Open,
        "POST",
        "/api/clienti/registrazione",
        r#"{"nome":"Sweep","email":"sweep@example.test"}"#,
    ),
    (Door::Bearer, "GET", "/api/admin/licenze", ""),
    (
        Door::Bearer,
        "POST",
        "/api/admin/licenze",
        r#"{"tipo_licenza":"abbonamento","azienda_assegnataria":"{cliente}"}"#,
    ),
    (Door::Bearer, "GET", "/api/admin/licenze/{licenca}", ""),
    (
        Door::Bearer,
        "PATCH",
        "/api/admin/licenze/{licenca}",
        r#"{"stato":"sospesa"}"#,
    ),
    (Door::Bearer, "DELETE", "/api/admin/licenze/{licenca}", ""),
    (Door::Bearer, "GET", "/api/admin/clienti", ""),
    (
        Door::Bearer,
        "POST",
        "/api/admin/clienti",
        r#"{"nome":"Sweep","agente_assegnato":"{agente}"}"#,
    ),
    (Door::Bearer, "GET", "/api/admin/clienti/{cliente}", ""),
    (
        Door::Bearer,
        "PATCH",
        "/api/admin/clienti/{cliente}",
        r#"{"nome":"Sweep","stato_cliente":"bloccato"}"#,
    ),
    (Door::Bearer, "DELETE", "/api/admin/clienti/{cliente}", ""),
    (Door::Bearer, "GET", "/api/admin/agent", ""),
    (
        Door::Bearer,
        "POST",
        "/api/admin/agent",
        r#"{"nome":"Sweep","azienda_padre":"{company}"}"#,
    ),
    (Door::Bearer, "GET", "/api/admin/agent/{vago}", ""),
    (
        Door::Bearer,
        "PATCH",
        "/api/admin/agent/{vago}",
        r#"{"nome":"Sweep"}"#,
    ),
    (Door::Bearer, "DELETE", "/api/admin/agent/{vago}", ""),
    (Door::Bearer, "GET", "/api/v1/clientes", ""),
    (
        Door::Bearer,
        "POST",
        "/api/v1/clientes",
        r#"{"nome":"Sweep","email":"sweep@example.test"}"#,
    ),
    (Door::Bearer, "GET", "/api/v1/clientes/{cliente}", ""),
    (
        Door::Bearer,
        "PUT",
        "/api/v1/clientes/{cliente}",
        r#"{"nome":"Sweep","email":"sweep@example.test"}"#,
    ),
    (
        Door::Bearer,
        "POST",
        "/api/v1/clientes/{cliente}/bloquear",
        "",
    ),
    (
        Door::Bearer,
        "POST",
        "/api/v1/clientes/{cliente}/ativar",
        "",
    ),
    (Door::Bearer, "GET", "/api/v1/maquinas", ""),
    (
        Door::Open,
        "POST",
        "/api/v1/maquinas",
        r#"{"nome":"","fingerprint":"fp-sweep","sistema":"","versao":"","chave":"{chave}"}"#,
    ),
    (
        Door::Open,
        "POST",
        "/api/v1/maquinas/heartbeat",
        r#"{"fingerprint":"fp-sweep","cpu":1,"memoria":2,"disco":3,"versao":"1"}"#,
    ),
    (
        Door::Bearer,
        "POST",
        "/api/v1/maquinas/{maquina}/bloquear",
        "",
    ),
    (
        Door::Bearer,
        "POST",
        "/api/v1/maquinas/{maquina}/desbloquear",
        "",
    ),
    (
        Door::Bearer,
        "GET",
        "/api/v1/maquinas/{maquina}/dashboard",
        "",
    ),
    (
        Door::Bearer,
        "POST",
        "/api/v1/licencas",
        r#"{"tipo":"assinatura","cliente_id":"{cliente}"}"#,
    ),
    (
        Door::Open,
        "POST",
        "/api/v1/licencas/ativar/{chave}",
        r#"{"fingerprint":"fp-sweep"}"#,
    ),
    (Door::Open, "GET", "/api/v1/licencas/verificar/{chave}", ""),
    (
        Door::Bearer,
        "POST",
        "/api/v1/licencas/{licenca}/renovar",
        "",
    ),
    (
        Door::Bearer,
        "POST",
        "/api/v1/licencas/{licenca}/bloquear",
        "",
    ),
];

/// Addresses of the three dialects at which there is nothing.
const NOWHERE: &[&str] = &[
    "/api/license/nowhere",
    "/api/update/nowhere",
    "/api/licenze",
    "/api/licenze/nowhere",
    "/api/statistiche",
    "/api/admin",
    "/api/admin/nowhere",
    "/api/admin/licenze/1/2",
    "/api/v1/auth/nowhere",
    "/api/v1/clientes/1/nowhere",
    "/api/v1/maquinas/1/nowhere",
    "/api/v1/licencas/1/nowhere",
    "/api/v1/uploads/versao",
];

type Specimens = BTreeMap<&'static str, String>;

async fn specimens(app: &TestApp, shop: &Shop) -> Specimens {
    let license = shop.license().await;
    let mut program = app.program(shop.reseller.host(), &license.key, "fp-sweep");
    let _ = program.activate().await;
    [
        ("licenca", license.id),
        ("chave", license.key),
        ("maquina", program.machine_id),
        ("agente", shop.agent.node_id.clone()),
        ("cliente", shop.customer.node_id.clone()),
        ("company", shop.subcompany.node_id.clone()),
        ("vago", shop.subcompany.node("agent", "Vago").await),
    ]
    .into_iter()
    .collect()
}

/// What a renewal by a program asks for: a plan, and room for its holder to owe.
async fn sell_on_credit(shop: &Shop) {
    let plan = json!({
        "policy_id": shop.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
        "price": { "amount_minor": 100, "currency": "BRL" },
    });
    let _ = shop.reseller.post("plans", &plan).await.expect(201);
    let limit = json!({ "limit": { "amount_minor": 10_000, "currency": "BRL" }, "days": 28 });
    let path = format!("nodes/{}/credit-limit", shop.customer.node_id);
    let _ = shop.subcompany.put(&path, &limit).await.expect(200);
}

fn filled(text: &str, specimens: &Specimens) -> String {
    let mut text = text.to_owned();
    for (noun, id) in specimens {
        text = text.replace(&format!("{{{noun}}}"), id);
    }
    text
}

async fn call(who: &Actor, method: &str, path: &str, body: &str) -> Answer {
    let ask = who.ask(Method::from_bytes(method.as_bytes()).unwrap(), path);
    match body {
        "" => ask.await,
        body => ask.bytes("application/json", body).await,
    }
}

/// The code of a refusal, whatever the dialect calls it.
fn code(answer: &Answer) -> String {
    let body = answer.json();
    let found = ["codice", "codigo", "code"]
        .iter()
        .find_map(|name| body[*name].as_str());
    found.unwrap_or_default().to_owned()
}

/// How much there is of everything that a call could change.
fn state(app: &TestApp) -> Value {
    let count = |sql: &str| app.database().count(&format!("SELECT COUNT(*) FROM {sql}"));
    json!([
        count("licenses WHERE state = 'active' AND deleted_at IS NULL"),
        count("machines WHERE state = 'active'"),
        count("nodes WHERE deleted_at IS NULL"),
        count("events"),
    ])
}

// R-API-02 R-TEN-03
#[test]
fn nobody_and_the_wrong_role_are_refused_everywhere() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let own = specimens(app, &shop).await;
        let rules =
            json!([{ "module": "job", "action": "read", "scope": "own", "effect": "allow" }]);
        let role = json!({ "name": "next to nothing", "rules": rules });
        let role = shop.reseller.post("roles", &role).await.expect(201).id();
        let powerless = shop
            .reseller
            .recruit(&shop.reseller.node_id, &role, "Pia")
            .await;
        let nobody = app.nobody("acme.localhost");
        let before = state(app);
        for (door, method, path, body) in CALLS {
            if *door == Door::Open {
                continue;
            }
            let (path, body) = (filled(path, &own), filled(body, &own));
            let answer = call(&nobody, method, &path, &body).await.expect(401);
            assert_eq!(code(&answer), "UNAUTHENTICATED");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer realm=\"alvara\"")
            );
            let forged = app.bearing("acme.localhost", "alv_forged");
            let _ = call(&forged, method, &path, &body).await.expect(401);
            let answer = call(&powerless, method, &path, &body).await.expect(403);
            assert_eq!(code(&answer), "FORBIDDEN");
        }
        assert_eq!(state(app), before, "something changed");
    });
}

// R-API-02 R-TEN-01
#[test]
fn another_tenant_and_a_sibling_find_nothing_anywhere() {
    each_app(async |app| {
        let (acme, bella) = (app.shop("acme").await, app.shop("bella").await);
        let target = specimens(app, &acme).await;
        let sul = acme.reseller.node("subcompany", "Sul").await;
        let sibling = acme
            .reseller
            .recruit(&sul, "subcompany_admin", "Silvio")
            .await;
        let before = state(app);
        for (door, method, path, body) in CALLS {
            let named = path.contains('{') || body.contains("\"{");
            if *door == Door::Open || !named && *method != "GET" {
                continue;
            }
            let at = filled(path, &target);
            if !named {
                for stranger in [&bella.reseller.admin(), &sibling] {
                    let text = call(stranger, method, &at, "").await.expect(200).body();
                    assert!(
                        target.values().all(|id| !text.contains(id)),
                        "{method} {path}: {text}"
                    );
                }
                continue;
            }
            let body = filled(body, &target);
            let missing = |text: &str| {
                target
                    .iter()
                    .fold(text.to_owned(), |text, (_, id)| match id.split_once('_') {
                        Some((prefix, _)) => {
                            text.replace(id, &format!("{prefix}_01JABCDEFGHJKMNPQRSTVWXYZ0"))
                        }
                        None => text,
                    })
            };
            for stranger in [&bella.reseller.admin(), &sibling] {
                let found = call(stranger, method, &at, &body).await.expect(404);
                let none = call(stranger, method, &missing(&at), &missing(&body))
                    .await
                    .expect(404);
                assert_eq!(
                    found.bytes(),
                    none.bytes(),
                    "a foreign one differs from a missing one"
                );
            }
            let there = app.bearing("acme.localhost", &bella.reseller.secret().await);
            let _ = call(&there, method, &at, &body).await.expect(401);
        }
        assert_eq!(state(app), before, "something changed");
    });
}

/// Without this the two above could pass by asking for nothing that exists: whoever may, does.
// R-API-02
#[test]
fn whoever_may_gets_through_with_and_without_a_slash() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        sell_on_credit(&shop).await;
        let own = specimens(app, &shop).await;
        let nobody = app.nobody("acme.localhost");
        for (door, method, path, body) in CALLS {
            let who = match door {
                Door::Open => &nobody,
                Door::Bearer => &shop.reseller.admin(),
            };
            for slash in ["", "/"] {
                let path = format!("{}{slash}", filled(path, &own));
                let answer = call(who, method, &path, &filled(body, &own)).await;
                let good = if *method == "DELETE" { 204 } else { 201 };
                assert!(
                    matches!(answer.status, 200) || answer.status == good,
                    "{answer:?}"
                );
                restore(&shop, &own).await;
            }
        }
    });
}

/// Undoes what a call did, so that it does not stand in the way of the next.
async fn restore(shop: &Shop, own: &Specimens) {
    let at = |noun: &str, id: &str, what: &str| format!("{noun}/{}/{what}", own[id]);
    for path in [
        at("licenses", "licenca", "restoration"),
        at("nodes", "cliente", "restoration"),
        at("nodes", "vago", "restoration"),
    ] {
        let _ = shop.reseller.post(&path, &json!({})).await;
    }
    for path in [
        at("licenses", "licenca", "suspension"),
        at("machines", "maquina", "block"),
        at("customers", "cliente", "block"),
    ] {
        let _ = shop.reseller.delete(&path).await;
    }
}

// R-API-02
#[test]
fn a_wrong_method_names_the_right_ones_and_an_address_of_nothing_is_404() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let own = specimens(app, &shop).await;
        let nobody = app.nobody("acme.localhost");
        let mut known: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (_, method, path, _) in CALLS {
            known.entry(path).or_default().push(method);
        }
        known.insert("/api/v1/auth/token", vec!["POST"]);
        for (path, method) in [
            ("/api/license/activate", "POST"),
            ("/api/check-license", "POST"),
            ("/api/license/renew", "POST"),
            ("/api/update", "GET"),
        ] {
            known.insert(path, vec![method]);
        }
        for (path, methods) in known {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                if methods.contains(&method) {
                    continue;
                }
                for slash in ["", "/"] {
                    let path = format!("{}{slash}", filled(path, &own));
                    let answer = call(&nobody, method, &path, "").await.expect(405);
                    assert_eq!(answer.header("allow"), Some(methods.join(", ").as_str()));
                    assert_eq!(code(&answer), "METHOD_NOT_ALLOWED");
                }
            }
        }
        for path in NOWHERE {
            for method in ["GET", "POST", "DELETE"] {
                let answer = call(&nobody, method, path, "{}").await.expect(404);
                assert_eq!(code(&answer), "NOT_FOUND", "{answer:?}");
            }
        }
        // A host of nobody's has nothing, in the dialect's shape too.
        let stranger = app.nobody("nobody.example");
        for (_, method, path, body) in CALLS {
            let (path, body) = (filled(path, &own), filled(body, &own));
            let _ = call(&stranger, method, &path, &body).await.expect(404);
        }
        let _ = call(
            &stranger,
            "POST",
            "/api/check-license",
            r#"{"machineId":"PC-1"}"#,
        )
        .await
        .expect(404);
    });
}

// R-API-02
#[test]
fn who_asks_too_often_hears_it_in_the_dialects_shape() {
    let allowance = |per_minute, burst| {
        Some(Allowance {
            per_minute: NonZeroU32::new(per_minute).unwrap(),
            burst: NonZeroU32::new(burst).unwrap(),
        })
    };
    each_database(async |database| {
        let rates = RateConfig {
            activation_key: allowance(1, 2),
            machine: allowance(1, 2),
            ..RateConfig::default()
        };
        let setting = Setting {
            rates,
            ..Setting::default()
        };
        let app = TestApp::start_with(database, setting).await;
        let shop = app.shop("acme").await;
        sell_on_credit(&shop).await;
        let nobody = app.nobody("acme.localhost");
        // By activation key, each with one of its own.
        for (_, method, path, body) in CALLS {
            if !path.contains("{chave}") && !body.contains("{chave}") {
                continue;
            }
            let key: Specimens = [("chave", shop.license().await.key)].into_iter().collect();
            let (path, body) = (filled(path, &key), filled(body, &key));
            for _ in 0..2 {
                let answer = call(&nobody, method, &path, &body).await;
                assert!(answer.status < 300, "{answer:?}");
            }
            limited(&call(&nobody, method, &path, &body).await);
        }
        // By machine.
        let body = r#"{"fingerprint":"fp-sweep","cpu":1,"memoria":2,"disco":3,"versao":"1"}"#;
        for _ in 0..2 {
            let _ = call(&nobody, "POST", "/api/v1/maquinas/heartbeat", body)
                .await
                .expect(200);
        }
        limited(&call(&nobody, "POST", "/api/v1/maquinas/heartbeat", body).await);
    });
    each_database(async |database| {
        let rates = RateConfig {
            address: allowance(1, 1),
            ..RateConfig::default()
        };
        let setting = Setting {
            rates,
            ..Setting::default()
        };
        let app = TestApp::start_with(database, setting).await;
        let nobody = app.nobody("localhost");
        let _ = nobody.get("/problems").await.expect(200);
        // By address, before any handler is asked: the three dialects each in their own shape.
        for path in [
            "/api/license/activate",
            "/api/check-license",
            "/api/licenze/attiva",
            "/api/admin/licenze",
            "/api/v1/auth/token",
            "/api/v1/maquinas/heartbeat",
            "/api/v1/licencas/nowhere",
        ] {
            limited(&call(&nobody, "POST", path, "{}").await);
        }
        nobody
            .get("/problems")
            .await
            .refuse(429, "TOO_MANY_REQUESTS");
    });
}

#[track_caller]
fn limited(answer: &Answer) {
    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(code(answer), "TOO_MANY_REQUESTS");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    assert_eq!(answer.header("ratelimit-remaining"), Some("0"));
}
