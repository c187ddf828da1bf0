//! Dialect I, to the letter of its contract.

use alvara_tests::{Actor, Answer, License, TestApp, each_app};
use reqwest::Method;
use serde_json::{Value, json};

use crate::machine::activate::mistype;

const HOST: &str = "acme.localhost";

pub(super) async fn call(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.nobody(HOST)
        .post(&format!("/api/licenze/{path}"), body)
        .await
}

async fn validate(app: &TestApp, license: &License) -> Value {
    call(app, "valida", &json!({ "chiave_licenza": license.key }))
        .await
        .expect(200)
        .json()
}

pub(super) async fn admin(who: &Actor, method: Method, path: &str, body: &Value) -> Answer {
    who.ask(method, &format!("/api/admin/{path}"))
        .json(body)
        .await
}

pub(super) async fn read(who: &Actor, path: &str) -> Value {
    who.get(&format!("/api/admin/{path}"))
        .await
        .expect(200)
        .json()
}

/// A program may decide by `codice`; `messaggio` is for people.
#[track_caller]
pub(super) fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    let body = answer.json();
    assert_eq!(
        (&body["esito"], &body["codice"]),
        (&json!("errore"), &json!(code)),
        "{answer:?}"
    );
}

/// An instant as every dialect writes it: 2026-01-01T00:00:00.000Z
#[track_caller]
pub(super) fn instant(value: &Value) -> &str {
    let text = value.as_str().unwrap_or_default();
    let marks: String = text.chars().filter(|c| !c.is_ascii_digit()).collect();
    assert_eq!((text.len(), marks.as_str()), (24, "--T::.Z"), "{value}");
    text
}

// R-API-02 R-LIC-05 R-LIC-07
#[test]
fn activation_and_validation_answer_as_the_contract_says() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop
            .license_of(&json!({
                "kind": "subscription", "duration": "P1Y", "starts": "first_activation", "machine_limit": 3,
            }))
            .await;
        let body = json!({
            "chiave_licenza": license.key, "dispositivo": "PC-1", "nome_dispositivo": "Cassa 1",
            "utente": "Carla", "campo_ignoto": { "si": "ignora" },
        });
        let first = call(app, "attiva", &body).await.expect(200).json();
        let computer_key = first["chiave_computer"].clone();
        assert_eq!(computer_key.as_str().unwrap().split('.').count(), 3);
        let start = instant(&first["data_attivazione"]);
        let end = start.replace("2027-", "2028-");
        assert_eq!(
            first,
            json!({
                "esito": "ok", "stato": "attiva", "tipo_licenza": "abbonamento",
                "chiave_computer": computer_key,
                "data_attivazione": start, "data_scadenza": end,
                "moduli_attivi": [], "numero_dispositivi": 3, "dispositivi_usati": 1,
            })
        );
        // The same device again takes nothing; the slash at the end changes nothing.
        let again = call(app, "attiva/", &body).await.expect(200).json();
        assert_eq!(
            (&again["dispositivi_usati"], &again["data_attivazione"]),
            (&json!(1), &first["data_attivazione"])
        );
        let seen = shop.agent.list("machines").await;
        assert_eq!(
            (&seen[0]["name"], &seen[0]["user"], seen.len()),
            (&json!("Cassa 1"), &json!("Carla"), 1)
        );

        app.advance_seconds(86_400 * 364 + 3600);
        let good = json!({
            "valida": true, "stato": "attiva", "tipo_licenza": "abbonamento",
            "data_scadenza": end, "giorni_rimanenti": 1,
            "moduli_attivi": [], "motivo": null,
        });
        for asked in [
            json!({ "chiave_licenza": license.key }),
            json!({ "chiave_licenza": license.key, "dispositivo": "PC-1" }),
            json!({ "chiave_computer": computer_key, "dispositivo": "PC-1" }),
        ] {
            for path in ["valida", "valida/"] {
                let answer = call(app, path, &asked).await.expect(200).json();
                assert_eq!(answer, good, "{asked}");
            }
        }
        app.advance(2);
        assert_eq!(
            validate(app, &license).await,
            json!({
                "valida": false, "stato": "scaduta", "tipo_licenza": "abbonamento",
                "data_scadenza": end, "giorni_rimanenti": 0,
                "moduli_attivi": [], "motivo": "Questa licenza è scaduta il 15 gennaio 2028.",
            })
        );
    });
}

// R-API-02 R-LIC-02
#[test]
fn every_kind_and_state_has_its_word() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let year = |kind: &str| json!({ "kind": kind, "duration": "P1Y" });
        let mut issued = Vec::new();
        for (terms, kind, state) in [
            (json!({ "kind": "permanent" }), "permanente", "attiva"),
            (
                json!({ "kind": "semi_permanent", "maintenance": "P1Y" }),
                "permanente",
                "attiva",
            ),
            (year("trial"), "trial", "attiva"),
            (year("demo"), "trial", "demo"),
            (year("subscription"), "abbonamento", "attiva"),
            (year("temporary"), "abbonamento", "attiva"),
        ] {
            let license = shop.license_of(&terms).await;
            let answer = validate(app, &license).await;
            assert_eq!(
                (&answer["tipo_licenza"], &answer["stato"], &answer["valida"]),
                (&json!(kind), &json!(state), &json!(true)),
                "{terms}"
            );
            issued.push((license, kind, state));
        }
        let forever = validate(app, &issued[0].0).await;
        assert_eq!(
            (&forever["data_scadenza"], &forever["giorni_rimanenti"]),
            (&json!(null), &json!(null))
        );

        let pending = shop
            .license_of(&json!({ "kind": "permanent", "approval": "required" }))
            .await;
        let [suspended, revoked] = [shop.license().await, shop.license().await];
        let expired = shop
            .license_of(&json!({ "kind": "temporary", "duration": "P1D" }))
            .await;
        let at = |id: &str, what: &str| format!("licenses/{id}/{what}");
        let _ = shop
            .agent
            .post(&at(&suspended.id, "suspension"), &json!({}))
            .await
            .expect(200);
        let _ = shop
            .subcompany
            .post(&at(&revoked.id, "revocation"), &json!({}))
            .await
            .expect(200);
        app.advance(1);
        for (license, kind, state) in [
            (pending, "permanente", "in_attesa_convalida"),
            (suspended, "abbonamento", "sospesa"),
            (revoked, "abbonamento", "revocata"),
            (expired, "abbonamento", "scaduta"),
        ] {
            let answer = validate(app, &license).await;
            assert_eq!(
                (&answer["stato"], &answer["valida"]),
                (&json!(state), &json!(false))
            );
            assert!(
                answer["motivo"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
            );
            issued.push((license, kind, state));
        }

        // A list finds each by its words, and counts them.
        for state in [
            "attiva",
            "scaduta",
            "sospesa",
            "demo",
            "in_attesa_convalida",
            "revocata",
        ] {
            let wanted: Vec<&str> = issued
                .iter()
                .filter(|(_, _, its)| *its == state)
                .map(|(license, _, _)| license.id.as_str())
                .collect();
            assert_eq!(
                ids(&read(&shop.agent, &format!("licenze?stato={state}")).await),
                wanted
            );
        }
        for kind in ["permanente", "trial", "abbonamento"] {
            let wanted: Vec<&str> = issued
                .iter()
                .filter(|(_, its, _)| *its == kind)
                .map(|(license, _, _)| license.id.as_str())
                .collect();
            let found = read(&shop.agent, &format!("licenze/?tipo_licenza={kind}")).await;
            assert_eq!(ids(&found), wanted);
        }
        let both = read(&shop.agent, "licenze?tipo_licenza=trial&stato=attiva").await;
        assert_eq!(ids(&both), [issued[2].0.id.as_str()]);

        // Suspended is also what is held by somebody suspended.
        let node = format!("nodes/{}/suspension", shop.customer.node_id);
        let _ = shop.subcompany.post(&node, &json!({})).await.expect(200);
        let answer = validate(app, &issued[0].0).await;
        assert_eq!(
            (&answer["stato"], &answer["valida"]),
            (&json!("sospesa"), &json!(false))
        );
    });
}

pub(super) fn ids(list: &Value) -> Vec<&str> {
    let items = list["dati"].as_array().unwrap();
    assert_eq!(list["totale"], items.len());
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect()
}

// R-API-02
#[test]
fn every_refusal_has_its_status_and_code() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let activate = async |device: &str, key: &str| {
            let body = json!({ "chiave_licenza": key, "dispositivo": device });
            call(app, "attiva", &body).await
        };
        let unknown =
            alvara_domain::key::ActivationKey::generate(&"".parse().unwrap(), &[9; 15]).display();
        refused(&activate("PC-1", &unknown).await, 404, "NOT_FOUND");
        refused(
            &activate("PC-1", &mistype(&license.key)).await,
            422,
            "KEY_MALFORMED",
        );
        assert_eq!(activate("PC-1", &license.key).await.status, 200);
        refused(&activate("PC-2", &license.key).await, 409, "MACHINE_LIMIT");
        refused(
            &activate("PC\u{200B}", &license.key).await,
            422,
            "INVALID_FIELDS",
        );

        // To a question the same is an answer.
        for key in [unknown.clone(), mistype(&license.key)] {
            let answer = call(app, "valida", &json!({ "chiave_licenza": key }))
                .await
                .expect(200)
                .json();
            let motivo = answer["motivo"].clone();
            assert!(motivo.as_str().is_some_and(|text| !text.is_empty()));
            assert_eq!(
                answer,
                json!({
                    "valida": false, "stato": null, "tipo_licenza": null, "data_scadenza": null,
                    "giorni_rimanenti": null, "moduli_attivi": [], "motivo": motivo,
                })
            );
        }
        let stranger = json!({ "chiave_licenza": license.key, "dispositivo": "PC-9" });
        let answer = call(app, "valida", &stranger).await.expect(200).json();
        assert_eq!(
            (&answer["valida"], &answer["stato"]),
            (&json!(false), &json!("attiva"))
        );
        let forged = json!({ "chiave_computer": "a.b.c", "dispositivo": "PC-1" });
        let answer = call(app, "valida", &forged).await.expect(200).json();
        assert_eq!(
            (&answer["valida"], &answer["stato"]),
            (&json!(false), &json!(null))
        );

        let suspension = format!("licenses/{}/suspension", license.id);
        let _ = shop.agent.post(&suspension, &json!({})).await.expect(200);
        refused(&activate("PC-1", &license.key).await, 403, "SUSPENDED");
        let _ = shop.agent.delete(&suspension).await.expect(200);
        app.advance(400);
        refused(&activate("PC-1", &license.key).await, 403, "EXPIRED");
        let pending = shop.license_of(&json!({ "approval": "required" })).await;
        refused(
            &activate("PC-3", &pending.key).await,
            403,
            "PENDING_APPROVAL",
        );
    });
}

// R-API-02
#[test]
fn what_cannot_be_read_is_400_and_changes_nothing() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let ask = async |who: &Actor, method: Method, path: &str, body: &[u8]| {
            who.ask(method, path).bytes("text/plain", body).await
        };
        let nobody = app.nobody(HOST);
        let key = license.key.as_bytes();
        let lacking = [
            b"".as_slice(),
            b"{",
            b"[]",
            b"7",
            b"{}",
            b"{\"nome\":7,\"chiave_licenza\":7,\"tipo_licenza\":7}",
            b"{\"nome\":\"\",\"chiave_licenza\":\"\",\"dispositivo\":\"\"}",
            b"{\"nome\":\"\xff\"}",
        ];
        for body in lacking {
            for path in ["/api/licenze/attiva", "/api/licenze/valida/"] {
                refused(
                    &ask(&nobody, Method::POST, path, body).await,
                    400,
                    code_of(body),
                );
            }
            for path in ["/api/admin/licenze", "/api/admin/agent/"] {
                let answer = ask(&shop.subcompany, Method::POST, path, body).await;
                refused(&answer, 400, code_of(body));
            }
        }
        let no_device = [br#"{"chiave_licenza":""#.as_slice(), key, br#""}"#].concat();
        let answer = ask(&nobody, Method::POST, "/api/licenze/attiva", &no_device).await;
        refused(&answer, 400, "INVALID_REQUEST");
        assert_eq!(
            answer.json()["messaggio"],
            "Il campo dispositivo manca o è del tipo sbagliato."
        );
        let no_device = json!({ "chiave_computer": "a.b.c" });
        refused(
            &call(app, "valida", &no_device).await,
            400,
            "INVALID_REQUEST",
        );
        let holder = json!({ "tipo_licenza": "abbonamento" });
        let answer = admin(&shop.agent, Method::POST, "licenze", &holder).await;
        refused(&answer, 400, "INVALID_REQUEST");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM machines"), 0);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM licenses"), 1);
    });
}

fn code_of(body: &[u8]) -> &'static str {
    match body {
        b"" | b"{" => "MALFORMED_JSON",
        body if body.contains(&0xff) => "INVALID_UTF8",
        _ => "INVALID_REQUEST",
    }
}

// R-API-02
#[test]
fn sentences_are_in_the_language_asked_for_else_in_italian() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let ask = async |language: Option<&str>| {
            let body = json!({ "chiave_licenza": mistype(&license.key), "dispositivo": "PC-1" });
            let ask = app.nobody(HOST).post("/api/licenze/attiva", &body);
            let ask = match language {
                Some(language) => ask.header("accept-language", language),
                None => ask,
            };
            let answer = ask.await.expect(422);
            let header = answer.header("content-language").unwrap().to_owned();
            (header, answer.text("/messaggio"))
        };
        let (language, italian) = ask(None).await;
        assert_eq!(
            language, "it",
            "acme speaks Portuguese, the dialect Italian"
        );
        assert_eq!(ask(Some("it")).await.1, italian);
        let mut said: Vec<String> = vec![italian];
        for language in ["en", "pt-BR", "es"] {
            said.push(ask(Some(language)).await.1);
        }
        said.sort();
        said.dedup();
        assert_eq!(said.len(), 4, "{said:?}");
    });
}

// R-API-02 R-TEN-01
#[test]
fn what_is_anothers_is_as_if_it_were_not() {
    each_app(async |app| {
        let (acme, bella) = (app.shop("acme").await, app.shop("bella").await);
        let (ours, theirs) = (acme.license().await, bella.license().await);
        let activate = async |host: &str, key: &str| {
            let body = json!({ "chiave_licenza": key, "dispositivo": "PC-1" });
            app.nobody(host).post("/api/licenze/attiva", &body).await
        };
        refused(&activate(HOST, &theirs.key).await, 404, "NOT_FOUND");
        let computer_key = activate("bella.localhost", &theirs.key)
            .await
            .expect(200)
            .text("/chiave_computer");
        assert_eq!(validate(app, &theirs).await["valida"], false);
        let asked = json!({ "chiave_computer": computer_key, "dispositivo": "PC-1" });
        assert_eq!(
            call(app, "valida", &asked).await.expect(200).json()["valida"],
            false
        );
        // On the shared host the key says whose it is.
        let _ = activate("localhost", &ours.key).await.expect(200);

        let list = read(&acme.reseller, "licenze").await;
        assert_eq!(ids(&list), [ours.id.as_str()]);
        let of_theirs = format!("licenze?cliente={}", bella.customer.node_id);
        assert_eq!(
            ids(&read(&acme.reseller, &of_theirs).await),
            Vec::<&str>::new()
        );
        let to_theirs = json!({ "tipo_licenza": "abbonamento", "azienda_assegnataria": bella.customer.node_id });
        let answer = admin(&acme.reseller, Method::POST, "licenze", &to_theirs).await;
        refused(&answer, 404, "NOT_FOUND");
        assert_eq!(
            ids(&read(&acme.reseller, "agent").await),
            [acme.agent.node_id.as_str()]
        );
    });
}
