use std::time::Duration;

use alvara_app::mail::{MailConfig, MailTls};
use alvara_tests::{Setting, TestApp, each_database};
use data_encoding::BASE64;
use serde_json::json;

use super::{GOOD, Stall, each_stall, hmac, keys};
use alvara_tests::post::Post;

impl Stall<'_> {
    async fn sell(&self) {
        self.sell_as("o1").await;
    }

    async fn sell_as(&self, order: &str) {
        self.sell_in("it", order).await;
    }

    async fn sell_in(&self, language: &str, order: &str) {
        let body = json!({ "events": [{
            "id": format!("of-{order}"), "type": "order.completed",
            "data": {
                "order": order, "items": [{ "product": GOOD, "quantity": 1 }], "language": language,
                "customer": { "first": "Anna", "last": "Bèllini", "email": "anna@example.com" },
            },
        }] });
        let body = body.to_string();
        let header = [("x-fs-signature", BASE64.encode(&hmac(body.as_bytes())))];
        let _ = self.send(&header, body.as_bytes()).await.expect(200);
        self.app.run_jobs().await;
    }

    fn mails(&self, state: &str) -> i64 {
        let asked = format!("SELECT COUNT(*) FROM mails WHERE state = '{state}'");
        self.app.database().count(&asked)
    }
}

// R-PAY-10 R-TEN-04
#[test]
fn who_buys_is_written_to_in_the_language_of_the_order() {
    each_stall("fastspring", async |stall| {
        let spanish = [
            "Hola, Anna Bèllini:",
            "gracias por su pedido. Esta es su clave de activación:",
            "Introdúzcala en el programa cuando se la pida y guarde este correo.",
        ];
        let portuguese = [
            "Olá Anna Bèllini,",
            "obrigado pelo seu pedido. Esta é a sua chave de ativação:",
            "Digite-a no programa quando ele pedir uma chave e guarde este e-mail.",
        ];
        let all = [
            (
                "en",
                [
                    "Hello Anna Bèllini,",
                    "thank you for your order. This is your activation key:",
                    "Enter it in the program when it asks for a key, and keep this mail.",
                ],
            ),
            ("es", spanish),
            (
                "it",
                [
                    "Buongiorno Anna Bèllini,",
                    "grazie per il suo ordine. Questa è la sua chiave di attivazione:",
                    "La inserisca nel programma quando le viene chiesta e conservi questa e-mail.",
                ],
            ),
            ("pt", portuguese),
            ("es_MX", spanish),
            // A language that nobody wrote: then the seller's own.
            ("ja", portuguese),
        ];
        for (at, (language, sentences)) in all.iter().enumerate() {
            stall.sell_in(language, &format!("in-{language}")).await;
            let mails = stall.post.taken();
            assert_eq!(mails.len(), at + 1, "{language}");
            let mail = &mails[at];
            for sentence in sentences {
                assert!(mail.text.contains(sentence), "{language}: {}", mail.text);
            }
            assert_eq!(keys(mail).len(), 1, "{language}: {}", mail.text);
        }
    });
}

// R-PAY-10
#[test]
fn a_mail_is_tried_again_later_and_sent_once() {
    each_stall("fastspring", async |stall| {
        stall.post.refuse("451 4.3.0 try later");
        stall.post.refuse("421 4.3.2 not now");
        stall.sell().await;
        assert_eq!(
            stall.licenses(),
            1,
            "the license does not wait for the mail"
        );
        assert_eq!(stall.mails("queued"), 1);
        stall.app.advance_seconds(30);
        stall.app.run_jobs().await;
        assert_eq!(stall.post.taken().len(), 0, "a minute has to pass");
        stall.app.advance_seconds(31);
        stall.app.run_jobs().await;
        assert_eq!(stall.post.taken().len(), 0, "it was refused again");
        stall.app.advance_seconds(301);
        stall.app.run_jobs().await;
        let mails = stall.post.taken();
        assert_eq!(mails.len(), 1);
        assert!(mails[0].text.contains("Buongiorno Anna Bèllini"));
        assert_eq!(keys(&mails[0]).len(), 1);
        let id = mails[0].header("message-id").expect("a name");
        assert!(
            id.starts_with("<mai_") && id.ends_with("@seller.test>"),
            "{id}"
        );
        assert_eq!(stall.mails("sent"), 1);
        stall.app.advance(30);
        stall.app.run_jobs().await;
        assert_eq!(stall.post.taken().len(), 1);
    });
}

// R-TEN-04
#[test]
fn a_mail_bears_the_published_brand_of_who_sells() {
    each_stall("fastspring", async |stall| {
        let reseller = &stall.seller.reseller;
        let at = format!("nodes/{}/brand", reseller.node_id);
        let said = json!({
            "trade_name": "Acme Licenze", "sender_name": "Acme, vendite", "reply_to": "aiuto@acme.test",
            "wording": { "it": { "mail-greeting": "Cara { $name }," } },
        });
        let draft = reseller.put(&at, &said).header("if-match", "*");
        let _ = draft.await.expect(200);
        stall.sell_as("o1").await;
        let publication = format!("{at}/publication");
        let _ = reseller.post(&publication, &json!({})).await.expect(200);
        stall.sell_as("o2").await;
        let mails = stall.post.taken();
        assert_eq!(mails.len(), 2);
        // A draft is in no mail.
        assert_eq!(mails[0].header("reply-to"), None);
        assert!(
            mails[0].text.contains("Buongiorno Anna"),
            "{}",
            mails[0].text
        );
        assert_eq!(mails[1].header("reply-to"), Some("aiuto@acme.test"));
        let from = mails[1].header("from").expect("a sender");
        // "Acme, vendite" as an encoded word (RFC 2047), for the comma.
        assert!(
            from.starts_with("=?utf-8?b?QWNtZSwgdmVuZGl0ZQ==?= <"),
            "{from}"
        );
        assert!(
            mails[1].text.contains("Cara Anna Bèllini,"),
            "{}",
            mails[1].text
        );
        assert!(mails[1].text.contains("Acme Licenze"), "{}", mails[1].text);
    });
}

// R-PAY-10
#[test]
fn a_mail_whose_fate_is_unknown_goes_out_again_under_the_same_name() {
    each_stall("fastspring", async |stall| {
        stall.post.lose_the_answer();
        stall.sell().await;
        assert_eq!(stall.mails("queued"), 1, "nobody said yes");
        stall.app.advance_seconds(61);
        stall.app.run_jobs().await;
        let mails = stall.post.taken();
        assert_eq!(mails.len(), 2, "at least once");
        assert_eq!(mails[0].header("message-id"), mails[1].header("message-id"));
        assert_eq!(keys(&mails[0]), keys(&mails[1]));
        assert_eq!(stall.licenses(), 1);
        assert_eq!(stall.mails("sent"), 1);
    });
}

// R-PAY-10
#[test]
fn a_mail_server_that_falls_silent_keeps_nobody_waiting() {
    each_database(async |database| {
        let post = Post::open();
        let setting = Setting {
            mail: Some(MailConfig {
                patience: Duration::from_secs(1),
                ..post.settings()
            }),
            ..Setting::default()
        };
        let app = TestApp::start_with(database, setting).await;
        let stall = Stall::open(&app, &post, "fastspring", &json!({})).await;
        post.fall_silent();
        stall.sell().await;
        assert_eq!(stall.mails("queued"), 1, "it waits for another try");
        let why = app
            .database()
            .sql("SELECT last_error FROM mails ORDER BY id");
        assert!(why.contains("longer than 1 s"), "{why}");
        // The next one does not wait for it too.
        stall.sell_as("o2").await;
        assert_eq!(stall.mails("queued"), 2);
        assert_eq!(post.taken().len(), 0);
        app.advance_seconds(61);
        app.run_jobs().await;
        assert_eq!(post.taken().len(), 2);
        assert_eq!(stall.mails("sent"), 2);
        app.finish().await;
    });
}

/// A mail server that speaks in clear alone gets nothing where TLS is asked for.
fn stays_here(tls: MailTls) {
    each_database(async |database| {
        let post = Post::open();
        let setting = Setting {
            mail: Some(MailConfig {
                tls,
                ..post.settings()
            }),
            ..Setting::default()
        };
        let app = TestApp::start_with(database, setting).await;
        let stall = Stall::open(&app, &post, "fastspring", &json!({})).await;
        stall.sell().await;
        assert_eq!(post.taken().len(), 0);
        assert_eq!(stall.mails("queued"), 1, "it waits for TLS");
        app.finish().await;
    });
}

// R-PAY-10
#[test]
fn a_key_leaves_by_starttls_or_stays() {
    stays_here(MailTls::Starttls);
}

// R-PAY-10
#[test]
fn a_key_leaves_by_tls_or_stays() {
    stays_here(MailTls::Tls);
}

// R-PAY-10
#[test]
fn what_is_refused_for_good_is_told() {
    each_stall("fastspring", async |stall| {
        stall.post.refuse("550 5.1.1 nobody here of that name");
        stall.sell().await;
        assert_eq!(stall.mails("failed"), 1);
        let told = stall.told("mail.failed").await;
        assert_eq!(told.len(), 1);
        assert!(told[0].to_string().contains("550"), "{}", told[0]);
        stall.app.advance(30);
        stall.app.run_jobs().await;
        assert_eq!(stall.post.taken().len(), 0);
    });
}

// R-PAY-10
#[test]
fn a_license_that_was_taken_back_meanwhile_is_not_mailed() {
    each_stall("fastspring", async |stall| {
        stall.post.refuse("451 4.3.0 try later");
        stall.sell().await;
        let back = json!({ "events": [{ "id": "e2", "type": "return.created", "data": { "original": "o1" } }] });
        let back = back.to_string();
        let header = [("x-fs-signature", BASE64.encode(&hmac(back.as_bytes())))];
        let _ = stall.send(&header, back.as_bytes()).await.expect(200);
        stall.app.run_jobs().await;
        stall.app.advance_seconds(61);
        stall.app.run_jobs().await;
        assert_eq!(stall.post.taken().len(), 0);
        assert_eq!(stall.mails("failed"), 1);
    });
}

// R-PAY-10
#[test]
fn without_a_mail_server_a_mail_waits() {
    each_database(async |database| {
        let app = TestApp::start_with(database, Setting::default()).await;
        let post = Post::open();
        let stall = Stall::open(&app, &post, "fastspring", &json!({})).await;
        stall.sell().await;
        assert_eq!(stall.licenses(), 1);
        app.advance(30);
        app.run_jobs().await;
        assert_eq!(stall.mails("queued"), 1, "it is not given up");
        app.finish().await;
    });
}
