//! A desktop program in Node.js that lives through activation, work without a network, checks,
//! expiry and renewal. It shares no line with the platform.

use alvara_tests::strangers::node;
use alvara_tests::{TestApp, each_app};
use serde_json::{Value, json};

// R-API-02 R-LIC-08 R-LIC-09
#[test]
fn a_desktop_program_lives_through_a_year() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let product = shop.reseller.product("desk").await;
        let policy = shop
            .reseller
            .policy(&product, "hybrid", &json!({ "preset": "hybrid" }))
            .await;
        let license = shop.agent.issue(&policy, &shop.customer.node_id).await;
        let plan = json!({
            "policy_id": policy, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 19_900, "currency": "BRL" },
        });
        let plan = shop.reseller.post("plans", &plan).await.expect(201).id();
        let wanted = json!({ "plan_id": plan, "node_id": shop.customer.node_id });
        let renewal = shop
            .agent
            .post("renewal-keys", &wanted)
            .await
            .expect(201)
            .text("/items/0/key");
        let pem = app
            .nobody("acme.localhost")
            .get("/.well-known/alvara/desk/key.pem")
            .await
            .expect(200)
            .body();
        std::fs::write(app.database().folder().join("vendor.pem"), pem).unwrap();

        let run = async |verb: &str, more: &[&str]| desktop(app, verb, more).await;
        assert_eq!(run("start", &[]).await["reason"], "NOT_ACTIVATED");
        let activated = run("activate", &["--key", &license.key]).await;
        assert_eq!(activated["status"], "activated", "{activated}");

        // Within a week it asks nobody.
        app.advance(6);
        let started = run("start", &["--offline"]).await;
        assert_eq!(
            (&started["status"], &started["mode"]),
            (&json!("running"), &json!("offline")),
            "{started}"
        );
        // Then it wants to ask, and may go on for thirty days when it cannot.
        app.advance(2);
        let started = run("start", &["--offline"]).await;
        assert_eq!(
            (&started["mode"], &started["graceDaysLeft"]),
            (&json!("grace"), &json!(29)),
            "{started}"
        );
        app.advance(30);
        assert_eq!(
            run("start", &["--offline"]).await["reason"],
            "CHECK_OVERDUE"
        );
        // With the network back, one check opens the next window.
        let started = run("start", &[]).await;
        assert_eq!(
            (&started["status"], &started["mode"]),
            (&json!("running"), &json!("online")),
            "{started}"
        );
        assert_eq!(run("start", &["--offline"]).await["mode"], "offline");

        // Its key expires by itself, network or not.
        app.advance(330);
        assert_eq!(
            run("start", &["--offline"]).await["reason"],
            "LICENSE_EXPIRED"
        );
        let expired = run("start", &[]).await;
        assert_eq!(
            (&expired["reason"], &expired["mode"]),
            (&json!("LICENSE_EXPIRED"), &json!("online")),
            "{expired}"
        );
        let renewed = run("renew", &["--key", &renewal]).await;
        assert_eq!(renewed["status"], "renewed", "{renewed}");
        let started = run("start", &[]).await;
        assert_eq!(
            (&started["status"], &started["daysRemaining"]),
            (&json!("running"), &json!(366)),
            "{started}"
        );
        assert_eq!(run("renew", &["--key", &renewal]).await["http"], 409);

        // Suspended meanwhile, it hears so when it asks.
        let _ = shop
            .agent
            .post(&format!("licenses/{}/suspension", license.id), &json!({}))
            .await
            .expect(200);
        app.advance(8);
        let stopped = run("start", &[]).await;
        assert_eq!(stopped["reason"], "LICENSE_SUSPENDED", "{stopped}");
        assert_eq!(run("update", &[]).await["http"], 404);
    });
}

/// Runs the program with its own clock at the platform's instant.
async fn desktop(app: &TestApp, verb: &str, more: &[&str]) -> Value {
    let folder = app.database().folder();
    let place = |name: &str| folder.join(name).display().to_string();
    let mut arguments: Vec<String> = vec![verb.to_owned()];
    for (flag, value) in [
        ("--base", format!("{}/api", app.base_url())),
        ("--host", "acme.localhost".to_owned()),
        ("--store", place("store.json")),
        ("--pem", place("vendor.pem")),
        ("--machine", "PC-0001".to_owned()),
        ("--now", app.now().to_string()),
    ] {
        arguments.extend([flag.to_owned(), value]);
    }
    arguments.extend(more.iter().map(|word| (*word).to_owned()));
    // The platform answers on threads of its own while this one waits for Node.js.
    tokio::task::spawn_blocking(move || {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        node("hybrid_desktop.mjs", &words)
    })
    .await
    .unwrap()
}
