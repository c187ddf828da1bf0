//! What anybody may do without signing in.

use alvara_tests::post::Post;
use alvara_tests::{Browser, Setting, TestApp, each_database, one_app};
use serde_json::json;

/// What stands between two texts of a page.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = page
        .split_once(from)
        .unwrap_or_else(|| panic!("{from}: {page}"));
    rest.split_once(to)
        .unwrap_or_else(|| panic!("{to}: {rest}"))
        .0
}

// R-LIC-06: somebody carries texts between a machine without network and a page.
#[test]
fn an_offline_machine_is_activated_and_released_by_hand() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        let carrier = Browser::visit(app, "acme");
        let _ = carrier.get("/activate").await.expect(200);
        let request = remote.request();
        let fields = [("text", request.as_str())];
        let page = carrier
            .submit("/activate", &fields)
            .await
            .expect(200)
            .body();
        let response = between(&page, "<textarea readonly", "</textarea>");
        let (_, response) = response.split_once('>').unwrap();
        remote.take(response);
        // The file holds the same machine, and no second seat is taken.
        let file = carrier
            .submit("/activate/response.pem", &fields)
            .await
            .expect(200);
        assert_eq!(file.header("content-type"), Some("application/x-pem-file"));
        let machine = remote.machine_id.clone();
        remote.take(&file.body());
        assert_eq!(remote.machine_id, machine);
        let seen = shop.agent.get(&format!("licenses/{}", license.id)).await;
        assert_eq!(seen.expect(200).json()["machines_used"], 1);

        // The file that the program wrote does as well, and goes before what was typed.
        let typed = [("text", "see the file")];
        let file = ("file", "request.pem", request.as_bytes());
        let page = carrier.upload("/activate", &typed, file).await.expect(200);
        let page = page.body();
        let response = between(&page, "<textarea readonly", "</textarea>");
        remote.take(response.split_once('>').unwrap().1);
        assert_eq!(remote.machine_id, machine);

        let receipt = remote.receipt();
        let file = ("file", "receipt.pem", receipt.as_bytes());
        let freed = carrier.upload("/release", &[], file).await.expect(303);
        assert_eq!(
            freed.header("location"),
            Some("/release?done=offline-released")
        );
        let fields = [("text", receipt.as_str())];
        let again = carrier.submit("/release", &fields).await.expect(303);
        assert_eq!(
            again.header("location"),
            Some("/release?done=offline-released-before")
        );
        let seen = shop.agent.get(&format!("licenses/{}", license.id)).await;
        assert_eq!(seen.expect(200).json()["machines_used"], 0);
    });
}

// R-LIC-06: what is no request stays in its field, with what is wrong.
#[test]
fn a_text_that_is_no_request_is_given_back() {
    one_app(async |app| {
        let _ = app.shop("acme").await;
        let carrier = Browser::visit(app, "acme");
        let refused = carrier
            .submit("/activate", &[("text", "my <b>key</b>")])
            .await;
        assert!(matches!(refused.status, 400 | 422), "{refused:?}");
        let page = refused.body();
        assert!(page.contains("my &lt;b&gt;key&lt;/b&gt;"), "{page}");
        assert!(page.contains("aria-invalid=\"true\""), "{page}");
        // A file that is no text is refused like one that says something else.
        for (bytes, seen) in [
            (&b"%PDF-1.7"[..], "%PDF-1.7"),
            (&b"\xff\0"[..], "\u{fffd}\u{fffd}"),
        ] {
            let sent = carrier
                .upload("/activate", &[], ("file", "a.pem", bytes))
                .await;
            assert!(matches!(sent.status, 400 | 422), "{sent:?}");
            assert!(sent.body().contains(seen), "{sent:?}");
        }
        let filled = carrier
            .get("/activate?request=brought")
            .await
            .expect(200)
            .body();
        assert!(filled.contains(">brought</textarea>"), "{filled}");
    });
}

// R-TEN-09: who registers waits, and learns nothing of who is known.
#[test]
fn somebody_registers_and_waits() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let stranger = Browser::visit(app, "acme");
        let fields = [
            ("name", "Beatriz Lima"),
            ("email", "beatriz@aurora.example"),
        ];
        for _ in 0..2 {
            let sent = stranger.submit("/signup", &fields).await.expect(303);
            assert_eq!(
                sent.header("location"),
                Some("/signup?done=signup-received")
            );
        }
        let found = shop.reseller.get("customers?status=pending").await;
        let found = found.expect(200).json();
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
        assert_eq!(found["items"][0]["name"], json!("Beatriz Lima"));
        let wrong = [("name", "Beatriz Lima"), ("email", "nowhere")];
        let page = stranger.submit("/signup", &wrong).await.expect(422).body();
        assert!(page.contains("value=\"nowhere\""), "{page}");
    });
}

// R-LIC-13, R-TEN-09: who wants to try a product says so where there is one to try; the trial waits with
// them until somebody lets them in.
#[test]
fn somebody_asks_for_a_trial_and_waits() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let stranger = Browser::visit(app, "acme");
        // Nothing can be tried yet, and no product is offered to who registers.
        let _ = stranger.get("/trial").await.expect(404);
        let page = stranger.get("/signup").await.expect(200).body();
        assert!(
            !page.contains("name=\"product\"") && !page.contains("/trial"),
            "{page}"
        );
        let trial = json!({ "terms": { "kind": "trial", "duration": "P30D" } });
        let policy = shop.reseller.policy(&shop.product_id, "try", &trial).await;
        let rule = json!({ "mode": "approval", "policy_id": policy });
        let path = format!("products/{}/registration-rule", shop.product_id);
        let put = shop.reseller.put(&path, &rule).header("if-match", "*");
        let _ = put.await.expect(200);

        let page = stranger.get("/signup").await.expect(200).body();
        assert!(
            page.contains("name=\"product\"") && page.contains("href=\"/trial\""),
            "{page}"
        );
        let person = [("name", "Beatriz"), ("email", "beatriz@aurora.example")];
        let page = stranger.submit("/trial", &person).await.expect(422).body();
        assert!(
            page.contains("value=\"Beatriz\"") && page.contains("#f-product"),
            "{page}"
        );
        let wish = [person[0], person[1], ("product", "writer")];
        let sent = stranger.submit("/trial", &wish).await.expect(303);
        assert_eq!(sent.header("location"), Some("/trial?done=signup-received"));
        let waiting = shop.reseller.get("licenses?state=pending").await;
        let waiting = waiting.expect(200).json();
        assert_eq!(waiting["items"][0]["policy_id"], json!(policy), "{waiting}");
    });
}

// R-TEN-09: lost keys go to the customer's own address, and nobody learns whether it is known.
#[test]
fn lost_keys_are_mailed_to_the_customer_alone() {
    each_database(async |database| {
        let post = Post::open();
        let setting = Setting {
            mail: Some(post.settings()),
            ..Setting::default()
        };
        let app = TestApp::start_with(database, setting).await;
        let shop = app.shop("acme").await;
        let customer = json!({
            "parent_id": shop.agent.node_id, "name": "Aurora", "person": "company",
            "email": "office@aurora.example",
        });
        let home = shop
            .agent
            .post("customers", &customer)
            .await
            .expect(201)
            .id();
        let license = shop.agent.issue(&shop.policy_id, &home).await;
        let stranger = Browser::visit(&app, "acme");
        for email in [
            "nobody@aurora.example",
            "office@aurora.example",
            "Office@aurora.example",
        ] {
            let sent = stranger
                .submit("/my-keys", &[("email", email)])
                .await
                .expect(303);
            assert_eq!(sent.header("location"), Some("/my-keys?done=keys-sent"));
        }
        app.run_jobs().await;
        let mails = post.taken();
        assert_eq!(mails.len(), 1, "one an hour: {mails:?}");
        assert_eq!(mails[0].to, ["office@aurora.example"]);
        assert!(mails[0].text.contains(&license.key), "{}", mails[0].text);
        let wrong = stranger.submit("/my-keys", &[("email", "nowhere")]).await;
        assert!(wrong.expect(422).body().contains("value=\"nowhere\""));
        app.finish().await;
    });
}
