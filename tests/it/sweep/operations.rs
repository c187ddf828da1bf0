//! Every operation, called by those who may not.

use alvara_tests::{Actor, Shop, TestApp, each_app};
use reqwest::Method;
use serde_json::{Value, json};

use super::document::{Document, Door, Operation, Specimens};

/// Operations that need no permission but a signed-in caller: they concern the caller alone.
pub(crate) const ONES_OWN: &[&str] = &[
    "list_sessions",
    "sign_out",
    "end_session",
    "get_account",
    "change_password",
    "begin_totp",
    "confirm_totp",
    "remove_totp",
    "list_permissions",
];

/// Nouns whose rows hang on a place of the tree. The others belong to the tenant as a whole.
const ON_A_PLACE: &[&str] = &[
    "nodes",
    "members",
    "api-keys",
    "licenses",
    "license-batches",
    "renewal-keys",
    "machines",
    "notices",
    "saved-views",
    "customers",
    "registrations",
    "orders",
    "charges",
    "mandates",
    "invoices",
];

/// Nouns that are the operator's business.
const PLATFORMS: &[&str] = &["tenants", "plugins", "plugin-publishers", "jobs"];

/// What puts a thing away comes after everything else, for then there is nothing to do it to.
const LAST: &[&str] = &["delete_registration", "delete_license", "delete_node"];

/// What is there only once money came, or a bank's file: `payments/receipts.rs` and
/// `payments/returned.rs` ask for it, also as a stranger.
const NEEDS_MONEY: &[&str] = &[
    "decide_quarantined_report",
    "get_remittance_content",
    "get_invoice",
    "get_invoice_pdf",
    "put_fiscal_document",
    "get_return_file",
    "get_return_file_content",
];

/// One of everything, so that every path leads to something that exists.
async fn specimens(app: &TestApp, shop: &Shop) -> Specimens {
    let mut all = Specimens::new();
    let metered = json!({ "meters": [{ "name": "pages", "limit": 5 }] });
    let license = shop.license_of(&metered).await;
    let drawing =
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>"#;
    let logo = format!("nodes/{}/brand/pictures/logo", shop.customer.node_id);
    let _ = shop
        .reseller
        .ask(Method::PUT, &logo)
        .bytes("application/octet-stream", drawing)
        .header("if-match", "*")
        .await
        .expect(200);
    let spare = format!("spare.{}.example", shop.reseller.slug);
    let hosts = format!("tenants/{}/hosts", shop.reseller.tenant_id);
    let also = json!({ "host": spare });
    let _ = app.operator().post(&hosts, &also).await.expect(201);
    let host = shop.reseller.host().to_owned();
    let mut program = app.program(&host, &license.key, "fp-sweep");
    let _ = program.activate().await;
    let plan = json!({
        "policy_id": shop.policy_id, "code": "sweep", "name": "Sweep", "period": "P1Y",
        "price": { "amount_minor": 100, "currency": "EUR" },
    });
    let plan = shop.reseller.post("plans", &plan).await.expect(201).id();
    let wanted = json!({ "plan_id": plan, "node_id": shop.customer.node_id });
    let renewal = shop
        .agent
        .post("renewal-keys", &wanted)
        .await
        .expect(201)
        .text("/items/0/id");
    let batch = json!({ "policy_id": shop.policy_id, "node_id": shop.agent.node_id, "count": 2 });
    let batch = shop
        .agent
        .post("license-batches", &batch)
        .await
        .expect(202)
        .id();
    let module = json!({ "code": "SWEEP", "name": "Sweep", "price": { "amount_minor": 1, "currency": "EUR" } });
    let module = shop
        .reseller
        .post(&format!("products/{}/modules", shop.product_id), &module)
        .await
        .expect(201)
        .id();
    let home = &shop.customer.node_id;
    let quota = format!("nodes/{home}/quotas/{}", shop.product_id);
    let _ = shop
        .reseller
        .put(&quota, &json!({ "total": 1000 }))
        .await
        .expect(200);
    let price = json!({ "price": { "amount_minor": 100, "currency": "EUR" } });
    let _ = shop
        .reseller
        .put(&format!("nodes/{home}/prices/{plan}"), &price)
        .await
        .expect(200);
    let rules = json!([{ "module": "job", "action": "read", "scope": "own", "effect": "allow" }]);
    let role = shop
        .reseller
        .post(
            "roles",
            &json!({ "name": "next to nothing", "rules": rules }),
        )
        .await
        .expect(201)
        .id();
    let key = json!({ "node_id": shop.agent.node_id, "name": "sweep", "role": "agent", "permissions": [] });
    let key = shop
        .subcompany
        .post("api-keys", &key)
        .await
        .expect(201)
        .text("/api_key/id");
    let member = shop.subcompany.list("members?q=carla").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    // A license that went to the customer left a notice there.
    let stock = shop.agent.issue(&shop.policy_id, &shop.agent.node_id).await;
    let there = json!({ "node_id": shop.customer.node_id, "machines": "keep" });
    let _ = shop
        .agent
        .post(&format!("licenses/{}/transfers", stock.id), &there)
        .await
        .expect(200);
    let notice = shop.customer.list("notices").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let view = json!({ "list": "licenses", "name": "Sweep", "filters": { "status": "active" } });
    let view = shop
        .reseller
        .post("saved-views", &view)
        .await
        .expect(201)
        .id();
    let person = json!({ "name": "Beatriz" });
    let customer = format!("customers/{}", shop.customer.node_id);
    let contact = shop
        .agent
        .post(&format!("{customer}/contacts"), &person)
        .await
        .expect(201)
        .id();
    let site = shop
        .agent
        .post(&format!("{customer}/sites"), &json!({ "name": "Matriz" }))
        .await
        .expect(201)
        .id();
    let order = json!({ "customer": shop.customer.node_id, "lines": [{ "plan_id": plan }] });
    let order = shop.agent.post("orders", &order).await.expect(201).id();
    app.install_plugin("pix", &shop.reseller.slug, "127.0.0.1:1")
        .await;
    let plugins = app.operator().list("plugins").await;
    let publisher =
        json!({ "name": "Sweep", "public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" });
    let trusted = app.operator().post("plugin-publishers", &publisher).await;
    let fingerprint = match trusted.status {
        201 => trusted.text("/fingerprint"),
        _ => app.operator().list("plugin-publishers").await[0]["fingerprint"]
            .as_str()
            .unwrap()
            .to_owned(),
    };
    let account = json!({ "name": "Sweep", "plugin": "pix", "plugin_version": "1.0.0", "environment": "sandbox" });
    let account = shop
        .reseller
        .post("payment-accounts?check=skip", &account)
        .await
        .expect(201)
        .id();
    let web = json!({
        "name": "Sweep", "kind": "fastspring", "secret": "a secret of the shop",
        "node_id": shop.subcompany.node_id,
    });
    let web = shop
        .reseller
        .post("shop-accounts", &web)
        .await
        .expect(201)
        .id();
    let good = format!("shop-accounts/{web}/skus/sweep");
    let _ = shop
        .reseller
        .put(&good, &json!({ "plan_id": plan }))
        .await
        .expect(200);
    let share = json!({ "percent": 10 });
    let _ = shop
        .reseller
        .put(&format!("commission-rules/{home}"), &share)
        .await
        .expect(200);
    let limit = json!({ "limit": { "amount_minor": 100, "currency": "EUR" }, "days": 28 });
    let _ = shop
        .reseller
        .put(&format!("nodes/{home}/credit-limit"), &limit)
        .await
        .expect(200);
    // Its settings lead nowhere, so it comes to nothing; but it is there.
    let pays = json!({ "method": "pix", "payment_account": account });
    let charge = shop
        .agent
        .post(&format!("orders/{order}/charges"), &pays)
        .once("sweep")
        .await
        .expect(201)
        .id();
    // The same for a mandate, of a license of its own: it is refused, and it is there.
    let known = json!({ "tax_id": "451.646.324-54", "email": "carla@casa.test" });
    let _ = shop
        .agent
        .patch(&customer, &known)
        .header("if-match", "*")
        .await
        .expect(200);
    // What is ordered on credit is told of by mail.
    let owed = json!({
        "customer": shop.customer.node_id, "lines": [{ "plan_id": plan }], "terms": "deferred",
    });
    let _ = shop.agent.post("orders", &owed).await.expect(201);
    let mail = shop.reseller.list("mails").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let renewed = shop.license().await;
    let _ = app
        .program(&host, &renewed.key, "fp-renewed")
        .activate()
        .await;
    let permits = json!({
        "method": "pix", "payment_account": account, "plan_id": plan, "first_payment": "at_renewal",
    });
    let mandate = shop
        .agent
        .post(&format!("licenses/{}/mandates", renewed.id), &permits)
        .await
        .expect(201)
        .id();
    for (noun, id) in [
        ("plugins", plugins[0]["id"].as_str().unwrap().to_owned()),
        ("{plugin}", "pix".to_owned()),
        ("plugin-publishers", fingerprint),
        ("orders", order),
        ("charges", charge),
        ("mandates", mandate),
        ("payment-accounts", account),
        ("shop-accounts", web),
        ("{sku}", "sweep".to_owned()),
        ("commission-rules", home.clone()),
        ("customers", shop.customer.node_id.clone()),
        ("contacts", contact),
        ("sites", site),
        ("registrations", registration(app, shop).await),
        ("notices", notice),
        ("saved-views", view),
        ("mails", mail),
        ("jobs", job(app, shop)),
        ("licenses", license.id),
        ("machines", program.machine_id.clone()),
        ("activations", program.machine_id),
        ("nodes", shop.customer.node_id.clone()),
        ("products", shop.product_id.clone()),
        ("policies", shop.policy_id.clone()),
        ("plans", plan.clone()),
        ("prices", plan),
        ("quotas", shop.product_id.clone()),
        ("meters", "pages".to_owned()),
        ("{code}", "SWEEP".to_owned()),
        ("{picture}", "logo".to_owned()),
        ("renewal-keys", renewal),
        ("license-batches", batch),
        ("modules", module),
        ("roles", role),
        ("api-keys", key),
        ("members", member),
        ("tenants", shop.reseller.tenant_id.clone()),
        ("hosts", format!("{}.localhost", shop.reseller.slug)),
        ("{own_host}", spare),
        ("offers", shop.product_id.clone()),
        ("sessions", "0".repeat(16)),
        ("alvara", "writer".to_owned()),
        // Nothing was paid, so nothing was written about it.
        ("invoices", "inv_01JABCDEFGHJKMNPQRSTVWXYZ0".to_owned()),
        ("remittances", "rem_01JABCDEFGHJKMNPQRSTVWXYZ0".to_owned()),
        (
            "quarantined-reports",
            "qrp_01JABCDEFGHJKMNPQRSTVWXYZ0".to_owned(),
        ),
        ("return-files", "rtf_01JABCDEFGHJKMNPQRSTVWXYZ0".to_owned()),
        // Of a license that neither floats nor names users: that is said before they are looked for.
        ("seats", "sea_01JABCDEFGHJKMNPQRSTVWXYZ0".to_owned()),
        ("users", "carla@example.test".to_owned()),
    ] {
        all.insert(noun, id);
    }
    all
}

/// Work for later in the name of the tenant.
fn job(app: &TestApp, shop: &Shop) -> String {
    let tenant = &shop.reseller.tenant_id;
    let id = app.database().sql(&format!(
        "SELECT id FROM jobs WHERE tenant_id = '{tenant}' ORDER BY id LIMIT 1"
    ));
    assert!(id.starts_with("job_"), "{id}");
    id
}

/// A program that registered itself and waits.
async fn registration(app: &TestApp, shop: &Shop) -> String {
    let rule = json!({ "mode": "approval", "policy_id": shop.policy_id });
    let path = format!("products/{}/registration-rule", shop.product_id);
    let _ = shop
        .reseller
        .put(&path, &rule)
        .header("if-match", "*")
        .await
        .expect(200);
    let program = json!({ "product": "writer", "machine": { "fingerprint": "fp-registers" } });
    app.nobody(shop.reseller.host())
        .post("registrations", &program)
        .await
        .expect(202)
        .id()
}

/// Somebody whose role allows next to nothing.
async fn powerless(shop: &Shop, own: &Specimens) -> Actor {
    shop.reseller
        .recruit(&shop.reseller.node_id, &own["roles"], "Pia")
        .await
}

// R-TEN-01 R-TEN-03 R-API-01
#[test]
fn nobody_and_the_wrong_role_are_refused_everywhere() {
    each_app(async |app| {
        let document = Document::fetch(app).await;
        let shop = app.shop("acme").await;
        let own = specimens(app, &shop).await;
        let powerless = powerless(&shop, &own).await;
        let nobody = app.nobody("acme.localhost");
        let before = state(app);
        let mut wrong = Vec::new();
        for operation in document.operations() {
            let door = document.door(&operation);
            if door == Door::Open || door == Door::Client {
                continue;
            }
            let answer = document.call(&nobody, &operation, &own, &own).await;
            if answer.status != 401 {
                wrong.push(format!("nobody: {answer:?}"));
            }
            if door == Door::Bearer && !ONES_OWN.contains(&operation.id.as_str()) {
                let answer = document.call(&powerless, &operation, &own, &own).await;
                if answer.status != 403 {
                    wrong.push(format!("the wrong role: {answer:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(state(app), before, "something changed");
    });
}

// R-TEN-01
#[test]
fn another_tenant_finds_nothing_anywhere() {
    each_app(async |app| {
        let document = Document::fetch(app).await;
        let (acme, bella) = (app.shop("acme").await, app.shop("bella").await);
        let (target, own) = (specimens(app, &acme).await, specimens(app, &bella).await);
        let before = state(app);
        let mut wrong = Vec::new();
        for operation in document
            .operations()
            .iter()
            .filter(|one| document.door(one) == Door::Bearer)
        {
            if !operation.names_a_thing() || ONES_OWN.contains(&operation.id.as_str()) {
                continue;
            }
            let answer = document
                .call(&bella.reseller, operation, &target, &own)
                .await;
            // What is the operator's alone is forbidden before anything is looked for.
            let platforms = PLATFORMS.contains(&operation.noun()) && answer.status == 403;
            if answer.status != 404 && !platforms {
                wrong.push(format!("at her own door: {answer:?}"));
            }
            let missing = document
                .call(&bella.reseller, operation, &missing(&target), &own)
                .await;
            if missing.bytes() != answer.bytes() && !platforms {
                wrong.push(format!(
                    "{answer:?}\n  differs from a missing one: {missing:?}"
                ));
            }
            let there = app.bearing("acme.localhost", &bella.reseller.secret().await);
            let answer = document.call(&there, operation, &target, &own).await;
            if answer.status != 401 {
                wrong.push(format!("at acme's door: {answer:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(state(app), before, "something changed");
    });
}

// R-TEN-01 R-TEN-03
#[test]
fn a_sibling_place_finds_nothing_that_hangs_elsewhere() {
    each_app(async |app| {
        let document = Document::fetch(app).await;
        let shop = app.shop("acme").await;
        let target = specimens(app, &shop).await;
        let sul = shop.reseller.node("subcompany", "Sul").await;
        let sibling = shop
            .reseller
            .recruit(&sul, "subcompany_admin", "Silvio")
            .await;
        let mut own = target.clone();
        own.insert("nodes", sul);
        let before = state(app);
        let mut wrong = Vec::new();
        for operation in document
            .operations()
            .iter()
            .filter(|one| document.door(one) == Door::Bearer)
        {
            let hangs = ON_A_PLACE.contains(&operation.noun());
            if hangs && operation.names_a_thing() {
                let answer = document.call(&sibling, operation, &target, &own).await;
                if answer.status != 404 {
                    wrong.push(format!("{answer:?}"));
                }
            } else if hangs && operation.reads() {
                for item in sibling.list(operation.noun()).await {
                    if target.values().any(|id| item["id"] == id.as_str()) {
                        wrong.push(format!("listed to a sibling: {item}"));
                    }
                }
            } else if !operation.reads()
                && operation.names_a_thing()
                && !ONES_OWN.contains(&operation.id.as_str())
            {
                // The catalogue is everybody's to read and the whole tenant's to change.
                let answer = document.call(&sibling, operation, &target, &own).await;
                if answer.status != 403 {
                    wrong.push(format!("{answer:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(state(app), before, "something changed");
    });
}

/// Without this the three above could pass by asking for nothing that exists: whoever may, does.
// R-API-01
#[test]
fn whoever_may_gets_through_with_the_very_same_requests() {
    each_app(async |app| {
        let document = Document::fetch(app).await;
        let shop = app.shop("acme").await;
        let own = specimens(app, &shop).await;
        app.run_jobs().await;
        // What the operator offers is the operator's: one product is offered already, one is not.
        let operator = app.operator();
        let (offered, spare) = (
            operator.quick_product("offered").await,
            operator.quick_product("spare").await,
        );
        let offer =
            json!({ "product_id": offered, "wholesale": { "amount_minor": 1, "currency": "EUR" } });
        let offers = format!("tenants/{}/offers", shop.reseller.tenant_id);
        let _ = operator.post(&offers, &offer).await.expect(201);
        let mut operators = own.clone();
        operators.insert("offers", offered);
        operators.insert("products", spare);
        let mut operations: Vec<Operation> = document.operations();
        // What ends a thing comes after what looks at it, and what shuts out the tenant last.
        operations.sort_by_key(|one| {
            let ends = one.method == "DELETE" || one.id.starts_with("revoke");
            let last = LAST.contains(&one.id.as_str());
            (!one.reads(), one.noun() == "tenants", last, ends)
        });
        let mut wrong = Vec::new();
        for operation in operations
            .iter()
            .filter(|one| document.door(one) == Door::Bearer)
        {
            let id = operation.id.as_str();
            if ONES_OWN.contains(&id) || NEEDS_MONEY.contains(&id) {
                continue;
            }
            let platforms =
                PLATFORMS.contains(&operation.noun()) || operation.id.contains("tenant");
            let who = if platforms {
                app.operator()
            } else {
                shop.reseller.admin()
            };
            let things = if platforms { &operators } else { &own };
            let answer = document.call(&who, operation, things, things).await;
            if matches!(answer.status, 400 | 401 | 403 | 404 | 405 | 415) {
                wrong.push(format!("{}: {answer:?}", operation.id));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// The same things, none of which exists.
fn missing(target: &Specimens) -> Specimens {
    let none = |id: &String| match id.split_once('_') {
        Some((prefix, _)) => format!("{prefix}_01JABCDEFGHJKMNPQRSTVWXYZ0"),
        None => format!("no-{id}"),
    };
    // A word of the contract, not the name of a thing: there is no other one to ask for.
    let word = |noun: &str| noun == "{picture}";
    target
        .iter()
        .map(|(noun, id)| (*noun, if word(noun) { id.clone() } else { none(id) }))
        .collect()
}

/// How much there is of everything that a request could change.
fn state(app: &TestApp) -> Value {
    let count = |table: &str| {
        app.database()
            .count(&format!("SELECT COUNT(*) FROM {table}"))
    };
    let audited = app.database().count(
        "SELECT COUNT(*) FROM audit_entries WHERE action NOT LIKE 'session%' AND action NOT LIKE 'sign_in%'",
    );
    json!({
        "audit": audited, "events": count("events"), "licenses": count("licenses"), "nodes": count("nodes"),
        "members": count("members"), "machines": count("machines"), "jobs": count("jobs"),
        "active": app.database().count("SELECT COUNT(*) FROM licenses WHERE state = 'active'"),
    })
}
