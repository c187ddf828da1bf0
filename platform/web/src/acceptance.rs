//! The interface as a whole, on a real database, called as the world calls it.

use std::sync::Arc;

use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error};
use alvara_app::Platform;
use alvara_app::keyring::KeyRing;
use alvara_app::platform::{Outside, PublicAddress};
use alvara_domain::money::Currency;
use alvara_domain::time::ZoneName;
use alvara_gateway::GatewayConfig;
use alvara_render::Words;
use alvara_store::{Clock, Db, DbConfig};
use alvara_tenants::{AccessConfig, Gate, NewTenant};
use alvara_vault::{MasterKey, PasswordCost, Vault};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::frame::Frame;
use crate::openapi::operations;
use crate::rate::RateConfig;
use crate::serve::{Deps, Shared};

const PASSWORD: &str = "correct horse battery";

struct House {
    shared: Shared,
    root: String,
    _folder: TempDir,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

fn tenant(slug: &str) -> NewTenant {
    NewTenant {
        slug: slug.into(),
        name: slug.to_uppercase(),
        locale: "en".into(),
        currency: "BRL".parse::<Currency>().unwrap(),
        time_zone: ZoneName::utc(),
        admin_email: format!("admin@{slug}.test"),
        admin_name: "Admin".into(),
        admin_password: PASSWORD.into(),
    }
}

impl House {
    async fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("house.db").display());
        let (db, mint) = Db::open(&DbConfig::create(&url), Clock::system()).unwrap();
        db.migrate().await.unwrap();
        let vault = Vault::new(&MasterKey::generate().unwrap()).unwrap();
        let config = AccessConfig {
            password_cost: PasswordCost {
                memory_kib: 32,
                passes: 1,
                lanes: 1,
            },
            ..AccessConfig::default()
        };
        let (gate, console) = Gate::open(db, mint, vault.clone(), config).unwrap();
        console
            .provision_operator(tenant("operator"))
            .await
            .unwrap()
            .unwrap();
        let acme = gate
            .provision(&console.platform(), tenant("acme"))
            .await
            .unwrap();
        gate.provision(&console.platform(), tenant("bella"))
            .await
            .unwrap();
        let address = PublicAddress {
            scheme: "http".into(),
            base_domain: "localhost".into(),
            port: None,
        };
        let plugins = GatewayConfig::default();
        let platform = Platform::new(
            gate,
            KeyRing::new(vault),
            address,
            plugins,
            Outside::default(),
        );
        let deps = Deps {
            platform,
            words: Arc::new(Words::new().unwrap()),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
        };
        let shared = Shared::new(&deps, &RateConfig::default(), Vec::new()).unwrap();
        Self {
            shared,
            root: acme.root.id.to_string(),
            _folder: folder,
        }
    }

    async fn app(
        &self,
    ) -> impl Service<actix_http::Request, Response = ServiceResponse<impl MessageBody>, Error = Error>
    {
        let shared = self.shared.clone();
        init_service(
            App::new()
                .wrap(Frame)
                .configure(move |config| shared.configure(config)),
        )
        .await
    }
}

async fn send<B: MessageBody>(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    request: TestRequest,
) -> Reply {
    let request = request
        .insert_header(("host", "acme.localhost"))
        .to_request();
    let response = app.call(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let Ok(body) = to_bytes(response.into_body()).await else {
        panic!("the body broke")
    };
    Reply {
        status,
        headers,
        body: body.to_vec(),
    }
}

fn path(at: &str) -> String {
    format!("/api/v1{at}")
}

fn get(at: &str, token: &str) -> TestRequest {
    TestRequest::get()
        .uri(&path(at))
        .insert_header(("authorization", format!("Bearer {token}")))
}

fn post(at: &str, token: &str, body: &Value) -> TestRequest {
    TestRequest::post()
        .uri(&path(at))
        .insert_header(("authorization", format!("Bearer {token}")))
        .set_json(body)
}

async fn token<B: MessageBody>(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    slug: &str,
) -> String {
    let form = [
        ("grant_type", "password"),
        ("username", &format!("admin@{slug}.test")),
        ("password", PASSWORD),
    ];
    let request = TestRequest::post()
        .uri("/api/v1/oauth/token")
        .set_form(form);
    let request = request
        .insert_header(("host", format!("{slug}.localhost")))
        .to_request();
    let response = app.call(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let Ok(body) = to_bytes(response.into_body()).await else {
        panic!("the body broke")
    };
    let answer: Value = serde_json::from_slice(&body).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// A path of the document with something in every place.
fn filled(path: &str) -> String {
    path.split('/')
        .map(|segment| match segment {
            "{product}" | "{host}" | "{handle}" => "x",
            "{id}.pdf" => "inv_01JABCDEFGHJKMNPQRSTVWXYZ0.pdf",
            _ if segment.starts_with('{') => "lic_01JABCDEFGHJKMNPQRSTVWXYZ0",
            _ => segment,
        })
        .collect::<Vec<_>>()
        .join("/")
}

// R-API-01: every operation of the document is there, and closed to nobody in particular.
#[actix_web::test]
async fn every_operation_called_as_nobody() {
    let house = House::build().await;
    let app = house.app().await;
    let document = house.shared.document();
    let mut count = 0;
    for (path, method, operation) in operations(document) {
        let request = TestRequest::default()
            .method(method.to_uppercase().parse().unwrap())
            .uri(&filled(path))
            .insert_header(("if-match", "*"))
            .set_json(json!({}));
        let reply = send(&app, request).await;
        let open = operation["security"]
            .as_array()
            .is_some_and(|all| all.iter().all(|one| one == &json!({})));
        count += 1;
        if open {
            assert!(
                matches!(reply.status, 200 | 404 | 415 | 422),
                "{method} {path}: {}",
                reply.status
            );
            continue;
        }
        assert_eq!(reply.status, 401, "{method} {path}: {}", reply.text());
        assert_eq!(reply.json()["code"], "UNAUTHENTICATED", "{method} {path}");
        assert!(
            !reply.header("www-authenticate").is_empty(),
            "{method} {path}"
        );
    }
    assert!(count > 70, "{count} operations");
}

// R-API-01
#[actix_web::test]
async fn a_wrong_method_names_the_right_ones() {
    let house = House::build().await;
    let app = house.app().await;
    let reply = send(&app, TestRequest::put().uri("/api/v1/products")).await;
    assert_eq!(
        (reply.status, reply.header("allow")),
        (405, "GET, POST".to_owned())
    );
    assert_eq!(reply.json()["code"], "METHOD_NOT_ALLOWED");
    let reply = send(&app, TestRequest::get().uri("/nowhere")).await;
    assert_eq!(
        (reply.status, reply.json()["code"].clone()),
        (404, json!("NOT_FOUND"))
    );
}

// R-API-01, R-TEN-01: a story through the management calls.
#[actix_web::test]
async fn an_admin_builds_a_catalogue_and_issues() {
    let house = House::build().await;
    let app = house.app().await;
    let admin = token(&app, "acme").await;

    let product = json!({ "code": "writer", "name": "Writer", "key_prefix": "ACME", "algorithm": "EdDSA", "key_bits": 256 });
    let made = send(&app, post("/products", &admin, &product)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let product_id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("etag"), "\"1\"");
    assert_eq!(
        made.header("location"),
        path(&format!("/products/{product_id}"))
    );
    let again = send(&app, post("/products", &admin, &product)).await;
    assert_eq!(
        (again.status, again.json()["errors"][0]["pointer"].clone()),
        (409, json!("/code"))
    );

    let policy =
        json!({ "product_id": product_id, "code": "yearly", "name": "Yearly", "preset": "hybrid" });
    let policy = send(&app, post("/policies", &admin, &policy)).await;
    assert_eq!(policy.status, 201, "{}", policy.text());
    let policy_id = policy.json()["id"].as_str().unwrap().to_owned();

    let node = json!({ "parent_id": house.root, "kind": "customer", "name": "Aurora" });
    let node = send(&app, post("/nodes", &admin, &node)).await;
    assert_eq!(node.status, 201, "{}", node.text());
    let node_id = node.json()["id"].as_str().unwrap().to_owned();

    let issue = json!({ "policy_id": policy_id, "node_id": node_id });
    let once = || post("/licenses", &admin, &issue).insert_header(("idempotency-key", "order-1"));
    let first = send(&app, once()).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let replay = send(&app, once()).await;
    assert_eq!((replay.status, &replay.body), (201, &first.body));
    assert_eq!(replay.header("idempotency-replayed"), "true");
    assert_eq!(replay.header("location"), first.header("location"));
    let other = json!({ "policy_id": policy_id, "node_id": node_id, "note": "another" });
    let other = send(
        &app,
        post("/licenses", &admin, &other).insert_header(("idempotency-key", "order-1")),
    )
    .await;
    assert_eq!(
        (other.status, other.json()["code"].clone()),
        (422, json!("IDEMPOTENCY_KEY_REUSED"))
    );
    let list = send(&app, get("/licenses", &admin)).await;
    assert_eq!(list.json()["items"].as_array().unwrap().len(), 1);
    assert!(!list.text().contains(first.json()["key"].as_str().unwrap()));

    let license_id = first.json()["license"]["id"].as_str().unwrap().to_owned();
    let key = send(
        &app,
        post(&format!("/licenses/{license_id}/key"), &admin, &json!({})),
    )
    .await;
    assert_eq!(key.json()["key"], first.json()["key"]);

    let activation =
        json!({ "key": first.json()["key"], "machine": { "fingerprint": "machine-1" } });
    let activate = || {
        TestRequest::post()
            .uri("/api/v1/activations")
            .set_json(&activation)
    };
    assert_eq!(send(&app, activate()).await.status, 201);
    assert_eq!(send(&app, activate()).await.status, 200);
    let suspended = send(
        &app,
        post(
            &format!("/licenses/{license_id}/suspension"),
            &admin,
            &json!({ "reason": "unpaid" }),
        ),
    )
    .await;
    assert_eq!(suspended.json()["state"], "suspended");
    let refused = send(&app, activate().insert_header(("accept-language", "pt"))).await;
    assert_eq!(
        (refused.status, refused.json()["code"].clone()),
        (403, json!("SUSPENDED"))
    );
    assert_eq!(refused.json()["title"], "Licença suspensa");

    let jwks = send(
        &app,
        TestRequest::get().uri("/.well-known/alvara/writer/jwks.json"),
    )
    .await;
    assert_eq!(jwks.json()["keys"].as_array().unwrap().len(), 2);
    let audit = send(&app, get("/audit?limit=2", &admin)).await;
    assert_eq!(audit.json()["items"].as_array().unwrap().len(), 2);
    assert!(audit.json()["next_cursor"].is_string());
}

// R-TEN-01: another tenant's id is the same bytes as one that never was.
#[actix_web::test]
async fn a_foreign_id_is_a_missing_one() {
    let house = House::build().await;
    let app = house.app().await;
    let bella = token(&app, "bella").await;
    let ask = |id: &str| {
        TestRequest::get()
            .uri(&path(&format!("/nodes/{id}")))
            .insert_header(("authorization", format!("Bearer {bella}")))
            .insert_header(("host", "bella.localhost"))
            .to_request()
    };
    let mut bodies = Vec::new();
    for id in [
        house.root.as_str(),
        "nod_01JABCDEFGHJKMNPQRSTVWXYZ0",
        "nonsense",
    ] {
        let response = app.call(ask(id)).await.unwrap();
        assert_eq!(response.status(), 404);
        let Ok(body) = to_bytes(response.into_body()).await else {
            panic!("the body broke")
        };
        bodies.push(body);
    }
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[0], bodies[2]);
    // At another tenant's host the credential is nobody's.
    let reply = send(&app, get("/nodes", &bella)).await;
    assert_eq!(reply.status, 401);
    let nobody = TestRequest::get()
        .uri("/api/v1/nodes")
        .insert_header(("host", "nobody.example"));
    let response = app.call(nobody.to_request()).await.unwrap();
    assert_eq!(response.status(), 404);
}

// R-API-01: changes need the version they are based on.
#[actix_web::test]
async fn a_change_is_based_on_a_version() {
    let house = House::build().await;
    let app = house.app().await;
    let admin = token(&app, "acme").await;
    let at = format!("/nodes/{}", house.root);
    let patch = |tag: Option<&str>| {
        let request = TestRequest::patch()
            .uri(&path(&at))
            .insert_header(("authorization", format!("Bearer {admin}")))
            .set_json(json!({ "name": "New" }));
        match tag {
            Some(tag) => request.insert_header(("if-match", tag)),
            None => request,
        }
    };
    assert_eq!(send(&app, patch(None)).await.status, 428);
    let changed = send(&app, patch(Some("\"1\""))).await;
    assert_eq!(
        (changed.status, changed.header("etag")),
        (200, "\"2\"".to_owned())
    );
    assert_eq!(send(&app, patch(Some("\"1\""))).await.status, 412);
    assert_eq!(send(&app, patch(Some("*"))).await.status, 200);
}

// R-API-01: bad input is told by a stable code, and nothing happens.
#[actix_web::test]
async fn bad_input_is_told_apart() {
    let house = House::build().await;
    let app = house.app().await;
    let admin = token(&app, "acme").await;
    let raw = |kind: &str, body: Vec<u8>| {
        TestRequest::post()
            .uri("/api/v1/nodes")
            .insert_header(("authorization", format!("Bearer {admin}")))
            .insert_header(("content-type", kind.to_owned()))
            .set_payload(body)
    };
    let json = "application/json";
    for (request, status, code) in [
        (
            raw("text/plain", b"{}".to_vec()),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (raw(json, b"{".to_vec()), 400, "MALFORMED_JSON"),
        (
            raw(json, b"{\"name\":\"\xff\"}".to_vec()),
            400,
            "INVALID_UTF8",
        ),
        (raw(json, vec![b' '; 70_000]), 413, "BODY_TOO_LARGE"),
        (raw(json, b"{\"nope\":1}".to_vec()), 422, "INVALID_FIELDS"),
        (get("/nodes?limit=0", &admin), 422, "INVALID_FIELDS"),
        (get("/nodes?nope=1", &admin), 422, "INVALID_FIELDS"),
        (get("/nodes?cursor=!", &admin), 422, "INVALID_FIELDS"),
        (
            raw(json, b"{}".to_vec()).insert_header(("idempotency-key", "a b")),
            400,
            "INVALID_REQUEST",
        ),
    ] {
        let reply = send(&app, request).await;
        assert_eq!(
            (reply.status, reply.json()["code"].clone()),
            (status, json!(code)),
            "{}",
            reply.text()
        );
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert!(reply.header("x-request-id").starts_with("req_"));
    }
}

// R-OPS-03, R-API-01
#[actix_web::test]
async fn pages_for_people_and_probes() {
    let house = House::build().await;
    let app = house.app().await;
    for at in [
        "/healthz",
        "/readyz",
        "/problems",
        "/problems/stale-version",
        "/assets/reference.css",
    ] {
        assert_eq!(
            send(&app, TestRequest::get().uri(at)).await.status,
            200,
            "{at}"
        );
    }
    let page = send(&app, TestRequest::get().uri("/api/v1/docs")).await;
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    for (path, _, operation) in operations(house.shared.document()) {
        assert!(page.text().contains(path), "{path}");
        assert!(operation["summary"].is_string(), "{path} has no summary");
    }
    assert!(!page.text().contains("<script"));
    let document = send(&app, TestRequest::get().uri("/api/v1/openapi.json")).await;
    assert_eq!(document.json()["openapi"], "3.1.0");
}
