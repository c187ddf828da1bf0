//! Dialect P, to the letter of its contract.

use alvara_tests::{Actor, Answer, each_app};
use reqwest::Method;
use serde_json::{Value, json};

use super::italian::instant;
use crate::machine::activate::mistype;

pub(super) const HOST: &str = "acme.localhost";

pub(super) async fn post(who: &Actor, path: &str, body: &Value) -> Answer {
    who.post(&format!("/api/v1/{path}"), body).await
}

pub(super) async fn get(who: &Actor, path: &str) -> Answer {
    who.get(&format!("/api/v1/{path}")).await
}

#[track_caller]
pub(super) fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.json()["codigo"], code, "{answer:?}");
}

pub(super) fn machine(fingerprint: &str, key: &str) -> Value {
    json!({
        "nome": "Caixa 1", "fingerprint": fingerprint, "sistema": "windows-x64", "versao": "2.1.0",
        "chave": key, "campo_desconhecido": { "e": "ignorado" },
    })
}

pub(super) fn signal(fingerprint: &str) -> Value {
    json!({ "fingerprint": fingerprint, "cpu": 12.5, "memoria": 40, "disco": 99.9, "versao": "2.1.1" })
}

// R-API-02 R-LIC-05 R-LIC-11
#[test]
fn a_machine_registers_and_says_that_it_lives() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let nobody = app.nobody(HOST);
        let first = post(&nobody, "maquinas/", &machine("fp-1", &license.key))
            .await
            .expect(201)
            .json();
        let (id, token) = (first["id"].clone(), first["token"].clone());
        assert!(token.as_str().unwrap().starts_with("amt_"));
        assert_eq!(
            first["chave_computador"]
                .as_str()
                .unwrap()
                .split('.')
                .count(),
            3
        );
        let start = instant(&first["registrada_em"]);
        let shown = json!({
            "id": id, "nome": "Caixa 1", "fingerprint": "fp-1", "sistema": "windows-x64",
            "versao": "2.1.0", "status": "ativa", "bloqueada": false, "online": true,
            "licenca_id": license.id, "registrada_em": start, "ultimo_heartbeat": start,
        });
        let mut registered = shown.clone();
        registered["token"] = token.clone();
        registered["chave_computador"] = first["chave_computador"].clone();
        registered["proximo_heartbeat"] = json!(start.replace("-15T", "-22T"));
        assert_eq!(first, registered);
        // The same machine again takes nothing and has the same token.
        let again = post(&nobody, "maquinas", &machine("fp-1", &license.key)).await;
        assert_eq!(again.expect(200).json()["token"], token);

        app.advance(1);
        let alive = |answer: Value| {
            assert!(instant(&answer["proximo_heartbeat"]).starts_with("2027-01-23T12:00:"));
            assert_eq!(
                answer,
                json!({
                    "status": "ativa", "bloqueada": false,
                    "proximo_heartbeat": answer["proximo_heartbeat"], "token": token,
                })
            );
        };
        for path in ["maquinas/heartbeat", "maquinas/heartbeat/"] {
            alive(
                post(&nobody, path, &signal("fp-1"))
                    .await
                    .expect(200)
                    .json(),
            );
        }
        // With its token too; but not with another's, which changes nothing.
        let bearing = app.bearing(HOST, token.as_str().unwrap());
        let answer = post(&bearing, "maquinas/heartbeat", &signal("fp-1")).await;
        alive(answer.expect(200).json());
        let twin = shop.license().await;
        let _ = post(&nobody, "maquinas", &machine("fp-2", &twin.key))
            .await
            .expect(201);
        let seen = |list: &Value, at: usize| list["itens"][at]["ultimo_heartbeat"].clone();
        let before = get(&shop.agent, "maquinas").await.expect(200).json();
        app.advance_seconds(60);
        let answer = post(&bearing, "maquinas/heartbeat", &signal("fp-2")).await;
        refused(&answer, 401, "UNAUTHENTICATED");
        let after = get(&shop.agent, "maquinas").await.expect(200).json();
        assert_eq!(
            (seen(&before, 0), seen(&before, 1)),
            (seen(&after, 0), seen(&after, 1))
        );
        refused(
            &post(&nobody, "maquinas/heartbeat", &signal("fp-9")).await,
            404,
            "NOT_FOUND",
        );

        let path = format!("maquinas/{}/dashboard", id.as_str().unwrap());
        let mut shown = shown;
        shown["versao"] = json!("2.1.1");
        shown["ultimo_heartbeat"] = seen(&before, 0);
        assert!(instant(&shown["ultimo_heartbeat"]).starts_with("2027-01-16T12:00:"));
        let panel = get(&shop.agent, &path).await.expect(200).json();
        let begin = panel["historico"][0]["inicio"].clone();
        assert!(instant(&begin).starts_with("2027-01-16T12:0"));
        let point = |begin: &Value| json!({ "inicio": begin, "amostras": 3, "cpu": 12.5, "memoria": 40.0, "disco": 99.9 });
        assert_eq!(
            panel,
            json!({
                "maquina": shown,
                "metricas": { "cpu": 12.5, "memoria": 40.0, "disco": 99.9 },
                "historico": [point(&begin)],
                "licenca": {
                    "id": license.id, "tipo": "assinatura", "status": "ativa",
                    "expira_em": start.replace("2027-", "2028-"), "dias_restantes": 364,
                },
            })
        );
        for (range, begin) in [
            ("dia", begin),
            ("mes", json!("2027-01-16T12:00:00.000Z")),
            ("ano", json!("2027-01-16T00:00:00.000Z")),
        ] {
            let panel = get(&shop.agent, &format!("{path}?periodo={range}")).await;
            assert_eq!(
                panel.expect(200).json()["historico"],
                json!([point(&begin)]),
                "{range}"
            );
        }
        let odd = get(&shop.agent, &format!("{path}?periodo=sempre")).await;
        refused(&odd, 422, "INVALID_FIELDS");
        assert_eq!(after["itens"][0], shown);
        assert_eq!(
            (&after["total"], &after["pagina"], &after["tamanho"]),
            (&json!(2), &json!(1), &json!(50))
        );
    });
}

// R-API-02 R-LIC-11
#[test]
fn a_blocked_machine_hears_of_it_at_its_next_heartbeat() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let nobody = app.nobody(HOST);
        let made = post(&nobody, "maquinas/", &machine("fp-1", &license.key))
            .await
            .expect(201);
        let id = made.id();
        let beat = async || {
            let answer = post(&nobody, "maquinas/heartbeat", &signal("fp-1")).await;
            let answer = answer.expect(200).json();
            (answer["status"].clone(), answer["bloqueada"].clone())
        };
        // No body is needed, and none is looked at.
        for body in ["", "{", "{}"] {
            let block = shop
                .agent
                .ask(Method::POST, &format!("/api/v1/maquinas/{id}/bloquear"));
            let blocked = block
                .bytes("application/json", body)
                .await
                .expect(200)
                .json();
            assert_eq!(
                (
                    &blocked["id"],
                    &blocked["status"],
                    &blocked["bloqueada"],
                    &blocked["online"]
                ),
                (&json!(id), &json!("bloqueada"), &json!(true), &json!(false))
            );
        }
        assert_eq!(beat().await, (json!("bloqueada"), json!(true)));
        let unblock = format!("maquinas/{id}/desbloquear/");
        let free = post(&shop.agent, &unblock, &json!({}))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&free["status"], &free["bloqueada"]),
            (&json!("ativa"), &json!(false))
        );
        assert_eq!(beat().await, (json!("ativa"), json!(false)));

        let block = format!("licencas/{}/bloquear", license.id);
        let blocked = post(&shop.agent, &block, &json!({}))
            .await
            .expect(200)
            .json();
        assert_eq!(blocked["status"], "bloqueada");
        assert_eq!(beat().await, (json!("bloqueada"), json!(false)));
        let _ = shop
            .agent
            .delete(&format!("licenses/{}/suspension", license.id))
            .await
            .expect(200);
        app.advance(400);
        assert_eq!(beat().await, (json!("expirada"), json!(false)));
        let renew = format!("licencas/{}/renovar/", license.id);
        let renewed = post(&shop.agent, &renew, &json!({}))
            .await
            .expect(200)
            .json();
        assert_eq!(renewed["status"], "ativa");
        assert!(instant(&renewed["expira_em"]).starts_with("2029-02-19T12:00:"));
        assert_eq!(renewed["dias_restantes"], 366, "2028 is a leap year");
        assert_eq!(beat().await, (json!("ativa"), json!(false)));
        let _ = shop
            .subcompany
            .post(&format!("licenses/{}/revocation", license.id), &json!({}))
            .await
            .expect(200);
        assert_eq!(beat().await, (json!("revogada"), json!(false)));
        refused(
            &post(&shop.agent, &renew, &json!({})).await,
            409,
            "RENEWAL_NOT_POSSIBLE",
        );
    });
}

// R-API-02 R-LIC-07
#[test]
fn licenses_are_issued_activated_and_verified() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let new = json!({
            "cliente_id": shop.customer.node_id, "tipo": "assinatura", "maquinas": 2, "x": "ignorado",
        });
        let made = post(&shop.agent, "licencas/", &new)
            .await
            .expect(201)
            .json();
        let key = made["chave"].as_str().unwrap();
        assert_eq!(
            made,
            json!({
                "id": made["id"], "chave": key, "tipo": "assinatura", "status": "ativa",
                "cliente_id": shop.customer.node_id, "maquinas": 2, "maquinas_usadas": 0,
                "modulos": [], "emitida_em": instant(&made["emitida_em"]), "ativada_em": null,
                "expira_em": null, "dias_restantes": null,
            })
        );
        let nobody = app.nobody(HOST);
        let at = |verb: &str, key: &str| format!("licencas/{verb}/{key}");
        let done = post(
            &nobody,
            &at("ativar", key),
            &json!({ "fingerprint": "fp-1" }),
        )
        .await
        .expect(200)
        .json();
        let start = instant(&done["ativada_em"]);
        let end = start.replace("2027-", "2028-");
        assert_eq!(
            done,
            json!({
                "status": "ativa", "tipo": "assinatura", "ativada_em": start,
                "expira_em": end, "dias_restantes": 365, "modulos": [],
                "maquina_id": done["maquina_id"], "chave_computador": done["chave_computador"],
                "proximo_heartbeat": start.replace("-15T", "-22T"), "token": done["token"],
            })
        );
        let good = |token: &Value| {
            json!({
                "valida": true, "status": "ativa", "tipo": "assinatura",
                "expira_em": end, "dias_restantes": 365, "modulos": [],
                "motivo": null, "token": token,
            })
        };
        let verify = async |question: &str| {
            get(&nobody, &at("verificar", question))
                .await
                .expect(200)
                .json()
        };
        assert_eq!(verify(key).await, good(&json!(null)));
        assert_eq!(verify(&format!("{key}/")).await, good(&json!(null)));
        assert_eq!(
            verify(&format!("{key}?fingerprint=fp-1&x=y")).await,
            good(&done["token"])
        );
        let stranger = verify(&format!("{key}?fingerprint=fp-7")).await;
        assert_eq!(
            (&stranger["valida"], &stranger["token"]),
            (&json!(false), &json!(null))
        );

        let unknown =
            alvara_domain::key::ActivationKey::generate(&"".parse().unwrap(), &[9; 15]).display();
        for key in [unknown.clone(), mistype(key)] {
            let answer = verify(&key).await;
            let motivo = answer["motivo"].clone();
            assert!(motivo.as_str().is_some_and(|text| !text.is_empty()));
            assert_eq!(
                answer,
                json!({
                    "valida": false, "status": null, "tipo": null, "expira_em": null,
                    "dias_restantes": null, "modulos": [], "motivo": motivo, "token": null,
                })
            );
        }
        let activate = async |key: &str, machine: &str| {
            post(
                &nobody,
                &at("ativar", key),
                &json!({ "fingerprint": machine }),
            )
            .await
        };
        refused(&activate(&unknown, "fp-1").await, 404, "NOT_FOUND");
        refused(&activate(&mistype(key), "fp-1").await, 422, "KEY_MALFORMED");
        let _ = activate(key, "fp-2").await.expect(200);
        refused(&activate(key, "fp-3").await, 409, "MACHINE_LIMIT");
        for (field, value) in [
            ("tipo", json!("perpetua")),
            ("tipo", json!("outra")),
            ("produto", json!("nenhum")),
            ("modulos", json!(["NENHUM"])),
            ("maquinas", json!(0)),
        ] {
            let mut wrong = new.clone();
            wrong[field] = value;
            let answer = post(&shop.agent, "licencas", &wrong).await;
            refused(&answer, 422, "INVALID_FIELDS");
            assert!(answer.text("/detail").contains(field), "{answer:?}");
        }
    });
}

// R-API-02 R-LIC-02
#[test]
fn every_kind_and_state_has_its_word() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let nobody = app.nobody(HOST);
        let verify = async |key: &str| {
            let answer = get(&nobody, &format!("licencas/verificar/{key}"))
                .await
                .expect(200)
                .json();
            (answer["tipo"].clone(), answer["status"].clone())
        };
        let year = |kind: &str| json!({ "kind": kind, "duration": "P1Y" });
        for (terms, kind) in [
            (json!({ "kind": "permanent" }), "perpetua"),
            (
                json!({ "kind": "semi_permanent", "maintenance": "P1Y" }),
                "perpetua",
            ),
            (year("trial"), "demonstracao"),
            (year("demo"), "demonstracao"),
            (year("subscription"), "assinatura"),
            (year("temporary"), "temporaria"),
        ] {
            let license = shop.license_of(&terms).await;
            assert_eq!(verify(&license.key).await, (json!(kind), json!("ativa")));
        }
        // Asked for by these words, the oldest policy that fits best is taken.
        for (kind, ours) in [
            ("perpetua", "permanent"),
            ("demonstracao", "trial"),
            ("assinatura", "subscription"),
            ("temporaria", "temporary"),
        ] {
            let new = json!({ "cliente_id": shop.customer.node_id, "tipo": kind });
            let made = post(&shop.agent, "licencas", &new).await.expect(201);
            assert_eq!(made.json()["tipo"], kind);
            let seen = shop
                .agent
                .get(&format!("licenses/{}", made.id()))
                .await
                .expect(200)
                .json();
            assert_eq!(seen["kind"], ours);
        }
        let pending = shop
            .license_of(&json!({ "kind": "permanent", "approval": "required" }))
            .await;
        assert_eq!(
            verify(&pending.key).await,
            (json!("perpetua"), json!("pendente"))
        );
        let held = shop.license_of(&json!({ "kind": "permanent" })).await;
        let node = format!("nodes/{}/suspension", shop.customer.node_id);
        let _ = shop.subcompany.post(&node, &json!({})).await.expect(200);
        assert_eq!(
            verify(&held.key).await,
            (json!("perpetua"), json!("bloqueada"))
        );
    });
}

// R-API-02
#[test]
fn sentences_are_in_the_language_asked_for_else_in_portuguese() {
    each_app(async |app| {
        let _bella = app.shop("bella").await;
        let ask = async |language: Option<&str>| {
            let ask = app
                .nobody("bella.localhost")
                .post("/api/v1/maquinas/heartbeat", &signal("fp-1"));
            let ask = match language {
                Some(language) => ask.header("accept-language", language),
                None => ask,
            };
            ask.await.expect(404).text("/detail")
        };
        let plain = ask(None).await;
        assert_eq!(
            plain,
            ask(Some("pt-BR")).await,
            "bella speaks Italian, the dialect Portuguese"
        );
        let mut said = vec![plain];
        for language in ["en", "it", "es"] {
            said.push(ask(Some(language)).await);
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
        let (here, there) = (app.nobody(HOST), app.nobody("bella.localhost"));
        let _ = post(&here, "maquinas", &machine("fp-1", &ours.key))
            .await
            .expect(201);
        let made = post(&there, "maquinas", &machine("fp-2", &theirs.key))
            .await
            .expect(201);
        refused(
            &post(&here, "maquinas", &machine("fp-3", &theirs.key)).await,
            404,
            "NOT_FOUND",
        );
        refused(
            &post(&here, "maquinas/heartbeat", &signal("fp-2")).await,
            404,
            "NOT_FOUND",
        );
        refused(
            &post(
                &app.nobody("localhost"),
                "maquinas/heartbeat",
                &signal("fp-2"),
            )
            .await,
            404,
            "NOT_FOUND",
        );
        let token = app.bearing(HOST, &made.text("/token"));
        refused(
            &post(&token, "maquinas/heartbeat", &signal("fp-2")).await,
            401,
            "UNAUTHENTICATED",
        );
        let verify = format!("licencas/verificar/{}?fingerprint=fp-2", theirs.key);
        let answer = get(&here, &verify).await.expect(200).json();
        assert_eq!(
            (&answer["valida"], &answer["token"]),
            (&json!(false), &json!(null))
        );
        // On the shared host the key says whose it is.
        let _ = get(&app.nobody("localhost"), &verify).await.expect(200);

        let list = get(&acme.reseller, "maquinas").await.expect(200).json();
        assert_eq!(
            (&list["total"], &list["itens"][0]["fingerprint"]),
            (&json!(1), &json!("fp-1"))
        );
        let new = json!({ "cliente_id": bella.customer.node_id, "tipo": "assinatura" });
        refused(
            &post(&acme.reseller, "licencas", &new).await,
            404,
            "NOT_FOUND",
        );
    });
}
