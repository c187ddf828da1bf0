//! Paying by a link, without signing in.

use alvara_domain::civil_date::CivilDate;
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_tests::bank::Bank;
use alvara_tests::picture::read_svg;
use alvara_tests::strangers::icalendar_reads;
use alvara_tests::{Browser, Setting, Shop, TestApp, each_database};
use serde_json::json;

/// A shop that sells a yearly license by PIX, and its bank.
struct Till {
    shop: Shop,
    license: String,
}

fn each_till(scenario: impl AsyncFn(&TestApp, &Bank, &Till)) {
    each_database(async |database| {
        let bank = Bank::open();
        let setting = Setting {
            plugins: bank.gateway(),
            ..Setting::default()
        };
        let app = TestApp::start_with(database, setting).await;
        bank.follow(&app).await;
        let shop = app.shop("acme").await;
        app.install_plugin("pix", "acme", &bank.host()).await;
        let account = shop.reseller.post("payment-accounts", &bank.pix_account());
        let account = account.await.expect(201).id();
        bank.tell_pix_to(&app, "acme", &account).await;
        let plan = json!({
            "policy_id": shop.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 19_900, "currency": "BRL" },
        });
        let _ = shop.reseller.post("plans", &plan).await.expect(201);
        let license = shop.license().await;
        let mut program = app.program("acme.localhost", &license.key, "fp-till");
        let _ = program.activate().await;
        let till = Till {
            shop,
            license: license.id,
        };
        scenario(&app, &bank, &till).await;
        app.finish().await;
    });
}

/// What stands between two texts of a page.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = page
        .split_once(from)
        .unwrap_or_else(|| panic!("{from}: {page}"));
    rest.split_once(to)
        .unwrap_or_else(|| panic!("{to}: {rest}"))
        .0
}

impl Till {
    /// The link by which the customer's renewal is paid.
    async fn link(&self) -> String {
        let carla = Browser::sign_in(&self.shop.customer).await;
        let path = format!("/licenses/{}/renewal", self.license);
        let led = carla.submit(&path, &[]).await.expect(303);
        led.header("location").unwrap().to_owned()
    }

    async fn expiry(&self) -> String {
        let license = format!("licenses/{}", self.license);
        let seen = self.shop.agent.get(&license).await.expect(200).json();
        seen["expires_at"].as_str().unwrap().to_owned()
    }
}

// R-PAY-05 R-PAY-06
#[test]
fn a_license_is_renewed_by_pix_without_signing_in() {
    each_till(async |app, bank, till| {
        let before = till.expiry().await;
        let link = till.link().await;
        assert_eq!(link.len(), "/pay/".len() + 71, "{link}");
        // Asked for again it is the same order, whose link is another.
        assert_ne!(till.link().await, link);
        let orders = till.shop.reseller.get("orders").await.expect(200).json();
        assert_eq!(orders["items"].as_array().unwrap().len(), 1, "{orders}");

        let payer = Browser::visit(app, "acme");
        let answer = payer.get(&link).await.expect(200);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"));
        let page = answer.body();
        assert!(page.contains("199"), "{page}");
        assert!(page.contains("C•••") && !page.contains("Carla"), "{page}");
        assert!(
            !page.contains("data-await"),
            "nothing is awaited yet: {page}"
        );

        let calendar = format!("{link}/calendar.ics");
        assert!(
            !page.contains(&calendar),
            "nothing was extended yet: {page}"
        );
        let _ = payer.get(&calendar).await.expect(404);

        // Sent twice it is charged once.
        let charge = format!("{link}/charge");
        let begun = payer
            .submit(&charge, &[("method", "pix")])
            .await
            .expect(303);
        assert_eq!(
            begun.header("location"),
            Some(format!("{link}?m=pix").as_str())
        );
        let _ = payer
            .submit(&charge, &[("method", "pix")])
            .await
            .expect(303);
        let bills = bank.bills().await;
        assert_eq!(bills.len(), 1, "{bills:?}");

        let page = payer.get(&format!("{link}?m=pix")).await.expect(200).body();
        assert!(
            page.contains(&format!("data-await=\"{link}/events\"")),
            "{page}"
        );
        assert!(page.contains("data-left="), "{page}");
        let code = between(&page, "data-copy=\"", "\"").to_owned();
        assert!(code.starts_with("000201"), "{code}");
        let picture = between(&page, "<img class=\"qr\" src=\"", "\"").to_owned();
        let picture = payer.get(&picture).await.expect(200);
        assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
        assert_eq!(read_svg(&picture.body()), code);

        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        let checked = payer
            .submit(&format!("{link}/check"), &[])
            .await
            .expect(303);
        let place = checked.header("location").unwrap().to_owned();
        assert!(place.ends_with("done=pay-checked"), "{place}");
        let page = payer.get(&place).await.expect(200).body();
        assert_eq!(page.matches("✓").count(), 2, "paid and extended: {page}");
        assert!(!page.contains("/charge\""), "{page}");
        assert_ne!(till.expiry().await, before);
        let receipt = format!("{link}/paper/");
        let id = between(&page, &receipt, ".pdf");
        let pdf = payer.get(&format!("{receipt}{id}.pdf")).await.expect(200);
        assert_eq!(pdf.header("content-type"), Some("application/pdf"));
        assert!(pdf.bytes().starts_with(b"%PDF-"));

        // The new end comes as a file that a calendar takes, without the platform's name.
        assert!(page.contains(&calendar), "{page}");
        let file = payer.get(&calendar).await.expect(200);
        assert!(!file.body().to_lowercase().contains("alvar"), "{file:?}");
        let events = icalendar_reads(file.bytes());
        assert_eq!(events.len(), 1, "{events:?}");
        let end: UtcTime = till.expiry().await.parse().unwrap();
        let there: ZoneName = "America/Sao_Paulo".parse().unwrap();
        assert_eq!(events[0][1], CivilDate::of(end, &there).to_string());
        assert!(events[0][0].starts_with("lic_"), "{events:?}");

        // The customer sees the order without what the machines told each other of it.
        let order = format!("/orders/{}", orders["items"][0]["id"].as_str().unwrap());
        let carla = Browser::sign_in(&till.shop.customer).await;
        let page = carla.get(&order).await.expect(200).body();
        assert!(!page.contains("id=\"history\""), "{page}");
        let admin = Browser::sign_in(&till.shop.reseller.admin()).await;
        let page = admin.get(&order).await.expect(200).body();
        assert!(page.contains("id=\"history\""), "{page}");
    });
}

// R-PAY-05: the page says by itself when it was paid.
#[test]
fn a_page_that_waits_is_told() {
    each_till(async |app, bank, till| {
        let link = till.link().await;
        let payer = Browser::visit(app, "acme");
        let charge = format!("{link}/charge");
        let _ = payer
            .submit(&charge, &[("method", "pix")])
            .await
            .expect(303);
        let page = payer.get(&link).await.expect(200).body();
        let mark = between(&page, "data-state=\"", "\"").to_owned();
        let nobody = app.nobody("acme.localhost");
        let mut stream = nobody
            .ask(reqwest::Method::GET, &format!("{link}/events"))
            .opened()
            .await;
        assert_eq!(stream.status(), 200);
        assert_eq!(stream.header("content-type"), Some("text/event-stream"));
        stream.until(&format!("data: {mark}\n\n")).await;
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 1 })).await;
        app.run_jobs().await;
        let page = payer.get(&link).await.expect(200).body();
        assert_eq!(page.matches("✓").count(), 2, "{page}");
        // The word of the page before, and another one after it.
        let said = stream.whole().await;
        let told: Vec<&str> = said
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .collect();
        assert_eq!(told.first(), Some(&mark.as_str()), "{said}");
        assert!(told.len() > 1 && told.last() != told.first(), "{said}");
    });
}

// R-PAY-05 R-TEN-01: a link is good for one order at one tenant's host, and for a while.
#[test]
fn a_link_opens_one_order_and_nothing_else() {
    each_till(async |app, _bank, till| {
        let link = till.link().await;
        let _ = app.shop("bella").await;
        let payer = Browser::visit(app, "acme");
        let _ = payer.get(&link).await.expect(200);
        let _ = Browser::visit(app, "bella").get(&link).await.expect(404);
        let _ = payer.get("/pay/nonsense").await.expect(404);
        // One sign of the seal otherwise.
        let at = link.len() - 10;
        let other = if &link[at..=at] == "A" { "B" } else { "A" };
        let forged = format!("{}{other}{}", &link[..at], &link[at + 1..]);
        let _ = payer.get(&forged).await.expect(404);
        // A link is no sign-in.
        let sent = payer.get("/customers").await.expect(303);
        assert!(sent.header("location").unwrap().starts_with("/login"));
        app.advance(31);
        let _ = payer.get(&link).await.expect(404);
    });
}

// R-PAY-05: what runs out is made anew on the same page.
#[test]
fn a_code_that_ran_out_is_made_anew() {
    each_till(async |app, bank, till| {
        let link = till.link().await;
        let payer = Browser::visit(app, "acme");
        let charge = format!("{link}/charge");
        let _ = payer
            .submit(&charge, &[("method", "pix")])
            .await
            .expect(303);
        app.advance(2);
        bank.go_ahead(2 * 86_400).await;
        let page = payer.get(&link).await.expect(200).body();
        assert!(page.contains("role=\"alert\""), "{page}");
        assert!(!page.contains("data-copy"), "{page}");
        let _ = payer
            .submit(&charge, &[("method", "pix")])
            .await
            .expect(303);
        assert_eq!(bank.bills().await.len(), 2);
        let page = payer.get(&link).await.expect(200).body();
        assert!(page.contains("data-copy=\"000201"), "{page}");
    });
}

// R-PAY-05: whoever comes back from the provider's page without having paid is told so.
#[test]
fn who_comes_back_unpaid_is_told() {
    each_till(async |app, bank, till| {
        app.install_plugin("card", "acme", &bank.host()).await;
        let account = till
            .shop
            .reseller
            .post("payment-accounts", &bank.card_account());
        let _ = account.await.expect(201);
        let link = till.link().await;
        let payer = Browser::visit(app, "acme");
        let _ = payer
            .submit(&format!("{link}/charge"), &[("method", "card")])
            .await
            .expect(303);
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "decline", &json!({ "tell": 0 }))
            .await;
        let back = format!("{link}/back?status=rejected");
        let led = payer.get(&back).await.expect(303);
        let place = led.header("location").unwrap();
        assert!(place.ends_with("done=pay-not-yet"), "{place}");
        let page = payer.get(place).await.expect(200).body();
        assert!(page.contains("cartão foi recusado"), "{page}");
        assert!(page.contains("nada foi cobrado"), "{page}");
        assert!(
            page.contains("<p class=\"flash bad\" role=\"alert\">"),
            "{page}"
        );
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        let led = payer.get(&back).await.expect(303);
        let place = led.header("location").unwrap();
        assert!(!place.contains("pay-not-yet"), "{place}");
        let page = payer.get(place).await.expect(200).body();
        assert!(!page.contains("cartão foi recusado"), "{page}");
    });
}

// R-PAY-05: what the customer's record lacks is said, the other methods stay.
#[test]
fn a_boleto_without_an_address_is_refused_in_words() {
    each_till(async |app, bank, till| {
        app.install_plugin("boleto", "acme", &bank.host()).await;
        let account = till
            .shop
            .reseller
            .post("payment-accounts", &bank.boleto_account());
        let _ = account.await.expect(201);
        let link = till.link().await;
        let payer = Browser::visit(app, "acme");
        let fields = [("method", "boleto")];
        let refused = payer.submit(&format!("{link}/charge"), &fields).await;
        let page = refused.expect(422).body();
        assert!(page.contains("role=\"alert\""), "{page}");
        assert!(page.contains(&format!("{link}?m=pix")), "{page}");
        assert!(bank.bills().await.is_empty());

        let record = format!("customers/{}", till.shop.customer.node_id);
        let admin = &till.shop.reseller;
        let told = json!({
            "tax_id": "529.982.247-25",
            "address": {
                "line1": "Avenida Paulista", "number": "1000", "district": "Bela Vista",
                "city": "São Paulo", "state": "sp", "postal_code": "01310-100", "country": "br",
            },
        });
        let _ = admin
            .patch(&record, &told)
            .header("if-match", "*")
            .await
            .expect(200);
        let _ = payer
            .submit(&format!("{link}/charge"), &fields)
            .await
            .expect(303);
        let page = payer
            .get(&format!("{link}?m=boleto"))
            .await
            .expect(200)
            .body();
        let line = between(&page, "data-copy=\"", "\"");
        assert_eq!(line.len(), 47, "{line}");
        assert!(!page.contains("Avenida Paulista"), "{page}");
        let bars = between(&page, "<img class=\"qr\" src=\"", "\"").to_owned();
        assert!(bars.contains("/bars/"), "{bars}");
        assert!(
            payer
                .get(&bars)
                .await
                .expect(200)
                .body()
                .starts_with("<svg")
        );
        let slip = format!("{link}/slip/");
        let id = between(&page, &slip, ".pdf");
        let pdf = payer.get(&format!("{slip}{id}.pdf")).await.expect(200);
        assert!(pdf.bytes().starts_with(b"%PDF-"));
    });
}
