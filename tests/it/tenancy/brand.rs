//! White label: what places say of themselves, who sees it when, and what is never served.

use alvara_tests::{Actor, Answer, each_app};
use reqwest::Method;
use serde_json::{Value, json};

/// A drawing with everything in it that must not come out again.
const HOSTILE: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10' onload='alert(1)'>\
    <script>alert(1)</script><a href='javascript:alert(2)'><path d='M0 0'/></a>\
    <path fill='#1d4ed8' d='M0 0h10v10z' onclick='alert(3)'/></svg>";

fn brand(node: &str) -> String {
    format!("nodes/{node}/brand")
}

/// Writes a draft on top of whatever is there, and publishes it.
async fn publish(who: &Actor, node: &str, values: &Value) -> Answer {
    let written = who.put(&brand(node), values).header("if-match", "*");
    let _ = written.await.expect(200);
    let path = format!("{}/publication", brand(node));
    who.post(&path, &json!({})).await.expect(200)
}

async fn send(who: &Actor, node: &str, picture: &str, bytes: &[u8]) -> Answer {
    let path = format!("{}/pictures/{picture}", brand(node));
    who.ask(Method::PUT, &path)
        .bytes("application/octet-stream", bytes)
        .header("if-match", "*")
        .await
}

/// A PNG of one colour, with a comment that is nobody's business.
fn png(side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Rgb);
    let comment = ("Comment".to_owned(), "from the desk of Ana".to_owned());
    encoder.add_text_chunk(comment.0, comment.1).unwrap();
    let mut writer = encoder.write_header().unwrap();
    let pixels = vec![0x7f; (side * side * 3) as usize];
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

// R-TEN-04
#[test]
fn a_brand_shows_once_it_is_published_and_only_at_its_own_host() {
    each_app(async |app| {
        let (acme, bella) = (app.shop("acme").await, app.shop("bella").await);
        let root = acme.reseller.node_id.clone();
        let style = async |host: &str| app.nobody(host).get("/brand.css").await.expect(200);
        let (plain, other) = (
            style("acme.localhost").await,
            style("bella.localhost").await,
        );
        assert_eq!(
            plain.header("content-type"),
            Some("text/css; charset=utf-8")
        );
        assert_eq!(plain.header("x-content-type-options"), Some("nosniff"));
        let said = json!({ "trade_name": "Acme Licenças", "primary": "#ffd400", "radius": 3, "scheme": "dark" });
        let draft = acme
            .reseller
            .put(&brand(&root), &said)
            .header("if-match", "*");
        let draft = draft.await.expect(200);
        assert_eq!(draft.json()["is_changed"], true);
        assert_eq!(draft.json()["effective"]["light"]["brand"], "#ffd400");
        assert_eq!(style("acme.localhost").await.body(), plain.body());
        let path = format!("{}/publication", brand(&root));
        let public = acme.reseller.post(&path, &json!({})).await.expect(200);
        assert_eq!(public.json()["is_changed"], false);
        let shown = style("acme.localhost").await;
        assert!(
            shown.body().contains("color-scheme:dark;--radius:3px"),
            "{shown:?}"
        );
        assert!(shown.body().contains("#ffd400"), "{shown:?}");
        assert_eq!(style("bella.localhost").await.body(), other.body());
        assert_eq!(
            bella
                .reseller
                .get(&brand(&bella.reseller.node_id))
                .await
                .expect(200)
                .json()["effective"]["trade_name"],
            "bella"
        );
        // Held, it is not sent again; changed, it is.
        let tag = shown.header("etag").unwrap().to_owned();
        let again = app
            .nobody("acme.localhost")
            .get("/brand.css")
            .header("if-none-match", &tag);
        let again = again.await.expect(304);
        assert_eq!(again.bytes(), b"");
        let _ = publish(&acme.reseller, &root, &json!({ "primary": "#0f766e" })).await;
        let fresh = app
            .nobody("acme.localhost")
            .get("/brand.css")
            .header("if-none-match", &tag);
        assert!(fresh.await.expect(200).body().contains("#0f766e"));
    });
}

// R-TEN-04
#[test]
fn what_a_place_does_not_say_comes_from_above_and_can_be_taken_back() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (root, below) = (&shop.reseller.node_id, &shop.subcompany.node_id);
        let above = json!({ "trade_name": "Acme Licenças", "support_email": "Help@Acme.test", "primary": "#ff0000" });
        let _ = publish(&shop.reseller, root, &above).await;
        let silent = shop.subcompany.get(&brand(below)).await.expect(200);
        assert_eq!(silent.header("etag"), Some("\"0\""));
        assert_eq!(silent.json()["draft"]["trade_name"], Value::Null);
        assert_eq!(silent.json()["effective"]["trade_name"], "Acme Licenças");
        assert_eq!(silent.json()["effective"]["reply_to"], "help@acme.test");
        let own = shop
            .subcompany
            .put(&brand(below), &json!({ "trade_name": "Sul" }));
        let own = own.if_match(&silent).await.expect(200);
        assert_eq!(own.json()["effective"]["trade_name"], "Sul");
        assert_eq!(own.json()["effective"]["reply_to"], "help@acme.test");
        assert_eq!(
            own.json()["effective"]["light"],
            silent.json()["effective"]["light"]
        );
        let path = format!("{}/publication", brand(below));
        let _ = shop.subcompany.post(&path, &json!({})).await.expect(200);
        // A draft is thrown away and is again what is published.
        let worse = shop
            .subcompany
            .put(&brand(below), &json!({ "trade_name": "Norte" }));
        let _ = worse.header("if-match", "*").await.expect(200);
        let path = format!("{}/draft", brand(below));
        let back = shop.subcompany.delete(&path).await.expect(200);
        assert_eq!(back.json()["draft"]["trade_name"], "Sul");
        assert_eq!(back.json()["is_changed"], false);
        // Who is below says nothing about those above, and agents and customers nothing at all.
        let upwards = shop
            .subcompany
            .put(&brand(root), &json!({}))
            .header("if-match", "*");
        upwards.await.refuse(404, "NOT_FOUND");
        for who in [&shop.agent, &shop.customer] {
            let asked = who
                .put(&brand(&who.node_id), &json!({}))
                .header("if-match", "*");
            asked.await.refuse(403, "FORBIDDEN");
        }
    });
}

// R-TEN-04 R-API-01
#[test]
fn nobody_overwrites_what_another_wrote_meanwhile() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let at = brand(&shop.reseller.node_id);
        let read = shop.reseller.get(&at).await.expect(200);
        let bare = shop.reseller.put(&at, &json!({ "trade_name": "A" })).await;
        bare.refuse(428, "PRECONDITION_REQUIRED");
        let first = shop.reseller.put(&at, &json!({ "trade_name": "A" }));
        let first = first.if_match(&read).await.expect(200);
        let second = shop.reseller.put(&at, &json!({ "trade_name": "B" }));
        second.if_match(&read).await.refuse(412, "STALE_VERSION");
        let logo = shop
            .reseller
            .ask(Method::PUT, &format!("{at}/pictures/logo"))
            .bytes("application/octet-stream", HOSTILE.as_bytes());
        logo.if_match(&read).await.refuse(412, "STALE_VERSION");
        for (method, end) in [(Method::POST, "publication"), (Method::DELETE, "draft")] {
            let late = shop.reseller.ask(method, &format!("{at}/{end}"));
            late.if_match(&read).await.refuse(412, "STALE_VERSION");
        }
        let sure = shop.reseller.post(&format!("{at}/publication"), &json!({}));
        let _ = sure.if_match(&first).await.expect(200);
        let now = shop.reseller.get(&at).await.expect(200);
        assert_eq!(now.json()["effective"]["trade_name"], "A");
    });
}

// R-TEN-04
#[test]
fn a_hostile_picture_is_refused_or_harmless() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let root = shop.reseller.node_id.clone();
        let door = app.nobody("acme.localhost");
        let _ = door.get("/brand/logo").await.expect(404);
        let _ = send(&shop.reseller, &root, "logo", HOSTILE.as_bytes())
            .await
            .expect(200);
        // A draft's is nobody's to see yet but who works on it.
        let _ = door.get("/brand/logo").await.expect(404);
        let draft = shop
            .reseller
            .get(&format!("{}/pictures/logo", brand(&root)))
            .await
            .expect(200);
        let _ = shop
            .reseller
            .post(&format!("{}/publication", brand(&root)), &json!({}))
            .await
            .expect(200);
        let logo = door.get("/brand/logo").await.expect(200);
        assert_eq!(logo.bytes(), draft.bytes());
        assert_eq!(logo.header("content-type"), Some("image/svg+xml"));
        assert_eq!(logo.header("x-content-type-options"), Some("nosniff"));
        let policy = logo.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("sandbox"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        let drawn = logo.body();
        assert!(drawn.contains("M0 0h10v10z"), "{drawn}");
        for word in ["script", "onload", "onclick", "href", "alert"] {
            assert!(!drawn.contains(word), "{word}: {drawn}");
        }
        // On a dark ground it is the same where there is no other.
        assert_eq!(
            door.get("/brand/logo-dark").await.expect(200).bytes(),
            logo.bytes()
        );
        let tag = logo.header("etag").unwrap();
        let _ = door
            .get("/brand/logo")
            .header("if-none-match", tag)
            .await
            .expect(304);
        // At another host there is none.
        let _bella = app.shop("bella").await;
        let _ = app
            .nobody("bella.localhost")
            .get("/brand/logo")
            .await
            .expect(404);

        let _ = send(&shop.reseller, &root, "favicon", &png(32))
            .await
            .expect(200);
        let _ = shop
            .reseller
            .post(&format!("{}/publication", brand(&root)), &json!({}))
            .await
            .expect(200);
        let icon = door.get("/brand/favicon").await.expect(200);
        assert_eq!(icon.header("content-type"), Some("image/png"));
        assert!(!icon.body().contains("Ana"));

        let (long, small) = (png(1025), png(8));
        let refused: [(&str, &[u8]); 8] = [
            ("logo", b"GIF89a\x01\x00\x01\x00"),
            ("logo", b"<html><script>alert(1)</script></html>"),
            (
                "logo",
                b"<!DOCTYPE svg [<!ENTITY a 'a'>]><svg viewBox='0 0 1 1'>&a;</svg>",
            ),
            ("logo", b"\x89PNG\r\n\x1a\nno picture"),
            ("logo", &long),
            ("favicon", &small),
            ("favicon", HOSTILE.as_bytes()),
            ("logo", b""),
        ];
        for (picture, bytes) in refused {
            send(&shop.reseller, &root, picture, bytes)
                .await
                .refuse(422, "INVALID_FIELDS");
        }
        let heavy = vec![b'a'; 256 * 1024 + 1];
        send(&shop.reseller, &root, "logo", &heavy)
            .await
            .refuse(413, "BODY_TOO_LARGE");
        let _ = send(&shop.reseller, &root, "banner", &png(32))
            .await
            .expect(404);
        let typed = shop
            .reseller
            .ask(Method::PUT, &format!("{}/pictures/logo", brand(&root)))
            .bytes("text/html", png(32))
            .header("if-match", "*");
        let _ = typed.await.expect(415);
        // Taken away and published, it is gone, and so are its bytes.
        for picture in ["logo", "favicon"] {
            let path = format!("{}/pictures/{picture}", brand(&root));
            let _ = shop.reseller.delete(&path).await.expect(200);
        }
        let _ = shop
            .reseller
            .post(&format!("{}/publication", brand(&root)), &json!({}))
            .await
            .expect(200);
        let _ = door.get("/brand/logo").await.expect(404);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM brand_files"), 0);
    });
}

// R-TEN-04
#[test]
fn what_cannot_be_shown_is_not_written() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let at = brand(&shop.reseller.node_id);
        for (values, pointer) in [
            (json!({ "primary": "yellow" }), "/primary"),
            (json!({ "radius": 17 }), "/radius"),
            (json!({ "scheme": "purple" }), "/scheme"),
            (json!({ "website": "javascript:alert(1)" }), "/website"),
            (json!({ "support_email": "nobody" }), "/support_email"),
            (
                json!({ "reply_to": "a@b.test\r\nBcc: c@d.test" }),
                "/reply_to",
            ),
            (json!({ "locale": "xx" }), "/locale"),
            (json!({ "sender_name": "" }), "/sender_name"),
            (
                json!({ "wording": { "it": { "no-such-message": "x" } } }),
                "/wording/it/no-such-message",
            ),
            (
                json!({ "wording": { "it": { "mail-greeting": "Ciao" } } }),
                "/wording/it/mail-greeting",
            ),
        ] {
            let asked = shop.reseller.put(&at, &values).header("if-match", "*");
            let answer = asked.await;
            assert_eq!(answer.status, 422, "{values}: {answer:?}");
            assert_eq!(answer.pointers(), [pointer], "{values}");
        }
        let long = "Termos.\n\n".repeat(2_000);
        let said = json!({
            "terms": long, "wording": { "it": { "mail-greeting": "Caro { $name }," } },
        });
        let written = shop.reseller.put(&at, &said).header("if-match", "*");
        let written = written.await.expect(200).json();
        assert_eq!(written["draft"]["terms"], long.trim());
        assert_eq!(
            written["draft"]["wording"]["it"]["mail-greeting"],
            "Caro { $name },"
        );
    });
}

// R-TEN-04 R-OPS-01
#[test]
fn a_proxy_gets_certificates_for_names_of_active_tenants_only() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let hosts = format!("tenants/{}/hosts", shop.reseller.tenant_id);
        let own = json!({ "host": "licenses.acme.example" });
        let _ = app.operator().post(&hosts, &own).await.expect(201);
        let ask = |name: &str| {
            let path = format!("/internal/tls-ask?domain={name}");
            app.nobody("localhost").get(&path)
        };
        for name in ["licenses.acme.example", "acme.localhost", "localhost"] {
            let _ = ask(name).await.expect(200);
        }
        for name in [
            "other.example",
            "nobody.localhost",
            "x.acme.localhost",
            "127.0.0.1",
            "licenses.acme.example:443",
            "",
        ] {
            let _ = ask(name).await.expect(404);
        }
        // Passed on for somebody, it is no question of the proxy's own.
        let passed = ask("acme.localhost").header("x-forwarded-for", "203.0.113.9");
        let _ = passed.await.expect(404);
        let suspension = format!("tenants/{}/suspension", shop.reseller.tenant_id);
        let _ = app
            .operator()
            .post(&suspension, &json!({}))
            .await
            .expect(200);
        let _ = ask("licenses.acme.example").await.expect(404);
        let _ = ask("acme.localhost").await.expect(404);
    });
}
