//! `/api/admin` of dialect I.

use alvara_tests::{Actor, each_app};
use reqwest::Method;
use serde_json::{Value, json};

use super::italian::{admin, call, ids, instant, read, refused};

// R-API-02 R-LIC-09
#[test]
fn licenses_are_managed_in_the_dialects_own_words() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let module = json!({ "code": "POS", "name": "Cassa", "price": { "amount_minor": 1, "currency": "BRL" } });
        let _ = shop
            .reseller
            .post(&format!("products/{}/modules", shop.product_id), &module)
            .await
            .expect(201);
        let customer = &shop.customer.node_id;
        let new = json!({
            "tipo_licenza": "abbonamento", "azienda_assegnataria": customer, "numero_dispositivi": 2,
            "moduli_attivi": ["POS"], "campo_ignoto": 1,
        });
        let made = admin(&shop.agent, Method::POST, "licenze/", &new)
            .await
            .expect(201)
            .json();
        let (id, key) = (
            made["id"].as_str().unwrap(),
            made["chiave_licenza"].as_str().unwrap(),
        );
        let expected = json!({
            "id": id, "chiave_licenza": key, "chiave_computer": null, "data_attivazione": null,
            "data_scadenza": null, "tipo_licenza": "abbonamento", "stato": "attiva",
            "numero_utenti": null, "numero_dispositivi": 2, "prezzo": null, "sconto": null,
            "moduli_attivi": ["POS"], "azienda_assegnataria": customer,
            "agente_assegnato": shop.agent.node_id,
        });
        assert_eq!(made, expected);
        let body = json!({ "chiave_licenza": key, "dispositivo": "PC-1" });
        let active = call(app, "attiva", &body).await.expect(200).json();
        assert_eq!(active["moduli_attivi"], json!(["POS"]));

        // Later the key shows its end alone.
        let mut later = expected.clone();
        later["chiave_licenza"] =
            json!(format!("*****-*****-*****-*****-{}", &key[key.len() - 5..]));
        let start = instant(&active["data_attivazione"]);
        later["data_attivazione"] = json!(start);
        later["data_scadenza"] = json!(start.replace("2027-", "2028-"));
        let at = format!("licenze/{id}");
        assert_eq!(read(&shop.agent, &at).await, later);
        assert_eq!(
            read(&shop.agent, "licenze").await,
            json!({ "dati": [later], "totale": 1, "pagina": 1, "per_pagina": 50 })
        );

        for (state, status) in [
            ("sospesa", 200),
            ("attiva", 200),
            ("attiva", 200),
            ("scaduta", 422),
            ("in_attesa_convalida", 422),
            ("nessuna", 422),
            // An agent ends nothing for good.
            ("revocata", 403),
        ] {
            let answer = admin(&shop.agent, Method::PATCH, &at, &json!({ "stato": state })).await;
            assert_eq!(answer.status, status, "{answer:?}");
            if status == 200 {
                later["stato"] = json!(state);
                assert_eq!(answer.json(), later);
            }
        }
        assert_eq!(
            admin(&shop.agent, Method::PATCH, &at, &json!({}))
                .await
                .expect(200)
                .json(),
            later
        );
        let revoke = json!({ "stato": "revocata" });
        let ended = admin(&shop.subcompany, Method::PATCH, &at, &revoke)
            .await
            .expect(200);
        assert_eq!(ended.json()["stato"], "revocata");
        let back = admin(
            &shop.subcompany,
            Method::PATCH,
            &at,
            &json!({ "stato": "attiva" }),
        )
        .await;
        refused(&back, 409, "STATE_CONFLICT");

        // Whoever names no such product, kind or module hears which field it is.
        for (field, value) in [
            ("prodotto", json!("nessuno")),
            ("tipo_licenza", json!("permanente")),
            ("moduli_attivi", json!(["NESSUNO"])),
            ("numero_dispositivi", json!(0)),
        ] {
            let mut wrong = new.clone();
            wrong[field] = value;
            let answer = admin(&shop.agent, Method::POST, "licenze", &wrong).await;
            refused(&answer, 422, "INVALID_FIELDS");
            assert!(answer.text("/messaggio").contains(field), "{answer:?}");
        }
        // What nobody has yet is in its agent's stock.
        let stock = json!({ "tipo_licenza": "abbonamento", "agente_assegnato": shop.agent.node_id, "prodotto": "writer" });
        let stock = admin(&shop.agent, Method::POST, "licenze", &stock)
            .await
            .expect(201)
            .json();
        assert_eq!(
            (&stock["azienda_assegnataria"], &stock["agente_assegnato"]),
            (&json!(shop.agent.node_id), &json!(shop.agent.node_id))
        );
    });
}

// R-API-02 R-TEN-06 R-LIC-09
#[test]
fn a_license_bears_its_price_and_its_fields_change_it() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        for code in ["POS", "WEB"] {
            let module = json!({ "code": code, "name": code, "price": { "amount_minor": 0, "currency": "BRL" } });
            let path = format!("products/{}/modules", shop.product_id);
            let _ = shop.reseller.post(&path, &module).await.expect(201);
        }
        let plan = json!({
            "policy_id": shop.policy_id, "code": "year", "name": "Anno", "period": "P1Y",
            "price": { "amount_minor": 9_990, "currency": "BRL" },
        });
        let _ = shop.reseller.post("plans", &plan).await.expect(201);
        let ceiling = format!("nodes/{}/discount-ceiling", shop.agent.node_id);
        let percent = json!({ "percent": 20 });
        let _ = shop.subcompany.put(&ceiling, &percent).await.expect(200);

        let new = json!({
            "tipo_licenza": "abbonamento", "azienda_assegnataria": shop.customer.node_id, "sconto": 12.5,
        });
        let made = admin(&shop.agent, Method::POST, "licenze", &new).await;
        let made = made.expect(201).json();
        assert_eq!(
            (&made["prezzo"], &made["sconto"]),
            (&json!(99.9), &json!(12.5))
        );
        let at = format!("licenze/{}", made["id"].as_str().unwrap());
        assert_eq!(read(&shop.agent, &at).await["prezzo"], 99.9);
        assert_eq!(
            read(&shop.agent, "licenze").await["dati"][0]["sconto"],
            12.5
        );
        let sold = shop
            .agent
            .get(&format!("licenses/{}", made["id"].as_str().unwrap()))
            .await;
        assert_eq!(sold.expect(200).json()["sale"]["discount_percent"], 12.5);

        let change = async |who: &Actor, body: Value| admin(who, Method::PATCH, &at, &body).await;
        let both = change(&shop.agent, json!({ "prezzo": 79.92, "sconto": 0 })).await;
        let both = both.expect(200).json();
        assert_eq!(
            (&both["prezzo"], &both["sconto"]),
            (&json!(79.92), &json!(0.0))
        );
        // A lower price is a discount by another name.
        for body in [
            json!({ "prezzo": 79.91 }),
            json!({ "sconto": 0.01 }),
            json!({ "prezzo": 99.9, "sconto": 20.01 }),
        ] {
            refused(
                &change(&shop.agent, body).await,
                422,
                "DISCOUNT_ABOVE_CEILING",
            );
        }
        for (field, value) in [
            ("prezzo", json!(-1)),
            ("prezzo", json!(1.999)),
            ("sconto", json!(101)),
            ("moduli_attivi", json!(["NESSUNO"])),
            ("numero_dispositivi", json!(0)),
        ] {
            let mut body = json!({});
            body[field] = value;
            let answer = change(&shop.agent, body).await;
            refused(&answer, 422, "INVALID_FIELDS");
            assert!(answer.text("/messaggio").contains(field), "{answer:?}");
        }
        assert_eq!(read(&shop.agent, &at).await, both);

        // What no field changes is refused by its name, with all that was sent beside it; a license
        // that is sent back as it was read changes nothing.
        for (field, value) in [
            ("data_scadenza", json!("2031-01-01T00:00:00.000Z")),
            ("data_attivazione", json!("2020-01-01T00:00:00.000Z")),
            ("tipo_licenza", json!("permanente")),
            ("numero_utenti", json!(9)),
            ("agente_assegnato", json!(null)),
        ] {
            let mut body = json!({ "sconto": 1 });
            body[field] = value;
            let answer = change(&shop.agent, body).await;
            refused(&answer, 422, "INVALID_FIELDS");
            assert!(answer.text("/messaggio").contains(field), "{answer:?}");
        }
        let same = change(&shop.reseller, both.clone()).await;
        assert_eq!(same.expect(200).json(), both);

        // Several at once; and all of them or none.
        let other = shop.agent.node("customer", "Altro").await;
        let wanted = json!({
            "numero_dispositivi": 4, "moduli_attivi": ["WEB", "POS"], "prezzo": 90,
            "azienda_assegnataria": other, "stato": "sospesa",
        });
        refused(
            &change(&shop.customer, wanted.clone()).await,
            403,
            "FORBIDDEN",
        );
        // Below the root a plan's machines are all there are.
        let more = json!({ "numero_dispositivi": 4 });
        refused(&change(&shop.agent, more).await, 422, "BEYOND_PLAN");
        let spoilt = json!({ "moduli_attivi": ["WEB"], "sconto": 50 });
        refused(
            &change(&shop.agent, spoilt).await,
            422,
            "DISCOUNT_ABOVE_CEILING",
        );
        assert_eq!(read(&shop.agent, &at).await, both);
        let changed = change(&shop.reseller, wanted.clone())
            .await
            .expect(200)
            .json();
        for (field, value) in wanted.as_object().unwrap() {
            let same = match value.as_f64() {
                Some(number) => changed[field].as_f64() == Some(number),
                None => changed[field] == *value,
            };
            assert!(same, "{field} {changed}");
        }
        let fewer = change(
            &shop.agent,
            json!({ "moduli_attivi": [], "stato": "attiva" }),
        )
        .await;
        assert_eq!(fewer.expect(200).json()["moduli_attivi"], json!([]));

        // Where a license was sold at no plan, as only the root may, a discount needs a price first.
        let place = &shop.customer.node_id;
        let bare = shop.reseller.issue(&shop.policy_id, place).await;
        let at = format!("licenze/{}", bare.id);
        let seen = read(&shop.agent, &at).await;
        assert_eq!(
            (&seen["prezzo"], &seen["sconto"]),
            (&json!(null), &json!(null))
        );
        let answer = admin(&shop.agent, Method::PATCH, &at, &json!({ "sconto": 5 })).await;
        refused(&answer, 422, "INVALID_FIELDS");
        let priced = admin(&shop.agent, Method::PATCH, &at, &json!({ "prezzo": 10.5 })).await;
        let priced = priced.expect(200).json();
        assert_eq!(
            (&priced["prezzo"], &priced["sconto"]),
            (&json!(10.5), &json!(0.0))
        );
    });
}

// R-API-02
#[test]
fn lists_come_in_counted_pages_and_by_filters() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(shop.license().await);
        }
        let desk = shop.subcompany.node("agent", "Bruno").await;
        let bruno = shop.subcompany.recruit(&desk, "agent", "Bruno").await;
        let other = bruno.node("customer", "Zeta S.p.A.").await;
        let theirs = bruno.issue(&shop.policy_id, &other).await;

        let pages: Vec<Value> = {
            let mut pages = Vec::new();
            for number in 1..=4 {
                let path = format!("licenze?pagina={number}&per_pagina=2");
                pages.push(read(&shop.subcompany, &path).await);
            }
            pages
        };
        for (page, count) in pages.iter().zip([2, 2, 2, 0]) {
            assert_eq!(page["dati"].as_array().unwrap().len(), count);
            assert_eq!(
                (&page["totale"], &page["per_pagina"]),
                (&json!(6), &json!(2))
            );
        }
        let found: Vec<&str> = pages
            .iter()
            .flat_map(|page| page["dati"].as_array().unwrap())
            .map(|item| item["id"].as_str().unwrap())
            .collect();
        let issued: Vec<&str> = all
            .iter()
            .chain([&theirs])
            .map(|license| license.id.as_str())
            .collect();
        assert_eq!(found, issued);
        for wrong in [
            "pagina=0",
            "per_pagina=0",
            "per_pagina=201",
            "pagina=501&per_pagina=200",
            "pagina=x",
        ] {
            let answer = shop.agent.get(&format!("/api/admin/licenze?{wrong}")).await;
            refused(&answer, 422, "INVALID_FIELDS");
            let field = wrong.split('=').next().unwrap();
            assert!(answer.text("/messaggio").contains(field), "{answer:?}");
        }

        let by = async |who: &Actor, query: &str| {
            let found = read(who, &format!("licenze?{query}")).await;
            ids(&found).len()
        };
        let (ana, carla) = (&shop.agent.node_id, &shop.customer.node_id);
        assert_eq!(by(&shop.subcompany, &format!("agente={ana}")).await, 5);
        assert_eq!(by(&shop.subcompany, &format!("agente={desk}")).await, 1);
        assert_eq!(by(&shop.subcompany, &format!("cliente={carla}")).await, 5);
        assert_eq!(
            by(&shop.subcompany, &format!("cliente={other}&agente={ana}")).await,
            0
        );
        assert_eq!(by(&shop.subcompany, "q=zeta").await, 1);
        assert_eq!(
            by(&shop.subcompany, "q=%25").await,
            0,
            "a percent sign is no pattern"
        );
        let hint = &theirs.key[theirs.key.len() - 5..];
        assert_eq!(
            by(&shop.subcompany, &format!("q={}", hint.to_lowercase())).await,
            1
        );
        // An agent counts its own.
        assert_eq!(by(&shop.agent, "sconosciuto=1").await, 5);
        assert_eq!(by(&bruno, "").await, 1);
        assert_eq!(by(&bruno, &format!("agente={ana}")).await, 0);
    });
}

// R-API-02 R-TEN-02
#[test]
fn agents_are_managed_in_the_dialects_own_words() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let company = &shop.subcompany.node_id;
        let members = shop.reseller.list("members?q=ana").await;
        let ana = json!({
            "id": shop.agent.node_id, "nome": "Ana", "ruolo": "agente", "azienda_padre": company,
            "utenti_assegnati": [members[0]["id"]],
        });
        assert_eq!(
            read(&shop.subcompany, "agent").await,
            json!({ "dati": [ana], "totale": 1, "pagina": 1, "per_pagina": 50 })
        );
        let new = json!({ "nome": "Bruno", "ruolo": "agente", "email": "bruno@acme.test" });
        let made = admin(&shop.subcompany, Method::POST, "agent", &new)
            .await
            .expect(201)
            .json();
        let bruno = json!({
            "id": made["id"], "nome": "Bruno", "ruolo": "agente", "azienda_padre": company,
            "utenti_assegnati": [],
        });
        assert_eq!(made, bruno);
        let at = format!("agent/{}", made["id"].as_str().unwrap());
        assert_eq!(read(&shop.reseller, &at).await, bruno);
        let found = read(&shop.subcompany, "agent/?q=brun").await;
        assert_eq!(found["dati"], json!([bruno]));
        let renamed = admin(
            &shop.subcompany,
            Method::PATCH,
            &at,
            &json!({ "nome": "Bruna" }),
        )
        .await;
        assert_eq!(renamed.expect(200).json()["nome"], "Bruna");
        let bad = json!({ "nome": "Bruno", "email": "nessuno" });
        let answer = admin(&shop.subcompany, Method::POST, "agent", &bad).await;
        refused(&answer, 422, "INVALID_FIELDS");

        // Another place is no agent; and an agent sees itself, but no members.
        let customer = format!("/api/admin/agent/{}", shop.customer.node_id);
        refused(&shop.subcompany.get(&customer).await, 404, "NOT_FOUND");
        let own = read(&shop.agent, "agent").await;
        assert_eq!(ids(&own), [shop.agent.node_id.as_str()]);
        assert_eq!(own["dati"][0]["utenti_assegnati"], json!([]));
        // An agent holds no agents.
        let below = json!({ "nome": "Sotto" });
        let answer = admin(&shop.agent, Method::POST, "agent", &below).await;
        refused(&answer, 409, "TREE_RULE");
    });
}
