//! That a license ends: once for each step, with a link to pay.

use alvara_tests::{Browser, Running, Setting};
use serde_json::json;

use super::{CARLA, each_house, links, path_at, said, subject};

// R-ALR-03 R-PAY-05: a year's ladder, looked at every day and by whoever looks.
#[test]
fn each_step_is_told_once() {
    each_house(async |house| {
        let reminders = [
            (335, "writer: a licença vence em 15/01/2028"),
            (350, "writer: a licença vence em 15/01/2028"),
            (358, "writer: a licença vence em 15/01/2028"),
            (364, "writer: a licença vence amanhã"),
            // It ended at nine, an hour ago.
            (365, "writer: a licença venceu em 15/01/2028"),
            (368, "writer: a licença venceu em 15/01/2028"),
            (372, "writer: a licença está vencida"),
            (380, "writer: a licença está vencida"),
        ];
        let mut expected = reminders.iter().peekable();
        let mut told = 0;
        for day in [1, 200, 334].into_iter().chain(335..400) {
            house.day(day).await;
            house.app.advance_seconds(1_000);
            house.app.remind().await;
            let mails = house.post.taken();
            if let Some((_, said)) = expected.next_if(|(when, _)| *when == day) {
                told += 1;
                assert_eq!(mails.len(), told, "day {day}");
                assert_eq!(subject(&mails[told - 1]), *said, "day {day}");
                assert_eq!(mails[told - 1].to, [CARLA]);
            } else {
                assert_eq!(mails.len(), told, "day {day}");
            }
        }
        assert_eq!(told, 8);
        // One order is held ready all the time, and what is stored opens nothing.
        let orders = house.shop.reseller.list("orders").await;
        assert_eq!(orders.len(), 1, "{orders:?}");
        let stored = house.app.database().sql("SELECT content FROM mails");
        let later = house.app.database().sql("SELECT payload FROM jobs");
        assert!(
            stored.contains("renewal") && !stored.contains("/pay/"),
            "{stored}"
        );
        assert!(!later.contains("/pay/"), "{later}");
        let chain = house
            .app
            .database()
            .sql("SELECT after_state FROM audit_entries");
        assert!(!chain.contains("/pay/"), "{chain}");
    });
}

// R-PAY-05 R-PAY-06: from the mail to the new end, without signing in.
#[test]
fn the_link_of_a_reminder_renews_and_the_reminders_end() {
    each_house(async |house| {
        house.day(351).await;
        let mail = house.only_mail_since(0);
        let text = &said(&mail);
        let hint = &house.license.key[house.license.key.len() - 5..];
        for sentence in [
            "Olá Carla,",
            &format!(
                "writer (chave com final {hint}): a licença vence em 15/01/2028, daqui a 14 dias."
            ),
            "Renovar por R$ 199,00:",
            "Não é preciso entrar com senha. O link vale por 30 dias",
            "Você recebe este e-mail porque acme tem este endereço no cadastro de Carla.",
            "Renovada a licença, estes avisos param.",
        ] {
            assert!(text.contains(sentence), "{sentence}: {text}");
        }
        assert!(!text.contains(&house.license.key), "{text}");
        let all = links(&mail);
        assert_eq!(all.len(), 1, "{text}");
        let html = mail.html.as_ref().expect("both forms");
        assert!(html.contains(&format!("<a href=\"{}\"", all[0])), "{html}");
        assert!(html.contains("<html lang=\"pt-BR\">"), "{html}");
        let link = path_at(&all[0], "acme.localhost");
        let before = house.expiry().await;
        house.pay(link).await;
        let after = house.expiry().await;
        assert_eq!((&before[..4], &after[..4]), ("2028", "2029"));
        // The payment is told of, and nothing more of the old end.
        assert_eq!(house.post.taken().len(), 2);
        for day in [358, 364, 365, 368, 372, 380, 600] {
            house.day(day).await;
        }
        assert_eq!(house.post.taken().len(), 2);
        // The next end is told of anew.
        house.day(366 + 335).await;
        let next = house.only_mail_since(2);
        assert_eq!(subject(&next), "writer: a licença vence em 15/01/2029");
    });
}

// R-ALR-03: whoever was away for weeks says what is so now.
#[test]
fn who_looks_late_tells_the_newest_step_alone() {
    each_house(async |house| {
        house.day(369).await;
        let mail = house.only_mail_since(0);
        assert!(
            mail.text.contains("Ela ainda funciona até 22/01/2028"),
            "{}",
            mail.text
        );
        house.day(370).await;
        assert_eq!(house.post.taken().len(), 1);
        // And what ended long ago is told of no more.
        let old = house.another().await;
        house.day(370 + 365 + 30).await;
        let subjects: Vec<_> = house.post.taken().iter().map(subject).collect();
        assert_eq!(subjects.len(), 1, "{subjects:?} of {}", old.id);
    });
}

// R-ALR-03: whatever looks at the same time, however often.
#[test]
fn many_servers_tell_once() {
    each_house(async |house| {
        house.day(335).await;
        assert_eq!(house.post.taken().len(), 1);
        let setting = || Setting {
            mail: Some(house.post.settings()),
            plugins: house.bank.gateway(),
            ..Setting::default()
        };
        let clock = house.app.clock().clone();
        let url = house.app.database().url();
        let others: Vec<_> = (0..3)
            .map(|_| Running::start(url, clock.clone(), setting()))
            .collect();
        house.app.advance(15);
        // Even where none knows that another goes round.
        let forget = "DELETE FROM rounds WHERE name = 'renewal_reminders'";
        let _ = house.app.database().sql(forget);
        let (one, two, three) =
            tokio::join!(others[0].remind(), others[1].remind(), house.app.remind(),);
        assert_eq!((one, two, three), ((), (), ()));
        let _ = house.app.database().sql(forget);
        others[2].remind().await;
        let _ = others[1].run_jobs().await;
        house.app.run_jobs().await;
        assert_eq!(house.post.taken().len(), 2);
        let rows = "SELECT COUNT(*) FROM reminders";
        assert_eq!(house.app.database().count(rows), 2);
    });
}

// R-ALR-03: who has many licenses gets one mail of those that end together.
#[test]
fn licenses_that_end_together_are_one_mail() {
    each_house(async |house| {
        let other = house.another().await;
        house.day(335).await;
        let mail = house.only_mail_since(0);
        assert_eq!(subject(&mail), "2 das suas licenças vencem em breve");
        let all = links(&mail);
        assert_eq!(all.len(), 2, "{}", mail.text);
        for license in [&house.license, &other] {
            let hint = &license.key[license.key.len() - 5..];
            assert!(mail.text.contains(hint), "{}", mail.text);
        }
        // One of them is renewed, and the other one is told of again.
        house.pay(path_at(&all[0], "acme.localhost")).await;
        house.day(350).await;
        let mails = house.post.taken();
        assert_eq!(mails.len(), 3);
        assert_eq!(subject(&mails[2]), "writer: a licença vence em 15/01/2028");
    });
}

// R-TEN-04: a reseller's customer reads of the reseller, in its own language, at its own host.
#[test]
fn a_reminder_bears_the_brand_of_the_place() {
    each_house(async |house| {
        let shop = &house.shop;
        let hosts = format!("tenants/{}/hosts", shop.reseller.tenant_id);
        let own = json!({ "host": "licenses.norte.test" });
        let _ = house.app.operator().post(&hosts, &own).await.expect(201);
        let brand = format!("nodes/{}/brand", shop.subcompany.node_id);
        let said = json!({
            "trade_name": "Norte <b>", "sender_name": "Norte", "reply_to": "ajuda@norte.test",
            "support_phone": "+55 11 4000-1000", "primary": "#0f766e", "locale": "it",
            "wording": { "it": { "mail-renewal-pay": "Prosegui con { $amount }" } },
        });
        let draft = shop.subcompany.put(&brand, &said).header("if-match", "*");
        let _ = draft.await.expect(200);
        let publication = format!("{brand}/publication");
        let _ = shop
            .subcompany
            .post(&publication, &json!({}))
            .await
            .expect(200);
        house.day(335).await;
        let mail = house.only_mail_since(0);
        assert_eq!(mail.header("reply-to"), Some("ajuda@norte.test"));
        let from = mail.header("from").expect("a sender");
        assert!(from.starts_with("Norte <"), "{from}");
        let (text, html) = (&mail.text, mail.html.as_ref().expect("both forms"));
        assert_eq!(subject(&mail), "writer: la licenza scade il 15/01/2028");
        for sentence in [
            "Prosegui con ",
            "Domande? +55 11 4000-1000",
            "Norte <b> conserva",
        ] {
            assert!(text.contains(sentence), "{sentence}: {text}");
        }
        assert!(
            html.contains("#0f766e") && html.contains("Norte &lt;b&gt;"),
            "{html}"
        );
        let link = &links(&mail)[0];
        let path = path_at(link, "licenses.norte.test");
        let _ = house
            .app
            .nobody("licenses.norte.test")
            .get(path)
            .await
            .expect(200);
        let whole = format!("{}{text}{html}", mail.head).to_lowercase();
        assert!(
            !whole.contains("alvar") && !whole.contains("localhost"),
            "{whole}"
        );

        // A reader's own language goes before the place's.
        house
            .change_customer(&json!({ "email": shop.customer.email }))
            .await;
        let members = shop.reseller.list("members").await;
        let carla = members
            .iter()
            .find(|one| one["email"] == shop.customer.email.as_str());
        let path = format!("members/{}", carla.unwrap()["id"].as_str().unwrap());
        let _ = shop
            .reseller
            .change(&path, &json!({ "locale": "es" }))
            .await;
        house.day(350).await;
        let mail = house.only_mail_since(1);
        assert_eq!(mail.to, [shop.customer.email.as_str()]);
        assert_eq!(subject(&mail), "writer: la licencia vence el 15/01/2028");
        let visitor = Browser::visit(house.app, "acme");
        let path = path_at(&links(&mail)[0], "licenses.norte.test").to_owned();
        let _ = visitor.get(&path).await.expect(200);
    });
}
